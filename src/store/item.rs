//! One item of the desktop's keyring, as another program finds it: by service and user name.

use zeroize::Zeroizing;

use super::keyring;
use crate::foreign::Text;

/// Whether a keyring answers: a word without meaning is written, read back and removed.
pub async fn probe() -> Result<(), Text> {
    keyring::probe().await.map_err(|silence| silence.why)
}

/// Writes it, and reads back what was written.
pub async fn put(service: &'static str, user: &str, secret: Zeroizing<String>) -> Result<(), Text> {
    keyring::put_item(service, user, secret).await
}

/// Reads it, if it is there.
pub async fn get(service: &'static str, user: &str) -> Result<Option<Zeroizing<String>>, Text> {
    keyring::get_item(service, user).await
}

/// Removes it; whether it was there.
pub async fn remove(service: &'static str, user: &str) -> Result<bool, Text> {
    keyring::remove_item(service, user).await
}
