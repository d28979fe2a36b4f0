//! What a recording of a run holds: what was known at its start, and every message that came, without what may
//! not be written. A recording that is read back is foreign text like any other, and it leads to no order.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::begin::Start;
use super::life::Life;
use super::msg::{Action, Msg, Reply};
use super::profile::ProfileRow;
use super::retire::Wanted;
use super::stay::{Rest, Stay, Stored};
use super::{Manner, Setup};
use crate::foreign::Text;
use crate::location::Guess;
use crate::model::{
    Approver, Consent, Credential, Location, Nouns, ProfileFacts, Selected, Shape, Step, Survey, ZoneKey,
};
use crate::secret::SecretRef;

/// The version of the format.
pub const VERSION: u64 = 1;

/// What a recording leaves out, in words.
pub const LEFT_OUT: &str = "the sign-in code and its address, secrets, pasted and typed lines";

/// What stands where something was left out.
const NOT_WRITTEN: &str = "(not written)";

/// The walks there are: the steps of a run are one of them.
const WALKS: &[&[Step]] = &[
    &[Step::SignIn, Step::Client, Step::Location, Step::Review, Step::Rollout, Step::Live],
    &[Step::SignIn],
    &[Step::SignIn, Step::Retire],
    &[Step::Profile],
    &[Step::Retire],
    ISSUED,
];

/// The walk of a system that issues the identity with the sign-in: the review comes first.
const ISSUED: &[Step] = &[Step::Review, Step::SignIn, Step::Rollout, Step::Live];

/// The longest time that a recording may claim to have lasted.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the format.
    pub recording: u64,
    /// The program's version.
    pub landfall: Text,
    /// The run's id.
    pub run: Text,
    /// When it began, by the machine's clock.
    pub began: Timestamp,
    /// What was known.
    pub known: Box<Known>,
}

/// A further line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Milliseconds since the run began.
    pub at: u64,
    /// What came.
    #[serde(flatten)]
    pub what: What,
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A message.
    Msg(Box<Msg>),
    /// The chosen profile, with what is known of it.
    Known(Box<Known>),
    /// Nothing more was written: the recording has reached its bounds.
    Full(bool),
}

impl Line {
    /// When it was, since the run began; bounded.
    pub fn at(&self) -> Duration {
        Duration::from_millis(self.at).min(LONGEST)
    }
}

/// What was known when a run began: its setup without what only counts while it lasts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the setup")]
pub struct Known {
    profile: ProfileFacts,
    steps: Vec<Step>,
    manner: Manner,
    yes: bool,
    name: Option<Text>,
    location: Option<Location>,
    consent: Consent,
    guess: Option<(ZoneKey, Text)>,
    #[serde(default)]
    locate: bool,
    host: Text,
    person: Text,
    token: Option<SecretRef>,
    stored: Option<(SecretRef, u64, Text)>,
    /// Whether that one lives in its run alone.
    #[serde(default)]
    unkept: bool,
    keep: Option<(Text, Text)>,
    offer: bool,
    notes: Vec<Text>,
    selected: Option<Selected>,
    home: bool,
    keep_data: bool,
    force: bool,
    budget: u32,
    hold: u32,
    profiles: Vec<ProfileRow>,
    survey: Survey,
    allowed: bool,
}

impl Known {
    /// What is known of a run that begins so.
    pub fn of(setup: &Setup) -> Self {
        let seconds = |time: Duration| u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
        let Stay { stored, keep, offer, notes, .. } = &setup.stay;
        Self {
            profile: setup.profile.clone(),
            steps: setup.shape.steps.to_vec(),
            manner: setup.manner,
            yes: setup.yes,
            name: setup.name.clone(),
            location: setup.location.clone(),
            consent: setup.consent.clone(),
            guess: setup.guess.as_ref().map(|guess| (guess.zone.clone(), guess.source.as_str().into())),
            locate: setup.locate,
            host: setup.host.clone(),
            person: setup.person.clone(),
            token: setup.token,
            stored: stored.as_ref().map(|stored| (stored.session, stored.account, stored.place.clone())),
            unkept: stored.as_ref().is_some_and(|stored| !stored.rests),
            keep: keep.as_ref().map(|rest| (rest.place.clone(), rest.why.clone())),
            offer: *offer,
            notes: notes.clone(),
            selected: setup.life.selected.clone(),
            home: setup.life.home,
            keep_data: setup.life.wanted.keep_data,
            force: setup.life.wanted.force,
            budget: seconds(setup.budget),
            hold: seconds(setup.hold),
            profiles: setup.start.profiles.clone(),
            survey: setup.start.survey.clone(),
            allowed: setup.start.allowed,
        }
    }

    /// The setup of its replay. Commands are this program's own, whatever was recorded; a handle opens nothing.
    pub fn setup(self) -> Setup {
        let steps = WALKS.iter().find(|walk| ***walk == self.steps).or(WALKS.first());
        let issued = self.steps == ISSUED || self.steps == [Step::Retire];
        Setup {
            profile: self.profile,
            shape: Shape {
                steps: steps.copied().unwrap_or_default(),
                nouns: Nouns { client: "client", place: "cluster", end: "Online" },
                routes: &[],
                approver: if issued { Approver::Administrator } else { Approver::Person },
                credential: if issued { Credential::Issued } else { Credential::Chosen },
            },
            manner: self.manner,
            yes: self.yes,
            name: self.name,
            location: self.location,
            consent: self.consent,
            guess: self.guess.map(|(zone, source)| Guess { zone, source: source.to_string() }),
            locate: self.locate,
            host: self.host,
            person: self.person,
            token: self.token,
            stay: Stay {
                stored: self.stored.map(|(session, account, place)| Stored {
                    session,
                    account,
                    place,
                    rests: !self.unkept,
                }),
                keep: self.keep.map(|(place, why)| Rest { place, why }),
                offer: self.offer,
                notes: self.notes,
                sign_out: "landfall sign-out".into(),
                retire: "landfall retire".into(),
            },
            life: Life {
                selected: self.selected,
                home: self.home,
                retire: "landfall retire".into(),
                doctor: "landfall doctor".into(),
                status: "landfall status".into(),
                wanted: Wanted { keep_data: self.keep_data, force: self.force },
                replay: Some(false),
            },
            budget: Duration::from_secs(self.budget.into()),
            hold: Duration::from_secs(self.hold.into()),
            resume: "landfall".into(),
            start: Start {
                profiles: self.profiles,
                survey: self.survey,
                allowed: self.allowed,
                namespace: None,
                log: None,
            },
        }
    }
}

/// A message as it may be written: without pasted text and typed lines, which may be anything.
pub fn written(msg: &Msg) -> What {
    let left_out = || Text::from(NOT_WRITTEN);
    What::Msg(Box::new(match msg {
        Msg::Act(Action::Paste(_)) => Msg::Act(Action::Paste(left_out())),
        Msg::Act(Action::Answer(words)) if words.parse::<u8>().is_err() && !words.is_empty() => {
            Msg::Act(Action::Answer(left_out()))
        }
        other => other.clone(),
    }))
}

/// A message as it may be replayed: an address that was not written is none.
pub fn replayed(mut msg: Msg) -> Msg {
    if let Msg::Reply(_, reply) = &mut msg
        && let Reply::Code(grant) = reply.as_mut()
    {
        grant.complete = None;
        grant.expires_in = grant.expires_in.min(LONGEST);
        grant.interval = grant.interval.min(LONGEST);
    }
    msg
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Address, Grant, TargetId, UserCode};

    #[test]
    fn what_may_not_be_written_is_not() {
        let grant = Grant {
            user_code: UserCode::new("WDJB-MJHT"),
            verification_uri: Address::new("https://acme.example/activate"),
            complete: Some(Address::new("https://acme.example/activate?user_code=WDJB-MJHT")),
            expires_in: Duration::from_secs(600),
            interval: Duration::from_secs(5),
        };
        for msg in [
            Msg::Reply(TargetId::HERE, Box::new(Reply::Code(grant))),
            Msg::Act(Action::Paste("WDJB-MJHT acme".into())),
            Msg::Act(Action::Answer("WDJB-MJHT acme".into())),
        ] {
            let line = serde_json::to_string(&Line { at: 1, what: written(&msg) }).unwrap();
            assert!(!line.contains("WDJB") && !line.contains("acme"), "{line}");
            let back: Line = serde_json::from_str(&line).unwrap();
            let What::Msg(msg) = back.what else { panic!("{line}") };
            assert!(!format!("{:?}", replayed(*msg)).contains("complete: Some"));
        }
        let number = Msg::Act(Action::Answer("2".into()));
        assert_eq!(written(&number), What::Msg(Box::new(number)));
    }
}
