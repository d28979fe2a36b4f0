//! Keys and pastes of a terminal, turned into the actions they mean. Raw keys end here.

use std::time::Duration;

use crate::foreign::Text;
use crate::wizard::Wizard;
use crate::wizard::keys::{self as table, Key};
use crate::wizard::msg::Action;

mod keys;
mod reading;

pub use keys::{Keys, Raw};
pub use reading::{Read, reads};

/// How long a piece of a sequence waits for its rest before it counts as what it is.
pub const SETTLE: Duration = Duration::from_millis(50);
/// How long a paste may pause before its end counts as lost.
pub const PASTE_PAUSE: Duration = Duration::from_secs(1);
/// An Enter so soon after the one before is a key held down: keyboards begin to repeat after 0.25 to 0.66 s.
const HELD: Duration = Duration::from_millis(700);

/// What a terminal event asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Input {
    /// Something for the wizard.
    Act(Action),
    /// Measure and draw everything anew.
    Redraw,
    /// Stop the process, until the shell continues it.
    Stop,
    /// Nothing.
    Nothing,
}

/// Turns keys into actions, and guards consequential ones against type-ahead.
#[derive(Debug, Default)]
pub struct Guard {
    entered: Option<Duration>,
}

/// How a key came.
#[derive(Clone, Copy, Debug)]
pub struct Came {
    /// Whether nothing else was read with it: several keys in one read are a paste or type-ahead.
    pub alone: bool,
    /// The screen that had been written out when it was read.
    pub seen: Option<u64>,
    /// When, since the run began.
    pub at: Duration,
}

/// Whether a key can be meant that came with others in one read. Those are a paste on a terminal that does not
/// mark pastes, or were typed ahead: letters are text then, where text is wanted, and no Enter counts.
pub fn counts(raw: &Raw, alone: bool, typing: bool) -> bool {
    match raw {
        Raw::Key(Key::Enter) => alone,
        Raw::Key(Key::Char(_)) => alone || typing,
        Raw::Key(_) | Raw::Paste(_) => true,
    }
}

impl Guard {
    /// Reads an event. A consequential Enter counts only when it was read alone, after its screen had been
    /// written out, and is no repetition of a key held down.
    pub fn read(&mut self, wizard: &Wizard, raw: &Raw, came: Came) -> Input {
        let typing = wizard.typing() || wizard.typing_digits();
        match raw {
            _ if !counts(raw, came.alone, typing) => Input::Nothing,
            Raw::Key(Key::Ctrl('z')) => Input::Stop,
            Raw::Key(Key::Ctrl('l')) => Input::Redraw,
            Raw::Key(key) => {
                let held = *key == Key::Enter
                    && self.entered.replace(came.at).is_some_and(|last| came.at.saturating_sub(last) < HELD);
                let Some(action) = table::action(wizard, *key) else { return Input::Nothing };
                let meant = came.seen == Some(wizard.screen) && !held;
                if action == Action::Enter && wizard.consequential() && !meant {
                    return Input::Nothing;
                }
                Input::Act(action)
            }
            // A paste where no text is wanted is dropped: a pasted newline must not confirm anything.
            Raw::Paste(text) if typing => Input::Act(Action::Paste(Text::within(text, 200))),
            Raw::Paste(_) => Input::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_keys_in_one_read_are_a_paste() {
        let [letter, enter, down, interrupt] =
            [Key::Char('n'), Key::Enter, Key::Down, Key::Ctrl('c')].map(Raw::Key);
        // Alone; with others; with others, where text is typed.
        let table = [
            (letter, [true, false, true]),
            (enter, [true, false, false]),
            (down, [true, true, true]),
            (interrupt, [true, true, true]),
        ];
        for (raw, wanted) in table {
            let told = [(true, false), (false, false), (false, true)];
            assert_eq!(told.map(|(alone, typing)| counts(&raw, alone, typing)), wanted, "{raw:?}");
        }
    }
}
