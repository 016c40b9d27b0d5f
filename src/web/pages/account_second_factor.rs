//! Setting an authenticator app up, and taking it away. Only soon after a first factor: whoever finds
//! a browser open must not be able to make the account theirs. The secret is shown once.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use secrecy::ExposeSecret;

use super::own_account::{Own, done, notice, said};
use super::reverification;
use super::sign_in_steps::MAX_CODE_BYTES;
use super::view::{
    AccountNotice, AppCodePage, AppSetUpPage, CodeProblem, RecoveryCodesPage, SecondFactorStatePage,
};
use super::visit::{Answer, Visit, either};
use crate::resource::totp::NewApp;
use crate::tenant::{Enrolment, TenantFault, UserChangeForm};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::error::ApiError;
use crate::web::security_headers::PageRules;

const PATH: &str = "/account/second-factor";

/// `GET /t/{slug}/account/second-factor`
pub(super) async fn show(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    either(try_show(&request, &doors).await)
}

/// `POST /t/{slug}/account/second-factor`: `do` is `begin`, `confirm` (with `code`), `remove` or
/// `prove` (with `password`).
pub(super) async fn submit(
    request: HttpRequest,
    doors: web::Data<Doors>,
    form: Result<Params, ApiError>,
) -> HttpResponse {
    either(try_submit(&request, &doors, form).await)
}

async fn try_show(request: &HttpRequest, doors: &Doors) -> Answer {
    let mut visit = Visit::open(request, doors).await?;
    let own = Own::of(&mut visit, PATH).await?;
    if !own.is_fresh(&visit) {
        return Ok(reverification::ask(&visit, &own, PATH, None));
    }
    let user = &own.card.record.user;
    let page = SecondFactorStatePage {
        frame: visit.frame(),
        notice: notice(&visit),
        has_app: own.card.factors.totp,
        since: user.mfa_enabled_at.filter(|_| own.card.factors.totp),
        has_codes: own.card.factors.recovery_codes,
    };
    Ok(said(&visit, &page))
}

async fn try_submit(
    request: &HttpRequest,
    doors: &Doors,
    form: Result<Params, ApiError>,
) -> Answer {
    let mut visit = Visit::open(request, doors).await?;
    visit.own_form()?;
    let form = visit.fields(form)?;
    let own = Own::of(&mut visit, PATH).await?;
    match form.raw("do") {
        Some("prove") => reverification::answer(visit, &own, PATH, &form).await,
        // A code of the user's own new secret: there is nothing to guess, and nothing is counted.
        Some("confirm") => confirm(&visit, &own, &form).await,
        Some("begin") if own.is_fresh(&visit) => begin(&visit, &own).await,
        Some("remove") if own.is_fresh(&visit) => remove(&visit, &own).await,
        Some(_) | None => Ok(visit.see(&visit.path(PATH))),
    }
}

/// A secret that counts for nothing until it is confirmed.
async fn begin(visit: &Visit<'_>, own: &Own) -> Answer {
    let session = own.session.id.clone();
    let secret = match visit.tenants().begin_enrolment(&visit.profile, session).await {
        Ok(secret) => secret.to_base32(),
        Err(fault) => return Ok(not_now(visit, &fault)),
    };
    let account = own.name();
    let app = NewApp {
        secret: secret.expose_secret(),
        issuer: &visit.profile.tenant.name,
        account: &account,
    };
    let page = AppSetUpPage::new(visit.frame(), app.secret, app.uri());
    Ok(visit.page(StatusCode::OK, &PageRules::PLAIN, &page))
}

async fn confirm(visit: &Visit<'_>, own: &Own, form: &Params) -> Answer {
    let again = |problem| {
        let page = AppCodePage { frame: visit.frame(), problem };
        visit.page(StatusCode::UNPROCESSABLE_ENTITY, &PageRules::PLAIN, &page)
    };
    let Some(typed) = form.raw("code").filter(|typed| typed.len() <= MAX_CODE_BYTES) else {
        return Ok(again(CodeProblem::Missing));
    };
    let session = own.session.id.clone();
    let tried = visit.tenants().confirm_enrolment(&visit.profile, &own.card, session, typed).await;
    match tried {
        Err(fault) => Ok(not_now(visit, &fault)),
        Ok(Enrolment::Wrong) => Ok(again(CodeProblem::Wrong { tries_left: None })),
        Ok(Enrolment::Spent) => Ok(again(CodeProblem::Spent)),
        Ok(Enrolment::Expired | Enrolment::Nothing) => Ok(again(CodeProblem::Expired)),
        Ok(Enrolment::Confirmed { codes, .. }) if codes.is_empty() => {
            Ok(done(visit, PATH, AccountNotice::AppOn))
        }
        Ok(Enrolment::Confirmed { codes, .. }) => {
            let codes = codes.iter().map(|code| code.expose().to_owned()).collect();
            let notice = Some(AccountNotice::AppOn);
            let page = RecoveryCodesPage { frame: visit.frame(), notice, codes };
            Ok(visit.page(StatusCode::OK, &PageRules::PLAIN, &page))
        }
    }
}

/// The app and the recovery codes that stand in for it.
async fn remove(visit: &Visit<'_>, own: &Own) -> Answer {
    if own.card.factors.totp {
        let form = UserChangeForm { totp: Some(None), ..UserChangeForm::default() };
        own.write(visit, PATH, form).await?;
    }
    Ok(done(visit, PATH, AccountNotice::AppOff))
}

fn not_now(visit: &Visit<'_>, fault: &TenantFault) -> HttpResponse {
    match fault {
        TenantFault::NotFound => visit.see(&visit.path("/sign-in")),
        TenantFault::Busy { .. } | TenantFault::Unavailable | TenantFault::Conflict { .. } => {
            visit.not_now(fault, Some(visit.path(PATH)))
        }
    }
}
