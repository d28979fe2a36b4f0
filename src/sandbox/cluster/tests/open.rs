//! Who comes in, what is served, and what one may do.

use super::*;
use crate::sandbox::tls::{Authority, TlsListener};
use k8s_openapi::api::authorization::v1::SelfSubjectAccessReview;
use kube::client::Body;
use kube::discovery::{Discovery, Scope};

async fn code(client: &Client, headers: &[(&str, &str)]) -> u16 {
    let mut request = Request::builder().uri("/api/v1/namespaces");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).expect("a request");
    client.send(request).await.expect("an answer").status().as_u16()
}

#[tokio::test(start_paused = true)]
async fn only_the_token_under_a_loopback_name_opens() {
    let rig = Rig::new(Rollout::Normal);
    let bare = Client::new(rig.cluster.router(), "default");
    let right = format!("Bearer {}", rig.cluster.token());
    assert_eq!(code(&bare, &[]).await, 401);
    assert_eq!(code(&bare, &[("authorization", "Bearer wrong")]).await, 401);
    assert_eq!(code(&bare, &[("authorization", &format!("{right}x"))]).await, 401);
    assert_eq!(code(&bare, &[("authorization", &right)]).await, 200);
    for (host, expected) in
        [("127.0.0.1:8001", 200), ("localhost", 200), ("[::1]:80", 200), ("evil.example:8001", 403)]
    {
        assert_eq!(code(&bare, &[("authorization", &right), ("host", host)]).await, expected, "{host}");
    }
    let refusal = bare.apiserver_version().await.expect_err("no token");
    assert_eq!(Refusal::from(refusal), refused(401, "Unauthorized", "Unauthorized"));
}

#[tokio::test(start_paused = true)]
async fn both_forms_of_discovery_tell_the_same() {
    let rig = Rig::new(Rollout::Normal);
    assert_eq!(rig.client.apiserver_version().await.expect("a version").git_version, "v1.34.2+sandbox");
    let old = Discovery::new(rig.client.clone()).run().await.expect("discovery");
    let new = Discovery::new(rig.client.clone()).run_aggregated().await.expect("discovery");
    for kind in kinds::ALL {
        let gvk = GroupVersionKind::gvk(kind.group, kind.version, kind.name);
        let (resource, capabilities) = new.resolve_gvk(&gvk).expect(kind.name);
        let (old_resource, old_capabilities) = old.resolve_gvk(&gvk).expect(kind.name);
        assert_eq!(resource, old_resource);
        assert_eq!(resource.plural, kind.plural);
        let scope = if kind.is_namespaced() { Scope::Namespaced } else { Scope::Cluster };
        assert_eq!((&capabilities.scope, &old_capabilities.scope), (&scope, &scope));
        assert!(capabilities.supports_operation("patch") && old_capabilities.supports_operation("watch"));
        assert_eq!(capabilities.subresources.len(), old_capabilities.subresources.len(), "{}", kind.name);
    }
    assert_eq!(rig.raw("GET", "/apis/nothing.example/v1", "", &Value::Null).await.expect_err("none").0, 404);
    for path in ["/livez", "/readyz", "/healthz"] {
        let request = Request::get(path).body(Vec::new()).expect("a request");
        assert_eq!(rig.client.request_text(request).await.expect("well"), "ok");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_forbidden_is_refused_and_foretold() {
    let rig = Rig::forbidding(Rollout::Normal, &[("list", "secrets"), ("*", "pods/log")]);
    rig.namespace().await;
    let refusal = rig.api("Secret", "ns").list(&ListParams::default()).await.expect_err("forbidden");
    assert_eq!(
        Refusal::from(refusal),
        refused(
            403,
            "Forbidden",
            "secrets is forbidden: User \"landfall-sandbox\" cannot list resource \"secrets\" in API group \"\" in the namespace \"ns\""
        )
    );
    assert!(rig.api("Secret", "ns").get_opt("none").await.expect("allowed").is_none());
    let reviews: KubeApi<SelfSubjectAccessReview> = KubeApi::all(rig.client.clone());
    let allowed = async |verb: &str, resource: &str, subresource: Option<&str>| {
        let review = serde_json::from_value(json!({"apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview", "metadata": {}, "spec": {"resourceAttributes":
            {"verb": verb, "resource": resource, "subresource": subresource}}}))
        .expect("a review");
        let answer = reviews.create(&PostParams::default(), &review).await.expect("reviewed");
        answer.status.expect("a status").allowed
    };
    assert!(!allowed("list", "secrets", None).await);
    assert!(allowed("get", "secrets", None).await);
    assert!(!allowed("get", "pods", Some("log")).await);
    let rules = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": {"namespace": "ns"}});
    let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
    let answer = rig.raw("POST", path, "application/json", &rules).await.expect("reviewed");
    let of_secrets = answer["status"]["resourceRules"]
        .as_array()
        .expect("rules")
        .iter()
        .find(|r| r["resources"][0] == "secrets");
    assert!(!of_secrets.expect("a rule")["verbs"].as_array().expect("verbs").contains(&json!("list")));
}

#[tokio::test(start_paused = true)]
async fn what_is_forbidden_in_all_namespaces_at_once_is_allowed_in_each() {
    let rig = Rig::forbidding(Rollout::Normal, &[("list", "* in all namespaces")]);
    rig.namespace().await;
    let everywhere = KubeApi::<k8s_openapi::api::core::v1::Secret>::all(rig.client.clone());
    let refusal = everywhere.list(&ListParams::default()).await.expect_err("forbidden");
    assert_eq!(Refusal::from(refusal).0, 403);
    rig.api("Secret", "ns").list(&ListParams::default()).await.expect("allowed");
    rig.api("Node", "").list(&ListParams::default()).await.expect("lives in none");
    for (space, allowed) in [("", false), ("ns", true)] {
        let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {"verb": "list", "resource": "secrets", "namespace": space}}});
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        let answer = rig.raw("POST", path, "application/json", &review).await.expect("reviewed");
        assert_eq!(answer["status"]["allowed"], json!(allowed), "{space:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_fresh_cluster_has_a_node_a_class_and_an_identity() {
    let rig = Rig::new(Rollout::Normal);
    let system = rig.api("Namespace", "").get("kube-system").await.expect("there");
    assert_eq!(system.uid().map(|uid| uid.len()), Some(36));
    let node = rig.api("Node", "").get("box-1").await.expect("there");
    assert!(object::has_condition(&serde_json::to_value(&node).expect("JSON"), "Ready"));
    assert_eq!(node.data["status"]["allocatable"]["memory"], "32Gi");
    let class = rig.api("StorageClass", "").get("local-path").await.expect("there");
    assert_eq!(class.data["volumeBindingMode"], "WaitForFirstConsumer");
    rig.namespace().await;
    rig.until("ServiceAccount", "default", |_| true).await;
}

#[tokio::test(start_paused = true)]
async fn a_cluster_may_be_given_its_identity() {
    let rig = Rig::new(Rollout::Normal);
    let uid = "00000000-0000-4000-8000-000000000000";
    let cluster = Cluster::new(ClusterOptions {
        clock: SimClock::new(1.0),
        rollout: Rollout::Normal,
        control: rig.plane.clone(),
        node: "box-2".to_owned(),
        uid: Some(uid.to_owned()),
        forbid: Vec::new(),
    });
    let system = cluster.api.get(&kinds::NAMESPACES, "", "kube-system").expect("there");
    assert_eq!(object::uid(&system), uid);
    assert_ne!(cluster.token(), rig.cluster.token());
}

#[tokio::test]
async fn the_kubeconfig_leads_the_real_client_there() {
    let rig = Rig::new(Rollout::Normal);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let authority = Authority::new().expect("an authority");
    let config = authority.server(&[address.ip()]).expect("a certificate");
    let listener = TlsListener::new(listener, config).expect("TLS");
    let router = rig.cluster.router();
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let text = rig.cluster.kubeconfig(&format!("https://{address}"), &authority.pem());
    let file = kube::config::Kubeconfig::from_yaml(&text).expect("a kubeconfig");
    assert_eq!(file.current_context.as_deref(), Some("landfall-sandbox"));
    let mut config = kube::Config::from_custom_kubeconfig(file, &kube::config::KubeConfigOptions::default())
        .await
        .expect("a config");
    config.proxy_url = None;
    let client = Client::try_from(config).expect("a client");
    assert_eq!(client.apiserver_version().await.expect("a version").minor, "34");
    serving.abort();
}
