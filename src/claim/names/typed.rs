//! What a person typed, freed of what a terminal mixed in.

use crate::foreign::Text;

const ESC: char = '\u{1b}';

/// A typed or pasted name without key sequences and paste marks. Arrow keys at a prompt must not become the
/// letters of a name; a name that was nothing else is empty, which means "propose one".
pub fn sanitise(typed: &str) -> Text {
    let plain = without_sequences(typed).replace("[200~", "").replace("[201~", "");
    if plain.contains(ESC) && !has_content(&plain) {
        return Text::default();
    }
    Text::new(&plain)
}

/// Drops CSI sequences (`ESC [` … final byte) and SS3 sequences (`ESC O` and one byte), ECMA-48 §5.4.
fn without_sequences(typed: &str) -> String {
    let mut out = String::new();
    let mut rest = typed;
    while let Some(at) = rest.find(ESC) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let length = sequence(from);
        if length.is_none() {
            out.push(ESC);
        }
        rest = from.get(length.unwrap_or(1)..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// The length of the sequence that `from` begins with, if it is a whole one.
fn sequence(from: &str) -> Option<usize> {
    match from.as_bytes() {
        [_, b'O', last, ..] if last.is_ascii_graphic() => Some(3),
        [_, b'[', parameters @ ..] => {
            let end = parameters.iter().position(|b| !(0x20..=0x3f).contains(b))?;
            parameters.get(end).is_some_and(|b| (0x40..=0x7e).contains(b)).then_some(end + 3)
        }
        _ => None,
    }
}

/// Whether a letter or digit is left once every escape is taken out with up to two characters after it.
fn has_content(plain: &str) -> bool {
    let mut pieces = plain.split(ESC);
    let first = pieces.next().unwrap_or_default();
    let rest = pieces.flat_map(|piece| piece.chars().skip(2));
    first.chars().chain(rest).any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_paste_marks_are_no_letters() {
        for (typed, name) in [
            ("gpu-box", "gpu-box"),
            ("\u{1b}[A\u{1b}[D", ""),
            ("\u{1b}OA\u{1b}OD", ""),
            ("lab\u{1b}[1;5C a", "lab a"),
            ("\u{1b}[200~Radiology\u{1b}[201~", "Radiology"),
            ("[200~Radiology[201~", "Radiology"),
            ("\u{1b}[", ""),
            ("\u{1b}O", ""),
            ("\u{1b}", ""),
            ("Radiology\u{1b}", "Radiology"),
            ("München\u{7}\u{7f}\u{9b}", "München"),
            ("abc\u{202e}def", "abcdef"),
            ("\u{1b}Oé", ""),
        ] {
            assert_eq!(sanitise(typed).as_str(), name, "{typed:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_typing_gives_neutral_text(typed in "[\u{1b}\\[O~0-9;A-Zé ]{0,20}|.*") {
            let once = sanitise(&typed);
            proptest::prop_assert_eq!(Text::new(&once), once);
        }
    }
}
