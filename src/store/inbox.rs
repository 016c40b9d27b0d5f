//! The inbox of a tenant's staff: requests in the order of their turn, page by page, and found again
//! by reference, identifier or word. Every question goes along an index, and counts stop at a
//! thousand: a page costs the same beside a hundred thousand closed requests. Writes nothing.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;

use super::connection::Db;
use super::contact_requests::{ContactRequest, Queue};
use super::counted::{Counted, MOST};
use super::error::StoreError;
use super::schema::{contact_requests, request_words, subjects, users};
use super::subjects::{kind_from_column, until_from_column};
use super::waves::{self, WaveTime};
use super::{Reader, SubjectKey};
use crate::lockout::LockKind;
use crate::model::{CanonicalKey, ContactRequestId, Millis, TenantId, Until, UserId};

/// Requests of one page.
pub const PAGE: usize = 50;
/// Requests that a search looks at.
const FOUND: i64 = 500;

/// Which requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum View {
    Open,
    /// Of this member of the staff.
    Mine(UserId),
    Unassigned,
    Closed,
    Spam,
}

impl View {
    const fn queue(&self) -> Queue {
        match self {
            Self::Open | Self::Mine(_) | Self::Unassigned => Queue::Open,
            Self::Closed => Queue::Closed,
            Self::Spam => Queue::Spam,
        }
    }

    /// What is over is listed from its end.
    const fn latest_first(&self) -> bool {
        matches!(self.queue(), Queue::Closed | Queue::Spam)
    }

    /// By its reference alone something old is found among what is closed.
    fn remembers(&self, found: &Place) -> bool {
        found.queue == Queue::Forgotten && *self == Self::Closed
    }

    fn holds(&self, found: &Place) -> bool {
        (found.queue == self.queue() || self.remembers(found))
            && match self {
                Self::Open | Self::Closed | Self::Spam => true,
                Self::Mine(staff) => found.assignee.as_ref() == Some(staff),
                Self::Unassigned => found.assignee.is_none(),
            }
    }
}

/// What is looked for. Whatever fits any of them is found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    pub reference: Option<String>,
    pub key: Option<CanonicalKey>,
    /// All of them, folded as `support::words` does.
    pub words: BTreeSet<String>,
}

/// The last request of the page before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    pub due_at: Millis,
    pub id: ContactRequestId,
}

#[derive(Debug, Clone)]
pub struct InboxQuery {
    pub tenant: TenantId,
    pub view: View,
    pub search: Option<Search>,
    /// Only the open requests of one attack, oldest first, whatever the view.
    pub wave: Option<WaveTime>,
    pub after: Option<After>,
    pub now: Millis,
}

/// The lock of a request's user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowLock {
    pub by_staff: bool,
    pub long_run: bool,
    pub until: Until,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxRow {
    pub request: ContactRequest,
    /// As it stands now; `None` also where there is no such user.
    pub lock: Option<RowLock>,
    /// It is about a lock, and its user has signed in since: it closes within a minute.
    pub signed_in: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxPage {
    pub rows: Vec<InboxRow>,
    /// Where the next page begins.
    pub next: Option<After>,
    pub open: Counted,
    pub mine: Counted,
    pub unassigned: Counted,
}

type Boxed = contact_requests::BoxedQuery<'static, <Db as diesel::Connection>::Backend>;

/// The requests of a view, in no order.
fn viewed(tenant: &TenantId, view: &View) -> Boxed {
    let of_queue = contact_requests::table
        .filter(contact_requests::tenant_id.eq(tenant.clone()))
        .filter(contact_requests::queue.eq(view.queue()))
        .into_boxed();
    match view {
        View::Open | View::Closed | View::Spam => of_queue,
        View::Mine(staff) => of_queue.filter(contact_requests::assignee.eq(staff.clone())),
        View::Unassigned => of_queue.filter(contact_requests::assignee.is_null()),
    }
}

/// One more than a page, along the index of turns.
fn listed(db: &mut Db, query: &InboxQuery) -> QueryResult<Vec<ContactRequest>> {
    use contact_requests::{due_at, id};
    let mut rows = viewed(&query.tenant, &query.view);
    let down = query.view.latest_first();
    if let Some(after) = query.after.clone() {
        // The first condition alone bounds the walk along the index.
        rows = match down {
            true => rows
                .filter(due_at.le(after.due_at))
                .filter(due_at.lt(after.due_at).or(id.lt(after.id))),
            false => rows
                .filter(due_at.ge(after.due_at))
                .filter(due_at.gt(after.due_at).or(id.gt(after.id))),
        };
    }
    rows = match down {
        true => rows.order((due_at.desc(), id.desc())),
        false => rows.order((due_at.asc(), id.asc())),
    };
    let most = i64::try_from(PAGE).unwrap_or(i64::MAX).saturating_add(1);
    rows.limit(most).select(ContactRequest::as_select()).load(db)
}

/// Where a request that was found stands, without its words: of 500 a page shows 50.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = contact_requests)]
struct Place {
    due_at: Millis,
    id: ContactRequestId,
    queue: Queue,
    assignee: Option<UserId>,
}

impl Place {
    fn turn(&self) -> (Millis, &ContactRequestId) {
        (self.due_at, &self.id)
    }
}

/// The same of what a search finds: at most 500 requests are looked at.
fn found(db: &mut Db, query: &InboxQuery, search: &Search) -> QueryResult<Vec<ContactRequest>> {
    let mut places: Vec<Place> = Vec::new();
    let all = || contact_requests::table.filter(contact_requests::tenant_id.eq(&query.tenant));
    if let Some(reference) = &search.reference {
        let exact = all().filter(contact_requests::reference.eq(reference));
        places.extend(exact.select(Place::as_select()).load(db)?);
    }
    if let Some(key) = &search.key {
        let theirs = all()
            .filter(contact_requests::canonical_key.eq(key))
            .order(contact_requests::created_at.desc())
            .limit(FOUND);
        places.extend(theirs.select(Place::as_select()).load(db)?);
    }
    let ids = with_words(db, &query.tenant, &search.words)?;
    let worded = all().filter(contact_requests::id.eq_any(ids));
    places.extend(worded.select(Place::as_select()).load(db)?);
    places.retain(|place| query.view.holds(place));
    let down = query.view.latest_first();
    places.sort_by(|a, b| if down { b.turn().cmp(&a.turn()) } else { a.turn().cmp(&b.turn()) });
    places.dedup();
    if let Some(After { due_at, id }) = &query.after {
        let after = (*due_at, id);
        places.retain(|place| if down { place.turn() < after } else { place.turn() > after });
    }
    places.truncate(PAGE.saturating_add(1));
    let ids: Vec<_> = places.iter().map(|place| &place.id).collect();
    let rows = all().filter(contact_requests::id.eq_any(ids)).select(ContactRequest::as_select());
    let mut rows: Vec<ContactRequest> = rows.load(db)?;
    rows.sort_by_key(|row| places.iter().position(|place| place.id == row.id));
    Ok(rows)
}

/// The newest requests that have all of the words.
fn with_words(
    db: &mut Db,
    tenant: &TenantId,
    words: &BTreeSet<String>,
) -> QueryResult<Vec<ContactRequestId>> {
    let mut left: Option<Vec<ContactRequestId>> = None;
    // One word alone leaves nothing out: what is looked at is enough.
    let most = if words.len() == 1 { FOUND } else { MOST };
    for word in words {
        let having = request_words::table
            .filter(request_words::tenant_id.eq(tenant))
            .filter(request_words::word.eq(word))
            .order(request_words::request_id.desc())
            .limit(most)
            .select(request_words::request_id);
        let having: Vec<ContactRequestId> = having.load(db)?;
        left = Some(match left {
            None => having,
            Some(mut both) => {
                both.retain(|id| having.binary_search_by(|other| id.cmp(other)).is_ok());
                both
            }
        });
    }
    let mut ids = left.unwrap_or_default();
    ids.truncate(usize::try_from(FOUND).unwrap_or(usize::MAX));
    Ok(ids)
}

/// How many requests a view has.
pub(super) fn counted(db: &mut Db, tenant: &TenantId, view: &View) -> QueryResult<Counted> {
    use contact_requests::due_at;
    Counted::rows(db, viewed(tenant, view).order(due_at.asc()).select(due_at))
}

type LockColumns = (SubjectKey, Option<String>, Option<i64>, Option<i64>);

/// How the users of a page are locked, by one look each.
fn locks(
    db: &mut Db,
    query: &InboxQuery,
    owners: &[UserId],
) -> QueryResult<HashMap<SubjectKey, RowLock>> {
    let keys: Vec<SubjectKey> = owners.iter().map(SubjectKey::user).collect();
    let rows: Vec<LockColumns> = subjects::table
        .filter(subjects::tenant_id.eq(&query.tenant))
        .filter(subjects::subject.eq_any(keys))
        .select((
            subjects::subject,
            subjects::lock_kind,
            subjects::lock_until,
            subjects::staff_until,
        ))
        .load(db)?;
    let in_force = |end: Option<i64>| end.filter(|end| *end > query.now.0);
    let held = rows.into_iter().filter_map(|(subject, kind, lock, staff)| {
        let (lock, staff) = (in_force(lock), in_force(staff));
        let lock = RowLock {
            by_staff: staff.is_some(),
            long_run: lock.is_some()
                && kind.as_deref().map(kind_from_column) == Some(LockKind::LongRun),
            until: until_from_column(lock.max(staff)?),
        };
        Some((subject, lock))
    });
    Ok(held.collect())
}

fn last_sign_ins(
    db: &mut Db,
    tenant: &TenantId,
    owners: &[UserId],
) -> QueryResult<HashMap<UserId, Option<Millis>>> {
    let rows: Vec<(UserId, Option<Millis>)> = users::table
        .filter(users::tenant_id.eq(tenant))
        .filter(users::id.eq_any(owners))
        .select((users::id, users::last_sign_in_at))
        .load(db)?;
    Ok(rows.into_iter().collect())
}

fn page(db: &mut Db, query: &InboxQuery, staff: &UserId) -> Result<InboxPage, StoreError> {
    let mut requests = match (&query.search, query.wave) {
        (_, Some(wave)) => {
            let after = query.after.as_ref().map(|after| &after.id);
            let most = i64::try_from(PAGE).unwrap_or(i64::MAX);
            waves::listed(db, (&query.tenant, wave), after, most)?
        }
        (Some(search), None) => found(db, query, search)?,
        (None, None) => listed(db, query)?,
    };
    let more = requests.len() > PAGE;
    requests.truncate(PAGE);
    let last = requests.last().filter(|_| more);
    let next = last.map(|row| After { due_at: row.due_at, id: row.id.clone() });
    let owners: Vec<UserId> = requests.iter().filter_map(|row| row.user_id.clone()).collect();
    let locks = locks(db, query, &owners)?;
    let seen = last_sign_ins(db, &query.tenant, &owners)?;
    let rows = requests.into_iter().map(|request| {
        let owner = request.user_id.as_ref();
        let lock = owner.and_then(|user| locks.get(&SubjectKey::user(user)).copied());
        let signed_in = owner.and_then(|user| seen.get(user).copied().flatten());
        let signed_in =
            request.closes_by_sign_in() && signed_in.is_some_and(|at| at > request.created_at);
        InboxRow { request, lock, signed_in }
    });
    Ok(InboxPage {
        rows: rows.collect(),
        next,
        open: counted(db, &query.tenant, &View::Open)?,
        mine: counted(db, &query.tenant, &View::Mine(staff.clone()))?,
        unassigned: counted(db, &query.tenant, &View::Unassigned)?,
    })
}

impl Reader {
    /// A page of the inbox, as `staff` sees it.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn inbox(&self, query: InboxQuery, staff: UserId) -> Result<InboxPage, StoreError> {
        self.run(move |db| page(db, &query, &staff)).await
    }
}
