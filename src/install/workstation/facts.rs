//! What doctor, status and home page ask of a workstation: every part, and whether it is as it should be. Nothing is
//! changed.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde_json::Value;

use super::survey::{Record, badge_of, parsed, read};
use super::token::Found;
use super::{KNOWN_HOSTS, PREFERENCES, REGISTRATION, Workstation, key, preferences, ssh, view};
use crate::foreign::Text;
use crate::model::{Check, CheckState, Layer, Owner, PARTS, Probe, Standing};

/// What re-registering mends.
const ANEW: &str = "register this machine anew: landfall --replace";

/// How a part was found: its state, what is said of it, what that rests on, and what to do.
struct Seen {
    state: CheckState,
    words: Text,
    evidence: Vec<Text>,
    fix: Text,
}

impl Seen {
    fn new(state: CheckState, words: impl Into<Text>, fix: impl Into<Text>) -> Self {
        Self { state, words: words.into(), evidence: Vec::new(), fix: fix.into() }
    }

    fn pass(words: impl Into<Text>) -> Self {
        Self::new(CheckState::Pass, words, "")
    }

    fn fail(words: impl Into<Text>, fix: impl Into<Text>) -> Self {
        Self::new(CheckState::Fail, words, fix)
    }

    fn unknown(words: impl Into<Text>) -> Self {
        Self::new(CheckState::Unknown, words, "")
    }
}

impl From<Result<Text, Text>> for Seen {
    fn from(found: Result<Text, Text>) -> Self {
        found.map_or_else(|words| Self::fail(words, ANEW), Self::pass)
    }
}

impl Workstation {
    /// Every part in the order of the set-up, and the control plane's word last.
    pub(super) async fn stand(&self, probe: Probe) -> Standing {
        let mut standing = Standing {
            host: self.host.clone(),
            badge: badge_of(false, false),
            owner: None,
            api: self.api.clone(),
            checks: Vec::new(),
            probe,
            removes: "the token here, the SSH key, registration, host key and preferences in ~/.pychron, the marked \
                      block in ~/.ssh/config, database credentials that came along"
                .into(),
            stays: "the projects in ~/Pychron, and everything else in ~/.pychron and ~/.ssh/config".into(),
            token: None,
        };
        let Ok(root) = self.root() else {
            standing.checks.push(check(0, Seen::fail("this user has no home folder", "set HOME")));
            return standing;
        };
        let record = read(&root.join(REGISTRATION));
        let there = matches!(record, Ok(Some(_)));
        let record = record.ok().flatten().and_then(|text| parsed(&text));
        let text = read(&root.join(PREFERENCES));
        let lab = text.as_ref().ok().and_then(|text| preferences::lab(text.as_deref()?));
        let owner: Option<Owner> = lab.and_then(|lab| lab.parse().ok());
        let token = match &owner {
            Some(owner) => Some(self.find(owner).await),
            None => None,
        };
        standing.badge = badge_of(there, matches!(token, Some(Ok(Some(_)))));
        standing.owner = owner.as_ref().map(|owner| owner.as_str().into());
        let mut seen = self.lying(&root, record.as_ref());
        seen.extend(self.configured(&root, record.as_ref()).await);
        seen.push(self.preferred(text, owner.as_ref()));
        seen.push(self.resting(owner.as_ref(), token));
        seen.push(said(&standing.probe));
        standing.checks = seen.into_iter().enumerate().map(|(at, seen)| check(at, seen)).collect();
        standing
    }

    /// Files, their modes, and whether they belong together.
    fn lying(&self, root: &Path, record: Option<&Value>) -> Vec<Seen> {
        let keys = root.join("keys");
        let name = self.key_name();
        let public = keys.join(format!("{name}.pub"));
        let said = record.and_then(|record| record.get("fingerprint")?.as_str());
        let registered = match said.filter(|said| said.starts_with("SHA256:")) {
            // Nothing to compare with: the server named no digest of the key, or one of another kind.
            None if record.is_some() => {
                Seen::new(CheckState::NotApplicable, "the server named no SHA256 digest of it", "")
            }
            said => registered_key(said, &public).into(),
        };
        let written = match moded(&root.join(REGISTRATION), 0o600) {
            Seen { state: CheckState::Pass, .. } if record.is_none() => Seen::fail("it makes no sense", ANEW),
            seen => seen,
        };
        vec![
            moded(root, 0o700),
            moded(&keys, 0o700),
            moded(&keys.join(&name), 0o600),
            moded(&public, 0o644),
            written,
            known_host(root, record),
            halves(&keys, &name).into(),
            registered,
        ]
    }

    /// The block of the SSH client's configuration, and what such a client makes of it.
    async fn configured(&self, root: &Path, record: Option<&Value>) -> [Seen; 2] {
        let Some(Record { alias, host, port }) = record.and_then(Record::of) else {
            let none = || Seen::fail("the registration names no alias", ANEW);
            return [none(), Seen::unknown("the registration names no alias")];
        };
        let path = root.parent().unwrap_or(root).join(".ssh").join(ssh::CONFIG);
        let (key, known) = (root.join("keys").join(self.key_name()), root.join(KNOWN_HOSTS));
        let wanted = match ssh::lines(&alias, &host, port, &key, &known) {
            Ok(wanted) => wanted,
            Err(why) => return [Seen::fail(why, ANEW), Seen::unknown("there can be no block")],
        };
        let text = match read(&path) {
            Ok(text) => text.unwrap_or_default(),
            Err(why) => return [Seen::unknown(why.clone()), Seen::unknown(why)],
        };
        let block = match ssh::with(&text, &alias, &wanted) == text {
            true => Seen::pass(format!("there, for the alias {alias}")),
            false if ssh::without(&text, &alias).1 => Seen::fail("it is not as it was written", ANEW),
            false => Seen::fail(format!("~/.ssh/config holds no block for the alias {alias}"), ANEW),
        };
        if block.state != CheckState::Pass {
            return [block, Seen::unknown("there is no whole block")];
        }
        let winners = view::winners(&text, &alias, &wanted);
        let evidence = winners.iter().map(|winner| Text::from(winner.words())).collect();
        let above = format!("move the block of {alias} above these lines of ~/.ssh/config");
        let asked = view::resolved(&path, &text, &alias).await;
        let missing = match &asked {
            Some(Ok(view)) => view::missing(view, &wanted),
            _ => Vec::new(),
        };
        let mut seen = match asked {
            Some(Err(why)) => Seen::fail(
                format!("ssh cannot use ~/.ssh/config: {why}"),
                "mend the line that it names, then run this again",
            ),
            _ if winners.iter().any(|winner| winner.breaks) || !missing.is_empty() => {
                Seen::fail(format!("what stands before the block of {alias} wins over it"), above)
            }
            _ if !winners.is_empty() => {
                Seen::new(CheckState::Warn, format!("another key is tried before that of {alias}"), above)
            }
            Some(Ok(_)) => Seen::pass(format!("ssh resolves {alias} as the block says")),
            None => Seen::pass("nothing before the block wins over it; ssh itself was not asked"),
        };
        seen.evidence = evidence;
        seen.evidence
            .extend(missing.iter().map(|line| Text::within(&format!("ssh does not use: {line}"), 120)));
        [block, seen]
    }

    fn preferred(&self, text: Result<Option<String>, Text>, owner: Option<&Owner>) -> Seen {
        let text = match text {
            Ok(text) => text.unwrap_or_default(),
            Err(why) => return Seen::unknown(why),
        };
        let address = preferences::address(&text);
        let here = self.api.trim_end_matches('/');
        match (owner, address) {
            (None, _) => Seen::fail("they name no lab", ANEW),
            (_, None) => Seen::fail("they name no address", ANEW),
            (Some(owner), Some(address)) if address.trim_end_matches('/') == here => {
                Seen::pass(format!("lab {owner}, asked at {here}"))
            }
            (Some(_), Some(address)) => {
                let mut seen = Seen::new(
                    CheckState::Warn,
                    "pychron asks at another address than this profile",
                    "look from there: landfall status --api URL, with the address that is meant",
                );
                let address = Text::within(&address, 120);
                seen.evidence.push(format!("the preferences say {address}, the profile says {here}").into());
                seen
            }
        }
    }

    fn resting(&self, owner: Option<&Owner>, token: Option<Result<Option<Found>, Text>>) -> Seen {
        let rest = self.rest.words();
        match (owner, token) {
            (Some(owner), Some(Ok(Some(Found { rescued: None, .. })))) => {
                Seen::pass(format!("of lab {owner}, in {rest}"))
            }
            (Some(owner), Some(Ok(Some(Found { rescued: Some(file), .. })))) => Seen::new(
                CheckState::Warn,
                format!("of lab {owner}, not in its place but in {file}"),
                format!("once a keyring answers: {ANEW}"),
            ),
            (Some(owner), Some(Ok(None))) => Seen::fail(format!("none of lab {owner} in {rest}"), ANEW),
            (Some(_), Some(Err(why))) => {
                Seen::new(CheckState::Unknown, why, "unlock the keyring, then run this again")
            }
            _ => Seen::fail("nothing says which lab's token it would be", ANEW),
        }
    }
}

/// The control plane's word, as a check.
fn said(probe: &Probe) -> Seen {
    let state = match probe {
        Probe::Good { .. } => CheckState::Pass,
        Probe::Unreachable { .. } | Probe::Invalid { .. } => CheckState::Unknown,
        Probe::NoAddress
        | Probe::NoToken
        | Probe::Rejected
        | Probe::Elsewhere { .. }
        | Probe::MissingScope { .. } => CheckState::Fail,
    };
    Seen::new(state, probe.sentence(), probe.next("landfall", "landfall status"))
}

fn check(at: usize, seen: Seen) -> Check {
    let id = PARTS.get(at).map_or("", |(id, _)| id);
    let Seen { state, words, evidence, fix } = seen;
    Check { id, layer: Layer::Registration, state, words, evidence, fix }
}

fn halves(keys: &Path, name: &str) -> Result<Text, Text> {
    let private = read(&keys.join(name))?.ok_or("there is no private key")?;
    let public = read(&keys.join(format!("{name}.pub")))?.ok_or("there is no public key")?;
    let of = key::public_of(&private).ok_or("the private key cannot be read")?;
    if public.starts_with(&of) { Ok("of one key".into()) } else { Err("they are of two keys".into()) }
}

fn registered_key(said: Option<&str>, public: &Path) -> Result<Text, Text> {
    let said = said.ok_or("none is registered")?;
    let line = read(public)?.ok_or("there is no public key")?;
    let ours = key::fingerprint_of(&line).ok_or("the public key cannot be read")?;
    if ours == said { Ok(ours.into()) } else { Err("the key here is not the one that is registered".into()) }
}

/// The file of host keys, and in it the line that was registered.
fn known_host(root: &Path, record: Option<&Value>) -> Seen {
    let path = root.join(KNOWN_HOSTS);
    let seen = moded(&path, 0o600);
    if seen.state != CheckState::Pass {
        return seen;
    }
    let line = record.and_then(|record| record.get("ssh_host_alias")?.get("known_hosts_line")?.as_str());
    let (Some(line), Ok(Some(text))) = (line, read(&path)) else { return seen };
    if text.lines().any(|there| there.trim() == line.trim()) {
        seen
    } else {
        Seen::fail("the key of the registered host is not in it", ANEW)
    }
}

/// There, and with that mode.
fn moded(path: &Path, wanted: u32) -> Seen {
    let fix = match fs::symlink_metadata(path) {
        Ok(meta) if !meta.is_symlink() => format!("chmod {wanted:o} {}", shell(path)),
        _ => ANEW.to_owned(),
    };
    mode(path, wanted).map_or_else(|words| Seen::fail(words, fix), Seen::pass)
}

/// The path as a word of a command; only one of plain letters can be copied as it is.
fn shell(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if text.chars().all(plain) { text } else { "that path".to_owned() }
}

fn mode(path: &Path, wanted: u32) -> Result<Text, Text> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Err("it is not there".into()),
        Err(error) => Err(error.to_string().into()),
        Ok(meta) if meta.is_symlink() => Err("it is a symbolic link".into()),
        Ok(meta) if meta.mode() & 0o777 == wanted => Ok(format!("there, mode {wanted:04o}").into()),
        Ok(meta) => Err(format!("it has mode {:04o}, not {wanted:04o}", meta.mode() & 0o777).into()),
    }
}
