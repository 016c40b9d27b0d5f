//! The directory of tenant actors: finds the actor of a tenant, starts it when it is first needed,
//! and starts a fresh one when the old one has died (a panicking actor's address is closed and
//! nothing else would notice). Two actors of one tenant for a moment cost hashes, never exactness.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use actix::dev::{MessageResponse, ToEnvelope};
use actix::{Actor, Addr, ArbiterHandle, Handler, MailboxError, Message};
use parking_lot::RwLock;

use super::actor::{Surroundings, TenantActor};
use super::gate::Lesson;
use crate::model::TenantId;

/// A message that is not answered by then is given up: the actor only touches memory, so this is
/// an overloaded or dead machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// The tenant's actor did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the tenant's actor did not answer")]
pub struct ActorSilent;

pub(super) struct Directory {
    actors: RwLock<HashMap<TenantId, Addr<TenantActor>>>,
    arbiters: Vec<ArbiterHandle>,
    around: Arc<Surroundings>,
    spread: RandomState,
}

impl Directory {
    pub fn new(arbiters: Vec<ArbiterHandle>, around: Arc<Surroundings>) -> Self {
        Self { actors: RwLock::default(), arbiters, around, spread: RandomState::new() }
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
        if let Some(actor) = self.actors.read().get(tenant).filter(|a| a.connected()) {
            return Ok(actor.clone());
        }
        let mut actors = self.actors.write();
        if let Some(actor) = actors.get(tenant).filter(|a| a.connected()) {
            return Ok(actor.clone());
        }
        // Addresses of stopped actors are small; they are cleared now and then, not each time.
        if actors.len() % 1024 == 1023 {
            actors.retain(|_, actor| actor.connected());
        }
        let spread = usize::try_from(self.spread.hash_one(tenant) % 1024).unwrap_or(0);
        let index = spread.checked_rem(self.arbiters.len()).unwrap_or(0);
        let arbiter = self.arbiters.get(index).ok_or(ActorSilent)?;
        let (owner, around) = (tenant.clone(), Arc::clone(&self.around));
        let actor = TenantActor::start_in_arbiter(arbiter, |_| TenantActor::new(owner, around));
        actors.insert(tenant.clone(), actor.clone());
        Ok(actor)
    }

    /// Whether the tenant's actor is alive: one that is not has nothing to forget.
    pub fn has(&self, tenant: &TenantId) -> bool {
        self.actors.read().get(tenant).is_some_and(Addr::connected)
    }

    fn forget(&self, tenant: &TenantId, dead: &Addr<TenantActor>) {
        let mut actors = self.actors.write();
        if actors.get(tenant).is_some_and(|known| known == dead) {
            actors.remove(tenant);
        }
    }

    /// What actors were taught so far; asked before rows are read.
    pub fn lessons_so_far(&self) -> Lesson {
        self.around.lessons.so_far()
    }

    /// How many actors are alive.
    pub fn alive(&self) -> usize {
        self.actors.read().values().filter(|a| a.connected()).count()
    }
}
