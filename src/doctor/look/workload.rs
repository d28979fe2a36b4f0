//! What is installed: one round of reads in the release's namespace, and in others that it has objects in.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::cluster::Reach;
use super::elsewhere::{Elsewhere, SPACES, elsewhere};
use super::readers::readers;
use super::{READING, Subject, proxy};
use crate::cluster::connect::{Connected, Failed, Kind, kind};
use crate::cluster::kstatus::{items, number, text};
use crate::cluster::release::{field, secret_name};
use crate::doctor::facts::{Look, Workload, called};
use crate::foreign::Text;
use crate::install::release::workloads;
use crate::model::{Known, Release, Slug, Username};

/// How long a look at other namespaces may take, of all that reading may take: the release's own matters more.
const ELSEWHERE: Duration = Duration::from_secs(3);
/// The most containers that are listened to.
const LISTENED: usize = 12;
/// The most pull Secrets that are looked for.
const PULL_SECRETS: usize = 20;
/// Copies that kubectl makes of what it applied.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Looks at the release, if there is one.
pub async fn workload(subject: &Subject, reach: Option<&Reach>) -> Look<Workload> {
    if subject.issues() {
        return Look::Absent;
    }
    let Some(reach) = reach else { return Look::Failed(Text::from("the cluster was not reached")) };
    let namespace = match &reach.release {
        Release::One { namespace, .. } => namespace,
        Release::None => return Look::Nothing(Text::from("nothing is installed yet")),
        Release::Several(_) => return Look::Failed(Text::from("several releases live here")),
        Release::Unclear(why) => return Look::Failed(why.clone()),
    };
    // The moment at which a sleep from now on would end.
    let end = sleep(READING).deadline();
    match Box::pin(read(subject, reach, namespace, end)).await {
        Ok(workload) => Look::Seen(workload),
        Err(_) => Look::Failed(late()),
    }
}

fn late() -> Text {
    Text::from(format!("the cluster did not answer within {} s", READING.as_secs()))
}

/// What was read by then; unknown by itself otherwise.
async fn by<T>(end: Instant, reading: impl Future<Output = Known<T>>) -> Known<T> {
    timeout_at(end, reading).await.unwrap_or_else(|_| Known::Unknown(late()))
}

fn known<T>(read: Result<T, Failed>) -> Known<T> {
    match read {
        Ok(value) => Known::Yes(value),
        Err(failed) => {
            Known::Unknown(Text::from(format!("it was not possible to {}: {}", failed.doing, failed.said)))
        }
    }
}

/// The release's own facts are read by `end`, or it is none; all that hangs on them is unknown where it takes longer.
async fn read(subject: &Subject, reach: &Reach, slug: &Slug, end: Instant) -> Result<Workload, Elapsed> {
    let cluster = &reach.connected;
    let namespace = slug.as_str();
    let list = |kind: &'static Kind| cluster.list(kind, Some(namespace), "");
    let name = secret_name(namespace);
    let own = async {
        tokio::join!(
            list(&kind::DEPLOYMENT),
            list(&kind::DAEMON_SET),
            list(&kind::STATEFUL_SET),
            list(&kind::REPLICA_SET),
            list(&kind::POD),
            list(&kind::VOLUME_CLAIM),
            list(&kind::QUOTA),
            list(&kind::EVENT),
            cluster.get(&kind::SECRET, Some(namespace), &name),
            who_reads(cluster, namespace, &name),
        )
    };
    let (own, beside) = tokio::join!(timeout_at(end, own), timeout(ELSEWHERE, elsewhere(cluster, namespace)));
    let (deployments, daemons, stateful, sets, pods, claims, quotas, events, secret, readers) = own?;
    let (beside, spaces) = match beside.unwrap_or_else(|_| Err(cluster.silent(ELSEWHERE))) {
        Ok(beside) if beside.more => {
            let why = format!("it has parts in more than {SPACES} other namespaces");
            (beside, Known::Unknown(Text::from(why)))
        }
        Ok(beside) => {
            let spaces = beside.spaces.iter().map(|space| Text::within(space, 63)).collect();
            (beside, Known::Yes(spaces))
        }
        Err(failed) => (Elsewhere::default(), known(Err(failed))),
    };
    let with = |own: Result<Vec<Value>, Failed>, more: Vec<Value>| match own {
        Ok(own) => Known::Yes([own, more].concat()),
        Err(failed) => known(Err(failed)),
    };
    let works = match (deployments, daemons) {
        (Ok(all), Ok(daemons)) => {
            Known::Yes([all, daemons, stateful.unwrap_or_default(), beside.works].concat())
        }
        (Err(failed), _) | (_, Err(failed)) => known(Err(failed)),
    };
    let pods = with(pods, beside.pods);
    let secret = known(secret);
    let seen = secret.value().and_then(Option::as_ref);
    if let Some(password) = seen.and_then(|secret| field(secret, "CLIENT_PASSWORD")) {
        subject.hide(&password);
    }
    let there = pods.value().map_or(&[][..], Vec::as_slice);
    let (readers, secrets, logs) = tokio::join!(
        by(end, and_of_copies(cluster, readers, &beside.spaces, &name)),
        pull_secrets(cluster, namespace, there, end),
        logs(cluster, namespace, there, end),
    );
    let target = subject.profile.as_ref().ok().map(|profile| &profile.api);
    Ok(Workload {
        namespace: slug.clone(),
        now: (subject.clock)(),
        expected: expected(slug, works.value().map_or(&[], Vec::as_slice)),
        workloads: works,
        elsewhere: spaces,
        replicasets: [sets.unwrap_or_default(), beside.replicasets].concat(),
        claims: with(claims, beside.claims),
        nodes: reach.nodes.clone(),
        quotas: [quotas.unwrap_or_default(), beside.quotas].concat(),
        events: with(events, beside.events),
        id_is_uuid: seen
            .map(|secret| field(secret, "CLIENT_ID").is_some_and(|id| id.parse::<Username>().is_ok())),
        copied: seen.map(|secret| {
            secret.pointer("/metadata/annotations").is_some_and(|notes| notes.get(LAST_APPLIED).is_some())
        }),
        secret: match &secret {
            Known::Unknown(why) => Known::Unknown(why.clone()),
            Known::Yes(secret) => Known::Yes(secret.as_ref().map(keys)),
        },
        secrets,
        readers,
        logs,
        proxied: target.is_some_and(|target| proxy::of(subject, target).is_some()),
        pods,
    })
}

/// The keys of a Secret that hold something.
fn keys(secret: &Value) -> Vec<Text> {
    let data = secret.pointer("/data").and_then(Value::as_object);
    let filled = data.into_iter().flatten().filter(|(key, _)| field(secret, key).is_some());
    filled.map(|(key, _)| Text::within(key, 80)).collect()
}

/// What our own release holds; nothing is expected of another one.
fn expected(slug: &Slug, here: &[Value]) -> Vec<Text> {
    let Ok((chart, names)) = workloads(slug) else { return Vec::new() };
    let label = |object: &Value| {
        object
            .pointer("/metadata/labels")
            .and_then(|labels| labels.get("helm.sh/chart")?.as_str().map(Text::new))
    };
    let ours = here.is_empty() || here.iter().any(|object| label(object).as_ref() == Some(&chart));
    if ours { names } else { Vec::new() }
}

async fn who_reads(cluster: &Connected, namespace: &str, secret: &str) -> Known<Vec<Text>> {
    let read = tokio::join!(
        cluster.list(&kind::ROLE, Some(namespace), ""),
        cluster.list(&kind::CLUSTER_ROLE, None, ""),
        cluster.list(&kind::ROLE_BINDING, Some(namespace), ""),
        cluster.list(&kind::CLUSTER_ROLE_BINDING, None, ""),
    );
    match read {
        (Ok(roles), Ok(cluster_roles), Ok(bindings), Ok(cluster_bindings)) => {
            Known::Yes(readers(secret, &roles, &cluster_roles, &bindings, &cluster_bindings))
        }
        (Err(failed), ..) | (_, Err(failed), ..) | (_, _, Err(failed), _) | (.., Err(failed)) => {
            known(Err(failed))
        }
    }
}

/// The same with who may read the copies of it that other namespaces have.
async fn and_of_copies(
    cluster: &Connected,
    readers: Known<Vec<Text>>,
    spaces: &BTreeSet<String>,
    secret: &str,
) -> Known<Vec<Text>> {
    let Known::Yes(mut all) = readers else { return readers };
    let reads = spaces.iter().map(|space| async move {
        match cluster.get(&kind::SECRET, Some(space), secret).await {
            Ok(Some(_)) => who_reads(cluster, space, secret).await,
            Ok(None) => Known::Yes(Vec::new()),
            Err(failed) => known(Err(failed)),
        }
    });
    for (space, read) in spaces.iter().zip(join_all(reads).await) {
        match read {
            Known::Yes(more) => {
                let new: Vec<Text> = more.into_iter().filter(|who| !all.contains(who)).collect();
                all.extend(new.iter().map(|who| Text::from(format!("{who}, in {space}"))));
            }
            unknown @ Known::Unknown(_) => return unknown,
        }
    }
    Known::Yes(all)
}

/// The pull Secrets that pods name, by name (as they are called beside the release's namespace) and type.
async fn pull_secrets(
    cluster: &Connected,
    namespace: &str,
    pods: &[Value],
    end: Instant,
) -> Vec<(Text, Known<Option<Text>>)> {
    let named = named(namespace, pods);
    let reads = named.iter().take(PULL_SECRETS).map(|(space, name)| {
        by(end, async move {
            let read = cluster.get(&kind::SECRET, Some(space), name).await;
            known(read.map(|secret| secret.map(|secret| Text::within(text(&secret, "/type"), 80))))
        })
    });
    with_unread(namespace, &named, join_all(reads).await)
}

/// The pull Secrets that pods name: namespace and name.
fn named<'a>(namespace: &'a str, pods: &'a [Value]) -> BTreeSet<(&'a str, &'a str)> {
    let named = pods.iter().flat_map(|pod| {
        let named = items(pod, "/spec/imagePullSecrets").iter().map(|named| text(named, "/name"));
        named.map(move |name| (space(pod, namespace), name))
    });
    named.filter(|(_, name)| !name.is_empty()).collect()
}

/// Those with their types; what is beyond those that were read is unknown, not missing.
fn with_unread(
    namespace: &str,
    named: &BTreeSet<(&str, &str)>,
    read: Vec<Known<Option<Text>>>,
) -> Vec<(Text, Known<Option<Text>>)> {
    let why = format!("the pods name more than {PULL_SECRETS} pull Secrets");
    let unread = std::iter::repeat(Known::Unknown(Text::from(why)));
    let kinds = read.into_iter().chain(unread);
    named.iter().zip(kinds).map(|((space, name), kind)| (called(namespace, space, name), kind)).collect()
}

/// The namespace that an object lives in.
fn space<'a>(object: &'a Value, own: &'a str) -> &'a str {
    Some(text(object, "/metadata/namespace")).filter(|space| !space.is_empty()).unwrap_or(own)
}

/// The last words of the jobs manager, and of every container that is not ready.
async fn logs(
    cluster: &Connected,
    namespace: &str,
    pods: &[Value],
    end: Instant,
) -> Vec<(String, Text, Text, Vec<String>)> {
    let mut wanted = Vec::new();
    for pod in pods {
        for container in items(pod, "/status/containerStatuses") {
            let ready = container.pointer("/ready").and_then(Value::as_bool) == Some(true);
            let ended = number(container, "/lastState/terminated/exitCode").is_some_and(|code| code != 0);
            let manager = text(pod, "/metadata/name").contains("jobs-manager");
            if manager || !ready {
                wanted.push((pod, text(container, "/name"), !ready && ended));
            }
        }
    }
    let reads = wanted.into_iter().take(LISTENED).map(|(pod, container, previous)| async move {
        let name = text(pod, "/metadata/name");
        let log = timeout_at(end, cluster.log(space(pod, namespace), name, container, previous)).await;
        let log = log.ok()?.ok()?;
        let lines = log.lines().map(|line| cluster.vault.scrub(line).to_string()).collect();
        Some((
            text(pod, "/metadata/uid").to_owned(),
            Text::within(name, 80),
            Text::within(container, 63),
            lines,
        ))
    });
    join_all(reads).await.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_takes_too_long_is_unknown_by_itself() {
        let end = sleep(READING).deadline();
        let (slow, quick) =
            tokio::join!(by(end, std::future::pending::<Known<u8>>()), by(end, async { Known::Yes(1) }));
        assert_eq!(slow, Known::Unknown("the cluster did not answer within 5 s".into()));
        assert_eq!(quick, Known::Yes(1));
    }

    #[test]
    fn a_pull_secret_beyond_the_bound_is_unknown_and_not_missing() {
        let secrets: Vec<Value> = (0..21).map(|n| json!({"name": format!("s{n:02}")})).collect();
        let pods = [json!({"spec": {"imagePullSecrets": secrets}})];
        let named = named("lab", &pods);
        let all = with_unread("lab", &named, vec![Known::Yes(None); PULL_SECRETS]);
        assert_eq!(all.len(), 21);
        assert!(all.iter().take(PULL_SECRETS).all(|(_, kind)| *kind == Known::Yes(None)));
        let why = Known::Unknown("the pods name more than 20 pull Secrets".into());
        assert_eq!(all.last(), Some(&("s20".into(), why)));
    }
}
