//! The sentences for faults: what happened and why, in plain words; and what to do next.

use super::Fault;
use super::text::{end, list, minutes, word};

impl Fault {
    /// What happened, and why. One or two sentences, without the next step.
    pub fn sentence(&self) -> String {
        match self {
            Self::Unreachable { host, why } => format!("{host} cannot be reached: {}.", end(why)),
            Self::Distrusted { host, why } => format!("{host} cannot be trusted: {}.", why.words()),
            Self::NotTheApi { host, status, title } => {
                format!(
                    "{host} answered with a page, not with the API (status {status}: \"{title}\"). \
                     A proxy or a captive portal may stand in between."
                )
            }
            Self::Server { host, status, said } => {
                format!("{host} answered with status {status}: \"{said}\".")
            }
            Self::UpgradeRequired { min_version } if min_version.is_empty() => {
                "The server asks for a newer version of landfall.".into()
            }
            Self::UpgradeRequired { min_version } => {
                format!(
                    "The server asks for landfall {min_version} or newer; this is {}.",
                    env!("CARGO_PKG_VERSION")
                )
            }
            Self::RateLimited { wait: Some(wait) } => {
                format!("The server asks us to wait {} s before the next try.", wait.as_secs())
            }
            Self::RateLimited { wait: None } => "The server asks us to slow down.".into(),
            Self::SessionRejected => "The server does not accept this session, or not any more.".into(),
            Self::TokenRejected => {
                "The server does not accept the token that was handed in, or not any more.".into()
            }
            Self::SignInDeclined => "The sign-in was declined or not accepted.".into(),
            Self::ReverseCodeRefused => {
                "The server ended this sign-in: too many of the digits that were typed here were not those on its \
                  page."
                    .into()
            }
            Self::SignInExpired => "Nobody approved the sign-in in time.".into(),
            Self::NoDeviceGrant => "This server has no sign-in by code.".into(),
            Self::CodeForbidden { host, said, .. } => {
                format!("{host} does not allow this program to sign in by a code: \"{}\".", end(said))
            }
            Self::BadGrant { why } => format!("The server's sign-in answer cannot be used: {}.", end(why)),
            Self::WrongAccount { expected, got, email } => {
                format!("This is account {got} ({email}), but only account {expected} may enroll here.")
            }
            Self::NotMe { revoked: true } => {
                "The sign-in was refused here, and the server ended that session.".into()
            }
            Self::NotMe { revoked: false } => {
                "The sign-in was refused here. The server did not confirm that \
                 it ended that session; it is dropped from this machine."
                    .into()
            }
            Self::TokenFile { path, why } => format!("The token in {path} cannot be used: {}.", end(why)),
            Self::BadState { path, why } => {
                format!("What earlier runs left in {path} cannot be used: {}.", end(why))
            }
            Self::KeyringFailed { why } => {
                format!("The keyring cannot be used: {}.", end(why))
            }
            Self::SessionFile { why } => format!("The file of a session cannot be used: {}.", end(why)),
            Self::ClusterConflict { owner } => {
                format!(
                    "The server says that another account registered this cluster first (contact: \"{owner}\")."
                )
            }
            Self::ClusterInUse { holder } => {
                format!("The server says that this cluster belongs to your client \"{holder}\".")
            }
            Self::NoWriteRight { admins } if admins.is_empty() => {
                "Your account may not create or change clients.".into()
            }
            Self::NoWriteRight { admins } => {
                let admins: Vec<String> = admins.iter().map(|admin| format!("\"{admin}\"")).collect();
                format!(
                    "Your account may not create or change clients. The server names as administrators: {}.",
                    admins.join(", ")
                )
            }
            Self::ForeignRelease { namespace } => format!(
                "A client already lives in namespace {namespace}, and it does not belong to this account."
            ),
            Self::SeveralReleases { namespaces } => {
                format!(
                    "Several clients live in this cluster: {}. One cluster holds one client.",
                    list(namespaces)
                )
            }
            Self::CannotTell { what, why } => {
                format!(
                    "It cannot be told {what}: {}. Guessing could make a second identity, so nothing was done.",
                    end(why)
                )
            }
            Self::NotClaimable { client, why } => format!("\"{client}\" cannot be taken: {}.", end(why)),
            Self::Changed { what } => format!("Something changed since the review: {}.", end(what)),
            Self::CredentialDead { client, why } => {
                format!("The credential of \"{client}\" does not work: {}.", end(why))
            }
            Self::CredentialLost { client, why, .. } => {
                format!("The password of \"{client}\" is lost: {why}. It can be replaced by a new one.")
            }
            Self::LooksCopied { client } => format!(
                "This looks like a copy of {client}: the claim recorded in this cluster was made on another \
                 machine. A copy gets an identity of its own, so nothing was changed."
            ),
            Self::FieldRefused { field, said } => {
                format!("The server refuses the {field}: \"{}\".", end(said))
            }
            Self::BadReply { why } => format!("The server's answer cannot be used: {}.", end(why)),
            Self::NotSignedIn { why } if why.is_empty() => "Nobody is signed in at this server.".into(),
            Self::NotSignedIn { why } => {
                format!(
                    "Nobody is signed in at this server; the session that is kept cannot be used: {}.",
                    end(why)
                )
            }
            Self::NothingHere { why } => format!("No client of yours is on this machine: {}.", end(why)),
            Self::WorkRuns { client, running: 1 } => format!("An experiment runs on \"{client}\"."),
            Self::WorkRuns { client, running } => format!("{running} experiments run on \"{client}\"."),
            Self::NotTaken { what, now } => {
                format!("The server did not take the new {what}; it says \"{now}\" now.")
            }
            Self::PartlyRetired { client, left } => {
                format!("\"{client}\" is retired in part. Left to do: {}.", end(&list(left).into()))
            }
            Self::BadRecording { path, why } => {
                format!("The recording {path} cannot be replayed: {}.", end(why))
            }
            Self::NoKubeconfig { looked } => format!("No cluster was found. Looked at: {}.", list(looked)),
            Self::BadKubeconfig { path, why } => {
                format!("The kubeconfig {path} cannot be used: {}.", end(why))
            }
            Self::KubeconfigLocked { path } => {
                format!("The kubeconfig {path} is there, but you may not read it.")
            }
            Self::OthersKubeconfig { user, path } => format!(
                "This user has no cluster. {user}, who ran sudo, has a kubeconfig of their own: {path}."
            ),
            Self::PluginFailed { command, why, said } if said.is_empty() => {
                format!("The program that signs in to the cluster ({command}) failed: {}.", end(why))
            }
            Self::PluginFailed { command, why, said } => format!(
                "The program that signs in to the cluster ({command}) failed: {}. It said: \"{said}\".",
                end(why)
            ),
            Self::ToolMissing { tool } => {
                format!("This profile installs with {tool}, and {tool} is not on PATH.")
            }
            Self::SeveralContexts { contexts } => {
                format!("The kubeconfig holds several contexts: {}.", list(contexts))
            }
            Self::ClusterUnreachable { server, why } => {
                format!("The cluster at {server} does not answer: {}.", end(why))
            }
            Self::ClusterForbids { what, said } => {
                format!("The cluster does not allow to {what}: \"{said}\".")
            }
            Self::ClusterRefuses { object, said } => format!("The cluster refuses {object}: \"{said}\"."),
            Self::NotReadyFor { why, .. } => {
                format!("This cluster cannot take the installation: {}. Nothing was changed.", end(why))
            }
            Self::HelmFailed { doing, said } => format!("helm could not {doing}: \"{said}\"."),
            Self::NoClusterId { why } => {
                format!("The cluster id cannot be read: {}. Without it no client is created.", end(why))
            }
            Self::RolloutFailed { why, .. } => why.to_string(),
            Self::NotInTime { budget, awaited } => {
                format!("Not finished within {}. At the end: {}.", minutes(budget.as_secs()), end(awaited))
            }
            Self::SetUp(fault) => fault.sentence(),
            Self::BadName { name } => {
                format!("The name \"{name}\" holds no letter or digit that a namespace can keep.")
            }
            Self::BadLocation { location } => {
                format!("\"{location}\" is not a zone key that this program knows.")
            }
            Self::BadInput { what, why } => format!("{what}: {}.", end(why)),
            Self::NeedsPerson { question, .. } => format!("A person must decide: {question}"),
            Self::Died { part, words } => {
                format!("A part of this program ({part}) ended by a mistake of ours: {}.", end(words))
            }
        }
    }

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
            Self::RolloutFailed { advice, .. } => match advice.as_str().rsplit_once(": ") {
                // A command at its end is set apart, so that it can be copied.
                Some((what, command)) if !command.ends_with('.') => {
                    format!("{what}: `{command}`. Then run: {resume}")
                }
                _ => format!("{advice} Then run: {resume}"),
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

/// How to get the smallest cluster there is, as its makers say it.
pub const GET_K3S: &str = "curl -sfL https://get.k3s.io | sh -";
