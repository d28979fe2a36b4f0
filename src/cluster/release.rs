//! What of our kind already lives in the cluster.
//!
//! The rule is the reference client's (label selector, a Deployment named `jobs-manager` or ending in
//! `-jobs-manager`, a Secret with `CLIENT_ID` beside it), made stricter: where it takes the first match, several
//! are told; and what cannot be read is never taken for nothing.

use std::collections::BTreeSet;

use k8s_openapi::ByteString;
use serde_json::Value;

use crate::cluster::connect::{Connected, Failed, kind, text_at};
use crate::foreign::Text;
use crate::model::{Release, Slug, Username};

/// What every object of a release carries.
pub const SELECTOR: &str = "app.kubernetes.io/name=client,app.kubernetes.io/managed-by=Helm";

/// What a namespace carries that we created.
pub const OUR_NAMESPACES: &str = "app.kubernetes.io/managed-by=landfall";

/// A live release with the Secret that holds its credential.
#[derive(Clone, PartialEq)]
pub struct Living {
    /// Where it lives.
    pub namespace: Slug,
    /// Its `CLIENT_ID`.
    pub username: Username,
    /// The Secret, as the cluster gave it.
    pub secret: Value,
}

/// What lives there, with its credential at hand.
#[derive(Clone, PartialEq)]
pub enum Found {
    /// Nothing.
    None,
    /// One.
    One(Living),
    /// Several; their namespaces.
    Several(Vec<Text>),
    /// It could not be told.
    Unclear(Text),
}

impl Found {
    /// The same without the credential.
    pub fn release(&self) -> Release {
        match self {
            Self::None => Release::None,
            Self::One(living) => {
                Release::One { namespace: living.namespace.clone(), username: living.username.clone() }
            }
            Self::Several(namespaces) => Release::Several(namespaces.clone()),
            Self::Unclear(why) => Release::Unclear(why.clone()),
        }
    }
}

/// Looks for a live release. Does not depend on the anchor.
pub async fn discover(cluster: &Connected) -> Found {
    look(cluster).await.unwrap_or_else(|failed| {
        Found::Unclear(Text::new(&format!("it was not possible to {}: {}", failed.doing, failed.said)))
    })
}

async fn look(cluster: &Connected) -> Result<Found, Failed> {
    let deployments = cluster.list_everywhere(&kind::DEPLOYMENT, SELECTOR).await?;
    let managers: Vec<&Value> = deployments.iter().filter(|object| is_manager(object)).collect();
    match managers.as_slice() {
        [] => begun(cluster).await,
        [manager] => {
            let namespace = text_at(manager, "/metadata/namespace");
            let secrets = cluster.list(&kind::SECRET, Some(namespace), SELECTOR).await?;
            Ok(one(namespace, secrets))
        }
        several => Ok(Found::Several(
            several.iter().map(|manager| Text::new(text_at(manager, "/metadata/namespace"))).collect(),
        )),
    }
}

/// A run that ended between delivering the credential and applying the workloads left only its namespace and
/// the Secret in it. That is a release begun, and its credential the only copy.
async fn begun(cluster: &Connected) -> Result<Found, Failed> {
    let mut found = Vec::new();
    for namespace in cluster.list(&kind::NAMESPACE, None, OUR_NAMESPACES).await? {
        let name = text_at(&namespace, "/metadata/name");
        let secret = cluster.get(&kind::SECRET, Some(name), &secret_name(name)).await?;
        if let Some(secret) = secret.filter(|secret| field(secret, "CLIENT_ID").is_some()) {
            found.push((name.to_owned(), secret));
        }
    }
    Ok(match found.len() {
        0 => Found::None,
        1 => found.pop().map_or(Found::None, |(namespace, secret)| one(&namespace, vec![secret])),
        _ => Found::Several(found.iter().map(|(namespace, _)| Text::new(namespace)).collect()),
    })
}

/// Whether a jobs manager is ready anywhere: what runs with a release's credential.
pub async fn is_in_use(cluster: &Connected) -> Result<bool, Failed> {
    let deployments = cluster.list_everywhere(&kind::DEPLOYMENT, SELECTOR).await?;
    let ready = |object: &Value| object.pointer("/status/readyReplicas").and_then(Value::as_u64);
    Ok(deployments.iter().any(|object| is_manager(object) && ready(object).unwrap_or(0) > 0))
}

fn is_manager(deployment: &Value) -> bool {
    is_manager_name(text_at(deployment, "/metadata/name"))
}

/// Whether a Deployment of that name is the one that tells the control plane that the machine is there.
pub fn is_manager_name(name: &str) -> bool {
    name == "jobs-manager" || name.ends_with("-jobs-manager")
}

/// The release in that namespace, by the Secrets there.
fn one(namespace: &str, secrets: Vec<Value>) -> Found {
    let unclear = |why: &str| Found::Unclear(Text::new(&format!("the release in {namespace} {why}")));
    let Ok(slug) = namespace.parse::<Slug>() else {
        return unclear("lives in a namespace of no usable name");
    };
    let holding: Vec<(String, Value)> =
        secrets.into_iter().filter_map(|secret| Some((field(&secret, "CLIENT_ID")?, secret))).collect();
    let ids: BTreeSet<&str> = holding.iter().map(|(id, _)| id.as_str()).collect();
    if ids.len() > 1 {
        return unclear("holds several client ids");
    }
    let Some((id, secret)) = holding.into_iter().next() else {
        return unclear("has no readable CLIENT_ID");
    };
    match id.parse() {
        Ok(username) => Found::One(Living { namespace: slug, username, secret }),
        Err(_) => unclear("has a CLIENT_ID that is not a UUID"),
    }
}

/// The name of the Secret with a release's credential.
pub fn secret_name(release: &str) -> String {
    format!("{release}-secrets")
}

/// A field of a Secret, decoded; `None` if it is missing, empty or not text.
pub fn field(secret: &Value, key: &str) -> Option<String> {
    let encoded = secret.pointer("/data")?.get(key)?;
    let bytes: ByteString = serde_json::from_value(encoded.clone()).ok()?;
    String::from_utf8(bytes.0).ok().filter(|text| !text.is_empty())
}

/// A value as a Secret's `data` holds it.
pub fn encoded(value: &str) -> Value {
    // A byte string is always written as base64 text.
    serde_json::to_value(ByteString(value.as_bytes().to_vec())).unwrap_or_default()
}
