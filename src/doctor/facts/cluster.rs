//! The cluster, and what is installed in it.

use jiff::Timestamp;
use serde_json::Value;

use crate::cluster::kstatus::text;
use crate::error::Fault;
use crate::foreign::Text;
use crate::http::certificate::Certificate;
use crate::model::{Check, ClusterId, Known, Release, Sameness, Slug};

/// The kubeconfig that counts.
#[derive(Clone, Debug, PartialEq)]
pub struct KubeFile {
    /// The files it is made of.
    pub paths: Vec<Text>,
    /// Files that others can read although they hold a login.
    pub loose: Vec<(Text, u32)>,
    /// Its contexts.
    pub contexts: Vec<Text>,
    /// The current one.
    pub current: Option<Text>,
    /// The one that is used, or why none can be.
    pub chosen: Result<Text, Fault>,
    /// Whether the context was named by a flag or the profile.
    pub named: bool,
    /// The server's address, or why this context is not used.
    pub server: Option<Result<Text, Fault>>,
    /// What it asks for beside a connection, where nobody agreed to it.
    pub demands: Option<Text>,
    /// The host of that address.
    pub host: Text,
    /// Whether it is on this machine.
    pub loopback: bool,
    /// The client certificate it signs in with.
    pub certificate: Option<Certificate>,
}

/// A right that is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right {
    /// In words, for example "create secrets in kube-system".
    pub what: Text,
    /// Whether it is given.
    pub given: bool,
}

/// A write-ahead record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The Secret's name.
    pub name: Text,
    /// Which API it was written for.
    pub origin: Text,
    /// How far it had come.
    pub state: Text,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// Who holds the Lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Which process.
    pub id: Text,
    /// Who.
    pub who: Text,
    /// Its last sign of life, by its own clock.
    pub renewed: Option<Timestamp>,
}

/// A record of Helm's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelmRecord {
    /// The release.
    pub name: Text,
    /// Its revision.
    pub revision: u64,
    /// `deployed`, `pending-upgrade`, `failed` and so on.
    pub status: Text,
}

/// The cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterSide {
    /// The kubeconfig, or why there is none.
    pub file: Result<KubeFile, Fault>,
    /// This machine's time.
    pub now: Timestamp,
    /// Whether its port takes a connection; none where that was not tried.
    pub port: Option<Result<(), Text>>,
    /// What it says its version is, or why it does not answer.
    pub version: Option<Result<Text, Fault>>,
    /// The version of each node's kubelet, by node.
    pub kubelets: Vec<(Text, Text)>,
    /// The rights that are needed.
    pub rights: Known<Vec<Right>>,
    /// The anchor.
    pub id: Known<ClusterId>,
    /// What lives there.
    pub release: Release,
    /// Whether this is the machine on which it was enrolled.
    pub same: Sameness,
    /// The records of interrupted runs.
    pub records: Known<Vec<Record>>,
    /// Namespaces of ours in which no workload is.
    pub bare: Known<Vec<Text>>,
    /// Who holds the Lease.
    pub lease: Known<Option<Holder>>,
    /// Helm's records of the release.
    pub helm: Known<Vec<HelmRecord>>,
    /// The nodes as they are.
    pub nodes: Known<Vec<Value>>,
    /// Whether the metrics API answers; none if it is not there at all.
    pub metrics: Known<Option<bool>>,
    /// What the installation itself checks before it begins.
    pub preflight: Vec<Check>,
    /// Whether the login was refused: 401.
    pub rejected: bool,
}

/// What is installed.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload {
    /// Where.
    pub namespace: Slug,
    /// This machine's time.
    pub now: Timestamp,
    /// Other namespaces that it has workloads or volumes in: those are among the objects below.
    pub elsewhere: Known<Vec<Text>>,
    /// Deployments, DaemonSets and StatefulSets.
    pub workloads: Known<Vec<Value>>,
    /// ReplicaSets.
    pub replicasets: Vec<Value>,
    /// Pods.
    pub pods: Known<Vec<Value>>,
    /// Volume claims.
    pub claims: Known<Vec<Value>>,
    /// Nodes.
    pub nodes: Vec<Value>,
    /// Quotas.
    pub quotas: Vec<Value>,
    /// Events.
    pub events: Known<Vec<Value>>,
    /// What the release ought to hold, as `Kind name`.
    pub expected: Vec<Text>,
    /// The credential's Secret: the names of its keys; none if it is missing.
    pub secret: Known<Option<Vec<Text>>>,
    /// Whether the machine id in it is one.
    pub id_is_uuid: Option<bool>,
    /// Whether an annotation holds a copy of it.
    pub copied: Option<bool>,
    /// Pull Secrets by what they are [`called`], and type; no type where one is missing.
    pub secrets: Vec<(Text, Known<Option<Text>>)>,
    /// Who may read it, beyond those who run the cluster.
    pub readers: Known<Vec<Text>>,
    /// The last lines of each container that was listened to: pod UID, pod, container, lines.
    pub logs: Vec<(String, Text, Text, Vec<String>)>,
    /// Whether this machine goes through a proxy.
    pub proxied: bool,
}

impl Workload {
    /// The namespace that one of its objects lives in.
    pub fn space<'a>(&'a self, object: &'a Value) -> &'a str {
        let space = text(object, "/metadata/namespace");
        if space.is_empty() { self.namespace.as_str() } else { space }
    }
}

/// What something in that namespace is called, seen from the release's own.
pub fn called(own: &str, space: &str, name: &str) -> Text {
    if space == own { Text::within(name, 80) } else { Text::within(&format!("{space}/{name}"), 150) }
}
