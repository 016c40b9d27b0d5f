//! Where staff stand before they choose a tenant: `/console`, signing out, and the page of an
//! installation that has no staff yet.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use super::desk::{Answer, Moves, Stands, see};
use super::fault;
use super::view::frame::{Bare, Crumb, Entry, Frame, Scheme, SignsOut, SingleKeys, front_of};
use super::view::hall::{HallPage, NobodyPage, Place};
use crate::model::Millis;
use crate::store::sessions::SessionStatus;
use crate::store::team::Role;
use crate::tenant::{STAFF_IDLE, Staff, TenantFault, TenantProfile};
use crate::text::{Catalogue, Zone};
use crate::web::doors::{Doors, MailTransport};
use crate::web::page::html;
use crate::web::page_table::{May, Page, Verb};
use crate::web::security_headers::PageRules;

/// A key of a staff user's private metadata: how the console looks to them.
pub(super) const SCHEME: &str = "console_scheme";
/// Another: whether single keys do something.
pub(super) const SINGLE_KEYS: &str = "console_single_keys";

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: "/console",
        may: May::Staff,
        states: &["choose", "none"],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Post,
        path: "/console/sign-out",
        may: May::Staff,
        states: &[],
        route: || web::to(sign_out),
    },
];

/// A signed-in staff member.
pub(super) struct Hall {
    pub request: HttpRequest,
    pub doors: Data<Doors>,
    /// The tenant that the staff are users of.
    pub console: Arc<TenantProfile>,
    pub staff: Staff,
    pub now: Millis,
}

impl Hall {
    /// The frame outside of any tenant.
    pub fn frame(&self) -> Frame {
        Frame {
            lang: Catalogue::get("en"),
            zone: self.zone(),
            now: self.now,
            scheme: self.scheme(),
            tenant: None,
            others: self.others(None),
            here: None,
            waits: None,
            signs_out: self.signs_out(),
            single_keys: self.single_keys(),
            staff: self.staff.name(),
            role: None,
            token: self.staff.form_token.clone(),
            done: self.said(),
            mailbox_path: match self.doors.mail {
                MailTransport::Mailbox => Some("/mailbox".to_owned()),
                MailTransport::Smtp => None,
            },
        }
    }

    /// The frame of a tenant's pages.
    pub fn frame_in(&self, tenant: Crumb, role: Role, here: Entry) -> Frame {
        let others = self.others(Some(&tenant.slug));
        Frame { tenant: Some(tenant), others, here: Some(here), role: Some(role), ..self.frame() }
    }

    fn others(&self, slug: Option<&str>) -> Vec<Crumb> {
        let memberships = self.staff.memberships.iter();
        memberships
            .filter(|membership| Some(membership.slug.as_str()) != slug)
            .map(|membership| Crumb {
                slug: membership.slug.clone(),
                name: membership.name.clone(),
                path: front_of(&membership.slug, membership.role),
            })
            .collect()
    }

    /// The staff member's own zone, else UTC.
    fn zone(&self) -> Zone {
        self.staff.record.user.time_zone.as_deref().map_or_else(Zone::utc, Zone::named)
    }

    pub fn scheme(&self) -> Scheme {
        let said = self.setting(SCHEME);
        said.as_ref().and_then(Value::as_str).and_then(Scheme::parse).unwrap_or_default()
    }

    pub fn single_keys(&self) -> SingleKeys {
        match self.setting(SINGLE_KEYS).as_ref().and_then(Value::as_bool) {
            Some(false) => SingleKeys::Off,
            Some(true) | None => SingleKeys::On,
        }
    }

    /// What the staff member has set for themselves.
    fn setting(&self, key: &str) -> Option<Value> {
        let all: Value = serde_json::from_str(&self.staff.record.user.private_metadata).ok()?;
        all.get(key).cloned()
    }

    fn signs_out(&self) -> SignsOut {
        let session = &self.staff.session;
        let idle = session.last_active_at.after(STAFF_IDLE);
        match idle < session.expire_at {
            true => SignsOut::Idle(idle),
            false => SignsOut::Whatever(session.expire_at),
        }
    }

    pub fn not_now(&self, fault: &TenantFault) -> HttpResponse {
        fault::not_now(&self.doors, fault)
    }
}

/// An installation whose console nobody was let into yet.
pub(super) fn nobody_yet(doors: &Doors) -> HttpResponse {
    let page = NobodyPage { frame: Bare::new(doors.now()) };
    html(StatusCode::NOT_FOUND, &PageRules::PLAIN, &page)
}

/// `GET /console`: to the one tenant that there is, or the choice.
async fn show(Stands(hall): Stands) -> HttpResponse {
    if let [only] = hall.staff.memberships.as_slice() {
        return hall.see(&front_of(&only.slug, only.role));
    }
    let places = hall.staff.memberships.iter().map(|membership| Place {
        name: membership.name.clone(),
        path: front_of(&membership.slug, membership.role),
        role: membership.role,
    });
    let page = HallPage { frame: hall.frame(), places: places.collect() };
    hall.page(StatusCode::OK, &page)
}

/// `POST /console/sign-out`: ends all sessions of this browser.
async fn sign_out(moves: Moves) -> HttpResponse {
    try_sign_out(&moves.hall).await.unwrap_or_else(|early| early)
}

async fn try_sign_out(hall: &Hall) -> Answer {
    let client = hall.staff.session.client_id.clone();
    let tenants = &hall.doors.tenants;
    let ended = tenants.end_sessions_of_client(&hall.console, client, SessionStatus::Removed).await;
    ended.map_err(|fault| hall.not_now(&fault))?;
    let mut answer = see("/t/console/sign-in?redirect_url=%2Fconsole");
    // Our own values hold no character that a cookie cannot.
    let _ = answer.add_cookie(&hall.doors.client_cookie(&hall.console).removal());
    Ok(answer)
}
