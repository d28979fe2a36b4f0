//! What a person is about to be shown of a grant (RFC 8628 §3.2), checked: it can be read, it is safe to open,
//! and it gives nothing away (§5.4).

use std::time::Duration;

use url::Url;

use crate::backend::Begun;
use crate::foreign::Text;
use crate::http::is_loopback;
use crate::model::{Address, Grant, Trust, UserCode};
use crate::secret::{Audience, Secret, Vault};

/// The longest user code that is shown, in characters.
const USER_CODE: usize = 24;
/// The longest device code that is taken, in bytes.
const DEVICE_CODE: usize = 8 * 1024;

/// The checked parts.
struct Shown {
    user_code: UserCode,
    address: Url,
    complete: Option<Url>,
}

impl Shown {
    /// With how long the code is good for, and how long to wait between polls.
    fn grant(self, expires_in: Duration, interval: Duration) -> Grant {
        Grant {
            user_code: self.user_code,
            verification_uri: Address::new(self.address.as_str()),
            complete: self.complete.map(|url| Address::new(url.as_str())),
            expires_in,
            interval,
        }
    }
}

/// What a server handed out for a device grant, whatever it calls that.
pub struct Handed {
    /// The secret that is polled with.
    pub device_code: Option<String>,
    /// The code to type.
    pub user_code: Option<String>,
    /// The address to open.
    pub address: Option<String>,
    /// The same with the code in it.
    pub complete: Option<String>,
}

impl Handed {
    /// Checks what a person is about to be shown (RFC 8628 §3.2, §5.4), and puts the device code away, for that
    /// audience. `life` and `interval` are the code's.
    pub fn begun(
        self,
        base: &Url,
        trust: &Trust,
        (life, interval): (Duration, Duration),
        (vault, audience): (&Vault, Audience),
    ) -> Result<Begun, Text> {
        let device_code = self.device_code.unwrap_or_default();
        if device_code.is_empty() || device_code.len() > DEVICE_CODE {
            return Err("it holds no usable device code".into());
        }
        let shown = shown(
            base,
            |host| trust.allows(host),
            &device_code,
            &self.user_code.unwrap_or_default(),
            &self.address.unwrap_or_default(),
            self.complete.as_deref(),
        )?;
        let device_code = vault.keep(Secret::new(device_code, audience));
        Ok(Begun { grant: shown.grant(life, interval), device_code })
    }
}

/// Checks what the API at `base` wants to be shown. A person is sent to that host, or to one that the profile
/// allows: `allows` says which.
fn shown(
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
