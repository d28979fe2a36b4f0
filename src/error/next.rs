//! What to do about a fault: the next step, with the command that comes back.

use super::Fault;
use super::text::{end, word};

impl Fault {
    /// What to do next. Holds only our own words and values of a safe alphabet; `resume` is the command
    /// that comes back to the same place.
    pub fn next(&self, resume: &str) -> String {
        match self {
            Self::Unreachable { .. } => {
                format!("Check the network, the proxy settings and the address, then run: {resume}")
            }
            Self::Distrusted { why, .. } => why.next(resume),
            Self::NotTheApi { .. } => {
                format!("Open the address in a browser on this network, or check --api, then run: {resume}")
            }
            Self::Server { .. } | Self::BadReply { .. } => {
                format!("Wait a little, then run: {resume}")
            }
            Self::UpgradeRequired { .. } => format!("Install a newer landfall, then run: {resume}"),
            Self::RateLimited { .. } => format!("Wait, then run: {resume}"),
            Self::SessionRejected | Self::SignInDeclined | Self::ReverseCodeRefused | Self::SignInExpired => {
                format!("To sign in again, run: {resume}")
            }
            Self::TokenRejected => {
                format!(
                    "Put a valid token where --token-file reads it, then run: {resume} (or leave that flag out, to \
                     sign in by a code)"
                )
            }
            Self::NoDeviceGrant | Self::CodeForbidden { .. } => self.instead_of_a_code(),
            Self::BadGrant { .. } => "Check --api, and tell whoever runs the server.".into(),
            Self::WrongAccount { .. } => {
                format!("Sign in with the expected account, or change --expect-account, then run: {resume}")
            }
            Self::NotMe { .. } => {
                format!(
                    "Tell your administrator that somebody else approved your sign-in. To sign in again, run: {resume}"
                )
            }
            Self::TokenFile { .. } => {
                "Give a readable file that holds one token, or - for standard input.".into()
            }
            Self::BadState { .. } => "Mend it, or move it away and sign in again.".into(),
            Self::KeyringFailed { .. } => format!(
                "Start or unlock it, or choose a file that only you can read with --secret-store file. Then run: {resume}"
            ),
            Self::ClusterConflict { .. } => {
                "If the cluster is yours, ask that contact or your administrator to release it; or sign in \
                 with the account that owns it. A rebuilt cluster gets a new id."
                    .into()
            }
            Self::ClusterInUse { .. } => "Continue with that client, or retire it first.".into(),
            Self::NoWriteRight { .. } => format!(
                "Ask an administrator of your account for the right to write clients (CLIENT_WRITE), then run: {resume}"
            ),
            Self::ForeignRelease { .. } => {
                "Sign in with the account it belongs to, or use another cluster.".into()
            }
            Self::SeveralReleases { .. } => {
                format!("Remove the ones that are not wanted, then run: {resume}")
            }
            Self::SessionFile { .. } | Self::CannotTell { .. } => {
                format!("Once that is cleared up, run: {resume}")
            }
            Self::NotClaimable { .. } => format!("Choose another client, or create a new one: {resume}"),
            Self::Changed { .. } => format!("To look at the review again, run: {resume}"),
            Self::CredentialDead { .. } => {
                format!("Ask your administrator to retire it or to reset its credential, then run: {resume}")
            }
            Self::CredentialLost { slug, .. } => format!(
                "If this is the machine of that client and nothing else uses its password, run: \
                 {resume} --reset-credential {slug}"
            ),
            Self::LooksCopied { .. } => {
                format!(
                    "Create a fresh cluster on this machine (a new one has an id of its own), then run: {resume}"
                )
            }
            Self::FieldRefused { field, .. } => match field.as_str() {
                "location" => format!("Give another with --location KEY (or later), then run: {resume}"),
                "name" | "namespace" => format!("Give another name with --name NAME, then run: {resume}"),
                _ => format!("Change it, then run: {resume}"),
            },
            Self::NotSignedIn { .. } => {
                format!("Sign in first (landfall sign-in), or give --token-file FILE, then run: {resume}")
            }
            Self::NothingHere { .. } => "To see the account's clients, run: landfall clients".into(),
            Self::WorkRuns { .. } => {
                format!("Wait until it has ended, or give it up with --force: {resume} --force")
            }
            Self::NotTaken { .. } => format!("Ask whoever runs the server, or run it again: {resume}"),
            Self::PartlyRetired { .. } => format!("What is done stays done. For the rest, run: {resume}"),
            Self::BadRecording { .. } => "Give a recording that landfall made: landfall replay FILE".into(),
            Self::NoKubeconfig { .. } => {
                format!(
                    "Name a kubeconfig with --kubeconfig FILE, or install a cluster and come back. k3s is the \
                     smallest; as root: {GET_K3S}"
                )
            }
            // On k3s only root may, by default.
            Self::KubeconfigLocked { .. } => format!("Run it as root: sudo {resume}"),
            Self::OthersKubeconfig { path, .. } => {
                format!("If that is the cluster, run: {resume} --kubeconfig {}", word(path, "FILE"))
            }
            Self::PluginFailed { .. } => {
                format!("Try the kubeconfig with: kubectl get nodes. Once that works, run: {resume}")
            }
            Self::ToolMissing { tool } if tool.as_str() == "helm" => {
                format!(
                    "Install it (https://helm.sh/docs/intro/install/), or name it with --helm FILE, then run: {resume}"
                )
            }
            Self::ToolMissing { tool } => format!("Install {tool}, then run: {resume}"),
            Self::BadKubeconfig { .. } => "Mend the file, or name another with --kubeconfig FILE.".into(),
            Self::SeveralContexts { .. } => "Name one with --context NAME.".into(),
            Self::ClusterUnreachable { .. } => {
                format!("Start the cluster or mend the way to it, then run: {resume}")
            }
            Self::ClusterForbids { .. } => {
                format!("Use a kubeconfig that may do this (cluster-admin can), then run: {resume}")
            }
            Self::ClusterRefuses { .. } | Self::HelmFailed { .. } => {
                format!("Mend what it names, then run: {resume}")
            }
            Self::NotReadyFor { ask, .. } if ask.is_empty() => format!("Mend it, then run: {resume}"),
            Self::NotReadyFor { ask, .. } => format!("{}. Then run: {resume}", end(ask)),
            Self::NoClusterId { .. } => {
                format!("Ask for the right to get the namespace kube-system, then run: {resume}")
            }
            Self::RolloutFailed { advice, .. } if advice.is_empty() => {
                format!("When it is mended, run: {resume}")
            }
            Self::RolloutFailed { advice: whole, .. } => match advice(whole.as_str()) {
                (what, command) if command.is_empty() => format!("{what} Then run: {resume}"),
                // Set apart, so that it can be copied.
                (what, command) => format!("{what} `{command}`. Then run: {resume}"),
            },
            Self::NotInTime { .. } => {
                format!("The cluster goes on by itself. To come back here, run: {resume}")
            }
            Self::SetUp(fault) => fault.next(resume),
            Self::BadName { .. } => "Give another one with --name NAME.".into(),
            Self::BadLocation { .. } => "Give a key such as DE or US-CAL-CISO, or: --location later".into(),
            Self::BadInput { .. } => "See: landfall --help".into(),
            Self::NeedsPerson { flag: "--yes", .. } => {
                "Answer it with --yes, or run it at a terminal.".into()
            }
            Self::NeedsPerson { flag, .. } => {
                format!("Answer it with {flag}, or run it at a terminal, without --yes and --json.")
            }
            Self::Died { .. } => format!("To try again, run: {resume}"),
        }
    }
}

/// The words of an advice, and the command at its end, which is to be copied; empty where there is none. What ends
/// with a full stop is prose.
pub fn advice(text: &str) -> (String, String) {
    match text.rsplit_once(": ") {
        Some((advice, run)) if !run.ends_with('.') && run.split(' ').next().is_some_and(is_command) => {
            (format!("{advice}:"), run.to_owned())
        }
        _ => (text.to_owned(), String::new()),
    }
}

fn is_command(word: &str) -> bool {
    [
        "landfall",
        "sudo",
        "kubectl",
        "helm",
        "export",
        "chmod",
        "timedatectl",
        "resolvectl",
        "ip",
        "ps",
        "top",
        "dmesg",
        "crictl",
        "curl",
        "getent",
    ]
    .contains(&word)
}

/// How to get the smallest cluster there is, as its makers say it.
pub const GET_K3S: &str = "curl -sfL https://get.k3s.io | sh -";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_at_the_end_of_an_advice_stands_alone() {
        let split = |text| {
            let (words, run) = advice(text);
            format!("{words}|{run}")
        };
        assert_eq!(split("Read its log: kubectl logs x"), "Read its log:|kubectl logs x");
        assert_eq!(split("Look: it is full. Free room."), "Look: it is full. Free room.|");
        let prose = "Look: kubectl get nodes, and then uncordon it.";
        assert_eq!(split(prose), format!("{prose}|"), "not to be copied");
    }
}
