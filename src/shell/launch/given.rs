//! A token that was issued elsewhere and given by file.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use crate::error::Fault;
use crate::foreign::Text;
use crate::secret::{Audience, Secret, SecretRef, Vault};

/// The most that a token file may hold, in bytes.
const TOKEN_LIMIT: u64 = 64 * 1024;

/// Reads one.
pub(in crate::shell) fn token(path: &Path, vault: &Vault, origin: &str) -> Result<SecretRef, Fault> {
    let bad = |why: &str| Fault::TokenFile { path: Text::new(&path.display().to_string()), why: why.into() };
    let mut text = Zeroizing::new(String::new());
    let read = if path == Path::new("-") {
        io::stdin().take(TOKEN_LIMIT).read_to_string(&mut text)
    } else {
        fs::File::open(path).and_then(|file| file.take(TOKEN_LIMIT).read_to_string(&mut text))
    };
    read.map_err(|error| bad(&error.to_string()))?;
    let token = text.trim();
    if token.is_empty() {
        return Err(bad("it is empty"));
    }
    // RFC 6750 §2.1: a bearer is one word of visible characters.
    if !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(bad("it holds more than one word, or characters that no token has"));
    }
    Ok(vault.keep(Secret::new(token, Audience::session(origin))))
}
