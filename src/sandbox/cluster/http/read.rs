//! Get and list.

use super::{Call, json};
use crate::sandbox::base64;
use crate::sandbox::cluster::kinds::Kind;
use crate::sandbox::cluster::object::{at, name, namespace, text};
use crate::sandbox::cluster::selector::Selector;
use crate::sandbox::cluster::status::ApiError;
use crate::sandbox::cluster::store::Key;
use crate::sandbox::cluster::table::{self, Include};
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json as value};

/// `GET` of one object or of its status or scale.
pub fn get(call: &Call) -> Result<Response, ApiError> {
    let target = call.target;
    let object = call
        .api
        .get(target.kind, &target.namespace, &target.name)
        .ok_or_else(|| ApiError::not_found(target.kind, &target.name))?;
    let body = if target.subresource == "scale" { scale(&object) } else { shown(call, &object) };
    Ok(json(StatusCode::OK, &body))
}

/// The form in which objects are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As they are.
    Whole,
    /// Their metadata alone.
    Metadata,
    /// Rows of a table.
    Table(Include),
}

impl Form {
    /// The form that a request asks for.
    pub fn of(call: &Call) -> Self {
        let accept = super::header_text(call.headers, header::ACCEPT);
        if table::is_wanted(accept) {
            Self::Table(Include::parse(call.query.text("includeObject")))
        } else if accept.contains("as=PartialObjectMetadata") {
            Self::Metadata
        } else {
            Self::Whole
        }
    }

    /// One object in this form.
    pub fn one(self, kind: &Kind, object: &Value) -> Value {
        match self {
            Self::Whole => object.clone(),
            Self::Metadata => table::partial(object),
            Self::Table(include) => {
                let version = value!({"resourceVersion": object["metadata"]["resourceVersion"]});
                table::of(kind, [object], &version, include)
            }
        }
    }
}

/// The object in the form asked for.
pub fn shown(call: &Call, object: &Value) -> Value {
    Form::of(call).one(call.target.kind, object)
}

/// The `scale` subresource of a workload.
pub fn scale(object: &Value) -> Value {
    let labels = at(object, &["spec", "selector", "matchLabels"]);
    let selector: Vec<_> = labels
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or("")))
        .collect();
    value!({
        "kind": "Scale", "apiVersion": "autoscaling/v1",
        "metadata": {
            "name": name(object), "namespace": namespace(object), "uid": object["metadata"]["uid"],
            "resourceVersion": object["metadata"]["resourceVersion"],
            "creationTimestamp": object["metadata"]["creationTimestamp"],
        },
        "spec": {"replicas": object["spec"]["replicas"]},
        "status": {"replicas": object["status"]["replicas"].as_i64().unwrap_or(0), "selector": selector.join(",")},
    })
}

/// `GET` of a collection.
pub fn list(call: &Call) -> Result<Response, ApiError> {
    let target = call.target;
    let selector =
        Selector::parse(target.kind, call.query.text("labelSelector"), call.query.text("fieldSelector"))?;
    let limit = usize::try_from(call.query.number("limit").unwrap_or(0)).unwrap_or(0);
    let from = Position::parse(call.query.text("continue"))?;
    let asked = version(call.query.text("resourceVersion"))?;
    let exact = call.query.text("resourceVersionMatch") == "Exact";

    let (all, revision) = call.api.with(|store| {
        let now = store.revision();
        if asked > now {
            return Err(ApiError::version_too_large(asked, now));
        }
        // Later pages belong to the version of the first: a watch from there tells what has changed since.
        let first = from.as_ref().map_or(now, |from| from.revision);
        if first < store.oldest() || (exact && asked < store.oldest()) {
            return Err(ApiError::expired(
                "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.",
            ));
        }
        Ok((store.list(target.kind, target.scope()), first))
    })?;
    let mut rest = all.iter().filter(|object| selector.matches(object)).filter(|object| {
        from.as_ref().is_none_or(|from| Key::of(target.kind, object) > from.after(target.kind))
    });
    let mut items: Vec<&Value> = Vec::new();
    let mut last = None;
    for object in rest.by_ref() {
        items.push(object);
        last = Some(object);
        if limit > 0 && items.len() >= limit {
            break;
        }
    }
    let remaining = rest.count();
    let mut metadata = value!({"resourceVersion": revision.to_string()});
    if let (Some(last), true) = (last, remaining > 0) {
        metadata["continue"] = Position::text(revision, last).into();
        if selector.is_empty() {
            metadata["remainingItemCount"] = remaining.into();
        }
    }
    let form = Form::of(call);
    if let Form::Table(include) = form {
        return Ok(json(StatusCode::OK, &table::of(target.kind, items, &metadata, include)));
    }
    let (kind, version) = if form == Form::Metadata {
        ("PartialObjectMetadataList".to_owned(), "meta.k8s.io/v1".to_owned())
    } else {
        (format!("{}List", target.kind.name), target.kind.api_version())
    };
    let items: Vec<_> = items.into_iter().map(|object| form.one(target.kind, object)).collect();
    let body = value!({"kind": kind, "apiVersion": version, "metadata": metadata, "items": items});
    Ok(json(StatusCode::OK, &body))
}

/// A resource version of a query: absent and `0` mean any.
pub fn version(text: &str) -> Result<u64, ApiError> {
    if text.is_empty() {
        return Ok(0);
    }
    text.parse().map_err(|_| {
        ApiError::bad_request(format!(
            "Invalid value: {text:?}: strconv.ParseUint: parsing {text:?}: invalid syntax"
        ))
    })
}

/// Where the next page of a list goes on.
struct Position {
    revision: u64,
    namespace: String,
    name: String,
}

impl Position {
    fn text(revision: u64, last: &Value) -> String {
        let position = value!({"rv": revision, "ns": namespace(last), "name": name(last)});
        base64::encode(position.to_string().as_bytes())
    }

    fn parse(token: &str) -> Result<Option<Self>, ApiError> {
        if token.is_empty() {
            return Ok(None);
        }
        let wrong = || ApiError::bad_request("continue key is not valid");
        let position: Value =
            base64::decode(token).and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(wrong)?;
        Ok(Some(Self {
            revision: position["rv"].as_u64().ok_or_else(wrong)?,
            namespace: text(&position, &["ns"]).to_owned(),
            name: text(&position, &["name"]).to_owned(),
        }))
    }

    fn after(&self, kind: &'static Kind) -> Key {
        Key::new(kind, &self.namespace, &self.name)
    }
}
