//! The cluster: the kubeconfig, the way, and one round of reads.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

use super::{CLUSTER, READING, Subject, certificate};
use crate::cluster::anchor;
use crate::cluster::connect::{self, Connected, Failed, Kubeconfig, Leave, connect, find, is_loopback, kind};
use crate::cluster::kstatus::{text, time};
use crate::cluster::release::{Found, OUR_NAMESPACES, discover};
use crate::doctor::facts::{ClusterSide, HelmRecord, Holder, KubeFile, Look, Record, Right};
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::release::{GENERATIONS, LEASE, RECORDS, record_name};
use crate::model::{ClusterId, Demand, Known, Release, Sameness, Slug};

/// Stands for the release's own namespace.
const OWN: &str = "";
/// What is asked about where the release is not there yet: a namespace that is made new.
const NEW: &str = "landfall-new";
/// Stands for the cluster as a whole.
const WHOLE: &str = "*";

/// What is needed, as verb and resource with its group, and where.
const RIGHTS: &[(&str, &str, &str, &str)] = &[
    ("get", "", "secrets", RECORDS),
    ("create", "", "secrets", RECORDS),
    ("delete", "", "secrets", RECORDS),
    ("list", "", "nodes", WHOLE),
    ("create", "", "namespaces", WHOLE),
    ("list", "apps", "deployments", OWN),
    ("patch", "apps", "deployments", OWN),
    ("patch", "apps", "daemonsets", OWN),
    ("list", "", "pods", OWN),
    ("patch", "", "persistentvolumeclaims", OWN),
];

/// A way into a cluster that answers.
pub struct Reach {
    /// The connection.
    pub connected: Connected,
    /// What lives there.
    pub release: Release,
    /// The anchor.
    pub id: Known<ClusterId>,
    /// The nodes.
    pub nodes: Vec<Value>,
}

/// Looks at the cluster.
pub async fn cluster(subject: &Subject) -> (Look<ClusterSide>, Option<Reach>) {
    if subject.issues() {
        return (Look::Absent, None);
    }
    let kubeconfig = match find(&subject.kubeconfig) {
        Ok(kubeconfig) => kubeconfig,
        Err(fault) => return (Look::Seen(nothing(subject, Err(fault))), None),
    };
    let (file, url) = file(subject, &kubeconfig);
    let Some((name, url, leave)) = url else { return (Look::Seen(nothing(subject, Ok(file))), None) };
    let mut side = nothing(subject, Ok(file));
    let connected = match connect(&kubeconfig, &name, &leave, subject.vault.clone()).await {
        Ok(connected) => connected,
        Err(fault) => {
            if let Ok(file) = &mut side.file {
                file.server = Some(Err(fault));
            }
            return (Look::Seen(side), None);
        }
    };
    let (port, version) = tokio::join!(port(&url), timeout(CLUSTER, connected.version()));
    side.port = Some(port);
    let late = |what: &str| Text::from(format!("{what}: no answer in time"));
    let version = version.unwrap_or_else(|_| Err(connected.silent(CLUSTER)));
    if let Err(failed) = version {
        side.rejected = failed.code == Some(401);
        side.version = Some(Err(failed.into()));
        return (Look::Seen(side), None);
    }
    side.version = version.ok().map(Ok);
    let origin = subject.origin();
    let (facts, id, (found, rights), nodes, records, bare, lease, metrics) = tokio::join!(
        inspect(subject),
        timeout(READING, anchor::cluster_id(&connected)),
        async {
            let found = timeout(READING, discover(&connected)).await;
            let own = match &found {
                Ok(Found::One(living)) => Some(living.namespace.clone()),
                _ => None,
            };
            (found, timeout(READING, rights(&connected, own.as_ref())).await)
        },
        timeout(READING, connected.list(&kind::NODE, None, "")),
        timeout(READING, records(&connected, &origin)),
        timeout(READING, bare(&connected)),
        timeout(READING, connected.get(&kind::LEASE, Some(RECORDS), LEASE)),
        timeout(READING, connected.serves("/apis/metrics.k8s.io/v1beta1")),
    );
    side.id = match id {
        Ok(Ok(id)) => Known::Yes(id),
        Ok(Err(fault)) => Known::Unknown(Text::from(fault.sentence())),
        Err(_) => Known::Unknown(late("the cluster's id")),
    };
    side.release = found.map_or_else(|_| Release::Unclear(late("what lives there")), |found| found.release());
    side.nodes = nodes.map_or_else(|_| Known::Unknown(late("the nodes")), known);
    side.kubelets = side.nodes.value().into_iter().flatten().map(kubelet).collect();
    side.rights = rights.map_or_else(|_| Known::Unknown(late("the rights")), known);
    side.records = records.map_or_else(|_| Known::Unknown(late("the records")), known);
    side.bare = bare.map_or_else(|_| Known::Unknown(late("namespaces")), known);
    side.metrics = match metrics {
        Ok(Ok(served)) => Known::Yes(served.then_some(true)),
        Ok(Err(failed)) if failed.code == Some(503) => Known::Yes(Some(false)),
        Ok(Err(failed)) => known(Err(failed)),
        Err(_) => Known::Unknown(late("the metrics API")),
    };
    side.lease = match lease.map_or_else(|_| Known::Unknown(late("the Lease")), known) {
        Known::Yes(lease) => Known::Yes(lease.as_ref().map(holder)),
        Known::Unknown(why) => Known::Unknown(why),
    };
    side.helm = match &side.release {
        Release::One { namespace, .. } => {
            let labels = format!("owner=helm,name={namespace}");
            let listed = connected.list_metadata(&kind::SECRET, Some(namespace.as_str()), &labels);
            let listed =
                timeout(READING, listed).await.map_or_else(|_| Known::Unknown(late("Helm's records")), known);
            match listed {
                Known::Yes(listed) => Known::Yes(listed.iter().map(helm).collect()),
                Known::Unknown(why) => Known::Unknown(why),
            }
        }
        _ => Known::Yes(Vec::new()),
    };
    if let Some(facts) = facts {
        side.same = facts.machine;
        side.preflight = facts.checks;
    }
    let reach = Reach {
        release: side.release.clone(),
        id: side.id.clone(),
        nodes: side.nodes.value().cloned().unwrap_or_default(),
        connected,
    };
    (Look::Seen(side), Some(reach))
}

/// What the installation itself says of the place, if there is a profile that names one.
async fn inspect(subject: &Subject) -> Option<crate::model::Facts> {
    let install = subject.install.as_ref()?;
    timeout(READING, install.inspect()).await.ok()?.ok()
}

/// Nothing is known but the file.
fn nothing(subject: &Subject, file: Result<KubeFile, Fault>) -> ClusterSide {
    let why = || Text::new("the cluster was not reached");
    ClusterSide {
        file,
        now: (subject.clock)(),
        port: None,
        version: None,
        kubelets: Vec::new(),
        rights: Known::Unknown(why()),
        id: Known::Unknown(why()),
        release: Release::Unclear(why()),
        same: Sameness::Unclear(why()),
        records: Known::Unknown(why()),
        bare: Known::Unknown(why()),
        lease: Known::Unknown(why()),
        helm: Known::Unknown(why()),
        nodes: Known::Unknown(why()),
        metrics: Known::Unknown(why()),
        preflight: Vec::new(),
        rejected: false,
    }
}

/// What the file says, and where its context leads.
fn file(subject: &Subject, kubeconfig: &Kubeconfig) -> (KubeFile, Option<(String, Url, Leave)>) {
    let chosen = choose(subject, kubeconfig);
    let mut file = KubeFile {
        paths: kubeconfig.paths().iter().map(|path| Text::new(&path.to_string_lossy())).collect(),
        loose: Vec::new(),
        contexts: kubeconfig.contexts().map(|name| Text::within(name, 80)).collect(),
        current: kubeconfig.current().map(|name| Text::within(name, 80)),
        chosen: chosen.as_ref().map(|name| Text::within(name, 80)).map_err(Clone::clone),
        named: subject.context.is_some(),
        server: None,
        demands: None,
        host: Text::default(),
        loopback: false,
        certificate: None,
    };
    for path in kubeconfig.paths() {
        let mode = fs::metadata(&path).map_or(0, |metadata| metadata.permissions().mode());
        // A group that may read it was often made for just that.
        if mode & 0o007 != 0 {
            file.loose.push((Text::new(&path.to_string_lossy()), mode & 0o7777));
        }
    }
    let Ok(name) = chosen else { return (file, None) };
    let login = kubeconfig.login(&name);
    login.secrets.iter().for_each(|secret| subject.hide(secret));
    file.certificate = login.certificate.as_ref().and_then(certificate::of_login);
    match connect::leads_to(kubeconfig, &name) {
        Ok((_, demands)) if !demands.is_empty() && !subject.allow => {
            let words: Vec<String> = demands.iter().map(Demand::words).collect();
            file.demands = Some(Text::from(words.join("; it ")));
            (file, None)
        }
        Ok((url, demands)) => {
            file.host = Text::within(url.host_str().unwrap_or_default(), 120);
            file.loopback = is_loopback(&url);
            file.server = Some(Ok(Text::new(&url.origin().ascii_serialization())));
            let leave = Leave { allowed: demands, environment: subject.surroundings.programs.clone() };
            (file, Some((name, url, leave)))
        }
        Err(fault) => {
            file.server = Some(Err(fault));
            (file, None)
        }
    }
}

/// The context that was named; else the only one; else the current one, because looking changes nothing.
fn choose(subject: &Subject, kubeconfig: &Kubeconfig) -> Result<String, Fault> {
    let names: Vec<&str> = kubeconfig.contexts().collect();
    let shown = || names.iter().map(|name| Text::within(name, 80)).collect();
    let wanted = subject.context.as_deref().or_else(|| match names.as_slice() {
        [only] => Some(only),
        _ => kubeconfig.current(),
    });
    match wanted {
        Some(wanted) if names.contains(&wanted) => Ok(wanted.to_owned()),
        _ => Err(Fault::SeveralContexts { contexts: shown() }),
    }
}

async fn port(url: &Url) -> Result<(), Text> {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    match timeout(CLUSTER, TcpStream::connect((host, url.port_or_known_default().unwrap_or(443)))).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(Text::from(error.to_string())),
        Err(_) => Err(Text::from(format!("no answer within {} s", CLUSTER.as_secs()))),
    }
}

fn known<T>(read: Result<T, Failed>) -> Known<T> {
    match read {
        Ok(value) => Known::Yes(value),
        Err(failed) => {
            Known::Unknown(Text::from(format!("it was not possible to {}: {}", failed.doing, failed.said)))
        }
    }
}

fn kubelet(node: &Value) -> (Text, Text) {
    (
        Text::within(text(node, "/metadata/name"), 80),
        Text::within(text(node, "/status/nodeInfo/kubeletVersion"), 40),
    )
}

/// Which of the rights are given. A release that is not there yet would get a new namespace: rights in all of them
/// count there.
async fn rights(cluster: &Connected, own: Option<&Slug>) -> Result<Vec<Right>, Failed> {
    let asked = RIGHTS.iter().map(|(verb, group, resource, namespace)| async move {
        let namespace = match *namespace {
            WHOLE => "",
            OWN => own.map_or(NEW, Slug::as_str),
            named => named,
        };
        let mut attributes = json!({"verb": verb, "group": group, "resource": resource});
        if !namespace.is_empty() {
            attributes["namespace"] = json!(namespace);
        }
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "metadata": {},
            "spec": { "resourceAttributes": attributes },
        });
        let answer = cluster.create(&kind::ACCESS_REVIEW, None, &review).await?;
        let given = answer.pointer("/status/allowed").and_then(Value::as_bool) != Some(false);
        let place = match namespace {
            "" => String::new(),
            NEW => " in a new namespace".to_owned(),
            named => format!(" in {named}"),
        };
        Ok(Right { what: Text::from(format!("{verb} {resource}{place}")), given })
    });
    futures_util::future::try_join_all(asked).await
}

/// The records of that API's, without their values.
async fn records(cluster: &Connected, origin: &str) -> Result<Vec<Record>, Failed> {
    let mut found = Vec::new();
    for generation in 1..=GENERATIONS {
        let name = record_name(origin, generation);
        let Some(secret) = cluster.get(&kind::SECRET, Some(RECORDS), &name).await? else { continue };
        let note = |key: &str| {
            let notes = secret.pointer("/metadata/annotations");
            Text::within(
                notes.and_then(|notes| notes.get(key)).and_then(Value::as_str).unwrap_or_default(),
                120,
            )
        };
        found.push(Record {
            name: Text::new(&name),
            origin: note("landfall/origin"),
            state: note("landfall/state"),
            since: time(&secret, "/metadata/creationTimestamp"),
        });
    }
    Ok(found)
}

/// Namespaces of ours without any workload.
async fn bare(cluster: &Connected) -> Result<Vec<Text>, Failed> {
    let namespaces = cluster.list(&kind::NAMESPACE, None, OUR_NAMESPACES).await?;
    let mut bare = Vec::new();
    for namespace in namespaces.iter().take(10) {
        let name = text(namespace, "/metadata/name");
        let ending = !text(namespace, "/metadata/deletionTimestamp").is_empty();
        if !ending && cluster.list_metadata(&kind::DEPLOYMENT, Some(name), "").await?.is_empty() {
            bare.push(Text::within(name, 63));
        }
    }
    Ok(bare)
}

fn holder(lease: &Value) -> Holder {
    let who = lease.pointer("/metadata/annotations").and_then(|notes| notes.get("landfall/who"));
    Holder {
        id: Text::within(text(lease, "/spec/holderIdentity"), 80),
        who: Text::within(who.and_then(Value::as_str).unwrap_or("somebody who is not named"), 120),
        renewed: time(lease, "/spec/renewTime"),
    }
}

fn helm(secret: &Value) -> HelmRecord {
    let label = |name: &str| {
        let labels = secret.pointer("/metadata/labels");
        Text::within(
            labels.and_then(|labels| labels.get(name)).and_then(Value::as_str).unwrap_or_default(),
            63,
        )
    };
    HelmRecord {
        name: label("name"),
        revision: label("version").parse().unwrap_or(0),
        status: label("status"),
    }
}
