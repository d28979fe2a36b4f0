//! The labels of the full screen. What other faces say too stands in `wizard/words.rs`, failures in `error/`.

use std::time::Duration;

use super::glyphs::Mark;
use crate::model::{Facts, Release, Step};
use crate::wizard::Wizard;
use crate::wizard::client::{Row, Standing};
use crate::wizard::location;
use crate::wizard::msg::Action;
use crate::wizard::rollout::Rollout;
use crate::wizard::words::{client_state, clock};

/// A session of an earlier run is tried.
pub const KEPT_SESSION: &str = "A session from an earlier run is here.";

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
pub const ADMIN_APPROVES: &str = "Your administrator approves this, anywhere";
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
    format!("The QR is left out: it needs a screen of {columns}x{rows}.")
}

/// The way back from the QR, and out.
pub const QR_BACK: &str = "Esc back   q quit";
/// The way back from the list of keys.
pub const BACK: (&str, &str) = ("Esc", "back");

/// Leaving the program is under way.
pub const ENDING: &str = "Leaving. What is under way ends first.";
/// How to close the list of keys.
pub const CLOSE_HELP: &str = "Any key closes this.";
/// Typed text has its own rule.
pub const TYPING: &str = "While you type, letters are text; only Enter, Esc, Tab and the arrows act.";
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

/// The budget of the rollout, for the status line.
pub fn budget(budget: Duration, roomy: bool) -> String {
    let budget = clock(budget.as_secs());
    if roomy {
        format!("Budget {budget}, + adds five minutes. You may leave: a re-run comes back here.")
    } else {
        format!("Budget {budget}, + adds five minutes.")
    }
}

/// The label of the reason.
pub const WHY: &str = "Why";
/// The label of the evidence.
pub const SEEN: &str = "Seen";
/// The label of the next step.
pub const DO: &str = "Do";
/// The label of the command, where the next step does not end with it.
pub const AGAIN: &str = "Then";
/// The label of what stays.
pub const KEPT: &str = "Kept";

/// The title of a failed rollout.
pub fn cannot_get_ready(workload: &str) -> String {
    format!("{workload} cannot get ready.")
}

/// What the control plane said of the client so far.
pub fn control_plane(rollout: &Rollout) -> (Mark, String) {
    match (&rollout.deaf, rollout.heard, rollout.presence) {
        (Some(why), ..) => (Mark::Unknown, format!("cannot be asked: {why}")),
        (None, true, _) => (Mark::Done, "heard from this client".into()),
        (None, false, Some(presence)) => {
            (Mark::ToCome, format!("not heard from yet ({})", client_state(presence.state)))
        }
        (None, false, None) => (Mark::ToCome, "not asked yet".into()),
    }
}

/// A row of which nothing newer is known, because the cluster is out of sight.
pub fn last_seen(words: &str) -> String {
    format!("last seen: {words}")
}

/// The row of the control plane.
pub const CONTROL_PLANE: &str = "control plane";
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

/// The title when its summary is not there.
pub const ONLINE: &str = "Online.";
/// The list of keys.
pub const KEYS: &str = "Keys on this screen";

/// What a key does that the footer does not name.
pub fn hidden_key(action: &Action) -> &'static str {
    match action {
        Action::Glyphs => "other symbols, if these look broken",
        Action::PageUp => "a page up",
        Action::PageDown => "a page down",
        Action::First => "to the first row",
        Action::Last => "to the last row",
        Action::Back => "back",
        Action::Interrupt => "quit, while typing too",
        _ => "",
    }
}

/// What the client pane is about.
pub fn client_title(wizard: &Wizard, facts: &Facts, roomy: bool) -> String {
    let nouns = wizard.setup.shape.nouns;
    if let Release::One { namespace, .. } = &facts.release {
        return format!("This {} runs a {} already, in namespace {namespace}.", nouns.place, nouns.client);
    }
    if !wizard.client.offers_new(facts) {
        return format!("This {} has its {} already.", nouns.place, nouns.client);
    }
    let more = if roomy { " Create one, or take one of yours." } else { "" };
    format!("This {} has no {} yet.{more}", nouns.place, nouns.client)
}

/// The search.
pub const FIND: &str = "Find:";
/// A new client.
pub const NEW_CLIENT: &str = "new client";
/// Its name is not proposed yet.
pub const NO_NAME_YET: &str = "(name follows)";
/// The control plane never heard from it.
pub const NEVER_HEARD: &str = "never seen";

/// How many rows a search leaves.
pub fn shown_of(shown: usize, all: usize) -> String {
    format!("{shown} of {all}")
}

/// Where a client is, in a word.
pub fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::HereOurs => "here",
        Standing::Elsewhere => "elsewhere",
        Standing::Unclaimed => "unclaimed",
        Standing::Decommissioned => "retired",
    }
}

/// What Enter does on the focused row.
pub fn enter_does(wizard: &Wizard, row: Option<&Row<'_>>) -> String {
    if wizard.client.editing.is_some() {
        return "Enter keeps this name, Esc the one before.".into();
    }
    match row {
        None => String::new(),
        Some(Row::New) if !wizard.client.whole => {
            "A new client can be made once the whole list is read.".into()
        }
        Some(Row::New) => format!("Enter: a new client named {}.", wizard.client.name),
        Some(Row::Existing(client, standing)) => match standing {
            Standing::HereOurs => format!("Enter: continue with {}, this cluster's own.", client.name),
            Standing::Unclaimed => {
                format!("Enter: give {} this cluster; it never connected.", client.name)
            }
            Standing::Elsewhere => format!(
                "Enter: a new client in place of {}, which is on another cluster and stays as it is.",
                client.name
            ),
            Standing::Decommissioned => format!("{} was retired.", client.name),
        },
    }
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

/// What Enter does now, where there is no room for a list.
pub fn focused_row(wizard: &Wizard) -> String {
    match wizard.step {
        Step::Client => match &wizard.facts {
            None => LOOKING.into(),
            Some(facts) => {
                let rows = wizard.client.rows(facts);
                enter_does(wizard, rows.get(wizard.client.selected).or(rows.first()))
            }
        },
        Step::Location => match wizard.location.rows().get(wizard.location.selected) {
            Some(location::Row::Zone(zone)) => format!("Enter: {} {}", zone.key, zone.name),
            _ => format!("Enter: {SET_LATER}"),
        },
        Step::Review if wizard.issues() => "Enter: register this machine".into(),
        Step::Review => wizard
            .client
            .chosen
            .as_ref()
            .map_or_else(String::new, |chosen| format!("Enter: enroll as {}", chosen.name)),
        _ => String::new(),
    }
}
