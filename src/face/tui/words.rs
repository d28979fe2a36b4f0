//! The labels of the full screen. What other faces say too stands in `wizard/words.rs`, failures in `error/`.

mod client;
pub mod doctor;
mod help;
mod rollout;
mod start;
mod ways;

use crate::model::Step;
use crate::wizard::Wizard;
use crate::wizard::location;
use crate::wizard::machine::{self, Open};
use crate::wizard::words::clock;

pub use client::*;
pub use help::*;
pub use rollout::*;
pub use start::*;
pub use ways::*;

/// Where the session of this run will rest.
pub fn will_rest(place: &str) -> String {
    format!("your session will be kept in {place}")
}

/// Marks every screen of a simulated run.
pub const SANDBOX: &str = "SANDBOX";
/// The program.
pub const PROGRAM: &str = "landfall";

/// Over the code.
pub const ANY_BROWSER: &str = "With a phone or any browser";
/// Over the address, with the QR beside it.
pub const SCAN_OR_OPEN: &str = "scan the code, or open";
/// Over the address alone.
pub const OPEN: &str = "open";
/// Between address and code.
pub const AND_ENTER: &str = "and enter";
/// Over a code that somebody else approves.
pub const ADMIN_APPROVES: &str = "Your administrator approves, anywhere";
/// Over the sentence to send.
pub const SEND_THIS: &str = "Send this, or read the code aloud:";
/// Before who asks.
pub const APPROVE_ONLY: &str = "Approve only what you started yourself:";
/// Before who asks, where there is little room.
pub const ONLY_YOURS: &str = "Only if you started it:";
/// The code ran out.
pub const NO_CODE: &str = "There is no code now.";
/// A code was asked for.
pub const CODE_COMES: &str = "A code is on its way.";
/// The code was approved.
pub const APPROVED: &str = "Approved.";
/// Before the digits of the approval page.
pub const DIGITS: &str = "Digits:";
/// What happens between approval and the question.
pub const APPROVED_NEXT: &str =
    "The code is spent. Next you are shown who approved, and asked whether that is right.";
/// The question after the approval.
pub const WHO_APPROVED: &str = "This account approved. Is that right?";
/// The first answer.
pub const YES_CONTINUE: &str = "Yes, continue with this account";
/// The second answer.
pub const NO_END: &str = "No, end that session";
/// The refusal is under way.
pub const REFUSED: &str = "Refused.";

/// Nothing was found out about the cluster yet.
pub const LOOKING: &str = "looking at the cluster";

/// How long the code is good for.
pub fn good_for(seconds: u64) -> String {
    format!("good for {}", clock(seconds))
}

/// Who asks, and where.
pub fn asker(wizard: &Wizard) -> String {
    format!("{}.", wizard.setup.person)
}

/// Why there is no QR beside the text, when it can be seen alone.
pub fn qr_alone(columns: u16, rows: u16) -> String {
    format!("The QR needs {columns}x{rows}: f shows it alone.")
}

/// Why there is no QR at all.
pub fn qr_withheld(columns: u16, rows: u16) -> String {
    format!("The QR is left out: it needs {columns}x{rows}.")
}

/// Why there is none on a console, where half blocks would fit.
pub const QR_BLOCKS: &str =
    "The QR is left out: this console's font may lack the half blocks it is drawn with. g tries them.";

/// Why there is none although it would fit.
pub const QR_UNREAD: &str = "The QR is left out: as drawn here it could not be read.";

/// What else can be done with the QR, the way back from it, and out.
pub const QR_BACK: &str = "i swap light and dark   Esc back   q quit";
/// The same where there is little room.
pub const QR_BACK_SHORT: &str = "Esc back   q quit";

/// The title when its summary is not there.
pub const ONLINE: &str = "Online.";

/// Leaving the program is under way.
pub const ENDING: &str = "Leaving. What is under way ends first.";
/// The way out while letters are text.
pub const CTRL_C: (&str, &str) = ("Ctrl-C", "quit");

/// The keys of that question, where there is little room.
pub const LEAVE_TINY: &str = "Enter  Ctrl-C leave";
/// What the person is asked before leaving.
pub const LEAVE: &str = "Leave now?";
/// The first answer.
pub const STAY: &str = "Stay";
/// The second answer.
pub const LEAVE_NOW: &str = "Leave";
/// How to come back.
pub const COME_BACK: &str = "To come back, run:";

/// Rows that do not fit.
pub fn more_rows(n: usize) -> String {
    if n == 1 { "1 more row".into() } else { format!("{n} more rows") }
}

/// Online, at last.
pub fn is_online(name: &str) -> String {
    format!("{name} is online.")
}

/// A machine is set up.
pub fn is_registered(name: &str) -> String {
    format!("{name} is registered.")
}

/// Where the machine's credential rests.
pub fn credential_rests(namespace: &str) -> String {
    format!("in the cluster only, in namespace {namespace}; proven to work")
}
/// How long both sides agreed.
pub fn held_for(seconds: u64, took: u64) -> String {
    format!("both sides agreed for {seconds} s; {} in all", clock(took))
}

/// A part of the review, where it is longer than the screen.
pub fn review_part(first: usize, last: usize, of: usize) -> String {
    format!("{first} to {last} of {of}; arrows show the rest")
}

/// Over the spelled code.
pub const READ_ALOUD: &str = "The code, letter by letter";

/// The question at the end.
pub const STAY_SIGNED_IN: &str = "Stay signed in on this machine?";
/// The label of the client that this machine replaces.
pub const REPLACES: &str = "Replaces";
/// What becomes of it.
pub fn stays_until_retired(old: &str, command: &str) -> String {
    format!("{old}, which stays as it was; to retire it, on its own machine: {command}")
}

/// The question of the location pane.
pub fn where_it_stands(wizard: &Wizard) -> String {
    let name = wizard.client.chosen.as_ref().map_or("this machine", |chosen| chosen.name.as_str());
    format!("Where does {name} stand?")
}

/// Beside the guessed row.
pub const GUESS_WORD: &str = "guessed";
/// What the answer is used for.
pub const WHAT_FOR: &str = "Its electricity is accounted there, by the zone of its grid.";
/// The row that sets nothing.
pub const SET_LATER: &str = "Set it later";
/// What that means.
pub const LATER_MEANS: &str =
    "Set it later: it reads \"not set\" until then, and is never counted as carbon-free.";

/// Why there are no panes.
pub fn too_small(columns: u16, rows: u16) -> String {
    format!("{columns}x{rows} is small; panes need 40x12.")
}

/// The way out, and help.
pub const QUIT_HELP: &str = "q quit  ? help";
/// The way out.
pub const QUIT: &str = "q quit";
/// The way out of the last question, for a hand that wants out.
pub const CTRL_C_LEAVES: (&str, &str) = ("Ctrl-C", "leave");
/// The way out while letters are text, in one word.
pub const QUIT_TYPING: &str = "Ctrl-C quit";

/// The state of a sign-in, and how long the code lasts.
pub fn waiting_for(left: &str) -> String {
    format!("waiting, {left} left")
}

/// Before a name being typed.
pub const NAME: &str = "Name:";

/// Over the field of a new name.
pub fn new_name(name: &str) -> String {
    format!("What is {name} to be called?")
}

/// Under it.
pub fn namespace_stays(namespace: &str) -> String {
    format!("Its namespace stays {namespace}, and so do its identity and its history.")
}

/// Over the stages of retiring.
pub fn retiring_title(name: &str) -> String {
    format!("Taking {name} out of the fleet.")
}

/// Over what retiring would do.
pub fn retire_title(name: &str) -> String {
    format!("Take {name} out of the fleet?")
}

/// Over what the end of a registration would do.
pub fn part_title(name: &str) -> String {
    format!("Retire {name}?")
}

/// While it ends.
pub fn parting_title(name: &str) -> String {
    format!("Retiring {name}.")
}

/// What became of the token.
pub fn token_ended(how: &str) -> String {
    let mut letters = how.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str())
}

/// Something that was taken away.
pub fn gone_one(what: &str) -> String {
    format!("gone: {what}")
}

/// What is left here, and how it comes back.
pub fn stays_here(what: &str) -> String {
    format!("Left here: {what}. To bring this machine back, register it again.")
}

/// Over the field of the confirmation.
pub fn type_to_retire(name: &str) -> String {
    format!("To retire it, type its name: {name}")
}

/// When it is over.
pub fn retired_title(name: &str, wholly: bool) -> String {
    if wholly { format!("{name} is retired.") } else { format!("{name} is retired in part.") }
}

/// Something that stays on purpose.
pub fn kept_one(name: &str) -> String {
    format!("Kept: {name}")
}

/// Something that is left to do.
pub fn left_one(what: &str) -> String {
    format!("Left to do: {what}.")
}

/// How it comes back.
pub const BACK_IN: &str = "Its row and history stay in the account. To bring it back, enroll it again.";

/// What Enter does now, where there is no room for a list.
pub fn focused_row(wizard: &Wizard) -> String {
    match wizard.step {
        Step::Profile => wizard.profile.rows.get(wizard.profile.selected).map_or_else(String::new, |row| {
            let host = if row.sandbox { SANDBOX } else { row.host.as_str() };
            format!("Enter: {}, {host}", row.name)
        }),
        Step::Machine => match wizard.machine.open() {
            Some(Open::Ways(ways)) => {
                let row = ways.get(wizard.machine.selected).or(ways.first());
                row.map_or_else(String::new, |way| format!("Enter: {}", machine::row(way)))
            }
            Some(Open::Consent(way)) => {
                let answer = if wizard.machine.selected == 0 { "no" } else { "allow it" };
                let asked: Vec<String> = way.demands.iter().map(it).collect();
                format!("Enter: {answer}. {}", asked.join("; "))
            }
            Some(Open::Trouble(fault)) => fault.sentence(),
            None => String::new(),
        },
        Step::Client => match &wizard.facts {
            None => LOOKING.into(),
            Some(_) => enter_does(wizard, wizard.client.row(wizard.client.selected).as_ref()),
        },
        Step::Location => match wizard.location.rows().get(wizard.location.selected) {
            Some(location::Row::Zone(zone)) => format!("Enter: {} {}", zone.key, zone.name),
            _ => format!("Enter: {SET_LATER}"),
        },
        Step::Review if wizard.issues() => "Enter: register this machine".into(),
        Step::Home => {
            let issued = wizard.issues();
            format!("Enter: {}", wizard.home.focused(issued).words_of(issued))
        }
        Step::Change if wizard.change.typing() => format!("{NAME} {}", wizard.change.field.text()),
        Step::Retire if wizard.issue.parting.typing() => {
            let parting = &wizard.issue.parting;
            parting.standing().map_or_else(String::new, |standing| {
                format!("{} {}", type_to_retire(&standing.host), parting.typed.text())
            })
        }
        Step::Retire if wizard.retire.typing() => {
            wizard.retire.leaving().map_or_else(String::new, |leaving| {
                format!("{} {}", type_to_retire(leaving.word()), wizard.retire.typed.text())
            })
        }
        Step::Review => wizard
            .client
            .chosen
            .as_ref()
            .map_or_else(String::new, |chosen| format!("Enter: enroll as {}", chosen.name)),
        _ => String::new(),
    }
}
