//! Search over keys, names and countries.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;

use super::{Zone, all};

/// A zone with its words as they are compared.
struct Indexed {
    zone: &'static Zone,
    key: String,
    name: String,
    country: String,
}

/// How well a zone fits, best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Key,
    KeyStart,
    NameStart,
    CountryStart,
    WordStart,
    Within,
    Letters,
}

/// The zones that fit, best first: by key, then the start of a name, of a country, of any word; then anywhere
/// in the text, then its letters in order. Upper case and accents do not matter. Every zone for no query.
pub fn search(query: &str) -> Vec<&'static Zone> {
    static INDEX: LazyLock<Vec<Indexed>> = LazyLock::new(|| all().iter().map(indexed).collect());
    let query = folded(query.trim());
    let mut found: Vec<(Fit, &Zone)> =
        INDEX.iter().filter_map(|entry| Some((fit(entry, &query)?, entry.zone))).collect();
    found.sort_by_key(|(fit, _)| *fit);
    found.into_iter().map(|(_, zone)| zone).collect()
}

fn indexed(zone: &'static Zone) -> Indexed {
    Indexed { zone, key: folded(zone.key), name: folded(zone.name), country: folded(zone.country) }
}

/// The query as a whole, or, if that fits better, each of its words.
fn fit(entry: &Indexed, query: &str) -> Option<Fit> {
    let words: Option<Vec<Fit>> = query.split_whitespace().map(|word| fit_one(entry, word)).collect();
    let words = words.and_then(|fits| fits.into_iter().max());
    fit_one(entry, query).into_iter().chain(words).min()
}

fn fit_one(entry: &Indexed, word: &str) -> Option<Fit> {
    let Indexed { key, name, country, .. } = entry;
    let texts = [key, name, country];
    let starts_word = |text: &String| {
        let pieces = text.split(|c: char| !c.is_alphanumeric());
        pieces.into_iter().any(|piece| !piece.is_empty() && piece.starts_with(word))
    };
    if key == word {
        Some(Fit::Key)
    } else if key.starts_with(word) {
        Some(Fit::KeyStart)
    } else if name.starts_with(word) {
        Some(Fit::NameStart)
    } else if country.starts_with(word) {
        Some(Fit::CountryStart)
    } else if texts.into_iter().any(starts_word) {
        Some(Fit::WordStart)
    } else if texts.into_iter().any(|text| text.contains(word)) {
        Some(Fit::Within)
    } else if texts.into_iter().any(|text| letters_in_order(text, word)) {
        Some(Fit::Letters)
    } else {
        None
    }
}

fn letters_in_order(text: &str, word: &str) -> bool {
    let mut text = text.chars();
    word.chars().all(|wanted| text.any(|c| c == wanted))
}

/// Lower case, without accents.
fn folded(text: &str) -> String {
    text.nfkd().filter(|c| !is_mark(*c)).flat_map(char::to_lowercase).collect()
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(query: &str) -> Vec<&'static str> {
        search(query).into_iter().map(|zone| zone.key).collect()
    }

    #[test]
    fn the_best_fit_comes_first() {
        for (query, first) in [
            ("de", "DE"),
            ("GERM", "DE"),
            ("calif", "US-CAL-CISO"),
            ("us-tex", "US-TEX-ERCO"),
            ("ercot", "US-TEX-ERCO"),
            ("aland", "AX"),
            ("réunion", "RE"),
            ("new york", "US-NY-NYIS"),
            ("sweden stock", "SE-SE3"),
            ("kosovo", "XK"),
            ("gmny", "DE"),
        ] {
            assert_eq!(keys(query).first(), Some(&first), "{query}: {:?}", keys(query));
        }
    }

    #[test]
    fn a_country_comes_before_its_zones() {
        assert_eq!(keys("denmark"), ["DK", "DK-DK1", "DK-DK2"]);
        assert_eq!(keys("chile").first(), Some(&"CL-CHP"));
    }

    #[test]
    fn nothing_fits_nonsense_and_everything_fits_nothing() {
        assert_eq!(keys("qqqq"), Vec::<&str>::new());
        assert_eq!(keys("  ").len(), 379);
    }
}
