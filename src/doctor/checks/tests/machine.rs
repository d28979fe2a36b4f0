//! Faults of the machine.

use std::time::Duration;

use super::Case;
use super::world::{f, m, n, now, s};
use crate::doctor::facts::{Cgroup, Layered, OurFile, ProxyProblem, ProxyVariable};
use crate::error::Fault;
use crate::foreign::Text;
use crate::shell::capabilities::{Signs, why};

fn skewed(world: &mut crate::doctor::facts::World, seconds: i64, took: u64) {
    let Layered::Works(seen) = &mut n(world).http else { panic!() };
    seen.date = Some(now());
    seen.at = now() + jiff::SignedDuration::from_secs(seconds);
    seen.took = Duration::from_secs(took);
}

fn proxy(problem: Option<ProxyProblem>) -> ProxyVariable {
    ProxyVariable { name: "HTTPS_PROXY", shown: "10.0.0.8:3128".into(), problem }
}

fn ours(mode: u32, owner: u32, is_link: bool, private: bool) -> OurFile {
    OurFile { path: "/data/.local/state/landfall/state.json".into(), mode, owner, is_link, private }
}

pub const CASES: &[Case] = &[
    // A slow answer is no skew: the time it was on its way is not counted.
    ("M01", |world| skewed(world, 3600, 0), |world| skewed(world, 5, 5)),
    ("M01", |world| skewed(world, -400, 0), |world| skewed(world, 20, 0)),
    ("M02", |world| m(world).time_zone = None, |world| m(world).time_zone = Some("UTC".into())),
    // A small disk with room is no full one, and a large one at 90 % may be.
    (
        "M03",
        |world| m(world).disks[0].free = 500 << 20,
        |world| {
            m(world).disks[0].total = 4 << 30;
            m(world).disks[0].free = 900 << 20;
        },
    ),
    ("M03", |world| m(world).disks[0].read_only = true, |world| m(world).disks[0].inodes = 0),
    (
        "M04",
        |world| m(world).disks[0].free_inodes = 10,
        |world| {
            m(world).disks[0].inodes = 0;
            m(world).disks[0].free_inodes = 0;
        },
    ),
    // A small machine that is idle has enough.
    (
        "M05",
        |world| m(world).memory = Some((16 << 30, 100 << 20)),
        |world| m(world).memory = Some((1 << 30, 400 << 20)),
    ),
    ("M06", |world| m(world).load = Some(4000), |world| m(world).load = Some(399)),
    (
        "M07",
        |world| m(world).kernel = Some("3.10.0-1160.el7".into()),
        |world| m(world).kernel = Some("4.18.0-553.el8".into()),
    ),
    (
        "M08",
        |world| m(world).cgroup = Cgroup::Two(vec!["cpu".into()]),
        |world| m(world).cgroup = Cgroup::Two(["pids", "memory", "cpuset", "cpu"].map(Text::new).to_vec()),
    ),
    ("M08", |world| m(world).cgroup = Cgroup::One, |_| ()),
    (
        "M09",
        |world| m(world).terminal.term = Text::default(),
        |world| {
            // A pipe is no terminal, and plain lines are what it wants.
            m(world).terminal.term = Text::default();
            m(world).terminal.tty = false;
            m(world).terminal.why = why(Signs::default());
        },
    ),
    (
        "M10",
        |world| m(world).terminal.locale = "C".into(),
        |world| m(world).terminal.locale = "de_DE.utf8".into(),
    ),
    (
        "M11",
        |world| m(world).files.push(ours(0o644, 0, false, true)),
        |world| m(world).files.push(ours(0o644, 0, false, false)),
    ),
    (
        "M11",
        |world| m(world).files.push(ours(0o777, 0, true, true)),
        |world| m(world).files.push(ours(0o600, 0, false, true)),
    ),
    (
        "M12",
        |world| m(world).files.push(ours(0o600, 1000, false, true)),
        |world| m(world).files.push(ours(0o644, 1000, false, false)),
    ),
    ("M13", |world| m(world).random = Some(false), |world| m(world).random = None),
    (
        "M14",
        |world| m(world).proxies = vec![proxy(Some(ProxyProblem::Malformed))],
        |world| m(world).proxies = vec![proxy(None)],
    ),
    ("M14", |world| m(world).proxies = vec![proxy(Some(ProxyProblem::Scheme))], |_| ()),
    (
        "M15",
        |world| m(world).proxies = vec![proxy(Some(ProxyProblem::NotEncoded))],
        |world| m(world).proxies = vec![proxy(None)],
    ),
    (
        "M16",
        |world| m(world).home = Some(("/home/tea".into(), 1000)),
        |world| m(world).sudo_from = Some("tea".into()),
    ),
    ("M16", |world| m(world).home = None, |_| ()),
    (
        "M17",
        |world| m(world).proxies = vec![proxy(None)],
        |world| {
            m(world).proxies = vec![proxy(None)];
            m(world).no_proxy = vec!["10.0.0.0/8".into()];
        },
    ),
    (
        "M17",
        |world| {
            m(world).proxies = vec![proxy(None)];
            f(world).host = "k8s.internal".into();
        },
        |world| {
            m(world).proxies = vec![proxy(None)];
            f(world).host = "k8s.cloud.example".into();
        },
    ),
    (
        "M18",
        |world| m(world).authorities = Some(0),
        |world| {
            m(world).authorities = Some(0);
            n(world).endpoint.tls = Layered::NotUsed;
        },
    ),
    ("M19", |world| m(world).temporary = Err("/tmp: read-only".into()), |_| ()),
    (
        "M20",
        |world| m(world).host = "GPU_Box 2".into(),
        |world| m(world).host = "gpu-box-2.lab.example".into(),
    ),
    ("M20", |world| m(world).host = Text::default(), |_| ()),
    (
        "S01",
        |world| {
            s(world).state = Err(Fault::BadState {
                path: "/data/.local/state/landfall/state.json".into(),
                why: "it is no JSON".into(),
            });
        },
        |world| s(world).state = Ok(false),
    ),
    ("S02", |world| s(world).writable = Err("/: read-only".into()), |_| ()),
    // No keyring is no fault where nothing rests in one.
    (
        "S03",
        |world| s(world).keyring = Err("it is locked".into()),
        |world| {
            s(world).keyring = Err("it is locked".into());
            s(world).rests_in_keyring = false;
        },
    ),
    ("S04", |world| s(world).token = Some(Err("its file is gone".into())), |world| s(world).token = None),
    (
        "S05",
        |world| m(world).broken_writes = vec!["/data/.local/state/landfall/.state.json.new".into()],
        |world| {
            m(world).files.push(ours(0o600, 0, false, true));
        },
    ),
];
