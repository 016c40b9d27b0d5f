//! What was tried long ago is kept in longer steps: by the hour after a day, by six hours after a week, as
//! the pictures of a week and of a month draw it. Else a month of attacks is forty times as many rows as
//! a day, and all of them are read for each look. Sums stay what they are; of more networks than a step
//! keeps, the small ones are put together once more. Knows no picture.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::connection::Db;
use super::schema::{tallies, traffic};
use super::traffic::{KEPT, Sums, Tally};
use crate::model::{Millis, Span, TenantId};

/// A longer step.
struct Longer {
    /// In slots of ten minutes; a picture's bar is as long.
    step: i64,
    /// So many slots back nobody draws shorter bars: a picture, and a step more.
    after: i64,
}

const HOURS: Longer = Longer { step: 6, after: 144 + 6 };
const QUARTERS: Longer = Longer { step: 36, after: 168 * 6 + 36 };
/// Steps that one round puts together: a busy hour has 246 rows.
const A_ROUND: usize = 4;

/// Goes on with what has become old; `now` is the slot that it is.
pub(super) fn put_together(
    db: &mut Db,
    tenant: &TenantId,
    stands: &Tally,
    now: i64,
) -> QueryResult<()> {
    let (hours, quarters): (i64, i64) =
        tallies::table.find(tenant).select((tallies::hours, tallies::quarters)).first(db)?;
    // What the tally has not come to may still be added to.
    let minute = Millis(stands.minute.saturating_mul(Span::MINUTE.0));
    let complete = super::traffic::slot_of(minute);
    let through = (
        walk(db, tenant, hours, &HOURS, now.min(complete))?,
        walk(db, tenant, quarters, &QUARTERS, now.min(complete))?,
    );
    if through != (hours, quarters) {
        diesel::update(tallies::table.find(tenant))
            .set((tallies::hours.eq(through.0), tallies::quarters.eq(through.1)))
            .execute(db)?;
    }
    Ok(())
}

/// Puts together the next steps from slot `from` on; returns the first slot that is left.
fn walk(
    db: &mut Db,
    tenant: &TenantId,
    mut from: i64,
    longer: &Longer,
    now: i64,
) -> QueryResult<i64> {
    let until = start(now.saturating_sub(longer.after), longer);
    for _ in 0..A_ROUND {
        let next: Option<i64> = traffic::table
            .filter(traffic::tenant_id.eq(tenant))
            .filter(traffic::slot.ge(from))
            .filter(traffic::slot.lt(until))
            .order(traffic::slot.asc())
            .select(traffic::slot)
            .first(db)
            .optional()?;
        let Some(next) = next else { return Ok(from.max(until)) };
        let first = start(next, longer);
        from = first.saturating_add(longer.step);
        join(db, tenant, first, from)?;
    }
    Ok(from)
}

/// Where the step of a slot begins.
const fn start(slot: i64, longer: &Longer) -> i64 {
    slot.div_euclid(longer.step).saturating_mul(longer.step)
}

type Row = (i64, String, i64, i64, i64, i64);

/// Makes one slot of those from `first` up to `end`, with no more networks than one keeps.
pub(super) fn join(db: &mut Db, tenant: &TenantId, first: i64, end: i64) -> QueryResult<()> {
    let of_step = || {
        traffic::table
            .filter(traffic::tenant_id.eq(tenant))
            .filter(traffic::slot.ge(first))
            .filter(traffic::slot.lt(end))
    };
    let rows: Vec<Row> = of_step()
        .select((
            traffic::slot,
            traffic::network,
            traffic::rights,
            traffic::wrongs,
            traffic::refused,
            traffic::locks,
        ))
        .load(db)?;
    let few = i64::try_from(rows.len()).is_ok_and(|lines| lines <= KEPT);
    if few && rows.iter().all(|(slot, ..)| *slot == first) {
        return Ok(());
    }
    let mut sums: BTreeMap<String, Sums> = BTreeMap::new();
    for (_, network, rights, wrongs, refused, locks) in rows {
        sums.entry(network).or_default().add(Sums { rights, wrongs, refused, locks });
    }
    diesel::delete(of_step()).execute(db)?;
    for (network, sums) in largest(sums) {
        super::traffic::add(db, tenant, first, &network, &sums)?;
    }
    Ok(())
}

/// The networks with the most failures, and the others as one, which has no name.
fn largest(mut sums: BTreeMap<String, Sums>) -> Vec<(String, Sums)> {
    let rest = sums.remove("");
    let mut named: Vec<(String, Sums)> = sums.into_iter().collect();
    named.sort_by_key(|(_, sums)| std::cmp::Reverse(sums.failures()));
    let small = named.split_off(named.len().min(usize::try_from(KEPT).unwrap_or_default()));
    if rest.is_some() || !small.is_empty() {
        let mut rest = rest.unwrap_or_default();
        small.into_iter().for_each(|(_, sums)| rest.add(sums));
        named.push((String::new(), rest));
    }
    named
}
