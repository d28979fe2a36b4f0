//! The two seams, in memory. Every call passes one gate, where a schedule may kill the run or lose the reply.

use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::Timestamp;
use tokio::sync::Notify;

use super::world::{ACCOUNT, Answered, Generation, ORIGIN, Patches, Post, World, here};
use crate::backend::{
    Amendment, Answer, Application, Backend, Begun, DeviceContext, Edit, Ending, Outcome, Proof,
};
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::{Candidate, Holder, Install, Report};
use crate::model::{
    Account, Check, Claimed, Client, ClientPage, ClusterId, Facts, Known, Planned, Presence, Removed, Reply,
    Shape, Slug, Target, Username,
};
use crate::secret::{Audience, Secret, SecretRef, Vault};

/// What happens at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// The run dies before the call arrives.
    KilledBefore,
    /// The call does its work, and the run dies before it hears of it.
    KilledAfter,
    /// The call does its work; its reply is lost.
    ReplyLost,
    /// The call never arrives.
    NeverSent,
    /// The call arrives only after two more (claims; anything else never arrives).
    Late,
    /// Somebody deletes the write-ahead record just before the call.
    RecordDeleted,
}

pub const MISHAPS: [Mishap; 5] =
    [Mishap::KilledBefore, Mishap::KilledAfter, Mishap::ReplyLost, Mishap::NeverSent, Mishap::Late];

/// One run's view of the world: a process with a vault of its own.
pub struct Fakes {
    pub world: Arc<Mutex<World>>,
    pub schedule: Vec<(usize, Mishap)>,
    pub vault: Vault,
    pub run: u32,
    pub killed: Notify,
    pub proofs: Mutex<usize>,
}

pub fn audience() -> Audience {
    Audience::machine(ORIGIN, ACCOUNT, here().as_str())
}

fn unreachable() -> Fault {
    Fault::Unreachable { host: "api.acme.example".into(), why: "the reply was lost".into() }
}

impl Fakes {
    pub fn new(world: Arc<Mutex<World>>, schedule: Vec<(usize, Mishap)>, run: u32) -> Self {
        let (vault, killed, proofs) = (Vault::default(), Notify::new(), Mutex::new(0));
        Self { world, schedule, vault, run, killed, proofs }
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    fn open(&self, password: SecretRef) -> String {
        self.vault.open(password, &audience()).unwrap().to_string()
    }

    fn keep(&self, password: &str) -> SecretRef {
        self.vault.keep(Secret::new(password, audience()))
    }

    /// The mishap of the next call, if the schedule has one; late claims arrive here.
    fn next(&self) -> Option<Mishap> {
        let mut world = self.world();
        let call = world.calls;
        world.calls += 1;
        let (due, waiting) = world.late.drain(..).partition(|(at, _)| *at <= call);
        world.late = waiting;
        for (_, post) in Vec::<(usize, Post)>::from_iter(due) {
            world.post(post);
        }
        if self.schedule.contains(&(call, Mishap::RecordDeleted)) {
            world.record.clear();
        }
        let mishap = self.schedule.iter().find(|(at, _)| *at == call).map(|(_, mishap)| *mishap);
        world.fired += usize::from(mishap.is_some());
        mishap
    }

    async fn die<T>(&self) -> T {
        self.killed.notify_one();
        pending().await
    }

    async fn call<T>(&self, apply: impl FnOnce(&mut World) -> T, lost: impl FnOnce() -> T) -> T {
        match self.next() {
            None | Some(Mishap::RecordDeleted) => apply(&mut self.world()),
            Some(Mishap::KilledBefore) => self.die().await,
            Some(Mishap::KilledAfter) => {
                apply(&mut self.world());
                self.die().await
            }
            Some(Mishap::ReplyLost) => {
                apply(&mut self.world());
                lost()
            }
            Some(Mishap::NeverSent | Mishap::Late) => lost(),
        }
    }

    async fn fallible<T>(&self, apply: impl FnOnce(&mut World) -> Result<T, Fault>) -> Result<T, Fault> {
        self.call(apply, || Err(unreachable())).await
    }

    /// Writes the record again, from memory, if it is gone.
    fn restore(&self, world: &mut World, password: SecretRef) {
        let password = self.open(password);
        if world.record.iter().all(|generation| generation.password != password) {
            let (name, slug) = ("Lab".into(), super::world::slug("lab"));
            world.record.insert(0, Generation { password, name, slug, run: self.run });
        }
    }

    fn candidates(&self, world: &World) -> Vec<Candidate> {
        let candidate = |generation: &Generation| Candidate {
            password: self.keep(&generation.password),
            ours: generation.run == self.run,
            name: Some(generation.name.clone()),
            slug: Some(generation.slug.clone()),
        };
        world.record.iter().map(candidate).collect()
    }
}

impl Backend for Fakes {
    fn clients<'a>(
        &'a self,
        _session: SecretRef,
        next: Option<&'a str>,
    ) -> Reply<'a, Result<ClientPage, Fault>> {
        let page: usize = next.map_or(0, |next| next.parse().unwrap());
        Box::pin(self.fallible(move |world| {
            if let Some(page) = world.script.pop_front() {
                return Ok(page);
            }
            let rows: Vec<Client> = world.rows.iter().rev().map(|row| row.client.clone()).collect();
            let count = Some(rows.len() as u64);
            let next = (rows.len() > (page + 1) * 15).then(|| (page + 1).to_string());
            Ok(ClientPage { rows: rows.into_iter().skip(page * 15).take(15).collect(), count, next })
        }))
    }

    fn client(&self, _session: SecretRef, id: u64) -> Reply<'_, Result<Option<Client>, Fault>> {
        Box::pin(self.fallible(move |world| {
            Ok(world.rows.iter().find(|row| row.client.id == id).map(|row| row.client.clone()))
        }))
    }

    fn claim<'a>(&'a self, _session: SecretRef, application: &'a Application) -> Reply<'a, Outcome> {
        assert_eq!(application.account, ACCOUNT);
        let post = Post {
            name: application.name.clone(),
            namespace: application.slug.clone(),
            location: application.location.clone(),
            password: self.open(application.password),
            cluster: application.cluster.clone(),
        };
        let call = self.world().calls;
        if self.schedule.contains(&(call, Mishap::Late)) {
            self.world().late.push((call + 3, post.clone()));
        }
        let apply = |world: &mut World| match world.post(post) {
            Answered::Minted(row) => Outcome::Minted(row),
            Answered::Existing(row) => Outcome::Existing(row),
            Answered::InUse(holder) => Outcome::Refused(Fault::ClusterInUse { holder }),
            Answered::Taken => Outcome::NamespaceTaken,
        };
        Box::pin(self.call(apply, || Outcome::Unknown(unreachable())))
    }

    fn amend<'a>(
        &'a self,
        _session: SecretRef,
        id: u64,
        account: u64,
        cluster: &'a ClusterId,
        change: &'a Amendment,
    ) -> Reply<'a, Result<Client, Fault>> {
        assert_eq!((account, cluster), (ACCOUNT, &here()));
        Box::pin(self.fallible(move |world| {
            let patches = world.patches;
            let row = world.rows.iter_mut().find(|row| row.client.id == id).unwrap();
            match (change, &row.client.cluster_id) {
                (Amendment::Anchor(cluster), None) => row.client.cluster_id = Some(cluster.clone()),
                (Amendment::Anchor(cluster), Some(its)) if its == cluster => {}
                (Amendment::Anchor(_), Some(_)) => {
                    return Err(Fault::ClusterInUse { holder: row.client.name.clone() });
                }
                (Amendment::Password(password), _) => match patches {
                    Patches::Takes => {
                        row.password = self.open(*password);
                        row.revoked = false;
                    }
                    Patches::Ignores => {}
                    Patches::Refuses => return Err(Fault::NoWriteRight { admins: vec![] }),
                },
            }
            Ok(row.client.clone())
        }))
    }

    fn prove<'a>(
        &'a self,
        account: u64,
        cluster: &'a ClusterId,
        username: &'a Username,
        password: SecretRef,
    ) -> Reply<'a, Proof> {
        assert_eq!((account, cluster), (ACCOUNT, &here()));
        *self.proofs.lock().unwrap() += 1;
        let password = self.open(password);
        let apply = move |world: &mut World| match world
            .rows
            .iter()
            .find(|row| row.client.username.as_ref() == Some(username))
        {
            Some(row) if row.revoked => Proof::Inactive,
            Some(row) if row.password == password => Proof::Works,
            _ => Proof::Rejected,
        };
        Box::pin(self.call(apply, || Proof::Unknown(unreachable())))
    }

    fn shape(&self) -> Shape {
        unimplemented!("not part of a claim")
    }
    fn begin<'a>(&'a self, _: &'a DeviceContext) -> Reply<'a, Result<Begun, Fault>> {
        unimplemented!("not part of a claim")
    }
    fn poll(&self, _: SecretRef) -> Reply<'_, Answer> {
        unimplemented!("not part of a claim")
    }
    fn edit<'a>(&'a self, _: SecretRef, _: u64, _: &'a Edit) -> Reply<'a, Result<Client, Fault>> {
        unimplemented!("not part of a claim")
    }
    fn retire(&self, _: SecretRef, _: u64) -> Reply<'_, Result<Ending, Fault>> {
        unimplemented!("not part of a claim")
    }
    fn who(&self, _: SecretRef) -> Reply<'_, Result<Account, Fault>> {
        unimplemented!("not part of a claim")
    }
    fn presence(&self, _: SecretRef, id: u64) -> Reply<'_, Result<Presence, Fault>> {
        Box::pin(self.fallible(move |world| {
            let row = world.rows.iter().find(|row| row.client.id == id).unwrap();
            let (state, last_heard) = (row.client.state, row.client.last_heard);
            Ok(Presence { state, last_heard, server_now: Some(Timestamp::from_second(1_000_000).unwrap()) })
        }))
    }
    fn revoke(&self, _: SecretRef) -> Reply<'_, Result<(), Fault>> {
        unimplemented!("not part of a claim")
    }
    fn server_time(&self) -> Option<Timestamp> {
        None
    }
}

impl Install for Fakes {
    fn inspect(&self) -> Reply<'_, Result<Facts, Fault>> {
        Box::pin(self.fallible(|world| {
            Ok(Facts {
                target: Target::Cluster { context: "k3s".into(), server: "https://127.0.0.1:6443".into() },
                version: Known::Yes("v1.33".into()),
                cluster_id: Known::Yes(here()),
                release: world.release(),
                record: Known::Yes(!world.record.is_empty()),
                machine: world.machine.clone(),
                owner: None,
                obstacle: None,
                nodes: Known::Yes(vec![]),
                planned: Planned::default(),
                images_here: Known::Yes(0),
                ahead: world.ahead,
                checks: Vec::new(),
            })
        }))
    }

    fn intend<'a>(
        &'a self,
        _holder: &'a Holder,
        name: &'a Text,
        slug: &'a Slug,
        password: SecretRef,
    ) -> Reply<'a, Result<Vec<Candidate>, Fault>> {
        Box::pin(self.fallible(move |world| {
            if world.record.is_empty() {
                let (name, slug) = (name.clone(), slug.clone());
                world.record.push(Generation { password: self.open(password), name, slug, run: self.run });
            }
            Ok(self.candidates(world))
        }))
    }

    fn intend_again<'a>(&'a self, _holder: &'a Holder, password: SecretRef) -> Reply<'a, Result<(), Fault>> {
        Box::pin(self.fallible(move |world| {
            let first = world.record.first().cloned().unwrap();
            world.record.insert(0, Generation { password: self.open(password), run: self.run, ..first });
            Ok(())
        }))
    }

    fn recorded<'a>(&'a self, _holder: &'a Holder) -> Reply<'a, Result<Vec<Candidate>, Fault>> {
        Box::pin(self.fallible(|world| Ok(self.candidates(world))))
    }

    fn living<'a>(&'a self, _holder: &'a Holder) -> Reply<'a, Result<Option<(Username, SecretRef)>, Fault>> {
        Box::pin(self.fallible(|world| {
            Ok(world.sink.as_ref().map(|(username, password)| (username.clone(), self.keep(password))))
        }))
    }

    fn deliver<'a>(&'a self, _holder: &'a Holder, claimed: &'a Claimed) -> Reply<'a, Result<(), Fault>> {
        Box::pin(async move {
            self.fallible(|world| {
                world.sink = Some((claimed.username.clone(), self.open(claimed.password)));
                Ok(())
            })
            .await?;
            self.fallible(|world| {
                world.record.clear();
                Ok(())
            })
            .await
        })
    }

    fn answered<'a>(&'a self, _: &'a Holder, password: SecretRef, _: u64) -> Reply<'a, Result<(), Fault>> {
        Box::pin(self.fallible(move |world| {
            self.restore(world, password);
            Ok(())
        }))
    }

    fn in_use(&self) -> Reply<'_, Result<bool, Fault>> {
        Box::pin(self.fallible(|world| Ok(world.in_use)))
    }

    // It only saves time, so it is no call that anything may happen to.
    fn pull_ahead(&self) -> Reply<'_, ()> {
        Box::pin(async { self.world().pulls.push("begun") })
    }

    fn pull_no_more(&self) -> Reply<'_, ()> {
        Box::pin(async { self.world().pulls.push("called off") })
    }

    // Turns are a matter of the cluster's; here everything must hold without them.
    fn queue<'a>(&'a self, _: bool, _: &'a Report) -> Reply<'a, Result<(), Fault>> {
        Box::pin(self.fallible(|_| Ok(())))
    }

    fn alive(&self) -> Reply<'_, Fault> {
        Box::pin(pending())
    }

    fn guard<'a>(&'a self, _: &'a Holder, password: Option<SecretRef>) -> Reply<'a, Result<(), Fault>> {
        Box::pin(self.fallible(move |world| {
            if let Some(password) = password {
                self.restore(world, password);
            }
            Ok(())
        }))
    }

    fn make_way(&self) -> Reply<'_, ()> {
        Box::pin(self.call(|_| (), || ()))
    }

    fn observe<'a>(&'a self, _: &'a Slug, _: Report) -> Reply<'a, Fault> {
        unimplemented!("not part of a claim")
    }

    fn run<'a>(&'a self, _: &'a Claimed, _: Report) -> Reply<'a, Fault> {
        unimplemented!("not part of a claim")
    }
    fn preflight(&self) -> Reply<'_, Vec<Check>> {
        unimplemented!("not part of a claim")
    }
    fn remove<'a>(&'a self, _: &'a Holder, _: bool, _: &'a Report) -> Reply<'a, Result<Removed, Fault>> {
        unimplemented!("not part of a claim")
    }
}
