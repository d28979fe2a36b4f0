//! The journal: what came to the wizard, line by line, so that a run can be shown again. Bounded in size and
//! number, readable by its owner only, and never in the way of the run: where it cannot be written, there is
//! none.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use crate::config::private::Private;
use crate::config::state::StateFolder;
use crate::secret::Vault;
use crate::wizard::msg::{Moment, Msg, Reply};
use crate::wizard::recording::{Header, Known, Line, VERSION, What};
use crate::wizard::{Setup, recording};

/// How many bytes one recording may have.
const MOST: usize = 4 * 1024 * 1024;
/// Below so many bytes left, pictures of the rollout are left out: the rest matters more.
const SCARCE: usize = 1024 * 1024;
/// How many recordings are kept, this one included.
const KEPT: usize = 20;

/// The recording of a run.
pub struct Journal {
    file: File,
    path: PathBuf,
    left: usize,
}

impl Journal {
    /// Begins a recording in the folder of this user's state; the oldest ones go.
    pub fn begin(setup: &Setup, now: Moment) -> Option<Self> {
        let folder = StateFolder::of_user()?.0.join("journal");
        let private = Private::make(&folder).ok()?;
        let run = format!("{:08x}", rand::random::<u32>());
        let stamp = now.wall.strftime("%Y%m%dT%H%M%SZ");
        let name = format!("{stamp}-{run}.jsonl");
        let mut old: Vec<String> =
            private.names().into_iter().filter(|name| name.strip_suffix(".jsonl").is_some()).collect();
        old.sort();
        for name in old.iter().take((old.len() + 1).saturating_sub(KEPT)) {
            // One that stays is no harm.
            let _ = private.remove(name);
        }
        let file = private.create(&name).ok()?;
        let mut journal = Self { file, path: folder.join(name), left: MOST };
        let header = Header {
            recording: VERSION,
            landfall: env!("CARGO_PKG_VERSION").into(),
            run: run.into(),
            began: now.wall,
            known: Box::new(Known::of(setup)),
        };
        let line = serde_json::to_string(&header).ok()?;
        journal.write(&line).then_some(journal)
    }

    /// Where it is.
    pub fn path(&self) -> &PathBuf {
        &self.path
    }

    /// Notes what came. What holds a secret of this run, against all types, is left out whole.
    pub fn note(&mut self, now: Moment, msg: &Msg, vault: Option<&Vault>) {
        let picture = matches!(msg, Msg::Reply(_, reply) if matches!(**reply, Reply::Snapshot(_)));
        let chosen = matches!(msg, Msg::Reply(_, reply) if matches!(**reply, Reply::Prepared(Ok(_))));
        if self.left == 0 || chosen || picture && self.left < SCARCE {
            return;
        }
        self.line(now, recording::written(msg), vault);
    }

    /// Notes that a profile was chosen, with what is known of it.
    pub fn chosen(&mut self, now: Moment, setup: &Setup, vault: Option<&Vault>) {
        self.line(now, What::Known(Box::new(Known::of(setup))), vault);
    }

    fn line(&mut self, now: Moment, what: What, vault: Option<&Vault>) {
        let at = u64::try_from(now.run.as_millis()).unwrap_or(u64::MAX);
        let Ok(line) = serde_json::to_string(&Line { at, what }) else { return };
        if vault.is_some_and(|vault| vault.is_in(&line)) {
            return;
        }
        if line.len() + 64 > self.left {
            let full = serde_json::to_string(&Line { at, what: What::Full(true) }).unwrap_or_default();
            self.write(&full);
            self.left = 0;
        } else {
            self.write(&line);
        }
    }

    /// One line; a recording that cannot be written ends there.
    fn write(&mut self, line: &str) -> bool {
        let done = writeln!(self.file, "{line}").is_ok();
        self.left = if done { self.left.saturating_sub(line.len() + 1) } else { 0 };
        done
    }
}
