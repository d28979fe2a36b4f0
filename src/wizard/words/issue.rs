//! The sentences about an identity that is issued with the sign-in.

use crate::foreign::Text;
use crate::model::{Approver, Badge, Ended, Grant, Resting, Shape, Step};
use crate::wizard::event::Event;
use crate::wizard::{Wizard, spell};

use super::{clock, step};

/// What a step is called on the rail, by the profile's own word for its end.
pub fn step_of(shape: &Shape, at: Step) -> &'static str {
    if at == Step::Live { shape.nouns.end } else { step(at) }
}

/// A person has the token now.
pub const TAKEN_ALONG: &str = "The token was shown on the screen, and somebody says that they have it.";
/// The row that shows the token.
pub const SHOW_TOKEN: &str = "Show the token for 30 seconds";
/// The row that goes on without it.
pub const HAVE_IT: &str = "I have it: go on";
/// The title of the page that hands out a token.
pub const CARRY: &str = "Take the token along. It is there once.";
/// What stands in the place of the token while it is not shown.
pub const HIDDEN: &str = "(not on the screen now)";

/// Whether somebody elsewhere approves.
pub fn asks_administrator(wizard: &Wizard) -> bool {
    wizard.setup.shape.approver == Approver::Administrator
}

/// A sentence to send to whoever approves: address, code, and which machine it is.
pub fn request(grant: &Grant, machine: &str) -> String {
    let address = grant.complete.as_ref().unwrap_or(&grant.verification_uri).shown();
    let code = grant.user_code.shown();
    format!("Please approve the workstation {machine}: open {address} and check that the code is {code}.")
}

/// Why a token that is safe is offered all the same.
pub fn kept_all_the_same(place: &str) -> Text {
    format!("it rests in {place}, but not everything could be written").into()
}

/// Where a token is.
pub fn rests(at: &Resting) -> String {
    match at {
        Resting::Kept(place) => format!("in {place}"),
        Resting::Rescued { file, why } => format!("not in its place ({why}), but in {file}"),
        Resting::Open { why } => format!("only in this run; {why}"),
    }
}

/// What became of a token, in a few words.
pub fn ending(ended: &Ended) -> &'static str {
    match ended {
        Ended::Proven => "its token is dead: the server rejects it",
        Ended::Unproven { .. } => "its token may still count",
        Ended::Nothing => "no token was found here",
    }
}

/// An event of such an identity as plain lines; none if it is another one.
pub fn issue_line(event: &Event) -> Option<String> {
    Some(match event {
        Event::Code { grant, renewed, machine: Some(machine) } => {
            let again = if *renewed { "A new code; the old one is dead. " } else { "" };
            let spoken = spell::aloud(grant.user_code.shown());
            format!(
                "{again}The code is {} (aloud: {spoken}), good for {}. Send this to your administrator:\n  {}",
                grant.user_code.shown(),
                clock(grant.expires_in.as_secs()),
                request(grant, machine)
            )
        }
        Event::Found { findings } => {
            let badge = match findings.badge {
                Badge::Registered => "registered already",
                Badge::Partial => "partly registered",
                Badge::Unregistered => "not registered yet",
            };
            format!("This machine is {badge}.")
        }
        Event::Token { rests: at } => format!("The token: {}.", rests(at)),
        Event::Probed { probe, next } if next.is_empty() => format!("The server: {}.", probe.sentence()),
        Event::Probed { probe, next } => format!("The server: {}.\n  Next: {next}", probe.sentence()),
        Event::Registered { host, owner, alias, took } => format!(
            "Registered: {host}, lab {owner}; git is reached by the alias {alias}. {} in all.",
            clock(*took)
        ),
        Event::Parted { host, owner, ended, gone, left } => {
            let how = if left.is_empty() { "Retired" } else { "Retired in part" };
            let whose = owner.as_ref().map_or_else(String::new, |owner| format!(", lab {owner}"));
            let names: Vec<&str> = gone.iter().map(Text::as_str).collect();
            let gone = if names.is_empty() {
                "nothing lay here".into()
            } else {
                format!("gone: {}", names.join(", "))
            };
            let text = format!("{how}: {host}{whose}; {}; {gone}.", ending(ended));
            left.iter().fold(text, |text, left| format!("{text}\n  Left to do: {left}"))
        }
        _ => return None,
    })
}
