//! The settle as a job of the committer: what a batch reads and locks for it, when its attempt id is
//! looked up, who is answered. Decides nothing.

use std::future::Future;
use std::pin::Pin;

use tokio::sync::oneshot;

use super::super::committer::{Job, Store, Touched, Turn, Work, reply_of};
use super::super::error::StoreError;
use super::super::ledger::Place;
use super::super::settle_ledger::LookUp;
use super::{ResetRequest, SettlePort, SettleRequest, Settled, reset, settle};
use crate::model::{AttemptId, TenantId};

/// Whether the job's attempt id was looked up in its last run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IdLook {
    NotYet,
    Spared,
    Taken,
}

impl SettlePort for Store {
    fn settle(
        &self,
        request: SettleRequest,
    ) -> Pin<Box<dyn Future<Output = Result<Settled, StoreError>> + Send>> {
        let (reply, answer) = oneshot::channel();
        let tenant = request.tenant.clone();
        self.submit(
            &tenant,
            Box::new(SettleJob { request, look: IdLook::NotYet, settled: None, reply }),
        );
        Box::pin(reply_of(answer))
    }

    fn reset(
        &self,
        request: ResetRequest,
    ) -> Pin<Box<dyn Future<Output = Result<Settled, StoreError>> + Send>> {
        let store = self.clone();
        Box::pin(async move { reset::settled(&store, request).await })
    }
}

struct SettleJob {
    request: SettleRequest,
    look: IdLook,
    settled: Option<Settled>,
    reply: oneshot::Sender<Result<Settled, StoreError>>,
}

impl Job for SettleJob {
    fn turn(&self) -> Turn {
        Turn::OverRows
    }

    fn touch<'a>(&'a self, touched: &mut Touched<'a>) {
        let Place { tenant, subject, source, .. } = self.request.place();
        let (tenant, subject) = (tenant.as_str(), subject.as_str());
        touched.subjects.push([tenant, subject, ""]);
        touched.tenants.push(tenant);
        touched.owners.push([tenant, self.request.key.as_str(), ""]);
        touched.sources.push([tenant, subject, source.as_str()]);
    }

    /// The first run need not look its attempt id up (rule 7): were there a row of it, then writing
    /// this one fails, and the job is run again, with the look. An answer that writes no row would not
    /// fail, so it is given only after the look.
    fn run(&mut self, work: &mut Work<'_>) -> Result<(), StoreError> {
        if self.look == IdLook::NotYet {
            self.look = IdLook::Spared;
            work.look_up = LookUp::Never;
            let settled = settle(work, &self.request);
            work.look_up = LookUp::Always;
            let settled = settled?;
            if settled.answer.is_logged() {
                self.settled = Some(settled);
                return Ok(());
            }
        }
        self.look = IdLook::Taken;
        self.settled = Some(settle(work, &self.request)?);
        Ok(())
    }

    fn has_another_way(&self) -> bool {
        self.look == IdLook::Spared
    }

    fn attempt(&self) -> Option<(TenantId, AttemptId)> {
        Some((self.request.tenant.clone(), self.request.attempt.clone()))
    }

    fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
        let answer = match (outcome, self.settled) {
            (Ok(()), Some(settled)) => Ok(settled),
            (Ok(()), None) => Err(StoreError::Unclear),
            (Err(error), _) => Err(error),
        };
        // The attempt's task lives until here (rule 3); if it is gone the count stands all the same.
        let _gone = self.reply.send(answer);
    }
}
