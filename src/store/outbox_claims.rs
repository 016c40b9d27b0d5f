//! Which outbox rows a worker gets: those that are due or whose worker went silent, tenant by tenant
//! and in turns, so that one tenant's thousands do not hold up another's one (promise P3). Claims
//! nothing itself.

use std::collections::{BTreeMap, HashMap, VecDeque};

use diesel::prelude::*;

use super::connection::Db;
use super::mail_settings::with_server;
use super::outbox::{OutboxKind, OutboxRow, OutboxStatus};
use super::schema::outbox;
use crate::model::{Millis, TenantId};

/// Most rows of one tenant that one claim may take: a tenant under attack must not hold up the
/// others' mail (promise P3).
const CLAIM_PER_TENANT: usize = 20;

/// How many tenants one claim looks at, at most: a bound on its work, whatever is waiting. The next
/// claim goes on where this one ended.
const CLAIM_LOOK: usize = 500;

/// How many rows one claim may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Of all tenants that are not in `own`.
    pub house: usize,
    /// Of each tenant whose mail has a server of its own; 0: its rows keep their tries.
    pub own: BTreeMap<TenantId, usize>,
    /// Of the tenants in `own` together.
    pub all_own: usize,
}

impl Room {
    #[must_use]
    pub const fn of_all(rows: usize) -> Self {
        Self { house: rows, own: BTreeMap::new(), all_own: 0 }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.house == 0 && (self.all_own == 0 || self.own.values().all(|rows| *rows == 0))
    }

    fn of(&self, tenant: &TenantId) -> usize {
        self.own.get(tenant).copied().unwrap_or(self.house).min(CLAIM_PER_TENANT)
    }
}

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
    room: &Room,
) -> QueryResult<Option<TenantId>> {
    let next = || {
        outbox::table
            .filter(outbox::kind.eq(kind))
            .filter(outbox::status.eq(ready.status()))
            .filter(outbox::tenant_id.gt(after))
            .order(outbox::tenant_id.asc())
            .select(outbox::tenant_id)
    };
    match room.house {
        // The house's tenants may be many, and none of them gets anything.
        0 => next().filter(outbox::tenant_id.eq_any(with_server())).first(db).optional(),
        _ => next().first(db).optional(),
    }
}

/// The oldest rows of one tenant that may be claimed at `now`; on PostgreSQL they are locked, and
/// those that another worker holds are passed over.
fn ready_of(
    db: &mut Db,
    kind: OutboxKind,
    ready: Ready,
    (tenant, most): (&TenantId, usize),
    now: Millis,
) -> QueryResult<Vec<OutboxRow>> {
    let limit = i64::try_from(most).unwrap_or(1);
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

/// Rows that may be claimed at `now`, of as many tenants as there is room for rows: those after `from`
/// in byte order, then the others. A tenant whose rows all wait costs one look.
pub(super) fn claimable(
    db: &mut Db,
    kind: OutboxKind,
    now: Millis,
    from: &TenantId,
    room: &Room,
) -> QueryResult<Vec<OutboxRow>> {
    let mut rows = Vec::new();
    let enough = room.house.saturating_add(room.all_own);
    for ready in [Ready::Silent, Ready::Due] {
        let (mut after, mut served, mut wrapped) = (from.clone(), 0_usize, false);
        for _ in 0..CLAIM_LOOK {
            let Some(tenant) = next_tenant(db, kind, ready, &after, room)? else {
                if wrapped || from.as_str().is_empty() {
                    break;
                }
                (after, wrapped) = (TenantId::from_stored(String::new()), true);
                continue;
            };
            if wrapped && tenant > *from {
                break;
            }
            let most = room.of(&tenant);
            if most == 0 {
                after = tenant;
                continue;
            }
            let found = ready_of(db, kind, ready, (&tenant, most), now)?;
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

/// Takes what there is room for in turns over the tenants, oldest first within each.
pub(super) fn in_turns(rows: Vec<OutboxRow>, room: &Room) -> Vec<OutboxRow> {
    let mut queues: Vec<(TenantId, VecDeque<OutboxRow>)> = Vec::new();
    let mut places: HashMap<TenantId, usize> = HashMap::new();
    for row in rows {
        let place = *places.entry(row.tenant_id.clone()).or_insert_with(|| {
            queues.push((row.tenant_id.clone(), VecDeque::new()));
            queues.len().saturating_sub(1)
        });
        if let Some((tenant, queue)) = queues.get_mut(place)
            && queue.len() < room.of(tenant)
        {
            queue.push_back(row);
        }
    }
    let (mut taken, mut house, mut all_own) = (Vec::new(), room.house, room.all_own);
    loop {
        let before = taken.len();
        for (tenant, queue) in &mut queues {
            let left = if room.own.contains_key(tenant) { &mut all_own } else { &mut house };
            if *left > 0
                && let Some(row) = queue.pop_front()
            {
                taken.push(row);
                *left = left.saturating_sub(1);
            }
        }
        if taken.len() == before {
            return taken;
        }
    }
}
