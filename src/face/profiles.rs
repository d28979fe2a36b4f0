//! The list of profiles, as lines and as JSON.

use serde_json::{Value, json};

use super::ndjson::VERSION;
use crate::foreign::Text;
use crate::model::ProfileFacts;

const ABOUT: &str = "\
A profile says where you sign in and what is installed on the machine. Choose one with --profile NAME.
Your own stand in profiles.toml in the folder of landfall's configuration:

  [acme]
  api = \"https://api.acme.example\"
  expect_account = 17        # only this account may approve

Without any server, everything can be tried with: landfall sandbox";

/// A profile as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What every face shows of it.
    pub facts: ProfileFacts,
    /// The base address of its API.
    pub api: Text,
    /// Which back end.
    pub backend: &'static str,
    /// What is installed, if it installs anything.
    pub install: Option<&'static str>,
    /// The file it stands in; none if it is built in.
    pub file: Option<Text>,
    /// Whose session is kept for its API.
    pub session_of: Option<Text>,
}

/// As lines: each profile with who is signed in there, then what profiles are.
pub fn text(entries: &[Entry]) -> String {
    let width = entries.iter().map(|entry| entry.facts.name.chars().count()).max().unwrap_or(0);
    let lines: Vec<String> = entries
        .iter()
        .map(|Entry { facts, backend, install, file, session_of, .. }| {
            let installs =
                install.map_or_else(|| "signs in only".into(), |what| format!("installs a {what}"));
            let mut says = vec![format!("{backend} API at {}", facts.host), installs];
            if facts.sandbox {
                says.push("SANDBOX".into());
            }
            says.extend(facts.expect_account.map(|id| format!("only account {id} may approve")));
            says.push(file.as_ref().map_or_else(|| "built in".into(), |file| format!("from {file}")));
            says.extend(session_of.as_ref().map(|email| format!("a session of {email} is kept")));
            format!("{:width$}  {}", facts.name, says.join("; "))
        })
        .collect();
    format!("{}\n\n{ABOUT}", lines.join("\n"))
}

/// As JSON lines, one a profile.
pub fn json(entries: &[Entry]) -> Vec<Value> {
    let line = |Entry { facts, api, backend, install, file, session_of }: &Entry| {
        json!({
            "v": VERSION,
            "event": "profile",
            "name": facts.name,
            "api": api,
            "backend": backend,
            "install": install,
            "expect_account": facts.expect_account,
            "sandbox": facts.sandbox,
            "file": file,
            "session_of": session_of,
        })
    };
    entries.iter().map(line).collect()
}
