//! Rollouts whose two sides come and go; some settle, some never do.

use std::time::Duration;

use landfall::error::Fault;
use landfall::foreign::Text;
use landfall::model::{ClientState, Images, Presence, Reporter, Row, RowState, Sight, Snapshot};
use landfall::wizard::effect::Order;

use super::{BUDGET, Dice, HOLD, moment, pane, start};

/// One step of virtual time, in milliseconds.
const STEP: u64 = 50;
/// How late the watch tells a change at most: its beat.
const BEAT: u64 = 200;
/// A lapse of the control plane shorter than the pause between two questions cannot be seen by asking.
const SEEN_BY_ASKING: u64 = 2600;

/// How it went.
#[derive(Default)]
pub struct Settled {
    pub rollouts: usize,
    pub settling: usize,
    pub false_online: Vec<String>,
    pub missed: Vec<String>,
}

/// A thing that is so or not so; changes at the moments of the list.
struct Signal {
    /// The moments at which it becomes so, and not so again, in turns.
    turns: Vec<u64>,
}

impl Signal {
    /// Comes and goes until `settles` (or for ever), and is then so. A lapse lasts at least `lapse`.
    fn flapping(dice: &mut Dice, settles: Option<u64>, lapse: u64) -> Self {
        let (mut turns, mut at) = (Vec::new(), 0);
        let end = settles.unwrap_or(2 * u64::try_from(BUDGET.as_millis()).unwrap());
        loop {
            at += dice.between(lapse, lapse + 3000);
            turns.push(at.min(end));
            // Never so for as long as the hold lasts.
            at += dice.between(100, 4700);
            // A lapse cut short by the end could not be seen: the last one is whole.
            if at + lapse > end {
                break;
            }
            turns.push(at);
        }
        Self { turns }
    }

    /// So from some moment on.
    fn from(at: u64) -> Self {
        Self { turns: vec![at] }
    }

    fn at(&self, now: u64) -> bool {
        !self.before(now).len().is_multiple_of(2)
    }

    /// The turns up to that moment; they are in order.
    fn before(&self, now: u64) -> &[u64] {
        &self.turns[..self.turns.partition_point(|turn| *turn <= now)]
    }

    /// Whether it was so all the time between.
    fn throughout(&self, from: u64, to: u64) -> bool {
        self.at(from) && !self.turns.iter().any(|turn| (from + 1..=to).contains(turn))
    }
}

struct World {
    /// Ready, in sight, heard from, answering.
    signals: [Signal; 4],
    settles: Option<u64>,
    /// An earlier installation was online, and its state still says so.
    said_online: bool,
    /// The machine sleeps at that moment, for that long.
    sleeps: Option<(u64, u64)>,
}

impl World {
    fn new(dice: &mut Dice) -> Self {
        let settles = dice.one_in(2).then(|| dice.between(10_000, 400_000));
        // One of the four spoils it, often several do.
        let spoiler = dice.between(0, 3);
        let shortest = [BEAT + STEP, BEAT + STEP, SEEN_BY_ASKING, SEEN_BY_ASKING];
        let mut number = 0;
        let signals = shortest.map(|lapse| {
            number += 1;
            if number - 1 == spoiler || dice.one_in(2) {
                Signal::flapping(dice, settles, lapse)
            } else {
                Signal::from(dice.between(500, 9000))
            }
        });
        let sleeps = dice.one_in(3).then(|| (dice.between(5000, 420_000), dice.between(8000, 3_600_000)));
        Self { signals, settles, said_online: dice.one_in(2), sleeps }
    }

    fn snapshot(&self, now: u64) -> Snapshot {
        let [ready, sight, ..] = &self.signals;
        let ready = ready.at(now);
        let row = Row {
            kind: Text::new("Deployment"),
            name: Text::new("jobs-manager"),
            state: if ready { RowState::Ready } else { RowState::Working },
            ready: u32::from(ready),
            desired: 1,
            note: Text::new("as it is"),
            sentence: Text::default(),
            evidence: Vec::new(),
            next: Text::default(),
            happenings: Vec::new(),
            log: Vec::new(),
            since: None,
            timer: None,
        };
        let sight = if sight.at(now) { Sight::Clear } else { Sight::Lost(Text::new("no answer")) };
        Snapshot {
            sight,
            rows: vec![row],
            images: Images::default(),
            happenings: Vec::new(),
            reporter: self.reporter(now),
        }
    }

    /// The jobs manager is ready as soon as it is started, and never without running.
    fn reporter(&self, now: u64) -> Reporter {
        let [ready, ..] = &self.signals;
        let started = ready.before(now).last().filter(|_| ready.at(now));
        let at = |millis: u64| start() + jiff::SignedDuration::from_millis(i64::try_from(millis).unwrap());
        started.map_or(Reporter::Down, |millis| Reporter::Since(at(*millis)))
    }

    fn presence(&self, now: u64) -> Result<Presence, Fault> {
        let [.., heard, answers] = &self.signals;
        if !answers.at(now) {
            return Err(Fault::Unreachable { host: Text::new("api"), why: Text::new("no answer") });
        }
        let at = |millis: u64| start() + jiff::SignedDuration::from_millis(i64::try_from(millis).unwrap());
        let last = if heard.at(now) { Some(now) } else { heard.before(now).last().copied() };
        let online = heard.at(now) || (self.said_online && last.is_none());
        Ok(Presence {
            state: if online { ClientState::Online } else { ClientState::Offline },
            last_heard: Some(last.map_or(start() - jiff::SignedDuration::from_secs(90), at)),
            server_now: Some(at(now)),
        })
    }
}

pub fn run(rollouts: usize) -> Settled {
    let mut result = Settled { rollouts, ..Settled::default() };
    for seed in 0..rollouts as u64 {
        let mut dice = Dice(seed);
        let world = World::new(&mut dice);
        result.settling += usize::from(world.settles.is_some());
        let online = walk(&world, &mut dice);
        let hold = u64::try_from(HOLD.as_millis()).unwrap();
        match online {
            Some(at) => {
                let from = at - hold;
                let [ready, sight, heard, answers] = &world.signals;
                let told = at - BEAT - STEP;
                let agreed = ready.throughout(from, told)
                    && sight.throughout(from, told)
                    && heard.throughout(from, at)
                    && answers.throughout(from, at);
                let awake = world.sleeps.is_none_or(|(slept, _)| slept > at || slept + hold <= at + STEP);
                if !agreed || !awake {
                    result.false_online.push(format!("{seed}: called online at {at} ms"));
                }
            }
            None if world.settles.is_some() => result.missed.push(format!("{seed}: never called online")),
            None => {}
        }
        // Two questions and their answers beyond the hold, and the beat: more is too late. A sleep starts it anew.
        if let (Some(settles), Some(at)) = (world.settles, online) {
            let slept = world.sleeps.map_or(0, |(slept, _)| slept);
            let from = if (settles..settles + 2 * hold).contains(&slept) { slept } else { settles };
            if at > from.max(9000) + hold + 2 * 2600 {
                result.missed.push(format!("{seed}: settled at {settles}, online only at {at}"));
            }
        }
    }
    result
}

/// One rollout; the moment at which it was called online.
fn walk(world: &World, dice: &mut Dice) -> Option<u64> {
    let (mut pane, session) = pane();
    let (mut told, mut ask_at, mut slept) = (None, Some(dice.between(50, 400)), 0);
    let end = u64::try_from(BUDGET.as_millis()).unwrap() + 20_000;
    for now in (0..end).step_by(usize::try_from(STEP).unwrap()) {
        if let Some((at, long)) = world.sleeps
            && at <= now
        {
            slept = long;
        }
        let mut goes = Vec::new();
        if now % BEAT == 0 {
            let snapshot = world.snapshot(now);
            if told.as_ref() != Some(&snapshot) {
                told = Some(snapshot.clone());
                goes.push(pane.snapshot(snapshot, moment(now, slept)));
            }
        }
        if ask_at.is_some_and(|at| at <= now) {
            let go = pane.presence(session, world.presence(now), moment(now, slept));
            let wait = go.orders.iter().find_map(|order| match order {
                Order::Presence(_, _, wait) => Some(*wait),
                _ => None,
            });
            ask_at = wait
                .map(|wait: Duration| now + u64::try_from(wait.as_millis()).unwrap() + dice.between(20, 400));
            goes.push(go);
        }
        if now % 1000 == 0 {
            goes.push(pane.tick(moment(now, slept)));
        }
        for go in goes {
            match go.fault {
                Some(Fault::NotInTime { .. }) => return None,
                Some(fault) => panic!("{fault:?}"),
                None if go.next => return Some(now),
                None => {}
            }
        }
    }
    panic!("the budget ended nothing");
}
