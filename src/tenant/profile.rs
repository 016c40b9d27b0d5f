//! A tenant as the doors see it: its row, its derived keys and the names that follow from them,
//! built once and cached for a second. Knows no policy (that is read where it is decided).

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use url::Url;

use super::refusals::LoggedRefusals;
use crate::lockout::Policy;
use crate::model::branding::Branding;
use crate::model::{Avatars, RecentShared, TenantId};
use crate::store::tenants::{Tenant, TenantName};
use crate::store::{Reader, StoreError};
use crate::token::api_key::{KeyMode, cookie_suffix, publishable_key};
use crate::token::{
    ClientTokens, DeviceCookies, FormTokens, InviteLinks, MasterKeys, PhantomKeys, RequestLinks,
    SealedContexts, UnlockLinks, frontend_api_host, issuer,
};

/// How long a cached profile is served before the row is read again: the command line and other
/// nodes change tenants too.
const TRUST: Duration = Duration::from_secs(1);
/// Names whose profile is kept. It need not be all that are in use: after a second the row is read
/// again, and making a profile of it costs less than that.
const CACHED: usize = 4_096;

/// Hosts kept of which we know that they are no tenant's.
const NOBODYS: usize = 4_096;

/// One tenant, ready for use.
pub struct TenantProfile {
    pub tenant: Tenant,
    keys: Arc<MasterKeys>,
    pub phantoms: PhantomKeys,
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
    /// Logos and texts of its own.
    pub branding: Branding,
    /// Of this name of the tenant, over all its profiles.
    pub logged_refusals: Arc<LoggedRefusals>,
    /// Read when first asked for; see [`Tenants::policy_at_hand`].
    pub(super) policy: OnceLock<Arc<Policy>>,
}

impl TenantProfile {
    pub(super) fn of(tenant: Tenant, keys: &Arc<MasterKeys>, public_url: &Url) -> Self {
        let mode = if tenant.live { KeyMode::Live } else { KeyMode::Test };
        let frontend_host = frontend_api_host(&tenant.slug, tenant.own_host.as_deref(), public_url);
        let publishable_key = publishable_key(mode, &frontend_host);
        let base_path = format!("/t/{}", tenant.slug);
        let list = |json: &str| serde_json::from_str::<Vec<String>>(json).unwrap_or_default();
        Self {
            keys: Arc::clone(keys),
            phantoms: PhantomKeys::for_tenant(keys, &tenant.id),
            cookie_suffix: cookie_suffix(&publishable_key),
            issuer: issuer(public_url, &frontend_host),
            publishable_key,
            frontend_host,
            pages_url: format!("{}{base_path}", public_url.as_str().trim_end_matches('/')),
            base_path,
            redirect_urls: list(&tenant.redirect_urls),
            allowed_origins: list(&tenant.allowed_origins),
            branding: Branding::of_json(&tenant.brand),
            logged_refusals: Arc::default(),
            policy: OnceLock::new(),
            tenant,
        }
    }

    #[must_use]
    pub const fn id(&self) -> &TenantId {
        &self.tenant.id
    }

    /// Made anew each time: deriving takes microseconds, and kept for each tenant these three would
    /// be a third of what an active one costs.
    #[must_use]
    pub fn client_tokens(&self) -> ClientTokens {
        ClientTokens::for_tenant(&self.keys, self.id())
    }

    /// As [`TenantProfile::client_tokens`].
    #[must_use]
    pub fn unlock_links(&self) -> UnlockLinks {
        UnlockLinks::for_tenant(&self.keys, self.id())
    }

    /// As [`TenantProfile::client_tokens`].
    #[must_use]
    pub fn contexts(&self) -> SealedContexts {
        SealedContexts::for_tenant(&self.keys, self.id())
    }

    /// As [`TenantProfile::client_tokens`].
    #[must_use]
    pub fn device_cookies(&self) -> DeviceCookies {
        DeviceCookies::for_tenant(&self.keys, self.id())
    }

    /// As [`TenantProfile::client_tokens`]; of the console's forms.
    #[must_use]
    pub fn form_tokens(&self) -> FormTokens {
        FormTokens::for_console(&self.keys, self.id())
    }

    /// As [`TenantProfile::client_tokens`].
    #[must_use]
    pub fn request_links(&self) -> RequestLinks {
        RequestLinks::for_tenant(&self.keys, self.id())
    }

    /// As [`TenantProfile::client_tokens`]; of the console's mails.
    #[must_use]
    pub fn invite_links(&self) -> InviteLinks {
        InviteLinks::for_tenant(&self.keys, self.id())
    }

    /// Where the pictures of its users are.
    #[must_use]
    pub fn avatars(&self) -> Avatars {
        Avatars::new(&self.pages_url, self.tenant.brand_color.as_deref())
    }

    /// The address that people are told to write to.
    #[must_use]
    pub fn support_email(&self) -> Option<&str> {
        self.tenant.support_email.as_deref()
    }
}

/// Profiles by every name they were asked for.
pub(super) struct Profiles {
    cached: RecentShared<TenantName, Seen>,
    /// Hosts that are no tenant's, and when that was read: a host comes with every request. Kept
    /// apart, because strangers invent them and must not push tenants out.
    nobodys: RecentShared<TenantName, Duration>,
    keys: Arc<MasterKeys>,
    public_url: Url,
}

/// What a name meant when it was last read.
#[derive(Clone)]
struct Seen {
    profile: Arc<TenantProfile>,
    /// Monotonic.
    read: Duration,
}

/// What is known of a name without asking the database.
pub(super) enum Known {
    /// Read within the last second; `None`: no tenant has it.
    Fresh(Option<Arc<TenantProfile>>),
    Unknown,
}

impl Profiles {
    pub fn new(keys: Arc<MasterKeys>, public_url: Url) -> Self {
        let (cached, nobodys) = (RecentShared::new(CACHED), RecentShared::new(NOBODYS));
        Self { cached, nobodys, keys, public_url }
    }

    /// What was read within the last second: no wait, for the web thread.
    pub fn fresh(&self, name: &TenantName, monotonic: Duration) -> Known {
        let fresh = |read: Duration| monotonic.saturating_sub(read) < TRUST;
        if let Some(seen) = self.cached.get(name) {
            return if fresh(seen.read) {
                Known::Fresh(Some(seen.profile))
            } else {
                Known::Unknown
            };
        }
        match name {
            TenantName::OwnHost(_) if self.nobodys.get(name).is_some_and(fresh) => {
                Known::Fresh(None)
            }
            TenantName::Id(_)
            | TenantName::Slug(_)
            | TenantName::OwnHost(_)
            | TenantName::KeyHash(_) => Known::Unknown,
        }
    }

    /// The profile, read if need be; `None` for a name that no tenant has.
    pub async fn find(
        &self,
        reader: &Reader,
        name: TenantName,
        monotonic: Duration,
    ) -> Result<Option<Arc<TenantProfile>>, StoreError> {
        if let Known::Fresh(profile) = self.fresh(&name, monotonic) {
            return Ok(profile);
        }
        let Some(tenant) = reader.tenant(name.clone()).await? else {
            self.cached.remove(&name);
            // Slugs and keys that nobody has are not remembered: a read each is all they cost.
            if matches!(name, TenantName::OwnHost(_)) {
                self.nobodys.insert(name, monotonic);
            }
            return Ok(None);
        };
        // Deriving keys costs more than comparing rows.
        let known = self.cached.get(&name).map(|seen| seen.profile);
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
        self.cached.insert(name, Seen { profile: Arc::clone(&profile), read: monotonic });
        Ok(Some(profile))
    }

    /// Looks at every cached profile.
    pub fn each(&self, look: impl Fn(&TenantProfile)) {
        self.cached.retain(|_, seen| {
            look(&seen.profile);
            true
        });
    }

    /// Drops what is cached about a tenant, after a change made here or by another node. Hosts that
    /// are nobody's may be its own now.
    pub fn forget(&self, id: &TenantId) {
        self.cached.retain(|_, seen| seen.profile.id() != id);
        self.nobodys.clear();
    }

    /// Drops everything that is cached.
    pub fn clear(&self) {
        self.cached.clear();
        self.nobodys.clear();
    }

    /// Forgets names that were not asked for since the last call.
    pub fn turn(&self) {
        self.cached.turn();
        self.nobodys.turn();
    }
}
