//! What kubectl and typed Go clients ask for beside plain objects: tables, documents, strict fields.

use super::*;

const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

async fn table(rig: &Rig, path: &str) -> Value {
    let request = Request::get(path).header(header::ACCEPT, TABLE).body(Vec::new()).expect("a request");
    rig.client.request(request).await.expect("a table")
}

#[tokio::test(start_paused = true)]
async fn a_list_a_get_and_a_watch_come_as_tables() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    rig.apply(deployment("web", "web", "web", "web:1")).await;
    rig.until("Deployment", "web", is_complete).await;
    let list = table(&rig, "/apis/apps/v1/namespaces/ns/deployments").await;
    assert_eq!(list["kind"], "Table");
    assert_eq!(list["columnDefinitions"][1]["name"], "Ready");
    let [name, ready, updated] = [0, 1, 2].map(|n| list["rows"][0]["cells"][n].clone());
    assert_eq!((name, ready, updated), (json!("web"), json!("1/1"), json!(1)));
    assert_eq!(list["rows"][0]["object"]["kind"], "PartialObjectMetadata");
    let one = table(&rig, "/apis/apps/v1/namespaces/ns/deployments/web?includeObject=Object").await;
    assert_eq!(one["rows"][0]["object"]["kind"], "Deployment");
    let request = Request::get("/api/v1/namespaces/ns/pods?watch=true&timeoutSeconds=1")
        .header(header::ACCEPT, TABLE)
        .body(Vec::new())
        .expect("a request");
    let text = rig.client.request_text(request).await.expect("a watch");
    let first: Value = serde_json::from_str(text.lines().next().expect("a line")).expect("JSON");
    assert_eq!((&first["type"], &first["object"]["kind"]), (&json!("ADDED"), &json!("Table")));
    assert_eq!(first["object"]["rows"][0]["cells"][2], "Running");
}

#[tokio::test(start_paused = true)]
async fn a_field_that_is_not_there_is_refused_named_or_dropped_as_asked() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let mut typo = deployment("web", "web", "web", "web:1");
    typo["spec"]["replica"] = json!(2);
    let path = "/apis/apps/v1/namespaces/ns/deployments";
    let strict = rig.raw("POST", &format!("{path}?fieldValidation=Strict"), "application/json", &typo).await;
    assert_eq!(
        strict.expect_err("a typo"),
        refused(
            400,
            "BadRequest",
            "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: unknown field \"spec.replica\""
        )
    );
    let made = rig.raw("POST", path, "application/json", &typo).await.expect("created without it");
    assert_eq!(made["spec"].get("replica"), None);
    let applied = format!("{path}/web?fieldManager=me&force=true");
    let refusal =
        rig.raw("PATCH", &applied, "application/apply-patch+yaml", &typo).await.expect_err("a typo");
    assert_eq!(
        refusal.2,
        "failed to create typed patch object (ns/web; apps/v1, Kind=Deployment): .spec.replica: field not declared in schema"
    );
    let patch = json!({"spec": {"replica": 2}});
    let patched = format!("{path}/web?fieldValidation=Strict");
    assert_eq!(
        rig.raw("PATCH", &patched, "application/merge-patch+json", &patch).await.expect_err("a typo").0,
        400
    );
}

#[tokio::test(start_paused = true)]
async fn both_documents_are_served_and_every_path_of_the_index_leads_to_one() {
    let rig = Rig::new(Rollout::Normal);
    let get = async |path: &str| rig.raw("GET", path, "application/json", &Value::Null).await.expect(path);
    let index = get("/openapi/v3").await;
    let paths = index["paths"].as_object().expect("paths");
    assert!(paths.contains_key("apis/apps/v1") && paths.contains_key("api/v1"));
    for entry in paths.values() {
        let document = get(entry["serverRelativeURL"].as_str().expect("a URL")).await;
        assert_eq!(document["openapi"], "3.0.0");
    }
    let two = get("/openapi/v2").await;
    assert_eq!(
        two["definitions"]["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"]["x-kubernetes-patch-merge-key"],
        "name"
    );
}
