//! Recovery codes: a new set, shown on the one page that answers the press. The set before is worth
//! nothing then.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::own_account::Own;
use super::reverification;
use super::view::{RecoveryCodesPage, RecoveryCodesStatePage};
use super::visit::{Answer, Visit, either};
use crate::tenant::UserChangeForm;
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::error::ApiError;
use crate::web::security_headers::PageRules;

const PATH: &str = "/account/recovery-codes";

/// `GET /t/{slug}/account/recovery-codes`; without an app there are none.
pub(super) async fn show(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    either(try_show(&request, &doors).await)
}

/// `POST /t/{slug}/account/recovery-codes`: `do` is `make` or `prove` (with `password`).
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
    if !own.card.factors.totp {
        return Ok(visit.see(&visit.path("/account/second-factor")));
    }
    let has_codes = own.card.factors.recovery_codes;
    let page = RecoveryCodesStatePage { frame: visit.frame(), has_codes };
    Ok(visit.page(StatusCode::OK, &PageRules::PLAIN, &page))
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
        Some("make") if own.is_fresh(&visit) && own.card.factors.totp => make(&visit, &own).await,
        Some(_) | None => Ok(visit.see(&visit.path(PATH))),
    }
}

async fn make(visit: &Visit<'_>, own: &Own) -> Answer {
    let codes = visit.tenants().new_recovery_codes(&visit.profile);
    let codes = codes.map_err(|fault| visit.not_now(&fault, Some(visit.path(PATH))))?;
    let form = UserChangeForm {
        recovery_codes: Some(codes.iter().map(|code| code.expose().into()).collect()),
        ..UserChangeForm::default()
    };
    own.write(visit, PATH, form).await?;
    let codes = codes.iter().map(|code| code.expose().to_owned()).collect();
    let page = RecoveryCodesPage { frame: visit.frame(), notice: None, codes };
    Ok(visit.page(StatusCode::OK, &PageRules::PLAIN, &page))
}
