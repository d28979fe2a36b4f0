//! Taking the set-up away again, in an order in which a run that was cut short is found again: the registration names
//! the alias of the SSH block, and the preferences name the lab of the token, so each goes after what it leads to.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::survey::{alias_of, owner_of, parsed};
use super::{Boundary, KNOWN_HOSTS, LAST, LONGEST, REGISTRATION, Workstation, preferences, ssh};
use crate::config::private::Private;
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Alias, Forgotten, Owner, Reach};

/// What is under way: what is gone, what resisted.
struct Sweep<'a> {
    station: &'a Workstation,
    out: Forgotten,
}

impl Sweep<'_> {
    /// Notes how the end of a part went; whether it is gone now.
    fn note(&mut self, what: &str, end: Result<bool, Text>) -> bool {
        let gone = end.is_ok();
        match end {
            Ok(true) => self.out.gone.push(what.into()),
            Ok(false) => {}
            Err(why) => self.out.kept.push(format!("{what}: {why}").into()),
        }
        self.station.crossed(Boundary::PartGone);
        gone
    }
}

impl Workstation {
    /// Removes key, block, host keys, registration and token of this machine, part by part.
    pub(super) async fn forget(&self, reach: Reach) -> Result<Forgotten, Fault> {
        let path = self.root()?;
        let mut sweep = Sweep { station: self, out: Forgotten::default() };
        let failed = |why| super::failed("The end of the set-up", why);
        // What was never made is not made in order to be removed.
        let Some(mut root) = Private::open(&path).map_err(failed)? else { return Ok(sweep.out) };
        let keys = Private::open(&path.join("keys")).map_err(failed)?;
        let record = root.read(REGISTRATION, LONGEST).ok().flatten();
        let alias: Option<Alias> =
            record.and_then(|text| alias_of(&parsed(&text)?)).and_then(|alias| alias.parse().ok());
        let owner: Option<Owner> = Private::open(&path).ok().flatten().and_then(owner_of);
        let unblocked = match &alias {
            Some(alias) => sweep.note("the SSH block", self.unblock(alias)),
            None => true,
        };
        if let Some(keys) = &keys {
            let name = self.key_name();
            sweep.note("the public key", keys.remove(&format!("{name}.pub")));
            sweep.note("the private key", keys.remove(&name));
            if let Some(owner) = &owner {
                for name in
                    [format!("database_iam_{}.json", owner.slug()), format!("cloudsql_{}.json", owner.slug())]
                {
                    sweep.note("the database credentials", keys.remove(&name));
                }
            }
        }
        sweep.note("the host keys", root.remove(KNOWN_HOSTS));
        if unblocked {
            sweep.note("the registration", root.remove(REGISTRATION));
        }
        let forgotten = match &owner {
            Some(owner) => {
                let end = self.forget_token(owner).await;
                sweep.note("the token", end)
            }
            None => true,
        };
        if reach == Reach::Owner {
            sweep.note("the last project's name", root.remove(LAST));
            sweep.note("the projects", remove_projects(self.home()?));
        }
        if reach != Reach::Token && forgotten {
            sweep.note("the preferences", preferences::clear(root));
        }
        if reach != Reach::Token {
            // Only what is empty goes; what a person or pychron keeps there stays.
            for folder in [path.join("keys"), path.join("tokens"), path] {
                let _ = fs::remove_dir(folder);
            }
        }
        Ok(sweep.out)
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
