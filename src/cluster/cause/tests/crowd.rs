//! Many pods: whoever is in another state than the rest is heard, and no verdict depends on how many there are.

use super::*;

/// `count` pods like this one, each made a second after the one before it.
fn many(like: &Value, from: usize, count: usize) -> Vec<Value> {
    let one = |number: usize| {
        let mut pod = like.clone();
        pod["metadata"]["name"] = json!(format!("web-2-{number}"));
        pod["metadata"]["uid"] = json!(format!("pod-{number}"));
        pod["metadata"]["creationTimestamp"] = json!(at(i64::try_from(number).unwrap()));
        pod
    };
    (from..from + count).map(one).collect()
}

fn waiting(reason: &str, message: &str) -> Value {
    pod(json!({"state": {"waiting": {"reason": reason, "message": message}}}))
}

#[test]
fn one_in_another_state_is_heard_among_a_thousand() {
    let mut stage = Stage::new();
    stage.pods = many(&waiting("ContainerCreating", ""), 0, 500);
    stage.pods.extend(many(&waiting("CreateContainerConfigError", "secret \"key\" not found"), 500, 1));
    stage.pods.extend(many(&waiting("ContainerCreating", ""), 501, 500));
    let cause = stage.at(501).unwrap();
    assert_eq!((cause.kind, cause.evidence.object.as_str()), (Kind::MissingSecret, "pod web-2-500"));

    // Its status is like the others', only an event tells it apart.
    let mut stage = Stage::new();
    stage.pods = many(&waiting("ContainerCreating", ""), 0, 1000);
    let quiet = stage.at(1001).unwrap();
    assert_eq!(quiet.kind, Kind::ContainerStarting);
    let stage =
        stage.event("pod-700", "FailedMount", "MountVolume.SetUp failed for volume \"data\"", 900, 950, 3);
    assert_eq!(stage.at(1001).unwrap().kind, Kind::MountFailed);

    // On a node that does not report, whatever its status says.
    let mut stage = Stage::new();
    stage.pods = many(&waiting("ContainerCreating", ""), 0, 1000);
    let mut down = node(&json!([{"type": "Ready", "status": "Unknown", "lastTransitionTime": at(5)}]));
    down["metadata"]["name"] = json!("box-2");
    stage.nodes.push(down);
    stage.pods[900]["spec"]["nodeName"] = json!("box-2");
    assert_eq!(stage.at(1001).unwrap().kind, Kind::NodeNotReady);
}

#[test]
fn the_verdict_on_many_is_the_verdict_on_their_oldest() {
    for (reason, message) in [
        ("ImagePullBackOff", "Back-off pulling image \"shop/web:1\": ErrImagePull: manifest unknown"),
        ("CreateContainerConfigError", "couldn't find key PASSWORD in Secret demo/key"),
        ("CreateContainerError", "failed to reserve container name"),
    ] {
        let like = waiting(reason, message);
        let (mut all, mut first) = (Stage::new(), Stage::new());
        all.pods = many(&like, 0, 1000);
        first.pods = many(&like, 0, 1);
        for now in [1, 20, 70, 2000] {
            assert_eq!(all.at(now), first.at(now), "{reason} at {now}");
        }
    }
}

#[test]
fn of_a_few_everybody_is_heard() {
    // Two causes that only the tables of rules tell apart.
    let mut stage = Stage::new();
    stage.pods = many(&waiting("ErrImagePull", "toomanyrequests: 1"), 0, 20);
    stage.pods.extend(many(&waiting("ErrImagePull", "manifest unknown 2"), 20, 1));
    assert_eq!(stage.judged(90).1, Class::Hopeless);
}
