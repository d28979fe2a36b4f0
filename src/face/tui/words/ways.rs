//! The labels of the ways to sign in.

use super::{APPROVE_ONLY, asker, good_for};
use crate::wizard::Wizard;

/// Over the field of a token.
pub const TOKEN_TITLE: &str = "Sign in with a token that was issued to you";
/// What to do with such a token.
pub const TOKEN_MORE: &str = "Paste it, or type it, and press Enter.";
/// Over the field of the address at which a browser ended.
pub const ADDRESS_TITLE: &str = "Paste the address at which the browser ended";
/// What that address looks like.
pub const ADDRESS_MORE: &str = "It begins with http://127.0.0.1 and the browser could not open it, which is as it \
                                should be. Copy all of it from the browser's address line.";
/// What becomes of the letters.
pub const NOT_SHOWN: &str = "What you enter is not shown, and stands in no log.";
/// Before the dots.
pub const ENTERED: &str = "Entered:";
/// Over an address that no browser here opens.
pub const BROWSER_TITLE: &str = "Open this in any browser, and sign in";
/// Over an address that a browser here opens.
pub const BROWSER_OPENED: &str = "Sign in with the browser that opens now";
/// What the browser here does afterwards.
pub const COMES_BACK: &str = "It comes back here by itself. If none opens, open this address:";
/// What to do with a browser elsewhere.
pub const ELSEWHERE: &str = "At the end it comes to a page at 127.0.0.1 that it cannot open. Copy that page's address, \
                             and paste it here.";
/// The same beside a browser here.
pub const ELSEWHERE_TOO: &str =
    "From another device it cannot come back: paste the address here at which it ends.";
/// Where the address does not fit.
pub const LONG_ADDRESS: &str = "The address is too long to be shown here: u copies it.";
/// Over the ways.
pub const OTHER_WAYS: &str = "Other ways to sign in:";
/// Over the sentence for an administrator.
pub const TO_ADMINISTRATOR: &str = "To have codes allowed, send this to an administrator:";

/// Who asks, and that nobody else's sign-in is approved.
pub fn only_yours(wizard: &Wizard) -> String {
    format!("{APPROVE_ONLY} {}", asker(wizard))
}

/// How long a code is good for, and whether it is one that took the place of another.
pub fn renewed_for(wizard: &Wizard, seconds: u64) -> String {
    let new = if wizard.sign_in.codes > 1 { "a new code, " } else { "" };
    format!("{new}{}", good_for(seconds))
}

/// With a capital first letter.
pub fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
