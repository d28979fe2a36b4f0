//! The sentences of the wizard, except failures: short, concrete, no blame, the next command ready.

mod awaited;
mod line;

use super::flow::Question;
use crate::model::{ClientState, Location, Step};

pub use awaited::awaited;

mod rollout;

pub use line::line;
pub use rollout::{images, row_state, stage};

/// Why Enter does nothing yet on the client pane. Neither is left standing once it is not so any more.
pub const STILL_LOOKING: &str = "Still looking at the cluster.";
/// The same, for the list.
pub const STILL_READING: &str = "The list is still being read; only a whole list tells what is free.";

/// What a line face says below a code.
pub fn spell_hint(person: &str) -> String {
    format!(
        "Approve only what you started yourself: {person}. {NOT_YOURS} To have the code letter by letter, type: spell"
    )
}

/// What to do about a code that somebody else asked for.
pub const NOT_YOURS: &str = "If you did not start it, do not approve it, and tell your administrator.";

/// A client elsewhere has this machine's host name.
pub fn same_host(name: &str) -> String {
    format!("\"{name}\" has the name of this host, on another cluster.")
}

/// What a step is called on the rail.
pub fn step(step: Step) -> &'static str {
    match step {
        Step::Profile => "Profile",
        Step::Machine | Step::Home => "This machine",
        Step::SignIn => "Sign in",
        Step::Client => "Client",
        Step::Location => "Location",
        Step::Review => "Review",
        Step::Rollout => "Rollout",
        Step::Live => "Online",
        Step::Change => "Change",
        Step::Retire => "Retire",
    }
}

/// A client's state in a word.
pub fn client_state(state: ClientState) -> &'static str {
    match state {
        ClientState::Offline => "offline",
        ClientState::Online => "online",
        ClientState::Pending => "pending",
        ClientState::Unknown => "unknown",
    }
}

/// A location with its name.
pub fn location(location: &Location) -> String {
    match location.key() {
        None => "not set".into(),
        Some(key) => match crate::location::find(key) {
            Some(zone) => format!("{key} {}", zone.name),
            None => key.to_owned(),
        },
    }
}

/// A length of time, calm and short: `0:41`, `12:05`, `1:02:03`.
pub fn clock(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{rest:02}") } else { format!("{minutes}:{rest:02}") }
}

/// How a clock stands that is this many seconds ahead of the server's.
pub fn clock_ahead(seconds: i64) -> String {
    if seconds.abs() < super::begin::CLOCK_TOLERANCE {
        return "clock agrees with the server's".into();
    }
    let (way, by) = if seconds > 0 { ("ahead of", seconds) } else { ("behind", -seconds) };
    let by = match by {
        0..120 => format!("{by} s"),
        120..7200 => format!("{} min", by / 60),
        7200..172_800 => format!("{} hours", by / 3600),
        _ => format!("{} days", by / 86_400),
    };
    format!("clock is {by} {way} the server's; set it, or certificates and codes may not be accepted")
}

/// How long ago, in words, by this machine's clock.
pub fn ago(seconds: i64) -> String {
    let (n, unit) = match seconds {
        i64::MIN..60 => return "just now".into(),
        60..3600 => (seconds / 60, "min"),
        3600..86_400 => (seconds / 3600, "hour"),
        86_400..5_184_000 => (seconds / 86_400, "day"),
        _ => (seconds / 2_592_000, "month"),
    };
    let plural = if n == 1 || unit == "min" { "" } else { "s" };
    format!("{n} {unit}{plural} ago")
}

/// A sentence with its full stop.
pub(super) fn whole(words: &str) -> String {
    if words.ends_with(['.', '?', '!', '"']) { words.to_owned() } else { format!("{words}.") }
}

/// Why the review is asked again, with one question more.
pub const UNCLEAR: &str = "it cannot be told any more whether this is the machine of the recorded claim";

/// A claim of an earlier run that did not come to its end.
const BEGUN: &str = "; an earlier run began here and did not finish, so it is continued";

/// Lines with the word that a sandbox run carries on each.
pub fn marked(body: &str, sandbox: bool) -> String {
    if !sandbox {
        return body.to_owned();
    }
    body.lines().map(|line| format!("SANDBOX {line}")).collect::<Vec<_>>().join("\n")
}

/// A question with its numbered choices and how to answer it.
pub fn question(question: &Question) -> String {
    let choices = question.choices.iter().enumerate().map(|(at, choice)| format!("\n  {}) {choice}", at + 1));
    let or = question.typed.map_or_else(String::new, |typed| format!(", or {typed}"));
    format!("{}{}\nType a number{or}; Enter alone means 1.", question.text, choices.collect::<String>())
}
