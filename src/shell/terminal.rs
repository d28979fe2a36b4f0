//! The terminal: taken, drawn on, and given back as it was found.

use std::io;
use std::time::Duration;

use ratatui::layout::{Rect, Size};
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};
use zeroize::Zeroizing;

use crate::face::tui::{self, Look};
use crate::shell::capabilities::Glyphs;
use crate::wizard::Wizard;

mod console;
mod copy;
mod echo;
mod modes;
mod paint;
mod writer;

pub use echo::Echo;
pub use modes::{LastWords, keep_panics_quiet};
use modes::{SLOW_BAUD, enter, give_back, leave, set_raw, unset_raw};
use paint::Paint;
pub use writer::Seen;
use writer::Writer;

/// Serial lines report no size; this is what they have.
const ASSUMED: Size = Size { width: 80, height: 24 };
/// The shortest time between two frames.
const FRAME: Duration = Duration::from_millis(33);
/// The same on a slow line.
const SLOW_FRAME: Duration = Duration::from_millis(125);
/// A frame that takes longer than this to leave speaks for a slow line; three in a row prove it.
const SLOW_FLUSH: Duration = Duration::from_millis(50);
const SLOW_FLUSHES: u32 = 3;
/// How long the way back may take on a line that accepts nothing.
const WAY_BACK: Duration = Duration::from_secs(3);

/// What the person said about the terminal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wishes {
    /// Columns and rows, whatever the terminal says.
    pub size: Option<(u16, u16)>,
    /// Whether the line is slow.
    pub slow: bool,
    /// Whether the address of the sign-in may be put behind its text.
    pub links: bool,
}

/// The full screen while it is ours. Dropping it gives it back.
pub struct Screen {
    terminal: Terminal<Paint>,
    writer: Writer,
    wishes: Wishes,
    pace: Pace,
    revealed: Option<Zeroizing<String>>,
    away: bool,
    blocks: bool,
}

/// When the next frame may come.
#[derive(Debug, Default)]
struct Pace {
    slow: bool,
    slow_flushes: u32,
    last: Option<Duration>,
    behind: bool,
}

impl Pace {
    /// When the next frame may be drawn, since the run began.
    fn next(&self) -> Duration {
        let gap = if self.slow { SLOW_FRAME } else { FRAME };
        self.last.map_or(Duration::ZERO, |last| last + gap)
    }

    fn flushed(&mut self, took: Duration) {
        self.slow_flushes = if took > SLOW_FLUSH { self.slow_flushes + 1 } else { 0 };
        self.slow |= self.slow_flushes >= SLOW_FLUSHES;
    }
}

impl Screen {
    /// Takes the terminal: raw mode, alternate screen, bracketed paste. `seen` learns which screen was last
    /// written out.
    pub fn take(wishes: Wishes, seen: Seen) -> io::Result<Self> {
        let size = measured(wishes)?;
        let speed = set_raw()?;
        let blocks = console::holds_blocks();
        let options = TerminalOptions { viewport: Viewport::Fixed(area(size)) };
        // The painter writes into memory, which does not fail.
        let Ok(terminal) = Terminal::with_options(Paint::new(size), options);
        let pace = Pace { slow: wishes.slow || (1..=SLOW_BAUD).contains(&speed), ..Pace::default() };
        let mut screen =
            Self { terminal, writer: Writer::start(seen), wishes, pace, revealed: None, away: false, blocks };
        screen.enter();
        Ok(screen)
    }

    fn enter(&mut self) {
        self.writer.write(enter(), None);
        self.terminal.backend_mut().forget();
    }

    /// Draws a frame if the line is free and something changed. `now` is since the run began.
    pub fn draw(&mut self, wizard: &Wizard, look: &Look, now: Duration) {
        let link = tui::link(wizard).filter(|_| self.wishes.links);
        self.terminal.backend_mut().link(link);
        // Lent to the picture, and back: a revealed secret is drawn, and never copied.
        let revealed = self.revealed.take();
        self.draw_with(wizard.screen, now, |frame| {
            tui::draw_revealing(frame, wizard, look, revealed.as_ref().map(|secret| secret.as_str()));
        });
        self.revealed = revealed;
    }

    /// The same for any picture; `number` counts its screens.
    pub fn draw_with(&mut self, number: u64, now: Duration, picture: impl FnOnce(&mut Frame<'_>)) {
        self.pace.behind = self.away || self.writer.busy() || now < self.pace.next();
        if self.pace.behind {
            return;
        }
        self.terminal.backend_mut().slow(self.pace.slow);
        let Ok(_) = self.terminal.draw(picture);
        let bytes = self.terminal.backend_mut().frame();
        if bytes.is_empty() {
            self.writer.unchanged(number);
        } else {
            self.pace.last = Some(now);
            self.writer.write(bytes, Some(number));
        }
    }

    /// Waits until a frame that was held back may be drawn: the line is free again, or it is time. An error is
    /// a line that is gone. Cancel safe.
    pub async fn ready(&mut self, now: Duration) -> io::Result<()> {
        if self.writer.busy() {
            let took = self.writer.done().await?;
            self.pace.flushed(took);
        } else if self.pace.behind && !self.away {
            tokio::time::sleep(self.pace.next().saturating_sub(now)).await;
        } else {
            std::future::pending::<()>().await;
        }
        Ok(())
    }

    /// The glyphs to begin with: more than was certain before, where the console's font was seen to hold them.
    pub fn glyphs(&self, certain: Glyphs) -> Glyphs {
        if certain == Glyphs::Console && self.blocks { Glyphs::Blocks } else { certain }
    }

    /// Whether the line is slow: by flag, by its speed, or by how it behaved.
    pub fn slow(&self) -> bool {
        self.pace.slow
    }

    /// How many rows it has.
    pub fn rows(&mut self) -> u16 {
        self.terminal.get_frame().area().height
    }

    /// Measures again and draws everything anew at the next frame. Never asks the terminal where its cursor
    /// is: that answer would race with the keys.
    pub fn measure(&mut self) {
        // A terminal that cannot be measured any more shows at the next write.
        let size = measured(self.wishes).unwrap_or(ASSUMED);
        self.terminal.backend_mut().resize(size);
        let Ok(()) = self.terminal.resize(area(size));
    }

    /// Sends a text to the terminal's clipboard (OSC 52). Whether it took it cannot be known.
    pub fn copy(&mut self, text: &str) {
        self.writer.write(copy::sequence(text), None);
    }

    /// Shows a secret where the page has a place for one, or takes it off again.
    pub fn reveal(&mut self, secret: Option<Zeroizing<String>>) {
        self.revealed = secret;
    }

    /// Gives the terminal to the shell and stops; a signal tells when we are continued. Without a shell that
    /// could do so, nothing happens.
    pub async fn stop(&mut self) {
        if !stoppable() {
            return;
        }
        self.away = true;
        self.way_back(leave()).await;
        // The whole group, as the terminal itself would: the shell waits for all of it.
        let _ = rustix::process::kill_current_process_group(rustix::process::Signal::STOP);
    }

    /// Takes the terminal again and draws everything anew.
    pub fn return_to(&mut self) -> io::Result<()> {
        unset_raw();
        set_raw()?;
        self.away = false;
        self.enter();
        self.measure();
        Ok(())
    }

    /// Gives the terminal back and leaves closing words on the normal screen.
    pub async fn leave(mut self, words: Option<String>) {
        let mut bytes = if self.away { Vec::new() } else { leave() };
        for line in words.iter().flat_map(|words| words.lines()) {
            bytes.extend_from_slice(line.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
        self.way_back(bytes).await;
    }

    async fn way_back(&mut self, bytes: Vec<u8>) {
        self.writer.write(bytes, None);
        let written = async {
            while self.writer.busy() {
                if self.writer.done().await.is_err() {
                    break;
                }
            }
        };
        // Whatever the line does, the modes are put back.
        let _ = tokio::time::timeout(WAY_BACK, written).await;
        unset_raw();
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Whether somebody is there to continue us: a process group that holds the session's leader has no shell.
fn stoppable() -> bool {
    rustix::process::getsid(None).is_ok_and(|session| session != rustix::process::getpgrp())
}

fn measured(wishes: Wishes) -> io::Result<Size> {
    if let Some((width, height)) = wishes.size {
        return Ok(Size { width, height });
    }
    let size = rustix::termios::tcgetwinsize(io::stdout())?;
    Ok(match (size.ws_col, size.ws_row) {
        (0, _) | (_, 0) => ASSUMED,
        (width, height) => Size { width, height },
    })
}

fn area(size: Size) -> Rect {
    Rect::new(0, 0, size.width, size.height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_proves_slow_by_three_slow_frames_in_a_row() {
        let ms = Duration::from_millis;
        let mut pace = Pace::default();
        for took in [60, 60, 10, 60, 60] {
            pace.flushed(ms(took));
        }
        assert!(!pace.slow);
        pace.flushed(ms(51));
        assert!(pace.slow);
        pace.last = Some(ms(1000));
        assert_eq!(pace.next(), ms(1125));
        for _ in 0..10 {
            pace.flushed(ms(1));
        }
        assert!(pace.slow, "what was proved stays: a quiet minute does not make a line fast");
    }
}
