//! How a registered machine stands, in words: the same for `status` and for its home page.

use crate::foreign::Text;
use crate::model::{Badge, CheckState, Probe, Standing, Verdict, title};

/// What it all comes to, in one sentence.
pub fn headline(standing: &Standing) -> String {
    let host = &standing.host;
    let whose = whose(standing);
    match (standing.badge, standing.verdict(), &standing.probe) {
        (Badge::Unregistered, ..) => format!("{host} is not registered."),
        (Badge::Partial, ..) => format!("{host} is registered in part only."),
        (_, Verdict::Healthy, _) => format!("{host} is registered{whose} and well."),
        (_, Verdict::Unseen | Verdict::NotYet, _) => {
            format!("{host} is registered{whose}; what the server says of it is not known.")
        }
        (_, Verdict::Wrong, Probe::Good { .. }) => {
            format!("{host} is registered{whose}, but a part of it is broken.")
        }
        (_, Verdict::Wrong, _) => format!("{host} is registered{whose}, but it does not work."),
    }
}

fn whose(standing: &Standing) -> String {
    standing.owner.as_ref().map_or_else(String::new, |owner| format!(" for lab {owner}"))
}

/// Everything that is known, label by label.
pub fn lines(standing: &Standing) -> Vec<(Text, Text)> {
    let state = match standing.badge {
        Badge::Registered => "registered: the registration and its token are there",
        Badge::Partial => "partly registered: of registration and token one is there",
        Badge::Unregistered => "not registered",
    };
    let mut lines = vec![
        ("Machine", format!("{}, {state}", standing.host)),
        ("Lab", standing.owner.as_ref().map_or_else(|| "not known here".into(), ToString::to_string)),
    ];
    if standing.badge != Badge::Unregistered {
        let good = |check: &&crate::model::Check| check.state == CheckState::Pass;
        let here = standing.checks.iter().filter(|check| check.id != "R13");
        let there = here.clone().filter(|check| check.state != CheckState::NotApplicable).count();
        lines.push(("Parts", format!("{} of {there} as they should be", here.filter(good).count())));
        for (label, id) in [("Alias", "R09"), ("Token", "R12")] {
            if let Some(check) = standing.checks.iter().find(|check| check.id == id) {
                lines.push((label, check.words.to_string()));
            }
        }
        lines.push(("Server", format!("{}: {}", standing.api, standing.probe.sentence())));
    }
    lines.into_iter().map(|(label, value)| (label.into(), Text::within(&value, 300))).collect()
}

/// The parts that are not as they should be, each with what to do.
pub fn troubles(standing: &Standing) -> Vec<String> {
    if standing.badge == Badge::Unregistered {
        return Vec::new();
    }
    let told = |check: &crate::model::Check| {
        let evidence: Vec<&str> = check.evidence.iter().map(Text::as_str).collect();
        let seen = if evidence.is_empty() { String::new() } else { format!(" ({})", evidence.join("; ")) };
        let next = if check.fix.is_empty() { String::new() } else { format!(" Next: {}", check.fix) };
        format!("{} {}: {}{seen}.{next}", check.id, title(check.id), check.words)
    };
    standing.troubles().map(told).collect()
}

/// What the way out would do, label by label.
pub fn leaving(standing: &Standing) -> Vec<(Text, Text)> {
    let ends = match (&standing.token, &standing.probe) {
        (None, _) => "no token was found here that could be ended".to_owned(),
        (Some(_), Probe::Rejected) => "its token, which the server does not accept any more".to_owned(),
        (Some(_), _) => format!("its token, at {}: nobody can use it any more", standing.api),
    };
    let lines = [
        ("Machine", format!("{}, registered{}", standing.host, whose(standing))),
        ("Ends", ends),
        ("Removes", standing.removes.to_string()),
        ("Stays", standing.stays.to_string()),
        ("Untouched", "what the server noted of this machine and of its key".to_owned()),
    ];
    lines.into_iter().map(|(label, value)| (label.into(), Text::within(&value, 300))).collect()
}
