//! The hold to the tenth of a second: when it is over, and what starts it anew.

use std::time::Duration;

use landfall::error::Fault;
use landfall::foreign::Text;
use landfall::model::{ClientState, Images, Presence, Reporter, Row, RowState, Sight, Snapshot};
use landfall::secret::SecretRef;
use landfall::wizard::rollout::Rollout;

use super::{moment, pane};

/// A pane and what both sides tell it. All times are milliseconds of the run.
struct Sides {
    pane: Rollout,
    session: SecretRef,
    /// For how long the machine has slept.
    slept: u64,
    ticked: u64,
}

impl Sides {
    /// Both sides agree from 2000 on.
    fn agreed() -> Self {
        let (pane, session) = pane();
        let mut sides = Self { pane, session, slept: 0, ticked: 0 };
        assert!(!sides.answers(0, ClientState::Pending));
        sides.tells(1000, RowState::Ready, Sight::Clear);
        assert!(!sides.answers(2000, ClientState::Online));
        sides
    }

    /// The clock ticks every second until then.
    fn until(&mut self, now: u64) {
        while self.ticked + 1000 <= now {
            self.ticked += 1000;
            self.pane.tick(moment(self.ticked, self.slept));
        }
    }

    fn tells(&mut self, now: u64, state: RowState, sight: Sight) {
        self.until(now);
        let row = Row {
            kind: Text::new("Deployment"),
            name: Text::new("jobs-manager"),
            state,
            ready: 1,
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
        let reporter = Reporter::Since(moment(1000, 0).wall);
        let snapshot =
            Snapshot { sight, rows: vec![row], images: Images::default(), happenings: Vec::new(), reporter };
        self.pane.snapshot(snapshot, moment(now, self.slept));
    }

    /// Whether this answer of the control plane ends the hold.
    fn answers(&mut self, now: u64, state: ClientState) -> bool {
        self.until(now);
        let now = moment(now, self.slept);
        let last_heard = (state == ClientState::Online).then_some(now.wall);
        self.pane
            .presence(self.session, Ok(Presence { state, last_heard, server_now: Some(now.wall) }), now)
            .next
    }

    /// Whether the hold is over at that moment, and not a tenth of a second before.
    fn ends_at(&mut self, now: u64) -> bool {
        !self.answers(now - 100, ClientState::Online) && self.answers(now, ClientState::Online)
    }
}

#[test]
fn the_hold_is_over_when_both_sides_have_agreed_for_so_long() {
    assert!(Sides::agreed().ends_at(7000));
    let mut short = Sides::agreed();
    short.pane.hold = Duration::from_secs(2);
    assert!(short.ends_at(4000));
}

/// What breaks it, and how.
type Break<'a> = (&'a str, &'a dyn Fn(&mut Sides));

#[test]
fn whatever_breaks_it_starts_it_anew() {
    let lost = || Sight::Lost(Text::new("no answer"));
    let breaks: [Break; 5] = [
        ("a workload is not ready", &|sides| sides.tells(4000, RowState::Working, Sight::Clear)),
        ("a workload cannot be judged", &|sides| sides.tells(4000, RowState::Unknown, Sight::Clear)),
        ("the cluster is out of sight", &|sides| sides.tells(4000, RowState::Ready, lost())),
        ("the control plane says offline", &|sides| assert!(!sides.answers(4000, ClientState::Offline))),
        ("the control plane does not answer", &|sides| {
            sides.until(4000);
            let fault = Fault::Unreachable { host: Text::new("api"), why: Text::new("no answer") };
            assert!(!sides.pane.presence(sides.session, Err(fault), moment(4000, 0)).next);
        }),
    ];
    for (called, broken) in breaks {
        let mut sides = Sides::agreed();
        broken(&mut sides);
        assert_eq!(sides.pane.agreed, None, "{called}");
        sides.tells(4500, RowState::Ready, Sight::Clear);
        assert!(!sides.answers(4500, ClientState::Online), "{called}");
        assert!(sides.ends_at(9500), "{called}");
    }
}

#[test]
fn what_nobody_watched_was_not_held() {
    // A suspend: the run's clock stands still, the wall clock does not.
    let mut slept = Sides::agreed();
    slept.until(4000);
    slept.slept = 3000;
    assert!(!slept.answers(5000, ClientState::Online));
    assert!(slept.ends_at(10_000));
    // A doze within what a busy machine may take for a tick.
    let mut dozed = Sides::agreed();
    dozed.until(4000);
    dozed.slept = 1000;
    assert!(dozed.ends_at(7000));
    // A stopped process: both clocks go on, nothing ticks.
    let mut stopped = Sides::agreed();
    stopped.until(3000);
    stopped.ticked = 6000;
    assert!(!stopped.answers(6900, ClientState::Online));
    assert!(stopped.ends_at(11_900));
}
