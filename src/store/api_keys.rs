//! The secret keys of a tenant's servers: their names, who made them, when each was used last; making
//! and revoking them. The keys themselves are not kept. Which tenant a key opens is asked in `tenants`.

use diesel::prelude::*;
use serde_json::json;

use super::audit::{self, Deed};
use super::connection::Db;
use super::error::{StoreError, conflict_on};
use super::notices::{self, Notice};
use super::schema::api_keys;
use super::tenants::ApiKey;
use super::{Reader, Store};
use crate::model::{Millis, TenantId};

/// Keys of one tenant that open something, at most: each is one more to lose.
pub const MOST_KEYS: i64 = 20;

/// Characters of a digest by which pages name a key.
const ID_CHARS: usize = 20;

/// A key that opens something.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = api_keys)]
pub struct KeptKey {
    pub key_hash: String,
    /// Prefix and last four characters.
    pub hint: String,
    /// Empty for the key that was made with the tenant.
    pub name: String,
    /// As in the audit log; empty as above.
    pub created_by: String,
    pub created_at: Millis,
    /// To five minutes.
    pub last_used_at: Option<Millis>,
}

impl KeptKey {
    /// What pages call it: the beginning of its digest, which opens nothing.
    #[must_use]
    pub fn id(&self) -> String {
        self.key_hash.chars().take(ID_CHARS).collect()
    }
}

/// A use of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    pub tenant: TenantId,
    pub key_hash: String,
    pub at: Millis,
}

fn open_keys(db: &mut Db, tenant: &TenantId) -> QueryResult<Vec<KeptKey>> {
    api_keys::table
        .filter(api_keys::tenant_id.eq(tenant))
        .filter(api_keys::revoked_at.is_null())
        .order((api_keys::created_at.asc(), api_keys::key_hash.asc()))
        .limit(MOST_KEYS)
        .select(KeptKey::as_select())
        .load(db)
}

fn deed(actor: &str, action: &'static str, name: &str, hint: &str) -> Deed {
    Deed { actor: actor.to_owned(), action, detail: json!({ "name": name, "key": hint }) }
}

impl Reader {
    /// The tenant's keys that open something, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn api_keys(&self, tenant: TenantId) -> Result<Vec<KeptKey>, StoreError> {
        self.run(move |db| Ok(open_keys(db, &tenant)?)).await
    }
}

impl Store {
    /// # Errors
    /// `Conflict { what: "api_keys" }` where there are as many as there may be.
    pub async fn create_api_key(
        &self,
        key: ApiKey,
        name: String,
        actor: String,
    ) -> Result<(), StoreError> {
        let owner = key.tenant_id.clone();
        self.write(&owner, move |db, now| {
            let there = open_keys(db, &key.tenant_id)?;
            if i64::try_from(there.len()).is_ok_and(|count| count >= MOST_KEYS) {
                return Err(StoreError::Conflict { what: "api_keys" });
            }
            diesel::insert_into(api_keys::table)
                .values((&key, api_keys::name.eq(&name), api_keys::created_by.eq(&actor)))
                .execute(db)
                .map_err(conflict_on("api_key"))?;
            let deed = deed(&actor, "key.created", &name, &key.hint);
            Ok(audit::note(db, &key.tenant_id, &deed, now)?)
        })
        .await
    }

    /// From its commit on the key opens nothing; who remembers it is told.
    ///
    /// # Errors
    /// `NotFound` for a key that opens nothing already.
    pub async fn revoke_api_key(
        &self,
        tenant: TenantId,
        key_hash: String,
        actor: String,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            let key: Option<(String, String)> = api_keys::table
                .find((&tenant, &key_hash))
                .filter(api_keys::revoked_at.is_null())
                .select((api_keys::name, api_keys::hint))
                .first(db)
                .optional()?;
            let (name, hint) = key.ok_or(StoreError::NotFound)?;
            diesel::update(api_keys::table.find((&tenant, &key_hash)))
                .set(api_keys::revoked_at.eq(now))
                .execute(db)?;
            audit::note(db, &tenant, &deed(&actor, "key.revoked", &name, &hint), now)?;
            notices::tell(db, &Notice::Tenant(tenant.clone()))
        })
        .await
    }

    /// Writes down when keys were used; an earlier use than the one that is written changes nothing.
    /// `any` chooses the committer.
    ///
    /// # Errors
    /// As any write.
    pub async fn note_key_uses(&self, any: TenantId, uses: Vec<KeyUse>) -> Result<(), StoreError> {
        self.write(&any, move |db, _now| {
            for KeyUse { tenant, key_hash, at } in &uses {
                let earlier = api_keys::last_used_at
                    .is_null()
                    .or(api_keys::last_used_at.assume_not_null().lt(*at));
                diesel::update(api_keys::table.find((tenant, key_hash)).filter(earlier))
                    .set(api_keys::last_used_at.eq(Some(*at)))
                    .execute(db)?;
            }
            Ok(())
        })
        .await
    }
}
