//! Writes down what a message did: effects, state and the lines of the line faces.

use landfall::face::ndjson::Ndjson;
use landfall::face::plain::Plain;
use landfall::model::{Choice, Intent, Release, Row, Step};
use landfall::secret::SecretRef;
use landfall::wizard::effect::{Effect, Order};
use landfall::wizard::location::Row as Place;
use landfall::wizard::machine::Open;
use landfall::wizard::rollout::Details;
use landfall::wizard::sign_in::Phase;
use landfall::wizard::{Overlay, Wizard, words};

/// The two line faces over one run, and the names of its secrets.
#[derive(Default)]
pub struct Faces {
    plain: Plain,
    json: Ndjson,
    awaited: String,
}

impl Faces {
    /// What they print now: plain and JSON.
    pub fn show(&mut self, wizard: &Wizard) -> (String, String) {
        let (mut plain, mut json) = (Vec::new(), Vec::new());
        self.plain.show(wizard, &mut plain).unwrap();
        self.json.show(wizard, &mut json).unwrap();
        (String::from_utf8(plain).unwrap(), String::from_utf8(json).unwrap())
    }

    /// What is awaited, if that is another sentence than before.
    pub fn awaited(&mut self, wizard: &Wizard) -> Option<String> {
        let now = words::awaited(wizard);
        (now != self.awaited).then(|| now.clone_into(&mut self.awaited)).map(|()| self.awaited.clone())
    }
}

fn named(secrets: &[(SecretRef, String)], handle: SecretRef) -> &str {
    let found = secrets.iter().find(|(known, _)| *known == handle);
    found.map(|(_, name)| name.as_str()).expect("a secret of this run")
}

/// An effect in a line.
pub fn effect(effect: &Effect, secrets: &[(SecretRef, String)]) -> String {
    let name = |handle: &SecretRef| named(secrets, *handle);
    match &effect.order {
        Order::Prepare(row) => format!("prepare profile {row}"),
        Order::Survey => "look for a cluster".into(),
        Order::Take(way) => format!("take way {way}"),
        Order::Look => "look".into(),
        Order::Locate => "ask the cloud".into(),
        Order::SignIn => "sign in".into(),
        Order::Browse => "send a browser".into(),
        Order::Open(_) => "open the address".into(),
        Order::Redeem(address) => format!("redeem {}", name(address)),
        Order::Reverse(digits) => format!("hand in the digits {}", digits.digits()),
        Order::Who(session) => format!("ask whose {} is", name(session)),
        Order::Clients(session, None) => format!("read clients with {}", name(session)),
        Order::Clients(session, Some(next)) => format!("read clients with {} from {next}", name(session)),
        Order::Enroll(session, intent) => format!("enroll with {}: {}", name(session), intended(intent)),
        Order::Rollout(claimed) => format!(
            "roll out client {} {} in {} with {}",
            claimed.id,
            claimed.name,
            claimed.namespace,
            name(&claimed.password)
        ),
        Order::Presence(session, id, wait) => {
            format!("ask with {} about client {id} after {} s", name(session), wait.as_secs())
        }
        Order::Health(Some(session)) => format!("look at both sides with {}", name(session)),
        Order::Health(None) => "look at both sides".into(),
        Order::Edit(session, id, edit) => format!("say with {} of client {id}: {edit:?}", name(session)),
        Order::Retire(session, leaving) => format!(
            "retire with {} client {}{}{}",
            name(session),
            leaving.client.id,
            if leaving.keep_data { ", keep data" } else { "" },
            if leaving.force { ", force" } else { "" }
        ),
        Order::Select(selected) => format!("select client {} of {}", selected.id, selected.account),
        Order::Unselect(account) => format!("unselect but for {account}"),
        Order::Revoke(session) => format!("revoke {}", name(session)),
        Order::Keep(session, account, None) => format!("keep {} of {}", name(session), account.id),
        Order::Keep(session, account, Some(wish)) => {
            format!("keep {} of {} in {wish:?}", name(session), account.id)
        }
        Order::Discard(session) => format!("discard {}", name(session)),
        Order::Forget(secret) => format!("forget {}", name(secret)),
        Order::Stop(slot) => format!("stop {}", slot.words()),
        Order::Register(token) => format!("register with {}", name(token)),
        Order::Fit(_) => "set up".into(),
        Order::Rescue(issued) => format!("put {} into a file", name(&issued.token)),
        Order::Stand => "look at the registration".into(),
        Order::Part => "take the registration away".into(),
        Order::Settle(_, None) => "settle".into(),
        Order::Settle(_, Some(address)) => format!("settle at {address}"),
        Order::Show(secret) => format!("show {}", name(secret)),
        Order::Hide => "hide".into(),
        Order::CopyRequest => "copy the request".into(),
        Order::CopyCode => "copy the code".into(),
        Order::CopyUrl => "copy the address".into(),
        Order::Leave(exit) => format!("leave with {}", exit.code()),
    }
}

fn intended(intent: &Intent) -> String {
    let choice = match intent.choice {
        Choice::New => "new".to_owned(),
        Choice::Adopt(id) => format!("adopt {id}"),
        Choice::Backfill(id) => format!("backfill {id}"),
    };
    let lives = match &intent.release {
        Release::None => "nothing".to_owned(),
        Release::One { namespace, .. } => format!("one in {namespace}"),
        other => format!("{other:?}"),
    };
    let reset = intent.consent.reset.as_ref().map(|slug| format!("; agreed: a new password for {slug}"));
    let same = if intent.consent.same_machine { "; agreed: it is the same machine" } else { "" };
    let agreed = reset.unwrap_or_default() + same;
    format!(
        "{choice} {} in {} at {}, account {}, cluster {}, there lives {lives}{agreed}",
        intent.name,
        intent.slug,
        words::location(&intent.location),
        intent.account,
        intent.cluster
    )
}

/// Where the wizard is, in a line.
pub fn place(wizard: &Wizard) -> String {
    let mut words = vec![format!("{:?}", wizard.step)];
    if wizard.step == Step::SignIn {
        words.push(phase(&wizard.sign_in.phase));
    }
    match wizard.overlay {
        Some(Overlay::Help(0)) => words.push("help".into()),
        Some(Overlay::Help(page)) => words.push(format!("help, page {}", page + 1)),
        Some(Overlay::Qr) => words.push("QR alone".into()),
        Some(Overlay::Spell) => words.push("spelled".into()),
        Some(Overlay::Leaving(row)) => words.push(format!("leave? on {row}")),
        None => {}
    }
    if let Some(fault) = &wizard.failure {
        words.push(format!("failed: {}", serde_json::to_value(fault).unwrap()["fault"].as_str().unwrap()));
    }
    if let Some(exit) = wizard.exit {
        words.push(format!("ends with {}", exit.code()));
    }
    words.join(", ")
}

fn phase(phase: &Phase) -> String {
    match phase {
        Phase::Idle => "idle".into(),
        Phase::Starting => "starting".into(),
        Phase::Code { grant, .. } => format!("code {}", grant.user_code.shown()),
        Phase::Reverse(reverse) => {
            format!("digits {:?} \"{}\"", reverse.standing, reverse.field.text()).to_lowercase()
        }
        Phase::Expired(_) => "expired".into(),
        Phase::Browser { .. } => "browser".into(),
        Phase::Ways(fault) => {
            format!("ways: {}", serde_json::to_value(fault).unwrap()["fault"].as_str().unwrap())
        }
        Phase::Checking(_) => "checking".into(),
        Phase::Confirm(_, account) => format!("confirm {}", account.id),
        Phase::Refusing => "refusing".into(),
        Phase::Done(_, account) => format!("done {}", account.id),
        Phase::Issued(_) => "issued".into(),
    }
}

/// The rows under the eye: all on the client pane; elsewhere the focused one.
pub fn rows(wizard: &Wizard) -> Vec<String> {
    if wizard.failure.is_some() || wizard.exit.is_some() {
        return Vec::new();
    }
    if wizard.issue.choosing() {
        let shown = wizard.issue.reveal.as_ref().map_or("", |reveal| match reveal.until {
            Some(_) => ", the token is shown",
            None => ", the token is hidden",
        });
        let selected = wizard.issue.reveal.as_ref().map_or(wizard.issue.selected, |reveal| reveal.selected);
        return vec![format!("on {selected}{shown}")];
    }
    match (wizard.step, &wizard.facts) {
        (Step::Client, Some(_)) => {
            if let Some(field) = &wizard.client.editing {
                return vec![format!("editing \"{}\"", field.text())];
            }
            let marked = |(at, row)| {
                let mark = if at == wizard.client.selected { '>' } else { ' ' };
                format!("{mark} {}", wizard.client.row_words(&row))
            };
            wizard.client.rows().enumerate().map(marked).collect()
        }
        (Step::Profile, _) => vec![format!("on {}", wizard.profile.selected)],
        (Step::Machine, _) => {
            let open = match wizard.machine.open() {
                Some(Open::Ways(_)) => "ways",
                Some(Open::Consent(_)) => "consent",
                Some(Open::Trouble(_)) => "trouble",
                None => "nothing",
            };
            vec![format!("{open}, on {}", wizard.machine.selected)]
        }
        (Step::Location, _) => {
            let focused = match wizard.location.rows().get(wizard.location.selected) {
                Some(Place::Zone(zone)) => format!("> {} {}", zone.key, zone.name),
                Some(Place::Later) => "> set it later".into(),
                None => "nothing".into(),
            };
            vec![focused]
        }
        (Step::SignIn, _) if wizard.sign_in.field.is_some() => {
            let field = wizard.sign_in.field.expect("a field");
            let state = if field.sent { ", sent" } else { "" };
            let trouble = field.trouble.map(|trouble| format!(", {trouble:?}")).unwrap_or_default();
            vec![format!("{:?}: {} letters{state}{trouble}", field.what, field.count)]
        }
        (Step::SignIn, _) if matches!(wizard.sign_in.phase, Phase::Ways(_)) => {
            let marked = |(at, way): (usize, _)| {
                let mark = if at == wizard.sign_in.selected { '>' } else { ' ' };
                format!("{mark} {}", words::way(way))
            };
            wizard.sign_in.rows().into_iter().enumerate().map(marked).collect()
        }
        (Step::SignIn, _) if matches!(wizard.sign_in.phase, Phase::Confirm(..)) => {
            vec![format!("on {}", wizard.sign_in.selected)]
        }
        (Step::Home, _) if wizard.home.health.is_some() || wizard.issue.standing.is_some() => {
            let issued = wizard.issues();
            vec![format!("> {}", wizard.home.focused(issued).words_of(issued))]
        }
        (Step::Change, _) if wizard.change.typing() => {
            vec![format!("name \"{}\"", wizard.change.field.text())]
        }
        (Step::Retire, _) if wizard.issue.parting.typing() => {
            vec![format!("typed \"{}\"", wizard.issue.parting.typed.text())]
        }
        (Step::Retire, _) if wizard.retire.typing() => {
            vec![format!("typed \"{}\"", wizard.retire.typed.text())]
        }
        (Step::Rollout, _) => {
            let rollout = wizard.rollout.as_ref().expect("a rollout");
            let open = match rollout.details {
                Details::Closed => "",
                Details::Why => " v",
                Details::Log => " log",
            };
            let marked = |(at, row): (usize, &Row)| {
                let mark = if at == rollout.selected { '>' } else { ' ' };
                let open = if at == rollout.selected { open } else { "" };
                format!(
                    "{mark} {} {} {}/{}{open}",
                    row.name,
                    words::row_state(row.state),
                    row.ready,
                    row.desired
                )
            };
            rollout.rows().into_iter().enumerate().map(marked).collect()
        }
        _ => Vec::new(),
    }
}
