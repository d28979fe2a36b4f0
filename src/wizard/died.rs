//! A task that died of a mistake of ours.

use super::effect::Slot;
use super::msg::Reply;
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Badge, Check, CheckState, Fitted, Health, Layer, Probe, Resting, Standing, Survey, View};

/// A task that died of a mistake of ours ended as a failed one does.
pub(super) fn died(slot: Slot, words: Text, issues: bool) -> Reply {
    let fault = Fault::Died { part: slot.words().into(), words };
    match slot {
        Slot::Health if issues => Reply::Stood(Box::new(unseen(&fault))),
        Slot::Retire if issues => Reply::Parted(Err(fault)),
        Slot::Survey => Reply::Surveyed(Box::new(Survey { trouble: Some(fault), ..Survey::default() })),
        Slot::Look if issues => Reply::Found(Err(fault)),
        Slot::Look => Reply::Looked(Err(fault)),
        Slot::Fit => {
            let token = Resting::Open { why: fault.sentence().into() };
            Reply::Fitted(Box::new(Fitted { token, notes: Vec::new(), end: Err(fault) }))
        }
        Slot::Settle => Reply::Settled(Err(fault)),
        Slot::Locate => Reply::Located(None),
        Slot::SignIn | Slot::Redeem => Reply::SignedIn(Err(fault)),
        Slot::Open => Reply::Opened(Err(fault.sentence().into())),
        Slot::Who => Reply::Who(Err(fault)),
        Slot::Clients => Reply::Clients(Err(fault)),
        Slot::Enroll => Reply::Claimed(Err(fault)),
        Slot::Rollout => Reply::RolloutEnded(fault),
        Slot::Presence => Reply::Presence(Err(fault)),
        // A dead session that stays behind is found dead again.
        Slot::Revoke | Slot::Discard => Reply::Revoked(Err(fault)),
        Slot::Keep => Reply::Kept(Err(fault)),
        Slot::Health => Reply::Health(Box::new(Health {
            selected: None,
            facts: Err(fault),
            snapshot: None,
            view: View::NotAsked("the look at this machine was cut short".into()),
        })),
        Slot::Edit => Reply::Edited(Err(fault)),
        Slot::Retire => Reply::Retired(Err(fault)),
        Slot::Select => Reply::Selected(Err(fault)),
    }
}

/// A registered machine that could not be looked at: partly there as far as anybody knows.
fn unseen(fault: &Fault) -> Standing {
    let why = fault.sentence();
    let words = Text::from(why.trim_end_matches('.'));
    Standing {
        host: "this machine".into(),
        badge: Badge::Registered,
        owner: None,
        api: Text::default(),
        checks: vec![Check::new("R13", Layer::Registration, CheckState::Unknown, words.clone())],
        probe: Probe::Unreachable { why: words },
        removes: Text::default(),
        stays: Text::default(),
        token: None,
    }
}
