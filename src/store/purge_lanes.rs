//! Upkeep of lanes: devices that nobody uses any more and passes whose links are over go, some in each
//! call. A lane without a row is dead (protocol rule 15), so whoever still holds a cookie is public.

use diesel::prelude::*;

use super::connection::Db;
use super::devices::MOST_DEVICES;
use super::error::StoreError;
use super::schema::{lanes, users};
use super::subject_locks;
use super::subjects::SubjectKey;
use crate::model::{Lane, Millis, Span, TenantId};

/// Lanes that one call looks at; the next goes on where it stopped.
const LOOKED_AT: i64 = 1_000;
/// Sorts after every subject's name, which is ASCII.
const AFTER_ALL: &str = "\u{10ffff}";
/// A device that has signed nobody in for so long is forgotten; its cookie would last 400 days.
const UNUSED: Span = Span::DAY.times(180);
/// A pass row outlives its end by the longest life of an unlock link (365 days) and a day: a press of
/// a link that is still good would find no row and give its episode a second pass.
const LINKS_ARE_OVER: Span = Span::DAY.times(366);

#[derive(Queryable)]
struct Found {
    subject: SubjectKey,
    lane: String,
    used_at: i64,
    expires: Option<i64>,
    credential_version: i64,
    /// Of the user now.
    live_version: Option<i64>,
}

/// Looks at the next lanes of the tenant after subject `after` and removes up to `rows` that are
/// over. Says how far it came: `None` where the next call is to begin again.
pub(super) fn purge(
    db: &mut Db,
    tenant: &TenantId,
    now: Millis,
    rows: i64,
    after: Option<&SubjectKey>,
) -> Result<(usize, Option<SubjectKey>), StoreError> {
    let nobody = SubjectKey::from_stored(String::new());
    let after = after.unwrap_or(&nobody);
    let last: Option<SubjectKey> = lanes::table
        .filter(lanes::tenant_id.eq(tenant.as_str()))
        .filter(lanes::subject.gt(after.as_str()))
        .order((lanes::subject.asc(), lanes::lane.asc()))
        .offset(LOOKED_AT)
        .select(lanes::subject)
        .first(db)
        .optional()?;
    let upto = last.clone().unwrap_or_else(|| SubjectKey::from_stored(AFTER_ALL.to_owned()));
    let mut over = over(db, tenant, now, (after, &upto))?;
    // As many as were allowed: there may be more in the same place.
    let most = usize::try_from(rows).unwrap_or(usize::MAX);
    let next = if over.len() > most { Some(after.clone()) } else { last };
    over.truncate(most);
    if over.is_empty() {
        return Ok((0, next));
    }
    let mut keys: Vec<_> = over.iter().map(|(s, _)| [tenant.as_str(), s.as_str(), ""]).collect();
    keys.dedup();
    subject_locks::lock_rows(db, &keys)?;
    // Again under the locks: a sign-in may have used one meanwhile.
    let sure = self::over(db, tenant, now, (after, &upto))?;
    let mut gone = 0_usize;
    for (subject, lane) in over.iter().filter(|found| sure.contains(found)) {
        let row = lanes::table.find((tenant.as_str(), subject.as_str(), lane));
        gone = gone.saturating_add(diesel::delete(row).execute(db)?);
    }
    Ok((gone, next))
}

/// The lanes between two subjects, the second included, that have nothing left to say.
fn over(
    db: &mut Db,
    tenant: &TenantId,
    now: Millis,
    (after, upto): (&SubjectKey, &SubjectKey),
) -> Result<Vec<(SubjectKey, String)>, StoreError> {
    // Devices of one subject stand together, the last used first.
    let owner = users::tenant_id.eq(lanes::tenant_id).and(users::id.eq(lanes::subject));
    let found: Vec<Found> = lanes::table
        .left_join(users::table.on(owner))
        .filter(lanes::tenant_id.eq(tenant.as_str()))
        .filter(lanes::subject.gt(after.as_str()))
        .filter(lanes::subject.le(upto.as_str()))
        .order((lanes::subject.asc(), lanes::used_at.desc(), lanes::lane.asc()))
        .select((
            lanes::subject,
            lanes::lane,
            lanes::used_at,
            lanes::expires,
            lanes::credential_version,
            users::credential_version.nullable(),
        ))
        .load(db)?;
    let mut over = Vec::new();
    let mut of: Option<SubjectKey> = None;
    let mut living = 0_usize;
    for row in found {
        if of.as_ref() != Some(&row.subject) {
            (of, living) = (Some(row.subject.clone()), 0);
        }
        let ended = match Lane::from_stored(&row.lane) {
            Lane::Device(_) => {
                let stale = row.live_version != Some(row.credential_version)
                    || Millis(row.used_at) < now.before(UNUSED);
                if !stale {
                    living = living.saturating_add(1);
                }
                stale || living > MOST_DEVICES
            }
            Lane::Pass(_) => row.expires.is_none_or(|end| Millis(end) < now.before(LINKS_ARE_OVER)),
            // No row has it.
            Lane::Public => true,
        };
        if ended {
            over.push((row.subject, row.lane));
        }
    }
    Ok(over)
}
