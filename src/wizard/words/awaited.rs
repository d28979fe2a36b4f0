//! What is awaited now: the status line, and the heartbeat of the line faces.

use super::{asks_administrator, clock, whole};
use crate::model::{Polled, Step};
use crate::wizard::Wizard;
use crate::wizard::retire::Phase as Retiring;
use crate::wizard::sign_in::ways::Masked;
use crate::wizard::sign_in::{Phase, ran_out};
use crate::wizard::stay::Keeping;

/// What is awaited now, in one sentence: the status line, and the heartbeat of the line faces.
pub fn awaited(wizard: &Wizard) -> String {
    let whose = if asks_administrator(wizard) { "your administrator's" } else { "your" };
    let code = |polled: &Option<Polled>| match polled {
        Some(Polled::Trouble(wait, why)) => {
            format!("The server could not be asked: {} Asking again in {} s.", whole(why), wait.as_secs())
        }
        Some(Polled::SlowDown(wait)) => {
            format!(
                "Waiting for {whose} approval. The server asked for a slower pace: every {} s.",
                wait.as_secs()
            )
        }
        Some(Polled::Pending(wait)) => {
            format!("Waiting for {whose} approval. Asking every {} s.", wait.as_secs())
        }
        // Once digits are asked for, nobody waits for the approval any more.
        Some(Polled::ReverseCode { .. } | Polled::Slept(_)) | None => {
            format!("Waiting for {whose} approval.")
        }
    };
    if let Some(field) = wizard.sign_in.field.filter(|_| wizard.step == Step::SignIn) {
        return field_awaited(wizard, field);
    }
    match wizard.step {
        Step::Profile if wizard.profile.preparing => "Making the profile ready.".into(),
        Step::Profile => "Nothing says which profile is meant.".into(),
        Step::Machine if wizard.machine.looking => "Looking again.".into(),
        Step::Machine => "Nothing was run, nobody was asked yet.".into(),
        Step::SignIn => match &wizard.sign_in.phase {
            Phase::Idle => "Not signed in.".into(),
            Phase::Starting if wizard.issues() && wizard.setup.token.is_some() => {
                "Asking the server to register the new key.".into()
            }
            Phase::Starting => "Asking the server for a code.".into(),
            Phase::Code { polled, .. } if wizard.away.is_some() => {
                format!("Your session ended; everything you decided is kept. {}", code(polled))
            }
            Phase::Code { polled, .. } => code(polled),
            Phase::Reverse(reverse) => match &reverse.polled {
                Some(told @ Polled::Trouble(..)) => code(&Some(told.clone())),
                Some(Polled::SlowDown(wait)) => {
                    format!("The server asked for a slower pace: it is asked again in {} s.", wait.as_secs())
                }
                _ if reverse.typing() => "Waiting for the six digits on the page.".into(),
                _ => reverse.lead().into(),
            },
            Phase::Expired(approved) => format!("{} Enter asks for a new one.", ran_out(*approved)),
            Phase::Browser { .. } => format!(
                "Waiting for a browser to come back, {} left.",
                clock(wizard.sign_in.seconds_left(wizard.now.run).unwrap_or(0))
            ),
            Phase::Ways(_) => "Nobody is signed in yet.".into(),
            Phase::Checking(_) => match &wizard.sign_in.stored {
                Some(stored) => {
                    format!("Asking the server whether the session kept in {} still counts.", stored.place)
                }
                None if wizard.sign_in.issued => "Asking whose token it is.".into(),
                None => "Approved. Asking whose session it is.".into(),
            },
            Phase::Confirm(..) => "Nothing is stored before you answer.".into(),
            Phase::Refusing => "Ending that session at the server.".into(),
            Phase::Done(..) if wizard.keeping == Keeping::UnderWay => "Putting your session away.".into(),
            Phase::Done(..) => "Signed in.".into(),
            Phase::Issued(_) => "Approved.".into(),
        },
        Step::Client if wizard.client.refused.is_some() => {
            wizard.client.refused.as_ref().map_or_else(String::new, ToString::to_string)
        }
        Step::Client if wizard.facts.is_none() => "Looking at the cluster.".into(),
        Step::Client if !wizard.client.whole => match wizard.client.count {
            Some(count) => format!("{} of {count} clients read, loading.", wizard.client.clients.len()),
            None => format!("{} clients read, loading.", wizard.client.clients.len()),
        },
        Step::Client => {
            let retired = wizard.client.retired_count();
            let live = match wizard.client.clients.len() - retired {
                0 => "No client in this account yet".into(),
                1 => "1 client in this account".into(),
                n => format!("{n} clients in this account"),
            };
            match (retired, wizard.client.retired) {
                (0, _) => format!("{live}."),
                (_, false) => format!("{live}; {retired} retired, not shown."),
                (_, true) => format!("{live}; {retired} retired."),
            }
        }
        Step::Location if wizard.location.asking => {
            "Asking whether a cloud's metadata service knows where this machine stands.".into()
        }
        Step::Location => match (&wizard.location.refused, &wizard.location.guess) {
            (Some((_, sentence)), _) => format!("{} Choose another, or set it later.", whole(sentence)),
            (None, Some(guess)) => format!("Guessed from {}.", guess.source),
            (None, None) => "Nothing on this machine tells where it stands.".into(),
        },
        Step::Home if wizard.home.looking && wizard.issues() => {
            "Looking at this machine, and asking the server about its token.".into()
        }
        Step::Home if wizard.home.looking => "Looking at this machine, and asking the control plane.".into(),
        Step::Home => "Nothing is under way.".into(),
        Step::Change if wizard.change.sending => "Waiting for the control plane to take it.".into(),
        Step::Change if wizard.change.client.is_none() => "Reading what it is now.".into(),
        Step::Retire if wizard.issues() => wizard.awaited_of_parting(),
        Step::Retire => match &wizard.retire.phase {
            Retiring::Looking => {
                "Looking at this machine, and asking the control plane. Nothing is changed.".into()
            }
            Retiring::Asking(_) => "Nothing has been changed yet.".into(),
            Retiring::Running(_) => match wizard.retire.stages.last() {
                Some((stage, _)) => format!("Awaiting {}.", crate::wizard::rollout::stage_words(stage)),
                None => "Retiring this machine.".into(),
            },
            Retiring::Done(_, retired) if retired.left.is_empty() => {
                "This machine is out of the fleet.".into()
            }
            Retiring::Done(..) => "This machine is partly out of the fleet.".into(),
        },
        Step::Review if wizard.issues() && wizard.issue.findings.is_none() => {
            "Looking at this machine.".into()
        }
        Step::Rollout if wizard.issues() => wizard.awaited_of_issue().into(),
        Step::Live if wizard.issues() => {
            wizard.issue.probe.as_ref().map_or_else(String::new, |told| match wizard.next_of(told) {
                next if next.is_empty() => format!("The server: {}.", told.sentence()),
                next => next.to_string(),
            })
        }
        Step::Review | Step::Change => "Nothing has been changed yet.".into(),
        Step::Rollout => match &wizard.rollout {
            Some(rollout) => match rollout.awaited_timer(wizard.now.wall) {
                Some(timer) => format!("{} {timer}", rollout.awaited()),
                None => rollout.awaited(),
            },
            None => String::new(),
        },
        Step::Live if wizard.keeping == Keeping::UnderWay => "Putting your session away.".into(),
        Step::Live if wizard.keeping == Keeping::Done || wizard.sign_in.rests() => {
            format!("You stay signed in. To sign out: {}", wizard.setup.stay.sign_out)
        }
        Step::Live if wizard.asks_to_stay() => format!(
            "You are still signed in. Without an answer the session ends in {}.",
            clock(wizard.stay_seconds().unwrap_or(0))
        ),
        Step::Live if wizard.sign_in.issued => {
            "Your token is dropped here. It stays valid until it runs out or is revoked.".into()
        }
        Step::Live => match wizard.session_ended {
            None => "Ending your session.".into(),
            Some(true) => "Your session is ended, here and at the server.".into(),
            Some(false) => "Your session is dropped here; the server did not confirm its end.".into(),
        },
    }
}

/// The same while something is entered without being shown: what goes on behind it.
fn field_awaited(wizard: &Wizard, field: Masked) -> String {
    let left = || clock(wizard.sign_in.seconds_left(wizard.now.run).unwrap_or(0));
    match &wizard.sign_in.phase {
        _ if field.sent => "Asking the server about that answer.".into(),
        Phase::Code { .. } => format!("The code still waits for its approval, {} left.", left()),
        Phase::Browser { .. } => format!("A browser's return is awaited, {} left.", left()),
        _ => "Nobody is signed in yet.".into(),
    }
}
