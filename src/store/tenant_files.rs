//! Pictures of tenants, by the name that their branding gives them. A file is written with the branding
//! that names it, and goes with it. Knows no kind of picture.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use diesel::prelude::*;
use serde_json::json;

use super::audit::{self, Deed};
use super::connection::Db;
use super::error::StoreError;
use super::notices::{self, Notice};
use super::schema::{tenant_files, tenants};
use super::{Reader, Store};
use crate::model::branding::{Branding, Logo, LogoFor};
use crate::model::{Millis, TenantId};

impl Reader {
    /// The bytes of a file; `None` for a name that the tenant has none of.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn tenant_file(
        &self,
        tenant: TenantId,
        name: String,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.run(move |db| {
            let found: Option<String> = tenant_files::table
                .find((&tenant, &name))
                .select(tenant_files::body)
                .first(db)
                .optional()?;
            let decoded = found.map(|body| STANDARD.decode(body)).transpose();
            decoded.map_err(|_| StoreError::Corrupt(format!("the file {name}")))
        })
        .await
    }
}

impl Store {
    /// Sets or removes (`None`) a logo; the file of the one before goes unless the other logo is of the
    /// same bytes.
    ///
    /// # Errors
    /// `NotFound` for an unknown tenant.
    pub async fn set_logo(
        &self,
        tenant: TenantId,
        ground: LogoFor,
        logo: Option<(Logo, Vec<u8>)>,
        actor: String,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            let stored: Option<String> =
                tenants::table.find(&tenant).select(tenants::brand).first(db).optional()?;
            let mut branding = Branding::of_json(&stored.ok_or(StoreError::NotFound)?);
            let before = branding.logo_for(ground).cloned();
            branding.set_logo(ground, logo.as_ref().map(|(logo, _)| logo.clone()));
            if let Some((logo, bytes)) = &logo {
                put(db, (&tenant, &logo.file, &STANDARD.encode(bytes)), now)?;
            }
            let named = |file: &str| {
                let logos = LogoFor::ALL.map(|ground| branding.logo_for(ground));
                logos.into_iter().flatten().any(|logo| logo.file == file)
            };
            if let Some(before) = before.filter(|before| !named(&before.file)) {
                diesel::delete(tenant_files::table.find((&tenant, &before.file))).execute(db)?;
            }
            diesel::update(tenants::table.find(&tenant))
                .set((tenants::brand.eq(branding.to_json()), tenants::updated_at.eq(now)))
                .execute(db)?;
            let file = logo.as_ref().map(|(logo, _)| logo.file.as_str());
            let deed = Deed {
                actor: actor.clone(),
                action: "tenant.logo_changed",
                detail: json!({ "which": ground.as_str(), "file": file }),
            };
            audit::note(db, &tenant, &deed, now)?;
            notices::tell(db, &Notice::Tenant(tenant.clone()))
        })
        .await
    }
}

/// The same name is the same content.
fn put(db: &mut Db, (tenant, name, body): (&TenantId, &str, &str), now: Millis) -> QueryResult<()> {
    diesel::delete(tenant_files::table.find((tenant, name))).execute(db)?;
    let row = (
        tenant_files::tenant_id.eq(tenant),
        tenant_files::name.eq(name),
        tenant_files::body.eq(body),
        tenant_files::created_at.eq(now),
    );
    diesel::insert_into(tenant_files::table).values(row).execute(db)?;
    Ok(())
}
