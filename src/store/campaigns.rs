//! The campaigns that were found, and the locks that each of them caused. A campaign that goes on is
//! found again and again, and stays one row. Finds none itself: `lockout::campaigns` does.

use std::collections::HashSet;

use diesel::prelude::*;

use super::audit::{self, Deed};
use super::columns::text_enum;
use super::connection::Db;
use super::counted::Counted;
use super::error::StoreError;
use super::schema::{campaign_locks, campaigns, tallies};
use super::{Reader, Store};
use crate::lockout::campaigns::{APART, Campaign, CampaignLock, Found, Kind};
use crate::model::{CampaignId, Millis, Span, TenantId, UserId};

/// Networks and users that a row names.
const NAMED: usize = 50;
/// Locks that one question may ask for.
pub const LOCKS: i64 = 200;
/// Rows of a page of the list.
pub const LISTED: i64 = 20;
/// Locks of one user that are looked up: as many as the attempts of a page of their story.
const AGAINST: i64 = 50;
/// What was found may go on from a row that ended this long before: it looks back a day.
const LOOKED_BACK: Span = Span(Span::DAY.0 + 2 * APART.0);

text_enum! {
    /// As `lockout::campaigns::Kind`.
    CampaignKind {
        Spray = "spray",
        OneAccount = "one_account",
        Distributed = "distributed",
    }
}

impl From<Kind> for CampaignKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Spray => Self::Spray,
            Kind::OneAccount => Self::OneAccount,
            Kind::Distributed => Self::Distributed,
        }
    }
}

text_enum! {
    /// What became of a lock when its campaign was undone.
    Undone {
        Unlocked = "unlocked",
        /// It had ended before.
        Over = "over",
        /// Another lock stands, which is not the campaign's.
        Relocked = "relocked",
        /// The user is no more.
        Gone = "gone",
    }
}

/// One campaign.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = campaigns)]
pub struct CampaignRow {
    pub id: CampaignId,
    pub kind: CampaignKind,
    /// The account with the most tries: a user's id, or a name that nobody has.
    pub target: String,
    pub began_at: Millis,
    pub last_at: Millis,
    /// Refused ones included.
    pub tries: i64,
    tail_slot: i64,
    tail_tries: i64,
    /// At most so many at once; names that nobody has are among them.
    pub accounts: i64,
    pub nobodies: i64,
    pub sources: i64,
    pub networks: i64,
    largest: String,
    signed_in: String,
}

impl CampaignRow {
    /// The largest networks with their tries in the last day, at most 50.
    #[must_use]
    pub fn largest(&self) -> Vec<(String, u64)> {
        serde_json::from_str(&self.largest).unwrap_or_default()
    }

    /// Users who were signed in to meanwhile from where nobody had been before, at most 50.
    #[must_use]
    pub fn signed_in(&self) -> Vec<UserId> {
        let names: Vec<String> = serde_json::from_str(&self.signed_in).unwrap_or_default();
        names.iter().filter_map(|name| UserId::parse(name)).collect()
    }
}

/// A lock of a user.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = campaign_locks)]
pub struct CampaignLockRow {
    #[diesel(column_name = user_id)]
    pub user: UserId,
    pub since: Millis,
    pub undone: Option<Undone>,
}

/// Where the next page of the list goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    pub last_at: Millis,
    pub id: CampaignId,
}

/// A campaign with its locks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignStory {
    pub row: CampaignRow,
    /// The newest, at most 200.
    pub locks: Vec<CampaignLockRow>,
    /// All, and those that nobody has undone.
    pub all: i64,
    pub left: i64,
}

impl Reader {
    /// A tenant's campaigns, the newest first, each with the number of its locks; at most 20.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn campaigns(
        &self,
        tenant: TenantId,
        after: Option<After>,
    ) -> Result<Vec<(CampaignRow, Counted)>, StoreError> {
        self.run(move |db| {
            let mut asked = campaigns::table.filter(campaigns::tenant_id.eq(&tenant)).into_boxed();
            if let Some(After { last_at, id }) = &after {
                let same = campaigns::last_at.eq(last_at).and(campaigns::id.lt(id));
                asked = asked.filter(campaigns::last_at.le(last_at));
                asked = asked.filter(campaigns::last_at.lt(last_at).or(same));
            }
            let rows: Vec<CampaignRow> = asked
                .order((campaigns::last_at.desc(), campaigns::id.desc()))
                .limit(LISTED)
                .select(CampaignRow::as_select())
                .load(db)?;
            let with_locks = |row: CampaignRow| {
                let locks = counted_locks(db, &tenant, &row.id)?;
                Ok((row, locks))
            };
            rows.into_iter().map(with_locks).collect()
        })
        .await
    }

    /// Of the campaigns that had tries since then, the one with the most locks as far as they are
    /// counted, then tries.
    ///
    /// # Errors
    /// As [`Reader::campaigns`].
    pub async fn campaign_underway(
        &self,
        tenant: TenantId,
        since: Millis,
    ) -> Result<Option<(CampaignRow, Counted)>, StoreError> {
        self.run(move |db| {
            let rows: Vec<CampaignRow> = campaigns::table
                .filter(campaigns::tenant_id.eq(&tenant))
                .filter(campaigns::last_at.ge(since))
                .order((campaigns::last_at.desc(), campaigns::id.desc()))
                .limit(LISTED)
                .select(CampaignRow::as_select())
                .load(db)?;
            let mut largest: Option<(CampaignRow, Counted)> = None;
            for row in rows {
                let locks = counted_locks(db, &tenant, &row.id)?;
                let larger = |(known, most): &(CampaignRow, Counted)| {
                    (locks, row.tries) > (*most, known.tries)
                };
                if largest.as_ref().is_none_or(larger) {
                    largest = Some((row, locks));
                }
            }
            Ok(largest)
        })
        .await
    }

    /// One campaign; `None` where the tenant has none of this id.
    ///
    /// # Errors
    /// As [`Reader::campaigns`].
    pub async fn campaign(
        &self,
        tenant: TenantId,
        id: CampaignId,
    ) -> Result<Option<CampaignStory>, StoreError> {
        self.run(move |db| {
            let row: Option<CampaignRow> = campaigns::table
                .find((&tenant, &id))
                .select(CampaignRow::as_select())
                .first(db)
                .optional()?;
            let Some(row) = row else { return Ok(None) };
            let all = locks_of(&tenant, &id).count().get_result(db)?;
            let left = locks_of(&tenant, &id).filter(campaign_locks::undone.is_null());
            let left = left.count().get_result(db)?;
            let locks = locks_of(&tenant, &id)
                .order(campaign_locks::since.desc())
                .limit(LOCKS)
                .select(CampaignLockRow::as_select())
                .load(db)?;
            Ok(Some(CampaignStory { row, locks, all, left }))
        })
        .await
    }

    /// The campaigns that locked this user up to an instant, or ever, each with the beginning of its
    /// lock, the newest lock first; at most 50.
    ///
    /// # Errors
    /// As [`Reader::campaigns`].
    pub async fn campaigns_against(
        &self,
        tenant: TenantId,
        user: UserId,
        until: Option<Millis>,
    ) -> Result<Vec<(Millis, CampaignRow)>, StoreError> {
        self.run(move |db| {
            let locks: Vec<(CampaignId, Millis)> = campaign_locks::table
                .filter(campaign_locks::tenant_id.eq(&tenant))
                .filter(campaign_locks::user_id.eq(&user))
                .filter(campaign_locks::since.le(until.unwrap_or(Millis(i64::MAX))))
                .order(campaign_locks::since.desc())
                .limit(AGAINST)
                .select((campaign_locks::campaign_id, campaign_locks::since))
                .load(db)?;
            let rows: Vec<CampaignRow> = campaigns::table
                .filter(campaigns::tenant_id.eq(&tenant))
                .filter(campaigns::id.eq_any(locks.iter().map(|(id, _)| id)))
                .select(CampaignRow::as_select())
                .load(db)?;
            let with = |(id, since): (CampaignId, Millis)| {
                Some((since, rows.iter().find(|row| row.id == id)?.clone()))
            };
            Ok(locks.into_iter().filter_map(with).collect())
        })
        .await
    }

    /// Locks of a campaign that nobody has undone, by user; at most 200.
    ///
    /// # Errors
    /// As [`Reader::campaigns`].
    pub async fn locks_to_undo(
        &self,
        tenant: TenantId,
        id: CampaignId,
    ) -> Result<Vec<CampaignLockRow>, StoreError> {
        self.run(move |db| {
            Ok(locks_of(&tenant, &id)
                .filter(campaign_locks::undone.is_null())
                .order((campaign_locks::user_id, campaign_locks::since))
                .limit(LOCKS)
                .select(CampaignLockRow::as_select())
                .load(db)?)
        })
        .await
    }
}

/// One campaign's locks lie side by side in the table.
#[diesel::dsl::auto_type]
fn locks_of<'a>(tenant: &'a TenantId, id: &'a CampaignId) -> _ {
    campaign_locks::table
        .filter(campaign_locks::tenant_id.eq(tenant))
        .filter(campaign_locks::campaign_id.eq(id))
}

fn counted_locks(db: &mut Db, tenant: &TenantId, id: &CampaignId) -> QueryResult<Counted> {
    let locks = locks_of(tenant, id)
        .order((campaign_locks::user_id, campaign_locks::since))
        .select(campaign_locks::user_id);
    Counted::rows(db, locks)
}

impl Store {
    /// Writes down what was found: a campaign that goes on stays the row that it is. A lock
    /// that is judged by all that led to it belongs where it was found this time: who signs in an hour
    /// later was no stranger. Any other stays where it is, and so do what was undone, and what a campaign
    /// has whose beginning was out of sight: its end alone may look like none. Returns the ids of the campaigns that nobody knew before.
    ///
    /// # Errors
    /// As any write.
    pub async fn keep_campaigns(
        &self,
        tenant: TenantId,
        found: Found,
    ) -> Result<Vec<CampaignId>, StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            // One node after the other: two that have found the same must not both begin a row.
            diesel::update(tallies::table.find(&tenant))
                .set(tallies::looked_at.eq(now))
                .execute(db)?;
            let mut known: Vec<CampaignRow> = campaigns::table
                .filter(campaigns::tenant_id.eq(&tenant))
                .filter(campaigns::last_at.ge(now.before(LOOKED_BACK)))
                .order((campaigns::last_at.desc(), campaigns::id.desc()))
                .select(CampaignRow::as_select())
                .load(db)?;
            let mut fresh = Vec::new();
            let mut held: Vec<Held<'_>> = Vec::new();
            for campaign in &found.campaigns {
                let place = known.iter().position(|row| goes_on(row, campaign));
                let (id, began_at) = match place.map(|place| known.swap_remove(place)) {
                    Some(row) => {
                        go_on(db, &tenant, &row, campaign)?;
                        (row.id, row.began_at.min(campaign.from))
                    }
                    None => {
                        let id = begin(db, &tenant, campaign)?;
                        fresh.push(id.clone());
                        (id, campaign.from)
                    }
                };
                held.push(Held { id, began_at, locks: &campaign.locks });
            }
            // What is known and was not found again.
            let gone = |row: CampaignRow| Held { id: row.id, began_at: row.began_at, locks: &[] };
            held.extend(known.into_iter().map(gone));
            keep_locks(db, &tenant, &held, &found)?;
            Ok(fresh)
        })
        .await
    }

    /// Notes what became of locks of a campaign that somebody undid, and who.
    ///
    /// # Errors
    /// As any write.
    pub async fn note_undone(
        &self,
        tenant: TenantId,
        id: CampaignId,
        locks: Vec<(UserId, Millis, Undone)>,
        deed: Deed,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            for (user, since, undone) in &locks {
                diesel::update(campaign_locks::table.find((&tenant, &id, user, since)))
                    .filter(campaign_locks::undone.is_null())
                    .set(campaign_locks::undone.eq(Some(undone)))
                    .execute(db)?;
            }
            Ok(audit::note(db, &tenant, &deed, now)?)
        })
        .await
    }
}

/// Whether what was found is what the row began.
fn goes_on(row: &CampaignRow, found: &Campaign) -> bool {
    row.kind == CampaignKind::from(found.kind)
        && (found.kind != Kind::OneAccount || row.target == found.target)
        && found.from <= row.last_at.after(APART)
        && row.began_at <= found.to.after(APART)
}

fn begin(db: &mut Db, tenant: &TenantId, found: &Campaign) -> QueryResult<CampaignId> {
    let id = CampaignId::generate(found.from);
    let (tail_slot, tail) =
        found.tries.last_key_value().map_or((0, 0), |(slot, sum)| (*slot, *sum));
    diesel::insert_into(campaigns::table)
        .values((
            (
                campaigns::tenant_id.eq(tenant),
                campaigns::id.eq(&id),
                campaigns::kind.eq(CampaignKind::from(found.kind)),
                campaigns::target.eq(&found.target),
                campaigns::began_at.eq(found.from),
                campaigns::last_at.eq(found.to),
                campaigns::tries.eq(number(found.total())),
                campaigns::tail_slot.eq(tail_slot),
                campaigns::tail_tries.eq(number(tail)),
            ),
            (
                campaigns::accounts.eq(length(found.accounts)),
                campaigns::nobodies.eq(length(found.nobodies)),
                campaigns::sources.eq(length(found.sources)),
                campaigns::networks.eq(length(found.networks.len())),
                campaigns::largest.eq(largest(found)),
                campaigns::signed_in.eq(named(&found.signed_in, Vec::new())),
            ),
        ))
        .execute(db)?;
    Ok(id)
}

/// Tries of slots that are in the row already are not added again.
fn go_on(db: &mut Db, tenant: &TenantId, row: &CampaignRow, found: &Campaign) -> QueryResult<()> {
    // Of the slot that the row ends with a look may see less than another did before it.
    let of_tail = found.tries.get(&row.tail_slot).map_or(0, |sum| number(*sum));
    let grown = of_tail.max(row.tail_tries);
    let after = row.tail_slot.saturating_add(1);
    let newer: u64 = found.tries.range(after..).map(|(_, sum)| *sum).sum();
    let added = number(newer).saturating_add(grown.saturating_sub(row.tail_tries));
    let last = found.tries.range(after..).next_back().map(|(slot, sum)| (*slot, number(*sum)));
    let (tail_slot, tail_tries) = last.unwrap_or((row.tail_slot, grown));
    let signed_in: Vec<String> = serde_json::from_str(&row.signed_in).unwrap_or_default();
    diesel::update(campaigns::table.find((tenant, &row.id)))
        .set((
            campaigns::began_at.eq(row.began_at.min(found.from)),
            campaigns::last_at.eq(row.last_at.max(found.to)),
            campaigns::tries.eq(row.tries.saturating_add(added)),
            campaigns::tail_slot.eq(tail_slot),
            campaigns::tail_tries.eq(tail_tries),
            campaigns::accounts.eq(row.accounts.max(length(found.accounts))),
            campaigns::nobodies.eq(row.nobodies.max(length(found.nobodies))),
            campaigns::sources.eq(row.sources.max(length(found.sources))),
            campaigns::networks.eq(row.networks.max(length(found.networks.len()))),
            campaigns::largest.eq(largest(found)),
            campaigns::signed_in.eq(named(&found.signed_in, signed_in)),
        ))
        .execute(db)?;
    Ok(())
}

/// A campaign, and the locks that were found to be its own.
struct Held<'a> {
    id: CampaignId,
    began_at: Millis,
    locks: &'a [CampaignLock],
}

fn keep_locks(db: &mut Db, tenant: &TenantId, held: &[Held<'_>], look: &Found) -> QueryResult<()> {
    let mut kept: HashSet<(UserId, Millis)> = HashSet::new();
    for Held { id, began_at, locks } in held {
        let known: Vec<CampaignLockRow> =
            locks_of(tenant, id).select(CampaignLockRow::as_select()).load(db)?;
        let found: HashSet<(&str, Millis)> =
            locks.iter().map(|lock| (lock.account.as_str(), lock.since)).collect();
        for row in known {
            let is_judged = *began_at >= look.from
                && look.judged.contains(&(row.user.as_str().to_owned(), row.since));
            let is_found = found.contains(&(row.user.as_str(), row.since));
            if is_judged && !is_found && row.undone.is_none() {
                diesel::delete(campaign_locks::table.find((tenant, id, &row.user, row.since)))
                    .execute(db)?;
            } else {
                kept.insert((row.user, row.since));
            }
        }
    }
    for Held { id, locks, .. } in held {
        for lock in *locks {
            let Some(user) = UserId::parse(&lock.account) else { continue };
            let key = (user, lock.since);
            if kept.contains(&key) {
                continue;
            }
            diesel::insert_into(campaign_locks::table)
                .values((
                    campaign_locks::tenant_id.eq(tenant),
                    campaign_locks::campaign_id.eq(id),
                    campaign_locks::user_id.eq(&key.0),
                    campaign_locks::since.eq(key.1),
                ))
                .execute(db)?;
            kept.insert(key);
        }
    }
    Ok(())
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn length(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn largest(found: &Campaign) -> String {
    let largest: Vec<_> = found.networks.iter().take(NAMED).collect();
    serde_json::to_string(&largest).unwrap_or_default()
}

fn named(found: &[String], mut known: Vec<String>) -> String {
    for name in found {
        if known.len() < NAMED && !known.contains(name) {
            known.push(name.clone());
        }
    }
    serde_json::to_string(&known).unwrap_or_default()
}
