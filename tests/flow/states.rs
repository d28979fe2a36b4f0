//! Every state that looks or reads different from the others. [`State::of`] matches each enum of the wizard in
//! full, so that a new step, phase or page stops the compiler here and is given a name; the test below, the
//! figure `steps`, the snapshots and the equality of the faces go through this one list.

use landfall::doctor::pane::{Doctor, View};
use landfall::model::{Approver, Sight, Step, Verdict};
use landfall::wizard::machine::Open;
use landfall::wizard::part::Phase as Parting;
use landfall::wizard::retire::Phase as Retiring;
use landfall::wizard::rollout::Details;
use landfall::wizard::sign_in::Phase;
use landfall::wizard::{Overlay, Wizard};

macro_rules! states {
    ($($name:ident $words:literal in $scenario:literal,)*) => {
        /// What is on the screen.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum State {
            $($name,)*
        }

        impl State {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// What it is called.
            pub fn words(self) -> &'static str {
                match self {
                    $(Self::$name => $words,)*
                }
            }

            /// The scenario that shows it, at the last moment that it is there; none for the doctor's own.
            pub fn scenario(self) -> &'static str {
                match self {
                    $(Self::$name => $scenario,)*
                }
            }
        }
    };
}

states! {
    ProfileChoosing "profile: choosing" in "profile-screen",
    ProfilePreparing "profile: preparing" in "profile-screen",
    MachineWays "machine: which cluster" in "machine-contexts-screen",
    MachineConsent "machine: what the kubeconfig asks for" in "machine-consent-screen",
    MachineTrouble "machine: none" in "machine-none-screen",
    MachineLooking "machine: looking again" in "machine-none-screen",
    SignInStarting "sign-in: asking for a code" in "code-expired-screen",
    SignInCode "sign-in: the code" in "code-keys",
    SignInRequest "sign-in: the code for an administrator" in "issued-screen",
    SignInAgain "sign-in: the code, on the way back" in "again-session-claim",
    SignInHidden "sign-in: entering unseen" in "ways-token-screen",
    SignInBrowser "sign-in: a browser" in "ways-browser-screen",
    SignInWays "sign-in: which way" in "ways-forbidden-screen",
    SignInDigits "sign-in: the digits" in "reverse-code-screen",
    SignInExpired "sign-in: expired" in "code-expired-screen",
    SignInKept "sign-in: a kept session" in "kept-session",
    SignInChecking "sign-in: checking" in "new-client-screen",
    SignInWho "sign-in: who approved" in "approver-confirmed",
    SignInRefusing "sign-in: refusing" in "approver-not-me-screen",
    SignInKeeping "sign-in: keeping the session" in "sign-in-kept-screen",
    ClientLooking "client: looking" in "list-before-look",
    ClientReading "client: reading the list" in "list-partial",
    ClientNew "client: choosing" in "client-search",
    ClientHere "client: it has one already" in "adopt",
    ClientRetired "client: retired ones too" in "client-retired",
    ClientFinding "client: finding" in "client-search",
    ClientEditing "client: editing" in "client-edit",
    ClientRefused "client: another name asked for" in "again-name",
    LocationChoosing "location: choosing" in "new-client-screen",
    LocationAsking "location: asking the cloud" in "located-screen",
    LocationFinding "location: finding" in "location-search",
    LocationRefused "location: another one asked for" in "again-location",
    Review "review" in "new-client-screen",
    ReviewReset "review: a new password" in "lost-screen",
    ReviewLooking "review: looking at the machine" in "issued-screen",
    ReviewRegister "review: register" in "issued-screen",
    RolloutClaiming "rollout: claiming" in "new-client-screen",
    RolloutApplied "rollout: applied" in "new-client-screen",
    RolloutWatching "rollout: watching" in "rollout-log",
    RolloutWhy "rollout: why" in "rollout-details",
    RolloutLog "rollout: the log" in "rollout-log",
    RolloutLost "rollout: out of sight" in "rollout-log",
    RolloutFitting "rollout: setting up" in "issued-screen",
    RolloutSettling "rollout: asking about the token" in "issued-screen",
    RevealHidden "reveal: the token, hidden" in "issued-reveal",
    RevealShown "reveal: the token, shown" in "issued-reveal",
    Address "reveal: another address" in "issued-screen",
    Online "online" in "new-client-screen",
    OnlineStay "online: stay signed in?" in "stay-offer",
    Registered "online: registered" in "issued-screen",
    HomeLooking "home: looking" in "home-pointer",
    HomeAgain "home: looking again" in "home-pointer",
    HomeHealthy "home: healthy" in "home-again",
    HomeNotYet "home: not yet" in "home-found",
    HomeWrong "home: wrong" in "home-pointer",
    HomeUnseen "home: cannot be told" in "home-no-cluster",
    HomeRegistered "home: a registered machine" in "registered-home-screen",
    ChangeReading "change: reading" in "home-move",
    ChangeTyping "change: typing" in "retire-home",
    ChangeSending "change: sending" in "home-move",
    RetireLooking "retire: looking" in "retire-done-screen",
    RetireAsking "retire: asking" in "retire-done-screen",
    RetireRunning "retire: running" in "retire-done-screen",
    RetireDone "retire: done" in "retire-done-screen",
    PartLooking "retire: a registration, looking" in "registered-retire-screen",
    PartAsking "retire: a registration, asking" in "registered-retire-screen",
    PartRunning "retire: a registration, running" in "registered-retire-screen",
    PartDone "retire: a registration, done" in "registered-retire-screen",
    OverKeys "over it: the keys" in "code-keys",
    OverQr "over it: the QR" in "code-keys",
    OverSpelled "over it: the code spelled" in "code-spelled-screen",
    OverLeaving "over it: leave?" in "leave-rollout",
    FailedEarly "failed, before anything was changed" in "code-denied-screen",
    FailedChoice "failed, and another choice is wanted" in "claim-in-use-screen",
    FailedRollout "failed, after the yes" in "rollout-failed-screen",
    FailedHome "failed, on an enrolled machine" in "retire-busy",
    DoctorLooking "doctor: looking" in "",
    DoctorList "doctor: the list" in "",
    DoctorAll "doctor: every check" in "",
    DoctorOne "doctor: one check" in "",
    DoctorPreview "doctor: what a bundle holds" in "",
    DoctorWritten "doctor: the bundle is written" in "",
    DoctorUnwritten "doctor: the bundle cannot be written" in "",
}

impl State {
    /// The state on the screen; none after the end, when there is no screen any more.
    pub fn of(wizard: &Wizard) -> Option<Self> {
        if wizard.exit.is_some() {
            return None;
        }
        if let Some(overlay) = wizard.overlay {
            return Some(match overlay {
                Overlay::Help(_) => Self::OverKeys,
                Overlay::Qr => Self::OverQr,
                Overlay::Spell => Self::OverSpelled,
                Overlay::Leaving(_) => Self::OverLeaving,
            });
        }
        if let Some(reveal) = &wizard.issue.reveal {
            return Some(if reveal.until.is_some() { Self::RevealShown } else { Self::RevealHidden });
        }
        if wizard.issue.asks {
            return Some(Self::Address);
        }
        if let Some(fault) = &wizard.failure {
            return Some(match wizard.reached() {
                _ if fault.wants_another_choice() => Self::FailedChoice,
                Step::Home | Step::Change | Step::Retire => Self::FailedHome,
                Step::Rollout | Step::Live => Self::FailedRollout,
                Step::Profile
                | Step::Machine
                | Step::SignIn
                | Step::Client
                | Step::Location
                | Step::Review => Self::FailedEarly,
            });
        }
        Some(match wizard.step {
            Step::Profile if wizard.profile.preparing => Self::ProfilePreparing,
            Step::Profile => Self::ProfileChoosing,
            Step::Machine if wizard.machine.looking => Self::MachineLooking,
            Step::Machine => match wizard.machine.open() {
                Some(Open::Consent(_)) => Self::MachineConsent,
                Some(Open::Trouble(_)) => Self::MachineTrouble,
                Some(Open::Ways(_)) | None => Self::MachineWays,
            },
            Step::SignIn => Self::signing_in(wizard),
            Step::Client => Self::of_clients(wizard),
            Step::Location if wizard.location.search.is_some() => Self::LocationFinding,
            Step::Location if wizard.location.refused.is_some() => Self::LocationRefused,
            Step::Location if wizard.location.asking => Self::LocationAsking,
            Step::Location => Self::LocationChoosing,
            Step::Review if !wizard.issues() && wizard.review.reset.is_some() => Self::ReviewReset,
            Step::Review if !wizard.issues() => Self::Review,
            Step::Review if wizard.issue.findings.is_none() => Self::ReviewLooking,
            Step::Review => Self::ReviewRegister,
            Step::Rollout => Self::rolling_out(wizard),
            Step::Live if wizard.asks_to_stay() => Self::OnlineStay,
            Step::Live if wizard.issues() => Self::Registered,
            Step::Live => Self::Online,
            Step::Home if wizard.issue.standing.is_some() => {
                if wizard.home.looking {
                    Self::HomeAgain
                } else {
                    Self::HomeRegistered
                }
            }
            Step::Home => match wizard.home.health.as_deref() {
                None => Self::HomeLooking,
                Some(_) if wizard.home.looking => Self::HomeAgain,
                Some(health) => match health.verdict() {
                    Verdict::Healthy => Self::HomeHealthy,
                    Verdict::NotYet => Self::HomeNotYet,
                    Verdict::Wrong => Self::HomeWrong,
                    Verdict::Unseen => Self::HomeUnseen,
                },
            },
            Step::Change if wizard.change.sending => Self::ChangeSending,
            Step::Change if wizard.change.client.is_none() => Self::ChangeReading,
            Step::Change => Self::ChangeTyping,
            Step::Retire if wizard.issues() => match wizard.issue.parting.phase {
                Parting::Looking => Self::PartLooking,
                Parting::Asking(_) => Self::PartAsking,
                Parting::Running(_) => Self::PartRunning,
                Parting::Done(..) => Self::PartDone,
            },
            Step::Retire => match wizard.retire.phase {
                Retiring::Looking => Self::RetireLooking,
                Retiring::Asking(_) => Self::RetireAsking,
                Retiring::Running(_) => Self::RetireRunning,
                Retiring::Done(..) => Self::RetireDone,
            },
        })
    }

    fn signing_in(wizard: &Wizard) -> Self {
        let sign_in = &wizard.sign_in;
        match &sign_in.phase {
            _ if sign_in.field.is_some() => Self::SignInHidden,
            Phase::Browser { .. } => Self::SignInBrowser,
            Phase::Ways(_) => Self::SignInWays,
            Phase::Idle | Phase::Starting => Self::SignInStarting,
            Phase::Code { .. } if wizard.away.is_some() => Self::SignInAgain,
            Phase::Code { .. } => match wizard.setup.shape.approver {
                Approver::Person => Self::SignInCode,
                Approver::Administrator => Self::SignInRequest,
            },
            Phase::Reverse(_) => Self::SignInDigits,
            Phase::Expired(_) => Self::SignInExpired,
            Phase::Checking(_) if sign_in.stored.is_some() => Self::SignInKept,
            Phase::Checking(_) => Self::SignInChecking,
            Phase::Confirm(..) => Self::SignInWho,
            Phase::Refusing => Self::SignInRefusing,
            // What was issued leads on at once; only a session that is put away keeps this page.
            Phase::Done(..) | Phase::Issued(_) => Self::SignInKeeping,
        }
    }

    fn of_clients(wizard: &Wizard) -> Self {
        let pane = &wizard.client;
        match () {
            () if pane.editing.is_some() => Self::ClientEditing,
            () if pane.search.is_some() => Self::ClientFinding,
            () if pane.refused.is_some() => Self::ClientRefused,
            () if wizard.facts.is_none() => Self::ClientLooking,
            () if !pane.whole => Self::ClientReading,
            () if pane.retired => Self::ClientRetired,
            () if !pane.offers_new() => Self::ClientHere,
            () => Self::ClientNew,
        }
    }

    fn rolling_out(wizard: &Wizard) -> Self {
        if wizard.issues() {
            return match wizard.issue.fitted {
                Some(_) => Self::RolloutSettling,
                None => Self::RolloutFitting,
            };
        }
        let Some(rollout) = &wizard.rollout else { return Self::RolloutClaiming };
        match rollout.details {
            Details::Why => return Self::RolloutWhy,
            Details::Log => return Self::RolloutLog,
            Details::Closed => {}
        }
        match &rollout.snapshot {
            Some(snapshot) => match snapshot.sight {
                Sight::Clear => Self::RolloutWatching,
                Sight::Lost(_) => Self::RolloutLost,
            },
            None if rollout.claimed.is_some() => Self::RolloutApplied,
            None => Self::RolloutClaiming,
        }
    }

    /// The state of the doctor's own screen.
    pub fn of_doctor(doctor: &Doctor) -> Self {
        match &doctor.view {
            View::List if doctor.looking => Self::DoctorLooking,
            View::List if doctor.all => Self::DoctorAll,
            View::List => Self::DoctorList,
            View::One(_) => Self::DoctorOne,
            View::Preview(_) => Self::DoctorPreview,
            View::Written(Ok(_)) => Self::DoctorWritten,
            View::Written(Err(_)) => Self::DoctorUnwritten,
        }
    }
}
