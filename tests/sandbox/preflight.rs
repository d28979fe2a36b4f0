//! What is checked before the first change, against a real cluster API.

use landfall::cluster::connect::{kind, text_at};
use landfall::install::Install;
use landfall::model::{Check, CheckState, Snapshot};
use landfall::sandbox::scenario::Rollout;
use serde_json::json;

use super::rig::{PASSWORD, Rig};

async fn checks(rig: &Rig) -> Vec<String> {
    let line = |check: &Check| format!("{} {:?} {}", check.id, check.state, check.words);
    rig.install().preflight().await.iter().map(line).collect()
}

async fn one(rig: &Rig, id: &str) -> Check {
    rig.install().preflight().await.into_iter().find(|check| check.id == id).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_fresh_cluster_takes_the_release_and_so_does_one_that_has_it() {
    let rig = Rig::new().await;
    assert_eq!(
        checks(&rig).await,
        [
            "P01 Pass you may do all of it in a new namespace",
            "P02 Pass there is room for 0.65 CPU and 0.94 Gi",
            "P03 Pass volumes come from the storage class local-path",
            "P04 NotApplicable the namespace is made new, with the cluster's own default; the pods need the level baseline",
            "P05 Pass no volumes of an earlier client are left",
            "P08 Pass the cluster knows every kind of object of the release",
        ]
    );
    let claimed = rig.delivered(PASSWORD).await;
    rig.run(&claimed, Snapshot::is_ready).await.unwrap();
    assert_eq!(
        checks(&rig).await,
        [
            "P01 Pass you may do all of it in namespace gpu-box-02",
            "P02 Pass there is room for 0.65 CPU and 0.94 Gi",
            "P03 Pass the volumes are there already",
            "P04 NotApplicable namespace gpu-box-02 sets no level, the cluster's own default counts; the pods need baseline",
            "P05 Pass no volumes of an earlier client are left",
            "P08 Pass the cluster knows every kind of object of the release",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_missing_right_is_named_and_what_to_ask_for() {
    let rig = Rig::with(Rollout::Normal, &[("create", "deployments"), ("patch", "services")]).await;
    let rights = one(&rig, "P01").await;
    assert_eq!(
        (rights.state, rights.words.as_str(), rights.fix.as_str()),
        (
            CheckState::Fail,
            "rights are missing in a new namespace: create deployments.apps; patch services",
            "Ask whoever runs this cluster for these rights, or use another kubeconfig: create deployments.apps; \
             patch services.",
        )
    );
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_read_is_unknown() {
    let forbid = [("list", "nodes"), ("list", "storageclasses"), ("list", "persistentvolumeclaims")];
    let rig = Rig::with(Rollout::Normal, &forbid).await;
    for id in ["P02", "P03", "P05"] {
        let check = one(&rig, id).await;
        assert_eq!(check.state, CheckState::Unknown, "{id} {}", check.words);
    }
    // What is there already may be all that is needed.
    for unread in ["persistentvolumes", "persistentvolumeclaims"] {
        let rig = Rig::new().await;
        let classes = rig.cluster.list(&kind::STORAGE_CLASS, None, "").await.unwrap();
        for class in &classes {
            let (name, uid) = (text_at(class, "/metadata/name"), text_at(class, "/metadata/uid"));
            rig.cluster.delete(&kind::STORAGE_CLASS, None, name, uid).await.unwrap();
        }
        rig.delivered(PASSWORD).await;
        assert_eq!(one(&rig, "P03").await.state, CheckState::Fail);
        let said = move |asked: &str| {
            let is_it = asked.starts_with("GET")
                && asked.split(['?', ' ']).any(|path| path.ends_with(&format!("/{unread}")));
            is_it.then(|| (403, "may not".to_owned()))
        };
        *rig.between.lock().unwrap() = Some(Box::new(said));
        let storage = one(&rig, "P03").await;
        assert_eq!(storage.state, CheckState::Unknown, "{unread} {}", storage.words);
    }
    let rig = Rig::with(Rollout::Normal, &[("list", "pods")]).await;
    let room = one(&rig, "P02").await;
    assert_eq!(
        (room.state, room.words.as_str()),
        (
            CheckState::Unknown,
            "the nodes are large enough, what runs on them cannot be told: not possible to list pods in all namespaces"
        )
    );
}

#[tokio::test(start_paused = true)]
async fn leftovers_and_a_strict_namespace_are_seen() {
    let rig = Rig::new().await;
    let claimed = rig.delivered(PASSWORD).await;
    rig.run(&claimed, Snapshot::is_ready).await.unwrap();
    let strict = json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": "gpu-box-02", "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
    });
    rig.cluster.apply(&kind::NAMESPACE, None, &strict).await.unwrap();
    let security = one(&rig, "P04").await;
    assert_eq!(
        (security.state, security.fix.as_str()),
        (
            CheckState::Fail,
            "Ask for: kubectl label --overwrite namespace gpu-box-02 pod-security.kubernetes.io/enforce=baseline"
        )
    );
    rig.install()
        .remove(&rig.holder, true, &(std::sync::Arc::new(|_| ()) as landfall::install::Report))
        .await
        .unwrap();
    let left = one(&rig, "P05").await;
    assert_eq!(left.state, CheckState::Warn);
    assert_eq!(left.evidence.len(), 2);
}
