use super::*;
use crate::foreign::Text;

const HERE: &str = "here";
const THERE: &str = "there";

fn client(id: u64, cluster: Option<&str>) -> Client {
    Client {
        id,
        name: Text::new(&format!("client {id}")),
        namespace: Text::new(&format!("client-{id}")),
        username: Some(uuid(id)),
        location: crate::model::Location::NotSet,
        state: ClientState::Pending,
        cluster_id: cluster.map(|id| id.parse().unwrap()),
        decommissioned: false,
        last_heard: None,
        running: None,
    }
}

fn uuid(id: u64) -> crate::model::Username {
    format!("00000000-0000-0000-0000-{id:012}").parse().unwrap()
}

fn retired(client: Client) -> Client {
    Client { decommissioned: true, ..client }
}

fn release(id: u64) -> Release {
    Release::One { namespace: "lab".parse().unwrap(), username: uuid(id) }
}

fn here() -> Known<ClusterId> {
    Known::Yes(HERE.parse().unwrap())
}

fn case(cluster: &Known<ClusterId>, release: &Release, clients: &[Client]) -> String {
    on(cluster, release, clients, &Known::Yes(true), &Sameness::Same, false)
}

fn on(
    cluster: &Known<ClusterId>,
    release: &Release,
    clients: &[Client],
    record: &Known<bool>,
    machine: &Sameness,
    said_same: bool,
) -> String {
    short(&decide(Seen { cluster, release, record, machine, said_same, clients: Ok(clients) }))
}

fn short(decision: &Decision<'_>) -> String {
    let row = |name: &str, client: &Client| format!("{name} {}", client.id);
    let fault = |name: &str, fault: &Fault| {
        let tagged = serde_json::to_value(fault).unwrap();
        format!("{name} {}", tagged["fault"].as_str().unwrap())
    };
    match decision {
        Decision::Adopt(client) => row("adopt", client),
        Decision::BackfillThenAdopt(client) => row("backfill", client),
        Decision::Mint => "mint".into(),
        Decision::Resume(client) => row("resume", client),
        Decision::OfferReset(client) => row("reset", client),
        Decision::Ask(_) => "ask".into(),
        Decision::Refuse(why) => fault("refuse", why),
        Decision::Stop(why) => fault("stop", why),
    }
}

/// Every shape of the account's list that the table tells apart; client 1 is the living one where there is
/// a release.
fn lists() -> Vec<(&'static str, Vec<Client>)> {
    vec![
        ("empty", vec![]),
        ("strangers", vec![client(8, None), client(9, Some(THERE))]),
        ("1 here", vec![client(1, Some(HERE))]),
        ("1 there", vec![client(1, Some(THERE))]),
        ("1 nowhere", vec![client(1, None)]),
        ("2 here", vec![client(2, Some(HERE))]),
        ("1 nowhere, 2 here", vec![client(1, None), client(2, Some(HERE))]),
        ("1 there, 2 here", vec![client(1, Some(THERE)), client(2, Some(HERE))]),
        ("2 and 3 here", vec![client(2, Some(HERE)), client(3, Some(HERE))]),
        ("1 twice", vec![client(1, None), client(1, Some(HERE))]),
        ("1 retired here", vec![retired(client(1, Some(HERE)))]),
        ("1 retired nowhere", vec![retired(client(1, None))]),
        ("2 retired here", vec![retired(client(2, Some(HERE)))]),
    ]
}

#[test]
fn nothing_lives_here() {
    let expected = [
        ("empty", "mint"),
        ("strangers", "mint"),
        ("1 here", "resume 1"),
        ("1 there", "mint"),
        ("1 nowhere", "mint"),
        ("2 here", "resume 2"),
        ("1 nowhere, 2 here", "resume 2"),
        ("1 there, 2 here", "resume 2"),
        ("2 and 3 here", "stop cannot-tell"),
        ("1 twice", "resume 1"),
        ("1 retired here", "reset 1"),
        ("1 retired nowhere", "mint"),
        ("2 retired here", "reset 2"),
    ];
    let got = lists().into_iter().map(|(name, list)| (name, case(&here(), &Release::None, &list)));
    assert_eq!(got.collect::<Vec<_>>(), expected.map(|(name, what)| (name, what.to_owned())));
}

#[test]
fn client_1_lives_here() {
    let expected = [
        ("empty", "refuse foreign-release"),
        ("strangers", "refuse foreign-release"),
        ("1 here", "adopt 1"),
        ("1 there", "refuse not-claimable"),
        ("1 nowhere", "backfill 1"),
        ("2 here", "refuse foreign-release"),
        ("1 nowhere, 2 here", "refuse cluster-in-use"),
        ("1 there, 2 here", "refuse not-claimable"),
        ("2 and 3 here", "stop cannot-tell"),
        ("1 twice", "stop cannot-tell"),
        ("1 retired here", "reset 1"),
        ("1 retired nowhere", "refuse not-claimable"),
        ("2 retired here", "refuse foreign-release"),
    ];
    let got = lists().into_iter().map(|(name, list)| (name, case(&here(), &release(1), &list)));
    assert_eq!(got.collect::<Vec<_>>(), expected.map(|(name, what)| (name, what.to_owned())));
}

#[test]
fn what_cannot_be_told_stops_whatever_else_is_known() {
    let unreadable = Known::Unknown("forbidden".into());
    let several = Release::Several(vec!["a".into(), "b".into()]);
    let unclear = Release::Unclear("deployments cannot be listed".into());
    for (_, list) in lists() {
        for release in [Release::None, release(1), several.clone(), unclear.clone()] {
            assert_eq!(case(&unreadable, &release, &list), "stop no-cluster-id");
        }
        assert_eq!(case(&here(), &several, &list), "refuse several-releases");
        assert_eq!(case(&here(), &unclear, &list), "stop cannot-tell");
    }
    let fault = cannot_tell("which clients there are", "the list kept changing");
    for release in [Release::None, release(1)] {
        let (cluster, record, machine) = (&here(), &Known::Yes(true), &Sameness::Copy);
        let seen =
            Seen { cluster, release: &release, record, machine, said_same: true, clients: Err(&fault) };
        assert_eq!(decide(seen), Decision::Stop(fault.clone()));
    }
}

#[test]
fn without_a_record_nothing_can_be_resumed() {
    let unread = Known::Unknown("forbidden".into());
    for (name, list) in lists() {
        let known = case(&here(), &Release::None, &list);
        let vacant = |record| on(&here(), &Release::None, &list, record, &Sameness::Unrecorded, false);
        assert_eq!(vacant(&Known::Yes(false)), known.replace("resume", "reset"), "{name}");
        assert_eq!(vacant(&unread), known, "{name}");
        let lives = on(&here(), &release(1), &list, &Known::Yes(false), &Sameness::Same, false);
        assert_eq!(lives, case(&here(), &release(1), &list), "{name}: a record is no matter to what lives");
    }
}

#[test]
fn a_copy_takes_nothing_and_what_cannot_be_told_is_asked() {
    let unclear = Sameness::Unclear("no system UUID".into());
    for (name, list) in lists() {
        for release in [Release::None, release(1)] {
            for record in [true, false].map(Known::Yes) {
                let on = |machine, said| on(&here(), &release, &list, &record, machine, said);
                let same = on(&Sameness::Same, false);
                let decided = same.starts_with("refuse") || same.starts_with("stop");
                let copy = if decided { same.clone() } else { "refuse looks-copied".to_owned() };
                let asked = if decided { same.clone() } else { "ask".to_owned() };
                assert_eq!(on(&Sameness::Copy, false), copy, "{name}");
                assert_eq!(on(&Sameness::Copy, true), copy, "{name}: nobody can say otherwise");
                assert_eq!(on(&unclear, false), asked, "{name}");
                assert_eq!(on(&unclear, true), same, "{name}");
                assert_eq!(on(&Sameness::Unrecorded, false), same, "{name}");
            }
        }
    }
}

#[test]
fn a_row_says_what_enter_does() {
    let heard = |client: Client| Client { last_heard: Some(jiff::Timestamp::UNIX_EPOCH), ..client };
    let state = |state, client: Client| Client { state, ..client };
    let cluster: ClusterId = HERE.parse().unwrap();
    for (row, live, expected) in [
        (client(1, Some(HERE)), Release::None, Standing::HereOurs),
        (client(1, Some(THERE)), Release::None, Standing::Elsewhere),
        (client(1, Some(THERE)), release(1), Standing::Elsewhere),
        (client(1, None), Release::None, Standing::Unclaimed),
        (client(1, None), release(1), Standing::HereOurs),
        (client(1, None), release(2), Standing::Unclaimed),
        (heard(client(1, None)), Release::None, Standing::Elsewhere),
        (state(ClientState::Offline, client(1, None)), Release::None, Standing::Elsewhere),
        (state(ClientState::Unknown, client(1, None)), Release::None, Standing::Elsewhere),
        (retired(client(1, Some(HERE))), Release::None, Standing::HereOurs),
        (retired(client(1, Some(THERE))), Release::None, Standing::Decommissioned),
        (retired(client(1, None)), release(1), Standing::Decommissioned),
    ] {
        assert_eq!(standing(&row, Some(&cluster), &live), expected, "{row:?} {live:?}");
    }
    assert_eq!(standing(&client(1, Some(HERE)), None, &Release::None), Standing::Elsewhere);
}
