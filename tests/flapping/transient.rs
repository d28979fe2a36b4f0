//! Errors that pass below their grace: the messages of the catalogue, pulls that fail late, programs that end for
//! want of their database. None may be called fatal, and each must be called online once it has passed.

use landfall::cluster::cause::{Hopeless, Kind, rule};
use landfall::cluster::watch::{BEAT, Expected, News, Picture};
use landfall::error::Fault;
use landfall::model::{ClientState, Presence};
use landfall::secret::Vault;
use serde_json::{Value, json};

use super::messages::{Told, catalogue};
use super::stage::{Workload, at, event, news};
use super::{moment, pane, start};

/// How it went.
#[derive(Default)]
pub struct Passed {
    pub cases: usize,
    pub fatal: Vec<String>,
    pub missed: Vec<String>,
}

/// What arrives at which second, and what was applied.
struct Story {
    called: String,
    applied: Vec<Expected>,
    news: Vec<(f64, News)>,
    /// When all is well.
    well: f64,
}

/// How much of its grace each error uses up; a second is lost to Kubernetes' whole seconds.
const SHARES: [f64; 3] = [0.2, 0.6, 0.9];

pub fn run() -> Passed {
    let catalogue = catalogue();
    let mut stories = Vec::new();
    for share in SHARES {
        stories.extend(catalogue.pulls.iter().filter_map(|told| pull(told, share, 5.0, 0.0)));
        // After a long pull, and with the event half a second behind the status.
        stories.extend(catalogue.pulls.iter().filter_map(|told| pull(told, share, 200.0, 0.5)));
        stories.extend(catalogue.states.iter().filter_map(|told| state(told, share)));
        stories.extend(catalogue.setups.iter().map(|told| setup(told, share)));
        stories.extend(catalogue.placements.iter().map(|told| placement(told, share)));
        stories.extend(catalogue.claims.iter().map(|told| claim(told, share)));
        stories.extend(catalogue.refusals.iter().map(|told| refusal(told, share)));
    }
    stories.push(ends_twice());
    stories.extend([20.0, 60.0, 100.0, 128.0, 170.0].map(ends_for_want_of_its_database));
    let mut passed = Passed { cases: stories.len(), ..Passed::default() };
    for mut story in stories {
        story.news.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        match play(&story) {
            Ok(true) => {}
            Ok(false) => passed.missed.push(format!("{}: not online", story.called)),
            Err(fault) => passed.fatal.push(format!("{}: {fault:?}", story.called)),
        }
    }
    passed
}

/// How long an error lasts that uses that share of its grace; none where there is no grace at all.
fn lasts(kind: Kind, share: f64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a few minutes")]
    match rule(kind).hopeless {
        Hopeless::After(0) => None,
        Hopeless::After(seconds) => Some((seconds as f64 - 1.0) * share),
        Hopeless::Restarts(_) | Hopeless::Never => Some(60.0 * share),
    }
}

/// A message with where it comes from.
fn words(told: &Told) -> String {
    format!("{} ({})", told.message, told.source)
}

fn all(t: f64, news: Vec<News>) -> Vec<(f64, News)> {
    news.into_iter().map(|news| (t, news)).collect()
}

const WEB: Workload = Workload("web");

fn story(called: String, extra: Option<Expected>, mut news: Vec<(f64, News)>, well: f64) -> Story {
    news.extend(all(0.0, WEB.deployment(None)));
    news.extend(all(well, WEB.up(well, 0)));
    Story { called, applied: std::iter::once(WEB.expected()).chain(extra).collect(), news, well }
}

fn pull(told: &Told, share: f64, begins: f64, late: f64) -> Option<Story> {
    let lasts = lasts(told.kind, share)?;
    let (mut out, pod) = (Vec::new(), WEB.pod_uid());
    let waiting = |reason: &str, message: &str| {
        WEB.placed(&json!({"ready": false, "restartCount": 0, "state": {"waiting": {"reason": reason, "message": message}}}))
    };
    out.push((1.0, waiting("ContainerCreating", "")));
    out.push((1.5, event(&pod, "Pulling", "Pulling image \"shop/web:1\"", 1.0, 1.0, 1)));
    let (mut t, mut pause, mut count) = (begins, 10.0, 1);
    while t < begins + lasts {
        let failed = format!("Failed to pull image \"shop/web:1\": {}", told.message);
        out.push((t, waiting("ErrImagePull", &told.message)));
        out.push((t + late, event(&pod, "Failed", &failed, begins, t, count)));
        out.push((
            t + 1.0,
            waiting("ImagePullBackOff", &format!("Back-off pulling image \"shop/web:1\": {}", told.message)),
        ));
        t += pause;
        count += 1;
        pause = f64::min(pause * 2.0, 300.0);
    }
    // What comes after the end of it did not happen.
    let end = begins + lasts;
    out.retain(|(t, _)| *t < end);
    Some(story(format!("pull {share} at {begins}: {}", words(told)), None, out, end))
}

/// A container that waits for a while with that reason.
fn state(told: &Told, share: f64) -> Option<Story> {
    let end = 2.0 + lasts(told.kind, share)?;
    let waiting = json!({"waiting": {"reason": told.reason, "message": told.message}});
    let out = vec![(2.0, WEB.placed(&json!({"ready": false, "restartCount": 0, "state": waiting})))];
    Some(story(format!("state {share}: {} {}", told.reason, words(told)), None, out, end))
}

/// A container that is not set up for a while, of which only events tell why.
fn setup(told: &Told, share: f64) -> Story {
    let end = 2.0 + lasts(told.kind, share).unwrap();
    let waiting = json!({"waiting": {"reason": "ContainerCreating"}});
    let out = vec![
        (1.5, WEB.placed(&json!({"ready": false, "restartCount": 0, "state": waiting}))),
        (2.0, event(&WEB.pod_uid(), &told.reason, &told.message, 2.0, 2.0, 1)),
    ];
    story(format!("setup {share}: {} {}", told.reason, words(told)), None, out, end)
}

fn placement(told: &Told, share: f64) -> Story {
    let end = 2.0 + lasts(told.kind, share).unwrap();
    let unschedulable = json!({"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
        "message": told.message, "lastTransitionTime": at(2.0)});
    let out = vec![
        (2.0, WEB.pod(&unschedulable, None, None)),
        (2.1, event(&WEB.pod_uid(), "FailedScheduling", &told.message, 2.0, 2.0, 1)),
    ];
    story(format!("placement {share}: {}", words(told)), None, out, end)
}

fn claim(told: &Told, share: f64) -> Story {
    let end = 2.0 + lasts(told.kind, share).unwrap();
    let volume = |phase: &str| {
        news(
            "persistentvolumeclaims",
            json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
                "metadata": {"name": "data", "namespace": "box", "uid": "data", "creationTimestamp": at(0.0)},
                "spec": {"storageClassName": "fast"}, "status": {"phase": phase}}),
        )
    };
    let unbound = json!({"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
        "message": "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
        "lastTransitionTime": at(2.0)});
    let out = vec![
        (0.5, volume("Pending")),
        (2.0, event("data", &told.reason, &told.message, 2.0, 2.0, 1)),
        (2.1, WEB.pod(&unbound, None, Some("data"))),
        (end, volume("Bound")),
    ];
    let expected = Expected {
        kind: "PersistentVolumeClaim",
        namespace: "box".into(),
        name: "data".into(),
        uid: "data".into(),
        generation: 0,
    };
    story(format!("claim {share}: {} {}", told.reason, words(told)), Some(expected), out, end)
}

fn refusal(told: &Told, share: f64) -> Story {
    let end = 2.0 + lasts(told.kind, share).unwrap();
    let failed = json!({"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate",
        "message": told.message, "lastTransitionTime": at(2.0)});
    let mut out: Vec<(f64, News)> = WEB
        .deployment(None)
        .into_iter()
        .map(|news| match news {
            News::Changed(kind, mut object) if kind.name == "Deployment" => {
                object.0["status"]["conditions"].as_array_mut().unwrap().push(failed.clone());
                object.0["status"]["replicas"] = json!(0);
                (2.1, News::Changed(kind, object))
            }
            news => (2.1, news),
        })
        .collect();
    let mut t = 2.0;
    while t < end {
        out.push((t, event(&WEB.set_uid(), "FailedCreate", &told.message, 2.0, t, 3)));
        t += 3.0;
    }
    story(format!("refusal {share}: {}", words(told)), None, out, end)
}

/// The states of a container that ends at once, as its kubelet tells them, until it is started at or after `until`:
/// pauses of 10 s, doubling. Returns also when the run begins that stays.
fn ends_again(of: &Workload, until: f64) -> (Vec<(f64, News)>, f64, u32) {
    let (mut out, mut began, mut restarts, mut pause) = (Vec::new(), 3.0, 0, 0.0);
    while began < until {
        let ended = began + 2.0;
        let end = json!({"exitCode": 1, "reason": "Error", "startedAt": at(began), "finishedAt": at(ended)});
        let tell = |state: Value, last: Value| {
            of.placed(&json!({"ready": false, "restartCount": restarts, "state": state, "lastState": last}))
        };
        out.push((began, tell(json!({"running": {"startedAt": at(began)}}), json!({}))));
        out.push((ended, tell(json!({"terminated": end}), json!({}))));
        let message = "back-off restarting failed container";
        let waiting = json!({"waiting": {"reason": "CrashLoopBackOff", "message": message}});
        out.push((ended + 0.5, tell(waiting, json!({"terminated": end}))));
        out.push((
            ended + 0.5,
            event(
                &of.pod_uid(),
                "BackOff",
                "Back-off restarting failed container main",
                5.0,
                ended,
                restarts + 1,
            ),
        ));
        began = ended + 1.0 + pause;
        pause = if restarts == 0 { 10.0 } else { pause * 2.0 };
        restarts += 1;
    }
    (out, began, restarts)
}

/// Alone, it ends twice and then runs.
fn ends_twice() -> Story {
    let (out, began, restarts) = ends_again(&WEB, 7.0);
    assert_eq!(restarts, 2);
    let mut told = story("ends twice".to_owned(), None, out, began + 2.0);
    told.news.push((
        began,
        WEB.placed(
            &json!({"ready": false, "restartCount": 2, "state": {"running": {"startedAt": at(began)}}}),
        ),
    ));
    told
}

/// It ends until its database is up, which takes that long, and then once more at its next start.
fn ends_for_want_of_its_database(takes: f64) -> Story {
    const DATABASE: Workload = Workload("database");
    let (mut out, began, restarts) = ends_again(&WEB, takes);
    out.extend(all(0.0, DATABASE.deployment(None)));
    out.push((
        1.0,
        DATABASE.placed(
            &json!({"ready": false, "restartCount": 0, "state": {"running": {"startedAt": at(1.0)}}}),
        ),
    ));
    out.extend(all(takes, DATABASE.up(takes, 0)));
    let called = format!("ends {restarts} times for want of a database that takes {takes} s");
    story(called, Some(DATABASE.expected()), out, began + 2.0)
}

/// Whether it is called online in time; a fault if it is called fatal.
fn play(story: &Story) -> Result<bool, Fault> {
    let mut picture = Picture::new(&story.applied, Vault::default(), start());
    let (mut pane, session) = pane();
    let mut news = story.news.iter().peekable();
    let end = story.well + 30.0;
    let mut t: f64 = 0.0;
    let mut beats = 0_u64;
    while t < end {
        t += BEAT.as_secs_f64();
        beats += 1;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few minutes")]
        let now = moment((t * 1000.0) as u64, 0);
        while let Some((_, news)) = news.next_if(|(at, _)| *at <= t) {
            picture.take(news.clone());
        }
        let mut goes = Vec::new();
        if let Some(snapshot) = picture.beat(now.wall) {
            goes.push(pane.snapshot(snapshot, now));
        }
        if beats.is_multiple_of(10) {
            let online = t > story.well;
            let state = if online { ClientState::Online } else { ClientState::Pending };
            let presence =
                Presence { state, last_heard: online.then_some(now.wall), server_now: Some(now.wall) };
            goes.push(pane.presence(session, Ok(presence), now));
        }
        if beats.is_multiple_of(5) {
            goes.push(pane.tick(now));
        }
        for go in goes {
            if let Some(fault) = go.fault {
                return Err(fault);
            }
            if go.next {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
