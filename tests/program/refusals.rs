//! Bad input and bad circumstances: a sentence, a cause, a next command; nothing half-written.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;

use super::rig::{Served, run};

/// A server that answers everything with one page, for as long as the test lives.
#[expect(clippy::disallowed_methods, reason = "a stand-in runs beside the test")]
fn portal(page: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let length = page.len();
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close";
            let _ = write!(stream, "{head}\r\nContent-Length: {length}\r\n\r\n{page}");
        }
    });
    address
}

#[test]
fn each_refusal_has_its_exit_code_cause_and_next_step() {
    let sandbox = Served::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let portal = portal("<html><title>Hotel \u{1b}[31mWLAN</title>sign in</html>");
    let garbage = file("garbage", "{{{");
    let dead = file(
        "dead",
        "apiVersion: v1\nkind: Config\nclusters: [{name: a, cluster: {server: 'http://127.0.0.1:1'}}]\nusers: [{name: a, user: {}}]\ncontexts: [{name: a, context: {cluster: a, user: a}}]\n",
    );
    let two = file(
        "two",
        "apiVersion: v1\nkind: Config\nclusters: [{name: a, cluster: {server: 'http://127.0.0.1:1'}}]\nusers: [{name: a, user: {}}]\ncontexts: [{name: a, context: {cluster: a, user: a}}, {name: b, context: {cluster: a, user: a}}]\ncurrent-context: a\n",
    );
    let alone = file("alone.toml", "name = \"alone\"\napi = \"http://127.0.0.1:1\"\nexpect_account = 1\n");
    let empty = file("empty", "\n");
    let words = file("words", "two words");
    let token = sandbox.at("token_file");
    let profile = ["--profile-file", sandbox.at("profile"), "--yes", "--json"];
    let cases: &[(&[&str], i32, &str, &str)] = &[
        (&["--kubeconfig", &garbage, "--token-file", token], 5, "bad-kubeconfig", "--kubeconfig"),
        (
            &["--kubeconfig", "/nonexistent/config", "--token-file", token],
            5,
            "bad-kubeconfig",
            "--kubeconfig",
        ),
        (
            &["--kubeconfig", &dead, "--context", "a", "--token-file", token],
            5,
            "cluster-unreachable",
            "cluster",
        ),
        (&["--kubeconfig", &dead, "--context", "nope", "--token-file", token], 2, "bad-input", "--help"),
        (&["--location", "ATLANTIS"], 2, "bad-location", "--location later"),
        (&["--name", "北京医院 — ---"], 2, "bad-name", "--name"),
        (&["--token-file", "/nonexistent/token"], 2, "token-file", "token"),
        (&["--token-file", &empty], 2, "token-file", "token"),
        (&["--token-file", &words], 2, "token-file", "token"),
        (&["--api", "http://127.0.0.1:1", "--expect-account", "1"], 5, "unreachable", "address"),
        (&["--api", &portal, "--expect-account", "1"], 5, "not-the-api", "browser"),
        (&["--api", "http://example.test"], 2, "bad-input", "--help"),
        (&["--expect-account", "99", "--token-file", token], 3, "wrong-account", "--expect-account"),
    ];
    for (flags, code, fault, next) in cases {
        let args: Vec<&str> = profile.iter().chain(*flags).copied().collect();
        let ran = run(&args);
        let events = ran.events();
        let failed = events.iter().find(|event| event["event"] == "failed").unwrap();
        assert_eq!((ran.code, failed["fault"].as_str()), (Some(*code), Some(*fault)), "{flags:?}: {failed}");
        assert!(failed["next"].as_str().unwrap().contains(next), "{flags:?}: {failed}");
        assert!(!ran.out.contains('\u{1b}'), "{flags:?}");
    }
    let ran =
        run(&["--profile-file", &alone, "--kubeconfig", &two, "--yes", "--json", "--token-file", token]);
    assert_eq!(ran.code, Some(8), "{ran:?}");
    assert!(ran.out.contains("several-contexts"), "{ran:?}");
    assert_eq!(sandbox.clients_here(), Vec::<serde_json::Value>::new());
    assert_eq!(sandbox.records(), Vec::<String>::new());
}

#[test]
fn without_a_profile_it_says_which_flag_to_give() {
    let ran = run(&["--yes"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("--profile"), "{ran:?}");
}

#[test]
fn nobody_there_to_answer_ends_with_8_and_names_the_flag() {
    let sandbox = Served::start(&[]);
    let flags = ["--profile-file", sandbox.at("profile"), "--token-file", sandbox.at("token_file"), "--json"];
    let ran = run(&flags);
    assert_eq!(ran.code, Some(8), "{ran:?}");
    let events = ran.events();
    assert_eq!(events.last().unwrap()["fault"], "needs-person");
    assert!(events.last().unwrap()["next"].as_str().unwrap().contains("--name NAME"), "{ran:?}");
}
