//! Answers typed as lines on standard input.
#![expect(clippy::disallowed_methods, reason = "reading a terminal line blocks, and cannot be cancelled")]

use std::io;

use rustix::io::Errno;
use tokio::sync::mpsc;
use zeroize::{Zeroize, Zeroizing};

/// A line longer than this is cut. It may be a token.
const LONGEST: usize = 32 * 1024;
/// What ends a terminal's input; it comes as a byte where the terminal edits no lines.
const END: u8 = 4;

/// Reads lines on a thread of its own, which the process leaves behind when it ends. What they are is known
/// only where they are taken, so each is treated as the secret that it may be.
pub fn answers() -> mpsc::Receiver<Zeroizing<Vec<u8>>> {
    let (to, from) = mpsc::channel(1);
    std::thread::spawn(move || {
        let mut buffer = Zeroizing::new([0_u8; 4096]);
        let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
        loop {
            let length = match rustix::io::read(io::stdin(), &mut buffer[..]) {
                Ok(0) => return,
                Ok(length) => length,
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => {
                    std::thread::sleep(std::time::Duration::from_millis(20));
                    continue;
                }
                Err(_) => return,
            };
            for byte in buffer.get(..length).unwrap_or_default() {
                if !matches!(*byte, b'\n' | b'\r' | END) {
                    if line.len() < LONGEST {
                        line.push(*byte);
                    }
                    continue;
                }
                let whole = Zeroizing::new(line.to_vec());
                line.zeroize();
                if to.blocking_send(whole).is_err() {
                    return;
                }
            }
            buffer.zeroize();
        }
    });
    from
}
