//! Sixty kinds of planted secrets, and none of them leaves: not in the report, not in JSON, not in a bundle.
#![expect(clippy::disallowed_macros, reason = "the figure's line is what a test prints")]

use std::fs;

use landfall::doctor::bundle::{Bundle, archive};
use landfall::face::doctor as face;
use landfall::secret::forms;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::rig::{Change, Exchange, Rig, Side, write};

/// A kind, and the value that is planted as it.
const KINDS: &[(&str, &str)] = &[
    ("proxy password", "Canary-00-proxy!"),
    ("proxy password, percent-encoded", "Canary/01@proxy"),
    ("proxy password beside odd signs", "Canary#02:odd"),
    ("proxy user alone", "canary03proxyuser"),
    ("all-proxy password", "Canary-04-all"),
    ("kubeconfig token of another user", "Canary-05-kube-other"),
    ("kubeconfig password of another user", "Canary-06-kube-pass"),
    ("journal: bearer", "Canary-07-journal"),
    ("journal: token in JSON", "Canary-08-journal"),
    ("journal: private key", "Canary09PrivateKey"),
    ("journal: cookie", "Canary-10-cookie"),
    ("journal: verification address", "CANA-RY11"),
    ("API error: password", "Canary-12-api"),
    ("API error: bearer", "Canary-13-api"),
    ("API error: JSON in JSON", "Canary-14-api"),
    ("API page: query of an address", "Canary-15-page"),
    ("client's name: token of GitHub", "ghp_Canary16abcdefghijklmnopqrstuvwxyz"),
    ("client's name: key of AWS", "AKIACANARY17ABCDEFGH"),
    ("account's e-mail: login in an address", "Canary-18-mail"),
    ("pod: value of an environment", "Canary-19-env"),
    ("pod: argument", "Canary-20-arg"),
    ("pod: command", "Canary-21-command"),
    ("pod: annotation", "Canary-22-annotation"),
    ("pod: label", "Canary-23-label"),
    ("pod: host path", "Canary-24-volume"),
    ("pod: status message", "Canary-25-status"),
    ("pod: waiting message", "Canary-26-waiting"),
    ("pod: terminated message", "Canary-27-terminated"),
    ("pod: login in its image", "Canary-28-image"),
    ("deployment: annotation", "Canary-29-annotation"),
    ("deployment: template's environment", "Canary-30-template"),
    ("deployment: condition", "Canary-31-condition"),
    ("node: annotation", "Canary-32-node"),
    ("node: condition", "Canary-33-node"),
    ("claim: annotation", "Canary-34-claim"),
    ("quota: annotation", "Canary-35-quota"),
    ("release's Secret: password", "Canary-36-client-password"),
    ("release's Secret: another key", "Canary-37-more"),
    ("release's Secret: last-applied", "Canary-38-applied"),
    ("Helm's payload", "Canary-39-helm"),
    ("write-ahead record", "Canary-40-record"),
    ("Lease: who", "Canary-41-lease"),
    ("refusal of the cluster", "Canary-42-refusal"),
    ("role binding: subject", "Canary-43-subject"),
    ("event: bearer", "Canary-44-event"),
    ("event: basic", "Q2FuYXJ5OjQ1LWV2ZW50"),
    ("event: token with three parts", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnk0NiJ9.c2lnbmVkNDY"),
    ("event: flag", "Canary-47-flag"),
    ("event: login in an address", "Canary-48-address"),
    ("event: signed address", "Canary49Signature"),
    ("event: variable", "Canary-50-variable"),
    ("event: private key", "Canary51PrivateKey"),
    ("log: JSON", "Canary-52-log"),
    ("log: header", "Canary-53-log"),
    ("log: yaml", "Canary-54-log"),
    ("log: quoted with spaces", "Canary 55 with spaces"),
    ("log: connection string", "Canary-56-dsn"),
    ("log: random letters", "Canary57aB3dE5fG7hJ9kL1mN3"),
    ("log: hexadecimal", "ca7a7ca7a7ca7a7ca7a7ca7a7ca7a758"),
    ("log: key of a vault", "hvs.CANARY59abcdefghijkl"),
    ("log: token of a registry", "dckr_pat_Canary60abcdefg"),
    ("log: session", "Canary-61-session"),
    ("log: held, in base64", "Canary-36-client-password"),
    ("log: held, percent-encoded", "Canary-36-client-password"),
    ("log: held, quoted for a shell", "Canary-36-client-password"),
];

fn k(nth: usize) -> &'static str {
    KINDS[nth].1
}

fn base(text: &str) -> String {
    landfall::secret::base64(text.as_bytes()).to_string()
}

fn each(exchange: &mut Exchange, end: &str, change: impl Fn(&mut Value)) {
    exchange.items(end).into_iter().flatten().for_each(change);
}

fn event(message: &str) -> Value {
    json!({
        "metadata": {"name": "e", "annotations": {"a": k(22)}}, "type": "Warning", "reason": "FailedMount", "message": message,
        "involvedObject": {"name": "x", "kind": "Pod"}, "lastTimestamp": "2099-01-01T00:00:00Z",
    })
}

const CHANGES: &[Change] = &[
    |exchange| {
        if exchange.side == Side::Api {
            let rows = exchange.body.get_mut("results").and_then(Value::as_array_mut);
            for row in rows.into_iter().flatten() {
                row["first_name"] = json!(format!("{} {}", k(16), k(17)));
            }
            if exchange.path == "/userinfo/" && exchange.status == 200 {
                exchange.body["email"] = json!(format!("https://tea:{}@acme.example", k(18)));
            }
            if exchange.path == "/edge-device/" && exchange.signed_in {
                let inner = format!(r#"{{"secret":"{}"}}"#, k(14));
                exchange.fail(500, &format!("password={} Authorization: Bearer {} {inner}", k(12), k(13)));
            }
        }
    },
    |exchange| {
        each(exchange, "/pods", |pod| {
            pod["metadata"]["annotations"] = json!({"a": k(22)});
            pod["metadata"]["labels"]["z"] = json!(k(23));
            pod["spec"]["volumes"] = json!([{"name": "v", "hostPath": {"path": k(24)}}]);
            for container in pod["spec"]["containers"].as_array_mut().unwrap() {
                container["env"] = json!([{"name": "DB_PASSWORD", "value": k(19)}]);
                container["args"] = json!(["--password", k(20)]);
                container["command"] = json!([k(21)]);
                container["image"] = json!(format!("https://puller:{}@registry.example/x:1", k(28)));
            }
            pod["status"]["message"] = json!(format!("token={}", k(25)));
            for status in pod["status"]["containerStatuses"].as_array_mut().into_iter().flatten() {
                status["image"] = json!(format!("https://puller:{}@registry.example/x:1", k(28)));
                status["ready"] = json!(false);
                status["restartCount"] = json!(9);
                status["state"] = json!({"waiting": {"reason": "ImagePullBackOff", "message": format!("failed: https://u:{}@r.example/v2/ refused", k(26))}});
                status["lastState"] = json!({"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": "2099-01-01T00:00:00Z",
                    "message": format!("fatal: api_key: {}", k(27))}});
            }
        });
        each(exchange, "/deployments", |object| {
            object["metadata"]["annotations"]["z"] = json!(k(29));
            // A list of metadata has no more.
            if !object["spec"].is_object() {
                return;
            }
            object["spec"]["template"]["spec"]["containers"][0]["env"] =
                json!([{"name": "X", "value": k(30)}]);
            object["status"]["readyReplicas"] = json!(0);
            object["status"]["availableReplicas"] = json!(0);
            object["status"]["conditions"] = json!([{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate",
                "message": format!("webhook said secret={}", k(31))}]);
        });
        each(exchange, "/nodes", |node| {
            node["metadata"]["annotations"]["z"] = json!(k(32));
            node["status"]["conditions"][3]["status"] = json!("False");
            node["status"]["conditions"][3]["message"] = json!(format!("kubelet: password={}", k(33)));
        });
        each(exchange, "/persistentvolumeclaims", |claim| {
            claim["metadata"]["annotations"]["z"] = json!(k(34));
        });
        if let Some(all) = exchange.items("/resourcequotas") {
            all.push(json!({"kind": "ResourceQuota", "metadata": {"name": "q", "annotations": {"a": k(35)}}, "status": {}}));
        }
    },
    |exchange| {
        let secret = |secret: &mut Value| {
            secret["data"]["CLIENT_PASSWORD"] = json!(base(k(36)));
            secret["data"]["MORE"] = json!(base(k(37)));
            secret["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] =
                json!(format!("{{\"data\":{{\"CLIENT_PASSWORD\":\"{}\"}}}}", base(k(38))));
        };
        if exchange.side == Side::Cluster && exchange.path.ends_with("-secrets") && exchange.status == 200 {
            secret(&mut exchange.body);
        }
        each(exchange, "/secrets", |one| {
            if one["data"]["CLIENT_ID"].is_string() {
                secret(one);
            }
        });
        if let Some(all) = exchange.items("/secrets") {
            all.push(json!({"kind": "Secret", "apiVersion": "v1", "type": "helm.sh/release.v1",
                "metadata": {"name": "sh.helm.release.v1.x.v1", "labels": {"owner": "helm", "name": "x", "status": "deployed", "version": "1"}},
                "data": {"release": base(k(39))}}));
        }
        if exchange.method == "GET" && exchange.path.contains("/secrets/landfall-claim-") {
            exchange.status = 200;
            exchange.body = json!({"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "landfall-claim-x",
                "namespace": "kube-system", "creationTimestamp": "2026-01-01T00:00:00Z", "annotations": {"landfall/state": format!("token={}", k(40))}},
                "data": {"password": base(k(40))}});
        }
        if exchange.side == Side::Cluster && exchange.path.ends_with("/leases/landfall-enroll") {
            exchange.status = 200;
            exchange.body = json!({"kind": "Lease", "apiVersion": "coordination.k8s.io/v1",
                "metadata": {"name": "landfall-enroll", "namespace": "kube-system", "annotations": {"landfall/who": format!("eve --token {}", k(41))}},
                "spec": {"holderIdentity": "x/1/1", "renewTime": "2099-01-01T00:00:00.000000Z"}});
        }
        if exchange.side == Side::Cluster && exchange.path.contains("metrics.k8s.io") {
            exchange.fail(500, &format!("upstream said: Authorization: Bearer {}", k(42)));
        }
        if let Some(all) = exchange.items("/clusterrolebindings") {
            all.push(
                json!({"metadata": {"name": "b"}, "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"},
                "subjects": [{"kind": "User", "name": format!("password={}", k(43))}]}),
            );
        }
    },
    |exchange| {
        if let Some(all) = exchange.items("/events") {
            let pem = format!("-----BEGIN RSA PRIVATE KEY----- {} -----END RSA PRIVATE KEY-----", k(51));
            all.extend(
                [
                    format!("pull: Authorization: Bearer {}", k(44)),
                    format!("pull: Authorization: Basic {}", k(45)),
                    format!("got {}", k(46)),
                    format!("exec mysqldump --password {} failed", k(47)),
                    format!("dial postgres://app:{}@db/x failed", k(48)),
                    format!("GET https://s3.example/b?X-Amz-Signature={}", k(49)),
                    format!("env DB_PASSWORD={} is not valid", k(50)),
                    format!("mount: {pem}"),
                ]
                .map(|message| event(&message)),
            );
        }
        if exchange.side == Side::Cluster && exchange.path.ends_with("/log") {
            exchange.status = 200;
            exchange.body = Value::Null;
            let held = k(36);
            exchange.page = Some(
                [
                    format!(r#"{{"level":"error","password":"{}"}}"#, k(52)),
                    format!("X-Api-Key: {}", k(53)),
                    format!("  client_secret: {}", k(54)),
                    format!("passphrase = \"{}\"", k(55)),
                    format!("Server=db;User=x;Password={};", k(56)),
                    format!("using {}", k(57)),
                    format!("key id {}", k(58)),
                    format!("vault {}", k(59)),
                    format!("docker login with {}", k(60)),
                    format!("session={}; path=/", k(61)),
                    format!("authentication failed for {}", base(held)),
                    format!("authentication failed for {}", held.replace('-', "%2D")),
                    format!("authentication failed: curl -d 'p={held}'"),
                ]
                .join("\n"),
            );
        }
    },
];

/// `tests/figures canaries`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn canaries() {
    let rig = Rig::new().await;
    let mut subject = rig.subject();
    let proxies = [
        ("HTTPS_PROXY", format!("http://tea:{}@10.0.0.8:3128", k(0))),
        ("https_proxy", format!("http://tea:{}@10.0.0.8:3128", k(1).replace('/', "%2F").replace('@', "%40"))),
        ("HTTP_PROXY", format!("http://tea:{}@10.0.0.8:3128", k(2))),
        ("http_proxy", format!("http://{}@10.0.0.8:3128", k(3))),
        ("ALL_PROXY", format!("socks5://tea:{}@10.0.0.8:1080", k(4))),
    ];
    subject.surroundings.proxies =
        proxies.into_iter().map(|(name, value)| (name, Zeroizing::new(value))).collect();
    let mut config: Value = serde_saphyr::from_str(&fs::read_to_string(&rig.kubeconfig).unwrap()).unwrap();
    config["users"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "other", "user": {"token": k(5), "password": k(6)}}));
    write(&rig.kubeconfig, &config.to_string());
    let token = config["users"][0]["user"]["token"].as_str().unwrap().to_owned();
    let journal = format!(
        "Authorization: Bearer {}\n{{\"token\":\"{}\"}}\n-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\nCookie: id={}; a=b\nGET https://id.example/?user_code={}\n",
        k(7),
        k(8),
        k(9),
        k(10),
        k(11)
    );
    let journal = [("2026-11-22.jsonl".to_owned(), journal)];
    let page = |exchange: &mut Exchange| {
        if exchange.side == Side::Api {
            exchange.status = 200;
            exchange.page =
                Some(format!("<html><title>see https://portal.example/?token={}</title></html>", k(15)));
        }
    };
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    for changes in [CHANGES.to_vec(), [CHANGES, &[page]].concat()] {
        let (report, world) = rig.look(&subject, &changes).await;
        all.push(("the report".into(), face::text(&report, true).into_bytes()));
        for item in &report.items {
            all.push(("JSON".into(), face::check(item, true).to_string().into_bytes()));
        }
        all.push(("JSON".into(), face::json(&report).to_string().into_bytes()));
        let bundle = Bundle::of(&report, &world, &subject, &journal);
        let packed = bundle.pack(&subject).unwrap();
        assert_eq!(packed, Bundle::of(&report, &world, &subject, &journal).pack(&subject).unwrap());
        let files = archive::unpack(&packed).unwrap();
        assert!(files.iter().any(|file| file.name.starts_with("logs/")) && files.len() >= 8, "{files:?}");
        all.extend(files.into_iter().map(|file| (format!("bundle: {}", file.name), file.bytes)));
        let preview =
            bundle.preview.iter().map(|line| line.as_str().to_owned()).collect::<Vec<_>>().join("\n");
        all.push(("the preview".into(), preview.into_bytes()));
        assert!(landfall::doctor::bundle::read(&packed).is_ok());
    }
    let session =
        fs::read_dir(rig.home.path().join(".local/state/landfall")).unwrap().flatten().find_map(|entry| {
            let sealed: Value = serde_json::from_str(&fs::read_to_string(entry.path()).ok()?).ok()?;
            sealed["token"].as_str().map(str::to_owned)
        });
    let real = [("the session's token", session.unwrap()), ("the kubeconfig's token", token)];
    let real = real.iter().map(|(kind, value)| (*kind, value.as_str()));
    let (mut leaks, mut kinds) = (0, 0);
    for (kind, value) in KINDS.iter().copied().chain(real) {
        kinds += 1;
        for (place, bytes) in &all {
            let text = String::from_utf8_lossy(bytes);
            if forms(value).iter().any(|form| text.contains(form.as_str())) {
                leaks += 1;
                let line =
                    text.lines().find(|line| forms(value).iter().any(|form| line.contains(form.as_str())));
                eprintln!("  {kind} is in {place}: {line:?}");
            }
        }
    }
    println!("canaries: kinds={kinds} leaks={leaks}");
    assert!(kinds >= 60 && leaks == 0);
}
