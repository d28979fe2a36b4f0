use super::*;

/// A code asked for by a device that says bad things about itself, and its confirmation page.
struct Visit {
    served: Served,
    code: String,
    page: String,
    cookie: String,
}

async fn visit(options: ControlOptions) -> Visit {
    let served = serve(options).await;
    let context = json!({ "device_context": {
        "host": "<script>alert(1)</script>",
        "user": "{{csrf}}\u{202e}",
        "os": "Debian & 'friends'",
        "fingerprint": 7,
    }});
    let agent = "<b>agent</b>/1.0";
    let (_, issued) = told(served.post("/device/code").header("user-agent", agent).json(&context)).await;
    let code = issued["user_code"].as_str().expect("a code").to_owned();
    let reply = served.get(&format!("/activate?code={}", code.to_lowercase().replace('-', ""))).send().await;
    let reply = reply.expect("a page");
    let cookie = reply.headers()["set-cookie"].to_str().expect("text").to_owned();
    assert!(cookie.ends_with("; Path=/activate; HttpOnly; SameSite=Strict"), "{cookie}");
    let cookie = cookie.split(';').next().expect("a pair").to_owned();
    let page = text(reply, 200).await;
    Visit { served, code, page, cookie }
}

/// The text of a page, which must carry the word.
async fn text(reply: Response, status: u16) -> String {
    assert_eq!(reply.status(), status);
    let page = reply.text().await.expect("text");
    assert!(page.contains("SANDBOX: nothing here is real"), "{page}");
    page
}

/// The heading of a page.
fn heading(page: &str) -> &str {
    page.split("<h1>").nth(1).and_then(|rest| rest.split("</h1>").next()).expect("a heading")
}

impl Visit {
    fn form_token(&self) -> &str {
        let rest = self.page.split("name=\"csrf\" value=\"").nth(1).expect("a form token");
        rest.split('"').next().expect("its end")
    }

    fn submit(&self, token: &str, answer: &str) -> RequestBuilder {
        let form = [("code", self.code.as_str()), ("csrf", token), ("answer", answer)];
        self.served.post("/activate").form(&form)
    }

    /// As a browser does it: cookie, `Origin: null` because of the referrer policy, and where from.
    async fn press(&self, answer: &str) -> String {
        let request = self.submit(self.form_token(), answer).header("cookie", &self.cookie);
        let request = request.header("origin", "null").header("sec-fetch-site", "same-origin");
        text(request.send().await.expect("a page"), 200).await
    }
}

#[tokio::test]
async fn the_page_tells_what_was_seen_from_what_is_said_and_escapes_both() {
    let visit = visit(ControlOptions::default()).await;
    assert_eq!(heading(&visit.page), "Let this machine sign in?");
    let (_, facts) = visit.page.split_once("What the server saw").expect("a section");
    let (saw, rest) = facts.split_once("What the device says").expect("a section");
    let (says, _) = rest.split_once("</section>").expect("its end");
    assert!(saw.contains("<dd>127.0.0.1 (this computer)</dd>"), "{saw}");
    assert!(saw.contains("<dd>&lt;b&gt;agent&lt;/b&gt;/1.0</dd>"), "{saw}");
    assert!(says.contains("(not verified)"), "{says}");
    let rows: Vec<_> = says.lines().filter(|line| line.contains("<dt>")).collect();
    assert_eq!(
        rows,
        [
            "<dl><dt>Host</dt><dd>&lt;script&gt;alert(1)&lt;/script&gt;</dd>",
            "<dt>User</dt><dd>{{csrf}}\u{fffd}</dd>",
            "<dt>System</dt><dd>Debian &amp; &#39;friends&#39;</dd>",
        ]
    );
    assert!(!visit.page.contains("<script"), "no script at all");
    assert!(visit.page.contains("You are <strong>Sandbox Technician</strong>"));
}

#[tokio::test]
async fn looking_never_approves_and_pressing_does_once() {
    let visit = visit(ControlOptions::default()).await;
    let path = format!("/activate?code={}&answer=approve&csrf={}", visit.code, visit.form_token());
    text(visit.served.get(&path).send().await.expect("a page"), 200).await;
    assert_eq!(visit.served.events().await, []);

    assert_eq!(heading(&visit.press("approve").await), "Approved");
    assert_eq!(visit.served.events().await, [("device.approve".to_owned(), Value::Null)]);
    assert_eq!(heading(&visit.press("decline").await), "This request was approved");
    let later = visit.served.get(&format!("/activate?code={}", visit.code)).send().await.expect("a page");
    assert_eq!(heading(&text(later, 200).await), "This request was approved");
}

#[tokio::test]
async fn declining_is_final() {
    let visit = visit(ControlOptions::default()).await;
    assert_eq!(heading(&visit.press("decline").await), "Declined");
    assert_eq!(heading(&visit.press("approve").await), "This request was declined");
    assert_eq!(visit.served.events().await, []);
}

#[tokio::test]
async fn an_answer_from_elsewhere_counts_for_nothing() {
    let visit = visit(ControlOptions::default()).await;
    let token = visit.form_token();
    let own = |request: RequestBuilder| request.header("sec-fetch-site", "same-origin");
    let with = |request: RequestBuilder| request.header("cookie", &visit.cookie);
    let other = format!("{}=", visit.cookie.split('=').next().expect("a name")) + &"0".repeat(48);
    let forged = [
        own(visit.submit(token, "approve")),
        own(visit.submit(token, "approve").header("cookie", other)),
        own(with(visit.submit("", "approve"))),
        own(with(visit.submit(&"0".repeat(64), "approve"))),
        with(visit.submit(token, "approve")),
        with(visit.submit(token, "approve")).header("sec-fetch-site", "same-site"),
        with(visit.submit(token, "approve")).header("sec-fetch-site", "cross-site"),
        with(visit.submit(token, "approve")).header("origin", "null"),
    ];
    for request in forged {
        let page = text(request.send().await.expect("a page"), 403).await;
        assert_eq!(heading(&page), "This answer was not accepted");
    }
    let foreign = own(with(visit.submit(token, "approve"))).header("origin", "https://evil.example");
    assert_eq!(foreign.send().await.expect("a reply").status(), 403);
    let huge = visit.served.post("/activate").body("x".repeat(70_000));
    text(huge.send().await.expect("a page"), 403).await;
    let no_answer = own(with(visit.submit(token, "perhaps"))).send().await.expect("a page");
    text(no_answer, 400).await;
    assert_eq!(visit.served.events().await, []);

    let by_origin = with(visit.submit(token, "approve")).header("origin", &visit.served.base);
    assert_eq!(heading(&text(by_origin.send().await.expect("a page"), 200).await), "Approved");
}

#[tokio::test]
async fn a_known_browser_keeps_its_cookie() {
    let visit = visit(ControlOptions::default()).await;
    let again = visit.served.get(&format!("/activate?code={}", visit.code)).header("cookie", &visit.cookie);
    let again = again.send().await.expect("a page");
    assert!(again.headers().get("set-cookie").is_none());
    assert!(text(again, 200).await.contains(visit.form_token()));
}

#[tokio::test]
async fn the_digits_to_carry_back_are_shown_after_the_approval() {
    let visit = visit(ControlOptions { reverse_code: true, ..ControlOptions::default() }).await;
    let approved = visit.press("approve").await;
    let digits = approved.split("<p class=\"code\">").nth(1).expect("digits")[..6].to_owned();
    assert!(digits.bytes().all(|b| b.is_ascii_digit()), "{digits}");
    assert!(visit.press("approve").await.contains(&digits), "a reload shows them again");
}

#[tokio::test]
async fn codes_are_typed_looked_up_and_limited() {
    let served = serve(ControlOptions::default()).await;
    for path in ["/", "/activate", "/activate?code=", "/activate?code=%20"] {
        let page = text(served.get(path).send().await.expect("a page"), 200).await;
        assert!(heading(&page) == "Sign in a machine" && page.contains("<label for=\"code\">"), "{path}");
    }
    let page = text(served.get("/activate?code=%3Cb%3E&code=%ff").send().await.expect("a page"), 404).await;
    assert_eq!(heading(&page), "This code does not work");

    let mut last = None;
    for _ in 0..100 {
        let reply = served.get("/activate?code=BCDF-GHJK").send().await.expect("a page");
        if reply.status() == 429 {
            assert_eq!(reply.headers()["retry-after"], "1");
            last = Some(text(reply, 429).await);
            break;
        }
    }
    assert_eq!(heading(&last.expect("limited")), "Too many tries");
}
