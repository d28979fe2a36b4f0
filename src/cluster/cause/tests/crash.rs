//! Containers that end: which end counts, and what belongs to it.

use super::*;

fn ended(code: i64, policy: &str) -> Stage {
    let mut stage =
        Stage::container(json!({"state": {"terminated": {"exitCode": code, "finishedAt": at(5)}}}));
    stage.pods[0]["spec"]["restartPolicy"] = json!(policy);
    stage
}

#[test]
fn a_good_end_is_trouble_only_where_the_program_should_go_on() {
    assert_eq!(
        ended(0, "Always").sentence(6),
        "web ended: exit code 0 (it ends although it should keep running)."
    );
    assert_eq!(ended(0, "Never").judged(6).0, Kind::NotReady);
    assert_eq!(ended(1, "Never").judged(6).0, Kind::CrashLoop);
    assert_eq!(ended(1, "Always").judged(6).0, Kind::CrashLoop);
    // A sidecar goes on, too; an init container ends.
    let init = |policy: Value, code: i64| {
        let mut stage = Stage::waiting("PodInitializing", "");
        stage.pods[0]["spec"]["initContainers"] = json!([{"name": "guard", "restartPolicy": policy}]);
        stage.pods[0]["status"]["initContainerStatuses"] =
            json!([{"name": "guard", "state": {"terminated": {"exitCode": code}}}]);
        stage.judged(6).0
    };
    assert_eq!(init(json!("Always"), 0), Kind::CrashLoop);
    assert_eq!(init(Value::Null, 0), Kind::ContainerStarting);
    assert_eq!(init(Value::Null, 1), Kind::CrashLoop);
}

#[test]
fn a_loop_of_which_nothing_else_is_known_is_told_all_the_same() {
    let stage =
        Stage::container(json!({"restartCount": 4, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}));
    let cause = stage.at(10).unwrap();
    assert_eq!((cause.kind, cause.class), (Kind::CrashLoop, Class::Hopeless));
    assert_eq!(cause.sentence, "web keeps ending: how is not known, 4 restarts.");
    assert_eq!((cause.evidence.reason.as_str(), cause.evidence.since), ("CrashLoopBackOff", Some(at(1))));
    assert_eq!(cause.timer.unwrap().says, "the crash back-off between restarts");
}

#[test]
fn the_last_five_lines_of_the_log_go_along() {
    let mut stage = crashed(1, json!({"exitCode": 1}));
    stage.log = (1..=9).map(|line| format!("line {line}")).collect();
    assert_eq!(stage.at(25).unwrap().evidence.log, ["line 5", "line 6", "line 7", "line 8", "line 9"]);
    // A program that leaves a message needs no log.
    let told = crashed(1, json!({"exitCode": 1, "message": "no such file\nbye\n"}));
    assert_eq!(told.at(25).unwrap().evidence.log, ["no such file", "bye"]);
}

#[test]
fn a_loop_is_as_old_as_its_first_turn() {
    let message = "Back-off restarting failed container main in pod web";
    let stage = crashed(3, json!({"exitCode": 1})).event("pod-1", "BackOff", message, 7, 24, 4);
    assert_eq!(stage.at(25).unwrap().evidence.since, Some(at(7)));
    assert_eq!(crashed(3, json!({"exitCode": 1})).at(25).unwrap().evidence.since, Some(at(20)));
    let pull =
        crashed(3, json!({"exitCode": 1})).event("pod-1", "BackOff", "Back-off pulling image", 7, 24, 4);
    assert_eq!(pull.at(25).unwrap().evidence.since, Some(at(20)));
}

#[test]
fn what_runs_again_has_its_last_words_behind_it() {
    let running = |restarts: i64| {
        Stage::container(json!({"restartCount": restarts, "state": {"running": {"startedAt": at(30)}},
            "lastState": {"terminated": {"exitCode": 1, "finishedAt": at(20)}}}))
    };
    let cause = running(1).at(40).unwrap();
    assert_eq!(cause.next, "Its last log: kubectl -n demo logs web-2-abcde -c main --previous");
    assert_eq!(cause.evidence.since, Some(at(20)));
    assert_eq!(running(0).judged(40).0, Kind::NotReady);
    // A probe that failed before this run says nothing of it.
    let unhealthy = |second: i64| {
        running(1).event("pod-1", "Unhealthy", "Readiness probe failed: refused", 5, second, 2).judged(40).0
    };
    assert_eq!((unhealthy(29), unhealthy(31)), (Kind::Restarted, Kind::ReadinessProbe));
}

#[test]
fn a_program_that_cannot_be_started_is_as_old_as_the_first_try() {
    let message = "exec: \"jobs\": executable file not found in $PATH";
    let stage = Stage::waiting("RunContainerError", message);
    assert_eq!(stage.sentence(20), format!("web cannot start its program: {message}."));
    let since = |stage: Stage| stage.at(20).unwrap().evidence.since;
    let failed = |told: &str| stage.clone().event("pod-1", "Failed", told, 9, 12, 2);
    assert_eq!(since(failed(&format!("Error: {message}"))), Some(at(9)));
    assert_eq!(since(failed("Error: something else")), Some(at(1)));
    // The node may have put it into the end of the run instead.
    let ended = json!({"state": {"waiting": {"reason": "RunContainerError"}},
        "lastState": {"terminated": {"exitCode": 128, "reason": "ContainerCannotRun", "message": message}}});
    assert_eq!(Stage::container(ended).sentence(20), format!("web cannot start its program: {message}."));
}
