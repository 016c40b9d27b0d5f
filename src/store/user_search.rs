//! Users as the console lists them: the newest first, or whoever has a name that begins so. Each page
//! goes along an index from the end of the page before, and nobody counts a million of them. Writes
//! nothing.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::Reader;
use super::connection::Db;
use super::counted::Counted;
use super::error::StoreError;
use super::locks::LockSort;
use super::schema::{contact_requests, subjects, users};
use super::subjects::{SubjectKey, kind_from_column};
use super::user_names::{LOOKED_AT, begin_so, names};
use super::users::User;
use crate::lockout::LockKind;
use crate::model::{Millis, TenantId, UserId};

/// Users of one page.
pub const PAGE: usize = 50;
/// Requests of a user that are told.
const REQUESTS: i64 = 20;

/// Which users.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UserView {
    #[default]
    All,
    Banned,
}

/// Where a page ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserPlace {
    At {
        created_at: Millis,
        id: String,
    },
    /// In a search: the last name that was looked at.
    Named(String),
}

impl UserPlace {
    /// As it stands in an address.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::At { created_at, id } => format!("{}~{id}", created_at.0),
            Self::Named(key) => format!("~{key}"),
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // No name, id or source holds one, and PostgreSQL takes no NUL.
        if text.chars().any(char::is_control) {
            return None;
        }
        let (at, rest) = text.split_once('~')?;
        if at.is_empty() {
            return Some(Self::Named(rest.to_owned()));
        }
        Some(Self::At { created_at: Millis(at.parse().ok()?), id: rest.to_owned() })
    }
}

#[derive(Debug, Clone)]
pub struct UserQuery {
    pub tenant: TenantId,
    pub view: UserView,
    /// The beginning of an identifier, folded ([`crate::model::Identifier::prefix`]).
    pub prefix: Option<String>,
    pub after: Option<UserPlace>,
    pub now: Millis,
}

/// One user.
#[derive(Debug, Clone)]
pub struct ListedUser {
    pub user: User,
    /// The primary identifier, else the first.
    pub name: Option<String>,
    /// What holds the account at the time of asking, its sources aside.
    pub lock: Option<LockSort>,
}

#[derive(Debug, Clone)]
pub struct UserPage {
    /// At most 50.
    pub users: Vec<ListedUser>,
    pub next: Option<UserPlace>,
    /// `None` in a search.
    pub count: Option<Counted>,
}

/// A request for help that somebody has filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiledRequest {
    pub reference: String,
    pub subject: String,
    pub created_at: Millis,
}

type Boxed = users::BoxedQuery<'static, <Db as diesel::Connection>::Backend>;

fn viewed(tenant: &TenantId, view: UserView) -> Boxed {
    let all = users::table.filter(users::tenant_id.eq(tenant.clone())).into_boxed();
    match view {
        UserView::All => all,
        UserView::Banned => all.filter(users::banned),
    }
}

/// The newest first, one more than a page.
fn newest(db: &mut Db, query: &UserQuery) -> QueryResult<Vec<User>> {
    let mut rows = viewed(&query.tenant, query.view);
    if let Some(UserPlace::At { created_at, id }) = &query.after {
        // The first condition alone bounds the walk along the index.
        rows = rows
            .filter(users::created_at.le(*created_at))
            .filter(users::created_at.lt(*created_at).or(users::id.lt(id.clone())));
    }
    rows.order((users::created_at.desc(), users::id.desc()))
        .limit(i64::try_from(PAGE).unwrap_or(i64::MAX).saturating_add(1))
        .select(User::as_select())
        .load(db)
}

/// Whoever has a name that begins so, in the order of the names.
fn searched(
    db: &mut Db,
    query: &UserQuery,
    prefix: &str,
) -> QueryResult<(Vec<User>, Option<UserPlace>)> {
    let after = match &query.after {
        Some(UserPlace::Named(key)) => Some(key.as_str()),
        Some(UserPlace::At { .. }) | None => None,
    };
    let named = begin_so(db, &query.tenant, prefix, after)?;
    let whole = named.len() < LOOKED_AT;
    let ids: HashSet<&UserId> = named.iter().map(|(_, user)| user).collect();
    let rows: Vec<User> = viewed(&query.tenant, query.view)
        .filter(users::id.eq_any(ids.into_iter().cloned().collect::<Vec<_>>()))
        .select(User::as_select())
        .load(db)?;
    let mut rows: HashMap<UserId, User> =
        rows.into_iter().map(|user| (user.id.clone(), user)).collect();
    let (mut found, mut last) = (Vec::new(), None);
    for (key, id) in named {
        if let Some(user) = rows.remove(&id) {
            if found.len() >= PAGE {
                return Ok((found, last.map(UserPlace::Named)));
            }
            found.push(user);
        }
        last = Some(key.as_str().to_owned());
    }
    Ok((found, last.filter(|_| !whole).map(UserPlace::Named)))
}

type LockColumns = (SubjectKey, Option<String>, Option<i64>, Option<i64>);

/// How these accounts are held at `now`.
fn locks(
    db: &mut Db,
    tenant: &TenantId,
    ids: &[UserId],
    now: Millis,
) -> QueryResult<HashMap<String, LockSort>> {
    let keys: Vec<SubjectKey> = ids.iter().map(SubjectKey::user).collect();
    let rows: Vec<LockColumns> = subjects::table
        .filter(subjects::tenant_id.eq(tenant.as_str()))
        .filter(subjects::subject.eq_any(keys))
        .select((
            subjects::subject,
            subjects::lock_kind,
            subjects::lock_until,
            subjects::staff_until,
        ))
        .load(db)?;
    let held = |end: Option<i64>| end.is_some_and(|end| end > now.0);
    let sort = |(subject, kind, lock, staff): LockColumns| {
        let sort = match kind.as_deref().map(kind_from_column) {
            _ if held(staff) => LockSort::Staff,
            _ if !held(lock) => return None,
            Some(LockKind::LongRun) => LockSort::LongRun,
            Some(LockKind::Automatic) | None => LockSort::Automatic,
        };
        Some((subject.as_str().to_owned(), sort))
    };
    Ok(rows.into_iter().filter_map(sort).collect())
}

fn counted(db: &mut Db, query: &UserQuery) -> QueryResult<Counted> {
    let ids = viewed(&query.tenant, query.view)
        .order((users::created_at.desc(), users::id.desc()))
        .select(users::id);
    Counted::rows(db, ids)
}

impl Reader {
    /// A page of a tenant's users.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn user_page(&self, query: UserQuery) -> Result<UserPage, StoreError> {
        self.run(move |db| {
            let (rows, next, count) = match &query.prefix {
                Some(prefix) => {
                    let (rows, next) = searched(db, &query, prefix)?;
                    (rows, next, None)
                }
                None => {
                    let mut rows = newest(db, &query)?;
                    let more = rows.len() > PAGE;
                    rows.truncate(PAGE);
                    let next = rows.last().filter(|_| more).map(|last| UserPlace::At {
                        created_at: last.created_at,
                        id: last.id.as_str().to_owned(),
                    });
                    (rows, next, Some(counted(db, &query)?))
                }
            };
            let ids: Vec<UserId> = rows.iter().map(|user| user.id.clone()).collect();
            let mut names = names(db, &query.tenant, &ids)?;
            let mut locks = locks(db, &query.tenant, &ids, query.now)?;
            let listed = rows.into_iter().map(|user| ListedUser {
                name: names.remove(&user.id),
                lock: locks.remove(user.id.as_str()),
                user,
            });
            Ok(UserPage { users: listed.collect(), next, count })
        })
        .await
    }

    /// The newest requests for help of a user, newest first; at most 20.
    ///
    /// # Errors
    /// As [`Reader::user_page`].
    pub async fn requests_of(
        &self,
        tenant: TenantId,
        user: UserId,
    ) -> Result<Vec<FiledRequest>, StoreError> {
        self.run(move |db| {
            let rows: Vec<(String, String, Millis)> = contact_requests::table
                .filter(contact_requests::tenant_id.eq(&tenant))
                .filter(contact_requests::user_id.eq(&user))
                .order(contact_requests::created_at.desc())
                .limit(REQUESTS)
                .select((
                    contact_requests::reference,
                    contact_requests::subject,
                    contact_requests::created_at,
                ))
                .load(db)?;
            let request =
                |(reference, subject, created_at)| FiledRequest { reference, subject, created_at };
            Ok(rows.into_iter().map(request).collect())
        })
        .await
    }
}
