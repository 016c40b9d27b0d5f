//! The directory of tenant actors: finds the actor of a tenant, starts it when it is first needed,
//! and starts a fresh one when the old one has died (a panicking actor's address is closed and
//! nothing else would notice). Two actors of one tenant for a moment cost hashes, never exactness.
//!
//! It holds as many entries as actors live: an actor takes its own out when it ends, whether it
//! stopped or panicked.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix::dev::{MessageResponse, ToEnvelope};
use actix::{Actor, Addr, ArbiterHandle, Handler, MailboxError, Message};
use parking_lot::RwLock;

use super::actor::{Asked, Rest, Surroundings, TenantActor};
use crate::model::TenantId;

/// A message that is not answered by then is given up: the actor only touches memory, so this is
/// an overloaded or dead machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// The tenant's actor did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the tenant's actor did not answer")]
pub struct ActorSilent;

pub(super) struct Directory {
    living: Arc<Living>,
    births: AtomicU64,
    arbiters: Vec<ArbiterHandle>,
    around: Arc<Surroundings>,
    spread: RandomState,
}

/// The addresses of the actors that live.
#[derive(Default)]
pub(super) struct Living {
    actors: RwLock<HashMap<Arc<TenantId>, Known>>,
}

struct Known {
    actor: Addr<TenantActor>,
    /// Tells an actor from its successor.
    birth: u64,
}

/// An actor's place in the directory; dropped with the actor, it gives the place back.
pub(super) struct Place {
    pub tenant: Arc<TenantId>,
    birth: u64,
    living: Arc<Living>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut actors = self.living.actors.write();
        if actors.get(&*self.tenant).is_some_and(|known| known.birth == self.birth) {
            actors.remove(&*self.tenant);
            // A table keeps its room for ever, and the busiest hour need not be paid for at night.
            if actors.capacity() > 1024 && actors.len() < actors.capacity() / 8 {
                actors.shrink_to_fit();
            }
        }
    }
}

impl Directory {
    pub fn new(arbiters: Vec<ArbiterHandle>, around: Arc<Surroundings>) -> Self {
        let (living, births, spread) = (Arc::default(), AtomicU64::new(0), RandomState::new());
        Self { living, births, arbiters, around, spread }
    }

    /// Sends a message, once more to a fresh actor if the first one turns out dead.
    pub async fn send<M>(
        &self,
        tenant: &TenantId,
        message: impl Fn() -> M,
    ) -> Result<M::Result, ActorSilent>
    where
        M: Message + Send + 'static,
        M::Result: Send,
        TenantActor: Handler<M>,
        <TenantActor as Actor>::Context: ToEnvelope<TenantActor, M>,
        <TenantActor as Handler<M>>::Result: MessageResponse<TenantActor, M>,
    {
        for _ in 0..2 {
            let actor = self.actor(tenant)?;
            match actor.send(message()).timeout(PATIENCE).await {
                Ok(answer) => return Ok(answer),
                Err(MailboxError::Closed) => self.forget(tenant, &actor),
                Err(MailboxError::Timeout) => return Err(ActorSilent),
            }
        }
        Err(ActorSilent)
    }

    /// The live actor of a tenant, started if there is none.
    fn actor(&self, tenant: &TenantId) -> Result<Addr<TenantActor>, ActorSilent> {
        let live = |known: &Known| known.actor.connected().then(|| known.actor.clone());
        if let Some(actor) = self.living.actors.read().get(tenant).and_then(live) {
            return Ok(actor);
        }
        let mut actors = self.living.actors.write();
        if let Some(actor) = actors.get(tenant).and_then(live) {
            return Ok(actor);
        }
        let spread = usize::try_from(self.spread.hash_one(tenant) % 1024).unwrap_or(0);
        let index = spread.checked_rem(self.arbiters.len()).unwrap_or(0);
        let arbiter = self.arbiters.get(index).ok_or(ActorSilent)?;
        let birth = self.births.fetch_add(1, Ordering::Relaxed);
        let (tenant, around) = (Arc::new(tenant.clone()), Arc::clone(&self.around));
        let (of, living) = (Arc::clone(&tenant), Arc::clone(&self.living));
        // The place is made in the arbiter: one that has ended drops what it is given here and now,
        // and a dropped place asks for the lock that is held.
        let actor = TenantActor::start_in_arbiter(arbiter, move |_| {
            TenantActor::at(Place { tenant: of, birth, living }, around)
        });
        actors.insert(tenant, Known { actor: actor.clone(), birth });
        Ok(actor)
    }

    /// Whether the tenant's actor is alive: one that is not has nothing to forget.
    pub fn has(&self, tenant: &TenantId) -> bool {
        self.living.actors.read().get(tenant).is_some_and(|known| known.actor.connected())
    }

    fn forget(&self, tenant: &TenantId, dead: &Addr<TenantActor>) {
        let mut actors = self.living.actors.write();
        if actors.get(tenant).is_some_and(|known| known.actor == *dead) {
            actors.remove(tenant);
        }
    }

    /// Lets every actor look whether it may rest. One message each and round, instead of a timer in
    /// each of them.
    pub fn let_rest(&self) {
        let actors: Vec<_> =
            self.living.actors.read().values().map(|known| known.actor.clone()).collect();
        for actor in actors {
            // Who has a full mailbox is not idle; who is gone rests.
            let _busy = actor.try_send(Rest);
        }
    }

    /// This moment; taken before rows are read or locked.
    pub fn asked(&self) -> Asked {
        self.around.asked()
    }

    /// The tenants whose actors are alive, in no order.
    pub fn tenants(&self) -> Vec<TenantId> {
        self.living.actors.read().keys().map(|tenant| TenantId::clone(tenant)).collect()
    }

    /// How many actors are alive.
    pub fn alive(&self) -> usize {
        self.living.actors.read().len()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use actix::Arbiter;

    use super::super::actor::EnterGate;
    use super::super::gate::Lessons;
    use super::super::locked_table::LockedTable;
    use super::super::waiting_room::WaitingRoom;
    use super::*;
    use crate::model::meter::NoMeter;
    use crate::model::{Clock, Millis, UserId};
    use crate::store::SubjectKey;

    struct StillClock;

    impl Clock for StillClock {
        fn at(&self, _db_now: Option<Millis>) -> Millis {
            Millis(0)
        }
        fn monotonic(&self) -> Duration {
            Duration::ZERO
        }
        fn wait_until<'a>(
            &'a self,
            _due: Millis,
        ) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
            Box::pin(std::future::pending())
        }
    }

    /// As while a server stops: whoever still asks is refused, and nobody waits for ever.
    #[test]
    fn an_arbiter_that_has_ended_starts_no_actor() {
        let (told, answer) = channel();
        let stopping = async move {
            let arbiter = Arbiter::new();
            let handle = arbiter.handle();
            arbiter.stop();
            arbiter.join().unwrap();
            let around = Surroundings {
                clock: Arc::new(StillClock),
                meter: Arc::new(NoMeter),
                locked: Arc::new(LockedTable::default()),
                lessons: Lessons::default(),
                idle_stop: Duration::from_secs(300),
                waiting_room: WaitingRoom::new(1 << 20),
            };
            let directory = Directory::new(vec![handle], Arc::new(around));
            let tenant = TenantId::generate(Millis(0));
            let subject = SubjectKey::user(&UserId::generate(Millis(0)));
            let message = || EnterGate { subject: subject.clone() };
            let told_by_actor = directory.send(&tenant, message).await.map(|_| ());
            told.send((told_by_actor, directory.alive())).unwrap();
        };
        std::thread::spawn(|| actix::System::new().block_on(stopping));
        let said = answer.recv_timeout(Duration::from_secs(60)).unwrap();
        assert_eq!(said, (Err(ActorSilent), 0));
    }
}
