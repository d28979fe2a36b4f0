//! After the registration: registered anew with the kept token, revoked, another lab.

use std::fs;

use super::rig::Stand;

#[test]
fn p32_re_enroll_rotates_the_key_with_the_kept_token() {
    let stand = Stand::start(&["--approve", "0"]);
    assert_eq!(stand.enroll(&[]).code, Some(0));
    let (key, token) = (stand.text(&stand.key()), stand.token());
    let ran = stand.later("re-enroll", &["--yes", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_ne!(stand.text(&stand.key()), key);
    assert_eq!(stand.token(), token, "the token stays");
    assert!(!ran.out.contains("\"event\":\"code\""), "{}", ran.out);
    assert_eq!(stand.text(".ssh/config").matches("# BEGIN").count(), 1);
}

#[test]
fn p32_re_enroll_without_a_token_says_so() {
    let stand = Stand::start(&[]);
    let ran = stand.later("re-enroll", &["--yes", "--json"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.out.contains("no token"), "{}", ran.out);
    assert_eq!(stand.files(), Vec::<String>::new());
}

#[test]
fn p32_revoke_asks_wipes_and_keeps_the_projects_even_if_the_server_fails() {
    for (trouble, code) in [(None, 0), (Some("revoke-fails"), 4)] {
        let mut flags = vec!["--approve", "0"];
        flags.extend(trouble.iter().flat_map(|name| ["--scenario", name]));
        let stand = Stand::start(&flags);
        assert_eq!(stand.enroll(&[]).code, Some(0));
        fs::create_dir_all(stand.home("Pychron/projects/one")).unwrap();
        fs::write(stand.home("Pychron/projects/one/file"), "mine").unwrap();
        let files = stand.files();
        let asked = stand.later("revoke", &["--json"]);
        assert_eq!(asked.code, Some(8), "{asked:?}");
        assert_eq!(stand.files(), files, "nothing goes without a yes");
        let ran = stand.later("revoke", &["--yes", "--json"]);
        assert_eq!(ran.code, Some(code), "{ran:?}");
        let left = stand.files();
        assert_eq!(
            left,
            [".pychron/preferences.ini", ".ssh/config", "Pychron/projects/one/file"],
            "{trouble:?}"
        );
        assert_eq!(stand.text(".ssh/config").trim(), "");
        assert_eq!(stand.audit().contains(&"end".to_owned()), trouble.is_none());
        if trouble.is_some() {
            assert!(ran.out.contains("status 500") && ran.out.contains("unproven"), "{}", ran.out);
        } else {
            assert!(ran.out.contains("\"proven\""), "{}", ran.out);
        }
    }
}

#[test]
fn p32_switch_lab_takes_the_projects_and_the_preferences_too() {
    let stand = Stand::start(&["--approve", "0"]);
    assert_eq!(stand.enroll(&[]).code, Some(0));
    fs::create_dir_all(stand.home("Pychron/projects/one")).unwrap();
    fs::write(stand.home("Pychron/projects/one/file"), "mine").unwrap();
    fs::write(stand.home(".pychron/last_repo.json"), "{}").unwrap();
    let asked = stand.later("switch-lab", &["--json"]);
    assert_eq!(asked.code, Some(8), "{asked:?}");
    assert!(asked.out.contains("every project"), "{}", asked.out);
    let ran = stand.later("switch-lab", &["--yes", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(stand.files(), [".ssh/config"]);
    assert!(stand.audit().contains(&"end".to_owned()));
    // The machine can be registered for another lab at once, without --replace.
    assert_eq!(stand.enroll(&[]).code, Some(0));
}
