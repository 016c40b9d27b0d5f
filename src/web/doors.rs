//! What every handler is given: the tenants' facade, the base URL, whose forwarded addresses are
//! believed; and the questions every request starts with (which tenant, which source, which
//! client). Knows none of the doors.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpMessage, HttpRequest};

use super::base_url::{BaseUrl, Scheme};
use super::client_address::{ClientAddress, TrustedProxies, client_address};
use super::cookie::CookieName;
use super::request_id::LoggedTenant;
use super::tenant_path::{TenantRef, tenant_ref};
use crate::model::{MailTopic, Millis, Span, TenantId};
use crate::store::Reader;
use crate::store::tenants::TenantName;
use crate::tenant::{ClientHandle, TenantFault, TenantProfile, Tenants};

/// Where mail goes, as far as pages need to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailTransport {
    Smtp,
    /// The built-in mailbox page: shown with a loud banner.
    Mailbox,
}

/// A clock that the demo's landing page may move.
pub trait MovableClock: Send + Sync {
    fn advance(&self, by: Span);
}

/// What is asked of the delivery of mail, by whoever sits before a page.
pub type Asked<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// How a test mail went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestedMail {
    /// Whether the server has it now.
    pub accepted: bool,
    /// One sentence for people.
    pub answer: String,
    pub at: Millis,
}

/// A mail to be looked at.
#[derive(Debug, Clone)]
pub struct MailSample {
    pub topic: MailTopic,
    /// Of the catalogue.
    pub lang: &'static str,
    pub tenant: String,
    pub brand_color: Option<String>,
    pub support_email: Option<String>,
    /// What the tenant's links begin with.
    pub base: String,
    pub at: Millis,
}

/// As it would arrive.
#[derive(Debug, Clone)]
pub struct RenderedMail {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Why no test mail was sent.
#[derive(Debug)]
pub enum TestFault {
    TooMany { retry_after: Span },
    Tenant(TenantFault),
}

/// The delivery of mail, as far as doors may ask it.
pub trait MailDesk: Send + Sync {
    /// Whether a tenant may name this host as its mail server; else why not.
    fn judge<'a>(&'a self, host: &'a str) -> Asked<'a, Result<(), String>>;

    /// A mail with made-up facts, to be looked at; `None` where it cannot be written.
    fn preview(&self, of: &MailSample) -> Option<RenderedMail>;

    /// Sends a test mail now; ends within half a minute.
    fn test(
        &self,
        tenant: TenantId,
        to: String,
        actor: String,
    ) -> Asked<'_, Result<TestedMail, TenantFault>>;
}

/// One account that the demo offers to try.
#[derive(Debug, Clone)]
pub struct DemoAccount {
    pub tenant_slug: String,
    pub identifier: String,
    pub password: String,
    pub note: String,
}

/// What only the demo has.
pub struct Demo {
    pub clock: Arc<dyn MovableClock>,
    pub accounts: Vec<DemoAccount>,
    /// Where commands find the demo's data, as they take it: `sqlite:lockkeeper-demo/demo.db`.
    pub database_url: String,
}

/// Shared by all doors, as actix application data.
pub struct Doors {
    pub tenants: Tenants,
    pub base_url: BaseUrl,
    pub trusted_proxies: TrustedProxies,
    pub mail: MailTransport,
    pub mail_desk: Arc<dyn MailDesk>,
    pub demo: Option<Demo>,
}

impl Doors {
    #[must_use]
    pub fn reader(&self) -> &Reader {
        self.tenants.reader()
    }

    #[must_use]
    pub fn now(&self) -> Millis {
        self.tenants.clock().now()
    }

    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.base_url.scheme()
    }

    /// Sends a test mail, of which a tenant has a few an hour.
    ///
    /// # Errors
    /// [`TestFault`].
    pub async fn test_mail(
        &self,
        profile: &TenantProfile,
        to: &str,
        actor: &str,
    ) -> Result<TestedMail, TestFault> {
        let spent = self.tenants.spend_test_mail(profile);
        spent.map_err(|retry_after| TestFault::TooMany { retry_after })?;
        let sending = self.mail_desk.test(profile.id().clone(), to.to_owned(), actor.to_owned());
        sending.await.map_err(TestFault::Tenant)
    }

    /// The tenant of a request by path or Host; `None` where no such tenant exists.
    ///
    /// # Errors
    /// [`TenantFault::Unavailable`] when the database cannot answer.
    pub async fn tenant(
        &self,
        request: &HttpRequest,
    ) -> Result<Option<Arc<TenantProfile>>, TenantFault> {
        let Some(name) = self.tenant_name(request) else { return Ok(None) };
        let found = match self.tenants.find_cached(&name) {
            Some(profile) => Some(profile),
            None => self.tenants.find(name).await?,
        };
        if let Some(profile) = &found
            && !request.path().starts_with("/t/")
        {
            // The log line reads the slug from the path where it stands there.
            let slug = LoggedTenant(Arc::from(profile.tenant.slug.as_str()));
            request.extensions_mut().insert(slug);
        }
        Ok(found)
    }

    /// Where the request comes from.
    #[must_use]
    pub fn address(&self, request: &HttpRequest) -> ClientAddress {
        client_address(request.peer_addr(), request.headers(), &self.trusted_proxies)
    }

    /// The client of a request by its cookie.
    ///
    /// # Errors
    /// As any read.
    pub async fn client(
        &self,
        profile: &TenantProfile,
        request: &HttpRequest,
    ) -> Result<Option<ClientHandle>, TenantFault> {
        let name = self.client_cookie(profile);
        match name.read(request.headers()) {
            Some(value) => self.tenants.client_of(profile, value).await,
            None => Ok(None),
        }
    }

    /// The cookie that names a tenant's client.
    #[must_use]
    pub fn client_cookie(&self, profile: &TenantProfile) -> CookieName {
        CookieName::client(&profile.cookie_suffix, self.scheme())
    }

    /// How a request names its tenant, by path or Host; whether there is one is not said.
    #[must_use]
    pub fn tenant_name(&self, request: &HttpRequest) -> Option<TenantName> {
        let host = request.headers().get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or("");
        match tenant_ref(request.path(), host, &self.base_url) {
            TenantRef::Slug(slug) => Some(TenantName::Slug(slug.into_owned())),
            TenantRef::OwnHost(host) => Some(TenantName::OwnHost(host.into_owned())),
            TenantRef::None => None,
        }
    }
}
