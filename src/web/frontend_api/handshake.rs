//! The handshake: a browser that the app's server could not make out is sent here, where its client
//! cookie is, and back with what cookies the app's own host shall have, signed. It changes nothing.
//! And the way by here that brings nothing back.
//! Knows nothing of why the server asked.

use actix_web::cookie::time::Duration as CookieAge;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{HOST, LOCATION, REFERRER_POLICY};
use actix_web::{HttpRequest, HttpResponse, web};
use url::Url;

use super::answer::{app_domain, live_sessions};
use super::front_door::{Caller, app_page};
use crate::model::{ClientId, Millis};
use crate::tenant::ClientHandle;
use crate::web::body::Params;
use crate::web::cookie::LONGEST_LIFE;
use crate::web::doors::Doors;
use crate::web::operation::Verb;
use crate::web::operation::{Answered, Kind, NOTHING, Operation, Param, Param::May, Param::Must};
use crate::web::tenant_path::host_name;
use crate::web::{ApiError, ErrorKind};

/// Longest address to go back to, in bytes.
const MAX_URL_BYTES: usize = 2_048;
/// Clerk's names.
const HANDSHAKE: &str = "__clerk_handshake";
const SESSION: &str = "__session";
const LAST_CHANGE: &str = "__client_uat";
const DEV_BROWSER: &str = "__clerk_db_jwt";
/// The way back takes a moment.
const HANDSHAKE_LIFE: CookieAge = CookieAge::minutes(1);

/// `GET client/handshake`: 307 back to `redirect_url`.
pub(super) async fn handshake(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let query = Params::of_query(&request)?;
    let wanted = query.required("redirect_url", MAX_URL_BYTES)?;
    let mut back = App::find(&doors, &caller, &request, wanted)
        .ok_or_else(|| ApiError::of_param(ErrorKind::ParamValueInvalid, "redirect_url"))?;
    let client = caller.client(&doors, &request).await?;
    let directives = directives(&doors, &caller, client.as_ref(), &back).await?;
    let token = doors.tenants.handshake_token(&caller.profile, directives).await?;
    let mut response = HttpResponse::TemporaryRedirect();
    // The address may hold a token, and the page it leads to loads things from elsewhere.
    response.insert_header((REFERRER_POLICY, "no-referrer"));
    match back.way {
        Way::Query => {
            back.url.query_pairs_mut().append_pair(HANDSHAKE, &token);
        }
        Way::Cookie => {
            let mut cookie = back.cookie(HANDSHAKE, &token, HANDSHAKE_LIFE);
            cookie.set_http_only(true);
            response.cookie(cookie);
        }
    }
    Ok(response.insert_header((LOCATION, back.url.as_str())).finish())
}

/// `GET client/touch`: 307 back to `redirect_url`. The browser library sends people by here so that
/// its cookies are renewed, which ours do not need.
pub(super) async fn touch(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let query = Params::of_query(&request)?;
    let wanted = query.required("redirect_url", MAX_URL_BYTES)?;
    let back = App::find(&doors, &caller, &request, wanted)
        .ok_or_else(|| ApiError::of_param(ErrorKind::ParamValueInvalid, "redirect_url"))?;
    let mut response = HttpResponse::TemporaryRedirect();
    Ok(response.insert_header((LOCATION, back.url.as_str())).finish())
}

/// The page of the app that asked.
struct App {
    url: Url,
    /// The domain that it shares with the tenant's own host.
    domain: Option<String>,
    way: Way,
}

/// How a token comes to the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// On its host, or a domain that it shares: kept out of the address.
    Cookie,
    /// Elsewhere, and for every development tenant, as Clerk does.
    Query,
}

impl App {
    /// `None` for a page to which a session of this tenant must not be handed.
    fn find(doors: &Doors, caller: &Caller, request: &HttpRequest, text: &str) -> Option<Self> {
        let profile = &caller.profile;
        let url = app_page(doors, profile, request, text)?;
        let host = request.headers().get(HOST)?.to_str().ok()?;
        let page = url.host_str()?;
        let within = |domain: &String| {
            page == domain || page.strip_suffix(domain).is_some_and(|sub| sub.ends_with('.'))
        };
        let domain = app_domain(profile, request).filter(within);
        let near = domain.is_some() || host_name(host).is_some_and(|host| host == page);
        let way = if profile.tenant.live && near { Way::Cookie } else { Way::Query };
        Some(Self { url, domain, way })
    }

    fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Readable by scripts, as the browser library wants its cookies.
    fn cookie<'v>(&self, name: &'v str, value: &'v str, life: CookieAge) -> Cookie<'v> {
        let mut cookie = Cookie::new(name, value);
        cookie.set_path("/");
        cookie.set_same_site(SameSite::Lax);
        cookie.set_max_age(life);
        if self.url.scheme() == "https" {
            cookie.set_secure(true);
        }
        if let Some(domain) = &self.domain {
            cookie.set_domain(domain.clone());
        }
        cookie
    }

    fn line(&self, name: &str, value: &str, life: CookieAge) -> String {
        self.cookie(name, value, life).to_string()
    }

    /// For the app's host alone: a session token is not for its neighbours.
    fn own_line(&self, name: &str, value: &str, life: CookieAge) -> String {
        let mut cookie = self.cookie(name, value, life);
        cookie.unset_domain();
        cookie.to_string()
    }
}

/// What cookies the app's host shall have: who is signed in on this client, or that nobody is.
async fn directives(
    doors: &Doors,
    caller: &Caller,
    client: Option<&ClientHandle>,
    app: &App,
) -> Result<Vec<String>, ApiError> {
    let profile = &caller.profile;
    let mut signed_in = None;
    if let Some(known) = client {
        let live = live_sessions(doors, &known.client).await?;
        let active = known.client.last_active_session_id.as_ref();
        let session = live.iter().find(|found| Some(&found.id) == active).or(live.last());
        if let Some(session) = session {
            let token = doors.tenants.session_token(profile, session, Some(app.origin())).await?;
            signed_in = Some((token, known.client.updated_at));
        }
    }
    let years = CookieAge::seconds(i64::try_from(LONGEST_LIFE.as_secs()).unwrap_or(0));
    let at = signed_in.as_ref().map_or(0, |(_, at): &(String, Millis)| at.as_seconds()).to_string();
    let suffixed = |name: &str| [name.to_owned(), format!("{name}_{}", profile.cookie_suffix)];
    let mut lines = Vec::new();
    for name in suffixed(SESSION) {
        lines.push(match &signed_in {
            Some((token, _)) => app.own_line(&name, token, years),
            None => app.own_line(&name, "", CookieAge::ZERO),
        });
    }
    for name in suffixed(LAST_CHANGE) {
        lines.push(app.line(&name, &at, years));
    }
    if !profile.tenant.live {
        // The server library takes no cookie of a development tenant without one; it names nothing.
        let id = ClientId::generate(doors.now()).into_string();
        let digits = id.strip_prefix(ClientId::PREFIX).unwrap_or_default();
        for name in suffixed(DEV_BROWSER) {
            lines.push(app.own_line(&name, &format!("dvb_{digits}"), years));
        }
    }
    match app.way {
        Way::Cookie => lines.push(app.line(HANDSHAKE, "", CookieAge::ZERO)),
        Way::Query => {}
    }
    Ok(lines)
}

/// What the server library sends; all but the first say why and how, which changes nothing here.
const QUERY: &[Param] = &[
    Must("redirect_url", Kind::Text),
    May("format", Kind::Word(&["nonce", "token"])),
    May("suffixed_cookies", Kind::Flag),
    May("__clerk_hs_reason", Kind::Text),
];

const ERRORS: &[ErrorKind] = &[
    ErrorKind::ParamMissing,
    ErrorKind::ParamNil,
    ErrorKind::ParamTooLong,
    ErrorKind::ParamDuplicate,
    ErrorKind::ParamFormatInvalid,
    ErrorKind::ParamValueInvalid,
];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::clerks(Verb::Get, "/client/handshake", "handshakeClient", NOTHING, || {
        web::to(handshake)
    })
    .query(QUERY)
    .answers(&[Answered::Redirect(307)])
    .errors(ERRORS),
    Operation::clerks(Verb::Get, "/client/touch", "touchClient", NOTHING, || web::to(touch))
        .query(&[Must("redirect_url", Kind::Text)])
        .answers(&[Answered::Redirect(307)])
        .errors(ERRORS),
];
