//! No size, no state and no text breaks a screen.

use std::time::{Duration, Instant};

use landfall::error::Fault;
use landfall::face::tui::Look;
use landfall::foreign::Text;
use landfall::model::{
    ClientPage, ClientState, Grant, Known, Location, Polled, Presence, Progress, Reader, Release, TrustedBy,
    UserCode,
};
use landfall::shell::capabilities::Glyphs;
use landfall::wizard::Wizard;
use landfall::wizard::msg::{Action, Msg, Reply};
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::style::Color;

use super::states::{
    Run, account, claimed, client, clients, facts, failed_snapshot, grant, noon, ready_snapshot, session,
    setup, snapshot,
};
use super::{FULL, screen};

const LOOKS: [Look; 4] = [
    FULL,
    Look { glyphs: Glyphs::Unicode, colour: false, slow: true, flipped: false },
    Look { glyphs: Glyphs::Console, colour: true, slow: false, flipped: false },
    Look { glyphs: Glyphs::Ascii, colour: false, slow: true, flipped: false },
];

/// The text of a screen, row by row; a row is never wider or narrower than the screen.
pub fn rows(wizard: &Wizard, look: Look, columns: u16, height: u16) -> Vec<String> {
    let mut shown = screen(wizard, look, columns, height);
    let spot = shown.get_cursor_position().unwrap();
    assert!(spot.x < columns && spot.y < height, "cursor {spot:?} in {columns}x{height}");
    whole(shown.backend().buffer(), look)
}

/// The rows of what was drawn, each as wide as the screen, in glyphs and colours that are allowed.
pub fn whole(buffer: &Buffer, look: Look) -> Vec<String> {
    let tints = [Color::Reset, Color::Cyan, Color::Green, Color::Magenta, Color::Red];
    let allowed = if look.colour { &tints[..] } else { &tints[..1] };
    let mut rows = Vec::new();
    for cells in buffer.content.chunks(usize::from(buffer.area.width)) {
        let mut skip = 0;
        let mut row = String::new();
        for cell in cells {
            assert!(cell.bg != Color::Reset || allowed.contains(&cell.fg), "{cell:?}");
            if skip == 0 {
                let symbol = cell.symbol();
                row.push_str(symbol);
                skip =
                    if symbol.len() == 1 { 1 } else { unicode_width::UnicodeWidthStr::width(symbol).max(1) };
            }
            skip -= 1;
        }
        assert_eq!(skip, 0, "a wide character hangs over the edge: {row:?}");
        assert!(look.glyphs != Glyphs::Ascii || row.is_ascii(), "{row:?}");
        assert!(!row.contains(|c: char| c.is_control()), "{row:?}");
        rows.push(row);
    }
    rows
}

fn states() -> Vec<Run> {
    vec![
        Run::new(setup()),
        Run::at_code(),
        Run::polling(),
        Run::polling().act(Action::QrAlone),
        Run::polling().act(Action::Help),
        Run::confirming(),
        Run::at_clients(),
        Run::at_clients().act(Action::Find).typed("mun"),
        Run::at_clients().act(Action::Edit),
        Run::at_location(),
        Run::at_location().act(Action::Find),
        Run::at_review(),
        Run::enrolling(),
        Run::rolling(),
        Run::rolling().act(Action::Enter),
        Run::rolling().act(Action::Leave),
        Run::agreed(),
        Run::online(),
        Run::failed(),
        Run::unreachable(),
    ]
}

#[test]
fn every_size_can_be_drawn() {
    let small = (1..=13).chain([20, 29, 39, 40, 41]);
    let sizes = small.flat_map(|columns| (1..=17).map(move |height| (columns, height)));
    let large = [
        (59, 16),
        (60, 15),
        (60, 16),
        (79, 24),
        (80, 23),
        (119, 40),
        (120, 39),
        (200, 60),
        (500, 3),
        (3, 200),
    ];
    let sizes: Vec<(u16, u16)> = sizes.chain(large).chain([(500, 200)]).collect();
    for run in states() {
        for (columns, height) in &sizes {
            screen(&run.wizard, FULL, *columns, *height);
        }
        screen(&run.wizard, FULL, 0, 0);
        screen(&run.wizard, FULL, 0, 9);
    }
}

#[test]
fn sandbox_code_and_the_way_out_are_on_every_screen() {
    let mut sandbox = setup();
    sandbox.profile.sandbox = true;
    let waiting = Run::new(sandbox).reply(Reply::Code(grant()));
    let codes = ["WDJB-MJHT", "W D J B - M J H T"];
    for look in LOOKS {
        for (columns, height) in [
            (500, 200),
            (120, 40),
            (80, 24),
            (60, 16),
            (40, 12),
            (39, 12),
            (40, 11),
            (30, 8),
            (20, 6),
            (20, 5),
            (26, 1),
        ] {
            let text = rows(&waiting.wizard, look, columns, height).join("\n");
            let at = format!("{look:?} {columns}x{height}\n{text}");
            assert!(text.contains("SANDBOX"), "no SANDBOX at {at}");
            assert!(codes.iter().any(|code| text.contains(code)), "no code at {at}");
            assert!(text.contains("q quit"), "no way out at {at}");
            let address: String = text.split_whitespace().collect();
            assert!(height < 4 || address.contains("https://acme.example/activate"), "no address at {at}");
        }
    }
}

#[test]
fn the_code_is_gone_once_it_was_approved() {
    let checking = Run::polling().reply(Reply::SignedIn(Ok(session())));
    let refusing = Run::confirming().act(Action::Down).act(Action::Enter);
    let (confirming, later) = (Run::confirming(), Run::at_clients());
    for run in [&checking, &confirming, &refusing, &later] {
        for (columns, height) in [(120, 40), (80, 24), (40, 12), (20, 6), (20, 1)] {
            let text = rows(&run.wizard, FULL, columns, height).join("\n");
            let text: String = text.split_whitespace().collect();
            assert!(!text.contains("MJHT"), "{text}");
        }
    }
}

#[test]
fn ten_thousand_clients_are_no_burden() {
    let many: Vec<_> = (0..10_000)
        .map(|id| client(id, &format!("machine-{id}"), ClientState::Online, Some("DE"), Some(60)))
        .collect();
    let page = ClientPage { rows: many, count: Some(10_000), next: None };
    let run = Run::confirming().act(Action::Enter).reply(Reply::Clients(Ok(page))).act(Action::Last);
    let text = rows(&run.wizard, FULL, 80, 24).join("\n");
    assert!(text.contains("> ● machine-9999"), "{text}");
    #[expect(clippy::disallowed_methods, reason = "a test measures real time")]
    let begun = Instant::now();
    for _ in 0..5 {
        screen(&run.wizard, FULL, 80, 24);
    }
    // A generous bound for a build without optimisation on a busy machine.
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

/// Texts that a server might send to hurt a screen.
fn hostile() -> impl Strategy<Value = Text> {
    prop_oneof![
        Just(String::new()),
        Just("\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m\r\n\t".to_owned()),
        Just("東京タワー".repeat(60)),
        Just("a\u{301}\u{302}\u{303}".repeat(90)),
        Just("\u{202e}abc\u{2066}\u{200b}\u{feff}".repeat(20)),
        Just("👩‍👩‍👧‍👦🇩🇪👍🏽".repeat(30)),
        Just("x".repeat(500)),
        Just("a b ".repeat(100)),
        "\\PC{0,60}",
        "[ -~]{0,80}",
    ]
    .prop_map(|raw| Text::new(&raw))
}

fn any_action() -> impl Strategy<Value = Msg> {
    prop_oneof![
        Just(Action::Up),
        Just(Action::Down),
        Just(Action::PageDown),
        Just(Action::Last),
        Just(Action::Enter),
        Just(Action::Enter),
        Just(Action::Back),
        Just(Action::Swap),
        Just(Action::Find),
        Just(Action::Edit),
        Just(Action::Help),
        Just(Action::Leave),
        Just(Action::Renew),
        Just(Action::QrAlone),
        Just(Action::MoreTime),
        Just(Action::Log),
        any::<char>().prop_map(Action::Type),
        hostile().prop_map(Action::Paste),
    ]
    .prop_map(Msg::Act)
}

fn any_reply(text: &Text, n: u8) -> Reply {
    let text = text.clone();
    match n % 20 {
        0 => Reply::Code(Grant {
            user_code: UserCode::new(&text),
            verification_uri: text.clone().into(),
            complete: Some(text.into()),
            ..grant()
        }),
        1 => Reply::Code(grant()),
        2 => Reply::Polled(Polled::Trouble(Duration::from_secs(9), text)),
        3 => Reply::SignedIn(Ok(session())),
        4 => Reply::SignedIn(Err(Fault::SignInExpired)),
        5 => {
            let mut who = account();
            (who.email, who.name) = (text.clone(), text);
            Reply::Who(Ok(who))
        }
        6 => {
            let mut facts = facts();
            facts.version = Known::Unknown(text.clone());
            facts.nodes = Known::Unknown(text.clone());
            facts.planned.title = text;
            Reply::Looked(Ok(Box::new(facts)))
        }
        7 => {
            let mut facts = facts();
            facts.release = Release::Unclear(text);
            Reply::Looked(Ok(Box::new(facts)))
        }
        8 => {
            let mut rows = clients();
            for (row, state) in rows.iter_mut().zip([ClientState::Unknown, ClientState::Online]) {
                (row.name, row.namespace, row.state) = (text.clone(), text.clone(), state);
                row.location = Location::NotSet;
            }
            Reply::Clients(Ok(ClientPage { rows, count: Some(5), next: None }))
        }
        9 => Reply::Clients(Ok(ClientPage { rows: clients(), count: None, next: Some("/more".into()) })),
        10 => Reply::Progress(Progress::Applying(usize::from(n), 9)),
        11 => Reply::Claimed(Ok(Box::new(claimed()))),
        12 => {
            let mut shot = snapshot();
            for row in &mut shot.rows {
                (row.name, row.note, row.sentence, row.next) =
                    (text.clone(), text.clone(), text.clone(), text.clone());
                row.evidence = vec![text.clone(); 9];
                row.ready = u32::MAX;
            }
            for happening in &mut shot.happenings {
                (happening.object, happening.text) = (text.clone(), text.clone());
            }
            Reply::Snapshot(shot)
        }
        13 => Reply::Snapshot(ready_snapshot()),
        14 => Reply::Snapshot(failed_snapshot()),
        15 => Reply::Presence(Ok(Presence {
            state: ClientState::Online,
            last_heard: Some(noon()),
            server_now: None,
        })),
        16 => Reply::Presence(Err(Fault::Unreachable { host: text.clone(), why: text })),
        17 => Reply::Polled(Polled::ReverseCode { wrong: n > 127 }),
        18 => Reply::Reader(Reader { name: text.clone(), host: text, by: TrustedBy::Given }),
        _ => Reply::Revoked(Err(Fault::BadReply { why: text })),
    }
}

fn any_start() -> impl Strategy<Value = usize> {
    0usize..20
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn whatever_is_said_and_done_every_row_fits(
        start in any_start(),
        steps in prop::collection::vec((any_action(), hostile(), any::<u8>(), any::<bool>(), 0u64..700), 1..12),
        sizes in prop::collection::vec((1u16..140, 1u16..50), 3),
        look in 0usize..LOOKS.len(),
    ) {
        let mut run = states().swap_remove(start);
        for (msg, text, n, act, seconds) in steps {
            run = if act { run.msg(msg) } else { run.reply(any_reply(&text, n)) };
            if n % 5 == 0 {
                run = run.wait(seconds);
            }
            for (columns, height) in &sizes {
                rows(&run.wizard, LOOKS[look], *columns, *height);
            }
        }
    }
}
