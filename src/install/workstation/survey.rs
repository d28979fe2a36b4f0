//! What is there before anything is changed. Nothing is mended here either: it is only read.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use serde_json::Value;

use super::{LONGEST, PREFERENCES, REGISTRATION, Workstation, key, preferences, ssh};
use crate::config::private::Private;
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Badge, Owner, Survey};

impl Workstation {
    /// Reads what is there, and says what would be done.
    pub(super) async fn look(&self) -> Result<Survey, Fault> {
        let home = self.home()?;
        let root = self.root()?;
        let record = read(&root.join(REGISTRATION));
        let said = read(&root.join(PREFERENCES)).ok().flatten().and_then(|text| preferences::lab(&text));
        let owner: Option<Owner> = said.and_then(|lab| lab.parse().ok());
        let token = match &owner {
            Some(owner) => self.get(owner).await.map(|token| token.is_some()),
            None => Ok(false),
        };
        let badge = match (matches!(record, Ok(Some(_))), token.as_ref().is_ok_and(|there| *there)) {
            (true, true) => Badge::Registered,
            (false, false) => Badge::Unregistered,
            _ => Badge::Partial,
        };
        let sink = self.sink_answers().await;
        let owner = owner.map(|owner| Text::from(owner.as_str()));
        let lines = self.lines(badge, owner.as_ref(), record.as_ref().ok(), sink.as_ref().err());
        let unwritable = [root.clone(), root.join("keys"), home.join(".ssh")]
            .iter()
            .find_map(|path| real_folder(path).err())
            .or_else(|| read(&home.join(".ssh").join(ssh::CONFIG)).err())
            .or_else(|| record.err())
            .map(|why| Fault::SetUpFailed { part: "The set-up".into(), why });
        let nowhere = sink.err().filter(|_| !self.reveals).map(|why| Fault::KeyringFailed { why });
        Ok(Survey { badge, owner, lines, obstacle: unwritable.or(nowhere) })
    }

    fn lines(
        &self,
        badge: Badge,
        owner: Option<&Text>,
        record: Option<&Option<String>>,
        sink: Option<&Text>,
    ) -> Vec<(Text, Text)> {
        let whose = owner.map_or_else(|| "a lab".to_owned(), |owner| format!("lab {owner}"));
        let state = match badge {
            Badge::Registered => format!("registered for {whose}"),
            Badge::Partial if record.is_some_and(Option::is_some) => {
                "partly registered: the registration is there, its token is not".to_owned()
            }
            Badge::Partial => format!("partly registered: a token of {whose} is there, its registration is not"),
            Badge::Unregistered => "not registered yet".to_owned(),
        };
        let mut lines = vec![("Machine", format!("{}, {state}", self.host))];
        if badge != Badge::Unregistered {
            let why = "a new SSH key and a new token take the place of the old ones. Until the new key is \
                       whole, the old one stays";
            lines.push(("Replaces", why.to_owned()));
        }
        let key = format!("~/.pychron/keys/{}, an Ed25519 pair made now", self.key_name());
        lines.push(("Key", key));
        let token = match sink {
            None => format!("goes into {}", self.rest.words()),
            Some(why) => format!("no keyring here ({why}): you are shown it once, to carry it away yourself"),
        };
        lines.push(("Token", token));
        let writes = "registration, host key and preferences in ~/.pychron; one marked block in ~/.ssh/config";
        lines.push(("Writes", writes.to_owned()));
        lines.push(("Asks", format!("{}, for a code that your administrator approves", self.api)));
        lines.into_iter().map(|(label, value)| (label.into(), Text::within(&value, 300))).collect()
    }

    /// Whose machine this is, by its preferences.
    pub(super) fn owner(&self, mut root: Private) -> Option<Owner> {
        let text = root.read(PREFERENCES, LONGEST).ok()??;
        preferences::lab(&text)?.parse().ok()
    }

    /// What doctor and status ask: a word for each part, and whether it is as it should be.
    pub async fn facts(&self) -> Vec<(Text, Result<Text, Text>)> {
        let Ok(root) = self.root() else { return vec![("home".into(), Err("this user has none".into()))] };
        let keys = root.join("keys");
        let name = self.key_name();
        let mut facts = vec![
            mode("folder", &root, 0o700),
            mode("keys", &keys, 0o700),
            mode("private key", &keys.join(&name), 0o600),
            mode("public key", &keys.join(format!("{name}.pub")), 0o644),
            mode("registration", &root.join(REGISTRATION), 0o600),
            mode("known hosts", &root.join(super::KNOWN_HOSTS), 0o600),
            ("halves".into(), halves(&keys, &name)),
        ];
        let record = read(&root.join(REGISTRATION)).ok().flatten().and_then(|text| parsed(&text));
        facts.push(("fingerprint".into(), registered_key(record.as_ref(), &keys.join(format!("{name}.pub")))));
        let home = root.parent().unwrap_or(&root).join(".ssh").join(ssh::CONFIG);
        let alias = record.as_ref().and_then(alias_of).unwrap_or_default();
        let config = read(&home).ok().flatten().unwrap_or_default();
        let there = config.contains(&format!("# BEGIN pychron-cloud:{alias}\n")) && !alias.is_empty();
        let word = if there { Ok(Text::from(alias)) } else { Err("no block of ours in ~/.ssh/config".into()) };
        facts.push(("alias".into(), word));
        let owner = read(&root.join(PREFERENCES)).ok().flatten().and_then(|text| preferences::lab(&text));
        let token = match owner.and_then(|lab| lab.parse::<Owner>().ok()) {
            None => Err("the preferences name no lab".into()),
            Some(owner) => match self.get(&owner).await {
                Ok(Some(_)) => Ok(format!("of lab {owner}, in {}", self.rest.words()).into()),
                Ok(None) => Err(format!("none of lab {owner} in {}", self.rest.words()).into()),
                Err(why) => Err(why),
            },
        };
        facts.push(("token".into(), token));
        facts
    }
}

/// A registration as it was written.
pub(super) fn parsed(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

/// The alias that a registration names.
pub(super) fn alias_of(record: &Value) -> Option<String> {
    Some(record.get("ssh_host_alias")?.get("alias")?.as_str()?.to_owned())
}

fn halves(keys: &Path, name: &str) -> Result<Text, Text> {
    let private = read(&keys.join(name))?.ok_or("there is no private key")?;
    let public = read(&keys.join(format!("{name}.pub")))?.ok_or("there is no public key")?;
    let of = key::public_of(&private).ok_or("the private key cannot be read")?;
    if public.starts_with(&of) { Ok("of one key".into()) } else { Err("they are of two keys".into()) }
}

fn registered_key(record: Option<&Value>, public: &Path) -> Result<Text, Text> {
    let said = record.and_then(|record| record.get("fingerprint")?.as_str()).ok_or("none is registered")?;
    let line = read(public)?.ok_or("there is no public key")?;
    let ours = key::fingerprint_of(&line).ok_or("the public key cannot be read")?;
    if ours == said { Ok(ours.into()) } else { Err("the key here is not the one that is registered".into()) }
}

fn mode(what: &str, path: &Path, wanted: u32) -> (Text, Result<Text, Text>) {
    use std::os::unix::fs::MetadataExt as _;
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Err("is not there".into()),
        Err(error) => Err(error.to_string().into()),
        Ok(meta) if meta.is_symlink() => Err("is a symbolic link".into()),
        Ok(meta) if meta.mode() & 0o777 == wanted => Ok(format!("{wanted:04o}").into()),
        Ok(meta) => Err(format!("has mode {:04o}, not {wanted:04o}", meta.mode() & 0o777).into()),
    };
    (what.into(), found)
}

/// A folder that is there is one, and no link to somewhere else.
fn real_folder(path: &Path) -> Result<(), Text> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(format!("{}: {error}", path.display()).into()),
        Ok(meta) if meta.is_dir() => Ok(()),
        Ok(_) => Err(format!("{} is a symbolic link or no folder", path.display()).into()),
    }
}

/// A plain file as text, or nothing if it is not there.
pub(super) fn read(path: &Path) -> Result<Option<String>, Text> {
    let told = |why: &dyn std::fmt::Display| Text::from(format!("{}: {why}", path.display()));
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(told(&error)),
        Ok(meta) if !meta.is_file() => return Err(told(&"is a symbolic link or no plain file")),
        Ok(_) => {}
    }
    let mut text = String::new();
    let file = File::open(path).map_err(|error| told(&error))?;
    file.take(LONGEST as u64).read_to_string(&mut text).map_err(|error| told(&error))?;
    Ok(Some(text))
}
