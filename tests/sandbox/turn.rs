//! Whose turn it is at a cluster, and the machine that a claim was made on.
#![expect(clippy::disallowed_methods, reason = "a test reads its own virtual clock")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use k8s_openapi::api::core::v1::Node;
use kube::Api;
use kube::api::{Patch, PatchParams};
use landfall::cluster::connect::{kind, text_at};
use landfall::error::Fault;
use landfall::install::release::{Process, ReleaseInstall};
use landfall::install::{Install, Report, Told};
use landfall::model::{Known, Progress, Sameness};
use landfall::sandbox::scenario::Rollout;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::rig::{PASSWORD, Rig};

const SYSTEM: Option<&str> = Some("kube-system");

/// A run of this very process, or of one that is gone: the same id, started at another time.
fn run(rig: &Rig, later: u64, who: &str) -> ReleaseInstall {
    let this = Process::this();
    let start: u64 = this.to_string().rsplit('/').next().unwrap().parse().unwrap();
    rig.install().run_by(this.beside(std::process::id(), start + later), who.into())
}

fn told() -> (Report, Arc<Mutex<Vec<String>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&told);
    let report: Report = Arc::new(move |what| match what {
        Told::Progress(Progress::Queued(who)) => into.lock().unwrap().push(who.to_string()),
        other => panic!("{other:?}"),
    });
    (report, told)
}

async fn lease(rig: &Rig) -> Option<Value> {
    rig.cluster.get(&kind::LEASE, SYSTEM, "landfall-enroll").await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_second_waits_says_for_whom_and_goes_on_when_the_first_is_done() {
    let rig = Rig::new().await;
    let (first, second) = (run(&rig, 0, "ann on box, from 10.0.0.1"), run(&rig, 1, "bob on box"));
    let (report, queued) = told();
    first.queue(false, &report).await.unwrap();
    let mut waiting = second.queue(false, &report);
    // Far beyond the Lease's duration: signs of life keep it.
    tokio::select! {
        end = &mut waiting => panic!("{end:?}"),
        fault = first.alive() => panic!("{fault:?}"),
        () = sleep(Duration::from_secs(120)) => {}
    }
    let acquired = lease(&rig).await.unwrap()["spec"]["acquireTime"].as_str().unwrap().to_owned();
    assert_eq!(*queued.lock().unwrap(), [format!("ann on box, from 10.0.0.1, since {acquired}")]);
    // Nor do hiccups add up over such a time.
    let mut looks = 0;
    *rig.between.lock().unwrap() = Some(Box::new(move |asked: &str| {
        let is_look = asked.starts_with("GET") && asked.contains("/leases/");
        looks += usize::from(is_look);
        (is_look && looks % 2 == 1).then(|| (503, "the server is busy".to_owned()))
    }));
    tokio::select! {
        end = &mut waiting => panic!("{end:?}"),
        fault = first.alive() => panic!("{fault:?}"),
        () = sleep(Duration::from_secs(120)) => {}
    }
    *rig.between.lock().unwrap() = None;
    first.guard(&rig.holder, None).await.unwrap();
    first.make_way().await;
    timeout(Duration::from_secs(2), waiting).await.unwrap().unwrap();
    second.make_way().await;
    assert_eq!(lease(&rig).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_silent_one_is_taken_over_after_its_duration_and_stops_before_its_next_write() {
    let rig = Rig::new().await;
    let (first, second) = (run(&rig, 0, "ann on box"), run(&rig, 1, "bob on box"));
    let (report, _) = told();
    first.queue(false, &report).await.unwrap();
    let began = Instant::now();
    second.queue(false, &report).await.unwrap();
    assert!((15..20).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    match timeout(Duration::from_secs(5), first.alive()).await.unwrap() {
        Fault::Changed { what } => {
            assert!(what.starts_with("another run has taken over this cluster: bob on box"), "{what}");
        }
        other => panic!("{other:?}"),
    }
    second.guard(&rig.holder, None).await.unwrap();
    // What the first leaves behind does not take the second's turn away.
    first.make_way().await;
    assert!(lease(&rig).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_dead_one_on_this_host_is_not_waited_for_and_a_person_may_override() {
    let rig = Rig::new().await;
    let (report, queued) = told();
    for (later, take_over) in [(1, false), (0, true)] {
        run(&rig, later, "ann").queue(false, &report).await.unwrap();
        let began = Instant::now();
        run(&rig, 2, "bob").queue(take_over, &report).await.unwrap();
        assert_eq!(began.elapsed(), Duration::ZERO);
        run(&rig, 2, "bob").queue(false, &report).await.unwrap();
        let lease = lease(&rig).await.unwrap();
        rig.cluster
            .delete(&kind::LEASE, SYSTEM, "landfall-enroll", text_at(&lease, "/metadata/uid"))
            .await
            .unwrap();
    }
    assert_eq!(*queued.lock().unwrap(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn without_the_right_a_run_goes_on_and_a_lease_that_is_gone_stops_it() {
    let rig = Rig::with(Rollout::Normal, &[("*", "leases")]).await;
    let (report, _) = told();
    let install = rig.install();
    install.queue(false, &report).await.unwrap();
    install.guard(&rig.holder, None).await.unwrap();
    install.make_way().await;

    let rig = Rig::new().await;
    let install = rig.install();
    install.queue(false, &report).await.unwrap();
    let uid = text_at(&lease(&rig).await.unwrap(), "/metadata/uid").to_owned();
    rig.cluster.delete(&kind::LEASE, SYSTEM, "landfall-enroll", &uid).await.unwrap();
    // Whoever took over may have finished: the world is read again before anything is written.
    assert!(matches!(install.guard(&rig.holder, None).await, Err(Fault::Changed { .. })));
    install.make_way().await;
    assert_eq!(lease(&rig).await, None);
    install.queue(false, &report).await.unwrap();
    install.guard(&rig.holder, None).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_another_run_delivered_is_not_written_over() {
    // Whether the second is still at it, or has made way.
    for done in [false, true] {
        let rig = Rig::new().await;
        let (report, _) = told();
        let (first, second) = (run(&rig, 0, "ann"), run(&rig, 1, "bob"));
        let (old, new) = (rig.claimed("known-to-the-first"), rig.claimed("known-to-the-second"));
        first.queue(false, &report).await.unwrap();
        first.intend(&rig.holder, &old.name, &old.namespace, old.password).await.unwrap();
        // The first is stopped here; the second takes over and comes to its end.
        second.queue(true, &report).await.unwrap();
        second.deliver(&rig.holder, &new).await.unwrap();
        if done {
            second.make_way().await;
        }
        let end = first.deliver(&rig.holder, &old).await;
        assert!(matches!(end, Err(Fault::Changed { .. })), "{end:?}");
        let (_, password) = rig.install().living(&rig.holder).await.unwrap().unwrap();
        assert_eq!(rig.opened(password), "known-to-the-second");
    }
}

#[tokio::test(start_paused = true)]
async fn another_cluster_behind_the_same_address_is_left_alone() {
    let rig = Rig::new().await;
    let mut holder = rig.holder.clone();
    holder.cluster = "11111111-0000-4000-8000-000000000001".parse().unwrap();
    let install = rig.install();
    let guarded = install.guard(&holder, None).await;
    assert!(
        matches!(&guarded, Err(Fault::Changed { what }) if what.contains("another cluster now")),
        "{guarded:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_copied_disk_is_seen() {
    let rig = Rig::new().await;
    let machine = || async { rig.install().inspect().await.unwrap().machine };
    assert_eq!(machine().await, Sameness::Unrecorded);
    let claimed = rig.claimed(PASSWORD);
    let install = rig.install();
    install.intend(&rig.holder, &claimed.name, &claimed.namespace, claimed.password).await.unwrap();
    assert_eq!(machine().await, Sameness::Same, "by the record");
    install.deliver(&rig.holder, &claimed).await.unwrap();
    assert_eq!(machine().await, Sameness::Same, "by the release");
    let nodes: Api<Node> = Api::all(rig.cluster.client.clone());
    for (uuid, expected) in [
        ("4c4c4544-0000-4a5b-8c9d-0123456789ab", Sameness::Copy),
        ("", Sameness::Unclear("The nodes of this cluster have no system UUID.".into())),
    ] {
        let change = json!({"status": {"nodeInfo": {"systemUUID": uuid}}});
        nodes.patch_status("box-1", &PatchParams::default(), &Patch::Merge(&change)).await.unwrap();
        let facts = rig.install().inspect().await.unwrap();
        let unusable = landfall::wizard::client::unusable(&facts);
        assert_eq!(matches!(unusable, Some(Fault::LooksCopied { .. })), expected == Sameness::Copy);
        assert_eq!(facts.machine, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn what_would_keep_a_credential_from_being_written_ahead_is_known_before() {
    for (verb, kind, told) in [
        ("create", "secrets", Some("create secrets in kube-system")),
        ("delete", "secrets", Some("delete secrets in kube-system")),
        ("list", "secrets", None),
        ("create", "selfsubjectaccessreviews", None),
    ] {
        let rig = Rig::with(Rollout::Normal, &[(verb, kind)]).await;
        let facts = rig.install().inspect().await.unwrap();
        let what = facts.obstacle.as_ref().map(|fault| match fault {
            Fault::ClusterForbids { what, .. } => what.as_str(),
            other => panic!("{other:?}"),
        });
        // Said before anybody signs in.
        assert_eq!(landfall::wizard::client::unusable(&facts), facts.obstacle, "{verb} {kind}");
        assert_eq!((what, facts.record), (told, Known::Yes(false)), "{verb} {kind}");
    }
}
