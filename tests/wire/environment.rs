//! Proxies and CA stores come from the environment, so each case here is a run of its own of this binary.

use std::process::Output;

use landfall::backend::Backend;
use tokio::process::Command;

use super::Bench;
use super::peer::{Act, Peer, answer, html};

/// A test that speaks plain http to loopback.
const LOOPBACK: &str = "wire::contract::a_base_path_is_kept_on_every_call";
/// A test that fails with the words of the fault.
const FAR: &str = "wire::environment::far";

async fn run(test: &str, environment: &[(&str, &str)]) -> (bool, String) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--include-ignored"]).env("RUST_BACKTRACE", "0");
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        command.env_remove(name).env_remove(name.to_ascii_uppercase());
    }
    let Output { status, stdout, stderr } = command.envs(environment.iter().copied()).output().await.unwrap();
    let told = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
    assert!(told.contains("1 passed") || told.contains("1 failed"), "{told}");
    (status.success(), told)
}

#[tokio::test]
#[ignore = "asks a host that does not exist: run by the tests beside it, with a proxy set"]
async fn far() {
    let bench = Bench::at("https://api.acme.invalid");
    panic!("{}", bench.api.who(bench.session).await.unwrap_err().sentence());
}

#[tokio::test]
async fn loopback_is_never_proxied() {
    let proxy = Peer::always(|| html(200, "a proxy")).await;
    let url = proxy.url("");
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let (passed, told) = run(LOOPBACK, &[(name, &url)]).await;
        assert!(passed, "{told}");
    }
    assert_eq!(proxy.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn another_host_is_reached_through_the_proxy_or_says_so() {
    for (act, words) in [
        ((|| answer(407, "", "")) as fn() -> Act, "the proxy in between asks for a user name and password"),
        (|| answer(403, "", ""), "the proxy in between did not let us through"),
        (|| html(200, "<title>a page</title>"), "api.acme.invalid cannot be reached"),
    ] {
        let proxy = Peer::always(act).await;
        let url = proxy.url("").replace("http://", "http://technician:pr0xy-passw0rd@");
        let (passed, told) = run(FAR, &[("HTTPS_PROXY", &url)]).await;
        assert!(!passed && told.contains(words), "{told}");
        assert!(!told.contains("pr0xy-passw0rd"), "{told}");
        // Three tries of a GET; what the proxy answers is never read as the API's word.
        assert_eq!(proxy.calls(), ["CONNECT api.acme.invalid:443"; 3]);
        assert!(proxy.seen()[0].header("proxy-authorization").is_some());
        assert_eq!(proxy.seen()[0].header("authorization"), None);
    }
}

#[tokio::test]
async fn without_a_ca_store_loopback_works_and_the_rest_says_why() {
    let nothing = [("SSL_CERT_FILE", "/nonexistent"), ("SSL_CERT_DIR", "/nonexistent")];
    let (passed, told) = run(LOOPBACK, &nothing).await;
    assert!(passed, "{told}");
    let (passed, told) = run(FAR, &nothing).await;
    assert!(!passed && told.contains("this machine has no CA certificates"), "{told}");
}
