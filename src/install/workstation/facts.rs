//! What doctor and status ask of a workstation: every part, and whether it is as it should be. Nothing is
//! changed.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::survey::{alias_of, parsed, read};
use super::{KNOWN_HOSTS, PREFERENCES, REGISTRATION, Workstation, key, preferences, ssh};
use crate::foreign::Text;
use crate::model::{Check, CheckState, Layer, Owner};

/// What re-registering mends.
const ANEW: &str = "register this machine anew with --replace";

impl Workstation {
    /// The checks, in the order of the set-up.
    pub async fn facts(&self) -> Vec<Check> {
        let Ok(root) = self.root() else {
            return vec![check("W01", "home", Err("this user has none".into()))];
        };
        let keys = root.join("keys");
        let name = self.key_name();
        let public = keys.join(format!("{name}.pub"));
        let mut checks = vec![
            check("W01", "folder ~/.pychron", mode(&root, 0o700)),
            check("W02", "folder ~/.pychron/keys", mode(&keys, 0o700)),
            check("W03", "private key", mode(&keys.join(&name), 0o600)),
            check("W04", "public key", mode(&public, 0o644)),
            check("W05", "registration", mode(&root.join(REGISTRATION), 0o600)),
            check("W06", "known hosts", mode(&root.join(KNOWN_HOSTS), 0o600)),
            check("W07", "the key's halves", halves(&keys, &name)),
        ];
        let record = read(&root.join(REGISTRATION)).ok().flatten().and_then(|text| parsed(&text));
        let said = record.as_ref().and_then(|record| record.get("fingerprint")?.as_str());
        checks.push(match said.filter(|said| said.starts_with("SHA256:")) {
            // Nothing to compare with: the server named no digest of the key, or one of another kind.
            None if record.is_some() => Check {
                state: CheckState::NotApplicable,
                fix: Text::default(),
                ..check("W08", "registered key", Err("the server named no SHA256 digest of it".into()))
            },
            said => check("W08", "registered key", registered_key(said, &public)),
        });
        let alias = record.as_ref().and_then(alias_of).unwrap_or_default();
        let config = root.parent().unwrap_or(&root).join(".ssh").join(ssh::CONFIG);
        checks.push(check("W09", "SSH block", block(&config, &alias)));
        checks.push(check("W10", "token", self.token_fact(&root).await));
        checks
    }

    async fn token_fact(&self, root: &Path) -> Result<Text, Text> {
        let text = read(&root.join(PREFERENCES))?.unwrap_or_default();
        let lab = preferences::lab(&text).ok_or("the preferences name no lab")?;
        let owner: Owner = lab.parse().map_err(|_| Text::from("the preferences name no usable lab"))?;
        let rest = self.rest.words();
        match self.get(&owner).await? {
            Some(_) => Ok(format!("of lab {owner}, in {rest}").into()),
            None => Err(format!("none of lab {owner} in {rest}").into()),
        }
    }
}

fn check(id: &'static str, what: &str, found: Result<Text, Text>) -> Check {
    let (state, words, fix) = match found {
        Ok(words) => (CheckState::Pass, words, Text::default()),
        Err(words) => (CheckState::Fail, words, ANEW.into()),
    };
    let layer = if id == "W10" { Layer::Store } else { Layer::Machine };
    Check { id, layer, state, words: format!("{what}: {words}").into(), evidence: Vec::new(), fix }
}

fn block(config: &Path, alias: &str) -> Result<Text, Text> {
    let text = read(config)?.unwrap_or_default();
    let marked = text.lines().any(|line| line.trim_end() == format!("# BEGIN pychron-cloud:{alias}"));
    if alias.is_empty() || !marked {
        return Err("~/.ssh/config holds no block for the registered alias".into());
    }
    Ok(format!("for the alias {alias}").into())
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

fn mode(path: &Path, wanted: u32) -> Result<Text, Text> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Err("it is not there".into()),
        Err(error) => Err(error.to_string().into()),
        Ok(meta) if meta.is_symlink() => Err("it is a symbolic link".into()),
        Ok(meta) if meta.mode() & 0o777 == wanted => Ok(format!("there, mode {wanted:04o}").into()),
        Ok(meta) => Err(format!("it has mode {:04o}, not {wanted:04o}", meta.mode() & 0o777).into()),
    }
}
