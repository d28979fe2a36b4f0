//! Reading the terminal, on a thread of its own: a read blocks, and cannot be cancelled.
#![expect(clippy::disallowed_methods, reason = "reading a terminal blocks, and cannot be cancelled")]

use std::io;

use rustix::io::Errno;
use tokio::sync::mpsc;
use zeroize::{Zeroize, Zeroizing};

use crate::shell::terminal::Seen;

/// What one read brought, and what had been seen by then.
#[derive(Debug)]
pub struct Read {
    /// The bytes.
    pub bytes: Zeroizing<Vec<u8>>,
    /// The screen that had been written out when they were read.
    pub seen: Option<u64>,
}

/// Reads standard input until it ends or fails, which closes the channel. The process leaves the thread behind.
pub fn reads(seen: Seen) -> mpsc::Receiver<Read> {
    let (to, from) = mpsc::channel(64);
    std::thread::spawn(move || {
        let mut buffer = [0; 1024];
        loop {
            match rustix::io::read(io::stdin(), &mut buffer) {
                // A terminal in raw mode gives no bytes only once its line is gone.
                Ok(0) => return,
                Ok(length) => {
                    let bytes = Zeroizing::new(buffer.get(..length).unwrap_or_default().to_vec());
                    buffer.zeroize();
                    if to.blocking_send(Read { bytes, seen: seen.screen() }).is_err() {
                        return;
                    }
                }
                Err(Errno::INTR) => {}
                // Somebody who shares the terminal made it non-blocking.
                Err(Errno::AGAIN) => std::thread::sleep(std::time::Duration::from_millis(20)),
                Err(_) => return,
            }
        }
    });
    from
}
