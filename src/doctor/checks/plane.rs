//! What the control plane says of this machine.

use jiff::SignedDuration;

use crate::doctor::facts::Plane;
use crate::doctor::table::{Entry, Finding, Judge};
use crate::model::{ClientState, Known, Location};

/// A client that was heard from within this counts as heard from: three times the slowest heartbeat known.
const HEARD: SignedDuration = SignedDuration::from_mins(15);

const SIDE: &[&str] = &[
    "A10", "A05", "A03", "A06", "N06", "N05", "N07", "N04", "N03", "N01", "A01", "C07", "C06", "C05", "C04",
    "C02", "C03", "C01",
];

/// The checks.
pub const CHECKS: &[Entry] = &[
    Entry { id: "V01", title: "client known", after: SIDE, judge: Judge::Plane(known) },
    Entry {
        id: "V02",
        title: "client not retired",
        after: &["V01", "A03", "N06", "C07", "C05", "C03", "C01", "A01"],
        judge: Judge::Plane(active),
    },
    Entry {
        id: "V03",
        title: "client online",
        after: &["V02", "W12", "W08", "W02", "V01", "N06", "C07", "C05", "C03", "C01", "A01"],
        judge: Judge::Plane(online),
    },
    Entry {
        id: "V04",
        title: "heartbeat",
        after: &["V02", "W12", "W08", "W02", "V03", "V01", "N06", "C07", "C05", "C03", "C01", "A01"],
        judge: Judge::Plane(heartbeat),
    },
    Entry {
        id: "V05",
        title: "both sides agree",
        after: &["V02", "W12", "W08", "V03", "W02", "V01", "N06", "C07", "C05", "C03", "C01", "A01"],
        judge: Judge::Plane(agree),
    },
    Entry {
        id: "V06",
        title: "the cluster's client",
        after: &["V01", "C10", "C07", "C05", "C03", "C01", "A01"],
        judge: Judge::Plane(anchor),
    },
    Entry {
        id: "V07",
        title: "one client for this cluster",
        after: &["A10", "V01", "C07", "C05", "C03", "C01", "A01"],
        judge: Judge::Plane(siblings),
    },
    Entry {
        id: "V08",
        title: "location",
        after: &["V01", "C07", "C05", "C03", "C01", "A01"],
        judge: Judge::Plane(location),
    },
    Entry {
        id: "V09",
        title: "namespace",
        after: &["V01", "C07", "C05", "C03", "C01", "A01"],
        judge: Judge::Plane(namespace),
    },
];

fn no_row() -> Finding {
    Finding::unknown("the account's row of this machine is not known")
}

fn known(plane: &Plane) -> Finding {
    match (&plane.row, plane.whole) {
        (Some(row), _) => Finding::pass(format!("{}, number {}", row.name, row.id)),
        (None, true) => Finding::fail("the account signed in here has no client with this machine's id")
            .fix("it may belong to another account: landfall whoami; else enroll again: landfall"),
        (None, false) => Finding::unknown("the list could not be read to its end"),
    }
}

fn active(plane: &Plane) -> Finding {
    match &plane.row {
        None => no_row(),
        Some(row) if row.decommissioned => Finding::fail(format!("the client {} was retired", row.name))
            .fix("enroll this machine again: landfall"),
        Some(_) => Finding::pass("it counts"),
    }
}

fn online(plane: &Plane) -> Finding {
    let Some(row) = &plane.row else { return no_row() };
    let state = match &plane.presence {
        Some(Ok(presence)) => presence.state,
        Some(Err(fault)) => return Finding::unknown(fault.sentence()),
        None => row.state,
    };
    match state {
        ClientState::Online => Finding::pass("the control plane hears from it"),
        ClientState::Offline => Finding::fail("the control plane does not hear from it")
            .fix("see the workloads above; the jobs manager tells the control plane that it is there"),
        ClientState::Pending => Finding::warn("the control plane never heard from it")
            .fix("give it a minute after an installation, then run this again"),
        ClientState::Unknown => Finding::unknown("the control plane names a state that is not known here"),
    }
}

fn heartbeat(plane: &Plane) -> Finding {
    let presence = match &plane.presence {
        Some(Ok(presence)) => presence,
        Some(Err(fault)) => return Finding::unknown(fault.sentence()),
        None => return no_row(),
    };
    let Some(heard) = presence.last_heard else { return Finding::warn("it was never heard from") };
    let Some(now) = presence.server_now else { return Finding::unknown("the server did not tell its time") };
    let age = now.duration_since(heard);
    let told = format!("last heard from {} s ago, by the control plane's clock", age.as_secs().max(0));
    if age > HEARD {
        Finding::fail(told).fix("see the jobs manager above: it sends the heartbeats")
    } else {
        Finding::pass(told)
    }
}

fn agree(plane: &Plane) -> Finding {
    let Some(Ok(presence)) = &plane.presence else { return no_row() };
    let Some(ready) = plane.ready_here else { return Finding::unknown("the workloads could not be read") };
    let age = presence.last_heard.zip(presence.server_now).map(|(heard, now)| now.duration_since(heard));
    let fresh = age.is_some_and(|age| age <= HEARD);
    match (presence.state, ready) {
        (ClientState::Online, true) if fresh => Finding::pass("ready here, and heard from there"),
        (ClientState::Online, true) => {
            Finding::warn("the control plane says online, and its last sign is old")
                .because(["here everything is ready; its word is behind"])
                .fix("run this again in a minute")
        }
        (ClientState::Online, false) => {
            Finding::warn("the control plane says online, and here not everything is ready")
                .because(["this machine is right: it is seen here and now"])
                .fix("see the workloads above")
        }
        (ClientState::Offline | ClientState::Pending, true) if !fresh => {
            Finding::fail("here everything is ready, and the control plane does not hear from it")
                .because(["the control plane is right: what counts is what reaches it"])
                .fix("something between pods and control plane holds it up: see the jobs manager's log")
        }
        (ClientState::Offline | ClientState::Pending, true) => {
            Finding::warn("the control plane heard from it a moment ago, and does not say online yet")
                .fix("run this again in a minute")
        }
        (ClientState::Offline | ClientState::Pending, false) => {
            Finding::pass("not ready here, and not heard from there")
        }
        (ClientState::Unknown, _) => {
            Finding::unknown("the control plane names a state that is not known here")
        }
    }
}

fn anchor(plane: &Plane) -> Finding {
    let Some(row) = &plane.row else { return no_row() };
    match (&row.cluster_id, &plane.cluster_id) {
        (_, Known::Unknown(why)) => Finding::unknown(why.clone()),
        (None, _) => {
            Finding::warn("the client is not tied to a cluster yet").fix("run it again, it ties it: landfall")
        }
        (Some(theirs), Known::Yes(ours)) if theirs == ours => Finding::pass("it is tied to this cluster"),
        (Some(theirs), Known::Yes(ours)) => {
            Finding::fail("the client is tied to another cluster than this one")
                .because([format!("there {theirs}, here {ours}")])
                .fix("a rebuilt or copied cluster is a new one: enroll it anew: landfall")
        }
    }
}

fn siblings(plane: &Plane) -> Finding {
    match plane.siblings.first() {
        None => Finding::pass("no other one holds it"),
        Some(first) => Finding::warn(format!("the client {first} holds this cluster as well"))
            .because(plane.siblings.iter().skip(1).cloned())
            .fix("retire the one that is not this machine"),
    }
}

fn location(plane: &Plane) -> Finding {
    match &plane.row {
        None => no_row(),
        Some(row) => match &row.location {
            Location::Zone(key) if crate::location::find(key.as_str()).is_none() => {
                Finding::warn(format!("its location {key} is not one that is known here"))
                    .fix("choose another one: landfall set location KEY")
            }
            Location::Zone(key) => Finding::pass(format!("{key}")),
            // "Not set" is an explicit state, chosen by a person.
            Location::NotSet => Finding::nothing("not set: never counted as carbon-free"),
        },
    }
}

fn namespace(plane: &Plane) -> Finding {
    match &plane.row {
        None => no_row(),
        Some(row) if row.namespace.as_str() == plane.namespace.as_str() => {
            Finding::pass(row.namespace.clone())
        }
        Some(row) => Finding::warn("the release lives in another namespace than the control plane says")
            .because([format!("there {}, here {}", row.namespace, plane.namespace)])
            .fix("jobs may look for it there; ask who runs the control plane"),
    }
}
