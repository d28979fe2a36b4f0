//! The write-ahead record.

use landfall::cluster::connect::{kind, text_at};
use landfall::error::Fault;
use landfall::install::{Candidate, Install};
use landfall::sandbox::scenario::Rollout;
use serde_json::Value;

use super::rig::{ORIGIN, PASSWORD, Rig, slug};

/// The record's name: the first ten digits of FNV-1a over the origin.
const RECORD: &str = "landfall-claim-";
const SYSTEM: Option<&str> = Some("kube-system");

async fn records(rig: &Rig) -> Vec<Value> {
    let secrets = rig.cluster.list(&kind::SECRET, SYSTEM, "").await.unwrap();
    secrets.into_iter().filter(|secret| text_at(secret, "/metadata/name").starts_with(RECORD)).collect()
}

/// Password, whether it is ours, name and namespace of each candidate.
fn told(rig: &Rig, candidates: &[Candidate]) -> Vec<(String, bool, String, String)> {
    let told = |candidate: &Candidate| {
        let name = candidate.name.as_ref().map(ToString::to_string).unwrap_or_default();
        let slug = candidate.slug.as_ref().map(ToString::to_string).unwrap_or_default();
        (rig.opened(candidate.password), candidate.ours, name, slug)
    };
    candidates.iter().map(told).collect()
}

fn row(password: &str, ours: bool, name: &str, slug: &str) -> (String, bool, String, String) {
    (password.to_owned(), ours, name.to_owned(), slug.to_owned())
}

#[tokio::test(start_paused = true)]
async fn it_is_written_once_found_again_and_removed() {
    let rig = Rig::new().await;
    let (install, name) = (rig.install(), "GPU Box 02".into());
    let first = install.intend(&rig.holder, &name, &slug(), rig.password("first-one")).await.unwrap();
    assert_eq!(told(&rig, &first), [row("first-one", true, "", "")]);

    let [record] = records(&rig).await.try_into().unwrap();
    let notes: Vec<String> = record["metadata"]["annotations"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(key, value)| format!("{key}: {}", value.as_str().unwrap()))
        .collect();
    let cluster = format!("landfall/cluster: {}", rig.holder.cluster);
    let nodes = rig.cluster.list(&kind::NODE, None, "").await.unwrap();
    let machines = format!("landfall/machines: {}", text_at(&nodes[0], "/status/nodeInfo/systemUUID"));
    let version = format!("landfall/created-by: landfall/{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        notes,
        [
            "landfall/account: 7",
            cluster.as_str(),
            version.as_str(),
            machines.as_str(),
            "landfall/name: GPU Box 02",
            "landfall/origin: https://api.acme.example",
            "landfall/slug: gpu-box-02",
            "landfall/state: intended",
        ]
    );
    assert_eq!(record["immutable"], Value::Bool(true));
    assert_eq!(record["data"].as_object().unwrap().keys().collect::<Vec<_>>(), ["password"]);

    // Another run finds it, and adds to it; what is there stays.
    let other = slug();
    let again = install.intend(&rig.holder, &"Other".into(), &other, rig.password("second-one")).await;
    assert_eq!(told(&rig, &again.unwrap()), [row("first-one", false, "GPU Box 02", "gpu-box-02")]);
    install.intend_again(&rig.holder, rig.password("second-one")).await.unwrap();
    install.intend_again(&rig.holder, rig.password("third-one")).await.unwrap();
    let found = install.recorded(&rig.holder).await.unwrap();
    assert_eq!(
        told(&rig, &found),
        [
            row("third-one", false, "", ""),
            row("second-one", false, "", ""),
            row("first-one", false, "GPU Box 02", "gpu-box-02"),
        ]
    );

    install.deliver(&rig.holder, &rig.claimed(PASSWORD)).await.unwrap();
    assert_eq!(records(&rig).await, Vec::<Value>::new());
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_does_not_make_it_somebody_elses() {
    let rig = Rig::new().await;
    *rig.lose.lock().unwrap() = Some("POST /api/v1/namespaces/kube-system/secrets");
    let candidates =
        rig.install().intend(&rig.holder, &"Box".into(), &slug(), rig.password("first-one")).await.unwrap();
    assert_eq!(told(&rig, &candidates), [row("first-one", true, "", "")]);
    assert_eq!(records(&rig).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_record_of_another_account_or_cluster_is_named_and_never_used() {
    let rig = Rig::new().await;
    let install = rig.install();
    install.intend(&rig.holder, &"Box".into(), &slug(), rig.password("first-one")).await.unwrap();
    let [record] = records(&rig).await.try_into().unwrap();
    let why = format!(
        "an unfinished claim is recorded in kube-system/{} for account 7 at {ORIGIN} and cluster {}; whoever \
         began it can finish it, or delete that Secret",
        text_at(&record, "/metadata/name"),
        rig.holder.cluster
    );
    let refused = Fault::CannotTell { what: "whether this cluster is free".into(), why: why.into() };

    let mut stranger = rig.holder.clone();
    stranger.account = 8;
    let audience = landfall::secret::Audience::machine(ORIGIN, 8, stranger.cluster.as_str());
    let password = rig.vault.keep(landfall::secret::Secret::new("their-own", audience));
    assert_eq!(
        install.intend(&stranger, &"Box".into(), &slug(), password).await,
        Err(refused.clone()),
        "another account"
    );
    assert_eq!(install.intend_again(&stranger, password).await, Err(refused.clone()));
    assert_eq!(install.recorded(&stranger).await, Err(refused.clone()));

    let mut copied = rig.holder.clone();
    copied.cluster = "another".parse().unwrap();
    assert_eq!(install.recorded(&copied).await, Err(refused), "another cluster");
    assert_eq!(records(&rig).await, [record]);
}

#[tokio::test(start_paused = true)]
async fn a_missing_right_is_named() {
    for (verb, what) in [("create", "create secrets in kube-system"), ("get", "get secrets in gpu-box-02")] {
        let rig = Rig::with(Rollout::Normal, &[(verb, "secrets")]).await;
        let intended =
            rig.install().intend(&rig.holder, &"Box".into(), &slug(), rig.password("first-one")).await;
        match intended {
            Err(Fault::ClusterForbids { what: told, .. }) => assert_eq!(told.as_str(), what),
            other => panic!("{verb}: {other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_cluster_id_nothing_is_told_as_known() {
    let rig = Rig::with(Rollout::Normal, &[("get", "namespaces"), ("list", "secrets")]).await;
    let facts = rig.install().inspect().await.unwrap();
    assert!(facts.cluster_id.value().is_none(), "{:?}", facts.cluster_id);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_gone_is_written_again_and_the_answer_is_noted_in_it() {
    let rig = Rig::new().await;
    let (install, password) = (rig.install(), rig.password("first-one"));
    install.intend(&rig.holder, &"Box".into(), &slug(), password).await.unwrap();
    for _ in 0..2 {
        let [record] = records(&rig).await.try_into().unwrap();
        let (name, uid) = (text_at(&record, "/metadata/name"), text_at(&record, "/metadata/uid"));
        rig.cluster.delete(&kind::SECRET, SYSTEM, name, uid).await.unwrap();
        install.guard(&rig.holder, Some(password)).await.unwrap();
        install.answered(&rig.holder, password, 17).await.unwrap();
        let [again] = records(&rig).await.try_into().unwrap();
        assert_eq!((&again["data"], again["immutable"].as_bool()), (&record["data"], Some(true)));
        let notes = &again["metadata"]["annotations"];
        assert_eq!(
            (notes["landfall/state"].as_str(), notes["landfall/client"].as_str()),
            (Some("claimed"), Some("17"))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_forged_record_is_a_candidate_and_no_more() {
    // Somebody who may write here put a password of their own there, and says that it is committed.
    let rig = Rig::new().await;
    let install = rig.install();
    install.intend(&rig.holder, &"Box".into(), &slug(), rig.password("known-to-them")).await.unwrap();
    install.answered(&rig.holder, rig.password("known-to-them"), 99).await.unwrap();
    let fresh = rig.password("made-here");
    let found = rig.install().intend(&rig.holder, &"Box".into(), &slug(), fresh).await.unwrap();
    assert_eq!(
        told(&rig, &found),
        [row("known-to-them", false, "Box", "gpu-box-02")],
        "not ours, so replaced"
    );
}
