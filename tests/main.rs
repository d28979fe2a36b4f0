//! One integration-test binary, so that the whole links once.

mod screens;
