//! Helm as a child process, whatever that does: scripts in its place. What the real one does, `tests/peers/helm` shows.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use landfall::cluster::connect::kind;
use landfall::cluster::release::encoded;
use landfall::error::Fault;
use landfall::install::release::{ReleaseInstall, Surroundings};
use landfall::install::{Install, Told};
use landfall::model::{CheckState, Claimed, Given, HelmChart, Progress};
use serde_json::{Map, json};
use tempfile::TempDir;

use super::rig::{PASSWORD, Rig};

/// A cluster with a delivered credential, and a script that is called helm.
struct World {
    rig: Rig,
    folder: TempDir,
    claimed: Claimed,
}

const RENDERED: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {helm.sh/chart: client-1.2.3}}\n";

impl World {
    /// `does` is what it does when it is to install.
    async fn new(does: &str) -> Self {
        Self::rendering(does, "cat \"$FOLDER/rendered\"").await
    }

    async fn rendering(does: &str, renders: &str) -> Self {
        let rig = Rig::new().await;
        let claimed = rig.delivered(PASSWORD).await;
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("rendered"), RENDERED).unwrap();
        let script = format!(
            "#!/bin/sh\nFOLDER={}\ncase \"$1\" in\nupgrade) {does} ;;\n*) {renders} ;;\nesac\n",
            folder.path().display()
        );
        let path = folder.path().join("helm");
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Self { rig, folder, claimed }
    }

    fn install(&self) -> ReleaseInstall {
        let chart = HelmChart {
            program: Some(self.folder.path().join("helm")),
            chart: "client".to_owned(),
            version: None,
            values: vec![(Given::Password, "auth.password".to_owned())],
            set: Map::new(),
        };
        let path = vec![PathBuf::from("/usr/bin"), PathBuf::from("/bin"), PathBuf::from("bin")];
        self.rig.install().by_helm(chart, Surroundings { path, ..Surroundings::default() })
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    /// What is said when it fails.
    async fn said(&self, install: &ReleaseInstall) -> String {
        match self.rig.run_by(install, &self.claimed, |_| false).await {
            Err(Fault::HelmFailed { doing, said }) => format!("{doing}: {said}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn values_come_on_standard_input_and_nowhere_else() {
    let world =
        World::new("cat >\"$FOLDER/input\"; env >\"$FOLDER/env\"; echo \"$@\" >\"$FOLDER/args\"").await;
    let applied = |told: &Told| matches!(told, Told::Progress(Progress::Applied(1)));
    world.rig.run_by(&world.install(), &world.claimed, applied).await.unwrap();
    assert_eq!(world.file("input"), format!("{{\"auth\":{{\"password\":\"{PASSWORD}\"}}}}"));
    assert_eq!(
        world.file("args"),
        "upgrade --install gpu-box-02 client --namespace gpu-box-02 --values - --history-max 3 --kube-context box\n"
    );
    let environment = world.file("env");
    let mut names: Vec<&str> = environment.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    names.retain(|name| !["PWD", "OLDPWD", "SHLVL", "_"].contains(name));
    names.sort_unstable();
    assert_eq!(names, ["HELM_DRIVER", "HELM_PLUGINS", "KUBECONFIG", "PATH"]);
    assert!(environment.contains("HELM_DRIVER=secret"), "{environment}");
    assert!(environment.contains("PATH=/usr/bin:/bin\n"), "{environment}");
}

#[tokio::test]
async fn however_it_fails_it_is_told_without_the_password() {
    let secret = encoded(PASSWORD).as_str().unwrap().to_owned();
    for (does, says) in [
        ("echo 'Error: chart requires more' >&2; exit 1", "Error: chart requires more"),
        ("exit 3", "it ended with exit code 3, and said nothing"),
        ("kill -9 $$", "it was ended by signal 9, and said nothing"),
        (
            // It prints all that it was given, plain and in base64, and then says that that was wrong.
            "v=$(cat); echo \"$v\"; echo \"Error: bad $v $(printf %s \"$v\" | cut -d'\"' -f6 | tr -d '\\n' | base64)\" >&2; exit 1",
            "Error: bad {\"auth\":{\"password\":\"[secret]\"}} [secret]",
        ),
        (
            "yes 'all of it again and again' | head -c 100000000 >&2; echo >&2; echo 'Error: at last' >&2; exit 1",
            "Error: at last",
        ),
        ("head -c 100000000 /dev/zero >&2; exit 1", "it said nothing"),
    ] {
        let world = World::new(does).await;
        let said = world.said(&world.install()).await;
        assert_eq!(said, format!("install the release: {says}"));
        assert!(!said.contains(PASSWORD) && !said.contains(&secret));
    }
    // What is not read is not even taken in.
    let world = World::new("yes | head -c 100000000").await;
    let applied = |told: &Told| matches!(told, Told::Progress(Progress::Applied(1)));
    world.rig.run_by(&world.install(), &world.claimed, applied).await.unwrap();
}

#[tokio::test]
async fn a_chart_that_renders_without_end_is_refused_before_the_review() {
    let world = World::rendering("true", "yes 'kind: Service'").await;
    let fault = world.install().inspect().await.unwrap_err();
    assert_eq!(
        fault,
        Fault::HelmFailed {
            doing: "render the chart".into(),
            said: "it wrote more than 32 MiB, and said nothing".into()
        }
    );
}

#[tokio::test]
async fn what_it_leaves_running_is_not_waited_for() {
    for (does, fine) in [("", true), ("; echo 'Error: no' >&2; exit 1", false)] {
        let world = World::new(&format!("sleep 1000 & echo $! >\"$FOLDER/id\"{does}")).await;
        let applied = |told: &Told| matches!(told, Told::Progress(Progress::Applied(1)));
        let install = world.install();
        let run = tokio::time::timeout(
            Duration::from_secs(60),
            world.rig.run_by(&install, &world.claimed, applied),
        );
        match run.await.unwrap() {
            Ok(_) => assert!(fine),
            Err(Fault::HelmFailed { said, .. }) => assert_eq!((fine, said.as_str()), (false, "Error: no")),
            other => panic!("{other:?}"),
        }
        until("what it started has ended", || has_ended(&world.file("id"))).await;
    }
}

#[tokio::test]
async fn a_release_that_another_helm_ends_at_last_keeps_its_record() {
    let world = World::new(
        "true ;;\nrollback) touch \"$FOLDER/rolling\"; \
         while [ ! -e \"$FOLDER/ended\" ]; do sleep 0.05; done; exit 1",
    )
    .await;
    let (cluster, place) = (&world.rig.cluster, Some("gpu-box-02"));
    // The revision before it holds the credential that counts, so that going back is right.
    let secret = cluster.get(&kind::SECRET, place, "gpu-box-02-secrets").await.unwrap().unwrap();
    let kept = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "gpu-box-02-secrets"}, "data": secret["data"]});
    fs::write(world.folder.path().join("rendered"), format!("{RENDERED}---\n{kept}\n")).unwrap();
    let name = "sh.helm.release.v1.gpu-box-02.v2";
    let record = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
        "metadata": {"name": name, "namespace": "gpu-box-02", "labels": {
            "owner": "helm", "name": "gpu-box-02", "version": "2", "status": "pending-upgrade",
        }},
    });
    cluster.create(&kind::SECRET, place, &record).await.unwrap();
    // The half minute of looks goes by at once; children run in real time.
    let looks = std::sync::atomic::AtomicUsize::new(0);
    *world.rig.between.lock().unwrap() = Some(Box::new(move |asked: &str| {
        if asked.starts_with("GET") && asked.contains("owner") {
            match looks.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
                0 => tokio::time::pause(),
                30 => tokio::time::resume(),
                _ => {}
            }
        }
        None
    }));
    let install = world.install();
    let applied = |told: &Told| matches!(told, Told::Progress(Progress::Applied(_)));
    let others = async {
        while !world.folder.path().join("rolling").exists() {
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let status = json!({"metadata": {"labels": {"status": "deployed"}}});
        cluster.merge(&kind::SECRET, place, name, &status).await.unwrap();
        fs::write(world.folder.path().join("ended"), "").unwrap();
    };
    let (told, ()) = tokio::join!(world.rig.run_by(&install, &world.claimed, applied), others);
    told.unwrap();
    let record =
        cluster.get(&kind::SECRET, place, name).await.unwrap().expect("the record of what is deployed");
    assert_eq!(record["metadata"]["labels"]["status"], "deployed");
}

/// Whether a process has ended: it is gone, or only its remains are there.
fn has_ended(id: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", id.trim())).unwrap_or_default();
    stat.is_empty() || stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
}

async fn until(what: &str, done: impl Fn() -> bool) {
    for _ in 0..400 {
        if done() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("never: {what}");
}

#[tokio::test]
async fn one_that_hangs_is_ended_with_all_that_it_started() {
    let world = World::new(
        "trap '' TERM; echo $$ >\"$FOLDER/id\"; sleep 1000 & echo $! >\"$FOLDER/other\"; wait; wait",
    )
    .await;
    let install = world.install();
    install.inspect().await.unwrap();
    let run = async {
        tokio::select! {
            said = world.said(&install) => panic!("{said}"),
            () = until("it was started", || !world.file("other").is_empty()) => {}
        }
    };
    run.await;
    // From here on time is virtual: it passes at once.
    tokio::time::pause();
    let said = world.said(&install).await;
    assert_eq!(said, "install the release: it did not end within 600 s, and said nothing");
    tokio::time::resume();
    let ids = [world.file("id"), world.file("other")];
    until("all have ended", || ids.iter().all(|id| has_ended(id))).await;
}

#[tokio::test]
async fn one_that_nobody_waits_for_any_more_is_asked_to_end() {
    // Nobody listens any more to what it says then.
    let does = "exec 2>/dev/null; trap 'echo yes >\"$FOLDER/asked\"; exit 1' TERM; echo $$ >\"$FOLDER/id\"; while :; do sleep 0.1; done";
    let world = World::new(does).await;
    let install = world.install();
    tokio::select! {
        said = world.said(&install) => panic!("{said}"),
        () = until("it was started", || !world.file("id").is_empty()) => {}
    }
    until("it was asked", || world.file("asked") == "yes\n").await;
    let id = world.file("id");
    until("it has ended", || has_ended(&id)).await;
}

#[tokio::test]
async fn a_kind_that_the_cluster_does_not_know_is_told_before_the_first_change() {
    let world = World::new("true").await;
    let shop = "apiVersion: example.org/v1\nkind: Shop\nmetadata: {name: a}\n";
    let autoscaler = "apiVersion: autoscaling/v2beta2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\n";
    let constraints =
        "apiVersion: security.openshift.io/v1\nkind: SecurityContextConstraints\nmetadata: {name: a}\n";
    for (objects, state, words) in [
        (vec![RENDERED], CheckState::Pass, "the cluster knows every kind of object of the release"),
        (
            vec![RENDERED, shop, autoscaler],
            CheckState::Fail,
            "the cluster does not know HorizontalPodAutoscaler of autoscaling/v2beta2, Shop of example.org/v1",
        ),
        (
            vec![constraints],
            CheckState::Fail,
            "the cluster does not know SecurityContextConstraints of security.openshift.io/v1",
        ),
    ] {
        fs::write(world.folder.path().join("rendered"), objects.join("---\n")).unwrap();
        let checks = world.install().preflight().await;
        let check = checks.iter().find(|check| check.id == "P08").unwrap();
        assert_eq!((check.state, check.words.as_str()), (state, words));
    }
}
