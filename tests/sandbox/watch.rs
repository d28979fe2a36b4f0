//! The watch on a line that breaks: what happened meanwhile is told, and lost sight is said.

use std::sync::Mutex;
use std::sync::atomic::Ordering;

use axum::http::StatusCode;
use landfall::cluster::connect::{kind, text_at};
use landfall::model::{RowState, Sight, Snapshot};

use super::rig::{PASSWORD, Rig, last, now};

const PLACE: Option<&str> = Some("gpu-box-02");
const PROXY: &str = "gpu-box-02-requests-proxy";

/// Breaks the line once all is ready, deletes a Deployment unseen, and waits until that is told. Returns whether
/// sight was said to be lost meanwhile, and why.
async fn deleted_unseen(rig: &Rig, breaks: impl Fn(), mends: impl Fn()) -> Option<String> {
    let claimed = rig.delivered(PASSWORD).await;
    let lost = Mutex::new(None);
    let ready = tokio::sync::Notify::new();
    let watched = rig.run(&claimed, |snapshot: &Snapshot| {
        if snapshot.is_ready() {
            ready.notify_one();
        }
        if let Sight::Lost(why) = &snapshot.sight {
            lost.lock().unwrap().get_or_insert(why.to_string());
        }
        snapshot.rows.iter().any(|row| row.name.as_str() == PROXY && row.state == RowState::Failed)
    });
    let unseen = async {
        ready.notified().await;
        let found = rig.cluster.get(&kind::DEPLOYMENT, PLACE, PROXY).await.unwrap().unwrap();
        // Only reading is broken.
        breaks();
        let _ = rig.cluster.delete(&kind::DEPLOYMENT, PLACE, PROXY, text_at(&found, "/metadata/uid")).await;
        tokio::time::sleep(std::time::Duration::from_secs(120)).await;
        mends();
    };
    let (told, ()) = tokio::join!(watched, unseen);
    let told = told.unwrap();
    assert_eq!(last(&told).rows.iter().filter(|row| row.note.as_str() == "gone").count(), 1);
    lost.into_inner().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_dropped_connection_is_taken_up_where_it_broke() {
    let rig = Rig::new().await;
    assert_eq!(deleted_unseen(&rig, || rig.cut.notify_waiters(), || ()).await, None, "nothing was lost");
}

#[tokio::test(start_paused = true)]
async fn a_version_that_is_gone_makes_a_new_list() {
    let rig = Rig::new().await;
    let breaks = || {
        *rig.answer.lock().unwrap() = Some(StatusCode::GONE);
        rig.cut.notify_waiters();
    };
    assert_eq!(deleted_unseen(&rig, breaks, || *rig.answer.lock().unwrap() = None).await, None);
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_restarts_is_found_again() {
    let rig = Rig::new().await;
    let breaks = || {
        *rig.answer.lock().unwrap() = Some(StatusCode::SERVICE_UNAVAILABLE);
        rig.cut.notify_waiters();
    };
    let lost = deleted_unseen(&rig, breaks, || *rig.answer.lock().unwrap() = None).await.unwrap();
    assert!(lost.starts_with("since ") && lost.contains(" UTC: "), "{lost}");
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_ran_out_is_said() {
    let rig = Rig::new().await;
    let claimed = rig.delivered(PASSWORD).await;
    let told = rig
        .run(&claimed, |snapshot| {
            if snapshot.is_ready() {
                *rig.answer.lock().unwrap() = Some(StatusCode::UNAUTHORIZED);
                rig.cut.notify_waiters();
            }
            matches!(snapshot.sight, Sight::Lost(_))
        })
        .await
        .unwrap();
    let Sight::Lost(why) = &last(&told).sight else { panic!("lost") };
    let wanted =
        "the cluster no longer takes this kubeconfig's sign-in, its token may have expired (Unauthorized)";
    assert!(why.as_str().ends_with(wanted), "{why}");
    assert!(!last(&told).is_ready());
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_ran_out_is_made_anew() {
    let rig = Rig::new().await;
    let breaks = || {
        *rig.answer.lock().unwrap() = Some(StatusCode::UNAUTHORIZED);
        rig.renews.store(true, Ordering::Relaxed);
        rig.cut.notify_waiters();
    };
    // The old sign-in is never taken again.
    let lost = deleted_unseen(&rig, breaks, || ()).await.unwrap();
    assert!(lost.contains("its token may have expired (Unauthorized)"), "{lost}");
    assert_eq!(rig.connects.load(Ordering::Relaxed), 2 + 1, "once for all that watch");
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_cannot_be_made_anew_is_tried_at_a_calm_pace() {
    let rig = Rig::new().await;
    let breaks = || {
        *rig.answer.lock().unwrap() = Some(StatusCode::UNAUTHORIZED);
        rig.cut.notify_waiters();
    };
    deleted_unseen(&rig, breaks, || *rig.answer.lock().unwrap() = None).await.unwrap();
    let tries = rig.connects.load(Ordering::Relaxed) - 2;
    assert!((6..=13).contains(&tries), "{tries} in two minutes");
}

#[tokio::test(start_paused = true)]
async fn a_line_that_goes_dead_is_lost_since_the_last_word() {
    let rig = Rig::new().await;
    let died = Mutex::new(None);
    let breaks = || {
        rig.dead.store(true, Ordering::Relaxed);
        *died.lock().unwrap() = Some(now());
    };
    let lost = deleted_unseen(&rig, breaks, || rig.dead.store(false, Ordering::Relaxed)).await.unwrap();
    let (since, why) = lost.strip_prefix("since ").unwrap().split_once(" UTC: ").unwrap();
    assert_eq!(why, "nothing was heard for a while");
    let died = died.into_inner().unwrap().unwrap().strftime("%H:%M:%S").to_string();
    assert!(since <= died.as_str(), "lost since {since}, dead since {died}");
}
