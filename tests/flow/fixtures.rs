//! The values behind the words of the scenarios.

use std::time::Duration;

use jiff::Timestamp;
use landfall::error::Fault;
use landfall::foreign::Text;
use landfall::model::{
    Account, Address, Ahead, Badge, Check, CheckState, Client, ClientPage, ClientState, ClusterId, Demand,
    Ended, Facts, Forgotten, Grant, Happening, Health, Images, Known, Layer, Link, Location, NodeRoom, PARTS,
    Parted, Planned, Presence, Probe, Pull, Reader, Release, Removed, Reporter, Retired, Row, RowState,
    Sameness, Selected, Sight, Snapshot, Standing, Survey, Target, Timer, TimerKind, TrustedBy, UserCode,
    Username, View, Way,
};
use landfall::wizard::profile::ProfileRow;

pub mod issued;

/// The anchor of the cluster at hand.
pub const HERE: &str = "c1c1c1c1-0000-4000-8000-000000000001";
/// The anchor of some other cluster.
const THERE: &str = "c2c2c2c2-0000-4000-8000-000000000002";
/// The machine name of the client that lives here.
const OURS: &str = "aaaaaaaa-0000-4000-8000-000000000017";
/// A machine name of another account.
const THEIRS: &str = "eeeeeeee-0000-4000-8000-000000000099";

/// What a server or a cluster would write to move the cursor, to hide, or to end a line.
pub const HOSTILE: &str = "\u{1b}]0;owned\u{7}\u{9b}2J\r\nFailed: \u{202e}evil\u{200b} {}\"'\\ \u{1f600}";

/// Wall-clock time at the start of every run.
pub fn morning() -> Timestamp {
    "2025-03-01T09:00:00Z".parse().unwrap()
}

pub fn location(word: &str) -> Location {
    if word == "later" { Location::NotSet } else { Location::Zone(word.parse().unwrap()) }
}

pub fn account(word: &str) -> Account {
    let (id, name, email, first_name) = match word {
        "ada" => (7, "Acme", "ada@acme.example", "Ada"),
        "eve" => (9, "Other", "eve@other.example", "Eve"),
        "hostile" => (7, HOSTILE, HOSTILE, HOSTILE),
        other => panic!("no account {other}"),
    };
    Account { id, name: name.into(), email: email.into(), first_name: first_name.into() }
}

/// Where a browser signs in.
pub fn link() -> Link {
    let address = "https://id.acme.example/authorize?response_type=code&client_id=landfall&redirect_uri=http%3A%2F%2F127.0.0.1%3A41234%2Fcallback&scope=openid&state=kZ7Qf2mVx0N4aTtYwq3cRrB1hDgJ8sLpUeXoI6nM5Ew&nonce=Q1w2E3r4T5y6U7i8O9p0A1s2D3f4G5h6J7k8L9z0X1c&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw_cM&code_challenge_method=S256";
    Link { address: Address::of(&address.parse().unwrap()), life: Duration::from_secs(600) }
}

pub fn grant(word: &str) -> Grant {
    let code = match word {
        "first" => "WDJB-MJHT",
        "second" => "KQRS-TVWX",
        "hostile" => HOSTILE,
        other => panic!("no code {other}"),
    };
    Grant {
        user_code: UserCode::new(code),
        verification_uri: "https://acme.example/activate".into(),
        complete: Some(format!("https://acme.example/activate?user_code={code}").into()),
        expires_in: Duration::from_secs(600),
        interval: Duration::from_secs(5),
    }
}

fn checks(word: &str) -> Vec<Check> {
    let check = |id, state, words: &str| Check::new(id, Layer::Cluster, state, words);
    let mut checks = vec![
        check("P06", CheckState::Pass, "Kubernetes is v1.33.1+k3s1"),
        check("P04", CheckState::NotApplicable, "the namespace is made new"),
    ];
    if word == "no-room" {
        checks.push(check(
            "P01",
            CheckState::Unknown,
            "the cluster does not say whether you have all the rights",
        ));
        checks.push(check("P05", CheckState::Warn, "volumes of an earlier client are left"));
        let words =
            "Deployment mysql-client asks for 0.25 CPU and 0.50 Gi; the most that is free is 0.10 CPU on a";
        let fix = "Make room on a node or add one: kubectl describe nodes shows what takes it.";
        let why = "Deployment mysql-client";
        checks.push(check("P02", CheckState::Fail, words).because([why]).fix(fix));
    }
    checks
}

/// The pointer to the client that lives here.
pub fn selected(account: u64) -> Selected {
    Selected {
        account,
        id: 17,
        name: "gpu-box-02".into(),
        namespace: "gpu-box-02".parse().unwrap(),
        username: username(17),
        cluster: HERE.parse().unwrap(),
        location: location("DE"),
    }
}

/// How the machine does, by a word.
pub fn health(word: &str) -> Health {
    let ours = || Client { cluster_id: Some(HERE.parse().unwrap()), ..client(17, "gpu-box-02") };
    let row = |client| View::Row(Box::new(client), Some(morning()));
    let view = match word {
        "busy" => row(Client { running: Some(2), ..ours() }),
        "offline" => row(Client { state: ClientState::Offline, ..ours() }),
        "accepted" => View::Accepted,
        "gone" | "nothing" => View::NotAsked("nobody is signed in".into()),
        "foreign" => View::NotInAccount,
        "unasked" => {
            View::Unknown(Fault::Unreachable { host: "api.acme.example".into(), why: "timed out".into() })
        }
        "hostile" => row(Client { name: HOSTILE.into(), namespace: HOSTILE.into(), ..ours() }),
        _ => row(ours()),
    };
    let facts = match word {
        "no-cluster" => Err(Fault::ClusterUnreachable {
            server: "https://127.0.0.1:6443".into(),
            why: "timed out".into(),
        }),
        "nothing" | "left" => Ok(Box::new(facts("empty"))),
        "copy" => Ok(Box::new(Facts { machine: Sameness::Copy, ..facts("ours") })),
        "doubt" => Ok(Box::new(Facts {
            machine: Sameness::Unclear("The nodes have no system UUID.".into()),
            owner: Some(7),
            ..facts("ours")
        })),
        _ => Ok(Box::new(Facts { owner: Some(7), ..facts("ours") })),
    };
    let snapshot = match word {
        "no-cluster" | "nothing" | "left" => None,
        "broken" => Some(snapshot("failed")),
        "hostile" => Some(snapshot("hostile")),
        _ => Some(snapshot("ready")),
    };
    Health { selected: None, facts, snapshot, view }
}

/// The client after a change.
pub fn edited(word: &str) -> Client {
    let ours = Client { cluster_id: Some(HERE.parse().unwrap()), ..client(17, "gpu-box-02") };
    match word {
        "lab-9" => Client { name: "lab-9".into(), ..ours },
        zone => Client { location: location(zone), ..ours },
    }
}

/// What became of retiring.
/// How a registered machine stands.
pub fn standing(word: &str) -> Standing {
    let part =
        |(id, _): &(&'static str, &str)| Check::new(id, Layer::Registration, CheckState::Pass, "there");
    let mut standing = Standing {
        host: "gpu-box-01".into(),
        badge: Badge::Registered,
        owner: Some("NMGRL".into()),
        api: "https://api.lab.example/".into(),
        checks: PARTS.iter().map(part).collect(),
        probe: Probe::Good { kind: "workstation".into(), owner: "NMGRL".into() },
        removes: "the token, the SSH key and the registration".into(),
        stays: "the projects".into(),
        token: None,
    };
    let at = |id: &str| PARTS.iter().position(|(known, _)| *known == id).unwrap();
    let mut judge = |id: &str, state, words: &str, fix: &str| {
        let check = &mut standing.checks[at(id)];
        (check.state, check.words, check.fix) = (state, words.into(), fix.into());
    };
    match word {
        "well" => {}
        "broken" => judge("R03", CheckState::Fail, "it has mode 0644, not 0600", "chmod 600 /k"),
        "hostile" => judge("R10", CheckState::Fail, HOSTILE, HOSTILE),
        "partly" => {
            judge("R12", CheckState::Fail, "none of lab NMGRL in the keyring", "register this machine anew");
            (standing.badge, standing.probe) = (Badge::Partial, Probe::NoToken);
        }
        "none" => (standing.badge, standing.owner) = (Badge::Unregistered, None),
        "unseen" => {
            judge("R13", CheckState::Unknown, "it could not be asked", "");
            standing.probe = Probe::Unreachable { why: "connection refused".into() };
        }
        other => panic!("no standing {other}"),
    }
    standing
}

/// Whether a token is dead.
pub fn ended(word: &str) -> Ended {
    match word {
        "proven" => Ended::Proven,
        "unproven" => Ended::Unproven { why: "status 500".into() },
        "nothing" => Ended::Nothing,
        other => panic!("no end {other}"),
    }
}

/// What the end of a registration came to.
pub fn parted(ended: Ended) -> Parted {
    let gone = ["the SSH block", "the private key", "the token"].map(Into::into).to_vec();
    Parted { ended, forgotten: Forgotten { gone, kept: Vec::new() } }
}

pub fn retired(word: &str) -> Retired {
    let removed = Removed {
        namespace: "gpu-box-02".into(),
        gone: vec!["Deployment jobs-manager".into(), "Secret gpu-box-02-secrets".into()],
        ..Removed::default()
    };
    match word {
        "wholly" => Retired { revoked: true, removed, left: Vec::new() },
        "kept" => {
            let kept = vec!["PersistentVolumeClaim client-pvc".into()];
            Retired { revoked: true, removed: Removed { kept, ..removed }, left: Vec::new() }
        }
        "partly" => Retired {
            revoked: false,
            removed,
            left: vec!["end the credential at the control plane, which did not confirm it".into()],
        },
        "hostile" => Retired {
            revoked: true,
            removed: Removed { kept: vec![HOSTILE.into()], ..removed },
            left: vec![HOSTILE.into()],
        },
        other => panic!("nothing retired so: {other}"),
    }
}

pub fn facts(word: &str) -> Facts {
    let lives = |username: &str| Release::One {
        namespace: "gpu-box-02".parse().unwrap(),
        username: username.parse().unwrap(),
    };
    let release = match word {
        "empty" | "empty-hostile" | "no-id" | "no-room" | "begun" | "copied" | "machine-unclear" => {
            Release::None
        }
        "ours" | "enrolled" => lives(OURS),
        "foreign" => lives(THEIRS),
        "several" => Release::Several(vec!["lab-a".into(), "lab-b".into()]),
        "hostile" => Release::Unclear(HOSTILE.into()),
        "unclear" => Release::Unclear("secrets cannot be listed".into()),
        other => panic!("no facts {other}"),
    };
    let cluster_id: Known<ClusterId> = match word {
        "no-id" => Known::Unknown("namespaces \"kube-system\" is forbidden".into()),
        _ => Known::Yes(HERE.parse().unwrap()),
    };
    let (context, node) =
        if word == "empty-hostile" { (HOSTILE, HOSTILE) } else { ("k3s-default", "gpu-box-02") };
    let node = NodeRoom { name: node.into(), milli_cpu: 7100, memory: 26 << 30, ready: true, images_here: 1 };
    Facts {
        target: Target::Cluster { context: context.into(), server: "https://127.0.0.1:6443".into() },
        version: Known::Yes("v1.33.1+k3s1".into()),
        cluster_id,
        release,
        record: Known::Yes(["begun", "copied", "machine-unclear"].contains(&word)),
        machine: match word {
            "begun" => Sameness::Same,
            "copied" => Sameness::Copy,
            "machine-unclear" => Sameness::Unclear("The nodes of this cluster have no system UUID.".into()),
            _ => Sameness::Unrecorded,
        },
        owner: (word == "enrolled").then_some(7),
        obstacle: None,
        nodes: Known::Yes(vec![node]),
        planned: Planned {
            title: "demo client 0.1.0".into(),
            kinds: vec![("Deployment".into(), 2), ("PersistentVolumeClaim".into(), 1)],
            milli_cpu: 800,
            memory: 3 << 30,
            storage: 10 << 30,
            images: vec!["mysql".into(), "jobs-manager".into()],
        },
        images_here: Known::Yes(1),
        ahead: Ahead::Jobs(1),
        checks: checks(word),
    }
}

/// The profiles that are offered where none is configured.
pub fn profiles() -> Vec<ProfileRow> {
    let row = |name: &str, host: &str, about: &str| ProfileRow {
        name: name.into(),
        host: host.into(),
        sandbox: name == "sandbox",
        about: about.into(),
    };
    vec![
        row("tracebloc-prod", "api.tracebloc.io", "production"),
        row("prod", "api.acme.example", "yours"),
        row("sandbox", "", "to try it; nothing real is touched"),
    ]
}

/// What a machine offers as a cluster.
pub fn survey(word: &str) -> Survey {
    let way = |context: &str, server: &str| Way {
        file: "/data/.kube/config".into(),
        context: context.into(),
        server: server.into(),
        note: Text::default(),
        demands: Vec::new(),
    };
    let lab = way("lab", "https://10.0.0.5:6443");
    let runs =
        Way { demands: vec![Demand::Runs("aws eks get-token".into())], ..way("eks", "https://e.example") };
    let three = vec![lab.clone(), way("k3s-default", "https://127.0.0.1:6443"), runs.clone()];
    let looked = vec!["/data/.kube/config".into(), "/etc/rancher/k3s/k3s.yaml".into()];
    let trouble = |fault| Survey { trouble: Some(fault), ..Survey::default() };
    match word {
        "" => Survey::default(),
        "one" => Survey { ways: vec![lab], taken: Some(0), ..Survey::default() },
        "three" => Survey { ways: three, current: 1, ..Survey::default() },
        "exec" => Survey { ways: vec![runs], taken: Some(0), ..Survey::default() },
        "none" => trouble(Fault::NoKubeconfig { looked }),
        "locked" => trouble(Fault::KubeconfigLocked { path: "/etc/rancher/k3s/k3s.yaml".into() }),
        "sudo" => Survey {
            ways: vec![Way { note: "ada's, who ran sudo".into(), ..lab }],
            ..trouble(Fault::OthersKubeconfig { user: "ada".into(), path: "/home/ada/.kube/config".into() })
        },
        "no-helm" => Survey {
            ways: vec![lab],
            taken: Some(0),
            missing: Some(Fault::ToolMissing { tool: "helm".into() }),
            ..Survey::default()
        },
        "hostile" => {
            let hostile = Way {
                file: HOSTILE.into(),
                note: HOSTILE.into(),
                demands: vec![
                    Demand::Runs(HOSTILE.into()),
                    Demand::Reads { what: "token".into(), path: HOSTILE.into() },
                    Demand::Unverified(HOSTILE.into()),
                ],
                ..way(HOSTILE, HOSTILE)
            };
            Survey { ways: vec![hostile.clone(), hostile], ..Survey::default() }
        }
        other => panic!("no survey {other}"),
    }
}

/// A client of the account, online in Germany on some other cluster.
fn client(id: u64, name: &str) -> Client {
    Client {
        id,
        name: name.into(),
        namespace: name.into(),
        username: Some(username(id)),
        location: location("DE"),
        state: ClientState::Online,
        cluster_id: Some(THERE.parse().unwrap()),
        decommissioned: false,
        last_heard: Some(morning()),
        running: Some(0),
    }
}

fn username(id: u64) -> Username {
    format!("aaaaaaaa-0000-4000-8000-{id:012}").parse().unwrap()
}

pub fn clients(word: &str) -> ClientPage {
    let ours = || Client { cluster_id: Some(HERE.parse().unwrap()), ..client(17, "gpu-box-02") };
    let unclaimed =
        || Client { state: ClientState::Pending, cluster_id: None, last_heard: None, ..client(23, "lab-a") };
    let rows = match word {
        "none" => vec![],
        "ours" => vec![client(21, "munich"), ours()],
        "ours-retired" => vec![Client { decommissioned: true, ..ours() }],
        "two-here" => vec![ours(), Client { id: 18, ..ours() }],
        "ours-unset" => vec![Client { location: Location::NotSet, ..ours() }],
        "ours-no-anchor" => vec![Client { cluster_id: None, ..ours() }],
        "ours-bad-namespace" => vec![Client { namespace: "Not A Namespace".into(), ..ours() }],
        "elsewhere" | "page-1" | "page-1-of-unknown" | "page-2-circle" => vec![client(21, "munich")],
        "unclaimed" | "page-2" => vec![unclaimed()],
        "taken" => vec![client(21, "gpu-box-02")],
        "ours-and-unclaimed" => vec![unclaimed(), ours()],
        "retired" => vec![Client { decommissioned: true, ..client(22, "old-box") }],
        "mixed" => vec![
            client(21, "munich"),
            Client { decommissioned: true, ..client(22, "old-box") },
            unclaimed(),
            Client { state: ClientState::Offline, ..client(24, "paris") },
        ],
        // A client was created while the list was read: page two begins with what page one ended with.
        "page-2-shifted" => vec![client(21, "munich"), unclaimed()],
        "hostile" => vec![
            Client { name: HOSTILE.into(), namespace: HOSTILE.into(), ..unclaimed() },
            Client { name: HOSTILE.into(), ..client(21, "munich") },
        ],
        other => panic!("no clients {other}"),
    };
    let paged = word.starts_with("page");
    let count = match word {
        "page-2-shifted" | "page-2-circle" => Some(3),
        "page-1-of-unknown" => None,
        _ if paged => Some(2),
        _ => Some(rows.len() as u64),
    };
    let more = word.starts_with("page-1") || word == "page-2-circle";
    ClientPage { count, next: more.then(|| "/edge-device/?page=2".to_owned()), rows }
}

fn row(kind: &str, name: &str, state: RowState, ready: u32, note: &str, sentence: &str) -> Row {
    Row {
        kind: kind.into(),
        name: name.into(),
        state,
        ready,
        desired: 1,
        note: note.into(),
        sentence: sentence.into(),
        evidence: Vec::new(),
        next: Text::default(),
        happenings: Vec::new(),
        log: Vec::new(),
        since: None,
        timer: None,
    }
}

pub fn snapshot(word: &str) -> Snapshot {
    let database = row("Deployment", "mysql-client", RowState::Ready, 1, "ready", "");
    let jobs = |state, ready, note: &str, sentence: &str| {
        row("Deployment", "jobs-manager", state, ready, note, sentence)
    };
    let ready = jobs(RowState::Ready, 1, "ready", "");
    let rows = match word {
        "nothing" => vec![],
        "coming-up" => vec![database, jobs(RowState::Working, 0, "coming up", "")],
        "pulling" => vec![
            database,
            jobs(RowState::Working, 0, "pulling image", "jobs-manager pulls its image, for 38 s now."),
        ],
        "retrying" => {
            let due = Some(morning() + jiff::SignedDuration::from_secs(90));
            let timer = Some(Timer { kind: TimerKind::PullBackOff, due, seconds: Some(80) });
            let sentence = "jobs-manager cannot start: its image does not exist.";
            vec![database, Row { timer, ..jobs(RowState::Retrying, 0, "image not found", sentence) }]
        }
        "ready" | "lost" => vec![database, ready],
        "hostile" => {
            let row = jobs(RowState::Retrying, 0, HOSTILE, HOSTILE);
            vec![Row { kind: HOSTILE.into(), name: HOSTILE.into(), evidence: vec![HOSTILE.into()], ..row }]
        }
        "failed" | "failed-no-advice" => {
            let sentence = "jobs-manager cannot start: its image does not exist.";
            let broken = Row {
                evidence: vec![
                    "pod jobs-manager-5d9b7, container api".into(),
                    "ErrImagePull: manifest unknown".into(),
                ],
                next: if word == "failed" { "Correct the image's name.".into() } else { Text::default() },
                happenings: vec![Happening {
                    at: None,
                    object: "jobs-manager-5d9b7".into(),
                    text: "Failed to pull image".into(),
                }],
                log: vec!["no such image".into()],
                ..jobs(RowState::Failed, 0, "image not found", sentence)
            };
            vec![database, broken]
        }
        other => panic!("no snapshot {other}"),
    };
    let sight = if word == "lost" { Sight::Lost("connection refused".into()) } else { Sight::Clear };
    let happenings = rows
        .iter()
        .map(|row| Happening { at: None, object: row.name.clone(), text: "Scheduled".into() })
        .collect();
    let images = match word {
        "pulling" => {
            let since = "2026-05-04T08:00:00Z".parse().unwrap();
            Images {
                here: 1,
                of: 2,
                pulling: Some(Pull { image: "jobs-manager:1".into(), since }),
                bytes: 0,
                pull_ms: 0,
            }
        }
        "ready" => Images { here: 2, of: 2, pulling: None, bytes: 41_234_567, pull_ms: 3200 },
        _ => Images::default(),
    };
    Snapshot { sight, rows, images, happenings, reporter: Reporter::Unknown }
}

/// What the control plane says at `now`: `pending`, `offline 60`, `online 3` (seconds since it last heard).
pub fn presence(words: &str, now: Timestamp) -> Presence {
    let (state, ago) = words.split_once(' ').unwrap_or((words, ""));
    let state = match state {
        "pending" => ClientState::Pending,
        "offline" => ClientState::Offline,
        "online" => ClientState::Online,
        "unknown" => ClientState::Unknown,
        other => panic!("no presence {other}"),
    };
    let ago = (!ago.is_empty()).then(|| Duration::from_secs(ago.parse().unwrap()));
    Presence { state, last_heard: ago.map(|ago| now - ago), server_now: Some(now) }
}

/// A CA that can read along.
pub fn reader() -> Reader {
    Reader { name: "Acme Inspection CA".into(), host: "api.acme.example".into(), by: TrustedBy::Given }
}
