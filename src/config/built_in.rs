//! The profiles that are built in: the reference service, and the sandbox inside this program.

/// The sandbox. It has no address before it is started.
pub const SANDBOX: &str = "sandbox";

/// Name and base address. A file cannot redefine them.
const BUILT_IN: [(&str, &str); 3] = [
    ("tracebloc-prod", "https://api.tracebloc.io"),
    ("tracebloc-stg", "https://stg-api.tracebloc.io"),
    ("tracebloc-dev", "https://dev-api.tracebloc.io"),
];

/// What a built-in profile is for, in a word.
pub fn stage(name: &str) -> Option<&'static str> {
    match name {
        "tracebloc-prod" => Some("production"),
        "tracebloc-stg" => Some("staging"),
        "tracebloc-dev" => Some("development"),
        _ => None,
    }
}

/// The base address of a built-in profile.
pub(super) fn api_of(name: &str) -> Option<&'static str> {
    BUILT_IN.into_iter().find(|(its, _)| *its == name).map(|(_, api)| api)
}

/// The hosts whose pages approve a sign-in there: the service's own domain.
pub(super) fn pages() -> Vec<String> {
    ["tracebloc.io", "*.tracebloc.io"].map(str::to_owned).to_vec()
}

/// Their names.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.into_iter().map(|(name, _)| name)
}
