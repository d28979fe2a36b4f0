//! What a chart wants in the Secret with the credential, beside the credential: passwords between its own parts.
//!
//! What is there already stays, whoever made it: a new password would lock out what was set up with the old one.

use rand::RngExt;
use rand::distr::Alphanumeric;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::patience::again;
use crate::cluster::connect::{Connected, Failed, kind, text_at};
use crate::cluster::release::{encoded, field};
use crate::secret::{Audience, Secret, SecretRef};

/// The login name.
pub const CLIENT_ID: &str = "CLIENT_ID";
/// The password.
pub const CLIENT_PASSWORD: &str = "CLIENT_PASSWORD";
/// What pod tokens are signed with.
pub const SIGNING_SECRET: &str = "POD_TOKEN_SIGNING_SECRET";

/// How long a generated key is, in characters, as the reference chart makes it.
const LENGTH: usize = 48;

/// Stands in rendered objects for a key that is made anew in each cluster.
const PLACEHOLDER: &str = "generated-goes-here";

/// A new key.
pub fn fresh() -> Zeroizing<String> {
    Zeroizing::new(rand::rng().sample_iter(Alphanumeric).take(LENGTH).map(char::from).collect())
}

/// The Secret with everything that its rendered form has and it has not.
pub async fn complete(cluster: &Connected, secret: Value, rendered: Option<&Value>) -> Result<Value, Failed> {
    let missing = rendered.map(|rendered| missing(rendered, &secret)).unwrap_or_default();
    if missing.is_empty() {
        return Ok(secret);
    }
    let change = json!({ "data": missing });
    // An error that quotes the change is to quote none of them.
    let veils: Vec<_> = missing.keys().filter_map(|key| Some(veil(cluster, &field(&change, key)?))).collect();
    let (space, name) = (text_at(&secret, "/metadata/namespace"), text_at(&secret, "/metadata/name"));
    let completed = again(|| cluster.merge(&kind::SECRET, Some(space), name, &change)).await;
    for veil in veils {
        cluster.vault.drop(veil);
    }
    completed
}

/// Keeps a value that is sent to the cluster out of what that says, until the handle is dropped from its vault.
pub fn veil(cluster: &Connected, value: &str) -> SecretRef {
    cluster.vault.keep(Secret::new(value, Audience::session(cluster.server.as_str())))
}

fn missing(rendered: &Value, secret: &Value) -> Map<String, Value> {
    let given = |at: &str| rendered.get(at).and_then(Value::as_object).into_iter().flatten();
    let plain = given("stringData").map(|(key, value)| (key, encoded(value.as_str().unwrap_or_default())));
    let data = given("data").map(|(key, value)| (key, value.clone()));
    let is_there = |key: &str| secret.get("data").is_some_and(|data| data.get(key).is_some());
    data.chain(plain)
        .filter(|(key, _)| ![CLIENT_ID, CLIENT_PASSWORD, SIGNING_SECRET].contains(&key.as_str()))
        .filter(|(key, _)| !is_there(key))
        .map(|(key, value)| {
            let value = if value == encoded(PLACEHOLDER) { encoded(&fresh()) } else { value };
            (key.clone(), value)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_missing_is_made() {
        let rendered = json!({
            "data": {
                "A": encoded(PLACEHOLDER), "B": encoded(PLACEHOLDER), "C": encoded("fixed"),
                CLIENT_PASSWORD: encoded("stand-in"),
            },
            "stringData": {"D": PLACEHOLDER, "E": "plain"},
        });
        let made = missing(&rendered, &json!({"data": {"B": encoded("from before")}}));
        let made = json!({"data": made});
        let length = |key: &str| field(&made, key).map(|value| value.len());
        assert_eq!([length("A"), length("D")], [Some(LENGTH), Some(LENGTH)]);
        assert_ne!(field(&made, "A"), field(&made, "D"));
        assert_eq!([field(&made, "C"), field(&made, "E")], [Some("fixed".into()), Some("plain".into())]);
        assert_eq!([field(&made, "B"), field(&made, CLIENT_PASSWORD)], [None, None]);
    }
}
