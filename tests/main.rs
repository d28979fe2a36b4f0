//! One integration-test binary, so that the whole links once.

#[cfg(test)]
mod screens;
