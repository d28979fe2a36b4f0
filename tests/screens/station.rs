//! A machine whose identity comes with the sign-in, pane by pane.

use landfall::face::tui::Look;
use landfall::model::{Approver, Credential, Nouns, Row, RowState, Shape, Sight, Snapshot, Standing, Step};
use landfall::shell::capabilities::Glyphs;
use landfall::wizard::Setup;
use landfall::wizard::life::Life;
use landfall::wizard::msg::{Action, Reply};

use super::FULL;
use super::snapshots::shows;
use super::states::{Run, grant, session, setup};
use crate::flow::fixtures::{ended, findings, fitted, issued, parted, probe, standing};

fn issuing(steps: &'static [Step]) -> Setup {
    let shape = Shape {
        steps,
        nouns: Nouns { client: "workstation", place: "machine", end: "Registered" },
        approver: Approver::Administrator,
        credential: Credential::Issued,
        ..setup().shape
    };
    let status = "landfall status --profile prod".to_owned();
    let home = steps.len() > 1;
    let life = Life { home, retire: "landfall retire --profile prod".into(), status, ..Life::default() };
    Setup { shape, life, ..setup() }
}

fn begun() -> Run {
    Run::new(issuing(&[Step::Review, Step::SignIn, Step::Rollout, Step::Live]))
}

fn at_code() -> Run {
    begun().reply(Reply::Found(Ok(Box::new(findings("none"))))).act(Action::Enter).reply(Reply::Code(grant()))
}

fn set_up(word: &str) -> Run {
    at_code().reply(Reply::Issued(Box::new(issued(session(), word))))
}

fn home(word: &str) -> Run {
    let token = Some(session());
    begun()
        .reply(Reply::Found(Ok(Box::new(findings("registered")))))
        .reply(Reply::Stood(Box::new(Standing { token, ..standing(word) })))
}

fn at_sizes(name: &str, run: &Run) {
    for (columns, rows) in [(80, 24), (40, 12), (20, 6)] {
        shows(&format!("station_{name}"), &run.wizard, FULL, columns, rows);
    }
    let ascii = Look { glyphs: Glyphs::Ascii, colour: false, ..FULL };
    shows(&format!("station_ascii_{name}"), &run.wizard, ascii, 80, 24);
}

fn rows() -> Snapshot {
    let row = |(name, state): (&str, RowState)| Row {
        kind: "set-up".into(),
        name: name.into(),
        state,
        ready: u32::from(state == RowState::Ready),
        desired: 1,
        note: "into its place".into(),
        sentence: "".into(),
        evidence: Vec::new(),
        next: "".into(),
        happenings: Vec::new(),
        log: Vec::new(),
        since: None,
    };
    let rows = [("token", RowState::Ready), ("key", RowState::Working), ("registration", RowState::Waiting)];
    Snapshot {
        sight: Sight::Clear,
        rows: rows.map(row).to_vec(),
        happenings: Vec::new(),
        images: landfall::model::Images::default(),
    }
}

#[test]
fn from_the_review_to_the_end() {
    at_sizes("review", &begun().reply(Reply::Found(Ok(Box::new(findings("none"))))));
    at_sizes("code", &at_code());
    at_sizes("set_up", &set_up("here").reply(Reply::Snapshot(rows())));
    at_sizes("reveal", &set_up("here").reply(Reply::Fitted(Box::new(fitted("open")))));
    at_sizes("moved", &set_up("moved").reply(Reply::Fitted(Box::new(fitted("well")))));
    let fitted = set_up("here").reply(Reply::Fitted(Box::new(fitted("well"))));
    at_sizes("registered", &fitted.reply(Reply::Settled(Ok(probe("good")))));
    let elsewhere = set_up("here")
        .reply(Reply::Fitted(Box::new(crate::flow::fixtures::fitted("well"))))
        .reply(Reply::Settled(Ok(probe("elsewhere"))));
    at_sizes("elsewhere", &elsewhere);
}

#[test]
fn the_page_of_the_machine_and_its_way_out() {
    at_sizes("home", &home("well"));
    at_sizes("home_broken", &home("broken"));
    let asked = || {
        Run::new(issuing(&[Step::Retire]))
            .reply(Reply::Stood(Box::new(Standing { token: Some(session()), ..standing("well") })))
    };
    at_sizes("retire", &asked());
    let typed = || asked().typed("gpu-box-01").act(Action::Enter);
    at_sizes("retiring", &typed());
    at_sizes("retired", &typed().reply(Reply::Parted(Ok(Box::new(parted(ended("proven")))))));
}
