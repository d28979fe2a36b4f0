//! Installing object by object while everything that can go wrong in between does.

use std::collections::HashMap;
use std::path::PathBuf;

use landfall::cluster::connect::{Connected, Kind, kind, kinds_in_order, text_at};
use landfall::cluster::release::field;
use landfall::error::Fault;
use landfall::install::release::Process;
use landfall::install::{Install, Report, Told};
use landfall::model::{CheckState, Progress, Snapshot};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::rig::{Between, PASSWORD, Rig, slug};

const PLACE: &str = "gpu-box-02";

fn of(name: &str) -> &'static Kind {
    kinds_in_order().iter().find(|kind| kind.name == name).unwrap()
}

/// What of the release is there, but for its Secret and what the cluster makes by itself.
async fn made(cluster: &Connected) -> Vec<String> {
    let mut made = Vec::new();
    for name in ["ServiceAccount", "PersistentVolumeClaim", "Service", "DaemonSet", "Deployment"] {
        for object in cluster.list(of(name), Some(PLACE), "").await.unwrap() {
            made.push(text_at(&object, "/metadata/name").to_owned());
        }
    }
    made.retain(|name| name != "default");
    made
}

async fn write(rig: &Rig, by: &str, kind: &Kind, object: &Value) {
    let of = kube::api::GroupVersionKind::gvk(kind.group, kind.version, kind.name);
    let of = kube::api::ApiResource::from_gvk_with_plural(&of, kind.plural);
    let space = text_at(object, "/metadata/namespace");
    let client = rig.cluster.client.clone();
    let api: kube::Api<kube::api::DynamicObject> = kube::Api::namespaced_with(client, space, &of);
    let params = kube::api::PostParams { field_manager: Some(by.to_owned()), ..Default::default() };
    api.create(&params, &serde_json::from_value(object.clone()).unwrap()).await.unwrap();
}

fn refuses(object: &str, said: &str) -> Fault {
    Fault::ClusterRefuses { object: object.into(), said: said.into() }
}

fn between(rig: &Rig, between: impl FnMut(&str) -> Option<(u16, String)> + Send + 'static) {
    *rig.between.lock().unwrap() = Some(Box::new(between) as Between);
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_refuses_one_object_is_told_before_the_first_is_applied() {
    let denied = "admission webhook \"policy.example\" denied the request: no plain ports";
    let silent = "admission webhook \"policy.example\" denied the request without explanation";
    let down = "Internal error occurred: failed calling webhook \"policy.example\": no endpoints available";
    let undeclared = "failed to create typed patch object (gpu-box-02/mysql-client; v1, Kind=Service): .spec.x: \
                      field not declared in schema";
    let quota = "services \"mysql-client\" is forbidden: exceeded quota: few, requested: services=1, used: \
                 services=2, limited: services=2";
    for (code, said) in [(403, denied), (400, silent), (500, down), (500, undeclared), (403, quota)] {
        let rig = Rig::new().await;
        let claimed = rig.delivered(PASSWORD).await;
        between(&rig, move |asked| {
            let is_it = asked.starts_with("PATCH") && asked.contains("/services/mysql-client");
            is_it.then(|| (code, said.to_owned()))
        });
        let fault = rig.run(&claimed, |_| false).await.unwrap_err();
        assert_eq!(fault, refuses("Service gpu-box-02/mysql-client", said));
        assert_eq!(made(&rig.cluster).await, Vec::<String>::new(), "{said}");
        // Once it is mended, the same again goes through.
        *rig.between.lock().unwrap() = None;
        rig.run(&claimed, Snapshot::is_ready).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_takes_no_trials_is_not_in_the_way() {
    let rig = Rig::new().await;
    let claimed = rig.delivered(PASSWORD).await;
    between(&rig, |asked| {
        let said = "admission webhook \"policy.example\" does not support dry run";
        asked.contains("dryRun=All").then(|| (400, said.to_owned()))
    });
    rig.run(&claimed, Snapshot::is_ready).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_is_hit_in_the_middle_is_named_and_the_next_run_goes_on() {
    let rig = Rig::new().await;
    let claimed = rig.delivered(PASSWORD).await;
    let said = "services \"mysql-client\" is forbidden: exceeded quota: few, requested: services=1, used: \
                services=1, limited: services=1";
    between(&rig, move |asked| {
        // Each alone would fit; tried one by one, none is refused.
        let is_it = asked.contains("/services/mysql-client") && !asked.contains("dryRun");
        (is_it && asked.starts_with("PATCH")).then(|| (403, said.to_owned()))
    });
    let fault = rig.run(&claimed, |_| false).await.unwrap_err();
    assert_eq!(fault, refuses("Service gpu-box-02/mysql-client", said));
    assert!(!made(&rig.cluster).await.is_empty());
    *rig.between.lock().unwrap() = None;
    rig.run(&claimed, Snapshot::is_ready).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn bursts_of_refusals_from_first_to_last_are_waited_out() {
    let rig = Rig::new().await;
    let (install, claimed) = (rig.install(), rig.claimed(PASSWORD));
    install.intend(&rig.holder, &claimed.name, &slug(), claimed.password).await.unwrap();
    let mut asked_for: HashMap<String, u16> = HashMap::new();
    between(&rig, move |asked| {
        let times = asked_for.entry(asked.to_owned()).or_default();
        *times += 1;
        let code = [429, 500, 503].get(usize::from(*times - 1) % 5).copied()?;
        Some((code, "the server is busy".to_owned()))
    });
    install.deliver(&rig.holder, &claimed).await.unwrap();
    rig.run(&claimed, Snapshot::is_ready).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_run_that_ends_at_any_object_is_finished_by_the_next() {
    for last in 0..10 {
        let rig = Rig::new().await;
        let claimed = rig.delivered(PASSWORD).await;
        let reached = |told: &Told| matches!(told, Told::Progress(Progress::Applying(at, _)) if *at == last);
        rig.run_by(&rig.install(), &claimed, reached).await.unwrap();
        rig.run(&claimed, Snapshot::is_ready).await.unwrap();
        let lease = rig.cluster.get(&kind::LEASE, Some("kube-system"), "landfall-enroll").await.unwrap();
        assert_eq!(lease, None, "ended at {last}");
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_that_install_at_once_one_waits() {
    let rig = Rig::new().await;
    let claimed = rig.delivered(PASSWORD).await;
    let this = Process::this();
    let start: u64 = this.to_string().rsplit('/').next().unwrap().parse().unwrap();
    // Another one of this very host, which is alive.
    let first = rig.install().run_by(this.clone(), "ann on box".into());
    let second = rig.install().run_by(this.beside(std::process::id(), start + 1), "bob on box".into());
    let silent: Report = std::sync::Arc::new(|_| ());
    first.queue(false, &silent).await.unwrap();
    let queued =
        |told: &Told| matches!(told, Told::Progress(Progress::Queued(who)) if who.starts_with("ann on"));
    rig.run_by(&second, &claimed, queued).await.unwrap();
    assert_eq!(made(&rig.cluster).await, Vec::<String>::new(), "nothing was applied beside the other");
    first.make_way().await;
    let ready = |told: &Told| matches!(told, Told::Snapshot(snapshot) if snapshot.is_ready());
    rig.run_by(&second, &claimed, ready).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_made_under_the_same_name_is_not_written_over() {
    for (notes, whose) in [
        (json!({}), "it is there already; kubectl-create wrote it, and not this release"),
        (
            json!({"meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "gpu-box-02"}),
            "it is there already and belongs to the release shop in the namespace gpu-box-02",
        ),
    ] {
        let rig = Rig::new().await;
        let claimed = rig.delivered(PASSWORD).await;
        let service = json!({
            "apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"port": 1}]},
            "metadata": {"name": "mysql-client", "namespace": PLACE, "annotations": notes},
        });
        write(&rig, "kubectl-create", &kind::SERVICE, &service).await;
        let check = rig.install().preflight().await.into_iter().find(|check| check.id == "P05").unwrap();
        assert_eq!(
            (check.state, check.words.as_str()),
            (CheckState::Fail, format!("Service mysql-client is in the way: {whose}").as_str())
        );
        let fault = rig.run(&claimed, |_| false).await.unwrap_err();
        assert_eq!(fault, refuses("Service mysql-client", whose));
        assert_eq!(made(&rig.cluster).await, ["mysql-client"], "nothing is half done");
        let found = rig.cluster.get(&kind::SERVICE, Some(PLACE), "mysql-client").await.unwrap().unwrap();
        assert_eq!(found.pointer("/spec/ports/0/port"), Some(&json!(1)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_is_going_is_waited_for_by_the_person() {
    let rig = Rig::new().await;
    let claimed = rig.delivered(PASSWORD).await;
    let held = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
        "name": "held", "namespace": PLACE, "finalizers": ["example.org/hold"],
    }});
    rig.cluster.create(of("ConfigMap"), Some(PLACE), &held).await.unwrap();
    let namespace = rig.cluster.get(&kind::NAMESPACE, None, PLACE).await.unwrap().unwrap();
    rig.cluster.delete(&kind::NAMESPACE, None, PLACE, text_at(&namespace, "/metadata/uid")).await.unwrap();
    let going = "is being deleted";
    let fault = rig.run(&claimed, |_| false).await.unwrap_err();
    assert!(fault.sentence().contains(going) || fault.sentence().contains("is gone"), "{fault:?}");
    let fault = rig.install().deliver(&rig.holder, &claimed).await.unwrap_err();
    assert!(fault.sentence().contains(going), "{fault:?}");
}

/// A file of objects: the demo release's volumes apart, whatever a test needs.
fn file(folder: &TempDir, objects: &[Value]) -> PathBuf {
    let path = folder.path().join("release.yaml");
    let text: Vec<String> = objects.iter().map(Value::to_string).collect();
    std::fs::write(&path, text.join("\n---\n")).unwrap();
    path
}

fn config(name: &str, size: usize) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "x".repeat(size)}})
}

#[tokio::test(start_paused = true)]
async fn three_hundred_objects_are_applied_and_pruned() {
    let (rig, folder) = (Rig::new().await, TempDir::new().unwrap());
    let claimed = rig.delivered(PASSWORD).await;
    let count = || async { rig.cluster.list(of("ConfigMap"), Some(PLACE), "").await.unwrap().len() };
    let all = |many: usize| (0..many).map(|n| config(&format!("part-{n}"), 2000)).collect::<Vec<_>>();
    for (many, before) in [(300, 0), (1, 300)] {
        assert_eq!(count().await, before);
        let install = rig.install().of_file(file(&folder, &all(many)));
        let applied = |told: &Told| matches!(told, Told::Progress(Progress::Applied(of)) if *of == many);
        rig.run_by(&install, &claimed, applied).await.unwrap();
        assert_eq!(count().await, many);
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_that_is_too_large_is_named() {
    let (rig, folder) = (Rig::new().await, TempDir::new().unwrap());
    let claimed = rig.delivered(PASSWORD).await;
    let install = rig.install().of_file(file(&folder, &[config("small", 10), config("huge", 3_500_000)]));
    let fault = rig.run_by(&install, &claimed, |_| false).await.unwrap_err();
    assert!(fault.sentence().contains("ConfigMap gpu-box-02/huge"), "{fault:?}");
    assert!(fault.sentence().contains("too large"), "{fault:?}");
    assert_eq!(rig.cluster.list(of("ConfigMap"), Some(PLACE), "").await.unwrap(), Vec::<Value>::new());
}

#[tokio::test(start_paused = true)]
async fn what_the_cluster_made_of_the_release_is_neither_pruned_nor_lost() {
    let (rig, folder) = (Rig::new().await, TempDir::new().unwrap());
    let claimed = rig.delivered(PASSWORD).await;
    let labels = json!({
        "app.kubernetes.io/name": "client", "app.kubernetes.io/instance": "release-goes-here",
        "app.kubernetes.io/managed-by": "Helm",
    });
    let pod = json!({
        "metadata": {"labels": {"app": "db"}},
        "spec": {"containers": [{"name": "db", "image": "docker.io/library/busybox:1.36"}]},
    });
    let database = json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"},
        "spec": {
            "serviceName": "db", "replicas": 1, "selector": {"matchLabels": {"app": "db"}}, "template": pod,
            "volumeClaimTemplates": [{
                "metadata": {"name": "data", "labels": labels},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
            }],
        },
    });
    let install = || rig.install().of_file(file(&folder, std::slice::from_ref(&database)));
    let ready = |told: &Told| matches!(told, Told::Snapshot(snapshot) if snapshot.is_ready());
    rig.run_by(&install(), &claimed, ready).await.unwrap();
    let volume = || async {
        let volume = rig.cluster.get(&kind::VOLUME_CLAIM, Some(PLACE), "data-db-0").await.unwrap().unwrap();
        (
            text_at(&volume, "/metadata/uid").to_owned(),
            text_at(&volume, "/metadata/deletionTimestamp").to_owned(),
        )
    };
    let before = volume().await;
    rig.run_by(&install(), &claimed, ready).await.unwrap();
    assert_eq!(volume().await, before, "its data is nobody's to prune");
    let silent: Report = std::sync::Arc::new(|_| ());
    let removed = install().remove(&rig.holder, true, &silent).await.unwrap();
    assert_eq!(removed.kept, ["PersistentVolumeClaim data-db-0".into()]);
    assert_eq!(volume().await, before, "and who keeps the data keeps it");
}

#[tokio::test(start_paused = true)]
async fn keys_that_a_chart_wants_beside_the_credential_are_made_once() {
    let (rig, folder) = (Rig::new().await, TempDir::new().unwrap());
    let claimed = rig.delivered(PASSWORD).await;
    let wanted = |fixed: &str| {
        json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "release-goes-here-secrets"},
            "stringData": {"CLIENT_PASSWORD": "stand-in", "DB_PASSWORD": "generated-goes-here", "MODE": fixed},
        })
    };
    let held = || async {
        let secret =
            rig.cluster.get(&kind::SECRET, Some(PLACE), "gpu-box-02-secrets").await.unwrap().unwrap();
        ["CLIENT_PASSWORD", "DB_PASSWORD", "MODE"].map(|key| field(&secret, key).unwrap())
    };
    let mut before = None;
    for fixed in ["one", "two"] {
        let install = rig.install().of_file(file(&folder, &[config("a", 1), wanted(fixed)]));
        let applied = |told: &Told| matches!(told, Told::Progress(Progress::Applied(1)));
        rig.run_by(&install, &claimed, applied).await.unwrap();
        let [password, made, mode] = held().await;
        assert_eq!((password.as_str(), made.len(), mode.as_str()), (PASSWORD, 48, "one"));
        assert_eq!(*before.get_or_insert_with(|| made.clone()), made, "made once");
    }
}
