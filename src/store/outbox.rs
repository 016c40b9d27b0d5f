//! The outbox: what must leave the house, written in the transaction that caused it, claimed by a
//! worker for a while, and finished or put off. Knows nothing of mail servers or of what is written.

use diesel::prelude::*;

use super::columns::text_enum;
use super::connection::Db;
use super::error::StoreError;
use super::mail_settings::with_server;
pub use super::outbox_claims::Room;
use super::outbox_claims::{claimable, in_turns};
use super::outbox_payload::ids_of;
use super::schema::outbox;
use super::subjects::SubjectKey;
use super::{Reader, Store};
use crate::model::{Millis, OutboxId, Span, TenantId, UserId};

text_enum! {
    OutboxKind {
        Mail = "mail",
        /// A text message.
        Text = "text",
        Webhook = "webhook",
        /// What staff do, after it could be taken back.
        Act = "act",
    }
}

text_enum! {
    /// What it is about.
    OutboxTopic {
        Unlock = "unlock",
        /// That a lock was ended.
        Unlocked = "unlocked",
        SupportAck = "support_ack",
        /// A one-time code.
        Code = "code",
        /// To the owner of an address that somebody gave for another account.
        AddressClaimed = "address_claimed",
        /// A link that signs in.
        SignInLink = "sign_in_link",
        /// Staff's answer to a contact request.
        Reply = "reply",
        /// Sent at once, to see whether mail arrives.
        Test = "test",
        /// The end of a lock, by staff.
        StaffUnlock = "staff_unlock",
        /// To staff: an attack on a tenant.
        Alert = "alert",
        /// To staff: what a tenant's day held.
        Digest = "digest",
        /// A link that makes its reader one of a team.
        Invite = "invite",
        /// What `store::events` writes.
        Event = "event",
    }
}

text_enum! {
    OutboxStatus {
        /// To be sent once `due_at` has come.
        Due = "due",
        /// Claimed until `claimed_until`; due again after that.
        Sending = "sending",
        Sent = "sent",
        /// A phantom's: nobody to write to.
        Void = "void",
        /// Held back by the caps against mail bombing.
        Suppressed = "suppressed",
        /// No longer wanted: the owner has unlocked or signed in meanwhile.
        Dropped = "dropped",
        /// Refused for good; shown to staff.
        Dead = "dead",
    }
}

/// One thing to deliver.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = outbox, primary_key(tenant_id, id))]
pub struct OutboxRow {
    pub tenant_id: TenantId,
    pub id: OutboxId,
    pub kind: OutboxKind,
    pub topic: OutboxTopic,
    pub status: OutboxStatus,
    pub subject: Option<SubjectKey>,
    pub user_id: Option<UserId>,
    pub episode: Option<i64>,
    /// JSON; its shape belongs to the topic.
    pub payload: String,
    pub created_at: Millis,
    pub due_at: Millis,
    /// Deliveries begun, the present one included.
    pub tries: i64,
    pub claimed_until: Option<Millis>,
    pub last_error: Option<String>,
    pub finished_at: Option<Millis>,
}

/// The mails that leave by one server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum MailQueue {
    /// Those of all tenants without a server of their own.
    House,
    Own(TenantId),
}

/// Which of the rows that were put off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hasten {
    All,
    /// The one whose turn is next.
    Next,
}

/// The right of one worker to a row that it has claimed; void once the row is claimed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub tenant: TenantId,
    pub id: OutboxId,
    pub tries: i64,
}

impl OutboxRow {
    /// The claim on a row that `claim_due` gave.
    #[must_use]
    pub fn claim(&self) -> Claim {
        Claim { tenant: self.tenant_id.clone(), id: self.id.clone(), tries: self.tries }
    }
}

/// Whoever calls this tells the delivery: see `Store::outbox_changed`.
pub(super) fn insert(db: &mut Db, row: &OutboxRow) -> QueryResult<()> {
    diesel::insert_into(outbox::table).values(row).execute(db)?;
    Ok(())
}

/// Rows of a subject made at or after `since`, newest first; at most 500.
pub(super) fn of_subject(
    db: &mut Db,
    tenant: &TenantId,
    subject: &SubjectKey,
    since: Millis,
) -> QueryResult<Vec<OutboxRow>> {
    outbox::table
        .filter(outbox::tenant_id.eq(tenant))
        .filter(outbox::subject.eq(subject))
        .filter(outbox::created_at.ge(since))
        .order((outbox::created_at.desc(), outbox::id.desc()))
        .limit(500)
        .select(OutboxRow::as_select())
        .load(db)
}

/// When the newest mails of a topic to a subject were made that went out or will, at or after `since`,
/// newest first; at most `limit`. A phantom's void row stands for a mail, so that both kinds meet
/// the same caps; suppressed and dropped ones do not count.
pub(super) fn mails_since(
    db: &mut Db,
    topic: OutboxTopic,
    (tenant, subject): (&TenantId, &SubjectKey),
    since: Millis,
    limit: i64,
) -> QueryResult<Vec<Millis>> {
    let counted = [
        OutboxStatus::Due,
        OutboxStatus::Sending,
        OutboxStatus::Sent,
        OutboxStatus::Dead,
        OutboxStatus::Void,
    ];
    outbox::table
        .filter(outbox::tenant_id.eq(tenant))
        .filter(outbox::subject.eq(subject))
        .filter(outbox::created_at.ge(since))
        .filter(outbox::topic.eq(topic))
        .filter(outbox::status.eq_any(counted))
        .order(outbox::created_at.desc())
        .limit(limit)
        .select(outbox::created_at)
        .load(db)
}

/// Drops a row that nobody has claimed yet. `false`: it has gone out, or is about to.
pub(super) fn drop_waiting(
    db: &mut Db,
    tenant: &TenantId,
    id: &OutboxId,
    now: Millis,
) -> QueryResult<bool> {
    let row = outbox::table.find((tenant, id)).select(outbox::payload);
    let Some(payload) = row.get_result::<String>(db).optional()? else { return Ok(false) };
    let changed = diesel::update(outbox::table.find((tenant, id)))
        .filter(outbox::status.eq(OutboxStatus::Due))
        .filter(outbox::tries.eq(0))
        .set((
            outbox::status.eq(OutboxStatus::Dropped),
            outbox::finished_at.eq(Some(now)),
            outbox::payload.eq(ids_of(&payload)),
        ))
        .execute(db)?;
    Ok(changed > 0)
}

pub(super) fn is_there(db: &mut Db, tenant: &TenantId, id: &OutboxId) -> QueryResult<bool> {
    let row = outbox::table.find((tenant, id)).select(outbox::tries);
    Ok(row.get_result::<i64>(db).optional()?.is_some())
}

/// Ends a row's life; of its payload the ids stay. That a mail was sent counts whoever says it; to drop a row or give it up takes
/// the claim on it, which `tries` numbers. Saying the same again is no fault.
///
/// # Errors
/// `NotFound` when the row is gone, was ended otherwise, or is claimed by somebody else.
pub(super) fn finish(
    db: &mut Db,
    (tenant, id, tries): (&TenantId, &OutboxId, Option<i64>),
    status: OutboxStatus,
    error: Option<&str>,
    now: Millis,
) -> Result<(), StoreError> {
    let row: Option<(OutboxStatus, i64, String)> = outbox::table
        .find((tenant, id))
        .select((outbox::status, outbox::tries, outbox::payload))
        .get_result(db)
        .optional()?;
    let (stands, claim, payload) = row.ok_or(StoreError::NotFound)?;
    if stands == status {
        return Ok(());
    }
    let claimed = stands == OutboxStatus::Sending && tries == Some(claim);
    let open = matches!(stands, OutboxStatus::Due | OutboxStatus::Sending);
    if !(claimed || open && status == OutboxStatus::Sent) {
        return Err(StoreError::NotFound);
    }
    let none: Option<Millis> = None;
    let changed = diesel::update(outbox::table.find((tenant, id)))
        // Looked at without a lock.
        .filter(outbox::status.eq(stands))
        .filter(outbox::tries.eq(claim))
        .set((
            outbox::status.eq(status),
            outbox::claimed_until.eq(none),
            outbox::last_error.eq(error),
            outbox::finished_at.eq(Some(now)),
            outbox::payload.eq(ids_of(&payload)),
        ))
        .execute(db)?;
    if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// Ends the life of a row that somebody has claimed; once, whatever the end.
///
/// # Errors
/// `NotFound` when the row is gone or not claimed by this claim.
pub(super) fn finish_claimed(
    db: &mut Db,
    (tenant, id, tries): (&TenantId, &OutboxId, i64),
    status: OutboxStatus,
    now: Millis,
) -> Result<(), StoreError> {
    let none: Option<Millis> = None;
    let changed = diesel::update(outbox::table.find((tenant, id)))
        .filter(outbox::status.eq(OutboxStatus::Sending))
        .filter(outbox::tries.eq(tries))
        .set((
            outbox::status.eq(status),
            outbox::claimed_until.eq(none),
            outbox::finished_at.eq(Some(now)),
        ))
        .execute(db)?;
    if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

impl Reader {
    /// When the next row of this kind is due (also in the past); a claimed one counts from the end
    /// of its claim. `None` when nothing waits.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn next_due(&self, kind: OutboxKind) -> Result<Option<Millis>, StoreError> {
        self.run(move |db| {
            let due: Option<Millis> = outbox::table
                .filter(outbox::kind.eq(kind))
                .filter(outbox::status.eq(OutboxStatus::Due))
                .order(outbox::due_at.asc())
                .select(outbox::due_at)
                .first(db)
                .optional()?;
            let claimed: Vec<Option<Millis>> = outbox::table
                .filter(outbox::kind.eq(kind))
                .filter(outbox::status.eq(OutboxStatus::Sending))
                .order(outbox::claimed_until.asc())
                .limit(1)
                .select(outbox::claimed_until)
                .load(db)?;
            Ok(due.into_iter().chain(claimed.into_iter().flatten()).min())
        })
        .await
    }

    /// The mails and text messages of a subject made at or after `since`, newest first; at most 500.
    ///
    /// # Errors
    /// As [`Reader::next_due`].
    pub async fn mails_of_subject(
        &self,
        tenant: TenantId,
        subject: SubjectKey,
        since: Millis,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        self.run(move |db| {
            let mut rows = of_subject(db, &tenant, &subject, since)?;
            rows.retain(|row| matches!(row.kind, OutboxKind::Mail | OutboxKind::Text));
            Ok(rows)
        })
        .await
    }

    /// One row.
    ///
    /// # Errors
    /// As [`Reader::next_due`].
    pub async fn outbox_row(
        &self,
        tenant: TenantId,
        id: OutboxId,
    ) -> Result<Option<OutboxRow>, StoreError> {
        self.run(move |db| {
            Ok(outbox::table
                .find((&tenant, &id))
                .select(OutboxRow::as_select())
                .first(db)
                .optional()?)
        })
        .await
    }
}

impl Store {
    /// Claims up to `limit` due rows over all tenants for `lease`; each row goes to one worker.
    /// Tenants are served in turn. The rows come back as claimed (`Sending`, `tries` raised).
    /// `any` is a tenant id that chooses the committer, always the same one.
    ///
    /// # Errors
    /// As any write.
    pub async fn claim_due(
        &self,
        any: &TenantId,
        kind: OutboxKind,
        limit: usize,
        lease: Span,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        self.claim_within(any, kind, Room::of_all(limit), lease).await
    }

    /// As [`Store::claim_due`], with a room of its own for each tenant that has a mail server.
    ///
    /// # Errors
    /// As any write.
    pub async fn claim_within(
        &self,
        any: &TenantId,
        kind: OutboxKind,
        room: Room,
        lease: Span,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let turn = self.outbox_turn();
        self.write(any, move |db, now| {
            let from = turn.lock().clone();
            let mut rows = in_turns(claimable(db, kind, now, &from, &room)?, &room);
            // The next claim begins behind the last tenant that was served by this one.
            let last = rows.iter().map(|row| &row.tenant_id).max_by_key(|t| (**t <= from, *t));
            if let Some(last) = last {
                turn.lock().clone_from(last);
            }
            for row in &mut rows {
                row.status = OutboxStatus::Sending;
                row.tries = row.tries.saturating_add(1);
                row.claimed_until = Some(now.after(lease));
                diesel::update(outbox::table.find((&row.tenant_id, &row.id)))
                    .set((
                        outbox::status.eq(row.status),
                        outbox::tries.eq(row.tries),
                        outbox::claimed_until.eq(row.claimed_until),
                        outbox::tried_at.eq(Some(now)),
                    ))
                    .execute(db)?;
            }
            Ok(rows)
        })
        .await
    }

    /// Ends a row's life as sent, dropped or dead. That it was sent counts also after the claim has
    /// ended, so that it is not sent again.
    ///
    /// # Errors
    /// `NotFound` when the row is gone, was ended otherwise, or is claimed by another worker.
    pub async fn finish_outbox(
        &self,
        claim: Claim,
        status: OutboxStatus,
        error: Option<String>,
    ) -> Result<(), StoreError> {
        let owner = claim.tenant.clone();
        self.write(&owner, move |db, now| {
            let row = (&claim.tenant, &claim.id, Some(claim.tries));
            finish(db, row, status, error.as_deref(), now)
        })
        .await
    }

    /// Makes rows of a mail queue that were put off after a failure due now: for when its server is
    /// back, or to see whether it is. `any` chooses the committer. Returns how many there were.
    ///
    /// # Errors
    /// As any write.
    pub async fn hasten_mails(
        &self,
        any: &TenantId,
        queue: MailQueue,
        which: Hasten,
    ) -> Result<usize, StoreError> {
        self.write(any, move |db, now| {
            let put_off = || {
                outbox::table
                    .filter(outbox::kind.eq(OutboxKind::Mail))
                    .filter(outbox::status.eq(OutboxStatus::Due))
                    .filter(outbox::due_at.gt(now))
                    .filter(outbox::last_error.is_not_null())
            };
            let first = |db: &mut Db| -> QueryResult<Option<(TenantId, OutboxId)>> {
                let rows = put_off().order(outbox::due_at.asc());
                let named = (outbox::tenant_id, outbox::id);
                match &queue {
                    MailQueue::House => rows
                        .filter(outbox::tenant_id.ne_all(with_server()))
                        .select(named)
                        .first(db)
                        .optional(),
                    MailQueue::Own(tenant) => {
                        rows.filter(outbox::tenant_id.eq(tenant)).select(named).first(db).optional()
                    }
                }
            };
            let due = outbox::due_at.eq(now);
            Ok(match (&which, &queue) {
                (Hasten::Next, _) => match first(db)? {
                    Some(row) => diesel::update(outbox::table.find(row)).set(due).execute(db)?,
                    None => 0,
                },
                (Hasten::All, MailQueue::House) => {
                    let rows = put_off().filter(outbox::tenant_id.ne_all(with_server()));
                    diesel::update(rows).set(due).execute(db)?
                }
                (Hasten::All, MailQueue::Own(tenant)) => {
                    let rows = put_off().filter(outbox::tenant_id.eq(tenant));
                    diesel::update(rows).set(due).execute(db)?
                }
            })
        })
        .await
    }

    /// Puts a claimed row off until `due_at`, with what went wrong.
    ///
    /// # Errors
    /// `NotFound` when the row is gone or no longer claimed by this worker.
    pub async fn reschedule_outbox(
        &self,
        claim: Claim,
        due_at: Millis,
        error: Option<String>,
    ) -> Result<(), StoreError> {
        let owner = claim.tenant.clone();
        self.write(&owner, move |db, _now| {
            let none: Option<Millis> = None;
            let changed = diesel::update(outbox::table.find((&claim.tenant, &claim.id)))
                .filter(outbox::status.eq(OutboxStatus::Sending))
                .filter(outbox::tries.eq(claim.tries))
                .set((
                    outbox::status.eq(OutboxStatus::Due),
                    outbox::due_at.eq(due_at),
                    outbox::claimed_until.eq(none),
                    outbox::last_error.eq(error.as_deref()),
                ))
                .execute(db)?;
            if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
        })
        .await
    }
}
