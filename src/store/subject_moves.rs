//! What happens to a subject as a whole: handed over when somebody signs up, copied when a user is
//! deleted, made to forget its passed factors, removed, also where its row was only made to be locked.
//! Knows no rule of the lockout.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::connection::Db;
use super::error::StoreError;
use super::one_time_codes;
use super::schema::{lanes, sources, subjects};
use super::statement::{Key, Locking, Made, Stored as _};
use super::subjects::{SourceRow, SubjectKey, SubjectRow, find};
use crate::lockout::SubjectState;
use crate::model::TenantId;

/// Hands count and lock from one subject to another: sign-up takes over a phantom, deletion hands
/// back (so that neither can be seen from outside). The old rows are removed.
pub(super) fn hand_over(
    db: &mut Db,
    tenant: &TenantId,
    from: &SubjectKey,
    to: &SubjectKey,
) -> Result<(), StoreError> {
    let Some(mut row) = find(db, tenant, from)? else { return Ok(()) };
    to.as_str().clone_into(&mut row.subject);
    row.phantom = to.is_phantom();
    let taken = find(db, tenant, to)?;
    // Count and lock change hands; the attempts stay those of whom they were made on.
    row.last_attempt = taken.as_ref().and_then(|taken| taken.last_attempt.clone());
    if taken.is_some() {
        diesel::update(subjects::table.find((tenant.as_str(), to.as_str())))
            .set(&row)
            .execute(db)?;
    } else {
        diesel::insert_into(subjects::table).values(&row).execute(db)?;
    }
    diesel::delete(
        sources::table
            .filter(sources::tenant_id.eq(tenant.as_str()))
            .filter(sources::subject.eq(to.as_str())),
    )
    .execute(db)?;
    diesel::update(
        sources::table
            .filter(sources::tenant_id.eq(tenant.as_str()))
            .filter(sources::subject.eq(from.as_str())),
    )
    .set(sources::subject.eq(to.as_str()))
    .execute(db)?;
    remove(db, tenant, from)
}

/// Gives `to` what `from` has, count, locks and sources; `from` stays. Lanes are not copied: a
/// phantom has no devices and no passes.
pub(super) fn copy_over(
    db: &mut Db,
    tenant: &TenantId,
    from: &SubjectKey,
    to: &SubjectKey,
) -> Result<(), StoreError> {
    let Some(mut row) = find(db, tenant, from)? else { return Ok(()) };
    row.last_attempt = find(db, tenant, to)?.and_then(|taken| taken.last_attempt);
    remove(db, tenant, to)?;
    to.as_str().clone_into(&mut row.subject);
    row.phantom = to.is_phantom();
    diesel::insert_into(subjects::table).values(&row).execute(db)?;
    let mut copies: Vec<SourceRow> = sources::table
        .filter(sources::tenant_id.eq(tenant))
        .filter(sources::subject.eq(from))
        .select(SourceRow::as_select())
        .load(db)?;
    for copy in &mut copies {
        to.as_str().clone_into(&mut copy.subject);
        diesel::insert_into(sources::table).values(&*copy).execute(db)?;
    }
    Ok(())
}

/// Voids the passed factors of all lanes (protocol rule 18): after a ban or a credential change.
/// The row is locked.
pub(super) fn raise_all_serial(
    db: &mut Db,
    tenant: &TenantId,
    subject: &SubjectKey,
) -> Result<(), StoreError> {
    let raised = diesel::update(subjects::table.find((tenant, subject)))
        .set(subjects::all_serial.eq(subjects::all_serial + 1))
        .execute(db)?;
    if raised == 0 {
        let mut row = SubjectRow::blank(tenant.as_str(), subject.as_str());
        row.all_serial = 1;
        diesel::insert_into(subjects::table).values(&row).execute(db)?;
    }
    Ok(())
}

/// Removes a subject with everything beneath it.
pub(super) fn remove(
    db: &mut Db,
    tenant: &TenantId,
    subject: &SubjectKey,
) -> Result<(), StoreError> {
    one_time_codes::remove_of(db, tenant, subject)?;
    forget(db, tenant, subject)
}

/// Removes what is counted of a subject. Its codes end by their own age: a phantom's would otherwise
/// be gone sooner than a user's, and tell which of the two it is.
pub(super) fn forget(
    db: &mut Db,
    tenant: &TenantId,
    subject: &SubjectKey,
) -> Result<(), StoreError> {
    diesel::delete(
        lanes::table
            .filter(lanes::tenant_id.eq(tenant.as_str()))
            .filter(lanes::subject.eq(subject.as_str())),
    )
    .execute(db)?;
    diesel::delete(
        sources::table
            .filter(sources::tenant_id.eq(tenant.as_str()))
            .filter(sources::subject.eq(subject.as_str())),
    )
    .execute(db)?;
    diesel::delete(subjects::table.find((tenant.as_str(), subject.as_str()))).execute(db)?;
    Ok(())
}

/// Whether a row says no more than an absent one.
fn says_nothing(row: &SubjectRow) -> bool {
    row.state() == SubjectState::default() && row.last_attempt.is_none()
}

/// Removes those of the rows made by this transaction that nothing has been written to: nobody else
/// has seen them, and who waits to make the same one makes it after the commit. A row that was there
/// before must stay, however blank: who waits for its lock would go on without any.
pub(super) fn remove_blank(db: &mut Db, made: &[Made]) -> QueryResult<Vec<TenantId>> {
    let keys: Vec<Key<'_>> =
        made.iter().map(|(tenant, subject)| [&**tenant, subject, ""]).collect();
    let mut blank: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in SubjectRow::read(db, &keys, Locking::Nothing)? {
        if says_nothing(&row) {
            blank.entry(row.tenant_id).or_default().push(row.subject);
        }
    }
    let mut fewer_phantoms = Vec::new();
    for (tenant, names) in blank {
        if names.iter().any(|name| SubjectKey::from_stored(name.clone()).is_phantom()) {
            fewer_phantoms.push(TenantId::from_stored(tenant.clone()));
        }
        diesel::delete(subjects::table)
            .filter(subjects::tenant_id.eq(tenant))
            .filter(subjects::subject.eq_any(names))
            .execute(db)?;
    }
    Ok(fewer_phantoms)
}
