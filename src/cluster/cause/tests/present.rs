//! What is of the past, or of another container, is not the cause.

use super::*;

/// Two containers of one pod: `main` in `status`, and `side` up.
fn two(status: Value) -> Stage {
    let mut stage = Stage::container(status);
    let spec = json!({"name": "side", "image": "shop/web:1", "livenessProbe": {"tcpSocket": {"port": 1}}});
    stage.pods[0]["spec"]["containers"].as_array_mut().unwrap().push(spec);
    let up = json!({"name": "side", "ready": true, "state": {"running": {"startedAt": at(2)}}});
    stage.pods[0]["status"]["containerStatuses"].as_array_mut().unwrap().push(up);
    stage
}

/// The last event is about this container.
fn about(mut stage: Stage, field: &str) -> Stage {
    stage.events.last_mut().unwrap()["involvedObject"]["fieldPath"] = json!(field);
    stage
}

#[test]
fn an_event_about_another_container_does_not_count() {
    let creating = || two(json!({"state": {"waiting": {"reason": "ContainerCreating"}}}));
    let pulling = |stage: Stage| stage.event("pod-1", "Pulling", "Pulling image \"shop/web:1\"", 5, 5, 1);
    for (field, kind) in [
        ("spec.containers{side}", Kind::ContainerStarting),
        ("spec.initContainers{main}", Kind::ContainerStarting),
        ("spec.containers{main}", Kind::Pulling),
    ] {
        assert_eq!(about(pulling(creating()), field).judged(10).0, kind, "{field}");
    }
    assert_eq!(pulling(creating()).judged(10).0, Kind::Pulling, "one that names none");

    let crashing = || {
        two(json!({"restartCount": 1, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": {"exitCode": 1, "startedAt": at(5), "finishedAt": at(20)}}}))
    };
    let killed = |name: &str, second: i64| {
        let message = format!("Container {name} failed liveness probe, will be restarted");
        crashing().event("pod-1", "Killing", &message, second, second, 1)
    };
    assert_eq!(killed("main", 18).judged(25).0, Kind::LivenessProbe);
    assert_eq!(killed("side", 18).judged(25).0, Kind::CrashLoop);
    assert_eq!(killed("main", 3).judged(25).0, Kind::CrashLoop, "that was the run before");
    let unhealthy = |field: &str| {
        about(crashing().event("pod-1", "Unhealthy", "Liveness probe failed: refused", 18, 18, 1), field)
    };
    assert_eq!(unhealthy("spec.containers{main}").judged(25).0, Kind::LivenessProbe);
    assert_eq!(unhealthy("spec.containers{side}").judged(25).0, Kind::CrashLoop);

    let mut running = two(json!({"state": {"running": {"startedAt": at(5)}}}));
    running.pods[0]["spec"]["containers"][0]["readinessProbe"] = json!({"tcpSocket": {"port": 2}});
    let failing = running.event("pod-1", "Unhealthy", "Readiness probe failed: not me", 8, 8, 1);
    let says = |field: &str| about(failing.clone(), field).sentence(10);
    assert!(says("spec.containers{main}").ends_with("probe (TCP port 2) fails: not me."));
    assert!(says("spec.containers{side}").ends_with("waits for its readiness probe (TCP port 2) to pass."));
}

#[test]
fn grace_counts_from_this_containers_own_trouble() {
    let message = "secret \"web\" not found";
    let mut stage =
        two(json!({"state": {"waiting": {"reason": "CreateContainerConfigError", "message": message}}}));
    assert_eq!(stage.sentence(10), "web (container main) cannot start: the Secret web does not exist.");
    let since = |stage: &Stage| stage.at(40).unwrap().evidence.since;
    assert_eq!(since(&stage), Some(at(1)), "the last step that went well");
    // Another container was noticed, in this pod and in another one.
    stage.noticed = Some(30);
    assert_eq!(since(&stage), Some(at(30)));
    let mut other = stage.clone();
    other.pods[0]["metadata"]["uid"] = json!("pod-2");
    assert_eq!(since(&other), Some(at(1)));
    let mut side = stage.clone();
    side.pods[0]["spec"]["containers"][0]["name"] = json!("first");
    side.pods[0]["status"]["containerStatuses"][0]["name"] = json!("first");
    assert_eq!(since(&side), Some(at(1)));
    // The same words about the other container, earlier.
    let failed = |stage: Stage, field: &str, first: i64| {
        about(stage.event("pod-1", "Failed", &format!("Error: {message}"), first, 39, 5), field)
    };
    let stage = failed(stage, "spec.containers{side}", 3);
    assert_eq!(since(&stage), Some(at(30)));
    assert_eq!(since(&failed(stage, "spec.containers{main}", 20)), Some(at(20)));
}

#[test]
fn a_deadline_that_had_passed_before_this_rollout_makes_nothing_hopeless() {
    let waiting =
        || Stage::waiting("CreateContainerError", "failed to reserve container name").deadline_passed();
    assert_eq!(waiting().judged(10).1, Class::Hopeless);
    for (told, class) in [(-2, Class::Retrying), (-1, Class::Hopeless)] {
        let mut stage = waiting();
        stage.workload["status"]["conditions"][0]["lastUpdateTime"] = json!(at(told));
        assert_eq!(stage.judged(10).1, class, "{told}");
    }
    let mut idle = Stage::new().deadline_passed();
    idle.workload["status"]["conditions"][0]["lastUpdateTime"] = json!(at(-100));
    assert_eq!(idle.judged(10), (Kind::Rolling, Class::Waiting));
}

#[test]
fn a_pod_that_ended_gives_way_to_the_one_in_its_place() {
    let mut stage = Stage::waiting("ContainerCreating", "");
    let mut evicted = pod(json!({}));
    evicted["metadata"]["uid"] = json!("pod-0");
    evicted["status"] =
        json!({"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."});
    stage.pods.insert(0, evicted);
    assert_eq!(stage.judged(10), (Kind::ContainerStarting, Class::Waiting));
    stage.pods.truncate(1);
    assert_eq!(stage.judged(10), (Kind::Evicted, Class::Retrying), "nothing has taken its place yet");
    // A Job's pods are its tries.
    let mut job = Stage::container(json!({"state": {"running": {"startedAt": at(8)}}}));
    job.workload = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate", "uid": "job-1"}, "spec": {},
        "status": {"startTime": at(0), "active": 1, "failed": 1}});
    let mut failed = pod(json!({"state": {"terminated": {"exitCode": 3}}}));
    failed["metadata"]["uid"] = json!("pod-0");
    failed["status"]["phase"] = json!("Failed");
    failed["spec"]["restartPolicy"] = json!("Never");
    job.pods.push(failed);
    for pod in &mut job.pods {
        pod["metadata"]["ownerReferences"][0]["uid"] = json!("job-1");
    }
    assert_eq!(job.sentence(10), "migrate ended: exit code 3.");
}

#[test]
fn a_sidecar_that_is_not_ready_speaks_for_its_pod() {
    let mut stage = Stage::container(json!({"ready": true, "state": {"running": {"startedAt": at(9)}}}));
    stage.pods[0]["spec"]["initContainers"] =
        json!([{"name": "guard", "restartPolicy": "Always", "readinessProbe": {"tcpSocket": {"port": 7}}}]);
    let guard = |ready: bool, started: bool| json!([{"name": "guard", "ready": ready, "started": started, "state": {"running": {"startedAt": at(5)}}}]);
    stage.pods[0]["status"]["initContainerStatuses"] = guard(false, true);
    assert_eq!(
        stage.sentence(10),
        "web (init container guard) has been running for 5 s and waits for its readiness probe (TCP port 7) to pass."
    );
    stage.pods[0]["status"]["initContainerStatuses"] = guard(true, true);
    assert_eq!(stage.judged(10).0, Kind::NotReady);
}

#[test]
fn the_end_of_a_program_is_told_as_it_was() {
    let memory = |limit: Value| {
        let mut stage = crashed(2, json!({"exitCode": 137, "reason": "OOMKilled"}));
        stage.pods[0]["spec"]["containers"][0]["resources"] = json!({"limits": limit});
        stage.sentence(25)
    };
    assert_eq!(
        memory(json!({"memory": "64Mi"})),
        "web is stopped for using more memory than its limit of 64Mi (OOMKilled, exit code 137, 2 restarts)."
    );
    assert_eq!(
        memory(json!({})),
        "web is stopped for want of memory, and has no limit of its own (OOMKilled, exit code 137, 2 restarts)."
    );
    let again = Stage::container(json!({"restartCount": 1, "state": {"running": {"startedAt": at(20)}},
        "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled", "finishedAt": at(19)}}}));
    assert_eq!(
        again.sentence(25),
        "web ended with exit code 137 (out of memory) and runs again (restart 1); it is not ready yet."
    );
    let first = Stage::container(json!({"state": {"terminated": {"exitCode": 1, "finishedAt": at(5)}}}));
    assert_eq!(first.sentence(6), "web ended: exit code 1.");
    let probed = Stage::container(json!({"state": {"terminated": {"exitCode": 137, "finishedAt": at(5)}}}))
        .event("pod-1", "Killing", "Container main failed startup probe, will be restarted", 5, 5, 1);
    assert_eq!(
        probed.sentence(6),
        "web was stopped by its probe: Container main failed startup probe, will be restarted (exit code 137 (killed from outside, often for want of memory))."
    );
}
