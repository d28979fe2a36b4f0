//! A password made in a run is found in its lawful places and nowhere else.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;

use super::rig::{Served, base, landfall};

/// Every file below a folder, as bytes.
fn files(folder: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            files(&path, into);
        } else {
            into.push((path.display().to_string(), fs::read(&path).unwrap_or_default()));
        }
    }
}

#[test]
fn the_credential_is_only_where_it_belongs() {
    for form in ["--json", "--plain"] {
        let sandbox = Served::start(&["--speed", "40"]);
        let home = tempfile::tempdir().unwrap();
        let mut flags =
            vec!["--profile-file", sandbox.at("profile"), "--token-file", sandbox.at("token_file")];
        flags.extend(["--yes", "--hold", "0", "--verbose", form]);
        let mut child = landfall(&flags)
            .env("HOME", home.path())
            .env("TMPDIR", home.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // What other users of the machine could see of the process, again and again while it runs.
        let mut seen = Vec::new();
        let mut looks = 0;
        let mut out = child.stdout.take().unwrap();
        let mut part = [0; 512];
        loop {
            for what in ["cmdline", "environ"] {
                seen.extend(fs::read(format!("/proc/{}/{what}", child.id())).unwrap_or_default());
            }
            looks += 1;
            match out.read(&mut part).unwrap() {
                0 => break,
                n => seen.extend(&part[..n]),
            }
        }
        child.stderr.take().unwrap().read_to_end(&mut seen).unwrap();
        assert!(child.wait().unwrap().success(), "{}", String::from_utf8_lossy(&seen));
        assert!(looks > 5);

        let [row] = sandbox.clients_here().try_into().unwrap();
        let place = row["namespace"].as_str().unwrap().to_owned();
        let (username, password) = sandbox.credential(&place).unwrap();
        let token = fs::read_to_string(sandbox.at("token_file")).unwrap();
        assert!(sandbox.accepts(&username, &password), "it is the one that counts");
        let mut places = vec![("what was said and seen".to_owned(), seen)];
        files(home.path(), &mut places);
        // The cluster, but for the release's own Secret.
        for kind in ["configmaps", "events", "pods", "secrets"] {
            let (_, list) = sandbox.cluster(&format!("/api/v1/{kind}"));
            for item in list["items"].as_array().unwrap() {
                let name = format!("{kind} {}", item["metadata"]["name"]);
                if name != format!("secrets \"{place}-secrets\"") {
                    places.push((name, item.to_string().into_bytes()));
                }
            }
        }
        places.push(("the account's list".to_owned(), sandbox.get("/edge-device/").to_string().into_bytes()));
        for secret in [&password, &base(&password), &token] {
            for (place, bytes) in &places {
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "{form}: a secret is in {place}");
            }
        }
    }
}
