//! The sentences that the shell itself says: around a run, and about files that it writes. What belongs to a run is
//! in `wizard/words.rs`, failures are in `error/`. `assets/words.md` says how a sentence is made.

use std::path::Path;

use crate::foreign::Text;

/// What to do about a cluster that is too old.
pub const NEWER_CLUSTER: &str = "Ask for a newer cluster, or choose another one with --context.";
/// A keyring takes its time.
pub const WAITING_FOR_PLACE: &str = "Waiting for the place where sessions are kept.";
/// Before a bundle is written.
pub const WRITE_THIS: &str = "Write this? [y/N] ";
/// No free name for a bundle is left.
pub const MANY_BUNDLES: &str = "There are many bundles here already: remove the old ones.";
/// No bundle was looked at.
pub const NOTHING_TO_WRITE: &str = "There is nothing to write.";
/// Both sides are well.
pub const NOTHING_AWAITED: &str = "nothing; both sides are well.";
/// Nothing was seen in the cluster so far.
pub const FIRST_LOOK_AWAITED: &str = "a first look at the workloads.";
/// The control plane does not hear from the machine.
pub const SIGN_OF_LIFE_AWAITED: &str = "a sign of life of this machine at the control plane.";

/// A kept session that this run leaves alone.
pub fn session_not_used(email: &Text, place: &Text, why: &Text) -> Text {
    format!("The session of {email} kept in {place} is not used: {why}.").into()
}

/// A session was renewed, and its place did not take the new one.
pub fn session_not_kept(place: &Text, why: &Text) -> Text {
    format!(
        "The session was renewed, but could not be kept in {place}: {why}. It goes on until this run ends; the next \
         run signs in anew."
    )
    .into()
}

/// A session took the place of another.
pub fn session_replaced(ended: bool) -> Text {
    let ended = if ended { "it is ended at the server" } else { "the server did not confirm its end" };
    format!("The session that was kept before is replaced; {ended}.").into()
}

/// In the log, instead of the code: whoever reads a code may approve with it.
pub fn code_was_shown(renewed: bool) -> String {
    format!("{} to sign in was shown.", if renewed { "A new code" } else { "A code" })
}

/// In the log, instead of the address that a browser is to open: it holds what only this run may know.
pub const ADDRESS_WAS_SHOWN: &str = "An address to sign in at was shown.";

/// The program ended by a panic, whose words may be foreign.
pub fn died(last: &Text) -> String {
    format!("A part of this program ended by a mistake of ours: {last}")
}

/// Work that was left when the time to finish was over.
pub fn left_unfinished(seconds: u64, left: &[&str]) -> String {
    format!("Left unfinished after {seconds} s: {}.", left.join(", "))
}

/// How a recorded run is shown again.
pub fn see_again(path: &str) -> String {
    format!("To see this run again: landfall replay {path}")
}

/// A file that was written. Its name is foreign: it may hold anything.
pub fn written_to(path: &Path, bytes: usize) -> Text {
    let words = format!("Written to {}, {bytes} bytes. Only you (and root) can read it.", path.display());
    Text::within(&words, 400)
}

/// Standard output takes nothing.
pub fn not_said(error: &std::io::Error) -> String {
    let why: Text = error.to_string().into();
    format!(
        "Failed: Standard output cannot be written to: {why}.\n  Next: Make room there, or send it elsewhere, and \
         run it again."
    )
}

/// A file that could not be made.
pub fn not_written_here(error: &std::io::Error) -> Text {
    format!("It cannot be written here: {error}.").into()
}

/// What a workload is.
pub fn row_is(name: &Text, state: &str) -> String {
    format!("{name} is {state}.")
}

/// How to learn more about the machine.
pub fn to_ask_the_control_plane(sign_in: &str) -> String {
    format!("To see what the control plane says, run: {sign_in}")
}

/// How to wait until it is well.
pub fn to_wait(again: &str) -> String {
    format!("To wait for it, run: {again} --wait")
}

/// How to go on with it.
pub fn to_go_on(enroll: &str) -> String {
    format!("To go on with it, or to enroll anew, run: {enroll}")
}

/// What a replay is of, and what it cannot show.
pub fn replay_of(run: &Text, began: jiff::Timestamp, version: &Text, full: bool, odd: usize) -> String {
    let odd = match odd {
        0 => String::new(),
        1 => " One line could not be read.".to_owned(),
        n => format!(" {n} lines could not be read."),
    };
    let full = if full { " It was cut when it reached its bounds." } else { "" };
    let left_out = crate::wizard::recording::LEFT_OUT;
    format!(
        "REPLAY of run {run}, begun {began}, by landfall {version}. Left out of recordings: {left_out}.{full}{odd}"
    )
}
