//! The verbs: read, create, replace, apply, delete.

use kube::Api;
use kube::api::{
    DeleteParams, GetParams, ListParams, LogParams, Patch, PatchParams, PostParams, Preconditions,
    PropagationPolicy,
};
use kube::core::{DynamicObject, ListMeta, Request, TypeMeta};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::call::Doing;
use super::kinds::Kind;
use super::{Connected, Failed, text_at};
use crate::cluster::kstatus::items;
use crate::foreign::Text;

/// Our name as a writer of objects.
const FIELD_MANAGER: &str = "landfall";

/// How many objects a list asks for at once, and how many such pages are read at most.
const PAGE: u32 = 500;
const PAGES: usize = 40;

/// How much of a log is read: so many of its last lines, and at most so many bytes.
const LOG_LINES: i64 = 10;
const LOG_BYTES: i64 = 16 * 1024;

/// A page of a list.
#[derive(Clone, Deserialize)]
struct Page<T> {
    metadata: ListMeta,
    items: Vec<T>,
}

/// Not kinds: they stand for `/version` and for logs in the texts of a failure.
const VERSION: Kind = Kind::plain("Version", "the version");
const PART: Kind = Kind::plain("Part", "a part of the API");
const LOG: Kind = Kind::plain("Log", "pods/log");

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
                object.types = Some(TypeMeta { api_version: kind.api_version(), kind: kind.name.to_owned() });
                objects.push(self.value(doing, &object)?);
            }
            match page.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => params.continue_token = Some(token),
                None => return Ok(objects),
            }
        }
        Err(self.failed(doing, None, "the list does not end"))
    }

    /// The metadata of all objects of a kind with these labels, and nothing else of them.
    pub async fn list_metadata(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        labels: &str,
    ) -> Result<Vec<Value>, Failed> {
        let doing = Doing { verb: "list", kind, namespace, name: "" };
        let params = ListParams::default().limit(PAGE).labels(labels);
        let page = self.call(doing, self.api(kind, namespace).list_metadata(&params)).await?;
        let value = |object| serde_json::to_value(object);
        let values: Result<Vec<Value>, _> = page.items.iter().map(value).collect();
        values.map_err(|_| self.failed(doing, None, "its answer is not a list"))
    }

    /// Whether a part of the API is served, by its path, such as `/apis/metrics.k8s.io/v1beta1`.
    pub async fn serves(&self, path: &str) -> Result<bool, Failed> {
        let doing = Doing { verb: "get", kind: &PART, namespace: None, name: path };
        let (group, version) = path.rsplit_once('/').unwrap_or(("", path));
        let request = Request::new(group)
            .get(version, &GetParams::default())
            .map_err(|_| self.failed(doing, Some(400), "its path is malformed"))?;
        match self.call(doing, self.client.request_text(request)).await {
            Ok(_) => Ok(true),
            Err(failed) if failed.code == Some(404) => Ok(false),
            Err(failed) => Err(failed),
        }
    }

    /// The kinds that a version of an API group has, such as `apps/v1`; none if it is not served.
    pub async fn kinds(&self, api_version: &str) -> Result<Vec<String>, Failed> {
        let path = if api_version.contains('/') { "/apis" } else { "/api" };
        let doing = Doing { verb: "get", kind: &PART, namespace: None, name: api_version };
        let request = Request::new(path)
            .get(api_version, &GetParams::default())
            .map_err(|_| self.failed(doing, Some(400), "its path is malformed"))?;
        match self.call(doing, self.client.request::<Value>(request)).await {
            Ok(served) => {
                let kinds = items(&served, "/resources").iter().map(|one| text_at(one, "/kind").to_owned());
                Ok(kinds.collect())
            }
            Err(failed) if failed.code == Some(404) => Ok(Vec::new()),
            Err(failed) => Err(failed),
        }
    }

    /// All objects of a kind in the caller's own leaner form, with the version of the list.
    pub async fn list_lean<T: Clone + DeserializeOwned>(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
    ) -> Result<(Vec<T>, String), Failed> {
        let doing = Doing { verb: "list", kind, namespace, name: "" };
        let mut params = ListParams::default().limit(PAGE);
        let mut objects = Vec::new();
        for _ in 0..PAGES {
            let request = Request::new(kind.path(namespace))
                .list(&params)
                .map_err(|_| self.failed(doing, Some(400), "its name is malformed"))?;
            let page: Page<T> = self.call(doing, self.client.request(request)).await?;
            objects.extend(page.items);
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
        self.post(kind, namespace, object, &post()).await
    }

    /// Tries whether an object could be created (`dryRun=All`); keeps nothing.
    pub async fn try_create(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        object: &Value,
    ) -> Result<Value, Failed> {
        self.post(kind, namespace, object, &PostParams { dry_run: true, ..post() }).await
    }

    async fn post(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        object: &Value,
        params: &PostParams,
    ) -> Result<Value, Failed> {
        let doing = Doing { verb: "create", kind, namespace, name: text_at(object, "/metadata/name") };
        let object = self.object(doing, object)?;
        let created = self.call(doing, self.api(kind, namespace).create(params, &object)).await?;
        self.value(doing, &created)
    }

    /// Changes annotations of an object (merge patch), if it is still of that version.
    pub async fn annotate(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        name: &str,
        version: &str,
        annotations: &Value,
    ) -> Result<Value, Failed> {
        let change = json!({ "metadata": { "resourceVersion": version, "annotations": annotations } });
        self.merge(kind, namespace, name, &change).await
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
        self.patch(doing, &params, &Patch::Apply(object)).await
    }

    /// Tries whether an object could be applied (`dryRun=All`), and says with 409 whose fields it would take.
    pub async fn try_apply(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        object: &Value,
    ) -> Result<Value, Failed> {
        let name = text_at(object, "/metadata/name");
        let doing = Doing { verb: "patch", kind, namespace, name };
        let params = PatchParams { dry_run: true, ..PatchParams::apply(FIELD_MANAGER) };
        self.patch(doing, &params, &Patch::Apply(object)).await
    }

    /// Changes some fields of an object (merge patch).
    pub async fn merge(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        name: &str,
        change: &Value,
    ) -> Result<Value, Failed> {
        let doing = Doing { verb: "patch", kind, namespace, name };
        let params = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
        self.patch(doing, &params, &Patch::Merge(change)).await
    }

    async fn patch(
        &self,
        doing: Doing<'_>,
        params: &PatchParams,
        patch: &Patch<&Value>,
    ) -> Result<Value, Failed> {
        let api = self.api(doing.kind, doing.namespace);
        let patched = self.call(doing, api.patch(doing.name, params, patch)).await?;
        self.value(doing, &patched)
    }

    /// Deletes exactly the object of that UID; one that has gone already is as good.
    pub async fn delete(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        name: &str,
        uid: &str,
    ) -> Result<(), Failed> {
        let preconditions = Preconditions { uid: Some(uid.to_owned()), resource_version: None };
        self.delete_if(kind, namespace, name, preconditions).await
    }

    /// Deletes exactly the object of that UID, if it is still of that version.
    pub async fn delete_unchanged(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        name: &str,
        uid: &str,
        version: &str,
    ) -> Result<(), Failed> {
        let (uid, resource_version) = (Some(uid.to_owned()), Some(version.to_owned()));
        self.delete_if(kind, namespace, name, Preconditions { uid, resource_version }).await
    }

    async fn delete_if(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        name: &str,
        preconditions: Preconditions,
    ) -> Result<(), Failed> {
        let doing = Doing { verb: "delete", kind, namespace, name };
        // Said, because a Job's pods would stay where nothing is said (`pkg/registry/batch/job/strategy.go`).
        let params = DeleteParams {
            preconditions: Some(preconditions),
            propagation_policy: Some(PropagationPolicy::Background),
            ..DeleteParams::default()
        };
        match self.call(doing, self.api(kind, namespace).delete(name, &params)).await {
            Ok(_) => Ok(()),
            Err(failed) if failed.code == Some(404) => Ok(()),
            // Another one of that name is there: the one of that UID is gone.
            // (apiserver, `pkg/registry/generic/registry/store.go`; apimachinery, Preconditions.Check)
            Err(failed) if failed.is_conflict() && failed.said.contains("UID in precondition") => Ok(()),
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

    /// The last lines of a container's log; of its previous life, if asked for.
    pub async fn log(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        previous: bool,
    ) -> Result<String, Failed> {
        let doing = Doing { verb: "get", kind: &LOG, namespace: Some(namespace), name: pod };
        let params = LogParams {
            container: Some(container.to_owned()),
            previous,
            tail_lines: Some(LOG_LINES),
            limit_bytes: Some(LOG_BYTES),
            ..LogParams::default()
        };
        let request = Request::new(format!("/api/v1/namespaces/{namespace}/pods"))
            .logs(pod, &params)
            .map_err(|_| self.failed(doing, Some(400), "its name is malformed"))?;
        self.call(doing, self.client.request_text(request)).await
    }
}

fn post() -> PostParams {
    PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PostParams::default() }
}
