//! Lists of users: filters, order and pages, as the Backend API and the console ask for them.

use std::collections::HashMap;

use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};

use super::Reader;
use super::connection::Db;
use super::error::StoreError;
use super::schema::{identifications, subjects, users};
use super::users::{Identification, User, UserRecord};
use crate::model::{CanonicalKey, Millis, TenantId, UserId};

/// Most users on one page (Clerk's own limit).
pub const PAGE: i64 = 500;

/// Longest search text, in characters; what is longer is cut off.
const QUERY_CHARS: usize = 100;

diesel::define_sql_function! {
    /// Lower case of ASCII letters only, on both databases (the columns are `COLLATE "C"`).
    fn lower(text: Nullable<Text>) -> Nullable<Text>;
}

/// Which users are asked for. Empty lists and `None` ask for nothing; all that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFilter {
    pub ids: Vec<UserId>,
    pub without_ids: Vec<UserId>,
    /// Each list that is not empty must be met: the user has one of its identifiers.
    pub identifiers: Vec<Vec<CanonicalKey>>,
    /// Users who have none of these.
    pub without_identifiers: Vec<CanonicalKey>,
    pub external_ids: Vec<String>,
    pub banned: Option<bool>,
    /// Part of an identifier or name, without regard to the case of ASCII letters; or an id.
    pub query: Option<String>,
    /// Part of an identifier of this kind (`model::IdentifierKind` as text).
    pub identifier_parts: Vec<(&'static str, String)>,
    /// Part of a first or last name.
    pub name_part: Option<String>,
    pub created: Range,
    pub last_active: Range,
    pub last_sign_in: Range,
    /// Users with a staff lock or an account-wide lock in force at this instant.
    pub locked: Option<Millis>,
    /// Users who come after this one in the order of making.
    pub beyond: Option<Cursor>,
}

/// A user's place in the order of making, and the direction of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub created_at: Millis,
    pub id: UserId,
    pub direction: Direction,
}

/// Both ends are exclusive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Range {
    pub after: Option<Millis>,
    pub before: Option<Millis>,
}

/// By what a list is sorted. Users without the instant come last when newest is first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserSort {
    CreatedAt,
    UpdatedAt,
    LastSignInAt,
    LastActiveAt,
}

/// Which end of the list comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    OldestFirst,
    NewestFirst,
}

type Boxed = users::BoxedQuery<'static, <Db as diesel::Connection>::Backend>;

fn filtered(tenant: &TenantId, filter: UserFilter) -> Boxed {
    let mut query = users::table.filter(users::tenant_id.eq(tenant.clone())).into_boxed();
    if !filter.ids.is_empty() {
        query = query.filter(users::id.eq_any(filter.ids));
    }
    if !filter.without_ids.is_empty() {
        query = query.filter(users::id.ne_all(filter.without_ids));
    }
    for keys in filter.identifiers.into_iter().filter(|keys| !keys.is_empty()) {
        let owners = identifications::table
            .filter(identifications::tenant_id.eq(tenant.clone()))
            .filter(identifications::canonical_key.eq_any(keys))
            .select(identifications::user_id);
        query = query.filter(users::id.eq_any(owners));
    }
    if !filter.without_identifiers.is_empty() {
        let owners = identifications::table
            .filter(identifications::tenant_id.eq(tenant.clone()))
            .filter(identifications::canonical_key.eq_any(filter.without_identifiers))
            .select(identifications::user_id);
        query = query.filter(users::id.ne_all(owners));
    }
    if !filter.external_ids.is_empty() {
        query = query.filter(users::external_id.eq_any(filter.external_ids));
    }
    if let Some(banned) = filter.banned {
        query = query.filter(users::banned.eq(banned));
    }
    if let Some(text) = filter.query.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        query = matching(query, tenant, text);
    }
    for (kind, part) in filter.identifier_parts {
        let named = identifications::table
            .filter(identifications::tenant_id.eq(tenant.clone()))
            .filter(identifications::kind.eq(kind))
            .filter(lower(identifications::value.nullable()).like(pattern(&part)).escape('\\'))
            .select(identifications::user_id);
        query = query.filter(users::id.eq_any(named));
    }
    if let Some(part) = filter.name_part {
        let pattern = pattern(&part);
        let first = lower(users::first_name).like(pattern.clone()).escape('\\');
        let last = lower(users::last_name).like(pattern).escape('\\');
        query = query.filter(first.or(last));
    }
    if let Some(cursor) = filter.beyond {
        query = beyond(query, cursor);
    }
    if let Some(now) = filter.locked {
        // Each along its index, whose condition stands here word for word.
        let locked = subjects::table
            .filter(subjects::tenant_id.eq(tenant.clone()))
            .filter(subjects::lock_until.is_not_null())
            .filter(not(subjects::phantom))
            .filter(subjects::lock_until.gt(now))
            .select(subjects::subject);
        let by_staff = subjects::table
            .filter(subjects::tenant_id.eq(tenant.clone()))
            .filter(subjects::staff_until.is_not_null())
            .filter(subjects::staff_until.gt(now))
            .select(subjects::subject);
        query = query.filter(users::id.eq_any(locked).or(users::id.eq_any(by_staff)));
    }
    within(query, filter.created, filter.last_active, filter.last_sign_in)
}

fn beyond(query: Boxed, cursor: Cursor) -> Boxed {
    let Cursor { created_at, id, direction } = cursor;
    let same = users::created_at.eq(created_at);
    // The first part alone finds its place in the index.
    match direction {
        Direction::OldestFirst => query
            .filter(users::created_at.ge(created_at))
            .filter(users::created_at.gt(created_at).or(same.and(users::id.gt(id)))),
        Direction::NewestFirst => query
            .filter(users::created_at.le(created_at))
            .filter(users::created_at.lt(created_at).or(same.and(users::id.lt(id)))),
    }
}

fn within(mut query: Boxed, created: Range, last_active: Range, last_sign_in: Range) -> Boxed {
    if let Some(after) = created.after {
        query = query.filter(users::created_at.gt(after));
    }
    if let Some(before) = created.before {
        query = query.filter(users::created_at.lt(before));
    }
    if let Some(after) = last_active.after {
        query = query.filter(users::last_active_at.gt(after));
    }
    if let Some(before) = last_active.before {
        query = query.filter(users::last_active_at.lt(before));
    }
    if let Some(after) = last_sign_in.after {
        query = query.filter(users::last_sign_in_at.gt(after));
    }
    if let Some(before) = last_sign_in.before {
        query = query.filter(users::last_sign_in_at.lt(before));
    }
    query
}

/// `%text%` in lower case, with LIKE's own signs taken literally.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars().take(QUERY_CHARS) {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c.to_ascii_lowercase());
    }
    pattern.push('%');
    pattern
}

fn matching(query: Boxed, tenant: &TenantId, text: &str) -> Boxed {
    let pattern = pattern(text);
    let named = identifications::table
        .filter(identifications::tenant_id.eq(tenant.clone()))
        .filter(lower(identifications::value.nullable()).like(pattern.clone()).escape('\\'))
        .select(identifications::user_id);
    query.filter(
        users::id
            .eq_any(named)
            .nullable()
            .or(users::id.eq(text.to_owned()).nullable())
            .or(lower(users::first_name).like(pattern.clone()).escape('\\'))
            .or(lower(users::last_name).like(pattern).escape('\\')),
    )
}

fn sorted(query: Boxed, sort: UserSort, direction: Direction) -> Boxed {
    use Direction::{NewestFirst, OldestFirst};
    // "Has none" is sorted as a column of its own: the databases disagree on where NULL belongs.
    match (sort, direction) {
        (UserSort::CreatedAt, OldestFirst) => {
            query.order((users::created_at.asc(), users::id.asc()))
        }
        (UserSort::CreatedAt, NewestFirst) => {
            query.order((users::created_at.desc(), users::id.desc()))
        }
        (UserSort::UpdatedAt, OldestFirst) => {
            query.order((users::updated_at.asc(), users::id.asc()))
        }
        (UserSort::UpdatedAt, NewestFirst) => {
            query.order((users::updated_at.desc(), users::id.desc()))
        }
        (UserSort::LastSignInAt, OldestFirst) => query.order((
            users::last_sign_in_at.is_not_null().asc(),
            users::last_sign_in_at.asc(),
            users::id.asc(),
        )),
        (UserSort::LastSignInAt, NewestFirst) => query.order((
            users::last_sign_in_at.is_not_null().desc(),
            users::last_sign_in_at.desc(),
            users::id.desc(),
        )),
        (UserSort::LastActiveAt, OldestFirst) => query.order((
            users::last_active_at.is_not_null().asc(),
            users::last_active_at.asc(),
            users::id.asc(),
        )),
        (UserSort::LastActiveAt, NewestFirst) => query.order((
            users::last_active_at.is_not_null().desc(),
            users::last_active_at.desc(),
            users::id.desc(),
        )),
    }
}

/// Puts each user's identifications beside it, in the order of `users`.
fn records(
    db: &mut Db,
    tenant: &TenantId,
    users: Vec<User>,
) -> Result<Vec<UserRecord>, StoreError> {
    let ids: Vec<&UserId> = users.iter().map(|user| &user.id).collect();
    let rows: Vec<Identification> = identifications::table
        .filter(identifications::tenant_id.eq(tenant))
        .filter(identifications::user_id.eq_any(ids))
        .order((identifications::created_at.asc(), identifications::id.asc()))
        .select(Identification::as_select())
        .load(db)?;
    let mut by_user: HashMap<UserId, Vec<Identification>> = HashMap::new();
    for row in rows {
        by_user.entry(row.user_id.clone()).or_default().push(row);
    }
    Ok(users
        .into_iter()
        .map(|user| {
            let identifications = by_user.remove(&user.id).unwrap_or_default();
            UserRecord { user, identifications }
        })
        .collect())
}

impl Reader {
    /// A page of the filtered users; `limit` at most 500. Equal instants are sorted by id.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn users(
        &self,
        tenant: TenantId,
        filter: UserFilter,
        order: (UserSort, Direction),
        limit: i64,
        offset: i64,
    ) -> Result<Vec<UserRecord>, StoreError> {
        self.run(move |db| {
            let page = sorted(filtered(&tenant, filter), order.0, order.1)
                .limit(limit.clamp(0, PAGE))
                .offset(offset.max(0))
                .select(User::as_select())
                .load(db)?;
            records(db, &tenant, page)
        })
        .await
    }

    /// How many users the filter takes.
    ///
    /// # Errors
    /// As [`Reader::users`].
    pub async fn count_users(
        &self,
        tenant: TenantId,
        filter: UserFilter,
    ) -> Result<i64, StoreError> {
        self.run(move |db| Ok(filtered(&tenant, filter).count().get_result(db)?)).await
    }
}
