//! Taking the set-up away again.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::survey::{alias_of, owner_of, parsed};
use super::{KNOWN_HOSTS, LAST, LONGEST, REGISTRATION, Workstation, make, preferences, ssh};
use crate::config::private::Private;
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Alias, Owner};

/// What was taken away, and what could not be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// What is gone.
    pub gone: Vec<Text>,
    /// What could not be taken away, and why.
    pub kept: Vec<Text>,
}

impl Forgotten {
    fn note(&mut self, what: &str, end: Result<bool, Text>) {
        match end {
            Ok(true) => self.gone.push(what.into()),
            Ok(false) => {}
            Err(why) => self.kept.push(format!("{what}: {why}").into()),
        }
    }
}

impl Workstation {
    /// Removes key, block, host keys, registration and token of this machine, part by part: one that resists
    /// does not keep the others. With `clones` the projects go too, and the preferences are cleared: that is
    /// for another lab.
    pub async fn forget(&self, clones: bool) -> Result<Forgotten, Fault> {
        let path = self.root()?;
        let mut root = make(&path)?;
        let keys = make(&path.join("keys"))?;
        let mut out = Forgotten::default();
        let record = root.read(REGISTRATION, LONGEST).ok().flatten();
        let alias: Option<Alias> =
            record.and_then(|text| alias_of(&parsed(&text)?)).and_then(|alias| alias.parse().ok());
        let owner: Option<Owner> = owner_of(make(&path)?);
        if let Some(owner) = &owner {
            out.note("the token", self.forget_token(owner).await);
            for name in
                [format!("database_iam_{}.json", owner.slug()), format!("cloudsql_{}.json", owner.slug())]
            {
                out.note("the database credentials", keys.remove(&name));
            }
        }
        if let Some(alias) = &alias {
            out.note("the SSH block", self.unblock(alias));
        }
        let name = self.key_name();
        out.note("the private key", keys.remove(&name));
        out.note("the public key", keys.remove(&format!("{name}.pub")));
        out.note("the host keys", root.remove(KNOWN_HOSTS));
        out.note("the registration", root.remove(REGISTRATION));
        if clones {
            out.note("the last project's name", root.remove(LAST));
            out.note("the projects", remove_projects(self.home()?));
            out.note("the preferences", preferences::clear(root).map(|()| true));
        }
        Ok(out)
    }

    fn unblock(&self, alias: &Alias) -> Result<bool, Text> {
        let home = self.home().map_err(|fault| Text::from(fault.sentence()))?;
        let Some(mut folder) = Private::open(&home.join(".ssh"))? else { return Ok(false) };
        let Some(text) = folder.read(ssh::CONFIG, LONGEST)? else { return Ok(false) };
        let (rest, there) = ssh::without(&text, alias);
        if there {
            folder.write(ssh::CONFIG, &rest)?;
        }
        Ok(there)
    }
}

/// The clones lie in one folder of pychron's. A link in its place is left alone.
fn remove_projects(home: &Path) -> Result<bool, Text> {
    let path = home.join("Pychron").join("projects");
    let told = |error: std::io::Error| Text::from(format!("{}: {error}", path.display()));
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(told(error)),
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(&path).map(|()| true).map_err(told),
        Ok(_) => Err(format!("{} is a symbolic link or no folder", path.display()).into()),
    }
}
