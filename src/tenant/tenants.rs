//! Tenants: finding one by path, host or secret key, making one, changing its settings.

use std::sync::Arc;
use std::time::Duration;

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::lockout::{Policy, PolicyDocument, Preset};
use crate::model::TenantId;
use crate::store::lockout_policy::PolicyVersion;
use crate::store::tenants::{ApiKey, Tenant, TenantChange, TenantName};
use crate::token::SecretKey;
use crate::token::api_key::KeyMode;

/// A tenant to make. Slug and name are checked by the caller's edge.
#[derive(Debug, Clone)]
pub struct NewTenant {
    pub slug: String,
    pub name: String,
    pub live: bool,
    pub policy: Option<Policy>,
    pub support_email: Option<String>,
    pub redirect_urls: Vec<String>,
    pub brand_color: Option<String>,
    /// Who makes it, for the policy's first version.
    pub author: String,
}

/// What `tenant create` prints; the secret key is shown this once.
pub struct CreatedTenant {
    pub profile: Arc<TenantProfile>,
    pub secret_key: SecretKey,
}

impl Tenants {
    /// The tenant of a name, from the cache (at most a second old) or the database.
    ///
    /// # Errors
    /// [`TenantFault::Unavailable`].
    pub async fn find(&self, name: TenantName) -> Result<Option<Arc<TenantProfile>>, TenantFault> {
        let monotonic = self.inner.clock.monotonic();
        Ok(self.inner.profiles.find(&self.inner.reader, name, monotonic).await?)
    }

    /// As [`Tenants::find`], but only what needs no wait.
    #[must_use]
    pub fn find_cached(&self, name: &TenantName) -> Option<Arc<TenantProfile>> {
        self.find_cached_at(name, self.inner.clock.monotonic())
    }

    /// As [`Tenants::find_cached`], for a caller who has just read the monotonic clock.
    #[must_use]
    pub fn find_cached_at(
        &self,
        name: &TenantName,
        monotonic: Duration,
    ) -> Option<Arc<TenantProfile>> {
        self.inner.profiles.fresh(name, monotonic)
    }

    /// The slug of the tenant whose own host this is; no wait, for the web threads. A new host is
    /// known within a round of upkeep.
    #[must_use]
    pub fn own_host(&self, host: &str) -> Option<Arc<str>> {
        self.inner.own_hosts.read().get(host).map(Arc::clone)
    }

    /// Reads again which hosts belong to which tenant.
    ///
    /// # Errors
    /// As any read.
    pub async fn refresh_own_hosts(&self) -> Result<(), TenantFault> {
        let owned = self.inner.reader.tenants_with_own_host().await?;
        let hosts = owned.into_iter().map(|(host, slug)| (host, Arc::from(slug))).collect();
        *self.inner.own_hosts.write() = hosts;
        Ok(())
    }

    /// Makes a tenant with a secret key and policy version 1.
    ///
    /// # Errors
    /// `Conflict { what: "slug" }`.
    pub async fn create_tenant(&self, new: NewTenant) -> Result<CreatedTenant, TenantFault> {
        let now = self.inner.clock.now();
        let id = TenantId::generate(now);
        let secret_key = SecretKey::generate(if new.live { KeyMode::Live } else { KeyMode::Test })?;
        let json = |list: &[String]| serde_json::json!(list).to_string();
        let tenant = Tenant {
            id: id.clone(),
            slug: new.slug,
            name: new.name,
            live: new.live,
            own_host: None,
            support_email: new.support_email,
            revealing: false,
            single_session: true,
            redirect_urls: json(&new.redirect_urls),
            allowed_origins: json(&[]),
            brand_color: new.brand_color,
            policy_version: 1,
            created_at: now,
            updated_at: now,
        };
        let key = ApiKey {
            tenant_id: id.clone(),
            key_hash: secret_key.digest(),
            hint: secret_key.display(),
            created_at: now,
            revoked_at: None,
        };
        let policy = new.policy.unwrap_or_else(|| Preset::Balanced.policy());
        let version = PolicyVersion {
            tenant_id: id.clone(),
            version: 1,
            document: PolicyDocument::of(&policy).to_json(),
            author: new.author,
            reason: "first version".to_owned(),
            created_at: now,
        };
        self.inner.store.create_tenant(tenant, key, version).await?;
        let profile = self.find(TenantName::Id(id)).await?.ok_or(TenantFault::Unavailable)?;
        Ok(CreatedTenant { profile, secret_key })
    }

    /// Changes a tenant's settings (`PATCH /v1/instance`).
    ///
    /// # Errors
    /// As any write.
    pub async fn update_tenant(
        &self,
        profile: &TenantProfile,
        change: TenantChange,
    ) -> Result<(), TenantFault> {
        self.inner.store.update_tenant(profile.id().clone(), change).await?;
        self.inner.profiles.forget(profile.id());
        Ok(())
    }
}
