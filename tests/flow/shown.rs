//! Every event and every fault there is, as both line faces show it. What they say stands in `shown.txt`;
//! `BLESS=1 cargo test flow` writes it anew.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use landfall::error::{Distrust, Fault, SetUp};
use landfall::face::ndjson;
use landfall::model::{
    Badge, Choice, Ended, Findings, Probe, Progress, Reader, Resting, Row, Timer, TimerKind, TrustedBy,
};
use landfall::wizard::event::{Event, Trust};
use landfall::wizard::{health, standing, words};

use super::{fixtures, schema};

const RESUME: &str = "landfall --profile prod";

fn distrusted(why: Distrust) -> Fault {
    Fault::Distrusted { host: "api.acme.example".into(), why }
}

#[expect(clippy::unnecessary_wraps, reason = "the facts may be unknown")]
fn at(time: &str) -> Option<jiff::Timestamp> {
    Some(time.parse().unwrap())
}

/// One of each fault; two where the words depend on what is known.
fn faults() -> Vec<Fault> {
    let host = || "api.acme.example".into();
    let why = || "connection refused".into();
    vec![
        Fault::Unreachable { host: host(), why: why() },
        distrusted(Distrust::UnknownIssuer { issuer: "Acme Inspection CA".into() }),
        distrusted(Distrust::Expired {
            until: at("2026-11-01T00:00:00Z"),
            clock: at("2026-11-22T08:00:00Z"),
            server: None,
        }),
        distrusted(Distrust::NotYetValid {
            from: at("2026-11-22T08:00:00Z"),
            clock: at("2026-11-22T07:00:00Z"),
            server: at("2026-11-22T08:01:00Z"),
        }),
        distrusted(Distrust::WrongHost {
            names: vec!["login.hotel.example".into(), "*.hotel.example".into()],
        }),
        distrusted(Distrust::OtherCa {
            pinned: "aa".repeat(32).as_str().into(),
            seen: vec![format!("\"Acme Inspection CA\" ({})", "bb".repeat(32)).into()],
        }),
        distrusted(Distrust::Revoked),
        distrusted(Distrust::Other { said: "bad signature".into() }),
        Fault::NotTheApi { host: host(), status: 200, title: "Welcome to Hotel WiFi".into() },
        Fault::Server { host: host(), status: 500, said: "database is down".into() },
        Fault::UpgradeRequired { min_version: "0.9.0".into() },
        Fault::UpgradeRequired { min_version: "".into() },
        Fault::RateLimited { wait: Some(Duration::from_secs(30)) },
        Fault::RateLimited { wait: None },
        Fault::SessionRejected,
        Fault::TokenRejected,
        Fault::SignInDeclined,
        Fault::ReverseCodeRefused,
        Fault::SignInExpired,
        Fault::NoDeviceGrant,
        Fault::CodeForbidden {
            host: host(),
            client: "landfall".into(),
            said: "unauthorized_client: not for this client".into(),
        },
        Fault::BadGrant { why: "its address is not https".into() },
        Fault::WrongAccount { expected: 7, got: 9, email: "eve@other.example".into() },
        Fault::NotMe { revoked: true },
        Fault::NotMe { revoked: false },
        Fault::TokenFile { path: "token.txt".into(), why: "it is empty".into() },
        Fault::BadState { path: "state.json".into(), why: "it is no JSON".into() },
        Fault::KeyringFailed { why: "it is locked".into() },
        Fault::SessionFile { why: "the disk is full".into() },
        Fault::ClusterConflict { owner: "it@other.example".into() },
        Fault::ClusterInUse { holder: "lab-a".into() },
        Fault::NoWriteRight { admins: vec!["ada@acme.example".into(), "bob@acme.example".into()] },
        Fault::NoWriteRight { admins: vec![] },
        Fault::ForeignRelease { namespace: "lab-a".into() },
        Fault::SeveralReleases { namespaces: vec!["lab-a".into(), "lab-b".into()] },
        Fault::CannotTell {
            what: "which clients the account has".into(),
            why: "the list changed while it was read".into(),
        },
        Fault::NotClaimable { client: "lab-a".into(), why: "it was retired".into() },
        Fault::Changed { what: "a client lives in namespace lab-a now".into() },
        Fault::CredentialDead { client: "lab-a".into(), why: "the control plane rejects it".into() },
        Fault::CredentialLost {
            client: "Lab 9".into(),
            slug: "lab-9".into(),
            why: "nothing in this cluster holds a password of it that works".into(),
        },
        Fault::LooksCopied { client: "\"Lab 9\"".into() },
        Fault::FieldRefused { field: "location".into(), said: "unknown zone".into() },
        Fault::FieldRefused { field: "name".into(), said: "it is reserved".into() },
        Fault::BadReply { why: "the client's machine name is not a UUID".into() },
        Fault::NotSignedIn { why: "".into() },
        Fault::NotSignedIn { why: "it is not in your keyring any more".into() },
        Fault::NothingHere { why: "no client of the account holds this cluster".into() },
        Fault::WorkRuns { client: "lab-a".into(), running: 1 },
        Fault::WorkRuns { client: "lab-a".into(), running: 3 },
        Fault::NotTaken { what: "name".into(), now: "lab-a".into() },
        Fault::PartlyRetired {
            client: "lab-a".into(),
            left: vec!["remove the release in namespace lab-a".into()],
        },
        Fault::BadRecording { path: "run.jsonl".into(), why: "it is no recording".into() },
        Fault::NoKubeconfig { looked: vec!["$KUBECONFIG".into(), "~/.kube/config".into()] },
        Fault::BadKubeconfig { path: "~/.kube/config".into(), why: "it is no YAML".into() },
        Fault::KubeconfigLocked { path: "/etc/rancher/k3s/k3s.yaml".into() },
        Fault::OthersKubeconfig { user: "ada".into(), path: "/home/ada/.kube/config".into() },
        Fault::OthersKubeconfig { user: "ada".into(), path: "/home/a da/$(x)".into() },
        Fault::PluginFailed {
            command: "aws eks get-token".into(),
            why: "it ended with exit status: 255".into(),
            said: "Unable to locate credentials".into(),
        },
        Fault::PluginFailed {
            command: "aws".into(),
            why: "it cannot be run: not found".into(),
            said: "".into(),
        },
        Fault::ToolMissing { tool: "helm".into() },
        Fault::SeveralContexts { contexts: vec!["lab".into(), "prod".into()] },
        Fault::ClusterUnreachable { server: "https://127.0.0.1:6443".into(), why: why() },
        Fault::ClusterForbids { what: "create secrets in kube-system".into(), said: "forbidden".into() },
        Fault::ClusterRefuses { object: "Deployment jobs-manager".into(), said: "quota exceeded".into() },
        Fault::NotReadyFor {
            why: "no node is ready to take pods".into(),
            evidence: vec!["Node box-1".into()],
            ask: "See why with: kubectl get nodes; then try again.".into(),
        },
        Fault::NotReadyFor { why: "no node is ready to take pods".into(), evidence: vec![], ask: "".into() },
        Fault::HelmFailed { doing: "install the release".into(), said: "Error: UPGRADE FAILED: no".into() },
        Fault::NoClusterId { why: "namespaces \"kube-system\" is forbidden".into() },
        Fault::RolloutFailed {
            workload: "jobs-manager".into(),
            why: "jobs-manager cannot start: its image does not exist.".into(),
            evidence: vec!["pod jobs-manager-5d9b7".into(), "ErrImagePull: manifest unknown".into()],
            advice: "Correct the image's name.".into(),
        },
        Fault::RolloutFailed {
            workload: "jobs-manager".into(),
            why: "jobs-manager keeps ending: exit code 1, 2 restarts.".into(),
            evidence: vec!["pod jobs-manager-5d9b7".into()],
            advice: "Read its log: kubectl -n demo logs jobs-manager-5d9b7 -c api --previous".into(),
        },
        Fault::RolloutFailed {
            workload: "jobs-manager".into(),
            why: "jobs-manager: failed.".into(),
            evidence: vec![],
            advice: "".into(),
        },
        Fault::NotInTime {
            budget: Duration::from_secs(90),
            awaited: "jobs-manager pulls its image, for 38 s now.".into(),
        },
        Fault::SetUp(SetUp::KeyRejected { said: "this key is registered already".into() }),
        Fault::SetUp(SetUp::MintFailed { status: 502 }),
        Fault::SetUp(SetUp::MissingScope { scope: "workstations:register_ssh_key".into() }),
        Fault::SetUp(SetUp::NotRegistered),
        Fault::SetUp(SetUp::SetUpFailed {
            part: "The SSH configuration".into(),
            why: "the disk is full".into(),
        }),
        Fault::SetUp(SetUp::NotInKeyring {
            why: "it is locked".into(),
            file: "/home/a/.pychron/tokens/recovered-LAB".into(),
        }),
        Fault::BadName { name: "---".into() },
        Fault::BadLocation { location: "nowhere".into() },
        Fault::BadInput { what: "profile acme".into(), why: "there is none of that name".into() },
        Fault::NeedsPerson { question: "Which client is this machine?".into(), flag: "--name NAME" },
        Fault::NeedsPerson { question: "Enroll this machine?".into(), flag: "--yes" },
        Fault::Died { part: "the rollout".into(), words: "index out of bounds".into() },
    ]
}

/// The name of a fault in the JSON form. A new kind stops the compiler here: give it a line above, too.
fn name(fault: &Fault) -> &'static str {
    match fault {
        Fault::Unreachable { .. } => "unreachable",
        Fault::Distrusted { .. } => "distrusted",
        Fault::NotTheApi { .. } => "not-the-api",
        Fault::Server { .. } => "server",
        Fault::UpgradeRequired { .. } => "upgrade-required",
        Fault::RateLimited { .. } => "rate-limited",
        Fault::SessionRejected => "session-rejected",
        Fault::TokenRejected => "token-rejected",
        Fault::SignInDeclined => "sign-in-declined",
        Fault::ReverseCodeRefused => "reverse-code-refused",
        Fault::SignInExpired => "sign-in-expired",
        Fault::NoDeviceGrant => "no-device-grant",
        Fault::CodeForbidden { .. } => "code-forbidden",
        Fault::BadGrant { .. } => "bad-grant",
        Fault::WrongAccount { .. } => "wrong-account",
        Fault::NotMe { .. } => "not-me",
        Fault::TokenFile { .. } => "token-file",
        Fault::BadState { .. } => "bad-state",
        Fault::KeyringFailed { .. } => "keyring-failed",
        Fault::SessionFile { .. } => "session-file",
        Fault::ClusterConflict { .. } => "cluster-conflict",
        Fault::ClusterInUse { .. } => "cluster-in-use",
        Fault::NoWriteRight { .. } => "no-write-right",
        Fault::ForeignRelease { .. } => "foreign-release",
        Fault::SeveralReleases { .. } => "several-releases",
        Fault::CannotTell { .. } => "cannot-tell",
        Fault::NotClaimable { .. } => "not-claimable",
        Fault::Changed { .. } => "changed",
        Fault::CredentialDead { .. } => "credential-dead",
        Fault::CredentialLost { .. } => "credential-lost",
        Fault::LooksCopied { .. } => "looks-copied",
        Fault::FieldRefused { .. } => "field-refused",
        Fault::BadReply { .. } => "bad-reply",
        Fault::NotSignedIn { .. } => "not-signed-in",
        Fault::NothingHere { .. } => "nothing-here",
        Fault::WorkRuns { .. } => "work-runs",
        Fault::NotTaken { .. } => "not-taken",
        Fault::PartlyRetired { .. } => "partly-retired",
        Fault::BadRecording { .. } => "bad-recording",
        Fault::NoKubeconfig { .. } => "no-kubeconfig",
        Fault::BadKubeconfig { .. } => "bad-kubeconfig",
        Fault::KubeconfigLocked { .. } => "kubeconfig-locked",
        Fault::OthersKubeconfig { .. } => "others-kubeconfig",
        Fault::PluginFailed { .. } => "plugin-failed",
        Fault::ToolMissing { .. } => "tool-missing",
        Fault::SeveralContexts { .. } => "several-contexts",
        Fault::ClusterUnreachable { .. } => "cluster-unreachable",
        Fault::ClusterForbids { .. } => "cluster-forbids",
        Fault::ClusterRefuses { .. } => "cluster-refuses",
        Fault::NotReadyFor { .. } => "not-ready-for",
        Fault::HelmFailed { .. } => "helm-failed",
        Fault::NoClusterId { .. } => "no-cluster-id",
        Fault::RolloutFailed { .. } => "rollout-failed",
        Fault::NotInTime { .. } => "not-in-time",
        Fault::SetUp(SetUp::KeyRejected { .. }) => "key-rejected",
        Fault::SetUp(SetUp::MintFailed { .. }) => "mint-failed",
        Fault::SetUp(SetUp::MissingScope { .. }) => "missing-scope",
        Fault::SetUp(SetUp::SetUpFailed { .. }) => "set-up-failed",
        Fault::SetUp(SetUp::NotInKeyring { .. }) => "not-in-keyring",
        Fault::SetUp(SetUp::NotRegistered) => "not-registered",
        Fault::BadName { .. } => "bad-name",
        Fault::BadLocation { .. } => "bad-location",
        Fault::BadInput { .. } => "bad-input",
        Fault::NeedsPerson { .. } => "needs-person",
        Fault::Died { .. } => "died",
    }
}

fn found(badge: Badge) -> Event {
    let lines = vec![("Machine".into(), "gpu-box-01".into())];
    Event::Found {
        findings: Box::new(Findings { badge, owner: Some("NMGRL".into()), lines, obstacle: None }),
    }
}

fn status(word: &str) -> Event {
    let told = fixtures::health(word);
    Event::Status {
        verdict: told.verdict(),
        sentence: health::headline(&told),
        lines: health::lines(&told, fixtures::morning()),
        troubles: health::troubles(&told),
    }
}

fn stands(word: &str) -> Event {
    let told = fixtures::standing(word);
    Event::Status {
        verdict: told.verdict(),
        sentence: standing::headline(&told),
        lines: standing::lines(&told),
        troubles: standing::troubles(&told),
    }
}

fn parted(ended: Ended) -> Event {
    let parted = fixtures::parted(ended);
    Event::Parted {
        host: "gpu-box-01".into(),
        owner: Some("NMGRL".into()),
        left: parted.left(),
        ended: parted.ended,
        gone: parted.forgotten.gone,
    }
}

fn probed(probe: Probe) -> Event {
    let next = probe.next(RESUME, "landfall status").into();
    Event::Probed { probe, next }
}

fn retired(word: &str) -> Event {
    let retired = fixtures::retired(word);
    Event::Retired {
        name: "lab-a".into(),
        namespace: "lab-a".into(),
        revoked: retired.revoked,
        gone: retired.removed.gone.len(),
        kept: retired.removed.kept,
        left: retired.left,
    }
}

/// One of each event but the failed ones.
fn events() -> Vec<Event> {
    let presence = |words| fixtures::presence(words, fixtures::morning());
    let row = |word| fixtures::snapshot(word).rows.remove(1);
    let timed = |kind| Row {
        timer: Some(Timer { kind, due: None, seconds: Some(120) }),
        ..fixtures::snapshot("coming-up").rows.remove(1)
    };
    let progress = |stage| Event::Progress { stage, seconds: 62 };
    vec![
        Event::Started { profile: "prod".into(), host: "api.acme.example".into(), version: "0.1.0" },
        Event::Machine { facts: Box::new(fixtures::facts("empty")) },
        Event::Machine { facts: Box::new(fixtures::facts("ours")) },
        Event::Machine { facts: Box::new(fixtures::facts("several")) },
        Event::Machine { facts: Box::new(fixtures::facts("unclear")) },
        Event::Code { grant: fixtures::grant("first"), renewed: false, machine: None },
        Event::Code { grant: fixtures::grant("second"), renewed: true, machine: None },
        Event::Code { grant: fixtures::grant("first"), renewed: false, machine: Some("gpu-box-01".into()) },
        Event::Browser { link: fixtures::link() },
        found(Badge::Registered),
        found(Badge::Partial),
        found(Badge::Unregistered),
        Event::Token { rests: Resting::Kept("the keyring".into()) },
        Event::Token { rests: Resting::Rescued { file: "/home/a/token".into(), why: "it is locked".into() } },
        Event::Token { rests: Resting::Open { why: "it is locked".into() } },
        probed(Probe::NoAddress),
        probed(Probe::NoToken),
        probed(Probe::Rejected),
        probed(Probe::Unreachable { why: "connection refused".into() }),
        probed(Probe::Invalid { why: "no JSON".into() }),
        probed(Probe::Elsewhere { owner: "OTHER".into() }),
        probed(Probe::MissingScope { has: vec!["labs:read".into()] }),
        probed(Probe::MissingScope { has: vec![] }),
        probed(Probe::Good { kind: "workstation".into(), owner: "NMGRL".into() }),
        Event::Registered {
            host: "gpu-box-01".into(),
            owner: "NMGRL".parse().unwrap(),
            alias: "pychron-NMGRL".parse().unwrap(),
            took: 62,
        },
        status("well"),
        status("broken"),
        status("no-cluster"),
        Event::Changed {
            name: "lab-a".into(),
            namespace: "lab-a".into(),
            location: fixtures::location("FR"),
        },
        stands("well"),
        stands("broken"),
        stands("partly"),
        stands("unseen"),
        parted(Ended::Proven),
        parted(Ended::Unproven { why: "status 500".into() }),
        parted(Ended::Nothing),
        Event::Leaving { lines: standing::leaving(&fixtures::standing("well")) },
        Event::Leaving { lines: vec![("Client".into(), "lab-a, namespace lab-a".into())] },
        retired("kept"),
        retired("partly"),
        Event::Waiting { what: "Waiting for your approval.".into(), seconds: 90 },
        Event::Trouble {
            why: "api.acme.example cannot be reached: connection refused.".into(),
            again_in: 20,
        },
        Event::SignedIn { account: fixtures::account("ada"), by: Trust::Pinned },
        Event::SignedIn { account: fixtures::account("ada"), by: Trust::Confirmed },
        Event::SignedIn { account: fixtures::account("ada"), by: Trust::Token },
        Event::SignedIn { account: fixtures::account("ada"), by: Trust::Kept },
        Event::Client { choice: Choice::New, name: "Lab 9".into(), slug: "lab-9".parse().unwrap() },
        Event::Client { choice: Choice::Adopt(17), name: "Lab 9".into(), slug: "lab-9".parse().unwrap() },
        Event::Client { choice: Choice::Backfill(23), name: "Lab 9".into(), slug: "lab-9".parse().unwrap() },
        Event::Location { location: fixtures::location("DE"), source: "chosen".into() },
        Event::Location { location: fixtures::location("later"), source: "to be set later".into() },
        Event::Review { lines: vec![("Client".into(), "lab-9, new".into())] },
        progress(Progress::ReadingAgain),
        progress(Progress::Queued("ann on box, since 2026-05-04T08:00:00Z".into())),
        progress(Progress::WritingAhead),
        progress(Progress::Claiming),
        progress(Progress::Proving),
        progress(Progress::Delivering),
        progress(Progress::Applying(3, 48)),
        progress(Progress::Applied(48)),
        progress(Progress::TakingOver(
            "Deployment web: \"kubectl-edit\" using apps/v1: .spec.replicas".into(),
        )),
        progress(Progress::Removing(3, 48)),
        Event::Workload { row: row("coming-up"), left: None },
        Event::Workload { row: row("pulling"), left: None },
        Event::Workload { row: row("retrying"), left: Some(40) },
        Event::Workload { row: timed(TimerKind::CrashBackOff), left: None },
        Event::Workload { row: timed(TimerKind::ProbeBudget), left: Some(40) },
        Event::Workload { row: timed(TimerKind::ProgressDeadline), left: Some(280) },
        Event::Workload { row: timed(TimerKind::Grace), left: Some(40) },
        Event::Workload { row: row("ready"), left: None },
        Event::Workload { row: row("failed"), left: None },
        Event::Images { images: fixtures::snapshot("pulling").images },
        Event::Images { images: fixtures::snapshot("ready").images },
        Event::Sight { lost: "connection refused".into() },
        Event::Sight { lost: "".into() },
        Event::ControlPlane { presence: presence("pending"), heard: false },
        Event::ControlPlane { presence: presence("offline 60"), heard: false },
        Event::ControlPlane { presence: presence("unknown"), heard: false },
        Event::ControlPlane { presence: presence("online 1"), heard: true },
        Event::Online {
            name: "Lab 9".into(),
            slug: "lab-9".parse().unwrap(),
            location: fixtures::location("DE"),
            cluster: fixtures::HERE.parse().unwrap(),
            new: true,
            held: 5,
            took: 95,
        },
        Event::SessionStore { place: "your keyring".into(), why: "it was tried just now".into() },
        Event::SessionKept { place: "your keyring".into(), sign_out: "landfall sign-out".into() },
        Event::Reader { reader: fixtures::reader() },
        Event::Reader { reader: Reader { by: TrustedBy::Machine, name: "".into(), ..fixtures::reader() } },
        Event::Note { text: "The folder was open to others; it is closed now.".into() },
        Event::SessionEnded { confirmed: true },
        Event::SessionEnded { confirmed: false },
        Event::Left { kept: "Nothing outside was changed.".into(), resume: RESUME.into() },
    ]
}

/// The name of an event in the JSON form. A new kind stops the compiler here: give it a line above, too.
fn kind(event: &Event) -> &'static str {
    match event {
        Event::Started { .. } => "started",
        Event::Machine { .. } => "machine",
        Event::Code { .. } => "code",
        Event::Browser { .. } => "browser",
        Event::Found { .. } => "found",
        Event::Token { .. } => "token",
        Event::Probed { .. } => "probed",
        Event::Registered { .. } => "registered",
        Event::Parted { .. } => "parted",
        Event::Waiting { .. } => "waiting",
        Event::Trouble { .. } => "trouble",
        Event::SignedIn { .. } => "signed-in",
        Event::Client { .. } => "client",
        Event::Location { .. } => "location",
        Event::Review { .. } => "review",
        Event::Progress { .. } => "progress",
        Event::Workload { .. } => "workload",
        Event::Images { .. } => "images",
        Event::Sight { .. } => "sight",
        Event::ControlPlane { .. } => "control-plane",
        Event::Online { .. } => "online",
        Event::Status { .. } => "status",
        Event::Changed { .. } => "changed",
        Event::Leaving { .. } => "leaving",
        Event::Retired { .. } => "retired",
        Event::SessionStore { .. } => "session-store",
        Event::SessionKept { .. } => "session-kept",
        Event::Reader { .. } => "reader",
        Event::Note { .. } => "note",
        Event::SessionEnded { .. } => "session-ended",
        Event::Failed { .. } => "failed",
        Event::Left { .. } => "left",
    }
}

fn failed(fault: &Fault) -> Event {
    Event::Failed {
        log: None,
        doctor: fault.doctor("landfall doctor"),
        fault: fault.clone(),
        sentence: fault.sentence(),
        next: fault.next(RESUME),
        exit: fault.exit().code(),
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "BLESS is an order to this test, not to the program")]
fn every_event_and_fault_is_said_as_written() {
    let mut said = String::new();
    for event in events().into_iter().chain(faults().iter().map(failed)) {
        let json = ndjson::line(&event, false).unwrap().to_string();
        schema::check(&json);
        let _ = writeln!(said, "{}\n{json}\n", words::line(&event, false));
        for line in words::line(&event, true).lines() {
            assert!(line.starts_with("SANDBOX "), "{line}");
        }
        let sandbox = ndjson::line(&event, true).unwrap();
        assert_eq!(sandbox["sandbox"], true);
        schema::check(&sandbox.to_string());
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/flow/shown.txt");
    if std::env::var("BLESS").is_ok() {
        fs::write(&file, &said).unwrap();
    }
    pretty(&fs::read_to_string(file).unwrap(), &said);
}

/// Names the first difference; the whole is too long to be read twice.
fn pretty(should: &str, is: &str) {
    for (should, is) in should.split("\n\n").zip(is.split("\n\n")) {
        assert_eq!(should, is);
    }
    assert_eq!(should.len(), is.len(), "one holds more than the other");
}

#[test]
fn nothing_that_exists_is_left_out() {
    let faults: BTreeSet<&str> = faults().iter().map(name).collect();
    let listed = schema::names("failed", "fault");
    assert_eq!(faults, listed.iter().map(String::as_str).collect());
    let mut events: BTreeSet<&str> = events().iter().map(kind).collect();
    events.insert(kind(&failed(&Fault::SessionRejected)));
    // No event of the wizard: a line face says it where somebody may answer.
    events.insert("question");
    assert_eq!(events, schema::lines().iter().map(String::as_str).collect());
}

#[test]
fn every_sentence_is_whole_and_plain() {
    for fault in faults() {
        let (sentence, next) = (fault.sentence(), fault.next(RESUME));
        assert!(sentence.ends_with(['.', '?', '"']), "{sentence}");
        for text in [sentence, next] {
            assert!(
                text.starts_with(|c: char| !c.is_ascii_lowercase()) || text.starts_with(['a', 'h', 'j', 'p'])
            );
            assert!(!text.contains("..") && !text.contains("  ") && !text.contains(".,"), "{text}");
        }
        assert_eq!(serde_json::to_value(&fault).unwrap()["fault"], name(&fault));
    }
}
