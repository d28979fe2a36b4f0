//! Commands put together again: what comes back to the same place, in our own words and safe values only.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use super::{At, Care, Cli, Command, Doctor, Enroll, SignIn, Walk};

impl Enroll {
    /// Reads the flags that stand behind `--` of the sandbox.
    pub fn of(args: &[OsString]) -> Result<Self, clap::Error> {
        let mut line = vec![OsString::from("landfall")];
        line.extend(args.iter().cloned());
        Cli::try_parse_from(line).map(|cli| match cli.command {
            Some(Command::Enroll(enroll)) => *enroll,
            _ => cli.enroll,
        })
    }

    /// Another command at the same server.
    pub fn again(&self, command: &str) -> String {
        let place = Self {
            profile: self.profile.clone(),
            profile_file: self.profile_file.clone(),
            api: self.api.clone(),
            ca_cert: self.ca_cert.clone(),
            ..Self::default()
        };
        place.resume().replacen("landfall", &format!("landfall {command}"), 1)
    }

    /// The command that retires the same machine.
    pub fn retire(&self) -> String {
        Self { walk: Walk::Retire { keep_data: false, force: false }, ..self.there() }.resume()
    }

    /// The command that asks the doctor about the same machine.
    pub fn doctor(&self) -> String {
        self.there().resume().replacen("landfall", "landfall doctor", 1)
    }

    /// What says which machine and which control plane, and nothing else.
    fn there(&self) -> Self {
        Self {
            cluster: self.cluster.clone(),
            profile: self.profile.clone(),
            profile_file: self.profile_file.clone(),
            api: self.api.clone(),
            ca_cert: self.ca_cert.clone(),
            ..Self::default()
        }
    }

    /// The command that comes back to the same place. Holds our own words and values of a safe alphabet only:
    /// whatever is not, is left out and named instead.
    pub fn resume(&self) -> String {
        if let Some(command) = self.resume_instead {
            return command.to_owned();
        }
        let command = match self.walk {
            Walk::Whole if self.kept_token => "landfall workstation re-enroll",
            Walk::Whole => "landfall",
            Walk::SignIn => "landfall sign-in",
            Walk::Retire { .. } => "landfall retire",
        };
        let mut words = vec![command.to_owned()];
        let mut say = |flag: &str, value: Option<String>| {
            if let Some(value) = value {
                words.push(flag.to_owned());
                words.push(quoted(value));
            }
        };
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        say("--profile", self.profile.clone());
        say("--profile-file", path(&self.profile_file));
        say("--api", self.api.clone());
        say("--kubeconfig", path(&self.cluster.kubeconfig));
        say("--context", self.cluster.context.clone());
        say("--helm", path(&self.helm));
        say("--name", self.name.clone());
        say("--namespace", self.namespace.clone());
        say("--location", self.location.clone());
        say("--expect-account", self.expect_account.map(|id| id.to_string()));
        say("--token-file", path(&self.token_file));
        say("--ca-cert", path(&self.ca_cert));
        if let Some(place) = self.secret_store.and_then(|place| place.to_possible_value()) {
            say("--secret-store", Some(place.get_name().to_owned()));
        }
        if self.no_token_cache {
            words.push("--no-token-cache".to_owned());
        }
        if self.stay_signed_in && self.walk == Walk::Whole {
            words.push("--stay-signed-in".to_owned());
        }
        let (keep_data, force) = match self.walk {
            Walk::Retire { keep_data, force } => (keep_data, force),
            _ => (false, false),
        };
        let flags = [
            ("--replace", self.replace && !self.kept_token),
            ("--allow-exec", self.cluster.allow_exec),
            ("--keep-data", keep_data),
            ("--force", force),
            ("--same-machine", self.same_machine),
            ("--yes", self.yes),
            ("--plain", self.plain),
            ("--json", self.json),
            ("--ascii", self.display.ascii),
            ("--unicode", self.display.unicode),
            ("--slow", self.display.slow),
        ];
        for (flag, set) in flags {
            if set {
                words.push(flag.to_owned());
            }
        }
        words.join(" ")
    }
}

impl SignIn {
    /// The same as flags of the walk, of which only the sign-in is wanted.
    pub fn walk(&self) -> Enroll {
        Enroll {
            expect_account: self.expect_account,
            yes: self.yes,
            plain: self.plain,
            display: self.display,
            token_file: self.token_file.clone(),
            stay_signed_in: true,
            secret_store: self.secret_store,
            verbose: self.verbose,
            walk: Walk::SignIn,
            ..self.at.walk()
        }
    }
}

impl At {
    pub(super) fn walk(&self) -> Enroll {
        Enroll {
            profile: self.profile.clone(),
            profile_file: self.profile_file.clone(),
            api: self.api.clone(),
            ca_cert: self.ca_cert.clone(),
            json: self.json,
            ..Enroll::default()
        }
    }

    /// Another command at the same server.
    pub fn again(&self, command: &str) -> String {
        self.walk().again(command)
    }
}

impl Care {
    /// The same command again.
    pub fn again(&self, command: &str) -> String {
        let flags = Enroll { secret_store: self.secret_store, yes: self.yes, ..self.at.walk() };
        flags.resume().replacen("landfall", &format!("landfall workstation {command}"), 1)
    }
}

impl Doctor {
    /// The command that comes back to the same look.
    pub fn again(&self) -> String {
        let walk = Enroll {
            cluster: self.cluster.clone(),
            plain: self.plain,
            display: self.display,
            ..self.at.walk()
        };
        walk.resume().replacen("landfall", "landfall doctor", 1)
    }
}

/// The value as one word of a shell; what could mean something else is left for the person to fill in.
pub fn quoted(value: String) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@+=,".contains(c);
    if value == "-" || !value.is_empty() && !value.starts_with('-') && value.chars().all(plain) {
        value
    } else if !value.is_empty() && value.chars().all(|c| plain(c) || c == ' ' || c.is_alphanumeric()) {
        format!("'{value}'")
    } else {
        "...".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cluster;
    use clap::CommandFactory;

    #[test]
    fn the_table_of_flags_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_work_with_and_without_the_word_enroll() {
        let args = ["--profile", "acme", "--yes"].map(OsString::from);
        let bare = Enroll::of(&args).unwrap();
        let mut named = vec![OsString::from("enroll")];
        named.extend(args);
        assert_eq!(Enroll::of(&named).unwrap(), bare);
        assert!(bare.yes);
    }

    #[test]
    fn the_resume_command_holds_safe_words_only() {
        let enroll = Enroll {
            profile: Some("acme".into()),
            name: Some("x'; rm -rf ~".into()),
            location: Some("DE".into()),
            cluster: Cluster { context: Some("Müller GmbH 1".into()), ..Cluster::default() },
            yes: true,
            ..Enroll::default()
        };
        assert_eq!(
            enroll.resume(),
            "landfall --profile acme --context 'Müller GmbH 1' --name ... --location DE --yes"
        );
    }
}
