//! The real `kubectl rollout status`, asked about every recording at every step of it, through a server that shows
//! what the cluster showed then. Run by `tests/peers/kubectl-recordings`, which brings kubectl.
#![expect(clippy::disallowed_methods, reason = "a test is its own shell: it starts a server and a program")]

use std::io::Write;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use landfall::cluster::kstatus::{Rollout, Status, rolled_out, status, text};
use serde_json::{Value, json};
use tokio::process::Command;

use super::replay::Recording;

const KINDS: [(&str, &str); 3] =
    [("deployments", "Deployment"), ("daemonsets", "DaemonSet"), ("statefulsets", "StatefulSet")];

/// The one object that the server shows at the moment.
type Shown = Arc<Mutex<Value>>;

async fn serve(State(shown): State<Shown>, request: Request) -> Response {
    let (path, query) =
        (request.uri().path().to_owned(), request.uri().query().unwrap_or_default().to_owned());
    let object = shown.lock().unwrap().clone();
    let resource = |(plural, kind): (&str, &str)| {
        json!({"name": plural, "singularName": kind.to_lowercase(), "namespaced": true, "kind": kind,
            "verbs": ["get", "list", "watch"]})
    };
    let version = json!({"groupVersion": "apps/v1", "version": "v1"});
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let answer = match parts.as_slice() {
        ["api"] => json!({"kind": "APIVersions", "versions": ["v1"]}),
        ["apis"] => json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": [
            {"name": "apps", "versions": [version], "preferredVersion": version}]}),
        ["api", "v1"] => json!({"kind": "APIResourceList", "groupVersion": "v1",
            "resources": [resource(("pods", "Pod"))]}),
        ["apis", "apps", "v1"] => json!({"kind": "APIResourceList", "groupVersion": "apps/v1",
            "resources": KINDS.map(resource)}),
        // A server that cannot stream a list says so, and is asked for a plain one.
        ["apis", "apps", "v1", "namespaces", _, _] if query.contains("sendInitialEvents") => {
            let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Invalid",
                "message": "sendInitialEvents is forbidden for watch", "code": 422});
            return (StatusCode::UNPROCESSABLE_ENTITY, Json(status)).into_response();
        }
        ["apis", "apps", "v1", "namespaces", _, _] if query.contains("watch=") => {
            // Nothing more happens: the watch stays open until kubectl has had its answer.
            let silence = futures_util::stream::pending::<Result<String, std::io::Error>>();
            return Body::from_stream(silence).into_response();
        }
        ["apis", "apps", "v1", "namespaces", _, _] => {
            json!({"kind": format!("{}List", text(&object, "/kind")),
            "apiVersion": "apps/v1", "metadata": {"resourceVersion": "1"}, "items": [object]})
        }
        ["apis", "apps", "v1", "namespaces", _, _, name] if *name == text(&object, "/metadata/name") => {
            object
        }
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    Json(answer).into_response()
}

/// What kubectl says of the object that is shown.
async fn asked(kubectl: &str, server: &str, object: &Value) -> String {
    let called = format!("{}/{}", text(object, "/kind").to_lowercase(), text(object, "/metadata/name"));
    let done = Command::new(kubectl)
        .args(["rollout", "status", &called, "-n", text(object, "/metadata/namespace"), "--watch=false"])
        .args(["--server", server, "--request-timeout=10s"])
        .env_clear()
        .envs([("HOME", "/nonexistent"), ("KUBECONFIG", "/dev/null")])
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real kubectl: tests/peers/kubectl-recordings"]
async fn kubectl_agrees() {
    let kubectl = std::env::var("KUBECTL").expect("tests/peers/kubectl-recordings says where kubectl is");
    let shown: Shown = Arc::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    let router = axum::Router::new().fallback(serve).with_state(shown.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let (mut steps, mut differ) = (0, Vec::new());
    let names: Vec<String> = super::expected().into_keys().collect();
    for name in &names {
        let recording = Recording::read(name);
        for line in recording.lines {
            if line.r#type == "DELETED" || !KINDS.iter().any(|(plural, _)| *plural == line.watch) {
                continue;
            }
            *shown.lock().unwrap() = line.object.clone();
            let said = asked(&kubectl, &server, &line.object).await;
            let theirs = match &said {
                _ if said.contains("successfully rolled out") || said.contains("roll out complete") => "done",
                _ if said.contains("exceeded its progress deadline") => "error",
                _ if said.contains("aiting for") => "waiting",
                _ => panic!("{name} {}: kubectl says {said}", line.t),
            };
            let ours = match rolled_out(&line.object).unwrap() {
                Rollout::Done => "done",
                Rollout::Waiting(_) => "waiting",
                Rollout::Error(_) => "error",
            };
            steps += 1;
            if ours != theirs {
                differ.push(format!("{name} at {}: ours {ours}, kubectl {said}", line.t));
            }
            // Being ready asks for more than kubectl's rule, never for less.
            if status(&line.object, Timestamp::UNIX_EPOCH).status == Status::Current && theirs != "done" {
                differ.push(format!("{name} at {}: current, kubectl {said}", line.t));
            }
        }
    }
    let line = format!("kubectl-recordings: files={} steps={steps} differ={}", names.len(), differ.len());
    writeln!(std::io::stdout(), "{line}").unwrap();
    assert_eq!(differ, Vec::<String>::new());
}
