//! Watches: from the start, from a version, by selector, and what happens when the version is too old.

use super::*;
use axum::body::to_bytes;
use futures_util::{StreamExt, TryStreamExt};
use kube::api::{DeleteParams, WatchEvent, WatchParams};
use kube::runtime::watcher::{self, Event, watcher};

fn told(event: &WatchEvent<DynamicObject>) -> String {
    match event {
        WatchEvent::Added(o) => format!("ADDED {}", o.name_any()),
        WatchEvent::Modified(o) => format!("MODIFIED {}", o.name_any()),
        WatchEvent::Deleted(o) => format!("DELETED {}", o.name_any()),
        WatchEvent::Bookmark(_) => "BOOKMARK".to_owned(),
        WatchEvent::Error(e) => format!("ERROR {}", e.code),
    }
}

async fn watch_to_its_end(rig: &Rig, params: &WatchParams, version: &str) -> Vec<String> {
    let api = rig.api("ConfigMap", "ns");
    let stream = api.watch(params, version).await.expect("a watch");
    stream.map_ok(|event| told(&event)).try_collect().await.expect("a clean end")
}

#[tokio::test(start_paused = true)]
async fn a_watch_replays_from_its_version_and_ends_on_time() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let made = rig.create(config_map("a")).await.expect("created");
    let version = made["metadata"]["resourceVersion"].as_str().expect("a version").to_owned();
    rig.create(config_map("b")).await.expect("created");
    rig.merge("ConfigMap", "a", json!({"data": {"a": "2"}})).await.expect("patched");
    rig.api("ConfigMap", "ns").delete("b", &DeleteParams::default()).await.expect("deleted");
    let params = WatchParams::default().timeout(5).disable_bookmarks();
    assert_eq!(watch_to_its_end(&rig, &params, &version).await, ["ADDED b", "MODIFIED a", "DELETED b"]);
    assert_eq!(watch_to_its_end(&rig, &params, "0").await, ["ADDED a"]);
    let params = WatchParams::default().timeout(5);
    assert_eq!(watch_to_its_end(&rig, &params, "0").await, ["ADDED a", "BOOKMARK"]);
}

#[tokio::test(start_paused = true)]
async fn an_object_that_leaves_the_selection_is_deleted_for_the_watch() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let made = rig.create(config_map("a")).await.expect("created");
    let version = made["metadata"]["resourceVersion"].as_str().expect("a version").to_owned();
    for label in ["x", "y"] {
        let patch = json!({"metadata": {"labels": {"which": label}}});
        rig.merge("ConfigMap", "a", patch).await.expect("patched");
    }
    let params = WatchParams::default().timeout(5).disable_bookmarks().labels("which=x");
    assert_eq!(watch_to_its_end(&rig, &params, &version).await, ["ADDED a", "DELETED a"]);
}

#[tokio::test(start_paused = true)]
async fn a_version_too_old_is_an_error_410() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    rig.create(config_map("a")).await.expect("created");
    rig.cluster.forget_history();
    let params = WatchParams::default().timeout(5);
    assert_eq!(watch_to_its_end(&rig, &params, "1").await, ["ERROR 410"]);
}

#[tokio::test(start_paused = true)]
async fn the_runtimes_watcher_lists_anew_after_410_and_misses_nothing() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    rig.create(config_map("a")).await.expect("created");
    let mut events = watcher(rig.api("ConfigMap", "ns"), watcher::Config::default().timeout(10)).boxed();
    let mut seen = Vec::new();
    let mut steps = 0;
    while steps < 2 {
        match events.next().await.expect("endless") {
            Ok(Event::Init) => seen.push("init".to_owned()),
            Ok(Event::InitApply(o)) => seen.push(format!("list {}", o.name_any())),
            Ok(Event::InitDone) if steps == 0 => {
                // The watch that follows ends; behind its back the history goes.
                steps = 1;
                rig.create(config_map("b")).await.expect("created");
                rig.cluster.forget_history();
            }
            Ok(Event::InitDone) => steps = 2,
            Ok(Event::Apply(o)) => seen.push(format!("apply {}", o.name_any())),
            Ok(Event::Delete(o)) => seen.push(format!("delete {}", o.name_any())),
            Err(error) => seen.push(match error {
                watcher::Error::WatchError(status) => format!("error {}", status.code),
                other => panic!("{other:?}"),
            }),
        }
    }
    assert_eq!(seen, ["init", "list a", "error 410", "init", "list a", "list b"]);
}

#[tokio::test(start_paused = true)]
async fn the_runtimes_streaming_list_gets_its_bookmark() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    rig.create(config_map("a")).await.expect("created");
    let config = watcher::Config::default().streaming_lists();
    let mut events = watcher(rig.api("ConfigMap", "ns"), config).boxed();
    let mut seen = Vec::new();
    loop {
        match events.next().await.expect("endless").expect("an event") {
            Event::Init => seen.push("init".to_owned()),
            Event::InitApply(o) => seen.push(format!("list {}", o.name_any())),
            Event::InitDone => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(seen, ["init", "list a"]);
    rig.create(config_map("b")).await.expect("created");
    assert!(matches!(events.next().await, Some(Ok(Event::Apply(o))) if o.name_any() == "b"));
    let path = "/api/v1/configmaps?&watch=true&sendInitialEvents=true";
    assert_eq!(rig.raw("GET", path, "", &Value::Null).await.expect_err("half a question").0, 422);
}

#[tokio::test(start_paused = true)]
async fn quiet_watches_get_bookmarks_and_end_with_the_cluster() {
    let rig = Rig::new(Rollout::Normal);
    let request = Request::builder()
        .uri("/api/v1/namespaces?&watch=true&timeoutSeconds=290&allowWatchBookmarks=true&resourceVersion=1")
        .body(kube::client::Body::empty())
        .expect("a request");
    let response = rig.client.send(request).await.expect("a watch");
    let cluster = rig.cluster.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(65)).await;
        cluster.stop();
    });
    let body = to_bytes(axum::body::Body::new(response.into_body()), 1 << 20).await.expect("a clean end");
    let text = String::from_utf8(body.to_vec()).expect("text");
    assert_eq!(text.lines().filter(|line| line.contains("\"BOOKMARK\"")).count(), 2);
    assert!(text.ends_with('\n'));
}
