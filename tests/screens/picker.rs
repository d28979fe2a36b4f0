//! The figure `picker`: a long list of clients, from a key to the frame that shows what it did.
//!
//! In this process: the wizard's update, the drawing of the whole screen and its comparison with the one before,
//! at 120x40. What a terminal and a network add is theirs. Pages come as the server sends them, 15 at a time, and
//! half of the keys are pressed while the rest of the list is still loading.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a figure is measured, and printed"
)]

use std::time::{Duration, Instant};

use landfall::face::tui;
use landfall::model::{Client, ClientPage, ClientState, TargetId};
use landfall::wizard::effect::{Effect, Order};
use landfall::wizard::msg::{Action, Moment, Msg, Reply};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::FULL;
use super::states::{Run, client, noon};

const CLIENTS: usize = 10_000;
const PAGE: usize = 15;
const CITIES: [&str; 8] =
    ["München", "paris", "são-paulo", "wien", "oslo", "Kraków", "san-francisco", "東京"];
const KINDS: [&str; 5] = ["radiology", "gpu-box", "Edge", "lab", "imaging-west"];
const ZONES: [&str; 4] = ["DE", "FR", "US-CAL-CISO", "JP-TK"];

/// What a person presses: searches that find much, little and nothing, taken back again, and every way to move.
const WALK: [&str; 9] =
    ["/mun rad", "/gpu-box-17", "/sfr", "/japan", "/zzzz", "/kr\u{f3}w 99", "jjjjjkkk", "DDDDUU", "EHEr"];

fn account() -> Vec<Client> {
    (0..CLIENTS)
        .map(|n| {
            let name = format!("{} {} {n:05}", CITIES[n % CITIES.len()], KINDS[n % KINDS.len()]);
            let state = [ClientState::Online, ClientState::Offline, ClientState::Pending][n % 3];
            let mut row =
                client(n as u64 + 1, &name, state, Some(ZONES[n % ZONES.len()]), i64::try_from(n).ok());
            row.decommissioned = n % 50 == 49;
            row
        })
        .collect()
}

fn actions(keys: &str) -> Vec<Action> {
    let mut actions = Vec::new();
    match keys.strip_prefix('/') {
        Some(query) => {
            actions.push(Action::Find);
            actions.extend(query.chars().map(Action::Type));
            actions.extend([Action::Down, Action::Up]);
            actions.extend(query.chars().map(|_| Action::Erase));
            actions.push(Action::Back);
        }
        None => actions.extend(keys.chars().map(|key| match key {
            'j' => Action::Down,
            'k' => Action::Up,
            'D' => Action::PageDown,
            'U' => Action::PageUp,
            'E' => Action::Last,
            'H' => Action::First,
            _ => Action::Retired,
        })),
    }
    actions
}

struct Bench {
    run: Run,
    terminal: Terminal<TestBackend>,
}

impl Bench {
    fn new() -> Self {
        let run = Run::confirming().act(Action::Enter);
        let mut bench = Self { run, terminal: Terminal::new(TestBackend::new(120, 40)).unwrap() };
        bench.draw();
        bench
    }

    fn draw(&mut self) {
        self.terminal.draw(|frame| tui::draw(frame, &self.run.wizard, &FULL)).unwrap();
    }

    /// The time from a message to the frame that shows it; also what was ordered.
    fn timed(&mut self, msg: Msg) -> (Duration, Vec<Effect>) {
        let began = Instant::now();
        let effects = self.run.wizard.update(Moment { run: self.run.now, wall: noon() }, msg);
        self.draw();
        (began.elapsed(), effects)
    }

    fn page(&mut self, rows: &[Client], last: bool) -> Duration {
        let next = (!last).then(|| "/edge-device/?page=2".to_owned());
        let page = ClientPage { rows: rows.to_vec(), count: Some(CLIENTS as u64), next };
        let reply = Reply::Clients(Ok(page));
        self.timed(Msg::Reply(TargetId::HERE, Box::new(reply))).0
    }
}

#[test]
#[ignore = "a figure: tests/figures picker"]
fn picker() {
    let account = account();
    let mut bench = Bench::new();
    let mut pages = account.chunks(PAGE);
    let first_page = bench.page(pages.next().unwrap(), false);
    let shown = format!("{:?}", bench.terminal.backend().buffer());
    assert!(shown.contains("München radiology 00000"), "the first page is not on the screen");
    let mut keys: Vec<Action> = (0..20).flat_map(|_| WALK.iter().flat_map(|keys| actions(keys))).collect();
    let while_loading = keys.len() / 2;
    let (mut frames, mut early) = (Vec::new(), keys.split_off(while_loading));
    std::mem::swap(&mut keys, &mut early);
    let rest: Vec<&[Client]> = pages.collect();
    let per_page = early.len() / rest.len() + 1;
    let mut early = early.into_iter();
    for (at, rows) in rest.iter().enumerate() {
        bench.page(rows, at + 1 == rest.len());
        for action in early.by_ref().take(per_page) {
            frames.push(bench.timed(Msg::Act(action)).0);
        }
        if at == rest.len() / 2 {
            // A part is never taken for the whole: Enter on a new client does nothing but say so.
            bench.timed(Msg::Act(Action::Back));
            bench.timed(Msg::Act(Action::First));
            let (_, effects) = bench.timed(Msg::Act(Action::Enter));
            let minted = effects.iter().any(|effect| matches!(effect.order, Order::Enroll(..)));
            assert!(!minted && bench.run.wizard.client.chosen.is_none(), "taken from a part of the list");
        }
    }
    assert!(bench.run.wizard.client.whole, "the list is not whole at its end");
    frames.extend(keys.into_iter().map(|action| bench.timed(Msg::Act(action)).0));
    frames.sort_unstable();
    let p99 = frames[frames.len() * 99 / 100];
    let ms = |span: Duration| span.as_secs_f64() * 1000.0;
    println!(
        "picker: clients={CLIENTS} key_to_frame_p99_ms={:.1} first_page_ms={:.1} keys={} worst_ms={:.1}",
        ms(p99),
        ms(first_page),
        frames.len(),
        ms(frames[frames.len() - 1])
    );
    assert!(p99 <= Duration::from_millis(16), "{p99:?}");
}
