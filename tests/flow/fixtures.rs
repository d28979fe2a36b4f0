//! The values behind the words of the scenarios.

use std::time::Duration;

use jiff::Timestamp;
use landfall::foreign::Text;
use landfall::model::{
    Account, Client, ClientPage, ClientState, ClusterId, Facts, Grant, Happening, Known, Location, NodeRoom,
    Planned, Presence, Release, Row, RowState, Sight, Snapshot, Target, UserCode, Username,
};

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

pub fn facts(word: &str) -> Facts {
    let lives = |username: &str| Release::One {
        namespace: "gpu-box-02".parse().unwrap(),
        username: username.parse().unwrap(),
    };
    let release = match word {
        "empty" | "empty-hostile" | "no-id" => Release::None,
        "ours" => lives(OURS),
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
    let node = NodeRoom { name: node.into(), milli_cpu: 7100, memory: 26 << 30, ready: true };
    Facts {
        target: Target::Cluster { context: context.into(), server: "https://127.0.0.1:6443".into() },
        version: Known::Yes("v1.33.1+k3s1".into()),
        cluster_id,
        release,
        record: Known::Yes(false),
        machine: landfall::model::Sameness::Unrecorded,
        obstacle: None,
        nodes: Known::Yes(vec![node]),
        planned: Planned {
            title: "demo client 0.1.0".into(),
            kinds: vec![("Deployment".into(), 2), ("PersistentVolumeClaim".into(), 1)],
            milli_cpu: 800,
            memory: 3 << 30,
            images: vec!["mysql".into(), "jobs-manager".into()],
        },
        images_here: Known::Yes(1),
        checks: Vec::new(),
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
        since: None,
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
    Snapshot { sight, rows, happenings }
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
