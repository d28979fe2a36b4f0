//! A sign-in by code, with a proxy that has a password: device code, session and password leave no trace, in what is
//! said and drawn, in files, and in what others see of the process and of what it starts.

use std::cell::RefCell;
use std::fs::{self, Permissions};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use landfall::secret::forms;
use portable_pty::CommandBuilder;

use super::canary::{files, holds};
use super::rig::{Served, landfall};
use super::wiretap::Tap;
use crate::terminal::{Left, Term, XTERM};

/// The proxy's password, and all that it is looked for in.
const PASSWORD: &str = "Canary+Proxy/Pass-9f2c71";
const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"];

fn proxy(port: u16) -> String {
    format!("http://canary-user:{}@127.0.0.1:{port}", PASSWORD.replace('+', "%2B").replace('/', "%2F"))
}

/// What others see of a process and of everything that it started. The proxy is left out where it stands under its own
/// name: whoever started the run put it there, and a program that has to reach a server is handed it as it is.
fn peek(id: u32, into: &mut Vec<u8>) {
    into.extend(fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default());
    let environ = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
    without_proxies(&environ, 0).for_each(|one| into.extend(one));
    for process in fs::read_dir("/proc").unwrap().filter_map(Result::ok) {
        let status = fs::read_to_string(process.path().join("status")).unwrap_or_default();
        if status.lines().any(|line| *line == format!("PPid:\t{id}")) {
            into.extend(SEEN);
            peek(process.file_name().to_str().unwrap().parse().unwrap(), into);
        }
    }
}

/// What a child that was seen leaves.
const SEEN: &[u8] = b"[a child was seen]";

/// An environment without the variables that name the proxy.
fn without_proxies(environ: &[u8], end: u8) -> impl Iterator<Item = &[u8]> {
    let named = |one: &&[u8]| PROXIES.iter().any(|name| one.starts_with(format!("{name}=").as_bytes()));
    environ.split(move |byte| *byte == end).filter(move |one| !named(one))
}

/// A kubeconfig whose token comes from a program that takes its time and writes down what it was given.
fn kubeconfig(sandbox: &Served, folder: &Path) -> PathBuf {
    let text = fs::read_to_string(sandbox.at("kubeconfig")).unwrap();
    let mut config: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
    let token = config["users"][0]["user"]["token"].as_str().unwrap().to_owned();
    let (plugin, given) = (folder.join("plugin"), folder.join("given"));
    let answer = serde_json::json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                                    "status": {"token": token}});
    let script = format!("#!/bin/sh\nenv > {}\n/bin/sleep 0.5\necho '{answer}'\n", given.display());
    fs::write(&plugin, script).unwrap();
    fs::set_permissions(&plugin, Permissions::from_mode(0o755)).unwrap();
    config["users"][0]["user"] = serde_json::json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": plugin.to_str().unwrap()}});
    let path = folder.join("kubeconfig");
    fs::write(&path, config.to_string()).unwrap();
    path
}

/// The whole walk in lines: everything that it said, and that could be seen of it.
fn in_lines(flags: &[&str], home: &Path, form: &str) -> Vec<u8> {
    let mut run = landfall(flags);
    run.args([form, "--verbose"]).env("HOME", home).env("TMPDIR", home);
    run.envs(PROXIES.map(|name| (name, proxy(9))));
    let mut child = run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut seen, mut part) = (Vec::new(), [0; 512]);
    let mut out = child.stdout.take().unwrap();
    loop {
        peek(child.id(), &mut seen);
        match out.read(&mut part).unwrap() {
            0 => break,
            n => seen.extend(&part[..n]),
        }
    }
    child.stderr.take().unwrap().read_to_end(&mut seen).unwrap();
    assert!(child.wait().unwrap().success(), "{}", String::from_utf8_lossy(&seen));
    seen
}

/// The same on a full screen.
fn on_screen(flags: &[&str], home: &Path) -> Vec<u8> {
    let mut command = CommandBuilder::new("/usr/bin/env");
    for name in ["HOME", "TMPDIR"] {
        command.arg(format!("{name}={}", home.display()));
    }
    // The command line of `env` is not the program's: by the time it is looked at, the program has taken its place.
    command.args(PROXIES.map(|name| format!("{name}={}", proxy(9))));
    command.arg(env!("CARGO_BIN_EXE_landfall"));
    command.args(flags);
    let mut term = Term::run(XTERM, command);
    let (id, seen) = (term.child.process_id().unwrap(), RefCell::new(Vec::new()));
    term.wait("the last page", |screen| {
        if screen.contents().contains("SANDBOX") {
            peek(id, &mut seen.borrow_mut());
        }
        seen.borrow_mut().extend(screen.contents().into_bytes());
        screen.contents().contains("Enter leave")
    });
    term.keys("\r");
    assert_eq!(term.left(), Left::clean(0));
    let mut seen = seen.into_inner();
    seen.extend(term.bytes());
    seen
}

#[test]
fn a_sign_in_by_code_leaves_no_trace_of_what_is_secret() {
    for form in ["--json", "--plain", "the full screen"] {
        let sandbox = Served::start(&["--speed", "40", "--approve", "1"]);
        let home = tempfile::tempdir().unwrap();
        let api = sandbox.at("api").strip_prefix("http://").unwrap();
        let tap = Tap::to(api);
        let profile = home.path().join("profile.toml");
        let text = fs::read_to_string(sandbox.at("profile")).unwrap().replace(api, tap.address());
        fs::write(&profile, text).unwrap();
        let kubeconfig = kubeconfig(&sandbox, home.path());
        let mut flags = vec!["--profile-file", profile.to_str().unwrap(), "--yes", "--hold", "0"];
        flags.extend(["--kubeconfig", kubeconfig.to_str().unwrap(), "--allow-exec"]);
        let seen = match form {
            "the full screen" => on_screen(&flags, home.path()),
            form => in_lines(&flags, home.path(), form),
        };
        assert!(seen.windows(SEEN.len()).any(|one| one == SEEN), "{form}: nothing that it started was seen");
        let given = home.path().join("given");
        let told = fs::read(&given).unwrap();
        let kept: Vec<&[u8]> = without_proxies(&told, b'\n').collect();
        fs::write(&given, kept.join(&b'\n')).unwrap();
        let mut places = vec![("what was said and seen".to_owned(), seen)];
        files(home.path(), &mut places);
        assert!(places.iter().any(|(place, _)| place.contains("/journal/")), "{form}: there is no journal");

        let mut secrets = vec![("proxy password", PASSWORD.to_owned())];
        secrets.push(("proxy login", format!("canary-user:{PASSWORD}")));
        for name in ["device_code", "token", "password"] {
            let values = tap.values(name);
            assert!(!values.is_empty(), "{form}: no {name} passed the relay");
            secrets.extend(values.into_iter().map(|value| (name, value)));
        }
        for (place, bytes) in &places {
            for (name, value) in &secrets {
                for one in forms(value) {
                    assert!(!holds(bytes, &one), "{form}: the {name} is in {place}");
                }
            }
        }
    }
}

/// A proxy that refuses in its own way, and tells whoever asks what they sent.
#[expect(clippy::disallowed_methods, reason = "a stand-in runs beside the test")]
fn refusing(answer: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map(Result::unwrap) {
            let mut call = [0; 8192];
            let length = stream.read(&mut call).unwrap_or(0);
            let heard = String::from_utf8_lossy(&call[..length]).into_owned();
            assert!(!heard.starts_with("CONNECT") || heard.contains("asic "), "no login came: {heard}");
            let page = format!("<title>You sent {}</title>", heard.replace("\r\n", " "));
            let _ = write!(
                stream,
                "HTTP/1.1 {answer}\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{page}",
                page.len()
            );
        }
    });
    port
}

#[test]
fn no_error_on_the_way_through_a_proxy_names_its_password() {
    let sandbox = Served::start(&[]);
    for answer in [
        "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"",
        "403 Forbidden",
        "502 Bad Gateway",
        "200 Connection established",
    ] {
        let home = tempfile::tempdir().unwrap();
        let at = proxy(refusing(answer));
        for command in [&["enroll", "--yes", "--expect-account", "1"][..], &["whoami"], &["doctor"]] {
            for form in ["--json", "--plain"] {
                let plain = form == "--plain" && command[0] != "enroll";
                let mut args = command.to_vec();
                args.extend(["--profile-file", "profile.toml", "--kubeconfig", sandbox.at("kubeconfig")]);
                args.truncate(if command[0] == "whoami" { args.len() - 2 } else { args.len() });
                args.extend((!plain).then_some(form));
                let profile = "name = 'far'\napi = 'https://api.canary.example'\n";
                fs::write(home.path().join("profile.toml"), profile).unwrap();
                let mut run = landfall(&args);
                run.current_dir(home.path()).env("HOME", home.path());
                run.envs(PROXIES.map(|name| (name, &at)));
                let ran = run.output().unwrap();
                let mut places = vec![("what was said".to_owned(), [ran.stdout, ran.stderr].concat())];
                files(home.path(), &mut places);
                for (place, bytes) in &places {
                    for one in [forms(PASSWORD), forms(&format!("canary-user:{PASSWORD}"))].concat() {
                        let said = String::from_utf8_lossy(bytes);
                        assert!(!holds(bytes, &one), "{answer}, {args:?}: it is in {place}: {said}");
                    }
                }
            }
        }
    }
}
