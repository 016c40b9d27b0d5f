//! The language and the time zone of one's own pages and mails. Kept with the user.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::own_account::{Own, done, notice, said};
use super::view::{AccountNotice, LanguagePage};
use super::visit::{Answer, Visit, either};
use crate::store::users::UserChange;
use crate::tenant::UserChangeForm;
use crate::text::{Catalogue, Zone};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::error::ApiError;
use crate::web::security_headers::PageRules;

const PATH: &str = "/account/language";
/// Longest name of a time zone looked at, in bytes; the longest that there is has 32.
const MAX_ZONE_BYTES: usize = 64;

/// `GET /t/{slug}/account/language`
pub(super) async fn show(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    either(try_show(&request, &doors).await)
}

/// `POST /t/{slug}/account/language`: `language`, `zone`.
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
    let user = &own.card.record.user;
    let page = LanguagePage {
        frame: visit.frame(),
        notice: notice(&visit),
        language: Catalogue::get(user.locale.as_deref().unwrap_or("en")).tag,
        zone: user.time_zone.clone().unwrap_or_else(|| "UTC".to_owned()),
        zone_is_odd: false,
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
    // One that we do not speak becomes English, as everywhere.
    let language = Catalogue::get(form.raw("language").unwrap_or("en")).tag;
    let typed = form.raw("zone").unwrap_or("UTC").trim();
    let typed = if typed.len() <= MAX_ZONE_BYTES { typed } else { "" };
    let Some(zone) = Zone::known(typed) else {
        let page = LanguagePage {
            frame: visit.frame(),
            notice: None,
            language,
            zone: typed.to_owned(),
            zone_is_odd: true,
        };
        return Ok(visit.page(StatusCode::UNPROCESSABLE_ENTITY, &PageRules::PLAIN, &page));
    };
    let profile = UserChange {
        locale: Some(Some(language.to_owned())),
        time_zone: Some(Some(zone)),
        ..UserChange::default()
    };
    let form = UserChangeForm { profile, ..UserChangeForm::default() };
    own.write(&visit, PATH, form).await?;
    Ok(done(&visit, PATH, AccountNotice::LanguageSaved))
}
