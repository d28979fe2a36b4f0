//! The figures `terminal` and `bytes`; `tests/figures` runs them.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a figure is measured, and printed"
)]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::hostile;
use super::input::to_review;
use super::rig::{Kind, Left, Term, XTERM};
use crate::program::Served;

const KINDS: [(&str, &str); 9] = [
    ("xterm-256color", "C.UTF-8"),
    ("tmux-256color", "C.UTF-8"),
    ("screen", "C.UTF-8"),
    ("rxvt-unicode", "C.UTF-8"),
    ("xterm", "C"),
    ("xterm-mono", "C.UTF-8"),
    ("linux", "C.UTF-8"),
    ("vt100", "C"),
    ("vt220", "C.UTF-8"),
];
const SIZES: [(u16, u16); 6] = [(80, 24), (120, 40), (40, 12), (10, 3), (1, 1), (0, 0)];

/// How a run is ended, and the exit code that goes with it.
#[derive(Clone, Copy, Debug)]
enum End {
    Signal(Signal, u32),
    Keys(&'static str, u32),
    Resized(Signal, u32),
}

const ENDS: [End; 7] = [
    End::Signal(Signal::INT, 130),
    End::Signal(Signal::TERM, 143),
    End::Signal(Signal::HUP, 129),
    End::Signal(Signal::QUIT, 131),
    End::Keys("q", 130),
    End::Keys("\x03", 130),
    End::Resized(Signal::TERM, 143),
];

/// Where in the wizard a run is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Code,
    Qr,
    Help,
    Client,
    Search,
    Location,
    Review,
    Rollout,
    Online,
    Failure,
}

const STEPS: [At; 9] = [
    At::Qr,
    At::Help,
    At::Client,
    At::Search,
    At::Location,
    At::Review,
    At::Rollout,
    At::Online,
    At::Failure,
];

struct Case {
    kind: Kind,
    at: At,
    end: End,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (term, locale) in KINDS {
        for size in SIZES {
            cases.extend(ENDS.map(|end| Case { kind: Kind { term, locale, size }, at: At::Code, end }));
        }
        let kind = Kind { term, locale, size: (80, 24) };
        let ends = [End::Signal(Signal::TERM, 143), End::Resized(Signal::HUP, 129)];
        cases.extend(STEPS.iter().flat_map(|at| ends.map(|end| Case { kind, at: *at, end })));
    }
    cases
}

fn reach(kind: Kind, at: At) -> (Term, Option<(Served, tempfile::TempDir)>) {
    let drawn = |term: &Term| {
        term.wait("a frame", |screen| {
            screen.alternate_screen()
                && (kind.size.0 < 12 && kind.size.0 > 0 || screen.contents().contains("quit"))
        });
    };
    if matches!(at, At::Code | At::Qr | At::Help) {
        let mut term = Term::start(kind, &["sandbox"]);
        drawn(&term);
        match at {
            At::Qr => {
                term.wait_for("good for");
                term.keys("f");
                term.wait("the QR alone", |screen| !screen.contents().contains("good for"));
            }
            At::Help => {
                term.wait_for("good for");
                term.keys("?");
                term.wait("the keys", |screen| !screen.contents().contains("good for"));
            }
            _ => {}
        }
        return (term, None);
    }
    if at == At::Failure {
        let term = Term::start(kind, &["sandbox", "--scenario", "denied"]);
        term.wait_for("try again");
        return (term, None);
    }
    let sandbox = Served::start(&["--speed", "40"]);
    let folder = tempfile::tempdir().unwrap();
    let profile = hostile::before(&sandbox, folder.path());
    let mut term = Term::start(
        kind,
        &["--profile-file", &profile, "--token-file", sandbox.at("token_file"), "--hold", "0"],
    );
    term.wait_for("retired, not shown");
    match at {
        At::Client => {}
        At::Search => {
            term.keys("/");
            term.keys("a");
            term.wait("the search", |screen| !screen.contents().contains("e edit name"));
        }
        At::Location => {
            term.keys("\r");
            term.wait_for("Enter confirm");
        }
        _ => {
            to_review(&mut term);
            if at != At::Review {
                std::thread::sleep(Duration::from_millis(750));
                term.keys("\r");
                term.wait("the rollout", |screen| !screen.contents().contains("Enter enroll"));
            }
            if at == At::Online {
                term.wait_for("Enter leave");
            }
        }
    }
    (term, Some((sandbox, folder)))
}

fn left(case: &Case) -> (Left, Left) {
    let (mut term, _sandbox) = reach(case.kind, case.at);
    let code = match case.end {
        End::Signal(signal, code) => {
            term.signal(signal);
            code
        }
        End::Keys(keys, code) => {
            term.keys(keys);
            code
        }
        End::Resized(signal, code) => {
            term.resize((33, 9));
            term.resize((90, 30));
            term.signal(signal);
            code
        }
    };
    (term.left(), Left::clean(code))
}

#[test]
#[ignore = "a figure: tests/figures terminal"]
fn terminal() {
    let cases = cases();
    let (next, restored, foreign) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let unlike = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let Ok((got, wanted)) = std::panic::catch_unwind(|| left(case)) else {
                        unlike
                            .lock()
                            .unwrap()
                            .push(format!("{:?} {:?}: never got there", case.kind, case.at));
                        continue;
                    };
                    foreign.fetch_add(got.foreign, Ordering::SeqCst);
                    if got == wanted {
                        restored.fetch_add(1, Ordering::SeqCst);
                    } else {
                        unlike
                            .lock()
                            .unwrap()
                            .push(format!("{:?} {:?} {:?}: {got:?}", case.kind, case.at, case.end));
                    }
                }
            });
        }
    });
    println!(
        "terminal: cases={} restored={} foreign_bytes={}",
        cases.len(),
        restored.into_inner(),
        foreign.into_inner()
    );
    assert!(cases.len() >= 500);
    assert_eq!(unlike.into_inner().unwrap(), Vec::<String>::new());
}

/// What was written for the full screen: from the moment it was taken. What a sandbox says of itself on the normal
/// screen before that belongs to no frame.
fn on_screen(term: &Term) -> Vec<u8> {
    let bytes = term.bytes();
    let taken = bytes.windows(8).position(|bytes| bytes == b"\x1b[?1049h").unwrap();
    bytes[taken..].to_vec()
}

/// How many bytes a terminal has taken when address and code can be read on it.
fn until_readable(bytes: &[u8]) -> usize {
    let mut screen = vt100::Parser::default();
    let read = |screen: &vt100::Parser| {
        let text = screen.screen().contents();
        text.contains("/activate") && text.contains("good for")
    };
    bytes
        .iter()
        .take_while(|byte| {
            screen.process(&[**byte]);
            !read(&screen)
        })
        .count()
}

#[test]
#[ignore = "a figure: tests/figures bytes"]
fn bytes() {
    let term = Term::start(XTERM, &["sandbox"]);
    term.wait_for("good for");
    let useful = until_readable(&on_screen(&term));
    // Facts of the machine and the first poll come within a moment.
    std::thread::sleep(Duration::from_millis(1500));
    let whole = on_screen(&term).len();
    let mut steps = Vec::new();
    let began = Instant::now();
    let mut last = whole;
    while began.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(100));
        let now = on_screen(&term).len();
        if now > last {
            steps.push(now - last);
            last = now;
        }
    }
    let idle = f64::from(u32::try_from(last - whole).unwrap()) / began.elapsed().as_secs_f64();
    steps.sort_unstable();
    let countdown = steps[steps.len() / 2];
    drop(term);

    let mut term = Term::start(XTERM, &["sandbox", "--approve", "1", "--", "--yes"]);
    let began = Instant::now();
    while !term.contents().contains("Enter leave") {
        assert!(began.elapsed() < Duration::from_secs(200), "{}", term.contents());
        std::thread::sleep(Duration::from_millis(100));
    }
    let seconds = began.elapsed().as_secs();
    term.keys("\r");
    assert_eq!(term.left(), Left::clean(0));
    let enrollment = term.bytes().len();
    println!(
        "bytes: first_frame={useful} first_screen={whole} idle_per_s={idle:.1} countdown={countdown} enrollment={enrollment} enrollment_s={seconds}"
    );
    // The budgets are 2560 and 4096; the first screen keeps 15 % free.
    assert!(useful <= 2500 && whole <= 3480 && idle <= 40.0 && countdown <= 40 && enrollment <= 40 * 1024);
}
