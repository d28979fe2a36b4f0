//! The labels of what comes after an enrollment: changing, leaving, looking back.

/// Marks every screen of a recording.
pub const REPLAY: &str = "REPLAY";
/// The keys of a replay.
pub const REPLAY_KEYS: (&str, &str) = ("q", "quit; no other key does anything in a replay");

/// At the end of a recording.
pub fn replay_over() -> String {
    format!("The recording ends here. Left out: {}.", crate::wizard::recording::LEFT_OUT)
}

/// Before a name being typed.
pub const NAME: &str = "Name:";

/// Over the field of a new name.
pub fn new_name(name: &str) -> String {
    format!("What is {name} to be called?")
}

/// Under it.
pub fn namespace_stays(namespace: &str) -> String {
    format!("Its namespace stays {namespace}, and so do its identity and its history.")
}

/// Over what retiring would do.
pub fn retire_title(name: &str) -> String {
    format!("Take {name} out of the fleet?")
}

/// Over the field of the confirmation.
pub fn type_to_retire(name: &str) -> String {
    format!("To retire it, type its name: {name}")
}

/// When it is over.
pub fn retired_title(name: &str, wholly: bool) -> String {
    if wholly { format!("{name} is retired.") } else { format!("{name} is retired in part.") }
}

/// Something that stays on purpose.
pub fn kept_one(name: &str) -> String {
    format!("Kept: {name}")
}

/// Something that is left to do.
pub fn left_one(what: &str) -> String {
    format!("Left to do: {what}.")
}

/// How it comes back.
pub const BACK_IN: &str = "Its row and history stay in the account. To bring it back, enroll it again.";
