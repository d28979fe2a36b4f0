//! A kubeconfig whose rights end at the namespace: nothing may be listed over the whole cluster.

use std::collections::BTreeSet;

use landfall::cluster::connect::kind;
use landfall::install::release::elsewhere;
use landfall::install::{Install, Told};
use landfall::model::{CheckState, Known, Release, Snapshot};
use landfall::sandbox::scenario::Rollout;

use super::rig::{PASSWORD, Rig, USERNAME, slug};

const NO_LISTS: (&str, &str) = ("list", "* in all namespaces");

#[tokio::test(start_paused = true)]
async fn namespaces_are_read_one_by_one() {
    let rig = Rig::with(Rollout::Normal, &[NO_LISTS]).await;
    assert!(rig.cluster.list(&kind::DEPLOYMENT, None, "").await.unwrap_err().is_forbidden());
    let before = rig.install().inspect().await.unwrap();
    assert_eq!((before.release, before.record), (Release::None, Known::Yes(false)));
    let checks = rig.install().preflight().await;
    for check in &checks {
        let fine = matches!(check.state, CheckState::Pass | CheckState::NotApplicable);
        assert!(fine, "{} {} {:?}", check.id, check.words, check.evidence);
    }
    let claimed = rig.delivered(PASSWORD).await;
    assert!(!rig.install().in_use().await.unwrap());
    let told = rig.run(&claimed, Snapshot::is_ready).await.unwrap();
    assert!(told.iter().any(|told| matches!(told, Told::Snapshot(snapshot) if snapshot.rows.len() == 6)));
    assert!(rig.install().in_use().await.unwrap());
    let one = Release::One { namespace: slug(), username: USERNAME.parse().unwrap() };
    assert_eq!(rig.install().inspect().await.unwrap().release, one);
    let (username, _) = rig.install().living(&rig.holder).await.unwrap().unwrap();
    assert_eq!(username.as_str(), USERNAME);
    assert!(elsewhere(&rig.cluster, slug().as_str()).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_read_is_not_taken_for_nothing() {
    for more in [("list", "namespaces"), ("list", "deployments")] {
        let rig = Rig::with(Rollout::Normal, &[NO_LISTS, more]).await;
        let Release::Unclear(why) = rig.install().inspect().await.unwrap().release else { panic!("unclear") };
        assert!(why.starts_with("it was not possible to list deployments"), "{why}");
        assert!(rig.install().in_use().await.is_err());
        assert!(elsewhere(&rig.cluster, "gpu-box-02").await.is_err());
    }
}

/// What was found in each of many namespaces, each once.
#[tokio::test(start_paused = true)]
async fn every_namespace_is_read_however_many_there_are() {
    let rig = Rig::with(Rollout::Normal, &[NO_LISTS]).await;
    let mut wanted = BTreeSet::new();
    for number in 0..30 {
        let space = format!("space-{number:02}");
        let namespace =
            serde_json::json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}});
        rig.cluster.create(&kind::NAMESPACE, None, &namespace).await.unwrap();
        let secret = serde_json::json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "labels": {"a": "b"}}});
        rig.cluster.create(&kind::SECRET, Some(&space), &secret).await.unwrap();
        wanted.insert(space);
    }
    let found = rig.cluster.list_everywhere(&kind::SECRET, "a=b").await.unwrap();
    let spaces = found.iter().map(|one| one["metadata"]["namespace"].as_str().unwrap().to_owned());
    assert_eq!(found.len(), 30);
    assert_eq!(spaces.collect::<BTreeSet<_>>(), wanted);
}
