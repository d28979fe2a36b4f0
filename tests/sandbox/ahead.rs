//! Images that are pulled before the release is there.

use std::time::Duration;

use landfall::cluster::connect::{Connected, kind, text_at};
use landfall::install::Install;
use landfall::model::{Ahead, Known, Snapshot};
use landfall::sandbox::scenario::Rollout;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::rig::{PASSWORD, Rig, last};

const BESIDE: Option<&str> = Some("kube-system");

async fn left(cluster: &Connected) -> Vec<String> {
    let mut left = Vec::new();
    for kind in [kind::JOB, kind::POD] {
        let found = cluster.list(&kind, BESIDE, "").await.unwrap();
        left.extend(found.iter().map(|object| text_at(object, "/metadata/name").to_owned()));
    }
    left
}

async fn images(cluster: &Connected) -> Value {
    let nodes = cluster.list(&kind::NODE, None, "").await.unwrap();
    nodes[0]["status"]["images"].clone()
}

/// What the kubelet said of images in the release's namespace.
async fn pulls(cluster: &Connected) -> Vec<String> {
    let events = cluster.list(&kind::EVENT, Some("gpu-box-02"), "").await.unwrap();
    let about = events.iter().filter(|event| matches!(text_at(event, "/reason"), "Pulling" | "Pulled"));
    about.map(|event| text_at(event, "/message").to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn the_rollout_finds_images_there_that_were_pulled_beside_the_claim() {
    let rig = Rig::new().await;
    let install = rig.install();
    let facts = install.inspect().await.unwrap();
    assert_eq!((facts.images_here, facts.ahead), (Known::Yes(1), Ahead::Jobs(3)));
    assert_eq!(left(&rig.cluster).await, Vec::<String>::new(), "looking changes nothing");

    install.pull_ahead().await;
    // The same by a second run, or a call sent twice, is the same.
    install.pull_ahead().await;
    sleep(Duration::from_secs(12)).await;
    let jobs = cluster_jobs(&rig.cluster).await;
    assert_eq!(jobs.len(), 3, "{jobs:#?}");
    let (later, nodes) = (rig.install().inspect().await.unwrap(), images(&rig.cluster).await);
    assert_eq!((later.images_here, later.ahead), (Known::Yes(4), Ahead::Nothing));

    let claimed = rig.delivered(PASSWORD).await;
    let told = rig.run(&claimed, Snapshot::is_ready).await.unwrap();
    assert_eq!(images(&rig.cluster).await, nodes);
    let said = pulls(&rig.cluster).await;
    assert!(said.iter().all(|message| message.ends_with("already present on machine")), "{said:#?}");
    assert_eq!((last(&told).images.here, last(&told).images.of), (4, 4));
    // When the rollout is first told as ready, the Jobs are gone; their pods follow.
    assert_eq!(cluster_jobs(&rig.cluster).await, Vec::<Value>::new());
    sleep(Duration::from_secs(5)).await;
    assert_eq!(left(&rig.cluster).await, Vec::<String>::new());
}

async fn cluster_jobs(cluster: &Connected) -> Vec<Value> {
    cluster.list(&kind::JOB, BESIDE, "").await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_pull_that_nobody_ends_goes_by_itself_and_one_that_is_called_off_at_once() {
    for rollout in [Rollout::Normal, Rollout::ImagePullFails] {
        let rig = Rig::with(rollout, &[]).await;
        let install = rig.install();
        install.inspect().await.unwrap();
        install.pull_ahead().await;
        sleep(Duration::from_secs(700)).await;
        assert_eq!(left(&rig.cluster).await, Vec::<String>::new(), "{rollout:?}");
    }
    let rig = Rig::with(Rollout::SlowPull, &[]).await;
    let theirs = json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "theirs", "namespace": "kube-system"},
        "spec": {"template": {"spec": {
            "restartPolicy": "Never", "containers": [{"name": "x", "image": "busybox:1.35", "command": ["sleep", "900"]}],
        }}},
    });
    rig.cluster.create(&kind::JOB, BESIDE, &theirs).await.unwrap();
    let install = rig.install();
    install.inspect().await.unwrap();
    install.pull_ahead().await;
    // The others are there by now, and the slow one is on its way.
    sleep(Duration::from_secs(10)).await;
    install.pull_no_more().await;
    sleep(Duration::from_secs(30)).await;
    let left = left(&rig.cluster).await;
    assert!(left.len() == 2 && left.iter().all(|name| name.starts_with("theirs")), "{left:?}");
    assert_eq!(
        rig.install().inspect().await.unwrap().ahead,
        Ahead::Jobs(1),
        "a pull called off brings nothing"
    );
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_made_is_not_tried() {
    let rig = Rig::with(Rollout::Normal, &[("create", "jobs")]).await;
    let install = rig.install();
    assert_eq!(install.inspect().await.unwrap().ahead, Ahead::Forbidden);
    install.pull_ahead().await;
    let claimed = rig.delivered(PASSWORD).await;
    rig.run(&claimed, Snapshot::is_ready).await.unwrap();
    assert!(pulls(&rig.cluster).await.iter().any(|message| message.starts_with("Pulling image")));
}
