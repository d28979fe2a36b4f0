//! A registered workstation: each part broken in turn, and what differs from machine to machine and is no fault.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a test is its own shell, and says which fault was not named"
)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use landfall::backend::Backend;
use landfall::backend::pychron::Pychron;
use landfall::cluster::connect::Where;
use landfall::config::{self, Wanted};
use landfall::doctor::bundle::clean::Cleanser;
use landfall::doctor::report::Report;
use landfall::doctor::{Subject, examine, table};
use landfall::foreign::Text;
use landfall::http;
use landfall::install::Fitting;
use landfall::install::workstation::{Rest, Workstation};
use landfall::model::CheckState;
use landfall::secret::Vault;

use super::rig::{any_machine, surroundings};
use crate::pychron::rig::Stand;

/// A fault: the check that must name it, what the server does wrong, and what is done to the home folder.
type Fault = (&'static str, Option<&'static str>, fn(&Stand));

fn mode(stand: &Stand, path: &str, mode: u32) {
    fs::set_permissions(stand.home(path), Permissions::from_mode(mode)).unwrap();
}

fn change(stand: &Stand, path: &str, from: &str, to: &str) {
    let text = stand.text(path);
    assert!(text.contains(from), "{from} is not in {text}");
    fs::write(stand.home(path), text.replacen(from, to, 1)).unwrap();
}

const RECORD: &str = ".pychron/registration.json";
const CONFIG: &str = ".ssh/config";
const PREFERENCES: &str = ".pychron/preferences.ini";

pub const FAULTS: &[Fault] = &[
    ("R01", None, |stand| mode(stand, ".pychron", 0o755)),
    ("R02", None, |stand| mode(stand, ".pychron/keys", 0o750)),
    ("R03", None, |stand| mode(stand, &stand.key(), 0o644)),
    ("R03", None, |stand| fs::remove_file(stand.home(&stand.key())).unwrap()),
    ("R04", None, |stand| fs::remove_file(stand.home(&format!("{}.pub", stand.key()))).unwrap()),
    ("R05", None, |stand| fs::write(stand.home(RECORD), "pong").unwrap()),
    ("R06", None, |stand| fs::write(stand.home(".pychron/known_hosts"), "# nothing\n").unwrap()),
    ("R07", None, |stand| {
        let other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHR1aW5nIGlzIG5vdCBhIHJlYWwgaG9zdCBrZXkhISEh x\n";
        fs::write(stand.home(&format!("{}.pub", stand.key())), other).unwrap();
    }),
    ("R08", None, |stand| change(stand, RECORD, "SHA256:", "SHA256:x")),
    ("R09", None, |stand| change(stand, CONFIG, "Port 2222", "Port 22")),
    ("R09", None, |stand| fs::remove_file(stand.home(CONFIG)).unwrap()),
    ("R10", None, |stand| change(stand, CONFIG, "# BEGIN", "Host *\n    User tea\n\n# BEGIN")),
    ("R11", None, |stand| change(stand, PREFERENCES, "lab_name", "other_name")),
    ("R11", None, |stand| change(stand, PREFERENCES, "api_base_url", "other_url")),
    ("R12", None, |stand| fs::remove_file(stand.home(".pychron/tokens/NMGRL")).unwrap()),
    ("R13", Some("whoami-rejects"), |_| ()),
    ("R13", Some("whoami-elsewhere"), |_| ()),
    ("R13", Some("no-scope"), |_| ()),
];

pub const HEALTHY: &[fn(&Stand)] = &[
    |_| (),
    // Somebody's other hosts and keys.
    |stand| {
        let text = stand.text(CONFIG);
        let theirs = "Host mine\n    User tea\n    IdentityFile ~/.ssh/id\n\n";
        fs::write(stand.home(CONFIG), format!("{theirs}{text}\nHost *\n    User tea\n")).unwrap();
        fs::write(stand.home(".pychron/keys/other"), "theirs").unwrap();
    },
    // More known hosts, more preferences.
    |stand| {
        let hosts = stand.text(".pychron/known_hosts");
        fs::write(stand.home(".pychron/known_hosts"), format!("# theirs\n{hosts}")).unwrap();
        change(
            stand,
            PREFERENCES,
            "[pychron.cloud]",
            "[pychron.dvc]\nlab_name = x\n[pychron.cloud]\nmore = 1",
        );
    },
    // A lab without a default repository, a registration with more in it.
    |stand| change(stand, RECORD, "\"rotated\": false", "\"rotated\": true, \"mood\": 1"),
];

fn host() -> Text {
    Text::new(fs::read_to_string("/proc/sys/kernel/hostname").unwrap().trim())
}

/// The report about the machine in that home folder.
async fn look(stand: &Stand) -> Report {
    let (home, path) = (PathBuf::from(stand.at("home")), PathBuf::from(stand.at("profile")));
    let profile = config::load(&Wanted::default(), Some(&path), None).unwrap();
    let vault = Vault::default();
    let deadlines = http::Deadlines { total: Duration::from_secs(5), ..http::Deadlines::default() };
    let options = http::Options { deadlines, ..http::Options::default() };
    let origin = profile.api.origin().ascii_serialization();
    let backend: Arc<dyn Backend> =
        Arc::new(Pychron::new(profile.api.clone(), vault.clone(), &options, Timestamp::now).unwrap());
    let api = Text::new(profile.api.as_str());
    let station = Workstation::new(Some(home.clone()), host(), api, origin, Rest::File, vault.clone());
    let fitting: Arc<dyn Fitting> = Arc::new(station);
    let nowhere = Path::new("/nonexistent").to_owned();
    let subject = Subject {
        surroundings: surroundings(&home),
        profile: Ok(profile),
        kubeconfig: Where { explicit: None, env: None, home: None, system: nowhere, sudo: None },
        context: None,
        backend: Some(backend),
        install: None,
        fitting: Some(fitting),
        sessions: None,
        state: Some(landfall::config::state::StateFolder(home.join(".local/state/landfall"))),
        vault,
        allow: false,
        http: options,
        clock: Timestamp::now,
    };
    let (report, mut world) = Box::pin(examine(&subject, &[], &|_| ())).await;
    any_machine(&mut world);
    let items = table::judged(&world, &Cleanser::new(&subject.vault), &[]);
    Report::of(items, report.at, report.took, report.about)
}

/// A registered machine, changed.
async fn machine(trouble: Option<&'static str>, change: fn(&Stand)) -> Report {
    // The program runs beside this runtime.
    let stand = tokio::task::spawn_blocking(move || {
        let flags: Vec<&str> = trouble.iter().flat_map(|name| ["--scenario", name]).collect();
        let stand = Stand::start(&[&["--approve", "0"], flags.as_slice()].concat());
        assert_eq!(stand.enroll(&[]).code, Some(0));
        change(&stand);
        stand
    });
    look(&stand.await.unwrap()).await
}

/// How many faults there were, how many were named first, how many machines were well, and false alarms.
pub async fn figure() -> [usize; 4] {
    let (mut first, mut alarms) = (0, 0);
    for (id, trouble, damage) in FAULTS {
        let report = machine(*trouble, *damage).await;
        let red = report.item(id).is_some_and(|item| item.check.state == CheckState::Fail);
        if red && report.roots.first() == Some(id) {
            first += 1;
        } else {
            eprintln!("  {id} {trouble:?}: {:#?}", report.root_items().collect::<Vec<_>>());
        }
    }
    for differs in HEALTHY {
        let report = machine(None, *differs).await;
        if !report.roots.is_empty() {
            alarms += 1;
            eprintln!("  a registered machine: {:#?}", report.root_items().collect::<Vec<_>>());
        }
    }
    [FAULTS.len(), first, HEALTHY.len(), alarms]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_broken_part_of_a_registration_is_named_first_and_nothing_else_is() {
    let [faults, first, _, alarms] = figure().await;
    assert_eq!((first, alarms), (faults, 0));
    let tried: std::collections::BTreeSet<&str> = FAULTS.iter().map(|fault| fault.0).collect();
    assert_eq!(tried.len(), landfall::model::PARTS.len());
}
