//! What a person types or pastes in a run: keys on the full screen, lines elsewhere. What is entered without being
//! shown is taken out here, before it could become a message.

use zeroize::Zeroizing;

use super::{Face, Run};
use crate::foreign::Text;
use crate::shell::doctor::visit::Visit;
use crate::shell::entry::Typed;
use crate::shell::input::{Came, Input, Raw};
use crate::wizard::msg::{Action, Entered, Msg};
use crate::wizard::sign_in::ways::Hidden;

/// The longest answer that is no secret, in characters.
const ANSWER: usize = 200;

impl Run {
    pub(super) async fn input(&mut self, raws: &[Raw], seen: Option<u64>) {
        let alone = raws.len() == 1 && !self.keys.waits();
        if let (Some(visit), Face::Screen(screen, ..)) = (&mut self.visit, &mut self.face) {
            visit.take(raws, alone, screen).await;
            self.visit.take_if(|visit| visit.over);
            return;
        }
        for raw in raws {
            if self.secret(raw) {
                continue;
            }
            let came = Came { alone, seen, at: self.clock.now().run };
            match self.guard.read(&self.wizard, raw, came) {
                Input::Act(Action::Glyphs) => self.cycle_glyphs(),
                Input::Act(Action::Flip) => {
                    if let Face::Screen(_, look, _) = &mut self.face {
                        look.flipped = !look.flipped;
                    }
                }
                Input::Act(Action::Doctor) => {
                    let wanted =
                        self.wizard.failure.as_ref().map(|fault| fault.checks().to_vec()).unwrap_or_default();
                    let subject = self.examine.as_ref().map(|examine| examine());
                    self.visit = subject.map(|subject| Box::new(Visit::begin(subject, wanted)));
                }
                Input::Act(action) => self.update(Msg::Act(action)),
                Input::Stop => self.stop().await,
                Input::Redraw => {
                    if let Face::Screen(screen, ..) = &mut self.face {
                        screen.measure();
                    }
                }
                Input::Nothing => {}
            }
        }
    }

    /// Takes what belongs to a field that shows nothing of it. True if it did.
    fn secret(&mut self, raw: &Raw) -> bool {
        if !self.wizard.takes_secret() {
            return false;
        }
        let masked = self.wizard.masked();
        let entered = match self.entry.take(raw, masked.is_some()) {
            None => return false,
            Some(Typed::Count(count)) => Entered::Count(count),
            Some(Typed::Whole) => self.hand_over(masked.unwrap_or(Hidden::Address)),
        };
        self.update(Msg::Act(Action::Entered(entered)));
        true
    }

    fn hand_over(&mut self, what: Hidden) -> Entered {
        let Some(hands) = &self.hands else { return Entered::Count(0) };
        self.entry.hand_over(what, &hands.vault, &hands.origin)
    }

    /// What a typed line means: an answer, or what the open field takes.
    pub(super) fn line(&mut self, line: &Zeroizing<Vec<u8>>) -> Action {
        let Some(what) = self.wizard.masked() else {
            return Action::Answer(Text::within(&String::from_utf8_lossy(line), ANSWER));
        };
        self.entry.line(line);
        if self.entry.is_blank() {
            return Action::Answer(Text::default());
        }
        Action::Entered(self.hand_over(what))
    }

    fn cycle_glyphs(&mut self) {
        if let Face::Screen(_, look, _) = &mut self.face {
            look.glyphs = look.glyphs.next();
        }
    }
}
