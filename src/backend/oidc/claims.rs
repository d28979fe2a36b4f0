//! What an ID token says, checked (OpenID Connect Core 3.1.3.7).
//!
//! Its signature is not verified: it comes straight from the token endpoint over TLS, whose check of the server
//! takes the signature's place (3.1.3.7, point 6). Nothing that came any other way is ever read here.

use jiff::Timestamp;
use serde_json::Value;

use crate::model::OidcClient;

/// How far two clocks may be apart, in seconds.
const LEEWAY: i64 = 60;
/// The longest subject (OpenID Connect Core 2).
const SUBJECT: usize = 255;

/// Who it is, as the token says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Claims {
    /// The subject: unique at the issuer, never given to anybody else.
    pub sub: String,
    /// A name to show.
    pub name: String,
    /// An e-mail address to show.
    pub email: String,
}

/// Checks an ID token for this client, seen from `now`; for a sign-in by a browser, with its `nonce`.
pub(super) fn check(
    token: &str,
    client: &OidcClient,
    now: Timestamp,
    nonce: Option<&str>,
) -> Result<Claims, &'static str> {
    let claims = payload(token).ok_or("its ID token cannot be read")?;
    if claims["iss"].as_str() != Some(client.issuer.as_str()) {
        return Err("its ID token is from another issuer");
    }
    let own = |value: &Value| value.as_str() == Some(client.client_id.as_str());
    let several = claims["aud"].as_array();
    if !(own(&claims["aud"]) || several.is_some_and(|all| all.iter().any(own))) {
        return Err("its ID token is meant for another client");
    }
    match &claims["azp"] {
        Value::Null if several.is_some_and(|all| all.len() > 1) => {
            return Err("its ID token is meant for several clients, and does not say whose it is");
        }
        Value::Null => {}
        azp if own(azp) => {}
        _ => return Err("its ID token was issued to another client"),
    }
    let expires = number(&claims["exp"]).ok_or("its ID token does not say when it runs out")?;
    if expires.saturating_add(LEEWAY) <= now.as_second() {
        return Err("its ID token has run out, by the server's own time");
    }
    if nonce.is_some_and(|nonce| claims["nonce"].as_str() != Some(nonce)) {
        return Err("its ID token belongs to another sign-in");
    }
    person(&claims).ok_or("its ID token names no subject")
}

/// The payload of a signed token.
pub(super) fn payload(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    serde_json::from_slice(&decode(payload)?).ok()
}

/// Who is meant, in claims whose origin was checked.
pub(super) fn person(claims: &Value) -> Option<Claims> {
    let text = |name: &str| claims[name].as_str().unwrap_or_default().to_owned();
    let sub = text("sub");
    let fits = !sub.is_empty() && sub.len() <= SUBJECT;
    let name = [text("name"), text("preferred_username")].into_iter().find(|name| !name.is_empty());
    fits.then(|| Claims { sub, name: name.unwrap_or_default(), email: text("email") })
}

fn number(value: &Value) -> Option<i64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a fraction of a second is of no account, and casts saturate"
    )]
    value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Base64 for addresses, without padding (RFC 7515, appendix C).
pub(super) fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            let index = usize::try_from(word >> (18 - 6 * place) & 63).unwrap_or(0);
            out.push(ALPHABET.get(index).copied().unwrap_or(b'A').into());
        }
    }
    out
}

/// The way back; padding is taken, anything else that does not belong there is not.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    if text.len() % 4 == 1 {
        return None;
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut word, mut bits) = (0u32, 0u32);
    for byte in text.bytes() {
        let value = ALPHABET.iter().position(|own| *own == byte)?;
        word = word << 6 | u32::try_from(value).ok()?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(word >> bits & 0xff).ok()?);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn client() -> OidcClient {
        OidcClient { issuer: "https://a.example".into(), client_id: "us".into(), ..OidcClient::default() }
    }

    fn token(claims: &Value) -> String {
        format!("{}.{}.sig", encode(b"{\"alg\":\"RS256\"}"), encode(claims.to_string().as_bytes()))
    }

    #[test]
    fn base64_goes_there_and_back() {
        for (plain, coded) in
            [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("\u{3ff}", "z78")]
        {
            assert_eq!(encode(plain.as_bytes()), coded);
            assert_eq!(decode(coded).as_deref(), Some(plain.as_bytes()));
        }
        assert_eq!(decode("Zg==").as_deref(), Some(b"f".as_slice()));
        for bad in ["Z", "Zm9v!", "Zm 9v", "Z+/="] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }

    #[test]
    fn each_claim_is_checked() {
        let now = Timestamp::from_second(1_000).unwrap();
        let good = json!({"iss": "https://a.example", "aud": "us", "exp": 1100, "sub": "s1", "name": "N",
                          "nonce": "n1"});
        let with = |change: Value| {
            let mut claims = good.clone();
            for (key, value) in change.as_object().unwrap() {
                claims[key] = value.clone();
            }
            check(&token(&claims), &client(), now, Some("n1")).map(|claims| claims.sub)
        };
        for change in [
            json!({}),
            json!({"aud": ["us"]}),
            json!({"aud": ["them", "us"], "azp": "us"}),
            json!({"azp": "us"}),
            json!({"exp": 950}),
            json!({"exp": 1e300}),
        ] {
            assert_eq!(with(change.clone()), Ok("s1".into()), "{change}");
        }
        for (change, why) in [
            (json!({"iss": "https://a.example/"}), "its ID token is from another issuer"),
            (json!({"iss": null}), "its ID token is from another issuer"),
            (json!({"aud": "them"}), "its ID token is meant for another client"),
            (json!({"aud": []}), "its ID token is meant for another client"),
            (
                json!({"aud": ["them", "us"]}),
                "its ID token is meant for several clients, and does not say whose it is",
            ),
            (json!({"azp": "them"}), "its ID token was issued to another client"),
            (json!({"exp": 940}), "its ID token has run out, by the server's own time"),
            (json!({"exp": null}), "its ID token does not say when it runs out"),
            (json!({"exp": "soon"}), "its ID token does not say when it runs out"),
            (json!({"nonce": "n2"}), "its ID token belongs to another sign-in"),
            (json!({"nonce": null}), "its ID token belongs to another sign-in"),
            (json!({"sub": ""}), "its ID token names no subject"),
            (json!({"sub": "x".repeat(256)}), "its ID token names no subject"),
        ] {
            assert_eq!(with(change.clone()), Err(why), "{change}");
        }
        for bad in ["", "a.b", "a.b.c", "a.e30.c.d", "..."] {
            assert!(check(bad, &client(), now, None).is_err(), "{bad}");
        }
    }
}
