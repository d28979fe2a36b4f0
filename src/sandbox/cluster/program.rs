//! What runs inside the simulated containers: the jobs manager, which signs in at the control plane, and
//! others, which only print a little.

use super::kubelet::container::Container;
use super::object::{list, text};
use crate::sandbox::Login;
use crate::sandbox::scenario::Rollout;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// The container of the jobs manager's pod that signs in.
pub const JOBS_MANAGER_CONTAINER: &str = "api";
/// How often the jobs manager tells the control plane that it is there.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// How long its sign-in takes.
const SIGN_IN: Duration = Duration::from_millis(800);

/// Whether the pod is the jobs manager's.
pub fn is_jobs_manager(pod: &Value) -> bool {
    text(pod, &["metadata", "labels", "app"]) == "manager"
}

/// The image of the jobs manager in its pod.
pub fn jobs_manager_image(pod: &Value) -> &str {
    list(pod, &["spec", "containers"])
        .iter()
        .find(|container| container["name"] == JOBS_MANAGER_CONTAINER)
        .map_or("", |container| text(container, &["image"]))
}

/// Prints what a container of that app prints when it starts.
pub fn greet(container: &Container) {
    let pod = container.pod_object();
    let lines: &[&str] = match (text(&pod, &["metadata", "labels", "app"]), container.name()) {
        ("manager", JOBS_MANAGER_CONTAINER) => {
            &["jobs manager starting", "database reachable at mysql-client:3306, schema up to date"]
        }
        ("manager", "pods-monitor-container") => {
            &["pods monitor starting", "watching jobs in this namespace"]
        }
        ("mysql-client", "mysql-client") => &[
            "[System] [MY-010116] [Server] mysqld (mysqld 8.4) starting as process 1",
            "[System] [MY-010931] [Server] mysqld: ready for connections. Version: '8.4'  socket: '/var/run/mysqld/mysqld.sock'  port: 3306",
        ],
        ("requests-proxy", _) => &["requests proxy starting", "listening on 0.0.0.0:8888"],
        ("egress-proxy", _) => &["Starting Squid Cache", "Accepting HTTP Socket connections at 0.0.0.0:3128"],
        _ if container.name().starts_with("init") => &["preparing volumes", "done"],
        _ => &["starting", "ready"],
    };
    for line in lines {
        container.print(*line);
    }
}

/// Runs a main container until it exits. One that is well never does.
pub async fn run(container: &Container<'_>, env: &BTreeMap<String, String>) -> i64 {
    let pod = container.pod_object();
    let is_manager = is_jobs_manager(&pod) && container.name() == JOBS_MANAGER_CONTAINER;
    greet(container);
    if is_manager {
        return jobs_manager(container, env).await;
    }
    let (work, code) = errand(&container.spec);
    if text(&pod, &["spec", "restartPolicy"]) != "Always" || code != 0 {
        container.become_ready().await;
        container.api.clock.sleep(work).await;
        return code;
    }
    container.become_ready().await;
    std::future::pending().await
}

/// How long a command works and what it ends with, as far as its words say: `sleep 5`, `exit 3`, `false`.
fn errand(container: &Value) -> (Duration, i64) {
    let words: Vec<&str> = ["command", "args"]
        .iter()
        .flat_map(|field| list(container, &[field]))
        .filter_map(Value::as_str)
        .flat_map(|text| text.split([' ', ';', '&', '\n']))
        .collect();
    let after =
        |word: &str| words.iter().skip_while(|w| **w != word).nth(1).and_then(|n| n.parse::<u32>().ok());
    let code = after("exit").map_or_else(|| i64::from(words.last() == Some(&"false")), i64::from);
    (Duration::from_secs(after("sleep").map_or(2, u64::from)), code.min(255))
}

async fn jobs_manager(container: &Container<'_>, env: &BTreeMap<String, String>) -> i64 {
    let api = container.api;
    if api.rollout == Rollout::CrashLoop {
        api.clock.sleep(Duration::from_secs(1)).await;
        container.print("fatal: cannot read the training configuration: unexpected end of file");
        return 1;
    }
    let (Some(username), Some(password)) = (env.get("CLIENT_ID"), env.get("CLIENT_PASSWORD")) else {
        container.print("fatal: CLIENT_ID and CLIENT_PASSWORD must be set");
        return 1;
    };
    container.print("signing in at the control plane");
    api.clock.sleep(SIGN_IN).await;
    match api.control.login(username, password) {
        Login::Accepted => container.print("signed in, listening on 0.0.0.0:8080"),
        Login::Rejected => {
            container.print("authentication failed: the control plane rejected the client credential");
            return 1;
        }
        Login::Inactive => {
            container.print("authentication failed: the control plane says that this client is inactive");
            return 1;
        }
    }
    container.become_ready().await;
    loop {
        api.control.heartbeat(username, &container.pod.namespace);
        container.print("heartbeat sent");
        api.clock.sleep(HEARTBEAT).await;
    }
}
