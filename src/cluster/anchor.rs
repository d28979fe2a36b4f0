//! The anchor: what a client of the control plane is tied to.

use crate::cluster::connect::{Connected, kind, text_at};
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::ClusterId;

/// The namespace whose UID is the cluster id.
pub const NAMESPACE: &str = "kube-system";

/// The cluster id: the UID of the namespace `kube-system`, which lives exactly as long as the cluster.
pub async fn cluster_id(cluster: &Connected) -> Result<ClusterId, Fault> {
    let namespace = cluster.get(&kind::NAMESPACE, None, NAMESPACE).await.map_err(|failed| {
        if failed.is_transient() { failed.into() } else { Fault::NoClusterId { why: failed.said } }
    })?;
    let Some(namespace) = namespace else {
        return Err(Fault::NoClusterId { why: Text::new("there is no namespace kube-system") });
    };
    text_at(&namespace, "/metadata/uid")
        .parse()
        .map_err(|_| Fault::NoClusterId { why: Text::new("the namespace kube-system has no usable UID") })
}
