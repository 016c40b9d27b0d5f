//! The mails around a lock, written in the transaction that causes them: the one that unlocks, at the
//! lock and when it is asked for, with the row of its short code; and the word that a lock was ended.
//! Of a phantom's the same rows are written and sent to nobody.

use serde_json::json;
use tokio::sync::oneshot;

use super::Store;
use super::audit::AuditRow;
use super::committer::{Work, reply_of};
use super::error::StoreError;
use super::ledger::{Ledger, Place};
use super::outbox::{OutboxKind, OutboxRow, OutboxStatus, OutboxTopic};
use super::shares::Room;
use super::subject_events::{Cause, SubjectJob};
use super::subjects::SubjectKey;
use super::unlock_codes;
use crate::lockout::{self, SubjectState, UnlockedBy};
use crate::model::{CanonicalKey, IdentificationId, Lane, Millis, Source, Span, TenantId, UserId};

/// Unlock mails of one subject are at least this far apart when asked for (DESIGN §8).
pub const MAIL_SPACING: Span = Span::MINUTE.times(10);
/// Unlock mails of one subject within 24 h (DESIGN §8).
pub const MAILS_PER_DAY: usize = 5;

/// Who presses with the short code of a mail, for the audit log.
pub(super) const CODE: &str = "code";

/// Somebody asks for the unlock mail again. Answered alike for known and unknown identifiers.
#[derive(Debug, Clone)]
pub struct UnlockMailRequest {
    pub tenant: TenantId,
    pub key: CanonicalKey,
    /// As resolved by the caller; read again under the lock.
    pub subject: SubjectKey,
    pub phantom: SubjectKey,
}

/// Whether the subject was still the one that the caller resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnlockMailAnswer {
    /// A row was written: due, suppressed or void.
    Recorded,
    /// The identifier changed hands meanwhile: resolve again.
    Again,
}

impl Store {
    /// Writes one outbox row for a requested unlock mail: due, suppressed by the caps, or void.
    ///
    /// # Errors
    /// As any write.
    pub async fn request_unlock_mail(
        &self,
        request: UnlockMailRequest,
    ) -> Result<UnlockMailAnswer, StoreError> {
        let (reply, answer) = oneshot::channel();
        let key = (request.tenant.clone(), request.subject.clone());
        let run = move |work: &mut Work<'_>| request_mail(work, &request);
        let room = Room::Shared;
        self.submit(&key.0.clone(), Box::new(SubjectJob { key, room, run, done: None, reply }));
        reply_of(answer).await
    }
}

impl Store {
    /// The same by a member of the staff, with its row for auditors.
    ///
    /// # Errors
    /// As any write.
    pub async fn mail_unlock_by_hand(
        &self,
        request: UnlockMailRequest,
        user: UserId,
        actor: String,
    ) -> Result<UnlockMailAnswer, StoreError> {
        let (reply, answer) = oneshot::channel();
        let key = (request.tenant.clone(), request.subject.clone());
        let run = move |work: &mut Work<'_>| {
            let recorded = request_mail(work, &request)?;
            if recorded == UnlockMailAnswer::Recorded {
                let row = AuditRow {
                    tenant_id: request.tenant.clone(),
                    id: work.audit_id(),
                    at: work.now(),
                    actor: actor.clone(),
                    action: "user.unlock_mail".to_owned(),
                    subject: Some(request.subject.clone()),
                    user_id: Some(user.clone()),
                    detail: "{}".to_owned(),
                    seq: None,
                    hash: None,
                };
                work.audit(row)?;
            }
            Ok(recorded)
        };
        let room = Room::Reserved;
        self.submit(&key.0.clone(), Box::new(SubjectJob { key, room, run, done: None, reply }));
        reply_of(answer).await
    }
}

/// When the unlock mails of the last 24 h were made, newest first; as many as the cap looks at.
pub(super) fn sent_lately<L: Ledger + ?Sized>(
    ledger: &mut L,
    tenant: &TenantId,
    subject: &SubjectKey,
) -> Result<Vec<Millis>, StoreError> {
    let since = ledger.now().before(Span::DAY);
    ledger.unlock_mails_since(tenant, subject, since, most(MAILS_PER_DAY))
}

/// Due where there is somebody to write to and the caps allow it.
pub(super) fn mail_status<L: Ledger + ?Sized>(
    ledger: &mut L,
    tenant: &TenantId,
    user: Option<&UserId>,
    allowed: bool,
) -> Result<(OutboxStatus, Option<IdentificationId>), StoreError> {
    let address = match user {
        Some(user) => ledger.mail_address(tenant, user)?,
        None => None,
    };
    let status = match (&address, allowed) {
        (_, false) => OutboxStatus::Suppressed,
        (Some(_), true) => OutboxStatus::Due,
        // Rule 19 (phantoms are rows): nobody to write to costs the same row in the same transaction.
        (None, true) => OutboxStatus::Void,
    };
    Ok((status, address))
}

pub(super) fn enqueue_mail<L: Ledger + ?Sized>(
    ledger: &mut L,
    cause: &Cause<'_>,
    state: &SubjectState,
    episode: i64,
    reminder: bool,
    (status, address): (OutboxStatus, Option<IdentificationId>),
) -> Result<(), StoreError> {
    let lock_end = state.episode_lock_end.and_then(crate::model::Until::instant);
    // A mail that is held back brings none; a phantom's does.
    let code = match status {
        OutboxStatus::Due | OutboxStatus::Void => {
            Some(unlock_codes::keep(ledger, cause.tenant, cause.subject, episode)?)
        }
        OutboxStatus::Suppressed
        | OutboxStatus::Sending
        | OutboxStatus::Sent
        | OutboxStatus::Dropped
        | OutboxStatus::Dead => None,
    };
    let row = OutboxRow {
        tenant_id: cause.tenant.clone(),
        id: ledger.outbox_id(),
        kind: OutboxKind::Mail,
        topic: OutboxTopic::Unlock,
        status,
        subject: Some(cause.subject.clone()),
        user_id: cause.user.cloned(),
        episode: Some(episode),
        payload: json!({
            "to": address.map(IdentificationId::into_string),
            "reminder": reminder,
            "locked_at": state.episode_since.map(|m| m.0),
            "until": lock_end.map(|m| m.0),
            "failures": state.count,
            "source": cause.source.map(Source::as_str),
            "code": code.as_ref().map(|code| code.id.as_str()),
            "code_until": code.as_ref().map(|code| code.expires_at.0),
        })
        .to_string(),
        created_at: ledger.now(),
        due_at: ledger.now(),
        tries: 0,
        claimed_until: None,
        last_error: None,
        finished_at: None,
    };
    ledger.enqueue(row)
}

/// Writes one outbox row for a requested unlock mail: due, suppressed by the caps, or void.
///
/// # Errors
/// [`StoreError`]: the whole transaction is to be given up.
pub fn request_mail<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &UnlockMailRequest,
) -> Result<UnlockMailAnswer, StoreError> {
    let owner = ledger.owner(&request.tenant, &request.key)?;
    let subject_now =
        owner.as_ref().map_or_else(|| request.phantom.clone(), |u| SubjectKey::user(&u.id));
    if subject_now != request.subject {
        return Ok(UnlockMailAnswer::Again);
    }
    let live = ledger.policy(&request.tenant)?;
    let nowhere = Source::from_stored(String::new());
    let view = ledger.view(Place {
        tenant: &request.tenant,
        subject: &request.subject,
        source: &nowhere,
        lane: &Lane::Public,
    })?;
    let state = view.subject;
    // Without an open episode there is nothing that a press could end.
    let open = lockout::open_episode(&live.policy, &state, ledger.now());
    let wanted = open.is_some() && live.policy.unlock_mail;
    let sent = sent_lately(ledger, &request.tenant, &request.subject)?;
    let spaced = sent.first().is_none_or(|last| ledger.now() >= last.after(MAIL_SPACING));
    let user = owner.as_ref().map(|u| u.id.clone());
    let chosen = if wanted {
        mail_status(ledger, &request.tenant, user.as_ref(), spaced && sent.len() < MAILS_PER_DAY)?
    } else {
        (OutboxStatus::Suppressed, None)
    };
    let cause = Cause {
        tenant: &request.tenant,
        subject: &request.subject,
        user: user.as_ref(),
        actor: "request",
        source: None,
        lane: &Lane::Public,
        reason: None,
    };
    enqueue_mail(ledger, &cause, &state, state.episode, true, chosen)?;
    Ok(UnlockMailAnswer::Recorded)
}

/// The word that a lock was ended, to its owner: once for each end, and no more than a day's share.
pub(super) fn confirm_unlock<L: Ledger + ?Sized>(
    ledger: &mut L,
    cause: &Cause<'_>,
    by: UnlockedBy,
) -> Result<(), StoreError> {
    let Some(user) = cause.user else { return Ok(()) };
    let live = ledger.policy(cause.tenant)?;
    let Some(address) = ledger.mail_address(cause.tenant, user)? else { return Ok(()) };
    let (since, limit) = (ledger.now().before(Span::DAY), most(MAILS_PER_DAY));
    let sent = ledger.confirmations_since(cause.tenant, cause.subject, since, limit)?;
    if !live.policy.unlock_mail || sent.len() >= MAILS_PER_DAY {
        return Ok(());
    }
    let by = match by {
        UnlockedBy::Press if cause.actor == CODE => "code",
        UnlockedBy::Press => "link",
        UnlockedBy::Reset => "reset",
        UnlockedBy::Staff => "staff",
    };
    let row = OutboxRow {
        tenant_id: cause.tenant.clone(),
        id: ledger.outbox_id(),
        kind: OutboxKind::Mail,
        topic: OutboxTopic::Unlocked,
        status: OutboxStatus::Due,
        subject: Some(cause.subject.clone()),
        user_id: Some(user.clone()),
        episode: None,
        payload: json!({ "to": address.as_str(), "by": by }).to_string(),
        created_at: ledger.now(),
        due_at: ledger.now(),
        tries: 0,
        claimed_until: None,
        last_error: None,
        finished_at: None,
    };
    ledger.enqueue(row)
}

fn most(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
