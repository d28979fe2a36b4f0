//! What was seen, as plain data: verdicts are made of this alone.

use std::time::Duration;

use jiff::Timestamp;

use super::table::Part;
use crate::foreign::Text;
use crate::model::Standing;

mod cluster;
mod machine;
mod network;
mod sides;

pub use crate::http::certificate::Certificate;
pub use cluster::{ClusterSide, HelmRecord, Holder, KubeFile, Record, Right, Workload, called};
pub use machine::{Cgroup, Disk, Machine, OurFile, ProxyProblem, ProxyVariable, Terminal};
pub use network::{Endpoint, HttpSeen, Layered, Network, TlsSeen, Way, bypasses};
pub use sides::{AccountSide, KeptSession, Listing, Plane, Store};

/// One part of the world, as far as it was looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Look<T> {
    /// Not yet.
    #[default]
    Pending,
    /// It was looked at.
    Seen(T),
    /// It could not be; why.
    Failed(Text),
    /// There is nothing to look at; why.
    Nothing(Text),
    /// A profile of this kind has no such part: nothing is said of it.
    Absent,
}

impl<T> Look<T> {
    /// What was seen.
    pub fn seen(&self) -> Option<&T> {
        match self {
            Self::Seen(facts) => Some(facts),
            _ => None,
        }
    }

    /// What was seen, to be changed.
    pub fn seen_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Seen(facts) => Some(facts),
            _ => None,
        }
    }

    fn give_up(&mut self, why: &Text) -> bool {
        let pending = matches!(self, Self::Pending);
        if pending {
            *self = Self::Failed(why.clone());
        }
        pending
    }
}

/// Everything that was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    /// When the look began, by this machine's clock.
    pub now: Timestamp,
    /// Whether this machine's identity comes with the sign-in: then there is neither session nor cluster.
    pub registers: bool,
    /// This machine.
    pub machine: Look<Machine>,
    /// The way to the control plane.
    pub network: Look<Network>,
    /// Where things rest here.
    pub store: Look<Store>,
    /// The session and the account.
    pub account: Look<AccountSide>,
    /// What a registration put on this machine.
    pub station: Look<Standing>,
    /// The cluster.
    pub cluster: Look<ClusterSide>,
    /// What is installed in it.
    pub workload: Look<Workload>,
    /// What the control plane says of this machine.
    pub plane: Look<Plane>,
}

impl World {
    /// Nothing is seen yet.
    pub fn new(now: Timestamp) -> Self {
        Self {
            now,
            registers: false,
            machine: Look::Pending,
            network: Look::Pending,
            store: Look::Pending,
            account: Look::Pending,
            station: Look::Pending,
            cluster: Look::Pending,
            workload: Look::Pending,
            plane: Look::Pending,
        }
    }

    /// What is pending failed: the time is up. Says which parts that were.
    pub fn give_up(&mut self, after: Duration) -> Vec<Part> {
        let why = Text::from(format!("no answer within {} s", after.as_secs()));
        let pending = [
            (Part::Machine, self.machine.give_up(&why)),
            (Part::Network, self.network.give_up(&why)),
            (Part::Store, self.store.give_up(&why)),
            (Part::Account, self.account.give_up(&why)),
            (Part::Station, self.station.give_up(&why)),
            (Part::Cluster, self.cluster.give_up(&why)),
            (Part::Workload, self.workload.give_up(&why)),
            (Part::Plane, self.plane.give_up(&why)),
        ];
        pending.into_iter().filter_map(|(part, was)| was.then_some(part)).collect()
    }
}
