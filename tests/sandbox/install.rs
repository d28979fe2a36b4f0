//! Whole installations, as far as the cluster goes.

use std::sync::atomic::Ordering;

use landfall::cluster::connect::{Connected, kind, text_at};
use landfall::cluster::release::field;
use landfall::error::Fault;
use landfall::install::{Install, Told};
use landfall::model::{Known, Progress, Release, RowState, Sight, Snapshot};
use landfall::sandbox::scenario::Rollout;
use serde_json::{Value, json};

use super::rig::{PASSWORD, Rig, USERNAME, last, slug};

const PLACE: Option<&str> = Some("gpu-box-02");

async fn secret(cluster: &Connected) -> Value {
    cluster.get(&kind::SECRET, PLACE, "gpu-box-02-secrets").await.unwrap().unwrap()
}

async fn pods(cluster: &Connected) -> Vec<String> {
    let pods = cluster.list(&kind::POD, PLACE, "").await.unwrap();
    pods.iter().map(|pod| text_at(pod, "/metadata/uid").to_owned()).collect()
}

async fn manager_pod(cluster: &Connected) -> String {
    let pods = cluster.list(&kind::POD, PLACE, "app=manager").await.unwrap();
    text_at(pods.last().unwrap(), "/metadata/uid").to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_release_is_installed_and_installed_again() {
    let rig = Rig::new().await;
    let claimed = rig.delivered(PASSWORD).await;
    let first = secret(&rig.cluster).await;
    assert_eq!(field(&first, "CLIENT_ID").as_deref(), Some(USERNAME));
    assert_eq!(field(&first, "CLIENT_PASSWORD").as_deref(), Some(PASSWORD));
    assert_eq!(field(&first, "POD_TOKEN_SIGNING_SECRET").map(|text| text.len()), Some(48));
    assert_eq!(rig.install().recorded(&rig.holder).await.unwrap(), []);

    let told = rig.run(&claimed, Snapshot::is_ready).await.unwrap();
    let progress: Vec<_> = told.iter().filter(|told| matches!(told, Told::Progress(_))).collect();
    assert_eq!(progress.first(), Some(&&Told::Progress(Progress::Applying(0, 10))));
    assert_eq!(progress.last(), Some(&&Told::Progress(Progress::Applied(10))));
    let rows: Vec<String> = last(&told)
        .rows
        .iter()
        .map(|row| format!("{} {} {}/{} {}", row.kind, row.name, row.ready, row.desired, row.note))
        .collect();
    assert_eq!(
        rows,
        [
            "PersistentVolumeClaim mysql-pvc 1/1 bound",
            "PersistentVolumeClaim client-pvc 1/1 bound",
            "DaemonSet gpu-box-02-resource-monitor 1/1 ready",
            "Deployment mysql-client 1/1 ready",
            "Deployment gpu-box-02-jobs-manager 1/1 ready",
            "Deployment gpu-box-02-requests-proxy 1/1 ready",
        ]
    );
    assert!(!last(&told).happenings.is_empty());
    assert!(*rig.plane.heartbeats.lock().unwrap() > 0);

    // The same once more changes nothing: no pod restarts, and the Secret is the same object.
    let before = pods(&rig.cluster).await;
    rig.delivered(PASSWORD).await;
    rig.run(&claimed, Snapshot::is_ready).await.unwrap();
    assert_eq!((pods(&rig.cluster).await, secret(&rig.cluster).await), (before, first));
}

#[tokio::test(start_paused = true)]
async fn what_is_known_before_and_after() {
    let rig = Rig::new().await;
    let before = rig.install().inspect().await.unwrap();
    assert_eq!(before.cluster_id, Known::Yes(rig.holder.cluster.clone()));
    assert_eq!((&before.release, &before.record), (&Release::None, &Known::Yes(false)));
    assert_eq!(before.images_here, Known::Yes(1));
    let nodes = before.nodes.value().unwrap();
    assert_eq!((nodes[0].milli_cpu, nodes[0].memory, nodes[0].ready), (8000, 32 << 30, true));
    assert!(before.version.value().is_some_and(|version| version.starts_with("v1.")));
    assert_eq!(before.planned.milli_cpu, 650);

    let claimed = rig.claimed(PASSWORD);
    rig.install().intend(&rig.holder, &claimed.name, &slug(), claimed.password).await.unwrap();
    assert_eq!(rig.install().inspect().await.unwrap().record, Known::Yes(true));

    // A run that dies right after the delivery leaves a release begun, with the only copy of its credential.
    rig.install().deliver(&rig.holder, &claimed).await.unwrap();
    let one = Release::One { namespace: slug(), username: USERNAME.parse().unwrap() };
    let begun = rig.install().inspect().await.unwrap();
    assert_eq!((begun.release, begun.record), (one.clone(), Known::Yes(false)));
    let (username, password) = rig.install().living(&rig.holder).await.unwrap().unwrap();
    assert_eq!((username.as_str(), rig.opened(password).as_str()), (USERNAME, PASSWORD));

    rig.run(&claimed, Snapshot::is_ready).await.unwrap();
    let after = rig.install().inspect().await.unwrap();
    assert_eq!((after.release, after.images_here), (one, Known::Yes(4)));
    let (_, password) = rig.install().living(&rig.holder).await.unwrap().unwrap();
    assert_eq!(rig.opened(password), PASSWORD);
}

#[tokio::test(start_paused = true)]
async fn another_credential_restarts_what_reads_it() {
    let rig = Rig::new().await;
    let claimed = rig.delivered("a-password-that-died").await;
    let told = rig
        .run(&claimed, |snapshot| snapshot.rows.iter().any(|row| row.state == RowState::Failed))
        .await
        .unwrap();
    let row = last(&told).rows.iter().find(|row| row.state == RowState::Failed).unwrap();
    assert_eq!((row.name.as_str(), row.note.as_str()), ("gpu-box-02-jobs-manager", "credential rejected"));
    let manager = || manager_pod(&rig.cluster);
    let (signing, before) = (field(&secret(&rig.cluster).await, "POD_TOKEN_SIGNING_SECRET"), manager().await);

    let claimed = rig.delivered(PASSWORD).await;
    rig.run(&claimed, Snapshot::is_ready).await.unwrap();
    let secret = secret(&rig.cluster).await;
    assert_eq!(field(&secret, "POD_TOKEN_SIGNING_SECRET"), signing);
    assert_ne!(manager().await, before, "a pod that waits in a crash back-off is replaced");
}

#[tokio::test(start_paused = true)]
async fn an_image_that_does_not_exist_is_named() {
    let rig = Rig::with(Rollout::ImagePullFails, &[]).await;
    let claimed = rig.delivered(PASSWORD).await;
    let told = rig
        .run(&claimed, |snapshot| snapshot.rows.iter().any(|row| row.state == RowState::Failed))
        .await
        .unwrap();
    let row = last(&told).rows.iter().find(|row| row.state == RowState::Failed).unwrap();
    assert_eq!(row.name.as_str(), "gpu-box-02-jobs-manager");
    assert_eq!(row.note.as_str(), "image not found");
    assert!(row.sentence.contains("busybox:1.36"), "{}", row.sentence);
    assert!(row.evidence.iter().any(|line| line.contains("ImagePull")), "{:?}", row.evidence);
    assert!(!last(&told).is_ready());
}

#[tokio::test(start_paused = true)]
async fn a_program_that_keeps_ending_is_told_with_its_last_words() {
    let rig = Rig::with(Rollout::CrashLoop, &[]).await;
    let claimed = rig.delivered(PASSWORD).await;
    let told = rig
        .run(&claimed, |snapshot| snapshot.rows.iter().any(|row| row.state == RowState::Failed))
        .await
        .unwrap();
    let row = last(&told).rows.iter().find(|row| row.state == RowState::Failed).unwrap();
    assert_eq!((row.name.as_str(), row.note.as_str()), ("gpu-box-02-jobs-manager", "keeps ending"));
    let words = "fatal: cannot read the training configuration: unexpected end of file";
    assert!(row.evidence.iter().any(|line| line.as_str() == words), "{:?}", row.evidence);
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_fits_nowhere_is_told() {
    let rig = Rig::with(Rollout::Unschedulable, &[]).await;
    let claimed = rig.delivered(PASSWORD).await;
    let told = rig
        .run(&claimed, |snapshot| snapshot.rows.iter().any(|row| row.state == RowState::Failed))
        .await
        .unwrap();
    let row = last(&told).rows.iter().find(|row| row.state == RowState::Failed).unwrap();
    assert_eq!((row.name.as_str(), row.note.as_str()), ("gpu-box-02-jobs-manager", "no room on any node"));
}

#[tokio::test(start_paused = true)]
async fn sight_is_lost_and_found_again() {
    let rig = Rig::new().await;
    let claimed = rig.delivered(PASSWORD).await;
    let down = rig.down.clone();
    let states = std::sync::Mutex::new(Vec::new());
    rig.run(&claimed, |snapshot| {
        let lost = matches!(snapshot.sight, Sight::Lost(_));
        let mut states = states.lock().unwrap();
        if snapshot.is_ready() && states.is_empty() {
            states.push("ready");
            down.store(true, Ordering::Relaxed);
        } else if lost && states.len() == 1 {
            assert!(!snapshot.is_ready(), "lost sight is not ready");
            assert_eq!(snapshot.rows.len(), 6, "the rows last seen stay");
            states.push("lost");
            down.store(false, Ordering::Relaxed);
        } else if snapshot.is_ready() && states.len() == 2 {
            states.push("ready again");
        }
        states.len() == 3
    })
    .await
    .unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_stays_away_while_applying_ends_the_run() {
    let rig = Rig::new().await;
    let claimed = rig.delivered(PASSWORD).await;
    rig.down.store(true, Ordering::Relaxed);
    let fault = rig.run(&claimed, |_| false).await.unwrap_err();
    assert!(matches!(fault, Fault::ClusterUnreachable { .. }), "{fault:?}");
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_version_had_goes_and_what_wants_to_stay_does() {
    let rig = Rig::new().await;
    let claimed = rig.delivered(PASSWORD).await;
    rig.run(&claimed, Snapshot::is_ready).await.unwrap();
    let service = |name: &str, instance: &str, notes: Value| {
        let labels = json!({
            "app.kubernetes.io/name": "client",
            "app.kubernetes.io/instance": instance,
            "app.kubernetes.io/managed-by": "Helm",
        });
        json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name, "namespace": "gpu-box-02", "labels": labels, "annotations": notes},
            "spec": {"ports": [{"port": 80}]},
        })
    };
    let stays = json!({"helm.sh/resource-policy": "keep"});
    for object in [
        service("earlier", "gpu-box-02", json!({})),
        service("kept", "gpu-box-02", stays),
        service("of-another-release", "other", json!({})),
    ] {
        rig.cluster.create(&kind::SERVICE, PLACE, &object).await.unwrap();
    }
    rig.run(&claimed, Snapshot::is_ready).await.unwrap();
    let services = rig.cluster.list(&kind::SERVICE, PLACE, "").await.unwrap();
    let mut names: Vec<&str> = services.iter().map(|service| text_at(service, "/metadata/name")).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["jobs-manager", "kept", "mysql-client", "of-another-release", "requests-proxy-service"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_field_that_somebody_else_manages_is_told_before_it_is_taken_over() {
    let rig = Rig::new().await;
    let claimed = rig.delivered(PASSWORD).await;
    rig.run(&claimed, Snapshot::is_ready).await.unwrap();
    let scaled = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "mysql-client", "namespace": "gpu-box-02"},
        "spec": {"replicas": 0},
    });
    let deployments = kube::Api::<kube::api::DynamicObject>::namespaced_with(
        rig.cluster.client.clone(),
        "gpu-box-02",
        &kube::api::ApiResource::from_gvk(&kube::api::GroupVersionKind::gvk("apps", "v1", "Deployment")),
    );
    let params = kube::api::PatchParams::apply("kubectl-edit").force();
    deployments.patch("mysql-client", &params, &kube::api::Patch::Apply(&scaled)).await.unwrap();
    let told = rig.run(&claimed, Snapshot::is_ready).await.unwrap();
    let taken: Vec<String> = told
        .iter()
        .filter_map(|told| match told {
            Told::Progress(Progress::TakingOver(what)) => Some(what.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(taken, ["Deployment mysql-client: \"kubectl-edit\": .spec.replicas"]);
    let database = rig.cluster.get(&kind::DEPLOYMENT, PLACE, "mysql-client").await.unwrap().unwrap();
    assert_eq!(database.pointer("/spec/replicas"), Some(&json!(1)));
}

#[tokio::test(start_paused = true)]
async fn a_refused_trial_leaves_nothing_half_done() {
    let rig = Rig::with(Rollout::Normal, &[("patch", "deployments")]).await;
    let claimed = rig.delivered(PASSWORD).await;
    let fault = rig.run(&claimed, |_| false).await.unwrap_err();
    assert!(fault.sentence().contains("mysql-client"), "{fault:?}");
    for kind in [kind::SERVICE, kind::VOLUME_CLAIM, kind::DAEMON_SET, kind::SERVICE_ACCOUNT] {
        let made = rig.cluster.list(&kind, PLACE, "").await.unwrap();
        let names: Vec<&str> = made.iter().map(|object| text_at(object, "/metadata/name")).collect();
        assert!(names.iter().all(|name| *name == "default"), "{}: {names:?}", kind.name);
    }
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_is_not_ours_is_left_alone() {
    let rig = Rig::new().await;
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "gpu-box-02"}});
    rig.cluster.create(&kind::NAMESPACE, None, &namespace).await.unwrap();
    let claimed = rig.claimed(PASSWORD);
    let refused = Fault::NotClaimable {
        client: "GPU Box 02".into(),
        why: "the namespace gpu-box-02 exists in the cluster already and was not made for a client of this \
              account"
            .into(),
    };
    let install = rig.install();
    let intended = install.intend(&rig.holder, &claimed.name, &slug(), claimed.password).await;
    assert_eq!(intended, Err(refused.clone()));
    assert_eq!(install.recorded(&rig.holder).await, Ok(vec![]), "nothing was written ahead");
    assert_eq!(install.deliver(&rig.holder, &claimed).await, Err(refused));
    assert_eq!(rig.cluster.list(&kind::SECRET, PLACE, "").await.unwrap(), Vec::<Value>::new());

    for reserved in ["default", "kube-public", "openshift-x"] {
        let slug = reserved.parse().unwrap();
        let intended = install.intend(&rig.holder, &claimed.name, &slug, claimed.password).await;
        assert!(matches!(intended, Err(Fault::NotClaimable { .. })), "{reserved}: {intended:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn somebody_elses_release_is_not_overwritten() {
    let rig = Rig::new().await;
    rig.delivered(PASSWORD).await;
    let mut other = rig.claimed(PASSWORD);
    other.username = "00000000-0000-4a5b-8c9d-0123456789ab".parse().unwrap();
    let delivered = rig.install().deliver(&rig.holder, &other).await;
    assert_eq!(delivered, Err(Fault::ForeignRelease { namespace: "gpu-box-02".into() }));
    assert_eq!(field(&secret(&rig.cluster).await, "CLIENT_ID").as_deref(), Some(USERNAME));
}

#[tokio::test(start_paused = true)]
async fn a_short_outage_does_not_end_a_delivery() {
    for (lost, what) in [
        ("POST /api/v1/namespaces/gpu-box-02/secrets", "the Secret's answer"),
        ("GET /api/v1/namespaces/gpu-box-02/secrets/gpu-box-02-secrets", "a read"),
        ("POST /api/v1/namespaces", "the namespace's answer"),
    ] {
        let rig = Rig::new().await;
        let (install, claimed) = (rig.install(), rig.claimed(PASSWORD));
        install.intend(&rig.holder, &claimed.name, &slug(), claimed.password).await.unwrap();
        *rig.lose.lock().unwrap() = Some(lost);
        install.deliver(&rig.holder, &claimed).await.unwrap_or_else(|fault| panic!("{what}: {fault}"));
        assert_eq!(*rig.lose.lock().unwrap(), None, "{what} was lost");
        assert_eq!(field(&secret(&rig.cluster).await, "CLIENT_PASSWORD").as_deref(), Some(PASSWORD));
        assert_eq!(install.recorded(&rig.holder).await, Ok(vec![]));
    }
}

#[tokio::test(start_paused = true)]
async fn what_lives_in_the_cluster_is_told_strictly() {
    let rig = Rig::new().await;
    let labels = json!({"app.kubernetes.io/name": "client", "app.kubernetes.io/managed-by": "Helm"});
    let manager = |namespace: &str, name: &str| {
        let pod = json!({"containers": [{"name": "api", "image": "busybox"}]});
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": name, "namespace": namespace, "labels": labels},
            "spec": {
                "selector": {"matchLabels": {"app": "x"}},
                "template": {"metadata": {"labels": {"app": "x"}}, "spec": pod},
            },
        })
    };
    let credential = |namespace: &str, name: &str, id: &str| {
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": {"name": name, "namespace": namespace, "labels": labels},
            "data": {"CLIENT_ID": landfall::cluster::release::encoded(id)},
        })
    };
    let release = || async { rig.install().inspect().await.unwrap().release };
    for name in ["one", "two"] {
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        rig.cluster.create(&kind::NAMESPACE, None, &namespace).await.unwrap();
    }
    let place = Some("one");
    rig.cluster.create(&kind::DEPLOYMENT, place, &manager("one", "x-jobs-manager")).await.unwrap();
    assert_eq!(release().await, Release::Unclear("the release in one has no readable CLIENT_ID".into()));
    assert!(matches!(rig.install().living(&rig.holder).await, Err(Fault::CannotTell { .. })));

    let bad = credential("one", "x-secrets", "17");
    rig.cluster.create(&kind::SECRET, place, &bad).await.unwrap();
    assert_eq!(
        release().await,
        Release::Unclear("the release in one has a CLIENT_ID that is not a UUID".into())
    );
    rig.cluster.apply(&kind::SECRET, place, &credential("one", "x-secrets", USERNAME)).await.unwrap();
    assert_eq!(
        release().await,
        Release::One { namespace: "one".parse().unwrap(), username: USERNAME.parse().unwrap() }
    );
    rig.cluster.create(&kind::DEPLOYMENT, Some("two"), &manager("two", "jobs-manager")).await.unwrap();
    assert_eq!(release().await, Release::Several(vec!["one".into(), "two".into()]));
}
