//! Calls to the cluster: each with a time limit, and each failure with what was attempted.

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use kube::Api;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams, Preconditions};
use kube::core::DynamicObject;
use serde_json::Value;
use tokio::time::timeout;

use super::kinds::Kind;
use super::{CALL_TIMEOUT, Connected, text_at};
use crate::error::Fault;
use crate::foreign::Text;

/// Our name as a writer of objects.
const FIELD_MANAGER: &str = "landfall";

/// How many objects a list asks for at once, and how many such pages are read at most.
const PAGE: u32 = 500;
const PAGES: usize = 40;

/// A call that gave no result. Its texts are neutral and hold no secret of the vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// What was attempted, as a right: "create secrets in kube-system".
    pub doing: Text,
    /// On what: "secret kube-system/a".
    pub object: Text,
    /// The HTTP status, if there was an answer.
    pub code: Option<u16>,
    /// What the cluster said, or why there was no answer.
    pub said: Text,
    server: Text,
}

impl Failed {
    /// Whether the same call may succeed a little later: no answer, too many requests, a server's own trouble.
    pub fn is_transient(&self) -> bool {
        self.code.is_none_or(|code| code == 429 || code >= 500)
    }

    /// Whether the object is there already, or was changed meanwhile.
    pub fn is_conflict(&self) -> bool {
        self.code == Some(409)
    }

    /// Whether a right is missing.
    pub fn is_forbidden(&self) -> bool {
        self.code == Some(403)
    }
}

impl From<Failed> for Fault {
    fn from(failed: Failed) -> Self {
        match failed.code {
            Some(401) => {
                Self::ClusterForbids { what: "sign in with this kubeconfig".into(), said: failed.said }
            }
            Some(403) => Self::ClusterForbids { what: failed.doing, said: failed.said },
            Some(code) if failed.is_transient() => Self::ClusterUnreachable {
                server: failed.server,
                why: Text::new(&format!("status {code}, {}", failed.said)),
            },
            Some(_) => Self::ClusterRefuses { object: failed.object, said: failed.said },
            None => Self::ClusterUnreachable { server: failed.server, why: failed.said },
        }
    }
}

/// A verb on a kind of object.
#[derive(Clone, Copy)]
struct Doing<'a> {
    verb: &'a str,
    kind: &'a Kind,
    namespace: Option<&'a str>,
    name: &'a str,
}

impl fmt::Display for Doing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.kind.plural)?;
        match (self.namespace, self.kind.namespaced) {
            (Some(namespace), _) => write!(f, " in {namespace}"),
            (None, true) => write!(f, " in all namespaces"),
            (None, false) => Ok(()),
        }
    }
}

impl Connected {
    /// One object, or none of that name.
    pub async fn get(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<Value>, Failed> {
        let doing = Doing { verb: "get", kind, namespace, name };
        let found = self.call(doing, self.api(kind, namespace).get_opt(name)).await?;
        found.map(|object| self.value(doing, &object)).transpose()
    }

    /// All objects of a kind, in a namespace or everywhere, with these labels.
    pub async fn list(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        labels: &str,
    ) -> Result<Vec<Value>, Failed> {
        Ok(self.list_with_version(kind, namespace, labels).await?.0)
    }

    /// The same, with the version of the list, from which a watch goes on.
    pub(in crate::cluster) async fn list_with_version(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        labels: &str,
    ) -> Result<(Vec<Value>, String), Failed> {
        let doing = Doing { verb: "list", kind, namespace, name: "" };
        let api = self.api(kind, namespace);
        let mut params = ListParams::default().limit(PAGE);
        if !labels.is_empty() {
            params = params.labels(labels);
        }
        let mut objects = Vec::new();
        for _ in 0..PAGES {
            let page = self.call(doing, api.list(&params)).await?;
            for mut object in page.items {
                // The items of a list do not say what they are.
                object.types = Some(kube::core::TypeMeta {
                    api_version: kind.api_version(),
                    kind: kind.name.to_owned(),
                });
                objects.push(self.value(doing, &object)?);
            }
            match page.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => params.continue_token = Some(token),
                None => return Ok((objects, page.metadata.resource_version.unwrap_or_default())),
            }
        }
        Err(self.failed(doing, None, "the list does not end"))
    }

    /// Creates an object that must not be there yet (POST); a conflict says that it is.
    pub async fn create(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        object: &Value,
    ) -> Result<Value, Failed> {
        let doing = Doing { verb: "create", kind, namespace, name: text_at(object, "/metadata/name") };
        let object = self.object(doing, object)?;
        let created = self.call(doing, self.api(kind, namespace).create(&post(), &object)).await?;
        self.value(doing, &created)
    }

    /// Replaces an object whole (PUT); its `metadata.resourceVersion` is the precondition.
    pub async fn replace(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        object: &Value,
    ) -> Result<Value, Failed> {
        let name = text_at(object, "/metadata/name");
        let doing = Doing { verb: "update", kind, namespace, name };
        let object = self.object(doing, object)?;
        let replaced = self.call(doing, self.api(kind, namespace).replace(name, &post(), &object)).await?;
        self.value(doing, &replaced)
    }

    /// Applies an object (server-side apply): creates it, or changes the fields that are ours.
    pub async fn apply(&self, kind: &Kind, namespace: Option<&str>, object: &Value) -> Result<Value, Failed> {
        let name = text_at(object, "/metadata/name");
        let doing = Doing { verb: "patch", kind, namespace, name };
        // Forced: where Helm or an older version of ours wrote the same field, this release's value counts.
        let params = PatchParams::apply(FIELD_MANAGER).force();
        let api = self.api(kind, namespace);
        let applied = self.call(doing, api.patch(name, &params, &Patch::Apply(object))).await?;
        self.value(doing, &applied)
    }

    /// Deletes exactly the object of that UID; one that has gone already is as good.
    pub async fn delete(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        name: &str,
        uid: &str,
    ) -> Result<(), Failed> {
        let doing = Doing { verb: "delete", kind, namespace, name };
        let preconditions = Preconditions { uid: Some(uid.to_owned()), resource_version: None };
        let params = DeleteParams { preconditions: Some(preconditions), ..DeleteParams::default() };
        match self.call(doing, self.api(kind, namespace).delete(name, &params)).await {
            Ok(_) => Ok(()),
            Err(failed) if failed.code == Some(404) => Ok(()),
            Err(failed) => Err(failed),
        }
    }

    /// The server's version, for example `v1.33.1+k3s1`.
    pub async fn version(&self) -> Result<Text, Failed> {
        let doing = Doing { verb: "get", kind: &VERSION, namespace: None, name: "" };
        Ok(Text::new(&self.call(doing, self.client.apiserver_version()).await?.git_version))
    }

    /// The typeless interface to a kind, for watches.
    pub(in crate::cluster) fn api(&self, kind: &Kind, namespace: Option<&str>) -> Api<DynamicObject> {
        let client = self.client.clone();
        match namespace {
            Some(namespace) => Api::namespaced_with(client, namespace, &kind.resource()),
            None => Api::all_with(client, &kind.resource()),
        }
    }

    async fn call<T>(
        &self,
        doing: Doing<'_>,
        call: impl Future<Output = kube::Result<T>>,
    ) -> Result<T, Failed> {
        match timeout(CALL_TIMEOUT, call).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                let (code, said) = said(&error);
                Err(self.failed(doing, code, &said))
            }
            Err(_) => Err(self.failed(doing, None, &late(CALL_TIMEOUT))),
        }
    }

    fn failed(&self, doing: Doing<'_>, code: Option<u16>, said: &str) -> Failed {
        let place = doing.namespace.map(|namespace| format!("{namespace}/")).unwrap_or_default();
        Failed {
            doing: Text::new(&doing.to_string()),
            object: Text::new(&format!("{} {place}{}", doing.kind.name, doing.name)),
            code,
            said: self.vault.scrub(said),
            server: self.server.clone(),
        }
    }

    fn value(&self, doing: Doing<'_>, object: &DynamicObject) -> Result<Value, Failed> {
        serde_json::to_value(object).map_err(|_| self.failed(doing, None, "its answer is not an object"))
    }

    fn object(&self, doing: Doing<'_>, value: &Value) -> Result<DynamicObject, Failed> {
        serde_json::from_value(value.clone()).map_err(|_| self.failed(doing, Some(400), "it is no object"))
    }
}

/// Not a kind: stands for `/version` in the texts of a failure.
const VERSION: Kind = Kind::plain("Version", "the version");

fn post() -> PostParams {
    PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PostParams::default() }
}

fn late(limit: Duration) -> String {
    format!("no answer within {} s", limit.as_secs())
}

/// The status and the words of an error, as they came.
pub(in crate::cluster) fn said(error: &kube::Error) -> (Option<u16>, String) {
    match error {
        kube::Error::Api(status) => {
            let words = if status.message.is_empty() { &status.reason } else { &status.message };
            (Some(status.code), words.clone())
        }
        // Its text would quote the answer, which may hold anything.
        kube::Error::SerdeError(_) => (None, "its answer is not what a cluster says".into()),
        other => (None, deepest(other)),
    }
}

/// The innermost reason of an error: the outer ones only say "client error".
pub(super) fn deepest(error: &kube::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let text = inner.to_string();
        if !text.is_empty() {
            words = text;
        }
        source = inner.source();
    }
    words
}
