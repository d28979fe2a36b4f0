//! One machine identity: its row on the server.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::account::Account;
use super::credential::Credential;

/// When the control plane last heard from a client.
pub(super) enum Heard {
    /// Never.
    Never,
    /// Before this sandbox started: the time, RFC 3339.
    Before(String),
    /// At this moment, which is this time, RFC 3339.
    At(Instant, String),
    /// All the time: a machine elsewhere that is always well.
    Always,
}

/// A client as the server keeps it.
pub(super) struct Client {
    /// The dashboard number.
    pub(super) id: i64,
    /// The account it belongs to.
    pub(super) account: i64,
    /// The display name.
    pub(super) first_name: String,
    /// The machine's login, a UUID.
    pub(super) username: String,
    /// The slug.
    pub(super) namespace: String,
    /// A zone key, or empty.
    pub(super) location: String,
    /// The cluster that it is anchored to; written once.
    pub(super) cluster_id: Option<String>,
    /// The password, as stored.
    pub(super) credential: Credential,
    /// False once the credential was revoked.
    pub(super) active: bool,
    /// When it was retired, RFC 3339.
    pub(super) decommissioned_at: Option<String>,
    /// The last heartbeat.
    pub(super) heard: Heard,
    /// Whether the present credential has logged in; a heartbeat counts only after that.
    pub(super) logged_in: bool,
    /// When it was minted, RFC 3339.
    pub(super) date_joined: String,
}

impl Client {
    /// Whether its credential can log in at all.
    pub(super) fn alive(&self) -> bool {
        self.active && self.decommissioned_at.is_none()
    }

    /// 0 offline, 1 online, 2 pending. `silence` is how long after a heartbeat it still counts as online.
    fn status(&self, silence: Duration, now: Instant) -> u8 {
        match self.heard {
            _ if !self.alive() => 0,
            Heard::Never => 2,
            Heard::Before(_) => 0,
            Heard::At(at, _) => u8::from(now.saturating_duration_since(at) < silence),
            Heard::Always => 1,
        }
    }

    /// The row as the API shows it, with every key of the reference service.
    pub(super) fn row(&self, account: &Account, silence: Duration, now: Instant, stamp: &str) -> Value {
        let last_info_update = match &self.heard {
            Heard::Never => None,
            Heard::Before(time) | Heard::At(_, time) => Some(time.as_str()),
            Heard::Always => Some(stamp),
        };
        json!({
            "account": self.account,
            "carbon_estimated": false,
            "carbon_fallback_zone": null,
            "cluster_id": self.cluster_id,
            "cpu_name": null,
            "cpu_nodes": {},
            "created_by": {
                "first_name": account.first_name,
                "id": account.user_id,
                "is_active": true,
                "last_name": "",
                "profile_image": null,
            },
            "date_joined": self.date_joined,
            "decommissioned_at": self.decommissioned_at,
            "first_name": self.first_name,
            "gpu_name": null,
            "gpu_nodes": {},
            "id": self.id,
            "is_decommissioned": self.decommissioned_at.is_some(),
            "last_info_update": last_info_update,
            "location": self.location,
            "location_status": if self.location.is_empty() { "not_set" } else { "set" },
            "mysql_service": "",
            "namespace": self.namespace,
            "num_running_experiments": 0,
            "pod_cpu_cores_initial": null,
            "pod_cpu_cores_limit": null,
            "pod_num_gpus_initial": null,
            "pod_num_gpus_limit": null,
            "pod_ram_initial": null,
            "pod_ram_limit": null,
            "pod_vram_initial": null,
            "pod_vram_limit": null,
            "pue_constant": 1.0,
            "ram": 0.0,
            "status": self.status(silence, now),
            "tdp_of_cpu": 0.0,
            "tdp_of_gpu": 0.0,
            "username": self.username,
            "v_cpu_cores": 0.0,
            "v_gpu_cores": 0.0,
            "vram": 0.0,
        })
    }
}
