//! The labels of what comes before the sign-in, and around a recording.

use super::super::ink::Ink;
use crate::model::{Demand, Release, Way};
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

/// The cluster answered, in a version.
pub fn answers(context: &str, version: &str) -> String {
    format!("{context} answers ({version})")
}

/// The cluster answered.
pub fn answers_at_all(context: &str) -> String {
    format!("{context} answers")
}

/// The cluster answered, but does not say its version.
pub fn no_version(context: &str, why: &str) -> String {
    format!("{context}: version unknown, {why}")
}

/// The cluster cannot be told from others.
pub fn no_cluster_id(why: &str) -> String {
    format!("cluster id: {why}")
}

/// What lives in the cluster.
pub fn lives(release: &Release) -> String {
    match release {
        Release::None => "nothing of ours lives there yet".into(),
        Release::One { namespace, .. } => format!("a client lives there: {namespace}"),
        Release::Several(_) => "several clients live there".into(),
        Release::Unclear(why) => format!("what lives there: {why}"),
    }
}

/// An earlier run left its record.
pub const BEGUN_BEFORE: &str = "an earlier run began here; it is continued";

/// Whether an earlier run left one cannot be told.
pub fn no_record(why: &str) -> String {
    format!("an earlier run: {why}")
}

/// Whose a token is.
pub fn lab(owner: &str) -> String {
    format!("Lab: {owner}")
}

/// Why a token is to be carried away.
pub fn why_here(why: &str) -> String {
    format!("Why it is here: {}.", why.trim_end_matches('.'))
}

/// While a client's name or location is read or said anew.
pub const ANOTHER_NAME: &str = "Another name for this machine";
/// The same of its location.
pub const ANOTHER_LOCATION: &str = "Another location for this machine";
/// While what would be retired is read.
pub const BOTH_SIDES_FIRST: &str = "Before anything is taken away, both sides are read.";
/// Before the review of a machine whose identity is issued.
pub const LOOKING_AT_MACHINE: &str = "looking at this machine";
/// Over the set-up of such a machine.
pub const SETTING_UP: &str = "This machine is being set up.";

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
