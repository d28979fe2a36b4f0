//! JSON lines: one object an event, `{"v":1,"event":...}`. New members may come; none changes its meaning.
//! `assets/events.schema.json` says what each holds.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::model::Address;
use crate::wizard::Wizard;
use crate::wizard::event::Event;
use crate::wizard::flow::Question;
use crate::wizard::words::request;

/// The version of the format.
pub const VERSION: u8 = 1;

/// Prints what is new since the last time.
#[derive(Debug, Default)]
pub struct Ndjson {
    shown: usize,
    asked: Option<Question>,
    noted: u64,
}

impl Ndjson {
    /// Prints new events, one line each; notes and questions too, where somebody may answer.
    pub fn show(&mut self, wizard: &Wizard, out: &mut impl Write) -> io::Result<()> {
        let sandbox = wizard.setup.profile.sandbox;
        let replay = wizard.setup.life.replay.is_some();
        for event in wizard.events.iter().skip(self.shown) {
            writeln!(out, "{}", again(line(event, sandbox)?, replay))?;
        }
        self.shown = wizard.events.len();
        if let Some(note) = wizard.note.as_ref().filter(|_| self.noted != wizard.notes) {
            writeln!(out, "{}", again(marked(json!({"event": "note", "text": note}), sandbox), replay))?;
            self.asked = None;
        }
        self.noted = wizard.notes;
        let question = wizard.question();
        if let Some(question) = question.as_ref().filter(|question| self.asked.as_ref() != Some(*question)) {
            writeln!(out, "{}", again(marked(asking(question), sandbox), replay))?;
        }
        self.asked = question;
        out.flush()
    }
}

/// An event as its line.
pub fn line(event: &Event, sandbox: bool) -> io::Result<Value> {
    let mut object = serde_json::to_value(event)?;
    if let (Event::Code { grant, machine, .. }, Value::Object(members)) = (event, &mut object) {
        // The types of code and address are never written by themselves; this face is where they must go.
        members.insert("user_code".into(), json!(grant.user_code.shown()));
        members.insert("verification_uri".into(), json!(grant.verification_uri.shown()));
        members
            .insert("verification_uri_complete".into(), json!(grant.complete.as_ref().map(Address::shown)));
        members.insert("expires_in".into(), json!(grant.expires_in.as_secs()));
        members.insert("interval".into(), json!(grant.interval.as_secs()));
        if let Some(machine) = machine {
            members.insert("request".into(), json!(request(grant, machine)));
        }
    }
    if let (Event::Browser { link }, Value::Object(members)) = (event, &mut object) {
        members.insert("address".into(), json!(link.address.shown()));
        members.insert("expires_in".into(), json!(link.life.as_secs()));
    }
    Ok(marked(object, sandbox))
}

fn asking(question: &Question) -> Value {
    json!({
        "event": "question",
        "text": question.text,
        "choices": question.choices,
        "typed": question.typed,
        "flag": question.flag,
    })
}

/// What a replay is of.
pub fn about_replay(words: &str) -> Value {
    again(marked(json!({"event": "note", "text": words}), false), true)
}

/// What every line of a replay carries too.
fn again(mut object: Value, replay: bool) -> Value {
    if let (Value::Object(members), true) = (&mut object, replay) {
        members.insert("replay".into(), json!(true));
    }
    object
}

/// What every line carries.
fn marked(mut object: Value, sandbox: bool) -> Value {
    if let Value::Object(members) = &mut object {
        members.insert("v".into(), json!(VERSION));
        if sandbox {
            members.insert("sandbox".into(), json!(true));
        }
    }
    object
}
