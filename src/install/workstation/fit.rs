//! The set-up, part by part. The token first; then nothing that fails can lose it.

use std::sync::PoisonError;

use rustix::fs::Mode;

use super::survey::{alias_of, parsed};
use super::{
    KNOWN_HOSTS, LONGEST, REGISTRATION, Workstation, failed, hosts, key::Pair, make, preferences, ssh,
};
use crate::config::private::Private;
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::{Report, Told};
use crate::model::{Alias, Fitted, Images, Issued, Parts, Reporter, Resting, Row, RowState, Sight, Snapshot};

/// The rows of the set-up, in their order.
const ROWS: [(&str, &str); 6] = [
    ("token", "into its sink"),
    ("key", "the new pair in the place of the old one"),
    ("registration", "as the server sent it"),
    ("known host", "for the alias alone"),
    ("SSH", "one block of the configuration"),
    ("preferences", "address and lab"),
];

/// Tells rows as they are done.
struct Rows<'a> {
    report: &'a Report,
    done: usize,
}

impl Rows<'_> {
    fn tell(&self) {
        let row = |(at, (name, note)): (usize, &(&str, &str))| {
            let state = match at.cmp(&self.done) {
                std::cmp::Ordering::Less => RowState::Ready,
                std::cmp::Ordering::Equal => RowState::Working,
                std::cmp::Ordering::Greater => RowState::Waiting,
            };
            Row {
                kind: "set-up".into(),
                name: (*name).into(),
                state,
                ready: u32::from(at < self.done),
                desired: 1,
                note: (*note).into(),
                sentence: Text::default(),
                evidence: Vec::new(),
                next: Text::default(),
                happenings: Vec::new(),
                log: Vec::new(),
                since: None,
            }
        };
        let rows = ROWS.iter().enumerate().map(row).collect();
        (self.report)(Told::Snapshot(Snapshot {
            sight: Sight::Clear,
            rows,
            happenings: Vec::new(),
            images: Images::default(),
            reporter: Reporter::Unknown,
        }));
    }

    fn next(&mut self) {
        self.done += 1;
        self.tell();
    }
}

impl Workstation {
    /// Puts everything in place. A part that fails leaves what is behind it undone, and the token where it is.
    pub(super) async fn set_up(&self, issued: &Issued, report: &Report) -> Fitted {
        let mut rows = Rows { report, done: 0 };
        rows.tell();
        let owner = issued.parts.as_ref().ok().map(|parts| &parts.owner);
        let token = self.secure(issued.token, owner).await;
        let mut notes = Vec::new();
        let end = match &issued.parts {
            Err(fault) => Err(fault.clone()),
            Ok(parts) => {
                if matches!(token, Resting::Kept(_)) {
                    rows.next();
                } else {
                    rows.done += 1;
                }
                self.bundle(issued, parts, &mut notes).and_then(|()| self.write(parts, &mut rows, &mut notes))
            }
        };
        Fitted { token, notes, end }
    }

    /// More credentials come once: they are on the disk before anything else can fail.
    fn bundle(&self, issued: &Issued, parts: &Parts, notes: &mut Vec<Text>) -> Result<(), Fault> {
        let Some(bundle) = issued.bundle else { return Ok(()) };
        let name = format!("database_iam_{}.json", parts.owner.slug());
        let text = self.vault.open(bundle, &self.audience());
        let text = text.map_err(|error| failed("The database credentials", error.to_string().into()))?;
        let keys = make(&self.root()?.join("keys"))?;
        keys.write(&name, &text).map_err(|why| failed("The database credentials", why))?;
        let note = format!(
            "Database credentials came along; they rest in ~/.pychron/keys/{name}, and nothing uses them yet."
        );
        notes.push(note.into());
        Ok(())
    }

    fn write(&self, parts: &Parts, rows: &mut Rows<'_>, notes: &mut Vec<Text>) -> Result<(), Fault> {
        let path = self.root()?;
        let mut root = make(&path)?;
        let keys = make(&path.join("keys"))?;
        // Checked before anything is replaced: a block that cannot be written stops all of it.
        let name = self.key_name();
        let block = ssh::block(parts, &path.join("keys").join(&name), &path.join(KNOWN_HOSTS))
            .map_err(|why| failed("The SSH configuration", why))?;
        self.swap_key(&keys, parts)?;
        rows.next();
        let before = root.read(REGISTRATION, LONGEST).ok().flatten();
        let before: Option<Alias> =
            before.and_then(|text| alias_of(&parsed(&text)?)).and_then(|alias| alias.parse().ok());
        root.write(REGISTRATION, &parts.record).map_err(|why| failed("The registration", why))?;
        rows.next();
        hosts::add(&mut root, &parts.known_host).map_err(|why| failed("The known host", why))?;
        rows.next();
        self.configure(parts, &block, before.as_ref()).map_err(|why| failed("The SSH configuration", why))?;
        rows.next();
        notes.extend(root.notes());
        preferences::write(root, &self.api, &parts.owner).map_err(|why| failed("The preferences", why))?;
        rows.next();
        Ok(())
    }

    /// Both halves are on the disk before either gets its name. In between an SSH client finds a private half
    /// alone, old or new, and works with it; never two halves of different keys.
    fn swap_key(&self, keys: &Private, parts: &Parts) -> Result<(), Fault> {
        let mut held = self.pair.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(pair) = held.as_ref() else {
            // It is in place already: this is another try after a later part failed.
            return Ok(());
        };
        if parts.fingerprint.starts_with("SHA256:") && parts.fingerprint.as_str() != pair.fingerprint() {
            let why = "it registered another key than this machine's".into();
            return Err(Fault::BadGrant { why });
        }
        swap(keys, &self.key_name(), pair).map_err(|why| failed("The SSH key", why))?;
        *held = None;
        Ok(())
    }

    fn configure(&self, parts: &Parts, block: &str, before: Option<&Alias>) -> Result<(), Text> {
        let home = self.home().map_err(|fault| Text::from(fault.sentence()))?;
        let mut folder = Private::make(&home.join(".ssh"))?;
        let text = folder.read(ssh::CONFIG, LONGEST)?;
        let text = text.as_ref().map_or("", |text| text.as_str());
        let rest = match before.filter(|before| **before != parts.alias) {
            Some(old) => ssh::without(text, old).0,
            None => text.to_owned(),
        };
        let after = ssh::with(&rest, &parts.alias, block);
        if after == text { Ok(()) } else { folder.write(ssh::CONFIG, &after) }
    }
}

/// The private half first under another name, then the public one; the old public one goes before the swap.
fn swap(keys: &Private, name: &str, pair: &Pair) -> Result<(), Text> {
    let public = format!("{name}.pub");
    keys.lay_aside(name, &pair.private_file(), Mode::RUSR | Mode::WUSR)?;
    keys.lay_aside(&public, &pair.public_line(), Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::ROTH)?;
    keys.unlink(&public)?;
    keys.swap_in(name)?;
    keys.swap_in(&public)
}
