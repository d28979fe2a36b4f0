//! Killed without a word at every stage, and run again: always one client, with a credential that works.

use super::rig::{Served, killed_at};

#[test]
fn a_killed_run_is_finished_by_the_next_one() {
    let stages =
        ["reading-again", "writing-ahead", "claiming", "proving", "delivering", "applying", "workload"];
    for stage in stages {
        let sandbox = Served::start(&["--speed", "40"]);
        assert!(killed_at(&sandbox, stage), "{stage} was never reached");
        let ran = sandbox.enroll(&[]);
        assert_eq!(ran.code, Some(0), "after a kill at {stage}: {ran:?}");
        let here = sandbox.clients_here();
        assert_eq!(here.len(), 1, "after a kill at {stage}");
        let (username, password) = sandbox.credential(here[0]["namespace"].as_str().unwrap()).unwrap();
        assert_eq!(here[0]["username"], username.as_str());
        assert!(sandbox.accepts(&username, &password), "after a kill at {stage} the credential is dead");
        assert!(!sandbox.accepts(&username, "another"), "the judge takes anything");
        assert_eq!(sandbox.records(), Vec::<String>::new(), "after a kill at {stage}");
        assert_eq!(sandbox.pulls(), Vec::<String>::new(), "after a kill at {stage}");
    }
}
