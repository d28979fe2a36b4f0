//! The review: everything that is about to happen, before anything outside is changed.

use super::Wizard;
use super::flow::{Go, Question};
use super::msg::Action;
use crate::foreign::Text;
use crate::model::{Choice, Facts, Known, NodeRoom, Sameness, Slug, Target};

/// The state of the pane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// What is different from the review before, if this is another one.
    pub changed: Option<Text>,
    /// The client whose password is replaced, if that is asked.
    pub reset: Option<Slug>,
    /// Whether the yes was said.
    pub agreed: bool,
}

impl Review {
    /// A person did something.
    pub fn act(&mut self, action: &Action) -> Go {
        match action {
            Action::Enter => {
                self.agreed = true;
                Go::next()
            }
            Action::Back => Go::back(),
            _ => Go::stay(),
        }
    }

    /// What a line face has to ask here.
    pub fn question(&self) -> Option<Question> {
        (!self.agreed).then(|| Question {
            text: "Nothing has been changed yet. Enroll this machine?".into(),
            choices: vec!["enroll this machine".into(), "leave".into()],
            typed: None,
            flag: "--yes",
            yes: true,
        })
    }
}

/// The lines of the review: label and value.
pub fn lines(wizard: &Wizard) -> Vec<(Text, Text)> {
    let Some((intent, facts)) = wizard.intent().zip(wizard.facts.as_ref()) else { return Vec::new() };
    let what = match intent.choice {
        Choice::New => "new",
        Choice::Adopt(_) => "this cluster's own, continued",
        Choice::Backfill(_) => "yours, without a cluster so far; its credential is reset",
    };
    let Target::Cluster { context, server } = &facts.target;
    let mut lines = vec![
        ("Client", format!("{}, {what}, namespace {}", intent.name, intent.slug)),
        ("Location", super::words::location(&intent.location)),
        ("Cluster", format!("{context} · {server} · anchor {}", short(intent.cluster.as_str()))),
        ("Installs", installs(facts)),
        ("Needs", needs(facts)),
        (
            "Secrets",
            "the machine's credential goes into the cluster only (etcd, as safe as the cluster keeps it); \
             your session ends with this run"
                .to_owned(),
        ),
    ];
    if wizard.review.reset.is_some() || intent.consent.reset.as_ref() == Some(&intent.slug) {
        let words = "lost; a new one is set, and whatever still uses the old one stops working";
        lines.insert(1, ("Password", words.to_owned()));
    }
    if let Sameness::Unclear(why) = &facts.machine {
        let words = format!("is this the one that the client was enrolled on? {why} The yes says that it is");
        lines.insert(1, ("Machine", words));
    }
    if let Some(replaced) = wizard.client.chosen.as_ref().and_then(|chosen| chosen.replaces.as_ref()) {
        lines.insert(
            1,
            ("Replaces", format!("{replaced}, which stays as it is: retire it once this one is online")),
        );
    }
    lines.into_iter().map(|(label, value)| (label.into(), Text::within(&value, 300))).collect()
}

fn installs(facts: &Facts) -> String {
    let kinds: Vec<String> = facts.planned.kinds.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
    let images = facts.planned.images.len();
    let here = match &facts.images_here {
        Known::Yes(here) => format!("{here} of {images} images already here"),
        Known::Unknown(_) => format!("{images} images"),
    };
    format!("{}: {}; {here}", facts.planned.title, kinds.join(", "))
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
