//! The terminal: taken, drawn on, and given back as it was found.

use std::io::{self, Stdout, Write};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    BeginSynchronizedUpdate, DisableLineWrap, EnableLineWrap, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Rect, Size};

use crate::face::tui::{self, Look};
use crate::wizard::Wizard;

/// Serial lines report no size; this is what they have.
const ASSUMED: Size = Size { width: 80, height: 24 };

/// Whether the screen is ours at the moment; the panic hook must know.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The full screen while it is ours. Dropping it gives it back.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    assumed: bool,
}

impl Screen {
    /// Takes the terminal: raw mode, alternate screen, bracketed paste.
    pub fn take() -> io::Result<Self> {
        // crossterm would follow NO_COLOR with a reset that also erases bold and reverse; the theme decides.
        crossterm::style::force_color_output(true);
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let mut out = io::stdout();
        let taken = execute!(out, EnterAlternateScreen, EnableBracketedPaste, DisableLineWrap, cursor::Hide)
            .and_then(|()| measured());
        match taken {
            Ok((size, assumed)) => {
                let options = ratatui::TerminalOptions { viewport: ratatui::Viewport::Fixed(area(size)) };
                let terminal = Terminal::with_options(CrosstermBackend::new(out), options)?;
                Ok(Self { terminal, assumed })
            }
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    /// Draws a frame inside a synchronised update; unknown terminals ignore the marks.
    pub fn draw(&mut self, wizard: &Wizard, look: &Look) -> io::Result<()> {
        queue!(io::stdout(), BeginSynchronizedUpdate)?;
        let drawn = self.terminal.draw(|frame| tui::draw(frame, wizard, look)).map(drop);
        execute!(io::stdout(), EndSynchronizedUpdate)?;
        drawn
    }

    /// Measures again and draws everything anew at the next frame. Never asks the terminal where its cursor
    /// is: that answer would race with the keys.
    pub fn measure(&mut self) -> io::Result<()> {
        let (size, assumed) = measured()?;
        self.assumed = assumed;
        self.terminal.resize(area(size))
    }

    /// Sends a text to the terminal's clipboard (OSC 52). Whether it took it cannot be known.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(io::stdout(), crossterm::clipboard::CopyToClipboard::to_clipboard_from(text))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn measured() -> io::Result<(Size, bool)> {
    match crossterm::terminal::size() {
        Ok((0, _) | (_, 0)) => Ok((ASSUMED, true)),
        Ok((width, height)) => Ok((Size { width, height }, false)),
        Err(error) => Err(error),
    }
}

fn area(size: Size) -> Rect {
    Rect::new(0, 0, size.width, size.height)
}

/// Gives the terminal back; every step is tried, whatever the ones before did, and again does no harm.
fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    let _ = queue!(out, EndSynchronizedUpdate);
    let _ = queue!(out, DisableBracketedPaste);
    let _ = queue!(out, EnableLineWrap);
    let _ = queue!(out, cursor::Show);
    let _ = queue!(out, LeaveAlternateScreen);
    let _ = out.flush();
    let _ = disable_raw_mode();
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
