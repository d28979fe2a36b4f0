//! The administrator's page: who asks, and with which lab, technician and scopes it is approved. Plain HTML,
//! no script.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::{Form, Query, State};
use axum::response::Html;
use serde::Deserialize;

use super::Site;
use super::state::{SCOPE, Verdict};

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    code: String,
}

#[derive(Deserialize)]
pub(super) struct Answer {
    code: String,
    form: String,
    #[serde(rename = "answer")]
    verdict: String,
    #[serde(default)]
    lab: String,
    #[serde(default)]
    technician: String,
    #[serde(default)]
    scopes: String,
}

fn page(title: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>body{{font:1.1rem sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem}}\
         label{{display:block;margin:.6rem 0}}input{{font:inherit;width:100%;box-sizing:border-box}}\
         button{{font:inherit;padding:.5rem 1rem;margin-right:1rem}}code{{font-size:1.6rem}}</style>\
         <p><strong>SANDBOX</strong>: nothing behind this page is real.</p><h1>{title}</h1>{body}</html>"
    ))
}

fn escaped(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for c in raw.chars().take(120) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// GET `/admin`: everything that waits, or with `?code=` the form for one.
pub(super) async fn show(State(site): State<Arc<Site>>, Query(asked): Query<Asked>) -> Html<String> {
    let mut held = site.held();
    if let Some(grant) = held.by_code(&asked.code).filter(|grant| grant.is_alive()) {
        let body = format!(
            "<p>The workstation <strong>{}</strong> asks with the code</p><p><code>{}</code></p>\
             <form method=\"post\" action=\"/admin\"><input type=\"hidden\" name=\"code\" value=\"{1}\">\
             <input type=\"hidden\" name=\"form\" value=\"{}\">\
             <label>Lab <input name=\"lab\" value=\"NMGRL\"></label>\
             <label>Technician <input name=\"technician\" type=\"email\" value=\"tech@nmgrl.example\"></label>\
             <label>Scopes <input name=\"scopes\" value=\"{SCOPE}\"></label>\
             <button name=\"answer\" value=\"approve\">Approve</button>\
             <button name=\"answer\" value=\"deny\">Decline</button></form>",
            escaped(&grant.host),
            escaped(&grant.user_code),
            escaped(&grant.form),
        );
        return page("Approve a workstation?", &body);
    }
    let mut rows = String::new();
    for grant in held.waiting() {
        let (code, host) = (escaped(&grant.user_code), escaped(&grant.host));
        // Writing to a String cannot fail.
        let _ = write!(rows, "<li><a href=\"/admin?code={code}\">{code}</a>, {host}</li>");
    }
    let body = if rows.is_empty() { "<p>Nobody asks.</p>".to_owned() } else { format!("<ul>{rows}</ul>") };
    page("Requests of workstations", &body)
}

/// POST `/admin`: the answer, taken only from our own page.
pub(super) async fn answer(State(site): State<Arc<Site>>, Form(answer): Form<Answer>) -> Html<String> {
    let mut held = site.held();
    let done = {
        let grant = held.by_code(&answer.code).filter(|grant| grant.is_alive() && grant.form == answer.form);
        match grant {
            Some(grant) if grant.verdict == Verdict::Waiting => {
                let scopes = answer.scopes.split([' ', ',']).filter(|scope| !scope.is_empty());
                let scopes = scopes.map(str::to_owned).collect();
                grant.verdict = match answer.verdict.as_str() {
                    "approve" => Verdict::Approved { lab: answer.lab.clone(), scopes },
                    _ => Verdict::Denied,
                };
                true
            }
            _ => false,
        }
    };
    if !done {
        return page(
            "This answer was not accepted",
            "<p>The code is unknown, expired or answered already.</p>",
        );
    }
    held.audit.push(format!("{} by {}", answer.verdict, escaped(&answer.technician)));
    page("Done", "<p>You can close this page.</p>")
}
