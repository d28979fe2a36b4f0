//! The review: everything that is about to happen, before anything outside is changed.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::field::moved;
use super::flow::{Go, Question};
use super::msg::Action;
use super::{Wizard, checks};
use crate::foreign::Text;
use crate::model::{Ahead, Choice, Facts, Known, NodeRoom, Sameness, Slug, Target};

/// How many groups of nodes with equally many images are told.
const GROUPS: usize = 3;

/// More lines than a review has.
const LINES: usize = 16;

/// What is asked with a token in hand.
const WITH_TOKEN: &str =
    "the server to register the new key, with the token in hand; nobody has to approve it";

/// What a new key replaces.
const KEY_ONLY: &str =
    "a new SSH key takes the place of the old one. Until the new key is whole, the old one stays";

/// The state of the pane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// The client whose password is replaced, if that is asked.
    pub reset: Option<Slug>,
    /// Whether the yes was said.
    pub agreed: bool,
    /// The line that a small screen begins with.
    pub top: usize,
}

impl Review {
    /// A person did something.
    pub fn act(&mut self, action: &Action, facts: Option<&Facts>) -> Go {
        match action {
            Action::Enter => {
                if let Some(fault) = facts.and_then(|facts| checks::in_the_way(&facts.checks)) {
                    return Go::fail(fault);
                }
                self.agreed = true;
                Go::next()
            }
            Action::Back => Go::back(),
            moving => {
                self.top = moved(self.top, LINES, 5, moving);
                Go::stay()
            }
        }
    }

    /// What a line face has to ask here.
    pub fn question(&self) -> Option<Question> {
        (!self.agreed).then(|| Question {
            text: "Enroll this machine?".into(),
            choices: vec!["enroll this machine".into(), "leave".into()],
            typed: None,
            names: false,
            flag: "--yes",
            yes: true,
        })
    }
}

/// The lines of the review: label and value.
pub fn lines(wizard: &Wizard) -> Vec<(Text, Text)> {
    if let Some(survey) = wizard.issue.findings.as_ref().filter(|_| wizard.issues()) {
        let mut lines = survey.lines.clone();
        if wizard.setup.token.is_some() {
            // With a token in hand nobody is asked for a code, and the token stays as it is.
            for (label, value) in &mut lines {
                match label.as_str() {
                    "Replaces" => *value = KEY_ONLY.into(),
                    "Asks" => *value = WITH_TOKEN.into(),
                    "Token" => *value = Text::within(&format!("the one in hand; it {value}"), 300),
                    _ => {}
                }
            }
        }
        return lines;
    }
    let Some((intent, facts)) = wizard.intent().zip(wizard.facts.as_ref()) else { return Vec::new() };
    let (name, slug) = (&intent.name, &intent.slug);
    let client = match intent.choice {
        Choice::New => format!("{name}, new, namespace {slug}"),
        Choice::Adopt(_) => format!("{name}, this cluster's own, namespace {slug}"),
        Choice::Backfill(_) => {
            format!(
                "{name}, namespace {slug}; yours, never connected: it gets this cluster and a new credential"
            )
        }
    };
    let Target::Cluster { context, server } = &facts.target;
    let profile = &wizard.setup.profile;
    let account = wizard.sign_in.session().map_or_else(String::new, |(_, account)| {
        format!(
            "{} ({}, {}), profile {} at {}",
            account.email, account.name, account.id, profile.name, profile.host
        )
    });
    let mut lines = vec![
        ("Account", account),
        ("Client", client),
        ("Location", super::words::location(&intent.location)),
        ("Cluster", format!("{context} · {server} · anchor {}", short(intent.cluster.as_str()))),
        ("Installs", installs(facts)),
        ("Images", images(facts)),
        ("Needs", needs(facts)),
        ("Secrets", secrets(slug.as_str())),
        ("Session", session(wizard)),
    ];
    lines.splice(7..7, checks::lines(&facts.checks));
    if wizard.review.reset.is_some() || intent.consent.reset.as_ref() == Some(&intent.slug) {
        let words = "lost; a new one is set, and whatever still uses the old one stops working";
        lines.insert(2, ("Password", words.to_owned()));
    }
    if let Sameness::Unclear(why) = &facts.machine {
        let words = format!("is this the one that the client was enrolled on? {why} The yes says that it is");
        lines.insert(2, ("Machine", words));
    }
    if let Some(replaced) = wizard.client.chosen.as_ref().and_then(|chosen| chosen.replaces.as_ref()) {
        lines.insert(
            2,
            ("Replaces", format!("{replaced}, which stays as it is: retire it once this one is online")),
        );
    }
    lines.into_iter().map(|(label, value)| (label.into(), Text::within(&value, 300))).collect()
}

/// Where the machine's credential rests, and who can read it there.
fn secrets(slug: &str) -> String {
    format!(
        "the machine's credential rests in the cluster only: in namespace {slug}, and in kube-system until it is \
         proven. Whoever may read Secrets there reads it, and root on the nodes: etcd holds it in the clear unless \
         the cluster encrypts it"
    )
}

/// What becomes of the session.
fn session(wizard: &Wizard) -> String {
    if let Some(stored) = wizard.sign_in.stored.as_ref().filter(|stored| stored.rests) {
        format!("stays in {}", stored.place)
    } else if let Some(rest) = &wizard.setup.stay.keep {
        format!("stays in {}", rest.place)
    } else if wizard.sign_in.issued {
        "your token is dropped here and stays valid".to_owned()
    } else if wizard.setup.stay.offer && !wizard.setup.yes {
        "ends with this run, unless you say otherwise at its end".to_owned()
    } else {
        "ends with this run".to_owned()
    }
}

fn installs(facts: &Facts) -> String {
    let planned = &facts.planned;
    let volumes = |kind: &str| {
        if kind == "PersistentVolumeClaim" && planned.storage > 0 {
            format!(" ({})", memory(planned.storage))
        } else {
            String::new()
        }
    };
    let kinds: Vec<String> =
        planned.kinds.iter().map(|(kind, n)| format!("{}{}", many(*n, kind), volumes(kind))).collect();
    format!("{}: {}", facts.planned.title, kinds.join(", "))
}

/// What has to be pulled yet, by what each node already has.
fn images(facts: &Facts) -> String {
    let of = facts.planned.images.len();
    if of == 0 {
        return "none named".into();
    }
    let nodes = match &facts.nodes {
        Known::Yes(nodes) if !nodes.is_empty() => nodes,
        _ => return format!("{of}; what is on the nodes already cannot be told"),
    };
    let mut by_count: BTreeMap<Reverse<usize>, Vec<&NodeRoom>> = BTreeMap::new();
    for node in nodes {
        by_count.entry(Reverse(node.images_here.min(of))).or_default().push(node);
    }
    let groups = by_count.iter().take(GROUPS).map(|(Reverse(here), nodes)| {
        let who = match nodes.as_slice() {
            [node] => format!("node {}", node.name),
            [one, other] => format!("nodes {} and {}", one.name, other.name),
            many => format!("{} nodes", many.len()),
        };
        match *here {
            0 => format!("none of {of} on {who}"),
            here if here == of => format!("all {of} on {who}"),
            here => format!("{here} of {of} on {who}"),
        }
    });
    let mut words = groups.collect::<Vec<_>>().join("; ");
    let rest: usize = by_count.values().skip(GROUPS).map(Vec::len).sum();
    if rest > 0 {
        words = format!("{words}; fewer on {}", many(rest, "node"));
    }
    let what = match by_count.keys().next() {
        _ if by_count.keys().all(|Reverse(here)| *here == of) => return words,
        Some(Reverse(0)) => "they are",
        _ => "the rest is",
    };
    match facts.ahead {
        Ahead::Nothing => format!("{words}; {what} pulled"),
        Ahead::Jobs(n) => {
            let go = if n == 1 { "goes" } else { "go" };
            format!(
                "{words}; {what} pulled from the yes on, by {} in kube-system that {go} again",
                many(n, "Job")
            )
        }
        Ahead::Forbidden => {
            format!(
                "{words}; {what} pulled with the release, not before: you may not create Jobs in kube-system"
            )
        }
        Ahead::Untold => {
            format!(
                "{words}; {what} pulled with the release, not before: whether you may create Jobs in kube-system \
                 could not be told"
            )
        }
    }
}

fn needs(facts: &Facts) -> String {
    let needs = format!("{} CPU, {}", cpu(facts.planned.milli_cpu), memory(facts.planned.memory));
    let room = |node: &NodeRoom| {
        format!("node {} has {} CPU, {}", node.name, cpu(node.milli_cpu), memory(node.memory))
    };
    match &facts.nodes {
        Known::Yes(nodes) => {
            match nodes.iter().filter(|node| node.ready).max_by_key(|node| (node.memory, node.milli_cpu)) {
                Some(largest) => format!("{needs}; {}", room(largest)),
                None => format!("{needs}; no node is ready"),
            }
        }
        Known::Unknown(why) => format!("{needs}; the nodes cannot be read ({why})"),
    }
}

/// A number of objects of a kind, with the kind's plural.
pub(super) fn many(n: usize, kind: &str) -> String {
    match (n, kind.strip_suffix('y')) {
        (1, _) => format!("1 {kind}"),
        (_, Some(stem)) => format!("{n} {stem}ies"),
        _ if kind.ends_with('s') => format!("{n} {kind}es"),
        _ => format!("{n} {kind}s"),
    }
}

fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
fn cpu(milli: u64) -> String {
    format!("{:.1}", milli as f64 / 1000.0)
}

#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
fn memory(bytes: u64) -> String {
    format!("{:.1} Gi", bytes as f64 / f64::from(1 << 30))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Planned, Release};

    fn told(here: &[usize]) -> String {
        told_with(here, Ahead::Nothing)
    }

    fn told_with(here: &[usize], ahead: Ahead) -> String {
        let name = |at: usize| char::from(b'a' + u8::try_from(at % 26).unwrap()).to_string();
        let node = |(at, here): (usize, &usize)| NodeRoom {
            name: Text::new(&name(at)),
            milli_cpu: 0,
            memory: 0,
            ready: true,
            images_here: *here,
        };
        let unknown = || Text::new("not asked");
        images(&Facts {
            target: Target::Cluster { context: "box".into(), server: "https://127.0.0.1:6443".into() },
            version: Known::Unknown(unknown()),
            cluster_id: Known::Unknown(unknown()),
            release: Release::None,
            record: Known::Yes(false),
            machine: Sameness::Unrecorded,
            owner: None,
            obstacle: None,
            nodes: Known::Yes(here.iter().enumerate().map(node).collect()),
            planned: Planned { images: vec!["image".into(); 4], ..Planned::default() },
            images_here: Known::Unknown(unknown()),
            ahead,
            checks: Vec::new(),
        })
    }

    #[test]
    fn images_are_told_by_node_and_bounded() {
        for (here, words) in [
            (&[4][..], "all 4 on node a"),
            (&[0], "none of 4 on node a; they are pulled"),
            (&[3], "3 of 4 on node a; the rest is pulled"),
            (&[2, 3], "3 of 4 on node b; 2 of 4 on node a; the rest is pulled"),
            (&[4, 4], "all 4 on nodes a and b"),
            (
                &[1, 2, 3, 4, 0, 0],
                "all 4 on node d; 3 of 4 on node c; 2 of 4 on node b; fewer on 3 nodes; the rest is pulled",
            ),
            (&[4, 0, 0, 0], "all 4 on node a; none of 4 on 3 nodes; the rest is pulled"),
            (&[], "4; what is on the nodes already cannot be told"),
        ] {
            assert_eq!(told(here), words);
        }
        for (ahead, words) in [
            (
                Ahead::Jobs(1),
                "3 of 4 on node a; the rest is pulled from the yes on, by 1 Job in kube-system that goes again",
            ),
            (
                Ahead::Forbidden,
                "3 of 4 on node a; the rest is pulled with the release, not before: you may not create Jobs in \
                 kube-system",
            ),
            (
                Ahead::Untold,
                "3 of 4 on node a; the rest is pulled with the release, not before: whether you may create Jobs in \
                 kube-system could not be told",
            ),
        ] {
            assert_eq!(told_with(&[3], ahead), words);
        }
    }
}
