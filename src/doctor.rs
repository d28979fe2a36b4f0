//! The doctor: looks at machine, network, account, cluster and control plane, and says what is wrong, what is
//! merely a consequence, what could not be looked at, and what to do.
//!
//! Facts are gathered once, in parts that run side by side, each with its own deadline (`look`). A check is one
//! entry of a table (`table`): its id, its title, what it follows from, and a pure function from facts to a
//! verdict (`checks`). A `report` ranks them: root causes first, what follows from them folded under them.
//! Nothing here changes anything; a `bundle` carries the whole to somebody far away, without secrets.

pub mod bundle;
mod checks;
pub mod facts;
mod look;
pub mod pane;
pub mod report;
pub mod table;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

pub use look::{Subject, Surroundings};

use bundle::clean::Cleanser;
use facts::{Look, World};
use report::{Item, Report};
use table::Part;

/// How long the whole may take. What has not answered by then is unknown.
pub const LONGEST: Duration = Duration::from_secs(14);

/// Where results are told as they come in.
pub type Tell<'a> = &'a (dyn Fn(Item) + Send + Sync);

/// Looks at everything, and tells each result as it comes in. With `only`, tells and keeps only those ids.
pub async fn examine(subject: &Subject, only: &[&str], tell: Tell<'_>) -> (Report, World) {
    let began = (subject.clock)();
    let world = World { registers: subject.fitting.is_some(), ..World::new(began) };
    let desk = Desk { world: Mutex::new(world), subject, only, tell };
    if timeout(LONGEST, Box::pin(desk.look())).await.is_err() {
        desk.give_up();
    }
    let world = desk.world.into_inner().unwrap_or_else(PoisonError::into_inner);
    let took = Duration::try_from((subject.clock)().duration_since(began)).unwrap_or_default();
    let cleanser = Cleanser::new(&subject.vault);
    let report = Report::of(table::judged(&world, &cleanser, only), began, took, subject.about());
    (report, world)
}

/// Where the parts come together.
struct Desk<'a> {
    world: Mutex<World>,
    subject: &'a Subject,
    only: &'a [&'a str],
    tell: Tell<'a>,
}

impl Desk<'_> {
    async fn look(&self) {
        let subject = self.subject;
        // Reading our own files mends a loose mode, so what they are like is looked at first.
        let modes_seen = Semaphore::new(0);
        let machine = async {
            let facts = look::machine(subject).await;
            modes_seen.add_permits(2);
            self.put(Part::Machine, |world| &mut world.machine, facts);
        };
        let network = async {
            let facts = look::network(subject).await;
            self.put(Part::Network, |world| &mut world.network, facts);
        };
        let store = async {
            let _seen = modes_seen.acquire().await;
            let facts = look::store(subject).await;
            self.put(Part::Store, |world| &mut world.store, facts);
        };
        let station = async {
            let facts = look::station(subject).await;
            self.put(Part::Station, |world| &mut world.station, facts);
        };
        let rest = async {
            let cluster = async {
                let (facts, reach) = Box::pin(look::cluster(subject)).await;
                self.put(Part::Cluster, |world| &mut world.cluster, facts);
                reach
            };
            let account = async {
                let _seen = modes_seen.acquire().await;
                let (facts, signed_in) = look::account(subject).await;
                self.put(Part::Account, |world| &mut world.account, facts);
                signed_in
            };
            let (reach, signed_in) = tokio::join!(cluster, account);
            let (workload, mut plane) = tokio::join!(
                look::workload(subject, reach.as_ref()),
                look::plane(subject, reach.as_ref(), signed_in)
            );
            if let (Some(workload), Some(plane)) = (workload.seen(), plane.seen_mut()) {
                plane.ready_here = checks::workload::all_ready(workload);
            }
            self.put(Part::Workload, |world| &mut world.workload, workload);
            self.put(Part::Plane, |world| &mut world.plane, plane);
        };
        tokio::join!(machine, network, store, station, rest);
    }

    /// Puts a part in its place, and tells what can be judged now.
    fn put<T>(&self, part: Part, place: impl FnOnce(&mut World) -> &mut Look<T>, facts: Look<T>) {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        *place(&mut world) = facts;
        self.tell_of(&world, part);
    }

    fn tell_of(&self, world: &World, part: Part) {
        let cleanser = Cleanser::new(&self.subject.vault);
        for item in table::judged_with(world, part, &cleanser, self.only) {
            (self.tell)(item);
        }
    }

    /// The time is up: what is pending is unknown.
    fn give_up(&self) {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        for part in world.give_up(LONGEST) {
            self.tell_of(&world, part);
        }
    }
}
