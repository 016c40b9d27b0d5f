//! One visit to a tenant's page: who serves it, what the browser remembers, and how an answer is
//! made of a view. Knows no single page.

#![expect(
    clippy::result_large_err,
    reason = "an early page is as large as any page, and is made once a request"
)]

use std::sync::Arc;

use actix_web::http::header::{HeaderValue, LOCATION};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::fault;
use super::remembered::Remembered;
use super::view::{Fault, FaultPage, Frame, LogoFace, TenantFace};
use crate::model::branding::{BrandText, Logo};
use crate::model::{BrandColours, Colour, Millis};
use crate::store::users::User;
use crate::tenant::{Browser, TenantFault, TenantProfile, Tenants};
use crate::text::{Catalogue, Lang, Zone};
use crate::web::body::Params;
use crate::web::brand;
use crate::web::csrf::{self, Started};
use crate::web::doors::{Doors, MailTransport};
use crate::web::error::ApiError;
use crate::web::page::{html, html_headers, retry_after};
use crate::web::redirect::{RedirectList, Target};
use crate::web::security_headers::PageRules;

/// `Err` is a page too: one that ends the visit early.
pub(super) type Answer = Result<HttpResponse, HttpResponse>;

/// The page of an answer, early or not.
pub(super) fn either(answer: Answer) -> HttpResponse {
    answer.unwrap_or_else(|early| early)
}

/// A request to one tenant's page.
pub(super) struct Visit<'r> {
    pub request: &'r HttpRequest,
    pub doors: &'r Doors,
    pub profile: Arc<TenantProfile>,
    pub remembered: Remembered,
    /// The instant that the page is true at: when it was asked for, or after `settled` later.
    pub now: Millis,
    /// How the visitor is spoken to, once it is proved who they are.
    speech: Option<(&'static Lang, Zone)>,
}

impl<'r> Visit<'r> {
    /// What the visitor's browser claims of lanes of its own.
    pub fn browser(&self) -> Browser {
        self.doors.browser(&self.profile, self.request)
    }

    /// Hands the browser a lane of its own.
    pub fn give_lane(&self, answer: &mut HttpResponse, token: Option<&str>) {
        self.doors.give_lane(&self.profile, self.request, answer, token);
    }

    /// Finds the tenant of the path; the early answer is the page for "no such tenant" or "not now".
    pub async fn open(request: &'r HttpRequest, doors: &'r Doors) -> Result<Self, HttpResponse> {
        let profile = match doors.tenant(request).await {
            Ok(Some(profile)) => profile,
            Ok(None) => return Err(fault::bare(doors, request, Fault::NoTenant)),
            Err(_) => return Err(fault::bare(doors, request, Fault::Unavailable)),
        };
        let now = doors.now();
        let remembered = Remembered::read(request, doors, &profile, now);
        Ok(Self { request, doors, profile, remembered, now, speech: None })
    }

    /// The same visit after something was decided: what is answered from here on is true now. An
    /// attempt can stand in line for seconds, and its lock began at its end.
    pub fn settled(self) -> Self {
        let now = self.doors.now();
        Self { now, ..self }
    }

    pub fn tenants(&self) -> &Tenants {
        &self.doors.tenants
    }

    /// Every page from here on is in this user's language and zone.
    pub fn speak_to(&mut self, user: &User) {
        let lang = Catalogue::get(user.locale.as_deref().unwrap_or("en"));
        let zone = user.time_zone.as_deref().map_or_else(Zone::utc, Zone::named);
        self.speech = Some((lang, zone));
    }

    /// English in UTC as long as nothing is known of the visitor.
    pub fn frame(&self) -> Frame {
        let (lang, zone) =
            self.speech.clone().unwrap_or_else(|| (Catalogue::get("en"), Zone::utc()));
        Frame { lang, zone, now: self.now, face: self.face(lang), reference: None }
    }

    /// The user's own language and zone, for pages that only they are shown.
    pub fn frame_for(&self, user: &User) -> Frame {
        let mut frame = self.frame();
        frame.lang = Catalogue::get(user.locale.as_deref().unwrap_or("en"));
        frame.face = self.face(frame.lang);
        if let Some(zone) = &user.time_zone {
            frame.zone = Zone::named(zone);
        }
        frame
    }

    fn face(&self, lang: &Lang) -> TenantFace {
        let tenant = &self.profile.tenant;
        let mut face = TenantFace::new(&tenant.name, &tenant.slug, &self.profile.base_path);
        face.support_email = self.profile.support_email().map(str::to_owned);
        face.brand_css_path = brand_colours(&self.profile)
            .map(|colours| self.path(&format!("/assets/{}", brand::stylesheet_name(&colours))));
        face.reset_path = Some(self.path("/sign-in/forgot"));
        face.mailbox_path = match self.doors.mail {
            MailTransport::Mailbox => Some("/mailbox".to_owned()),
            MailTransport::Smtp => None,
        };
        let branding = &self.profile.branding;
        let words = |place: BrandText| branding.text(place, lang.tag).map(str::to_owned);
        face.sign_in_note = words(BrandText::SignInNote);
        face.support_hours = words(BrandText::SupportHours);
        let at = |logo: &Logo| self.path(&format!("/assets/{}", logo.file));
        face.logo = branding.logo.as_ref().map(|logo| LogoFace {
            light: at(logo),
            dark: branding.logo_dark.as_ref().map(at),
            width: logo.width,
            height: logo.height,
        });
        face
    }

    /// A path of this tenant: `path` starts with a slash.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.profile.base_path)
    }

    /// Where the tenant lets people return to, if `target` is such a place.
    pub fn accept(&self, target: Option<&str>) -> Option<Target> {
        // An entry that cannot be parsed was refused when it was set; without a list no foreign
        // address is accepted.
        let list = RedirectList::parse(&self.profile.redirect_urls).unwrap_or_default();
        target.and_then(|target| list.accept(target))
    }

    /// Refuses a form that another site sent.
    pub fn own_form(&self) -> Result<(), HttpResponse> {
        match csrf::started(
            self.request.method(),
            self.request.headers(),
            self.doors.base_url.origin(),
        ) {
            Started::Here => Ok(()),
            Started::Elsewhere => Err(self.fault(Fault::OtherSite, None)),
        }
    }

    /// As `own_form` for forms on pages whose address is a secret: browsers without
    /// `Sec-Fetch-Site` send `Origin: null` from those, and nothing is to be gained by sending one
    /// from elsewhere, since no cookie counts in it.
    pub fn own_or_nameless_form(&self) -> Result<(), HttpResponse> {
        let headers = self.request.headers();
        let nameless = headers.get(header::ORIGIN).is_some_and(|origin| origin == "null");
        if nameless && !headers.contains_key("sec-fetch-site") {
            return Ok(());
        }
        self.own_form()
    }

    /// The fields of a form, or the page that says what was wrong with its bytes.
    pub fn fields(&self, form: Result<Params, ApiError>) -> Result<Params, HttpResponse> {
        form.map_err(|error| self.fault(fault::of_body(&error), None))
    }

    /// A fault in this tenant's face; `retry` is a page to try again.
    pub fn fault(&self, fault: Fault, retry: Option<String>) -> HttpResponse {
        let wait = fault::wait_of(&fault);
        let status = fault::status_of(&fault);
        let page = FaultPage { frame: self.frame(), fault, retry_path: retry };
        let mut answer = self.page(status, &PageRules::SECRET, &page);
        retry_after(&mut answer, wait);
        answer
    }

    /// What the facade could not do now, as a page.
    pub fn not_now(&self, fault: &TenantFault, retry: Option<String>) -> HttpResponse {
        let mut answer = self.fault(Fault::Unavailable, retry);
        retry_after(&mut answer, Some(fault::wait_for(fault)));
        answer
    }

    /// A view as an answer.
    pub fn page(
        &self,
        status: StatusCode,
        rules: &PageRules<'_>,
        page: &impl Template,
    ) -> HttpResponse {
        html(status, rules, page)
    }

    /// "See there": always a GET, so that a reload repeats nothing.
    pub fn see(&self, location: &str) -> HttpResponse {
        let mut answer = html_headers(StatusCode::SEE_OTHER, &PageRules::SECRET);
        if let Ok(value) = HeaderValue::from_str(location) {
            answer.headers_mut().insert(LOCATION, value);
        }
        answer
    }

    /// Lets the browser carry `remembered` to the next page.
    pub fn carry(&self, mut answer: HttpResponse, remembered: &Remembered) -> HttpResponse {
        if let Some(cookie) = remembered.cookie(self.doors, &self.profile, self.now) {
            // Our own values hold no character that a cookie cannot.
            let _ = answer.add_cookie(&cookie);
        }
        answer
    }
}

/// The tenant's colours, if it has set any that can be read.
pub(super) fn brand_colours(profile: &TenantProfile) -> Option<BrandColours> {
    let colour = profile.tenant.brand_color.as_deref().and_then(Colour::parse)?;
    Some(BrandColours::of(colour))
}
