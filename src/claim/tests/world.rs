//! The world outside, as plain data: what the control plane and the cluster hold.

use std::collections::VecDeque;

use crate::claim::decide::{Standing, standing};
use crate::foreign::Text;
use crate::model::{
    Ahead, Choice, Client, ClientPage, ClientState, ClusterId, Consent, Intent, Location, Release, Sameness,
    Slug, Username,
};

pub const ORIGIN: &str = "https://api.acme.example";
pub const ACCOUNT: u64 = 7;
pub const HERE: &str = "c0ffee00-cluster";

pub fn here() -> ClusterId {
    HERE.parse().unwrap()
}

pub fn slug(raw: &str) -> Slug {
    raw.parse().unwrap()
}

pub fn uuid(id: u64) -> Username {
    format!("00000000-0000-0000-0000-{id:012}").parse().unwrap()
}

/// A client row with its password, which the real server keeps as a hash.
#[derive(Clone, Debug)]
pub struct Held {
    pub client: Client,
    pub password: String,
    /// Whether its machine credential was revoked.
    pub revoked: bool,
}

/// One generation of the write-ahead record.
#[derive(Clone, Debug)]
pub struct Generation {
    pub password: String,
    pub name: Text,
    pub slug: Slug,
    pub run: u32,
}

/// What the server does with a PATCH of a password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Patches {
    #[default]
    Takes,
    Ignores,
    Refuses,
}

/// A claim as the server got it.
#[derive(Clone, Debug)]
pub struct Post {
    pub name: Text,
    pub namespace: Slug,
    pub location: Location,
    pub password: String,
    pub cluster: ClusterId,
}

pub enum Answered {
    Minted(Client),
    Existing(Client),
    InUse(Text),
    Taken,
}

#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct World {
    /// The control plane's rows.
    pub rows: Vec<Held>,
    pub patches: Patches,
    /// Whether the server answers a taken namespace with an error, or with a numbered one.
    pub says_taken: bool,
    /// Whether the server answers a claim of a held cluster with `cluster_in_use`.
    pub says_in_use: bool,
    /// What a hostile server makes of the row it answers a claim with.
    pub twist: Option<fn(&mut Client)>,
    /// Pages that the list answers with before it tells the truth.
    pub script: VecDeque<ClientPage>,
    /// Claims that arrive late: the number of the call before which each arrives.
    pub late: Vec<(usize, Post)>,
    /// The cluster's write-ahead record, newest first.
    pub record: Vec<Generation>,
    /// The release's Secret.
    pub sink: Option<(Username, String)>,
    /// Whether a Secret alone counts as a live release (once the workloads are applied, it does).
    pub lives: bool,
    /// Whether record and release were made on this machine.
    pub machine: Sameness,
    /// Whether something ready uses the release's credential.
    pub in_use: bool,
    /// What images are to be pulled ahead by.
    pub ahead: Ahead,
    /// What was done about that.
    pub pulls: Vec<&'static str>,
    /// What the person agrees to beside the plain yes.
    pub consent: Consent,
    /// What the release is called in the cluster.
    pub home: Option<Slug>,
    pub calls: usize,
    pub fired: usize,
    pub posts: Vec<Post>,
}

impl World {
    pub fn row(id: u64, cluster: Option<&str>) -> Held {
        let client = Client {
            id,
            name: Text::new(&format!("client {id}")),
            namespace: Text::new(&format!("client-{id}")),
            username: Some(uuid(id)),
            location: Location::NotSet,
            state: ClientState::Pending,
            cluster_id: cluster.map(|id| id.parse().unwrap()),
            decommissioned: false,
            last_heard: None,
            running: None,
        };
        Held { client, password: format!("password-of-client-{id}"), revoked: false }
    }

    /// An account with so many clients on other clusters.
    pub fn with_strangers(n: u64) -> Self {
        let rows = (100..100 + n).map(|id| Self::row(id, Some(&format!("elsewhere-{id}")))).collect();
        Self { rows, ..Self::default() }
    }

    pub fn release(&self) -> Release {
        match (&self.sink, self.lives) {
            (Some((username, _)), true) => {
                let its = self.rows.iter().find(|row| row.client.username.as_ref() == Some(username));
                let its = its.and_then(|row| row.client.namespace.parse().ok());
                let namespace = self.home.clone().or(its).unwrap_or_else(|| slug("lab"));
                Release::One { namespace, username: username.clone() }
            }
            _ => Release::None,
        }
    }

    /// Get-or-create keyed on the cluster, as the server does it.
    pub fn post(&mut self, post: Post) -> Answered {
        self.posts.push(post.clone());
        if let Some(row) = self.rows.iter().find(|row| row.client.cluster_id.as_ref() == Some(&post.cluster))
        {
            let client = row.client.clone();
            return if self.says_in_use { Answered::InUse(client.name) } else { Answered::Existing(client) };
        }
        let taken = |name: &Slug| self.rows.iter().any(|row| *row.client.namespace == *name.as_str());
        let mut namespace = post.namespace.clone();
        if taken(&namespace) && self.says_taken {
            return Answered::Taken;
        }
        let mut n = 1;
        while taken(&namespace) {
            n += 1;
            namespace = slug(&format!("{}-{n}", post.namespace));
        }
        let id = 1 + self.rows.iter().map(|row| row.client.id).max().unwrap_or(0);
        let mut row = Self::row(id, Some(post.cluster.as_str()));
        row.client.name = post.name;
        row.client.namespace = namespace.as_str().into();
        row.client.location = post.location;
        row.password = post.password;
        self.rows.push(row.clone());
        if let Some(twist) = self.twist {
            twist(&mut row.client);
        }
        Answered::Minted(row.client)
    }

    /// What the wizard would review now: the row that is here, else what the person wishes.
    pub fn review(&self, wish: &Choice) -> Intent {
        let release = self.release();
        let stands = |row: &Client| standing(row, Some(&here()), &release);
        let clients = || self.rows.iter().map(|row| &row.client);
        let ours = clients().find(|row| stands(row) == Standing::HereOurs);
        let wished =
            clients().find(|row| *wish == Choice::Backfill(row.id) && stands(row) == Standing::Unclaimed);
        let (choice, row) = match (ours, wished) {
            (Some(row), _) => (Choice::Adopt(row.id), Some(row)),
            (None, Some(row)) => (Choice::Backfill(row.id), Some(row)),
            (None, None) => (Choice::New, None),
        };
        let (name, namespace) = match (row, &release) {
            (Some(row), Release::One { namespace, .. }) => (row.name.clone(), namespace.clone()),
            (Some(row), _) => (row.name.clone(), row.namespace.parse().unwrap()),
            (None, _) => ("Lab".into(), slug("lab")),
        };
        Intent {
            choice,
            name,
            slug: namespace,
            location: Location::Zone("DE".parse().unwrap()),
            account: ACCOUNT,
            cluster: here(),
            release,
            ahead: self.ahead,
            consent: self.consent.clone(),
        }
    }
}
