//! Standard output of a command that says what it found, and ends. What could not be said there is no success.

use std::io::{self, ErrorKind, Write};

use serde_json::Value;

use super::words;
use crate::error::Exit;

/// What a closed pipe would have sent.
const SIGPIPE: u8 = 13;

/// Says it.
pub fn say(words: &str) -> io::Result<()> {
    write(format!("{words}\n").as_bytes())
}

/// Says each on a line of its own.
pub fn say_all(lines: &[Value]) -> io::Result<()> {
    lines.iter().try_for_each(|line| say(&line.to_string()))
}

/// Says a finding in the form that was asked for.
pub fn tell(json: bool, text: &str, value: &Value) -> io::Result<()> {
    if json { say(&value.to_string()) } else { say(text) }
}

/// Writes it as it is.
pub fn write(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush())
}

/// What a command ends with that would end with `exit`, had it been heard.
pub fn end(said: io::Result<()>, exit: Exit) -> Exit {
    match said {
        Ok(()) => exit,
        // Whoever closed the pipe has what they wanted: it ends as a program that SIGPIPE ends.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Exit::Signal(SIGPIPE),
        Err(error) => {
            complain(&error);
            Exit::Refused
        }
    }
}

/// Says what the reader of a command line says: help and version on standard output, the rest where errors go.
pub fn usage(said: &clap::Error) -> Exit {
    let printed = said.print();
    if said.use_stderr() {
        return Exit::Usage;
    }
    end(printed.and_then(|()| io::stdout().flush()), Exit::Online)
}

/// Says on standard error why standard output stays empty. A closed pipe is no mistake.
pub fn complain(error: &io::Error) {
    if error.kind() != ErrorKind::BrokenPipe {
        // Nobody can be told when both are closed; the exit code still says it.
        let _ = writeln!(io::stderr(), "{}", words::not_said(error));
    }
}
