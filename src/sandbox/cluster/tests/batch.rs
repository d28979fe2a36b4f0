//! StatefulSets, Jobs and CronJobs, quotas and limits, and clusters of several nodes.

use super::*;
use crate::sandbox::scenario::{Limits, Node, Scenario, Shape};
use kube::api::DeleteParams;

fn template(command: &[&str], restart: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "x"}},
        "spec": {"restartPolicy": restart, "containers": [{"name": "x", "image": "busybox", "command": command}]},
    })
}

fn job(name: &str, spec: &Value, command: &[&str]) -> Value {
    let mut job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": spec});
    job["spec"]["template"] = template(command, "Never");
    job
}

fn condition(object: &Value, kind: &str) -> Option<String> {
    let conditions = object::list(object, &["status", "conditions"]);
    conditions
        .iter()
        .find(|c| c["type"] == kind && c["status"] == "True")
        .map(|c| object::text(c, &["reason"]).to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_job_ends_when_enough_of_its_pods_have() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    rig.create(job("ok", &json!({"completions": 3, "parallelism": 2}), &["true"])).await.expect("created");
    let done = rig.until("Job", "ok", |job| condition(job, "Complete").is_some()).await;
    assert_eq!(condition(&done, "Complete").as_deref(), Some("CompletionsReached"));
    assert_eq!((&done["status"]["succeeded"], &done["status"]["active"]), (&json!(3), &Value::Null));
    assert!(done["status"]["completionTime"].is_string());
    assert_eq!(rig.create(job("bad", &json!({"backoffLimit": 1}), &["false"])).await.map(drop), Ok(()));
    let failed = rig.until("Job", "bad", |job| condition(job, "Failed").is_some()).await;
    assert_eq!(condition(&failed, "Failed").as_deref(), Some("BackoffLimitExceeded"));
    assert_eq!(failed["status"]["failed"], 2);
    rig.create(job("late", &json!({"activeDeadlineSeconds": 5}), &["sleep", "99"])).await.expect("created");
    let failed = rig.until("Job", "late", |job| condition(job, "Failed").is_some()).await;
    assert_eq!(condition(&failed, "Failed").as_deref(), Some("DeadlineExceeded"));
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_ends_may_not_be_restarted_always() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let mut wrong = job("j", &json!({}), &["true"]);
    wrong["spec"]["template"] = template(&["true"], "Always");
    let Refusal(code, _, why) = rig.create(wrong).await.expect_err("always");
    assert_eq!(code, 422);
    assert!(why.contains("spec.template.spec.restartPolicy: Unsupported value: \"Always\""), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_cron_job_runs_on_time_and_keeps_few_jobs() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let cron = json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "tick"}, "spec": {
        "schedule": "* * * * *", "successfulJobsHistoryLimit": 2,
        "jobTemplate": {"spec": {"template": template(&["true"], "OnFailure")}}}});
    rig.create(cron.clone()).await.expect("created");
    rig.until("CronJob", "tick", |cron| cron["status"]["lastScheduleTime"].is_string()).await;
    tokio::time::sleep(Duration::from_secs(400)).await;
    let jobs = rig.api("Job", "ns").list(&ListParams::default()).await.expect("a list").items;
    let done =
        jobs.iter().filter(|job| condition(&serde_json::to_value(job).expect("JSON"), "Complete").is_some());
    assert_eq!(done.count(), 2);
    assert!(rig.events().await.iter().filter(|(reason, _)| reason == "SuccessfulDelete").count() > 2);
    let mut wrong = cron;
    wrong["metadata"]["name"] = json!("never");
    wrong["spec"]["schedule"] = json!("99 * * * *");
    assert_eq!(rig.create(wrong).await.expect_err("no schedule").0, 422);
}

#[tokio::test(start_paused = true)]
async fn a_stateful_set_comes_up_in_order_and_is_updated_from_the_end() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let set = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"}, "spec": {
        "serviceName": "db", "replicas": 2, "selector": {"matchLabels": {"app": "x"}},
        "template": {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [
            {"name": "x", "image": "mysql:8", "volumeMounts": [{"name": "data", "mountPath": "/var"}]}]}},
        "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {
            "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]}});
    rig.apply(set).await;
    rig.until("Pod", "db-0", |pod| !object::has_condition(pod, "Ready")).await;
    assert!(rig.api("Pod", "ns").get_opt("db-1").await.expect("an answer").is_none());
    let up = rig.until("StatefulSet", "db", |set| set["status"]["readyReplicas"] == 2).await;
    assert_eq!(up["status"]["currentRevision"], up["status"]["updateRevision"]);
    assert_eq!(rig.get("PersistentVolumeClaim", "data-db-1").await["status"]["phase"], "Bound");
    let first = object::uid(&rig.get("Pod", "db-0").await).to_owned();
    let image = json!({"spec": {"template": {"spec": {"containers": [
        {"name": "x", "image": "mysql:9", "volumeMounts": [{"name": "data", "mountPath": "/var"}]}]}}}});
    rig.merge("StatefulSet", "db", image).await.expect("changed");
    rig.until("Pod", "db-1", |pod| pod["spec"]["containers"][0]["image"] == "mysql:9").await;
    assert_eq!(object::uid(&rig.get("Pod", "db-0").await), first, "the last one goes first");
    let done = |set: &Value| {
        set["status"]["updatedReplicas"] == 2
            && set["status"]["currentRevision"] == set["status"]["updateRevision"]
    };
    rig.until("StatefulSet", "db", done).await;
    assert_ne!(object::uid(&rig.get("Pod", "db-0").await), first);
    rig.merge("StatefulSet", "db", json!({"spec": {"replicas": 0}})).await.expect("changed");
    rig.until("StatefulSet", "db", |set| set["status"]["replicas"] == 0).await;
    rig.get("PersistentVolumeClaim", "data-db-0").await;
}

#[tokio::test(start_paused = true)]
async fn a_scenario_gives_every_namespace_its_quota_and_limits() {
    let one = |key: &str, value: &str| std::collections::BTreeMap::from([(key.to_owned(), value.to_owned())]);
    let shape = Shape {
        quota: [one("pods", "2"), one("limits.memory", "1Gi")].into_iter().flatten().collect(),
        limits: Limits { default: one("memory", "256Mi"), max: one("memory", "600Mi"), ..Limits::default() },
        ..Shape::default()
    };
    let rig = Rig::shaped(Rollout::Normal, &[], shape);
    rig.namespace().await;
    rig.until("ResourceQuota", "scenario", |_| true).await;
    rig.until("LimitRange", "scenario", |_| true).await;
    let pod = |name: &str, memory: Value| {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {
        "containers": [{"name": "x", "image": "x", "resources": {"limits": memory}}]}})
    };
    let made = rig.create(pod("a", Value::Null)).await.expect("created");
    assert_eq!(made["spec"]["containers"][0]["resources"]["limits"]["memory"], "256Mi");
    assert_eq!(
        rig.create(pod("b", json!({"memory": "700Mi"}))).await.expect_err("too much"),
        refused(
            403,
            "Forbidden",
            "pods \"b\" is forbidden: maximum memory usage per Container is 600Mi, but limit is 700Mi"
        )
    );
    rig.create(pod("b", json!({"memory": "600Mi"}))).await.expect("created");
    let over = rig.create(pod("c", json!({"memory": "512Mi"}))).await.expect_err("over both");
    let why = "pods \"c\" is forbidden: exceeded quota: scenario, requested: limits.memory=512Mi,pods=1, used: limits.memory=856Mi,pods=2, limited: limits.memory=1Gi,pods=2";
    assert_eq!(over, refused(403, "Forbidden", why));
    let quota = rig.until("ResourceQuota", "scenario", |quota| quota["status"]["used"]["pods"] == "2").await;
    assert_eq!(quota["status"]["used"]["limits.memory"], "856Mi");
}

#[tokio::test(start_paused = true)]
async fn pods_go_where_there_is_room_for_them() {
    let mut shape = Scenario::named("small-node").expect("a scenario").shape;
    shape.nodes.push(Node {
        name: "gpu-1".to_owned(),
        taints: vec!["gpu=yes:NoSchedule".to_owned()],
        ..Node::default()
    });
    let rig = Rig::shaped(Rollout::Normal, &[], shape);
    rig.namespace().await;
    rig.until("ServiceAccount", "default", |_| true).await;
    let pod = |name: &str| {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {
        "containers": [{"name": "x", "image": "x", "resources": {"requests": {"cpu": "1"}}}]}})
    };
    rig.create(pod("a")).await.expect("created");
    let waits =
        rig.until("Pod", "a", |pod| pod["status"]["conditions"][0]["reason"] == "Unschedulable").await;
    assert_eq!(
        waits["status"]["conditions"][0]["message"],
        "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {gpu: yes}. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."
    );
    let mut tolerant = pod("b");
    tolerant["spec"]["tolerations"] = json!([{"key": "gpu", "operator": "Exists"}]);
    rig.create(tolerant).await.expect("created");
    let placed = rig.until("Pod", "b", |pod| object::has_condition(pod, "Ready")).await;
    assert_eq!(placed["spec"]["nodeName"], "gpu-1");
    let daemon = json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "d"}, "spec": {
        "selector": {"matchLabels": {"app": "x"}}, "template": template(&[], "Always")}});
    rig.apply(daemon).await;
    let up = rig.until("DaemonSet", "d", |set| set["status"]["numberReady"] == 1).await;
    assert_eq!(up["status"]["desiredNumberScheduled"], 1, "the tainted node is not for it");
}

#[tokio::test(start_paused = true)]
async fn a_job_that_only_pulls_an_image_leaves_it_on_the_node_and_goes() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let spec = json!({"backoffLimit": 0, "activeDeadlineSeconds": 600, "ttlSecondsAfterFinished": 60});
    rig.create(job("pull", &spec, &["/dev/null"])).await.expect("created");
    let failed = rig.until("Job", "pull", |job| condition(job, "Failed").is_some()).await;
    assert_eq!(condition(&failed, "Failed").as_deref(), Some("BackoffLimitExceeded"));
    let pods = rig.api("Pod", "ns").list(&ListParams::default()).await.expect("a list").items;
    let pod = serde_json::to_value(&pods[0]).expect("JSON");
    assert_eq!(pod["status"]["phase"], "Failed");
    let ended = &pod["status"]["containerStatuses"][0]["state"]["terminated"];
    assert_eq!((&ended["exitCode"], &ended["reason"]), (&json!(128), &json!("StartError")));
    let events = rig.events().await;
    let said = |reason: &str, words: &str| {
        events.iter().any(|(told, message)| told == reason && message.starts_with(words))
    };
    assert!(said("Pulled", "Successfully pulled image \"busybox\"") && !said("Started", ""), "{events:#?}");
    tokio::time::sleep(Duration::from_secs(70)).await;
    for kind in ["Job", "Pod"] {
        assert_eq!(rig.api(kind, "ns").list(&ListParams::default()).await.expect("a list").items.len(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn the_pods_of_a_deleted_job_stay_unless_it_is_said_that_they_go() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    for (name, how, left) in [
        ("a", DeleteParams::default(), 1),
        ("b", DeleteParams::background(), 1),
        ("c", DeleteParams::foreground(), 1),
    ] {
        rig.create(job(name, &json!({}), &["sleep", "900"])).await.expect("created");
        tokio::time::sleep(Duration::from_secs(5)).await;
        rig.api("Job", "ns").delete(name, &how).await.expect("deleted");
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(
            rig.api("Pod", "ns").list(&ListParams::default()).await.expect("a list").items.len(),
            left
        );
    }
}
