//! Lists, selectors, logs.

use super::*;
use futures_util::{AsyncBufReadExt, TryStreamExt};
use kube::api::LogParams;

#[tokio::test(start_paused = true)]
async fn a_list_comes_in_pages_of_one_version() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    for name in ["a", "b", "c"] {
        rig.create(config_map(name)).await.expect("created");
    }
    let api = rig.api("ConfigMap", "ns");
    let first = api.list(&ListParams::default().limit(2)).await.expect("a page");
    assert_eq!(first.items.iter().map(ResourceExt::name_any).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(first.metadata.remaining_item_count, Some(1));
    rig.create(config_map("d")).await.expect("created");
    let token = first.metadata.continue_.expect("more");
    let second = api.list(&ListParams::default().limit(2).continue_token(&token)).await.expect("a page");
    assert_eq!(second.metadata.resource_version, first.metadata.resource_version);
    assert_eq!(second.items[0].name_any(), "c");
    assert_eq!(second.items[0].types.clone().map(|t| t.kind), Some("ConfigMap".to_owned()));
    rig.cluster.forget_history();
    let old = api.list(&ListParams::default().continue_token(&token)).await.expect_err("too old");
    assert_eq!(Refusal::from(old).0, 410);
}

#[tokio::test(start_paused = true)]
async fn lists_are_narrowed_by_labels_and_fields() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    rig.apply(deployment("web", "web", "web", "web:1")).await;
    rig.until("Deployment", "web", is_complete).await;
    let count = async |kind: &str, params: ListParams| {
        rig.api(kind, "").list(&params).await.expect("a list").items.len()
    };
    assert_eq!(
        count("Pod", ListParams::default().labels("app in (web)").fields("status.phase=Running")).await,
        1
    );
    assert_eq!(count("Pod", ListParams::default().fields("spec.nodeName=other")).await, 0);
    assert_eq!(
        count("Event", ListParams::default().fields("involvedObject.kind=Deployment,type=Normal")).await,
        1
    );
    let wrong =
        rig.api("Pod", "").list(&ListParams::default().fields("spec.colour=red")).await.expect_err("wrong");
    assert_eq!(Refusal::from(wrong), refused(400, "BadRequest", "field label not supported: spec.colour"));
}

#[tokio::test(start_paused = true)]
async fn metadata_alone_can_be_asked_for() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    rig.create(config_map("c")).await.expect("created");
    let list = rig.api("ConfigMap", "ns").list_metadata(&ListParams::default()).await.expect("a list");
    assert_eq!(list.items.iter().map(ResourceExt::name_any).collect::<Vec<_>>(), ["c"]);
}

#[tokio::test(start_paused = true)]
async fn logs_are_read_cut_and_followed_to_the_end() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    rig.apply(deployment("web", "web", "web", "web:1")).await;
    tokio::time::sleep(Duration::from_millis(800)).await;
    let pod = rig.pod("web-").await["metadata"]["name"].as_str().expect("a name").to_owned();
    let pods: KubeApi<k8s_openapi::api::core::v1::Pod> = KubeApi::namespaced(rig.client.clone(), "ns");
    let early = pods.logs(&pod, &LogParams::default()).await.expect_err("not yet");
    assert_eq!(
        Refusal::from(early),
        refused(
            400,
            "BadRequest",
            &format!("container \"web\" in pod \"{pod}\" is waiting to start: ContainerCreating")
        )
    );
    rig.until("Deployment", "web", is_complete).await;
    assert_eq!(pods.logs(&pod, &LogParams::default()).await.expect("logs"), "starting\nready\n");
    let last = LogParams { tail_lines: Some(1), timestamps: true, ..LogParams::default() };
    let line = pods.logs(&pod, &last).await.expect("logs");
    assert!(line.ends_with(" ready\n") && line.contains('T') && line.lines().count() == 1, "{line}");
    let start = LogParams { limit_bytes: Some(4), since_seconds: Some(600), ..LogParams::default() };
    assert_eq!(pods.logs(&pod, &start).await.expect("logs"), "star");
    let previous = LogParams { previous: true, ..LogParams::default() };
    let none = pods.logs(&pod, &previous).await.expect_err("never restarted");
    assert_eq!(
        Refusal::from(none).2,
        format!("previous terminated container \"web\" in pod \"{pod}\" not found")
    );

    let follow = LogParams { follow: true, ..LogParams::default() };
    let lines = pods.log_stream(&pod, &follow).await.expect("a stream").lines();
    pods.delete(&pod, &kube::api::DeleteParams::default()).await.expect("deleted");
    let all: Vec<String> = lines.try_collect().await.expect("a clean end");
    assert_eq!(all, ["starting", "ready"]);
}
