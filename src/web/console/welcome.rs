//! The link that makes somebody one of a team. Its address is a secret, so nobody is asked who they
//! are; who is signed in joins with the account that they have, anybody else makes one. Opening the
//! page changes nothing; only the button does. No session is made here: whoever has just made an
//! account signs in like anybody.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::desk::{Answer, FORM_TOKEN, see, staff_at};
use super::fault;
use super::view::fault::Fault;
use super::view::frame::Bare;
use super::view::welcome::{OverPage, Typed, WelcomePage, WelcomeProblem};
use crate::model::{Identifier, IdentifierKind};
use crate::store::team::Role;
use crate::tenant::{Accepted, Accepting, Password, Staff, TenantProfile, Welcome, is_long_enough};
use crate::web::body::Params;
use crate::web::csrf::{self, Started};
use crate::web::doors::Doors;
use crate::web::error::ApiError;
use crate::web::page::html;
use crate::web::page_table::{May, Page, Verb};
use crate::web::security_headers::PageRules;

/// Longest name, in characters.
const MAX_NAME_CHARS: usize = 100;
/// Longest identifier that is shown again.
const MAX_SHOWN_CHARS: usize = 320;

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: "/console/welcome/{secret}",
        may: May::Anyone,
        states: &["new", "one-tenant", "staff", "over"],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Post,
        path: "/console/welcome/{secret}",
        may: May::Anyone,
        states: &["faults", "taken", "is-owner"],
        route: || web::to(submit),
    },
];

/// A link that is still good.
struct Link<'r> {
    doors: &'r Doors,
    secret: &'r str,
    tenant: Option<String>,
    role: Role,
    /// The address that it was mailed to.
    to: Option<String>,
    staff: Option<(Arc<TenantProfile>, Staff)>,
}

impl<'r> Link<'r> {
    async fn open(request: &'r HttpRequest, doors: &'r Doors) -> Result<Self, HttpResponse> {
        if !fault::is_at_home(request, doors) {
            return Err(fault::bare(doors, Fault::NotFound));
        }
        let secret = request.match_info().get("secret").unwrap_or_default();
        let not_now = |fault| fault::not_now(doors, &fault);
        match doors.tenants.look_at_invite(secret).await.map_err(not_now)? {
            Welcome::Shut => Err(over(doors)),
            Welcome::Open { tenant, role, to } => {
                let staff = staff_at(request, doors).await.map_err(not_now)?;
                Ok(Self { doors, secret, tenant, role, to, staff })
            }
        }
    }

    fn page(&self, typed: Typed, problems: Vec<WelcomeProblem>) -> WelcomePage {
        WelcomePage {
            frame: Bare::new(self.doors.now()),
            tenant: self.tenant.clone(),
            role: self.role,
            action: format!("/console/welcome/{}", self.secret),
            joins_as: self.staff.as_ref().map(|(_, staff)| staff.name()),
            token: self.staff.as_ref().map(|(_, staff)| staff.form_token.clone()),
            typed,
            problems,
        }
    }
}

fn over(doors: &Doors) -> HttpResponse {
    html(StatusCode::NOT_FOUND, &PageRules::SECRET, &OverPage { frame: Bare::new(doors.now()) })
}

async fn show(request: HttpRequest, doors: Data<Doors>) -> HttpResponse {
    match Link::open(&request, &doors).await {
        Ok(link) => {
            let identifier = link.to.clone().unwrap_or_default();
            let typed = Typed { identifier, ..Typed::default() };
            html(StatusCode::OK, &PageRules::SECRET, &link.page(typed, Vec::new()))
        }
        Err(early) => early,
    }
}

async fn submit(
    request: HttpRequest,
    doors: Data<Doors>,
    form: Result<Params, ApiError>,
) -> HttpResponse {
    try_submit(&request, &doors, form).await.unwrap_or_else(|early| early)
}

async fn try_submit(
    request: &HttpRequest,
    doors: &Doors,
    form: Result<Params, ApiError>,
) -> Answer {
    if !is_own_form(request, doors) {
        return Err(fault::bare(doors, Fault::OtherSite));
    }
    let form = form.map_err(|error| fault::bare(doors, fault::of_body(&error)))?;
    let link = Link::open(request, doors).await?;
    let who = match &link.staff {
        Some((console, staff)) => {
            let sent = form.raw(FORM_TOKEN).unwrap_or_default();
            if !console.form_tokens().is_of(&staff.session.id, sent) {
                return Err(fault::bare(doors, Fault::OldForm));
            }
            Ok((Accepting::Staff(staff.id().clone()), Typed::default()))
        }
        None => new_user(&form),
    };
    let refuse = |typed, problems| {
        let page = link.page(typed, problems);
        html(StatusCode::UNPROCESSABLE_ENTITY, &PageRules::SECRET, &page)
    };
    let (who, typed) = who.map_err(|(typed, problems)| refuse(typed, problems))?;
    let accepted = doors.tenants.accept_invite(link.secret, who).await;
    match accepted.map_err(|fault| fault::not_now(doors, &fault))? {
        Accepted::Joined if link.staff.is_some() => Ok(see("/console")),
        Accepted::Joined => Ok(see("/t/console/sign-in?redirect_url=%2Fconsole")),
        Accepted::Over => Ok(over(doors)),
        Accepted::IsOwner => Err(refuse(typed, vec![WelcomeProblem::IsOwner])),
        Accepted::NameTaken => Err(refuse(typed, vec![WelcomeProblem::Taken])),
    }
}

/// Browsers without `Sec-Fetch-Site` send `Origin: null` from a page whose address is a secret. A
/// stranger's form could only carry a secret that the stranger knows.
fn is_own_form(request: &HttpRequest, doors: &Doors) -> bool {
    let headers = request.headers();
    let nameless = headers.get(header::ORIGIN).is_some_and(|origin| origin == "null");
    if nameless && !headers.contains_key("sec-fetch-site") {
        return true;
    }
    csrf::started(request.method(), headers, doors.base_url.origin()) == Started::Here
}

type Read = Result<(Accepting, Typed), (Typed, Vec<WelcomeProblem>)>;

fn new_user(form: &Params) -> Read {
    let mut problems = Vec::new();
    let clipped = |name: &str, most: usize| -> String {
        form.raw(name).unwrap_or_default().trim().chars().take(most).collect()
    };
    let typed = Typed {
        name: clipped("name", MAX_NAME_CHARS),
        identifier: clipped("identifier", MAX_SHOWN_CHARS),
    };
    if typed.name.is_empty() || typed.name.chars().any(char::is_control) {
        problems.push(WelcomeProblem::NoName);
    }
    let identifier = Identifier::parse(form.raw("identifier").unwrap_or_default()).ok();
    let identifier = identifier.filter(|found| found.kind == IdentifierKind::EmailAddress);
    if identifier.is_none() {
        problems.push(WelcomeProblem::NoAddress);
    }
    let secret = form.raw("password").unwrap_or_default();
    let password = Password::parse(secret.as_bytes()).ok();
    let password = password.filter(|_| is_long_enough(secret));
    if password.is_none() {
        problems.push(WelcomeProblem::ShortPassword);
    }
    match (identifier, password) {
        (Some(identifier), Some(password)) if problems.is_empty() => {
            let name = typed.name.clone();
            Ok((Accepting::NewUser { identifier, password, name }, typed))
        }
        _ => Err((typed, problems)),
    }
}
