//! A child process within limits: of time, of what it may write, and of how long it takes to end when it is told to.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use zeroize::Zeroizing;

/// The most it may write to be read, in bytes: a rendered chart, or a release's manifest.
const OUTPUT: u64 = 32 * 1024 * 1024;

/// How much of the end of what it says is kept, in bytes.
const SAID: usize = 64 * 1024;

/// How long it may take to end when it was told to: helm notes then that its release has failed.
const ENDING: Duration = Duration::from_secs(10);

/// How long its last words are waited for once it has ended. They are in the pipe by then; what it left running may hold
/// the pipe open for as long as it likes.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A child that did not end well.
pub(super) struct Ended {
    /// How it ended, where that is not told by its own words.
    pub(super) why: Option<String>,
    /// The end of what it wrote to standard error, whole lines.
    pub(super) said: Zeroizing<String>,
}

/// Runs it to its end; returns what it wrote, if that is to be read. Dropping this asks it to end.
pub(super) async fn run(
    mut command: Command,
    input: Option<&[u8]>,
    is_read: bool,
    limit: Duration,
) -> Result<Zeroizing<Vec<u8>>, Ended> {
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    command.stdout(if is_read { Stdio::piped() } else { Stdio::null() });
    // A group of its own: what it started in turn ends with it, and a key pressed at the terminal is for us.
    command.stderr(Stdio::piped()).process_group(0);
    let mut said = Tail::default();
    let mut child = command.spawn().map_err(|error| said.ended(format!("it cannot be run: {error}")))?;
    let group = Group::of(&child);
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async {
        if let (Some(mut stdin), Some(input)) = (stdin, input) {
            // One that ends without reading says why itself.
            let _ = stdin.write_all(input).await;
        }
        Ok(())
    };
    let mut wrote = Zeroizing::new(Vec::new());
    let whole = async {
        let listen = async {
            said.listen(stderr).await;
            Ok(())
        };
        let (ends, end) = oneshot::channel();
        let talk = async {
            tokio::select! {
                talked = async { tokio::try_join!(write, read(stdout, &mut wrote), listen) } => talked.map(drop),
                () = async { let _ = end.await; sleep(LAST_WORDS).await; } => Ok(()),
            }
        };
        let wait = async {
            let status = child.wait().await.map_err(|error| format!("it was lost: {error}"));
            let _ = ends.send(());
            status
        };
        tokio::try_join!(talk, wait).map(|((), status)| status)
    };
    let ended = match timeout(limit, whole).await {
        Ok(ended) => ended,
        Err(_) => Err(format!("it did not end within {} s", limit.as_secs())),
    };
    match ended {
        Ok(status) if status.success() => Ok(wrote),
        Ok(status) => Err(Ended { why: unusual(status), said: said.text() }),
        Err(why) => {
            group.signal(Signal::TERM);
            let _ = timeout(ENDING, child.wait()).await;
            group.signal(Signal::KILL);
            Err(said.ended(why))
        }
    }
}

async fn read(from: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) -> Result<(), String> {
    if let Some(from) = from {
        // What was read before an error is all there is.
        let _ = from.take(OUTPUT + 1).read_to_end(kept).await;
    }
    if kept.len() as u64 > OUTPUT { Err("it wrote more than 32 MiB".to_owned()) } else { Ok(()) }
}

/// How it ended, where its words do not tell.
fn unusual(status: ExitStatus) -> Option<String> {
    match (status.signal(), status.code()) {
        (Some(signal), _) => Some(format!("it was ended by signal {signal}")),
        (None, Some(1)) => None,
        (None, code) => Some(format!("it ended with exit code {}", code.unwrap_or_default())),
    }
}

/// The end of what is said: however much that is, only so much is held.
#[derive(Default)]
struct Tail {
    kept: Zeroizing<Vec<u8>>,
    is_cut: bool,
}

impl Tail {
    async fn listen(&mut self, from: Option<impl AsyncRead + Unpin>) {
        let Some(mut from) = from else { return };
        let mut part = Zeroizing::new(vec![0; 16 * 1024]);
        while let Ok(read @ 1..) = from.read(&mut part).await {
            self.kept.extend_from_slice(part.get(..read).unwrap_or_default());
            if self.kept.len() > 2 * SAID {
                let from = self.kept.len() - SAID;
                self.kept.drain(..from);
                self.is_cut = true;
            }
        }
    }

    /// Whole lines: the first may be half of one, and hold half of a secret that nobody would recognise.
    fn text(&self) -> Zeroizing<String> {
        let line = || self.kept.iter().position(|byte| *byte == b'\n').unwrap_or(self.kept.len());
        let from = if self.is_cut { line() } else { 0 };
        let whole = self.kept.get(from..).unwrap_or_default();
        Zeroizing::new(String::from_utf8_lossy(whole).into_owned())
    }

    fn ended(&self, why: String) -> Ended {
        Ended { why: Some(why), said: self.text() }
    }
}

/// A process group that is asked to end when nobody waits for it any more.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.0 {
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::TERM);
    }
}
