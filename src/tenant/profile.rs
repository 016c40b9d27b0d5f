//! A tenant as the doors see it: its row, its derived keys and the names that follow from them,
//! built once and cached for a second. Knows no policy (that is read where it is decided).

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::RwLock;
use url::Url;

use super::refusals::LoggedRefusals;
use crate::lockout::Policy;
use crate::model::TenantId;
use crate::store::tenants::{Tenant, TenantName};
use crate::store::{Reader, StoreError};
use crate::token::api_key::{KeyMode, cookie_suffix, publishable_key};
use crate::token::{
    ClientTokens, MasterKeys, PhantomKeys, SealedContexts, UnlockLinks, frontend_api_host, issuer,
};

/// How long a cached profile is served before the row is read again: the command line and other
/// nodes change tenants too.
const TRUST: Duration = Duration::from_secs(1);
/// Cached names; past this the cache starts over (a full one is a million tenants being scanned).
const CACHED: usize = 20_000;

/// One tenant, ready for use.
pub struct TenantProfile {
    pub tenant: Tenant,
    pub client_tokens: ClientTokens,
    pub phantoms: PhantomKeys,
    pub unlock_links: UnlockLinks,
    pub contexts: SealedContexts,
    pub publishable_key: String,
    /// Eight characters that keep the cookies of tenants under one host apart.
    pub cookie_suffix: String,
    /// `iss` of session tokens: scheme and host of the publishable key.
    pub issuer: String,
    /// Host of the Frontend API as the publishable key names it.
    pub frontend_host: String,
    /// Where the hosted pages live, without a trailing slash: in mails and redirects.
    pub pages_url: String,
    /// The path prefix of the hosted pages: `/t/{slug}`.
    pub base_path: String,
    pub redirect_urls: Vec<String>,
    pub allowed_origins: Vec<String>,
    /// Of this name of the tenant, over all its profiles.
    pub logged_refusals: Arc<LoggedRefusals>,
    /// Read when first asked for; see [`Tenants::policy_at_hand`].
    pub(super) policy: OnceLock<Arc<Policy>>,
}

impl TenantProfile {
    pub(super) fn of(tenant: Tenant, keys: &MasterKeys, public_url: &Url) -> Self {
        let mode = if tenant.live { KeyMode::Live } else { KeyMode::Test };
        let frontend_host = frontend_api_host(&tenant.slug, tenant.own_host.as_deref(), public_url);
        let publishable_key = publishable_key(mode, &frontend_host);
        let base_path = format!("/t/{}", tenant.slug);
        let list = |json: &str| serde_json::from_str::<Vec<String>>(json).unwrap_or_default();
        Self {
            client_tokens: ClientTokens::for_tenant(keys, &tenant.id),
            phantoms: PhantomKeys::for_tenant(keys, &tenant.id),
            unlock_links: UnlockLinks::for_tenant(keys, &tenant.id),
            contexts: SealedContexts::for_tenant(keys, &tenant.id),
            cookie_suffix: cookie_suffix(&publishable_key),
            issuer: issuer(public_url, &frontend_host),
            publishable_key,
            frontend_host,
            pages_url: format!("{}{base_path}", public_url.as_str().trim_end_matches('/')),
            base_path,
            redirect_urls: list(&tenant.redirect_urls),
            allowed_origins: list(&tenant.allowed_origins),
            logged_refusals: Arc::default(),
            policy: OnceLock::new(),
            tenant,
        }
    }

    #[must_use]
    pub const fn id(&self) -> &TenantId {
        &self.tenant.id
    }

    /// The address that people are told to write to.
    #[must_use]
    pub fn support_email(&self) -> Option<&str> {
        self.tenant.support_email.as_deref()
    }
}

/// Profiles by every name they were asked for.
pub(super) struct Profiles {
    cached: RwLock<HashMap<TenantName, (Arc<TenantProfile>, Duration)>>,
    keys: Arc<MasterKeys>,
    public_url: Url,
}

impl Profiles {
    pub fn new(keys: Arc<MasterKeys>, public_url: Url) -> Self {
        Self { cached: RwLock::default(), keys, public_url }
    }

    /// The profile if it was read within the last second: no wait, for the web thread.
    pub fn fresh(&self, name: &TenantName, monotonic: Duration) -> Option<Arc<TenantProfile>> {
        let cached = self.cached.read();
        let (profile, read) = cached.get(name)?;
        (monotonic.saturating_sub(*read) < TRUST).then(|| Arc::clone(profile))
    }

    /// The profile, read if need be; `None` for a name that no tenant has.
    pub async fn find(
        &self,
        reader: &Reader,
        name: TenantName,
        monotonic: Duration,
    ) -> Result<Option<Arc<TenantProfile>>, StoreError> {
        if let Some(profile) = self.fresh(&name, monotonic) {
            return Ok(Some(profile));
        }
        let Some(tenant) = reader.tenant(name.clone()).await? else {
            self.cached.write().remove(&name);
            return Ok(None);
        };
        // Deriving keys costs more than comparing rows.
        let known = self.cached.read().get(&name).map(|(profile, _)| Arc::clone(profile));
        let profile = match known {
            Some(profile) if profile.tenant == tenant => profile,
            other => {
                let mut profile = TenantProfile::of(tenant, &self.keys, &self.public_url);
                if let Some(old) = other {
                    profile.logged_refusals = Arc::clone(&old.logged_refusals);
                }
                Arc::new(profile)
            }
        };
        let mut cached = self.cached.write();
        if cached.len() >= CACHED {
            cached.clear();
        }
        cached.insert(name, (Arc::clone(&profile), monotonic));
        Ok(Some(profile))
    }

    /// Looks at every cached profile.
    pub fn each(&self, mut look: impl FnMut(&TenantProfile)) {
        for (profile, _) in self.cached.read().values() {
            look(profile);
        }
    }

    /// Drops what is cached about a tenant, after a change made here.
    pub fn forget(&self, id: &TenantId) {
        self.cached.write().retain(|_, (profile, _)| profile.id() != id);
    }
}
