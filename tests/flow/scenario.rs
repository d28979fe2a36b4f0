//! Reads and runs the scenarios. Each names a setup and a list of messages; after each message stands, word
//! for word, what it did. `BLESS=1 cargo test flow` writes that down anew, to be read before it is committed.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use landfall::location::Guess;
use landfall::model::{Approver, Credential, Nouns, ProfileFacts, Route, Shape, Step};
use landfall::wizard::begin::Start;
use landfall::wizard::effect::{Effect, Order};
use landfall::wizard::life::Life;
use landfall::wizard::msg::{Moment, Msg};
use landfall::wizard::retire::Wanted;
use landfall::wizard::stay::{Rest, Stay, Stored};
use landfall::wizard::{Manner, Setup, Wizard};
use serde::Deserialize;

use super::rules::Rules;
use super::script::Stage;
use super::tell::{self, Faces};
use super::{fixtures, schema};

/// The steps of the provisioning back end.
pub const STEPS: &[Step] =
    &[Step::SignIn, Step::Client, Step::Location, Step::Review, Step::Rollout, Step::Live];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    about: String,
    #[serde(default)]
    setup: Given,
    /// Messages before the first step, by `; `. They are checked, but not written down here.
    #[serde(default)]
    given: String,
    /// Whether the JSON lines are written down too; they are checked against the schema in any case.
    #[serde(default)]
    json: bool,
    #[serde(default)]
    step: Vec<Scripted>,
}

/// What a run starts with, where it is not the usual.
#[derive(Clone, Debug, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of a scenario's setup")]
pub struct Given {
    pub manner: String,
    pub yes: bool,
    pub pin: Option<u64>,
    pub name: Option<String>,
    pub location: Option<String>,
    pub guess: Option<String>,
    /// Whether the machine's cloud is asked.
    pub locate: bool,
    /// Where the guess comes from.
    pub source: Option<String>,
    pub token: bool,
    /// The account that a kept session is for.
    pub kept: Option<u64>,
    /// Whether its renewal could not be put away.
    pub unkept: bool,
    /// Whether the session is to stay.
    pub stay: bool,
    /// Whether a person may be asked to stay signed in.
    pub offer: bool,
    /// Whether only the sign-in is wanted.
    pub sign_in: bool,
    pub host: Option<String>,
    pub sandbox: bool,
    /// Whether the control plane issues the identity with the sign-in.
    pub issues: bool,
    /// Whether no profile is configured.
    pub profiles: bool,
    /// What the machine offers as a cluster; without it, the one that needs no word.
    pub survey: String,
    /// Whether the run is noted in a file.
    pub log: bool,
    /// The namespace that a flag gives.
    pub namespace: Option<String>,
    /// Whether a flag agrees to what the kubeconfig asks for.
    pub allowed: bool,
    /// The account that the pointer to this machine's client belongs to.
    pub selected: Option<u64>,
    /// Whether the way out is wanted.
    pub retire: bool,
    /// Whether a machine that is registered opens on its own page.
    pub home: bool,
    pub keep_data: bool,
    pub force: bool,
    pub hold: Option<u64>,
    pub budget: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scripted {
    on: String,
    /// Seconds passed since the message before.
    #[serde(default)]
    after: u64,
    #[serde(default)]
    then: String,
}

impl Given {
    fn stay(&self, stage: &mut Stage) -> Stay {
        let place = || "your keyring".into();
        Stay {
            stored: self.kept.map(|account| Stored {
                session: stage.secret("kept"),
                account,
                place: place(),
                rests: !self.unkept,
            }),
            keep: self.stay.then(|| Rest { place: place(), why: "it was tried".into() }),
            offer: self.offer,
            notes: Vec::new(),
            retire: "landfall retire".into(),
            sign_out: "landfall sign-out".into(),
        }
    }

    fn shape(&self) -> Shape {
        if self.issues {
            return Shape {
                steps: if self.retire {
                    &[Step::Retire]
                } else {
                    &[Step::Review, Step::SignIn, Step::Rollout, Step::Live]
                },
                nouns: Nouns { client: "workstation", place: "machine", end: "Registered" },
                routes: &[Route::Device, Route::Token],
                approver: Approver::Administrator,
                credential: Credential::Issued,
            };
        }
        Shape {
            steps: match (self.sign_in, self.retire) {
                (true, _) => &STEPS[..1],
                (_, true) => &[Step::SignIn, Step::Retire],
                _ => STEPS,
            },
            nouns: Nouns { client: "client", place: "cluster", end: "Online" },
            routes: &[Route::Device, Route::Token],
            approver: Approver::Person,
            credential: Credential::Chosen,
        }
    }

    fn setup(&self, stage: &mut Stage) -> Setup {
        Setup {
            profile: ProfileFacts {
                name: "prod".into(),
                host: "api.acme.example".into(),
                sandbox: self.sandbox,
                expect_account: self.pin,
            },
            shape: self.shape(),
            manner: match self.manner.as_str() {
                "" | "screen" => Manner::Screen,
                "asked" => Manner::Asked,
                "nobody" => Manner::Nobody,
                other => panic!("no manner {other}"),
            },
            yes: self.yes,
            name: self.name.as_deref().map(Into::into),
            location: self.location.as_deref().map(fixtures::location),
            consent: landfall::model::Consent::default(),
            guess: self.guess.as_ref().map(|zone| Guess {
                zone: zone.parse().unwrap(),
                source: self.source.clone().unwrap_or_else(|| "the time zone Europe/Berlin (TZ)".into()),
            }),
            locate: self.locate,
            host: self.host.as_deref().unwrap_or("gpu-box-02").into(),
            person: "root on gpu-box-02, from 10.0.4.17".into(),
            token: self.token.then(|| stage.secret("token")),
            stay: self.stay(stage),
            life: Life {
                selected: self.selected.map(fixtures::selected),
                home: !self.sign_in && !self.retire && (!self.issues || self.home),
                retire: "landfall retire --profile prod".into(),
                doctor: "landfall doctor --profile prod".into(),
                status: "landfall status --profile prod".into(),
                wanted: Wanted { keep_data: self.keep_data, force: self.force },
                replay: None,
            },
            budget: Duration::from_secs(self.budget.unwrap_or(600)),
            hold: Duration::from_secs(self.hold.unwrap_or(5)),
            resume: "landfall --profile prod".into(),
            start: Start {
                profiles: if self.profiles { fixtures::profiles() } else { Vec::new() },
                survey: fixtures::survey(&self.survey),
                allowed: self.allowed,
                namespace: self.namespace.as_ref().map(|given| given.parse().unwrap()),
                log: self.log.then(|| "/data/.local/state/landfall/landfall.log".into()),
            },
        }
    }
}

/// A run under the rules.
pub struct Run {
    stage: Stage,
    wizard: Wizard,
    faces: Faces,
    rules: Rules,
    passed: Duration,
    json: bool,
}

impl Run {
    /// Begins; returns the first effects too.
    pub fn begin(given: &Given, json: bool) -> (Self, Vec<Effect>) {
        let mut stage = Stage::new();
        // What a chosen profile brings is the same without the choice.
        let prepared = given.profiles.then(|| Given { profiles: false, ..given.clone() }.setup(&mut stage));
        stage.prepared = prepared;
        let setup = given.setup(&mut stage);
        let rules = Rules::new(&setup);
        let (wizard, first) = Wizard::new(setup, moment(Duration::ZERO));
        let faces = Faces::default();
        let run = Self { stage, wizard, faces, rules, passed: Duration::ZERO, json };
        (run, first)
    }

    /// The state now.
    pub fn wizard(&self) -> &Wizard {
        &self.wizard
    }

    /// Lets time pass.
    pub fn pass(&mut self, seconds: u64) {
        self.passed += Duration::from_secs(seconds);
    }

    /// Hands the wizard a message.
    pub fn take(&mut self, message: Msg) -> Vec<Effect> {
        self.rules.before(&self.wizard, &message);
        self.wizard.update(moment(self.passed), message)
    }

    /// Hands the wizard a message by its words, or several: `type lab` is three keys.
    pub fn hear(&mut self, words: &str) -> Vec<Effect> {
        let keys: Vec<String> = match words.strip_prefix("type ") {
            Some(text) => text.chars().map(|c| format!("type {c}")).collect(),
            None => vec![words.to_owned()],
        };
        let now = moment(self.passed);
        keys.iter()
            .flat_map(|words| {
                let message = self.stage.message(words, now);
                self.take(message)
            })
            .collect()
    }

    /// Checks what a message did; returns what the line faces print: plain and JSON.
    pub fn check(&mut self, effects: &[Effect]) -> (String, String) {
        for effect in effects {
            if let Order::Enroll(_, intent) = &effect.order {
                self.stage.intent = Some((**intent).clone());
            }
        }
        let (plain, json) = self.faces.show(&self.wizard);
        self.rules.check(&self.wizard, effects, &plain);
        json.lines().for_each(schema::check);
        (plain, json)
    }

    /// What a message did, in lines.
    fn told(&mut self, effects: &[Effect]) -> String {
        let (plain, json) = self.check(effects);
        let mut out = String::new();
        let mut lines = |label: &str, lines: Vec<String>| {
            for line in lines {
                let _ = writeln!(out, "{}", format!("{label:<6} {line}").trim_end());
            }
        };
        let split = |text: &str| text.lines().map(str::to_owned).collect();
        lines("do", effects.iter().map(|effect| tell::effect(effect, &self.stage.secrets)).collect());
        lines("at", vec![tell::place(&self.wizard)]);
        lines("wait", self.faces.awaited(&self.wizard).into_iter().collect());
        lines("row", tell::rows(&self.wizard));
        lines("note", self.wizard.note.iter().cloned().collect());
        lines("plain", split(&plain));
        if self.json {
            lines("json", split(&json));
        }
        out
    }
}

fn moment(passed: Duration) -> Moment {
    Moment { run: passed, wall: fixtures::morning() + passed }
}

/// A scenario by its name: what it starts with, and every message with the seconds before it.
#[derive(Clone, Debug)]
pub struct Played {
    pub name: String,
    pub given: Given,
    pub messages: Vec<(u64, String)>,
}

impl Played {
    /// Plays so many of its messages; `seen` sees the run at the start and after each, with what was ordered and
    /// what the line faces printed.
    pub fn play(&self, messages: usize, mut seen: impl FnMut(&mut Run, &[Effect], &(String, String))) -> Run {
        let (mut run, first) = Run::begin(&self.given, true);
        let printed = run.check(&first);
        seen(&mut run, &first, &printed);
        for (after, words) in self.messages.iter().take(messages) {
            run.pass(*after);
            let effects = run.hear(words);
            let printed = run.check(&effects);
            seen(&mut run, &effects, &printed);
        }
        run
    }
}

/// Every scenario, in the order of their names.
pub fn all() -> Vec<Played> {
    let read = |file: PathBuf| {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let scenario: Scenario = toml::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let messages = scenario.messages().skip(1).map(|(after, words)| (after, words.to_owned()));
        Played { name, messages: messages.collect(), given: scenario.setup.clone() }
    };
    files().into_iter().map(read).collect()
}

impl Scenario {
    /// Each message, after so many seconds. The first is the start.
    fn messages(&self) -> impl Iterator<Item = (u64, &str)> {
        let given = self.given.split("; ").filter(|words| !words.is_empty()).map(|words| {
            match words.strip_prefix('+').and_then(|words| words.split_once(' ')) {
                Some((after, words)) => (after.parse().expect("seconds"), words),
                None => (0, words),
            }
        });
        given.chain(self.step.iter().map(|step| (step.after, step.on.as_str())))
    }
}

/// Runs a scenario; returns for each step what it did.
fn run(scenario: &Scenario) -> Vec<String> {
    let mut messages = scenario.messages();
    assert_eq!(messages.next(), Some((0, "start")), "the first message of a scenario");
    let (mut run, first) = Run::begin(&scenario.setup, scenario.json);
    let mut told = vec![run.told(&first)];
    for (after, words) in messages {
        run.pass(after);
        let effects = run.hear(words);
        told.push(run.told(&effects));
    }
    told.split_off(told.len() - scenario.step.len())
}

/// The scenario with what its steps did, as its file holds it.
fn written(raw: &str, told: &[String]) -> String {
    let mut out = String::new();
    let mut told = told.iter();
    let mut skipping = false;
    for line in raw.lines() {
        if skipping {
            skipping = line != "'''";
            continue;
        }
        if line.starts_with("then = ") {
            skipping = true;
            continue;
        }
        let _ = writeln!(out, "{line}");
        if line.starts_with("on = ") {
            let _ = write!(out, "then = '''\n{}'''\n", told.next().expect("a step"));
        }
    }
    out
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/flow/scenarios");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
#[expect(clippy::disallowed_methods, reason = "BLESS is an order to this test, not to the program")]
fn every_scenario_goes_as_written() {
    let bless = std::env::var("BLESS").is_ok();
    let mut wrong = Vec::new();
    for file in files() {
        let raw = fs::read_to_string(&file).unwrap();
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let scenario: Scenario = toml::from_str(&raw).unwrap_or_else(|error| panic!("{name}: {error}"));
        let told = run(&scenario);
        if bless {
            fs::write(&file, written(&raw, &told)).unwrap();
            continue;
        }
        for (at, (step, told)) in scenario.step.iter().zip(&told).enumerate() {
            if step.then != *told {
                wrong.push(format!(
                    "{name} ({}), step {at}, after \"{}\"\nshould be\n{}\nbut is\n{told}",
                    scenario.about, step.on, step.then
                ));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
