//! Whole rollouts of the jobs manager and of others, all being well.

use super::*;
use futures_util::{StreamExt, TryStreamExt};
use kube::api::{DeleteParams, WatchParams};

fn secret(password: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "credential"},
        "stringData": {"CLIENT_ID": "id-1", "CLIENT_PASSWORD": password}})
}

/// The jobs manager, as the demo release has it.
pub fn manager() -> Value {
    let from_secret =
        |key: &str| json!({"name": key, "valueFrom": {"secretKeyRef": {"name": "credential", "key": key}}});
    let mut object = deployment("jobs-manager", "manager", "api", "example/jobs-manager:1");
    object["spec"]["strategy"] = json!({"type": "Recreate"});
    let container = &mut object["spec"]["template"]["spec"]["containers"][0];
    container["env"] = json!([from_secret("CLIENT_ID"), from_secret("CLIENT_PASSWORD")]);
    container["readinessProbe"] =
        json!({"tcpSocket": {"port": 8080}, "initialDelaySeconds": 10, "periodSeconds": 10});
    object
}

#[tokio::test(start_paused = true)]
async fn a_deployment_goes_through_the_states_of_the_recording() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let params = WatchParams::default().timeout(60).disable_bookmarks();
    let watch = rig.api("Deployment", "ns").watch(&params, "0").await.expect("a watch").boxed();
    rig.apply(deployment("web", "web", "web", "web:1")).await;
    let states: Vec<String> = watch
        .map_ok(|event| {
            let (kube::api::WatchEvent::Added(o) | kube::api::WatchEvent::Modified(o)) = event else {
                panic!("{event:?}")
            };
            let status = &o.data["status"];
            let number = |field: &str| status[field].as_i64().unwrap_or(0);
            let conditions: Vec<_> = object::list(status, &["conditions"])
                .iter()
                .map(|c| format!("{}={}", object::text(c, &["reason"]), object::text(c, &["status"])))
                .collect();
            let numbers = [
                "observedGeneration",
                "replicas",
                "updatedReplicas",
                "readyReplicas",
                "availableReplicas",
                "unavailableReplicas",
            ]
            .map(number);
            format!("{numbers:?} {}", conditions.join(" "))
        })
        .try_collect()
        .await
        .expect("a clean end");
    assert_eq!(
        states,
        [
            "[0, 0, 0, 0, 0, 0] ",
            "[0, 0, 0, 0, 0, 0] NewReplicaSetCreated=True",
            "[1, 0, 0, 0, 0, 1] NewReplicaSetCreated=True MinimumReplicasUnavailable=False",
            "[1, 1, 1, 0, 0, 1] MinimumReplicasUnavailable=False ReplicaSetUpdated=True",
            "[1, 1, 1, 1, 1, 0] MinimumReplicasAvailable=True NewReplicaSetAvailable=True",
        ]
    );
    let reasons: Vec<_> = rig.events().await.into_iter().map(|(reason, _)| reason).collect();
    assert_eq!(
        reasons,
        ["ScalingReplicaSet", "SuccessfulCreate", "Scheduled", "Pulling", "Pulled", "Created", "Started"]
    );
    let typed: Deployment = serde_json::from_value(rig.get("Deployment", "web").await).expect("a Deployment");
    assert_eq!(typed.status.and_then(|s| s.available_replicas), Some(1));
}

#[tokio::test(start_paused = true)]
async fn the_jobs_manager_signs_in_and_keeps_telling_that_it_is_there() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    rig.apply(secret("right")).await;
    rig.apply(manager()).await;
    rig.until("Deployment", "jobs-manager", is_complete).await;
    assert_eq!(*rig.plane.logins.lock().expect("lock"), [("id-1".to_owned(), "right".to_owned())]);
    let beats = || rig.plane.heartbeats.lock().expect("lock").clone();
    assert_eq!(beats(), [("id-1".to_owned(), "ns".to_owned())], "one at once");
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(beats().len(), 4, "then one every ten seconds");

    rig.apply(secret("other")).await;
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(rig.plane.logins.lock().expect("lock").len(), 1, "a changed Secret changes nothing by itself");
    let restart = json!({"spec": {"template": {"metadata": {"annotations": {"restarted": "now"}}}}});
    rig.merge("Deployment", "jobs-manager", restart).await.expect("patched");
    rig.until("Deployment", "jobs-manager", is_complete).await;
    assert_eq!(rig.plane.logins.lock().expect("lock")[1].1, "other");
    rig.api("Namespace", "").delete("ns", &DeleteParams::default()).await.expect("deleted");
    tokio::time::sleep(Duration::from_secs(5)).await;
    let last = beats().len();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(beats().len(), last, "gone is gone");
}

#[tokio::test(start_paused = true)]
async fn a_rejected_credential_crashes_the_jobs_manager_until_it_is_right() {
    let rig = Rig::new(Rollout::Normal);
    *rig.plane.answer.lock().expect("lock") = Login::Rejected;
    rig.namespace().await;
    rig.apply(secret("wrong")).await;
    rig.apply(manager()).await;
    let looping = |pod: &Value| {
        pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    };
    tokio::time::sleep(Duration::from_secs(1)).await;
    let pod = rig.pod("jobs-manager-").await["metadata"]["name"].as_str().expect("a name").to_owned();
    let crashed = rig.until("Pod", &pod, looping).await;
    let status = &crashed["status"]["containerStatuses"][0];
    assert_eq!(
        (&status["restartCount"], &status["lastState"]["terminated"]["exitCode"], &status["ready"]),
        (&json!(1), &json!(1), &json!(false))
    );
    let pods: KubeApi<k8s_openapi::api::core::v1::Pod> = KubeApi::namespaced(rig.client.clone(), "ns");
    let log = pods.logs(&pod, &kube::api::LogParams::default()).await.expect("logs");
    assert!(
        log.ends_with("authentication failed: the control plane rejected the client credential\n"),
        "{log}"
    );
    assert_eq!(rig.plane.heartbeats.lock().expect("lock").len(), 0);
    *rig.plane.answer.lock().expect("lock") = Login::Accepted;
    rig.until("Deployment", "jobs-manager", is_complete).await;
}

#[tokio::test(start_paused = true)]
async fn a_missing_secret_or_key_is_named_and_waited_for() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    rig.apply(manager()).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let waiting =
        async || rig.pod("jobs-manager-").await["status"]["containerStatuses"][0]["state"]["waiting"].clone();
    assert_eq!(
        waiting().await,
        json!({"reason": "CreateContainerConfigError", "message": "secret \"credential\" not found"})
    );
    let mut half = secret("x");
    half["stringData"] = json!({"CLIENT_ID": "id-1"});
    rig.apply(half).await;
    tokio::time::sleep(Duration::from_secs(15)).await;
    assert_eq!(
        waiting().await,
        json!({"reason": "CreateContainerConfigError", "message": "couldn't find key CLIENT_PASSWORD in Secret ns/credential"})
    );
    let events = rig.events().await;
    let failed =
        ("Failed".to_owned(), "Error: couldn't find key CLIENT_PASSWORD in Secret ns/credential".to_owned());
    assert!(events.contains(&failed), "{events:?}");
    rig.apply(secret("right")).await;
    rig.until("Deployment", "jobs-manager", is_complete).await;
}

#[tokio::test(start_paused = true)]
async fn a_rolling_update_keeps_serving_and_never_looks_done_early() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let mut web = deployment("web", "web", "web", "web:1");
    web["spec"]["replicas"] = json!(2);
    rig.apply(web.clone()).await;
    let first = rig.until("Deployment", "web", is_complete).await;
    let version = first["metadata"]["resourceVersion"].as_str().expect("a version").to_owned();
    web["spec"]["template"]["spec"]["containers"][0]["image"] = json!("web:2");
    rig.apply(web).await;
    let params = WatchParams::default().timeout(60).disable_bookmarks();
    let api = rig.api("Deployment", "ns");
    let mut watch = api.watch(&params, &version).await.expect("a watch").boxed();
    let mut states = 0;
    while let Some(event) = watch.try_next().await.expect("an event") {
        let kube::api::WatchEvent::Modified(seen) = event else { panic!("{event:?}") };
        let seen = serde_json::to_value(seen).expect("JSON");
        assert!(object::count(&seen, &["status", "availableReplicas"]) >= 2, "always serves");
        states += 1;
        if kubectl_says_done(&seen) {
            let pods = rig.api("Pod", "ns").list(&ListParams::default()).await.expect("a list").items;
            let running: Vec<_> =
                pods.iter().filter(|pod| pod.metadata.deletion_timestamp.is_none()).collect();
            assert_eq!(running.len(), 2);
            assert!(running.iter().all(|pod| pod.data["spec"]["containers"][0]["image"] == "web:2"));
            break;
        }
    }
    assert!(states > 5, "it took its steps: {states}");
    let done = rig.until("Deployment", "web", is_complete).await;
    assert_eq!(done["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "2");
    let sets = rig.api("ReplicaSet", "ns").list(&ListParams::default()).await.expect("a list").items;
    let mut sizes: Vec<_> = sets.iter().map(|set| set.data["spec"]["replicas"].clone()).collect();
    sizes.sort_by_key(Value::to_string);
    assert_eq!(sizes, [0, 2]);
}

#[tokio::test(start_paused = true)]
async fn recreate_ends_the_old_before_it_starts_the_new() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let mut web = deployment("web", "web", "web", "web:1");
    web["spec"]["strategy"] = json!({"type": "Recreate"});
    rig.apply(web.clone()).await;
    rig.until("Deployment", "web", is_complete).await;
    let params = WatchParams::default().timeout(20).disable_bookmarks();
    let version =
        rig.api("Pod", "ns").list(&ListParams::default()).await.expect("a list").metadata.resource_version;
    web["spec"]["template"]["spec"]["containers"][0]["image"] = json!("web:2");
    rig.apply(web).await;
    let watch = rig.api("Pod", "ns").watch(&params, &version.expect("a version")).await.expect("a watch");
    let story: Vec<&str> = watch
        .map_ok(|event| match event {
            kube::api::WatchEvent::Added(_) => "new",
            kube::api::WatchEvent::Deleted(_) => "old gone",
            _ => "",
        })
        .try_filter(|word| std::future::ready(!word.is_empty()))
        .try_collect()
        .await
        .expect("a clean end");
    assert_eq!(story, ["old gone", "new"]);
}

#[tokio::test(start_paused = true)]
async fn an_earlier_template_gets_its_replica_set_back() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    for image in ["web:1", "web:2", "web:1"] {
        rig.apply(deployment("web", "web", "web", image)).await;
        rig.until("Deployment", "web", is_complete).await;
    }
    let deployment = rig.get("Deployment", "web").await;
    assert_eq!(deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "3");
    let sets = rig.api("ReplicaSet", "ns").list(&ListParams::default()).await.expect("a list").items;
    let mut revisions: Vec<_> = sets
        .iter()
        .map(|set| {
            (
                set.annotations()["deployment.kubernetes.io/revision"].clone(),
                set.data["spec"]["replicas"].clone(),
            )
        })
        .collect();
    revisions.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(revisions, [("2".to_owned(), json!(0)), ("3".to_owned(), json!(1))]);
}

#[tokio::test(start_paused = true)]
async fn a_paused_deployment_takes_no_step_until_it_is_resumed() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    rig.apply(deployment("web", "web", "web", "web:1")).await;
    rig.until("Deployment", "web", is_complete).await;
    let mut next = deployment("web", "web", "web", "web:2");
    next["spec"]["paused"] = json!(true);
    rig.apply(next.clone()).await;
    tokio::time::sleep(Duration::from_secs(900)).await;
    let paused = rig.get("Deployment", "web").await;
    let progressing =
        object::list(&paused, &["status", "conditions"]).iter().find(|c| c["type"] == "Progressing");
    assert_eq!(progressing.map(|c| &c["reason"]), Some(&json!("DeploymentPaused")));
    assert_eq!(
        rig.api("ReplicaSet", "ns").list(&ListParams::default()).await.expect("a list").items.len(),
        1
    );
    next["spec"]["paused"] = json!(false);
    rig.apply(next).await;
    rig.until("Deployment", "web", is_complete).await;
    assert_eq!(rig.pod("web-").await["spec"]["containers"][0]["image"], "web:2");
}
