//! The life of one container: image, environment, start, readiness, exit, restart.

use super::{PodRef, env, image, status};
use crate::sandbox::cluster::api::Api;
use crate::sandbox::cluster::events::{Source, Tone, record};
use crate::sandbox::cluster::kinds;
use crate::sandbox::cluster::object::{at, count, digest, int, list, set, text};
use crate::sandbox::cluster::program;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The first and the longest pause before a container that exited starts again.
const BACKOFF: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(300));
/// How often a container that cannot be made is tried again.
const CONFIG_RETRY: Duration = Duration::from_secs(12);
/// The longest a probe may put off, seconds: ten years.
const LONGEST_WAIT: u64 = 315_360_000;
/// How long an init container works.
const INIT_WORK: Duration = Duration::from_millis(600);

/// A container of a pod.
pub struct Container<'a> {
    /// The cluster.
    pub api: &'a Arc<Api>,
    /// The pod.
    pub pod: &'a PodRef,
    /// Its part of the pod's spec.
    pub spec: Value,
    field: &'static str,
}

impl<'a> Container<'a> {
    /// The container of that spec.
    pub fn new(api: &'a Arc<Api>, pod: &'a PodRef, spec: &Value, field: &'static str) -> Self {
        Self { api, pod, spec: spec.clone(), field }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        text(&self.spec, &["name"])
    }

    /// The pod's object as it is now, or null.
    pub fn pod_object(&self) -> Value {
        self.pod.get(self.api).map_or(Value::Null, |pod| Value::clone(&pod))
    }

    /// Records an event about the pod.
    pub fn tell(&self, tone: Tone, reason: &str, message: &str) {
        if let Some(pod) = self.pod.get(self.api) {
            record(self.api, Source::Kubelet, &kinds::PODS, &pod, tone, reason, message);
        }
    }

    /// Prints a line of its log.
    pub fn print(&self, line: impl Into<String>) {
        self.api.logs.print(&self.pod.uid, self.name(), line);
    }

    fn change(&self, change: impl FnOnce(&mut Value)) {
        let stamp = self.api.clock.stamp();
        self.pod.mutate(self.api, |pod| {
            status::change(pod, self.field, self.name(), change);
            status::settle(pod, &stamp);
        });
    }

    /// Shows why it waits.
    pub fn wait_because(&self, reason: &str, message: &str) {
        self.change(|status| {
            let mut waiting = json!({"reason": reason});
            if !message.is_empty() {
                waiting["message"] = json!(message);
            }
            set(status, &["state"], json!({"waiting": waiting}));
            set(status, &["ready"], false);
            set(status, &["started"], false);
        });
    }

    /// Runs an init container to its end.
    pub async fn run_once(&self) {
        self.prepare().await;
        self.start(0);
        program::greet(self);
        self.api.clock.sleep(INIT_WORK).await;
        self.exited(0);
        self.change(|status| set(status, &["ready"], true));
    }

    /// Runs a main container, again and again unless the pod's restart policy says otherwise.
    pub async fn keep_running(self) {
        let mut restarts = 0;
        let mut backoff = BACKOFF.0;
        loop {
            let env = self.prepare().await;
            let code = if let Some(path) = self.no_program() {
                self.not_started(path)
            } else {
                self.start(restarts);
                let code = program::run(&self, &env).await;
                self.exited(code);
                code
            };
            match text(&self.pod_object(), &["spec", "restartPolicy"]) {
                "Never" => return,
                "OnFailure" if code == 0 => return,
                _ => {}
            }
            self.api.clock.sleep(Duration::from_secs(1)).await;
            // The first restart comes at once; from the second exit on the kubelet backs off.
            if restarts > 0 {
                self.back_off(backoff).await;
                backoff = (backoff * 2).min(BACKOFF.1);
            }
            restarts += 1;
        }
    }

    async fn back_off(&self, pause: Duration) {
        let PodRef { namespace, name: pod, uid } = self.pod;
        let name = self.name();
        self.tell(
            Tone::Warning,
            "BackOff",
            &format!("Back-off restarting failed container {name} in pod {pod}_{namespace}({uid})"),
        );
        let seconds = pause.as_secs();
        let wait = match (seconds / 60, seconds % 60) {
            (0, seconds) => format!("{seconds}s"),
            (minutes, seconds) => format!("{minutes}m{seconds}s"),
        };
        let message =
            format!("back-off {wait} restarting failed container={name} pod={pod}_{namespace}({uid})");
        self.change(|status| {
            let last = status["state"].clone();
            set(status, &["lastState"], last);
            let waiting = json!({"waiting": {"reason": "CrashLoopBackOff", "message": message}});
            set(status, &["state"], waiting);
        });
        self.api.clock.sleep(pause).await;
    }

    /// Brings its image, and makes it. Returns its environment.
    async fn prepare(&self) -> BTreeMap<String, String> {
        image::pull(self).await;
        let env = loop {
            match env::resolve(self.api, self.pod, &self.spec) {
                Ok(env) => break env,
                Err(why) => {
                    self.wait_because("CreateContainerConfigError", &why);
                    self.tell(Tone::Warning, "Failed", &format!("Error: {why}"));
                    self.api.clock.sleep(CONFIG_RETRY).await;
                }
            }
        };
        let name = self.name();
        self.tell(Tone::Normal, "Created", &format!("Created container: {name}"));
        self.api.clock.sleep(Duration::from_millis(100)).await;
        env
    }

    /// What it is told to run, where that is a device: those come from the runtime and are no programs.
    fn no_program(&self) -> Option<&str> {
        let first = list(&self.spec, &["command"]).first().and_then(Value::as_str);
        first.filter(|path| path.starts_with("/dev/"))
    }

    /// The runtime could not start it: its state and its exit code, in the words of containerd and runc.
    fn not_started(&self, path: &str) -> i64 {
        let why = format!(
            "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create \
             failed: unable to start container process: error during container init: exec: \"{path}\": permission \
             denied"
        );
        self.tell(Tone::Warning, "Failed", &format!("Error: {why}"));
        let stamp = self.api.clock.stamp();
        self.change(|status| {
            let terminated = json!({
                "exitCode": 128, "reason": "StartError", "message": why, "startedAt": "1970-01-01T00:00:00Z",
                "finishedAt": stamp,
            });
            set(status, &["state"], json!({"terminated": terminated}));
            set(status, &["image"], image::full_name(text(&self.spec, &["image"])));
            set(status, &["imageID"], image::id(text(&self.spec, &["image"])));
        });
        128
    }

    /// Everything between that and the moment it runs.
    fn start(&self, restarts: i64) {
        let name = self.name();
        self.api.logs.begin(&self.pod.uid, name);
        let stamp = self.api.clock.stamp();
        let id = format!("containerd://{}", digest(&format!("{}/{name}/{restarts}", self.pod.uid)));
        let startup_probe = at(&self.spec, &["startupProbe"]).is_object();
        self.change(|status| {
            if status["state"]["terminated"].is_object() {
                let last = status["state"].clone();
                set(status, &["lastState"], last);
            }
            set(status, &["state"], json!({"running": {"startedAt": stamp}}));
            set(status, &["restartCount"], restarts);
            set(status, &["image"], image::full_name(text(&self.spec, &["image"])));
            set(status, &["imageID"], image::id(text(&self.spec, &["image"])));
            set(status, &["containerID"], id);
            set(status, &["started"], !startup_probe);
        });
        self.tell(Tone::Normal, "Started", &format!("Started container {name}"));
    }

    /// Waits as long as its probes take to find it well, then shows it as ready.
    pub async fn become_ready(&self) {
        let delay = |probe: &str| count(&self.spec, &[probe, "initialDelaySeconds"]);
        let period = |probe: &str| int(&self.spec, &[probe, "periodSeconds"]).unwrap_or(10);
        let has = |probe: &str| at(&self.spec, &[probe]).is_object();
        let mut waited = 0;
        if has("startupProbe") {
            waited = delay("startupProbe").saturating_add(period("startupProbe"));
            self.sleep_seconds(waited).await;
            self.change(|status| set(status, &["started"], true));
        }
        if has("readinessProbe") {
            let due = delay("readinessProbe").max(waited).saturating_add(period("readinessProbe"));
            self.sleep_seconds(due.saturating_sub(waited)).await;
        }
        self.change(|status| set(status, &["ready"], true));
    }

    async fn sleep_seconds(&self, seconds: i64) {
        let seconds = u64::try_from(seconds).unwrap_or(0).min(LONGEST_WAIT);
        self.api.clock.sleep(Duration::from_secs(seconds)).await;
    }

    fn exited(&self, code: i64) {
        self.api.logs.end(&self.pod.uid, self.name());
        let stamp = self.api.clock.stamp();
        let reason = if code == 0 { "Completed" } else { "Error" };
        self.change(|status| {
            let started = status["state"]["running"]["startedAt"].clone();
            let id = status["containerID"].clone();
            let terminated = json!({
                "exitCode": code, "reason": reason, "startedAt": started, "finishedAt": stamp, "containerID": id,
            });
            set(status, &["state"], json!({"terminated": terminated}));
            set(status, &["ready"], false);
            set(status, &["started"], false);
        });
    }
}
