//! What goes wrong in a sandbox run, by name.

use super::pychron::trouble::{self, Trouble};

/// A named fault script. More than one part may be set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scenario {
    /// How the sign-in goes.
    pub sign_in: SignIn,
    /// How the jobs manager's rollout goes.
    pub rollout: Rollout,
    /// What goes wrong at the stand-in of pychronAPI.
    pub trouble: Trouble,
}

/// How the simulated sign-in goes, apart from what the person on the activation page does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignIn {
    /// As the person decides.
    #[default]
    Normal,
    /// The request is declined by itself shortly after the code was handed out.
    Denied,
    /// The device code lives only a few seconds and nobody approves it.
    Expires,
    /// The first polls are answered with `slow_down`.
    SlowDown,
}

/// How the simulated rollout goes. The fault hits the jobs manager; the other workloads are well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rollout {
    /// All is well.
    #[default]
    Normal,
    /// The image does not exist: ErrImagePull, ImagePullBackOff.
    ImagePullFails,
    /// The container exits with code 1 again and again.
    CrashLoop,
    /// It asks for more than any node has.
    Unschedulable,
    /// The image takes 20 s to pull, then all is well.
    SlowPull,
}

/// Every name that `--scenario` takes, with a word on what it does.
pub const NAMES: &[(&str, &str)] = &[
    ("image-pull-fails", "the jobs manager's image does not exist"),
    ("crash-loop", "the jobs manager exits with code 1 again and again"),
    ("unschedulable", "the jobs manager asks for more than any node has"),
    ("slow-pull", "an image takes 20 s to pull, then all is well"),
    ("denied", "the sign-in is declined"),
    ("expires", "the code runs out before anybody approves"),
    ("slow-down", "the server asks to be polled less often"),
];

/// The names that the stand-in of pychronAPI takes, with a word on what each does.
pub fn pychron_names() -> impl Iterator<Item = (&'static str, &'static str)> {
    trouble::NAMES.iter().map(|(name, _, does)| (*name, *does))
}

impl Scenario {
    /// The scenario of that name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        let mut scenario = Self::default();
        match name {
            "image-pull-fails" => scenario.rollout = Rollout::ImagePullFails,
            "crash-loop" => scenario.rollout = Rollout::CrashLoop,
            "unschedulable" => scenario.rollout = Rollout::Unschedulable,
            "slow-pull" => scenario.rollout = Rollout::SlowPull,
            "denied" => scenario.sign_in = SignIn::Denied,
            "expires" => scenario.sign_in = SignIn::Expires,
            "slow-down" => scenario.sign_in = SignIn::SlowDown,
            _ => scenario.trouble = Trouble::named(name)?,
        }
        // Some names mean the same at both control planes.
        scenario.trouble = Trouble::named(name).unwrap_or_default();
        Some(scenario)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_name_is_a_scenario_of_its_own() {
        let all: Vec<_> = NAMES.iter().map(|(name, _)| Scenario::named(name).expect(name)).collect();
        for (i, one) in all.iter().enumerate() {
            assert_ne!(*one, Scenario::default());
            assert!(!all[..i].contains(one));
        }
        assert_eq!(Scenario::named("nonsense"), None);
    }
}
