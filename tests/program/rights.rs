//! A kubeconfig whose rights end at the namespace: nothing may be listed over the whole cluster.

use super::rig::Served;

#[test]
fn a_machine_is_enrolled_by_reading_namespaces_one_by_one() {
    let sandbox = Served::start(&["--scenario", "no-cluster-lists", "--speed", "20"]);
    assert_eq!(sandbox.cluster("/apis/apps/v1/deployments").0, 403);
    let first = sandbox.enroll(&[]);
    assert_eq!(first.code, Some(0), "{first:?}");
    // What lives there is found again.
    let second = sandbox.enroll(&[]);
    assert_eq!(second.code, Some(0), "{second:?}");
    let (first, second) = (first.events(), second.events());
    let (first, second) = (first.last().unwrap(), second.last().unwrap());
    assert_eq!((&first["event"], &first["new"]), (&"online".into(), &true.into()));
    assert_eq!((&second["slug"], &second["new"]), (&first["slug"], &false.into()));
    assert_eq!(sandbox.clients_here().len(), 1);
}

#[test]
fn where_not_even_the_namespaces_are_told_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("forbids.toml");
    std::fs::write(&path, "like = ['no-cluster-lists']\nforbid = ['list namespaces']\n").unwrap();
    let sandbox = Served::start(&["--scenario", path.to_str().unwrap(), "--speed", "20"]);
    let ran = sandbox.enroll(&[]);
    let events = ran.events();
    let failed = events.iter().find(|event| event["event"] == "failed").unwrap();
    assert_eq!(failed["fault"], "cannot-tell", "{failed}");
    let sentence = failed["sentence"].as_str().unwrap();
    assert!(
        sentence.starts_with(
            "It cannot be told what lives in this cluster: it was not possible to list deployments in all namespaces"
        ),
        "{sentence}"
    );
    assert_eq!(Some(&failed["exit"]), ran.code.map(Into::into).as_ref());
    assert_eq!((sandbox.clients_here(), sandbox.records()), (Vec::new(), Vec::new()));
}
