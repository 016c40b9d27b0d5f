//! Which outbox rows a worker gets: those that are due or whose worker went silent, tenant by tenant
//! and in turns, so that one tenant's thousands do not hold up another's one (promise P3). Claims
//! nothing itself.

use diesel::prelude::*;

use super::connection::Db;
use super::outbox::{OutboxKind, OutboxRow, OutboxStatus};
use super::schema::outbox;
use crate::model::{Millis, TenantId};

/// Most rows of one tenant that one claim may take: a tenant under attack must not hold up the
/// others' mail (promise P3).
const CLAIM_PER_TENANT: usize = 20;

/// How many tenants one claim looks at, at most: a bound on its work, whatever is waiting. The next
/// claim goes on where this one ended.
const CLAIM_LOOK: usize = 500;

/// Which rows of a kind may be claimed.
#[derive(Debug, Clone, Copy)]
enum Ready {
    Due,
    /// Claimed by a worker that went silent.
    Silent,
}

impl Ready {
    const fn status(self) -> OutboxStatus {
        match self {
            Self::Due => OutboxStatus::Due,
            Self::Silent => OutboxStatus::Sending,
        }
    }
}

/// The next tenant after `after`, in byte order, that has rows of this kind and status: one search of
/// `outbox_by_tenant`.
fn next_tenant(
    db: &mut Db,
    kind: OutboxKind,
    ready: Ready,
    after: &TenantId,
) -> QueryResult<Option<TenantId>> {
    outbox::table
        .filter(outbox::kind.eq(kind))
        .filter(outbox::status.eq(ready.status()))
        .filter(outbox::tenant_id.gt(after))
        .order(outbox::tenant_id.asc())
        .select(outbox::tenant_id)
        .first(db)
        .optional()
}

/// The oldest rows of one tenant that may be claimed at `now`; on PostgreSQL they are locked, and
/// those that another worker holds are passed over.
fn ready_of(
    db: &mut Db,
    kind: OutboxKind,
    ready: Ready,
    tenant: &TenantId,
    now: Millis,
) -> QueryResult<Vec<OutboxRow>> {
    let limit = i64::try_from(CLAIM_PER_TENANT).unwrap_or(1);
    let of = || {
        outbox::table
            .filter(outbox::kind.eq(kind))
            .filter(outbox::status.eq(ready.status()))
            .filter(outbox::tenant_id.eq(tenant))
    };
    macro_rules! load {
        ($over:expr) => {{
            let query = of().filter($over).order((outbox::due_at.asc(), outbox::id.asc()));
            match db {
                Db::Sqlite(sqlite) => {
                    query.limit(limit).select(OutboxRow::as_select()).load(sqlite)
                }
                #[cfg(feature = "postgres")]
                Db::Postgres(pg) => query
                    .limit(limit)
                    .for_update()
                    .skip_locked()
                    .select(OutboxRow::as_select())
                    .load(pg),
            }
        }};
    }
    match ready {
        Ready::Due => load!(outbox::due_at.le(now)),
        Ready::Silent => load!(outbox::claimed_until.assume_not_null().le(now)),
    }
}

/// Rows that may be claimed at `now`, of up to `enough` tenants that have any: those after `from` in
/// byte order, then the others. A tenant whose rows all wait costs one look.
pub(super) fn claimable(
    db: &mut Db,
    kind: OutboxKind,
    now: Millis,
    from: &TenantId,
    enough: usize,
) -> QueryResult<Vec<OutboxRow>> {
    let mut rows = Vec::new();
    for ready in [Ready::Silent, Ready::Due] {
        let (mut after, mut served, mut wrapped) = (from.clone(), 0_usize, false);
        for _ in 0..CLAIM_LOOK {
            let Some(tenant) = next_tenant(db, kind, ready, &after)? else {
                if wrapped || from.as_str().is_empty() {
                    break;
                }
                (after, wrapped) = (TenantId::from_stored(String::new()), true);
                continue;
            };
            if wrapped && tenant > *from {
                break;
            }
            let found = ready_of(db, kind, ready, &tenant, now)?;
            served = served.saturating_add(usize::from(!found.is_empty()));
            rows.extend(found);
            if served >= enough {
                break;
            }
            after = tenant;
        }
    }
    Ok(rows)
}

/// Takes `limit` rows in turns over the tenants, oldest first within each.
pub(super) fn in_turns(rows: Vec<OutboxRow>, limit: usize) -> Vec<OutboxRow> {
    let mut queues: Vec<(TenantId, std::collections::VecDeque<OutboxRow>)> = Vec::new();
    let mut places: std::collections::HashMap<TenantId, usize> = std::collections::HashMap::new();
    for row in rows {
        let place = *places.entry(row.tenant_id.clone()).or_insert_with(|| {
            queues.push((row.tenant_id.clone(), std::collections::VecDeque::new()));
            queues.len().saturating_sub(1)
        });
        if let Some((_, queue)) = queues.get_mut(place)
            && queue.len() < CLAIM_PER_TENANT
        {
            queue.push_back(row);
        }
    }
    let mut taken = Vec::new();
    while taken.len() < limit {
        let before = taken.len();
        for (_, queue) in &mut queues {
            if taken.len() < limit {
                taken.extend(queue.pop_front());
            }
        }
        if taken.len() == before {
            break;
        }
    }
    taken
}
