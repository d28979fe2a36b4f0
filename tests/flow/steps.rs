//! The figure `steps`: a million steps of chance through every state there is, each drawn at a size of chance, down
//! to 1x1, and shown by the line faces too. A run takes up where a scenario is at a moment of chance, so that what
//! lies deep is reached as often as what lies near; no state may be missing.
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
use landfall::shell::capabilities::Glyphs;
use landfall::wizard::effect::{Effect, Order};
use landfall::wizard::msg::{Action, Msg};

use super::fixtures::HOSTILE;
use super::property::{WORDS, well};
use super::scenario::{Given, Played, Run, all};
use super::states::State;
use crate::screens::{doctor, glance, sizes};

/// Steps of the default tests, and of the figure.
const FEW: usize = 20_000;
const MANY: usize = 1_000_000;
/// Steps of a run after the scenario it takes up.
const LONGEST: usize = 60;

/// What hides, moves the cursor, is wide, is nothing, or is very much.
const PIECES: &[&str] = &[
    HOSTILE,
    "a",
    "lab-9",
    " ",
    "Zürich",
    "漢字かな",
    "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
    "e\u{301}\u{301}\u{301}",
    "\u{200f}\u{202e}",
    "\u{feff}\u{ad}",
    "\t\r\n",
    "\u{1b}[31m",
    "\u{9d}0;x\u{9c}",
    "-----------------------------------------------------------------------------------------------",
];

/// Chance that can be had again: splitmix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) >> 8).unwrap() % most
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn of<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn text(&mut self) -> String {
        (0..self.below(4)).map(|_| self.of(PIECES)).collect()
    }

    /// A terminal that changes its size and its looks: mostly small, often the usual ones, at times a single cell.
    fn terminal(&mut self) -> (u16, u16, Look) {
        let (columns, rows) = match self.below(32) {
            0 => (80, 24),
            1 | 2 => (40, 12),
            3 => (1, 1),
            4 => (1 + self.below(140), 1 + self.below(50)),
            _ => (1 + self.below(44), 1 + self.below(14)),
        };
        let look = Look {
            glyphs: self.of(&[Glyphs::Unicode, Glyphs::Console, Glyphs::Ascii]),
            colour: self.one_in(2),
            slow: self.one_in(2),
            flipped: self.one_in(2),
        };
        (u16::try_from(columns).unwrap(), u16::try_from(rows).unwrap(), look)
    }

    fn setup(&mut self) -> Given {
        let text = |words: Option<&str>| words.map(str::to_owned);
        Given {
            home: self.one_in(2),
            manner: self.of(&["screen", "screen", "asked", "nobody"]).into(),
            yes: self.one_in(4),
            pin: self.of(&[None, None, Some(7), Some(8)]),
            name: text(self.of(&[None, None, Some("lab-9"), Some("---"), Some(HOSTILE)])),
            location: text(self.of(&[None, None, Some("FR"), Some("later")])),
            guess: text(self.of(&[None, Some("DE"), Some("ZZ-TOP")])),
            locate: self.one_in(2),
            source: Some(HOSTILE.into()),
            token: self.one_in(4),
            kept: self.of(&[None, None, Some(7), Some(9)]),
            unkept: self.one_in(3),
            stay: self.one_in(3),
            offer: self.one_in(2),
            sign_in: self.one_in(8),
            host: text(Some(self.of(&["gpu-box-02", "localhost", HOSTILE]))),
            sandbox: self.one_in(2),
            issues: self.one_in(5),
            profiles: self.one_in(8),
            survey: self.of(&["", "", "", "three", "exec", "none", "sudo", "hostile"]).into(),
            log: self.one_in(2),
            namespace: None,
            allowed: self.one_in(2),
            selected: self.of(&[None, None, Some(7), Some(9)]),
            retire: self.one_in(5),
            keep_data: self.one_in(2),
            force: self.one_in(2),
            hold: Some(self.of(&[0, 5])),
            budget: Some(self.of(&[0, 30, 90])),
        }
    }
}

/// What was done and seen so far.
#[derive(Default)]
struct Seen {
    steps: AtomicUsize,
    states: Mutex<BTreeSet<State>>,
    panics: AtomicUsize,
}

impl Seen {
    fn step(&self, state: Option<State>) {
        self.steps.fetch_add(1, Ordering::Relaxed);
        self.states.lock().unwrap().extend(state);
    }

    fn drawn(&self, run: &Run, chance: &mut Chance) {
        self.step(State::of(run.wizard()));
        let (columns, rows, look) = chance.terminal();
        if chance.one_in(8) {
            // With the cursor.
            sizes::rows(run.wizard(), look, columns, rows);
        } else {
            glance(run.wizard(), look, columns, rows);
        }
    }
}

/// A run: a scenario up to a moment of chance, or a set-up of chance; then whatever comes.
fn walk(turn: usize, scenarios: &[Played], chance: &mut Chance, seen: &Seen) {
    let (mut run, mut asked) = if turn % 4 == 1 {
        let (mut run, first) = Run::begin(&chance.setup(), false);
        run.check(&first);
        (run, first)
    } else {
        // Every state has its turn with the scenario that shows it, so that none is rarer than the others.
        let own = turn.is_multiple_of(2).then(|| State::ALL[turn / 2 % State::ALL.len()].scenario());
        let own = own.and_then(|name| scenarios.iter().find(|played| played.name == name));
        let played = own.unwrap_or_else(|| &scenarios[chance.below(scenarios.len())]);
        let whole = played.messages.len();
        let round = turn / 2 / State::ALL.len();
        let upto = if own.is_some() && round.is_multiple_of(2) { whole } else { chance.below(whole + 1) };
        let mut asked: Vec<Effect> = Vec::new();
        let run = played.play(upto, |run, effects, _| {
            seen.drawn(run, chance);
            asked.extend_from_slice(effects);
        });
        (run, asked)
    };
    let lucky = if chance.one_in(2) { 12 } else { 2 };
    for _ in 0..chance.below(LONGEST) {
        if run.wizard().exit.is_some() && chance.one_in(3) {
            break;
        }
        run.pass(chance.of(&[0, 0, 0, 1, 1, 3, 60]));
        let issues = run.wizard().issues();
        asked.retain(|effect| well(&effect.order, issues).is_some());
        let effects = match chance.below(lucky + 8) {
            0 => run.take(Msg::Act(Action::Type(chance.text().chars().next().unwrap_or('x')))),
            1 => run.take(Msg::Act(Action::Paste(chance.text().as_str().into()))),
            2 => run.take(Msg::Act(Action::Answer(chance.text().as_str().into()))),
            3 | 4 => run.hear(chance.of(WORDS)),
            5 => run.hear(chance.of(&[
                "down",
                "up",
                "find",
                "edit",
                "tab",
                "esc",
                "qr",
                "spell",
                "type lab-9",
            ])),
            6 | 7 => run.hear("enter"),
            _ if asked.is_empty() => run.hear(chance.of(&["enter", "answer 1", "tick"])),
            _ => {
                let at = chance.below(asked.len().min(4));
                let order: Order = asked.remove(at).order;
                run.hear(well(&order, issues).unwrap())
            }
        };
        run.check(&effects);
        asked.extend(effects);
        seen.drawn(&run, chance);
    }
}

/// The doctor's screen under keys and results of chance.
fn consult(chance: &mut Chance, seen: &Seen) {
    let mut screen = doctor::Chosen::begin(chance.one_in(2));
    for _ in 0..chance.below(LONGEST) {
        let what = chance.below(doctor::Chosen::WAYS);
        screen.step(what, chance.below(1000), &chance.text());
        seen.step(Some(State::of_doctor(&screen.doctor)));
        let (columns, rows, look) = chance.terminal();
        screen.draw(look, columns, rows);
    }
}

/// Takes so many steps on so many threads.
fn wander(wanted: usize, threads: u64) -> Seen {
    let (scenarios, seen) = (all(), Seen::default());
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (scenarios, seen) = (&scenarios, &seen);
            scope.spawn(move || {
                for begin in (thread..).step_by(usize::try_from(threads).unwrap()) {
                    if seen.steps.load(Ordering::Relaxed) >= wanted {
                        break;
                    }
                    let played = catch_unwind(AssertUnwindSafe(|| {
                        let mut chance = Chance(begin);
                        if chance.one_in(40) {
                            consult(&mut chance, seen);
                        } else {
                            walk(usize::try_from(begin).unwrap(), scenarios, &mut chance, seen);
                        }
                    }));
                    if played.is_err() {
                        seen.panics.fetch_add(1, Ordering::Relaxed);
                        println!("panicked: the run of chance {begin}");
                    }
                }
            });
        }
    });
    seen
}

fn told(seen: &Seen) {
    let states = seen.states.lock().unwrap();
    let missing: Vec<&str> =
        State::ALL.iter().filter(|state| !states.contains(state)).map(|state| state.words()).collect();
    println!(
        "steps: steps={} states_covered={} states={} panics={}",
        seen.steps.load(Ordering::Relaxed),
        states.len(),
        State::ALL.len(),
        seen.panics.load(Ordering::Relaxed)
    );
    assert_eq!(missing, Vec::<&str>::new(), "not seen");
    assert_eq!(seen.panics.load(Ordering::Relaxed), 0);
}

#[test]
fn whatever_comes_is_shown_whole() {
    told(&wander(FEW, 1));
}

#[test]
#[ignore = "takes minutes; tests/figures steps runs it"]
fn steps() {
    let wanted = std::env::var("STEPS").map_or(MANY, |steps| steps.parse().unwrap());
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    told(&wander(wanted, threads as u64));
}
