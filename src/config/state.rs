//! What this program remembers between runs: who is signed in where. No secret is in it.
//!
//! One JSON file with a version. Keys that this version does not know are kept; a newer version is refused,
//! because writing it back would lose what we do not understand. Changes happen under a lock.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::private::{Lock, Private};
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Account, Selected};

/// The version of the format that this program reads and writes.
pub const VERSION: u64 = 1;
/// The file's name.
const FILE: &str = "state.json";
/// The longest state that is read, in bytes.
const LONGEST: usize = 1024 * 1024;

/// Where a session's token rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The desktop's keyring (Secret Service).
    Keyring,
    /// The kernel's keyring of the user.
    Kernel,
    /// A file that only its owner can read.
    File,
}

/// A session that is kept, without its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The account id: what is compared.
    pub account: u64,
    /// The person's e-mail address, to be shown.
    pub email: Text,
    /// Where the token rests.
    pub place: Place,
    /// The API's base address it was issued at, for its revocation.
    pub api: String,
    /// Since when, by this machine's clock.
    pub since: Timestamp,
    /// Until when, if the server said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Session {
    /// A session that begins now.
    pub fn new(account: &Account, place: Place, api: &str, since: Timestamp) -> Self {
        Self {
            account: account.id,
            email: account.email.clone(),
            place,
            api: api.to_owned(),
            since,
            expires_at: None,
            rest: Map::new(),
        }
    }

    /// With its end, if the server said when that is.
    #[must_use]
    pub fn until(self, expires_at: Option<Timestamp>) -> Self {
        Self { expires_at, ..self }
    }
}

/// A selected client, with what a later version may say of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Pointer {
    #[serde(flatten)]
    client: Selected,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Origin {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<Session>,
    /// The client last worked with. It belongs to whoever is signed in, and goes with that person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    selected: Option<Pointer>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// The state as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    version: u64,
    #[serde(default)]
    origins: BTreeMap<String, Origin>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Default for State {
    fn default() -> Self {
        Self { version: VERSION, origins: BTreeMap::new(), rest: Map::new() }
    }
}

impl State {
    /// The session kept for an API origin.
    pub fn session(&self, origin: &str) -> Option<&Session> {
        self.origins.get(origin)?.session.as_ref()
    }

    /// The client last worked with at an API origin.
    pub fn selected(&self, origin: &str) -> Option<&Selected> {
        Some(&self.origins.get(origin)?.selected.as_ref()?.client)
    }

    /// Notes the client that is worked with.
    pub fn select(&mut self, origin: &str, client: Selected) {
        let entry = self.origins.entry(origin.to_owned()).or_default();
        entry.selected = Some(Pointer { client, rest: Map::new() });
    }

    /// Forgets the selected client of an origin; with `unless`, only another account's.
    pub fn unselect(&mut self, origin: &str, unless: Option<u64>) {
        let Some(entry) = self.origins.get_mut(origin) else { return };
        entry.selected.take_if(|pointer| Some(pointer.client.account) != unless);
        if *entry == Origin::default() {
            self.origins.remove(origin);
        }
    }

    /// Notes a session. Another person's takes the selection of the one before with it.
    pub fn sign_in(&mut self, origin: &str, session: Session) {
        let entry = self.origins.entry(origin.to_owned()).or_default();
        entry.selected.take_if(|pointer| pointer.client.account != session.account);
        entry.session = Some(session);
    }

    /// Forgets session and selection of an origin, and nothing else.
    pub fn sign_out(&mut self, origin: &str) {
        if let Some(entry) = self.origins.get_mut(origin) {
            entry.session = None;
            entry.selected = None;
            if *entry == Origin::default() {
                self.origins.remove(origin);
            }
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
        match value.get("version").and_then(Value::as_u64) {
            Some(VERSION) => {}
            Some(newer) if newer > VERSION => {
                return Err(format!(
                    "it was written by a newer landfall (format {newer}; this one knows {VERSION})"
                ));
            }
            _ => return Err("it has no version that this program knows".into()),
        }
        serde_json::from_value(value).map_err(|error| format!("it makes no sense: {error}"))
    }
}

/// Where the state and the kept sessions are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateFolder(pub PathBuf);

/// The state under its lock.
#[derive(Debug)]
pub struct Locked {
    /// The folder.
    pub folder: Private,
    /// What it says; written by [`Locked::save`] only.
    pub state: State,
    _lock: Lock,
}

impl StateFolder {
    /// The folder of this user, for example `~/.local/state/landfall`.
    pub fn of_user() -> Option<Self> {
        let dirs = directories::ProjectDirs::from("", "", "landfall")?;
        // macOS has no folder for state.
        Some(Self(dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_path_buf()))
    }

    /// Reads it without a lock: a change replaces the file in one step. None if nothing was ever kept.
    pub fn read(&self) -> Result<Option<(Private, State)>, Fault> {
        let Some(mut folder) = Private::open(&self.0).map_err(|why| self.bad(why))? else { return Ok(None) };
        let state = self.parse(&mut folder)?;
        Ok(Some((folder, state)))
    }

    /// Reads it to change it; the folder is made if it is not there.
    pub async fn lock(&self) -> Result<Locked, Fault> {
        let mut folder = Private::make(&self.0).map_err(|why| self.bad(why))?;
        let lock = folder.lock().await.map_err(|why| self.bad(why))?;
        let state = self.parse(&mut folder)?;
        Ok(Locked { folder, state, _lock: lock })
    }

    fn parse(&self, folder: &mut Private) -> Result<State, Fault> {
        let text = folder.read(FILE, LONGEST).map_err(|why| self.bad(why))?;
        text.map_or_else(|| Ok(State::default()), |text| State::parse(&text).map_err(|why| self.bad(why)))
    }

    fn bad(&self, why: impl Into<Text>) -> Fault {
        bad(&self.0, why)
    }
}

impl Locked {
    /// Writes the state.
    pub fn save(&self) -> Result<(), Fault> {
        let text = serde_json::to_string_pretty(&self.state)
            .map_err(|error| bad(self.folder.path(), error.to_string()))?;
        self.folder.write(FILE, &format!("{text}\n")).map_err(|why| bad(self.folder.path(), why))
    }
}

fn bad(folder: &Path, why: impl Into<Text>) -> Fault {
    Fault::BadState { path: folder.join(FILE).display().to_string().into(), why: why.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "https://api.acme.example";

    fn session(account: u64) -> Session {
        let account = Account {
            id: account,
            name: "Acme".into(),
            email: "a@acme.example".into(),
            first_name: "A".into(),
        };
        Session::new(&account, Place::File, "https://api.acme.example/v1", Timestamp::UNIX_EPOCH)
    }

    fn selected(account: u64) -> Selected {
        Selected {
            account,
            id: 42,
            name: "lab".into(),
            namespace: "lab".parse().unwrap(),
            username: "6f1c2d3e-0000-4a5b-8c9d-0123456789ab".parse().unwrap(),
            cluster: "c1".parse().unwrap(),
            location: crate::model::Location::NotSet,
        }
    }

    fn written(state: &State) -> Value {
        serde_json::to_value(state).unwrap()
    }

    #[test]
    fn a_session_is_noted_and_what_is_unknown_is_kept() {
        let text = r#"{"version":1,"new":{"a":1},"origins":{
            "https://api.acme.example":{"hue":3,"session":{"account":7,"email":"a@acme.example","place":"file",
              "api":"https://api.acme.example/v1","since":"1970-01-01T00:00:00Z","more":true}}}}"#;
        let mut state = State::parse(text).unwrap();
        assert_eq!(written(&state), serde_json::from_str::<Value>(text).unwrap());
        assert_eq!(state.session(HERE).unwrap().account, 7);
        state.sign_out(HERE);
        assert_eq!(
            written(&state),
            serde_json::json!({"version":1,"new":{"a":1},"origins":{HERE:{"hue":3}}})
        );
    }

    #[test]
    fn another_person_drops_the_selection_and_the_same_one_keeps_it() {
        let mut state = State::default();
        state.sign_in(HERE, session(7));
        state.sign_in("https://other.example", session(7));
        state.select(HERE, selected(7));
        state.sign_in(HERE, session(7));
        state.unselect(HERE, Some(7));
        assert_eq!(state.selected(HERE), Some(&selected(7)));
        state.sign_in(HERE, session(8));
        assert_eq!(state.selected(HERE), None);
        state.select(HERE, selected(8));
        state.unselect(HERE, Some(7));
        assert_eq!(state.selected(HERE), None);
        state.sign_out(HERE);
        assert_eq!(state.origins.keys().collect::<Vec<_>>(), ["https://other.example"]);
    }

    #[test]
    fn what_is_newer_broken_or_of_another_kind_is_refused() {
        for (text, why) in [
            (r#"{"version":2,"origins":{}}"#, "a newer landfall (format 2; this one knows 1)"),
            ("{", "no JSON"),
            ("[]", "no version"),
            (r#"{"origins":{}}"#, "no version"),
            (r#"{"version":"1"}"#, "no version"),
            (r#"{"version":1,"origins":[]}"#, "makes no sense"),
            (r#"{"version":1,"origins":{"a":{"session":{"account":"x"}}}}"#, "makes no sense"),
        ] {
            let said = State::parse(text).unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_survives_and_a_second_one_waits_its_turn() {
        let home = tempfile::tempdir().unwrap();
        let folder = StateFolder(home.path().join("state"));
        assert!(folder.read().unwrap().is_none());
        let mut first = folder.lock().await.unwrap();
        first.state.sign_in(HERE, session(7));
        first.save().unwrap();
        assert!(matches!(folder.lock().await, Err(Fault::BadState { .. })));
        drop(first);
        let mut second = folder.lock().await.unwrap();
        second.state.sign_in("https://other.example", session(8));
        second.save().unwrap();
        let (_, state) = folder.read().unwrap().unwrap();
        assert_eq!(state, second.state);
        assert_eq!(state.session(HERE), Some(&session(7)));
    }
}
