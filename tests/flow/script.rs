//! The words of a scenario's step, as a message.

use std::time::Duration;

use landfall::error::Fault;
use landfall::location::Guess;
use landfall::model::{
    Choice, Claimed, How, Intent, Issued, Polled, Progress, Standing, TargetId, Unfit, Ways,
};
use landfall::secret::{Audience, Secret, SecretRef, Vault};
use landfall::wizard::Setup;
use landfall::wizard::effect::Slot;
use landfall::wizard::msg::{Action, Entered, Moment, Msg, Reply};
use landfall::wizard::stay::Rested;

use super::fixtures;
use super::rules::SECRET;

/// What a script needs of the run so far.
pub struct Stage {
    /// The run's secrets.
    pub vault: Vault,
    /// Every secret handed out so far, with its name.
    pub secrets: Vec<(SecretRef, String)>,
    /// The latest intent that was ordered.
    pub intent: Option<Intent>,
    /// What the chosen profile brings.
    pub prepared: Option<Setup>,
}

impl Stage {
    pub fn new() -> Self {
        Self { vault: Vault::default(), secrets: Vec::new(), intent: None, prepared: None }
    }

    /// A new secret, under the next name of its kind: `session`, `session-2`, ...
    pub fn secret(&mut self, kind: &str) -> SecretRef {
        let count = 1 + self.secrets.iter().filter(|(_, name)| name.starts_with(kind)).count();
        let name = if count == 1 { kind.to_owned() } else { format!("{kind}-{count}") };
        let audience = Audience::session("https://api.acme.example");
        let handle = self.vault.keep(Secret::new(format!("{SECRET}{name}"), audience));
        self.secrets.push((handle, name));
        handle
    }

    fn claimed(&mut self, how: &str) -> Claimed {
        let intent = self.intent.clone().expect("a claim was ordered");
        let id = match intent.choice {
            Choice::New => 31,
            Choice::Adopt(id) | Choice::Backfill(id) => id,
        };
        let how = match how {
            "minted" => How::Minted,
            "adopted" => How::Adopted,
            "resumed" => How::Resumed,
            other => panic!("no way to come by a client: {other}"),
        };
        Claimed {
            id,
            how,
            name: intent.name,
            namespace: intent.slug,
            username: format!("aaaaaaaa-0000-4000-8000-{id:012}").parse().unwrap(),
            password: self.secret("password"),
            location: intent.location,
        }
    }

    /// The message that these words mean.
    pub fn message(&mut self, words: &str, now: Moment) -> Msg {
        let (verb, rest) = words.split_once(' ').unwrap_or((words, ""));
        if let Some(action) = action(verb, rest) {
            return Msg::Act(action);
        }
        if verb == "entered" {
            return Msg::Act(Action::Entered(match rest {
                "secret" => Entered::Secret(self.secret("entry")),
                "nonsense" => Entered::Unfit(Unfit::NoToken),
                count => Entered::Count(count.parse().expect("a count")),
            }));
        }
        let (which, failed) = match rest.strip_prefix("fails: ") {
            Some(fault) => ("", Some(fault_of(fault))),
            None => (rest, None),
        };
        let seconds = |words: &str| Duration::from_secs(words.parse().expect("seconds"));
        let reply = match verb {
            "tick" => return Msg::Tick,
            "signal" => return Msg::Signal(rest.parse().unwrap()),
            "died" => return Msg::Died(TargetId::HERE, slot(rest), "index out of bounds".into()),
            "prepared" => Reply::Prepared(or(failed, || Box::new(self.prepared.clone().expect("a profile")))),
            "surveyed" => Reply::Surveyed(Box::new(fixtures::survey(rest))),
            "clock" => Reply::Clock(now.wall + seconds(rest)),
            "reader" => Reply::Reader(fixtures::reader()),
            "looked" => Reply::Looked(or(failed, || Box::new(fixtures::facts(which)))),
            "located" => Reply::Located(located(rest)),
            "code" => Reply::Code(fixtures::grant(which)),
            "ways" => Reply::Ways(Ways {
                token: rest.contains("token"),
                browser: rest.contains("browser"),
                opens: rest.contains("opens"),
            }),
            "link" => Reply::Link(fixtures::link()),
            "opened" => Reply::Opened(failed.map_or(Ok(()), |fault| Err(fault.sentence().into()))),
            "unfit" => Reply::Unfit(unfit(rest)),
            "pending" => Reply::Polled(Polled::Pending(seconds(rest))),
            "slow-down" => Reply::Polled(Polled::SlowDown(seconds(rest))),
            "slept" => Reply::Polled(Polled::Slept(seconds(rest))),
            "reverse-code" => Reply::Polled(Polled::ReverseCode { wrong: rest == "wrong" }),
            "trouble" => {
                let why = fault_of("unreachable").sentence();
                Reply::Polled(Polled::Trouble(seconds(rest), why.into()))
            }
            "signed-in" => Reply::SignedIn(or(failed, || self.secret("session"))),
            "who" => Reply::Who(or(failed, || fixtures::account(which))),
            "clients" => Reply::Clients(or(failed, || fixtures::clients(which))),
            "progress" => Reply::Progress(progress(rest)),
            "claimed" => Reply::Claimed(or(failed, || Box::new(self.claimed(which)))),
            "snapshot" => Reply::Snapshot(fixtures::snapshot(which)),
            "rollout" => Reply::RolloutEnded(failed.expect("a rollout ends only by a fault")),
            "presence" => Reply::Presence(or(failed, || fixtures::presence(which, now.wall))),
            "kept" => Reply::Kept(or(failed, || Rested { place: "your keyring".into(), notes: Vec::new() })),
            "health" => Reply::Health(Box::new(fixtures::health(which))),
            "edited" => Reply::Edited(or(failed, || Box::new(fixtures::edited(which)))),
            "stood" => {
                let token = (which == "well").then(|| self.secret("registered"));
                Reply::Stood(Box::new(Standing { token, ..fixtures::standing(which) }))
            }
            "parted" => Reply::Parted(or(failed, || Box::new(fixtures::parted(fixtures::ended(which))))),
            "retired" => Reply::Retired(or(failed, || Box::new(fixtures::retired(which)))),
            "selected" => Reply::Selected(or(failed, || ())),
            "found" => Reply::Found(or(failed, || Box::new(fixtures::issued::findings(which)))),
            "issued" => Reply::Issued(Box::new(Issued {
                token: self.secret("token"),
                parts: fixtures::issued::parts(which),
                bundle: None,
            })),
            "fitted" => Reply::Fitted(Box::new(fixtures::issued::fitted(which))),
            "settled" => Reply::Settled(or(failed, || fixtures::issued::probe(which))),
            "revoked" => Reply::Revoked(or(failed, || ())),
            other => panic!("no message {other}"),
        };
        Msg::Reply(TargetId::HERE, Box::new(reply))
    }
}

fn located(zone: &str) -> Option<Guess> {
    let source = || "the AWS region eu-west-3 (instance metadata)".into();
    (zone != "nowhere").then(|| Guess { zone: zone.parse().unwrap(), source: source() })
}

fn or<T>(failed: Option<Fault>, ok: impl FnOnce() -> T) -> Result<T, Fault> {
    failed.map_or_else(|| Ok(ok()), Err)
}

fn action(verb: &str, rest: &str) -> Option<Action> {
    Some(match verb {
        "up" => Action::Up,
        "down" => Action::Down,
        "page-up" => Action::PageUp,
        "page-down" => Action::PageDown,
        "first" => Action::First,
        "last" => Action::Last,
        "enter" => Action::Enter,
        "esc" => Action::Back,
        "tab" => Action::Swap,
        "find" => Action::Find,
        "edit" => Action::Edit,
        // With more words it is a reply: what became of retiring.
        "retired" if rest.is_empty() => Action::Retired,
        // The word of several keys: each is typed by itself, the last one as this message.
        "type" => Action::Type(rest.chars().next().expect("a character")),
        "erase" => Action::Erase,
        "paste" => Action::Paste(rest.into()),
        "help" => Action::Help,
        "quit" => Action::Leave,
        "interrupt" => Action::Interrupt,
        "renew" => Action::Renew,
        "copy-code" => Action::CopyCode,
        "copy-url" => Action::CopyUrl,
        "copy-request" => Action::CopyRequest,
        "qr" => Action::QrAlone,
        "spell" => Action::Spell,
        "token" => Action::Token,
        "browser" => Action::Browser,
        "paste-back" => Action::PasteBack,
        "more-time" => Action::MoreTime,
        "log" => Action::Log,
        "answer" => Action::Answer(rest.into()),
        _ => return None,
    })
}

fn unfit(word: &str) -> Unfit {
    serde_json::from_value(word.into()).expect("a reason")
}

fn slot(word: &str) -> Slot {
    match word {
        "open" => Slot::Open,
        "redeem" => Slot::Redeem,
        "survey" => Slot::Survey,
        "health" => Slot::Health,
        "edit" => Slot::Edit,
        "retire" => Slot::Retire,
        "select" => Slot::Select,
        "look" => Slot::Look,
        "locate" => Slot::Locate,
        "sign-in" => Slot::SignIn,
        "who" => Slot::Who,
        "clients" => Slot::Clients,
        "enroll" => Slot::Enroll,
        "rollout" => Slot::Rollout,
        "presence" => Slot::Presence,
        "revoke" => Slot::Revoke,
        "keep" => Slot::Keep,
        "discard" => Slot::Discard,
        "fit" => Slot::Fit,
        "settle" => Slot::Settle,
        other => panic!("no slot {other}"),
    }
}

fn progress(words: &str) -> Progress {
    let (stage, rest) = words.split_once(' ').unwrap_or((words, ""));
    let number = |words: &str| words.parse().expect("a number");
    match stage {
        "reading" => Progress::ReadingAgain,
        "queued" => Progress::Queued(rest.into()),
        "writing" => Progress::WritingAhead,
        "claiming" => Progress::Claiming,
        "proving" => Progress::Proving,
        "delivering" => Progress::Delivering,
        "applying" => {
            let (done, of) = rest.split_once('/').expect("n/m");
            Progress::Applying(number(done), number(of))
        }
        "removing" => {
            let (done, of) = rest.split_once('/').expect("n/m");
            Progress::Removing(number(done), number(of))
        }
        "revoking" => Progress::Revoking,
        "verifying" => Progress::Verifying,
        "applied" => Progress::Applied(number(rest)),
        other => panic!("no progress {other}"),
    }
}

/// The faults that a reply may bring, by the name they have in the JSON form.
pub fn fault_of(word: &str) -> Fault {
    match word {
        "unreachable" => {
            Fault::Unreachable { host: "api.acme.example".into(), why: "connection refused".into() }
        }
        "session-rejected" => Fault::SessionRejected,
        "upgrade-required" => Fault::UpgradeRequired { min_version: "0.9.0".into() },
        "keyring-failed" => Fault::KeyringFailed { why: "it is locked".into() },
        "sign-in-declined" => Fault::SignInDeclined,
        "reverse-code-refused" => Fault::ReverseCodeRefused,
        "sign-in-expired" => Fault::SignInExpired,
        "no-device-grant" => Fault::NoDeviceGrant,
        "code-forbidden" => Fault::CodeForbidden {
            host: "id.acme.example".into(),
            client: "landfall".into(),
            said: "unauthorized_client: blocked by policy".into(),
        },
        "bad-grant" => Fault::BadGrant { why: "it answers the browser with \"invalid_scope\"".into() },
        "no-kubeconfig" => Fault::NoKubeconfig {
            looked: vec!["$KUBECONFIG".into(), "~/.kube/config".into(), "/etc/rancher/k3s/k3s.yaml".into()],
        },
        "several-contexts" => Fault::SeveralContexts { contexts: vec!["lab".into(), "prod".into()] },
        "changed" => Fault::Changed { what: "a client lives in namespace lab-a now".into() },
        "not-claimable" => Fault::NotClaimable { client: "lab-a".into(), why: "it was retired".into() },
        "hostile" => {
            Fault::Server { host: fixtures::HOSTILE.into(), status: 500, said: fixtures::HOSTILE.into() }
        }
        "needs-person" => Fault::NeedsPerson {
            question: "is this the machine on which the claim recorded here was made?".into(),
            flag: "--same-machine",
        },
        "cluster-in-use" => Fault::ClusterInUse { holder: "lab-a".into() },
        "no-write-right" => Fault::NoWriteRight {
            admins: vec!["Ada Admin <ada@acme.example>".into(), "bob@acme.example".into()],
        },
        "credential-lost" => Fault::CredentialLost {
            client: "gpu-box-02".into(),
            slug: "gpu-box-02".into(),
            why: "nothing in this cluster holds a password of it that works".into(),
        },
        "location-refused" => {
            Fault::FieldRefused { field: "location".into(), said: "\"DE\" is not a valid choice.".into() }
        }
        "name-refused" => Fault::FieldRefused { field: "name".into(), said: "This name is reserved.".into() },
        "cluster-conflict" => Fault::ClusterConflict { owner: "it@other.example".into() },
        "cluster-unreachable" => {
            Fault::ClusterUnreachable { server: "https://127.0.0.1:6443".into(), why: "timed out".into() }
        }
        other => panic!("no fault {other}"),
    }
}
