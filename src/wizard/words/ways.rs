//! The sentences about the ways to sign in.

use super::spell_hint;
use crate::foreign::Text;
use crate::model::{Route, Unfit};
use crate::wizard::Wizard;
use crate::wizard::effect::Order;

use super::request;

/// How a run without anybody to ask takes a token.
pub const TOKEN_FLAGS: &str = "To sign in with an issued token instead of a code: --token-file FILE, --token-file - \
                               for standard input, or LANDFALL_TOKEN_FILE in the environment.";
/// The question of a line face where a way is to be chosen.
pub const WHICH_WAY: &str = "How do you want to sign in?";
/// Over the field of a token.
pub const ENTER_TOKEN: &str = "Paste the token that was issued to you. What you enter is not shown.";
/// Over the field of an address.
pub const ENTER_ADDRESS: &str = "A browser elsewhere ends at a page of 127.0.0.1 that it cannot open, which is as it \
                                 should be: paste all of that page's address. What you enter is not shown.";
/// The way out of such a field.
pub const ENTER_BACK: &str = "Enter alone goes back.";
/// The way out of it was taken.
pub const STILL_WAITS: &str = "The code above still waits for its approval.";

/// A way to sign in, as a row.
pub fn way(way: Route) -> &'static str {
    match way {
        Route::Device => "ask for a code again",
        Route::Token => "use a token that was issued to me",
        Route::Browser => "sign in with any browser",
    }
}

/// A way in one word, as it may be typed.
pub fn way_word(way: Route) -> &'static str {
    match way {
        Route::Device => "code",
        Route::Token => "token",
        Route::Browser => "browser",
    }
}

/// What a line face says below a code.
pub fn beside_code(person: &str, others: &[Route]) -> String {
    let others = by_number(others).map(|others| format!(" {others}")).unwrap_or_default();
    spell_hint(person, &others)
}

/// The ways that can be taken by typing a number, if there are any.
pub fn by_number(others: &[Route]) -> Option<String> {
    let rows: Vec<String> =
        others.iter().enumerate().map(|(at, other)| format!("{}) {}", at + 1, way(*other))).collect();
    (!rows.is_empty()).then(|| format!("To sign in another way, type its number: {}.", rows.join("; ")))
}

/// A sentence that is to be sent to an administrator.
pub fn to_send(request: &str) -> Text {
    Text::within(&format!("To have codes allowed, send this to an administrator: {request}"), 600)
}

/// Why what was entered cannot be used, and what to enter instead.
pub fn unfit(unfit: Unfit) -> &'static str {
    match unfit {
        Unfit::Nothing => "Nothing was entered.",
        Unfit::TooLong => "That is too long to be one. Clear it with Ctrl-U, and paste it once.",
        Unfit::NoToken => {
            "That is no token: it holds more than one word, or letters that no token has. Copy it once more."
        }
        Unfit::NoAddress => {
            "That is no address. Copy all of the browser's address line, from http://127.0.0.1 on."
        }
        Unfit::CodeAlone => {
            "That looks like the code alone. Copy all of the browser's address line, from http://127.0.0.1 on."
        }
        Unfit::NotOpened => {
            "That is the address to open. Open it, sign in there, and copy the address at which the browser ends."
        }
        Unfit::NoAnswer => {
            "That address carries no answer. Sign in first; the browser then ends at one that does, at 127.0.0.1."
        }
        Unfit::OtherSignIn => {
            "That address answers another sign-in. Open the address shown here, and copy where that one ends."
        }
        Unfit::OtherIssuer => {
            "That answer does not come from this profile's provider, so it is not used. Tell your administrator."
        }
        Unfit::Over => "The sign-in that this address answers is over. Begin anew.",
    }
}

/// No browser could be opened here.
pub fn not_opened(why: &str) -> String {
    format!("No browser could be opened here ({why}). Open the address yourself, on any device.")
}

/// What an order copies to the terminal's clipboard.
pub fn copied(wizard: &Wizard, order: &Order) -> Option<String> {
    let sign_in = &wizard.sign_in;
    match order {
        Order::CopyCode => Some(sign_in.grant()?.user_code.shown().to_owned()),
        Order::CopyUrl => Some(sign_in.address()?.shown().to_owned()),
        Order::CopyRequest => {
            sign_in.request().or_else(|| Some(request(sign_in.grant()?, &wizard.setup.host)))
        }
        _ => None,
    }
}
