//! The guard of every page. A handler is given one of six things that only this file can make:
//! [`Looks`], [`Acts`], [`Sends`] and [`Uploads`] within a tenant, [`Stands`] and [`Moves`] outside of one. Each was asked for
//! session, tenant, role and (where something changes) origin and form token, so that a page that
//! forgets one of them does not compile.

use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Data;
use actix_web::{Error, FromRequest, HttpRequest, HttpResponse};
use askama::Template;
use url::form_urlencoded::byte_serialize;

use super::fault;
use super::hall::Hall;
use super::view::attacks::GOES_ON;
use super::view::done::Done;
use super::view::fault::Fault;
use super::view::frame::{Crumb, Entry, Frame, front_of};
use crate::model::{Millis, Span};
use crate::store::Reader;
use crate::store::entry_counts::EntryCounts;
use crate::store::team::Role;
use crate::store::tenants::TenantName;
use crate::tenant::{SealOnDrop, Staff, TenantFault, TenantProfile, Tenants};
use crate::text::Zone;
use crate::web::ApiError;
use crate::web::body::{Params, parse_form, read_body, read_long_body};
use crate::web::cookie::CookieName;
use crate::web::csrf::{self, Started};
use crate::web::doors::Doors;
use crate::web::error_code::ErrorKind;
use crate::web::multipart::Parts;
use crate::web::page::{html, html_headers};
use crate::web::page_table::{May, Page, READERS, Verb};
use crate::web::security_headers::PageRules;
use crate::web::tenant_path::is_slug;

/// The field of a form that carries its token.
pub const FORM_TOKEN: &str = "form_token";
/// How long a browser keeps what the next page is to say.
const DONE_LIFE: Span = Span::MINUTE.times(10);
const DONE: &str = "console-done";
/// Longest address that a sign-in leads back to.
const MAX_BACK_BYTES: usize = 1024;

/// `Err` is a page too: one that ends the visit early.
pub(super) type Answer = Result<HttpResponse, HttpResponse>;

/// Somebody who may see this page of a tenant.
pub(super) struct Looks(pub Desk);
/// Somebody who may do what this form of a tenant does.
pub(super) struct Acts {
    pub desk: Desk,
    pub form: Params,
}
/// The same with a file in the form.
pub(super) struct Sends {
    pub desk: Desk,
    pub form: Params,
    pub file: Option<Vec<u8>>,
}
/// The same with a file that makes a body of up to `MOST` bytes.
pub(super) struct Uploads<const MOST: usize> {
    pub desk: Desk,
    /// `None` for a larger one: nothing was read, its token neither, and nothing may be done.
    pub sent: Option<(Params, Option<Vec<u8>>)>,
}
/// Somebody of the staff, outside of any tenant.
pub(super) struct Stands(pub Hall);
/// The same with a form.
pub(super) struct Moves {
    pub hall: Hall,
    pub form: Params,
}

/// A staff member at work in one tenant.
pub(super) struct Desk {
    pub hall: Hall,
    pub profile: Arc<TenantProfile>,
    pub role: Role,
    /// `None` where they could not be counted: a page does without them.
    waits: Option<EntryCounts>,
    /// Of a form: what it did is sealed when it is left.
    _seal: Option<SealOnDrop>,
}

impl Desk {
    pub fn tenants(&self) -> &Tenants {
        &self.hall.doors.tenants
    }

    pub fn reader(&self) -> &Reader {
        self.hall.doors.reader()
    }

    pub fn staff(&self) -> &Staff {
        &self.hall.staff
    }

    pub const fn now(&self) -> Millis {
        self.hall.now
    }

    /// A path of this tenant's console: `rest` starts with a slash.
    pub fn path(&self, rest: &str) -> String {
        format!("/console/{}{rest}", self.profile.tenant.slug)
    }

    pub fn frame(&self, here: Entry) -> Frame {
        let tenant = &self.profile.tenant;
        let crumb = Crumb {
            slug: tenant.slug.clone(),
            name: tenant.name.clone(),
            path: front_of(&tenant.slug, self.role),
        };
        let frame = self.hall.frame_in(crumb, self.role, here);
        let frame = Frame { waits: self.waits, ..frame };
        // Their own zone, else the tenant's.
        match (&self.staff().record.user.time_zone, &tenant.time_zone) {
            (None, Some(zone)) => Frame { zone: Zone::named(zone), ..frame },
            (Some(_), _) | (None, None) => frame,
        }
    }

    pub fn page(&self, status: StatusCode, view: &impl Template) -> HttpResponse {
        self.hall.page(status, view)
    }

    pub fn not_found(&self) -> HttpResponse {
        fault::bare(&self.hall.doors, Fault::NotFound)
    }

    /// Something that their role does not reach.
    pub fn not_allowed(&self) -> HttpResponse {
        fault::bare(&self.hall.doors, Fault::Role(self.role))
    }

    /// A form that no page of ours has.
    pub fn bad_form(&self) -> HttpResponse {
        fault::bare(&self.hall.doors, Fault::BadForm)
    }

    pub fn not_now(&self, fault: &TenantFault) -> HttpResponse {
        fault::not_now(&self.hall.doors, fault)
    }
}

impl Hall {
    /// What `Frame::done` is to say once, if the page before left something.
    pub fn said(&self) -> Option<Done> {
        let sealed = self.done_cookie().read(self.request.headers())?.to_owned();
        self.console.contexts().open(DONE, &sealed, self.now).ok()
    }

    fn done_cookie(&self) -> CookieName {
        let suffix = &self.console.cookie_suffix;
        CookieName::new(&format!("__done_{suffix}"), self.doors.scheme())
    }

    /// A view as an answer. What the page before left is said by it, and not again.
    pub fn page(&self, status: StatusCode, view: &impl Template) -> HttpResponse {
        let mut answer = html(status, &PageRules::CONSOLE, view);
        if self.done_cookie().read(self.request.headers()).is_some() {
            // Our own values hold no character that a cookie cannot.
            let _ = answer.add_cookie(&self.done_cookie().removal());
        }
        answer
    }

    /// "See there": always a GET, so that a reload repeats nothing.
    pub fn see(&self, path: &str) -> HttpResponse {
        see(path)
    }

    /// The same, and the next page says first what was done.
    pub fn done(&self, path: &str, said: &Done) -> HttpResponse {
        let mut answer = see(path);
        let sealed = self.console.contexts().seal(DONE, self.now.after(DONE_LIFE), said);
        if let Ok(sealed) = sealed {
            let cookie = self.done_cookie().with_value(&sealed, DONE_LIFE.to_std()).into_owned();
            let _ = answer.add_cookie(&cookie);
        }
        answer
    }
}

pub(super) fn see(path: &str) -> HttpResponse {
    let mut answer = html_headers(StatusCode::SEE_OTHER, &PageRules::SECRET);
    if let Ok(value) = HeaderValue::from_str(path) {
        answer.headers_mut().insert(LOCATION, value);
    }
    answer
}

/// Whose browser a request is from; `None` where nobody is signed in.
pub(super) async fn staff_at(
    request: &HttpRequest,
    doors: &Doors,
) -> Result<Option<(Arc<TenantProfile>, Staff)>, TenantFault> {
    let Some(console) = doors.tenants.console().await? else { return Ok(None) };
    let cookie = doors.client_cookie(&console);
    let Some(value) = cookie.read(request.headers()) else { return Ok(None) };
    let staff = doors.tenants.staff_of(&console, value).await?;
    Ok(staff.map(|staff| (console, staff)))
}

/// The sign-in page, which leads back to what was asked for.
fn sign_in(request: &HttpRequest) -> HttpResponse {
    let asked = request.uri().path_and_query().map_or("/console", |asked| asked.as_str());
    let plain = *request.method() != Method::POST && asked.len() <= MAX_BACK_BYTES;
    let back = if plain { asked } else { "/console" };
    let back: String = byte_serialize(back.as_bytes()).collect();
    see(&format!("/t/console/sign-in?redirect_url={back}"))
}

/// Everything but the form, in the order in which it may be told.
async fn hall(request: &HttpRequest) -> Result<(Hall, &'static Page), HttpResponse> {
    let Some(doors) = request.app_data::<Data<Doors>>().cloned() else {
        return Err(HttpResponse::new(StatusCode::INTERNAL_SERVER_ERROR));
    };
    if !fault::is_at_home(request, &doors) {
        return Err(fault::bare(&doors, Fault::NotFound));
    }
    let Some(page) = super::pages().find(|page| page.is_asked_by(request)) else {
        return Err(fault::bare(&doors, Fault::NotFound));
    };
    let found = staff_at(request, &doors).await.map_err(|fault| fault::not_now(&doors, &fault))?;
    let Some((console, staff)) = found else {
        return Err(match doors.tenants.console().await {
            Ok(None) => super::hall::nobody_yet(&doors),
            Ok(Some(_)) | Err(_) => sign_in(request),
        });
    };
    let now = doors.now();
    Ok((Hall { request: request.clone(), doors, console, staff, now }, page))
}

/// Whether a form reaches the accounts of a tenant, or the ways in which they are proved. In the tenant
/// that the staff are users of, who may send one can become an owner: only owners may.
fn changes_accounts(page: &Page) -> bool {
    let part = page.path.strip_prefix("/console/{slug}/").and_then(|rest| rest.split('/').next());
    let ways_in = ["users", "keys", "mail", "settings", "webhooks"];
    page.verb == Verb::Post && part.is_some_and(|part| ways_in.contains(&part))
}

async fn desk(request: &HttpRequest) -> Result<Desk, HttpResponse> {
    let (hall, page) = hall(request).await?;
    let not_found = |hall: &Hall| fault::bare(&hall.doors, Fault::NotFound);
    let May::These(roles) = page.may else { return Err(not_found(&hall)) };
    let slug = request.match_info().get("slug").unwrap_or_default();
    if !is_slug(slug) {
        return Err(not_found(&hall));
    }
    let (tenants, name) = (&hall.doors.tenants, TenantName::Slug(slug.to_owned()));
    let not_now = |fault: &TenantFault| fault::not_now(&hall.doors, fault);
    let profile = match tenants.find_cached(&name) {
        Some(profile) => Some(profile),
        None => tenants.find(name).await.map_err(|fault| not_now(&fault))?,
    };
    let Some(profile) = profile else { return Err(not_found(&hall)) };
    let role = tenants.role_in(&hall.console, &profile, hall.staff.id()).await;
    let Some(role) = role.map_err(|fault| not_now(&fault))? else { return Err(not_found(&hall)) };
    let over_staff = profile.id() == hall.console.id() && changes_accounts(page);
    if !roles.contains(&role) || (over_staff && role != Role::Owner) {
        return Err(fault::bare(&hall.doors, Fault::Role(role)));
    }
    // The session says how it began; who has signed in with both is let in.
    let proved = hall.staff.session.second_factor_at.is_some();
    if profile.tenant.staff_second_factor && !proved {
        return Err(fault::bare(&hall.doors, Fault::SecondFactor));
    }
    let (now, all) = (hall.now, READERS.contains(&role));
    let campaigns_since = all.then(|| now.before(GOES_ON));
    let waits = hall.doors.reader().entry_counts(profile.id().clone(), now, campaigns_since).await;
    Ok(Desk { hall, profile, role, waits: waits.ok(), _seal: None })
}

/// The desk of a form.
async fn desk_of_form(request: &HttpRequest) -> Result<Desk, HttpResponse> {
    let desk = desk(request).await?;
    let seal = desk.tenants().seal_on_drop(desk.profile.id());
    Ok(Desk { _seal: Some(seal), ..desk })
}

/// A form of the staff's own pages, from this very session.
async fn form_of(
    hall: &Hall,
    body: impl Future<Output = Result<Params, ApiError>>,
) -> Result<Params, HttpResponse> {
    let refuse = |fault: Fault| fault::bare(&hall.doors, fault);
    let (request, doors) = (&hall.request, &hall.doors);
    let started = csrf::started(request.method(), request.headers(), doors.base_url.origin());
    if started == Started::Elsewhere {
        return Err(refuse(Fault::OtherSite));
    }
    let form = body.await.map_err(|error| refuse(fault::of_body(&error)))?;
    let sent = form.raw(FORM_TOKEN).unwrap_or_default();
    if !hall.console.form_tokens().is_of(&hall.staff.session.id, sent) {
        return Err(refuse(Fault::OldForm));
    }
    Ok(form)
}

type Asked<T> = Pin<Box<dyn Future<Output = Result<T, Error>>>>;

fn early(page: HttpResponse) -> Error {
    InternalError::from_response("the visit ends here", page).into()
}

impl FromRequest for Looks {
    type Error = Error;
    type Future = Asked<Self>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Ok(Self(desk(&request).await.map_err(early)?)) })
    }
}

impl FromRequest for Acts {
    type Error = Error;
    type Future = Asked<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, body) = (request.clone(), Params::from_request(request, payload));
        Box::pin(async move {
            let desk = desk_of_form(&request).await.map_err(early)?;
            let form = form_of(&desk.hall, body).await.map_err(early)?;
            Ok(Self { desk, form })
        })
    }
}

impl FromRequest for Sends {
    type Error = Error;
    type Future = Asked<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, body) = (request.clone(), read_body(request, payload.take()));
        Box::pin(async move {
            let desk = desk_of_form(&request).await.map_err(early)?;
            let mut file = None;
            let read = async {
                let parts = parts(&request, &body.await?)?;
                file = parts.file;
                Ok(Params::from_pairs(parts.fields))
            };
            let form = form_of(&desk.hall, read).await.map_err(early)?;
            Ok(Self { desk, form, file })
        })
    }
}

impl<const MOST: usize> FromRequest for Uploads<MOST> {
    type Error = Error;
    type Future = Asked<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, body) = (request.clone(), read_long_body(request, payload.take(), MOST));
        Box::pin(async move {
            let desk = desk_of_form(&request).await.map_err(early)?;
            let body = body.await;
            let large = |error: &ApiError| error.status == StatusCode::PAYLOAD_TOO_LARGE;
            if body.as_ref().is_err_and(large) {
                return Ok(Self { desk, sent: None });
            }
            let mut file = None;
            let read = async {
                let parts = parts(&request, &body?)?;
                file = parts.file;
                Ok(Params::from_pairs(parts.fields))
            };
            let form = form_of(&desk.hall, read).await.map_err(early)?;
            Ok(Self { desk, sent: Some((form, file)) })
        })
    }
}

/// A form with a file, or one without.
fn parts(request: &HttpRequest, body: &[u8]) -> Result<Parts, ApiError> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let parts = kind.and_then(|kind| Parts::read(kind, body));
    let plain = || Some(Parts { fields: parse_form(body)?, file: None });
    let odd = || ApiError::filled(ErrorKind::BodyInvalid, &["it is no form"]);
    parts.or_else(plain).ok_or_else(odd)
}

impl FromRequest for Stands {
    type Error = Error;
    type Future = Asked<Self>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Ok(Self(hall(&request).await.map_err(early)?.0)) })
    }
}

impl FromRequest for Moves {
    type Error = Error;
    type Future = Asked<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, body) = (request.clone(), Params::from_request(request, payload));
        Box::pin(async move {
            let (hall, _page) = hall(&request).await.map_err(early)?;
            let form = form_of(&hall, body).await.map_err(early)?;
            Ok(Self { hall, form })
        })
    }
}
