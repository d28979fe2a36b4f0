//! The two accounts of the sandbox and the machines that they own from the start.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::client::{Client, Heard};
use super::credential::{Credential, uuid};

/// The account that the sandbox signs a person in to.
pub(super) const SANDBOX: Account = Account {
    id: 7001,
    name: "Sandbox",
    user_id: 70011,
    email: "technician@sandbox.example",
    first_name: "Sandbox Technician",
};

/// Somebody else's account, for the conflicts.
pub(super) const FOREIGN: Account = Account {
    id: 7002,
    name: "Elsewhere",
    user_id: 70021,
    email: "owner@elsewhere.example",
    first_name: "Elsewhere Owner",
};

/// Where the machines of a large account stand.
const TOWNS: [(&str, &str); 9] = [
    ("Bremen", "DE"),
    ("Lille", "FR"),
    ("Graz", "AT"),
    ("Porto", "PT"),
    ("Turku", "FI"),
    ("Galway", "IE"),
    ("Ghent", "BE"),
    ("Poznan", "PL"),
    ("Utrecht", "NL"),
];
/// What they are.
const THINGS: [&str; 5] = ["Depot", "Line", "Workshop", "Cold Store", "Rack"];

/// The number of the first seeded client.
const FIRST_ID: i64 = 101;

/// Who signs in. Each account of the sandbox has one user.
pub(super) struct Account {
    /// Its number.
    pub(super) id: i64,
    /// Its name.
    pub(super) name: &'static str,
    /// The number of its user.
    pub(super) user_id: i64,
    /// The user's address.
    pub(super) email: &'static str,
    /// The user's name.
    pub(super) first_name: &'static str,
}

impl Account {
    /// The account of that number.
    pub(super) fn numbered(id: i64) -> &'static Self {
        if id == FOREIGN.id { &FOREIGN } else { &SANDBOX }
    }

    /// What `/userinfo/` says.
    pub(super) fn userinfo(&self) -> Value {
        json!({
            "account": self.name,
            "account_id": self.id,
            "email": self.email,
            "first_name": self.first_name,
            "is_account_admin": false,
            "is_password_changed": true,
            "last_name": "",
            "profile_image": null,
            "type": "DS",
            "user_id": self.user_id,
        })
    }

    /// What `/edge-device/admins/` says.
    pub(super) fn admins() -> Value {
        json!([
            { "email": "admin@sandbox.example", "name": "Sandbox Admin" },
            { "email": "owner@sandbox.example", "name": "Sandbox Owner" },
        ])
    }
}

/// The machines that are there when the sandbox starts. `foreign_cluster` is the cluster of the one
/// that belongs to the other account; `wanted` is how many our account has in all, if that is more.
pub(super) fn seeds(foreign_cluster: Option<String>, wanted: u32) -> Vec<Client> {
    let ours = SANDBOX.id;
    let foreign_cluster = foreign_cluster.unwrap_or_else(uuid);
    let seeds = [
        (ours, "Old Oslo Rack", "NO-NO1", Some(uuid()), Heard::Before(days_ago(200)), Some(days_ago(180))),
        (ours, "Hamburg Depot", "DE", Some(uuid()), Heard::Before(days_ago(3)), None),
        (ours, "Lyon Cold Store", "FR", Some(uuid()), Heard::Always, None),
        (FOREIGN.id, "Graz Line 2", "AT", Some(foreign_cluster), Heard::Always, None),
        (ours, "Zaragoza Workshop", "ES", None, Heard::Never, None),
    ];
    let own = seeds.iter().filter(|seed| seed.0 == ours).count();
    let more = usize::try_from(wanted).unwrap_or(0).saturating_sub(own);
    let more = (1..=more).map(|n| {
        let (town, zone) = TOWNS.get(n % TOWNS.len()).copied().unwrap_or(("Oslo", "NO-NO1"));
        let what = THINGS.get(n / TOWNS.len() % THINGS.len()).copied().unwrap_or("Rack");
        let heard = match n % 7 {
            0 => Heard::Before(days_ago(i32::try_from(n % 90).unwrap_or(0) + 1)),
            _ => Heard::Always,
        };
        (ours, format!("{town} {what} {n:04}"), zone, Some(uuid()), heard, None)
    });
    let few = seeds.into_iter().map(|(account, name, zone, cluster, heard, gone)| {
        (account, name.to_owned(), zone, cluster, heard, gone)
    });
    (0_i32..)
        .zip(few.chain(more))
        .map(|(n, (account, name, location, cluster_id, heard, decommissioned_at))| Client {
            id: FIRST_ID + i64::from(n),
            account,
            username: uuid(),
            namespace: name.to_lowercase().replace(' ', "-"),
            first_name: name,
            location: location.to_owned(),
            cluster_id,
            credential: Credential::unknown(),
            active: decommissioned_at.is_none(),
            decommissioned_at,
            heard,
            logged_in: false,
            date_joined: days_ago((400 - 50 * n).max(1)),
        })
        .collect()
}

/// That many days before now, RFC 3339.
fn days_ago(days: i32) -> String {
    let now = Timestamp::now();
    let then = now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(now);
    then.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
