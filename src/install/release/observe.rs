//! What a release consists of, as the cluster has it: for looking at one that this run did not apply.

use futures_util::future::try_join_all;
use serde_json::Value;

use super::engine::Engine;
use super::manifest::is_hook;
use super::parts::{Home, ROWS};
use crate::cluster::connect::Connected;
use crate::cluster::kstatus::items;
use crate::cluster::watch::Expected;
use crate::error::Fault;
use crate::model::Slug;

/// Every workload and volume of the release in that namespace, wherever it lives; none where a run ended before it
/// applied them.
pub async fn expected(
    cluster: &Connected,
    engine: &Engine,
    namespace: &Slug,
) -> Result<Vec<Expected>, Fault> {
    let also = engine.other_spaces(namespace.as_str()).await;
    let home = Home { place: namespace.as_str(), also: &also };
    let lists = ROWS.iter().map(|kind| async move {
        let objects = home.list_of_any_name(cluster, kind).await?;
        let expected = objects.iter().filter(|object| stands_for_itself(object));
        Ok::<_, Fault>(expected.map(|object| Expected::of(kind.name, object)).collect::<Vec<_>>())
    });
    Ok(try_join_all(lists).await?.into_iter().flatten().collect())
}

/// Not made by another object, such as a CronJob's Jobs, and not a hook: those run and go.
fn stands_for_itself(object: &Value) -> bool {
    items(object, "/metadata/ownerReferences").is_empty() && !is_hook(object)
}
