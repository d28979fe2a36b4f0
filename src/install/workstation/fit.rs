//! The set-up, part by part. The token first; then nothing that fails can lose it.

use std::sync::PoisonError;

use rustix::fs::Mode;

use super::survey::{alias_of, parsed};
use super::{
    KNOWN_HOSTS, LONGEST, REGISTRATION, Workstation, failed, hosts, key::Pair, make, preferences, ssh, view,
};
use crate::config::private::Private;
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::{Report, Told};
use crate::model::{Alias, Fitted, Images, Issued, Parts, Reporter, Resting, Row, RowState, Sight, Snapshot};

/// The places at which a run can be cut short with something done and something not: one behind every change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// The token is in its sink.
    TokenKept,
    /// Credentials that came along are on the disk.
    BundleKept,
    /// The new private half is on the disk, under another name.
    PrivateAside,
    /// The new public half is, too.
    PublicAside,
    /// The old public half is gone.
    OldPublicGone,
    /// The new private half has its name.
    PrivateSwapped,
    /// The new public half has its name.
    PublicSwapped,
    /// The registration is written.
    Registered,
    /// The host's key is known.
    HostKnown,
    /// The block of the alias is written.
    Configured,
    /// Address and lab are noted.
    Preferred,
    /// Something was taken away again.
    PartGone,
}

impl Boundary {
    /// Those of a set-up, in their order.
    pub const ALL: [Self; 11] = [
        Self::TokenKept,
        Self::BundleKept,
        Self::PrivateAside,
        Self::PublicAside,
        Self::OldPublicGone,
        Self::PrivateSwapped,
        Self::PublicSwapped,
        Self::Registered,
        Self::HostKnown,
        Self::Configured,
        Self::Preferred,
    ];
}

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
                timer: None,
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
        self.crossed(Boundary::TokenKept);
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
        self.crossed(Boundary::BundleKept);
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
        let (key, known) = (path.join("keys").join(&name), path.join(KNOWN_HOSTS));
        let block = ssh::lines(&parts.alias, &parts.host, parts.port, &key, &known)
            .map_err(|why| failed("The SSH configuration", why))?;
        self.swap_key(&keys, parts)?;
        rows.next();
        let before = root.read(REGISTRATION, LONGEST).ok().flatten();
        let before: Option<Alias> =
            before.and_then(|text| alias_of(&parsed(&text)?)).and_then(|alias| alias.parse().ok());
        root.write(REGISTRATION, &parts.record).map_err(|why| failed("The registration", why))?;
        self.crossed(Boundary::Registered);
        rows.next();
        hosts::add(&mut root, &parts.known_host).map_err(|why| failed("The known host", why))?;
        self.crossed(Boundary::HostKnown);
        rows.next();
        let winners = self.configure(parts, &block, before.as_ref());
        notes.extend(winners.map_err(|why| failed("The SSH configuration", why))?);
        self.crossed(Boundary::Configured);
        rows.next();
        notes.extend(root.notes());
        preferences::write(root, &self.api, &parts.owner).map_err(|why| failed("The preferences", why))?;
        self.crossed(Boundary::Preferred);
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
        self.swap(keys, pair).map_err(|why| failed("The SSH key", why))?;
        *held = None;
        Ok(())
    }

    /// The private half first under another name, then the public one; the old public one goes before the swap.
    fn swap(&self, keys: &Private, pair: &Pair) -> Result<(), Text> {
        let name = self.key_name();
        let public = format!("{name}.pub");
        keys.lay_aside(&name, &pair.private_file(), Mode::RUSR | Mode::WUSR)?;
        self.crossed(Boundary::PrivateAside);
        keys.lay_aside(&public, &pair.public_line(), Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::ROTH)?;
        self.crossed(Boundary::PublicAside);
        keys.unlink(&public)?;
        self.crossed(Boundary::OldPublicGone);
        keys.swap_in(&name)?;
        self.crossed(Boundary::PrivateSwapped);
        keys.swap_in(&public)?;
        self.crossed(Boundary::PublicSwapped);
        Ok(())
    }

    /// Writes the block; says what stands before it and wins over it.
    fn configure(&self, parts: &Parts, block: &str, before: Option<&Alias>) -> Result<Option<Text>, Text> {
        let home = self.home().map_err(|fault| Text::from(fault.sentence()))?;
        let mut folder = Private::make(&home.join(".ssh"))?;
        let text = folder.read(ssh::CONFIG, LONGEST)?;
        let text = text.as_ref().map_or("", |text| text.as_str());
        let rest = match before.filter(|before| **before != parts.alias) {
            Some(old) => ssh::without(text, old).0,
            None => text.to_owned(),
        };
        let after = ssh::with(&rest, &parts.alias, block);
        if after != text {
            folder.write(ssh::CONFIG, &after)?;
        }
        Ok(warning(&after, &parts.alias, block))
    }
}

/// What a person should know of a configuration in which something wins over the block.
fn warning(text: &str, alias: &Alias, block: &str) -> Option<Text> {
    let winners = view::winners(text, alias, block);
    let words: Vec<String> = winners.iter().take(3).map(view::Winner::words).collect();
    let effect = if winners.iter().any(|winner| winner.breaks) {
        "and wins over it, so that git may not get in"
    } else {
        "and is tried first"
    };
    (!words.is_empty()).then(|| {
        Text::from(format!(
            "In ~/.ssh/config this stands before the block of {alias} {effect}: {}. Move the block above it.",
            words.join("; ")
        ))
    })
}
