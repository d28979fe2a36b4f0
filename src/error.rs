//! What can go wrong, as facts; and the one place where facts become a sentence, a next step and an exit code.

mod checks;
mod distrust;
mod exit;
mod form;
mod next;
mod probe;
mod request;
mod set_up;
mod text;
mod words;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::foreign::Text;

pub use distrust::Distrust;
pub use exit::{EXIT_TABLE, Exit};
pub use form::Flag;
use form::{from_seconds, maybe_from_seconds, maybe_seconds, one_of_ours, seconds};
pub use next::{GET_K3S, advice};
pub use set_up::SetUp;

/// A failure as facts. [`Fault::sentence`] says what happened and why, [`Fault::next`] what to do,
/// [`Fault::exit`] what the process ends with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum Fault {
    // Talking to a server.
    /// No usable connection.
    Unreachable {
        /// The host and port that was asked.
        host: Text,
        /// What broke: name resolution, connection, TLS, time.
        why: Text,
    },
    /// It is not believed to be the one that was asked for. Nothing was sent to it.
    Distrusted {
        /// The host and port that was asked.
        host: Text,
        /// What is wrong.
        why: Distrust,
    },
    /// It answered, but not as the API does: a captive portal or a proxy page, perhaps.
    NotTheApi {
        /// The host and port that was asked.
        host: Text,
        /// The HTTP status.
        status: u16,
        /// The page's title or first words.
        title: Text,
    },
    /// It answered with an error of its own.
    Server {
        /// The host and port that was asked.
        host: Text,
        /// The HTTP status.
        status: u16,
        /// What it said.
        said: Text,
    },
    /// 426: this version is too old for the server.
    UpgradeRequired {
        /// The oldest version it takes, if it said.
        min_version: Text,
    },
    /// 429 that did not pass.
    RateLimited {
        /// How long to wait, if it said.
        #[serde(serialize_with = "maybe_seconds", deserialize_with = "maybe_from_seconds")]
        wait: Option<Duration>,
    },
    /// 401: the session is not accepted (any more).
    SessionRejected,
    /// 401: the token that was handed in is not accepted (any more).
    TokenRejected,
    // Signing in.
    /// The request was declined or not accepted.
    SignInDeclined,
    /// The server ended the sign-in over the digits that were typed.
    ReverseCodeRefused,
    /// Nobody approved in time.
    SignInExpired,
    /// The server has no browser sign-in.
    NoDeviceGrant,
    /// A policy of the server forbids this program the sign-in by code.
    CodeForbidden {
        /// The host and port that was asked.
        host: Text,
        /// What this program is called there: its client id.
        client: Text,
        /// What the server said.
        said: Text,
    },
    /// The server's answer to the sign-in makes no sense or is not safe to show.
    BadGrant {
        /// What is wrong with it.
        why: Text,
    },
    /// Somebody else than the pinned account approved.
    WrongAccount {
        /// The pinned account id.
        expected: u64,
        /// Who approved.
        got: u64,
        /// Their e-mail address.
        email: Text,
    },
    /// The person said that it was not them.
    NotMe {
        /// Whether the server confirmed that the session is dead.
        revoked: bool,
    },
    /// The token file cannot be used.
    TokenFile {
        /// Which file.
        path: Text,
        /// What is wrong.
        why: Text,
    },
    /// The state of earlier runs cannot be used.
    BadState {
        /// Which file.
        path: Text,
        /// What is wrong.
        why: Text,
    },
    /// A session cannot rest in the keyring.
    KeyringFailed {
        /// Why.
        why: Text,
    },
    /// A session cannot rest in a file.
    SessionFile {
        /// Why.
        why: Text,
    },
    /// Nobody is signed in, and the command needs somebody who is.
    NotSignedIn {
        /// Why a session that is kept is not used, if one is.
        why: Text,
    },
    // The claim.
    /// 409 `cluster_conflict`: another account registered this cluster first, the server says.
    ClusterConflict {
        /// Whom to ask.
        owner: Text,
    },
    /// 409 `cluster_in_use`: another client of this account holds the cluster.
    ClusterInUse {
        /// Which client.
        holder: Text,
    },
    /// 403: no right to write clients.
    NoWriteRight {
        /// Whom to ask.
        admins: Vec<Text>,
    },
    /// The live release belongs to a client that is not in this account.
    ForeignRelease {
        /// Where it lives.
        namespace: Text,
    },
    /// Several live releases.
    SeveralReleases {
        /// Where they live.
        namespaces: Vec<Text>,
    },
    /// It cannot be told what lives in the cluster or in the account, and guessing could make a second identity.
    CannotTell {
        /// What could not be told.
        what: Text,
        /// Why.
        why: Text,
    },
    /// The client chosen holds another cluster, or was changed meanwhile.
    NotClaimable {
        /// The client's name.
        client: Text,
        /// Why not.
        why: Text,
    },
    /// The world changed between review and yes.
    Changed {
        /// What is different now.
        what: Text,
    },
    /// The credential in hand does not work.
    CredentialDead {
        /// The client's name.
        client: Text,
        /// What the control plane says: rejected or inactive.
        why: Text,
    },
    /// No password of the client is to be found that works; a person may agree to a new one.
    CredentialLost {
        /// The client's name.
        client: Text,
        /// Its namespace, by which a person agrees.
        slug: Text,
        /// What was tried.
        why: Text,
    },
    /// The cluster says that its claim was made on another machine: a copied disk.
    LooksCopied {
        /// The client that it looks like a copy of.
        client: Text,
    },
    /// A field of the request was refused.
    FieldRefused {
        /// Which field.
        field: Text,
        /// What the server says.
        said: Text,
    },
    /// The reply holds a value that we do not use.
    BadReply {
        /// What is wrong with it.
        why: Text,
    },
    // A client's life.
    /// There is no client of this account on this machine.
    NothingHere {
        /// What was looked at.
        why: Text,
    },
    /// Experiments run on the client.
    WorkRuns {
        /// The client's name.
        client: Text,
        /// How many.
        running: u64,
    },
    /// What was changed does not read back as it was asked for.
    NotTaken {
        /// What was to be changed.
        what: Text,
        /// What the server says now.
        now: Text,
    },
    /// Retired in part.
    PartlyRetired {
        /// The client's name.
        client: Text,
        /// What is left to do.
        left: Vec<Text>,
    },
    /// A recorded run cannot be replayed.
    BadRecording {
        /// Which file.
        path: Text,
        /// What is wrong.
        why: Text,
    },
    // The cluster.
    /// No kubeconfig was found.
    NoKubeconfig {
        /// Where was looked.
        looked: Vec<Text>,
    },
    /// A kubeconfig that cannot be used.
    BadKubeconfig {
        /// Which file.
        path: Text,
        /// What is wrong.
        why: Text,
    },
    /// A kubeconfig that is there, and that this user may not read.
    KubeconfigLocked {
        /// Which file.
        path: Text,
    },
    /// None for this user; the person who ran sudo has one.
    OthersKubeconfig {
        /// Who ran sudo.
        user: Text,
        /// That person's kubeconfig.
        path: Text,
    },
    /// The program that signs in for a kubeconfig gave nothing usable.
    PluginFailed {
        /// The command.
        command: Text,
        /// What went wrong.
        why: Text,
        /// What it said on standard error.
        said: Text,
    },
    /// A program that the profile needs is not there.
    ToolMissing {
        /// Which program.
        tool: Text,
    },
    /// Several contexts, and nobody to choose.
    SeveralContexts {
        /// Their names.
        contexts: Vec<Text>,
    },
    /// The cluster does not answer.
    ClusterUnreachable {
        /// The API server.
        server: Text,
        /// Why.
        why: Text,
    },
    /// The cluster refuses something that is needed.
    ClusterForbids {
        /// The verb and object, for example "create secrets in kube-system".
        what: Text,
        /// What the cluster says.
        said: Text,
    },
    /// The cluster refuses an object.
    ClusterRefuses {
        /// Which object.
        object: Text,
        /// What the cluster says.
        said: Text,
    },
    /// A check before the first change failed.
    NotReadyFor {
        /// What stands in the way.
        why: Text,
        /// What that rests on.
        evidence: Vec<Text>,
        /// What to ask for, or to do.
        ask: Text,
    },
    /// helm could not do its part.
    HelmFailed {
        /// What it was to do: "install the release".
        doing: Text,
        /// What it said last.
        said: Text,
    },
    /// The cluster id cannot be read; nothing is minted without it.
    NoClusterId {
        /// Why.
        why: Text,
    },
    // The rollout.
    /// A workload cannot get ready by waiting.
    RolloutFailed {
        /// The workload.
        workload: Text,
        /// One sentence on why.
        why: Text,
        /// Object, reason and message behind it.
        evidence: Vec<Text>,
        /// What to do about it.
        advice: Text,
    },
    /// The budget ran out.
    NotInTime {
        /// The budget.
        #[serde(serialize_with = "seconds", deserialize_with = "from_seconds")]
        budget: Duration,
        /// What was awaited.
        awaited: Text,
    },
    // Input and circumstance.
    /// A name that slugs to nothing.
    BadName {
        /// The name as given.
        name: Text,
    },
    /// A location that is not of the vocabulary.
    BadLocation {
        /// As given.
        location: Text,
    },
    /// A profile, file or flag that cannot be used.
    BadInput {
        /// Which one.
        what: Text,
        /// What is wrong.
        why: Text,
    },
    /// A question came up, and there is nobody to answer it.
    NeedsPerson {
        /// The question.
        question: Text,
        /// The flag that answers it.
        #[serde(deserialize_with = "one_of_ours")]
        flag: Flag,
    },
    /// A part of this program died.
    Died {
        /// Which part.
        part: Text,
        /// Its last words.
        words: Text,
    },
    /// Setting this machine up went wrong.
    #[serde(untagged)]
    SetUp(SetUp),
}
