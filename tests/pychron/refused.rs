//! What is refused: each a state and a next step of its own, and nothing is changed on the machine.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::rig::{Stand, event, has};

#[test]
fn p07_p08_each_refusal_is_a_state_of_its_own_and_changes_nothing() {
    for (trouble, code, fault, next) in [
        ("denied", 3, "sign-in-declined", "run: "),
        ("expires", 3, "sign-in-expired", "run: "),
        ("key-refused", 4, "key-rejected", "another key"),
        ("key-refused-late", 4, "key-rejected", "another key"),
        ("mint-fails", 4, "mint-failed", "administrator"),
        ("odd-start", 3, "bad-grant", "--api"),
    ] {
        let stand = Stand::start(&["--approve", "0", "--scenario", trouble]);
        let ran = stand.enroll(&[]);
        assert_eq!(ran.code, Some(code), "{trouble}: {ran:?}");
        let failed = event(&ran, "failed");
        assert_eq!(failed["fault"], fault, "{trouble}");
        assert!(failed["next"].as_str().unwrap().contains(next), "{trouble}: {failed}");
        assert_eq!(stand.files(), Vec::<String>::new(), "{trouble}");
    }
}

#[test]
fn p02_p21_a_refused_or_expired_request_leaves_the_working_key() {
    let stand = Stand::start(&["--approve", "0"]);
    assert_eq!(stand.enroll(&[]).code, Some(0));
    let (key, files) = (stand.text(&stand.key()), stand.files());
    for trouble in ["denied", "expires", "mint-fails", "key-refused"] {
        let other = Stand::start(&["--approve", "0", "--scenario", trouble]);
        // The same home folder, a server that refuses.
        let profile = std::fs::read_to_string(other.at("profile")).unwrap();
        let profile = profile.replace(other.at("home"), stand.at("home"));
        std::fs::write(other.at("profile"), profile).unwrap();
        let ran = other.enroll(&["--replace"]);
        assert!(matches!(ran.code, Some(3 | 4)), "{trouble}: {ran:?}");
        assert_eq!(stand.text(&stand.key()), key, "{trouble}");
        assert_eq!(stand.files(), files, "{trouble}");
    }
}

#[test]
fn p13_hostile_text_of_the_server_is_refused_and_written_nowhere() {
    for trouble in
        ["hostile-alias", "hostile-host", "hostile-port", "hostile-known-host", "hostile-lab", "echo"]
    {
        let stand = Stand::start(&["--approve", "0", "--scenario", trouble]);
        let ran = stand.enroll(&[]);
        assert_eq!(ran.code, Some(3), "{trouble}: {ran:?}");
        assert_eq!(event(&ran, "failed")["fault"], "bad-grant", "{trouble}");
        assert!(!ran.out.contains("ProxyCommand") && !ran.out.contains("pcy_"), "{trouble}: {ran:?}");
        // The token was minted, so it is not lost: nothing else is there.
        let files = stand.files();
        assert_eq!(files, [".pychron/tokens/recovered-default"], "{trouble}");
        assert_eq!(stand.mode(".pychron/tokens/recovered-default"), 0o600);
    }
}

#[test]
fn p02_a_registration_of_another_key_changes_no_key() {
    let stand = Stand::start(&["--approve", "0", "--scenario", "other-key"]);
    let ran = stand.enroll(&[]);
    assert_eq!(event(&ran, "failed")["fault"], "bad-grant");
    assert_eq!(stand.files(), [".pychron/tokens/NMGRL"]);
}

#[test]
fn p08_trouble_is_counted_and_a_pending_answer_resets_it() {
    let stand = Stand::start(&["--approve", "0", "--scenario", "flaky"]);
    let ran = stand.enroll(&[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let trouble: Vec<_> = ran.events().into_iter().filter(|event| event["event"] == "trouble").collect();
    let said: Vec<&str> = trouble.iter().map(|event| event["why"].as_str().unwrap()).collect();
    assert_eq!(said.len(), 3, "{said:?}");
    for (at, why) in said.iter().enumerate() {
        assert!(why.contains(&format!("({} of 6 in a row)", at + 1)), "{why}");
    }
}

#[test]
fn p09_leaving_reacts_at_once_and_says_that_the_code_stays_valid() {
    let stand = Stand::start(&[]);
    let mut child = stand.command(&["--yes", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    loop {
        let mut line = String::new();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0);
        if line.contains("\"event\":\"code\"") {
            break;
        }
    }
    let begun = now();
    let id = i32::try_from(child.id()).unwrap();
    let pid = rustix::process::Pid::from_raw(id).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
    assert!(begun.elapsed() < Duration::from_millis(900), "{:?}", begun.elapsed());
    assert!(rest.contains("The code stays valid at the server until it expires"), "{rest}");
    assert_eq!(stand.files(), Vec::<String>::new());
}

#[expect(clippy::disallowed_methods, reason = "how long a process took is what is asked")]
fn now() -> Instant {
    Instant::now()
}

#[test]
fn p15_p16_in_lines_a_token_without_a_place_rests_in_a_file_and_is_told() {
    for (blocked, fault) in
        [(".pychron/tokens/NMGRL", "not-in-keyring"), (".pychron/known_hosts", "set-up-failed")]
    {
        let stand = Stand::start(&["--approve", "0"]);
        std::fs::create_dir_all(stand.home(blocked).join("full")).unwrap();
        let ran = stand.enroll(&["--replace"]);
        let token: Vec<String> =
            stand.files().into_iter().filter(|file| file.starts_with(".pychron/tokens/")).collect();
        assert_eq!(ran.code, Some(4), "{blocked}: {ran:?}");
        assert_eq!(event(&ran, "failed")["fault"], fault, "{blocked}");
        assert!(!ran.out.contains("pcy_"), "{}", ran.out);
        assert_eq!(token.len(), 1, "{token:?}");
        assert!(stand.text(&token[0]).starts_with("pcy_NMGRL_"));
        assert!(has(&ran, "token"));
    }
}
