//! Deployments: a ReplicaSet for each template, and the way from one to the next.

use super::template::{self, HASH_LABEL};
use crate::sandbox::cluster::api::Api;
use crate::sandbox::cluster::events::{Source, Tone, record};
use crate::sandbox::cluster::kinds;
use crate::sandbox::cluster::object::{
    at, controller_uid, count, entry, is_deleting, name, namespace, set, text, uid,
};
use scale::Scaled;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::time::Instant;

mod scale;
mod status;

const NAME: &str = "deployment-controller";
const REVISION: &str = "deployment.kubernetes.io/revision";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The Deployment controller. It remembers when each Deployment last made progress.
#[derive(Default)]
pub struct Deployments {
    progress: HashMap<String, Instant>,
}

/// The ReplicaSets of a Deployment.
pub struct Owned {
    /// The one of the present template.
    pub new: Option<Arc<Value>>,
    /// Those of earlier templates, oldest first.
    pub old: Vec<Arc<Value>>,
}

impl Owned {
    fn of(api: &Api, deployment: &Value) -> Self {
        let template = template::template(deployment);
        let mut all = api.list(&kinds::REPLICASETS, Some(namespace(deployment)));
        all.retain(|set| controller_uid(set) == uid(deployment));
        all.sort_by_key(|set| revision(set));
        let (new, old): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|set| template::template(set) == template);
        Self { new: new.into_iter().next_back(), old }
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Value>> {
        self.old.iter().chain(&self.new)
    }

    /// The sum of a number over all of them.
    pub fn sum(&self, path: &[&str]) -> i64 {
        self.all().map(|set| count(set, path)).sum()
    }
}

fn revision(set: &Value) -> i64 {
    text(set, &["metadata", "annotations", REVISION]).parse().unwrap_or(0)
}

fn tell(api: &Api, deployment: &Value, reason: &str, message: &str) {
    record(api, Source::Controller(NAME), &kinds::DEPLOYMENTS, deployment, Tone::Normal, reason, message);
}

impl Deployments {
    /// Takes the next step for every Deployment. Says when the next deadline passes.
    pub fn reconcile(&mut self, api: &Api) -> Option<Instant> {
        let all = api.list(&kinds::DEPLOYMENTS, None);
        self.progress.retain(|known, _| all.iter().any(|deployment| uid(deployment) == known));
        all.iter().filter_map(|deployment| self.one(api, deployment)).min()
    }

    fn one(&mut self, api: &Api, deployment: &Value) -> Option<Instant> {
        let owned = Owned::of(api, deployment);
        if !is_deleting(deployment) && deployment["spec"]["paused"] != true {
            self.step(api, deployment, &owned);
        }
        // The status tells of the generation that was acted on, and of the sets as they are after that.
        let owned = Owned::of(api, deployment);
        status::write(api, deployment, &owned, &mut self.progress)
    }

    fn step(&mut self, api: &Api, deployment: &Value, owned: &Owned) {
        if text(deployment, &["spec", "strategy", "type"]) == "Recreate" {
            let scaled_down = scale::all_down(api, deployment, &owned.old);
            let gone = owned.old.iter().all(|set| super::replicaset::owned_pods(api, set).is_empty());
            if scaled_down || !gone {
                return;
            }
        }
        let Some(new) = &owned.new else {
            self.create(api, deployment, owned);
            return;
        };
        Self::keep_revision(api, deployment, owned, new);
        if text(deployment, &["spec", "strategy", "type"]) == "Recreate" {
            scale::to(api, deployment, new, count(deployment, &["spec", "replicas"]));
        } else if scale::up_new(api, deployment, owned, new) == Scaled::No {
            scale::down_old(api, deployment, owned, new);
        }
        Self::clean_up(api, deployment, owned);
    }

    fn create(&mut self, api: &Api, deployment: &Value, owned: &Owned) {
        let hash = template::hash(deployment);
        let own = format!("{}-{hash}", name(deployment));
        let replicas = scale::first(deployment, owned);
        let revision = owned.all().map(|set| revision(set)).max().unwrap_or(0) + 1;
        let mut set_object = json!({
            "metadata": {"name": own, "labels": at(deployment, &["spec", "template", "metadata", "labels"])},
            "spec": {
                "replicas": replicas, "selector": deployment["spec"]["selector"],
                "template": template::template(deployment),
            },
        });
        for path in [
            &["metadata", "labels"][..],
            &["spec", "selector", "matchLabels"],
            &["spec", "template", "metadata", "labels"],
        ] {
            entry(&mut set_object, path).insert(HASH_LABEL.to_owned(), json!(hash));
        }
        let mut annotations = at(deployment, &["metadata", "annotations"]).clone();
        scale::annotate(&mut annotations, deployment);
        set(&mut annotations, &[REVISION], revision.to_string());
        entry(&mut annotations, &[]).remove(LAST_APPLIED);
        set(&mut set_object, &["metadata", "annotations"], annotations);
        entry(&mut set_object, &["metadata"])
            .insert("ownerReferences".to_owned(), template::owners("Deployment", deployment));
        let made = api.create(&kinds::REPLICASETS, namespace(deployment), set_object, NAME);
        if made.is_err() {
            return;
        }
        api.mutate(&kinds::DEPLOYMENTS, namespace(deployment), name(deployment), |object| {
            set(object, &["metadata", "annotations", REVISION], revision.to_string());
            let message = format!("Created new replica set \"{own}\"");
            status::set_progressing(object, "True", "NewReplicaSetCreated", &message, &api.clock.stamp());
        });
        self.progress.insert(uid(deployment).to_owned(), Instant::now());
        if replicas > 0 {
            let message = format!("Scaled up replica set {own} from 0 to {replicas}");
            tell(api, deployment, "ScalingReplicaSet", &message);
        }
    }

    /// A template that was there before gets the next revision again.
    fn keep_revision(api: &Api, deployment: &Value, owned: &Owned, new: &Value) {
        let latest = owned.old.iter().map(|set| revision(set)).max().unwrap_or(0);
        let own = if revision(new) > latest { revision(new) } else { latest + 1 };
        for (kind, object) in [(&kinds::REPLICASETS, new), (&kinds::DEPLOYMENTS, deployment)] {
            if revision(object) != own {
                api.mutate(kind, namespace(object), name(object), |object| {
                    set(object, &["metadata", "annotations", REVISION], own.to_string());
                });
            }
        }
    }

    fn clean_up(api: &Api, deployment: &Value, owned: &Owned) {
        let keep = usize::try_from(count(deployment, &["spec", "revisionHistoryLimit"])).unwrap_or(10);
        let empty: Vec<_> = owned
            .old
            .iter()
            .filter(|set| count(set, &["spec", "replicas"]) == 0 && count(set, &["status", "replicas"]) == 0)
            .collect();
        for set in empty.iter().take(empty.len().saturating_sub(keep)) {
            api.delete(&kinds::REPLICASETS, namespace(set), name(set));
        }
    }
}
