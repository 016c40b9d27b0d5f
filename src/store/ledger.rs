//! The ledger: exactly what a settle, a change of a subject, a sign-up and a deletion read and write
//! inside their transaction, as a trait. `Work` (the open transaction of a batch) is the ledger that
//! ships; the simulation of the tests runs the same settle over one of its own.
//!
//! Whoever implements it promises what the transaction promises: the subject's row is locked before
//! the first call (rule 10), `now` was taken after that lock (rule 12), each call sees what the
//! calls before it wrote (rule 9), and everything becomes visible together or not at all. It decides
//! nothing. Only `store` names it in `src/`.

use std::sync::Arc;

use super::attempts::AttemptRow;
use super::audit::AuditRow;
use super::error::StoreError;
use super::events::Event;
use super::factor::FactorLedger;
use super::lanes::LaneLedger;
use super::notices::Notice;
use super::one_time_codes::OneTimeCode;
use super::outbox::OutboxRow;
use super::sessions::Session;
use super::settle::{SettleClient, Settled};
use super::sign_ins::SignIn;
use super::subjects::SubjectKey;
use super::users::NewUser;
use crate::lockout::{Policy, SubjectState, SubjectView};
use crate::model::{
    AttemptId, AuditId, CanonicalKey, Count, IdentificationId, Lane, Millis, OutboxId, SignInId,
    Source, TenantId, UserId,
};

/// The live policy of a tenant, read inside the transaction (rule 11).
#[derive(Debug, Clone)]
pub struct LivePolicy {
    pub version: i64,
    pub policy: Arc<Policy>,
}

/// The owner of an identifier: what a settle compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    pub id: UserId,
    pub credential_version: i64,
    pub banned: bool,
}

/// Names the rows of one decision: the subject's own, its source's, and its lane's where that is
/// not the public one.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub tenant: &'a TenantId,
    pub subject: &'a SubjectKey,
    pub source: &'a Source,
    pub lane: &'a Lane,
}

/// What a completed sign-in leaves behind.
#[derive(Debug)]
pub struct Completion<'a> {
    pub client: &'a SettleClient,
    pub sign_in: &'a SignIn,
    pub session: &'a Session,
    pub others: OtherSessions,
    /// When the user signed in; every row written carries it.
    pub at: Millis,
}

/// What becomes of the client's other live sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherSessions {
    Kept,
    /// The tenant allows one session a client.
    Replaced,
}

/// See the module. Errors are the storage's: the whole transaction is then given up.
#[expect(clippy::missing_errors_doc, reason = "one sentence above for all of them")]
pub trait Ledger: FactorLedger + LaneLedger {
    /// The instant of this transaction.
    fn now(&self) -> Millis;
    /// The node that writes the log.
    fn node(&self) -> &str;
    /// Numbers the settles of this process in the order in which they are decided.
    fn next_order(&mut self) -> u64;
    /// Counted if the transaction commits.
    fn count(&mut self, what: Count);

    fn audit_id(&mut self) -> AuditId {
        AuditId::generate(self.now())
    }
    fn outbox_id(&mut self) -> OutboxId {
        OutboxId::generate(self.now())
    }

    /// What an attempt of this id was answered before (rule 7).
    fn attempt(
        &mut self,
        tenant: &TenantId,
        id: &AttemptId,
    ) -> Result<Option<AttemptRow>, StoreError>;
    /// `NotFound` for an unknown tenant.
    fn policy(&mut self, tenant: &TenantId) -> Result<LivePolicy, StoreError>;
    /// Whether a client of the tenant has one live session at most.
    fn other_sessions(&mut self, tenant: &TenantId) -> Result<OtherSessions, StoreError>;
    /// Who has this identifier now (rule 4).
    fn owner(&mut self, tenant: &TenantId, key: &CanonicalKey)
    -> Result<Option<Owner>, StoreError>;
    fn user(&mut self, tenant: &TenantId, user: &UserId) -> Result<Option<Owner>, StoreError>;
    /// The user's identifiers, oldest first.
    fn keys_of(
        &mut self,
        tenant: &TenantId,
        user: &UserId,
    ) -> Result<Vec<CanonicalKey>, StoreError>;
    /// The address that the user is mailed at, where there is a verified one.
    fn mail_address(
        &mut self,
        tenant: &TenantId,
        user: &UserId,
    ) -> Result<Option<IdentificationId>, StoreError>;
    /// Nobody else changes it before this transaction ends.
    fn sign_in(&mut self, tenant: &TenantId, id: &SignInId) -> Result<Option<SignIn>, StoreError>;
    /// When unlock mails of the subject were made that went out or will (a phantom's void one stands
    /// for a mail), at or after `since`, newest first, at most `limit`.
    fn unlock_mails_since(
        &mut self,
        tenant: &TenantId,
        subject: &SubjectKey,
        since: Millis,
        limit: i64,
    ) -> Result<Vec<Millis>, StoreError>;
    /// The same of mails that say that a lock was ended.
    fn confirmations_since(
        &mut self,
        _tenant: &TenantId,
        _subject: &SubjectKey,
        _since: Millis,
        _limit: i64,
    ) -> Result<Vec<Millis>, StoreError> {
        Ok(Vec::new())
    }
    /// The subject's state as stored; `None` where it has no row.
    fn subject(
        &mut self,
        tenant: &TenantId,
        subject: &SubjectKey,
    ) -> Result<Option<SubjectState>, StoreError>;

    /// The state that an event at `place` meets. Rows that are not there read as blank, a named lane
    /// without a row as dead: it was never issued, or has been revoked.
    fn view(&mut self, place: Place<'_>) -> Result<SubjectView, StoreError>;
    /// Takes what `decide` answered for the view of the same place.
    fn put(&mut self, place: Place<'_>, view: &SubjectView) -> Result<(), StoreError>;

    /// The attempts log: the memory of every answer (rule 7).
    fn log(&mut self, row: AttemptRow) -> Result<(), StoreError>;
    fn audit(&mut self, row: AuditRow) -> Result<(), StoreError>;
    fn enqueue(&mut self, row: OutboxRow) -> Result<(), StoreError>;
    /// Keeps the row of a code that goes out in an unlock mail.
    fn keep_code(&mut self, _code: &OneTimeCode) -> Result<(), StoreError> {
        Ok(())
    }
    /// Tells the tenant's own servers, if the transaction commits and they listen.
    fn announce(&mut self, _tenant: &TenantId, _event: &Event) -> Result<(), StoreError> {
        Ok(())
    }
    /// Tells the other nodes, if the transaction commits.
    fn tell(&mut self, notice: &Notice) -> Result<(), StoreError>;
    /// Writes session, sign-in, client and the user's last sign-in. `proof` comes from the settle.
    fn complete(&mut self, completion: &Completion<'_>, proof: &Settled) -> Result<(), StoreError>;

    /// Writes a user with its identifications. `Conflict` of `external_id` or `identifier` when one
    /// is taken; the caller's savepoint undoes what was written by then.
    fn insert_user(&mut self, new: &NewUser) -> Result<(), StoreError>;
    /// Removes a user with its identifications and ends its sessions. Its subject is not touched.
    fn remove_user(&mut self, tenant: &TenantId, user: &UserId) -> Result<(), StoreError>;
    /// Gives `to` the row and the sources of `from`, whatever `to` had; `from` is gone afterwards.
    /// Nothing happens where `from` has no row.
    fn hand_over(
        &mut self,
        tenant: &TenantId,
        from: &SubjectKey,
        to: &SubjectKey,
    ) -> Result<(), StoreError>;
    /// As [`Ledger::hand_over`], but `from` stays. Lanes are not copied.
    fn copy_over(
        &mut self,
        tenant: &TenantId,
        from: &SubjectKey,
        to: &SubjectKey,
    ) -> Result<(), StoreError>;
    /// Removes a subject with everything beneath it.
    fn remove_subject(&mut self, tenant: &TenantId, subject: &SubjectKey)
    -> Result<(), StoreError>;
}
