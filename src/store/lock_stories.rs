//! What became of people who were locked: mailed, opened, unlocked, signed in again; whether they wrote to
//! support, and whether staff ended the lock after it. Followed up round by
//! round, so that a page counts a month in one question (`lock_funnel`). Decides nothing; the rows it
//! looks at stay the truth.

use diesel::dsl::min;
use diesel::prelude::*;
use serde_json::Value;

use super::Store;
use super::connection::Db;
use super::contact_requests::Origin;
use super::error::StoreError;
use super::outbox::{OutboxStatus, OutboxTopic};
use super::schema::{audit, contact_requests, lock_stories, outbox, users};
use super::subjects::SubjectKey;
use crate::model::{AuditId, Millis, Span, TenantId, UserId};

/// Nobody is followed longer.
const FOLLOWED: Span = Span::DAY.times(3);
/// Stories that one round looks at, those first that were not for longest.
const A_ROUND: i64 = 200;
/// Mails of one story that are looked at: five a day can be sent.
const MAILS: i64 = 20;
/// Unlocks of one story that are looked at.
const ENDS: i64 = 20;
/// What proves an owner is looked for so long after a sign-in: refused tries are written by minutes, and a
/// little later when the database was away.
pub const JUDGED_AFTER: Span = Span(3 * Span::MINUTE.0);
/// Stories are kept for so long.
const LIFE: Span = Span::DAY.times(90);

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = lock_stories)]
struct Story {
    user_id: UserId,
    locked_at: Millis,
    mailed_at: Option<Millis>,
    accepted_at: Option<Millis>,
    opened_at: Option<Millis>,
    unlocked_at: Option<Millis>,
    signed_in_at: Option<Millis>,
    asked_at: Option<Millis>,
    helped_at: Option<Millis>,
}

/// A lock of somebody whose story goes on is part of it.
pub(super) fn begin(
    db: &mut Db,
    tenant: &TenantId,
    user: &UserId,
    locked_at: Millis,
) -> QueryResult<()> {
    let of_user = lock_stories::table
        .filter(lock_stories::tenant_id.eq(tenant))
        .filter(lock_stories::user_id.eq(user));
    let newest: Option<(Millis, bool, Option<Millis>)> = of_user
        .order(lock_stories::locked_at.desc())
        .select((lock_stories::locked_at, lock_stories::done, lock_stories::signed_in_at))
        .first(db)
        .optional()?;
    let goes_on = newest.is_some_and(|(began, done, signed_in)| {
        locked_at <= began || (!done && signed_in.is_none_or(|at| locked_at <= at))
    });
    if goes_on {
        return Ok(());
    }
    diesel::insert_into(lock_stories::table)
        .values((
            lock_stories::tenant_id.eq(tenant),
            lock_stories::user_id.eq(user),
            lock_stories::locked_at.eq(locked_at),
            lock_stories::looked_at.eq(0_i64),
            lock_stories::done.eq(false),
        ))
        .execute(db)?;
    Ok(())
}

impl Store {
    /// Looks what has become of a tenant's open stories, at most 200; forgets old ones.
    ///
    /// # Errors
    /// As any write.
    pub async fn follow_stories(&self, tenant: TenantId) -> Result<(), StoreError> {
        let asked = tenant.clone();
        let open = self.reader().run(move |db| Ok(open_stories(db, &asked)?)).await?;
        if open.is_empty() {
            return Ok(());
        }
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            for story in &open {
                follow(db, &tenant, story, now)?;
            }
            let old = lock_stories::table
                .filter(lock_stories::tenant_id.eq(&tenant))
                .filter(lock_stories::locked_at.lt(now.before(LIFE)));
            diesel::delete(old).execute(db)?;
            Ok(())
        })
        .await
    }
}

fn open_stories(db: &mut Db, tenant: &TenantId) -> QueryResult<Vec<Story>> {
    lock_stories::table
        .filter(lock_stories::tenant_id.eq(tenant))
        .filter(diesel::dsl::not(lock_stories::done))
        .order(lock_stories::looked_at)
        .limit(A_ROUND)
        .select(Story::as_select())
        .load(db)
}

fn follow(db: &mut Db, tenant: &TenantId, story: &Story, now: Millis) -> QueryResult<()> {
    let mut found = story.clone();
    let subject = SubjectKey::user(&story.user_id);
    for (status, created_at, finished_at, opened_at) in mails(db, tenant, &subject, story)? {
        first(&mut found.mailed_at, Some(created_at));
        first(&mut found.accepted_at, finished_at.filter(|_| status == OutboxStatus::Sent));
        first(&mut found.opened_at, opened_at);
    }
    let ends = ends(db, tenant, story)?;
    let by_themselves = |by: &str| matches!(by, "press" | "reset");
    let end = ends.iter().find(|(_, by)| by_themselves(by));
    first(&mut found.unlocked_at, end.map(|(at, _)| *at));
    let signed_in: Option<Option<Millis>> = users::table
        .find((tenant, &story.user_id))
        .select(users::last_sign_in_at)
        .first(db)
        .optional()?;
    let gone = signed_in.is_none();
    let signed_in = signed_in.flatten().filter(|at| *at >= story.locked_at);
    first(&mut found.signed_in_at, signed_in);
    let asked = asked(db, tenant, story)?;
    first(&mut found.asked_at, asked.filter(|at| found.signed_in_at.is_none_or(|end| *at <= end)));
    if let Some(asked) = found.asked_at {
        let by_staff = ends.iter().find(|(at, by)| *at >= asked && !by_themselves(by));
        first(&mut found.helped_at, by_staff.map(|(at, _)| *at));
    }
    let done = gone || found.signed_in_at.is_some() || now > story.locked_at.after(FOLLOWED);
    diesel::update(lock_stories::table.find((tenant, &story.user_id, story.locked_at)))
        .set((
            lock_stories::mailed_at.eq(found.mailed_at),
            lock_stories::accepted_at.eq(found.accepted_at),
            lock_stories::opened_at.eq(found.opened_at),
            lock_stories::unlocked_at.eq(found.unlocked_at),
            lock_stories::signed_in_at.eq(found.signed_in_at),
            lock_stories::asked_at.eq(found.asked_at),
            lock_stories::helped_at.eq(found.helped_at),
            lock_stories::looked_at.eq(now),
            lock_stories::done.eq(done),
            // Who has not signed in has proved nothing.
            lock_stories::judge_at.eq(found.signed_in_at.map(|at| at.after(JUDGED_AFTER))),
        ))
        .execute(db)?;
    Ok(())
}

type Mail = (OutboxStatus, Millis, Option<Millis>, Option<Millis>);

/// The unlock mails of a story that were to go out.
fn mails(
    db: &mut Db,
    tenant: &TenantId,
    subject: &SubjectKey,
    story: &Story,
) -> QueryResult<Vec<Mail>> {
    outbox::table
        .filter(outbox::tenant_id.eq(tenant))
        .filter(outbox::subject.eq(subject))
        .filter(outbox::created_at.ge(story.locked_at))
        .filter(outbox::topic.eq(OutboxTopic::Unlock))
        .filter(outbox::status.ne_all([OutboxStatus::Void, OutboxStatus::Suppressed]))
        .order(outbox::created_at)
        .limit(MAILS)
        .select((outbox::status, outbox::created_at, outbox::finished_at, outbox::opened_at))
        .load(db)
}

/// Keeps the earlier of the two.
fn first(known: &mut Option<Millis>, found: Option<Millis>) {
    *known = match (*known, found) {
        (Some(known), Some(found)) => Some(known.min(found)),
        (known, found) => known.or(found),
    };
}

/// The unlocks since the lock, oldest first, each with who did it, as the log has it.
fn ends(db: &mut Db, tenant: &TenantId, story: &Story) -> QueryResult<Vec<(Millis, String)>> {
    let ends: Vec<(Millis, String)> = audit::table
        .filter(audit::tenant_id.eq(tenant))
        .filter(audit::user_id.eq(&story.user_id))
        .filter(audit::user_id.is_not_null())
        .filter(audit::id.ge(AuditId::floor(story.locked_at)))
        .filter(audit::action.eq("user.unlocked"))
        .order(audit::id)
        .limit(ENDS)
        .select((audit::at, audit::detail))
        .load(db)?;
    let by = |detail: &str| {
        let detail: Value = serde_json::from_str(detail).ok()?;
        Some(detail.get("by")?.as_str()?.to_owned())
    };
    let since = ends.into_iter().filter(|(at, _)| *at >= story.locked_at);
    Ok(since.filter_map(|(at, detail)| Some((at, by(&detail)?))).collect())
}

/// When they first wrote to support about the lock.
fn asked(db: &mut Db, tenant: &TenantId, story: &Story) -> QueryResult<Option<Millis>> {
    let about_it =
        contact_requests::lock_until.is_not_null().or(contact_requests::origin.eq(Origin::NotMe));
    contact_requests::table
        .filter(contact_requests::tenant_id.eq(tenant))
        .filter(contact_requests::user_id.eq(&story.user_id))
        .filter(contact_requests::created_at.ge(story.locked_at))
        .filter(about_it)
        .select(min(contact_requests::created_at))
        .get_result(db)
}
