//! The log of a run: each step in plain words with its time, for whoever helps later. It holds no secret and no
//! code, stays small, and only its owner can read it.

use std::fs::File;
use std::io::Write;

use jiff::Timestamp;

use crate::config::private::Private;
use crate::config::state::StateFolder;
use crate::foreign::Text;
use crate::secret::Vault;
use crate::wizard::event::Event;
use crate::wizard::{Wizard, words};

use super::environment::Environment;

/// The file, in the folder of the state.
const FILE: &str = "landfall.log";
/// The most that it holds, in bytes; the one put aside before it holds as much.
const MOST: u64 = 512 * 1024;
/// The longest line, in characters.
const LINE: usize = 2000;

/// An open log.
pub struct Log {
    file: File,
    left: u64,
    path: Text,
    shown: usize,
}

impl Log {
    /// Opens it where this user has a home; a run without a log is as good as one with it.
    pub fn open(environment: &Environment) -> Option<Self> {
        // Nobody's home is made for it.
        environment.home.as_ref().filter(|home| home.is_dir())?;
        let folder = Private::make(&StateFolder::of_user()?.0).ok()?;
        let (file, left) = folder.append(FILE, MOST).ok()?;
        let path = Text::new(&folder.path().join(FILE).to_string_lossy());
        Some(Self { file, left, path, shown: 0 })
    }

    /// Where it is.
    pub fn path(&self) -> Text {
        self.path.clone()
    }

    /// Notes what happened since the last time.
    pub fn note(&mut self, wizard: &Wizard, vault: Option<&Vault>, now: Timestamp) {
        let events = wizard.events.get(self.shown..).unwrap_or_default();
        self.shown = wizard.events.len();
        for event in events {
            self.write(event, wizard.setup.profile.sandbox, vault, now);
        }
    }

    /// Notes one event.
    pub fn write(&mut self, event: &Event, sandbox: bool, vault: Option<&Vault>, now: Timestamp) {
        let said = match event {
            // Whoever reads the code may approve with it.
            Event::Code { renewed, .. } => words::marked(&super::words::code_was_shown(*renewed), sandbox),
            Event::Browser { .. } => words::marked(super::words::ADDRESS_WAS_SHOWN, sandbox),
            event => words::line(event, sandbox),
        };
        for line in said.lines() {
            let line = vault.map_or_else(|| Text::within(line, LINE), |vault| vault.scrub_within(line, LINE));
            let line = format!("{now:.0} {line}\n");
            let length = line.len() as u64;
            if length > self.left {
                self.left = 0;
                return;
            }
            self.left -= length;
            // A full disk costs the log, not the run.
            let _ = self.file.write_all(line.as_bytes());
        }
    }
}
