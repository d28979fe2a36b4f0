use super::*;
use crate::claim::tests::world::{HERE, World, here, slug, uuid};
use crate::model::{Ahead, ClientState, Consent, Location, Planned, Sameness, Target};

fn facts(release: Release) -> Facts {
    Facts {
        target: Target::Cluster { context: "k3s".into(), server: "https://127.0.0.1:6443".into() },
        version: Known::Yes("v1.33".into()),
        cluster_id: Known::Yes(here()),
        release,
        record: Known::Yes(true),
        machine: Sameness::Same,
        owner: None,
        obstacle: None,
        nodes: Known::Yes(vec![]),
        planned: Planned::default(),
        images_here: Known::Yes(0),
        ahead: Ahead::Nothing,
        checks: Vec::new(),
    }
}

fn row(id: u64, cluster: Option<&str>) -> Client {
    World::row(id, cluster).client
}

fn lives(id: u64) -> Release {
    Release::One { namespace: slug("home"), username: uuid(id) }
}

fn intent(choice: Choice, release: Release) -> Intent {
    Intent {
        choice,
        name: "client 1".into(),
        slug: slug("client-1"),
        location: Location::NotSet,
        account: 7,
        cluster: here(),
        release,
        ahead: Ahead::Nothing,
        consent: Consent::default(),
    }
}

/// What is planned, or in which words it goes back to the review.
fn planned(facts: &Facts, rows: &[Client], intent: &Intent) -> String {
    match agreed(facts, Ok(rows), intent) {
        Ok(Plan::Mint) => "mint".into(),
        Ok(Plan::Continue(row)) => format!("continue {}", row.id),
        Ok(Plan::Anchor(row)) => format!("anchor {}", row.id),
        Ok(Plan::Backfill(row)) => format!("backfill {}", row.id),
        Err(fault) => fault.sentence().replace("Something changed since the review: ", "! "),
    }
}

#[test]
fn what_was_reviewed_is_done_and_a_difference_is_told() {
    let (new, adopt, fill) = (Choice::New, Choice::Adopt(1), Choice::Backfill(1));
    let none = || Release::None;
    let belongs = "! this cluster belongs to your client \"client 1\" now.";
    let heard = Client { state: ClientState::Online, ..row(1, None) };
    let renamed = Client { name: "other".into(), ..row(1, Some(HERE)) };
    let moved = Client { namespace: "client-9".into(), ..row(1, Some(HERE)) };
    for (choice, then, now, rows, expected) in [
        (new.clone(), none(), none(), vec![], "mint"),
        (new.clone(), none(), none(), vec![row(2, None), row(3, Some("there"))], "mint"),
        // The client that was reviewed has arrived; another one is another matter.
        (new.clone(), none(), none(), vec![row(1, Some(HERE))], "continue 1"),
        (
            new.clone(),
            none(),
            none(),
            vec![renamed.clone()],
            "! this cluster belongs to your client \"other\" now.",
        ),
        (new.clone(), none(), none(), vec![moved.clone()], belongs),
        (new.clone(), none(), lives(1), vec![row(1, Some(HERE))], "! a client lives in namespace home now."),
        (new.clone(), lives(1), none(), vec![], "! the client that lived in this cluster is gone."),
        (new, lives(1), lives(1), vec![row(1, None)], belongs),
        (adopt.clone(), lives(1), lives(1), vec![row(1, None)], "anchor 1"),
        (adopt.clone(), none(), none(), vec![row(1, Some(HERE))], "continue 1"),
        (adopt.clone(), none(), none(), vec![renamed], "continue 1"),
        (
            adopt.clone(),
            none(),
            none(),
            vec![moved],
            "! the namespace of \"client 1\" is client-9 now, it was client-1.",
        ),
        (
            adopt.clone(),
            none(),
            none(),
            vec![row(2, Some(HERE))],
            "! this cluster belongs to your client \"client 2\" now.",
        ),
        (adopt.clone(), none(), none(), vec![], "! \"client 1\" does not hold this cluster any more."),
        (adopt, none(), none(), vec![row(1, None)], "! \"client 1\" does not hold this cluster any more."),
        (fill.clone(), none(), none(), vec![row(1, None)], "backfill 1"),
        (fill.clone(), none(), none(), vec![row(1, Some("there"))], "! \"client 1\" is not free any more."),
        (fill.clone(), none(), none(), vec![heard], "! \"client 1\" is not free any more."),
        (fill.clone(), none(), none(), vec![], "! the chosen client is not in the account any more."),
        (fill.clone(), none(), none(), vec![row(1, Some(HERE))], belongs),
        (
            fill,
            none(),
            none(),
            vec![row(1, None), row(2, Some(HERE))],
            "! this cluster belongs to your client \"client 2\" now.",
        ),
    ] {
        let intent = intent(choice, then);
        assert_eq!(planned(&facts(now), &rows, &intent), expected, "{intent:?} {rows:?}");
    }
}

#[test]
fn another_cluster_is_told_before_anything_else() {
    let elsewhere = Facts { cluster_id: Known::Yes("c2".parse().unwrap()), ..facts(Release::None) };
    let fault = Fault::CannotTell { what: "x".into(), why: "y".into() };
    assert_eq!(
        agreed(&elsewhere, Err(&fault), &intent(Choice::New, Release::None)),
        Err(Fault::Changed { what: "this is another cluster now (c2, it was c0ffee00-cluster)".into() })
    );
    let unreadable = Facts { cluster_id: Known::Unknown("forbidden".into()), ..facts(Release::None) };
    assert_eq!(
        agreed(&unreadable, Err(&fault), &intent(Choice::New, Release::None)),
        Err(Fault::NoClusterId { why: "forbidden".into() })
    );
}
