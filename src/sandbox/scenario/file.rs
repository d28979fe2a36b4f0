//! A scenario in a file of one's own: TOML.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{EVERYWHERE, Limits, MOST_CLIENTS, NAMES, Node, Scenario};

/// What a file may say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
#[derive(Default)]
struct File {
    /// Named scenarios to begin with.
    like: Vec<String>,
    clients: Option<u32>,
    forbid: Vec<String>,
    node: Vec<Node>,
    quota: BTreeMap<String, Amount>,
    limits: Bounds,
}

/// Bounds of each container.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct Bounds {
    default: BTreeMap<String, Amount>,
    default_request: BTreeMap<String, Amount>,
    max: BTreeMap<String, Amount>,
    min: BTreeMap<String, Amount>,
}

/// A quantity: text, or a whole number.
#[derive(Deserialize)]
#[serde(untagged)]
enum Amount {
    Number(u32),
    Text(String),
}

/// Reads a scenario, or says what is wrong with it, in one sentence.
pub(super) fn parse(text: &str) -> Result<Scenario, String> {
    let file: File = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or("");
        let place = before.matches('\n').count() + 1;
        format!("line {place}: {}", error.message().trim())
    })?;
    let mut scenario = Scenario::default();
    for name in &file.like {
        let named = Scenario::named(name).ok_or_else(|| {
            let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
            format!("like = {name:?} names no scenario; there are: {}", names.join(", "))
        })?;
        scenario = scenario.and(named);
    }
    if let Some(clients) = file.clients {
        if clients > MOST_CLIENTS {
            return Err(format!("clients = {clients} is more than a sandbox holds: {MOST_CLIENTS} at most"));
        }
        scenario.clients = clients;
    }
    for rule in &file.forbid {
        scenario.forbid.push(forbidden(rule)?);
    }
    for node in &file.node {
        for (field, amount) in [("cpu", &node.cpu), ("memory", &node.memory)] {
            sound(&format!("node.{field}"), amount)?;
        }
        for taint in &node.taints {
            let effect = taint.rsplit_once(':').map_or("", |(_, effect)| effect);
            if !matches!(effect, "NoSchedule" | "NoExecute" | "PreferNoSchedule") {
                return Err(format!("the taint {taint:?} is not of the form KEY=VALUE:NoSchedule"));
            }
        }
        if !node.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b)) {
            return Err(format!("node.name = {:?} may hold small letters, digits, - and . only", node.name));
        }
    }
    let mut names: Vec<_> = file.node.iter().map(|node| &node.name).filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    if let Some(twice) =
        names.windows(2).find(|pair| pair.first() == pair.last()).and_then(|pair| pair.first())
    {
        return Err(format!("two nodes are named {twice:?}"));
    }
    scenario.shape.nodes = file.node;
    scenario.shape.quota = amounts("quota", file.quota)?;
    let Bounds { default, default_request, max, min } = file.limits;
    scenario.shape.limits = Limits {
        default: amounts("limits.default", default)?,
        default_request: amounts("limits.default-request", default_request)?,
        max: amounts("limits.max", max)?,
        min: amounts("limits.min", min)?,
    };
    Ok(scenario)
}

/// `list secrets`, `* pods/log` or `list deployments in all namespaces`.
fn forbidden(rule: &str) -> Result<(String, String), String> {
    let (verb, resource) = rule.split_once(' ').unwrap_or((rule, ""));
    let name = resource.strip_suffix(EVERYWHERE).unwrap_or(resource);
    if verb.is_empty() || name.is_empty() || name.contains(' ') {
        return Err(format!(
            "forbid = {rule:?} is not of the form VERB RESOURCE, or VERB RESOURCE{EVERYWHERE}"
        ));
    }
    Ok((verb.to_owned(), resource.to_owned()))
}

fn amounts(place: &str, given: BTreeMap<String, Amount>) -> Result<BTreeMap<String, String>, String> {
    given
        .into_iter()
        .map(|(resource, amount)| {
            let amount = match amount {
                Amount::Number(number) => number.to_string(),
                Amount::Text(text) => text,
            };
            sound(&format!("{place}.{resource}"), &amount)?;
            Ok((resource, amount))
        })
        .collect()
}

/// Digits, perhaps a fraction, and a unit.
fn sound(place: &str, amount: &str) -> Result<(), String> {
    let unit = amount.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let begins = amount.starts_with(|c: char| c.is_ascii_digit());
    if begins && matches!(unit, "" | "m" | "k" | "M" | "G" | "T" | "Ki" | "Mi" | "Gi" | "Ti") {
        Ok(())
    } else {
        Err(format!("{place} = {amount:?} is no amount such as 2, 500m or 4Gi"))
    }
}
