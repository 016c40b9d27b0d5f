//! What went wrong, with a next step: within a tenant's face, or bare where there is no tenant.

use askama::Template;

use super::frame::{ConsoleFrame, Frame};
use crate::model::Span;
use crate::text::Lang;
use crate::text::time::wait;

/// What went wrong, as far as a visitor needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// 404.
    NotFound,
    /// 404, no such tenant.
    NoTenant,
    /// 405: there is such a page, for another method.
    WrongMethod,
    /// 400.
    BadRequest,
    /// 413.
    TooLarge,
    /// 403: the form was sent from another site.
    OtherSite,
    /// 429.
    TooMany { retry_in: Span },
    /// 500 or 503: storage down, overload.
    Unavailable,
}

impl Fault {
    fn heading(&self, lang: &'static Lang) -> String {
        match self {
            Self::NotFound | Self::NoTenant => lang.line("fault-not-found-title"),
            Self::WrongMethod => lang.line("fault-wrong-method-title"),
            Self::BadRequest => lang.line("fault-bad-request-title"),
            Self::TooLarge => lang.line("fault-too-large-title"),
            Self::OtherSite => lang.line("fault-other-site-title"),
            Self::TooMany { .. } => lang.line("fault-too-many-title"),
            Self::Unavailable => lang.line("fault-unavailable-title"),
        }
    }

    fn sentence(&self, lang: &'static Lang) -> String {
        match self {
            Self::NotFound => lang.line("fault-not-found"),
            Self::NoTenant => lang.line("fault-no-tenant"),
            Self::WrongMethod => lang.line("fault-wrong-method"),
            Self::BadRequest => lang.line("fault-bad-request"),
            Self::TooLarge => lang.line("fault-too-large"),
            Self::OtherSite => lang.line("fault-other-site"),
            Self::TooMany { retry_in } => {
                lang.say("fault-too-many").text("wait", wait(lang, *retry_in)).to_string()
            }
            Self::Unavailable => lang.line("fault-unavailable"),
        }
    }

    fn icon(&self) -> &'static str {
        match self {
            Self::Unavailable | Self::TooMany { .. } => "clock",
            Self::NotFound
            | Self::NoTenant
            | Self::WrongMethod
            | Self::BadRequest
            | Self::TooLarge
            | Self::OtherSite => "info",
        }
    }
}

/// A fault within a tenant's pages; status by the kind of fault.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/fault.html")]
pub struct FaultPage {
    pub frame: Frame,
    pub fault: Fault,
    /// The page to try again (a GET), such as the unlock link itself; none offers sign-in only.
    pub retry_path: Option<String>,
}

/// A fault where no tenant is known.
#[derive(Debug, Clone, Template)]
#[template(path = "demo/fault.html")]
pub struct BareFaultPage {
    pub frame: ConsoleFrame,
    pub fault: Fault,
    /// The page to try again (a GET).
    pub retry_path: Option<String>,
}
