//! The figure `steps`: a million steps of chance over every pane, each drawn at a size of chance, down to 1x1,
//! and shown by the line faces too. Which states were seen is counted; none may be missing.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a figure is measured, and printed"
)]

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use landfall::face::tui::Look;
use landfall::model::Step;
use landfall::shell::capabilities::Glyphs;
use landfall::wizard::machine::Open;
use landfall::wizard::retire::Phase as Retiring;
use landfall::wizard::rollout::Details;
use landfall::wizard::sign_in::Phase;
use landfall::wizard::{Overlay, Wizard};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::property::{play, runs};
use crate::screens::sizes::rows;

/// Every state of every pane that looks different from the others.
const STATES: &[&str] = &[
    "profile: choosing",
    "profile: preparing",
    "machine: which cluster",
    "machine: what the kubeconfig asks for",
    "machine: none",
    "machine: looking again",
    "sign-in: asking for a code",
    "sign-in: the code",
    "sign-in: the digits",
    "sign-in: expired",
    "sign-in: checking",
    "sign-in: who approved",
    "sign-in: refusing",
    "client: looking",
    "client: reading the list",
    "client: choosing",
    "client: finding",
    "client: editing",
    "client: another name asked for",
    "location: choosing",
    "location: finding",
    "location: another one asked for",
    "review",
    "rollout: claiming",
    "rollout: applied",
    "rollout: watching",
    "rollout: why",
    "rollout: out of sight",
    "online",
    "online: stay signed in?",
    "home: looking",
    "home: the page",
    "change: reading",
    "change: typing",
    "change: sending",
    "retire: looking",
    "retire: asking",
    "retire: running",
    "retire: done",
    "over it: the keys",
    "over it: the QR",
    "over it: the code spelled",
    "over it: leave?",
    "failed",
    "leaving",
];

/// The state on the screen.
fn state(wizard: &Wizard) -> &'static str {
    if wizard.exit.is_some() {
        return "leaving";
    }
    match wizard.overlay {
        Some(Overlay::Help) => return "over it: the keys",
        Some(Overlay::Qr) => return "over it: the QR",
        Some(Overlay::Spell) => return "over it: the code spelled",
        Some(Overlay::Leaving(_)) => return "over it: leave?",
        None => {}
    }
    if wizard.failure.is_some() {
        return "failed";
    }
    let client = &wizard.client;
    match wizard.step {
        Step::Profile if wizard.profile.preparing => "profile: preparing",
        Step::Profile => "profile: choosing",
        Step::Machine if wizard.machine.looking => "machine: looking again",
        Step::Machine => match wizard.machine.open() {
            Some(Open::Consent(_)) => "machine: what the kubeconfig asks for",
            Some(Open::Trouble(_)) => "machine: none",
            _ => "machine: which cluster",
        },
        Step::SignIn => match &wizard.sign_in.phase {
            Phase::Idle | Phase::Starting => "sign-in: asking for a code",
            Phase::Code { .. } => "sign-in: the code",
            Phase::Reverse(_) => "sign-in: the digits",
            Phase::Expired(_) => "sign-in: expired",
            Phase::Checking(_) | Phase::Done(..) => "sign-in: checking",
            Phase::Confirm(..) => "sign-in: who approved",
            Phase::Refusing => "sign-in: refusing",
            Phase::Issued(_) => "sign-in: issued",
        },
        Step::Client if client.editing.is_some() => "client: editing",
        Step::Client if client.search.is_some() => "client: finding",
        Step::Client if client.refused.is_some() => "client: another name asked for",
        Step::Client if wizard.facts.is_none() => "client: looking",
        Step::Client if !client.whole => "client: reading the list",
        Step::Client => "client: choosing",
        Step::Location if wizard.location.search.is_some() => "location: finding",
        Step::Location if wizard.location.refused.is_some() => "location: another one asked for",
        Step::Location => "location: choosing",
        Step::Review => "review",
        Step::Rollout => match &wizard.rollout {
            Some(rollout) if rollout.details != Details::Closed => "rollout: why",
            Some(rollout) => match &rollout.snapshot {
                Some(snapshot) if snapshot.sight != landfall::model::Sight::Clear => "rollout: out of sight",
                Some(_) => "rollout: watching",
                None if rollout.claimed.is_some() => "rollout: applied",
                None => "rollout: claiming",
            },
            None => "rollout: claiming",
        },
        Step::Live if wizard.asks_to_stay() => "online: stay signed in?",
        Step::Live => "online",
        Step::Home if wizard.home.health.is_none() => "home: looking",
        Step::Home => "home: the page",
        Step::Change if wizard.change.sending => "change: sending",
        Step::Change if wizard.change.client.is_none() => "change: reading",
        Step::Change => "change: typing",
        Step::Retire => match wizard.retire.phase {
            Retiring::Looking => "retire: looking",
            Retiring::Asking(_) => "retire: asking",
            Retiring::Running(_) => "retire: running",
            Retiring::Done(..) => "retire: done",
        },
    }
}

/// A terminal that changes its size and its looks: mostly small, often the usual ones, at times a single cell.
fn terminal(n: usize) -> (u16, u16, Look) {
    // Any odd factor spreads neighbours over the whole range.
    let chance = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let (columns, height) = match chance % 16 {
        0 => (80, 24),
        1 => (40, 12),
        2 => (1, 1),
        3 => (1 + chance / 16 % 140, 1 + chance / 4096 % 50),
        _ => (1 + chance / 16 % 44, 1 + chance / 4096 % 14),
    };
    let look = Look {
        glyphs: [Glyphs::Unicode, Glyphs::Console, Glyphs::Ascii][chance / 65_536 % 3],
        colour: (chance / 262_144).is_multiple_of(2),
        slow: (chance / 524_288).is_multiple_of(2),
        flipped: (chance / 1_048_576).is_multiple_of(2),
    };
    (u16::try_from(columns).unwrap(), u16::try_from(height).unwrap(), look)
}

/// Plays runs of chance until so many steps were taken; returns what was seen and how many runs panicked.
fn walk(seed: u8, steps: &AtomicUsize, wanted: usize) -> (BTreeSet<&'static str>, usize) {
    let config = Config { failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut chance = TestRunner::new_with_rng(config, rng);
    let (mut seen, mut panics) = (BTreeSet::new(), 0);
    while steps.load(Ordering::Relaxed) < wanted {
        let (given, script) = runs(60..240).new_tree(&mut chance).unwrap().current();
        let played = catch_unwind(AssertUnwindSafe(|| {
            play(&given, &script, |wizard| {
                let n = steps.fetch_add(1, Ordering::Relaxed);
                seen.insert(state(wizard));
                let (columns, height, look) = terminal(n);
                rows(wizard, look, columns, height);
            });
        }));
        if played.is_err() {
            panics += 1;
            println!("panicked: {given:?} {script:?}");
        }
    }
    (seen, panics)
}

#[test]
#[ignore = "takes long; tests/figures steps runs it"]
fn steps() {
    let wanted = std::env::var("STEPS").map_or(1_000_000, |steps| steps.parse().unwrap());
    let (steps, seen) = (AtomicUsize::new(0), Mutex::new((BTreeSet::new(), 0)));
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for seed in 0..u8::try_from(threads).unwrap() {
            let (steps, seen) = (&steps, &seen);
            scope.spawn(move || {
                let (states, panics) = walk(seed, steps, wanted);
                let mut seen = seen.lock().unwrap();
                seen.0.extend(states);
                seen.1 += panics;
            });
        }
    });
    let (seen, panics) = seen.into_inner().unwrap();
    let missing: Vec<&&str> = STATES.iter().filter(|state| !seen.contains(**state)).collect();
    let unknown: Vec<&&str> = seen.iter().filter(|state| !STATES.contains(*state)).collect();
    println!(
        "steps: steps={} states_covered={} states={} panics={panics}",
        steps.load(Ordering::Relaxed),
        seen.len(),
        STATES.len()
    );
    assert!(missing.is_empty() && unknown.is_empty(), "not seen: {missing:?}; not listed: {unknown:?}");
    assert_eq!(panics, 0);
}
