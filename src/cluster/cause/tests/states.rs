//! Every layer's states that no recording has, in the words a person reads.

use super::*;
use Class::{Hopeless, Retrying, Slow, Waiting};

#[test]
fn pulls_that_may_heal_get_longer_and_a_running_try_is_the_news() {
    let message = "dial tcp: lookup registry-1.docker.io on 10.0.0.2:53: no such host";
    let failed = format!("Failed to pull image \"shop/web:1\": {message}");
    let stage = Stage::waiting(
        "ImagePullBackOff",
        &format!("Back-off pulling image \"shop/web:1\": ErrImagePull: {message}"),
    )
    .event("pod-1", "Failed", &failed, 10, 40, 3);
    assert_eq!(stage.judged(129), (Kind::RegistryName, Retrying));
    assert_eq!(stage.judged(130), (Kind::RegistryName, Hopeless));
    assert_eq!(
        stage.sentence(50),
        "web cannot start: the name of the registry docker.io cannot be resolved (DNS). It was tried 3 times."
    );
    let timer = stage.at(50).unwrap().timer.unwrap();
    assert_eq!((timer.kind, timer.due), (TimerKind::PullBackOff, Some(at(80))), "the third pause is 40 s");
    let again = stage.event("pod-1", "Pulling", "Pulling image \"shop/web:1\"", 2, 80, 4);
    assert_eq!(again.judged(200), (Kind::Pulling, Slow));
}

#[test]
fn older_kubelets_tell_the_cause_only_in_an_event() {
    let stage = Stage::waiting("ImagePullBackOff", "Back-off pulling image \"shop/web:1\"").event(
        "pod-1",
        "Failed",
        "Failed to pull image \"shop/web:1\": x509: certificate signed by unknown authority",
        10,
        10,
        1,
    );
    assert_eq!(stage.judged(20).0, Kind::RegistryCertificate);
    assert_eq!(Stage::waiting("ErrImageNeverPull", "").judged(20), (Kind::ImageNeverPulled, Hopeless));
}

#[test]
fn crashes_name_exit_reason_log_and_next_start() {
    let mut stage = crashed(2, json!({"exitCode": 127, "reason": "Error"}));
    stage.log = vec!["one".to_owned(), String::new(), "sh: jobs: not found".to_owned()];
    let cause = stage.at(25).unwrap();
    assert_eq!((cause.kind, cause.class), (Kind::CrashLoop, Hopeless));
    assert_eq!(
        cause.sentence,
        "web keeps ending: exit code 127 (its program was not found), 2 restarts; its log ends with: sh: jobs: not found"
    );
    assert_eq!(cause.evidence.log, ["one", "sh: jobs: not found"]);
    assert_eq!(cause.timer.unwrap().due, Some(at(40)));
    assert_eq!(cause.next, "Read its log: kubectl -n demo logs web-2-abcde -c main --previous");
    assert_eq!(crashed(1, json!({"exitCode": 1})).judged(25), (Kind::CrashLoop, Retrying));

    let mut rejected = crashed(2, json!({"exitCode": 1}));
    rejected.log = vec!["ERROR unable to log in".to_owned()];
    assert_eq!(rejected.judged(25), (Kind::CredentialRejected, Hopeless));
    let oom = crashed(2, json!({"exitCode": 137, "reason": "OOMKilled"}));
    assert_eq!(oom.judged(25), (Kind::OutOfMemory, Hopeless));
    let probed = crashed(2, json!({"exitCode": 137, "reason": "Error"})).event(
        "pod-1",
        "Killing",
        "Container main failed liveness probe, will be restarted",
        19,
        19,
        2,
    );
    assert_eq!(probed.judged(25).0, Kind::LivenessProbe);
    let start = crashed(
        2,
        json!({"exitCode": 128, "reason": "StartError", "message":
        "failed to create containerd task: OCI runtime create failed: exec: \"jobs\": executable file not found in $PATH: unknown"}),
    );
    assert_eq!(start.judged(25), (Kind::ContainerRun, Hopeless));
}

#[test]
fn a_container_that_runs_again_is_given_a_chance() {
    let end = json!({"exitCode": 1, "reason": "Error", "finishedAt": at(20)});
    let stage = Stage::container(
        json!({"restartCount": 3, "state": {"running": {"startedAt": at(40)}}, "lastState": {"terminated": end}}),
    );
    assert_eq!(stage.judged(60), (Kind::Restarted, Retrying));
    assert_eq!(
        stage.sentence(60),
        "web ended with exit code 1 and runs again (restart 3); it is not ready yet."
    );
    let probed = stage.event(
        "pod-1",
        "Unhealthy",
        "Readiness probe failed: HTTP probe failed with statuscode: 503",
        50,
        55,
        2,
    );
    assert_eq!(probed.judged(60), (Kind::ReadinessProbe, Waiting));
}

#[test]
fn settings_that_cannot_be_used() {
    let config = |message: &str| Stage::waiting("CreateContainerConfigError", message);
    for (message, kind, sentence) in [
        (
            r#"secret "web-secrets" not found"#,
            Kind::MissingSecret,
            "web cannot start: the Secret web-secrets does not exist.",
        ),
        (
            "couldn't find key CLIENT_ID in Secret demo/web-secrets",
            Kind::MissingSecretKey,
            "web cannot start: the Secret web-secrets lacks the key CLIENT_ID.",
        ),
        (
            r#"configmap "web" not found"#,
            Kind::MissingConfigMap,
            "web cannot start: the ConfigMap web does not exist.",
        ),
        (
            "couldn't find key mode in ConfigMap demo/web",
            Kind::MissingConfigMapKey,
            "web cannot start: the ConfigMap web lacks the key mode.",
        ),
        (
            "container has runAsNonRoot and image will run as root (pod: \"x\", container: main)",
            Kind::RunsAsRoot,
            "web cannot start: it must not run as root, and its image would.",
        ),
        (
            "services have not yet been read at least once, cannot construct envvars",
            Kind::ContainerConfig,
            "web cannot start: services have not yet been read at least once, cannot construct envvars.",
        ),
    ] {
        let stage = config(message);
        assert_eq!((stage.judged(10), stage.sentence(10)), ((kind, Retrying), sentence.to_owned()));
    }
    assert_eq!(config(r#"secret "x" not found"#).judged(16).1, Hopeless);
    assert_eq!(config("services have not yet been read").judged(40).1, Retrying);
    let create = Stage::waiting("CreateContainerError", "failed to reserve container name");
    assert_eq!(create.judged(20), (Kind::ContainerCreate, Retrying));
    assert_eq!(Stage::waiting("PostStartHookError", "exit 1").judged(20), (Kind::StartHook, Retrying));
    let run = Stage::waiting("RunContainerError", "exec /app: exec format error");
    assert_eq!(
        run.sentence(20),
        "web cannot start its program: its image is built for another kind of processor."
    );
}

#[test]
fn init_containers_come_first_and_are_named() {
    let mut stage = Stage::waiting("PodInitializing", "");
    stage.pods[0]["spec"]["initContainers"] = json!([{"name": "guard", "image": "busybox"}]);
    stage.pods[0]["status"]["initContainerStatuses"] =
        json!([{"name": "guard", "state": {"running": {"startedAt": at(5)}}}]);
    assert_eq!(stage.judged(20), (Kind::InitContainer, Waiting));
    assert_eq!(
        stage.sentence(20),
        "web (init container guard) has been running for 15 s; the main program starts after it."
    );
    stage.pods[0]["status"]["initContainerStatuses"][0] = json!({"name": "guard", "restartCount": 2,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": {"exitCode": 3, "message": "format guard: data of 5.7"}}});
    assert_eq!(stage.judged(20), (Kind::DataRefused, Hopeless));
    stage.pods[0]["status"]["initContainerStatuses"][0] =
        json!({"name": "guard", "state": {"terminated": {"exitCode": 0}}});
    assert_eq!(stage.judged(20), (Kind::ContainerStarting, Waiting));
}

#[test]
fn probes_say_what_they_ask_and_how_long_they_may() {
    let mut stage = Stage::container(json!({"started": false, "state": {"running": {"startedAt": at(5)}}}));
    stage.pods[0]["spec"]["containers"][0]["startupProbe"] = json!({"exec": {"command": ["mysqladmin", "ping"]}, "initialDelaySeconds": 10, "periodSeconds": 5, "failureThreshold": 24});
    let cause = stage.at(25).unwrap();
    assert_eq!((cause.kind, cause.class), (Kind::StartupProbe, Waiting));
    assert_eq!(
        cause.sentence,
        "web has been running for 20 s and waits for its startup probe (a command inside) to pass."
    );
    let timer = cause.timer.unwrap();
    assert_eq!((timer.kind, timer.due), (TimerKind::ProbeBudget, Some(at(135))));
    let mut ready = Stage::container(json!({"started": true, "state": {"running": {"startedAt": at(5)}}}));
    ready.pods[0]["spec"]["containers"][0]["readinessProbe"] =
        json!({"httpGet": {"port": 8080, "path": "/health"}});
    let cause = ready.at(25).unwrap();
    assert_eq!(
        cause.sentence,
        "web has been running for 20 s and waits for its readiness probe (HTTP port 8080, path /health) to pass."
    );
    assert_eq!(cause.timer.unwrap().due, Some(at(600)), "the progress deadline");
    assert_eq!(ready.deadline_passed().judged(700), (Kind::ReadinessProbe, Hopeless));
}

#[test]
fn placement_is_explained_for_the_closest_nodes() {
    let mut stage =
        unplaced("0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {a: b}.");
    stage.pods[0]["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": "2500m"}});
    assert_eq!(stage.judged(15), (Kind::NotEnoughCpu, Waiting));
    assert_eq!(stage.judged(16), (Kind::NotEnoughCpu, Hopeless));
    assert_eq!(
        stage.sentence(16),
        "web cannot be placed: it asks for 2.5 CPU; the largest node has 4 CPU, and other pods have taken too much of it."
    );
    let scaling =
        stage.event("pod-1", "TriggeredScaleUp", "pod triggered scale-up: [{pool 1->2 (max: 3)}]", 5, 5, 1);
    assert_eq!(scaling.judged(100), (Kind::ScalingUp, Slow));
    let taint = unplaced(
        "0/1 nodes are available: 1 node(s) had untolerated taint {dedicated: gpu}. preemption: none",
    );
    assert_eq!(
        taint.sentence(5),
        "web cannot be placed: every node that would do has a taint it does not tolerate (dedicated: gpu)."
    );
    let booting = unplaced(
        "0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.",
    );
    assert_eq!(
        booting.judged(300),
        (Kind::NodeNotReady, Retrying),
        "a node that boots is no reason to give up"
    );
}

#[test]
fn volumes_that_are_not_there_or_cannot_be_mounted() {
    let mut stage = unplaced("0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.");
    stage.pods[0]["spec"]["volumes"] =
        json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]);
    stage.pvcs = vec![
        json!({"kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": "demo", "uid": "claim-1",
        "creationTimestamp": at(0)}, "spec": {"storageClassName": "fast"}, "status": {"phase": "Pending"}}),
    ];
    let external = "Waiting for a volume to be created either by the external provisioner 'x.csi' or manually by the system administrator.";
    let provisioner = stage.clone().event("claim-1", "ExternalProvisioning", external, 2, 60, 5);
    assert_eq!(provisioner.judged(60), (Kind::NoProvisioner, Waiting));
    assert_eq!(provisioner.judged(122), (Kind::NoProvisioner, Hopeless));
    let modes =
        "failed to provision volume with StorageClass \"fast\": Only support ReadWriteOnce access mode";
    let mode = stage.clone().event("claim-1", "ProvisioningFailed", modes, 2, 20, 2);
    assert_eq!(mode.judged(20), (Kind::AccessMode, Hopeless));
    // A claim that waits for its consumer is not the cause; the scheduler's other reason is.
    let mut consumer = stage.event("claim-1", "WaitForFirstConsumer", "waiting for first consumer", 2, 60, 5);
    assert_eq!(consumer.judged(60).0, Kind::VolumePending);
    consumer.pvcs[0]["status"]["phase"] = json!("Lost");
    assert_eq!(consumer.judged(60), (Kind::VolumeLost, Hopeless));

    let mounting = |message: &str, reason: &str| {
        Stage::waiting("ContainerCreating", "").event("pod-1", reason, message, 10, 90, 9)
    };
    let secret =
        mounting(r#"MountVolume.SetUp failed for volume "certs" : secret "tls" not found"#, "FailedMount");
    assert_eq!(secret.sentence(60), "web cannot start: the Secret tls does not exist.");
    assert_eq!(secret.judged(600), (Kind::MissingSecret, Retrying), "told by events only");
    assert_eq!(secret.clone().deadline_passed().judged(600), (Kind::MissingSecret, Hopeless));
    let nfs = mounting(
        r#"MountVolume.SetUp failed for volume "share" : mount failed: exit status 32"#,
        "FailedMount",
    );
    assert_eq!(
        nfs.sentence(60),
        "web cannot start: its volume share cannot be mounted: mount failed: exit status 32."
    );
    assert_eq!(nfs.judged(60), (Kind::MountFailed, Retrying));
    let multi = mounting(
        r#"Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) web-1"#,
        "FailedAttachVolume",
    );
    assert_eq!(multi.judged(500), (Kind::VolumeInUse, Retrying));
    let past = nfs.event("pod-1", "Pulling", "Pulling image \"shop/web:1\"", 95, 95, 1);
    assert_eq!(past.judged(100).0, Kind::Pulling, "what came after the trouble shows that it is over");
}

#[test]
fn no_pod_at_all() {
    let refused = "pods \"web-2-x\" is forbidden: exceeded quota: q, requested: limits.cpu=2,pods=1, used: limits.cpu=3,pods=4, limited: limits.cpu=4,pods=10";
    let mut stage = Stage::new();
    stage.replicasets[0]["status"] = json!({"conditions": [{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate",
        "message": refused, "lastTransitionTime": at(5)}]});
    assert_eq!(stage.judged(19), (Kind::Quota, Retrying));
    assert_eq!(stage.judged(20), (Kind::Quota, Hopeless));
    assert_eq!(
        stage.sentence(20),
        "web gets no pod: quota q leaves no room (limits.cpu: asks for 2, used 3, limit 4; pods: asks for 1, used 4, limit 10)."
    );
    stage.quotas = vec![
        json!({"metadata": {"name": "q"}, "status": {"hard": {"limits.cpu": "8", "pods": "10"}, "used": {"limits.cpu": "3", "pods": "4"}}}),
    ];
    assert_eq!(stage.judged(20), (Kind::CreateRetried, Retrying), "widened since");

    let mut daemon = Stage::new();
    daemon.workload = json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent", "uid": "ds", "generation": 1},
        "status": {"observedGeneration": 1, "desiredNumberScheduled": 1, "currentNumberScheduled": 0}});
    let violates = "Error creating: pods \"agent-\" is forbidden: violates PodSecurity \"baseline:latest\": host namespaces (hostPID=true)";
    let mut daemon = daemon.event("ds", "FailedCreate", violates, 2, 30, 12);
    assert_eq!(daemon.judged(30), (Kind::PodSecurity, Hopeless));
    assert_eq!(
        daemon.sentence(30),
        "agent gets no pod: the namespace's Pod Security level baseline:latest forbids it: host namespaces (hostPID=true)."
    );
    daemon.workload["status"]["currentNumberScheduled"] = json!(1);
    assert_eq!(daemon.judged(30), (Kind::Rolling, Waiting), "the counters say that the pods are there");
}

#[test]
fn nodes_in_trouble() {
    let mut stage = Stage::waiting("ImagePullBackOff", "not found");
    stage.nodes = vec![node(
        &json!([{"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown", "lastTransitionTime": at(10)}]),
    )];
    assert_eq!(stage.judged(400), (Kind::NodeNotReady, Retrying));
    assert_eq!(stage.sentence(40), "web waits: its node box-1 is not ready, for 30 s now.");
    let mut evicted = Stage::container(json!({}));
    evicted.pods[0]["status"] = json!({"phase": "Failed", "reason": "Evicted", "message":
        "The node was low on resource: ephemeral-storage. Threshold quantity: 2146223340, available: 1883424Ki."});
    assert_eq!(evicted.judged(400), (Kind::Evicted, Retrying));
    let mut short = Stage::container(json!({}));
    short.pods[0]["status"]["containerStatuses"] = json!([]);
    short.nodes = vec![node(
        &json!([{"type": "Ready", "status": "True"}, {"type": "DiskPressure", "status": "True", "reason": "KubeletHasDiskPressure"}]),
    )];
    assert_eq!(short.judged(20), (Kind::NodePressure, Retrying));
}

#[test]
fn the_workload_as_a_whole() {
    let mut stale = Stage::waiting("InvalidImageName", "");
    stale.workload["metadata"]["generation"] = json!(3);
    assert_eq!(stale.judged(5), (Kind::StaleGeneration, Waiting), "the pods are of the change before");
    let mut paused = Stage::new();
    paused.workload["spec"]["paused"] = json!(true);
    assert_eq!(paused.judged(15), (Kind::Paused, Hopeless));
    assert_eq!(paused.at(15).unwrap().next, "Let it go on: kubectl -n demo rollout resume deployment web");
    let mut going = Stage::new();
    going.pods = vec![pod(json!({}))];
    going.pods[0]["metadata"]["deletionTimestamp"] = json!(at(30));
    assert_eq!(going.judged(15), (Kind::OldPodsTerminating, Waiting));
    assert_eq!(Stage::new().deadline_passed().judged(700), (Kind::ProgressDeadline, Hopeless));
    let slow = Stage::waiting("ContainerCreating", "").event(
        "pod-1",
        "Pulling",
        "Pulling image \"shop/web:1\"",
        2,
        2,
        1,
    );
    assert_eq!(slow.deadline_passed().judged(700), (Kind::Pulling, Slow), "a slow line is no failure");
    let mut gone = Stage::new();
    gone.workload["metadata"]["deletionTimestamp"] = json!(at(3));
    assert_eq!(gone.judged(5), (Kind::Deleting, Waiting));
    gone.workload["kind"] = json!("Namespace");
    assert_eq!(gone.judged(5), (Kind::NamespaceTerminating, Retrying));
}

#[test]
fn jobs() {
    let mut stage = Stage::new();
    let job = |status: Value| json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate", "uid": "job-1", "namespace": "demo"}, "spec": {}, "status": status});
    let started = json!({"startTime": at(0), "active": 1});
    stage.workload = job(started);
    assert_eq!(stage.judged(5), (Kind::JobRunning, Waiting));
    stage.pods = vec![pod(json!({"state": {"running": {"startedAt": at(2)}}}))];
    stage.pods[0]["metadata"]["ownerReferences"][0]["uid"] = json!("job-1");
    assert_eq!(stage.sentence(5), "The job migrate has been running for 3 s.");
    stage.workload = job(
        json!({"failed": 1, "conditions": [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded",
        "message": "Job has reached the specified backoff limit"}]}),
    );
    stage.pods[0]["spec"]["restartPolicy"] = json!("Never");
    stage.pods[0]["status"] = json!({"phase": "Failed", "containerStatuses": [{"name": "main", "state": {"terminated": {"exitCode": 2}}}]});
    assert_eq!(stage.judged(5), (Kind::JobFailed, Hopeless));
    assert_eq!(
        stage.sentence(5),
        "The job migrate has failed after 1 try: Job has reached the specified backoff limit. migrate ended: exit code 2."
    );
    stage.workload = job(json!({"conditions": [{"type": "Complete", "status": "True"}]}));
    assert_eq!(stage.at(5), None);
}

#[test]
fn a_claim_on_its_own() {
    let mut stage = Stage::new();
    stage.workload = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "uid": "claim-1", "creationTimestamp": at(0)}, "status": {"phase": "Pending"}});
    let stage = stage.event(
        "claim-1",
        "WaitForFirstConsumer",
        "waiting for first consumer to be created before binding",
        2,
        60,
        5,
    );
    assert_eq!(stage.judged(500), (Kind::WaitsForConsumer, Waiting));
    assert_eq!(
        stage.sentence(9),
        "The volume claim data waits: it is made once a pod that needs it has a node."
    );
}
