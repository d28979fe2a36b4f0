//! JSON lines: one object an event, `{"v":1,"event":...}`. New members may come; none changes its meaning.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::wizard::Wizard;
use crate::wizard::event::Event;

/// The version of the format.
pub const VERSION: u8 = 1;

/// Prints what is new since the last time.
#[derive(Debug, Default)]
pub struct Ndjson {
    shown: usize,
}

impl Ndjson {
    /// Prints new events, one line each.
    pub fn show(&mut self, wizard: &Wizard, out: &mut impl Write) -> io::Result<()> {
        for event in wizard.events.iter().skip(self.shown) {
            writeln!(out, "{}", line(event, wizard.setup.profile.sandbox)?)?;
        }
        self.shown = wizard.events.len();
        out.flush()
    }
}

/// An event as its line.
pub fn line(event: &Event, sandbox: bool) -> io::Result<Value> {
    let mut object = serde_json::to_value(event)?;
    if let Value::Object(members) = &mut object {
        members.insert("v".into(), json!(VERSION));
        if sandbox {
            members.insert("sandbox".into(), json!(true));
        }
        if let Event::Code { grant, .. } = event {
            // The types of code and address are never written by themselves; this face is where they must go.
            members.insert("user_code".into(), json!(grant.user_code.shown()));
            members.insert("verification_uri".into(), json!(grant.verification_uri));
            members.insert("verification_uri_complete".into(), json!(grant.complete));
            members.insert("expires_in".into(), json!(grant.expires_in.as_secs()));
            members.insert("interval".into(), json!(grant.interval.as_secs()));
        }
    }
    Ok(object)
}
