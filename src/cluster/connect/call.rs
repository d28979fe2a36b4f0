//! Calls to the cluster: each with a time limit, and each failure with what was attempted.

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use kube::core::DynamicObject;
use serde_json::Value;
use tokio::time::timeout;

use super::kinds::Kind;
use super::{CALL_TIMEOUT, Connected};
use crate::error::Fault;
use crate::foreign::Text;

/// What the cluster says of an object under a status that means something else: 403 of a policy, 500 of a field that
/// a kind does not have.
/// (apiserver: admission `errors/statuserror.go`, `resourcequota/controller.go`, `limitranger/admission.go`, pod-security
/// `admission.go`, validating policies `policy/validating`; structured-merge-diff `typed`)
const VERDICTS: [&str; 8] = [
    "denied the request",
    "denied request",
    "exceeded quota",
    "failed quota",
    " usage per ",
    "limit to request ratio per",
    "violates PodSecurity",
    "failed to create typed patch object",
];

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
        self.code.is_none_or(|code| code == 429 || code >= 500) && !self.is_of_the_object()
    }

    /// Whether it was only that a webhook takes no trials (`dryRun=All`).
    /// (apiserver, `pkg/admission/plugin/webhook/errors/statuserror.go`, NewDryRunUnsupportedErr)
    pub fn is_untried(&self) -> bool {
        self.code == Some(400) && self.said.contains("does not support dry run")
    }

    /// Whether the answer is about the object, whatever its status: no right is missing, and waiting is no help.
    fn is_of_the_object(&self) -> bool {
        self.code.is_some() && VERDICTS.iter().any(|words| self.said.contains(words))
    }

    /// Whether something that the cluster asks before it takes an object gave no answer.
    fn is_unasked(&self) -> bool {
        self.said.contains("failed calling webhook")
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
            // The cluster says 403 here as well, and no right is missing.
            Some(403) if failed.said.contains("being terminated") => Self::ClusterRefuses {
                object: failed.object,
                said: Text::new("its namespace is being deleted; wait until it has gone"),
            },
            Some(_) if failed.is_of_the_object() || failed.is_unasked() => {
                Self::ClusterRefuses { object: failed.object, said: failed.said }
            }
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
pub(super) struct Doing<'a> {
    pub(super) verb: &'a str,
    pub(super) kind: &'a Kind,
    pub(super) namespace: Option<&'a str>,
    pub(super) name: &'a str,
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
    pub(super) async fn call<T>(
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

    /// The failure of a cluster that gave no answer within a limit of the caller's own.
    pub fn silent(&self, limit: Duration) -> Failed {
        let kind = Kind::plain("Cluster", "the cluster");
        self.failed(Doing { verb: "ask", kind: &kind, namespace: None, name: "" }, None, &late(limit))
    }

    pub(super) fn failed(&self, doing: Doing<'_>, code: Option<u16>, said: &str) -> Failed {
        let place = doing.namespace.map(|namespace| format!("{namespace}/")).unwrap_or_default();
        Failed {
            doing: Text::new(&doing.to_string()),
            object: Text::new(&format!("{} {place}{}", doing.kind.name, doing.name)),
            code,
            said: self.vault.scrub(said),
            server: self.server.clone(),
        }
    }

    pub(super) fn value(&self, doing: Doing<'_>, object: &DynamicObject) -> Result<Value, Failed> {
        serde_json::to_value(object).map_err(|_| self.failed(doing, None, "its answer is not an object"))
    }

    pub(super) fn object(&self, doing: Doing<'_>, value: &Value) -> Result<DynamicObject, Failed> {
        serde_json::from_value(value.clone()).map_err(|_| self.failed(doing, Some(400), "it is no object"))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_cluster_says_of_an_object_is_no_missing_right_and_no_silence() {
        for (code, said, transient, refuses) in [
            (
                403,
                "deployments.apps is forbidden: User \"a\" cannot patch resource \"deployments\"",
                false,
                false,
            ),
            (403, "admission webhook \"policy.example\" denied the request: no latest", false, true),
            (400, "admission webhook \"policy.example\" denied the request without explanation", false, true),
            (
                403,
                "services \"a\" is forbidden: exceeded quota: q, requested: services=1, used: services=2",
                false,
                true,
            ),
            (
                403,
                "pods \"a\" is forbidden: violates PodSecurity \"restricted:latest\": runAsNonRoot != true",
                false,
                true,
            ),
            (
                403,
                "persistentvolumeclaims \"a\" is forbidden: maximum storage usage per PersistentVolumeClaim is 1Gi, \
                 but request is 5Gi",
                false,
                true,
            ),
            (
                403,
                "pods \"a\" is forbidden: cpu max limit to request ratio per Container is 2, but provided ratio is 4.0",
                false,
                true,
            ),
            (
                500,
                "failed to create typed patch object (lab/a; v1, Kind=Service): .spec.x: field not declared in schema",
                false,
                true,
            ),
            (
                500,
                "Internal error occurred: failed calling webhook \"a.example\": no endpoints available",
                true,
                true,
            ),
            (503, "apiserver is shutting down", true, false),
            (429, "too many requests", true, false),
            (422, "Service \"a\" is invalid: spec.ports: Required value", false, true),
        ] {
            let failed = failed(code, said);
            assert_eq!(failed.is_transient(), transient, "{said}");
            assert_eq!(matches!(Fault::from(failed), Fault::ClusterRefuses { .. }), refuses, "{said}");
        }
        let untried = failed(400, "admission webhook \"a\" does not support dry run");
        assert!(
            untried.is_untried() && !failed(400, "admission webhook \"a\" denied the request").is_untried()
        );
    }

    fn failed(code: u16, said: &str) -> Failed {
        Failed {
            doing: "create secrets in lab".into(),
            object: "Secret lab/a".into(),
            code: Some(code),
            said: said.into(),
            server: "https://127.0.0.1:6443".into(),
        }
    }

    #[test]
    fn a_namespace_that_ends_is_no_missing_right() {
        let failed = |said: &str| failed(403, said);
        let ending = "secrets \"a\" is forbidden: unable to create new content in namespace lab because it is being \
                      terminated";
        assert_eq!(
            Fault::from(failed(ending)),
            Fault::ClusterRefuses {
                object: "Secret lab/a".into(),
                said: "its namespace is being deleted; wait until it has gone".into()
            }
        );
        assert!(matches!(Fault::from(failed("no")), Fault::ClusterForbids { .. }));
    }
}
