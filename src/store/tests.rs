use super::*;
use crate::model::Renewal;

fn account(id: u64) -> Account {
    Account { id, name: "Acme".into(), email: format!("p{id}@acme.example").into(), first_name: "P".into() }
}

fn sessions(home: &std::path::Path, vault: &Vault, api: &str) -> (Sessions, Url) {
    let api: Url = api.parse().unwrap();
    (Sessions::new(StateFolder(home.join("state")), vault.clone(), &api, "provisioning"), api)
}

fn token(vault: &Vault, sessions: &Sessions, value: &str) -> SecretRef {
    vault.keep(Secret::new(value, Audience::session(&*sessions.origin)))
}

fn opened(vault: &Vault, sessions: &Sessions, handle: SecretRef) -> String {
    vault.open(handle, &Audience::session(&*sessions.origin)).unwrap().to_string()
}

const WHEN: Timestamp = Timestamp::UNIX_EPOCH;
const SPAN: (Timestamp, Option<Timestamp>) = (WHEN, None);

#[tokio::test]
async fn a_session_is_kept_found_and_removed() {
    let home = tempfile::tempdir().unwrap();
    let vault = Vault::default();
    let (sessions, api) = sessions(home.path(), &vault, "https://api.acme.example/v1/");
    assert_eq!(sessions.find().await.unwrap(), None);
    assert_eq!(sessions.remove(None).await.unwrap(), None);
    assert!(!home.path().join("state").exists(), "looking made a folder");
    let mine = token(&vault, &sessions, "canary-token-1");
    let keeping = sessions.keep(Place::File, mine, &account(7), &api, SPAN).await.unwrap();
    assert_eq!(keeping, Keeping::default());
    let kept = sessions.find().await.unwrap().unwrap();
    assert_eq!(kept.session, Session::new(&account(7), Place::File, "https://api.acme.example/v1/", WHEN));
    assert_eq!(opened(&vault, &sessions, kept.token.unwrap()), "canary-token-1");
    let state = std::fs::read_to_string(home.path().join("state/state.json")).unwrap();
    assert!(!state.contains("canary"), "{state}");
    let removed = sessions.remove(None).await.unwrap().unwrap();
    assert_eq!(opened(&vault, &sessions, removed.token.unwrap()), "canary-token-1");
    assert_eq!(sessions.find().await.unwrap(), None);
    let left: Vec<_> = std::fs::read_dir(home.path().join("state")).unwrap().collect();
    assert_eq!(left.len(), 2, "the lock and the state remain: {left:?}");
}

#[tokio::test]
async fn another_session_replaces_the_one_before_and_hands_it_over() {
    let home = tempfile::tempdir().unwrap();
    let vault = Vault::default();
    let (sessions, api) = sessions(home.path(), &vault, "https://api.acme.example");
    for (id, value) in [(7, "canary-token-1"), (7, "canary-token-2"), (8, "canary-token-3")] {
        let mine = token(&vault, &sessions, value);
        let keeping = sessions.keep(Place::File, mine, &account(id), &api, SPAN).await.unwrap();
        let before = keeping.replaced.map(|before| opened(&vault, &sessions, before));
        let expected = match value {
            "canary-token-1" => None,
            "canary-token-2" => Some("canary-token-1".to_owned()),
            _ => Some("canary-token-2".to_owned()),
        };
        assert_eq!(before, expected);
        // Kept again, it is not its own predecessor.
        let again = sessions.keep(Place::File, mine, &account(id), &api, SPAN).await.unwrap();
        assert_eq!(again.replaced, None);
    }
    let names = std::fs::read_dir(home.path().join("state")).unwrap();
    let names: Vec<String> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names.iter().filter(|name| name.starts_with("session-")).count(), 1, "{names:?}");
}

#[tokio::test]
async fn a_token_moved_to_another_origin_does_not_open() {
    let home = tempfile::tempdir().unwrap();
    let vault = Vault::default();
    let (here, api) = sessions(home.path(), &vault, "https://api.acme.example");
    let (there, other) = sessions(home.path(), &vault, "https://api.evil.example");
    for (sessions, api, value) in [(&here, &api, "canary-token-1"), (&there, &other, "canary-token-2")] {
        let mine = token(&vault, sessions, value);
        sessions.keep(Place::File, mine, &account(7), api, SPAN).await.unwrap();
    }
    let state = home.path().join("state");
    std::fs::copy(state.join(here.key(7).file_name()), state.join(there.key(7).file_name())).unwrap();
    let found = there.find().await.unwrap().unwrap();
    assert!(found.token.unwrap_err().contains("another account or server"));
    // Signing out there removes the stray file and hands nothing over.
    assert!(there.remove(None).await.unwrap().unwrap().token.is_err());
    assert!(here.find().await.unwrap().unwrap().token.is_ok());
}

#[tokio::test]
async fn what_is_gone_broken_or_linked_is_told_and_still_signed_out() {
    for (damage, why) in [("gone", "is gone"), ("broken", "makes no sense"), ("linked", "symbolic link")] {
        let home = tempfile::tempdir().unwrap();
        let vault = Vault::default();
        let (sessions, api) = sessions(home.path(), &vault, "https://api.acme.example");
        let mine = token(&vault, &sessions, "canary-token-1");
        sessions.keep(Place::File, mine, &account(7), &api, SPAN).await.unwrap();
        let file = home.path().join("state").join(sessions.key(7).file_name());
        std::fs::rename(&file, home.path().join("moved")).unwrap();
        match damage {
            "broken" => std::fs::write(&file, "{\"token\":\"canary-tok").unwrap(),
            "linked" => std::os::unix::fs::symlink(home.path().join("moved"), &file).unwrap(),
            _ => {}
        }
        let said = sessions.find().await.unwrap().unwrap().token.unwrap_err();
        assert!(said.contains(why) && !said.contains("canary"), "{said}");
        assert!(sessions.remove(None).await.unwrap().unwrap().token.is_err());
        assert_eq!(sessions.find().await.unwrap(), None);
        assert!(home.path().join("moved").exists(), "what a link points at is not ours to remove");
    }
}

#[tokio::test]
async fn a_loose_mode_is_mended_and_told() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let vault = Vault::default();
    let (sessions, api) = sessions(home.path(), &vault, "https://api.acme.example");
    let mine = token(&vault, &sessions, "canary-token-1");
    sessions.keep(Place::File, mine, &account(7), &api, SPAN).await.unwrap();
    let file = home.path().join("state").join(sessions.key(7).file_name());
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    let kept = sessions.find().await.unwrap().unwrap();
    assert!(kept.token.is_ok());
    assert_eq!(kept.notes.len(), 1, "{:?}", kept.notes);
    assert!(sessions.find().await.unwrap().unwrap().notes.is_empty());
}

#[test]
fn two_keys_never_share_a_name() {
    let key = |origin: &str, via: &str, account| Key { origin: origin.into(), via: via.into(), account };
    let keys = [
        key("https://a.example", "x", 1),
        key("https://a.example", "x", 11),
        key("https://a.example:8443", "x", 1),
        key("https://a.example", "y", 1),
        key("https://a_2eexample", "x", 1),
        key("https://a.example/..", "x", 1),
    ];
    let names: std::collections::BTreeSet<String> = keys.iter().map(Key::file_name).collect();
    assert_eq!(names.len(), keys.len());
    assert!(names.iter().all(|name| name.len() < 200 && !name.contains('/')), "{names:?}");
}

#[tokio::test]
async fn of_two_runs_one_renews_and_the_other_reads_again() {
    let home = tempfile::tempdir().unwrap();
    let vault = Vault::default();
    let (sessions, api) = sessions(home.path(), &vault, "https://api.acme.example");
    let (old, spent) = (token(&vault, &sessions, "canary-old"), token(&vault, &sessions, "canary-spent"));
    let new = token(&vault, &sessions, "canary-new");
    sessions.keep(Place::File, old, &account(7), &api, SPAN).await.unwrap();
    let first = sessions.renew(
        old,
        spent,
        async {
            // While the exchange is under way, what rests there could not be sent again.
            let kept = sessions.find().await.unwrap().unwrap();
            assert_eq!(opened(&vault, &sessions, kept.token.unwrap()), "canary-spent");
            tokio::time::sleep(std::time::Duration::from_millis(30)).await;
            Renewal::Fresh(new)
        },
        WHEN,
    );
    let second = async {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        sessions.renew(old, spent, async { panic!("it was sent twice") }, WHEN).await
    };
    let (first, second) = tokio::join!(first, second);
    for end in [first, second] {
        let Usable { session, unkept } = end.unwrap();
        assert_eq!((opened(&vault, &sessions, session).as_str(), unkept), ("canary-new", None));
    }
}

#[tokio::test]
async fn what_could_have_been_used_up_never_comes_back() {
    let home = tempfile::tempdir().unwrap();
    let vault = Vault::default();
    let (sessions, api) = sessions(home.path(), &vault, "https://api.acme.example");
    let (old, spent) = (token(&vault, &sessions, "canary-old"), token(&vault, &sessions, "canary-spent"));
    let nothing = || Fault::BadReply { why: "nothing was sent".into() };
    for (end, told, rests) in [
        (Renewal::NotSent(nothing()), nothing(), "canary-old"),
        (Renewal::Lost, Fault::SessionRejected, "canary-spent"),
        (Renewal::Rejected, Fault::SessionRejected, "canary-spent"),
    ] {
        sessions.keep(Place::File, old, &account(7), &api, SPAN).await.unwrap();
        assert_eq!(sessions.renew(old, spent, async { end }, WHEN).await, Err(told));
        let kept = sessions.find().await.unwrap().unwrap();
        assert_eq!(opened(&vault, &sessions, kept.token.unwrap()), rests);
    }
}

#[tokio::test]
async fn a_renewal_that_cannot_be_put_away_goes_on_in_memory_and_says_why() {
    let home = tempfile::tempdir().unwrap();
    let vault = Vault::default();
    let (sessions, api) = sessions(home.path(), &vault, "https://api.acme.example");
    let (old, spent) = (token(&vault, &sessions, "canary-old"), token(&vault, &sessions, "canary-spent"));
    let new = token(&vault, &sessions, "canary-new");
    sessions.keep(Place::File, old, &account(7), &api, SPAN).await.unwrap();
    let file = sessions.folder.0.join(sessions.key(7).file_name());
    let exchange = async {
        // Where a folder stands, no file can be put.
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        Renewal::Fresh(new)
    };
    let Usable { session, unkept } = sessions.renew(old, spent, exchange, WHEN).await.unwrap();
    assert_eq!(opened(&vault, &sessions, session), "canary-new");
    assert!(unkept.is_some_and(|why| !why.is_empty()));
}
