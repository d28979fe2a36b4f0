//! A release is taken away again.

use landfall::cluster::connect::kind;
use landfall::error::Fault;
use landfall::foreign::Text;
use landfall::install::{Install, Report, Told};
use landfall::model::{Progress, Release, Removed, Snapshot};
use std::sync::{Arc, Mutex};

use super::rig::{PASSWORD, Rig};

fn listening() -> (Report, Arc<Mutex<Vec<Told>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = told.clone();
    (Arc::new(move |one| heard.lock().unwrap().push(one)), told)
}

fn texts(names: &[&str]) -> Vec<Text> {
    names.iter().copied().map(Text::new).collect()
}

const WITHOUT_DATA: [&str; 9] = [
    "Deployment gpu-box-02-jobs-manager",
    "Deployment gpu-box-02-requests-proxy",
    "Deployment mysql-client",
    "DaemonSet gpu-box-02-resource-monitor",
    "Service jobs-manager",
    "Service mysql-client",
    "Service requests-proxy-service",
    "ServiceAccount gpu-box-02-jobs-manager",
    "Secret gpu-box-02-secrets",
];

#[tokio::test(start_paused = true)]
async fn data_that_wants_to_stay_does() {
    let rig = Rig::new().await;
    let claimed = rig.delivered(PASSWORD).await;
    rig.run(&claimed, Snapshot::is_ready).await.unwrap();
    let (report, told) = listening();
    let removed = rig.install().remove(&rig.holder, true, &report).await.unwrap();
    let kept = texts(&["PersistentVolumeClaim client-pvc", "PersistentVolumeClaim mysql-pvc"]);
    let wanted = Removed { namespace: "gpu-box-02".into(), gone: texts(&WITHOUT_DATA), kept, ending: vec![] };
    assert_eq!(removed, wanted);
    assert_eq!(told.lock().unwrap().last(), Some(&Told::Progress(Progress::Removing(9, 9))));
    assert_eq!(rig.install().inspect().await.unwrap().release, Release::None);
    assert!(rig.cluster.get(&kind::NAMESPACE, None, "gpu-box-02").await.unwrap().is_some());
    assert_eq!(
        rig.cluster.list(&kind::POD, Some("gpu-box-02"), "").await.unwrap(),
        Vec::<serde_json::Value>::new()
    );
    // There is nothing left to remove, and the next client may move in again.
    assert_eq!(rig.install().remove(&rig.holder, true, &report).await.unwrap(), Removed::default());
    let claimed = rig.delivered(PASSWORD).await;
    rig.run(&claimed, Snapshot::is_ready).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn with_its_data_nothing_is_left() {
    let rig = Rig::new().await;
    let claimed = rig.delivered(PASSWORD).await;
    rig.run(&claimed, Snapshot::is_ready).await.unwrap();
    let removed = rig.install().remove(&rig.holder, false, &listening().0).await.unwrap();
    assert_eq!((removed.kept, removed.ending), (vec![], vec![]));
    assert!(removed.gone.contains(&"PersistentVolumeClaim mysql-pvc".into()));
    assert_eq!(removed.gone.last(), Some(&"Namespace gpu-box-02".into()));
    assert_eq!(rig.cluster.get(&kind::NAMESPACE, None, "gpu-box-02").await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn another_cluster_is_left_alone() {
    let mut rig = Rig::new().await;
    let claimed = rig.delivered(PASSWORD).await;
    rig.run(&claimed, Snapshot::is_ready).await.unwrap();
    rig.holder.cluster = "another".parse().unwrap();
    let refused = rig.install().remove(&rig.holder, false, &listening().0).await;
    assert!(matches!(refused, Err(Fault::Changed { .. })), "{refused:?}");
    assert!(matches!(rig.install().inspect().await.unwrap().release, Release::One { .. }));
}
