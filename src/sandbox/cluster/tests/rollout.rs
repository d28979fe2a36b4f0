//! Whole rollouts.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_deployment_rolls_out() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    rig.apply(deployment("web", "web", "web", "web:1")).await;
    let done = rig.until("Deployment", "web", is_complete).await;
    println!("{done:#}");
    println!("{:#}", rig.pod("web-").await);
    println!("{:#?}", rig.events().await);
    let typed: Deployment = serde_json::from_value(done).expect("a Deployment");
    assert_eq!(typed.status.and_then(|s| s.available_replicas), Some(1));
}
