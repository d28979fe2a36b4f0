//! Events as plain lines.

use super::{BEGUN, client_state, clock, images, location, marked, row_state, stage, whole};
use crate::model::{Choice, Known, Release, Sameness, Target};
use crate::wizard::event::{Event, Trust};

/// An event as one plain line, without colour, box or repaint.
pub fn line(event: &Event, sandbox: bool) -> String {
    let body = match event {
        Event::Started { profile, host, version } => {
            format!("landfall {version}, profile {profile} at {host}")
        }
        Event::Machine { facts } => {
            let Target::Cluster { context, server } = &facts.target;
            let version = match &facts.version {
                Known::Yes(version) => version.as_str(),
                Known::Unknown(_) => "unknown version",
            };
            let lives = match &facts.release {
                Release::None => "no client lives there yet".to_owned(),
                Release::One { namespace, .. } => format!("a client lives there, namespace {namespace}"),
                Release::Several(_) => "several clients live there".to_owned(),
                Release::Unclear(why) => format!("what lives there cannot be told: {why}"),
            };
            let begun = facts.record == Known::Yes(true) && facts.machine != Sameness::Copy;
            let begun = if begun { BEGUN } else { "" };
            format!("Cluster: {context} at {server}, Kubernetes {version}; {lives}{begun}.")
        }
        Event::Code { grant, renewed } => {
            let again = if *renewed { "A new code; the old one is dead. " } else { "" };
            let complete =
                grant.complete.as_ref().map_or_else(String::new, |uri| format!(" Or open {}.", uri.shown()));
            format!(
                "{again}To sign in, open {} and enter the code {}.{complete} Good for {}.",
                grant.verification_uri.shown(),
                grant.user_code.shown(),
                clock(grant.expires_in.as_secs())
            )
        }
        Event::Waiting { what, seconds } => format!("Still waiting, {} so far. {what}", clock(*seconds)),
        Event::Trouble { why, again_in } => {
            format!("The server could not be asked: {} Asking again in {again_in} s.", whole(why))
        }
        Event::SignedIn { account, by } => {
            let by = match by {
                Trust::Pinned => "the expected account",
                Trust::Confirmed => "confirmed",
                Trust::Token => "by the token",
                Trust::Kept => "by the session that was kept",
            };
            format!("Signed in: {} ({}, account {}, {by}).", account.email, account.name, account.id)
        }
        Event::Client { choice, name, slug } => match choice {
            Choice::New => format!("Client: {name}, new, namespace {slug}."),
            Choice::Adopt(_) => format!("Client: {name}, this cluster's own, namespace {slug}."),
            Choice::Backfill(_) => format!("Client: {name}, given this cluster, namespace {slug}."),
        },
        Event::Location { location: place, source } => format!("Location: {}, {source}.", location(place)),
        Event::Review { lines } => {
            let lines: Vec<String> =
                lines.iter().map(|(label, value)| format!("  {label}: {value}")).collect();
            format!("Review. Nothing has been changed yet.\n{}", lines.join("\n"))
        }
        Event::Progress { stage: at, seconds } => {
            let (what, how) = stage(at);
            format!("{} {what}: {how}", clock(*seconds))
        }
        Event::Workload { row } => {
            let state = row_state(row.state);
            let more = match (row.sentence.as_str(), row.note.as_str()) {
                ("", "") => ".".to_owned(),
                ("", note) if note == state => ".".to_owned(),
                ("", note) => format!(", {note}."),
                (sentence, _) => format!(". {}", whole(sentence)),
            };
            format!("{} {}: {state} {}/{}{more}", row.kind, row.name, row.ready, row.desired)
        }
        Event::Images { images: all } => format!("Images: {}.", images(all, None)),
        Event::Sight { lost } if lost.is_empty() => "The cluster is in sight again.".into(),
        Event::Sight { lost } => format!("Lost sight of the cluster: {lost}."),
        Event::ControlPlane { presence, heard: true } => {
            format!("Control plane: {}, heard from this client in this run.", client_state(presence.state))
        }
        Event::ControlPlane { presence, heard: false } => {
            format!(
                "Control plane: {}, not heard from this client in this run yet.",
                client_state(presence.state)
            )
        }
        Event::Online { name, slug, location: place, cluster, held, took, .. } => format!(
            "Online: {name}, namespace {slug}, location {}, cluster {cluster}. Both sides agreed for {held} s; {} in all.",
            location(place),
            clock(*took)
        ),
        Event::SessionStore { place, why } => {
            format!("Your session will be kept in {place} ({why}).")
        }
        Event::SessionKept { place, sign_out } => {
            format!("You stay signed in; the session rests in {place}.\n  To sign out: {sign_out}")
        }
        Event::Note { text } => text.to_string(),
        Event::Status { sentence, lines, troubles, .. } => {
            let lines = lines.iter().map(|(label, value)| format!("\n  {label}: {value}"));
            let troubles = troubles.iter().map(|trouble| format!("\n  ! {trouble}"));
            format!("{sentence}{}", lines.chain(troubles).collect::<String>())
        }
        Event::Changed { name, namespace, location: place } => {
            format!("Changed: {name}, location {}. Its namespace stays {namespace}.", location(place))
        }
        Event::Leaving { lines } => {
            let lines: Vec<String> =
                lines.iter().map(|(label, value)| format!("  {label}: {value}")).collect();
            format!("To be retired. Nothing has been changed yet.\n{}", lines.join("\n"))
        }
        Event::Retired { name, namespace, revoked, gone, kept, left } => {
            let how = if left.is_empty() { "Retired" } else { "Retired in part" };
            let dead = if *revoked { "its credential is dead" } else { "its credential may still count" };
            let mut text = format!("{how}: {name}, namespace {namespace}; {dead}, {gone} objects are gone.");
            if !kept.is_empty() {
                let names: Vec<&str> = kept.iter().map(crate::foreign::Text::as_str).collect();
                text = format!("{text}\n  Kept: {}", names.join(", "));
            }
            left.iter().fold(text, |text, left| format!("{text}\n  Left to do: {left}"))
        }
        Event::SessionEnded { confirmed: true } => "The session is ended, here and at the server.".into(),
        Event::SessionEnded { confirmed: false } => {
            "The session is dropped here; the server did not confirm its end.".into()
        }
        Event::Failed { sentence, next, fault, .. } => {
            let mut text = format!("Failed: {sentence}");
            if let crate::error::Fault::RolloutFailed { workload, evidence, .. } = fault {
                let seen: Vec<&str> = evidence.iter().map(crate::foreign::Text::as_str).collect();
                text = format!("{text}\n  Workload: {workload}");
                if !seen.is_empty() {
                    text = format!("{text}\n  Seen: {}", seen.join("; "));
                }
            }
            format!("{text}\n  Next: {next}")
        }
        Event::Left { kept, resume } => format!("Left. {kept}\n  To come back: {resume}"),
    };
    marked(&body, sandbox)
}
