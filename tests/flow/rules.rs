//! What must be true after every message, in every scenario and under chance.

use landfall::model::{Choice, Step};
use landfall::wizard::effect::{Effect, Order, Slot};
use landfall::wizard::event::Event;
use landfall::wizard::msg::{Action, Msg, Reply};
use landfall::wizard::stay::Keeping;
use landfall::wizard::{Overlay, Setup, Wizard};

/// What the value of every secret of a test holds.
pub const SECRET: &str = "the value of ";

/// Watches one run.
#[expect(clippy::struct_excessive_bools, reason = "each is noted by itself")]
pub struct Rules {
    /// Whether somebody said yes to the review that stands or stood last.
    agreed: bool,
    always: bool,
    /// Whether the last message was a typed line, which is compared by the wizard alone.
    typed: bool,
    events: usize,
    ended: bool,
    /// How often a session was put away, and how often it may be: once, and again after each failure.
    keeps: u32,
    tries: u32,
}

impl Rules {
    pub fn new(setup: &Setup) -> Self {
        Self { agreed: false, always: setup.yes, typed: false, events: 0, ended: false, keeps: 0, tries: 1 }
    }

    /// Notes whether the message is a yes to the review on the screen.
    pub fn before(&mut self, wizard: &Wizard, msg: &Msg) {
        let failed = match msg {
            Msg::Reply(_, reply) => matches!(**reply, Reply::Kept(Err(_))),
            Msg::Died(_, slot, _) => *slot == Slot::Keep,
            _ => false,
        };
        self.tries += u32::from(failed);
        self.typed = matches!(msg, Msg::Act(Action::Answer(_)));
        let free = wizard.overlay.is_none() && wizard.failure.is_none();
        self.agreed |= match msg {
            Msg::Act(Action::Enter) => wizard.step == Step::Review && free,
            Msg::Act(Action::Answer(_)) => wizard.step == Step::Review,
            _ => false,
        };
    }

    /// Checks the state, the effects and the plain lines after a message.
    pub fn check(&mut self, wizard: &Wizard, effects: &[Effect], plain: &str) {
        assert!(wizard.events.len() >= self.events, "events only grow");
        self.events = wizard.events.len();
        for Effect { order, .. } in effects {
            match order {
                Order::Enroll(_, intent) => {
                    assert!(self.agreed || self.always, "an enrollment without a yes");
                    let adopts = matches!(intent.choice, Choice::Adopt(_));
                    assert!(adopts || wizard.client.whole, "a claim from a part of the list");
                }
                Order::Keep(_, account, wish) => {
                    let told = wizard.events.iter().any(
                        |event| matches!(event, Event::SignedIn { account: by, .. } if by == &**account),
                    );
                    assert!(told, "a session was put away before it was settled whose it is");
                    self.keeps += 1;
                    let asked = wizard.setup.stay.keep.is_some() || wizard.setup.stay.offer && wish.is_some();
                    assert!(asked && self.keeps <= self.tries, "kept unasked");
                    continue;
                }
                Order::Revoke(session) => {
                    let stays = wizard.keeping != Keeping::Not && wizard.sign_in.held() == Some(*session);
                    assert!(!stays, "a session that is to stay is ended");
                    continue;
                }
                Order::Retire(_, leaving) => {
                    let typed = wizard.retire.typed.text().trim() == leaving.word().as_str() || self.typed;
                    assert!(typed || self.always, "retired without its name");
                    let busy = leaving.client.running.is_some_and(|running| running > 0);
                    assert!(!busy || leaving.force, "retired while work runs");
                }
                Order::SignIn | Order::Register(_) if wizard.issues() => {
                    assert!(self.agreed || self.always, "an identity is asked for without a yes");
                }
                Order::Fit(_) => assert!(self.agreed || self.always, "a set-up without a yes"),
                Order::Rollout(_) => assert!(self.agreed || self.always, "a rollout without a yes"),
                _ => continue,
            }
            assert!(!self.ended, "a change outside after the end: {order:?}");
        }
        self.ended = wizard.exit.is_some();
        // A yes counts for one review: whoever is back before it must say it again.
        // Where an identity is issued, the review comes first, and is not come back to.
        self.agreed &= wizard.issues() || wizard.reached() >= Step::Rollout;
        selections_are_in_range(wizard);
        assert!(!plain.contains(SECRET), "a secret in {plain:?}");
        let control = plain.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(control, None, "a control character in {plain:?}");
        if wizard.setup.profile.sandbox {
            assert!(plain.lines().all(|line| line.starts_with("SANDBOX ")), "{plain:?}");
        }
        assert!(plain.is_empty() || plain.ends_with('\n'), "half a line: {plain:?}");
        assert!(wizard.note.as_ref().is_none_or(|note| !note.chars().any(char::is_control)));
    }
}

fn selections_are_in_range(wizard: &Wizard) {
    let within = |selected: usize, rows: usize| assert!(selected < rows.max(1), "{selected} of {rows}");
    within(wizard.client.selected, wizard.client.len());
    if wizard.step == Step::Location {
        within(wizard.location.selected, wizard.location.rows().len());
    }
    within(wizard.sign_in.selected, wizard.sign_in.rows().len().max(2));
    within(wizard.issue.selected, 2);
    within(wizard.staying.selected, landfall::wizard::stay::STAY_ROWS.len());
    within(wizard.home.selected, landfall::wizard::home::ROWS.len());
    within(wizard.profile.selected, wizard.profile.rows.len());
    if let Some(rollout) = &wizard.rollout {
        within(rollout.selected, rollout.rows().len());
    }
    if let Some(Overlay::Leaving(row)) = wizard.overlay {
        within(row, 2);
    }
}
