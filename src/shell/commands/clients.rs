//! `landfall clients`: the account's list.

use std::time::Duration;

use tokio::time::timeout;

use super::super::clock;
use super::super::environment::Environment;
use super::super::out;
use super::super::refusal::refused;
use super::place::Stand;
use crate::claim;
use crate::claim::decide::{Standing, standing};
use crate::claim::names;
use crate::cli::Clients;
use crate::error::{Exit, Fault};
use crate::face::clients::{self, Listed, Summary};
use crate::model::{Client, Facts};
use crate::wizard::words;

/// How long the cluster may take to say which of them lives here.
const HERE: Duration = Duration::from_secs(4);

/// Reads the whole list, or says why not.
pub async fn clients(flags: &Clients, environment: &Environment) -> Exit {
    let json = flags.here.at.json;
    match list(flags, environment).await {
        Ok((lines, text)) => {
            let said = if json { out::say_all(&lines) } else { out::say(&text) };
            out::end(said, Exit::Online)
        }
        Err(fault) => refused(&fault, &flags.here.again("clients"), json, environment),
    }
}

async fn list(flags: &Clients, environment: &Environment) -> Result<(Vec<serde_json::Value>, String), Fault> {
    let stand = Stand::find(&flags.here, environment).await?;
    let (session, account) = stand.signed_in().await?;
    let (facts, rows) = tokio::join!(
        timeout(HERE, stand.looker.inspect()),
        claim::whole(stand.looker.backend.as_ref(), session),
    );
    let (facts, rows) = (facts.ok().and_then(Result::ok), rows?);
    let words: Vec<String> = flags.words.iter().map(|word| word.to_lowercase()).collect();
    let summary = Summary {
        all: rows.len(),
        retired: rows.iter().filter(|client| client.decommissioned).count(),
        who: format!("{} (account {})", account.name, account.id),
    };
    let mut listed: Vec<Listed> = rows
        .iter()
        .filter(|client| (flags.all || !client.decommissioned) && matches(client, &words))
        .map(|client| Listed {
            here: facts.as_ref().and_then(|facts| lives_here(client, facts)),
            collides: !client.decommissioned && collides(client, &rows),
            client: client.clone(),
        })
        .collect();
    listed
        .sort_by(|a, b| (a.here != Some(true), &a.client.name).cmp(&(b.here != Some(true), &b.client.name)));
    let now = stand.looker.backend.server_time().unwrap_or_else(clock::wall);
    let at = &stand.place.facts;
    Ok((clients::json(&listed, &summary, at, now), clients::text(&listed, &summary, at, now)))
}

fn matches(client: &Client, words: &[String]) -> bool {
    let row = format!(
        "{} {} {} {}",
        client.name,
        client.namespace,
        words::location(&client.location),
        words::client_state(client.state)
    );
    let row = row.to_lowercase();
    words.iter().all(|word| row.contains(word))
}

/// Whether it lives in the cluster at hand; not known where the cluster's id is not, unless it lives there.
fn lives_here(client: &Client, facts: &Facts) -> Option<bool> {
    let retired = Client { decommissioned: false, ..client.clone() };
    let here = standing(&retired, facts.cluster_id.value(), &facts.release) == Standing::HereOurs;
    (here || facts.cluster_id.value().is_some()).then_some(here)
}

/// Whether another client that is not retired has the same name or namespace, in slug space.
fn collides(client: &Client, all: &[Client]) -> bool {
    let own = slugs(client);
    all.iter()
        .filter(|other| other.id != client.id && !other.decommissioned)
        .any(|other| slugs(other).iter().flatten().any(|slug| own.iter().flatten().any(|own| own == slug)))
}

fn slugs(client: &Client) -> [Option<crate::model::Slug>; 2] {
    [names::slug(&client.name), names::slug(&client.namespace)]
}
