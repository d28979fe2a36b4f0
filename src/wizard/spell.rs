//! A code spelled for reading aloud, by the radiotelephony spelling alphabet of ICAO (Annex 10, Volume II, 5.2.1.3).

/// Each character of a code with the word that says it; one without a word stands for itself.
pub fn spelled(code: &str) -> Vec<(char, &'static str)> {
    code.chars().filter(|c| !c.is_whitespace()).map(|c| (c, word(c))).collect()
}

/// The same in one line: "W Whiskey, D Delta, dash, 7 seven".
pub fn aloud(code: &str) -> String {
    let said = spelled(code).into_iter().map(|(c, word)| match (c, word) {
        ('-', word) => word.to_owned(),
        (c, "") => c.to_string(),
        (c, word) => format!("{c} {word}"),
    });
    said.collect::<Vec<_>>().join(", ")
}

fn word(c: char) -> &'static str {
    const LETTERS: [&str; 26] = [
        "Alfa", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India", "Juliett", "Kilo",
        "Lima", "Mike", "November", "Oscar", "Papa", "Quebec", "Romeo", "Sierra", "Tango", "Uniform",
        "Victor", "Whiskey", "X-ray", "Yankee", "Zulu",
    ];
    const DIGITS: [&str; 10] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let place = |first: char| usize::try_from(u32::from(c.to_ascii_uppercase()) - u32::from(first));
    match c {
        'a'..='z' | 'A'..='Z' => place('A').ok().and_then(|at| LETTERS.get(at)).copied().unwrap_or_default(),
        '0'..='9' => place('0').ok().and_then(|at| DIGITS.get(at)).copied().unwrap_or_default(),
        '-' => "dash",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_has_its_word() {
        assert_eq!(aloud("WDJB-7h"), "W Whiskey, D Delta, J Juliett, B Bravo, dash, 7 seven, h Hotel");
        let all: String = ('A'..='Z').chain('0'..='9').collect();
        for (c, word) in spelled(&all) {
            assert!(
                word.to_uppercase().starts_with(c) || c.is_ascii_digit() && !word.is_empty(),
                "{c} {word}"
            );
        }
        assert_eq!(aloud("É 1"), "É, 1 one");
    }
}
