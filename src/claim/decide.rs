//! The claim as a table: from what was read, to what may be done. Pure, and read twice: by the wizard, to say
//! what Enter does, and by the run, after the yes.
//!
//! The first line that fits decides. "Row" is a row of the account's list: *anchored* is the one that holds
//! this cluster's id, *living* is the one with the live release's machine name. A record is a write-ahead
//! record of this origin.
//!
//! | cluster id | live release | list | rows | decision |
//! | --- | --- | --- | --- | --- |
//! | unreadable | any | any | any | stop: nothing is claimed without it |
//! | read | several | any | any | refuse: a person must sort that out |
//! | read | cannot be told | any | any | stop |
//! | read | none, one | not whole | any | stop: a second identity is worse than a retry |
//! | read | none, one | whole | two anchored, or two living | stop: the list contradicts itself |
//! | read | one | whole | none living | refuse: it belongs to somebody else |
//! | read | one | whole | living, retired, on this cluster | offer a reset: that is how it comes back |
//! | read | one | whole | living, retired, on another cluster or none | refuse |
//! | read | one | whole | living, on this cluster | adopt |
//! | read | one | whole | living, on another cluster | refuse: an anchor is written once |
//! | read | one | whole | living without a cluster, another anchored | refuse: the cluster is in use |
//! | read | one | whole | living without a cluster, none anchored | prove its credential, backfill, adopt |
//! | read | none | whole | anchored, retired | offer a reset: that is how it comes back |
//! | read | none | whole | anchored, and a record, or none known | resume: what an earlier run left must prove itself |
//! | read | none | whole | anchored, and no record | offer a reset: nothing here holds its password |
//! | read | none | whole | none anchored | mint |
//!
//! Where that line adopts, backfills, resumes or offers a reset, and where it mints beside a record, the
//! machine has a say, because a copied disk carries cluster, record and credential along:
//!
//! | the machine that release and record name | decision |
//! | --- | --- |
//! | this one, or none is named | as above |
//! | another one | refuse: it looks like a copy |
//! | cannot be told, and a person says that it is this one | as above |
//! | cannot be told | ask |
//!
//! A record without a row: the claim left nothing behind, or has not arrived yet; the same claim is sent
//! again, and its answer tells. What is resumed may turn out to be lost as well; then the run offers the
//! same reset ([`super::reset`] has its conditions). A retired client keeps its row and its cluster id, so a
//! cluster that was its own can get no other client.

use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Client, ClientState, ClusterId, Facts, Known, Release, Sameness};

/// What was read of the machine and of the account.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The anchor.
    pub cluster: &'a Known<ClusterId>,
    /// What lives there.
    pub release: &'a Release,
    /// Whether a write-ahead record is there.
    pub record: &'a Known<bool>,
    /// Whether release and record were made on this machine.
    pub machine: &'a Sameness,
    /// Whether a person said that it is this machine.
    pub said_same: bool,
    /// The account's whole list, or why it is not whole.
    pub clients: Result<&'a [Client], &'a Fault>,
}

impl<'a> Seen<'a> {
    /// What was read, in one.
    pub fn of(facts: &'a Facts, clients: Result<&'a [Client], &'a Fault>, said_same: bool) -> Self {
        let Facts { cluster_id, release, record, machine, .. } = facts;
        Self { cluster: cluster_id, release, record, machine, said_same, clients }
    }
}

/// What may be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision<'a> {
    /// This client lives here: continue with it.
    Adopt(&'a Client),
    /// This client lives here, and its row does not say so yet.
    BackfillThenAdopt(&'a Client),
    /// Nobody's: a new client (or an unclaimed one, if the person chose one).
    Mint,
    /// An earlier run claimed this client and did not finish.
    Resume(&'a Client),
    /// This cluster's client, and nothing here holds its password: a person may agree to a new one.
    OfferReset(&'a Client),
    /// A person must say whether this is the machine of that claim; the text says why it cannot be told.
    Ask(Text),
    /// No, and asking again will not help.
    Refuse(Fault),
    /// It cannot be told; a later run may.
    Stop(Fault),
}

/// Reads the table.
pub fn decide(seen: Seen<'_>) -> Decision<'_> {
    let decision = by_release_and_rows(seen);
    let client = match &decision {
        Decision::Adopt(row)
        | Decision::BackfillThenAdopt(row)
        | Decision::Resume(row)
        | Decision::OfferReset(row) => format!("\"{}\"", row.name),
        Decision::Mint => "an unfinished claim".to_owned(),
        Decision::Refuse(_) | Decision::Stop(_) | Decision::Ask(_) => return decision,
    };
    match seen.machine {
        Sameness::Copy => Decision::Refuse(Fault::LooksCopied { client: client.into() }),
        Sameness::Unclear(why) if !seen.said_same => Decision::Ask(why.clone()),
        Sameness::Unclear(_) | Sameness::Same | Sameness::Unrecorded => decision,
    }
}

fn by_release_and_rows(seen: Seen<'_>) -> Decision<'_> {
    let cluster = match seen.cluster {
        Known::Yes(cluster) => cluster,
        Known::Unknown(why) => return Decision::Stop(Fault::NoClusterId { why: why.clone() }),
    };
    match seen.release {
        Release::Several(namespaces) => {
            return Decision::Refuse(Fault::SeveralReleases { namespaces: namespaces.clone() });
        }
        Release::Unclear(why) => return Decision::Stop(cannot_tell("what lives in the cluster", why)),
        Release::None | Release::One { .. } => {}
    }
    let clients = match seen.clients {
        Ok(clients) => clients,
        Err(fault) => return Decision::Stop(fault.clone()),
    };
    let Ok(anchored) = only(clients, |client| client.cluster_id.as_ref() == Some(cluster)) else {
        return Decision::Stop(cannot_tell("whose this cluster is", "two clients of the account hold it"));
    };
    let Release::One { namespace, username } = seen.release else {
        return vacant(anchored, seen.record);
    };
    match only(clients, |client| client.username.as_ref() == Some(username)) {
        Ok(Some(living)) => inhabited(living, anchored, cluster),
        Ok(None) => Decision::Refuse(Fault::ForeignRelease { namespace: namespace.as_str().into() }),
        Err(Twice) => {
            let why = "two clients of the account have its machine name";
            Decision::Stop(cannot_tell("whose the client in this cluster is", why))
        }
    }
}

/// A client lives here, and its row is in the account.
fn inhabited<'a>(living: &'a Client, anchored: Option<&Client>, cluster: &ClusterId) -> Decision<'a> {
    match (&living.cluster_id, anchored) {
        (Some(its), _) if its == cluster && living.decommissioned => Decision::OfferReset(living),
        _ if living.decommissioned => Decision::Refuse(refused(living, "it was retired")),
        (Some(its), _) if its == cluster => Decision::Adopt(living),
        (Some(_), _) => Decision::Refuse(refused(living, "it lives here, but its row names another cluster")),
        (None, Some(other)) => Decision::Refuse(Fault::ClusterInUse { holder: other.name.clone() }),
        (None, None) => Decision::BackfillThenAdopt(living),
    }
}

/// Nothing lives here.
fn vacant<'a>(anchored: Option<&'a Client>, record: &Known<bool>) -> Decision<'a> {
    match anchored {
        None => Decision::Mint,
        Some(row) if row.decommissioned || *record == Known::Yes(false) => Decision::OfferReset(row),
        Some(row) => Decision::Resume(row),
    }
}

struct Twice;

/// The one client that fits, if any; two are a contradiction.
fn only(clients: &[Client], fits: impl Fn(&Client) -> bool) -> Result<Option<&Client>, Twice> {
    let mut found = clients.iter().filter(|client| fits(client));
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(Twice),
        (one, None) => Ok(one),
    }
}

fn cannot_tell(what: &str, why: &str) -> Fault {
    Fault::CannotTell { what: what.into(), why: why.into() }
}

fn refused(client: &Client, why: &str) -> Fault {
    Fault::NotClaimable { client: client.name.clone(), why: why.into() }
}

/// How a row of the account's list stands to this cluster: what Enter does on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Ours, on this cluster: continue with it. A retired one comes back with a new password.
    HereOurs,
    /// Ours, without a cluster, never heard from: it can be given this cluster.
    Unclaimed,
    /// Ours, somewhere else: not claimable.
    Elsewhere,
    /// Retired, and not on this cluster: never claimable.
    Decommissioned,
}

/// How `client` stands to a cluster in which `release` lives.
pub fn standing(client: &Client, cluster: Option<&ClusterId>, release: &Release) -> Standing {
    let lives_here = match release {
        Release::One { username, .. } => client.username.as_ref() == Some(username),
        _ => false,
    };
    if client.cluster_id.is_some() && client.cluster_id.as_ref() == cluster {
        Standing::HereOurs
    } else if client.decommissioned {
        Standing::Decommissioned
    } else if client.cluster_id.is_some() {
        Standing::Elsewhere
    } else if lives_here {
        Standing::HereOurs
    } else if client.last_heard.is_none() && client.state == ClientState::Pending {
        Standing::Unclaimed
    } else {
        Standing::Elsewhere
    }
}

#[cfg(test)]
mod tests;
