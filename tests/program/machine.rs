//! The machine before the sign-in: a kubeconfig that asks for more than a connection, and several contexts.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::rig::{Served, landfall, run};

/// A program that says in a file that it ran, complains with what could harm a terminal, and hands out a token.
fn plugin(folder: &Path, token: &str, ends: u8) -> PathBuf {
    let path = folder.join("plugin");
    let answer = format!(
        r#"{{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{{"token":"{token}"}}}}"#
    );
    let ran = folder.join("ran").display().to_string();
    let text = format!(
        "#!/bin/sh\nenv > {ran}\nprintf '\\033]0;owned\\007\\033[2J raw\\n' >&2\necho '{answer}'\nexit {ends}\n"
    );
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// The sandbox's kubeconfig, with its token taken out and `user` in its place.
fn kubeconfig(sandbox: &Served, folder: &Path, user: &str) -> (PathBuf, String) {
    let text = fs::read_to_string(sandbox.at("kubeconfig")).unwrap();
    let mut config: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
    let token = config["users"][0]["user"]["token"].as_str().unwrap().to_owned();
    config["users"][0]["user"] = serde_saphyr::from_str::<serde_json::Value>(user).unwrap();
    let path = folder.join("kubeconfig");
    // JSON is YAML.
    fs::write(&path, config.to_string()).unwrap();
    (path, token)
}

#[test]
fn a_program_in_a_kubeconfig_runs_after_consent_only_and_is_never_seen_raw() {
    let sandbox = Served::start(&["--speed", "40"]);
    let folder = tempfile::tempdir().unwrap();
    let ran = folder.path().join("ran");
    let exec = |path: &Path| {
        format!("{{exec: {{apiVersion: client.authentication.k8s.io/v1, command: {}}}}}", path.display())
    };
    let at = |name: &str| folder.path().join(name);
    let (_, token) = kubeconfig(&sandbox, folder.path(), "{}");
    let program = plugin(folder.path(), &token, 0);
    let (path, _) = kubeconfig(&sandbox, folder.path(), &exec(&program));
    let path = path.to_str().unwrap();
    let base = ["--profile-file", sandbox.at("profile"), "--token-file", sandbox.at("token_file"), "--yes"];
    let flags = |more: &[&'static str]| -> Vec<String> {
        let all = base.into_iter().chain(["--kubeconfig", path]).chain(more.iter().copied());
        all.map(str::to_owned).collect()
    };
    let go = |more: &[&'static str]| {
        let flags = flags(more);
        run(&flags.iter().map(String::as_str).collect::<Vec<_>>())
    };

    // Nobody agreed: the flag is named, and the program did not run.
    let refused = go(&["--json"]);
    assert_eq!(refused.code, Some(8), "{refused:?}");
    let failed = refused.events().into_iter().find(|event| event["event"] == "failed").unwrap();
    assert_eq!(failed["fault"], "needs-person", "{failed}");
    assert!(failed["next"].as_str().unwrap().contains("--allow-exec"), "{failed}");
    assert!(failed["sentence"].as_str().unwrap().contains(program.to_str().unwrap()), "{failed}");
    assert!(!ran.exists(), "it ran before anybody agreed");
    assert_eq!(sandbox.clients_here().len(), 0);

    // The flag agrees: it runs with little around it, and the machine is enrolled by its token.
    let enrolled = go(&["--allow-exec", "--location", "later"]);
    assert_eq!(enrolled.code, Some(0), "{enrolled:?}");
    assert!(enrolled.out.contains("Allowed: the kubeconfig"), "{enrolled:?}");
    let seen = fs::read_to_string(&ran).unwrap();
    assert!(seen.contains("KUBERNETES_EXEC_INFO=") && !seen.contains("LANDFALL"), "{seen}");
    for said in [&enrolled.out, &enrolled.err] {
        assert!(!said.contains('\u{1b}') && !said.contains('\u{7}') && !said.contains(&token), "{said:?}");
    }
    assert_eq!(sandbox.clients_here().len(), 1);

    // One that fails is evidence in a sentence, and its token is in nothing that is said.
    plugin(folder.path(), &token, 3);
    let failed = go(&["--allow-exec", "-v"]);
    assert_eq!(failed.code, Some(5), "{failed:?}");
    assert!(failed.out.contains("It said: \"]0;owned[2J raw\""), "{failed:?}");
    for said in [&failed.out, &failed.err] {
        assert!(!said.contains('\u{1b}') && !said.contains(&token), "{said:?}");
    }

    // A token outside of the kubeconfig's folder is not read either.
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("token");
    fs::write(&file, &token).unwrap();
    kubeconfig(&sandbox, folder.path(), &format!("{{tokenFile: {}}}", file.display()));
    let refused = go(&["--json"]);
    assert_eq!(refused.code, Some(8), "{refused:?}");
    assert!(refused.out.contains("reads a token elsewhere"), "{refused:?}");
    assert_eq!(go(&["--allow-exec"]).code, Some(0));
    assert!(at("kubeconfig").exists());
}

#[test]
fn every_failure_names_the_log_which_holds_no_secret() {
    let sandbox = Served::start(&["--speed", "40"]);
    let home = tempfile::tempdir().unwrap();
    let token = fs::read_to_string(sandbox.at("token_file")).unwrap();
    let flags =
        ["--profile-file", sandbox.at("profile"), "--token-file", sandbox.at("token_file"), "--plain"];
    let go = |more: &[&str]| {
        let args: Vec<&str> = flags.iter().chain(more).copied().collect();
        let out = landfall(&args).env("HOME", home.path()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (out.status.code(), text(&out.stdout), text(&out.stderr))
    };
    let log = home.path().join(".local/state/landfall/landfall.log");
    let named = format!("Log: {}", log.display());
    // A question that nobody answers, and a flag that cannot be used: before and after the first line.
    let (code, out, _) = go(&[]);
    assert_eq!((code, out.contains(&named)), (Some(8), true), "{out}");
    for (flag, value) in
        [("--location", "ATLANTIS"), ("--namespace", "Not A Slug"), ("--namespace", "kube-system")]
    {
        let (code, _, err) = go(&[flag, value]);
        assert_eq!((code, err.contains(&named)), (Some(2), true), "{err}");
    }
    let (code, out, _) = go(&["--yes", "--location", "later", "--namespace", "rack-9"]);
    assert_eq!((code, out.contains("namespace rack-9")), (Some(0), true), "{out}");
    assert_eq!(fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);
    let noted = fs::read_to_string(&log).unwrap();
    assert!(!noted.contains(token.trim()), "the log holds the token");
    for words in ["Failed: A person must decide", "ATLANTIS", "Online: ", "T"] {
        assert!(noted.contains(words), "{words}: {noted}");
    }
    // It stays small: what is full is put aside, once.
    fs::write(&log, "x".repeat(600 * 1024)).unwrap();
    go(&["--location", "ATLANTIS"]);
    assert!(fs::metadata(&log).unwrap().len() < 4096);
    assert!(log.with_extension("log.1").exists());
}

#[test]
fn the_version_names_its_target() {
    let ran = run(&["--version"]);
    assert_eq!(ran.code, Some(0));
    let words: Vec<&str> = ran.out.split_whitespace().collect();
    assert_eq!(words[0], "landfall");
    assert!(words[2].starts_with(&format!("({}-", std::env::consts::ARCH)), "{}", ran.out);
    let help = run(&["--help"]).out;
    for words in ["Examples:", "--allow-exec", "--namespace", "Exit codes:", "sudo landfall"] {
        assert!(help.contains(words), "{words}");
    }
}
