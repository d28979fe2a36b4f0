//! What helm is given on its standard input: the profile's fixed values, and the enrollment's in their places.

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::cluster::release::field;
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Claimed, Given, HelmChart};
use crate::secret::{base64, forms};

/// Values that must not stand in any text, in the forms in which helm may quote them.
#[derive(Default)]
pub struct Veil(Vec<Zeroizing<String>>);

impl Veil {
    fn over(&mut self, value: &str) {
        self.0.push(base64(value.as_bytes()));
        self.0.extend(forms(value));
        // The longest first: a part of it would leave the rest standing.
        self.0.sort_by_key(|form| std::cmp::Reverse(form.len()));
    }

    /// The text without them.
    pub fn scrub(&self, raw: &str) -> Zeroizing<String> {
        let hide = |text: String, value: &Zeroizing<String>| text.replace(value.as_str(), "[secret]");
        Zeroizing::new(self.0.iter().filter(|value| value.len() >= 6).fold(raw.to_owned(), hide))
    }
}

/// The values of this enrollment. The credential and the generated key come out of the live Secret, where they
/// were delivered and read back: a new key would make the tokens out there worthless.
pub fn values(
    chart: &HelmChart,
    claimed: &Claimed,
    secret: &Value,
) -> Result<(Zeroizing<String>, Veil), Fault> {
    let mut veil = Veil::default();
    let mut held = |key: &str| -> Result<String, Fault> {
        let value = field(secret, key).map(Zeroizing::new).ok_or_else(|| Fault::Changed {
            what: Text::new(&format!("the Secret with the credential holds no {key}")),
        })?;
        veil.over(&value);
        Ok(value.to_string())
    };
    let mut all = chart.set.clone();
    for (given, path) in &chart.values {
        let value = match given {
            Given::Username => claimed.username.to_string(),
            Given::Password => held("CLIENT_PASSWORD")?,
            Given::SigningSecret => held("POD_TOKEN_SIGNING_SECRET")?,
            Given::Name => claimed.name.to_string(),
            Given::Location => match claimed.location.key() {
                Some(key) => key.to_owned(),
                None => continue,
            },
        };
        put(&mut all, path, value);
    }
    Ok((written(&mut all), veil))
}

/// Values that only serve to render the chart.
pub fn stand_ins(chart: &HelmChart) -> Zeroizing<String> {
    let mut all = chart.set.clone();
    for (given, path) in &chart.values {
        let value = match given {
            Given::Username => "00000000-0000-0000-0000-000000000000",
            Given::Location => "DE",
            Given::Password | Given::SigningSecret | Given::Name => "stand-in",
        };
        put(&mut all, path, value.to_owned());
    }
    written(&mut all)
}

/// JSON is YAML. What is left behind in memory is wiped.
fn written(all: &mut Map<String, Value>) -> Zeroizing<String> {
    let text = Zeroizing::new(serde_json::to_string(all).unwrap_or_default());
    all.values_mut().for_each(wipe);
    text
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => zeroize::Zeroize::zeroize(text),
        Value::Object(fields) => fields.values_mut().for_each(wipe),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        _ => {}
    }
}

/// Puts a value at a dotted path; what stands in its way gives way.
fn put(all: &mut Map<String, Value>, path: &str, value: String) {
    let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
    match rest {
        None => drop(all.insert(head.to_owned(), Value::String(value))),
        Some(rest) => {
            let inner = all.entry(head.to_owned()).or_insert_with(|| Value::Object(Map::new()));
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::release::encoded;
    use crate::model::{How, Location};
    use crate::secret::{Audience, Secret, Vault};

    #[test]
    fn values_go_where_the_profile_says_and_stay_out_of_words() {
        let Value::Object(set) = json!({"images": {"tag": "1"}, "env": "lab"}) else { unreachable!() };
        let chart = HelmChart {
            program: None,
            chart: "client".into(),
            version: None,
            values: vec![
                (Given::Username, "clientId".into()),
                (Given::Password, "auth.password".into()),
                (Given::SigningSecret, "auth.signing".into()),
                (Given::Location, "images.zone".into()),
                (Given::Name, "env.name".into()),
            ],
            set,
        };
        let audience = Audience::machine("https://a.example", 7, "c");
        let claimed = Claimed {
            id: 1,
            how: How::Minted,
            name: "Lab \"9\"".into(),
            namespace: "lab-9".parse().unwrap(),
            username: "6f1c2d3e-0000-4a5b-8c9d-0123456789ab".parse().unwrap(),
            password: Vault::default().keep(Secret::new("hunter2-hunter2", audience)),
            location: Location::NotSet,
        };
        let secret = json!({"data": {
            "CLIENT_PASSWORD": encoded("hunter2-hunter2"), "POD_TOKEN_SIGNING_SECRET": encoded("signed-signed"),
        }});
        let (text, veil) = values(&chart, &claimed, &secret).unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap(),
            json!({
                "clientId": "6f1c2d3e-0000-4a5b-8c9d-0123456789ab",
                "auth": {"password": "hunter2-hunter2", "signing": "signed-signed"},
                "images": {"tag": "1"},
                "env": {"name": "Lab \"9\""},
            })
        );
        let said = format!("bad hunter2-hunter2 and {}", encoded("signed-signed").as_str().unwrap());
        assert_eq!(veil.scrub(&said).as_str(), "bad [secret] and [secret]");
        assert!(values(&chart, &claimed, &json!({})).is_err());
        assert!(stand_ins(&chart).contains("\"zone\":\"DE\""));
    }
}
