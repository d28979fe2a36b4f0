//! What a person is about to be shown of a grant (RFC 8628 §3.2), checked: it can be read, it is safe to open,
//! and it gives nothing away (§5.4).

use std::time::Duration;

use url::Url;

use crate::foreign::Text;
use crate::http::is_loopback;
use crate::model::{Address, Grant, UserCode};

/// The longest user code that is shown, in characters.
const USER_CODE: usize = 24;

/// The checked parts.
pub struct Shown {
    user_code: UserCode,
    address: Url,
    complete: Option<Url>,
}

impl Shown {
    /// With how long the code is good for, and how long to wait between polls.
    pub fn grant(self, expires_in: Duration, interval: Duration) -> Grant {
        Grant {
            user_code: self.user_code,
            verification_uri: Address::new(self.address.as_str()),
            complete: self.complete.map(|url| Address::new(url.as_str())),
            expires_in,
            interval,
        }
    }
}

/// Checks what the API at `base` wants to be shown. A person is sent to that host, or to one that the profile
/// allows: `allows` says which.
pub fn shown(
    base: &Url,
    allows: impl Fn(&str) -> bool,
    device_code: &str,
    user_code: &str,
    address: &str,
    complete: Option<&str>,
) -> Result<Shown, Text> {
    let code = user_code.trim();
    if code.is_empty() || Text::within(code, USER_CODE).as_str() != code {
        return Err("its code to type is missing, too long, or holds characters that cannot be shown".into());
    }
    let address = openable(base, address)?;
    let host = address.host_str().unwrap_or_default();
    let here = is_loopback(base) && is_loopback(&address);
    if address.host() != base.host() && !here && !allows(host) {
        return Err(Text::from(format!(
            "its address to open lies at \"{host}\", a host that the profile does not name; if that is right, add \
             it to verification_hosts in the profile"
        )));
    }
    // Only a comfort: what is wrong with it costs the QR, not the sign-in.
    let complete = complete
        .and_then(|raw| openable(base, raw).ok())
        .filter(|complete| complete.origin() == address.origin());
    let leaks = |text: &str| text.contains(device_code);
    if leaks(code) || leaks(address.as_str()) || complete.as_ref().is_some_and(|url| leaks(url.as_str())) {
        return Err("it shows what must stay secret".into());
    }
    Ok(Shown { user_code: UserCode::new(code), address, complete })
}

/// An address that a person may be told to open: https, or loopback, and nothing that disguises the host.
/// Names outside ASCII come out in punycode.
fn openable(base: &Url, raw: &str) -> Result<Url, &'static str> {
    let url: Url = raw.parse().map_err(|_| "its address to open is not an address")?;
    let same_as_api = url.scheme() == "http" && base.scheme() == "http" && url.host() == base.host();
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) || same_as_api => {}
        _ => return Err("its address to open is not https"),
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err("its address to open names no host");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("its address to open holds a user name, which disguises the host");
    }
    if Text::new(url.as_str()).as_str() != url.as_str() {
        return Err("its address to open is too long, or holds characters that cannot be shown");
    }
    Ok(url)
}
