//! Sign-in links: where a browser that follows one arrives, and from where it is sent back to the app.
//! Only the browser that asked is let in, so that a mail scanner that follows every link, or whoever
//! else reads the mail, signs nobody in and uses nothing up. Decides nothing itself.

use actix_web::http::header::{LOCATION, REFERRER_POLICY};
use actix_web::{HttpRequest, HttpResponse, web};
use url::Url;

use super::answer::{ClientOf, client_state, give_client, give_last_change};
use super::front_door::{Caller, app_page};
use super::sign_ins::place;
use crate::model::{ClientId, SessionId};
use crate::resource;
use crate::sign_in::{Action, Run, Strategy, judge};
use crate::store::one_time_codes::CodeFault;
use crate::store::sign_ins::SignIn;
use crate::tenant::{AttemptAnswer, ClientHandle, LinkAttempt, TenantFault};
use crate::token::{MAX_SIGN_IN_LINK_CHARS, OpenedLink, SignInLink, TokenFault};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::operation::{Answered, Kind, Operation, Param::Must, Takes, Verb};
use crate::web::{ApiError, ErrorKind};

/// Longest address to go back to, in bytes.
const MAX_URL_BYTES: usize = 2_048;

/// What the app is told, in Clerk's words.
enum Outcome {
    /// With the session, where nothing else is asked for.
    Verified(Option<SessionId>, Renewed),
    Expired,
    Failed,
    ClientMismatch,
}

/// The client that a right link carried on, under its new token.
struct Renewed {
    client: ClientId,
    token: String,
    /// The known device that the browser has become.
    lane: Option<String>,
}

impl Outcome {
    const fn status(&self) -> &'static str {
        match self {
            Self::Verified(..) => "verified",
            Self::Expired => "expired",
            Self::Failed => "failed",
            Self::ClientMismatch => "client_mismatch",
        }
    }
}

/// The address of the app to which a link brings the browser back; what a link is asked for with.
///
/// # Errors
/// 422 where there is none, or the tenant knows nothing of it.
pub(super) fn way_back(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    params: &Params,
) -> Result<String, ApiError> {
    let wanted = params.required("redirect_url", MAX_URL_BYTES)?;
    let page = app_page(doors, &caller.profile, request, wanted);
    // As long as it was, however it is written.
    let page = page.map(String::from).filter(|page| page.len() <= MAX_URL_BYTES);
    page.ok_or_else(|| ApiError::of_param(ErrorKind::ParamValueInvalid, "redirect_url"))
}

/// `GET verify`: 303 back to the app.
pub(super) async fn verify(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let query = Params::of_query(&request)?;
    let token = query.required_secret("token", MAX_SIGN_IN_LINK_CHARS)?;
    let (link, outcome) = match doors.tenants.sign_in_link(&caller.profile, token) {
        Err(TokenFault::Forged | TokenFault::Expired) => {
            return Err(ApiError::of(ErrorKind::LinkTokenInvalid));
        }
        Ok(OpenedLink::Over(link)) => (link, Outcome::Expired),
        Ok(OpenedLink::Live(link)) => {
            let outcome = followed(&doors, &caller, &request, &link).await?;
            (link, outcome)
        }
    };
    back(&doors, &caller, &request, &link, outcome).await
}

async fn followed(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    link: &SignInLink,
) -> Result<Outcome, ApiError> {
    let profile = &caller.profile;
    let found = doors.reader().sign_in(profile.id().clone(), link.sign_in.clone()).await;
    let Some(sign_in) = found.map_err(TenantFault::from)? else { return Ok(Outcome::Failed) };
    let asking = caller.client(doors, request).await?;
    let Some(client) = asking.filter(|client| client.client.id == sign_in.client_id) else {
        return Ok(Outcome::ClientMismatch);
    };
    let Some(key) = sign_in.canonical_key.clone().filter(|_| waits(doors, &sign_in, &client, link))
    else {
        return Ok(Outcome::Failed);
    };
    let attempt = LinkAttempt {
        profile: profile.clone(),
        link: link.clone(),
        key,
        source: doors.address(request).source,
        browser: caller.browser(doors, request),
        client: client.client.id,
    };
    Ok(match doors.tenants.attempt_link(attempt).await? {
        AttemptAnswer::Complete(done) => {
            let renewed =
                Renewed { client: done.client, token: done.client_token, lane: done.lane_token };
            Outcome::Verified(Some(done.session), renewed)
        }
        AttemptAnswer::Passed(passed) => {
            let renewed = Renewed { client: passed.client, token: passed.client_token, lane: None };
            Outcome::Verified(None, renewed)
        }
        AttemptAnswer::Unusable(CodeFault::Expired) => Outcome::Expired,
        AttemptAnswer::Unusable(CodeFault::Missing | CodeFault::Spent)
        | AttemptAnswer::Locked(_)
        | AttemptAnswer::Wrong { .. }
        | AttemptAnswer::WrongAndLocked(_)
        | AttemptAnswer::Verified(_)
        | AttemptAnswer::Banned
        | AttemptAnswer::Deleted
        | AttemptAnswer::SignInVoid
        | AttemptAnswer::FactorDied => Outcome::Failed,
    })
}

/// Whether the sign-in still waits for this very link: it was not used, and no newer one was sent.
fn waits(doors: &Doors, sign_in: &SignIn, client: &ClientHandle, link: &SignInLink) -> bool {
    let run = Run {
        status: resource::sign_in::status(sign_in.status),
        place: place(sign_in, client),
        abandon_at: sign_in.abandon_at,
    };
    judge(&run, Action::AttemptFirstFactor, doors.now()).is_ok()
        && sign_in.prepared.as_deref() == Some(Strategy::EmailLink.as_str())
        && sign_in.prepared_code.as_ref() == Some(&link.code)
}

async fn back(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    link: &SignInLink,
    outcome: Outcome,
) -> Result<HttpResponse, ApiError> {
    // It was an address when it was sealed.
    let mut url = Url::parse(&link.redirect_url).map_err(|_| ApiError::internal())?;
    url.query_pairs_mut().append_pair("__clerk_status", outcome.status());
    if let Outcome::Verified(Some(session), _) = &outcome {
        url.query_pairs_mut().append_pair("__clerk_created_session", session.as_str());
    }
    let mut response = HttpResponse::SeeOther();
    // The address that leads here holds the token.
    response.insert_header((REFERRER_POLICY, "no-referrer"));
    let mut response = response.insert_header((LOCATION, url.as_str())).finish();
    if let Outcome::Verified(session, renewed) = &outcome {
        give_client(doors, caller, &mut response, &renewed.token)?;
        doors.give_lane(&caller.profile, request, &mut response, renewed.lane.as_deref());
        if session.is_some() {
            // Told from the row, as everywhere; without it the browser library asks again.
            let state = client_state(doors, caller, request, ClientOf::Given(&renewed.client))
                .await
                .ok()
                .flatten();
            let at = state.map(|state| state.updated_at);
            give_last_change(doors, caller, request, &mut response, at)?;
        }
    }
    Ok(response)
}

pub(super) const OPERATIONS: &[Operation] =
    &[Operation::clerks(Verb::Get, "/verify", "verify", &[Takes::Proof], || web::to(verify))
        .query(&[Must("token", Kind::Secret)])
        .answers(&[Answered::Redirect(303)])
        .errors(&[
            ErrorKind::LinkTokenInvalid,
            ErrorKind::ParamMissing,
            ErrorKind::ParamNil,
            ErrorKind::ParamTooLong,
            ErrorKind::ParamDuplicate,
            ErrorKind::ParamFormatInvalid,
        ])];
