//! The ways to sign in, as the whole wizard sees them: what is said beside a code, what is typed instead of waiting.

use super::effect::Effect;
use super::event::Event;
use super::flow::Go;
use super::msg::{Action, Entered};
use super::sign_in::Phase;
use super::{Manner, Wizard, words};
use crate::foreign::Text;
use crate::model::{Grant, Step, Unfit};

impl Wizard {
    /// A code came. Line faces are told at once what else can be done than waiting for its approval.
    pub(super) fn coded(&mut self, grant: Grant) -> Go {
        let go = self.sign_in.code(grant, self.now.run);
        if go.events.is_empty() {
            return go;
        }
        let mut go = self.for_administrator(go);
        let others = self.sign_in.others();
        match self.setup.manner {
            // An administrator approves elsewhere, and the code is spelled in the line that is sent there.
            Manner::Asked if words::asks_administrator(self) => go.note = words::by_number(&others),
            Manner::Asked => go.note = Some(words::beside_code(&self.setup.person, &others)),
            Manner::Nobody if self.sign_in.ways.token && self.sign_in.codes == 1 => {
                go.events.push(Event::Note { text: words::TOKEN_FLAGS.into() });
            }
            Manner::Screen | Manner::Nobody => {}
        }
        go
    }

    /// A line that is typed while a code waits: the number of another way, or its name. Nor is anything but the
    /// field's own business typed while it is open.
    pub(super) fn other_way(&mut self, words: &str) -> Option<Vec<Effect>> {
        if self.step != Step::SignIn || self.failure.is_some() {
            return None;
        }
        let go = if self.sign_in.field.is_some() {
            if words.is_empty() { self.back_from_field() } else { self.not_fit(Unfit::NoToken) }
        } else if matches!(self.sign_in.phase, Phase::Code { .. }) {
            let others = self.sign_in.others();
            let at = words.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            let named = || others.iter().position(|way| words::way_word(*way).eq_ignore_ascii_case(words));
            let way = *others.get(at.or_else(named)?)?;
            self.sign_in.go_by(way)
        } else {
            return None;
        };
        Some(self.take(go))
    }

    /// Out of the field. A line face that waits for a browser has nothing but the field, so it leaves the browser.
    fn back_from_field(&mut self) -> Go {
        let go = self.sign_in.act(&Action::Back);
        if matches!(self.sign_in.phase, Phase::Browser { .. }) && self.setup.manner != Manner::Screen {
            return self.sign_in.act(&Action::Back);
        }
        if go.orders.is_empty() && self.setup.manner != Manner::Screen && self.sign_in.grant().is_some() {
            return Go::note(words::STILL_WAITS);
        }
        go
    }

    /// Something was entered without being shown.
    pub(super) fn hidden(&mut self, action: &Action) -> Go {
        match action {
            Action::Entered(Entered::Unfit(unfit)) => self.not_fit(*unfit),
            Action::Entered(entered) => {
                let issues = self.issues();
                self.sign_in.entered(entered, issues)
            }
            _ => Go::stay(),
        }
    }

    /// What was entered cannot be used. The full screen says so in its pane.
    pub(super) fn not_fit(&mut self, unfit: Unfit) -> Go {
        let go = self.sign_in.unfit(unfit);
        let note = self.setup.manner != Manner::Screen && self.sign_in.field.is_some();
        Go { note: note.then(|| words::unfit(unfit).to_owned()), ..go }
    }

    /// A browser could be opened here, or not.
    pub(super) fn opened(&mut self, end: Result<(), Text>) -> Go {
        match end {
            Err(why) if matches!(self.sign_in.phase, Phase::Browser { .. }) => {
                Go::note(words::not_opened(&why))
            }
            _ => Go::stay(),
        }
    }
}
