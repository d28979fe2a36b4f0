//! One line of typed text, by whole characters as a person sees them.

use unicode_segmentation::UnicodeSegmentation;

use super::msg::Action;
use crate::foreign::Text;

/// A text being typed; at most `limit` characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    text: String,
}

const LIMIT: usize = 100;

impl Field {
    /// A field that starts with a text.
    pub fn of(text: &str) -> Self {
        Self { text: Text::within(text, LIMIT).as_str().to_owned() }
    }

    /// What stands in it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Takes a typing action; says whether it was one.
    pub fn take(&mut self, action: &Action) -> bool {
        match action {
            Action::Type(c) => self.push(&c.to_string()),
            Action::Paste(text) => self.push(text),
            Action::Erase => {
                let keep = self.text.grapheme_indices(true).next_back().map_or(0, |(at, _)| at);
                self.text.truncate(keep);
            }
            _ => return false,
        }
        true
    }

    fn push(&mut self, more: &str) {
        // A trailing space is worth keeping while a name is being typed; Text would trim it.
        for c in more.chars() {
            let fits = self.text.chars().count() < LIMIT;
            if fits && (c == ' ' || !Text::within(c.encode_utf8(&mut [0; 4]), 1).is_empty()) {
                self.text.push(c);
            }
        }
    }
}

/// A selection among `len` rows that stays in range.
pub fn moved(selected: usize, len: usize, page: usize, action: &Action) -> usize {
    let last = len.saturating_sub(1);
    match action {
        Action::Up => selected.saturating_sub(1),
        Action::Down => selected.saturating_add(1).min(last),
        Action::PageUp => selected.saturating_sub(page),
        Action::PageDown => selected.saturating_add(page).min(last),
        Action::First => 0,
        Action::Last => last,
        _ => selected.min(last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_keeps_whole_characters_and_drops_controls() {
        let mut field = Field::of("gpu");
        for action in
            [Action::Type('-'), Action::Type('\u{1b}'), Action::Paste("bo\u{301}x".into()), Action::Type('1')]
        {
            assert!(field.take(&action));
        }
        assert_eq!(field.text(), "gpu-bo\u{301}x1");
        for _ in 0..3 {
            field.take(&Action::Erase);
        }
        assert_eq!(field.text(), "gpu-b");
        assert!(!field.take(&Action::Enter));
    }

    #[test]
    fn a_selection_stays_in_range() {
        assert_eq!(moved(0, 0, 10, &Action::Down), 0);
        assert_eq!(moved(2, 3, 10, &Action::Down), 2);
        assert_eq!(moved(9, 3, 10, &Action::Enter), 2);
        assert_eq!(moved(1, 30, 10, &Action::PageDown), 11);
        assert_eq!(moved(1, 30, 10, &Action::Last), 29);
    }
}
