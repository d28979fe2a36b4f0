//! A machine on which everything is well.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::backend::Proof;
use crate::doctor::facts::*;
use crate::foreign::Text;
use crate::model::{
    Account, Badge, Check, CheckState, Client, ClientState, Known, Layer, Location, PARTS, Presence, Probe,
    Release, Sameness, Slug, Standing, Username,
};
use crate::shell::capabilities::{Signs, why};

pub const USERNAME: &str = "6f1c2d3e-0000-4a5b-8c9d-0123456789ab";
pub const CLUSTER: &str = "a1b2c3d4-0000-4a5b-8c9d-0123456789ab";

pub fn now() -> Timestamp {
    "2026-11-22T06:00:00Z".parse().unwrap()
}

pub fn ago(seconds: i64) -> Timestamp {
    now() - jiff::SignedDuration::from_secs(seconds)
}

fn slug() -> Slug {
    "lab".parse().unwrap()
}

pub fn row() -> Client {
    Client {
        id: 17,
        name: "Lab".into(),
        namespace: "lab".into(),
        username: Some(USERNAME.parse::<Username>().unwrap()),
        location: Location::Zone("DE".parse().unwrap()),
        state: ClientState::Online,
        cluster_id: Some(CLUSTER.parse().unwrap()),
        decommissioned: false,
        last_heard: Some(ago(5)),
        running: None,
    }
}

fn machine() -> Machine {
    let signs =
        Signs { stdin_tty: true, stdout_tty: true, term: "xterm", locale: "C.UTF-8", ..Signs::default() };
    Machine {
        host: "gpu-box-02".into(),
        time_zone: Some("Europe/Berlin".into()),
        disks: vec![Disk {
            path: "/".into(),
            total: 100 << 30,
            free: 50 << 30,
            inodes: 1_000_000,
            free_inodes: 900_000,
            read_only: false,
        }],
        memory: Some((16 << 30, 8 << 30)),
        cpus: 4,
        load: Some(120),
        kernel: Some("6.8.0-45-generic".into()),
        cgroup: Cgroup::Two(["cpu", "memory", "pids", "io"].map(Text::new).to_vec()),
        terminal: Terminal { term: "xterm".into(), locale: "C.UTF-8".into(), tty: true, why: why(signs) },
        files: vec![OurFile {
            path: "/data/.local/state/landfall".into(),
            mode: 0o700,
            owner: 0,
            is_link: false,
            private: true,
        }],
        broken_writes: Vec::new(),
        user: "root".into(),
        uid: 0,
        home: Some(("/root".into(), 0)),
        sudo_from: None,
        random: Some(true),
        proxies: Vec::new(),
        no_proxy: Vec::new(),
        authorities: Some(140),
        temporary: Ok(()),
    }
}

pub fn certificate() -> Certificate {
    Certificate {
        issuer: "R11 (Let's Encrypt)".into(),
        subject: "api.acme.example".into(),
        not_before: Some(ago(86_400)),
        not_after: Some(now() + jiff::SignedDuration::from_hours(24 * 60)),
    }
}

pub fn endpoint() -> Endpoint {
    Endpoint {
        host: "api.acme.example:443".into(),
        loopback: false,
        way: Way::Direct,
        dns: Layered::Works(vec!["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()]),
        tcp: Layered::Works(Duration::from_millis(20)),
        tunnel: Layered::NotUsed,
        tls: Layered::Works(TlsSeen { certificate: Some(certificate()), refused: None }),
        dead: Vec::new(),
    }
}

fn network() -> Network {
    Network {
        now: now(),
        endpoint: endpoint(),
        direct: None,
        http: Layered::Works(HttpSeen {
            took: Duration::from_millis(90),
            date: Some(now()),
            at: now(),
            unexpected: None,
        }),
        interfaces: vec![("eth0".into(), 1500)],
        default_route: Some(true),
        resolvers: Some(vec!["192.0.2.53".into()]),
    }
}

pub fn account() -> Account {
    Account { id: 7, name: "Acme".into(), email: "tech@acme.example".into(), first_name: "Tea".into() }
}

fn account_side() -> AccountSide {
    AccountSide {
        profile: "acme".into(),
        api: "https://api.acme.example/".into(),
        pinned: Some(7),
        sandbox: false,
        now: now(),
        session: Some(KeptSession {
            account: 7,
            email: "tech@acme.example".into(),
            place: "a file".into(),
            api: "https://api.acme.example/".into(),
            since: ago(3600),
            expires_at: Some(now() + jiff::SignedDuration::from_hours(24 * 20)),
            token: Ok(()),
        }),
        who: Some(Ok(account())),
        list: Some(Ok(Listing { rows: vec![row()], whole: true })),
        selected: Some(17),
        refused: None,
    }
}

pub fn node() -> Value {
    json!({
        "metadata": {"name": "node-1"},
        "status": {
            "allocatable": {"cpu": "8", "memory": "32Gi"},
            "conditions": [
                {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "ready"},
                {"type": "DiskPressure", "status": "False", "message": "enough"},
                {"type": "MemoryPressure", "status": "False", "message": "enough"},
                {"type": "PIDPressure", "status": "False", "message": "enough"},
            ],
        },
    })
}

fn cluster() -> ClusterSide {
    ClusterSide {
        file: Ok(KubeFile {
            paths: vec!["/data/.kube/config".into()],
            loose: Vec::new(),
            contexts: vec!["lab".into(), "other".into()],
            current: Some("lab".into()),
            chosen: Ok("lab".into()),
            named: false,
            server: Some(Ok("https://10.0.0.7:6443".into())),
            demands: None,
            host: "10.0.0.7".into(),
            loopback: false,
            certificate: Some(certificate()),
        }),
        now: now(),
        port: Some(Ok(())),
        version: Some(Ok("v1.33.1+k3s1".into())),
        kubelets: vec![("node-1".into(), "v1.33.1+k3s1".into())],
        rights: Known::Yes(vec![Right { what: "create secrets in kube-system".into(), given: true }]),
        id: Known::Yes(CLUSTER.parse().unwrap()),
        release: Release::One { namespace: slug(), username: USERNAME.parse().unwrap() },
        same: Sameness::Same,
        records: Known::Yes(Vec::new()),
        bare: Known::Yes(Vec::new()),
        lease: Known::Yes(None),
        helm: Known::Yes(vec![HelmRecord { name: "lab".into(), revision: 2, status: "deployed".into() }]),
        nodes: Known::Yes(vec![node()]),
        metrics: Known::Yes(Some(true)),
        preflight: Vec::new(),
        rejected: false,
    }
}

pub fn deployment() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "lab-jobs-manager", "namespace": "lab", "uid": "d-1", "generation": 1, "creationTimestamp": ago(7200)},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "manager"}}},
        "status": {
            "observedGeneration": 1, "replicas": 1, "readyReplicas": 1, "updatedReplicas": 1, "availableReplicas": 1,
            "conditions": [{"type": "Available", "status": "True", "lastTransitionTime": ago(7000)}],
        },
    })
}

pub fn pod() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": "lab-jobs-manager-5d9b7-x7k2p", "namespace": "lab", "uid": "p-1",
            "ownerReferences": [{"kind": "ReplicaSet", "uid": "r-1", "controller": true}],
        },
        "spec": {
            "imagePullSecrets": [{"name": "registry"}],
            "containers": [{
                "name": "api", "image": "docker.io/library/busybox:1.36",
                "env": [{"name": "HTTPS_PROXY", "value": "http://10.0.0.8:3128"}],
                "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}},
            }],
        },
        "status": {
            "phase": "Running", "startTime": ago(7200),
            "conditions": [{"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": "True"}],
            "containerStatuses": [{
                "name": "api", "image": "docker.io/library/busybox:1.36", "ready": true, "started": true,
                "restartCount": 0, "state": {"running": {"startedAt": ago(7100)}},
            }],
        },
    })
}

fn workload() -> Workload {
    Workload {
        namespace: slug(),
        now: now(),
        elsewhere: Known::Yes(Vec::new()),
        workloads: Known::Yes(vec![deployment()]),
        replicasets: vec![json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {"name": "lab-jobs-manager-5d9b7", "uid": "r-1",
                "ownerReferences": [{"kind": "Deployment", "uid": "d-1", "controller": true}]},
            "spec": {"replicas": 1}, "status": {"replicas": 1},
        })],
        pods: Known::Yes(vec![pod()]),
        claims: Known::Yes(vec![json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": "client-pvc", "uid": "v-1", "creationTimestamp": ago(7200)},
            "status": {"phase": "Bound"},
        })]),
        nodes: vec![node()],
        quotas: Vec::new(),
        events: Known::Yes(Vec::new()),
        expected: vec!["Deployment lab-jobs-manager".into()],
        secret: Known::Yes(Some(vec!["CLIENT_ID".into(), "CLIENT_PASSWORD".into()])),
        id_is_uuid: Some(true),
        copied: Some(false),
        secrets: vec![("registry".into(), Known::Yes(Some("kubernetes.io/dockerconfigjson".into())))],
        readers: Known::Yes(Vec::new()),
        logs: vec![(
            "p-1".into(),
            "lab-jobs-manager-5d9b7-x7k2p".into(),
            "api".into(),
            vec!["signing in at the control plane".into(), "heartbeat sent".into()],
        )],
        proxied: false,
    }
}

fn plane() -> Plane {
    Plane {
        namespace: slug(),
        cluster_id: Known::Yes(CLUSTER.parse().unwrap()),
        row: Some(row()),
        whole: true,
        siblings: Vec::new(),
        presence: Some(Ok(Presence {
            state: ClientState::Online,
            last_heard: Some(ago(5)),
            server_now: Some(now()),
        })),
        proof: Some(Proof::Works),
        ready_here: Some(true),
    }
}

/// All of it.
/// A registration that is whole.
fn station() -> Standing {
    let part =
        |(id, _): &(&'static str, &str)| Check::new(id, Layer::Registration, CheckState::Pass, "there");
    Standing {
        host: "box-1".into(),
        badge: Badge::Registered,
        owner: Some("NMGRL".into()),
        api: "https://api.lab.example/".into(),
        checks: PARTS.iter().map(part).collect(),
        probe: Probe::Good { kind: "workstation".into(), owner: "NMGRL".into() },
        removes: "the token, the SSH key and the registration".into(),
        stays: "the projects".into(),
        token: None,
    }
}

pub fn healthy() -> World {
    World {
        now: now(),
        registers: false,
        machine: Look::Seen(machine()),
        network: Look::Seen(network()),
        store: Look::Seen(Store {
            state: Ok(true),
            writable: Ok(()),
            keyring: Ok(()),
            rests_in_keyring: true,
            token: Some(Ok(())),
        }),
        account: Look::Seen(account_side()),
        station: Look::Seen(station()),
        cluster: Look::Seen(cluster()),
        workload: Look::Seen(workload()),
        plane: Look::Seen(plane()),
    }
}

/// A part of the world, to be changed.
pub fn m(world: &mut World) -> &mut Machine {
    world.machine.seen_mut().unwrap()
}

pub fn n(world: &mut World) -> &mut Network {
    world.network.seen_mut().unwrap()
}

pub fn s(world: &mut World) -> &mut Store {
    world.store.seen_mut().unwrap()
}

pub fn a(world: &mut World) -> &mut AccountSide {
    world.account.seen_mut().unwrap()
}

pub fn c(world: &mut World) -> &mut ClusterSide {
    world.cluster.seen_mut().unwrap()
}

pub fn f(world: &mut World) -> &mut KubeFile {
    c(world).file.as_mut().unwrap()
}

pub fn w(world: &mut World) -> &mut Workload {
    world.workload.seen_mut().unwrap()
}

pub fn p(world: &mut World) -> &mut Plane {
    world.plane.seen_mut().unwrap()
}

/// The one object of a list, to be changed.
pub fn one(list: &mut Known<Vec<Value>>) -> &mut Value {
    match list {
        Known::Yes(list) => &mut list[0],
        Known::Unknown(why) => panic!("{why}"),
    }
}
