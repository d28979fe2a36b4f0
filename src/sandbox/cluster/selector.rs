//! Label and field selectors, as text in queries and as objects in specs.

use super::kinds::Kind;
use super::object::{at, text};
use super::status::ApiError;
use serde_json::Value;

/// What a list or watch is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Selector {
    labels: Vec<(String, Test)>,
    fields: Vec<(String, bool, String)>,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Absent,
}

impl Selector {
    /// Reads `labelSelector` and `fieldSelector` as they stand in a query.
    pub fn parse(kind: &Kind, labels: &str, fields: &str) -> Result<Self, ApiError> {
        let labels = clauses(labels).into_iter().map(|clause| label(&clause)).collect::<Result<_, _>>()?;
        let fields = fields
            .split(',')
            .filter(|clause| !clause.is_empty())
            .map(|clause| field(kind, clause))
            .collect::<Result<_, _>>()?;
        Ok(Self { labels, fields })
    }

    /// Whether the object is one of those asked for.
    pub fn matches(&self, object: &Value) -> bool {
        let labels = at(object, &["metadata", "labels"]);
        self.labels.iter().all(|(key, test)| test.holds(labels[key].as_str()))
            && self.fields.iter().all(|(path, equal, value)| {
                let path: Vec<_> = path.split('.').collect();
                (text(object, &path) == value) == *equal
            })
    }

    /// Whether it leaves everything in.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }
}

impl Test {
    fn holds(&self, label: Option<&str>) -> bool {
        match self {
            Self::In(values) => label.is_some_and(|label| values.iter().any(|v| v == label)),
            Self::NotIn(values) => label.is_none_or(|label| values.iter().all(|v| v != label)),
            Self::Exists => label.is_some(),
            Self::Absent => label.is_none(),
        }
    }
}

/// Splits at the commas that are outside parentheses.
fn clauses(text: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut depth = 0_i32;
    for c in text.chars() {
        match c {
            ',' if depth == 0 => out.push(String::new()),
            _ => {
                depth += i32::from(c == '(') - i32::from(c == ')');
                if let Some(last) = out.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    out.retain(|clause| !clause.trim().is_empty());
    out
}

fn label(clause: &str) -> Result<(String, Test), ApiError> {
    let wrong = || ApiError::bad_request(format!("unable to parse requirement: {clause}"));
    let clause = clause.trim();
    let one = |key: &str, value: &str, test: fn(Vec<String>) -> Test| {
        (key.trim().to_owned(), test(vec![value.trim().to_owned()]))
    };
    let found = if let Some((key, value)) = clause.split_once("!=") {
        one(key, value, Test::NotIn)
    } else if let Some((key, value)) = clause.split_once("==").or_else(|| clause.split_once('=')) {
        one(key, value, Test::In)
    } else if let Some((head, rest)) = clause.split_once('(') {
        let values = rest.strip_suffix(')').ok_or_else(wrong)?;
        let values = values.split(',').map(|v| v.trim().to_owned()).collect();
        let mut words = head.split_whitespace();
        let key = words.next().ok_or_else(wrong)?.to_owned();
        match words.next() {
            Some("in") => (key, Test::In(values)),
            Some("notin") => (key, Test::NotIn(values)),
            _ => return Err(wrong()),
        }
    } else if let Some(key) = clause.strip_prefix('!') {
        (key.trim().to_owned(), Test::Absent)
    } else {
        (clause.to_owned(), Test::Exists)
    };
    let key_is_sound =
        found.0.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c)) && !found.0.is_empty();
    if key_is_sound { Ok(found) } else { Err(wrong()) }
}

fn field(kind: &Kind, clause: &str) -> Result<(String, bool, String), ApiError> {
    let (path, equal, value) = if let Some((path, value)) = clause.split_once("!=") {
        (path, false, value)
    } else if let Some((path, value)) = clause.split_once("==").or_else(|| clause.split_once('=')) {
        (path, true, value)
    } else {
        return Err(ApiError::bad_request(format!(
            "invalid selector: '{clause}'; can't understand '{clause}'"
        )));
    };
    let known = match path {
        "metadata.name" | "metadata.namespace" => true,
        "status.phase" => matches!(kind.plural, "pods" | "namespaces"),
        "spec.nodeName" | "spec.restartPolicy" | "spec.serviceAccountName" | "status.podIP" => {
            kind.plural == "pods"
        }
        "reason" | "reportingComponent" => kind.plural == "events",
        "type" => matches!(kind.plural, "events" | "secrets"),
        other => kind.plural == "events" && other.starts_with("involvedObject."),
    };
    if known {
        Ok((path.to_owned(), equal, value.to_owned()))
    } else {
        Err(ApiError::bad_request(format!("field label not supported: {path}")))
    }
}

/// Whether labels match a `LabelSelector` (or a plain map of labels under `matchLabels`).
pub fn label_selector_matches(selector: &Value, labels: &Value) -> bool {
    let plain = selector["matchLabels"]
        .as_object()
        .is_none_or(|wanted| wanted.iter().all(|(key, value)| &labels[key] == value));
    let expressions = selector["matchExpressions"].as_array().is_none_or(|all| {
        all.iter().all(|one| {
            let values = one["values"].as_array().map_or(&[][..], Vec::as_slice);
            let values = values.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            let test = match text(one, &["operator"]) {
                "In" => Test::In(values),
                "NotIn" => Test::NotIn(values),
                "Exists" => Test::Exists,
                "DoesNotExist" => Test::Absent,
                _ => return false,
            };
            test.holds(labels[text(one, &["key"])].as_str())
        })
    });
    plain && expressions
}

#[cfg(test)]
mod tests {
    use super::super::kinds;
    use super::*;
    use serde_json::json;

    fn picks(labels: &str, fields: &str) -> bool {
        let pod = json!({
            "metadata": {"name": "a", "labels": {"app": "web", "tier": "front"}},
            "status": {"phase": "Running"},
        });
        Selector::parse(&kinds::PODS, labels, fields).expect("a selector").matches(&pod)
    }

    #[test]
    fn labels_select() {
        for yes in
            ["", "app=web", "app==web,tier in (front, back)", "tier", "!gone", "app!=db", "x notin (y)"]
        {
            assert!(picks(yes, ""), "{yes}");
        }
        for no in ["app=db", "app in (db)", "gone", "!app", "app!=web", "app notin (web,db)"] {
            assert!(!picks(no, ""), "{no}");
        }
    }

    #[test]
    fn fields_select() {
        assert!(picks("", "metadata.name=a,status.phase!=Failed"));
        assert!(!picks("", "status.phase=Pending"));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        assert!(Selector::parse(&kinds::PODS, "app in web", "").is_err());
        assert!(Selector::parse(&kinds::PODS, "", "spec.color=red").is_err());
        assert!(Selector::parse(&kinds::PODS, "", "metadata.name").is_err());
    }

    #[test]
    fn a_selector_object_matches_labels() {
        let selector = json!({"matchLabels": {"app": "web"}, "matchExpressions": [
            {"key": "tier", "operator": "In", "values": ["front"]}, {"key": "gone", "operator": "DoesNotExist"}]});
        assert!(label_selector_matches(&selector, &json!({"app": "web", "tier": "front"})));
        assert!(!label_selector_matches(&selector, &json!({"app": "web"})));
    }
}
