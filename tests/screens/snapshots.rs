//! Each pane in its main states, at every size that has a layout of its own.

use std::time::Duration;

use landfall::error::Fault;
use landfall::face::tui::Look;
use landfall::model::{
    Address, ClientPage, Facts, Grant, Link, Polled, Progress, Release, Sight, Step, Unfit, Username, Ways,
};
use landfall::shell::capabilities::Glyphs;
use landfall::wizard::msg::{Action, Entered, Reply};
use landfall::wizard::{Setup, Wizard};

use super::states::{
    Run, account, clients, facts, failed_snapshot, grant, noon, ready_snapshot, session, setup, snapshot,
};
use super::{FULL, screen};

/// Compares the screen of a state with the accepted one, at one size.
pub fn shows(name: &str, wizard: &Wizard, look: Look, columns: u16, rows: u16) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let shown = screen(wizard, look, columns, rows);
    settings.bind(|| insta::assert_snapshot!(format!("{name}_{columns}x{rows}"), shown.backend()));
}

/// At every size that has a layout of its own.
fn at_all_sizes(name: &str, run: &Run) {
    for (columns, rows) in [(120, 40), (80, 24), (60, 16), (40, 12), (20, 6)] {
        shows(name, &run.wizard, FULL, columns, rows);
    }
}

#[test]
fn sign_in() {
    at_all_sizes("sign_in_code", &Run::polling());
    at_all_sizes("sign_in_confirm", &Run::confirming());
    let ran_out = |run: Run| run.wait(600).reply(Reply::SignedIn(Err(Fault::SignInExpired)));
    let renewed = ran_out(Run::polling()).reply(Reply::Code(grant()));
    shows("sign_in_renewed", &renewed.wizard, FULL, 80, 24);
    let expired = ran_out(ran_out(renewed).reply(Reply::Code(grant())));
    shows("sign_in_expired", &expired.wizard, FULL, 80, 24);
    shows("sign_in_starting", &Run::new(setup()).wizard, FULL, 80, 24);
    let trouble = Polled::Trouble(Duration::from_secs(10), "the connection was reset".into());
    shows("sign_in_trouble", &Run::polling().reply(Reply::Polled(trouble)).wizard, FULL, 80, 24);
    let long = Grant {
        verification_uri: "https://login.identity.a-rather-long-name.example/device/activate".into(),
        complete: Some(
            "https://login.identity.a-rather-long-name.example/device/activate?c=WDJB-MJHT".into(),
        ),
        ..grant()
    };
    let long = Run::new(setup()).reply(Reply::Code(long));
    shows("sign_in_long_address", &long.wizard, FULL, 80, 24);
    shows("sign_in_long_address", &long.wizard, FULL, 40, 12);
    at_all_sizes("sign_in_digits", &Run::digits("0421"));
    // The code ages while the machine sleeps, also when only its digits are missing.
    for (awake, left) in [(Run::polling(), 581), (Run::digits(""), 572)] {
        let slept = Reply::Polled(Polled::Slept(Duration::from_secs(300)));
        let asleep = awake.reply(slept).wizard;
        assert_eq!(asleep.sign_in.seconds_left(asleep.now.run), Some(left - 300));
    }
    let wrong = Run::digits("042137").act(Action::Enter);
    let wrong = wrong.reply(Reply::Polled(Polled::ReverseCode { wrong: true }));
    shows("sign_in_digits_wrong", &wrong.wizard, FULL, 80, 24);
    shows("sign_in_digits_sent", &Run::digits("042137").act(Action::Enter).wizard, FULL, 80, 24);
    let checking = Run::polling().reply(Reply::SignedIn(Ok(session())));
    shows("sign_in_checking", &checking.wizard, FULL, 80, 24);
}

#[test]
fn ways() {
    let ways = |opens| Reply::Ways(Ways { token: true, browser: true, opens });
    let open = |opens| Run::new(setup()).looked().reply(ways(opens)).reply(Reply::Code(grant()));
    shows("sign_in_code_with_ways", &open(false).wizard, FULL, 80, 24);
    let token = open(false).act(Action::Token);
    let count = |count| Action::Entered(Entered::Count(count));
    at_all_sizes("sign_in_token", &token.act(count(9)));
    let link = || Reply::Link(Link { address: address(), life: Duration::from_secs(600) });
    let browser = |opens| open(opens).act(Action::Browser).reply(link()).wait(19);
    at_all_sizes("sign_in_browser", &browser(false));
    shows("sign_in_browser_opened", &browser(true).wizard, FULL, 80, 24);
    let pasted = browser(false).act(Action::PasteBack).act(count(200)).reply(Reply::Unfit(Unfit::CodeAlone));
    at_all_sizes("sign_in_pasted", &pasted);
    let fault = Fault::CodeForbidden {
        host: "id.acme.example".into(),
        client: "landfall".into(),
        said: "unauthorized_client: AADSTS530036: blocked by policy".into(),
    };
    let barred = Run::new(setup()).looked().reply(ways(false)).reply(Reply::SignedIn(Err(fault)));
    at_all_sizes("sign_in_ways", &barred.act(Action::Down));
}

fn address() -> Address {
    let url = "https://id.acme.example/realms/edge/protocol/openid-connect/auth?response_type=code&client_id=landfall\
               &redirect_uri=http%3A%2F%2F127.0.0.1%3A41234%2Fcallback&scope=openid+profile+email+offline_access\
               &state=kZ7Qf2mVx0N4aTtYwq3cRrB1hDgJ8sLpUeXoI6nM5Ew&nonce=Q1w2E3r4T5y6U7i8O9p0A1s2D3f4G5h6J7k8L9z0X1c\
               &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw_cM&code_challenge_method=S256";
    Address::of(&url.parse().unwrap())
}

#[test]
fn client() {
    at_all_sizes("client", &Run::at_clients());
    at_all_sizes("client_other_row", &Run::at_clients().act(Action::Down).act(Action::Down));
    let looking = Run::at_code()
        .reply(Reply::SignedIn(Ok(session())))
        .reply(Reply::Who(Ok(account())))
        .act(Action::Enter);
    shows("client_looking", &looking.wizard, FULL, 80, 24);
    let first = ClientPage { rows: clients(), count: Some(214), next: Some("/page/2".into()) };
    let loading = looking.looked().reply(Reply::Clients(Ok(first)));
    shows("client_loading", &loading.wizard, FULL, 80, 24);
    shows("client_here", &here().wizard, FULL, 80, 24);
    shows("client_search", &Run::at_clients().act(Action::Find).typed("mun").wizard, FULL, 80, 24);
    shows("client_editing", &Run::at_clients().act(Action::Edit).typed("-b").wizard, FULL, 80, 24);
}

/// The cluster has a client of this account.
fn here() -> Run {
    let mut facts = facts();
    let username: Username = "6f1c2d3e-0000-4a5b-8c9d-0123456789ab".parse().unwrap();
    facts.release = Release::One { namespace: "gpu-box-01".parse().unwrap(), username: username.clone() };
    let mut rows = clients();
    rows[1].username = Some(username);
    rows[1].cluster_id = facts.cluster_id.value().cloned();
    Run::confirming()
        .reply(Reply::Looked(Ok(Box::new(facts))))
        .act(Action::Enter)
        .reply(Reply::Clients(Ok(ClientPage { rows, count: Some(5), next: None })))
}

#[test]
fn location() {
    at_all_sizes("location", &Run::at_location());
    let slow = Look { slow: true, ..FULL };
    shows("location_slow", &Run::at_location().wizard, slow, 80, 24);
    shows("location_search", &Run::at_location().act(Action::Find).typed("fr").wizard, FULL, 80, 24);
}

#[test]
fn review() {
    at_all_sizes("review", &Run::at_review());
    at_all_sizes("review_in_the_way", &Run::at_review_in_the_way());
}

#[test]
fn rollout() {
    at_all_sizes("rollout_claiming", &Run::enrolling());
    at_all_sizes("rollout", &Run::rolling());
    at_all_sizes("rollout_why", &Run::rolling().act(Action::Enter));
    shows("rollout_agreed", &Run::agreed().wizard, FULL, 80, 24);
    let mut lost = snapshot();
    lost.sight = Sight::Lost("connection refused, asking again in 4 s".into());
    shows("rollout_lost", &Run::rolling().reply(Reply::Snapshot(lost)).wizard, FULL, 80, 24);
}

#[test]
fn online() {
    at_all_sizes("online", &Run::online());
}

#[test]
fn failure() {
    at_all_sizes("failure_rollout", &Run::failed());
    at_all_sizes("failure_unreachable", &Run::unreachable());
    let mut run = Run::failed();
    run.wizard.setup.resume =
        "landfall enroll --profile prod --kubeconfig /etc/rancher/k3s/k3s.yaml --context gpu".into();
    shows("failure_long_command", &run.wizard, FULL, 80, 24);
    shows("failure_long_command", &run.wizard, FULL, 40, 12);
}

#[test]
fn overlays() {
    at_all_sizes("help", &Run::rolling().act(Action::Help));
    at_all_sizes("leaving", &Run::rolling().act(Action::Leave));
    shows("help_sign_in", &Run::polling().act(Action::Help).wizard, FULL, 80, 24);
    at_all_sizes("qr_alone", &Run::polling().act(Action::QrAlone));
}

fn sandbox() -> Setup {
    let mut setup = setup();
    setup.profile.sandbox = true;
    setup.profile.name = "sandbox".into();
    setup
}

#[test]
fn other_terminals() {
    let console = Look { glyphs: Glyphs::Console, ..FULL };
    let ascii = Look { glyphs: Glyphs::Ascii, colour: false, slow: true, flipped: false };
    for (name, look) in [("console", console), ("ascii", ascii)] {
        shows(&format!("{name}_qr_alone"), &Run::polling().act(Action::QrAlone).wizard, look, 120, 45);
    }
    at_all_sizes("sandbox", &Run::new(sandbox()).reply(Reply::Code(grant())));
}

#[test]
fn asked_again_and_aloud() {
    let refused = |field: &str, said: &str| {
        Reply::Claimed(Err(Fault::FieldRefused { field: field.into(), said: said.into() }))
    };
    let location = Run::enrolling().reply(refused("location", "\"DE\" is not a valid choice."));
    let name = Run::enrolling().reply(refused("name", "This name is reserved."));
    let lost = Run::rolling().reply(Reply::Presence(Err(Fault::SessionRejected))).reply(Reply::Code(grant()));
    for (columns, rows) in [(80, 24), (40, 12)] {
        shows("again_location", &location.wizard, FULL, columns, rows);
        shows("again_name", &name.wizard, FULL, columns, rows);
        shows("again_session", &lost.wizard, FULL, columns, rows);
        shows("code_spelled", &Run::polling().act(Action::Spell).wizard, FULL, columns, rows);
        shows("online_stay", &staying().wizard, FULL, columns, rows);
    }
    shows("review_rest", &Run::at_review().act(Action::Down).act(Action::Down).wizard, FULL, 40, 12);
    shows("online_replaced", &replacing().wizard, FULL, 80, 24);
}

/// Online, in place of a client on another cluster.
fn replacing() -> Run {
    let mut run = Run::at_clients().act(Action::Down).act(Action::Down).act(Action::Enter);
    run.wizard.setup.stay.retire = "landfall retire --profile prod".into();
    run.act(Action::Enter).act(Action::Enter).claimed_to_online()
}

/// Online, and asked whether to stay signed in.
fn staying() -> Run {
    let mut setup = setup();
    setup.stay.offer = true;
    Run::confirming_in(setup)
        .reading_clients()
        .act(Action::Enter)
        .act(Action::Enter)
        .act(Action::Enter)
        .claimed_to_online()
}

/// How an enrolled machine does: well, broken, or not to be told.
fn health(
    snapshot: Option<landfall::model::Snapshot>,
    view: landfall::model::View,
) -> landfall::model::Health {
    let facts = Facts {
        release: Release::One {
            namespace: "gpu-box-02".parse().unwrap(),
            username: "6f1c2d3e-0000-4a5b-8c9d-0123456789ab".parse().unwrap(),
        },
        owner: Some(42),
        ..facts()
    };
    landfall::model::Health { selected: None, facts: Ok(Box::new(facts)), snapshot, view }
}

fn ours() -> landfall::model::View {
    let client =
        super::states::client(17, "gpu-box-02", landfall::model::ClientState::Online, Some("DE"), Some(5));
    landfall::model::View::Row(Box::new(client), Some(noon()))
}

fn at_home(health: landfall::model::Health) -> Run {
    let selected = landfall::model::Selected {
        account: 42,
        id: 17,
        name: "gpu-box-02".into(),
        namespace: "gpu-box-02".parse().unwrap(),
        username: "6f1c2d3e-0000-4a5b-8c9d-0123456789ab".parse().unwrap(),
        cluster: "c1".parse().unwrap(),
        location: landfall::model::Location::Zone("DE".parse().unwrap()),
    };
    let life = landfall::wizard::life::Life { selected: Some(selected), home: true, ..Default::default() };
    Run::new(Setup { life, ..setup() }).reply(Reply::Health(Box::new(health)))
}

#[test]
fn home() {
    at_all_sizes("home", &at_home(health(Some(ready_snapshot()), ours())));
    at_all_sizes("home_broken", &at_home(health(Some(failed_snapshot()), landfall::model::View::Accepted)));
}

#[test]
fn retire() {
    let token = session();
    let shape = landfall::model::Shape { steps: &[Step::SignIn, Step::Retire], ..setup().shape };
    let asked = Run::new(Setup { shape, token: Some(token), ..setup() })
        .reply(Reply::Who(Ok(account())))
        .reply(Reply::Health(Box::new(health(Some(ready_snapshot()), ours()))));
    at_all_sizes("retire_asked", &asked);
    let typed = "gpu-box-02".chars().fold(asked, |run, c| run.act(Action::Type(c)));
    let running = typed
        .act(Action::Enter)
        .reply(Reply::Progress(Progress::ReadingAgain))
        .wait(1)
        .reply(Reply::Progress(Progress::Revoking))
        .wait(1)
        .reply(Reply::Progress(Progress::Removing(3, 11)));
    at_all_sizes("retire_running", &running);
    let removed = landfall::model::Removed {
        namespace: "gpu-box-02".into(),
        kept: vec!["PersistentVolumeClaim client-pvc".into()],
        ..Default::default()
    };
    let retired = landfall::model::Retired { revoked: true, removed, left: Vec::new() };
    at_all_sizes("retired", &running.reply(Reply::Retired(Ok(Box::new(retired)))));
}
