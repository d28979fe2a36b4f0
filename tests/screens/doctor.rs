//! The doctor's own screen.

use jiff::Timestamp;
use landfall::doctor::pane::{Doctor, Key, Want};
use landfall::doctor::report::{About, Item, Report};
use landfall::doctor::table;
use landfall::face::tui::{Look, doctor as pane};
use landfall::foreign::Text;
use landfall::model::{Check, CheckState};
use landfall::shell::capabilities::Glyphs;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::FULL;
use super::sizes::whole;
use crate::flow::states::State;

fn about() -> About {
    About {
        version: "0.1.0",
        profile: Some("prod".into()),
        host: Some("api.acme.example".into()),
        machine: "gpu-box-02".into(),
        sandbox: false,
    }
}

/// Every check of the table: right, but for these.
fn report() -> Report {
    let items = table::entries().map(|entry| {
        let check = |state, words: &str| Check::new(entry.id, table::layer(entry.id), state, words);
        let check = match entry.id {
            "N07" => check(CheckState::Fail, "the proxy 10.0.0.8:3128 asks for a user name and password")
                .because(["it answers HTTP/1.1 407 Proxy Authentication Required"])
                .fix("set HTTPS_PROXY=http://USER:PASSWORD@10.0.0.8:3128 and run this again"),
            "M03" => check(CheckState::Warn, "disk 91 % full at /var/lib/rancher; images may be evicted")
                .because(["9.8 Gi of 100.0 Gi left"])
                .fix("make room; what is largest is told by: sudo du -xh / | sort -h | tail -20"),
            "N05" | "N06" | "A03" | "A05" | "A10" | "V01" => {
                check(CheckState::Unknown, "there is no way to it")
            }
            "N13" | "C16" => check(CheckState::NotApplicable, "there is none"),
            _ => check(CheckState::Pass, "it is right"),
        };
        Item::new(entry.title, check)
    });
    let took = std::time::Duration::from_millis(1900);
    Report::of(items.collect(), Timestamp::UNIX_EPOCH, took, about())
}

/// Draws it.
pub fn drawn(doctor: &Doctor, look: Look, columns: u16, rows: u16) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| pane::screen(frame, doctor, &about(), &look)).unwrap();
    terminal
}

/// The doctor in one of its states; none where the state is the wizard's.
pub fn at(state: State) -> Option<Doctor> {
    let mut doctor = Doctor::of(report());
    match state {
        State::DoctorLooking => {
            doctor = Doctor::new(vec!["N07"]).0;
            for item in report().items.into_iter().take(40) {
                doctor.tell(Item { follows_from: None, ..item });
            }
        }
        State::DoctorList => {}
        State::DoctorAll => doctor.all = true,
        State::DoctorOne => assert_eq!(doctor.key(Key::Enter, 10), None),
        State::DoctorPreview => {
            doctor
                .preview(vec!["report.json (27099 bytes)".into(), "- now reads: password=[redacted]".into()]);
        }
        State::DoctorWritten => {
            doctor.written(Ok("Written to /data/landfall-doctor.tar.gz, 9274 bytes.".into()));
        }
        State::DoctorUnwritten => {
            doctor.written(Err("It cannot be written to /data: no space is left on the device.".into()));
        }
        _ => return None,
    }
    assert_eq!(State::of_doctor(&doctor), state);
    Some(doctor)
}

/// A doctor's screen under keys and results of chance.
pub struct Chosen {
    pub doctor: Doctor,
}

impl Chosen {
    /// How many kinds of step there are.
    pub const WAYS: usize = 16;
    const KEYS: [Key; 10] = [
        Key::Up,
        Key::Down,
        Key::PageUp,
        Key::PageDown,
        Key::Enter,
        Key::Back,
        Key::Again,
        Key::Bundle,
        Key::All,
        Key::Leave,
    ];

    /// A screen that looks at once, or one with a report.
    pub fn begin(looks: bool) -> Self {
        Self { doctor: if looks { Doctor::new(vec!["N07"]).0 } else { Doctor::of(report()) } }
    }

    /// A step of this kind; `at` picks among the checks, whose words are `text`.
    pub fn step(&mut self, kind: usize, at: usize, text: &str) {
        let doctor = &mut self.doctor;
        let said = || vec![Text::from(text), "report.json (27099 bytes)".into(), Text::from(text)];
        match kind {
            0 => doctor.tick(),
            1 | 2 => {
                let entry = table::entries().nth(at % table::entries().count()).unwrap();
                let state =
                    [CheckState::Fail, CheckState::Warn, CheckState::Unknown, CheckState::Pass][at % 4];
                let check = Check::new(entry.id, table::layer(entry.id), state, Text::from(text));
                let check = check.because([Text::from(text)]).fix(Text::from(text));
                doctor.tell(Item::new(entry.title, check));
            }
            3 | 4 => doctor.done(report()),
            5 => doctor.preview(said()),
            6 => {
                doctor.written(if at.is_multiple_of(2) {
                    Ok(Text::from(text))
                } else {
                    Err(Text::from(text))
                });
            }
            key => {
                let want = doctor.key(Self::KEYS[key % Self::KEYS.len()], at % 20);
                if want == Some(Want::Preview) {
                    doctor.preview(said());
                }
            }
        }
        let rows = doctor.rows().len();
        assert!(doctor.row < rows.max(1), "{} of {rows}", doctor.row);
    }

    /// Draws it, and looks whether every row is whole.
    pub fn draw(&self, look: Look, columns: u16, rows: u16) {
        whole(drawn(&self.doctor, look, columns, rows).backend().buffer(), look);
    }
}

fn shows(name: &str, doctor: &Doctor, look: Look, columns: u16, rows: u16) {
    let terminal = drawn(doctor, look, columns, rows);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(format!("doctor_{name}_{columns}x{rows}"), terminal.backend()));
}

#[test]
fn what_is_wrong_comes_first() {
    let mut doctor = Doctor::of(report());
    for (columns, rows) in [(120, 40), (80, 24), (60, 16), (40, 12), (20, 6)] {
        shows("list", &doctor, FULL, columns, rows);
    }
    shows("list_ascii", &doctor, Look { glyphs: Glyphs::Ascii, ..FULL }, 80, 24);
    assert_eq!(doctor.key(Key::Enter, 10), None);
    shows("one", &doctor, FULL, 80, 24);
    assert_eq!(
        doctor.key(Key::Again, 10).map(|want| matches!(want, Want::Look(ids) if ids.contains(&"N07"))),
        Some(true)
    );
    doctor.done(report());
    assert_eq!(doctor.key(Key::Back, 10), None);
    assert_eq!(doctor.key(Key::All, 10), None);
    shows("all", &doctor, FULL, 80, 24);
    assert_eq!(doctor.key(Key::Bundle, 10), Some(Want::Preview));
    doctor.preview(vec!["report.json (27099 bytes)".into(), "- now reads: password=[redacted]".into()]);
    shows("preview", &doctor, FULL, 80, 24);
    assert_eq!(doctor.key(Key::Enter, 10), Some(Want::Write));
    doctor.written(Ok("Written to /data/landfall-doctor.tar.gz, 9274 bytes.".into()));
    assert_eq!(doctor.key(Key::Enter, 10), None);
    assert_eq!(doctor.key(Key::Leave, 10), Some(Want::Leave));
}

#[test]
fn results_stream_in() {
    let (mut doctor, want) = Doctor::new(vec!["N07"]);
    assert_eq!(want, Want::Look(Vec::new()));
    for item in report().items.into_iter().take(40) {
        doctor.tell(Item { follows_from: None, ..item });
    }
    shows("looking", &doctor, FULL, 80, 24);
    assert_eq!(doctor.key(Key::Again, 10), None, "one look at a time");
    doctor.done(report());
    assert!(!doctor.looking);
}

#[test]
fn one_that_is_looked_at_again_leaves_the_others() {
    let mut doctor = Doctor::of(report());
    let before = report();
    let only: Vec<Item> = before.items.iter().filter(|item| item.check.id == "M03").cloned().collect();
    let mended = only.into_iter().map(|item| Item {
        check: Check { state: CheckState::Pass, ..item.check },
        follows_from: None,
        ..item
    });
    doctor.looking = true;
    doctor.done(Report::of(mended.collect(), Timestamp::UNIX_EPOCH, std::time::Duration::ZERO, about()));
    let report = doctor.report.unwrap();
    assert_eq!((report.roots, report.items.len()), (vec!["N07"], before.items.len()));
}

#[test]
fn no_size_breaks_it() {
    let mut doctor = Doctor::of(report());
    for columns in 0..60 {
        for rows in 0..20 {
            for _ in 0..2 {
                drawn(&doctor, FULL, columns, rows);
                doctor.key(Key::Enter, 3);
            }
            doctor.key(Key::Down, 3);
        }
    }
}
