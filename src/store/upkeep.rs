//! Upkeep: what may be forgotten, is; a bounded number of rows per call. Nothing that could still
//! change a decision is touched: a phantom or source goes only when its count is forgotten and no
//! lock of it is in force.

use diesel::prelude::*;
use parking_lot::Mutex;

use super::Store;
use super::committer::Work;
use super::connection::Db;
use super::error::StoreError;
use super::outbox::{OutboxKind, OutboxStatus};
use super::pending_identifications;
use super::phantoms;
use super::purge_lanes;
use super::purge_requests;
use super::schema::{
    attempts, clients, one_time_codes, outbox, refusals, sessions, sign_in_tokens, sign_ins,
    sign_ups, sources, subjects,
};
use super::sessions::SessionStatus;
use super::subject_locks;
use super::subjects::SubjectKey;
use super::team_deeds;
use super::webhook_deliveries::purge as purge_deliveries;
use crate::model::{
    AttemptId, ClientId, Millis, OneTimeCodeId, OutboxId, Recent, SessionId, SignInId,
    SignInTokenId, SignUpId, Source, Span, TenantId,
};

/// Sources that one call looks at: all of them would be seconds of a large tenant's, and every write
/// waits meanwhile. The next call goes on where this one stopped.
const SOURCES_LOOKED_AT: i64 = 2_000;

/// Tenants whose walks are remembered; one that is forgotten begins again.
const WALKS: usize = 2_048;

/// Sorts after every subject's name, which is ASCII.
const AFTER_ALL: &str = "\u{10ffff}";

/// How long things are kept, and how much one call may remove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PurgeLimits {
    /// The attempts log.
    pub attempts: Span,
    /// Mails that have ended, however: as long as the attempts, because the story of a lock tells of
    /// both, and longer than mail servers take to bounce.
    pub mails: Span,
    /// Other outbox rows that have ended, a phantom's among them, and invitations: longer than the 24 h
    /// that the caps look back.
    pub unsent: Span,
    /// Unfinished sign-ins and sign-ups, sign-in tokens that ended, and clients that have nothing, after their last change.
    pub unfinished: Span,
    /// Sessions that have ended, after their end.
    pub ended_sessions: Span,
    /// What endpoints were told.
    pub deliveries: Span,
    /// Forgotten phantoms that hold a long run, after their last failure. A user's long run is
    /// untouched by time, so a phantom's must last as long as anybody would care to compare.
    pub long_runs: Span,
    /// Most rows of each kind removed by one call.
    pub rows: i64,
}

impl Default for PurgeLimits {
    fn default() -> Self {
        Self {
            attempts: Span::DAY.times(30),
            mails: Span::DAY.times(30),
            unsent: Span::DAY.times(2),
            unfinished: Span::DAY.times(7),
            ended_sessions: Span::DAY.times(30),
            deliveries: Span::DAY.times(30),
            long_runs: Span::DAY.times(90),
            rows: 500,
        }
    }
}

/// The subjects up to which a tenant's sources and lanes were looked through.
pub(super) struct Walks(Mutex<Recent<TenantId, Walked>>);

/// `None`: the next call begins again.
#[derive(Debug, Clone, Default)]
struct Walked {
    sources: Option<SubjectKey>,
    lanes: Option<SubjectKey>,
}

impl Default for Walks {
    fn default() -> Self {
        Self(Mutex::new(Recent::new(WALKS)))
    }
}

/// How many rows went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Purged {
    pub phantoms: usize,
    pub sources: usize,
    /// Known devices and grace passes.
    pub lanes: usize,
    pub attempts: usize,
    /// Sums of refused tries.
    pub refusals: usize,
    pub outbox: usize,
    /// Codes that were sent.
    pub codes: usize,
    pub sign_ins: usize,
    pub sign_ups: usize,
    pub sign_in_tokens: usize,
    pub clients: usize,
    /// Sessions that were written down as expired, and ended ones that were removed.
    pub sessions: usize,
    pub deliveries: usize,
    /// Contact requests whose words went, and those that went altogether.
    pub requests: usize,
    /// Links to join a team, used or over.
    pub invites: usize,
}

impl Purged {
    /// Everything together; zero means that there is nothing left to do for now.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.phantoms
            .saturating_add(self.sources)
            .saturating_add(self.lanes)
            .saturating_add(self.attempts)
            .saturating_add(self.refusals)
            .saturating_add(self.outbox)
            .saturating_add(self.codes)
            .saturating_add(self.sign_ins)
            .saturating_add(self.sign_ups)
            .saturating_add(self.sign_in_tokens)
            .saturating_add(self.clients)
            .saturating_add(self.sessions)
            .saturating_add(self.deliveries)
            .saturating_add(self.requests)
            .saturating_add(self.invites)
    }
}

impl Store {
    /// Removes what a tenant no longer needs; call again while [`Purged::total`] is not zero.
    ///
    /// # Errors
    /// As any write.
    pub async fn purge(&self, tenant: TenantId, limits: PurgeLimits) -> Result<Purged, StoreError> {
        let owner = tenant.clone();
        let walks = self.reader().walks();
        let after = walks.0.lock().get(&owner).cloned().unwrap_or_default();
        let job = move |work: &mut Work<'_>| {
            work.context.phantoms.forget(&tenant);
            let (db, now) = (&mut *work.db, work.now);
            let (rows, log) = (limits.rows, now.before(limits.attempts));
            let (unfinished, unsent) = (now.before(limits.unfinished), now.before(limits.unsent));
            // Subjects first, as every transaction locks them (protocol rule 10).
            let phantoms = phantoms::purge(db, &tenant, now, limits)?;
            let (sources, next_source) =
                purge_sources(db, &tenant, now, rows, after.sources.as_ref())?;
            let (lanes, next_lane) =
                purge_lanes::purge(db, &tenant, now, rows, after.lanes.as_ref())?;
            let walked = Walked { sources: next_source, lanes: next_lane };
            let purged = Purged {
                phantoms,
                sources,
                lanes,
                // Before the clients, as every transaction locks them.
                sign_ins: purge_sign_ins(db, &tenant, unfinished, rows)?,
                sign_ups: purge_sign_ups(db, &tenant, unfinished, rows)?,
                clients: purge_clients(db, &tenant, unfinished, rows)?,
                sign_in_tokens: purge_sign_in_tokens(db, &tenant, unfinished, rows)?,
                sessions: purge_sessions(db, &tenant, now, limits)?,
                attempts: purge_attempts(db, &tenant, log, rows)?,
                refusals: purge_refusals(db, &tenant, log, rows)?,
                codes: purge_codes(db, &tenant, unsent, rows)?,
                outbox: purge_outbox(db, &tenant, now.before(limits.mails), unsent, rows)?,
                deliveries: purge_deliveries(db, &tenant, now.before(limits.deliveries), rows)?,
                requests: purge_requests::purge(db, &tenant, now, rows)?,
                invites: team_deeds::purge(db, &tenant, unsent, rows)?,
            };
            Ok((purged, walked))
        };
        let (purged, walked) = self.work(&owner, Vec::new(), job).await?;
        match walked {
            Walked { sources: None, lanes: None } => walks.0.lock().remove(&owner),
            Walked { .. } => walks.0.lock().insert(owner, walked),
        }
        Ok(purged)
    }
}

/// Removes up to `rows` rows of one table, found by their ids.
macro_rules! purge {
    ($db:expr, $table:ident, $id:ty, $tenant:expr, $rows:expr, $filter:expr) => {{
        let ids: Vec<$id> = $table::table
            .filter($table::tenant_id.eq($tenant))
            .filter($filter)
            .order($table::id.asc())
            .limit($rows)
            .select($table::id)
            .load($db)?;
        diesel::delete($table::table)
            .filter($table::tenant_id.eq($tenant))
            .filter($table::id.eq_any(ids))
            .execute($db)
    }};
}

/// Source rows that read as blank: the subject's count and steps are forgotten (its deadline has
/// passed, or its eras have moved on since), and their own lock is over.
macro_rules! forgotten_sources {
    ($tenant:expr, $now:expr) => {
        sources::table
            .inner_join(
                subjects::table.on(subjects::tenant_id
                    .eq(sources::tenant_id)
                    .and(subjects::subject.eq(sources::subject))),
            )
            .filter(sources::tenant_id.eq($tenant))
            .filter(
                sources::lock_until.is_null().or(sources::lock_until.assume_not_null().le($now)),
            )
            .filter(
                subjects::deadline.assume_not_null().lt($now).or(sources::era_count
                    .lt(subjects::era_count)
                    .and(sources::era_step.lt(subjects::era_step))),
            )
    };
}

/// Looks at the next sources of the tenant after subject `after` and removes the forgotten ones. Says
/// how far it came: `None` where the next call is to begin again.
fn purge_sources(
    db: &mut Db,
    tenant: &TenantId,
    now: Millis,
    rows: i64,
    after: Option<&SubjectKey>,
) -> Result<(usize, Option<SubjectKey>), StoreError> {
    let nobody = SubjectKey::from_stored(String::new());
    let after = after.unwrap_or(&nobody);
    let last: Option<SubjectKey> = sources::table
        .filter(sources::tenant_id.eq(tenant))
        .filter(sources::subject.gt(after))
        .order((sources::subject.asc(), sources::source.asc()))
        .offset(SOURCES_LOOKED_AT)
        .select(sources::subject)
        .first(db)
        .optional()?;
    let upto = last.clone().unwrap_or_else(|| SubjectKey::from_stored(AFTER_ALL.to_owned()));
    let touched: Vec<SubjectKey> = forgotten_sources!(tenant, now)
        .filter(sources::subject.gt(after))
        .filter(sources::subject.le(&upto))
        .order((sources::subject.asc(), sources::source.asc()))
        .limit(rows)
        .select(sources::subject)
        .load(db)?;
    if touched.is_empty() {
        return Ok((0, last));
    }
    // As many as were allowed: there may be more in the same place.
    let full = i64::try_from(touched.len()).is_ok_and(|found| found >= rows);
    let next = if full { Some(after.clone()) } else { last };
    let mut keys: Vec<_> = touched.iter().map(|s| [tenant.as_str(), s.as_str(), ""]).collect();
    keys.dedup();
    subject_locks::lock_rows(db, &keys)?;
    let forgotten: Vec<(SubjectKey, Source)> = forgotten_sources!(tenant, now)
        .filter(sources::subject.eq_any(touched))
        .order((sources::subject.asc(), sources::source.asc()))
        .limit(rows)
        .select((sources::subject, sources::source))
        .load(db)?;
    for (subject, source) in &forgotten {
        diesel::delete(sources::table.find((tenant, subject, source))).execute(db)?;
    }
    Ok((forgotten.len(), next))
}

/// Clients that have been left alone since `before` and have no session. One that comes back on another
/// node after it was found stays.
fn purge_clients(db: &mut Db, tenant: &TenantId, before: Millis, rows: i64) -> QueryResult<usize> {
    let sessions = sessions::table
        .filter(sessions::tenant_id.eq(clients::tenant_id))
        .filter(sessions::client_id.eq(clients::id))
        .select(sessions::id);
    let idle: Vec<ClientId> = clients::table
        .filter(clients::tenant_id.eq(tenant))
        .filter(clients::id.lt(ClientId::floor(before)))
        .filter(clients::updated_at.lt(before))
        .filter(diesel::dsl::not(diesel::dsl::exists(sessions)))
        .order(clients::id.asc())
        .limit(rows)
        .select(clients::id)
        .load(db)?;
    diesel::delete(clients::table)
        .filter(clients::tenant_id.eq(tenant))
        .filter(clients::id.eq_any(idle))
        .filter(clients::updated_at.lt(before))
        .execute(db)
}

/// Sign-ins of any status that ended before `before`; a completed one has its session instead.
fn purge_sign_ins(db: &mut Db, tenant: &TenantId, before: Millis, rows: i64) -> QueryResult<usize> {
    purge!(
        db,
        sign_ins,
        SignInId,
        tenant,
        rows,
        sign_ins::id.lt(SignInId::floor(before)).and(sign_ins::abandon_at.lt(before))
    )
}

/// Sign-ups of any status that ended before `before`, with the addresses that they named.
fn purge_sign_ups(db: &mut Db, tenant: &TenantId, before: Millis, rows: i64) -> QueryResult<usize> {
    let over: Vec<SignUpId> = sign_ups::table
        .filter(sign_ups::tenant_id.eq(tenant))
        .filter(sign_ups::id.lt(SignUpId::floor(before)))
        .filter(sign_ups::abandon_at.lt(before))
        .order(sign_ups::id.asc())
        .limit(rows)
        .select(sign_ups::id)
        .load(db)?;
    pending_identifications::remove_of_sign_ups(db, tenant, &over)?;
    diesel::delete(sign_ups::table)
        .filter(sign_ups::tenant_id.eq(tenant))
        .filter(sign_ups::id.eq_any(over))
        .execute(db)
}

/// Sign-in tokens that ended before `before`, used or not; along `sign_in_tokens_by_end`, because
/// a tenant may give one a long life.
fn purge_sign_in_tokens(
    db: &mut Db,
    tenant: &TenantId,
    before: Millis,
    rows: i64,
) -> QueryResult<usize> {
    let over: Vec<SignInTokenId> = sign_in_tokens::table
        .filter(sign_in_tokens::tenant_id.eq(tenant))
        .filter(sign_in_tokens::expires_at.lt(before))
        .order(sign_in_tokens::expires_at.asc())
        .limit(rows)
        .select(sign_in_tokens::id)
        .load(db)?;
    diesel::delete(sign_in_tokens::table)
        .filter(sign_in_tokens::tenant_id.eq(tenant))
        .filter(sign_in_tokens::id.eq_any(over))
        .execute(db)
}

/// Writes down which sessions have expired, then removes those that ended long ago.
fn purge_sessions(
    db: &mut Db,
    tenant: &TenantId,
    now: Millis,
    limits: PurgeLimits,
) -> QueryResult<usize> {
    let living = [SessionStatus::Active, SessionStatus::Pending];
    let mut expired: Vec<SessionId> = Vec::new();
    for status in living {
        // Status by status along `sessions_by_end`.
        let ids: Vec<SessionId> = sessions::table
            .filter(sessions::tenant_id.eq(tenant))
            .filter(sessions::status.eq(status))
            .filter(sessions::expire_at.le(now))
            .order(sessions::expire_at.asc())
            .limit(limits.rows)
            .select(sessions::id)
            .load(db)?;
        expired.extend(ids);
    }
    let marked = diesel::update(sessions::table)
        .filter(sessions::tenant_id.eq(tenant))
        .filter(sessions::id.eq_any(expired))
        .set((sessions::status.eq(SessionStatus::Expired), sessions::updated_at.eq(now)))
        .execute(db)?;
    let before = now.before(limits.ended_sessions);
    let removed = purge!(
        db,
        sessions,
        SessionId,
        tenant,
        limits.rows,
        sessions::id
            .lt(SessionId::floor(before))
            .and(sessions::updated_at.lt(before))
            .and(sessions::status.ne_all(living))
    )?;
    Ok(marked.saturating_add(removed))
}

fn purge_attempts(db: &mut Db, tenant: &TenantId, before: Millis, rows: i64) -> QueryResult<usize> {
    purge!(
        db,
        attempts,
        AttemptId,
        tenant,
        rows,
        attempts::id.lt(AttemptId::floor(before)).and(attempts::at.lt(before))
    )
}

fn purge_refusals(db: &mut Db, tenant: &TenantId, before: Millis, rows: i64) -> QueryResult<usize> {
    let minute = before.0.div_euclid(Span::MINUTE.0);
    let old: Vec<(SubjectKey, Source, i64)> = refusals::table
        .filter(refusals::tenant_id.eq(tenant))
        .filter(refusals::minute.lt(minute))
        .order(refusals::minute.asc())
        .limit(rows)
        .select((refusals::subject, refusals::source, refusals::minute))
        .load(db)?;
    for (subject, source, minute) in &old {
        diesel::delete(refusals::table.find((tenant, subject, source, minute))).execute(db)?;
    }
    Ok(old.len())
}

/// Codes of before `before`: expired, and outside the day that is counted.
fn purge_codes(db: &mut Db, tenant: &TenantId, before: Millis, rows: i64) -> QueryResult<usize> {
    purge!(
        db,
        one_time_codes,
        OneTimeCodeId,
        tenant,
        rows,
        one_time_codes::id
            .lt(OneTimeCodeId::floor(before))
            .and(one_time_codes::created_at.lt(before))
    )
}

/// Rows that have ended and were due before `mails`, or `unsent`. Along `outbox_by_tenant`, kind by kind
/// and status by status: many mails that are kept lie before a few rows that are not.
fn purge_outbox(
    db: &mut Db,
    tenant: &TenantId,
    mails: Millis,
    unsent: Millis,
    rows: i64,
) -> QueryResult<usize> {
    use OutboxKind as K;
    use OutboxStatus as S;
    let sent = [S::Suppressed, S::Dropped, S::Sent, S::Dead];
    let others = [K::Text, K::Webhook, K::Act];
    let mut over = vec![(K::Mail, S::Void, unsent)];
    over.extend(sent.map(|status| (K::Mail, status, mails)));
    over.extend(others.into_iter().flat_map(|kind| {
        [S::Void, S::Suppressed, S::Dropped, S::Sent, S::Dead].map(|status| (kind, status, unsent))
    }));
    // So many in all: sign-ins wait for the whole job.
    let (mut gone, mut left) = (0_usize, rows);
    for (kind, status, before) in over {
        if left <= 0 {
            break;
        }
        let ids: Vec<OutboxId> = outbox::table
            .filter(outbox::kind.eq(kind))
            .filter(outbox::status.eq(status))
            .filter(outbox::tenant_id.eq(tenant))
            .filter(outbox::due_at.lt(before))
            .order(outbox::due_at.asc())
            .limit(left)
            .select(outbox::id)
            .load(db)?;
        if ids.is_empty() {
            continue;
        }
        let removed = diesel::delete(outbox::table)
            .filter(outbox::tenant_id.eq(tenant))
            .filter(outbox::id.eq_any(ids))
            .execute(db)?;
        gone = gone.saturating_add(removed);
        left = left.saturating_sub(i64::try_from(removed).unwrap_or(i64::MAX));
    }
    Ok(gone)
}
