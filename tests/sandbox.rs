//! Our own client against our own sandbox, over loopback. The two share no types, so a mistake must be made
//! twice to stay hidden.

mod provisioning;
