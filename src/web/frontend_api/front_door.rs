//! The questions every request of this door starts with: which tenant, by cookie or as a native
//! app, which client. The tenant is found once, by a middleware around the whole scope, which also
//! turns away what pages of strange origins send.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, RequestHead, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, HOST, HeaderMap, ORIGIN};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, web};
use url::Url;

use crate::store::tenants::TenantName;
use crate::tenant::{Browser, ClientHandle, TenantProfile};
use crate::web::cors::is_same_loopback;
use crate::web::doors::Doors;
use crate::web::redirect::RedirectList;
use crate::web::tenant_path::slug_in_path;
use crate::web::{ApiError, ErrorKind};

/// Longest `Origin` compared or repeated in a text, in bytes: a scheme, a host name and a port.
const MAX_ORIGIN_BYTES: usize = 300;

/// How a client shows who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carrier {
    /// A browser: the tenant's client cookie.
    Cookie,
    /// An app: the `Authorization` header, which no page of another site can make a browser send.
    Header,
}

/// Who asks, before any row was read.
pub(super) struct Caller {
    pub profile: Arc<TenantProfile>,
    pub carrier: Carrier,
}

impl Caller {
    /// The client that this request belongs to; `None` for a new, forged or replaced one.
    pub(super) async fn client(
        &self,
        doors: &Doors,
        request: &HttpRequest,
    ) -> Result<Option<ClientHandle>, ApiError> {
        let found = match self.carrier {
            Carrier::Cookie => doors.client(&self.profile, request).await?,
            Carrier::Header => match native_token(request.headers()) {
                Some(token) => doors.tenants.client_of(&self.profile, token).await?,
                None => None,
            },
        };
        Ok(found)
    }

    /// What the caller's browser claims; an app without cookies claims nothing and is given nothing.
    pub(super) fn browser(&self, doors: &Doors, request: &HttpRequest) -> Browser {
        match self.carrier {
            Carrier::Cookie => doors.browser(&self.profile, request),
            Carrier::Header => Browser::NONE,
        }
    }

    /// As [`Caller::client`], for what needs one.
    ///
    /// # Errors
    /// 400 `client_not_found`.
    pub(super) async fn known_client(
        &self,
        doors: &Doors,
        request: &HttpRequest,
    ) -> Result<ClientHandle, ApiError> {
        let found = self.client(doors, request).await?;
        found.ok_or_else(|| ApiError::of(ErrorKind::ClientNotFound))
    }
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.extensions().get::<Arc<TenantProfile>>().cloned();
        // Left by the middleware below; without it this scope was wired wrongly.
        let caller = found.ok_or_else(ApiError::internal);
        ready(caller.and_then(|profile| Ok(Self { profile, carrier: carrier(request)? })))
    }
}

/// Finds the tenant and leaves it in the request; the log line learns of it by the path.
pub(super) async fn find_tenant<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match admitted(request.request()).await {
        Ok(profile) => {
            request.extensions_mut().insert(profile);
            Ok(next.call(request).await?.map_into_boxed_body())
        }
        // As an answer, not as a failed service: the envelope is written around answers.
        Err(error) => Ok(request.error_response(error)),
    }
}

async fn admitted(request: &HttpRequest) -> Result<Arc<TenantProfile>, ApiError> {
    let doors = request.app_data::<web::Data<Doors>>().ok_or_else(ApiError::internal)?;
    let profile = doors.tenant(request).await?.ok_or_else(|| ApiError::not_found("application"))?;
    refuse_strange_origin(doors, &profile, request)?;
    Ok(profile)
}

/// Refuses what a page of an origin that nobody listed sends, before anything is read or set:
/// without this such a page could sign its visitor in to an account of its own choice (login CSRF),
/// because a form needs no answer. Reading changes nothing and is left to CORS; who sends no
/// `Origin` is no page. The preflight comes this way too, and so learns the reason.
///
/// # Errors
/// 400 `origin_invalid`, or `origin_authorization_headers_conflict` for a page that plays an app.
fn refuse_strange_origin(
    doors: &Doors,
    profile: &TenantProfile,
    request: &HttpRequest,
) -> Result<(), ApiError> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(());
    }
    let mut given = request.headers().get_all(ORIGIN);
    let Some(first) = given.next() else { return Ok(()) };
    carrier(request)?;
    let origin = first.to_str().unwrap_or_default();
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    // Two of them are no browser's, and whoever comes next may read the other one.
    let only = given.next().is_none();
    if only && (is_same_loopback(origin, host) || is_welcome(doors, profile, origin)) {
        return Ok(());
    }
    let shown: String = origin.chars().filter(|c| !c.is_control()).take(MAX_ORIGIN_BYTES).collect();
    Err(ApiError::origin_invalid(&shown))
}

/// Whether pages of `origin` may call this tenant's Frontend API: our own, those that the tenant
/// listed, and those to which it lets people return.
pub(super) fn is_welcome(doors: &Doors, profile: &TenantProfile, origin: &str) -> bool {
    origin == doors.base_url.origin()
        || origin == profile.issuer
        || profile.allowed_origins.iter().any(|listed| listed == origin)
        || RedirectList::parse(&profile.redirect_urls).is_ok_and(|list| list.has_origin(origin))
}

/// A page of an app of this tenant, to which a browser may be sent back with what was done for it.
/// `None` for every other address.
pub(super) fn app_page(
    doors: &Doors,
    profile: &TenantProfile,
    request: &HttpRequest,
    text: &str,
) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let named = !url.username().is_empty() || url.password().is_some();
    if named || !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let origin = url.origin().ascii_serialization();
    let host = request.headers().get(HOST)?.to_str().ok()?;
    let welcome = is_same_loopback(&origin, host) || is_welcome(doors, profile, &origin);
    welcome.then_some(url)
}

/// Whether the tenant of this request welcomes `origin`. Asked on the web threads right after
/// [`find_tenant`], so the profile is at hand.
pub(super) fn is_listed(doors: &Doors, origin: &str, head: &RequestHead) -> bool {
    let Some(slug) = slug_in_path(head.uri.path()) else { return false };
    let name = TenantName::Slug(slug.to_owned());
    let profile = doors.tenants.find_cached(&name);
    profile.is_some_and(|profile| is_welcome(doors, &profile, origin))
}

/// A browser sets `Origin` by itself and an app sets `Authorization`: both together is a page that
/// plays an app, unless the request says that it is one. Apps in a browser's shell (Electron,
/// extensions, Expo on the web) say so and send both; whether their origin is welcome is asked as of
/// every other.
fn carrier(request: &HttpRequest) -> Result<Carrier, ApiError> {
    let query = request.query_string();
    if query.split('&').any(|pair| matches!(pair, "_is_native=1" | "_is_native=true")) {
        return Ok(Carrier::Header);
    }
    let headers = request.headers();
    if headers.contains_key(ORIGIN) && native_token(headers).is_some() {
        return Err(ApiError::of(ErrorKind::OriginAuthorizationConflict));
    }
    Ok(Carrier::Cookie)
}

/// The client token of an app: as it was given out, or behind `Bearer`.
fn native_token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?.trim();
    let token = value.strip_prefix("Bearer").map_or(value, str::trim_start);
    (!token.is_empty()).then_some(token)
}

/// The `Origin` of a request, which session tokens name as their authorized party.
pub(super) fn origin(request: &HttpRequest) -> Option<String> {
    let origin = request.headers().get(ORIGIN)?.to_str().ok()?;
    (origin != "null" && origin.len() <= MAX_ORIGIN_BYTES).then(|| origin.to_owned())
}
