//! Run again: after a death at the right step and soon, and on a machine that is enrolled without a change.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::rig::{Ran, Served, killed_at, landfall};

/// How soon a re-run must be where the one before it died.
const SOON: Duration = Duration::from_secs(2);

/// Runs with plain lines until one that begins a step after the review; what was said, and after how long.
#[expect(clippy::disallowed_methods, reason = "how long a re-run takes is what is tested")]
fn back(sandbox: &Served) -> (Vec<String>, Duration) {
    use std::io::{BufRead, BufReader};
    let flags = sandbox.flags(&[]);
    let flags: Vec<&str> =
        flags.iter().map(|flag| if *flag == "--json" { "--plain" } else { flag }).collect();
    let began = Instant::now();
    let mut child = landfall(&flags).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut said = Vec::new();
    let mut took = None;
    for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
        let steps = ["proof: ", "claim: ", "credential: ", "objects: "];
        if took.is_none() && steps.iter().any(|step| line.contains(step)) {
            took = Some(began.elapsed());
        }
        said.push(line);
    }
    assert!(child.wait().unwrap().success(), "{said:?}");
    (said, took.unwrap())
}

#[test]
fn a_rerun_is_soon_where_the_last_one_died_and_says_what_it_found() {
    const BEGUN: &str = "an earlier run began here and did not finish, so it is continued";
    const OWN: &str = ", this cluster's own, namespace ";
    const LIVES: &str = "a client lives there, namespace ";
    // What is found, and the first step that the re-run takes.
    for (stage, found, step) in [
        ("claiming", &[BEGUN][..], "claim: at the control plane"),
        ("proving", &[BEGUN, OWN], "proof: that the credential works"),
        ("applying", &[LIVES, OWN], "proof: that the credential works"),
        ("workload", &[LIVES, OWN], "proof: that the credential works"),
    ] {
        // What else the machine does may delay one re-run, not three.
        let soon = (0..3).any(|_| {
            let sandbox = Served::start(&["--speed", "40"]);
            assert!(killed_at(&sandbox, stage), "{stage} was never reached");
            let (said, took) = back(&sandbox);
            // The claim may have arrived or not: then it is sent again, or its client is continued with.
            let resent = stage == "claiming" && said.iter().any(|line| line.contains(OWN));
            let step = if resent { "proof: that the credential works" } else { step };
            for words in found.iter().chain(&[step]) {
                assert!(said.iter().any(|line| line.contains(words)), "{stage}, {words}: {said:#?}");
            }
            took < SOON
        });
        assert!(soon, "{stage}: not within {SOON:?}");
    }
}

/// Everything of ours in the cluster, without what controllers and clocks write.
fn objects(sandbox: &Served, place: &str) -> Vec<Value> {
    let kinds = [
        "api/v1/namespaces/PLACE/secrets",
        "api/v1/namespaces/PLACE/configmaps",
        "api/v1/namespaces/PLACE/services",
        "api/v1/namespaces/PLACE/serviceaccounts",
        "api/v1/namespaces/PLACE/persistentvolumeclaims",
        "apis/apps/v1/namespaces/PLACE/deployments",
        "apis/apps/v1/namespaces/PLACE/daemonsets",
        "api/v1/namespaces/kube-system/secrets",
        "apis/coordination.k8s.io/v1/namespaces/kube-system/leases",
    ];
    let mut all = Vec::new();
    for kind in kinds {
        let (status, list) = sandbox.cluster(&format!("/{}", kind.replace("PLACE", place)));
        assert_eq!(status, 200, "{kind}");
        for mut item in list["items"].as_array().unwrap().clone() {
            item.as_object_mut().unwrap().remove("status");
            let meta = item["metadata"].as_object_mut().unwrap();
            if item_is_written_by_controllers(kind) {
                meta.remove("resourceVersion");
            }
            meta.remove("managedFields");
            all.push(item);
        }
    }
    all
}

/// Their status is written into the same object, which moves its version.
fn item_is_written_by_controllers(kind: &str) -> bool {
    ["deployments", "daemonsets", "persistentvolumeclaims"].iter().any(|name| kind.ends_with(name))
}

fn pods(sandbox: &Served, place: &str) -> Vec<String> {
    let (_, list) = sandbox.cluster(&format!("/api/v1/namespaces/{place}/pods"));
    let name = |pod: &Value| pod["metadata"]["uid"].as_str().unwrap().to_owned();
    let mut names: Vec<String> = list["items"].as_array().unwrap().iter().map(name).collect();
    names.sort();
    names
}

#[test]
fn the_same_token_on_the_same_machine_again_changes_nothing() {
    let sandbox = Served::start(&["--speed", "20"]);
    let first = sandbox.enroll(&["--name", "Lab 9"]);
    assert_eq!(first.code, Some(0), "{first:?}");
    let world = || {
        let changes = |event: &Value| event["name"] != "auth.login";
        let audit = sandbox.get("/audit").as_array().unwrap().clone();
        let audit: Vec<Value> = audit.into_iter().filter(changes).collect();
        let [row] = sandbox.clients_here().try_into().unwrap();
        let place = row["namespace"].as_str().unwrap().to_owned();
        let kept =
            ["id", "first_name", "username", "namespace", "location", "cluster_id", "is_decommissioned"];
        let row: Vec<Value> = kept.iter().map(|key| row[key].clone()).collect();
        (audit, row, objects(&sandbox, &place), pods(&sandbox, &place), sandbox.credential(&place))
    };
    let before = world();
    assert!(before.2.len() > 5 && !before.3.is_empty(), "{before:?}");
    for more in [&[][..], &["--name", "Lab 9"], &["--location", "later"]] {
        let again: Ran = sandbox.enroll(more);
        assert_eq!(again.code, Some(0), "{again:?}");
        assert_eq!(again.events().last().unwrap()["new"], Value::Bool(false), "{again:?}");
        assert_eq!(world(), before, "{more:?}");
    }
}
