//! Where a machine may stand: the zones of the location vocabulary, their names, search, and a first guess.
//!
//! Everything is compiled in, so that a machine without a network or time-zone files can answer. The table is
//! only advice: the server is the judge of which keys it takes.

mod guess;
mod search;

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub use guess::{Guess, guess};
pub use search::search;

const KEYS: &str = include_str!("../assets/zone-keys.txt");
const COUNTRIES: &str = include_str!("../assets/locations/countries.txt");
const SUB_ZONES: &str = include_str!("../assets/locations/sub-zones.txt");

/// A zone of the vocabulary, for example `US-CAL-CISO`, California (CAISO), United States.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone {
    /// The key, as the server takes it.
    pub key: &'static str,
    /// Its name; for a whole country the country's.
    pub name: &'static str,
    /// The country it lies in.
    pub country: &'static str,
}

/// Every zone, by key; a country stands before the zones below it.
pub fn all() -> &'static [Zone] {
    static ALL: LazyLock<Vec<Zone>> = LazyLock::new(read);
    &ALL
}

/// The zone with exactly that key.
pub fn find(key: &str) -> Option<&'static Zone> {
    let at = all().binary_search_by(|zone| zone.key.cmp(key)).ok()?;
    all().get(at)
}

fn read() -> Vec<Zone> {
    let countries = table(COUNTRIES);
    let sub_zones = table(SUB_ZONES);
    let keys = lines(KEYS).flat_map(str::split_whitespace);
    let zone = |key: &'static str| {
        let code = key.split('-').next().unwrap_or(key);
        let country = countries.get(code).copied().unwrap_or(code);
        let own = if key == code { Some(country) } else { sub_zones.get(key).copied() };
        Zone { key, name: own.unwrap_or(key), country }
    };
    let mut zones: Vec<Zone> = keys.map(zone).collect();
    zones.sort_unstable_by_key(|zone| zone.key);
    zones.dedup();
    zones
}

/// A bundled table: a word and the rest of its line.
fn table(text: &'static str) -> BTreeMap<&'static str, &'static str> {
    let rows = lines(text).filter_map(|line| line.split_once(char::is_whitespace));
    rows.map(|(word, rest)| (word, rest.trim())).collect()
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::ZoneKey;

    #[test]
    fn every_key_is_well_formed_and_has_a_name_and_a_country() {
        assert_eq!(all().len(), 379);
        for zone in all() {
            assert!(zone.key.parse::<ZoneKey>().is_ok(), "{zone:?}");
            assert!(zone.name != zone.key && !zone.country.is_empty(), "{zone:?}");
            assert_ne!(zone.country, zone.key.split('-').next().unwrap(), "{zone:?}");
            assert_eq!(find(zone.key), Some(zone));
        }
    }

    #[test]
    fn no_name_is_written_for_a_key_that_does_not_exist_or_twice() {
        let keys: Vec<&str> = lines(SUB_ZONES).filter_map(|line| line.split_whitespace().next()).collect();
        let unique: BTreeSet<&str> = keys.iter().copied().collect();
        let below: BTreeSet<&str> =
            all().iter().map(|zone| zone.key).filter(|key| key.contains('-')).collect();
        assert_eq!((unique, keys.len()), (below, 160));
        let mut names: Vec<_> = all().iter().map(|zone| (zone.name, zone.country)).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 379);
    }

    #[test]
    fn a_zone_knows_its_name_and_country() {
        for (key, name, country) in [
            ("DE", "Germany", "Germany"),
            ("US-CAL-CISO", "California (CAISO)", "United States"),
            ("AX", "Åland Islands", "Åland Islands"),
            ("XK", "Kosovo", "Kosovo"),
            ("CL-SEN", "Mainland Chile (national grid)", "Chile"),
        ] {
            assert_eq!(find(key), Some(&Zone { key, name, country }));
        }
        assert_eq!([find("CL"), find("de"), find("ZZ"), find("")], [None; 4]);
    }
}
