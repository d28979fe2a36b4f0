//! Our own client against our own sandbox: its real HTTP APIs, in process, in virtual time where there is no
//! socket. The two share no types, so a mistake must be made twice to stay hidden.

mod ahead;
mod attack;
mod elsewhere;
mod helm;
mod install;
mod lists;
mod preflight;
mod provisioning;
mod record;
mod remove;
mod rig;
mod turn;
mod watch;
