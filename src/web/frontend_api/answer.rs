//! What this door answers with: the wrapper `{response, client}`, the client as it stands now, and
//! the cookies (or the native app's header) that go with it.

use std::time::Duration;

use actix_web::cookie::time::Duration as CookieAge;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{AUTHORIZATION, HOST, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::front_door::{Caller, Carrier, origin};
use crate::model::{ClientId, Identifier, Millis, SignInId};
use crate::resource;
use crate::store::sessions::{Session, SessionStatus};
use crate::store::sign_ins::{Client, SignIn, SignInStatus};
use crate::store::sign_ups::SignUpRecord;
use crate::tenant::{TenantFault, TenantProfile, UserCard};
use crate::web::ApiError;
use crate::web::base_url::Scheme;
use crate::web::cookie::LONGEST_LIFE;
use crate::web::doors::Doors;
use crate::web::error;
use crate::web::tenant_path::host_name;

/// A client cookie lives as long as browsers allow: it only names the installation.
const CLIENT_COOKIE_LIFE: Duration = LONGEST_LIFE;

/// A client as it stands after the request.
pub(super) struct ClientState {
    pub resource: Value,
    /// Its live sessions, oldest first.
    pub live: Vec<Session>,
    /// The time of the last change; its seconds say when somebody signed in.
    pub updated_at: Millis,
    /// The sign-in that was asked for beside it.
    pub asked: Option<SignIn>,
}

/// The client that an answer is about.
#[derive(Clone, Copy)]
pub(super) enum ClientOf<'a> {
    /// As the request was admitted: nothing is shown of it where its token was replaced since.
    Admitted(&'a Client),
    /// Its token goes out with the answer.
    Given(&'a ClientId),
}

impl<'a> ClientOf<'a> {
    /// One that was there before, or was made for this request.
    pub fn of(known: Option<&'a Client>, made: &'a ClientId) -> Self {
        known.map_or(Self::Given(made), Self::Admitted)
    }
}

/// Reads a client with its live sessions, their users and its unfinished sign-in. The active
/// session gets a fresh token: one signature a request, however many sessions there are.
pub(super) async fn client_state(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    of: ClientOf<'_>,
) -> Result<Option<ClientState>, ApiError> {
    client_state_and(doors, caller, request, of, None).await
}

/// As [`client_state`], with a sign-in that the answer is about.
pub(super) async fn client_state_and(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    of: ClientOf<'_>,
    asked: Option<SignInId>,
) -> Result<Option<ClientState>, ApiError> {
    let profile = &caller.profile;
    let (id, known) = match of {
        ClientOf::Admitted(client) => (client.id.clone(), Some(client.clone())),
        ClientOf::Given(id) => (id.clone(), None),
    };
    let found = doors.tenants.client_card(profile, id, known, asked).await?;
    let Some(mut card) = found else { return Ok(None) };
    let mut live = std::mem::take(&mut card.sessions);
    let last_strategy = live.last().and_then(|session| session.strategy.clone());
    live.retain(|session| session.status_at(doors.now()) == SessionStatus::Active);
    let active_id = card.client.last_active_session_id.clone();
    let active = |session: &Session| Some(&session.id) == active_id.as_ref();
    let (mut resources, avatars) = (Vec::with_capacity(live.len()), profile.avatars());
    for session in &live {
        let Some(user) = card.user(&session.user_id) else { continue };
        let token = match active(session) {
            true => fresh_token(doors, caller, request, session).await,
            false => None,
        };
        let (token, now) = (token.as_deref(), doors.now());
        resources.push(resource::session::session(session, user, token, now, &avatars));
    }
    if !live.iter().any(active) {
        card.client.last_active_session_id = live.last().map(|session| session.id.clone());
    }
    let sign_in = match &card.sign_in {
        Some(sign_in) => Some(sign_in_resource(doors, profile, sign_in).await?),
        None => None,
    };
    let sign_up = match &card.sign_up {
        Some(record) => Some(sign_up_resource(doors, profile, record).await?),
        None => None,
    };
    let last = last_strategy.as_deref();
    let resource = resource::client::client(&card.client, resources, sign_in, sign_up, last);
    let updated_at = card.client.updated_at;
    Ok(Some(ClientState { resource, live, updated_at, asked: card.asked }))
}

/// The client's sessions that live now, oldest first.
pub(super) async fn live_sessions(
    doors: &Doors,
    client: &Client,
) -> Result<Vec<Session>, ApiError> {
    let mut sessions = all_sessions(doors, client).await?;
    let now = doors.now();
    sessions.retain(|session| session.status_at(now) == SessionStatus::Active);
    Ok(sessions)
}

/// Every session that the client ever had and that is still kept, oldest first.
async fn all_sessions(doors: &Doors, client: &Client) -> Result<Vec<Session>, ApiError> {
    let all = doors.reader().sessions_of_client(client.clone()).await;
    Ok(all.map_err(TenantFault::from)?)
}

/// A token to go with an answer that is good without one: where signing is overloaded the client
/// library asks again.
async fn fresh_token(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    session: &Session,
) -> Option<String> {
    doors.tenants.session_token(&caller.profile, session, origin(request)).await.ok()
}

/// A sign-in with what is asked for next. Only who has passed a first factor is told the second
/// ones; what was sent is shown for a name that nobody has, too.
pub(super) async fn sign_in_resource(
    doors: &Doors,
    profile: &TenantProfile,
    sign_in: &SignIn,
) -> Result<Value, ApiError> {
    let waits = sign_in.status == SignInStatus::NeedsSecondFactor;
    let second = match sign_in.user_id.clone().filter(|_| waits) {
        Some(user) => {
            let card = doors.tenants.user(profile, user).await?;
            card.map(resource::sign_in::SecondFactors::of)
        }
        None => None,
    };
    let code = match sign_in.prepared_code.clone() {
        Some(id) => {
            let found = doors.reader().code(profile.id().clone(), id).await;
            found.map_err(TenantFault::from)?
        }
        None => None,
    };
    let shown = resource::sign_in::Shown { second, code, now: doors.now() };
    let silent_id = |named: &Identifier| profile.phantoms.silent_factor_id(&named.key);
    Ok(resource::sign_in::sign_in(sign_in, silent_id, &shown))
}

/// A sign-up with what was sent to its address.
pub(super) async fn sign_up_resource(
    doors: &Doors,
    profile: &TenantProfile,
    record: &SignUpRecord,
) -> Result<Value, ApiError> {
    let code = match record.email() {
        Some(address) => doors.tenants.code_of(profile, address).await?,
        None => None,
    };
    Ok(resource::sign_up::sign_up(record, code.as_ref(), doors.now()))
}

/// A session with its user and a token, as the answer about itself.
pub(super) async fn session_resource(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    session: &Session,
) -> Result<Value, ApiError> {
    let card = user_card(doors, caller, session).await?;
    let now = doors.now();
    let token = match session.status_at(now) == SessionStatus::Active {
        true => fresh_token(doors, caller, request, session).await,
        false => None,
    };
    let avatars = caller.profile.avatars();
    Ok(resource::session::session(session, &card, token.as_deref(), now, &avatars))
}

/// The user of a session. Deleting one ends its sessions, so that only a race misses here.
async fn user_card(
    doors: &Doors,
    caller: &Caller,
    session: &Session,
) -> Result<UserCard, ApiError> {
    let found = doors.tenants.user(&caller.profile, session.user_id.clone()).await?;
    found.ok_or_else(|| ApiError::not_found("user"))
}

/// `{response, client}`.
pub(super) fn wrapped(response: Value, client: Option<Value>) -> Result<HttpResponse, ApiError> {
    error::json(&json!({ "response": response, "client": client }))
}

/// Hands a client its token: the cookie, or the header that native apps store. Never an empty
/// header: iOS would erase what it has.
pub(super) fn give_client(
    doors: &Doors,
    caller: &Caller,
    response: &mut HttpResponse,
    token: &str,
) -> Result<(), ApiError> {
    match caller.carrier {
        Carrier::Cookie => {
            let name = doors.client_cookie(&caller.profile);
            let cookie = name.with_value(token, CLIENT_COOKIE_LIFE);
            response.add_cookie(&cookie).map_err(|_| ApiError::internal())
        }
        Carrier::Header => {
            let value = HeaderValue::from_str(token).map_err(|_| ApiError::internal())?;
            response.headers_mut().insert(AUTHORIZATION, value);
            Ok(())
        }
    }
}

/// Tells the app's servers when somebody last signed in here (`Some`), or that nobody is (`None`:
/// `0`): `__client_uat`, plain and suffixed, readable by scripts. Clerk's browser library writes it
/// itself for development tenants.
pub(super) fn give_last_change(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    response: &mut HttpResponse,
    at: Option<Millis>,
) -> Result<(), ApiError> {
    let profile = &caller.profile;
    if caller.carrier == Carrier::Header || !profile.tenant.live {
        return Ok(());
    }
    let seconds = at.map_or(0, Millis::as_seconds).to_string();
    for name in ["__client_uat".to_owned(), format!("__client_uat_{}", profile.cookie_suffix)] {
        let mut cookie = Cookie::new(name, seconds.clone());
        cookie.set_path("/");
        cookie.set_same_site(SameSite::Lax);
        let life = i64::try_from(CLIENT_COOKIE_LIFE.as_secs()).unwrap_or(0);
        cookie.set_max_age(CookieAge::seconds(life));
        match doors.scheme() {
            Scheme::Https => cookie.set_secure(true),
            Scheme::Http => {}
        }
        if let Some(domain) = app_domain(profile, request) {
            cookie.set_domain(domain);
        }
        response.add_cookie(&cookie).map_err(|_| ApiError::internal())?;
    }
    Ok(())
}

/// The domain that the app shares with the tenant's own host: `acme.com` of `clerk.acme.com`.
/// `None` by path or on our own hosts, where the cookie stays with the host.
pub(super) fn app_domain(profile: &TenantProfile, request: &HttpRequest) -> Option<String> {
    let own = profile.tenant.own_host.as_deref()?;
    let asked = host_name(request.headers().get(HOST)?.to_str().ok()?)?;
    if host_name(own)? != asked {
        return None;
    }
    let (_, parent) = asked.split_once('.')?;
    parent.contains('.').then(|| parent.to_owned())
}
