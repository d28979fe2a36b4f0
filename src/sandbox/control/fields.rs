//! The fields of a request body, checked as the reference service checks them: all at once, each with
//! its own sentences.

use serde_json::{Map, Value};

use super::refusal::Refusal;

/// Zone keys, as the location fields take them.
const ZONES: &str = include_str!("../../../assets/zone-keys.txt");
/// The longest text taken for anything.
const LONGEST: usize = 255;
/// The longest DNS-1123 label.
const LONGEST_SLUG: usize = 63;
/// The shortest password.
const SHORTEST_PASSWORD: usize = 8;

/// A body under inspection.
pub(super) struct Fields<'a> {
    body: &'a Map<String, Value>,
    errors: Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// The fields of this body, which must be an object.
    pub(super) fn of(body: &'a Value) -> Result<Self, Refusal> {
        let body = body.as_object().ok_or_else(|| {
            let told = "Invalid data. Expected a dictionary.";
            Refusal::new(400, serde_json::json!({ "non_field_errors": [told] }))
        })?;
        Ok(Self { body, errors: Map::new() })
    }

    /// Everything was right, or a 400 that names each field that was not.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        if self.errors.is_empty() { Ok(()) } else { Err(Refusal::new(400, Value::Object(self.errors))) }
    }

    /// A text that must be there.
    pub(super) fn required(&mut self, key: &str) -> Option<&'a str> {
        self.present(key);
        self.optional(key)
    }

    /// A text that may be left out, but not be empty or null.
    pub(super) fn optional(&mut self, key: &str) -> Option<&'a str> {
        let text = self.text(key)?.trim();
        if text.is_empty() {
            self.wrong(key, "This field may not be blank.");
            return None;
        }
        Some(text)
    }

    /// The slug, which becomes a Kubernetes namespace.
    pub(super) fn namespace(&mut self) -> Option<&'a str> {
        let slug = self.required("namespace")?;
        let letters = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let label = slug.len() <= LONGEST_SLUG
            && slug.bytes().all(letters)
            && !slug.starts_with('-')
            && !slug.ends_with('-');
        let reserved = slug == "default" || slug.starts_with("kube-") || slug.starts_with("openshift-");
        if !label || reserved {
            self.wrong("namespace", &format!("\"{slug}\" is not a valid namespace."));
            return None;
        }
        Some(slug)
    }

    /// A zone key, or an empty text for "not set".
    pub(super) fn location(&mut self) -> Option<&'a str> {
        let zone = self.text("location")?;
        if !zone.is_empty() && !zones().any(|known| known == zone) {
            self.wrong("location", &format!("\"{zone}\" is not a valid choice."));
            return None;
        }
        Some(zone)
    }

    /// A machine password, taken as it is.
    pub(super) fn password(&mut self, needed: bool) -> Option<&'a str> {
        if needed {
            self.present("password");
        }
        let password = self.text("password")?;
        if password.chars().count() < SHORTEST_PASSWORD {
            let told = format!("Ensure this field has at least {SHORTEST_PASSWORD} characters.");
            self.wrong("password", &told);
            return None;
        }
        Some(password)
    }

    fn present(&mut self, key: &str) {
        if !self.body.contains_key(key) {
            self.wrong(key, "This field is required.");
        }
    }

    fn text(&mut self, key: &str) -> Option<&'a str> {
        let told = match self.body.get(key)? {
            Value::String(text) if text.chars().count() <= LONGEST => return Some(text),
            Value::String(_) => format!("Ensure this field has no more than {LONGEST} characters."),
            Value::Null => "This field may not be null.".to_owned(),
            _ => "Not a valid string.".to_owned(),
        };
        self.wrong(key, &told);
        None
    }

    fn wrong(&mut self, key: &str, told: &str) {
        if let Value::Array(all) = self.errors.entry(key).or_insert_with(|| Value::Array(Vec::new())) {
            all.push(told.into());
        }
    }
}

/// The keys of the list, without its comment.
fn zones() -> impl Iterator<Item = &'static str> {
    ZONES.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_zone_list_is_whole_and_free_of_its_comment() {
        assert_eq!(zones().next(), Some("AD"));
        assert!(zones().count() > 350);
        assert!(
            zones().all(|key| key.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-'))
        );
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let body = json!({ "first_name": " ", "namespace": "Kube", "location": "QQ", "password": 7 });
        let mut fields = Fields::of(&body).expect("an object");
        let read =
            (fields.required("first_name"), fields.namespace(), fields.location(), fields.password(true));
        assert_eq!(read, (None, None, None, None));
        fields.required("missing");
        let refusal = fields.finish().expect_err("refused");
        assert_eq!(
            (refusal.status, refusal.body),
            (
                400,
                json!({
                    "first_name": ["This field may not be blank."],
                    "namespace": ["\"Kube\" is not a valid namespace."],
                    "location": ["\"QQ\" is not a valid choice."],
                    "password": ["Not a valid string."],
                    "missing": ["This field is required."],
                })
            )
        );
    }

    #[test]
    fn reserved_and_malformed_namespaces_are_refused() {
        for (slug, fine) in [
            ("a-1", true),
            ("default", false),
            ("kube-x", false),
            ("-a", false),
            ("a-", false),
            ("a_b", false),
        ] {
            let body = json!({ "namespace": slug });
            assert_eq!(Fields::of(&body).expect("an object").namespace().is_some(), fine, "{slug}");
        }
    }

    #[test]
    fn an_empty_location_means_not_set() {
        let body = json!({ "location": "" });
        assert_eq!(Fields::of(&body).expect("an object").location(), Some(""));
    }
}
