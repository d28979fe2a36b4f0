use std::fs;

use super::*;
use crate::cluster::connect::fixture::{Disk, config};
use crate::cluster::connect::{Leave, connect};
use crate::secret::Vault;

fn plain(name: &str) -> String {
    config(&[name], "server: 'http://127.0.0.1:1'", "token: sbx_0")
}

fn found(place: &Where) -> Vec<String> {
    find(place).unwrap().contexts().map(str::to_owned).collect()
}

#[test]
fn the_first_place_that_holds_one_counts() {
    let disk = Disk::new();
    let place = disk.place();
    assert_eq!(
        disk.words(&find(&place).err().unwrap()),
        "No cluster was found. Looked at: DIR/home/.kube/config, DIR/k3s.yaml."
    );
    disk.write("k3s.yaml", &plain("k3s"));
    assert_eq!(found(&place), ["k3s"]);
    // kubectl leaves an empty file behind; it does not hide the cluster.
    disk.write("home/.kube/config", "apiVersion: v1\nkind: Config\ncontexts: []\n");
    assert_eq!(found(&place), ["k3s"]);
    disk.write("home/.kube/config", &plain("home"));
    assert_eq!(found(&place), ["home"]);
    let (one, two) = (disk.write("one", &plain("one")), disk.write("two", &plain("two")));
    let list = std::env::join_paths([&one, &disk.path("missing"), &two]).unwrap();
    let place = Where { env: Some(list), ..place };
    assert_eq!(found(&place), ["one", "two"]);
    let place = Where { explicit: Some(two), ..place };
    assert_eq!(found(&place), ["two"]);
}

#[test]
fn what_was_named_and_is_missing_is_said() {
    let disk = Disk::new();
    disk.write("k3s.yaml", &plain("k3s"));
    let place = Where { explicit: Some(disk.path("gone")), ..disk.place() };
    assert_eq!(
        disk.words(&find(&place).err().unwrap()),
        "The kubeconfig DIR/gone cannot be used: there is no such file."
    );
    let place = Where { env: Some(disk.path("gone").into()), ..disk.place() };
    assert_eq!(disk.words(&find(&place).err().unwrap()), "No cluster was found. Looked at: DIR/gone.");
}

#[test]
fn a_file_that_is_no_kubeconfig_is_refused_without_quoting_it() {
    let disk = Disk::new();
    for (text, why) in [
        ("token: [sbx_secret", "it is not a kubeconfig (line 1)"),
        ("apiVersion: v1\nclusters: sbx_secret\n", "it is not a kubeconfig (line 2)"),
        ("apiVersion: v1\nkind: Config\n", "it holds no context"),
        (&format!("#{}", "x".repeat(1024 * 1024)), "it is larger than 1 MiB"),
    ] {
        let place = Where { explicit: Some(disk.write("config", text)), ..disk.place() };
        let words = disk.words(&find(&place).err().unwrap());
        assert_eq!(words, format!("The kubeconfig DIR/config cannot be used: {why}."));
    }
    fs::create_dir(disk.path("folder")).unwrap();
    let place = Where { explicit: Some(disk.path("folder")), ..disk.place() };
    assert_eq!(
        disk.words(&find(&place).err().unwrap()),
        "The kubeconfig DIR/folder cannot be used: it is not a regular file."
    );
}

#[tokio::test]
async fn what_no_kubeconfig_may_do_is_refused() {
    let disk = Disk::new();
    disk.write("secrets/token", "sbx_secret");
    disk.write("kube/token", "sbx_0");
    let here = "server: 'http://127.0.0.1:1'";
    for (cluster, user, why) in [
        (here, "token: a", None),
        (here, "tokenFile: token", None),
        (here, "", None),
        ("server: 'http://[::1]:1'", "", None),
        (
            "server: 'https://10.0.0.1:6443', certificate-authority: token",
            "",
            Some("its certificate authority holds no certificate"),
        ),
        (here, "auth-provider: {name: gcp}", Some("it signs in through an auth-provider")),
        (here, "exec: {apiVersion: v1}", Some("it signs in by running a program, and does not say which")),
        (
            here,
            "exec: {apiVersion: v1, command: sh, interactiveMode: Always}",
            Some("it signs in by a program that needs the terminal"),
        ),
        (here, "client-certificate: none", Some("its client certificate file cannot be read")),
        ("server: 'http://10.0.0.1:1'", "token: a", Some("it would send the machine's credential without")),
        ("server: 'file:///etc/passwd'", "", Some("the cluster's address is neither")),
        ("server: 'https://me:pw@10.0.0.1'", "", Some("the cluster's address carries a login")),
        ("", "", Some("the cluster's address is not a web address")),
    ] {
        let path = disk.write("kube/config", &config(&["a"], cluster, user));
        let found = find(&Where { explicit: Some(path), ..disk.place() }).unwrap();
        let connected = connect(&found, "a", &Leave::default(), Vault::default()).await;
        match (connected, why) {
            (Ok(connected), None) => assert!(connected.server.starts_with("http://"), "{cluster} {user}"),
            (Err(fault), Some(why)) => {
                let words = disk.words(&fault);
                let expected = format!("The kubeconfig DIR/kube/config cannot be used: {why}");
                assert!(words.starts_with(&expected) && !words.contains("sbx"), "{words}");
            }
            (Ok(_), Some(why)) => panic!("{cluster} {user} was taken, in spite of: {why}"),
            (Err(fault), None) => panic!("{cluster} {user}: {fault}"),
        }
    }
}

#[tokio::test]
async fn only_the_chosen_context_is_judged() {
    let disk = Disk::new();
    let bad = config(&["bad"], "server: 'http://127.0.0.1:1'", "exec: {apiVersion: v1, command: sh}");
    let (bad, good) = (disk.write("bad", &bad), disk.write("good", &plain("good")));
    let list = std::env::join_paths([bad, good]).unwrap();
    let found = find(&Where { env: Some(list), ..disk.place() }).unwrap();
    let leave = Leave::default();
    let connected = connect(&found, "good", &leave, Vault::default()).await.unwrap();
    assert_eq!((connected.context.as_str(), connected.server.as_str()), ("good", "http://127.0.0.1:1"));
    let fault = connect(&found, "bad", &leave, Vault::default()).await.err().unwrap();
    assert!(disk.words(&fault).contains("DIR/bad runs a program"));
}
