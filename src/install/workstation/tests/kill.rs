//! Killed at every named boundary, in a process of its own, and run again.
#![expect(
    clippy::disallowed_methods,
    reason = "a test starts a process of itself, and tells it where to die"
)]

use std::env;
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::{Signal, getpid, kill_process};

use super::*;
use crate::model::Reach;

/// The child's own name, as the harness knows it.
const CHILD: &str = "install::workstation::tests::kill::the_one_that_dies";
/// How many boundaries are left to be crossed.
static LEFT: AtomicUsize = AtomicUsize::new(0);

fn die(_: Boundary) {
    if LEFT.fetch_sub(1, Ordering::SeqCst) == 0 {
        kill_process(getpid(), Signal::KILL).unwrap();
    }
}

/// A run in a process of its own that is killed at the nth boundary.
fn run(stage: &Stage, what: &str, at: usize) -> ExitStatus {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", CHILD, "--ignored", "--quiet"]);
    command
        .env("STATION_HOME", stage.home.path())
        .env("STATION_DOES", what)
        .env("STATION_DIES_AT", at.to_string());
    command.output().unwrap().status
}

#[tokio::test]
#[ignore = "started by the others, to be killed"]
async fn the_one_that_dies() {
    let said = |name| env::var(name).unwrap();
    LEFT.store(said("STATION_DIES_AT").parse().unwrap(), Ordering::SeqCst);
    let mut stage = Stage::new();
    // The folder of this process goes with it; the other's stays.
    let own = std::mem::replace(&mut stage.home, tempfile::TempDir::new().unwrap());
    drop(own);
    let home = Some(std::path::PathBuf::from(said("STATION_HOME")));
    let api = "https://api.lab.example/".into();
    let station = Workstation::new(home, "gpu box.01".into(), api, ORIGIN, Rest::File, stage.vault.clone());
    let station = station.watched(die);
    if said("STATION_DOES") == "set up" {
        station.new_key().await.unwrap();
        let mut issued = stage.issued("NMGRL");
        issued.token = stage.vault.keep(Secret::new("canary-second", Audience::session(ORIGIN)));
        issued.bundle = Some(stage.vault.keep(Secret::new("{\"a\":1}", Audience::session(ORIGIN))));
        station.fit(&issued, &stage.report()).await.end.unwrap();
    } else {
        station.remove(Reach::Machine).await.unwrap();
    }
}

fn text(stage: &Stage, path: &str) -> Option<String> {
    fs::read_to_string(stage.at(path)).ok()
}

/// At every boundary of a registration anew: the old key works until the new one is whole, both halves that are there
/// are of one key, the token that was issued is in its place, and the next run ends well.
#[tokio::test]
async fn p02_p16_p21_killed_at_every_boundary_a_working_key_and_the_token_stay() {
    for (at, boundary) in Boundary::ALL.into_iter().enumerate() {
        let stage = Stage::new();
        let station = stage.station();
        stage.enroll(&station).await.end.unwrap();
        let (old, block) = (text(&stage, KEY).unwrap(), text(&stage, ".ssh/config").unwrap());
        assert!(!run(&stage, "set up", at).success(), "{boundary:?} was never crossed");
        let now = text(&stage, KEY).unwrap();
        let swapped = at >= Boundary::ALL.iter().position(|one| *one == Boundary::PrivateSwapped).unwrap();
        assert_eq!(now != old, swapped, "{boundary:?}");
        let of = key::public_of(&now).unwrap();
        if let Some(public) = text(&stage, &format!("{KEY}.pub")) {
            assert!(public.starts_with(&of), "{boundary:?}: the halves are of two keys");
        }
        assert_eq!(text(&stage, ".pychron/tokens/NMGRL").unwrap(), "canary-second", "{boundary:?}");
        assert_eq!(text(&stage, ".ssh/config").unwrap(), block, "{boundary:?}");
        assert_eq!(station.survey().await.unwrap().badge, Badge::Registered, "{boundary:?}");
        assert_eq!(stage.enroll(&station).await.end, Ok(()), "{boundary:?}");
        assert_eq!(wrong(&station).await, Vec::<Check>::new(), "{boundary:?}");
    }
    assert!(
        run(
            &{
                let stage = Stage::new();
                stage.enroll(&stage.station()).await.end.unwrap();
                stage
            },
            "set up",
            Boundary::ALL.len()
        )
        .success(),
        "there is a boundary without a name"
    );
}

/// At every boundary of a first registration: the token is there, and the next run ends well.
#[tokio::test]
async fn p16_a_first_registration_killed_anywhere_keeps_its_token() {
    for (at, boundary) in Boundary::ALL.into_iter().enumerate() {
        let stage = Stage::new();
        assert!(!run(&stage, "set up", at).success(), "{boundary:?}");
        assert_eq!(text(&stage, ".pychron/tokens/NMGRL").unwrap(), "canary-second", "{boundary:?}");
        let station = stage.station();
        assert_eq!(stage.enroll(&station).await.end, Ok(()), "{boundary:?}");
        assert_eq!(wrong(&station).await, Vec::<Check>::new(), "{boundary:?}");
    }
}

/// At every boundary of the way out: the next run finds what is left and takes it away, and nothing of the person's.
#[tokio::test]
async fn p32_a_way_out_killed_anywhere_is_ended_by_the_next_run() {
    let mut at = 0;
    loop {
        let stage = Stage::new();
        let station = stage.station();
        fs::create_dir(stage.at(".ssh")).unwrap();
        fs::write(stage.at(".ssh/config"), "Host mine\n    User me\n").unwrap();
        fs::create_dir_all(stage.at("Pychron/projects/one")).unwrap();
        stage.enroll(&station).await.end.unwrap();
        let killed = !run(&stage, "take away", at).success();
        let end = station.remove(Reach::Machine).await.unwrap();
        assert_eq!(end.kept, Vec::<Text>::new(), "{at}");
        assert_eq!(text(&stage, ".ssh/config").unwrap(), "Host mine\n    User me\n", "{at}");
        assert!(stage.at("Pychron/projects/one").exists() && !stage.at(".pychron").exists(), "{at}");
        if !killed {
            break;
        }
        at += 1;
    }
    assert!(at >= 6, "only {at} boundaries");
}
