//! Plain lines: append only, whole lines, no colour, box or repaint; for scripts, dumb terminals and screen
//! readers.

use std::io::{self, Write};

use crate::wizard::Wizard;
use crate::wizard::flow::Question;
use crate::wizard::words;

/// Prints what is new since the last time.
#[derive(Debug, Default)]
pub struct Plain {
    shown: usize,
    asked: Option<Question>,
    noted: u64,
}

impl Plain {
    /// Prints new events, and the question if it is a new one, was not understood, or was scrolled away.
    pub fn show(&mut self, wizard: &Wizard, out: &mut impl Write) -> io::Result<()> {
        let sandbox = wizard.setup.profile.sandbox;
        for event in wizard.events.iter().skip(self.shown) {
            writeln!(out, "{}", words::line(event, sandbox))?;
            self.asked = None;
        }
        self.shown = wizard.events.len();
        if let Some(note) = wizard.note.as_ref().filter(|_| self.noted != wizard.notes) {
            writeln!(out, "{}", words::marked(note, sandbox))?;
            self.asked = None;
        }
        self.noted = wizard.notes;
        let question = wizard.question();
        if let Some(question) = question.as_ref().filter(|question| self.asked.as_ref() != Some(*question)) {
            writeln!(out, "{}", words::marked(&words::question(question), sandbox))?;
        }
        self.asked = question;
        out.flush()
    }
}
