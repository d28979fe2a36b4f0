//! Whether the control plane heard from this client in this run.
//!
//! A control plane calls a client online for a while after its last sign of life, so right after a new jobs manager
//! was started that may still be the word of the one before it. What counts is a sign of life since the one that
//! runs now was started: by the start time that the cluster tells for its container.

use jiff::{SignedDuration, Timestamp};

use crate::model::{ClientState, Presence, Reporter, Sight, Snapshot};

/// How many answers are kept: one every two seconds, for an hour.
const MOST: usize = 1800;

/// How late a watch may tell what happened, while it is not lost.
const LAG: SignedDuration = SignedDuration::from_secs(1);

/// What both sides told so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    /// What the control plane answered, with the moment it arrived here. The first is the last one from before the
    /// reporter was started; where there is none, the first one at all.
    answers: Vec<(Timestamp, Presence)>,
    /// Since when the reporter runs, by the cluster's clock; none while it does not.
    reporter: Option<Timestamp>,
    /// Until when the reporter was in sight as it is noted here; and whether it still is.
    looked: Option<Timestamp>,
    sees: bool,
}

impl Signs {
    /// The cluster told how the reporter is.
    pub fn snapshot(&mut self, snapshot: &Snapshot, now: Timestamp) {
        self.sees = snapshot.sight == Sight::Clear;
        let (since, start) = match snapshot.reporter {
            Reporter::Down => {
                self.reporter = None;
                return self.look(now);
            }
            // The clocks may differ. It was started no later than it was seen, and no earlier than it was seen to be
            // down, or to be another one.
            Reporter::Since(since) => (since, since.max(self.looked.unwrap_or(Timestamp::MIN)).min(now)),
            // What was applied cannot have run before it was first seen.
            Reporter::Unknown => (self.reporter.unwrap_or(now), now),
        };
        if self.reporter != Some(since) {
            self.reporter = Some(since);
            let before = self.answers.iter().rposition(|(at, _)| *at <= start).unwrap_or(0);
            self.answers.drain(..before);
        }
        self.look(now);
    }

    fn look(&mut self, now: Timestamp) {
        let seen = now.checked_sub(LAG).ok().filter(|_| self.sees);
        self.looked = self.looked.max(seen);
    }

    /// The control plane answered.
    pub fn answer(&mut self, presence: Presence, now: Timestamp) {
        self.look(now);
        self.answers.push((now, presence));
        // With the oldest gone, the next one counts as the first: that is stricter.
        self.answers.drain(..self.answers.len().saturating_sub(MOST));
    }

    /// Whether a sign of life came from the reporter that runs now: the client turned online since, or its last sign
    /// of life is younger by the server's own clock (contract: `last_info_update`, `Date`).
    pub fn heard(&self) -> bool {
        let (Some((_, before)), Some((_, now)), Some(_)) =
            (self.answers.first(), self.answers.last(), self.reporter)
        else {
            return false;
        };
        // A state that this program does not know may be one in which it was heard from already.
        let turned = matches!(before.state, ClientState::Offline | ClientState::Pending);
        let younger = match (now.last_heard, before.server_now, before.last_heard) {
            (Some(heard), Some(read), _) => heard > read,
            (Some(heard), None, Some(earlier)) => heard > earlier,
            _ => false,
        };
        now.state == ClientState::Online && (turned || younger)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Images;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_000_000 + seconds)
    }

    fn seen(reporter: Reporter) -> Snapshot {
        let (sight, images) = (Sight::Clear, Images::default());
        Snapshot { sight, rows: Vec::new(), images, happenings: Vec::new(), reporter }
    }

    /// What was told in this order, each with the second it came: `online 3` with the second of the last sign of
    /// life, `offline`, `since 7` with the second of the start, `down`, `lost` (sight of it), `unknown`. Whether it
    /// counts as heard after each.
    fn told(story: &[(i64, &str)]) -> Vec<bool> {
        let mut signs = Signs::default();
        let mut tell = |second: i64, word: &str| {
            let (word, number) = word.split_once(' ').unwrap_or((word, ""));
            let given = number.parse().ok().map(at);
            let answer = |state| Presence { state, last_heard: given, server_now: Some(at(second)) };
            match word {
                "online" => signs.answer(answer(ClientState::Online), at(second)),
                "offline" => signs.answer(answer(ClientState::Offline), at(second)),
                "pending" => signs.answer(answer(ClientState::Pending), at(second)),
                "since" => signs.snapshot(&seen(Reporter::Since(given.unwrap())), at(second)),
                "down" => signs.snapshot(&seen(Reporter::Down), at(second)),
                "lost" => signs.snapshot(
                    &Snapshot { sight: Sight::Lost("".into()), ..seen(Reporter::Down) },
                    at(second),
                ),
                _ => signs.snapshot(&seen(Reporter::Unknown), at(second)),
            }
            signs.heard()
        };
        story.iter().map(|(second, word)| tell(*second, word)).collect()
    }

    #[test]
    fn a_new_client_is_heard_when_it_turns_online() {
        let story = [(0, "pending"), (1, "down"), (2, "pending"), (5, "since 4"), (6, "online")];
        assert_eq!(told(&story), [false, false, false, false, true]);
        // Its first sign of life came before its start was in sight here.
        let story =
            [(0, "pending"), (1, "down"), (3, "pending"), (5, "online"), (6, "since 4"), (7, "online")];
        assert_eq!(told(&story), [false, false, false, false, true, true]);
    }

    #[test]
    fn a_sign_of_life_of_the_one_before_does_not_count() {
        // An older jobs manager comes online while it is being replaced.
        let story =
            [(0, "offline"), (1, "since -900"), (2, "online"), (4, "down"), (5, "online 1"), (9, "since 8")];
        assert_eq!(told(&story), [false, false, true, false, false, false]);
        let later = [(10, "online 1"), (12, "online 11")];
        assert_eq!(told(&[&story[..], &later].concat())[6..], [false, true]);
    }

    #[test]
    fn a_restart_asks_for_a_new_sign_of_life() {
        let story = [
            (0, "offline"),
            (3, "since 2"),
            (4, "online 3"),
            (6, "online 3"),
            (9, "since 8"),
            (10, "online 3"),
            (12, "online 11"),
        ];
        assert_eq!(told(&story), [false, false, true, true, false, false, true]);
    }

    #[test]
    fn clocks_that_differ_change_nothing() {
        for off in [-500, 500] {
            let (old, new) = (format!("since {}", off - 900), format!("since {}", off + 5));
            let story = [(0, "offline"), (1, &old), (2, "online 2"), (4, "online 2"), (6, &new)];
            let later = [(7, "online 2"), (9, "online 8")];
            let heard = told(&[&story[..], &later].concat());
            assert_eq!(heard, [false, false, true, true, false, false, true], "{off}");
        }
    }

    #[test]
    fn the_start_that_nobody_saw_is_told_by_the_cluster() {
        // Started in the dark: what the control plane said before that was of the one before.
        let story =
            [(0, "pending"), (1, "down"), (2, "lost"), (4, "pending"), (20, "online"), (30, "since 10")];
        assert_eq!(told(&story), [false, false, false, false, false, true]);
        let story =
            [(0, "pending"), (1, "down"), (2, "lost"), (4, "pending"), (20, "online"), (30, "since 25")];
        assert_eq!(told(&story), [false, false, false, false, false, false]);
    }

    #[test]
    fn one_that_ran_long_before_has_to_give_another_sign() {
        let story = [(0, "online -5"), (1, "since -900"), (2, "online -5"), (4, "online 3")];
        assert_eq!(told(&story), [false, false, false, true]);
    }

    #[test]
    fn where_nobody_knows_the_reporter_the_first_look_counts() {
        let story = [(0, "offline"), (1, "unknown"), (2, "online"), (3, "unknown")];
        assert_eq!(told(&story), [false, false, true, true]);
        let story = [(0, "offline"), (1, "online"), (2, "unknown"), (3, "online")];
        assert_eq!(told(&story), [false, false, false, false]);
    }

    #[test]
    fn a_server_that_does_not_tell_its_time_has_to_tell_of_a_later_sign() {
        let mut signs = Signs::default();
        let mut heard = |second: i64, last_heard: Option<i64>| {
            let state = ClientState::Online;
            signs.answer(Presence { state, last_heard: last_heard.map(at), server_now: None }, at(second));
            signs.snapshot(&seen(Reporter::Since(at(0))), at(second));
            signs.heard()
        };
        let told = [heard(1, Some(-5)), heard(3, Some(-5)), heard(5, None), heard(7, Some(-4))];
        assert_eq!(told, [false, false, false, true]);
    }

    #[test]
    fn an_answer_of_the_moment_of_the_start_is_from_before_it() {
        let story = [(0, "offline"), (5, "online"), (6, "since 5"), (7, "online")];
        assert_eq!(told(&story), [false, false, false, false]);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut signs = Signs::default();
        signs.snapshot(&seen(Reporter::Since(at(0))), at(1));
        let answer = Presence { state: ClientState::Offline, last_heard: None, server_now: None };
        (0..5000).for_each(|second| signs.answer(answer, at(second)));
        assert_eq!(signs.answers.len(), MOST);
    }
}
