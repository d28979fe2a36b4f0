//! Where a key is offered.

use crate::model::{Approver, Step};
use crate::wizard::home;
use crate::wizard::machine::Open;
use crate::wizard::retire::Phase as Retiring;
use crate::wizard::sign_in::Phase;
use crate::wizard::{Overlay, Wizard};

pub fn always(_: &Wizard) -> bool {
    true
}

/// Whether something lies over the pane that has keys of its own. The help tells those of the pane.
fn covered(w: &Wizard) -> bool {
    w.overlay.is_some_and(|overlay| !matches!(overlay, Overlay::Help(_)))
}

pub fn at_code(w: &Wizard) -> bool {
    matches!(w.sign_in.phase, Phase::Code { .. }) && w.step == Step::SignIn && w.failure.is_none()
}

pub fn at_request(w: &Wizard) -> bool {
    at_code(w) && w.setup.shape.approver == Approver::Administrator
        || at_ways(w) && w.sign_in.request().is_some()
}

fn at_ways(w: &Wizard) -> bool {
    matches!(w.sign_in.phase, Phase::Ways(_)) && w.step == Step::SignIn && w.failure.is_none()
}

pub fn at_browser(w: &Wizard) -> bool {
    matches!(w.sign_in.phase, Phase::Browser { .. }) && w.step == Step::SignIn && w.failure.is_none()
}

pub fn at_address(w: &Wizard) -> bool {
    at_code(w) || at_browser(w)
}

pub fn at_token(w: &Wizard) -> bool {
    w.sign_in.ways.token && (at_code(w) || at_expired(w))
}

pub fn at_other_browser(w: &Wizard) -> bool {
    w.sign_in.ways.browser && (at_code(w) || at_expired(w))
}

pub fn at_opening(w: &Wizard) -> bool {
    at_browser(w) && w.sign_in.ways.opens
}

pub fn at_digits(w: &Wizard) -> bool {
    w.sign_in.reverse().is_some() && w.step == Step::SignIn && w.failure.is_none()
}

pub fn at_expired(w: &Wizard) -> bool {
    matches!(w.sign_in.phase, Phase::Expired(_)) && w.step == Step::SignIn && w.failure.is_none()
}

pub fn lists(w: &Wizard) -> bool {
    let leaving = matches!(w.overlay, Some(Overlay::Leaving(_))) || w.issue.choosing();
    let confirming = w.step == Step::SignIn && matches!(w.sign_in.phase, Phase::Confirm(..) | Phase::Ways(_));
    leaving
        || w.failure.is_none()
            && (confirming
                || choosing(w)
                || w.asks_to_stay()
                || matches!(w.step, Step::Client | Step::Location)
                || w.step == Step::Rollout && !w.issues()
                || w.step == Step::Home && at_known_home(w))
}

/// Whether rows are to be chosen from before the sign-in.
pub fn choosing(w: &Wizard) -> bool {
    w.step == Step::Profile
        || w.step == Step::Machine && !matches!(w.machine.open(), None | Some(Open::Trouble(_)))
}

pub fn searchable(w: &Wizard) -> bool {
    w.failure.is_none() && matches!(w.step, Step::Client | Step::Location)
}

pub fn at_new_client(w: &Wizard) -> bool {
    w.failure.is_none() && w.step == Step::Client && w.client.offers_new()
}

pub fn has_retired(w: &Wizard) -> bool {
    at_new_client(w) && w.client.retired_count() > 0
}

pub fn at_review(w: &Wizard) -> bool {
    !covered(w) && w.failure.is_none() && w.step == Step::Review
}

pub fn at_leaving(w: &Wizard) -> bool {
    w.failure.is_none() && w.retire.typing() && w.step == Step::Retire
}

pub fn at_rollout(w: &Wizard) -> bool {
    w.failure.is_none() && w.step == Step::Rollout && !w.issues()
}

pub fn goes_back(w: &Wizard) -> bool {
    covered(w)
        || w.typing()
        || w.failure.is_none() && matches!(w.step, Step::Location | Step::Review)
        || at_browser(w)
        || w.failure.is_none() && w.step != Step::Home && w.goes_home()
        || w.step == Step::Machine && w.machine.survey.taken.is_none() && w.machine.way.is_some()
}

/// Whether Enter asks the doctor: on the full screen, where it is laid over the page of an enrolled machine.
pub fn at_doctor(w: &Wizard) -> bool {
    let plain = !covered(w) && w.failure.is_none();
    plain && w.step == Step::Home && w.home.focused(w.issues()) == home::Row::Doctor
}

/// Whether the machine was looked at, so that its page has rows.
fn at_known_home(w: &Wizard) -> bool {
    w.home.health.is_some() || w.issue.standing.is_some()
}

pub fn enters(w: &Wizard) -> bool {
    if w.failure.is_some() || covered(w) || w.issue.choosing() {
        return true;
    }
    match w.step {
        Step::SignIn => {
            let asks = matches!(w.sign_in.phase, Phase::Confirm(..) | Phase::Expired(_) | Phase::Ways(_));
            asks || w.typing_digits()
        }
        Step::Retire => {
            let asks = matches!(w.retire.phase, Retiring::Asking(_) | Retiring::Done(..));
            asks || w.types_to_retire() || w.has_parted()
        }
        Step::Change => w.change.typing(),
        Step::Home => at_known_home(w),
        Step::Review => !w.issues() || w.issue.findings.is_some(),
        Step::Rollout => !w.issues(),
        Step::Profile | Step::Machine | Step::Client | Step::Location | Step::Live => true,
    }
}
