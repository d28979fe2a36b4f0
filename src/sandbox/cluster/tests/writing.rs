//! Create, replace and patch.

use super::*;

#[tokio::test(start_paused = true)]
async fn an_object_is_created_once_in_a_namespace_that_exists() {
    let rig = Rig::new(Rollout::Normal);
    assert_eq!(
        rig.create(config_map("c")).await.expect_err("no namespace"),
        refused(404, "NotFound", "namespaces \"ns\" not found")
    );
    rig.namespace().await;
    let made = rig.create(config_map("c")).await.expect("created");
    assert_eq!(made["metadata"]["namespace"], "ns");
    assert_eq!(made["metadata"]["managedFields"][0]["operation"], "Update");
    assert_eq!(
        rig.create(config_map("c")).await.expect_err("taken"),
        refused(409, "AlreadyExists", "configmaps \"c\" already exists")
    );
}

#[tokio::test(start_paused = true)]
async fn names_are_checked_and_generated() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let Refusal(code, reason, message) = rig.create(config_map("Not_A_Name")).await.expect_err("wrong");
    assert_eq!((code, reason.as_str()), (422, "Invalid"));
    assert!(message.starts_with("ConfigMap \"Not_A_Name\" is invalid: metadata.name: Invalid value: \"Not_A_Name\": a lowercase RFC 1123 subdomain"), "{message}");
    let mut nameless = config_map("x");
    nameless["metadata"] = json!({"generateName": "g-"});
    let names: Vec<_> = [rig.create(nameless.clone()).await, rig.create(nameless).await]
        .into_iter()
        .map(|made| made.expect("created")["metadata"]["name"].as_str().expect("a name").to_owned())
        .collect();
    assert!(names.iter().all(|name| name.len() == 7 && name.starts_with("g-")), "{names:?}");
    assert_ne!(names[0], names[1]);
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_keeps_nothing() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let api = rig.api("ConfigMap", "ns");
    let object: DynamicObject = serde_json::from_value(config_map("c")).expect("an object");
    let dry = PostParams { dry_run: true, ..PostParams::default() };
    assert!(api.create(&dry, &object).await.expect("tried").uid().is_some());
    assert!(api.get_opt("c").await.expect("asked").is_none());

    let kept = rig.create(config_map("c")).await.expect("created");
    let change = Patch::Merge(json!({"data": {"a": "2"}}));
    let patched = api.patch("c", &PatchParams::default().dry_run(), &change).await.expect("tried");
    assert_eq!(patched.data["data"]["a"], "2");
    let apply = Patch::Apply(config_map("d"));
    api.patch("d", &PatchParams::apply("t").dry_run(), &apply).await.expect("tried");
    let dry = kube::api::DeleteParams { dry_run: true, ..Default::default() };
    api.delete("c", &dry).await.expect("tried");
    assert_eq!(rig.get("ConfigMap", "c").await, kept);
    assert!(api.get_opt("d").await.expect("asked").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_write_on_a_stale_version_is_a_conflict() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let first = rig.create(config_map("c")).await.expect("created");
    let version = first["metadata"]["resourceVersion"].clone();
    rig.merge("ConfigMap", "c", json!({"data": {"a": "2"}})).await.expect("patched");

    let stale: DynamicObject = serde_json::from_value(first).expect("an object");
    let put = rig.api("ConfigMap", "ns").replace("c", &PostParams::default(), &stale).await;
    let conflict = refused(
        409,
        "Conflict",
        "Operation cannot be fulfilled on configmaps \"c\": the object has been modified; please apply your changes to the latest version and try again",
    );
    assert_eq!(Refusal::from(put.expect_err("stale")), conflict);
    let patch = json!({"metadata": {"resourceVersion": version, "annotations": {"x": "y"}}});
    assert_eq!(rig.merge("ConfigMap", "c", patch).await.expect_err("stale"), conflict);
    let now = rig.get("ConfigMap", "c").await["metadata"]["resourceVersion"].clone();
    let patch = json!({"metadata": {"resourceVersion": now, "annotations": {"x": "y"}}});
    assert_eq!(rig.merge("ConfigMap", "c", patch).await.expect("fresh")["metadata"]["annotations"]["x"], "y");
}

#[tokio::test(start_paused = true)]
async fn an_immutable_secret_keeps_its_data_but_takes_metadata() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "immutable": true,
        "stringData": {"key": "value"}});
    let made = rig.create(secret).await.expect("created");
    assert_eq!((&made["data"], &made["stringData"]), (&json!({"key": "dmFsdWU="}), &Value::Null));
    assert_eq!(
        rig.merge("Secret", "s", json!({"stringData": {"key": "other"}})).await.expect_err("frozen"),
        refused(
            422,
            "Invalid",
            "Secret \"s\" is invalid: data: Forbidden: field is immutable when `immutable` is set"
        )
    );
    assert_eq!(rig.merge("Secret", "s", json!({"immutable": false})).await.expect_err("frozen").0, 422);
    let patch = json!({"metadata": {"annotations": {"state": "done"}}});
    assert_eq!(
        rig.merge("Secret", "s", patch).await.expect("patched")["metadata"]["annotations"]["state"],
        "done"
    );
}

#[tokio::test(start_paused = true)]
async fn the_generation_counts_changes_of_the_spec_alone() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    rig.apply(deployment("web", "web", "web", "web:1")).await;
    let generation = async |patch: Value| {
        rig.merge("Deployment", "web", patch).await.expect("patched")["metadata"]["generation"].clone()
    };
    assert_eq!(generation(json!({"metadata": {"labels": {"a": "b"}}})).await, 1);
    assert_eq!(generation(json!({"status": {"replicas": 9}})).await, 1);
    assert_eq!(generation(json!({"spec": {"replicas": 1}})).await, 1);
    assert_eq!(generation(json!({"spec": {"replicas": 2}})).await, 2);
    assert_eq!(rig.get("Deployment", "web").await["status"]["replicas"], Value::Null, "not by this door");
}

#[tokio::test(start_paused = true)]
async fn status_and_scale_have_doors_of_their_own() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let budget = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b"},
        "spec": {"minAvailable": 1}});
    rig.create(budget).await.expect("created");
    let api = rig.api("PodDisruptionBudget", "ns");
    let patch = json!({"spec": {"minAvailable": 5}, "status": {"currentHealthy": 1}});
    let patched =
        api.patch_status("b", &PatchParams::default(), &Patch::Merge(&patch)).await.expect("patched");
    assert_eq!(
        (&patched.data["spec"]["minAvailable"], &patched.data["status"]["currentHealthy"]),
        (&json!(1), &json!(1))
    );

    rig.apply(deployment("web", "web", "web", "web:1")).await;
    let api = rig.api("Deployment", "ns");
    let patch = Patch::Merge(json!({"spec": {"replicas": 3}}));
    let scale = api.patch_scale("web", &PatchParams::default(), &patch).await.expect("scaled");
    assert_eq!(scale.spec.and_then(|s| s.replicas), Some(3));
    assert_eq!(rig.get("Deployment", "web").await["spec"]["replicas"], 3);
    assert_eq!(
        rig.raw("GET", "/api/v1/namespaces/ns/configmaps/c/status", "", &Value::Null)
            .await
            .expect_err("none")
            .0,
        404
    );
}

#[tokio::test(start_paused = true)]
async fn the_four_kinds_of_patch_are_told_apart() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    rig.create(config_map("c")).await.expect("created");
    let path = "/api/v1/namespaces/ns/configmaps/c";
    let json_patch = json!([{"op": "test", "path": "/data/a", "value": "1"}, {"op": "add", "path": "/data/b", "value": "2"}]);
    let patched = rig.raw("PATCH", path, "application/json-patch+json", &json_patch).await.expect("patched");
    assert_eq!(patched["data"], json!({"a": "1", "b": "2"}));
    let wrong = json!([{"op": "test", "path": "/data/a", "value": "9"}, {"op": "remove", "path": "/data/b"}]);
    assert_eq!(rig.raw("PATCH", path, "application/json-patch+json", &wrong).await.expect_err("test").0, 400);
    let strategic = json!({"data": {"b": null}});
    let patched =
        rig.raw("PATCH", path, "application/strategic-merge-patch+json", &strategic).await.expect("patched");
    assert_eq!(patched["data"], json!({"a": "1"}));
    let Refusal(code, reason, _) = rig.raw("PATCH", path, "text/plain", &strategic).await.expect_err("type");
    assert_eq!((code, reason.as_str()), (415, "UnsupportedMediaType"));
}

#[tokio::test(start_paused = true)]
async fn what_the_url_and_the_body_say_must_agree() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let path = "/api/v1/namespaces/ns/configmaps";
    let mut other = config_map("c");
    other["kind"] = json!("Secret");
    let message = "the kind in the data (Secret) does not match the expected kind (ConfigMap)";
    assert_eq!(
        rig.raw("POST", path, "application/json", &other).await.expect_err("kind"),
        refused(400, "BadRequest", message)
    );
    let message = "the name of the object (c) does not match the name on the URL (d)";
    assert_eq!(
        rig.raw("PUT", &format!("{path}/d"), "application/json", &config_map("c")).await.expect_err("name"),
        refused(400, "BadRequest", message)
    );
    let mut elsewhere = config_map("c");
    elsewhere["metadata"]["namespace"] = json!("other");
    assert_eq!(rig.raw("POST", path, "application/json", &elsewhere).await.expect_err("namespace").0, 400);
    assert_eq!(rig.raw("POST", path, "application/json", &json!("text")).await.expect_err("shape").0, 400);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_must_select_its_own_pods_and_keep_its_selector() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let mut wrong = deployment("web", "web", "web", "web:1");
    wrong["spec"]["selector"]["matchLabels"]["app"] = json!("other");
    assert_eq!(
        rig.create(wrong.clone()).await.expect_err("selects others"),
        refused(
            422,
            "Invalid",
            "Deployment.apps \"web\" is invalid: spec.template.metadata.labels: Invalid value: {\"app\":\"web\"}: `selector` does not match template `labels`"
        )
    );
    rig.apply(deployment("web", "web", "web", "web:1")).await;
    wrong["spec"]["template"]["metadata"]["labels"]["app"] = json!("other");
    let Refusal(code, _, message) = rig.merge("Deployment", "web", wrong).await.expect_err("moves");
    assert_eq!(code, 422);
    assert!(message.contains("spec.selector: Invalid value"), "{message}");
    assert!(message.contains("field is immutable"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn a_service_gets_an_address_and_keeps_it() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}});
    let made = rig.apply(service.clone()).await;
    assert_eq!(made["spec"]["clusterIP"], "10.43.0.2");
    assert_eq!(made["spec"]["ports"], json!([{"port": 80, "protocol": "TCP", "targetPort": 80}]));
    let put: DynamicObject = serde_json::from_value(service).expect("an object");
    let put = rig.api("Service", "ns").replace("s", &PostParams::default(), &put).await.expect("replaced");
    assert_eq!(put.data["spec"]["clusterIP"], "10.43.0.2");
}

#[tokio::test(start_paused = true)]
async fn a_body_over_three_mebibytes_is_refused() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let mut large = config_map("c");
    large["data"]["a"] = json!("x".repeat(3 << 20));
    assert_eq!(rig.create(large).await.expect_err("too large").0, 413);
}

#[tokio::test(start_paused = true)]
async fn numbers_beyond_reason_do_no_harm() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let mut web = deployment("web", "web", "web", "web:1");
    web["spec"]["replicas"] = json!(i64::MAX);
    assert_eq!(rig.create(web.clone()).await.expect_err("too many").0, 400);
    web["spec"]["replicas"] = json!(i32::MIN);
    assert_eq!(rig.create(web.clone()).await.expect_err("too few").0, 422);
    web["spec"]["replicas"] = json!(1);
    web["spec"]["strategy"] =
        json!({"rollingUpdate": {"maxSurge": i32::MAX, "maxUnavailable": "999999999999%"}});
    let probe = json!({"initialDelaySeconds": i32::MAX, "periodSeconds": i32::MAX});
    web["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] = probe;
    web["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = json!(i64::MAX);
    rig.create(web).await.expect("created");
    tokio::time::sleep(Duration::from_secs(10)).await;
    let pod = rig.pod("web-").await;
    assert_eq!(pod["status"]["phase"], "Running");
    let name = object::name(&pod);
    let path =
        format!("/api/v1/namespaces/ns/pods/{name}/log?sinceSeconds={}&tailLines={}", i64::MAX, u64::MAX);
    let request = Request::get(path).body(Vec::new()).expect("a request");
    assert_eq!(rig.client.request_text(request).await.expect("logs"), "starting\nready\n");
    rig.api("Pod", "ns").delete(name, &kube::api::DeleteParams::default()).await.expect("deleted");
    let path = format!("/api/v1/pods?watch=true&timeoutSeconds={}", u64::MAX);
    let request = Request::get(path).body(kube::client::Body::empty()).expect("a request");
    assert_eq!(rig.client.send(request).await.expect("a watch").status(), 200);
}

#[tokio::test(start_paused = true)]
async fn an_image_name_that_is_none_is_said_to_be_so() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    rig.apply(deployment("web", "web", "web", "Web:1")).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let waiting = rig.pod("web-").await["status"]["containerStatuses"][0]["state"]["waiting"].clone();
    assert_eq!(waiting["reason"], "InvalidImageName");
}
