//! Where a machine may stand: the zones of the location vocabulary, their names, search, and a first guess.
//!
//! Everything is compiled in, so that a machine without a network or time-zone files can answer. The table is
//! only advice: the server is the judge of which keys it takes.

mod guess;
mod search;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::model::ZoneKey;

pub use guess::{Guess, guess};
pub use search::search;

const KEYS: &str = include_str!("../assets/zone-keys.txt");
const COUNTRIES: &str = include_str!("../assets/locations/countries.txt");
const COORDINATES: &str = include_str!("../assets/locations/coordinates.txt");
const REGIONS: &str = include_str!("../assets/locations/cloud-regions.txt");
const LAND: &str = include_str!("../assets/locations/land.txt");
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

/// Where the map marks a zone, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// North of the equator.
    pub latitude: f64,
    /// East of Greenwich.
    pub longitude: f64,
}

/// Where a zone lies: its largest place, or about its middle.
pub fn place(key: &str) -> Option<Place> {
    lines(COORDINATES).find_map(|line| {
        let mut columns = line.split('\t');
        let (zone, latitude, longitude) = (columns.next()?, columns.next()?, columns.next()?);
        let place = || Some(Place { latitude: latitude.parse().ok()?, longitude: longitude.parse().ok()? });
        (zone == key).then(place)?
    })
}

/// The land of the world, point by point: longitude and latitude, in degrees.
pub fn land() -> &'static [(f64, f64)] {
    static LAND_POINTS: LazyLock<Vec<(f64, f64)>> = LazyLock::new(read_land);
    &LAND_POINTS
}

/// Degrees from one point of the land to the next.
const GRID: f64 = 2.5;
/// The northern edge of the grid, in degrees.
const NORTH: f64 = 80.0;

#[expect(clippy::cast_precision_loss, reason = "a few hundred points")]
fn read_land() -> Vec<(f64, f64)> {
    let middle = |at: usize| (at as f64 + 0.5) * GRID;
    // Land is written as `#`, so only a comment's blank tells it from a row.
    let rows = LAND.lines().filter(|line| !line.starts_with("# ")).enumerate();
    let points = rows.flat_map(|(row, line)| {
        let land = line.bytes().enumerate().filter(|(_, byte)| *byte == b'#');
        land.map(move |(column, _)| (middle(column) - 180.0, NORTH - middle(row)))
    });
    // The map's western edge lies east of the date line, so that no land is cut there.
    points.map(|(x, y)| (if x < -170.0 { x + 360.0 } else { x }, y)).collect()
}

/// The zone of a cloud's region: `aws` `eu-central-1`, `gcp` `europe-west3`, `azure` `westeurope`.
pub fn of_region(provider: &str, region: &str) -> Option<ZoneKey> {
    lines(REGIONS).find_map(|line| {
        let mut columns = line.split('\t');
        let found = columns.next()? == provider && columns.next()? == region;
        found.then(|| columns.next()?.parse().ok())?
    })
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
    fn every_zone_has_a_place_and_every_region_a_zone() {
        for zone in all() {
            let place = place(zone.key).unwrap_or_else(|| panic!("{zone:?} has no place"));
            assert!(place.latitude.abs() <= 90.0 && place.longitude.abs() <= 180.0, "{zone:?}");
        }
        let mut seen = BTreeSet::new();
        for line in lines(REGIONS) {
            let [provider, region, key] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
            assert!(find(key).is_some(), "{line}");
            assert_eq!(of_region(provider, region).unwrap().to_string(), key);
            assert!(seen.insert((provider, region)), "{line} stands twice");
        }
        assert!(seen.len() > 130, "{}", seen.len());
        assert_eq!([of_region("aws", "westeurope"), of_region("aws", "")], [None, None]);
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
