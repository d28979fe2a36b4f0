//! The labels of the doctor's screen.

/// While it looks: how many checks are done, and how many of them have something to say.
pub fn looking(done: usize, wrong: usize) -> String {
    format!("Looking: {done} checks done, {wrong} with something to say so far")
}

/// Before the first look.
pub const NOT_LOOKED: &str = "Nothing was looked at";
/// Other checks that follow from one.
pub const ALSO: &str = "Also";

/// How long a look ago was, or that it is under way.
pub fn checked(looking: bool, seconds: u64) -> String {
    match (looking, seconds) {
        (true, _) => "Looking now; it takes up to 14 s.".into(),
        (false, 0..=4) => "Checked just now.".into(),
        (false, seconds @ 5..=119) => format!("Checked {seconds} s ago."),
        (false, seconds) => format!("Checked {} min ago.", seconds / 60),
    }
}

/// How many checks follow from one.
pub fn follow(count: usize) -> String {
    if count == 1 { "one more follows from it".into() } else { format!("{count} more follow from it") }
}

/// What a check follows from.
pub fn follows_from(root: &str) -> String {
    format!("it follows from {root}")
}
