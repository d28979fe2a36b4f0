//! Text by display width: measured, cut, wrapped, set in columns.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Columns that a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// A count of columns or rows as the terminal counts them.
pub fn cells(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

/// The text, cut to `room` columns; what is cut is marked with `dots`.
pub fn fit(text: &str, room: usize, dots: &str) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let marked = width(dots) < room;
    let mut cut = head(text, if marked { room - width(dots) } else { room }).trim_end().to_owned();
    if marked {
        cut.push_str(dots);
    }
    cut
}

/// The text, cut or filled to exactly `room` columns.
pub fn pad(text: &str, room: usize, dots: &str) -> String {
    let mut out = fit(text, room, dots);
    out.extend(std::iter::repeat_n(' ', room.saturating_sub(width(&out))));
    out
}

/// The text at the right end of `room` columns.
pub fn pad_left(text: &str, room: usize, dots: &str) -> String {
    let text = fit(text, room, dots);
    format!("{}{text}", " ".repeat(room.saturating_sub(width(&text))))
}

/// The last part of a text that fits: what a person sees while typing.
pub fn tail(text: &str, room: usize) -> String {
    let mut taken = 0;
    let mut parts: Vec<&str> = text
        .graphemes(true)
        .rev()
        .take_while(|part| {
            taken += width(part);
            taken <= room
        })
        .collect();
    parts.reverse();
    parts.concat()
}

fn head(text: &str, room: usize) -> &str {
    let mut taken = 0;
    for (at, part) in text.grapheme_indices(true) {
        taken += width(part);
        if taken > room {
            return text.get(..at).unwrap_or_default();
        }
    }
    text
}

/// The text in lines of at most `room` columns, broken between words; a word longer than a line is broken
/// within.
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let room = room.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in words(text) {
        let between = usize::from(!line.is_empty());
        if width(&line) + between + width(&word) <= room {
            if between == 1 {
                line.push(' ');
            }
            line.push_str(&word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        let mut pieces = chop(&word, room);
        line = pieces.pop().unwrap_or_default();
        lines.extend(pieces);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// The words of a text; a number and its unit are one.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match words.last_mut() {
            Some(number) if word.len() <= 3 && number.bytes().all(|b| b.is_ascii_digit() || b == b'.') => {
                *number = format!("{number} {word}");
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// The text in pieces of at most `room` columns, broken anywhere: for an address that must be whole.
pub fn chop(text: &str, room: usize) -> Vec<String> {
    let mut rest = text;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let mut piece = head(rest, room.max(1));
        if piece.is_empty() {
            // A character wider than the whole line still has to go somewhere.
            piece = rest.graphemes(true).next().unwrap_or(rest);
        }
        pieces.push(piece.to_owned());
        rest = rest.get(piece.len()..).unwrap_or_default();
    }
    pieces
}

/// A shell command in lines of at most `room` columns. It is broken between words with a backslash, so that
/// the copied lines are still one command.
pub fn command(text: &str, room: usize) -> Vec<String> {
    if width(text) <= room || room < 8 {
        return chop(text, room);
    }
    let mut lines = wrap(text, room - 2);
    let last = lines.len().saturating_sub(1);
    for (at, line) in lines.iter_mut().enumerate() {
        if at < last {
            line.push_str(" \\");
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut_and_marked() {
        for (text, room, cut) in [
            ("gpu-box-01", 10, "gpu-box-01"),
            ("gpu-box-01", 9, "gpu-box-…"),
            ("東京タワー", 6, "東京…"),
            ("two words", 5, "two…"),
            ("gpu", 1, "g"),
            ("gpu", 0, ""),
        ] {
            assert_eq!(fit(text, room, "…"), cut, "{text} in {room}");
        }
        assert_eq!((pad("ab", 4, "…").as_str(), pad_left("ab", 4, "…").as_str()), ("ab  ", "  ab"));
        assert_eq!(tail("gpu-box-01", 4), "x-01");
    }

    #[test]
    fn long_texts_are_broken_between_words_and_addresses_anywhere() {
        assert_eq!(wrap("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrap("again in 10 s.", 11), ["again in", "10 s."]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("", 3), Vec::<String>::new());
        assert_eq!(chop("https://a.example/b", 8), ["https://", "a.exampl", "e/b"]);
        assert_eq!(chop("東東", 1), ["東", "東"]);
        assert_eq!(command("landfall enroll --profile prod", 40), ["landfall enroll --profile prod"]);
        assert_eq!(command("landfall enroll --profile prod", 20), ["landfall enroll \\", "--profile prod"]);
    }

    proptest::proptest! {
        #[test]
        fn no_line_is_wider_than_its_room(text in "\\PC*", room in 2usize..40) {
            proptest::prop_assert!(width(&fit(&text, room, "…")) <= room);
            proptest::prop_assert_eq!(width(&pad(&text, room, "…")), room);
            // A single character of several code points can be wider than the room; it is never torn.
            let widest = text.graphemes(true).map(width).max().unwrap_or(0);
            for line in wrap(&text, room) {
                proptest::prop_assert!(width(&line) <= room.max(widest), "{line:?}");
            }
        }
    }
}
