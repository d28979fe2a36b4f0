//! The figure `flapping`: the rollout pane in virtual time, told what a cluster and a control plane tell.

use std::sync::LazyLock;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use landfall::cluster::cause::Kind;
use landfall::foreign::Text;
use landfall::model::{Claimed, How, Location};
use landfall::secret::{Audience, Secret, SecretRef, Vault};
use landfall::wizard::msg::Moment;
use landfall::wizard::rollout::Rollout;

mod hold;
#[path = "recordings/messages.rs"]
mod messages;
mod settle;
mod stage;
mod transient;

/// What the profile's defaults are.
const HOLD: Duration = Duration::from_secs(5);
const BUDGET: Duration = Duration::from_secs(600);

/// Numbers that look random and are the same in every run (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number of `low..=high`.
    fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.next().is_multiple_of(many)
    }
}

/// The wall clock at second 0 of every run.
fn start() -> Timestamp {
    static START: LazyLock<Timestamp> = LazyLock::new(|| "2026-11-22T06:00:00Z".parse().unwrap());
    *START
}

/// So many milliseconds into the run, the machine having slept for `slept` of them besides.
fn moment(milliseconds: u64, slept: u64) -> Moment {
    let wall = i64::try_from(milliseconds + slept).unwrap();
    Moment { run: Duration::from_millis(milliseconds), wall: start() + SignedDuration::from_millis(wall) }
}

/// A pane whose claim has just succeeded.
fn pane() -> (Rollout, SecretRef) {
    let vault = Vault::default();
    let password =
        vault.keep(Secret::new("correct-horse", Audience::machine("https://api.example", 7, "uid")));
    let claimed = Claimed {
        id: 17,
        how: How::Minted,
        name: Text::new("GPU Box 02"),
        namespace: "gpu-box-02".parse().unwrap(),
        username: "6f1c2d3e-0000-4a5b-8c9d-0123456789ab".parse().unwrap(),
        password,
        location: Location::NotSet,
    };
    let mut rollout = Rollout::new(Duration::ZERO, BUDGET, HOLD);
    rollout.claimed(password, Ok(claimed));
    (rollout, password)
}

#[test]
#[expect(clippy::disallowed_macros, reason = "the figure's line is what a test prints")]
fn flapping_figure() {
    let settled = settle::run(1000);
    let transient = transient::run();
    println!(
        "flapping: rollouts={} settled={} false_online={} missed={} transients={} transient_called_fatal={} transient_missed={}",
        settled.rollouts,
        settled.settling,
        settled.false_online.len(),
        settled.missed.len(),
        transient.cases,
        transient.fatal.len(),
        transient.missed.len(),
    );
    let wrong = [settled.false_online, settled.missed, transient.fatal, transient.missed].concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(transient.cases >= 200, "only {} transient errors", transient.cases);
}
