//! What is said and asked of an identity that is issued together with the sign-in.

use super::Issue;
use crate::foreign::Text;
use crate::model::{Badge, Probe, Resting, Step};
use crate::wizard::event::Event;
use crate::wizard::flow::Question;
use crate::wizard::sign_in::Phase;
use crate::wizard::{Wizard, words};

impl Wizard {
    /// The question before anything is done.
    pub(in crate::wizard) fn register_question(&self) -> Option<Question> {
        let survey = self.issue.findings.as_ref().filter(|_| !self.review.agreed)?;
        let anew = survey.badge == Badge::Registered;
        let text = match &survey.owner {
            Some(owner) if anew => {
                format!("This machine is registered for lab {owner} already. Register it anew?")
            }
            _ if anew => "This machine is registered already. Register it anew?".into(),
            _ => "Register this machine?".into(),
        };
        Some(Question {
            text,
            choices: vec!["register this machine".into(), "leave".into()],
            typed: None,
            names: false,
            flag: if anew { "--replace" } else { "--yes" },
            yes: !anew || self.setup.consent.replace,
        })
    }

    /// The question about the server's other address. Nothing goes there before it is answered.
    pub fn address_question(&self) -> Option<Question> {
        let address = self.new_address().filter(|_| self.issue.asks)?;
        let given = &self.setup.profile.host;
        Some(Question {
            text: format!(
                "The server wants to be asked at {address} from now on; you gave {given}. The token would go \
                 there."
            ),
            choices: vec![format!("stay with {given}"), format!("use {address} from now on")],
            typed: None,
            names: false,
            flag: "--api URL",
            yes: true,
        })
    }

    /// What leaving now would leave behind.
    pub(in crate::wizard) fn kept_of_issue(&self) -> &'static str {
        let token = self.issue.fitted.as_ref().map(|fitted| &fitted.token);
        match (token, self.step, &self.sign_in.phase) {
            (Some(Resting::Open { .. }), ..) if self.issue.reveal.is_some() => {
                "The token is nowhere but in this run: leaving without it loses it."
            }
            (_, Step::Home | Step::Live, _) => "The machine is registered and stays so.",
            (_, Step::Retire, _) => self.kept_of_parting(),
            (Some(_), ..) => "The token and what was written stay; a re-run asks for a new code.",
            (None, Step::SignIn, Phase::Code { .. }) => {
                "Nothing was changed here. The code stays valid at the server until it expires: ask your \
                 administrator to decline it."
            }
            (None, Step::Rollout, _) => {
                "What was issued is being put in place; a re-run asks for a new code."
            }
            _ => "Nothing was changed, here or at the server.",
        }
    }

    /// The last word of a run, and the last page.
    pub fn registered(&self) -> Option<Event> {
        let parts = self.sign_in.issued()?.parts.as_ref().ok()?;
        Some(Event::Registered {
            host: self.setup.host.clone(),
            owner: parts.owner.clone(),
            alias: parts.alias.clone(),
            took: self.rollout.as_ref()?.online?.as_secs(),
        })
    }

    /// The lines of the last page: label and value.
    pub fn registered_lines(&self) -> Vec<(Text, Text)> {
        let Some(Event::Registered { owner, alias, took, .. }) = self.registered() else { return Vec::new() };
        let token = self.issue.fitted.as_ref().map(|fitted| words::rests(&fitted.token)).unwrap_or_default();
        let probe = self.issue.probe.as_ref().map(Probe::sentence).unwrap_or_default();
        let next = self.issue.probe.as_ref().map(|probe| self.next_of(probe)).unwrap_or_default();
        let lines = [
            ("Lab", owner.to_string()),
            ("SSH", format!("git is reached by the alias {alias}")),
            ("Token", token),
            ("Server", probe),
            ("Next", next.to_string()),
            ("Took", words::clock(took)),
        ];
        let said = lines.into_iter().filter(|(_, value)| !value.is_empty());
        said.map(|(label, value)| (label.into(), Text::within(&value, 300))).collect()
    }

    /// What is awaited, after the yes.
    pub(in crate::wizard) fn awaited_of_issue(&self) -> &'static str {
        match &*self.issue {
            Issue { reveal: Some(_), .. } => "The token waits for you to take it along.",
            Issue { asks: true, .. } => "Nothing goes to the other address before you answer.",
            Issue { fitted: Some(_), .. } => "Asking the server what it says to the token.",
            _ => "Putting in place what was issued.",
        }
    }
}
