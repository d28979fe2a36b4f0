//! A terminal of lines that shows nothing of what is typed, for as long as that is a secret.

use std::io;

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};

/// Gives the terminal back as it was found when it is dropped, also by a panic.
#[derive(Default)]
pub struct Echo {
    found: Option<Termios>,
}

impl Echo {
    /// Shows what is typed, or hides it.
    pub fn show(&mut self, shown: bool) {
        if shown {
            if let Some(found) = self.found.take() {
                // What nobody read of a secret must not be left for the shell, nor be echoed by it.
                let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &found);
            }
        } else if self.found.is_none() {
            let Ok(found) = tcgetattr(io::stdin()) else { return };
            let mut hidden = found.clone();
            // Without the kernel's line editing too: it cuts a line at 4095 bytes, which tokens exceed.
            hidden.local_modes -= LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON;
            hidden.special_codes[SpecialCodeIndex::VMIN] = 1;
            hidden.special_codes[SpecialCodeIndex::VTIME] = 0;
            // Whoever continued us would not find it hidden any more.
            hidden.special_codes[SpecialCodeIndex::VSUSP] = 0;
            if tcsetattr(io::stdin(), OptionalActions::Now, &hidden).is_ok() {
                self.found = Some(found);
            }
        }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.show(true);
    }
}
