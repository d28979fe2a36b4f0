//! `landfall status`: this machine, from both sides.

use std::io::{self, Write};
use std::time::Duration;

use super::super::clock;
use super::super::environment::Environment;
use super::super::out;
use super::super::refusal::refused;
use super::super::words as own;
use super::place::Stand;
use super::workstation::{Asked, station};
use crate::cli::Status;
use crate::error::{Exit, Fault};
use crate::face::status;
use crate::model::{Health, RowState, Verdict, View};
use crate::wizard::words;

/// Looks, says, and ends with 0 for healthy, 2 for a problem, 3 for what could not be looked at.
pub async fn status(flags: &Status, environment: &Environment) -> Exit {
    let again = flags.here.again("status");
    let wait = if flags.wait { Duration::from_secs(flags.timeout) } else { Duration::ZERO };
    let asked = Asked { at: &flags.here.at, wait, again: again.clone() };
    match station(&asked, environment).await {
        Ok(Some(exit)) => return exit,
        Ok(None) => {}
        Err(fault) => return refused(&fault, &again, flags.here.at.json, environment),
    }
    let stand = match Stand::find(&flags.here, environment).await {
        Ok(stand) => stand,
        // A profile that cannot be read is usage; the rest could not be looked at.
        Err(fault) => return refused(&fault, &again, flags.here.at.json, environment),
    };
    let patience = wait;
    let mut said = String::new();
    let mut told = |health: &Health| {
        let now = awaited(health);
        if flags.wait && !flags.here.at.json && now != said {
            let _ = writeln!(
                io::stderr(),
                "{}",
                words::marked(&format!("Waiting: {now}"), stand.place.facts.sandbox)
            );
            said = now;
        }
    };
    let health = stand.looker.follow(stand.session, patience, &mut told).await;
    let next = next(&health, flags, &again);
    let (facts, now) = (&stand.place.facts, clock::wall());
    let said = out::tell(
        flags.here.at.json,
        &status::text(&health, facts, next.as_deref(), now),
        &status::json(&health, facts, next.as_deref()),
    );
    let exit = match health.verdict() {
        Verdict::Healthy => Exit::Online,
        Verdict::NotYet | Verdict::Wrong => Exit::Problem,
        Verdict::Unseen => Exit::Unseen,
    };
    out::end(said, exit)
}

/// What is awaited, in one sentence.
fn awaited(health: &Health) -> String {
    let worst = health.rows().into_iter().find(|row| row.state != RowState::Ready).cloned();
    match (&health.facts, worst, health.verdict()) {
        (Err(fault), _, _) => fault.sentence(),
        (_, Some(row), _) if !row.sentence.is_empty() => row.sentence.to_string(),
        (_, Some(row), _) => own::row_is(&row.name, words::row_state(row.state)),
        (_, None, Verdict::Healthy) => own::NOTHING_AWAITED.into(),
        _ if health.snapshot.is_none() => own::FIRST_LOOK_AWAITED.into(),
        _ => own::SIGN_OF_LIFE_AWAITED.into(),
    }
}

/// The command to go on with, if there is one.
fn next(health: &Health, flags: &Status, again: &str) -> Option<String> {
    let enroll = flags.here.walk().resume();
    match (&health.facts, health.verdict(), &health.view) {
        (Err(fault), ..) | (Ok(_), _, View::Unknown(fault @ Fault::UpgradeRequired { .. })) => {
            Some(fault.next(again))
        }
        (Ok(_), Verdict::Healthy, View::Row(..)) => None,
        (Ok(_), Verdict::Healthy | Verdict::Unseen, _) if health.release().is_some() => {
            let sign_in = flags.here.again("sign-in");
            Some(own::to_ask_the_control_plane(&sign_in))
        }
        (Ok(_), Verdict::NotYet, _) => Some(own::to_wait(again)),
        (Ok(_), ..) => Some(own::to_go_on(&enroll)),
    }
}
