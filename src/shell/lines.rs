//! Answers typed as lines on standard input.
#![expect(clippy::disallowed_methods, reason = "reading a terminal line blocks, and cannot be cancelled")]

use std::io::{BufRead, Read};

use tokio::sync::mpsc;

use crate::foreign::Text;

/// A line longer than this is cut.
const LONGEST: u64 = 1024;

/// Reads lines on a thread of its own, which the process leaves behind when it ends.
pub fn answers() -> mpsc::Receiver<Text> {
    let (to, from) = mpsc::channel(1);
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        loop {
            let mut line = Vec::new();
            match input.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            if to.blocking_send(Text::within(&String::from_utf8_lossy(&line), 200)).is_err() {
                return;
            }
        }
    });
    from
}
