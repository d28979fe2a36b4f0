//! Numbers and spans of time in plain words.

use jiff::{SignedDuration, Timestamp};

/// `1 pod`, `2 pods`.
pub(super) fn many(count: i64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// `42 s`, `3 min 5 s`, `2 h 10 min`. Never negative.
pub(super) fn span(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// `, for 42 s now`; nothing where the beginning is not known.
pub(super) fn lasting(since: Option<Timestamp>, now: Timestamp) -> String {
    since.map_or_else(String::new, |since| format!(", for {} now", span(now.duration_since(since))))
}

/// `has been running for 42 s`; without the time where the beginning is not known.
pub(super) fn running(since: Option<Timestamp>, now: Timestamp) -> String {
    since.map_or_else(
        || "is running".to_owned(),
        |since| format!("has been running for {}", span(now.duration_since(since))),
    )
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// Reads Go's way of writing a duration (`10s`, `2m40s`, `1h0m0s`) at the start of `text`.
pub(super) fn go_duration(text: &str) -> Option<SignedDuration> {
    let mut seconds = 0_i64;
    let mut digits = String::new();
    let mut any = false;
    for letter in text.chars() {
        let unit = match letter {
            '0'..='9' => {
                digits.push(letter);
                continue;
            }
            'h' => 3600,
            'm' => 60,
            's' => 1,
            _ => break,
        };
        let Ok(number) = digits.parse::<i64>() else { break };
        seconds = number.checked_mul(unit)?.checked_add(seconds)?;
        digits.clear();
        any = true;
    }
    any.then(|| SignedDuration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_plainly() {
        let says = [0, 42, 60, 185, 3600, 7800, -3].map(|seconds| span(SignedDuration::from_secs(seconds)));
        assert_eq!(says, ["0 s", "42 s", "1 min", "3 min 5 s", "1 h", "2 h 10 min", "0 s"]);
    }

    #[test]
    fn go_durations_are_read() {
        let read = |text| go_duration(text).map(|duration| duration.as_secs());
        let seconds =
            ["10s restarting", "2m40s", "5m0s", "1h0m0s", "soon", "99999999999999999999s", ""].map(read);
        assert_eq!(seconds, [Some(10), Some(160), Some(300), Some(3600), None, None, None]);
    }
}
