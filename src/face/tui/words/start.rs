//! The labels of what comes before the sign-in: which profile, and which cluster.

use crate::wizard::profile::ProfileRow;

/// Over the profiles.
pub const WHERE_TO: &str = "Where is this machine to be enrolled?";

/// What Enter does on a profile.
pub fn enter_chooses(row: &ProfileRow) -> String {
    if row.sandbox {
        "Enter: a control plane and a cluster inside this program; both end with it.".into()
    } else {
        format!("Enter: sign in at {}. Next time: landfall --profile {}", row.host, row.name)
    }
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
