//! Writing to the terminal, on a thread of its own: a line that takes no bytes holds up nothing but itself.
#![expect(clippy::disallowed_methods, reason = "writing to a terminal blocks, and cannot be cancelled")]

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, mpsc as blocking};
use std::time::{Duration, Instant};

use rustix::termios::tcdrain;
use tokio::sync::mpsc;

use super::modes::{self, WRITING};

/// Which of the wizard's screens was last written out whole.
#[derive(Clone, Debug, Default)]
pub struct Seen(Arc<AtomicU64>);

impl Seen {
    /// The screen, if there is one yet.
    pub fn screen(&self) -> Option<u64> {
        self.0.load(Ordering::SeqCst).checked_sub(1)
    }

    pub(super) fn set(&self, screen: u64) {
        self.0.store(screen.saturating_add(1), Ordering::SeqCst);
    }
}

struct Job {
    bytes: Vec<u8>,
    screen: Option<u64>,
}

/// The thread, as seen from the loop.
pub(super) struct Writer {
    to: blocking::Sender<Job>,
    done: mpsc::UnboundedReceiver<io::Result<Duration>>,
    under_way: usize,
    seen: Seen,
}

impl Writer {
    pub(super) fn start(seen: Seen) -> Self {
        let (to, jobs) = blocking::channel::<Job>();
        let (told, done) = mpsc::unbounded_channel();
        let written = seen.clone();
        std::thread::spawn(move || {
            for Job { bytes, screen } in jobs {
                let began = Instant::now();
                let end = write(&bytes);
                if let (Ok(()), Some(screen)) = (&end, screen) {
                    written.set(screen);
                }
                let failed = end.is_err();
                let _ = told.send(end.map(|()| began.elapsed()));
                if failed {
                    return;
                }
            }
        });
        Self { to, done, under_way: 0, seen }
    }

    /// Hands bytes over; with the screen that is whole once they are written.
    pub(super) fn write(&mut self, bytes: Vec<u8>, screen: Option<u64>) {
        self.under_way += 1;
        // A thread that ended by an error tells so through the other channel.
        let _ = self.to.send(Job { bytes, screen });
    }

    /// Nothing had to be written for this screen.
    pub(super) fn unchanged(&self, screen: u64) {
        self.seen.set(screen);
    }

    pub(super) fn busy(&self) -> bool {
        self.under_way > 0
    }

    /// The next end of a write: how long it took. Cancel safe; waits for ever while nothing is under way.
    pub(super) async fn done(&mut self) -> io::Result<Duration> {
        if !self.busy() {
            return std::future::pending().await;
        }
        let end = self.done.recv().await;
        self.under_way -= 1;
        end.unwrap_or_else(|| Err(io::ErrorKind::BrokenPipe.into()))
    }
}

fn write(bytes: &[u8]) -> io::Result<()> {
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    if !modes::is_ours() {
        return Ok(());
    }
    modes::write_all(bytes)?;
    // The kernel takes some kilobytes at once; only now have they left the machine. Where the line cannot
    // tell, nothing is lost.
    let _ = tcdrain(io::stdout());
    Ok(())
}
