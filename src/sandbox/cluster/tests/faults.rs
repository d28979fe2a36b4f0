//! The fault scripts: each hits the jobs manager alone.

use super::rollout::manager;
use super::*;

async fn rig(rollout: Rollout) -> Rig {
    let rig = Rig::new(rollout);
    rig.namespace().await;
    rig.apply(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "credential"},
        "stringData": {"CLIENT_ID": "id-1", "CLIENT_PASSWORD": "right"}}))
        .await;
    let mut manager = manager();
    manager["spec"]["progressDeadlineSeconds"] = json!(60);
    rig.apply(manager).await;
    rig.apply(deployment("web", "web", "web", "web:1")).await;
    rig.until("Deployment", "web", is_complete).await;
    rig
}

async fn container(rig: &Rig) -> Value {
    rig.pod("jobs-manager-").await["status"]["containerStatuses"][0].clone()
}

fn deadline_passed(deployment: &Value) -> bool {
    object::list(deployment, &["status", "conditions"]).iter().any(|c| {
        c["type"] == "Progressing" && c["status"] == "False" && c["reason"] == "ProgressDeadlineExceeded"
    })
}

#[tokio::test(start_paused = true)]
async fn an_image_that_does_not_exist() {
    let rig = rig(Rollout::ImagePullFails).await;
    let mut reasons = Vec::new();
    for _ in 0..160 {
        let reason = container(&rig).await["state"]["waiting"]["reason"].as_str().expect("waits").to_owned();
        if reasons.last() != Some(&reason) {
            reasons.push(reason);
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    assert_eq!(reasons[..3], ["ImagePullBackOff", "ErrImagePull", "ImagePullBackOff"]);
    let full = "docker.io/example/jobs-manager:1";
    let error = format!(
        "rpc error: code = NotFound desc = failed to pull and unpack image \"{full}\": failed to resolve reference \"{full}\": {full}: not found"
    );
    rig.until("Deployment", "jobs-manager", deadline_passed).await;
    let message = container(&rig).await["state"]["waiting"]["message"].clone();
    let backing_off = format!("Back-off pulling image \"example/jobs-manager:1\": ErrImagePull: {error}");
    assert!(message == backing_off || message == error, "{message}");
    let events = rig.events().await;
    for (reason, message) in [
        ("Failed", format!("Failed to pull image \"example/jobs-manager:1\": {error}")),
        ("Failed", "Error: ErrImagePull".to_owned()),
        ("BackOff", "Back-off pulling image \"example/jobs-manager:1\"".to_owned()),
    ] {
        assert!(events.contains(&(reason.to_owned(), message.clone())), "{message}");
    }
    assert_eq!(rig.plane.logins.lock().expect("lock").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_crash_loop() {
    let rig = rig(Rollout::CrashLoop).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let status = container(&rig).await;
    assert_eq!(status["state"]["waiting"]["reason"], "CrashLoopBackOff");
    assert_eq!(status["lastState"]["terminated"]["exitCode"], 1);
    assert_eq!(status["lastState"]["terminated"]["reason"], "Error");
    assert!(status["restartCount"].as_i64().expect("a count") >= 3, "{status}");
    let message = status["state"]["waiting"]["message"].as_str().expect("a message");
    assert!(
        message.starts_with("back-off 40s restarting failed container=api pod=jobs-manager-"),
        "{message}"
    );
    rig.until("Deployment", "jobs-manager", deadline_passed).await;
    assert_eq!(rig.plane.logins.lock().expect("lock").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_pod_too_large_for_any_node() {
    let rig = rig(Rollout::Unschedulable).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let pod = rig.pod("jobs-manager-").await;
    let message = "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";
    let condition = &pod["status"]["conditions"][0];
    assert_eq!(
        (&condition["type"], &condition["status"], &condition["reason"], &condition["message"]),
        (&json!("PodScheduled"), &json!("False"), &json!("Unschedulable"), &json!(message))
    );
    assert_eq!(
        pod["spec"]["containers"][0]["resources"]["requests"],
        json!({"cpu": "64", "memory": "512Gi"})
    );
    let events = rig.events().await;
    let said = events.iter().filter(|(reason, told)| reason == "FailedScheduling" && told == message).count();
    assert_eq!(said, 2, "at once and once more");
    rig.until("Deployment", "jobs-manager", deadline_passed).await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_pull() {
    let rig = rig(Rollout::SlowPull).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(container(&rig).await["state"]["waiting"]["reason"], "ContainerCreating");
    rig.until("Deployment", "jobs-manager", is_complete).await;
    let events = rig.events().await;
    let took =
        "Successfully pulled image \"example/jobs-manager:1\" in 20s (20s including waiting). Image size:";
    assert!(
        events.iter().any(|(reason, message)| reason == "Pulled" && message.starts_with(took)),
        "{events:#?}"
    );
}
