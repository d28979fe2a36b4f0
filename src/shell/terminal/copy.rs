//! The terminal's clipboard.

use crossterm::clipboard::CopyToClipboard;
use crossterm::queue;

/// OSC 52 with the text in base64. Sent raw: wrapped for tmux it fails where pass-through is off, while raw
/// works with `set-clipboard on`.
pub(super) fn sequence(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = queue!(bytes, CopyToClipboard::to_clipboard_from(text));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_sent_in_base64() {
        assert_eq!(sequence("WDJB-MJHT"), b"\x1b]52;c;V0RKQi1NSkhU\x1b\\");
    }
}
