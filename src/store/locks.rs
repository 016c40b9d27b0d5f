//! The locks that stand, listed for the console: of accounts by policy and by staff, and of single
//! sources. Each kind is a walk along an index of its own from the end of the page before; an account
//! that is locked twice stands where the later end is. Counts stop at a thousand. Writes nothing.

pub mod sql;

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use self::sql::{of_policy, of_sources, of_staff};
use super::Reader;
use super::connection::Db;
use super::counted::{Counted, MOST};
use super::error::StoreError;
use super::schema::{sources, subjects};
use super::subjects::{SubjectKey, kind_from_column, until_from_column};
use super::user_names::{LAST, LOOKED_AT, begin_so, names};
use crate::lockout::LockKind;
use crate::model::{Millis, Source, Span, TenantId, Until, UserId};

/// Locks of one page.
pub const PAGE: usize = 50;
/// Identifiers looked up by one statement.
const KEYS: usize = 500;

/// What holds an account, or one source of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LockSort {
    Automatic,
    LongRun,
    Staff,
    /// One source only: the account is open to others.
    Source,
}

/// Which locks, by their end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    Whenever,
    Within(Span),
    /// Only an unlock ends them.
    Never,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockFilter {
    /// `None` for all.
    pub sort: Option<LockSort>,
    pub ends: Ends,
    /// The beginning of an identifier, folded ([`crate::model::Identifier::prefix`]).
    pub prefix: Option<String>,
}

/// Where a page ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockPlace {
    At {
        end: i64,
        subject: String,
        source: String,
    },
    /// In a search: the last name that was looked at.
    Named(String),
}

#[derive(Debug, Clone)]
pub struct LockQuery {
    pub tenant: TenantId,
    pub filter: LockFilter,
    pub after: Option<LockPlace>,
    pub now: Millis,
}

/// One lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedLock {
    pub user: UserId,
    /// The primary identifier, else the first; the id where there is none.
    pub name: String,
    pub sort: LockSort,
    pub since: Millis,
    pub until: Until,
    /// Of [`LockSort::Source`].
    pub source: Option<Source>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockPage {
    /// At most 50; the one that ends next first, in a search by name.
    pub locks: Vec<ListedLock>,
    pub next: Option<LockPlace>,
    /// `None` in a search: nobody counts those.
    pub count: Option<Counted>,
}

impl LockPlace {
    /// As it stands in an address.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::At { end, subject, source } => format!("{end}~{subject}~{source}"),
            Self::Named(key) => format!("~{key}"),
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // No name, id or source holds one, and PostgreSQL takes no NUL.
        if text.chars().any(char::is_control) {
            return None;
        }
        let (end, rest) = text.split_once('~')?;
        if end.is_empty() {
            return Some(Self::Named(rest.to_owned()));
        }
        let (subject, source) = rest.split_once('~')?;
        let (subject, source) = (subject.to_owned(), source.to_owned());
        Some(Self::At { end: end.parse().ok()?, subject, source })
    }
}

#[derive(Debug, QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = Text)]
    sort: String,
    #[diesel(sql_type = BigInt)]
    since: i64,
    #[diesel(sql_type = BigInt)]
    ends: i64,
    #[diesel(sql_type = Text)]
    source: String,
}

#[derive(Debug, QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

impl Found {
    fn place(&self) -> (i64, &str, &str) {
        (self.ends, &self.subject, &self.source)
    }

    fn lock(self, names: &HashMap<UserId, String>) -> Option<ListedLock> {
        let user = UserId::parse(&self.subject)?;
        let sort = match self.sort.as_str() {
            "staff" => LockSort::Staff,
            "source" => LockSort::Source,
            kind => sort_of(kind_from_column(kind)),
        };
        Some(ListedLock {
            name: names.get(&user).cloned().unwrap_or_else(|| user.to_string()),
            user,
            sort,
            since: Millis(self.since),
            until: until_from_column(self.ends),
            source: (sort == LockSort::Source).then(|| Source::from_stored(self.source)),
        })
    }
}

const fn sort_of(kind: LockKind) -> LockSort {
    match kind {
        LockKind::Automatic => LockSort::Automatic,
        LockKind::LongRun => LockSort::LongRun,
    }
}

/// A question in both dialects, which both number `$1` by the order in which they appear.
macro_rules! ask {
    ($db:expr, $sql:expr, $($kind:ty = $value:expr),* $(,)?) => {{
        let question = diesel::sql_query($sql)$(.bind::<$kind, _>($value))*;
        match $db {
            Db::Sqlite(sqlite) => question.load(sqlite),
            #[cfg(feature = "postgres")]
            Db::Postgres(pg) => question.load(pg),
        }
    }};
}

/// Where a walk begins and how far it goes.
struct Stretch<'q> {
    tenant: &'q str,
    after: (i64, &'q str, &'q str),
    upto: i64,
    most: i64,
}

/// What a question finds on a stretch; one of single sources is told `source` to begin behind, too.
macro_rules! ask_on {
    ($db:expr, $question:expr, $on:expr $(, $source:expr)?) => {
        ask!(
            $db,
            $question,
            Text = $on.tenant,
            BigInt = $on.after.0,
            Text = $on.after.1,
            $(Text = $source,)?
            BigInt = $on.upto,
            BigInt = $on.most
        )
    };
}

/// The ends that a filter takes: later than the first, up to the second.
fn bounds(ends: Ends, now: Millis) -> (i64, i64) {
    match ends {
        Ends::Whenever => (now.0, i64::MAX),
        Ends::Within(span) => (now.0, now.after(span).0),
        Ends::Never => (i64::MAX.saturating_sub(1), i64::MAX),
    }
}

/// At most `most` locks in the order of their ends.
fn walked(db: &mut Db, query: &LockQuery, most: usize) -> QueryResult<Vec<Found>> {
    let (least, upto) = bounds(query.filter.ends, query.now);
    let mut after = (least, LAST, LAST);
    if let Some(LockPlace::At { end, subject, source }) = &query.after {
        after = after.max((*end, subject, source));
    }
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let on = Stretch { tenant: query.tenant.as_str(), after, upto, most: limit };
    let sort = query.filter.sort;
    let mut found: Vec<Found> = Vec::new();
    for question in of_policy(sort).into_iter().chain(of_staff(sort)) {
        found.extend::<Vec<Found>>(ask_on!(db, question, on)?);
    }
    if let Some(question) = of_sources(sort) {
        found.extend::<Vec<Found>>(ask_on!(db, question, on, on.after.2)?);
    }
    found.sort_by(|a, b| a.place().cmp(&b.place()));
    found.truncate(most);
    Ok(found)
}

/// Which locks a search takes.
struct Wanted {
    sort: Option<LockSort>,
    least: i64,
    upto: i64,
}

impl Wanted {
    fn takes(&self, sort: LockSort, end: i64) -> bool {
        end > self.least && end <= self.upto && self.sort.is_none_or(|asked| asked == sort)
    }
}

type AccountRow =
    (SubjectKey, Option<String>, Option<i64>, Option<i64>, Option<i64>, Option<i64>, i64);
type SourceRow = (SubjectKey, String, Option<i64>, Option<i64>, i64);

/// The account's own lock, of two the one that ends later; as the list has it.
fn of_account(row: AccountRow, wanted: &Wanted) -> Option<Found> {
    let (subject, kind, since, until, staff_since, staff_until, _) = row;
    let kind = kind.unwrap_or_default();
    let policy = sort_of(kind_from_column(&kind));
    let by_policy = until.filter(|end| wanted.takes(policy, *end));
    let by_staff = staff_until.filter(|end| wanted.takes(LockSort::Staff, *end));
    let (sort, since, ends) = match (by_policy, by_staff) {
        (Some(end), staff) if staff.is_none_or(|other| other <= end) => (kind, since, end),
        (_, Some(end)) => ("staff".to_owned(), staff_since, end),
        (_, None) => return None,
    };
    let (subject, since) = (subject.as_str().to_owned(), since.unwrap_or_default());
    Some(Found { subject, sort, since, ends, source: String::new() })
}

/// The locks of these users that the filter takes, by user.
fn locks_of(
    db: &mut Db,
    query: &LockQuery,
    users: &[UserId],
) -> QueryResult<HashMap<String, Vec<Found>>> {
    let (least, upto) = bounds(query.filter.ends, query.now);
    let wanted = Wanted { sort: query.filter.sort, least, upto };
    let mut locks: HashMap<String, Vec<Found>> = HashMap::new();
    for some in users.chunks(KEYS) {
        let keys: Vec<SubjectKey> = some.iter().map(SubjectKey::user).collect();
        let rows = account_rows(db, query, &keys)?;
        let eras: HashMap<String, i64> =
            rows.iter().map(|row| (row.0.as_str().to_owned(), row.6)).collect();
        let mut found: Vec<Found> =
            rows.into_iter().filter_map(|row| of_account(row, &wanted)).collect();
        for (subject, source, since, until, era) in source_rows(db, query, &keys, least)? {
            let stands = eras.get(subject.as_str()) == Some(&era);
            let ends = until.filter(|end| stands && wanted.takes(LockSort::Source, *end));
            let Some(ends) = ends else { continue };
            let (subject, since) = (subject.as_str().to_owned(), since.unwrap_or_default());
            found.push(Found { subject, sort: "source".to_owned(), since, ends, source });
        }
        for one in found {
            locks.entry(one.subject.clone()).or_default().push(one);
        }
    }
    Ok(locks)
}

fn account_rows(
    db: &mut Db,
    query: &LockQuery,
    keys: &[SubjectKey],
) -> QueryResult<Vec<AccountRow>> {
    subjects::table
        .filter(subjects::tenant_id.eq(query.tenant.as_str()))
        .filter(subjects::subject.eq_any(keys))
        .select((
            subjects::subject,
            subjects::lock_kind,
            subjects::lock_since,
            subjects::lock_until,
            subjects::staff_since,
            subjects::staff_until,
            subjects::era_lock,
        ))
        .load(db)
}

fn source_rows(
    db: &mut Db,
    query: &LockQuery,
    keys: &[SubjectKey],
    least: i64,
) -> QueryResult<Vec<SourceRow>> {
    sources::table
        .filter(sources::tenant_id.eq(query.tenant.as_str()))
        .filter(sources::subject.eq_any(keys))
        .filter(sources::lock_until.gt(least))
        .select((
            sources::subject,
            sources::source,
            sources::lock_since,
            sources::lock_until,
            sources::era_lock,
        ))
        .load(db)
}

/// The locks of whoever has a name that begins so, at most `most` and the rest of the last account's.
fn searched(
    db: &mut Db,
    query: &LockQuery,
    prefix: &str,
    most: usize,
) -> QueryResult<(Vec<Found>, Option<LockPlace>)> {
    let after = match &query.after {
        Some(LockPlace::Named(key)) => Some(key.as_str()),
        Some(LockPlace::At { .. }) | None => None,
    };
    let named = begin_so(db, &query.tenant, prefix, after)?;
    let whole = named.len() < LOOKED_AT;
    let mut seen = HashSet::new();
    let users: Vec<UserId> = named
        .iter()
        .map(|(_, user)| user.clone())
        .filter(|user| seen.insert(user.clone()))
        .collect();
    let mut locks = locks_of(db, query, &users)?;
    let (mut found, mut last) = (Vec::new(), None);
    for (key, user) in named {
        if let Some(theirs) = locks.remove(user.as_str()) {
            if found.len() >= most {
                return Ok((found, last.map(LockPlace::Named)));
            }
            found.extend(theirs);
        }
        last = Some(key.as_str().to_owned());
    }
    Ok((found, last.filter(|_| !whole).map(LockPlace::Named)))
}

/// How many locks a filter without a name takes, wherever its page begins. The database counts, and no
/// kind further than one beyond the end.
pub(super) fn counted(
    db: &mut Db,
    tenant: &TenantId,
    filter: &LockFilter,
    now: Millis,
) -> QueryResult<Counted> {
    let (least, upto) = bounds(filter.ends, now);
    let most = MOST.saturating_add(1);
    let on = Stretch { tenant: tenant.as_str(), after: (least, LAST, LAST), upto, most };
    let of = |question: String| format!("SELECT COUNT(*) AS number FROM ({question}) AS counted");
    let mut found: Vec<Number> = Vec::new();
    for question in of_policy(filter.sort).into_iter().chain(of_staff(filter.sort)) {
        found.extend::<Vec<Number>>(ask_on!(db, of(question), on)?);
    }
    if let Some(question) = of_sources(filter.sort) {
        found.extend::<Vec<Number>>(ask_on!(db, of(question), on, on.after.2)?);
    }
    Ok(Counted::of(found.iter().map(|one| one.number).sum()))
}

fn listed(db: &mut Db, query: &LockQuery, most: usize) -> QueryResult<LockPage> {
    let (found, next) = match &query.filter.prefix {
        Some(prefix) => searched(db, query, prefix, most)?,
        None => {
            let mut found = walked(db, query, most.saturating_add(1))?;
            let more = found.len() > most;
            found.truncate(most);
            let next = found.last().filter(|_| more).map(|last| LockPlace::At {
                end: last.ends,
                subject: last.subject.clone(),
                source: last.source.clone(),
            });
            (found, next)
        }
    };
    let ids: Vec<UserId> = found.iter().filter_map(|one| UserId::parse(&one.subject)).collect();
    let mut called = HashMap::new();
    for some in ids.chunks(KEYS) {
        called.extend(names(db, &query.tenant, some)?);
    }
    let locks = found.into_iter().filter_map(|one| one.lock(&called)).collect();
    Ok(LockPage { locks, next, count: None })
}

impl Reader {
    /// A page of the locks that stand at `now`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn locks(&self, query: LockQuery) -> Result<LockPage, StoreError> {
        self.run(move |db| {
            let page = listed(db, &query, PAGE)?;
            let count = match query.filter.prefix {
                Some(_) => None,
                None => Some(counted(db, &query.tenant, &query.filter, query.now)?),
            };
            Ok(LockPage { count, ..page })
        })
        .await
    }

    /// The next `most` locks behind a place, uncounted: for what is done to all of them in steps.
    ///
    /// # Errors
    /// As [`Reader::locks`].
    pub async fn next_locks(&self, query: LockQuery, most: usize) -> Result<LockPage, StoreError> {
        self.run(move |db| Ok(listed(db, &query, most)?)).await
    }
}
