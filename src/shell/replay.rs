//! `landfall replay`: a recording through the same wizard and the same faces. Nothing is asked, changed or
//! copied: the wizard's orders are dropped. The file is foreign, so it is read within bounds, and whatever it
//! says passes the same types as a server's words.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;

use super::capabilities::{self, FaceKind};
use super::clock::Clock;
use super::environment::Environment;
use super::input::{self, Keys, Raw};
use super::refusal::{died, refused};
use super::signals::{Signals, Told};
use super::terminal::{Screen, Seen, Wishes};
use super::{out, words};
use crate::cli::Replay;
use crate::error::{Exit, Fault};
use crate::face::ndjson::{self, Ndjson};
use crate::face::plain::Plain;
use crate::face::tui::Look;
use crate::foreign::Text;
use crate::wizard::Wizard;
use crate::wizard::effect::Effect;
use crate::wizard::keys::Key;
use crate::wizard::msg::{Moment, Msg, Reply};
use crate::wizard::recording::{Header, Line, VERSION, What, replayed};

/// The most that is read of a file, and of one line of it, in bytes.
const FILE: u64 = 16 * 1024 * 1024;
const LINE: usize = 2 * 1024 * 1024;
/// The most lines that are read.
const LINES: usize = 200_000;
/// No pause between two messages is longer than this.
const PAUSE: Duration = Duration::from_secs(10);
/// The fastest there is.
const FASTEST: f64 = 1000.0;

/// A recording, read and checked.
struct Tape {
    header: Header,
    lines: Vec<Line>,
    /// How many lines could not be read, perhaps because another version wrote them.
    odd: usize,
    /// Whether it says that it is not whole.
    full: bool,
}

/// Shows it.
pub async fn replay(flags: &Replay, environment: &Environment, clock: Clock) -> Exit {
    match play(flags, environment, clock).await {
        Ok(exit) => exit,
        Err(fault) => refused(&fault, "landfall replay FILE", flags.json, environment),
    }
}

async fn play(flags: &Replay, environment: &Environment, clock: Clock) -> Result<Exit, Fault> {
    if !(flags.speed > 0.0 && flags.speed <= FASTEST) {
        let why = format!("it is a number above 0, at most {FASTEST}");
        return Err(Fault::BadInput { what: "The flag --speed".into(), why: why.into() });
    }
    let tape = read(&flags.file)?;
    let capabilities = capabilities::tell(environment.signs(flags.plain, flags.json, flags.display.glyphs()));
    let screen = capabilities.face == FaceKind::Screen;
    let signals = Signals::listen(screen).map_err(|error| died("the signals", error))?;
    let Header { run, began, landfall, .. } = &tape.header;
    let words = words::replay_of(run, *began, landfall, tape.full, tape.odd);
    if screen {
        let seen = Seen::default();
        let wishes = Wishes { size: flags.display.size, slow: flags.display.slow, links: false };
        let taken = Screen::take(wishes, seen.clone()).map_err(|error| died("the terminal", error))?;
        let glyphs = taken.glyphs(capabilities.glyphs);
        let look = Look { glyphs, colour: capabilities.colour, ..Look::default() };
        let reads = input::reads(seen);
        let shown = Shown { screen: Box::new(taken), look, reads, keys: Keys::default() };
        Ok(shown.run(tape, flags.speed, signals, clock, words).await)
    } else {
        Ok(lines(tape, flags.speed, signals, &words, Voice::of(flags.json)).await)
    }
}

fn read(path: &Path) -> Result<Tape, Fault> {
    let bad = |why: String| Fault::BadRecording {
        path: Text::new(&path.display().to_string()),
        why: Text::new(&why),
    };
    let file = File::open(path).map_err(|error| bad(error.to_string()))?;
    let meta = file.metadata().map_err(|error| bad(error.to_string()))?;
    if !meta.is_file() || meta.len() > FILE {
        return Err(bad("it is no plain file of at most 16 MiB".into()));
    }
    let mut source = BufReader::new(file.take(FILE));
    let mut next = || -> Result<Option<String>, String> {
        let mut line = Vec::new();
        source.by_ref().take(LINE as u64).read_until(b'\n', &mut line).map_err(|error| error.to_string())?;
        if line.len() >= LINE {
            return Err("a line of it is too long".into());
        }
        Ok((!line.is_empty()).then(|| String::from_utf8_lossy(&line).into_owned()))
    };
    let first = next().map_err(bad)?.unwrap_or_default();
    let header: Header =
        serde_json::from_str(&first).map_err(|_| bad("it is no recording of landfall's".into()))?;
    if header.recording != VERSION {
        return Err(bad(format!("its format is {}; this program knows {VERSION}", header.recording)));
    }
    let (mut lines, mut odd, mut full): (Vec<Line>, usize, bool) = (Vec::new(), 0, false);
    while let Some(line) = next().map_err(bad)? {
        if lines.len() + odd >= LINES {
            full = true;
            break;
        }
        match serde_json::from_str::<Line>(&line) {
            Ok(Line { what: What::Full(_), .. }) => full = true,
            Ok(line) => lines.push(line),
            Err(_) => odd += 1,
        }
    }
    Ok(Tape { header, lines, odd, full })
}

/// The wizard of a recording, and where it is in it.
struct Player {
    wizard: Wizard,
    began: jiff::Timestamp,
    at: Duration,
    lines: std::vec::IntoIter<Line>,
    next: Option<Line>,
    speed: f64,
}

impl Player {
    fn new(tape: Tape, speed: f64) -> Self {
        let Header { began, known, .. } = tape.header;
        let mut lines = tape.lines.into_iter();
        let next = lines.next();
        let (wizard, _) = Wizard::new(known.setup(), Moment { run: Duration::ZERO, wall: began });
        Self { wizard, began, at: Duration::ZERO, lines, next, speed }
    }

    /// How long until the next message; none at the end.
    fn pause(&self) -> Option<Duration> {
        let next = self.next.as_ref()?.at();
        Some(next.saturating_sub(self.at).div_f64(self.speed).min(PAUSE))
    }

    /// Takes the next message. What the wizard wants done is not done.
    fn step(&mut self) {
        let Some(line) = self.next.take() else { return };
        self.at = self.at.max(line.at());
        let now = Moment { run: self.at, wall: self.began.saturating_add(self.at).unwrap_or(self.began) };
        let msg = match line.what {
            What::Msg(msg) => replayed(*msg),
            What::Known(known) => {
                let prepared = Reply::Prepared(Ok(Box::new(known.setup())));
                Msg::Reply(crate::model::TargetId::HERE, Box::new(prepared))
            }
            What::Full(_) => Msg::Tick,
        };
        let _: Vec<Effect> = self.wizard.update(now, msg);
        self.next = self.lines.next();
        if self.next.is_none() {
            self.wizard.setup.life.replay = Some(true);
        }
    }
}

/// A recording on the full screen.
struct Shown {
    screen: Box<Screen>,
    look: Look,
    reads: mpsc::Receiver<input::Read>,
    keys: Keys,
}

impl Shown {
    async fn run(
        mut self,
        tape: Tape,
        speed: f64,
        mut signals: Signals,
        clock: Clock,
        words: String,
    ) -> Exit {
        let mut player = Player::new(tape, speed);
        let exit = loop {
            self.look.slow = self.screen.slow();
            let now = clock.now().run;
            self.screen.draw(&player.wizard, &self.look, now);
            let pause = player.pause();
            tokio::select! {
                biased;
                told = signals.next() => match told {
                    Told::End(number) => break Exit::Signal(number),
                    Told::Resized => self.screen.measure(),
                    Told::Stop => self.screen.stop().await,
                    Told::Continue => drop(self.screen.return_to()),
                },
                read = self.reads.recv() => {
                    let Some(read) = read else { break Exit::Signal(1) };
                    let raws = self.keys.feed(&read.bytes);
                    if raws.contains(&Raw::Key(Key::Ctrl('z'))) {
                        self.screen.stop().await;
                    }
                    if raws.iter().any(leaves) {
                        break Exit::Online;
                    }
                }
                () = sleep(input::SETTLE), if self.keys.waits() => {
                    if self.keys.settle().iter().any(leaves) {
                        break Exit::Online;
                    }
                }
                end = self.screen.ready(now) => {
                    if end.is_err() {
                        break Exit::Signal(1);
                    }
                }
                () = sleep(pause.unwrap_or_default()), if pause.is_some() => player.step(),
            }
        };
        self.screen.leave(Some(words)).await;
        exit
    }
}

/// The only keys that act: those that leave.
fn leaves(raw: &Raw) -> bool {
    matches!(raw, Raw::Key(Key::Char('q') | Key::Ctrl('c' | 'd')))
}

/// A recording in lines, each marked.
async fn lines(tape: Tape, speed: f64, mut signals: Signals, words: &str, mut voice: Voice) -> Exit {
    let mut player = Player::new(tape, speed);
    let mut said = voice.word(words);
    while said.is_ok() {
        said = voice.show(&player.wizard);
        let Some(pause) = player.pause() else { break };
        tokio::select! {
            biased;
            told = signals.next() => if let Told::End(number) = told {
                return Exit::Signal(number);
            },
            () = sleep(pause) => player.step(),
        }
    }
    out::end(said, Exit::Online)
}

/// How lines are said.
enum Voice {
    Plain(Plain),
    Json(Ndjson),
}

impl Voice {
    fn of(json: bool) -> Self {
        if json { Self::Json(Ndjson::default()) } else { Self::Plain(Plain::default()) }
    }

    /// What the recording is.
    fn word(&self, words: &str) -> io::Result<()> {
        match self {
            Self::Plain(_) => say(words.as_bytes()),
            Self::Json(_) => out::say(&ndjson::about_replay(words).to_string()),
        }
    }

    /// What is new.
    fn show(&mut self, wizard: &Wizard) -> io::Result<()> {
        match self {
            Self::Plain(plain) => {
                let mut shown = Vec::new();
                plain.show(wizard, &mut shown)?;
                say(&shown)
            }
            Self::Json(json) => json.show(wizard, &mut io::stdout().lock()),
        }
    }
}

/// Says lines with the mark of a replay.
fn say(lines: &[u8]) -> io::Result<()> {
    let text = String::from_utf8_lossy(lines);
    let mut out = io::stdout().lock();
    for line in text.lines() {
        let mark = if line.starts_with("REPLAY") { "" } else { "REPLAY " };
        writeln!(out, "{mark}{line}")?;
    }
    out.flush()
}

#[cfg(test)]
mod tests;
