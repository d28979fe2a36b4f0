//! Text from the cluster made harmless, and a reader for the pieces of it that we quote.

/// The longest message kept, in characters.
pub(super) const MESSAGE: usize = 300;
/// The longest piece quoted inside a sentence, in characters.
pub(super) const QUOTE: usize = 160;
/// The longest sentence, in characters.
pub(super) const SENTENCE: usize = 480;

/// `text` without anything that could steer a terminal or mislead the eye, on one line, at most `most` characters.
///
/// Control characters, bidirectional controls, zero-width and other invisible format characters go; runs of white
/// space become one space.
pub(super) fn clean(text: &str, most: usize) -> String {
    let mut kept = String::new();
    let mut length = 0;
    let mut gap = false;
    for letter in text.chars() {
        if letter.is_whitespace() {
            gap = length > 0;
            continue;
        }
        if letter.is_control() || is_invisible(letter) {
            continue;
        }
        if length + usize::from(gap) + 1 > most {
            kept.push('…');
            return kept;
        }
        if gap {
            kept.push(' ');
            length += 1;
        }
        gap = false;
        kept.push(letter);
        length += 1;
    }
    kept
}

/// Format characters without a shape of their own. (Unicode general category Cf, variation selectors and tags)
fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// A value that may stand in a command we print: a Kubernetes name. Anything else yields nothing.
pub(crate) fn safe(name: &str) -> Option<&str> {
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-.".contains(letter);
    (!name.is_empty() && name.len() <= 253 && !name.starts_with('-') && name.chars().all(fits))
        .then_some(name)
}

/// A label that may stand in a command we print, as `key=value`. (API, `validation.IsQualifiedName`)
pub(super) fn safe_label(key: &str, value: &str) -> Option<String> {
    let fits = |text: &str, more: &str| {
        let starts = text.is_empty() || text.starts_with(|letter: char| letter.is_ascii_alphanumeric());
        starts && text.chars().all(|letter| letter.is_ascii_alphanumeric() || more.contains(letter))
    };
    (!key.is_empty() && fits(key, "-._/") && fits(value, "-._")).then(|| format!("{key}={value}"))
}

/// What stands between `before` and the next `after` (or the end).
pub(super) fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    let piece = rest.split_once(after).map_or(rest, |(piece, _)| piece).trim();
    (!piece.is_empty()).then_some(piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_becomes_one_plain_line() {
        let hostile = "\u{1b}[2J a\r\nb\u{202e}c\u{200b}d\u{7f}\u{9b}e\t\tf  ";
        assert_eq!(clean(hostile, 100), "[2J a bcde f");
    }

    #[test]
    fn length_is_counted_in_characters_and_shown_when_cut() {
        assert_eq!(clean("äöü äöü", 5), "äöü ä…");
        assert_eq!(clean("äöü", 3), "äöü");
    }

    #[test]
    fn only_kubernetes_labels_enter_a_command() {
        assert_eq!(safe_label("a.b/disk", "SSD_1").as_deref(), Some("a.b/disk=SSD_1"));
        assert_eq!(safe_label("gpu", "").as_deref(), Some("gpu="));
        for (key, value) in
            [("", "x"), ("-n", "x"), ("a", "-x"), ("a b", "x"), ("a", "$(reboot)"), ("a;b", "")]
        {
            assert_eq!(safe_label(key, value), None, "{key}={value}");
        }
    }

    #[test]
    fn only_kubernetes_names_enter_a_command() {
        assert_eq!(safe("web-1.x"), Some("web-1.x"));
        for name in ["", "-n", "a b", "a;b", "Web", "a\nb"] {
            assert_eq!(safe(name), None, "{name:?}");
        }
    }
}
