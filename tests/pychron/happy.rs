//! What works.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;

use serde_json::Value;

use super::rig::{Ran, Stand, event, has, landfall};

#[test]
#[expect(clippy::disallowed_methods, reason = "a test asks another program")]
fn p02_p10_p11_p12_p14_p19_p33_a_workstation_is_registered() {
    let stand = Stand::start(&["--approve", "0"]);
    let ran = stand.enroll(&[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(event(&ran, "found")["findings"]["badge"], "unregistered");
    assert_eq!(event(&ran, "probed")["probe"], "good");
    let last = ran.events().pop().unwrap();
    assert_eq!((&last["event"], &last["owner"]), (&"registered".into(), &"NMGRL".into()));
    let key = stand.key();
    for (path, mode) in [
        (".pychron", 0o700),
        (".pychron/keys", 0o700),
        (".ssh", 0o700),
        (key.as_str(), 0o600),
        (&format!("{key}.pub"), 0o644),
        (".pychron/registration.json", 0o600),
        (".pychron/known_hosts", 0o600),
        (".ssh/config", 0o600),
        (".pychron/preferences.ini", 0o600),
    ] {
        assert_eq!(stand.mode(path), mode, "{path}");
    }
    let record: Value = serde_json::from_str(&stand.text(".pychron/registration.json")).unwrap();
    assert_eq!(record["ssh_host_alias"]["alias"], "pychron-NMGRL");
    // OpenSSH itself reads the key, and finds the fingerprint that the server registered.
    let private = stand.home(&key);
    let keygen = |args: &[&str]| {
        let output = std::process::Command::new("ssh-keygen").args(args).arg(&private).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let public = stand.text(&format!("{key}.pub"));
    assert!(public.starts_with(keygen(&["-y", "-P", "", "-f"]).trim()), "{public}");
    let shown = keygen(&["-l", "-f"]);
    assert!(shown.contains(record["fingerprint"].as_str().unwrap()) && shown.contains("ED25519"), "{shown}");
    // The client's resolved view.
    let output = std::process::Command::new("ssh")
        .arg("-G")
        .arg("-F")
        .arg(stand.home(".ssh/config"))
        .arg("pychron-NMGRL")
        .output()
        .unwrap();
    let view = String::from_utf8(output.stdout).unwrap();
    for line in [
        "hostname git.nmgrl.example",
        "port 2222",
        "user git",
        "identitiesonly yes",
        &format!("identityfile {}", private.display()),
        &format!("userknownhostsfile {}", stand.home(".pychron/known_hosts").display()),
    ] {
        assert!(view.lines().any(|there| there == line), "{line} is not in\n{view}");
    }
    let token = stand.token();
    assert!(token.starts_with("pcy_NMGRL_"));
    for file in stand.files().iter().filter(|file| !file.contains("tokens/")) {
        assert!(!fs::read_to_string(stand.home(file)).unwrap().contains(&token), "{file}");
    }
    let preferences = stand.text(".pychron/preferences.ini");
    assert!(preferences.contains("lab_name = NMGRL") && preferences.contains("enable_pychron_cloud = True"));
}

#[test]
fn p04_p05_p06_p34_plain_shows_code_sentence_and_life_and_an_administrator_approves_on_a_page() {
    let stand = Stand::start(&[]);
    let mut child = stand.command(&["--yes", "--plain"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    let code = loop {
        let mut line = String::new();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "{said}");
        said.push_str(&line);
        if let Some(rest) = line.split("check that the code is ").nth(1) {
            break rest.trim().trim_end_matches('.').to_owned();
        }
    };
    assert!(said.contains("aloud: ") && said.contains("good for 15:00"), "{said}");
    assert!(said.contains("Send this to your administrator"), "{said}");
    stand.answer(&code, "approve");
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{rest}");
    assert!(rest.lines().last().unwrap().contains("Registered: "), "{rest}");
    assert!(rest.contains("set-up key: ready 1/1"), "{rest}");
    assert!(rest.lines().all(|line| line.starts_with("SANDBOX ")), "{rest}");
    assert!(stand.audit().contains(&"approve by t@lab.example".to_owned()));
}

#[test]
fn p04_json_carries_the_sentence_to_send() {
    let stand = Stand::start(&["--approve", "0"]);
    let ran = stand.enroll(&[]);
    let code = event(&ran, "code");
    let request = code["request"].as_str().unwrap();
    assert!(request.contains(code["user_code"].as_str().unwrap()), "{request}");
    assert!(request.contains(code["verification_uri_complete"].as_str().unwrap()), "{request}");
}

#[test]
fn p17_no_form_and_no_log_holds_a_secret() {
    let stand = Stand::start(&["--approve", "0", "--scenario", "bundle"]);
    let ran = stand.enroll(&["--verbose"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let token = stand.token();
    assert!(!ran.out.contains(&token) && !ran.err.contains(&token));
    assert!(!ran.out.contains("service_account") && !ran.err.contains("PRIVATE KEY"));
    // The bundle rests where it is said to.
    let file = stand.text(".pychron/keys/database_iam_NMGRL.json");
    assert!(file.contains("lab:region:instance"));
    assert_eq!(stand.mode(".pychron/keys/database_iam_NMGRL.json"), 0o600);
    assert!(ran.out.contains("database_iam_NMGRL.json"), "{}", ran.out);
}

#[test]
fn p10_an_alias_beside_the_registration_is_written_into_it() {
    let stand = Stand::start(&["--approve", "0", "--scenario", "alias-beside"]);
    assert_eq!(stand.enroll(&[]).code, Some(0));
    let record: Value = serde_json::from_str(&stand.text(".pychron/registration.json")).unwrap();
    assert_eq!(record["ssh_host_alias"]["alias"], "pychron-NMGRL");
}

#[test]
fn p18_another_address_is_asked_about_and_nothing_goes_there_before() {
    // Nobody to ask: what was given stays.
    let stand = Stand::start(&["--approve", "0", "--scenario", "moved"]);
    let ran = stand.enroll(&[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let given = stand.at("api");
    assert!(ran.out.contains("other address is not used"), "{}", ran.out);
    assert!(stand.text(".pychron/preferences.ini").contains(&format!("api_base_url = {given}\n")));
    // A person who agrees.
    for answer in ["1", "2"] {
        let stand = Stand::start(&["--approve", "0", "--scenario", "moved"]);
        let given = stand.at("api").to_owned();
        let expected = if answer == "1" { given.clone() } else { given.replace("127.0.0.1", "localhost") };
        let out = crate::pychron::pane::at_lines(&stand, &["1", answer]);
        assert!(out.contains("wants to be asked at http://localhost:"), "{out}");
        assert!(
            stand.text(".pychron/preferences.ini").contains(&format!("api_base_url = {expected}\n")),
            "{out}"
        );
    }
}

#[test]
fn p18_an_address_that_is_not_safe_is_refused() {
    let stand = Stand::start(&["--approve", "0", "--scenario", "moved-badly"]);
    let ran = stand.enroll(&[]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let sentence = event(&ran, "failed")["sentence"].as_str().unwrap().to_owned();
    assert!(sentence.contains("new address is not fit to be asked"), "{sentence}");
    assert!(!stand.home(".pychron/registration.json").exists());
}

#[test]
fn p19_whatever_the_server_says_to_the_token_nothing_is_taken_back() {
    for (trouble, probe) in [
        ("whoami-rejects", "rejected"),
        ("whoami-fails", "invalid"),
        ("whoami-garbled", "invalid"),
        ("whoami-elsewhere", "elsewhere"),
        ("no-scope", "missing-scope"),
    ] {
        let stand = Stand::start(&["--approve", "0", "--scenario", trouble]);
        let ran = stand.enroll(&[]);
        assert_eq!(ran.code, Some(0), "{trouble}: {ran:?}");
        assert_eq!(event(&ran, "probed")["probe"], probe, "{trouble}");
        assert!(has(&ran, "registered") && stand.home(".pychron/registration.json").exists());
    }
}

#[test]
fn p20_p21_a_registered_machine_is_asked_about_before_it_is_registered_anew() {
    let stand = Stand::start(&["--approve", "0"]);
    assert_eq!(stand.enroll(&[]).code, Some(0));
    let before: Vec<(String, Vec<u8>)> =
        stand.files().into_iter().map(|file| (file.clone(), fs::read(stand.home(&file)).unwrap())).collect();
    let ran = stand.enroll(&[]);
    assert_eq!(ran.code, Some(8), "{ran:?}");
    assert_eq!(event(&ran, "found")["findings"]["badge"], "registered");
    let failed = event(&ran, "failed");
    assert!(failed["sentence"].as_str().unwrap().contains("lab NMGRL already"), "{failed}");
    assert!(failed["next"].as_str().unwrap().contains("--replace"), "{failed}");
    for (file, content) in &before {
        assert_eq!(&fs::read(stand.home(file)).unwrap(), content, "{file}");
    }
    let (key, token) = (stand.text(&stand.key()), stand.token());
    let ran = stand.enroll(&["--replace"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_ne!(stand.text(&stand.key()), key);
    assert_ne!(stand.token(), token);
}

#[test]
fn p22_a_lab_named_like_a_path_stays_in_its_folder() {
    let stand = Stand::start(&["--approve", "0", "--scenario", "lab-is-path"]);
    let ran = stand.enroll(&[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(stand.home(".pychron/tokens/______etc_passwd").exists(), "{:?}", stand.files());
}

#[test]
fn p23_no_picture_of_the_code_is_left() {
    // The QR is drawn into the terminal and never into a file.
    let stand = Stand::start(&["--approve", "0"]);
    stand.enroll(&[]);
    assert!(stand.files().iter().all(|file| !file.contains("qr") && !file.contains(".png")));
}

#[test]
fn p31_a_token_registers_without_a_code_and_a_known_key_is_made_anew_once() {
    for (trouble, code, keys) in
        [(None, 0, 1), (Some("key-known"), 0, 1), (Some("keys-known"), 4, 0), (Some("no-scope"), 4, 0)]
    {
        let mut flags = Vec::new();
        flags.extend(trouble.iter().flat_map(|name| ["--scenario", name]));
        let stand = Stand::start(&flags);
        let token = stand.at("token_file").to_owned();
        let ran = stand.enroll(&["--token-file", &token]);
        assert_eq!(ran.code, Some(code), "{trouble:?}: {ran:?}");
        assert_eq!(stand.audit().iter().filter(|word| *word == "key").count(), keys, "{trouble:?}");
        assert!(!has(&ran, "code"), "{trouble:?}");
        let failed = match trouble {
            Some("keys-known") => "key-rejected",
            Some("no-scope") => "missing-scope",
            _ => {
                assert_eq!(stand.token(), fs::read_to_string(token).unwrap());
                continue;
            }
        };
        assert_eq!(event(&ran, "failed")["fault"], failed);
        assert!(!stand.home(".pychron/registration.json").exists());
    }
}

#[test]
fn p01_an_address_must_be_given_and_a_home_must_be_there() {
    let ran = Ran::of(landfall(&["--profile-file", "/nonexistent.toml", "--json"]).output().unwrap());
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("p.toml");
    for (text, code, words) in [
        ("api = \"\"\nbackend = \"pychron\"\n", 2, "address"),
        (
            "api = \"http://127.0.0.1:9\"\nbackend = \"pychron\"\ninstall = \"release\"\n",
            2,
            "workstation only",
        ),
    ] {
        fs::write(&profile, text).unwrap();
        let ran =
            Ran::of(landfall(&["--profile-file", profile.to_str().unwrap(), "--json"]).output().unwrap());
        assert_eq!(ran.code, Some(code), "{ran:?}");
        assert!(ran.out.contains(words), "{ran:?}");
    }
    // Nobody to carry a token away, and no keyring: told before a code is asked for.
    fs::write(&profile, "api = \"http://127.0.0.1:9\"\nbackend = \"pychron\"\n").unwrap();
    let mut command = landfall(&["--profile-file", profile.to_str().unwrap(), "--json", "--yes"]);
    let ran = Ran::of(command.env("HOME", folder.path()).output().unwrap());
    assert_eq!(event(&ran, "failed")["fault"], "keyring-failed", "{ran:?}");
    assert!(!folder.path().join(".pychron").exists());
    // The same with a file instead: nobody answers at that address.
    let mut command =
        landfall(&["--profile-file", profile.to_str().unwrap(), "--json", "--yes", "--secret-store", "file"]);
    let ran = Ran::of(command.env("HOME", folder.path()).output().unwrap());
    assert_eq!((ran.code, &event(&ran, "failed")["fault"]), (Some(5), &"unreachable".into()), "{ran:?}");
    assert!(!folder.path().join(".pychron").exists(), "a refused address leaves no file");
    std::io::stdout().flush().unwrap();
}
