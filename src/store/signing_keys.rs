//! The RSA keys of session tokens, sealed with the master key: which of them signs, and how a new one
//! takes over. Knows no cryptography.

use diesel::prelude::*;

use serde_json::json;

use super::audit::{self, Deed};
use super::connection::Db;
use super::error::StoreError;
use super::notices::{self, Notice};
use super::schema::signing_keys;
use super::{Reader, Store};
use crate::model::{Millis, Span, TenantId};

/// A sealed key.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = signing_keys, primary_key(tenant_id, kid))]
pub struct SigningKeyRow {
    pub tenant_id: TenantId,
    pub kid: String,
    /// Only `token` can open it.
    pub sealed: String,
    pub created_at: Millis,
    /// No new tokens are signed with it from then on; may lie ahead.
    pub retired_at: Option<Millis>,
}

impl SigningKeyRow {
    /// Whether new tokens may still come of it.
    #[must_use]
    pub fn is_in_use_at(&self, now: Millis) -> bool {
        self.retired_at.is_none_or(|end| now < end)
    }
}

/// The key that signs at `now`: of those in use the one that ends first. A new key has no end yet, so it
/// waits for that of the one before.
#[must_use]
pub fn signer(keys: &[SigningKeyRow], now: Millis) -> Option<&SigningKeyRow> {
    let in_use = keys.iter().filter(|key| key.is_in_use_at(now));
    in_use.min_by_key(|key| (key.retired_at.unwrap_or(Millis(i64::MAX)), key.created_at))
}

/// A new key in place of the one that signs.
#[derive(Debug, Clone)]
pub struct Rotation {
    /// When it was made is said by the store.
    pub key: SigningKeyRow,
    /// The key that whoever asks has seen signing: not another one, that somebody else has just put there.
    pub replaces: String,
    /// How long that one goes on signing.
    pub after: Span,
    /// As an audit row's.
    pub actor: String,
}

/// What came of a [`Rotation`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotated {
    /// The new key signs from `begins` on.
    Done { begins: Millis },
    /// Nothing was written: this key waits for its turn already.
    Waiting { kid: String, begins: Millis },
    /// Nothing was written: another key than the one named signs by now.
    Overtaken,
}

/// Says which key it is and never what it is.
impl std::fmt::Debug for SigningKeyRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKeyRow")
            .field("tenant_id", &self.tenant_id)
            .field("kid", &self.kid)
            .field("created_at", &self.created_at)
            .field("retired_at", &self.retired_at)
            .finish_non_exhaustive()
    }
}

fn list(db: &mut Db, tenant: &TenantId) -> QueryResult<Vec<SigningKeyRow>> {
    signing_keys::table
        .filter(signing_keys::tenant_id.eq(tenant))
        .order((signing_keys::created_at.desc(), signing_keys::kid.desc()))
        .select(SigningKeyRow::as_select())
        .load(db)
}

/// Makes two nodes that race for a tenant's first key (or change its team or file of users) take
/// turns, by locking the tenant's row. SQLite has one writer anyway.
#[cfg_attr(not(feature = "postgres"), expect(unused_variables, reason = "SQLite locks as a whole"))]
pub(super) fn take_turns(db: &mut Db, tenant: &TenantId) -> QueryResult<()> {
    match db {
        Db::Sqlite(_) => Ok(()),
        #[cfg(feature = "postgres")]
        Db::Postgres(pg) => {
            use super::schema::tenants;
            let _locked: Option<TenantId> = tenants::table
                .find(tenant)
                .select(tenants::id)
                .for_update()
                .first(pg)
                .optional()?;
            Ok(())
        }
    }
}

impl Reader {
    /// The tenant's keys, newest first, retired ones included.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn signing_keys(&self, tenant: TenantId) -> Result<Vec<SigningKeyRow>, StoreError> {
        self.run(move |db| Ok(list(db, &tenant)?)).await
    }
}

impl Store {
    /// Adds the tenant's first key. Where another node was faster, its key comes back instead.
    ///
    /// # Errors
    /// As any write.
    pub async fn add_first_signing_key(
        &self,
        row: SigningKeyRow,
    ) -> Result<SigningKeyRow, StoreError> {
        let tenant = row.tenant_id.clone();
        self.write(&tenant, move |db, now| {
            take_turns(db, &row.tenant_id)?;
            if let Some(key) = signer(&list(db, &row.tenant_id)?, now) {
                return Ok(key.clone());
            }
            diesel::insert_into(signing_keys::table).values(&row).execute(db)?;
            Ok(row.clone())
        })
        .await
    }

    /// Puts a new key behind the one that signs. Of two who do so at once one is told of the other.
    ///
    /// # Errors
    /// As any write.
    pub async fn rotate_signing_key(&self, rotation: Rotation) -> Result<Rotated, StoreError> {
        let tenant = rotation.key.tenant_id.clone();
        self.write(&tenant, move |db, now| rotate(db, &rotation, now)).await
    }
}

fn rotate(db: &mut Db, rotation: &Rotation, now: Millis) -> Result<Rotated, StoreError> {
    let tenant = &rotation.key.tenant_id;
    take_turns(db, tenant)?;
    let known = list(db, tenant)?;
    let Some(present) = signer(&known, now) else { return Ok(Rotated::Overtaken) };
    if let Some(begins) = present.retired_at {
        let next = known.iter().find(|key| key.retired_at.is_none());
        let kid = next.map(|key| key.kid.clone()).unwrap_or_default();
        return Ok(Rotated::Waiting { kid, begins });
    }
    if present.kid != rotation.replaces {
        return Ok(Rotated::Overtaken);
    }
    let begins = now.after(rotation.after);
    diesel::update(signing_keys::table.find((tenant, &present.kid)))
        .set(signing_keys::retired_at.eq(begins))
        .execute(db)?;
    let row = SigningKeyRow { created_at: now, retired_at: None, ..rotation.key.clone() };
    diesel::insert_into(signing_keys::table).values(&row).execute(db)?;
    let deed = Deed {
        actor: rotation.actor.clone(),
        action: "keys.rotated",
        detail: json!({ "kid": row.kid, "replaces": present.kid, "signs_from_ms": begins.0 }),
    };
    audit::note(db, tenant, &deed, now)?;
    notices::tell(db, &Notice::Tenant(tenant.clone()))?;
    Ok(Rotated::Done { begins })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kid: &str, created: i64, retired: Option<i64>) -> SigningKeyRow {
        SigningKeyRow {
            tenant_id: TenantId::from_stored("ins_1".to_owned()),
            kid: kid.to_owned(),
            sealed: String::new(),
            created_at: Millis(created),
            retired_at: retired.map(Millis),
        }
    }

    #[test]
    fn a_new_key_waits_for_the_end_of_the_one_before() {
        // Also where both were made in one instant.
        for made in [5, 10] {
            let keys = [key("new", 10, None), key("old", made, Some(20)), key("gone", 1, Some(10))];
            let at = |now| signer(&keys, Millis(now)).map(|key| key.kid.as_str());
            assert_eq!(
                [at(10), at(19), at(20), at(99)].map(Option::unwrap),
                ["old", "old", "new", "new"]
            );
        }
        assert_eq!(signer(&[key("gone", 1, Some(10))], Millis(10)), None);
    }
}
