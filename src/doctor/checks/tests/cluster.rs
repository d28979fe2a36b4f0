//! Faults of the cluster.

use serde_json::json;

use super::Case;
use super::world::{ago, c, certificate, f, node, now};
use crate::doctor::facts::{Certificate, ClusterSide, HelmRecord, Holder, Look, Record, Right, World};
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Known, Release, Sameness};

fn unreached(world: &mut World) {
    let why = || Text::new("the cluster was not reached");
    let side = c(world);
    side.version = None;
    side.kubelets.clear();
    side.rights = Known::Unknown(why());
    side.id = Known::Unknown(why());
    side.release = Release::Unclear(why());
    side.same = Sameness::Unclear(why());
    side.records = Known::Unknown(why());
    side.bare = Known::Unknown(why());
    side.lease = Known::Unknown(why());
    side.helm = Known::Unknown(why());
    side.nodes = Known::Unknown(why());
    side.metrics = Known::Unknown(why());
    world.workload = Look::Failed(why());
    world.plane = Look::Failed(why());
}

fn down(world: &mut World, why: &str) {
    unreached(world);
    c(world).version =
        Some(Err(Fault::ClusterUnreachable { server: "https://10.0.0.7:6443".into(), why: why.into() }));
}

fn bad() -> Fault {
    Fault::BadKubeconfig { path: "/data/.kube/config".into(), why: "it signs in by running a program".into() }
}

fn until(hours: i64) -> Certificate {
    Certificate { not_after: Some(now() + jiff::SignedDuration::from_hours(hours)), ..certificate() }
}

fn condition(world: &mut World, at: usize, status: &str) {
    let mut sick = node();
    sick["status"]["conditions"][at]["status"] = json!(status);
    c(world).nodes = Known::Yes(vec![sick]);
}

fn record(seconds: i64) -> Record {
    Record {
        name: "landfall-claim-0123456789".into(),
        origin: "https://api.acme.example".into(),
        state: "intended".into(),
        since: Some(ago(seconds)),
    }
}

fn holder(side: &mut ClusterSide, id: &str, seconds: i64) {
    side.lease = Known::Yes(Some(Holder {
        id: id.into(),
        who: "tea on gpu-box-02".into(),
        renewed: Some(ago(seconds)),
    }));
}

fn helm(world: &mut World, statuses: &[&str]) {
    let record = |(at, status): (usize, &&str)| HelmRecord {
        name: "lab".into(),
        revision: at as u64 + 1,
        status: Text::new(status),
    };
    c(world).helm = Known::Yes(statuses.iter().enumerate().map(record).collect());
}

pub const CASES: &[Case] = &[
    (
        "C01",
        |world| {
            unreached(world);
            c(world).file = Err(Fault::NoKubeconfig { looked: vec!["/data/.kube/config".into()] });
        },
        |world| f(world).paths.push("/data/second".into()),
    ),
    (
        "C02",
        |world| {
            unreached(world);
            f(world).server = Some(Err(bad()));
        },
        |world| f(world).loopback = true,
    ),
    (
        "C03",
        |world| {
            unreached(world);
            f(world).server = None;
            f(world).chosen = Err(Fault::SeveralContexts { contexts: vec!["a".into(), "b".into()] });
        },
        |world| f(world).current = Some("other".into()),
    ),
    (
        "C04",
        |world| f(world).certificate = Some(until(-1)),
        |world| f(world).certificate = Some(until(24 * 15)),
    ),
    ("C04", |world| f(world).certificate = Some(until(24)), |world| f(world).certificate = None),
    (
        "C05",
        |world| {
            down(world, "the connection was refused");
            c(world).port = Some(Err("refused".into()));
        },
        |world| down(world, "status 503, not ready"),
    ),
    (
        "C06",
        |world| down(world, "invalid peer certificate: UnknownIssuer"),
        |world| down(world, "status 503, not ready"),
    ),
    (
        "C07",
        |world| {
            down(world, "status 401");
            c(world).rejected = true;
        },
        |world| f(world).named = true,
    ),
    (
        "C07",
        |world| down(world, "status 503, etcd is not ready"),
        |world| {
            // Nothing listens there: that is the port's own matter.
            down(world, "refused");
            c(world).port = Some(Err("refused".into()));
        },
    ),
    (
        "C08",
        |world| c(world).version = Some(Ok("v1.19.4".into())),
        |world| {
            c(world).version = Some(Ok("v1.33.0-rc.1+k3s1".into()));
        },
    ),
    (
        "C09",
        |world| {
            c(world).rights =
                Known::Yes(vec![Right { what: "create secrets in kube-system".into(), given: false }]);
        },
        |world| c(world).rights = Known::Unknown("it was not possible to ask".into()),
    ),
    (
        "C10",
        |world| {
            c(world).id = Known::Unknown("there is no namespace kube-system".into());
        },
        |_| (),
    ),
    (
        "C11",
        |world| c(world).release = Release::Several(vec!["lab".into(), "old".into()]),
        |world| c(world).release = Release::None,
    ),
    (
        "C12",
        |world| {
            c(world).release = Release::None;
            f(world).current = Some("other".into());
        },
        |world| {
            c(world).release = Release::None;
            f(world).contexts.truncate(1);
        },
    ),
    (
        "C13",
        |world| c(world).bare = Known::Yes(vec!["lab-2".into()]),
        |world| c(world).bare = Known::Unknown("forbidden".into()),
    ),
    // A run that is at it now has a record, as it should.
    (
        "C14",
        |world| c(world).records = Known::Yes(vec![record(7200)]),
        |world| c(world).records = Known::Yes(vec![record(60)]),
    ),
    ("C15", |world| holder(c(world), "host/1/2", 5), |world| holder(c(world), "host/1/2", 7200)),
    ("C15", |world| holder(c(world), "host/1/2", 30), |world| holder(c(world), "", 5)),
    (
        "C16",
        |world| helm(world, &["deployed", "pending-upgrade"]),
        |world| helm(world, &["pending-upgrade", "deployed"]),
    ),
    ("C16", |world| helm(world, &["failed"]), |world| helm(world, &[])),
    (
        "C17",
        |world| condition(world, 0, "Unknown"),
        |world| c(world).nodes = Known::Yes(vec![node(), node()]),
    ),
    (
        "C17",
        |world| c(world).nodes = Known::Yes(Vec::new()),
        |world| c(world).nodes = Known::Unknown("forbidden".into()),
    ),
    ("C18", |world| condition(world, 1, "True"), |world| condition(world, 1, "Unknown")),
    ("C19", |world| c(world).metrics = Known::Yes(Some(false)), |world| c(world).metrics = Known::Yes(None)),
    ("C20", |world| f(world).loose = vec![("/data/.kube/config".into(), 0o644)], |_| ()),
    ("C21", |world| c(world).same = Sameness::Copy, |world| c(world).same = Sameness::Unrecorded),
    (
        "C22",
        |world| c(world).kubelets[0].1 = "v1.28.0".into(),
        |world| c(world).kubelets[0].1 = "v1.30.0".into(),
    ),
    (
        "C22",
        |world| c(world).kubelets[0].1 = "v1.34.0".into(),
        |world| c(world).kubelets[0].1 = "v1.33.9".into(),
    ),
];
