//! A release that has objects in a second namespace: they are looked at as well.

use landfall::doctor::report::Report;
use landfall::model::{CheckState, Known};
use serde_json::json;

use super::rig::{Change, Rig, Side};

/// Nothing may be listed over all namespaces at once.
const NO_LISTS: Change = |exchange| {
    let namespaced = ["deployments", "daemonsets", "statefulsets", "jobs", "persistentvolumeclaims"];
    let plural = exchange.path.rsplit('/').next().unwrap_or_default();
    if exchange.side == Side::Cluster
        && !exchange.path.contains("/namespaces/")
        && namespaced.contains(&plural)
    {
        exchange.fail(403, "forbidden at the cluster scope");
    }
};

fn words(report: &Report, id: &str) -> (CheckState, String) {
    let check = &report.item(id).unwrap().check;
    (check.state, check.words.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lives_in_another_namespace_is_looked_at_too() {
    let rig = Rig::of_objects(include_str!("../sandbox/two-namespaces.yaml")).await;
    let (report, mut world) = rig.look(&rig.subject(), &[]).await;
    assert_eq!(report.roots, Vec::<&str>::new(), "{:#?}", report.root_items().collect::<Vec<_>>());
    let space = world.workload.seen_mut().unwrap().namespace.to_string();
    let all = (CheckState::Pass, format!("4 workloads in {space} and {space}-agents"));
    assert_eq!(words(&report, "W01"), all);
    assert_eq!(words(&report, "W02"), (CheckState::Pass, "all 4 ready".to_owned()));
    let (report, _) = rig.look(&rig.subject(), &[NO_LISTS]).await;
    assert_eq!(words(&report, "W01"), all, "read one by one");

    let ends_again: Change = |exchange| {
        for pod in exchange.items("-agents/pods").into_iter().flatten() {
            for condition in pod["status"]["conditions"].as_array_mut().into_iter().flatten() {
                if condition["type"] == "Ready" {
                    condition["status"] = json!("False");
                }
            }
            let status = &mut pod["status"]["containerStatuses"][0];
            let now = status["state"]["running"]["startedAt"].clone();
            status["restartCount"] = json!(7);
            status["ready"] = json!(false);
            status["lastState"] =
                json!({"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": now}});
        }
        for set in exchange.items("/daemonsets").into_iter().flatten() {
            set["status"]["numberReady"] = json!(0);
            set["status"]["numberAvailable"] = json!(0);
        }
    };
    let (report, _) = rig.look(&rig.subject(), &[ends_again]).await;
    for id in ["W02", "W03", "W04"] {
        let (state, words) = words(&report, id);
        assert!(state == CheckState::Fail && words.contains("resource-monitor"), "{id} {state:?} {words}");
    }
    let fix = &report.item("W03").unwrap().check.fix;
    assert!(fix.contains(&format!("kubectl -n {space}-agents logs")), "{fix}");

    // The copy of the credential there is as secret as the first.
    let reads_there: Change = |exchange| {
        if let Some(all) = exchange.items("-agents/rolebindings") {
            all.push(json!({
                "metadata": {"name": "look"}, "roleRef": {"kind": "Role", "name": "reader"},
                "subjects": [{"kind": "User", "name": "eve"}],
            }));
        }
        if let Some(all) = exchange.items("-agents/roles") {
            let rules = json!([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]);
            all.push(json!({"metadata": {"name": "reader"}, "rules": rules}));
        }
    };
    let (report, _) = rig.look(&rig.subject(), &[reads_there]).await;
    let check = &report.item("W10").unwrap().check;
    assert_eq!(check.state, CheckState::Warn);
    assert_eq!(check.evidence, [format!("User eve, by look, in {space}-agents").as_str().into()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_slow_beside_the_release_does_not_hide_the_release() {
    let rig = Rig::new().await;
    let silent: Change = |exchange| {
        let everywhere =
            exchange.path.ends_with("/persistentvolumeclaims") && !exchange.path.contains("/namespaces/");
        exchange.silent =
            exchange.side == Side::Cluster && (everywhere || exchange.path.ends_with("/secrets/slow-login"));
        for pod in exchange.items("/pods").into_iter().flatten() {
            pod["spec"]["imagePullSecrets"] = json!([{"name": "slow-login"}]);
        }
    };
    let (report, mut world) = rig.look(&rig.subject(), &[silent]).await;
    let workload = world.workload.seen_mut().expect("the release's own facts");
    let late = |seconds| Known::Unknown(format!("the cluster did not answer within {seconds} s").into());
    assert!(matches!(&workload.elsewhere, Known::Unknown(why) if why.contains("3 s")), "{workload:?}");
    assert_eq!(workload.secrets, [("slow-login".into(), late(5))]);
    assert_eq!(words(&report, "W01").0, CheckState::Pass);
    assert_eq!(words(&report, "W02").0, CheckState::Pass);
    assert_eq!(words(&report, "W06").0, CheckState::Unknown);
    assert_eq!(words(&report, "W13").0, CheckState::Pass, "the logs are read beside the Secrets");
}
