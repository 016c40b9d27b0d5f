//! The browsers that are known as one's own: seen, and forgotten one by one or together. Ends no
//! session.

use actix_web::{HttpRequest, HttpResponse, web};

use super::own_account::{Own, done, notice, said};
use super::view::{AccountNotice, DeviceItem, DevicesPage};
use super::visit::{Answer, Visit, either};
use crate::model::LaneId;
use crate::tenant::{Devices, Which};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::error::ApiError;

const PATH: &str = "/account/devices";

/// `GET /t/{slug}/account/devices`
pub(super) async fn show(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    either(try_show(&request, &doors).await)
}

/// `POST /t/{slug}/account/devices`: `which` is `one` (with `device`), `others` or `all`.
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
    let Devices { known, here } = devices(&visit, &own).await?;
    let item = |device: crate::tenant::Device| DeviceItem {
        here: here.as_ref() == Some(&device.lane),
        id: device.lane.0,
        label: device.label,
        place: device.source.map(|source| source.to_string()),
        used: device.used_at,
    };
    let mut devices: Vec<DeviceItem> = known.into_iter().map(item).collect();
    // The one that is looked at from comes first.
    devices.sort_by_key(|item| !item.here);
    let page = DevicesPage { frame: visit.frame(), notice: notice(&visit), devices };
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
    let (which, notice) = match (form.raw("which"), form.raw("device")) {
        (Some("all"), _) => (Which::All, AccountNotice::AllForgotten),
        (Some("others"), _) => match devices(&visit, &own).await?.here {
            Some(here) => (Which::Others(here), AccountNotice::OthersForgotten),
            None => (Which::All, AccountNotice::AllForgotten),
        },
        (Some("one"), Some(id)) => {
            (Which::One(LaneId(id.to_owned())), AccountNotice::BrowserForgotten)
        }
        (Some(_) | None, _) => return Ok(visit.see(&visit.path(PATH))),
    };
    let user = own.card.record.user.id.clone();
    let gone = visit.tenants().revoke_devices(&visit.profile, user, which).await;
    match gone.map_err(|fault| visit.not_now(&fault, Some(visit.path(PATH))))? {
        0 => Ok(visit.see(&visit.path(PATH))),
        _ => Ok(done(&visit, PATH, notice)),
    }
}

async fn devices(visit: &Visit<'_>, own: &Own) -> Result<Devices, HttpResponse> {
    let user = &own.card.record.user;
    let claims = visit.browser().claims;
    let found = visit.tenants().devices(&visit.profile, user, &claims).await;
    found.map_err(|fault| visit.not_now(&fault, Some(visit.path(PATH))))
}
