//! Upkeep of contact requests that are over: half a year after their end their words go, with what was
//! said and how the person could be reached; two years later the rest. Along the index of turns, whose
//! key is the end of what is over.

use diesel::prelude::*;

use super::connection::Db;
use super::contact_requests::{ContactRequest, Queue};
use super::request_messages::of_request;
use super::request_words;
use super::schema::{contact_requests, request_messages};
use crate::model::{ContactRequestId, Millis, Source, TenantId};
use crate::support::life::{REFERENCE_KEPT, WORDS_KEPT};

/// Requests whose words one call takes: each has messages and words of its own.
const AT_ONCE: i64 = 50;

/// How many requests lost their words or went.
pub(super) fn purge(db: &mut Db, tenant: &TenantId, now: Millis, rows: i64) -> QueryResult<usize> {
    let before = now.before(WORDS_KEPT);
    let mut done = 0_usize;
    for queue in [Queue::Closed, Queue::Spam] {
        let over = ended(db, tenant, queue, before, rows.min(AT_ONCE))?;
        for request in &over {
            forget(db, request, now)?;
        }
        done = done.saturating_add(over.len());
    }
    let gone = ended(db, tenant, Queue::Forgotten, before.before(REFERENCE_KEPT), rows)?;
    let ids: Vec<&ContactRequestId> = gone.iter().map(|request| &request.id).collect();
    diesel::delete(contact_requests::table)
        .filter(contact_requests::tenant_id.eq(tenant))
        .filter(contact_requests::id.eq_any(ids))
        .execute(db)?;
    Ok(done.saturating_add(gone.len()))
}

fn ended(
    db: &mut Db,
    tenant: &TenantId,
    queue: Queue,
    before: Millis,
    most: i64,
) -> QueryResult<Vec<ContactRequest>> {
    contact_requests::table
        .filter(contact_requests::tenant_id.eq(tenant))
        .filter(contact_requests::queue.eq(queue))
        .filter(contact_requests::due_at.lt(before))
        .order((contact_requests::due_at.asc(), contact_requests::id.asc()))
        .limit(most)
        .select(ContactRequest::as_select())
        .load(db)
}

/// Of the request its reference, its account and its times stay.
fn forget(db: &mut Db, request: &ContactRequest, now: Millis) -> QueryResult<()> {
    let (tenant, id) = (&request.tenant_id, &request.id);
    let said = of_request(db, tenant, id)?;
    let added: Vec<&str> = said.iter().map(|message| message.body.as_str()).collect();
    request_words::remove(db, request, &added)?;
    diesel::delete(request_messages::table)
        .filter(request_messages::tenant_id.eq(tenant))
        .filter(request_messages::request_id.eq(id))
        .execute(db)?;
    let after = ContactRequest {
        queue: Queue::Forgotten,
        identifier: String::new(),
        canonical_key: None,
        name: String::new(),
        subject: String::new(),
        message: String::new(),
        source: Source::from_stored(String::new()),
        locale: None,
        page_secret: None,
        mail_secret: None,
        updated_at: now,
        ..request.clone()
    };
    diesel::update(contact_requests::table.find((tenant, id))).set(&after).execute(db)?;
    Ok(())
}
