//! A release with objects in a second namespace: installed, watched, seen again, changed and taken away.

use std::path::PathBuf;
use std::sync::Arc;

use landfall::cluster::connect::{Connected, Kind, kind, text_at};
use landfall::cluster::release::field;
use landfall::error::Fault;
use landfall::foreign::Text;
use landfall::install::release::ReleaseInstall;
use landfall::install::{Install, Report, Told};
use landfall::model::{CheckState, Claimed, Release, RowState, Snapshot};
use landfall::sandbox::scenario::Rollout;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::rig::{PASSWORD, Rig, USERNAME, slug};

const ELSEWHERE: Option<&str> = Some("gpu-box-02-agents");

/// What helm makes of the demo chart with `nodeAgents.namespace` set, but for `left_out`, by kind.
fn rendered(folder: &TempDir, left_out: &[&str]) -> PathBuf {
    let text = include_str!("two-namespaces.yaml");
    let kept = text
        .split("---\n")
        .filter(|one| !left_out.iter().any(|kind| one.contains(&format!("kind: {kind}\n"))));
    let path = folder.path().join("release.yaml");
    std::fs::write(&path, kept.collect::<Vec<_>>().join("---\n")).unwrap();
    path
}

async fn names(cluster: &Connected, kind: &Kind) -> Vec<String> {
    let found = cluster.list(kind, ELSEWHERE, "").await.unwrap();
    found.iter().map(|object| text_at(object, "/metadata/name").to_owned()).collect()
}

/// Runs or looks at a release until a snapshot is as wished.
async fn until(
    install: &ReleaseInstall,
    claimed: Option<&Claimed>,
    wished: fn(&Snapshot) -> bool,
) -> Result<Snapshot, Fault> {
    let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
    let report: Report = Arc::new(move |one| drop(sender.send(one)));
    let slug = slug();
    let mut running = match claimed {
        Some(claimed) => install.run(claimed, report),
        None => install.observe(&slug, report),
    };
    loop {
        tokio::select! {
            fault = &mut running => return Err(fault),
            Some(one) = told.recv() => match one {
                Told::Snapshot(snapshot) if wished(&snapshot) => return Ok(snapshot),
                _ => {}
            },
        }
    }
}

fn rows(snapshot: &Snapshot) -> Vec<String> {
    let mut rows: Vec<String> = snapshot
        .rows
        .iter()
        .map(|row| format!("{} {} {}/{}", row.kind, row.name, row.ready, row.desired))
        .collect();
    rows.sort();
    rows
}

#[tokio::test(start_paused = true)]
async fn what_lives_elsewhere_is_installed_watched_and_taken_away() {
    let (rig, folder) = (Rig::new().await, TempDir::new().unwrap());
    let install = || rig.install().of_file(rendered(&folder, &[]));
    let claimed = rig.delivered(PASSWORD).await;
    let applied = until(&install(), Some(&claimed), Snapshot::is_ready).await.unwrap();
    assert_eq!(applied.rows.len(), 6);
    assert_eq!(names(&rig.cluster, &kind::DAEMON_SET).await, ["gpu-box-02-resource-monitor"]);
    // It signs in with a copy of the credential, which holds nothing else.
    let copy = rig.cluster.get(&kind::SECRET, ELSEWHERE, "gpu-box-02-secrets").await.unwrap().unwrap();
    assert_eq!(copy["data"].as_object().unwrap().len(), 2);
    assert_eq!(
        (field(&copy, "CLIENT_ID").as_deref(), field(&copy, "CLIENT_PASSWORD").as_deref()),
        (Some(USERNAME), Some(PASSWORD))
    );

    // Another run, which applied nothing, sees all of it.
    let seen = until(&install(), None, Snapshot::is_ready).await.unwrap();
    assert_eq!(rows(&seen), rows(&applied));
    assert!(rows(&seen).contains(&"DaemonSet gpu-box-02-resource-monitor 1/1".to_owned()), "{seen:?}");
    let inspected = install().inspect().await.unwrap();
    assert_eq!(inspected.release, Release::One { namespace: slug(), username: USERNAME.parse().unwrap() });

    // What goes wrong there is told like anything else.
    let containers = json!([{"name": "resource-monitor", "image": "not a name"}]);
    let broken = json!({"spec": {"template": {"spec": {"containers": containers}}}});
    rig.cluster.merge(&kind::DAEMON_SET, ELSEWHERE, "gpu-box-02-resource-monitor", &broken).await.unwrap();
    let failed = |snapshot: &Snapshot| snapshot.rows.iter().any(|row| row.state == RowState::Failed);
    let failed = until(&install(), None, failed).await.unwrap();
    let row = failed.rows.iter().find(|row| row.state == RowState::Failed).unwrap();
    assert_eq!((row.name.as_str(), row.note.as_str()), ("gpu-box-02-resource-monitor", "image name invalid"));
    until(&install(), Some(&claimed), Snapshot::is_ready).await.unwrap();

    // Checked before the first change of the next run: in each namespace.
    let checks = install().preflight().await;
    let words: Vec<&str> = checks.iter().map(|check| check.words.as_str()).collect();
    assert!(
        checks.iter().all(|check| matches!(check.state, CheckState::Pass | CheckState::NotApplicable)),
        "{words:?}"
    );
    assert_eq!(words[0], "you may do all of it in namespace gpu-box-02 and namespace gpu-box-02-agents");
    assert_eq!(words[1], "there is room for 0.65 CPU and 0.94 Gi");

    let removed = install().remove(&rig.holder, true, &(Arc::new(|_| ()) as Report)).await.unwrap();
    let gone: Vec<&str> = removed.gone.iter().map(Text::as_str).collect();
    for name in [
        "DaemonSet gpu-box-02-agents/gpu-box-02-resource-monitor",
        "Namespace gpu-box-02-agents",
        "Secret gpu-box-02-agents/gpu-box-02-secrets",
    ] {
        assert!(gone.contains(&name), "{name} in {gone:?}");
    }
    assert_eq!(gone.last(), Some(&"Secret gpu-box-02-secrets"), "the credential goes last");
    assert_eq!(removed.ending, []);
    assert_eq!(rig.cluster.get(&kind::NAMESPACE, None, "gpu-box-02-agents").await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_credential_that_changes_changes_elsewhere_too() {
    let (rig, folder) = (Rig::new().await, TempDir::new().unwrap());
    let install = || rig.install().of_file(rendered(&folder, &[]));
    let claimed = rig.delivered("a-password-that-died").await;
    let agents_ready = |snapshot: &Snapshot| {
        snapshot.rows.iter().any(|row| row.kind.as_str() == "DaemonSet" && row.state == RowState::Ready)
    };
    until(&install(), Some(&claimed), agents_ready).await.unwrap();
    let pods = || async { rig.cluster.list(&kind::POD, ELSEWHERE, "").await.unwrap() };
    let before = text_at(&pods().await[0], "/metadata/uid").to_owned();
    let claimed = rig.delivered(PASSWORD).await;
    until(&install(), Some(&claimed), Snapshot::is_ready).await.unwrap();
    let copy = rig.cluster.get(&kind::SECRET, ELSEWHERE, "gpu-box-02-secrets").await.unwrap().unwrap();
    assert_eq!(field(&copy, "CLIENT_PASSWORD").as_deref(), Some(PASSWORD));
    assert_ne!(text_at(&pods().await[0], "/metadata/uid"), before, "what reads it was restarted");
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_version_had_elsewhere_goes_and_what_is_others_stays() {
    // Also where rights are given a namespace at a time.
    for forbidden in [&[][..], &[("list", "* in all namespaces")]] {
        prunes_elsewhere(&Rig::with(Rollout::Normal, forbidden).await).await;
    }
}

async fn prunes_elsewhere(rig: &Rig) {
    let folder = TempDir::new().unwrap();
    let claimed = rig.delivered(PASSWORD).await;
    let first = rig.install().of_file(rendered(&folder, &[]));
    until(&first, Some(&claimed), Snapshot::is_ready).await.unwrap();
    // Of a release of the same name, in a namespace of its own.
    let labels = json!({"app.kubernetes.io/name": "client", "app.kubernetes.io/instance": "gpu-box-02", "app.kubernetes.io/managed-by": "Helm"});
    let notes =
        json!({"meta.helm.sh/release-name": "gpu-box-02", "meta.helm.sh/release-namespace": "another"});
    let theirs = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "theirs", "labels": labels, "annotations": notes},
        "spec": {"ports": [{"port": 80}]}});
    rig.cluster.create(&kind::SERVICE, ELSEWHERE, &theirs).await.unwrap();

    let second = rig.install().of_file(rendered(&folder, &["DaemonSet", "Namespace"]));
    let ready = until(&second, Some(&claimed), Snapshot::is_ready).await.unwrap();
    assert_eq!(ready.rows.len(), 5);
    assert_eq!(names(&rig.cluster, &kind::DAEMON_SET).await, Vec::<String>::new());
    assert_eq!(names(&rig.cluster, &kind::SERVICE).await, ["theirs"]);
    assert_eq!(
        names(&rig.cluster, &kind::SECRET).await,
        Vec::<String>::new(),
        "no credential is left behind"
    );
    assert!(rig.cluster.get(&kind::NAMESPACE, None, "gpu-box-02-agents").await.unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn what_is_somebody_elses_is_not_written_over() {
    let (rig, folder) = (Rig::new().await, TempDir::new().unwrap());
    let install = || rig.install().of_file(rendered(&folder, &[]));
    let namespace = |name: &str| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"by": "hand"}}});
    rig.cluster.create(&kind::NAMESPACE, None, &namespace("gpu-box-02-agents")).await.unwrap();
    let theirs = json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "gpu-box-02-resource-monitor"},
        "spec": {"selector": {"matchLabels": {"app": "x"}}, "template": {"metadata": {"labels": {"app": "x"}},
            "spec": {"containers": [{"name": "x", "image": "busybox"}]}}}});
    rig.cluster.create(&kind::DAEMON_SET, ELSEWHERE, &theirs).await.unwrap();
    let claimed = rig.delivered(PASSWORD).await;
    let leftovers = install().preflight().await.into_iter().find(|check| check.id == "P05").unwrap();
    assert_eq!(leftovers.state, CheckState::Fail, "{}", leftovers.words);
    let refused = until(&install(), Some(&claimed), Snapshot::is_ready).await.unwrap_err();
    assert_eq!(
        refused,
        Fault::ClusterRefuses {
            object: "DaemonSet gpu-box-02-agents/gpu-box-02-resource-monitor".into(),
            said: "it is there already; landfall wrote it, and not this release".into(),
        }
    );
    let found = rig.cluster.list(&kind::SERVICE, Some("gpu-box-02"), "").await.unwrap();
    assert_eq!(found, Vec::<Value>::new(), "nothing is half done");

    // Without it the namespace is used as it is, and stays.
    let object =
        rig.cluster.get(&kind::DAEMON_SET, ELSEWHERE, "gpu-box-02-resource-monitor").await.unwrap().unwrap();
    let uid = text_at(&object, "/metadata/uid");
    rig.cluster.delete(&kind::DAEMON_SET, ELSEWHERE, "gpu-box-02-resource-monitor", uid).await.unwrap();
    until(&install(), Some(&claimed), Snapshot::is_ready).await.unwrap();
    install().remove(&rig.holder, false, &(Arc::new(|_| ()) as Report)).await.unwrap();
    let theirs = rig.cluster.get(&kind::NAMESPACE, None, "gpu-box-02-agents").await.unwrap().unwrap();
    assert_eq!(theirs.pointer("/metadata/labels/by"), Some(&json!("hand")));
    assert_eq!(theirs.pointer("/metadata/labels/app.kubernetes.io~1instance"), None);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_cannot_be_used_is_named() {
    let (rig, folder) = (Rig::new().await, TempDir::new().unwrap());
    let path = folder.path().join("release.yaml");
    for (text, why) in [
        ("a: [", "it is no YAML"),
        ("", "it holds no object"),
        (
            "apiVersion: example.org/v1\nkind: Shop\n",
            "it holds a Shop of example.org/v1, which is not applied here",
        ),
    ] {
        std::fs::write(&path, text).unwrap();
        let fault = rig.install().of_file(path.clone()).inspect().await.unwrap_err();
        let what = format!("The file of objects {}", path.display());
        assert_eq!(fault, Fault::BadInput { what: what.as_str().into(), why: why.into() });
    }
    let fault = rig.install().of_file(folder.path().join("missing.yaml")).inspect().await.unwrap_err();
    assert!(fault.sentence().contains("No such file"), "{fault}");
}
