//! The three faces show the same: every state there is, on the full screen, in plain lines and as JSON lines. The
//! scenarios are played, and each state says below how lines tell it; a state that no scenario reaches, or that a
//! face leaves out, fails.

use std::collections::{BTreeMap, BTreeSet};

use landfall::error::Fault;
use landfall::face::tui::Look;
use landfall::shell::capabilities::Glyphs;
use landfall::wizard::{Manner, Wizard, words};
use serde_json::Value;

use super::scenario::{Run, all};
use super::states::State;
use super::tell::Faces;
use crate::screens::sizes::rows;

/// How lines tell a state.
enum Told {
    /// By a question; where nobody can answer, by an error that names the flag to give.
    Asked,
    /// By an event of this kind in the same run.
    Said(&'static str),
    /// By what is awaited, at a calm pace.
    Awaited,
    /// By an end with this failure: nobody could mend it from there.
    Ended(&'static str),
    /// It belongs to a screen; why lines have no need of it.
    Screen(&'static str),
}

fn told(state: State) -> Told {
    use State as S;
    match state {
        S::ProfileChoosing
        | S::MachineWays
        | S::MachineConsent
        | S::SignInDigits
        | S::SignInExpired
        | S::SignInHidden
        | S::SignInWays
        | S::SignInWho
        | S::ClientNew
        | S::ClientHere
        | S::ClientRefused
        | S::LocationChoosing
        | S::LocationRefused
        | S::Review
        | S::ReviewReset
        | S::ReviewRegister
        | S::Address
        | S::OnlineStay
        | S::ChangeTyping
        | S::PartAsking
        | S::RetireAsking => Told::Asked,
        S::MachineTrouble => Told::Ended("no-kubeconfig"),
        S::FailedEarly | S::FailedChoice | S::FailedRollout | S::FailedHome => Told::Said("failed"),
        S::SignInCode | S::SignInRequest | S::SignInAgain | S::OverQr => Told::Said("code"),
        S::SignInBrowser => Told::Said("browser"),
        S::OverSpelled => Told::Said("note"),
        S::RolloutClaiming | S::RolloutApplied | S::RetireRunning => Told::Said("progress"),
        S::RolloutWatching | S::RolloutWhy => Told::Said("workload"),
        S::RolloutLost => Told::Said("sight"),
        S::Online => Told::Said("online"),
        S::Registered => Told::Said("registered"),
        S::HomeHealthy | S::HomeNotYet | S::HomeWrong | S::HomeUnseen | S::HomeRegistered => {
            Told::Said("status")
        }
        S::RetireDone => Told::Said("retired"),
        S::PartDone => Told::Said("parted"),
        // Where the token is, is told; the token itself never.
        S::RevealHidden | S::RevealShown => Told::Said("token"),
        S::ProfilePreparing
        | S::SignInStarting
        | S::SignInKept
        | S::SignInChecking
        | S::SignInRefusing
        | S::SignInKeeping
        | S::ClientLooking
        | S::ClientReading
        | S::LocationAsking
        | S::ReviewLooking
        | S::RolloutFitting
        | S::RolloutSettling
        | S::HomeLooking
        | S::HomeAgain
        | S::ChangeReading
        | S::ChangeSending
        | S::PartLooking
        | S::PartRunning
        | S::RetireLooking => Told::Awaited,
        S::MachineLooking => Told::Screen("lines end with what is missing, and are run again"),
        S::ClientRetired => Told::Screen("retired clients cannot be taken; `landfall clients` lists them"),
        S::ClientFinding | S::ClientEditing | S::LocationFinding => {
            Told::Screen("what is looked for is typed as the answer")
        }
        S::RolloutLog => Told::Screen("the last lines of a log are part of a failure"),
        S::OverKeys => Told::Screen("lines have no keys; each question says what may be typed"),
        S::OverLeaving => Told::Screen("the end of input, or a signal, leaves; what is kept is said then"),
        S::DoctorLooking
        | S::DoctorList
        | S::DoctorAll
        | S::DoctorOne
        | S::DoctorPreview
        | S::DoctorWritten
        | S::DoctorUnwritten => Told::Screen("`landfall doctor` says the same in lines and as JSON"),
    }
}

/// What was printed so far in a run.
#[derive(Default)]
struct Heard {
    plain: String,
    json: Vec<Value>,
}

impl Heard {
    fn add(&mut self, (plain, json): &(String, String)) {
        self.plain.push_str(plain);
        self.json.extend(json.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
    }

    /// Whether both faces said it: an event is a line of each.
    fn said(&self, which: impl Fn(&Value) -> bool) -> bool {
        self.json.iter().any(which) && !self.plain.is_empty()
    }

    /// Whether both faces asked the question that stands.
    fn asked(&self, wizard: &Wizard) -> bool {
        let Some(question) = wizard.question() else { return false };
        let last = self.json.iter().rfind(|line| line["event"] == "question");
        let asked = last.is_some_and(|line| line["text"] == question.text && line["flag"] == question.flag);
        asked && question.choices.iter().all(|choice| self.plain.contains(choice.as_str()))
    }
}

/// Whether the question that stands becomes an error with its flag where nobody can answer it.
fn named_flag(wizard: &Wizard) -> bool {
    let (Some(question), mut alone) = (wizard.question(), wizard.clone()) else { return false };
    alone.setup.manner = Manner::Nobody;
    let now = alone.now;
    alone.update(now, landfall::wizard::msg::Msg::Tick);
    matches!(&alone.failure, Some(Fault::NeedsPerson { flag, .. }) if *flag == question.flag)
}

/// Whether lines say what is awaited, once it has lasted.
fn said_to_wait(wizard: &Wizard) -> bool {
    let (mut later, mut faces) = (wizard.clone(), Faces::default());
    faces.show(&later);
    let mut now = later.now;
    now.run += std::time::Duration::from_secs(31);
    later.update(now, landfall::wizard::msg::Msg::Tick);
    let (plain, json) = faces.show(&later);
    let awaited = words::awaited(wizard);
    let sentence = awaited.trim_end_matches('.');
    let json = json.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let waits = json.filter(|line| line["event"] == "waiting").any(|line| line["what"] == awaited);
    !awaited.is_empty() && waits && plain.contains(sentence)
}

/// Everything on the full screen, as one line of words.
fn on_screen(wizard: &Wizard) -> String {
    let look = Look { glyphs: Glyphs::Unicode, colour: true, slow: false, flipped: false };
    let rows = rows(wizard, look, 120, 40).join(" ");
    rows.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the full screen says what is awaited, or what is wrong.
fn shown(state: State, wizard: &Wizard) -> bool {
    let text = on_screen(wizard);
    let has = |words: &str| text.contains(&words.split_whitespace().collect::<Vec<_>>().join(" "));
    match state {
        // They stand alone on the screen.
        State::OverQr => has("back"),
        State::OverKeys => has("Keys on this screen"),
        State::OverSpelled => has("letter by letter"),
        State::OverLeaving => has("Leave now?"),
        State::FailedEarly | State::FailedChoice | State::FailedRollout | State::FailedHome => {
            has(wizard.failure.as_ref().unwrap().sentence().trim_end_matches('.'))
        }
        _ => has(&wizard.note.clone().unwrap_or_else(|| words::awaited(wizard))) && text.len() > 80,
    }
}

#[test]
fn every_state_is_told_by_every_face() {
    let mut lines: BTreeSet<State> = BTreeSet::new();
    let mut screens: BTreeMap<State, bool> = BTreeMap::new();
    for played in all() {
        let (mut heard, mut there) = (Heard::default(), BTreeSet::new());
        let run = played.play(usize::MAX, |run: &mut Run, _, printed| {
            heard.add(printed);
            let wizard = run.wizard();
            let Some(state) = State::of(wizard) else { return };
            if wizard.setup.manner == Manner::Screen {
                *screens.entry(state).or_default() |= shown(state, wizard);
            }
            there.insert(state);
            let lined = wizard.setup.manner != Manner::Screen;
            let told = match told(state) {
                Told::Asked => heard.asked(wizard) && named_flag(wizard),
                Told::Awaited => lined && said_to_wait(wizard),
                Told::Said(_) | Told::Ended(_) | Told::Screen(_) => false,
            };
            if told {
                lines.insert(state);
            }
        });
        let lined = run.wizard().setup.manner != Manner::Screen;
        lines.extend(State::ALL.iter().filter(|state| match told(**state) {
            Told::Said(kind) => there.contains(state) && heard.said(|line| line["event"] == kind),
            Told::Ended(fault) => lined && heard.said(|line| line["fault"] == fault),
            Told::Asked | Told::Awaited | Told::Screen(_) => false,
        }));
    }
    let mine = |state: &State| !state.words().starts_with("doctor:");
    for state in State::ALL.iter().copied().filter(mine) {
        assert_eq!(screens.get(&state), Some(&true), "the full screen and {}", state.words());
        match told(state) {
            Told::Screen(why) => assert!(!why.is_empty()),
            _ => assert!(lines.contains(&state), "lines and {}", state.words()),
        }
    }
}
