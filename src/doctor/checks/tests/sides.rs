//! Faults of session, account and the control plane's view.

use super::Case;
use super::world::{CLUSTER, a, account, ago, now, p, row};
use crate::doctor::facts::{KeptSession, Listing, Look, World};
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Account, Client, ClientState, Known, Location, Presence};

fn session(world: &mut World) -> &mut KeptSession {
    a(world).session.as_mut().unwrap()
}

fn nobody(world: &mut World) {
    let side = a(world);
    (side.session, side.who, side.list) = (None, None, None);
    world.plane = Look::Nothing("not asked: nobody is signed in here".into());
}

fn unreachable() -> Fault {
    Fault::Unreachable { host: "api.acme.example".into(), why: "no answer".into() }
}

fn presence(world: &mut World, state: ClientState, seconds: i64) {
    p(world).presence = Some(Ok(Presence { state, last_heard: Some(ago(seconds)), server_now: Some(now()) }));
}

fn listed(world: &mut World, rows: Vec<Client>, whole: bool) {
    a(world).list = Some(Ok(Listing { rows, whole }));
}

fn refused(status: u16) -> Fault {
    Fault::Server { host: "api.acme.example".into(), status, said: "no".into() }
}

pub const CASES: &[Case] = &[
    (
        "A01",
        |world| a(world).api = "http://api.acme.example/".into(),
        |world| {
            let address = Text::new("http://127.0.0.1:8080/");
            a(world).api = address.clone();
            session(world).api = address;
        },
    ),
    ("A02", |world| session(world).token = Err("its file is gone".into()), nobody),
    (
        "A03",
        |world| a(world).who = Some(Err(Fault::SessionRejected)),
        |world| a(world).who = Some(Err(unreachable())),
    ),
    ("A04", |world| session(world).expires_at = Some(ago(60)), |world| session(world).expires_at = None),
    ("A04", |world| session(world).expires_at = Some(now() + jiff::SignedDuration::from_hours(2)), nobody),
    ("A05", |world| a(world).list = Some(Err(refused(403))), |world| a(world).list = Some(Err(refused(500)))),
    (
        "A06",
        |world| a(world).refused = Some(Fault::UpgradeRequired { min_version: "9.0".into() }),
        |world| a(world).who = Some(Err(Fault::SessionRejected)),
    ),
    ("A07", |world| session(world).api = "https://api.acme.example/old/".into(), nobody),
    (
        "A08",
        |world| a(world).selected = Some(99),
        |world| {
            a(world).selected = Some(99);
            listed(world, vec![row()], false);
        },
    ),
    (
        "A08",
        |world| listed(world, vec![Client { decommissioned: true, ..row() }], true),
        |world| a(world).selected = None,
    ),
    (
        "A09",
        |world| a(world).who = Some(Ok(Account { id: 8, ..account() })),
        |world| {
            // Another name is not another account.
            a(world).who =
                Some(Ok(Account { name: "Acme Ltd".into(), email: "new@acme.example".into(), ..account() }));
        },
    ),
    ("A10", |world| listed(world, vec![row()], false), |world| listed(world, Vec::new(), true)),
    (
        "V01",
        |world| p(world).row = None,
        |world| {
            p(world).row = None;
            p(world).whole = false;
        },
    ),
    (
        "V02",
        |world| p(world).row = Some(Client { decommissioned: true, ..row() }),
        |world| {
            p(world).row = Some(Client { state: ClientState::Offline, ..row() });
        },
    ),
    (
        "V03",
        |world| presence(world, ClientState::Offline, 3600),
        |world| {
            // The list said offline a moment ago; the presence is newer.
            p(world).row = Some(Client { state: ClientState::Offline, ..row() });
        },
    ),
    (
        "V03",
        |world| presence(world, ClientState::Pending, 3600),
        |world| p(world).presence = Some(Err(unreachable())),
    ),
    (
        "V04",
        |world| presence(world, ClientState::Online, 3600),
        |world| presence(world, ClientState::Online, 600),
    ),
    (
        "V05",
        |world| presence(world, ClientState::Offline, 3600),
        |world| {
            presence(world, ClientState::Offline, 3600);
            p(world).ready_here = Some(false);
        },
    ),
    ("V05", |world| p(world).ready_here = Some(false), |world| p(world).ready_here = None),
    (
        "V06",
        |world| {
            p(world).row = Some(Client {
                cluster_id: Some("b0000000-0000-4a5b-8c9d-0123456789ab".parse().unwrap()),
                ..row()
            })
        },
        |world| p(world).cluster_id = Known::Unknown("it may not be read".into()),
    ),
    (
        "V06",
        |world| p(world).row = Some(Client { cluster_id: None, ..row() }),
        |world| {
            p(world).row = Some(Client { cluster_id: Some(CLUSTER.parse().unwrap()), ..row() });
        },
    ),
    ("V07", |world| p(world).siblings = vec!["Lab 2".into()], |_| ()),
    (
        "V09",
        |world| p(world).row = Some(Client { namespace: "lab-2".into(), ..row() }),
        |world| {
            p(world).row = Some(Client { name: "Another name".into(), ..row() });
        },
    ),
    (
        "V08",
        |world| {
            p(world).row = Some(Client { location: Location::Zone("XX-NOWHERE".parse().unwrap()), ..row() })
        },
        |world| {
            p(world).row = Some(Client { location: Location::NotSet, ..row() });
        },
    ),
];
