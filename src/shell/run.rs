//! The loop: take a message, take what else waits, let the wizard decide, carry out, show.

use std::io::{self, ErrorKind, Write};
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;
use zeroize::Zeroizing;

use super::clock::Clock;
use super::doctor::visit::Visit;
use super::effects::Hands;
use super::entry::Entry;
use super::input::{self, Guard, Keys, Read};
use super::journal::Journal;
use super::log::Log;
use super::signals::{Signals, Told};
use super::tasks::Tasks;
use super::terminal::{Echo, Screen, Seen};
use super::{lines, out};
use crate::error::{Exit, Fault};
use crate::face::ndjson::Ndjson;
use crate::face::plain::Plain;
use crate::face::tui::Look;
use crate::model::TargetId;
use crate::sandbox::serve::Sandbox;
use crate::wizard::effect::{Effect, Order};
use crate::wizard::msg::{Action, Msg, Reply};
use crate::wizard::{Manner, Wizard, words};

/// How long leaving waits for what must be finished.
const FINISH: Duration = Duration::from_secs(5);
const SIGHUP: u8 = 1;
const SIGPIPE: u8 = 13;

mod begin;
mod typed;

pub use begin::{Begin, Examine, Prepare, Preparing, Ready};

/// The face of a run, with what it needs of the terminal.
pub enum Face {
    /// Full screen; which of its frames was written out is told through the last part.
    Screen(Box<Screen>, Look, Seen),
    /// Plain lines.
    Plain(Plain),
    /// JSON lines.
    Json(Ndjson),
}

/// A run under way.
struct Run {
    wizard: Wizard,
    face: Face,
    keys: Keys,
    guard: Guard,
    /// What is entered without being shown.
    entry: Entry,
    echo: Echo,
    tasks: Tasks,
    hands: Option<Hands>,
    prepare: Option<Prepare>,
    preparing: Option<Preparing>,
    /// What serves the chosen profile, as long as the run lasts.
    sandbox: Option<Sandbox>,
    log: Option<Log>,
    clock: Clock,
    /// Since when it is being left.
    leaving: Option<Duration>,
    verbose: Option<Plain>,
    journal: Option<Journal>,
    examine: Option<Examine>,
    /// The doctor, over the wizard.
    visit: Option<Box<Visit>>,
}

/// Runs a wizard to its end. `verbose` repeats every step in plain words on standard error.
pub async fn run(begin: Begin, face: Face, mut signals: Signals, clock: Clock, verbose: bool) -> Exit {
    let Begin { mut setup, hands, prepare, log, examine } = begin;
    setup.start.log = log.as_ref().map(Log::path);
    let manner = setup.manner;
    let journal = Journal::begin(&setup, clock.now());
    let (wizard, effects) = Wizard::new(setup, clock.now());
    let verbose = verbose.then(Plain::default);
    let mut run = Run {
        wizard,
        face,
        keys: Keys::default(),
        guard: Guard::default(),
        entry: Entry::default(),
        echo: Echo::default(),
        tasks: Tasks::default(),
        hands,
        prepare,
        preparing: None,
        sandbox: None,
        log,
        clock,
        leaving: None,
        verbose,
        journal,
        examine,
        visit: None,
    };
    // The first frame comes before the first effect: building a TLS client takes longer than drawing.
    run.show();
    run.carry_out(effects);
    let mut reads = match &run.face {
        Face::Screen(_, _, seen) => Some(input::reads(seen.clone())),
        Face::Plain(_) | Face::Json(_) => None,
    };
    let mut answers = if manner == Manner::Asked { Some(lines::answers()) } else { None };
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        run.show();
        if run.leaving.is_some() && run.tasks.unfinished().is_empty() {
            break;
        }
        let now = clock.now().run;
        let patience = run.leaving.map_or(FINISH, |since| FINISH.saturating_sub(now.saturating_sub(since)));
        let pause = if run.keys.pasting() { input::PASTE_PAUSE } else { input::SETTLE };
        tokio::select! {
            biased;
            told = signals.next() => {
                if run.told(told).await {
                    break;
                }
            }
            () = tokio::time::sleep(patience), if run.leaving.is_some() => break,
            read = next_of(&mut reads) => {
                if let Some(Read { bytes, seen }) = read {
                    let raws = run.keys.feed(&bytes);
                    run.input(&raws, seen).await;
                } else {
                    // The line is gone: the terminal gave an error or its end.
                    reads = None;
                    run.update(Msg::Signal(SIGHUP));
                }
            }
            () = tokio::time::sleep(pause), if run.keys.waits() => {
                let raws = run.keys.settle();
                run.input(&raws, None).await;
            }
            end = ready(&mut run.face, now) => {
                if end.is_err() {
                    run.lost(ErrorKind::NotConnected);
                }
            }
            answer = next_of(&mut answers) => {
                if answer.is_none() {
                    answers = None;
                }
                // Standard input at its end means that nobody will answer any more.
                let action = answer.map_or(Action::Leave, |line| run.line(&line));
                run.update(Msg::Act(action));
            }
            end = when(&mut run.preparing) => run.prepared(end),
            msg = run.tasks.next() => {
                run.update(msg);
                while let Some(msg) = run.tasks.waiting() {
                    run.update(msg);
                }
            }
            () = visited(&mut run.visit) => {}
            _ = ticks.tick(), if run.wizard.counts() || run.visit.is_some() => run.tick(),
        }
    }
    Box::pin(run.end()).await
}

impl Run {
    fn update(&mut self, msg: Msg) {
        let now = self.clock.now();
        if let Some(journal) = &mut self.journal {
            journal.note(now, &msg, self.hands.as_ref().map(|hands| &hands.vault));
        }
        let effects = self.wizard.update(now, msg);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match &effect.order {
                Order::Leave(_) => self.leaving = Some(self.clock.now().run),
                Order::CopyCode | Order::CopyUrl | Order::CopyRequest => self.copy(&effect.order),
                Order::Show(secret) => {
                    let opened = self.hands.as_ref().and_then(|hands| hands.opened(*secret));
                    self.reveal(opened);
                }
                Order::Hide => self.reveal(None),
                Order::Prepare(row) => self.preparing = self.prepare.as_ref().map(|make| make(*row)),
                _ => {
                    if let Some(hands) = &self.hands {
                        hands.carry_out(&mut self.tasks, effect);
                    }
                }
            }
        }
    }

    /// The chosen profile is ready, or cannot be used.
    fn prepared(&mut self, end: Result<Ready, Fault>) {
        self.preparing = None;
        let end = end.map(|mut ready| {
            ready.setup.start.log = self.log.as_ref().map(Log::path);
            self.hands = Some(ready.hands);
            self.sandbox = ready.sandbox;
            self.examine = Some(ready.examine);
            if let Some(journal) = &mut self.journal {
                journal.chosen(self.clock.now(), &ready.setup, self.hands.as_ref().map(|hands| &hands.vault));
            }
            Box::new(ready.setup)
        });
        self.update(Msg::Reply(TargetId::HERE, Box::new(Reply::Prepared(end))));
    }

    fn copy(&mut self, order: &Order) {
        let text = words::copied(&self.wizard, order);
        if let (Some(text), Face::Screen(screen, ..)) = (text, &mut self.face) {
            screen.copy(&text);
        }
    }

    fn reveal(&mut self, secret: Option<Zeroizing<String>>) {
        if let Face::Screen(screen, ..) = &mut self.face {
            screen.reveal(secret);
        }
    }

    /// Does what a signal says. True when the run is over at once: told twice to end.
    async fn told(&mut self, told: Told) -> bool {
        match (told, &mut self.face) {
            (Told::End(_), _) if self.leaving.is_some() => return true,
            (Told::End(number), _) => self.update(Msg::Signal(number)),
            (Told::Stop, _) => self.stop().await,
            (Told::Continue, Face::Screen(screen, ..)) => {
                if let Err(error) = screen.return_to() {
                    self.lost(error.kind());
                }
            }
            (Told::Resized, Face::Screen(screen, ..)) => screen.measure(),
            (Told::Continue | Told::Resized, _) => {}
        }
        false
    }

    async fn stop(&mut self) {
        if let Face::Screen(screen, ..) = &mut self.face {
            screen.stop().await;
        }
    }

    fn tick(&mut self) {
        if let Some(visit) = &mut self.visit {
            visit.doctor.tick();
        }
        if self.wizard.counts() {
            self.update(Msg::Tick);
        }
    }

    /// Shows the state.
    fn show(&mut self) {
        // A field that was left keeps nothing; what is typed for one is hidden before it is asked for.
        if !self.wizard.takes_secret() {
            self.entry.clear();
        }
        if !matches!(self.face, Face::Screen(..)) {
            self.echo.show(self.wizard.masked().is_none());
        }
        let shown = match &mut self.face {
            Face::Screen(screen, look, _) => {
                look.slow = screen.slow();
                match &self.visit {
                    Some(visit) => visit.draw(screen, *look, self.clock.now().run),
                    None => screen.draw(&self.wizard, look, self.clock.now().run),
                }
                Ok(())
            }
            Face::Plain(plain) => plain.show(&self.wizard, &mut io::stdout().lock()),
            Face::Json(json) => json.show(&self.wizard, &mut io::stdout().lock()),
        };
        if let Err(error) = shown {
            if self.leaving.is_none() {
                out::complain(&error);
            }
            self.lost(error.kind());
        }
        if let Some(log) = &mut self.log {
            log.note(&self.wizard, self.hands.as_ref().map(|hands| &hands.vault), self.clock.now().wall);
        }
        if let Some(plain) = &mut self.verbose {
            let _ = plain.show(&self.wizard, &mut io::stderr().lock());
        }
    }

    /// The face cannot be written to any more. That ends the run as the signal of such an end would: a closed
    /// pipe, or a line that is gone.
    fn lost(&mut self, why: ErrorKind) {
        if self.leaving.is_none() {
            self.update(Msg::Signal(if why == ErrorKind::BrokenPipe { SIGPIPE } else { SIGHUP }));
        }
    }

    /// Gives the terminal back and leaves one closing word on the normal screen.
    async fn end(mut self) -> Exit {
        self.echo.show(true);
        let left: Vec<&str> =
            self.tasks.unfinished().into_iter().map(crate::wizard::effect::Slot::words).collect();
        self.tasks.stop_all();
        if let Face::Screen(screen, ..) = self.face {
            let last = self.wizard.events.iter().rev().find(|event| event.closes());
            let sandbox = self.wizard.setup.profile.sandbox;
            screen.leave(last.map(|event| words::line(event, sandbox))).await;
        }
        if !left.is_empty() {
            let _ = writeln!(io::stderr(), "{}", super::words::left_unfinished(FINISH.as_secs(), &left));
        }
        let exit = self.wizard.exit.unwrap_or(Exit::Cancelled);
        if let (Some(journal), Some(_)) = (&self.journal, &self.verbose) {
            let path = crate::cli::quoted(journal.path().display().to_string());
            let _ = writeln!(io::stderr(), "{}", super::words::see_again(&path));
        }
        exit
    }
}

async fn ready(face: &mut Face, now: Duration) -> io::Result<()> {
    match face {
        Face::Screen(screen, ..) => screen.ready(now).await,
        Face::Plain(_) | Face::Json(_) => std::future::pending().await,
    }
}

async fn when<T>(work: &mut Option<Pin<Box<dyn Future<Output = T>>>>) -> T {
    match work {
        Some(work) => work.await,
        None => std::future::pending().await,
    }
}

async fn visited(visit: &mut Option<Box<Visit>>) {
    match visit {
        Some(visit) => visit.next().await,
        None => std::future::pending().await,
    }
}

async fn next_of<T>(from: &mut Option<mpsc::Receiver<T>>) -> Option<T> {
    match from {
        Some(from) => from.recv().await,
        None => std::future::pending().await,
    }
}
