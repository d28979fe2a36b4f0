//! The labels of what comes before the sign-in, and around a recording.

use super::super::ink::Ink;
use crate::model::{Demand, Way};
use crate::shell::capabilities::Glyphs;
use crate::wizard::profile::ProfileRow;

/// Over the profiles.
pub const WHERE_TO: &str = "Where is this machine to be enrolled?";

/// What Enter does on a profile.
pub fn enter_chooses(row: &ProfileRow) -> String {
    if row.sandbox {
        "Enter: a control plane and a cluster inside this program; both end with it.".into()
    } else {
        format!("Enter: sign in at {}.", row.host)
    }
}

/// How to say it beforehand.
pub fn next_time(row: &ProfileRow) -> String {
    format!("Next time: landfall --profile {}", row.name)
}

/// Over the contexts.
pub const WHICH_CLUSTER: &str = "Which cluster is this machine's?";
/// Beside a context whose user or cluster asks for more.
pub const ASKS_MORE: &str = "asks for more";
/// Over what a kubeconfig asks for.
pub const MORE_THAN_A_CONNECTION: &str = "This kubeconfig asks for more than a connection.";
/// The first answer, where there is another cluster to choose.
pub const NO_OTHER: &str = "No, choose another cluster";
/// The first answer, where there is none.
pub const NO_LEAVE: &str = "No, leave";
/// The second answer.
pub const YES_ALLOW: &str = "Yes, allow it in this run";
/// Who should agree.
pub const ONLY_IF_YOURS: &str =
    "Allow it only if you know who wrote that file. Nothing of it was run or read yet.";
/// How to get a cluster.
pub const GET_A_CLUSTER: &str =
    "This machine needs one. The smallest is k3s; as root, in another terminal, run:";
/// The other way.
pub const OR_NAME_ONE: &str = "Then Enter looks again. Or name the kubeconfig of the one you have:";
/// A kubeconfig of root's.
pub const ROOT_MAY: &str = "On k3s only root may, by default. Leave with q, then run:";

/// Where a context stands.
pub fn from_file(file: &str) -> String {
    format!("From {file}.")
}

/// Which context asks.
pub fn context_of(way: &Way) -> String {
    format!("{}, context {}, at {}", way.file, way.context, way.server)
}

/// What a kubeconfig asks for.
pub fn it(demand: &Demand) -> String {
    format!("it {}", demand.words())
}

/// Marks every screen of a recording.
pub const REPLAY: &str = "REPLAY";
/// The keys of a replay.
pub const REPLAY_KEYS: (&str, &str) = ("q", "quit; no other key does anything in a replay");

/// At the end of a recording.
pub fn replay_over() -> String {
    format!("The recording ends here. Left out: {}.", crate::wizard::recording::LEFT_OUT)
}

/// A session of an earlier run is tried.
pub const KEPT_SESSION: &str = "A session from an earlier run is here.";

/// What is known of this terminal; with the key that changes it, and without.
pub fn terminal(columns: u16, rows: u16, ink: &Ink) -> [String; 2] {
    let glyphs = match ink.glyphs {
        Glyphs::Unicode => "Unicode",
        Glyphs::Console => "console letters",
        Glyphs::Blocks => "console letters and blocks",
        Glyphs::Ascii => "ASCII",
    };
    let colours = if ink.theme.colour { "16 colours" } else { "no colours" };
    let known = format!("Terminal: {columns}x{rows}, {glyphs}, {colours}.");
    [format!("{known} g takes other glyphs."), known]
}
