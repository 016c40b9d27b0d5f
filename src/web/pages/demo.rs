//! The server's front page: the demo's four doors with their clock, or a plain page where this is
//! no demo. Knows nothing of how the demo is filled.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};

use super::fault::{bare, no_such_page, of_body};
use super::view::{ConsoleFrame, DemoAccount, DemoStar, DemoTenant, Fault, FrontPage, LandingPage};
use crate::lockout::{Policy, Preset};
use crate::model::Span;
use crate::store::tenants::TenantName;
use crate::tenant::{CONSOLE_SLUG, TenantFault, TenantProfile};
use crate::text::{Catalogue, Zone};
use crate::web::body::Params;
use crate::web::csrf::{self, Started};
use crate::web::doors::{Demo, Doors, MailTransport};
use crate::web::error::ApiError;
use crate::web::page::html;
use crate::web::security_headers::PageRules;

/// `GET /`
pub(super) async fn front(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    let Some(demo) = &doors.demo else {
        let page = FrontPage { frame: frame(&doors), mailbox_path: mailbox_path(&doors) };
        return html(StatusCode::OK, &PageRules::PLAIN, &page);
    };
    match landing(&doors, demo).await {
        Ok(page) => html(StatusCode::OK, &PageRules::PLAIN, &page),
        Err(_) => bare(&doors, &request, Fault::Unavailable),
    }
}

/// `POST /demo/clock`: `advance` = `1m`, `15m`, `1h` or `1d`.
pub(super) async fn advance(
    request: HttpRequest,
    doors: web::Data<Doors>,
    form: Result<Params, ApiError>,
) -> HttpResponse {
    let Some(demo) = &doors.demo else { return no_such_page(&request, &doors).await };
    if csrf::started(request.method(), request.headers(), doors.base_url.origin())
        == Started::Elsewhere
    {
        return bare(&doors, &request, Fault::OtherSite);
    }
    let form = match form {
        Ok(form) => form,
        Err(error) => return bare(&doors, &request, of_body(&error)),
    };
    let span = match form.raw("advance") {
        Some("1m") => Span::MINUTE,
        Some("15m") => Span::MINUTE.times(15),
        Some("1h") => Span::HOUR,
        Some("1d") => Span::DAY,
        Some(_) | None => return bare(&doors, &request, Fault::BadRequest),
    };
    demo.clock.advance(span);
    see("/")
}

/// "See there", for pages without a tenant.
pub(super) fn see(path: &'static str) -> HttpResponse {
    let mut answer = HttpResponse::new(StatusCode::SEE_OTHER);
    PageRules::PLAIN.apply(answer.headers_mut());
    answer.headers_mut().insert(LOCATION, HeaderValue::from_static(path));
    answer
}

pub(super) fn frame(doors: &Doors) -> ConsoleFrame {
    ConsoleFrame::new(Catalogue::get("en"), Zone::utc(), doors.now())
}

fn mailbox_path(doors: &Doors) -> Option<String> {
    match doors.mail {
        MailTransport::Mailbox => Some("/mailbox".to_owned()),
        MailTransport::Smtp => None,
    }
}

async fn landing(doors: &Doors, demo: &Demo) -> Result<LandingPage, TenantFault> {
    let mut tenants: Vec<DemoTenant> = Vec::new();
    let mut star = None;
    for account in &demo.accounts {
        let Some(profile) =
            doors.tenants.find(TenantName::Slug(account.tenant_slug.clone())).await?
        else {
            continue;
        };
        let policy = doors.tenants.live_policy(&profile).await?.policy()?;
        let shown = DemoAccount {
            identifier: account.identifier.clone(),
            password: account.password.clone(),
            note: account.note.clone(),
        };
        star = star.or_else(|| Some(star_of(&shown, &profile, &policy)));
        match tenants.iter_mut().find(|t| t.sign_in_path == sign_in_path(&profile)) {
            Some(known) => known.accounts.push(shown),
            None => tenants.push(tenant_of(&profile, &policy, shown)),
        }
    }
    Ok(LandingPage {
        frame: frame(doors),
        star,
        tenants,
        clock_action: "/demo/clock".to_owned(),
        database_url: demo.database_url.clone(),
        mailbox_path: "/mailbox".to_owned(),
        policy_path: Some("/console/acme/policy".to_owned()),
        inbox_path: Some("/console/acme/inbox".to_owned()),
    })
}

fn sign_in_path(profile: &Arc<TenantProfile>) -> String {
    let path = format!("{}/sign-in", profile.base_path);
    if profile.tenant.slug == CONSOLE_SLUG { format!("{path}?redirect_url=/console") } else { path }
}

fn star_of(account: &DemoAccount, profile: &Arc<TenantProfile>, policy: &Policy) -> DemoStar {
    DemoStar {
        identifier: account.identifier.clone(),
        password: account.password.clone(),
        sign_in_path: sign_in_path(profile),
        failures_to_lock: u32::try_from(policy.max_attempts).unwrap_or(u32::MAX),
    }
}

fn tenant_of(profile: &Arc<TenantProfile>, policy: &Policy, first: DemoAccount) -> DemoTenant {
    DemoTenant {
        name: profile.tenant.name.clone(),
        slug: profile.tenant.slug.clone(),
        policy: policy_name(policy),
        sign_in_path: sign_in_path(profile),
        support_path: format!("{}/support", profile.base_path),
        accounts: vec![first],
    }
}

/// The preset's name with a capital; "Custom" for a policy of one's own.
fn policy_name(policy: &Policy) -> String {
    let preset = Preset::ALL.into_iter().find(|preset| preset.policy() == *policy);
    let Some(name) = preset.map(Preset::as_str) else {
        return Catalogue::get("en").line("demo-policy-custom");
    };
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
