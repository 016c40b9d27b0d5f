//! How users are called on pages: by their primary identifier, else by the first one. Many at once
//! cost two questions. Knows no page.

use std::collections::HashMap;

use diesel::prelude::*;

use super::connection::Db;
use super::schema::{identifications, users};
use crate::model::{CanonicalKey, IdentificationId, TenantId, UserId};

/// Names that one page of a search looks at: what is searched for may be behind none of them.
pub(super) const LOOKED_AT: usize = 1_000;
/// Sorts behind every character of a name.
pub(super) const LAST: &str = "\u{10FFFF}";

/// The names of these users; who has no identifier, or is gone, is left out.
pub(super) fn names(
    db: &mut Db,
    tenant: &TenantId,
    ids: &[UserId],
) -> QueryResult<HashMap<UserId, String>> {
    let primary: Vec<(UserId, Option<IdentificationId>)> = users::table
        .filter(users::tenant_id.eq(tenant))
        .filter(users::id.eq_any(ids))
        .select((users::id, users::primary_identification_id))
        .load(db)?;
    let primary: HashMap<UserId, Option<IdentificationId>> = primary.into_iter().collect();
    let all: Vec<(UserId, IdentificationId, String)> = identifications::table
        .filter(identifications::tenant_id.eq(tenant))
        .filter(identifications::user_id.eq_any(ids))
        .order((identifications::created_at.asc(), identifications::id.asc()))
        .select((identifications::user_id, identifications::id, identifications::value))
        .load(db)?;
    let mut names = HashMap::new();
    for (user, id, value) in all {
        let is_primary = primary.get(&user).is_some_and(|chosen| chosen.as_ref() == Some(&id));
        if is_primary || !names.contains_key(&user) {
            names.insert(user, value);
        }
    }
    Ok(names)
}

/// The names that begin with `prefix` and come behind `after`, in their order, and whose they are; at
/// most [`LOOKED_AT`].
pub(super) fn begin_so(
    db: &mut Db,
    tenant: &TenantId,
    prefix: &str,
    after: Option<&str>,
) -> QueryResult<Vec<(CanonicalKey, UserId)>> {
    let key = |text: &str| CanonicalKey::from_stored(text.to_owned());
    let mut rows = identifications::table
        .filter(identifications::tenant_id.eq(tenant))
        .filter(identifications::canonical_key.ge(key(prefix)))
        .filter(identifications::canonical_key.lt(key(&format!("{prefix}{LAST}"))))
        .order(identifications::canonical_key.asc())
        .limit(i64::try_from(LOOKED_AT).unwrap_or(i64::MAX))
        .select((identifications::canonical_key, identifications::user_id))
        .into_boxed();
    if let Some(after) = after {
        rows = rows.filter(identifications::canonical_key.gt(key(after)));
    }
    rows.load(db)
}
