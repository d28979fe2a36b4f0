//! Against the embedded sandbox: its real HTTP API, with the real client, in process and in virtual time.

mod install;
mod record;
mod rig;
