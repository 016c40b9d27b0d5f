//! What a tenant was tried with, in sums of ten minutes and networks: written by the tally, drawn by the
//! console. The attempts log stays the truth; these sums may leave out what was written late. Knows no
//! campaign.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::connection::Db;
use super::error::StoreError;
use super::lock_stories;
use super::old_traffic;
use super::recorded::{RECORDED_PAGE, RecordedTry};
use super::schema::{attempts, tallies, traffic};
use super::{Reader, Store};
use crate::model::{AttemptId, Millis, Span, TenantId, UserId};

/// Length of a slot: as campaigns are looked for.
pub const SLOT: Span = crate::lockout::campaigns::SLOT;
/// Networks of a slot that keep a line of their own once it is over.
pub(super) const KEPT: i64 = 40;
/// A slot is over for good when so many more have begun: nothing is written later than that.
const OPEN_SLOTS: i64 = 2;
/// Sums are kept for so long.
const LIFE: Span = Span::DAY.times(90);

/// The slot of an instant.
#[must_use]
pub const fn slot_of(at: Millis) -> i64 {
    at.0.div_euclid(SLOT.0)
}

/// Up to where a tenant's log has been summed up.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = tallies)]
pub struct Tally {
    /// The last one that is in the sums.
    pub attempt: AttemptId,
    /// Of refused tries, the first minute that is not.
    pub minute: i64,
    /// The last slot whose small networks were put together.
    pub folded: i64,
}

/// One slot's tries from one network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    pub rights: i64,
    pub wrongs: i64,
    pub refused: i64,
    pub locks: i64,
}

impl Sums {
    pub(super) const fn failures(self) -> i64 {
        self.wrongs.saturating_add(self.refused)
    }

    pub(super) const fn add(&mut self, more: Self) {
        self.rights = self.rights.saturating_add(more.rights);
        self.wrongs = self.wrongs.saturating_add(more.wrongs);
        self.refused = self.refused.saturating_add(more.refused);
        self.locks = self.locks.saturating_add(more.locks);
    }
}

/// By slot and network; `""` for what comes from none.
pub type SlotSums = BTreeMap<(i64, String), Sums>;

/// What to draw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Bars in order; those with nothing are left out.
    pub bars: Vec<BarRow>,
    /// The networks with the most failures, most first.
    pub networks: Vec<NetworkRow>,
    /// When anything was summed up first and last; `None` for nothing.
    pub known: Option<(i64, i64)>,
}

/// A bar: `place` is its first slot divided by the slots that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct BarRow {
    #[diesel(sql_type = BigInt)]
    pub place: i64,
    #[diesel(sql_type = BigInt)]
    pub rights: i64,
    /// Wrong tries, and refused ones.
    #[diesel(sql_type = BigInt)]
    pub failures: i64,
    /// Those of them that came from the network with the most, and from the two that follow.
    #[diesel(sql_type = BigInt)]
    pub from_first: i64,
    #[diesel(sql_type = BigInt)]
    pub from_second: i64,
    #[diesel(sql_type = BigInt)]
    pub from_third: i64,
    #[diesel(sql_type = BigInt)]
    pub locks: i64,
}

/// A network's sums over the time that is drawn.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct NetworkRow {
    /// As `Source::network`; empty for all the small ones.
    #[diesel(sql_type = Text)]
    pub network: String,
    #[diesel(sql_type = BigInt)]
    pub failures: i64,
    #[diesel(sql_type = BigInt)]
    pub locks: i64,
}

/// What a time is drawn as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// First slot, and the one after the last.
    pub from: i64,
    pub until: i64,
    /// Slots of one bar.
    pub step: i64,
}

/// Parameters are numbered as they appear, for so SQLite counts them; sums of BIGINT are NUMERIC in
/// PostgreSQL.
const BARS: &str = "SELECT slot / $1 AS place, CAST(sum(rights) AS bigint) AS rights, \
     CAST(sum(wrongs + refused) AS bigint) AS failures, \
     CAST(sum(CASE WHEN network = $2 THEN wrongs + refused ELSE 0 END) AS bigint) AS from_first, \
     CAST(sum(CASE WHEN network = $3 THEN wrongs + refused ELSE 0 END) AS bigint) AS from_second, \
     CAST(sum(CASE WHEN network = $4 THEN wrongs + refused ELSE 0 END) AS bigint) AS from_third, \
     CAST(sum(locks) AS bigint) AS locks FROM traffic \
     WHERE tenant_id = $5 AND slot >= $6 AND slot < $7 GROUP BY 1 ORDER BY 1";
const NETWORKS: &str = "SELECT network, CAST(sum(wrongs + refused) AS bigint) AS failures, \
     CAST(sum(locks) AS bigint) AS locks FROM traffic \
     WHERE tenant_id = $1 AND slot >= $2 AND slot < $3 \
     GROUP BY network HAVING sum(wrongs + refused) > 0 ORDER BY 2 DESC, 1 LIMIT $4";
/// Stands where there are fewer than three.
const NO_NETWORK: &str = "-";
/// Networks that a page lists.
const LISTED: i64 = 10;

impl Reader {
    /// Up to where the tally has come; `None` before its first round.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn tally(&self, tenant: TenantId) -> Result<Option<Tally>, StoreError> {
        self.run(move |db| {
            Ok(tallies::table.find(&tenant).select(Tally::as_select()).first(db).optional()?)
        })
        .await
    }

    /// The oldest tries after one and before another; at most 10,000.
    ///
    /// # Errors
    /// As [`Reader::tally`].
    pub async fn tries_between(
        &self,
        tenant: TenantId,
        after: AttemptId,
        before: AttemptId,
    ) -> Result<Vec<RecordedTry>, StoreError> {
        self.run(move |db| {
            Ok(attempts::table
                .filter(attempts::tenant_id.eq(&tenant))
                .filter(attempts::id.gt(&after))
                .filter(attempts::id.lt(&before))
                .order(attempts::id.asc())
                .limit(RECORDED_PAGE)
                .select(RecordedTry::as_select())
                .load(db)?)
        })
        .await
    }

    /// The sums of a time.
    ///
    /// # Errors
    /// As [`Reader::tally`].
    pub async fn traffic(&self, tenant: TenantId, of: Stretch) -> Result<Drawn, StoreError> {
        self.run(move |db| {
            let asked = diesel::sql_query(NETWORKS)
                .bind::<Text, _>(&tenant)
                .bind::<BigInt, _>(of.from)
                .bind::<BigInt, _>(of.until)
                .bind::<BigInt, _>(LISTED);
            let networks: Vec<NetworkRow> = match db {
                Db::Sqlite(db) => asked.load(db)?,
                #[cfg(feature = "postgres")]
                Db::Postgres(db) => asked.load(db)?,
            };
            let mut named = networks.iter().filter(|row| !row.network.is_empty());
            let mut next = || named.next().map_or(NO_NETWORK, |row| row.network.as_str());
            let (first, second, third) = (next(), next(), next());
            let asked = diesel::sql_query(BARS)
                .bind::<BigInt, _>(of.step.max(1))
                .bind::<Text, _>(first)
                .bind::<Text, _>(second)
                .bind::<Text, _>(third)
                .bind::<Text, _>(&tenant)
                .bind::<BigInt, _>(of.from)
                .bind::<BigInt, _>(of.until);
            let bars = match db {
                Db::Sqlite(db) => asked.load(db)?,
                #[cfg(feature = "postgres")]
                Db::Postgres(db) => asked.load(db)?,
            };
            let of_tenant = || traffic::table.filter(traffic::tenant_id.eq(&tenant));
            let ends = of_tenant().select(traffic::slot);
            let first: Option<i64> = ends.order(traffic::slot.asc()).first(db).optional()?;
            let last: Option<i64> = ends.order(traffic::slot.desc()).first(db).optional()?;
            Ok(Drawn { bars, networks, known: first.zip(last) })
        })
        .await
    }
}

impl Store {
    /// Adds sums, begins the stories of who was `locked`, and moves the tally on, if it still stands where it stood when they were read; else
    /// another node was quicker, and nothing is written (`false`).
    ///
    /// # Errors
    /// As any write.
    pub async fn add_traffic(
        &self,
        tenant: TenantId,
        stood: Option<Tally>,
        stands: Tally,
        sums: SlotSums,
        locked: Vec<(UserId, Millis)>,
    ) -> Result<bool, StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            if !move_on(db, &tenant, stood.as_ref(), &stands)? {
                return Ok(false);
            }
            for ((slot, network), sums) in &sums {
                add(db, &tenant, *slot, network, sums)?;
            }
            for (user, at) in &locked {
                lock_stories::begin(db, &tenant, user, *at)?;
            }
            fold(db, &tenant, stands.folded, slot_of(now).saturating_sub(OPEN_SLOTS))?;
            old_traffic::put_together(db, &tenant, &stands, slot_of(now))?;
            let old = traffic::table
                .filter(traffic::tenant_id.eq(&tenant))
                .filter(traffic::slot.lt(slot_of(now.before(LIFE))));
            diesel::delete(old).execute(db)?;
            Ok(true)
        })
        .await
    }
}

fn move_on(
    db: &mut Db,
    tenant: &TenantId,
    stood: Option<&Tally>,
    stands: &Tally,
) -> QueryResult<bool> {
    let Some(stood) = stood else {
        let known: i64 = tallies::table.find(tenant).count().get_result(db)?;
        if known > 0 {
            return Ok(false);
        }
        let key = (tallies::tenant_id.eq(tenant), tallies::looked_at.eq(0_i64));
        diesel::insert_into(tallies::table).values((key, stands)).execute(db)?;
        return Ok(true);
    };
    let moved = diesel::update(tallies::table.find(tenant))
        .filter(tallies::attempt.eq(&stood.attempt))
        .filter(tallies::minute.eq(stood.minute))
        .set(stands)
        .execute(db)?;
    Ok(moved == 1)
}

pub(super) fn add(
    db: &mut Db,
    tenant: &TenantId,
    slot: i64,
    network: &str,
    sums: &Sums,
) -> QueryResult<()> {
    let known = diesel::update(traffic::table.find((tenant, slot, network)))
        .set((
            traffic::rights.eq(traffic::rights + sums.rights),
            traffic::wrongs.eq(traffic::wrongs + sums.wrongs),
            traffic::refused.eq(traffic::refused + sums.refused),
            traffic::locks.eq(traffic::locks + sums.locks),
        ))
        .execute(db)?;
    if known == 0 {
        diesel::insert_into(traffic::table)
            .values((
                traffic::tenant_id.eq(tenant),
                traffic::slot.eq(slot),
                traffic::network.eq(network),
                traffic::rights.eq(sums.rights),
                traffic::wrongs.eq(sums.wrongs),
                traffic::refused.eq(sums.refused),
                traffic::locks.eq(sums.locks),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// Slots that one round may fold.
const FOLDED_A_ROUND: i64 = 200;

#[derive(QueryableByName)]
struct Crowded {
    #[diesel(sql_type = BigInt)]
    slot: i64,
}

const CROWDED: &str = "SELECT slot FROM traffic WHERE tenant_id = $1 AND slot > $2 AND slot <= $3 \
     GROUP BY slot HAVING count(*) > $4 ORDER BY slot LIMIT $5";

/// Puts the small networks of slots that are over into one line each.
fn fold(db: &mut Db, tenant: &TenantId, folded: i64, until: i64) -> QueryResult<()> {
    let asked = diesel::sql_query(CROWDED)
        .bind::<Text, _>(tenant)
        .bind::<BigInt, _>(folded)
        .bind::<BigInt, _>(until)
        .bind::<BigInt, _>(KEPT.saturating_add(1))
        .bind::<BigInt, _>(FOLDED_A_ROUND);
    let crowded: Vec<Crowded> = match db {
        Db::Sqlite(db) => asked.load(db)?,
        #[cfg(feature = "postgres")]
        Db::Postgres(db) => asked.load(db)?,
    };
    for Crowded { slot } in &crowded {
        old_traffic::join(db, tenant, *slot, slot.saturating_add(1))?;
    }
    let more = i64::try_from(crowded.len()).is_ok_and(|found| found == FOLDED_A_ROUND);
    let done = if more { crowded.last().map_or(until, |last| last.slot) } else { until };
    diesel::update(tallies::table.find(tenant))
        .filter(tallies::folded.lt(done))
        .set(tallies::folded.eq(done))
        .execute(db)?;
    Ok(())
}
