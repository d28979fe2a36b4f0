//! A pseudo-terminal with the binary in it, and a screen that is read while it is drawn.
#![expect(clippy::disallowed_methods, reason = "a test starts processes and waits for them")]

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{Termios, tcgetattr};

use super::model::Model;

/// A machine that shares two cores with others may take this long for anything.
const DEADLINE: Duration = Duration::from_secs(30);

/// O_NOCTTY of Linux: looking at the line must not make it ours.
const NO_CTTY: i32 = 0o400;

/// What kind of terminal it is.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub term: &'static str,
    pub locale: &'static str,
    pub size: (u16, u16),
}

pub const XTERM: Kind = Kind { term: "xterm-256color", locale: "C.UTF-8", size: (80, 24) };

struct Shown {
    screen: vt100::Parser,
    model: Model,
    bytes: Vec<u8>,
    closed: bool,
}

pub struct Term {
    pub child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    keys: Option<Box<dyn Write + Send>>,
    shown: Arc<(Mutex<Shown>, Condvar)>,
    pub line: File,
    before: Termios,
}

/// How a run left the terminal.
#[derive(Debug, PartialEq, Eq)]
pub struct Left {
    /// The exit code.
    pub code: u32,
    /// What is not as it was; empty is right.
    pub unlike: Vec<String>,
    /// Bytes outside the list of what may be written.
    pub foreign: usize,
}

impl Left {
    pub fn clean(code: u32) -> Self {
        Self { code, unlike: Vec::new(), foreign: 0 }
    }
}

fn pty_size((columns, rows): (u16, u16)) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

/// The path of the line's other end, as the kernel tells of the near one.
fn other_end(master: i32) -> String {
    let told = std::fs::read_to_string(format!("/proc/self/fdinfo/{master}")).unwrap();
    let index = told.lines().find_map(|line| line.strip_prefix("tty-index:")).unwrap();
    format!("/dev/pts/{}", index.trim())
}

fn side(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap_or(NonZeroU16::MIN)
}

impl Term {
    /// Starts the binary.
    pub fn start(kind: Kind, args: &[&str]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_landfall"));
        command.args(args);
        Self::run(kind, command)
    }

    /// Starts any command. Its environment says nothing about this machine.
    pub fn run(kind: Kind, mut command: CommandBuilder) -> Self {
        let pair = native_pty_system().openpty(pty_size(kind.size)).unwrap();
        let path = other_end(pair.master.as_raw_fd().unwrap());
        let line = OpenOptions::new().read(true).write(true).custom_flags(NO_CTTY).open(path).unwrap();
        let before = tcgetattr(&line).unwrap();
        command.env_clear();
        command.cwd("/");
        // What earlier test runs left there must not count.
        let home = format!("{}/home-{}", env!("CARGO_TARGET_TMPDIR"), std::process::id());
        for (name, value) in [
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("TERM", kind.term),
            ("LC_ALL", kind.locale),
            ("TZ", "Europe/Berlin"),
            ("HOME", home.as_str()),
            ("PS1", "$ "),
        ] {
            command.env(name, value);
        }
        if kind.term.is_empty() {
            command.env_remove("TERM");
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        // A line that tells no size is read as one of 80x24.
        let (columns, rows) = if kind.size == (0, 0) { (80, 24) } else { kind.size };
        let shown = Shown {
            screen: vt100::Parser::new(side(rows), side(columns), 0),
            model: Model::of(kind.term),
            bytes: Vec::new(),
            closed: false,
        };
        let shown = Arc::new((Mutex::new(shown), Condvar::new()));
        let (reader, to) = (pair.master.try_clone_reader().unwrap(), shown.clone());
        std::thread::spawn(move || watch(reader, &to));
        let keys = pair.master.take_writer().unwrap();
        Self { child, master: Some(pair.master), keys: Some(keys), shown, line, before }
    }

    /// Waits until the screen is as asked.
    pub fn wait(&self, what: &str, is: impl Fn(&vt100::Screen) -> bool) {
        self.wait_until(what, |shown| is(shown.screen.screen()));
    }

    /// Waits until the words were written, whatever the size of the screen.
    pub fn wait_bytes(&self, words: &str) {
        self.wait_until(words, |shown| occurs(&shown.bytes, words.as_bytes()) > 0);
    }

    /// Waits until a sequence was written so many times.
    pub fn wait_count(&self, sequence: &[u8], times: usize) {
        self.wait_until("the sequence", |shown| occurs(&shown.bytes, sequence) >= times);
    }

    fn wait_until(&self, what: &str, is: impl Fn(&Shown) -> bool) {
        let until = Instant::now() + DEADLINE;
        let (lock, news) = &*self.shown;
        let mut shown = lock.lock().unwrap();
        while !is(&shown) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || shown.closed {
                let contents = shown.screen.screen().contents();
                drop(shown);
                panic!("never seen: {what}\n{contents}");
            }
            shown = news.wait_timeout(shown, left).unwrap().0;
        }
    }

    /// Whether the screen is as asked before so long.
    pub fn soon(&self, limit: Duration, is: impl Fn(&vt100::Screen) -> bool) -> bool {
        let until = Instant::now() + limit;
        let (lock, news) = &*self.shown;
        let mut shown = lock.lock().unwrap();
        while !is(shown.screen.screen()) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            shown = news.wait_timeout(shown, left).unwrap().0;
        }
        true
    }

    /// Waits until the words are on the screen.
    pub fn wait_for(&self, words: &str) {
        self.wait(words, |screen| screen.contents().contains(words));
    }

    /// How many keys lie in the line that nobody has read.
    pub fn unread(&self) -> u64 {
        rustix::io::ioctl_fionread(&self.line).unwrap()
    }

    /// How often a sequence was written.
    pub fn count(&self, sequence: &[u8]) -> usize {
        occurs(&self.bytes(), sequence)
    }

    /// The screen as text.
    pub fn contents(&self) -> String {
        self.shown.0.lock().unwrap().screen.screen().contents()
    }

    /// Everything that was written so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.shown.0.lock().unwrap().bytes.clone()
    }

    /// What was sent to the clipboard, and the addresses that texts led to.
    pub fn sent(&self) -> (Vec<String>, Vec<String>) {
        let shown = self.shown.0.lock().unwrap();
        (shown.model.copied.clone(), shown.model.links.clone())
    }

    /// How much of a processor the process has used up to now; none once it is gone.
    pub fn used(&self) -> Option<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid().as_raw_nonzero())).ok()?;
        let mut fields = stat.rsplit_once(") ")?.1.split(' ');
        let ticks: u64 = fields.by_ref().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        // A hundredth of a second each, on every Linux.
        Some(Duration::from_millis(10 * ticks))
    }

    /// How many bytes were written outside the list.
    pub fn foreign(&self) -> usize {
        self.shown.0.lock().unwrap().model.foreign
    }

    pub fn keys(&mut self, keys: &str) {
        let writer = self.keys.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    pub fn resize(&self, size: (u16, u16)) {
        self.shown.0.lock().unwrap().screen.screen_mut().set_size(side(size.1), side(size.0));
        self.master.as_ref().unwrap().resize(pty_size(size)).unwrap();
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.process_id().unwrap()).unwrap()).unwrap()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Takes the line away, as a modem that hangs up does.
    pub fn hang_up(&mut self) {
        let (lock, news) = &*self.shown;
        lock.lock().unwrap().closed = true;
        // The watcher sits in a read; what is drawn for this change of size wakes it.
        self.master.as_ref().unwrap().resize(pty_size((70, 20))).unwrap();
        let mut shown = lock.lock().unwrap();
        while Arc::strong_count(&self.shown) > 1 {
            shown = news.wait_timeout(shown, Duration::from_millis(20)).unwrap().0;
        }
        drop(shown);
        self.keys = None;
        self.master = None;
    }

    /// Waits for the process to end, within a time; its exit code.
    pub fn code_within(&mut self, limit: Duration) -> Option<u32> {
        let until = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status.exit_code());
            }
            if Instant::now() >= until {
                return None;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for the end, and says how the terminal was left.
    pub fn left(&mut self) -> Left {
        let code =
            self.code_within(DEADLINE).unwrap_or_else(|| panic!("it does not end:\n{}", self.contents()));
        // Everything that the process wrote is in the line; a mark of ours tells when it has been read.
        self.line.write_all(b"\x07the end").unwrap();
        self.wait_until("the mark", |shown| shown.bytes.ends_with(b"\x07the end"));
        let after = tcgetattr(&self.line).unwrap();
        let mut shown = self.shown.0.lock().unwrap();
        // The mark of ours is no byte of the program's.
        shown.model.foreign -= 1;
        let mut unlike = shown.model.unlike();
        if format!("{after:?}") != format!("{:?}", self.before) {
            unlike.push(format!("termios: {after:?} instead of {:?}", self.before));
        }
        Left { code, unlike, foreign: shown.model.foreign }
    }
}

fn occurs(bytes: &[u8], sequence: &[u8]) -> usize {
    bytes.windows(sequence.len()).filter(|window| *window == sequence).count()
}

impl Drop for Term {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn watch(mut reader: Box<dyn Read + Send>, to: &Arc<(Mutex<Shown>, Condvar)>) {
    let mut buffer = [0; 4096];
    let (lock, news) = &**to;
    loop {
        let length = reader.read(&mut buffer).unwrap_or(0);
        let mut shown = lock.lock().unwrap();
        if length == 0 || shown.closed {
            shown.closed = true;
            news.notify_all();
            return;
        }
        let bytes = &buffer[..length];
        shown.screen.process(bytes);
        shown.model.feed(bytes);
        shown.bytes.extend_from_slice(bytes);
        news.notify_all();
    }
}
