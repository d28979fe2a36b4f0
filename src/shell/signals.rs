//! The signals that end a run, as a stream of numbers.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for INT, TERM, HUP and QUIT from the moment it is made.
pub struct Signals {
    int: Signal,
    term: Signal,
    hup: Signal,
    quit: Signal,
}

impl Signals {
    /// Starts listening; must be called inside the runtime.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            int: signal(SignalKind::interrupt())?,
            term: signal(SignalKind::terminate())?,
            hup: signal(SignalKind::hangup())?,
            quit: signal(SignalKind::quit())?,
        })
    }

    /// The next signal's number. Cancel safe.
    pub async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.int.recv() => 2,
            _ = self.term.recv() => 15,
            _ = self.hup.recv() => 1,
            _ = self.quit.recv() => 3,
        }
    }
}
