//! Deletion, and what follows from it.

use super::*;
use kube::api::{DeleteParams, Preconditions};

#[tokio::test(start_paused = true)]
async fn a_deletion_may_name_the_very_object() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let made = rig.create(config_map("c")).await.expect("created");
    let uid = made["metadata"]["uid"].as_str().expect("a UID").to_owned();
    let api = rig.api("ConfigMap", "ns");
    let only = |uid: &str| DeleteParams {
        preconditions: Some(Preconditions { uid: Some(uid.to_owned()), resource_version: None }),
        ..DeleteParams::default()
    };
    let refusal = Refusal::from(api.delete("c", &only("other")).await.expect_err("another"));
    assert_eq!((refusal.0, refusal.1.as_str()), (409, "Conflict"));
    assert!(
        refusal.2.ends_with(&format!(
            "Precondition failed: UID in precondition: other, UID in object meta: {uid}"
        ))
    );
    let status = api.delete("c", &only(&uid)).await.expect("deleted").right().expect("a Status");
    assert_eq!(status.details.map(|d| d.uid), Some(uid));
    assert_eq!(
        Refusal::from(api.get("c").await.expect_err("gone")),
        refused(404, "NotFound", "configmaps \"c\" not found")
    );
}

#[tokio::test(start_paused = true)]
async fn finalizers_hold_an_object_until_the_last_is_gone() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let mut held = config_map("c");
    held["metadata"]["finalizers"] = json!(["example.com/hold"]);
    rig.create(held).await.expect("created");
    let api = rig.api("ConfigMap", "ns");
    let marked = api.delete("c", &DeleteParams::default()).await.expect("asked").left().expect("the object");
    assert!(marked.metadata.deletion_timestamp.is_some());
    rig.merge("ConfigMap", "c", json!({"metadata": {"finalizers": null}})).await.expect("let go");
    assert!(api.get_opt("c").await.expect("asked").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_namespace_loses_its_content_then_goes() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    rig.apply(deployment("web", "web", "web", "web:1")).await;
    rig.until("Deployment", "web", is_complete).await;
    let api = rig.api("Namespace", "");
    let marked = api.delete("ns", &DeleteParams::default()).await.expect("asked").left().expect("the object");
    assert_eq!(marked.data["status"]["phase"], "Terminating");
    assert_eq!(
        rig.create(config_map("c")).await.expect_err("closing"),
        refused(
            403,
            "Forbidden",
            "configmaps \"c\" is forbidden: unable to create new content in namespace ns because it is being terminated"
        )
    );
    while api.get_opt("ns").await.expect("asked").is_some() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for kind in kinds::ALL.iter().filter(|kind| kind.is_namespaced()) {
        assert_eq!(
            rig.api(kind.name, "ns").list(&ListParams::default()).await.expect("a list").items.len(),
            0
        );
    }
    rig.namespace().await;
    rig.until("ServiceAccount", "default", |_| true).await;
    let refusal = Refusal::from(api.delete("kube-system", &DeleteParams::default()).await.expect_err("kept"));
    assert_eq!((refusal.0, refusal.1.as_str()), (403, "Forbidden"));
}

#[tokio::test(start_paused = true)]
async fn what_is_owned_follows_its_owner() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    for (name, params) in [("back", DeleteParams::background()), ("fore", DeleteParams::foreground())] {
        rig.apply(deployment(name, name, "web", "web:1")).await;
        rig.until("Deployment", name, is_complete).await;
        rig.api("Deployment", "ns").delete(name, &params).await.expect("deleted");
        if name == "fore" {
            assert!(
                rig.get("Deployment", name).await["metadata"]["deletionTimestamp"].is_string(),
                "goes last"
            );
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
        for kind in ["Deployment", "ReplicaSet", "Pod"] {
            let left = rig.api(kind, "ns").list(&ListParams::default()).await.expect("a list").items;
            assert_eq!(left.len(), 0, "{kind} after {name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn orphans_stay() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    rig.apply(deployment("web", "web", "web", "web:1")).await;
    rig.until("Deployment", "web", is_complete).await;
    rig.api("Deployment", "ns").delete("web", &DeleteParams::orphan()).await.expect("deleted");
    tokio::time::sleep(Duration::from_secs(5)).await;
    let left = rig.api("ReplicaSet", "ns").list(&ListParams::default()).await.expect("a list").items;
    assert_eq!(left.iter().map(|set| set.owner_references().len()).collect::<Vec<_>>(), [0]);
}

#[tokio::test(start_paused = true)]
async fn a_collection_is_deleted_by_label() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    for (name, label) in [("a", "x"), ("b", "x"), ("c", "y")] {
        let mut object = config_map(name);
        object["metadata"]["labels"] = json!({"which": label});
        rig.create(object).await.expect("created");
    }
    let api = rig.api("ConfigMap", "ns");
    let gone = api
        .delete_collection(&DeleteParams::default(), &ListParams::default().labels("which=x"))
        .await
        .expect("deleted");
    assert_eq!(gone.left().expect("a list").items.len(), 2);
    let left = api.list(&ListParams::default()).await.expect("a list").items;
    assert_eq!(left.iter().map(ResourceExt::name_any).collect::<Vec<_>>(), ["c"]);
}
