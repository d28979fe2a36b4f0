use super::*;

const FOREIGN: &str = "cluster-of-somebody-else";

fn conflicting() -> ControlOptions {
    ControlOptions { foreign_cluster: Some(FOREIGN.to_owned()), ..ControlOptions::default() }
}

#[tokio::test]
async fn get_or_create_is_keyed_on_the_cluster() {
    let served = serve(conflicting()).await;
    let (status, minted) = served.write("/edge-device/", &mint("Press 4", "cluster-1")).await;
    assert_eq!(status, 201);
    let id = minted["id"].clone();
    let told: Vec<_> = ["first_name", "namespace", "location", "location_status", "status", "cluster_id"]
        .map(|key| minted[key].clone())
        .into();
    assert_eq!(
        told,
        [json!("Press 4"), json!("press-4"), json!("DE"), json!("set"), json!(2), json!("cluster-1")]
    );
    assert_eq!(minted.as_object().expect("a row").len(), 37, "every key of the reference service");
    assert!(!minted.to_string().contains("a long and random password"));

    let again = served.write("/edge-device/", &mint("Another Name", "cluster-1")).await;
    assert_eq!(again, (200, minted.clone()), "adopted: the same row");
    let foreign = served.write("/edge-device/", &mint("Press 5", FOREIGN)).await;
    assert_eq!(
        foreign,
        (
            409,
            json!({
                "cluster_id": FOREIGN,
                "error": "cluster_conflict",
                "owner_email": "owner@elsewhere.example",
            })
        )
    );
    let taken = served.write("/edge-device/", &mint("Press 4", "cluster-2")).await;
    let told = json!({ "namespace": ["already in use"], "code": "namespace_taken" });
    assert_eq!(taken, (400, told));
    let mut elsewhere = mint("Press 6", "cluster-6");
    elsewhere["location"] = json!("QQ");
    let zone = json!({ "location": ["\"QQ\" is not a valid choice."] });
    assert_eq!(served.write("/edge-device/", &elsewhere).await, (400, zone));

    let wanted = [
        ("client.create", id.clone()),
        ("credential.issue", id.clone()),
        ("client.adopt", id),
        ("client.conflict_409", Value::Null),
    ];
    assert_eq!(served.events().await, wanted.map(|(name, id)| (name.to_owned(), id)));
}

#[tokio::test]
async fn without_a_location_it_is_told_as_not_set() {
    let served = serve(ControlOptions::default()).await;
    let mut body = mint("Press 4", "cluster-1");
    body.as_object_mut().expect("an object").remove("location");
    let (_, row) = served.write("/edge-device/", &body).await;
    assert_eq!((&row["location"], &row["location_status"]), (&json!(""), &json!("not_set")));
}

#[tokio::test]
async fn an_anchor_is_backfilled_once() {
    let served = serve(conflicting()).await;
    let mut unanchored = mint("Press 4", "");
    unanchored.as_object_mut().expect("an object").remove("cluster_id");
    let (status, row) = served.write("/edge-device/", &unanchored).await;
    assert_eq!((status, &row["cluster_id"]), (201, &Value::Null));
    let path = format!("/edge-device/{}/", row["id"]);
    served.write("/edge-device/", &mint("Press 5", "cluster-5")).await;

    let anchor =
        async |cluster: &str| told(served.patch(&path).json(&json!({ "cluster_id": cluster }))).await;
    let (status, refused) = anchor("cluster-5").await;
    assert_eq!(
        (status, &refused["error"], &refused["holder_name"]),
        (409, &json!("cluster_in_use"), &json!("Press 5"))
    );
    let (status, refused) = anchor(FOREIGN).await;
    assert_eq!((status, &refused["error"]), (409, &json!("cluster_conflict")));
    let (status, anchored) = anchor("cluster-4").await;
    assert_eq!((status, &anchored["cluster_id"]), (200, &json!("cluster-4")));
    assert_eq!(anchor("cluster-4").await, (200, anchored), "the same again changes nothing");
    let moved = json!({ "error": "already_anchored", "cluster_id": "cluster-4" });
    assert_eq!(anchor("cluster-44").await, (409, moved));
}

#[tokio::test]
async fn a_machine_logs_in_until_it_is_revoked_and_again_after_a_reset() {
    let served = serve(ControlOptions::default()).await;
    let (_, row) = served.write("/edge-device/", &mint("Press 4", "cluster-1")).await;
    let path = format!("/edge-device/{}/", row["id"]);
    let login = async |password: &str| {
        let form = [("username", row["username"].as_str().expect("a username")), ("password", password)];
        told(served.post("/api-token-auth/").form(&form)).await
    };
    let password = "a long and random password";
    let (status, body) = login(password).await;
    assert!(status == 200 && body["token"].as_str().is_some_and(|token| token.starts_with("sbx_")));
    assert_eq!(login("guess").await.0, 400);

    let (status, revoked) = served.write(&format!("{path}revoke/"), &Value::Null).await;
    let words = revoked["detail"].clone();
    let wanted =
        json!({ "client_id": row["id"], "decommissioned": false, "detail": words, "status": "revoked" });
    assert_eq!((status, revoked), (200, wanted));
    assert_eq!(login(password).await, (401, json!({ "detail": "User inactive or deleted." })));

    let reset = told(served.patch(&path).json(&json!({ "password": "a fresh password" }))).await;
    assert_eq!(reset.0, 200);
    assert_eq!(login("a fresh password").await.0, 200);
    assert_eq!(login(password).await.0, 400);
}

#[tokio::test]
async fn names_and_places_can_be_changed_and_rows_cannot_be_deleted() {
    let served = serve(ControlOptions::default()).await;
    let (_, row) = served.write("/edge-device/", &mint("Press 4", "cluster-1")).await;
    let path = format!("/edge-device/{}/", row["id"]);
    let body = json!({ "first_name": "Press Four", "location": "" });
    let (status, changed) = told(served.patch(&path).json(&body)).await;
    let mut wanted = row;
    wanted["first_name"] = json!("Press Four");
    wanted["location"] = json!("");
    wanted["location_status"] = json!("not_set");
    assert_eq!((status, &changed), (200, &wanted), "the namespace is frozen");
    assert_eq!(served.read(&path).await, (200, wanted));
    assert_eq!(told(served.http.delete(format!("{}{path}", served.base))).await.0, 405);
}

#[tokio::test]
async fn other_peoples_clients_and_unknown_ones_are_not_found() {
    let served = serve(conflicting()).await;
    let missing = (404, json!({ "detail": "Not found." }));
    for id in ["104", "999", "nonsense"] {
        let path = format!("/edge-device/{id}/");
        assert_eq!(served.read(&path).await, missing);
        assert_eq!(told(served.patch(&path).json(&json!({}))).await, missing);
        assert_eq!(served.write(&format!("{path}revoke/"), &Value::Null).await, missing);
    }
    assert_eq!(served.write("/edge-device/101/revoke", &Value::Null).await, missing, "the slash matters");
}

#[tokio::test]
async fn the_list_is_paged_newest_first() {
    let served = serve(ControlOptions::default()).await;
    let names = |page: &Value| -> Vec<String> {
        let rows = page["results"].as_array().expect("rows").iter();
        rows.map(|row| row["first_name"].as_str().expect("a name").to_owned()).collect()
    };
    let (_, seeded) = served.read("/edge-device/").await;
    assert_eq!(
        (&seeded["count"], &seeded["next"], names(&seeded)),
        (
            &json!(4),
            &Value::Null,
            ["Zaragoza Workshop", "Lyon Cold Store", "Hamburg Depot", "Old Oslo Rack"]
                .map(str::to_owned)
                .into()
        )
    );
    let states: Vec<_> =
        seeded["results"].as_array().expect("rows").iter().map(|row| &row["status"]).collect();
    assert_eq!(states, [2, 1, 0, 0]);

    for n in 0..12 {
        served.write("/edge-device/", &mint(&format!("Press {n}"), &format!("cluster-{n}"))).await;
    }
    let (_, first) = served.read("/edge-device/").await;
    let next = format!("{}/edge-device/?page=2", served.base);
    assert_eq!(
        (&first["count"], &first["next"], &first["previous"]),
        (&json!(16), &json!(next), &Value::Null)
    );
    assert_eq!((names(&first).len(), names(&first)[0].as_str()), (15, "Press 11"));
    let (_, second) = served.read("/edge-device/?page=2").await;
    let previous = format!("{}/edge-device/?page=1", served.base);
    assert_eq!((&second["next"], &second["previous"]), (&Value::Null, &json!(previous)));
    assert_eq!(names(&second), ["Old Oslo Rack"]);
    for page in ["0", "3", "x"] {
        let wanted = (404, json!({ "detail": "Invalid page." }));
        assert_eq!(served.read(&format!("/edge-device/?page={page}")).await, wanted);
    }
}

#[tokio::test]
async fn without_the_permission_an_admin_must_be_asked() {
    let faults = Faults { read_only: true, ..Faults::default() };
    let served = serve(ControlOptions { faults, ..ControlOptions::default() }).await;
    let refused = (403, json!({ "detail": "You do not have permission to perform this action." }));
    assert_eq!(served.write("/edge-device/", &mint("Press 4", "cluster-1")).await, refused);
    assert_eq!(told(served.patch("/edge-device/101/").json(&json!({}))).await, refused);
    assert_eq!(served.write("/edge-device/101/revoke/", &Value::Null).await, refused);
    let admins = json!([
        { "email": "admin@sandbox.example", "name": "Sandbox Admin" },
        { "email": "owner@sandbox.example", "name": "Sandbox Owner" },
    ]);
    assert_eq!(served.read("/edge-device/admins/").await, (200, admins));
}

#[tokio::test]
async fn a_lost_reply_leaves_the_client_behind_once() {
    let faults = Faults { lose_mint_reply: true, ..Faults::default() };
    let served = serve(ControlOptions { faults, ..ControlOptions::default() }).await;
    let token = served.control.issued_token();
    let body = mint("Press 4", "cluster-1");
    let lost = served.post("/edge-device/").bearer_auth(&token).json(&body).send().await;
    assert!(lost.is_err(), "{lost:?}");
    let (status, row) = served.write("/edge-device/", &body).await;
    assert_eq!((status, &row["first_name"]), (200, &json!("Press 4")));
    assert_eq!(served.write("/edge-device/", &mint("Press 5", "cluster-5")).await.0, 201);
}

#[tokio::test]
async fn the_simulated_cluster_brings_its_client_online() {
    let served = serve(ControlOptions::default()).await;
    let (_, row) = served.write("/edge-device/", &mint("Press 4", "cluster-1")).await;
    let path = format!("/edge-device/{}/", row["id"]);
    let username = row["username"].as_str().expect("a username");
    let plane: crate::sandbox::SharedControlPlane = Arc::new(served.control.clone());

    assert_eq!(plane.login(username, "wrong password"), Login::Rejected);
    plane.heartbeat(username, "press-4");
    assert_eq!(served.read(&path).await, (200, row.clone()), "a wrong credential changes nothing");
    assert_eq!(plane.login(username, "a long and random password"), Login::Accepted);
    plane.heartbeat(username, "press-4");
    let (_, online) = served.read(&path).await;
    assert_eq!(online["status"], 1);
    assert!(online["last_info_update"].as_str().is_some_and(|time| time.ends_with('Z')), "{online}");
}
