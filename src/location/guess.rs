//! A first guess from the machine's time zone. It settles a country at most, never a zone below one.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{find, lines};
use crate::model::ZoneKey;

/// Time zones and their countries, for machines without a `zone.tab` of their own.
const TIME_ZONES: &str = include_str!("../../assets/locations/time-zones.txt");

/// A proposed location, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guess {
    /// The zone.
    pub zone: ZoneKey,
    /// For a sentence: "the time zone Europe/Berlin (/etc/localtime)".
    pub source: String,
}

/// The country of the machine's time zone, if the vocabulary has it as a whole.
///
/// Asked in turn: `TZ`, the target of the link `/etc/localtime`, `/etc/timezone`; the first one that names a
/// place wins. UTC and its kin name none. `zone_tab` is the system's own table of that name, if it has one.
pub fn guess(
    tz_env: Option<&str>,
    localtime_link: Option<&Path>,
    etc_timezone: Option<&str>,
    zone_tab: Option<&str>,
) -> Option<Guess> {
    let link = localtime_link.and_then(Path::to_str);
    let named = [
        (tz_env.map(|tz| tz.strip_prefix(':').unwrap_or(tz)), "TZ"),
        (link, "/etc/localtime"),
        (etc_timezone, "/etc/timezone"),
    ];
    named.into_iter().find_map(|(raw, place)| {
        let name = zone_name(raw?);
        let country = zone_tab.and_then(|tab| listed(tab, name)).or_else(|| bundled(name))?;
        let zone = find(country)?.key.parse().ok()?;
        Some(Guess { zone, source: format!("the time zone {name} ({place})") })
    })
}

/// The name within a path such as `/usr/share/zoneinfo/posix/Europe/Berlin`.
fn zone_name(raw: &str) -> &str {
    let raw = raw.trim();
    let name = raw.split_once("zoneinfo/").map_or(raw, |(_, name)| name);
    ["posix/", "right/"].into_iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name)
}

/// The country of a time zone by tzdata's `zone.tab`: country, coordinates, name.
fn listed<'a>(tab: &'a str, name: &str) -> Option<&'a str> {
    lines(tab).find_map(|line| {
        let mut columns = line.split('\t');
        let country = columns.next()?;
        (columns.nth(1)? == name).then_some(country)
    })
}

fn bundled(name: &str) -> Option<&'static str> {
    lines(TIME_ZONES)
        .find_map(|line| line.split_once('\t').filter(|(zone, _)| *zone == name))
        .map(|row| row.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(tz: Option<&str>, link: Option<&str>, etc: Option<&str>) -> Option<(String, String)> {
        let guess = guess(tz, link.map(Path::new), etc, None)?;
        Some((guess.zone.to_string(), guess.source))
    }

    #[test]
    fn the_first_source_that_names_a_place_wins() {
        let berlin = "../usr/share/zoneinfo/Europe/Berlin";
        for (tz, link, etc, expected) in [
            (Some("Europe/Paris"), Some(berlin), None, Some(("FR", "Europe/Paris (TZ)"))),
            (Some(":Europe/Paris"), None, None, Some(("FR", "Europe/Paris (TZ)"))),
            (Some("/usr/share/zoneinfo/Europe/Paris"), None, None, Some(("FR", "Europe/Paris (TZ)"))),
            (None, Some(berlin), Some("Asia/Tokyo"), Some(("DE", "Europe/Berlin (/etc/localtime)"))),
            (
                None,
                Some("/usr/share/zoneinfo/posix/Europe/Berlin"),
                None,
                Some(("DE", "Europe/Berlin (/etc/localtime)")),
            ),
            (
                None,
                Some("/var/db/timezone/zoneinfo/Europe/Berlin"),
                None,
                Some(("DE", "Europe/Berlin (/etc/localtime)")),
            ),
            (None, None, Some("Asia/Tokyo\n"), Some(("JP", "Asia/Tokyo (/etc/timezone)"))),
            // Neither a rule nor UTC says where.
            (Some("CET-1CEST"), Some(berlin), None, Some(("DE", "Europe/Berlin (/etc/localtime)"))),
            (Some("UTC"), Some("/usr/share/zoneinfo/Etc/UTC"), Some("Etc/UTC"), None),
            (Some("Etc/GMT+5"), None, Some("Zulu"), None),
            (None, Some("/etc/localtime.bak"), None, None),
            (Some("\u{1b}[2JEurope/Berlin"), None, None, None),
            (None, None, None, None),
        ] {
            let expected = expected.map(|(key, from)| (key.to_owned(), format!("the time zone {from}")));
            assert_eq!(guessed(tz, link, etc), expected, "{tz:?} {link:?} {etc:?}");
        }
    }

    #[test]
    fn a_country_is_guessed_only_as_a_whole() {
        for (name, country) in [
            ("US/Eastern", Some("US")),
            ("America/Los_Angeles", Some("US")),
            ("Asia/Calcutta", Some("IN")),
            ("Europe/Oslo", Some("NO")),
            ("Iceland", Some("IS")),
            ("Atlantic/Canary", Some("ES")),
            // Chile has zones below it only; the Vatican has none.
            ("America/Santiago", None),
            ("Chile/Continental", None),
            ("Europe/Vatican", None),
        ] {
            let got = guessed(Some(name), None, None).map(|(key, _)| key);
            assert_eq!(got.as_deref(), country, "{name}");
        }
    }

    #[test]
    fn the_systems_own_table_comes_first() {
        let tab = "# comment\nDE\t+5230+01322\tEurope/Berlin\tmost of Germany\nAT\t+4813+01620\tNew/Zone\n";
        let country = |name| guess(Some(name), None, None, Some(tab)).map(|guess| guess.zone.to_string());
        assert_eq!(country("New/Zone").as_deref(), Some("AT"));
        assert_eq!(country("Europe/Berlin").as_deref(), Some("DE"));
        assert_eq!(country("Europe/Paris").as_deref(), Some("FR"));
        assert_eq!(country("most of Germany"), None);
    }
}
