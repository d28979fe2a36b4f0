use super::*;

/// Asks for a code: the whole answer.
async fn ask(served: &Served) -> Value {
    let (status, issued) = told(served.post("/device/code")).await;
    assert_eq!(status, 200);
    issued
}

async fn poll(served: &Served, issued: &Value) -> (u16, Value) {
    told(served.post("/device/token").json(&json!({ "device_code": issued["device_code"] }))).await
}

fn error(name: &str) -> (u16, Value) {
    (400, json!({ "error": name }))
}

#[tokio::test]
async fn the_whole_device_grant() {
    let served = serve(ControlOptions::default()).await;
    let issued = ask(&served).await;
    let code = issued["user_code"].as_str().expect("a user code");
    assert_eq!(
        issued,
        json!({
            "device_code": issued["device_code"],
            "user_code": code,
            "verification_uri": format!("{}/activate", served.base),
            "verification_uri_complete": format!("{}/activate?code={code}", served.base),
            "expires_in": 900,
            "interval": 0,
        })
    );
    assert_eq!(poll(&served, &issued).await, error("authorization_pending"));
    assert!(served.control.answer(code, true));
    assert!(!served.control.answer(code, false), "answered once");

    let (status, granted) = poll(&served, &issued).await;
    let token = granted["token"].as_str().expect("a token");
    assert_eq!((status, &granted), (200, &json!({ "token": token })));
    assert!(token.starts_with("sbx_"));
    assert_eq!(poll(&served, &issued).await, error("invalid_grant"));
    let who = told(served.get("/userinfo/").bearer_auth(token)).await;
    assert_eq!(
        who,
        (
            200,
            json!({
                "account": "Sandbox",
                "account_id": served.control.account_id(),
                "email": "technician@sandbox.example",
                "first_name": "Sandbox Technician",
                "is_account_admin": false,
                "is_password_changed": true,
                "last_name": "",
                "profile_image": null,
                "type": "DS",
                "user_id": 70011,
            })
        )
    );

    assert_eq!(told(served.post("/auth/revoke").bearer_auth(token)).await.0, 204);
    let dead = (401, json!({ "detail": "Invalid token." }));
    assert_eq!(told(served.get("/userinfo/").bearer_auth(token)).await, dead);
    let names: Vec<_> = served.events().await.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["device.approve", "auth.login", "auth.logout", "token.revoke"]);
}

#[tokio::test]
async fn a_declined_code_and_an_unknown_one() {
    let served = serve(ControlOptions::default()).await;
    let issued = ask(&served).await;
    assert!(served.control.answer(issued["user_code"].as_str().expect("a code"), false));
    assert_eq!(poll(&served, &issued).await, error("access_denied"));
    assert_eq!(poll(&served, &json!({ "device_code": "no" })).await, error("invalid_grant"));
    assert_eq!(poll(&served, &json!({})).await, error("invalid_request"));
}

#[tokio::test]
async fn the_simulated_person_approves() {
    let served =
        serve(ControlOptions { approve_after: Some(Duration::ZERO), ..ControlOptions::default() }).await;
    let issued = ask(&served).await;
    assert_eq!(poll(&served, &issued).await.0, 200);
    assert_eq!(served.events().await[0], ("device.approve".to_owned(), Value::Null));
}

#[tokio::test]
async fn scripted_sign_ins() {
    let served = serve(ControlOptions { scenario: SignIn::SlowDown, ..ControlOptions::default() }).await;
    let issued = ask(&served).await;
    for wanted in ["slow_down", "slow_down", "authorization_pending"] {
        assert_eq!(poll(&served, &issued).await, error(wanted));
    }
    let served = serve(ControlOptions { scenario: SignIn::Denied, ..ControlOptions::default() }).await;
    let issued = ask(&served).await;
    for wanted in ["authorization_pending", "authorization_pending", "access_denied"] {
        assert_eq!(poll(&served, &issued).await, error(wanted));
    }
    let served = serve(ControlOptions { scenario: SignIn::Expires, ..ControlOptions::default() }).await;
    assert_eq!(ask(&served).await["expires_in"], 6);
}

#[tokio::test]
async fn extensions_are_listed_as_they_are_switched() {
    let served = serve(ControlOptions::default()).await;
    let usual = json!({ "extensions": ["device_context", "namespace_taken", "audit"] });
    assert_eq!(told(served.get("/.well-known/landfall")).await, (200, usual));
    let served = serve(ControlOptions { reverse_code: true, ..ControlOptions::default() }).await;
    let more = json!({ "extensions": ["device_context", "namespace_taken", "audit", "reverse_code"] });
    assert_eq!(told(served.get("/.well-known/landfall")).await, (200, more));
}

#[tokio::test]
async fn codes_are_not_handed_out_without_end() {
    let served = serve(ControlOptions::default()).await;
    let mut throttled = None;
    for _ in 0..100 {
        let reply = served.post("/device/code").send().await.expect("a reply");
        if reply.status() == 429 {
            throttled = reply.headers().get("retry-after").cloned();
            break;
        }
    }
    assert_eq!(throttled.expect("throttled"), "1");
}
