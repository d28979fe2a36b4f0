//! Schedules of five fields, as cron writes them: minute, hour, day of the month, month, day of the week.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// The lowest and highest value of each field. Sunday is 0 and 7.
const RANGES: [(u32, u32); 5] = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];
const MONTHS: &str = "jan feb mar apr may jun jul aug sep oct nov dec";
const DAYS: &str = "sun mon tue wed thu fri sat";
/// The days looked through for the next run: leap days come at least every eight years.
const DAYS_AHEAD: u32 = 366 * 8;

/// When something is due, in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// A bit for each value of each field.
    fields: [u64; 5],
    /// Whether day of the month and day of the week are both narrowed: then either will do.
    either_day: bool,
}

impl Schedule {
    /// Reads a schedule, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = match text {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => other,
        };
        let parts: Vec<_> = text.split_whitespace().collect();
        let parts: [&str; 5] = parts
            .as_slice()
            .try_into()
            .map_err(|_| format!("expected exactly 5 fields, found {}: [{text}]", parts.len()))?;
        let mut fields = [0; 5];
        for ((bits, part), (place, range)) in fields.iter_mut().zip(parts).zip(RANGES.into_iter().enumerate())
        {
            for item in part.split(',') {
                *bits |= values(item, place, range)
                    .ok_or_else(|| format!("failed to parse {item:?} in {text:?}"))?;
            }
        }
        if let Some(days) = fields.last_mut() {
            *days |= *days >> 7 & 1;
        }
        let [_, _, day, _, weekday] = parts;
        Ok(Self { fields, either_day: !day.starts_with('*') && !weekday.starts_with('*') })
    }

    fn has(&self, field: usize, value: i8) -> bool {
        self.fields.get(field).is_some_and(|bits| bits >> value & 1 == 1)
    }

    fn is_day(&self, at: DateTime) -> bool {
        let (day, weekday) = (self.has(2, at.day()), self.has(4, at.weekday().to_sunday_zero_offset()));
        self.has(3, at.month()) && if self.either_day { day || weekday } else { day && weekday }
    }

    /// The first moment after that one; nothing if there is none, as on a 30th of February.
    pub fn after(&self, moment: Timestamp) -> Option<Timestamp> {
        let mut at = moment.to_zoned(TimeZone::UTC).datetime().checked_add(1.minute()).ok()?;
        at = at.with().second(0).subsec_nanosecond(0).build().ok()?;
        for _ in 0..DAYS_AHEAD {
            let today = at.date();
            while self.is_day(at) && at.date() == today {
                if self.has(1, at.hour()) && self.has(0, at.minute()) {
                    return at.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
                }
                at = at.checked_add(1.minute()).ok()?;
            }
            if at.date() == today {
                at = today.tomorrow().ok()?.at(0, 0, 0, 0);
            }
        }
        None
    }
}

/// The values of `*`, `5`, `1-5`, `*/2`, `1-5/2` or a name, as bits.
fn values(item: &str, place: usize, (low, high): (u32, u32)) -> Option<u64> {
    let (range, step) = match item.split_once('/') {
        Some((range, step)) => (range, step.parse().ok().filter(|step| *step > 0)?),
        None => (item, 1_usize),
    };
    let names = match place {
        3 => MONTHS,
        4 => DAYS,
        _ => "",
    };
    let value = |text: &str| {
        let named = names.split(' ').position(|name| !name.is_empty() && name.eq_ignore_ascii_case(text));
        let named = named.and_then(|at| u32::try_from(at).ok()).map(|at| at + low);
        named.or_else(|| text.parse().ok()).filter(|value| (low..=high).contains(value))
    };
    let (from, to) = match range.split_once('-') {
        _ if matches!(range, "*" | "?") => (low, high),
        Some((from, to)) => (value(from)?, value(to)?),
        None if item.contains('/') => (value(range)?, high),
        None => (value(range)?, value(range)?),
    };
    (from <= to).then(|| (from..=to).step_by(step).fold(0, |bits, value| bits | 1 << value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_run_is_the_first_that_fits() {
        let from: Timestamp = "2026-02-27T10:07:30Z".parse().expect("a time");
        for (schedule, next) in [
            ("* * * * *", "2026-02-27T10:08:00Z"),
            ("*/15 * * * *", "2026-02-27T10:15:00Z"),
            ("@hourly", "2026-02-27T11:00:00Z"),
            ("30 9 * * mon-fri", "2026-03-02T09:30:00Z"),
            ("0 0 1,15 * *", "2026-03-01T00:00:00Z"),
            ("0 0 29 feb *", "2028-02-29T00:00:00Z"),
            ("0 12 1 * 7", "2026-03-01T12:00:00Z"),
        ] {
            let found = Schedule::parse(schedule).expect(schedule).after(from);
            assert_eq!(found, next.parse().ok(), "{schedule}");
        }
        assert_eq!(Schedule::parse("0 0 30 2 *").expect("readable").after(from), None);
    }

    #[test]
    fn a_schedule_that_is_none_is_refused() {
        for wrong in
            ["", "* * * *", "60 * * * *", "5-1 * * * *", "*/0 * * * *", "a * * * *", "@often", "* * 0 * *"]
        {
            assert!(Schedule::parse(wrong).is_err(), "{wrong}");
        }
    }
}
