//! Checks before anything is changed: the world against the review, and the server's text against our rules.

use super::decide::{Decision, Seen, Standing, decide, standing};
use super::names::is_form_of;
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Ahead, Choice, Client, ClusterId, Facts, Intent, Known, Release, Slug, Username};

/// What is done: what the table allows and the person agreed to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Plan<'a> {
    /// A new client.
    Mint,
    /// Continue with this client: it lives here, or an earlier run began it.
    Continue(&'a Client),
    /// This client lives here: prove it, then write the anchor into its row.
    Anchor(&'a Client),
    /// Give this unclaimed client the cluster, and a new password.
    Backfill(&'a Client),
}

/// What the table allows now, if it is what was reviewed.
pub(super) fn agreed<'a>(
    facts: &'a Facts,
    clients: Result<&'a [Client], &'a Fault>,
    intent: &Intent,
) -> Result<Plan<'a>, Fault> {
    if let Known::Yes(now) = &facts.cluster_id
        && *now != intent.cluster
    {
        return Err(changed(format!("this is another cluster now ({now}, it was {})", intent.cluster)));
    }
    let decision = match decide(Seen::of(facts, clients, intent.consent.same_machine)) {
        Decision::Refuse(fault) | Decision::Stop(fault) => return Err(fault),
        Decision::Ask(why) => return Err(which_machine(&why)),
        decision => decision,
    };
    if facts.release != intent.release {
        return Err(changed(release_change(&facts.release)));
    }
    // Nothing is claimed that could not be written ahead.
    if let (Decision::Mint, Some(obstacle)) = (&decision, &facts.obstacle) {
        return Err(obstacle.clone());
    }
    let clients = clients.unwrap_or_default();
    match (&intent.choice, decision) {
        (Choice::New, Decision::Mint) => Ok(Plan::Mint),
        // The very client that was reviewed: an earlier claim of it has arrived meanwhile.
        (Choice::New, Decision::Resume(row)) if is_reviewed(row, intent) => Ok(Plan::Continue(row)),
        (Choice::Backfill(id), Decision::Mint) => unclaimed(*id, clients, &intent.cluster),
        (Choice::Adopt(id), Decision::Adopt(row) | Decision::Resume(row) | Decision::OfferReset(row))
            if row.id == *id =>
        {
            same_place(row, facts, intent).map(|()| Plan::Continue(row))
        }
        (Choice::Adopt(id), Decision::BackfillThenAdopt(row)) if row.id == *id => {
            same_place(row, facts, intent).map(|()| Plan::Anchor(row))
        }
        (
            _,
            Decision::Adopt(row)
            | Decision::BackfillThenAdopt(row)
            | Decision::Resume(row)
            | Decision::OfferReset(row),
        ) => Err(changed(format!("this cluster belongs to your client \"{}\" now", row.name))),
        (_, _) => Err(changed(format!("\"{}\" does not hold this cluster any more", intent.name))),
    }
}

/// Whether images are pulled ahead: by no more Jobs than the review said.
pub(super) fn pulls(facts: &Facts, intent: &Intent) -> bool {
    matches!((facts.ahead, intent.ahead), (Ahead::Jobs(now), Ahead::Jobs(told)) if now <= told)
}

fn which_machine(why: &Text) -> Fault {
    let question = format!("is this the machine on which the claim recorded here was made? {why}");
    Fault::NeedsPerson { question: question.into(), flag: "--same-machine" }
}

fn is_reviewed(row: &Client, intent: &Intent) -> bool {
    row.name == intent.name && row.namespace.parse().is_ok_and(|its| is_form_of(&its, &intent.slug))
}

fn unclaimed<'a>(id: u64, clients: &'a [Client], cluster: &ClusterId) -> Result<Plan<'a>, Fault> {
    let row = clients.iter().find(|client| client.id == id);
    let row = row.ok_or_else(|| changed("the chosen client is not in the account any more".to_owned()))?;
    match standing(row, Some(cluster), &Release::None) {
        Standing::Unclaimed => Ok(Plan::Backfill(row)),
        _ => Err(changed(format!("\"{}\" is not free any more", row.name))),
    }
}

fn same_place(row: &Client, facts: &Facts, intent: &Intent) -> Result<(), Fault> {
    let reviewed = intent.slug.as_str();
    let lives_there = matches!(&facts.release, Release::One { namespace, .. } if *namespace == intent.slug);
    if lives_there || row.namespace.as_str() == reviewed {
        return Ok(());
    }
    Err(changed(format!("the namespace of \"{}\" is {} now, it was {reviewed}", row.name, row.namespace)))
}

fn release_change(now: &Release) -> String {
    match now {
        Release::None => "the client that lived in this cluster is gone".to_owned(),
        Release::One { namespace, .. } => format!("a client lives in namespace {namespace} now"),
        Release::Several(_) | Release::Unclear(_) => "what lives in this cluster".to_owned(),
    }
}

fn changed(what: String) -> Fault {
    Fault::Changed { what: what.into() }
}

/// The parts of a row that are used, once they are checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// The machine's login name.
    pub username: Username,
    /// Where it goes.
    pub namespace: Slug,
}

/// Checks the server's text before it is used: the login name is a UUID; the namespace is where our release
/// lives (`home`), or a form of one that was `asked` for, and never one of the cluster's own.
pub(super) fn identity(row: &Client, home: Option<&Slug>, asked: &[&Slug]) -> Result<Identity, Fault> {
    let username = row.username.clone().ok_or_else(|| bad("the client's machine name is not a UUID"))?;
    if let Some(home) = home {
        return Ok(Identity { username, namespace: home.clone() });
    }
    let refused = |why: &str| bad(&format!("the client's namespace \"{}\" {why}", row.namespace));
    let namespace: Slug = row.namespace.parse().map_err(|_| refused("is no name for a namespace"))?;
    if is_reserved(&namespace) {
        return Err(refused("is one of the cluster's own"));
    }
    if !asked.iter().any(|asked| is_form_of(&namespace, asked)) {
        return Err(refused("is not the one that was asked for"));
    }
    Ok(Identity { username, namespace })
}

/// A row that answers a claim must hold the cluster it was claimed for.
pub(super) fn holds(row: &Client, cluster: &ClusterId) -> Result<(), Fault> {
    if row.cluster_id.as_ref() == Some(cluster) {
        return Ok(());
    }
    Err(bad("the client that the server answers with does not hold this cluster"))
}

fn is_reserved(namespace: &Slug) -> bool {
    let name = namespace.as_str();
    name == "default" || name.starts_with("kube-") || name.starts_with("openshift-")
}

fn bad(why: &str) -> Fault {
    Fault::BadReply { why: Text::new(why) }
}

#[cfg(test)]
mod tests;
