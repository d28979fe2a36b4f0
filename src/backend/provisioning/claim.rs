//! The claim: get-or-create keyed on the cluster, changes to a client of ours, and the proof of a credential.

use std::sync::PoisonError;

use serde::Serialize;
use serde_json::Value;
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::{Provisioning, fields, refusal};
use crate::backend::{Amendment, Application, Outcome, Proof};
use crate::error::Fault;
use crate::foreign::Text;
use crate::http::{Answered, Body, Call, Trouble};
use crate::model::{Client, ClusterId, Location, Slug, Username};
use crate::secret::{Audience, SecretRef};

/// How often one login name is tried in a run; the server may lock it otherwise.
const PROOFS: u8 = 5;
/// How many administrators are named.
const ADMINS: usize = 5;
/// The fields that a person can change, in the order in which a complaint about them is told.
const FIELDS: [(&str, &str); 4] = [
    ("location", "location"),
    ("namespace", "namespace"),
    ("first_name", "name"),
    ("cluster_id", "cluster id"),
];

#[derive(Serialize)]
struct New<'a> {
    first_name: &'a str,
    namespace: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'a str>,
    password: &'a str,
    cluster_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Change<'a> {
    ClusterId(&'a str),
    Password(&'a str),
}

impl Provisioning {
    pub(super) async fn get_or_create(&self, session: SecretRef, application: &Application) -> Outcome {
        let Application { name, slug, location, cluster, account, password } = application;
        let ready = || {
            let token = self.token(session)?;
            let password = self.vault.open(*password, &self.machine(*account, cluster)).map_err(|_| {
                let why = "it was made for another account or cluster, or is gone".into();
                Fault::CredentialDead { client: name.clone(), why }
            })?;
            let body = Body::json(&New {
                first_name: name,
                namespace: slug.as_str(),
                location: location.key(),
                password: &password,
                cluster_id: cluster.as_str(),
            })?;
            Ok::<_, Fault>((token, body))
        };
        let (token, body) = match ready() {
            Ok(ready) => ready,
            Err(fault) => return Outcome::Refused(fault),
        };
        let answered = match self.http.send(Call::post("edge-device/", body).bearer(&token)).await {
            Ok(answered) => answered,
            // These were told by the server, or before anything was sent. After any other trouble the claim
            // may have been made.
            Err(Trouble {
                fault: fault @ (Fault::UpgradeRequired { .. } | Fault::BadInput { .. }), ..
            }) => {
                return Outcome::Refused(fault);
            }
            Err(trouble) => return Outcome::Unknown(trouble.fault),
        };
        if answered.is_success() {
            return match self.claimed(&answered, cluster) {
                Ok(client) if answered.status == 201 => Outcome::Minted(client),
                // Any other success is taken as the humbler one: its credential must be proven.
                Ok(client) => Outcome::Existing(client),
                Err(fault) => Outcome::Unknown(fault),
            };
        }
        if answered.status == 400 && is_namespace_taken(&answered) {
            return Outcome::NamespaceTaken;
        }
        let fault = self.write_refusal(&answered, &token).await;
        // A gateway's word says nothing about what happened behind it.
        if answered.status == 408 || answered.status >= 500 {
            Outcome::Unknown(fault)
        } else {
            Outcome::Refused(fault)
        }
    }

    /// The client of a claim's reply: here everything that will be used must be well-formed.
    fn claimed(&self, answered: &Answered, cluster: &ClusterId) -> Result<Client, Fault> {
        let bad = |why: &str| Fault::BadReply { why: why.into() };
        let row = answered.json().ok_or_else(|| self.unreadable(answered))?;
        let client = fields::client(&self.http, &row).map_err(bad)?;
        if client.username.is_none() {
            return Err(bad("its login name is not a UUID"));
        }
        if client.namespace.parse::<Slug>().is_err() || row["namespace"] != client.namespace.as_str() {
            return Err(bad("its namespace is not a DNS label"));
        }
        if client.location == Location::NotSet && !matches!(row["location"].as_str(), None | Some("")) {
            return Err(bad("its location is not a zone key"));
        }
        if client.cluster_id.as_ref().is_some_and(|theirs| theirs != cluster) {
            return Err(bad("it is about another cluster"));
        }
        Ok(client)
    }

    pub(super) async fn change(
        &self,
        session: SecretRef,
        id: u64,
        account: u64,
        cluster: &ClusterId,
        change: &Amendment,
    ) -> Result<Client, Fault> {
        let token = self.token(session)?;
        let body = match change {
            Amendment::Anchor(cluster) => Body::json(&Change::ClusterId(cluster.as_str()))?,
            Amendment::Password(password) => {
                let password = self.vault.open(*password, &self.machine(account, cluster)).map_err(|_| {
                    let why = "it was made for another account or cluster, or is gone".into();
                    Fault::CredentialDead { client: id.to_string().into(), why }
                })?;
                Body::json(&Change::Password(&password))?
            }
        };
        let path = format!("edge-device/{id}/");
        let answered =
            self.http.send(Call::patch(&path, body).bearer(&token)).await.map_err(|trouble| trouble.fault)?;
        if !answered.is_success() {
            return Err(self.write_refusal(&answered, &token).await);
        }
        let row = self.success(&answered)?;
        let client = fields::client(&self.http, &row).map_err(|why| Fault::BadReply { why: why.into() })?;
        if client.id != id {
            return Err(Fault::BadReply { why: "it is about another client than was changed".into() });
        }
        Ok(client)
    }

    pub(super) async fn log_in_as_machine(
        &self,
        account: u64,
        cluster: &ClusterId,
        username: &Username,
        password: SecretRef,
    ) -> Proof {
        let cannot_tell = |why: &str| {
            Proof::Unknown(Fault::CannotTell {
                what: "whether the machine's credential works".into(),
                why: why.into(),
            })
        };
        let Ok(password) = self.vault.open(password, &self.machine(account, cluster)) else {
            return cannot_tell("it was made for another account or cluster, or is gone");
        };
        if !self.may_prove(username) {
            return cannot_tell("it was already tried five times in this run");
        }
        let form = form_urlencoded::Serializer::new(String::with_capacity(512))
            .append_pair("username", username.as_str())
            .append_pair("password", &password)
            .finish();
        // The body of a success is a live token of the machine: nobody here needs it, so it is not read.
        let answered = match self
            .http
            .send_unread(Call::post("api-token-auth/", Body::Form(Zeroizing::new(form))))
            .await
        {
            Ok(answered) => answered,
            Err(trouble) => return Proof::Unknown(trouble.fault),
        };
        // A portal says 200 to everything: only what may be the API's JSON counts.
        if !answered.media.is_empty() && !answered.media.contains("json") {
            return Proof::Unknown(self.page_instead(&answered));
        }
        match answered.status {
            200 => Proof::Works,
            400 => Proof::Rejected,
            401 => Proof::Inactive,
            _ => Proof::Unknown(self.plain_refusal(&answered)),
        }
    }

    fn may_prove(&self, username: &Username) -> bool {
        let mut proofs = self.proofs.lock().unwrap_or_else(PoisonError::into_inner);
        let tried = proofs.entry(username.clone()).or_default();
        *tried = tried.saturating_add(1);
        *tried <= PROOFS
    }

    fn machine(&self, account: u64, cluster: &ClusterId) -> Audience {
        Audience::machine(self.origin.clone(), account, cluster.as_str())
    }

    /// Why a client may not be written.
    pub(super) async fn write_refusal(&self, answered: &Answered, token: &str) -> Fault {
        if answered.is_page() {
            return self.plain_refusal(answered);
        }
        let said = answered.json().unwrap_or_default();
        let named = |key: &str| match said[key].as_str() {
            Some(name) if !name.trim().is_empty() => self.http.text(name),
            _ => "not named".into(),
        };
        match answered.status {
            400 => self.refused_field(&said).unwrap_or_else(|| self.refusal(answered)),
            403 => Fault::NoWriteRight { admins: self.admins(token).await },
            409 if said["error"] == "cluster_conflict" => {
                Fault::ClusterConflict { owner: named("owner_email") }
            }
            409 if said["error"] == "cluster_in_use" => Fault::ClusterInUse { holder: named("holder_name") },
            _ => self.refusal(answered),
        }
    }

    fn refused_field(&self, said: &Value) -> Option<Fault> {
        FIELDS.iter().find_map(|(key, name)| {
            let words = refusal::words(said.get(key)?)?;
            Some(Fault::FieldRefused { field: (*name).into(), said: self.http.text(words) })
        })
    }

    /// Whom to ask for the right to write clients. Only a help: trouble on the way leaves it empty.
    async fn admins(&self, token: &str) -> Vec<Text> {
        let call = Call::get("edge-device/admins/").bearer(token);
        let Ok(answered) = self.http.send_once(call).await else { return Vec::new() };
        let Some(Value::Array(rows)) = answered.json().filter(|_| answered.is_success()) else {
            return Vec::new();
        };
        let one = |row: &Value| {
            let field = |key: &str| row[key].as_str().map(|raw| self.http.text(raw)).unwrap_or_default();
            match (field("name"), field("email")) {
                (name, email) if name.is_empty() => email,
                (name, email) if email.is_empty() => name,
                (name, email) => format!("{name} <{email}>").into(),
            }
        };
        rows.iter().map(one).filter(|admin| !admin.is_empty()).take(ADMINS).collect()
    }
}

fn is_namespace_taken(answered: &Answered) -> bool {
    answered.json().is_some_and(|said| said["code"] == "namespace_taken")
}
