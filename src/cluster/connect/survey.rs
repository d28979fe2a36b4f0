//! Which ways to a cluster this machine offers, by its kubeconfig files alone.

use std::path::Path;

use super::guard;
use super::kubeconfig::{Kubeconfig, Where, find, shown};
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Survey, Way};

/// Where a way of the survey leads; the same place in its list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    /// The file or files.
    pub place: Where,
    /// The context's name, as it stands there.
    pub context: String,
    /// What was offered: if the file asks for anything else later, it was changed meanwhile.
    pub way: Way,
}

/// Looks for kubeconfig files and tells what they offer. `wanted` is the context named by flag or profile.
/// Nothing that a file names is run, read or connected to.
pub fn survey(place: &Where, wanted: Option<&str>) -> (Survey, Vec<Lead>) {
    let (leads, current, trouble) = match find(place) {
        Ok(found) => {
            let leads = leads(place, &found, "");
            let current = found.current();
            let current = leads.iter().position(|lead| Some(lead.context.as_str()) == current);
            return settled(leads, current, wanted);
        }
        Err(fault) => elsewhere(place, fault),
    };
    let survey = Survey { ways: ways(&leads), taken: None, current, trouble: Some(trouble), missing: None };
    (survey, leads)
}

/// The one that is wanted, or the only one; else a choice.
fn settled(leads: Vec<Lead>, current: Option<usize>, wanted: Option<&str>) -> (Survey, Vec<Lead>) {
    let mut survey = Survey { current: current.unwrap_or_default(), ..Survey::default() };
    match wanted {
        Some(wanted) => {
            survey.taken = leads.iter().position(|lead| lead.context == wanted);
            if survey.taken.is_none() {
                survey.trouble = Some(no_such(wanted, &leads));
            }
        }
        None if leads.len() == 1 => survey.taken = Some(0),
        None => {}
    }
    survey.ways = ways(&leads);
    (survey, leads)
}

/// Nothing that would have counted can be used. What else there is, is offered and never taken unasked.
fn elsewhere(place: &Where, fault: Fault) -> (Vec<Lead>, usize, Fault) {
    if place.explicit.is_some() || place.env.as_deref().is_some_and(|list| !list.is_empty()) {
        return (Vec::new(), 0, fault);
    }
    let mut all = Vec::new();
    if !matches!(fault, Fault::NoKubeconfig { .. }) {
        all.extend(of_file(&place.system, "k3s's own"));
    }
    let mut trouble = fault;
    if let Some((user, home)) = &place.sudo {
        let path = home.join(".kube").join("config");
        let theirs = of_file(&path, &format!("{user}'s, who ran sudo"));
        if !theirs.is_empty() && matches!(trouble, Fault::NoKubeconfig { .. }) {
            trouble = Fault::OthersKubeconfig { user: user.clone(), path: shown(&path) };
        }
        all.extend(theirs);
    }
    (all, 0, trouble)
}

fn of_file(path: &Path, note: &str) -> Vec<Lead> {
    let place = Where { explicit: Some(path.to_owned()), ..Where::default() };
    find(&place).map(|found| leads(&place, &found, note)).unwrap_or_default()
}

fn leads(place: &Where, found: &Kubeconfig, note: &str) -> Vec<Lead> {
    let lead = |context: String| {
        // What cannot be used at all says why once it is taken.
        let (server, demands) = match guard::check(found, &context) {
            Ok(checked) => (super::address(&checked.server), checked.demands),
            Err(_) => ("an address that cannot be used".into(), Vec::new()),
        };
        let file = found.path_of_context(&context);
        let way = Way { file, context: Text::new(&context), server, note: note.into(), demands };
        Lead { place: place.clone(), context, way }
    };
    found.contexts().map(str::to_owned).map(lead).collect()
}

fn ways(leads: &[Lead]) -> Vec<Way> {
    leads.iter().map(|lead| lead.way.clone()).collect()
}

fn no_such(wanted: &str, leads: &[Lead]) -> Fault {
    let names: Vec<&str> = leads.iter().map(|lead| lead.way.context.as_str()).collect();
    Fault::BadInput {
        what: Text::new(&format!("--context {wanted}")),
        why: Text::new(&format!("the kubeconfig has no such context; it has {}", names.join(", "))),
    }
}

#[cfg(test)]
mod tests;
