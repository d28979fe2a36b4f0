//! One integration-test binary, so that the whole links once.

// Marked as tests, so that their helpers may unwrap too.
#[cfg(test)]
mod recordings;
