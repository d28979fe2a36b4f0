//! The loop: take a message, take what else waits, let the wizard decide, carry out, show.

use std::io::{self, Write};
use std::time::Duration;

use crossterm::event::Event as Raw;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use super::clock::Clock;
use super::effects::Hands;
use super::input::{self, Input, Reader};
use super::lines;
use super::signals::Signals;
use super::tasks::Tasks;
use super::terminal::Screen;
use crate::error::Exit;
use crate::face::ndjson::Ndjson;
use crate::face::plain::Plain;
use crate::face::tui::Look;
use crate::shell::capabilities::Glyphs;
use crate::wizard::effect::{Effect, Order};
use crate::wizard::msg::{Action, Msg};
use crate::wizard::{Manner, Setup, Wizard, words};

/// How long leaving waits for what must be finished.
const FINISH: Duration = Duration::from_secs(5);
const SIGHUP: u8 = 1;

/// The face of a run, with what it needs of the terminal.
pub enum Face {
    /// Full screen.
    Screen(Box<Screen>, Look),
    /// Plain lines.
    Plain(Plain),
    /// JSON lines.
    Json(Ndjson),
}

/// A run under way.
struct Run {
    wizard: Wizard,
    face: Face,
    reader: Reader,
    tasks: Tasks,
    hands: Hands,
    clock: Clock,
    /// Since when it is being left.
    leaving: Option<Duration>,
    verbose: Option<Plain>,
}

/// Runs a wizard to its end. `verbose` repeats every step in plain words on standard error.
pub async fn run(setup: Setup, hands: Hands, face: Face, clock: Clock, verbose: bool) -> io::Result<Exit> {
    let mut signals = Signals::listen()?;
    let manner = setup.manner;
    let (wizard, effects) = Wizard::new(setup, clock.now());
    let verbose = verbose.then(Plain::default);
    let mut run = Run {
        wizard,
        face,
        reader: Reader::default(),
        tasks: Tasks::default(),
        hands,
        clock,
        leaving: None,
        verbose,
    };
    // The first frame comes before the first effect: building a TLS client takes longer than drawing.
    run.show();
    run.carry_out(effects);
    let mut keys = matches!(run.face, Face::Screen(..)).then(input::events);
    let mut answers = if manner == Manner::Asked { Some(lines::answers()) } else { None };
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        run.show();
        if run.leaving.is_some() && run.tasks.unfinished().is_empty() {
            break;
        }
        let patience =
            run.leaving.map_or(FINISH, |since| FINISH.saturating_sub(clock.now().run.saturating_sub(since)));
        tokio::select! {
            biased;
            signal = signals.next() => {
                if run.leaving.is_some() {
                    break;
                }
                run.update(Msg::Signal(signal));
            }
            () = tokio::time::sleep(patience), if run.leaving.is_some() => break,
            event = next(&mut keys) => match event {
                Some(event) => run.input(event, &mut keys),
                // The line is gone: the terminal gave an error or its end.
                None => run.update(Msg::Signal(SIGHUP)),
            },
            answer = next(&mut answers) => {
                if answer.is_none() {
                    answers = None;
                }
                // Standard input at its end means that nobody will answer any more.
                run.update(Msg::Act(answer.map_or(Action::Leave, Action::Answer)));
            }
            msg = run.tasks.next() => {
                run.update(msg);
                while let Some(msg) = run.tasks.waiting() {
                    run.update(msg);
                }
            }
            _ = ticks.tick(), if run.wizard.counts() => run.update(Msg::Tick),
        }
    }
    Ok(run.end())
}

impl Run {
    fn update(&mut self, msg: Msg) {
        let effects = self.wizard.update(self.clock.now(), msg);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match &effect.order {
                Order::Leave(_) => self.leaving = Some(self.clock.now().run),
                Order::CopyCode | Order::CopyUrl => self.copy(&effect.order),
                _ => self.hands.carry_out(&mut self.tasks, effect),
            }
        }
    }

    fn copy(&mut self, order: &Order) {
        let Some(grant) = self.wizard.sign_in.grant() else { return };
        let text = match order {
            Order::CopyCode => grant.user_code.shown().to_owned(),
            _ => grant.verification_uri.to_string(),
        };
        if let Face::Screen(screen, _) = &mut self.face {
            // A terminal that is gone shows at the next frame.
            let _ = screen.copy(&text);
        }
    }

    fn input(&mut self, first: Raw, keys: &mut Option<mpsc::Receiver<Raw>>) {
        let mut events = vec![first];
        while let Some(event) = keys.as_mut().and_then(|keys| keys.try_recv().ok()) {
            events.push(event);
        }
        let alone = events.len() == 1;
        for event in events {
            match self.reader.read(&self.wizard, &event, alone) {
                Input::Act(Action::Glyphs) => self.cycle_glyphs(),
                Input::Act(action) => self.update(Msg::Act(action)),
                Input::Redraw => {
                    if let Face::Screen(screen, _) = &mut self.face {
                        let _ = screen.measure();
                    }
                }
                Input::Nothing => {}
            }
        }
    }

    fn cycle_glyphs(&mut self) {
        if let Face::Screen(_, look) = &mut self.face {
            look.glyphs = match look.glyphs {
                Glyphs::Unicode => Glyphs::Console,
                Glyphs::Console => Glyphs::Ascii,
                Glyphs::Ascii => Glyphs::Unicode,
            };
        }
    }

    /// Shows the state. A face that cannot be written to any more ends the run as a hang-up does.
    fn show(&mut self) {
        let shown = match &mut self.face {
            Face::Screen(screen, look) => screen.draw(&self.wizard, look),
            Face::Plain(plain) => plain.show(&self.wizard, &mut io::stdout().lock()),
            Face::Json(json) => json.show(&self.wizard, &mut io::stdout().lock()),
        };
        match shown {
            Ok(()) => self.reader.drawn(&self.wizard),
            Err(_) if self.leaving.is_some() => {}
            Err(_) => self.update(Msg::Signal(SIGHUP)),
        }
        if let Some(plain) = &mut self.verbose {
            let _ = plain.show(&self.wizard, &mut io::stderr().lock());
        }
    }

    /// Gives the terminal back and leaves one closing word on the normal screen.
    fn end(mut self) -> Exit {
        let left: Vec<&str> =
            self.tasks.unfinished().into_iter().map(crate::wizard::effect::Slot::words).collect();
        self.tasks.stop_all();
        let screen = matches!(self.face, Face::Screen(..));
        drop(self.face);
        if screen && let Some(event) = self.wizard.events.iter().rev().find(|event| event.closes()) {
            let line = words::line(event, self.wizard.setup.profile.sandbox);
            let _ = writeln!(io::stdout(), "{line}");
        }
        if !left.is_empty() {
            let _ =
                writeln!(io::stderr(), "Left unfinished after {} s: {}.", FINISH.as_secs(), left.join(", "));
        }
        self.wizard.exit.unwrap_or(Exit::Cancelled)
    }
}

/// The next item of a source that may not be there; without one, never.
async fn next<T>(source: &mut Option<mpsc::Receiver<T>>) -> Option<T> {
    match source {
        Some(source) => source.recv().await,
        None => std::future::pending().await,
    }
}
