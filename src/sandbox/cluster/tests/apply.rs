//! Server-side apply over HTTP. The merging itself is tested beside its code.

use super::*;

#[tokio::test(start_paused = true)]
async fn apply_creates_then_merges_and_a_status_stays() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let made = rig.apply(deployment("web", "web", "web", "web:1")).await;
    rig.until("Deployment", "web", is_complete).await;
    let mut next = deployment("web", "web", "web", "web:1");
    next["metadata"]["labels"] = json!({"new": "label"});
    let applied = rig.apply(next.clone()).await;
    assert_eq!(applied["status"]["availableReplicas"], 1);
    assert_eq!((&made["metadata"]["generation"], &applied["metadata"]["generation"]), (&json!(1), &json!(1)));
    assert_eq!(rig.apply(next).await, applied, "nothing changed, so no new version");

    let status = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "status": {"collisionCount": 7}});
    let api = rig.api("Deployment", "ns");
    let params = PatchParams::apply("status-writer").force();
    let patched = api.patch_status("web", &params, &Patch::Apply(&status)).await.expect("applied");
    assert_eq!(patched.data["status"]["collisionCount"], 7);
    let entry = patched.managed_fields().iter().find(|e| e.manager.as_deref() == Some("status-writer"));
    assert_eq!(entry.and_then(|e| e.subresource.clone()).as_deref(), Some("status"));
}

#[tokio::test(start_paused = true)]
async fn apply_needs_a_manager_and_respects_the_others() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let api = rig.api("ConfigMap", "ns");
    api.patch("c", &PatchParams::apply("one"), &Patch::Apply(config_map("c"))).await.expect("created");
    let path = "/api/v1/namespaces/ns/configmaps/c";
    let nobody = rig.raw("PATCH", path, "application/apply-patch+yaml", &config_map("c")).await;
    assert_eq!(
        nobody.expect_err("no manager"),
        refused(
            422,
            "Invalid",
            "ConfigMap \"c\" is invalid: fieldManager: Required value: is required for apply patch"
        )
    );
    let mut other = config_map("c");
    other["data"]["a"] = json!("2");
    let conflict =
        api.patch("c", &PatchParams::apply("two"), &Patch::Apply(&other)).await.expect_err("owned");
    assert_eq!(
        Refusal::from(conflict),
        refused(409, "Conflict", "Apply failed with 1 conflict: conflict with \"one\": .data.a")
    );
    let forced =
        api.patch("c", &PatchParams::apply("two").force(), &Patch::Apply(&other)).await.expect("forced");
    assert_eq!(forced.data["data"]["a"], "2");

    rig.merge("ConfigMap", "c", json!({"data": {"a": "3"}})).await.expect("patched by hand");
    let conflict =
        api.patch("c", &PatchParams::apply("two"), &Patch::Apply(&other)).await.expect_err("owned");
    assert_eq!(
        Refusal::from(conflict).2,
        "Apply failed with 1 conflict: conflict with \"unknown\" using v1: .data.a"
    );
}

#[tokio::test(start_paused = true)]
async fn apply_takes_yaml_and_a_version_as_precondition() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let path = "/api/v1/namespaces/ns/configmaps/c?fieldManager=t";
    let request = Request::builder()
        .method("PATCH")
        .uri(path)
        .header(header::CONTENT_TYPE, "application/apply-patch+yaml")
        .body(b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  a: '1'\n".to_vec())
        .expect("a request");
    let made = rig.client.request::<Value>(request).await.expect("applied");
    assert_eq!(made["data"], json!({"a": "1"}));
    let mut stale = config_map("c");
    stale["metadata"]["resourceVersion"] = json!("1");
    assert_eq!(
        rig.raw("PATCH", path, "application/apply-patch+yaml", &stale).await.expect_err("stale").0,
        409
    );
}
