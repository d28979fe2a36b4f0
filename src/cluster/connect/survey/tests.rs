use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::cluster::connect::fixture::{Disk, config};
use crate::cluster::connect::{Leave, connect};
use crate::model::Demand;
use crate::secret::Vault;

impl Disk {
    /// A program that says in a file that it ran, and then does `does`.
    fn program(&self, does: &str) -> String {
        let path =
            self.write("kube/plugin", &format!("#!/bin/sh\ntouch {}\n{does}\n", self.path("ran").display()));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path.display().to_string()
    }

    fn ran(&self) -> bool {
        self.path("ran").exists()
    }

    fn only(&self, user: &str) -> Where {
        let path = self.write("kube/config", &config(&["a"], "server: 'http://127.0.0.1:1'", user));
        Where { explicit: Some(path), ..self.place() }
    }
}

const HERE: &str = "server: 'https://127.0.0.1:6443'";

fn contexts(survey: &Survey) -> Vec<(&str, &str)> {
    survey.ways.iter().map(|way| (way.context.as_str(), way.note.as_str())).collect()
}

#[test]
fn one_context_or_a_named_one_is_taken_and_several_are_a_choice() {
    let disk = Disk::new();
    disk.write("home/.kube/config", &config(&["a", "b", "c"], HERE, ""));
    let (survey, leads) = super::survey(&disk.place(), None);
    assert_eq!(contexts(&survey), [("a", ""), ("b", ""), ("c", "")]);
    assert_eq!((survey.taken, survey.current, survey.trouble), (None, 1, None));
    assert_eq!(leads.iter().map(|lead| lead.context.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(super::survey(&disk.place(), Some("c")).0.taken, Some(2));
    let (survey, _) = super::survey(&disk.place(), Some("x"));
    assert_eq!(survey.taken, None);
    assert_eq!(
        survey.trouble.unwrap().sentence(),
        "--context x: the kubeconfig has no such context; it has a, b, c."
    );
    disk.write("home/.kube/config", &config(&["a"], HERE, ""));
    assert_eq!(super::survey(&disk.place(), None).0.taken, Some(0));
}

#[test]
fn what_sudo_hides_is_offered_and_not_taken() {
    let disk = Disk::new();
    let theirs = disk.write("ada/.kube/config", &config(&["kind"], HERE, ""));
    let place = Where { sudo: Some(("ada".into(), disk.path("ada"))), ..disk.place() };
    let (survey, _) = super::survey(&place, None);
    assert_eq!(contexts(&survey), [("kind", "ada's, who ran sudo")]);
    let path = Text::new(&theirs.to_string_lossy());
    assert_eq!(
        (survey.taken, survey.trouble),
        (None, Some(Fault::OthersKubeconfig { user: "ada".into(), path }))
    );
    // What belongs to this user, or was named, comes before; then the other is not offered at all.
    disk.write("k3s.yaml", &config(&["default"], HERE, ""));
    let (survey, _) = super::survey(&place, None);
    assert_eq!((contexts(&survey), survey.taken), (vec![("default", "")], Some(0)));
    let place = Where { explicit: Some(disk.path("gone")), ..place };
    assert_eq!(contexts(&super::survey(&place, None).0), []);
}

#[test]
fn a_file_that_only_root_may_read_is_named() {
    let disk = Disk::new();
    let k3s = disk.write("k3s.yaml", &config(&["default"], HERE, ""));
    fs::set_permissions(&k3s, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&k3s).is_ok() {
        // Root reads everything; the rule is told by the walk in a terminal then.
        return;
    }
    let trouble = super::survey(&disk.place(), None).0.trouble.unwrap();
    assert_eq!(disk.words(&trouble), "The kubeconfig DIR/k3s.yaml is there, but you may not read it.");
    assert_eq!(trouble.next("landfall"), "Run it as root: sudo landfall");
}

#[tokio::test]
async fn what_a_kubeconfig_demands_is_told_and_nothing_of_it_happens() {
    let disk = Disk::new();
    let secret = disk.write("secrets/token", "sbx_secret");
    fs::create_dir_all(disk.path("kube")).unwrap();
    std::os::unix::fs::symlink(&secret, disk.path("kube/link")).unwrap();
    let reads = |what: &str, path: &str| {
        let path = path.replace("DIR", &disk.root());
        Demand::Reads { what: what.into(), path: Text::new(&path) }
    };
    let program = disk.program("exit 1");
    let tls = "server: 'https://10.0.0.1', insecure-skip-tls-verify: true";
    let here = "server: 'http://127.0.0.1:1'";
    let exec = format!(
        "exec: {{apiVersion: v1, command: {program}, args: [a, '-b'], env: [{{name: X, value: y}}]}}"
    );
    for (cluster, user, expected) in [
        (here, exec.as_str(), Demand::Runs(Text::new(&format!("{program} a -b (sets X)")))),
        (here, "tokenFile: ../secrets/token", reads("token", "DIR/kube/../secrets/token")),
        (here, "tokenFile: link", reads("token", "DIR/kube/link")),
        (here, "client-certificate: /dev/zero", reads("client certificate", "/dev/zero")),
        (here, "client-key: /dev/zero", reads("client key", "/dev/zero")),
        (tls, "", Demand::Unverified("https://10.0.0.1".into())),
        (
            "server: 'https://127.0.0.1:1', certificate-authority: /etc/ca.crt",
            "",
            reads("certificate authority", "/etc/ca.crt"),
        ),
    ] {
        let path = disk.write("kube/config", &config(&["a"], cluster, user));
        let place = Where { explicit: Some(path), ..disk.place() };
        let (survey, leads) = super::survey(&place, None);
        assert_eq!(survey.ways[0].demands, std::slice::from_ref(&expected), "{user}");
        let found = find(&leads[0].place).unwrap();
        let fault = connect(&found, "a", &Leave::default(), Vault::default()).await.err().unwrap();
        assert!(matches!(fault, Fault::NeedsPerson { flag: "--allow-exec", .. }), "{user}: {fault}");
        assert!(fault.sentence().contains(&expected.words()), "{fault}");
        // Agreeing to something else agrees to nothing of this.
        let other = Leave { allowed: vec![Demand::Runs("other".into())], ..Leave::default() };
        assert!(connect(&found, "a", &other, Vault::default()).await.is_err());
    }
    assert!(!disk.ran(), "the program ran before anybody agreed");
}

/// Connects with consent to everything, as an environment with nothing but a path and a secret of ours.
async fn agreed(disk: &Disk, user: &str, vault: &Vault) -> Result<(), Fault> {
    let (survey, leads) = super::survey(&disk.only(user), None);
    let leave = Leave {
        allowed: survey.ways[0].demands.clone(),
        environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
    };
    connect(&find(&leads[0].place).unwrap(), "a", &leave, vault.clone()).await.map(drop)
}

#[tokio::test]
async fn after_consent_a_program_signs_in_with_little_around_it() {
    let disk = Disk::new();
    let seen = disk.path("seen");
    let answer = r#"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"a-token-to-hide"}}"#;
    let program = disk.program(&format!("env > {}; cat >&2; echo '{answer}'", seen.display()));
    let vault = Vault::default();
    let user = format!("exec: {{apiVersion: client.authentication.k8s.io/v1, command: {program}}}");
    agreed(&disk, &user, &vault).await.unwrap();
    assert!(disk.ran());
    let seen = fs::read_to_string(seen).unwrap();
    let mut names: Vec<&str> = seen.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    names.retain(|name| !["PWD", "_", "SHLVL", "OLDPWD"].contains(name));
    names.sort_unstable();
    assert_eq!(names, ["KUBERNETES_EXEC_INFO", "PATH"]);
    assert_eq!(vault.scrub("said a-token-to-hide").as_str(), "said [secret]");
}

#[tokio::test]
async fn what_a_program_says_is_evidence_and_neutral() {
    let disk = Disk::new();
    let long =
        "printf '\\033]0;owned\\007\\033[2Jno \\342\\200\\256login\\n' >&2; yes x | head -c 100000 >&2";
    for (does, why) in [
        (format!("{long}; exit 3"), "it ended with exit status: 3"),
        ("echo '{}'".to_owned(), "its answer holds no credential"),
        ("echo nothing".to_owned(), "its answer is not what a cluster's sign-in says"),
        ("yes '{' | head -c 400000".to_owned(), "its answer is too long"),
    ] {
        let program = disk.program(&does);
        let user = format!("exec: {{apiVersion: v1, command: {program}}}");
        let fault = agreed(&disk, &user, &Vault::default()).await.unwrap_err();
        let words = disk.words(&fault);
        assert!(words.contains(why), "{words}");
        assert!(words.len() < 700 && !words.chars().any(|c| c.is_control() || c == '\u{202e}'), "{words:?}");
    }
    let user = "exec: {apiVersion: v1, command: /nonexistent/plugin}";
    let fault = agreed(&disk, user, &Vault::default()).await.unwrap_err();
    assert!(disk.words(&fault).contains("it cannot be run"), "{fault}");
}

#[tokio::test(start_paused = true)]
async fn a_program_that_hangs_is_ended_with_all_it_started() {
    let disk = Disk::new();
    let pid = disk.path("pid");
    let program = disk.program(&format!("sleep 600 & echo $! > {}; sleep 600", pid.display()));
    let user = format!("exec: {{apiVersion: v1, command: {program}}}");
    let fault = agreed(&disk, &user, &Vault::default()).await.unwrap_err();
    assert!(fault.sentence().contains("it did not end within 30 s"), "{fault}");
    if let Ok(pid) = fs::read_to_string(pid) {
        let stat = || fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
        // It was told to end; on a busy machine it may not have had its turn to.
        let ended = (0..100_000).any(|_| {
            std::thread::yield_now();
            let stat = stat();
            stat.is_empty() || stat.contains(") Z ")
        });
        assert!(ended, "what it started still runs: {}", stat());
    }
}
