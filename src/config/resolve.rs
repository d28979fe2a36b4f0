//! Which profile counts, and what the flags change of it.

use super::file::address;
use super::{BackendKind, InstallKind, Profile, ProfileFile, Wanted, bad, built_in, host, is_loopback};
use crate::error::Fault;
use crate::model::{HelmChart, Trust};

/// The profile named by flag, else the only one of the file; then the flags over it. A changed address drops
/// what was said about the old one: the pinned account, whom to trust on the way, and the word that it is a sandbox unless it is here.
pub fn resolve(wanted: &Wanted, file: Option<&ProfileFile>) -> Result<Profile, Fault> {
    let profiles = file.map(ProfileFile::profiles).transpose()?.unwrap_or_default();
    let api = wanted.api.as_deref().map(address).transpose();
    let api = api.map_err(|why| bad("The flag --api", format!("it {why}")))?;
    let profile = match (chosen(wanted, profiles, api.is_some())?, api) {
        (Some(profile), Some(api)) if api != profile.api => Profile {
            name: host(&api),
            sandbox: profile.sandbox && is_loopback(&api),
            expect_account: None,
            oidc: None,
            trust: Trust::default(),
            api,
            ..profile
        },
        (Some(profile), _) => profile,
        (None, Some(api)) => bare(api),
        (None, None) => return Err(nothing()),
    };
    Ok(Profile {
        expect_account: wanted.expect_account.or(profile.expect_account),
        kubeconfig: wanted.kubeconfig.clone().or(profile.kubeconfig),
        context: wanted.context.clone().or(profile.context),
        chart: profile
            .chart
            .map(|chart| HelmChart { program: wanted.helm.clone().or(chart.program), ..chart }),
        ..profile
    })
}

/// The profile to start from; none if there is none, or if there are several and an address is given.
fn chosen(wanted: &Wanted, mut profiles: Vec<Profile>, has_api: bool) -> Result<Option<Profile>, Fault> {
    let names: Vec<String> = profiles.iter().map(|profile| profile.name.to_string()).collect();
    let Some(name) = wanted.profile.as_deref() else {
        return match profiles.len() {
            0 | 1 => Ok(profiles.pop()),
            _ if has_api => Ok(None),
            _ => {
                let why = format!("there are several; name one with --profile: {}", names.join(", "));
                Err(bad("No profile is chosen", why))
            }
        };
    };
    if let Some(profile) = built_in(name) {
        return Ok(Some(profile));
    }
    if name == built_in::SANDBOX {
        let why =
            "the sandbox has its own address, and is gone when it ends; start it with: landfall sandbox";
        return Err(bad("The flag --profile", why));
    }
    if let Some(at) = names.iter().position(|known| known == name) {
        return Ok(Some(profiles.swap_remove(at)));
    }
    let known: Vec<String> = names.into_iter().chain(names_built_in().map(str::to_owned)).collect();
    let why = format!("there is no profile \"{name}\"; there are: {}", known.join(", "));
    Err(bad("The flag --profile", why))
}

fn built_in(name: &str) -> Option<Profile> {
    let api = address(built_in::api_of(name)?).ok()?;
    let trust = Trust { hosts: built_in::pages(), ..Trust::default() };
    Some(Profile { name: name.into(), trust, ..bare(api) })
}

/// The profiles that are built in.
pub(super) fn all_built_in() -> impl Iterator<Item = Profile> {
    built_in::names().filter_map(built_in)
}

fn bare(api: url::Url) -> Profile {
    Profile {
        name: host(&api),
        backend: BackendKind::default(),
        api,
        install: InstallKind::default(),
        chart: None,
        objects: None,
        oidc: None,
        trust: Trust::default(),
        expect_account: None,
        sandbox: false,
        kubeconfig: None,
        context: None,
        home: None,
    }
}

fn names_built_in() -> impl Iterator<Item = &'static str> {
    [built_in::SANDBOX].into_iter().chain(built_in::names())
}

fn nothing() -> Fault {
    let names: Vec<&str> = names_built_in().collect();
    let why = format!(
        "give --profile NAME ({}), --profile-file FILE or --api URL; or try it without any server: \
         landfall sandbox",
        names.join(", ")
    );
    bad("No profile is configured", why)
}
