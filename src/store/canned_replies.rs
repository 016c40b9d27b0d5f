//! Answers that a tenant's staff have saved, one text a language. Plain text with variables, whose
//! rules are `support::variables`'.

use diesel::prelude::*;

use super::audit::{self, Deed};
use super::error::StoreError;
use super::schema::canned_replies;
use super::{Reader, Store};
use crate::model::{CannedReplyId, Millis, TenantId};

/// Most that a tenant has.
pub const MOST: i64 = 200;

/// One text.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset, Identifiable,
)]
#[diesel(table_name = canned_replies, primary_key(tenant_id, id, locale))]
pub struct CannedReply {
    pub tenant_id: TenantId,
    pub id: CannedReplyId,
    /// Tag of a language that pages speak.
    pub locale: String,
    pub title: String,
    pub body: String,
    pub updated_at: Millis,
}

impl Reader {
    /// All saved answers of a tenant, by title; at most 200.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn canned_replies(&self, tenant: TenantId) -> Result<Vec<CannedReply>, StoreError> {
        self.run(move |db| {
            let mut rows: Vec<CannedReply> = canned_replies::table
                .filter(canned_replies::tenant_id.eq(&tenant))
                .limit(MOST)
                .select(CannedReply::as_select())
                .load(db)?;
            rows.sort_by(|a, b| (&a.title, &a.locale, &a.id).cmp(&(&b.title, &b.locale, &b.id)));
            Ok(rows)
        })
        .await
    }
}

impl Store {
    /// Saves an answer, in the place of the one with its id and language.
    ///
    /// # Errors
    /// `Conflict { what: "canned_replies" }` where the tenant has 200 already.
    pub async fn save_canned_reply(
        &self,
        reply: CannedReply,
        deed: Deed,
    ) -> Result<(), StoreError> {
        let tenant = reply.tenant_id.clone();
        self.write(&tenant, move |db, now| {
            let reply = CannedReply { updated_at: now, ..reply.clone() };
            let key = (&reply.tenant_id, &reply.id, &reply.locale);
            let changed =
                diesel::update(canned_replies::table.find(key)).set(&reply).execute(db)?;
            if changed == 0 {
                let of_tenant = canned_replies::tenant_id.eq(&reply.tenant_id);
                let had: i64 = canned_replies::table.filter(of_tenant).count().get_result(db)?;
                if had >= MOST {
                    return Err(StoreError::Conflict { what: "canned_replies" });
                }
                diesel::insert_into(canned_replies::table).values(&reply).execute(db)?;
            }
            Ok(audit::note(db, &reply.tenant_id, &deed, now)?)
        })
        .await
    }

    /// Throws an answer away.
    ///
    /// # Errors
    /// As any write; one that is gone is no fault.
    pub async fn drop_canned_reply(
        &self,
        tenant: TenantId,
        id: CannedReplyId,
        locale: String,
        deed: Deed,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            diesel::delete(canned_replies::table.find((&tenant, &id, &locale))).execute(db)?;
            Ok(audit::note(db, &tenant, &deed, now)?)
        })
        .await
    }
}
