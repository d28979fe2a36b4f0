//! The terminal's modes: set, and given back as they were found.
#![expect(clippy::disallowed_methods, reason = "giving back waits for a writer on another thread")]

use std::io;
use std::panic;
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::Duration;

use rustix::io::Errno;
use rustix::termios::{InputModes, OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr};

/// Alternate screen, bracketed paste, no wrapping at the margin, no cursor, a clean page.
pub(super) const ENTER: &[u8] = b"\x1b[?1049h\x1b[?2004h\x1b[?7l\x1b[?25l\x1b[m\x1b[H\x1b[2J";
/// The way back, in the order that leaves the least behind if the line fails in between. The page is cleared
/// first: consoles without an alternate screen would keep it.
pub(super) const LEAVE: &[u8] = b"\x1b[?2026l\x1b[?2004l\x1b[m\x1b[H\x1b[2J\x1b[?7h\x1b[?25h\x1b[?1049l";
/// Lines as slow as this are serial consoles, which may need XON and XOFF from a real terminal.
pub(super) const SLOW_BAUD: u32 = 19_200;
/// How long a panic waits for a frame that is being written.
const PATIENCE: u32 = 100;

/// The modes as they were found, while the terminal is ours; the panic hook needs them too.
static FOUND: Mutex<Option<Termios>> = Mutex::new(None);
/// Held while bytes are being written, so that the way back never lands inside a frame.
pub(super) static WRITING: Mutex<()> = Mutex::new(());

/// Sets raw mode and remembers what was there. Returns the line's speed in bit/s.
pub(super) fn set_raw() -> io::Result<u32> {
    let found = tcgetattr(io::stdin())?;
    let speed = found.output_speed();
    let mut raw = found.clone();
    let flow = found.input_modes & InputModes::IXON;
    raw.make_raw();
    if speed <= SLOW_BAUD {
        raw.input_modes |= flow;
    }
    // Remembered before it is changed: a panic in between must find it.
    *FOUND.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
    set(&raw).inspect_err(|_| *FOUND.lock().unwrap_or_else(PoisonError::into_inner) = None).map(|()| speed)
}

/// A shell that has just continued us may not have handed the terminal over yet.
fn set(modes: &Termios) -> io::Result<()> {
    let mut tries = 0;
    loop {
        match tcsetattr(io::stdin(), OptionalActions::Now, modes) {
            Ok(()) => return Ok(()),
            Err(Errno::INTR | Errno::IO) if tries < 3 => tries += 1,
            Err(error) => return Err(error.into()),
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Puts the modes back, and drops keys that nobody read: they were meant for us, not for the shell. Never
/// waits for the line, and again does no harm.
pub(super) fn unset_raw() {
    let Some(found) = FOUND.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
    let _ = tcflush(io::stdin(), QueueSelector::IFlush);
    let _ = tcsetattr(io::stdin(), OptionalActions::Now, &found);
}

/// Gives the terminal back at once, from wherever the program is.
pub(super) fn give_back() {
    if !is_ours() {
        return;
    }
    let mut lock = WRITING.try_lock();
    for _ in 0..PATIENCE {
        if !matches!(lock, Err(TryLockError::WouldBlock)) {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
        lock = WRITING.try_lock();
    }
    // A line that has taken nothing for a second would not take this either, and would hold us for ever.
    if !matches!(lock, Err(TryLockError::WouldBlock)) {
        let _ = write_all(LEAVE);
    }
    // Still under the lock: frames that wait for it find that the terminal is not ours any more.
    unset_raw();
}

/// Whether the terminal is ours at the moment.
pub(super) fn is_ours() -> bool {
    FOUND.lock().unwrap_or_else(PoisonError::into_inner).is_some()
}

/// Writes to standard output, past every buffer.
pub(super) fn write_all(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(io::stdout(), bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(length) => bytes = bytes.get(length..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => std::thread::sleep(Duration::from_millis(20)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The last words of a panic, kept for the closing line.
pub type LastWords = Arc<Mutex<Option<String>>>;

/// Keeps panics off the screen. A panic of the thread that draws gives the terminal back; one in a task
/// becomes a message to the wizard, so the screen stays.
pub fn keep_panics_quiet() -> LastWords {
    let words = LastWords::default();
    let kept = words.clone();
    let drawing = std::thread::current().id();
    panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == drawing {
            give_back();
        }
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(info.to_string());
    }));
    words
}
