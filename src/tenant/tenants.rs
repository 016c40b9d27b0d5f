//! Tenants: finding one by path, host or secret key, making one, changing its settings.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::profile::{Known, TenantProfile};
use super::{TenantFault, Tenants};
use crate::lockout::{Policy, PolicyDocument, Preset};
use crate::model::TenantId;
use crate::store::lockout_policy::{PolicyVersion, VersionKind};
use crate::store::tenants::{ApiKey, SignUpMode, Tenant, TenantChange, TenantName};
use crate::token::SecretKey;
use crate::token::api_key::KeyMode;

/// A tenant to make. Slug and name are checked by the caller's edge.
#[derive(Debug, Clone)]
pub struct NewTenant {
    pub slug: String,
    pub name: String,
    pub live: bool,
    /// Where its Frontend API is reached, beside its path: the browser library's address. Lower case,
    /// no port; nobody else's.
    pub own_host: Option<String>,
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

/// The tenant that a host belongs to, by its slug.
pub enum HostOwner {
    Known(Option<Arc<str>>),
    /// To be read from the database.
    Asked(AskedOwner),
}

type AskedOwner = Pin<Box<dyn Future<Output = Result<Option<Arc<str>>, TenantFault>> + Send>>;

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
        match self.inner.profiles.fresh(name, monotonic) {
            Known::Fresh(profile) => profile,
            Known::Unknown => None,
        }
    }

    /// Whose own host this is. At most a second old; only the hosts in use are remembered.
    #[must_use]
    pub fn host_owner(&self, host: &str) -> HostOwner {
        let slug = |profile: Arc<TenantProfile>| Arc::from(profile.tenant.slug.as_str());
        let name = TenantName::OwnHost(host.to_owned());
        match self.inner.profiles.fresh(&name, self.inner.clock.monotonic()) {
            Known::Fresh(profile) => HostOwner::Known(profile.map(slug)),
            Known::Unknown => {
                let this = self.clone();
                HostOwner::Asked(Box::pin(async move { Ok(this.find(name).await?.map(slug)) }))
            }
        }
    }

    /// Reads again what this node remembers of a tenant, when it is next needed: its row, its hosts,
    /// its keys. A policy needs no such word: its version is read each time.
    pub fn forget(&self, tenant: &TenantId) {
        self.inner.profiles.forget(tenant);
        self.inner.signing_keys.forget(tenant);
    }

    /// As [`Tenants::forget`] for all tenants.
    pub fn forget_all(&self) {
        self.inner.profiles.clear();
        self.inner.signing_keys.clear();
    }

    /// Makes a tenant with a secret key and policy version 1.
    ///
    /// # Errors
    /// `Conflict { what: "slug" }` or `"own_host"`.
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
            own_host: new.own_host,
            support_email: new.support_email,
            revealing: false,
            single_session: true,
            redirect_urls: json(&new.redirect_urls),
            allowed_origins: json(&[]),
            brand_color: new.brand_color,
            policy_version: 1,
            created_at: now,
            updated_at: now,
            sign_up: SignUpMode::Restricted,
            brand: "{}".to_owned(),
            overlay_version: None,
            overlay_until: None,
            time_zone: None,
            staff_second_factor: false,
            test_locked_at: None,
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
            kind: VersionKind::Live,
            made_over: None,
            effect: None,
            ends_at: None,
        };
        self.inner.store.create_tenant(tenant, key, version).await?;
        // Its host may have been asked for before it was anybody's.
        self.inner.profiles.forget(&id);
        let profile = self.find(TenantName::Id(id)).await?.ok_or(TenantFault::Unavailable)?;
        Ok(CreatedTenant { profile, secret_key })
    }

    /// Changes a tenant's settings (`PATCH /v1/instance`). `actor` as in the audit log.
    ///
    /// # Errors
    /// As any write.
    pub async fn update_tenant(
        &self,
        profile: &TenantProfile,
        change: TenantChange,
        actor: &str,
    ) -> Result<(), TenantFault> {
        let (id, actor) = (profile.id().clone(), actor.to_owned());
        self.inner.store.update_tenant(id, change, actor).await?;
        self.forget(profile.id());
        Ok(())
    }
}
