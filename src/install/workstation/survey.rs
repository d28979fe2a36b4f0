//! What is there before anything is changed. Nothing is mended here either: it is only read.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use serde_json::Value;

use super::{LONGEST, PREFERENCES, REGISTRATION, Workstation, preferences, ssh};
use crate::config::private::Private;
use crate::error::{Fault, SetUp};
use crate::foreign::Text;
use crate::model::{Alias, Badge, Findings, HostName, Owner};

impl Workstation {
    /// Reads what is there, and says what would be done.
    pub(super) async fn look(&self) -> Result<Findings, Fault> {
        let home = self.home()?;
        let root = self.root()?;
        let record = read(&root.join(REGISTRATION));
        let said = read(&root.join(PREFERENCES)).ok().flatten().and_then(|text| preferences::lab(&text));
        let owner: Option<Owner> = said.and_then(|lab| lab.parse().ok());
        let token = match &owner {
            Some(owner) => self.find(owner).await.map(|token| token.is_some()),
            None => Ok(false),
        };
        let badge = badge_of(matches!(record, Ok(Some(_))), token.as_ref().is_ok_and(|there| *there));
        let sink = self.sink_answers().await;
        let owner = owner.map(|owner| Text::from(owner.as_str()));
        let lines = self.lines(badge, owner.as_ref(), record.as_ref().ok(), sink.as_ref().err());
        let unwritable = [root.clone(), root.join("keys"), home.join(".ssh")]
            .iter()
            .find_map(|path| real_folder(path).err())
            .or_else(|| read(&home.join(".ssh").join(ssh::CONFIG)).err())
            .or_else(|| record.err())
            .map(|why| Fault::SetUp(SetUp::SetUpFailed { part: "The set-up".into(), why }));
        let nowhere = sink.err().filter(|_| !self.reveals).map(|why| Fault::KeyringFailed { why });
        Ok(Findings { badge, owner, lines, obstacle: unwritable.or(nowhere) })
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
            Badge::Partial => {
                format!("partly registered: a token of {whose} is there, its registration is not")
            }
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
        let writes =
            "registration, host key and preferences in ~/.pychron; one marked block in ~/.ssh/config";
        lines.push(("Writes", writes.to_owned()));
        lines.push(("Asks", format!("{}, for a code that your administrator approves", self.api)));
        lines.into_iter().map(|(label, value)| (label.into(), Text::within(&value, 300))).collect()
    }
}

/// How much of a registration these two make.
pub(super) fn badge_of(record: bool, token: bool) -> Badge {
    match (record, token) {
        (true, true) => Badge::Registered,
        (false, false) => Badge::Unregistered,
        _ => Badge::Partial,
    }
}

/// What a registration says of the way to the repositories, checked anew: anybody may have changed the file.
pub(super) struct Record {
    pub(super) alias: Alias,
    pub(super) host: HostName,
    pub(super) port: u16,
}

impl Record {
    pub(super) fn of(record: &Value) -> Option<Self> {
        let said = record.get("ssh_host_alias")?;
        let text = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default().trim();
        let port = match said.get("port") {
            None | Some(Value::Null) => 22,
            Some(port) => u16::try_from(port.as_u64()?).ok()?,
        };
        Some(Self { alias: text("alias").parse().ok()?, host: text("real_host").parse().ok()?, port })
    }
}

/// Whose machine this is, by its preferences.
pub(super) fn owner_of(mut root: Private) -> Option<Owner> {
    let text = root.read(PREFERENCES, LONGEST).ok()??;
    preferences::lab(&text)?.parse().ok()
}

/// A registration as it was written.
pub(super) fn parsed(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

/// The alias that a registration names.
pub(super) fn alias_of(record: &Value) -> Option<String> {
    Some(record.get("ssh_host_alias")?.get("alias")?.as_str()?.to_owned())
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
