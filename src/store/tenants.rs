//! Tenants and their secret keys.

use diesel::prelude::*;
use serde_json::json;

use super::audit::{self, Deed};
use super::columns::text_enum;
use super::connection::{DatabaseUrl, Db};
use super::error::{StoreError, conflict_on};
use super::notices::{self, Notice};
use super::schema::{api_keys, tenants};
use super::{Reader, Store};
use crate::model::branding::{BrandTexts, Branding};
use crate::model::{Millis, TenantId, UserId};

/// A tenant as stored. `redirect_urls` and `allowed_origins` are JSON arrays of texts.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset, Identifiable,
)]
#[diesel(table_name = tenants, treat_none_as_null = true)]
pub struct Tenant {
    pub id: TenantId,
    pub slug: String,
    pub name: String,
    /// `pk_live_`/`sk_live_` keys; a development tenant takes test addresses.
    pub live: bool,
    pub own_host: Option<String>,
    pub support_email: Option<String>,
    /// Clerk's behaviour towards unknown identifiers instead of strict silence.
    pub revealing: bool,
    /// One active session per client.
    pub single_session: bool,
    pub redirect_urls: String,
    pub allowed_origins: String,
    /// `#rrggbb`.
    pub brand_color: Option<String>,
    #[diesel(skip_update)]
    pub policy_version: i64,
    pub created_at: Millis,
    pub updated_at: Millis,
    pub sign_up: SignUpMode,
    /// `model::Branding` as JSON.
    pub brand: String,
    /// The version that decides instead of the live one until [`Tenant::overlay_until`].
    #[diesel(skip_update)]
    pub overlay_version: Option<i64>,
    #[diesel(skip_update)]
    pub overlay_until: Option<Millis>,
    /// IANA name; for staff who have not chosen one.
    pub time_zone: Option<String>,
    /// Staff who signed in without a second factor see nothing of this tenant.
    pub staff_second_factor: bool,
    /// When staff last saw what a lock does.
    #[diesel(skip_update)]
    pub test_locked_at: Option<Millis>,
}

text_enum! {
    /// Who may make themselves a user (Clerk: sign-up mode).
    SignUpMode {
        /// Nobody: users are made by the tenant.
        Restricted = "restricted",
        Public = "public",
    }
}

/// A secret key's row. The key itself is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys)]
pub struct ApiKey {
    pub tenant_id: TenantId,
    /// SHA-256 of the key, lower-case hex.
    pub key_hash: String,
    /// What may be shown: prefix and last four characters.
    pub hint: String,
    pub created_at: Millis,
    pub revoked_at: Option<Millis>,
}

/// Which tenant a request is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TenantName {
    Id(TenantId),
    Slug(String),
    OwnHost(String),
    /// SHA-256 (hex) of a secret key that was not revoked.
    KeyHash(String),
}

/// Whether a database with its schema in place holds no tenant yet: then nothing in it was sealed.
///
/// # Errors
/// [`StoreError`] when the database cannot answer.
pub fn none_yet(url: &DatabaseUrl) -> Result<bool, StoreError> {
    let mut db = url.open_writer()?;
    let first: Option<TenantId> = tenants::table.select(tenants::id).first(&mut db).optional()?;
    Ok(first.is_none())
}

impl Reader {
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn tenant(&self, name: TenantName) -> Result<Option<Tenant>, StoreError> {
        self.run(move |db| Ok(find(db, &name)?)).await
    }

    /// Ids and slugs of at most `limit` tenants in the order of their ids (which begin with the time
    /// of their making), from the first or the one after `after`. There is no way to ask for all of
    /// them: there may be a million.
    ///
    /// # Errors
    /// As [`Reader::tenant`].
    pub async fn some_tenants(
        &self,
        after: Option<TenantId>,
        limit: i64,
    ) -> Result<Vec<(TenantId, String)>, StoreError> {
        self.run(move |db| {
            let first = after.unwrap_or_else(|| TenantId::from_stored(String::new()));
            Ok(tenants::table
                .filter(tenants::id.gt(first))
                .order(tenants::id)
                .limit(limit)
                .select((tenants::id, tenants::slug))
                .load(db)?)
        })
        .await
    }
}

pub(super) fn find(db: &mut Db, name: &TenantName) -> QueryResult<Option<Tenant>> {
    let all = tenants::table.select(Tenant::as_select());
    match name {
        TenantName::Id(id) => all.filter(tenants::id.eq(id)).first(db).optional(),
        TenantName::Slug(slug) => all.filter(tenants::slug.eq(slug)).first(db).optional(),
        TenantName::OwnHost(host) => all.filter(tenants::own_host.eq(host)).first(db).optional(),
        TenantName::KeyHash(hash) => {
            let owner: Option<TenantId> = api_keys::table
                .filter(api_keys::key_hash.eq(hash))
                .filter(api_keys::revoked_at.is_null())
                .select(api_keys::tenant_id)
                .first(db)
                .optional()?;
            match owner {
                Some(id) => all.filter(tenants::id.eq(id)).first(db).optional(),
                None => Ok(None),
            }
        }
    }
}

/// As [`find`], with the row locked where other nodes could be at it.
fn find_locked(db: &mut Db, id: &TenantId) -> QueryResult<Option<Tenant>> {
    let row = tenants::table.find(id);
    match db {
        Db::Sqlite(sqlite) => row.select(Tenant::as_select()).first(sqlite).optional(),
        #[cfg(feature = "postgres")]
        Db::Postgres(pg) => row.for_update().select(Tenant::as_select()).first(pg).optional(),
    }
}

/// Whether a client of this tenant has one active session at most.
pub(super) fn has_single_session(db: &mut Db, tenant: &TenantId) -> QueryResult<bool> {
    let row: Option<bool> =
        tenants::table.find(tenant).select(tenants::single_session).first(db).optional()?;
    Ok(row.unwrap_or(true))
}

/// Whether some endpoint of the tenant's is told of events.
pub(super) fn is_listened_to(db: &mut Db, tenant: &TenantId) -> QueryResult<bool> {
    let listening: Option<i64> =
        tenants::table.find(tenant).select(tenants::webhooks).first(db).optional()?;
    Ok(listening.is_some_and(|endpoints| endpoints > 0))
}

impl Store {
    /// Makes a tenant with its first secret key and its first policy version, all or nothing.
    ///
    /// # Errors
    /// `Conflict { what: "slug" }` or `"own_host"` for what is taken; where two come at the same
    /// moment, the slug is blamed.
    pub async fn create_tenant(
        &self,
        tenant: Tenant,
        key: ApiKey,
        policy: super::lockout_policy::PolicyVersion,
    ) -> Result<(), StoreError> {
        let id = tenant.id.clone();
        self.write(&id, move |db, _now| {
            if let Some(host) = &tenant.own_host
                && find(db, &TenantName::OwnHost(host.clone()))?.is_some()
            {
                return Err(StoreError::Conflict { what: "own_host" });
            }
            diesel::insert_into(tenants::table)
                .values(&tenant)
                .execute(db)
                .map_err(conflict_on("slug"))?;
            diesel::insert_into(api_keys::table).values(&key).execute(db)?;
            super::lockout_policy::insert(db, &policy)?;
            // Nobody can remember what was not there; its host is looked for among all.
            match tenant.own_host {
                Some(_) => notices::tell(db, &Notice::Tenant(tenant.id.clone())),
                None => Ok(()),
            }
        })
        .await
    }

    /// Sets what the Backend API and the console may change about a tenant.
    ///
    /// # Errors
    /// `NotFound` for an unknown tenant.
    pub async fn update_tenant(
        &self,
        id: TenantId,
        change: TenantChange,
        actor: String,
    ) -> Result<(), StoreError> {
        let owner = id.clone();
        self.write(&owner, move |db, now| {
            let mut tenant = find_locked(db, &id)?.ok_or(StoreError::NotFound)?;
            if let Some(name) = &change.name {
                tenant.name.clone_from(name);
            }
            if let Some(texts) = &change.texts {
                let mut branding = Branding::of_json(&tenant.brand);
                branding.texts.clone_from(texts);
                tenant.brand = branding.to_json();
            }
            if let Some(support_email) = &change.support_email {
                tenant.support_email.clone_from(support_email);
            }
            if let Some(urls) = &change.redirect_urls {
                tenant.redirect_urls.clone_from(urls);
            }
            if let Some(origins) = &change.allowed_origins {
                tenant.allowed_origins.clone_from(origins);
            }
            if let Some(revealing) = change.revealing {
                tenant.revealing = revealing;
            }
            if let Some(color) = &change.brand_color {
                tenant.brand_color.clone_from(color);
            }
            if let Some(single_session) = change.single_session {
                tenant.single_session = single_session;
            }
            if let Some(sign_up) = change.sign_up {
                tenant.sign_up = sign_up;
            }
            if let Some(zone) = &change.time_zone {
                tenant.time_zone.clone_from(zone);
            }
            if let Some(demanded) = change.staff_second_factor {
                tenant.staff_second_factor = demanded;
            }
            tenant.updated_at = now;
            diesel::update(tenants::table.find(&id)).set(&tenant).execute(db)?;
            let deed = Deed {
                actor: actor.clone(),
                action: "tenant.changed",
                detail: json!({ "changed": change.names() }),
            };
            audit::note(db, &id, &deed, now)?;
            notices::tell(db, &Notice::Tenant(id.clone()))
        })
        .await
    }
}

impl Store {
    /// Notes that a test user was locked, for the first steps of a tenant.
    ///
    /// # Errors
    /// As any write.
    pub async fn note_test_lock(
        &self,
        id: TenantId,
        user: UserId,
        actor: String,
    ) -> Result<(), StoreError> {
        let owner = id.clone();
        self.write(&owner, move |db, now| {
            diesel::update(tenants::table.find(&id))
                .set(tenants::test_locked_at.eq(Some(now)))
                .execute(db)?;
            let detail = json!({ "user": user });
            let deed = Deed { actor: actor.clone(), action: "user.test_locked", detail };
            audit::note(db, &id, &deed, now)?;
            notices::tell(db, &Notice::Tenant(id.clone()))
        })
        .await
    }
}

/// A change to a tenant: `None` leaves a field as it is; the inner `None` clears it.
#[derive(Debug, Clone, Default)]
pub struct TenantChange {
    pub name: Option<String>,
    /// All texts of its own, by place and language.
    pub texts: Option<BrandTexts>,
    pub support_email: Option<Option<String>>,
    pub redirect_urls: Option<String>,
    pub allowed_origins: Option<String>,
    pub revealing: Option<bool>,
    pub brand_color: Option<Option<String>>,
    pub sign_up: Option<SignUpMode>,
    /// Whether a client has one live session at most.
    pub single_session: Option<bool>,
    pub time_zone: Option<Option<String>>,
    pub staff_second_factor: Option<bool>,
}

impl TenantChange {
    /// What it sets, by the columns' names: for the audit log, which keeps no values of theirs.
    fn names(&self) -> Vec<&'static str> {
        let Self {
            name,
            texts,
            support_email,
            redirect_urls,
            allowed_origins,
            revealing,
            brand_color,
            sign_up,
            single_session,
            time_zone,
            staff_second_factor,
        } = self;
        let set = [
            ("name", name.is_some()),
            ("texts", texts.is_some()),
            ("support_email", support_email.is_some()),
            ("redirect_urls", redirect_urls.is_some()),
            ("allowed_origins", allowed_origins.is_some()),
            ("revealing", revealing.is_some()),
            ("brand_color", brand_color.is_some()),
            ("sign_up", sign_up.is_some()),
            ("single_session", single_session.is_some()),
            ("time_zone", time_zone.is_some()),
            ("staff_second_factor", staff_second_factor.is_some()),
        ];
        set.into_iter().filter(|(_, set)| *set).map(|(name, _)| name).collect()
    }
}
