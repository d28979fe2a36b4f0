//! The profiles that are built in: the reference service.

/// Name and base address. A file cannot redefine them.
const BUILT_IN: [(&str, &str); 3] = [
    ("tracebloc-prod", "https://api.tracebloc.io"),
    ("tracebloc-stg", "https://stg-api.tracebloc.io"),
    ("tracebloc-dev", "https://dev-api.tracebloc.io"),
];

/// The base address of a built-in profile.
pub(super) fn api_of(name: &str) -> Option<&'static str> {
    BUILT_IN.into_iter().find(|(its, _)| *its == name).map(|(_, api)| api)
}

/// Their names.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.into_iter().map(|(name, _)| name)
}
