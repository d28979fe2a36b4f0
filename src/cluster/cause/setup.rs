//! A container that is being set up: image, volumes, network, or an init container before it.

use super::clean::{QUOTE, clean};
use super::container::{Part, quote};
use super::finding::Finding;
use super::pod::called;
use super::view::{Event, View};
use super::words::lasting;
use super::{Kind, image, volume};
use crate::cluster::kstatus::{condition, text, time};

/// What the node is busy with. Its status says only ContainerCreating or PodInitializing; events tell the step.
pub(super) fn look(view: &View, part: &Part) -> Finding {
    let uid = part.uid();
    let trouble = ["FailedMount", "FailedAttachVolume", "FailedMapVolume", "FailedCreatePodSandBox"];
    let steps = ["Pulling", "Pulled", "Created", "Started", "SuccessfulMountVolume"];
    let stuck = view.latest(uid, &trouble, |_| true);
    let moved = view.latest(uid, &steps, |_| true);
    if let Some(stuck) = stuck
        && moved.is_none_or(|moved| moved.last < stuck.last)
    {
        return if stuck.reason == "FailedCreatePodSandBox" {
            sandbox(view, part, &stuck)
        } else {
            volume::mount(view, part, &stuck)
        };
    }
    image::pulling(view, part).unwrap_or_else(|| starting(view, part))
}

fn starting(view: &View, part: &Part) -> Finding {
    let scheduled = condition(part.pod, "PodScheduled").and_then(|found| time(found, "/lastTransitionTime"));
    let node = clean(text(part.pod, "/spec/nodeName"), QUOTE);
    let time = lasting(view.since(scheduled), view.now());
    let sentence = format!("{} is being set up on node {node}{time}.", part.who(view));
    Finding::new(Kind::ContainerStarting, sentence, called(part.pod), scheduled)
        .says(text(part.status, "/state/waiting/reason"), text(part.status, "/state/waiting/message"))
        .next("Nothing to do yet.")
}

/// The pod's network could not be made. (kubelet, `kuberuntime_sandbox.go`; the rest is the network plugin's)
fn sandbox(view: &View, part: &Part, event: &Event) -> Finding {
    let sentence =
        format!("{} cannot start: its network cannot be made: {}.", part.who(view), quote(event.message));
    Finding::new(Kind::PodSandbox, sentence, called(part.pod), Some(event.first))
        .says(event.reason, event.message)
        .only_told()
        .next("The node tries again by itself; if it lasts, check the cluster's network plugin on that node.")
}
