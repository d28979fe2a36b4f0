//! What a release consists of, as the cluster has it: for looking at one that this run did not apply.

use futures_util::future::try_join_all;

use crate::cluster::connect::{Connected, Kind, kind};
use crate::cluster::release::SELECTOR;
use crate::cluster::watch::Expected;
use crate::error::Fault;
use crate::model::Slug;

/// The kinds that get a row.
const ROWS: [Kind; 4] = [kind::DEPLOYMENT, kind::DAEMON_SET, kind::STATEFUL_SET, kind::VOLUME_CLAIM];

/// Every workload and volume of the release in that namespace; none where a run ended before it applied them.
pub async fn expected(cluster: &Connected, namespace: &Slug) -> Result<Vec<Expected>, Fault> {
    let lists = ROWS.iter().map(|kind| async move {
        let objects = cluster.list(kind, Some(namespace.as_str()), SELECTOR).await?;
        Ok::<_, Fault>(objects.iter().map(|object| Expected::of(kind.name, object)).collect::<Vec<_>>())
    });
    Ok(try_join_all(lists).await?.into_iter().flatten().collect())
}
