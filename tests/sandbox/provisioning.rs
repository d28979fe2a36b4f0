//! The provisioning back end against the simulated control plane.

use landfall::backend::device_grant::{Beside, Granted, drive};
use landfall::backend::provisioning::Provisioning;
use landfall::backend::{Amendment, Application, Backend, DeviceContext, Outcome, Proof};
use landfall::error::Fault;
use landfall::http::Options;
use landfall::model::{Client, ClientState, Location, Polled};
use landfall::sandbox::ControlPlane;
use landfall::sandbox::control::{Control, ControlOptions, Faults};
use landfall::sandbox::scenario::SignIn;
use landfall::secret::{Audience, Secret, SecretRef, Vault};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

const CLUSTER: &str = "0b9a1c52-6f0e-4a7d-9d3f-7a55f2a1c001";
const PASSWORD: &str = "a-long-machine-password-0123456789";

/// A running control plane and a client of it.
struct Bench {
    control: Control,
    api: Provisioning,
    vault: Vault,
    task: JoinHandle<()>,
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Bench {
    #[expect(clippy::disallowed_methods, reason = "the sandbox runs beside the test")]
    async fn start(options: ControlOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let control = Control::new(ControlOptions { min_interval: 1, ..options });
        let server = control.clone();
        let task = tokio::spawn(async move { server.serve(listener).await.unwrap() });
        let vault = Vault::default();
        let api = Provisioning::new(base.parse().unwrap(), vault.clone(), &Options::default()).unwrap();
        Self { control, api, vault, task }
    }

    /// A session by the token that was issued beforehand.
    fn session(&self) -> SecretRef {
        let audience = Audience::session(self.api.origin());
        self.vault.keep(Secret::new(self.control.issued_token(), audience))
    }

    fn account(&self) -> u64 {
        u64::try_from(self.control.account_id()).unwrap()
    }

    fn password(&self, value: &str) -> SecretRef {
        let audience = Audience::machine(self.api.origin(), self.account(), CLUSTER);
        self.vault.keep(Secret::new(value, audience))
    }

    fn application(&self, slug: &str, zone: &str) -> Application {
        Application {
            name: "GPU box".into(),
            slug: slug.parse().unwrap(),
            location: Location::Zone(zone.parse().unwrap()),
            cluster: CLUSTER.parse().unwrap(),
            account: self.account(),
            password: self.password(PASSWORD),
        }
    }

    async fn claim(&self) -> Outcome {
        self.api.claim(self.session(), &self.application("gpu-box", "DE")).await
    }

    async fn prove(&self, client: &Client, password: &str) -> Proof {
        let username = client.username.clone().unwrap();
        let password = self.password(password);
        self.api.prove(self.account(), &CLUSTER.parse().unwrap(), &username, password).await
    }

    async fn list(&self) -> Vec<Client> {
        let session = self.session();
        let mut rows = Vec::new();
        let mut next = None;
        loop {
            let page = self.api.clients(session, next.as_deref()).await.unwrap();
            rows.extend(page.rows);
            if page.next.is_none() {
                assert_eq!(page.count, Some(rows.len() as u64));
                return rows;
            }
            next = page.next;
        }
    }
}

#[tokio::test]
async fn a_sign_in_from_code_to_revocation() {
    let bench = Bench::start(ControlOptions::default()).await;
    let begun = bench.api.begin(&DeviceContext::default()).await.unwrap();
    assert_eq!(begun.grant.verification_uri.shown(), format!("{}/activate", bench.api.origin()));
    assert!(begun.grant.complete.is_some());
    assert!(bench.control.answer(begun.grant.user_code.shown(), true));
    let Ok(Granted::Session(session)) = drive(&bench.api, &begun, Beside::alone(&|_| {})).await else {
        panic!()
    };
    let account = bench.api.who(session).await.unwrap();
    assert_eq!(account.id, bench.account());
    assert_eq!(account.email.as_str(), "technician@sandbox.example");
    assert!(bench.api.server_time().is_some());
    assert_eq!(bench.api.revoke(session).await, Ok(()));
    assert_eq!(bench.api.who(session).await, Err(Fault::SessionRejected));
}

#[tokio::test]
async fn a_declined_sign_in_ends() {
    let bench = Bench::start(ControlOptions::default()).await;
    let begun = bench.api.begin(&DeviceContext::default()).await.unwrap();
    assert!(bench.control.answer(begun.grant.user_code.shown(), false));
    assert_eq!(drive(&bench.api, &begun, Beside::alone(&|_| {})).await, Err(Fault::SignInDeclined));
}

#[tokio::test]
async fn digits_of_the_page_are_checked_by_the_server() {
    let bench = Bench::start(ControlOptions { reverse_code: true, ..ControlOptions::default() }).await;
    for (typed, end) in [(None, Ok(())), (Some("000000"), Err(Fault::ReverseCodeRefused))] {
        let begun = bench.api.begin(&DeviceContext::default()).await.unwrap();
        let digits = bench.control.approve_with_digits(begun.grant.user_code.shown()).expect("digits");
        let right = typed.is_none();
        let typed = typed.filter(|typed| *typed != digits).unwrap_or(if right { &digits } else { "000001" });
        let (hand, eye) = watch::channel(None);
        let told = |told| {
            if matches!(told, Polled::ReverseCode { .. }) {
                hand.send_replace(typed.parse().ok());
            }
        };
        let beside = Beside { typed: eye, ..Beside::alone(&told) };
        assert_eq!(drive(&bench.api, &begun, beside).await.map(|_| ()), end);
    }
}

#[tokio::test]
async fn a_code_that_nobody_approves_runs_out() {
    let options = ControlOptions { scenario: SignIn::Expires, ..ControlOptions::default() };
    let bench = Bench::start(options).await;
    let begun = bench.api.begin(&DeviceContext::default()).await.unwrap();
    assert_eq!(drive(&bench.api, &begun, Beside::alone(&|_| {})).await, Err(Fault::SignInExpired));
}

#[tokio::test]
async fn a_claim_from_mint_to_online() {
    let bench = Bench::start(ControlOptions::default()).await;
    let before = bench.list().await.len();
    let Outcome::Minted(client) = bench.claim().await else { panic!() };
    assert_eq!((client.namespace.as_str(), client.state), ("gpu-box", ClientState::Pending));
    assert_eq!(client.cluster_id, CLUSTER.parse().ok());
    assert_eq!(bench.prove(&client, PASSWORD).await, Proof::Works);
    assert_eq!(bench.prove(&client, "another").await, Proof::Rejected);

    let username = client.username.clone().unwrap();
    bench.control.login(username.as_str(), PASSWORD);
    bench.control.heartbeat(username.as_str(), "gpu-box");
    let presence = bench.api.presence(bench.session(), client.id).await.unwrap();
    assert_eq!(presence.state, ClientState::Online);
    assert!(presence.last_heard.is_some() && presence.server_now.is_some());

    // Again: the same one, and no second.
    let Outcome::Existing(again) = bench.claim().await else { panic!() };
    assert_eq!((again.id, again.username), (client.id, client.username));
    assert_eq!(bench.list().await.len(), before + 1);
}

#[tokio::test]
async fn a_lost_reply_is_found_again() {
    let faults = Faults { lose_mint_reply: true, ..Faults::default() };
    let bench = Bench::start(ControlOptions { faults, ..ControlOptions::default() }).await;
    let outcome = bench.claim().await;
    assert!(matches!(outcome, Outcome::Unknown(Fault::Unreachable { .. })), "{outcome:?}");
    let rows = bench.list().await;
    let ours: Vec<_> = rows.iter().filter(|row| row.cluster_id == CLUSTER.parse().ok()).collect();
    assert_eq!(ours.len(), 1);
    assert_eq!(bench.prove(ours[0], PASSWORD).await, Proof::Works);
}

#[tokio::test]
async fn a_password_is_replaced_or_the_proof_says_that_it_was_not() {
    for ignored in [false, true] {
        let faults = Faults { ignore_password_patch: ignored, ..Faults::default() };
        let bench = Bench::start(ControlOptions { faults, ..ControlOptions::default() }).await;
        let Outcome::Minted(client) = bench.claim().await else { panic!() };
        let change = Amendment::Password(bench.password("the-second-password"));
        let cluster = CLUSTER.parse().unwrap();
        let changed = bench.api.amend(bench.session(), client.id, bench.account(), &cluster, &change).await;
        assert_eq!(changed.unwrap().id, client.id);
        let proof = if ignored { Proof::Rejected } else { Proof::Works };
        assert_eq!(bench.prove(&client, "the-second-password").await, proof);
    }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let foreign = ControlOptions { foreign_cluster: Some(CLUSTER.into()), ..ControlOptions::default() };
    let outcome = Bench::start(foreign).await.claim().await;
    let owner = "owner@elsewhere.example".into();
    assert_eq!(outcome, Outcome::Refused(Fault::ClusterConflict { owner }));

    let raced = ControlOptions { raced_cluster: Some(CLUSTER.into()), ..ControlOptions::default() };
    let outcome = Bench::start(raced).await.claim().await;
    assert!(matches!(outcome, Outcome::Refused(Fault::ClusterInUse { .. })), "{outcome:?}");

    let faults = Faults { read_only: true, ..Faults::default() };
    let outcome = Bench::start(ControlOptions { faults, ..ControlOptions::default() }).await.claim().await;
    let Outcome::Refused(Fault::NoWriteRight { admins }) = outcome else { panic!("{outcome:?}") };
    assert!(!admins.is_empty());

    let newer = ControlOptions { min_version: Some("99.0.0".into()), ..ControlOptions::default() };
    let outcome = Bench::start(newer).await.claim().await;
    let min_version = "99.0.0".into();
    assert_eq!(outcome, Outcome::Refused(Fault::UpgradeRequired { min_version }));

    let bench = Bench::start(ControlOptions::default()).await;
    let outcome = bench.api.claim(bench.session(), &bench.application("gpu-box", "QQ")).await;
    let said = "\"QQ\" is not a valid choice.".into();
    assert_eq!(outcome, Outcome::Refused(Fault::FieldRefused { field: "location".into(), said }));
    let taken = bench.list().await[0].namespace.to_string();
    let outcome = bench.api.claim(bench.session(), &bench.application(&taken, "DE")).await;
    assert_eq!(outcome, Outcome::NamespaceTaken);
}
