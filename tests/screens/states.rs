//! Wizard states as they really come about: by messages.

use std::time::Duration;

use jiff::Timestamp;
use landfall::error::Fault;
use landfall::foreign::Text;
use landfall::location::guess;
use landfall::model::{
    Account, Ahead, Approver, Check, CheckState, Claimed, Client, ClientPage, ClientState, Credential, Facts,
    Grant, Happening, How, Images, Known, Layer, Location, NodeRoom, Nouns, Planned, Polled, Presence,
    ProfileFacts, Progress, Pull, Release, Reporter, Route, Row, RowState, Shape, Sight, Snapshot, Step,
    Target, TargetId, Timer, TimerKind, UserCode,
};
use landfall::secret::{Audience, Secret, SecretRef, Vault};
use landfall::wizard::msg::{Action, Moment, Msg, Reply};
use landfall::wizard::stay::Stay;
use landfall::wizard::{Manner, Setup, Wizard};

/// A wizard with its clock.
pub struct Run {
    pub wizard: Wizard,
    pub now: Duration,
}

pub const NOON: &str = "2026-03-01T12:00:00Z";

pub fn noon() -> Timestamp {
    NOON.parse().unwrap()
}

fn wall(run: Duration) -> Timestamp {
    noon() + jiff::SignedDuration::try_from(run).unwrap()
}

pub fn session() -> SecretRef {
    Vault::default().keep(Secret::new("not a real token", Audience::session("https://api.acme.example")))
}

pub fn setup() -> Setup {
    Setup {
        profile: ProfileFacts {
            name: "prod".into(),
            host: "api.acme.example".into(),
            sandbox: false,
            expect_account: None,
        },
        shape: Shape {
            steps: &[Step::SignIn, Step::Client, Step::Location, Step::Review, Step::Rollout, Step::Live],
            nouns: Nouns { client: "client", place: "cluster", end: "Online" },
            routes: &[Route::Device, Route::Token],
            approver: Approver::Person,
            credential: Credential::Chosen,
        },
        manner: Manner::Screen,
        yes: false,
        name: None,
        location: None,
        consent: landfall::model::Consent::default(),
        guess: guess(Some("Europe/Berlin"), None, None, None),
        locate: false,
        host: "gpu-box-01".into(),
        person: "root on gpu-box-01, from 10.0.4.17".into(),
        token: None,
        stay: Stay::default(),
        life: landfall::wizard::life::Life::default(),
        budget: Duration::from_secs(600),
        hold: Duration::from_secs(5),
        resume: "landfall enroll --profile prod".into(),
        start: landfall::wizard::begin::Start::default(),
    }
}

pub fn grant() -> Grant {
    Grant {
        user_code: UserCode::new("WDJB-MJHT"),
        verification_uri: "https://acme.example/activate".into(),
        complete: Some("https://acme.example/activate?user_code=WDJB-MJHT".into()),
        expires_in: Duration::from_secs(600),
        interval: Duration::from_secs(5),
    }
}

pub fn account() -> Account {
    Account { id: 42, name: "Acme".into(), email: "tech@acme.example".into(), first_name: "Toni".into() }
}

pub fn facts() -> Facts {
    Facts {
        target: Target::Cluster { context: "k3s-default".into(), server: "https://127.0.0.1:6443".into() },
        version: Known::Yes("v1.33.2".into()),
        cluster_id: Known::Yes("a1b2c3d4-0000-4a5b-8c9d-0123456789ab".parse().unwrap()),
        release: Release::None,
        record: Known::Yes(false),
        machine: landfall::model::Sameness::Unrecorded,
        owner: None,
        obstacle: None,
        nodes: Known::Yes(vec![NodeRoom {
            name: "gpu-box-01".into(),
            milli_cpu: 7100,
            memory: 26 << 30,
            ready: true,
            images_here: 2,
        }]),
        planned: Planned {
            title: "demo client 0.1.0".into(),
            kinds: vec![
                ("Namespace".into(), 1),
                ("Secret".into(), 1),
                ("Deployment".into(), 3),
                ("DaemonSet".into(), 1),
                ("PersistentVolumeClaim".into(), 1),
                ("Service".into(), 2),
            ],
            milli_cpu: 800,
            memory: 2_900 << 20,
            storage: 62 << 30,
            images: vec!["a:1".into(), "b:1".into(), "c:1".into(), "d:1".into()],
        },
        images_here: Known::Yes(2),
        ahead: Ahead::Jobs(2),
        checks: vec![
            Check::new("P01", Layer::Cluster, CheckState::Pass, "you may do all of it in a new namespace"),
            Check::new("P02", Layer::Cluster, CheckState::Pass, "there is room for 0.80 CPU and 2.83 Gi"),
        ],
    }
}

pub fn client(id: u64, name: &str, state: ClientState, zone: Option<&str>, heard: Option<i64>) -> Client {
    Client {
        id,
        name: name.into(),
        namespace: Text::new(&name.to_lowercase().replace(' ', "-")),
        username: None,
        location: zone.map_or(Location::NotSet, |zone| Location::Zone(zone.parse().unwrap())),
        state,
        cluster_id: (state != ClientState::Pending).then(|| format!("other-{id}").parse().unwrap()),
        decommissioned: false,
        running: Some(0),
        last_heard: heard.map(|ago| noon() - jiff::SignedDuration::from_secs(ago)),
    }
}

pub fn clients() -> Vec<Client> {
    vec![
        client(11, "munich-radiology", ClientState::Online, Some("DE"), Some(130)),
        client(12, "gpu-box-01", ClientState::Offline, Some("DE"), Some(9 * 86_400)),
        client(13, "lab-a", ClientState::Pending, None, None),
        client(14, "paris-imaging", ClientState::Online, Some("FR"), Some(3)),
        client(15, "wien-west", ClientState::Unknown, Some("AT"), Some(120 * 86_400)),
    ]
}

fn row(name: &str, state: RowState, ready: u32, note: &str, since: i64) -> Row {
    Row {
        kind: "Deployment".into(),
        name: name.into(),
        state,
        ready,
        desired: 1,
        note: note.into(),
        sentence: Text::default(),
        evidence: Vec::new(),
        next: Text::default(),
        happenings: Vec::new(),
        log: Vec::new(),
        since: Some(noon() + jiff::SignedDuration::from_secs(since)),
        timer: None,
    }
}

pub fn snapshot() -> Snapshot {
    let mut database = row("mysql-client", RowState::Working, 0, "starting, not ready yet", 61);
    database.sentence =
        "mysql-client has been running for 30 s and waits for its startup probe (TCP port 3306) to pass."
            .into();
    database.evidence = vec![
        "pod mysql-client-6c4f9: container mysql-client is running, not ready".into(),
        "Unhealthy: Readiness probe failed: connection refused".into(),
    ];
    let due = Some(noon() + jiff::SignedDuration::from_secs(191));
    database.timer = Some(Timer { kind: TimerKind::ProbeBudget, due, seconds: Some(130) });
    database.next = "Wait; it is within its time.".into();
    Snapshot {
        sight: Sight::Clear,
        rows: vec![
            row("requests-proxy", RowState::Ready, 1, "ready", 42),
            database,
            row("jobs-manager", RowState::Working, 0, "pulling image", 64),
            row("resource-monitor", RowState::Ready, 1, "ready", 37),
            row("client-data", RowState::Ready, 1, "bound", 30),
        ],
        images: Images {
            here: 1,
            of: 4,
            pulling: Some(Pull {
                image: "tracebloc/jobs-manager:prod".into(),
                since: noon() + jiff::SignedDuration::from_secs(54),
            }),
            bytes: 0,
            pull_ms: 0,
        },
        happenings: vec![
            Happening {
                at: Some(noon() + jiff::SignedDuration::from_secs(78)),
                object: "mysql-client-6c4f9".into(),
                text: "Started container mysql-client".into(),
            },
            Happening {
                at: Some(noon() + jiff::SignedDuration::from_secs(54)),
                object: "jobs-manager-5d9b7".into(),
                text: "Pulling image \"tracebloc/jobs-manager:prod\"".into(),
            },
            Happening {
                at: Some(noon() + jiff::SignedDuration::from_secs(53)),
                object: "mysql-client-6c4f9".into(),
                text: "Pulled image in 21 s (212 MB)".into(),
            },
        ],
        reporter: Reporter::Unknown,
    }
}

pub fn failed_snapshot() -> Snapshot {
    let mut snapshot = snapshot();
    let jobs = &mut snapshot.rows[2];
    jobs.state = RowState::Failed;
    jobs.note = "image pull back-off".into();
    jobs.sentence = "registry-1.docker.io shows a certificate signed by \"Corp Proxy CA\", which this node \
                     does not trust. Something inspects TLS here."
        .into();
    jobs.evidence = vec![
        "pod jobs-manager-5d9b7, container api, ErrImagePull".into(),
        "4 tries since 1:22, next in 40 s (back-off)".into(),
    ];
    jobs.next = "Make the node trust that CA.".into();
    snapshot
}

pub fn ready_snapshot() -> Snapshot {
    let mut snapshot = snapshot();
    for row in &mut snapshot.rows {
        row.state = RowState::Ready;
        row.ready = row.desired;
        row.note = "ready".into();
        row.sentence = Text::default();
    }
    snapshot
}

pub fn claimed() -> Claimed {
    Claimed {
        id: 17,
        how: How::Minted,
        name: "gpu-box-01".into(),
        namespace: "gpu-box-01".parse().unwrap(),
        username: "6f1c2d3e-0000-4a5b-8c9d-0123456789ab".parse().unwrap(),
        password: session(),
        location: Location::Zone("DE".parse().unwrap()),
    }
}

impl Run {
    pub fn new(setup: Setup) -> Self {
        let now = Duration::ZERO;
        let (wizard, _) = Wizard::new(setup, Moment { run: now, wall: wall(now) });
        Self { wizard, now }
    }

    pub fn msg(mut self, msg: Msg) -> Self {
        self.wizard.update(Moment { run: self.now, wall: wall(self.now) }, msg);
        self
    }

    pub fn reply(self, reply: Reply) -> Self {
        self.msg(Msg::Reply(TargetId::HERE, Box::new(reply)))
    }

    pub fn act(self, action: Action) -> Self {
        self.msg(Msg::Act(action))
    }

    /// Seconds pass.
    pub fn wait(mut self, seconds: u64) -> Self {
        self.now += Duration::from_secs(seconds);
        self.msg(Msg::Tick)
    }

    pub fn typed(self, text: &str) -> Self {
        text.chars().fold(self, |run, c| run.act(Action::Type(c)))
    }

    pub fn at_code() -> Self {
        Self::new(setup()).reply(Reply::Code(grant()))
    }

    pub fn looked(self) -> Self {
        self.reply(Reply::Looked(Ok(Box::new(facts()))))
    }

    pub fn polling() -> Self {
        Self::at_code().looked().wait(19).reply(Reply::Polled(Polled::Pending(Duration::from_secs(5))))
    }

    /// Approved, with some of the digits typed that the page shows.
    pub fn digits(typed: &str) -> Self {
        let asked = Self::polling().wait(9).reply(Reply::Polled(Polled::ReverseCode { wrong: false }));
        typed.chars().fold(asked, |run, c| run.act(Action::Type(c)))
    }

    pub fn confirming() -> Self {
        Self::polling().reply(Reply::SignedIn(Ok(session()))).reply(Reply::Who(Ok(account())))
    }

    pub fn confirming_in(setup: Setup) -> Self {
        Self::new(setup)
            .reply(Reply::Code(grant()))
            .looked()
            .reply(Reply::SignedIn(Ok(session())))
            .reply(Reply::Who(Ok(account())))
    }

    pub fn at_clients() -> Self {
        Self::confirming().reading_clients()
    }

    pub fn reading_clients(self) -> Self {
        self.act(Action::Enter).reply(Reply::Clients(Ok(ClientPage {
            rows: clients(),
            count: Some(5),
            next: None,
        })))
    }

    pub fn at_location() -> Self {
        Self::at_clients().act(Action::Enter)
    }

    pub fn at_review() -> Self {
        Self::at_location().act(Action::Enter)
    }

    /// A check failed, and others could not be made.
    pub fn at_review_in_the_way() -> Self {
        let mut run = Self::at_review();
        let facts = run.wizard.facts.as_mut().unwrap();
        let check = |id, state, words: &str| Check::new(id, Layer::Cluster, state, words);
        facts.checks = vec![
            check("P01", CheckState::Unknown, "the cluster does not say whether you have all the rights"),
            check("P02", CheckState::Pass, "there is room for 0.80 CPU and 2.83 Gi"),
            check(
                "P03",
                CheckState::Fail,
                "volume mysql-pvc names no storage class, and none is the default",
            )
            .fix("Ask for a default storage class."),
        ];
        run
    }

    pub fn enrolling() -> Self {
        Self::at_review()
            .act(Action::Enter)
            .reply(Reply::Progress(Progress::ReadingAgain))
            .wait(1)
            .reply(Reply::Progress(Progress::WritingAhead))
            .reply(Reply::Progress(Progress::Claiming))
            .wait(2)
    }

    pub fn rolling() -> Self {
        Self::enrolling()
            .reply(Reply::Progress(Progress::Proving))
            .reply(Reply::Progress(Progress::Delivering))
            .reply(Reply::Claimed(Ok(Box::new(claimed()))))
            .wait(2)
            .reply(Reply::Progress(Progress::Applying(3, 9)))
            .reply(Reply::Progress(Progress::Applied(9)))
            .wait(67)
            .reply(Reply::Snapshot(snapshot()))
            .reply(Reply::Presence(Ok(Presence {
                state: ClientState::Pending,
                last_heard: None,
                server_now: Some(noon()),
            })))
    }

    pub fn agreed() -> Self {
        Self::rolling().wait(30).reply(Reply::Snapshot(ready_snapshot())).reply(heard(101))
    }

    /// From the yes to online, with whatever was decided before.
    pub fn claimed_to_online(self) -> Self {
        let pending = Presence { state: ClientState::Pending, last_heard: None, server_now: Some(noon()) };
        let mut identity = claimed();
        if let Some(chosen) = &self.wizard.client.chosen {
            (identity.name, identity.namespace) = (chosen.name.clone(), chosen.slug.clone());
        }
        let run = self
            .reply(Reply::Claimed(Ok(Box::new(identity))))
            .reply(Reply::Snapshot(snapshot()))
            .reply(Reply::Presence(Ok(pending)))
            .wait(1)
            .reply(Reply::Snapshot(ready_snapshot()));
        let at = i64::try_from(run.now.as_secs()).unwrap();
        let run = run.reply(heard(at)).wait(1).wait(1).wait(1).wait(1).wait(1);
        run.reply(heard(at + 5))
    }

    pub fn online() -> Self {
        Self::agreed().wait(3).wait(2).reply(heard(106)).reply(Reply::Revoked(Ok(())))
    }

    pub fn failed() -> Self {
        Self::rolling().reply(Reply::Snapshot(failed_snapshot()))
    }

    pub fn unreachable() -> Self {
        Self::new(setup()).reply(Reply::SignedIn(Err(Fault::Unreachable {
            host: "api.acme.example".into(),
            why: "the name cannot be resolved".into(),
        })))
    }
}

/// The control plane heard from the client a second before it answered, so many seconds after noon.
fn heard(seconds: i64) -> Reply {
    Reply::Presence(Ok(Presence {
        state: ClientState::Online,
        last_heard: Some(noon() + jiff::SignedDuration::from_secs(seconds - 1)),
        server_now: Some(noon() + jiff::SignedDuration::from_secs(seconds)),
    }))
}
