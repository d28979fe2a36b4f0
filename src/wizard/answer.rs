//! A line that was typed, on the line faces: which choice of which pane it is.

use super::Wizard;
use super::effect::Effect;
use super::flow::Go;
use super::home;
use super::msg::Action;
use super::sign_in::Phase;
use crate::error::Exit;
use crate::model::Step;

impl Wizard {
    /// A typed line: a number, nothing (the first choice), or what the question takes instead of a number.
    pub(super) fn answer(&mut self, words: &str) -> Vec<Effect> {
        let words = words.trim();
        if let Some(grant) = self.sign_in.grant().filter(|_| words.eq_ignore_ascii_case("spell")) {
            let aloud = super::spell::aloud(grant.user_code.shown());
            return self.take(Go::note(format!("The code, letter by letter: {aloud}.")));
        }
        if let Some(effects) = self.other_way(words) {
            return effects;
        }
        if let (Step::SignIn, None, Phase::Reverse(reverse)) =
            (self.step, &self.failure, &mut self.sign_in.phase)
        {
            let go = reverse.answer(words);
            return self.take(go);
        }
        let Some(question) = self.question() else { return Vec::new() };
        let number = if words.is_empty() { Some(1) } else { words.parse::<usize>().ok() };
        let choice = number.and_then(|n| n.checked_sub(1)).filter(|n| *n < question.choices.len());
        let session = self.sign_in.session().map(|(session, _)| session);
        let go = match (self.step, choice) {
            (Step::Home, Some(choice)) => match home::rows(self.issues()).get(choice) {
                Some(row) => return self.at_home(*row),
                None => Go::stay(),
            },
            (Step::Change, None) if !words.is_empty() => self.change.rename(words, session),
            (Step::Change, _) => Go::back(),
            (Step::Retire, _) if self.issues() => return self.answer_parting(words),
            // A name may be a number, so it is looked at first.
            (Step::Retire, choice) => match (session, self.retire.leaving().map(|l| l.word().to_string())) {
                (Some(session), Some(word)) if choice.is_none() || words == word => {
                    self.retire.confirm(words, session)
                }
                _ if self.home.known => return self.go_home(),
                _ => return self.leave(Exit::Cancelled),
            },
            (_, None) if question.typed.is_none() || number.is_some() => {
                Go::note(format!("Answer with one of the numbers; \"{words}\" is none of them."))
            }
            (Step::Profile, Some(choice)) => {
                self.profile.selected = choice;
                self.profile.act(&Action::Enter)
            }
            (Step::Machine, Some(choice)) => {
                let go = self.machine.pick(choice);
                return self.at_machine(go);
            }
            (Step::SignIn, Some(choice)) => {
                self.sign_in.selected = choice;
                self.sign_in.act(&Action::Enter)
            }
            (Step::Client, Some(choice)) => self.client.pick(choice, self.facts.as_ref()),
            (Step::Client, None) => self.client.answer(words, self.facts.as_ref()),
            (Step::Location, Some(choice)) => self.location.pick(choice),
            (Step::Location, None) => self.location.answer(words),
            (Step::Review, Some(0)) => self.review.act(&Action::Enter, self.facts.as_ref()),
            (Step::Review, _) => return self.leave(Exit::Cancelled),
            (Step::Live, Some(choice)) => return self.stay(choice),
            (Step::Rollout, Some(choice)) => return self.agree(choice),
            _ => Go::stay(),
        };
        self.take(go)
    }
}
