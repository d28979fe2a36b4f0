use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::*;
use crate::install::Told;
use crate::model::{Badge, Check, CheckState, Parts, Resting};
use crate::secret::Secret;

mod kill;

const ORIGIN: &str = "https://api.lab.example";
const LINE: &str = "[git.lab.example]:2222 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHR1aW5n";

struct Stage {
    home: tempfile::TempDir,
    vault: Vault,
    told: Arc<Mutex<Vec<Told>>>,
}

impl Stage {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap(), vault: Vault::default(), told: Arc::default() }
    }

    fn station(&self) -> Workstation {
        let api = "https://api.lab.example/".into();
        let home = Some(self.home.path().to_owned());
        Workstation::new(home, "gpu box.01".into(), api, ORIGIN, Rest::File, self.vault.clone())
    }

    fn issued(&self, lab: &str) -> Issued {
        let parts = Parts {
            owner: lab.parse().unwrap(),
            moved: None,
            alias: "pychron-lab".parse().unwrap(),
            host: "git.lab.example".parse().unwrap(),
            port: 2222,
            known_host: LINE.parse().unwrap(),
            account: "bot".into(),
            fingerprint: "".into(),
            record: format!(
                "{{\"ssh_host_alias\": {{\"alias\": \"pychron-lab\", \"real_host\": \"git.lab.example\", \"port\": \
                 2222, \"known_hosts_line\": \"{LINE}\"}}}}"
            ),
        };
        let token = self.vault.keep(Secret::new("canary-token", Audience::session(ORIGIN)));
        Issued { token, parts: Ok(parts), bundle: None }
    }

    fn report(&self) -> Report {
        let told = self.told.clone();
        Arc::new(move |what| told.lock().unwrap().push(what))
    }

    fn at(&self, path: &str) -> std::path::PathBuf {
        self.home.path().join(path)
    }

    async fn enroll(&self, station: &Workstation) -> Fitted {
        station.new_key().await.unwrap();
        station.fit(&self.issued("NMGRL"), &self.report()).await
    }
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o777
}

const KEY: &str = ".pychron/keys/pychron_gpu_box_01";

#[tokio::test]
async fn p02_p10_p11_p12_p33_everything_is_in_place_with_its_mode() {
    let stage = Stage::new();
    let station = stage.station();
    let fitted = stage.enroll(&station).await;
    let kept = Resting::Kept("a file that only you can read".into());
    assert_eq!(fitted, Fitted { token: kept, notes: vec![], end: Ok(()) });
    let key = stage.at(KEY);
    for (path, wanted) in [
        (stage.at(".pychron"), 0o700),
        (stage.at(".pychron/keys"), 0o700),
        (stage.at(".ssh"), 0o700),
        (key.clone(), 0o600),
        (stage.at(&format!("{KEY}.pub")), 0o644),
        (stage.at(".pychron/registration.json"), 0o600),
        (stage.at(".pychron/known_hosts"), 0o600),
        (stage.at(".ssh/config"), 0o600),
        (stage.at(".pychron/preferences.ini"), 0o600),
        (stage.at(".pychron/tokens/NMGRL"), 0o600),
    ] {
        assert_eq!(mode(&path), wanted, "{}", path.display());
    }
    let public = fs::read_to_string(stage.at(&format!("{KEY}.pub"))).unwrap();
    assert!(public.starts_with("ssh-ed25519 ") && public.ends_with(" pychron-gpu_box_01\n"), "{public}");
    let home = stage.home.path().display();
    let config = fs::read_to_string(stage.at(".ssh/config")).unwrap();
    assert_eq!(
        config,
        format!(
            "# BEGIN pychron-cloud:pychron-lab\nHost pychron-lab\n    HostName git.lab.example\n    Port 2222\n    \
             User git\n    IdentityFile {home}/{KEY}\n    IdentitiesOnly yes\n    UserKnownHostsFile \
             {home}/.pychron/known_hosts\n# END pychron-cloud:pychron-lab\n"
        )
    );
    assert_eq!(fs::read_to_string(stage.at(".pychron/known_hosts")).unwrap(), format!("{LINE}\n"));
    let preferences = fs::read_to_string(stage.at(".pychron/preferences.ini")).unwrap();
    assert_eq!(
        preferences,
        "[pychron.cloud]\nenable_pychron_cloud = True\napi_base_url = https://api.lab.example\nlab_name = NMGRL\n"
    );
    // The token is in its sink and nowhere else.
    for path in
        [".pychron/registration.json", ".pychron/preferences.ini", ".ssh/config", ".pychron/known_hosts"]
    {
        assert!(!fs::read_to_string(stage.at(path)).unwrap().contains("canary"), "{path}");
    }
    assert_eq!(fs::read_to_string(stage.at(".pychron/tokens/NMGRL")).unwrap(), "canary-token");
    assert_eq!(wrong(&station).await, Vec::<Check>::new());
}

/// The parts that are not as they should be.
async fn wrong(station: &Workstation) -> Vec<Check> {
    let good = Probe::Good { kind: "workstation".into(), owner: "NMGRL".into() };
    station.standing(good).await.troubles().cloned().collect()
}

/// What a check says under a fault, by its id.
async fn judged(station: &Workstation, id: &str) -> (CheckState, String) {
    let all = wrong(station).await;
    let check = all.into_iter().find(|check| check.id == id).unwrap_or_else(|| panic!("{id} is well"));
    assert!(!check.fix.is_empty(), "{check:?}");
    (check.state, check.words.to_string())
}

#[tokio::test]
async fn p20_each_part_that_is_broken_is_named() {
    type Break = fn(&Stage);
    let cases: [(&str, CheckState, Break); 14] = [
        ("R01", CheckState::Fail, |s| loosen(&s.at(".pychron"), 0o755)),
        ("R02", CheckState::Fail, |s| loosen(&s.at(".pychron/keys"), 0o750)),
        ("R03", CheckState::Fail, |s| loosen(&s.at(KEY), 0o644)),
        ("R04", CheckState::Fail, |s| fs::remove_file(s.at(&format!("{KEY}.pub"))).unwrap()),
        ("R05", CheckState::Fail, |s| fs::write(s.at(".pychron/registration.json"), "pong").unwrap()),
        ("R06", CheckState::Fail, |s| fs::write(s.at(".pychron/known_hosts"), "other\n").unwrap()),
        ("R07", CheckState::Fail, |s| {
            fs::write(s.at(&format!("{KEY}.pub")), Pair::new("x".into()).public_line()).unwrap();
        }),
        ("R09", CheckState::Fail, |s| change(&s.at(".ssh/config"), "Port 2222", "Port 22")),
        ("R10", CheckState::Fail, |s| change(&s.at(".ssh/config"), "# BEGIN", "Host *\n  User tea\n# BEGIN")),
        ("R10", CheckState::Warn, |s| {
            change(&s.at(".ssh/config"), "# BEGIN", "Host pychron*\n  IdentityFile /k\n# BEGIN");
        }),
        ("R11", CheckState::Fail, |s| change(&s.at(".pychron/preferences.ini"), "api_base_url", "other")),
        ("R11", CheckState::Warn, |s| change(&s.at(".pychron/preferences.ini"), "api.lab", "b.lab")),
        ("R12", CheckState::Fail, |s| fs::remove_file(s.at(".pychron/tokens/NMGRL")).unwrap()),
        ("R12", CheckState::Warn, |s| {
            fs::rename(s.at(".pychron/tokens/NMGRL"), s.at(".pychron/tokens/recovered-NMGRL")).unwrap();
        }),
    ];
    for (id, state, damage) in cases {
        let stage = Stage::new();
        let station = stage.station();
        stage.enroll(&station).await.end.unwrap();
        damage(&stage);
        assert_eq!(judged(&station, id).await.0, state, "{id}");
    }
}

fn loosen(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn change(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[tokio::test]
async fn p12_a_line_before_the_block_that_wins_is_told_at_once() {
    let stage = Stage::new();
    fs::create_dir(stage.at(".ssh")).unwrap();
    fs::write(stage.at(".ssh/config"), "Host *\n    User tea\n").unwrap();
    let station = stage.station();
    let fitted = stage.enroll(&station).await;
    assert_eq!(fitted.end, Ok(()));
    let note = fitted.notes.iter().find(|note| note.contains("wins over it")).unwrap();
    assert!(note.contains("line 2: User tea under \"Host *\""), "{note}");
}

#[tokio::test]
async fn p20_the_badge_tells_registered_partial_and_unregistered() {
    let stage = Stage::new();
    let station = stage.station();
    assert_eq!(station.survey().await.unwrap().badge, Badge::Unregistered);
    assert!(fs::read_dir(stage.home.path()).unwrap().next().is_none(), "looking changed something");
    assert_eq!(stage.enroll(&station).await.end, Ok(()));
    let survey = station.survey().await.unwrap();
    assert_eq!((survey.badge, survey.owner), (Badge::Registered, Some("NMGRL".into())));
    fs::remove_file(stage.at(".pychron/tokens/NMGRL")).unwrap();
    assert_eq!(station.survey().await.unwrap().badge, Badge::Partial);
    fs::remove_file(stage.at(".pychron/registration.json")).unwrap();
    assert_eq!(station.survey().await.unwrap().badge, Badge::Unregistered);
}

#[tokio::test]
async fn p02_p21_a_new_key_is_aside_until_it_is_registered() {
    let stage = Stage::new();
    let station = stage.station();
    stage.enroll(&station).await;
    let old = fs::read_to_string(stage.at(KEY)).unwrap();
    // Asked for, and then cancelled, denied or expired: nothing is swapped.
    let line = station.new_key().await.unwrap();
    assert_eq!(fs::read_to_string(stage.at(KEY)).unwrap(), old);
    assert_eq!(fs::read_dir(stage.at(".pychron/keys")).unwrap().count(), 2);
    station.fit(&stage.issued("NMGRL"), &stage.report()).await.end.unwrap();
    assert_ne!(fs::read_to_string(stage.at(KEY)).unwrap(), old);
    assert_eq!(fs::read_to_string(stage.at(&format!("{KEY}.pub"))).unwrap().trim(), line.as_str());
    // A registration of another key leaves the one that works.
    let new = fs::read_to_string(stage.at(KEY)).unwrap();
    station.new_key().await.unwrap();
    let mut issued = stage.issued("NMGRL");
    issued.parts.as_mut().unwrap().fingerprint = "SHA256:another".into();
    let fitted = station.fit(&issued, &stage.report()).await;
    assert!(matches!(fitted.end, Err(Fault::BadGrant { .. })), "{fitted:?}");
    assert_eq!(fs::read_to_string(stage.at(KEY)).unwrap(), new);
}

/// Each part in turn cannot be written. The token is in its sink whatever fails after it.
#[tokio::test]
async fn p16_whatever_fails_after_it_the_token_is_safe() {
    for blocked in
        [KEY, ".pychron/registration.json", ".pychron/known_hosts", ".ssh", ".pychron/preferences.ini"]
    {
        let stage = Stage::new();
        let station = stage.station();
        let at = stage.at(blocked);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        // A folder with something in it stands where the file should be; or a file where the folder should be.
        if blocked == ".ssh" {
            fs::write(&at, "no folder").unwrap();
        } else {
            fs::create_dir_all(at.join("full")).unwrap();
        }
        let fitted = stage.enroll(&station).await;
        assert!(matches!(fitted.token, Resting::Kept(_)), "{blocked}: {fitted:?}");
        assert!(matches!(fitted.end, Err(Fault::SetUp(SetUp::SetUpFailed { .. }))), "{blocked}: {fitted:?}");
        assert!(!format!("{fitted:?}").contains("canary"));
        assert_eq!(fs::read_to_string(stage.at(".pychron/tokens/NMGRL")).unwrap(), "canary-token");
        // Mended, the same can be done again.
        if blocked == ".ssh" { fs::remove_file(&at) } else { fs::remove_dir_all(&at) }.unwrap();
        let again = station.fit(&stage.issued("NMGRL"), &stage.report()).await;
        assert_eq!(again.end, Ok(()), "{blocked}");
        assert_eq!(wrong(&station).await, Vec::<Check>::new(), "{blocked}");
    }
}

#[tokio::test]
async fn p15_a_sink_that_refuses_leaves_the_token_in_hand_or_in_a_file() {
    for reveals in [true, false] {
        let stage = Stage::new();
        let station = stage.station().revealing(reveals);
        fs::create_dir_all(stage.at(".pychron/tokens/NMGRL/full")).unwrap();
        let fitted = stage.enroll(&station).await;
        assert_eq!(fitted.end, Ok(()), "files and SSH are written all the same");
        match fitted.token {
            Resting::Open { why } if reveals => assert!(!why.contains("canary")),
            Resting::Rescued { file, .. } if !reveals => {
                assert_eq!(fs::read_to_string(file.as_str()).unwrap(), "canary-token");
                assert_eq!(mode(Path::new(file.as_str())), 0o600);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn p13_what_the_server_says_badly_is_written_nowhere() {
    let stage = Stage::new();
    let station = stage.station().revealing(true);
    station.new_key().await.unwrap();
    let mut issued = stage.issued("NMGRL");
    issued.parts = Err(Fault::BadGrant { why: "its alias is hostile".into() });
    let fitted = station.fit(&issued, &stage.report()).await;
    assert!(matches!((&fitted.token, &fitted.end), (Resting::Open { .. }, Err(Fault::BadGrant { .. }))));
    assert!(fs::read_dir(stage.home.path()).unwrap().next().is_none());
}

#[tokio::test]
async fn a_link_in_the_way_is_told_before_anything_is_asked() {
    let stage = Stage::new();
    fs::create_dir(stage.at("elsewhere")).unwrap();
    fs::write(stage.at("elsewhere/config"), "Host x\n").unwrap();
    symlink(stage.at("elsewhere"), stage.at(".ssh")).unwrap();
    let survey = stage.station().survey().await.unwrap();
    assert!(matches!(survey.obstacle, Some(Fault::SetUp(SetUp::SetUpFailed { .. }))), "{survey:?}");
}

#[tokio::test]
async fn p12_the_rest_of_the_configuration_stays_and_a_loose_mode_is_closed() {
    let stage = Stage::new();
    fs::create_dir(stage.at(".ssh")).unwrap();
    fs::write(stage.at(".ssh/config"), "Host mine\n    User me\n").unwrap();
    fs::set_permissions(stage.at(".ssh/config"), Permissions::from_mode(0o644)).unwrap();
    let station = stage.station();
    stage.enroll(&station).await.end.unwrap();
    let config = fs::read_to_string(stage.at(".ssh/config")).unwrap();
    assert!(config.starts_with("Host mine\n    User me\n\n# BEGIN pychron-cloud:pychron-lab\n"), "{config}");
    assert_eq!(mode(&stage.at(".ssh/config")), 0o600);
    let before = fs::metadata(stage.at(".ssh/config")).unwrap().ino();
    stage.enroll(&station).await.end.unwrap();
    assert_eq!(
        fs::metadata(stage.at(".ssh/config")).unwrap().ino(),
        before,
        "an unchanged file is left alone"
    );
    let gone = station.remove(Reach::Token).await.unwrap();
    assert_eq!(gone.kept, Vec::<Text>::new());
    assert_eq!(fs::read_to_string(stage.at(".ssh/config")).unwrap(), "Host mine\n    User me\n");
}

#[tokio::test]
async fn p32_a_changed_alias_leaves_no_old_block_and_the_projects_go_with_the_lab_only() {
    let stage = Stage::new();
    let station = stage.station();
    stage.enroll(&station).await;
    station.new_key().await.unwrap();
    let mut issued = stage.issued("NMGRL");
    let parts = issued.parts.as_mut().unwrap();
    parts.alias = "pychron-other".parse().unwrap();
    parts.record = parts.record.replace("pychron-lab", "pychron-other");
    station.fit(&issued, &stage.report()).await.end.unwrap();
    let config = fs::read_to_string(stage.at(".ssh/config")).unwrap();
    assert!(config.contains("pychron-other") && !config.contains("pychron-lab"), "{config}");
    fs::create_dir_all(stage.at("Pychron/projects/one/.git")).unwrap();
    fs::write(stage.at(".pychron/last_repo.json"), "{}").unwrap();
    station.remove(Reach::Machine).await.unwrap();
    assert!(stage.at(".pychron/last_repo.json").exists() && !stage.at(".pychron/preferences.ini").exists());
    assert!(stage.at("Pychron/projects/one").exists());
    assert!(!stage.at(KEY).exists() && !stage.at(".pychron/tokens/NMGRL").exists());
    stage.enroll(&station).await;
    station.remove(Reach::Owner).await.unwrap();
    assert!(!stage.at("Pychron/projects").exists() && !stage.at(".pychron/last_repo.json").exists());
    assert!(!stage.at(".pychron").exists(), "a folder that is empty goes too");
}

#[tokio::test]
async fn p22_files_lie_in_their_folders_whatever_the_names_are() {
    for lab in ["../../etc/passwd", "..", "../../tmp/owned", "a/b/c", "lab.name", "Köln"] {
        let stage = Stage::new();
        let station = stage.station();
        station.new_key().await.unwrap();
        let mut issued = stage.issued(lab);
        issued.bundle = Some(stage.vault.keep(Secret::new("{\"a\":1}", Audience::session(ORIGIN))));
        let fitted = station.fit(&issued, &stage.report()).await;
        assert_eq!(fitted.end, Ok(()), "{lab}");
        let real = fs::canonicalize(stage.at(".pychron")).unwrap();
        for folder in ["tokens", "keys"] {
            for entry in fs::read_dir(stage.at(".pychron").join(folder)).unwrap() {
                let path = fs::canonicalize(entry.unwrap().path()).unwrap();
                assert!(path.starts_with(&real), "{lab}: {}", path.display());
            }
        }
        let bundle = fs::read_dir(stage.at(".pychron/keys")).unwrap().map(|entry| entry.unwrap().path());
        let bundle: Vec<_> = bundle.filter(|path| path.to_string_lossy().contains("database_iam_")).collect();
        assert_eq!((bundle.len(), mode(&bundle[0])), (1, 0o600));
        assert_eq!(fitted.notes.len(), 1, "{fitted:?}");
    }
}
