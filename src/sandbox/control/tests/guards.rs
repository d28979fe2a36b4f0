use super::*;

#[tokio::test]
async fn only_the_names_of_this_computer_are_answered() {
    let served = serve(ControlOptions::default()).await;
    let port = served.base.rsplit(':').next().expect("a port");
    for (host, wanted) in [
        (format!("localhost:{port}"), 200),
        (format!("127.0.0.1:{port}"), 200),
        ("127.0.0.1:1".to_owned(), 421),
        ("localhost".to_owned(), 421),
        (format!("rebound.example:{port}"), 421),
    ] {
        for path in ["/activate", "/.well-known/landfall"] {
            let reply = served.get(path).header("host", &host).send().await.expect("a reply");
            assert_eq!(reply.status(), wanted, "{host}");
        }
    }
}

#[tokio::test]
async fn requests_of_foreign_pages_are_refused() {
    let served = serve(ControlOptions::default()).await;
    let ask = async |origin: &str| told(served.post("/device/code").header("origin", origin)).await.0;
    assert_eq!(ask("https://evil.example").await, 403);
    assert_eq!(ask("http://127.0.0.1:1").await, 403);
    assert_eq!(ask(&served.base).await, 200);
}

#[tokio::test]
async fn every_reply_is_private_and_cannot_be_framed() {
    let served = serve(ControlOptions::default()).await;
    for path in ["/", "/activate", "/activate?code=BCDF-GHJK", "/audit", "/nowhere"] {
        let reply = served.get(path).send().await.expect("a reply");
        let header =
            |name| reply.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let fixed =
            ["cache-control", "referrer-policy", "x-content-type-options", "x-frame-options"].map(header);
        assert_eq!(fixed, ["no-store", "no-referrer", "nosniff", "DENY"], "{path}");
        assert!(header("content-security-policy").contains("default-src 'none'"), "{path}");
        assert!(header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
    }
}

#[tokio::test]
async fn without_a_bearer_nothing_is_told() {
    let served = serve(ControlOptions::default()).await;
    let missing = (401, json!({ "detail": "Authentication credentials were not provided." }));
    for path in ["/userinfo/", "/edge-device/", "/edge-device/101/", "/edge-device/admins/"] {
        assert_eq!(told(served.get(path)).await, missing, "{path}");
    }
    let invalid = (401, json!({ "detail": "Invalid token." }));
    assert_eq!(told(served.get("/userinfo/").bearer_auth("sbx_guess")).await, invalid);
}

#[tokio::test]
async fn bodies_are_bounded_and_must_be_json() {
    let served = serve(ControlOptions::default()).await;
    assert_eq!(told(served.post("/device/code").body("{")).await.0, 400);
    assert_eq!(told(served.post("/device/code").body(" ".repeat(70_000))).await.0, 413);
    assert_eq!(served.write("/edge-device/", &json!([])).await.0, 400);
}

#[tokio::test]
async fn old_clients_are_sent_away_when_asked_for() {
    let lowest =
        |version: &str| ControlOptions { min_version: Some(version.to_owned()), ..ControlOptions::default() };
    let served = serve(lowest("1.10.0")).await;
    let told_off = json!({ "error": "upgrade_required", "min_version": "1.10.0" });
    assert_eq!(told(served.post("/device/code")).await, (426, told_off));
    let unreadable = served.post("/device/code").header("user-agent", "landfall/dev");
    assert_eq!(told(unreadable).await.0, 200);
    assert_eq!(served.get("/activate").send().await.expect("a page").status(), 200);
    let served = serve(lowest("1.2.3")).await;
    assert_eq!(told(served.post("/device/code")).await.0, 200);
}
