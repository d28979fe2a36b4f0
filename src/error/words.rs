//! The sentences for faults: what happened and why, in plain words.

use super::Fault;
use super::text::{end, list, minutes};

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
}
