//! Plain lines: append only, no colour, box or repaint; for scripts, dumb terminals and screen readers.

use std::io::{self, Write};

use crate::wizard::Wizard;
use crate::wizard::flow::Question;
use crate::wizard::words;

/// Prints what is new since the last time.
#[derive(Debug, Default)]
pub struct Plain {
    shown: usize,
    asked: Option<Question>,
    noted: Option<String>,
}

impl Plain {
    /// Prints new events, and the question if it is a new one or was not understood.
    pub fn show(&mut self, wizard: &Wizard, out: &mut impl Write) -> io::Result<()> {
        let sandbox = wizard.setup.profile.sandbox;
        for event in wizard.events.iter().skip(self.shown) {
            writeln!(out, "{}", words::line(event, sandbox))?;
        }
        self.shown = wizard.events.len();
        if let Some(note) = wizard.note.as_ref().filter(|note| self.noted.as_ref() != Some(*note)) {
            writeln!(out, "{note}")?;
            self.asked = None;
        }
        self.noted.clone_from(&wizard.note);
        let question = wizard.question();
        if let Some(question) = question.as_ref().filter(|question| self.asked.as_ref() != Some(*question)) {
            ask(question, out)?;
        }
        self.asked = question;
        out.flush()
    }
}

fn ask(question: &Question, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", question.text)?;
    for (at, choice) in question.choices.iter().enumerate() {
        writeln!(out, "  {}) {choice}", at + 1)?;
    }
    match question.typed {
        Some(typed) => write!(out, "Number, or {typed} [1]: "),
        None => write!(out, "Number [1]: "),
    }
}
