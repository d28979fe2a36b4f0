//! Fuzzy search in names: whatever contains every word that was typed, the best fit first; last, what only holds
//! a word's letters in order. Upper case and accents do not matter.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// A row as it is searched: folded once, when it comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Haystack {
    name: String,
    rest: String,
    letters: u64,
}

impl Haystack {
    /// A row by its name, and by whatever else finds it.
    pub fn new(name: &str, rest: &str) -> Self {
        let (name, rest) = (folded(name), folded(rest));
        let letters = letters(&name) | letters(&rest);
        Self { name, rest, letters }
    }
}

/// What was typed, word by word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needle {
    words: Vec<(String, u64)>,
}

// How well a word fits. A whole name, the start of a name, of a word in it; then anywhere; then the other fields.
const WHOLE: u32 = 120;
const START: u32 = 100;
const WORD_START: u32 = 90;
const WITHIN: u32 = 70;
const ELSEWHERE: u32 = 50;
/// The letters in order, side by side but for so many in between.
const SCATTERED: u32 = 40;

impl Needle {
    /// A query; words are parted by blanks.
    pub fn new(query: &str) -> Self {
        let words = query.split_whitespace().map(folded).filter(|word| !word.is_empty());
        Self { words: words.map(|word| (word.clone(), letters(&word))).collect() }
    }

    /// Whether everything fits.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// How well a row fits; nothing where a word does not fit at all. A longer query fits no row that a shorter
    /// one, of which it is a continuation, does not.
    pub fn score(&self, row: &Haystack) -> Option<u32> {
        let mut sum = 0;
        for (word, letters) in &self.words {
            // Most rows are passed over here.
            if row.letters & letters != *letters {
                return None;
            }
            sum += score(word, row)?;
        }
        Some(sum)
    }

    /// Which characters of a name, as it is shown, make it fit.
    pub fn marks(&self, name: &str) -> Vec<usize> {
        let shown = name.chars().enumerate();
        let folded: Vec<(usize, char)> = shown
            .flat_map(|(at, c)| {
                let mut bytes = [0; 4];
                let text: String = folded(c.encode_utf8(&mut bytes));
                text.chars().map(|c| (at, c)).collect::<Vec<_>>()
            })
            .collect();
        let mut marks: Vec<usize> = self.words.iter().flat_map(|(word, _)| found(&folded, word)).collect();
        marks.sort_unstable();
        marks.dedup();
        marks
    }
}

fn score(word: &str, row: &Haystack) -> Option<u32> {
    if let Some(at) = row.name.find(word) {
        let before = row.name.get(..at).and_then(|before| before.chars().next_back());
        return Some(match before {
            None if row.name.len() == word.len() => WHOLE,
            None => START,
            Some(c) if !c.is_alphanumeric() => WORD_START,
            Some(_) => WITHIN,
        });
    }
    if row.rest.contains(word) {
        return Some(ELSEWHERE);
    }
    let mut between = 0;
    let mut name = row.name.chars();
    for (at, wanted) in word.chars().enumerate() {
        let gap = name.position(|c| c == wanted)?;
        // What stands before the first letter says nothing about how close the letters are.
        between += if at == 0 { 0 } else { gap };
    }
    Some(SCATTERED.saturating_sub(u32::try_from(between).unwrap_or(u32::MAX)).max(1))
}

/// Where a word stands in a folded name, as places of the name as it is shown.
fn found(name: &[(usize, char)], word: &str) -> Vec<usize> {
    let word: Vec<char> = word.chars().collect();
    let whole = name.windows(word.len().max(1)).find(|window| window.iter().map(|(_, c)| c).eq(word.iter()));
    if let Some(window) = whole {
        return window.iter().map(|(at, _)| *at).collect();
    }
    let mut rest = name.iter();
    let letters: Option<Vec<usize>> =
        word.iter().map(|wanted| rest.find(|(_, c)| c == wanted).map(|(at, _)| *at)).collect();
    letters.unwrap_or_default()
}

/// A set of letters and digits, so that most rows are passed over without being read.
fn letters(text: &str) -> u64 {
    text.chars().fold(0, |set, c| {
        set | match c {
            'a'..='z' => 1 << (c as u32 - 'a' as u32),
            '0'..='9' => 1 << (26 + c as u32 - '0' as u32),
            _ => 1 << 36,
        }
    })
}

/// Lower case, without accents.
fn folded(text: &str) -> String {
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 7] =
        ["munich-radiology", "gpu-box-01", "São Paulo Edge", "Müller GmbH", "lab-a", "LAB-Alpha", "b-lab-a"];

    fn best(query: &str) -> Vec<&'static str> {
        let needle = Needle::new(query);
        let mut found: Vec<(u32, &str)> = NAMES
            .into_iter()
            .filter_map(|name| Some((needle.score(&Haystack::new(name, "DE Germany"))?, name)))
            .collect();
        found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        found.into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn the_best_fit_comes_first() {
        assert_eq!(best("lab-a"), ["lab-a", "LAB-Alpha", "b-lab-a"]);
        assert_eq!(best("SAO edge"), ["São Paulo Edge"]);
        assert_eq!(best("muller"), ["Müller GmbH"]);
        assert_eq!(best("mnrad"), ["munich-radiology"]);
        assert_eq!(best("germ gpu"), ["gpu-box-01"]);
        assert_eq!(best("xyz"), [""; 0]);
        assert_eq!(best("  ").len(), NAMES.len());
    }

    #[test]
    fn what_fits_is_marked_in_the_name_as_it_is_shown() {
        assert_eq!(Needle::new("pau edge").marks("São Paulo Edge"), [4, 5, 6, 10, 11, 12, 13]);
        assert_eq!(Needle::new("sao").marks("São Paulo"), [0, 1, 2]);
        assert_eq!(Needle::new("mnr").marks("munich-radiology"), [0, 2, 7]);
        assert_eq!(Needle::new("germany").marks("munich"), [0; 0]);
        assert_eq!(Needle::new("").marks("munich"), [0; 0]);
    }

    proptest::proptest! {
        #[test]
        fn a_longer_query_never_finds_more(name in ".{0,30}", query in ".{0,8}", more in ".{0,4}") {
            let row = Haystack::new(&name, "FR France");
            if Needle::new(&query).score(&row).is_none() {
                proptest::prop_assert_eq!(Needle::new(&format!("{query}{more}")).score(&row), None);
            }
        }

        #[test]
        fn marks_are_places_of_the_name(name in ".{0,30}", query in ".{0,8}") {
            let marks = Needle::new(&query).marks(&name);
            proptest::prop_assert!(marks.iter().all(|at| *at < name.chars().count()));
        }
    }
}
