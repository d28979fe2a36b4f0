//! What comes before the sign-in: the profile, and the machine where something is to be settled.

use landfall::error::Fault;
use landfall::foreign::Text;
use landfall::model::{Demand, Reader, Survey, TrustedBy, Way};
use landfall::wizard::msg::{Action, Reply};
use landfall::wizard::profile::ProfileRow;

use super::FULL;
use super::snapshots::shows;
use super::states::{Run, account, grant, noon, session, setup};

fn both(name: &str, run: &Run) {
    for (columns, rows) in [(120, 40), (80, 24), (40, 12), (20, 6)] {
        shows(name, &run.wizard, FULL, columns, rows);
    }
}

fn surveyed(survey: Survey) -> Run {
    let mut setup = setup();
    setup.resume = "landfall --profile prod".into();
    setup.start.survey = survey;
    Run::new(setup)
}

fn way(context: &str, server: &str) -> Way {
    Way {
        file: "/data/.kube/config".into(),
        context: context.into(),
        server: server.into(),
        note: Text::default(),
        demands: Vec::new(),
    }
}

fn asking() -> Way {
    Way {
        demands: vec![
            Demand::Runs(
                "aws eks get-token --cluster-name edge --region eu-central-1 (sets AWS_PROFILE)".into(),
            ),
            Demand::Reads { what: "certificate authority".into(), path: "/opt/acme/ca.crt".into() },
            Demand::Unverified("https://A1B2.gr7.eu-central-1.eks.example".into()),
        ],
        ..way("arn:aws:eks:eu-central-1:42:cluster/edge", "https://A1B2.gr7.eu-central-1.eks.example")
    }
}

fn trouble(fault: Fault) -> Survey {
    Survey { trouble: Some(fault), ..Survey::default() }
}

#[test]
fn profile() {
    let row = |name: &str, host: &str, about: &str| ProfileRow {
        name: name.into(),
        host: host.into(),
        sandbox: host.is_empty(),
        about: about.into(),
    };
    let mut setup = setup();
    setup.start.profiles = vec![
        row("tracebloc-prod", "api.tracebloc.io", "production"),
        row("acme", "api.acme.example", "yours"),
        row("tracebloc-stg", "stg-api.tracebloc.io", "staging"),
        row("tracebloc-dev", "dev-api.tracebloc.io", "development"),
        row("sandbox", "", "to try it; nothing real is touched"),
    ];
    setup.shape.steps = &[landfall::model::Step::Profile];
    both("profile", &Run::new(setup.clone()));
    both("profile_sandbox", &Run::new(setup.clone()).act(Action::Last));
    both("profile_preparing", &Run::new(setup).act(Action::Down).act(Action::Enter));
}

#[test]
fn machine() {
    let three =
        vec![way("lab", "https://10.0.0.5:6443"), way("k3s-default", "https://127.0.0.1:6443"), asking()];
    let three = || Survey { ways: three.clone(), current: 1, ..Survey::default() };
    both("machine_contexts", &surveyed(three()));
    both("machine_contexts_asking", &surveyed(three()).act(Action::Down));
    both("machine_consent", &surveyed(three()).act(Action::Down).act(Action::Enter));
    let looked = vec!["/data/.kube/config".into(), "/etc/rancher/k3s/k3s.yaml".into()];
    both("machine_none", &surveyed(trouble(Fault::NoKubeconfig { looked })));
    let locked = Fault::KubeconfigLocked { path: "/etc/rancher/k3s/k3s.yaml".into() };
    both("machine_locked", &surveyed(trouble(locked)));
    let theirs = Fault::OthersKubeconfig { user: "ada".into(), path: "/home/ada/.kube/config".into() };
    let theirs = Survey {
        ways: vec![Way { note: "ada's, who ran sudo".into(), ..way("kind-lab", "https://127.0.0.1:39211") }],
        ..trouble(theirs)
    };
    both("machine_sudo", &surveyed(theirs));
    let missing = Some(Fault::ToolMissing { tool: "helm".into() });
    let ways = vec![way("k3s-default", "https://127.0.0.1:6443")];
    both("machine_no_helm", &surveyed(Survey { ways, taken: Some(0), missing, ..Survey::default() }));
}

#[test]
fn reader() {
    let name = "Acme Inspection CA".into();
    let reader = Reader { name, host: "api.acme.example".into(), by: TrustedBy::Given };
    let code = || Run::new(setup()).reply(Reply::Reader(reader.clone())).reply(Reply::Code(grant()));
    both("sign_in_reader", &code());
    both("who_reader", &code().reply(Reply::SignedIn(Ok(session()))).reply(Reply::Who(Ok(account()))));
}

#[test]
fn clock() {
    let behind = noon() + jiff::SignedDuration::from_mins(12);
    both("clock_behind", &Run::new(setup()).reply(Reply::Clock(behind)).reply(Reply::Code(grant())));
}
