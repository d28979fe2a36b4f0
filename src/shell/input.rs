//! Keys and pastes of a terminal, turned into the actions they mean. Raw keys end here.

use crossterm::event::{Event as Raw, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use futures_util::StreamExt;
use tokio::sync::mpsc;

use crate::foreign::Text;
use crate::wizard::Wizard;
use crate::wizard::keys::{self, Key};
use crate::wizard::msg::Action;

/// Terminal events as they come. Ends when the terminal does.
///
/// A task of its own polls the stream: polled once without a waker, crossterm's stream would never wake again.
#[expect(clippy::disallowed_methods, reason = "the one reader of the terminal lives as long as the run")]
pub fn events() -> mpsc::Receiver<Raw> {
    let (to, from) = mpsc::channel(64);
    tokio::spawn(async move {
        let mut stream = EventStream::new();
        while let Some(Ok(event)) = stream.next().await {
            if to.send(event).await.is_err() {
                return;
            }
        }
    });
    from
}

/// What a terminal event asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Input {
    /// Something for the wizard.
    Act(Action),
    /// Measure and draw again.
    Redraw,
    /// Nothing.
    Nothing,
}

/// Turns keys into actions, and guards consequential ones against type-ahead.
#[derive(Debug, Default)]
pub struct Reader {
    drawn: Option<u64>,
}

impl Reader {
    /// Notes that the wizard's present screen was drawn and flushed.
    pub fn drawn(&mut self, wizard: &Wizard) {
        self.drawn = Some(wizard.screen);
    }

    /// Reads an event. `alone` says that nothing else was waiting to be read with it: several keys in one
    /// read are a paste or type-ahead, and answer no consequential question.
    pub fn read(&self, wizard: &Wizard, raw: &Raw, alone: bool) -> Input {
        match raw {
            Raw::Key(key) if key.kind != KeyEventKind::Release => {
                let Some(action) = key_of(key).and_then(|key| keys::action(wizard, key)) else {
                    return Input::Nothing;
                };
                let seen = alone && self.drawn == Some(wizard.screen);
                if action == Action::Enter && wizard.consequential() && !seen {
                    return Input::Nothing;
                }
                Input::Act(action)
            }
            // A paste where no text is wanted is dropped: a pasted newline must not confirm anything.
            Raw::Paste(text) if wizard.typing() => Input::Act(Action::Paste(Text::within(text, 200))),
            Raw::Resize(..) | Raw::FocusGained => Input::Redraw,
            _ => Input::Nothing,
        }
    }
}

fn key_of(event: &KeyEvent) -> Option<Key> {
    if event.modifiers.contains(KeyModifiers::CONTROL) {
        return match event.code {
            KeyCode::Char(c) => Some(Key::Ctrl(c.to_ascii_lowercase())),
            _ => None,
        };
    }
    Some(match event.code {
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab => Key::Tab,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::Backspace => Key::Backspace,
        _ => return None,
    })
}
