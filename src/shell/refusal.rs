//! A fault before any face is up, or without one: said once, and the exit code of it.

use std::io::{self, Write};

use super::clock;
use super::environment::Environment;
use super::log::Log;
use crate::cli;
use crate::error::{Exit, Fault};
use crate::face::ndjson;
use crate::foreign::Text;
use crate::wizard::event::Event;
use crate::wizard::words;

/// A part that died, in its last words.
pub fn died(part: &str, error: impl Into<anyhow::Error>) -> Fault {
    Fault::Died { part: part.into(), words: Text::new(&format!("{:#}", error.into())) }
}

/// Says a fault that came before any face was up, in the form that was asked for, and notes it.
pub fn refuse(fault: &Fault, flags: &cli::Enroll, environment: &Environment) -> Exit {
    noted(fault, &flags.resume(), fault.doctor(&flags.doctor()), flags.json, environment)
}

/// The same for any command: `resume` is the one that comes back.
pub fn refused(fault: &Fault, resume: &str, json: bool, environment: &Environment) -> Exit {
    noted(fault, resume, None, json, environment)
}

fn noted(fault: &Fault, resume: &str, doctor: Option<String>, json: bool, environment: &Environment) -> Exit {
    let mut log = Log::open(environment);
    let event = Event::Failed {
        fault: fault.clone(),
        sentence: fault.sentence(),
        next: fault.next(resume),
        exit: fault.exit().code(),
        log: log.as_ref().map(Log::path),
        doctor,
    };
    if let Some(log) = &mut log {
        log.write(&event, false, None, clock::wall());
    }
    say(&event, json);
    fault.exit()
}

fn say(event: &Event, json: bool) {
    let said = match ndjson::line(event, false) {
        Ok(line) if json => writeln!(io::stdout(), "{line}"),
        _ => writeln!(io::stderr(), "{}", words::line(event, false)),
    };
    // Nobody can be told when both streams are closed; the exit code still says it.
    let _ = said;
}
