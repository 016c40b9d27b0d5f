//! What a browser carries from one page of a tenant to the next: the identifier that was typed, so
//! that nobody types it twice and it never stands in a URL; the lock that was shown; what was just
//! done. A sealed cookie of half an hour. It is a convenience: nothing is decided by it, and what it
//! says was known to its holder before.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use serde::{Deserialize, Serialize};

use super::view::AccountNotice;
use crate::model::{Millis, Span, Until};
use crate::tenant::TenantProfile;
use crate::web::cookie::CookieName;
use crate::web::doors::Doors;

/// How long a page's facts are carried.
const LIFE: Span = Span(30 * 60_000);
/// Age from which a page that keeps asking has them carried on.
const RENEWED_AFTER: Span = Span(10 * 60_000);
/// What the sealed value is for.
const USE: &str = "page";
/// Longest return address carried, in bytes: a sealed value holds 3 KB in all.
const MAX_REDIRECT_BYTES: usize = 1024;

/// Facts of the pages seen last.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Remembered {
    /// As typed; after a press the one that the link was mailed for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub identifier: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<LockEnd>,
    /// When this browser asked for an unlock mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_asked_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened: Option<Opened>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_me: Option<NotMeDone>,
    /// When this was sealed; milliseconds. Set by `cookie`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed_at: Option<i64>,
}

/// What was done for somebody who says that the attempts were not theirs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum NotMeDone {
    Told { reference: String },
    ToldBefore { reference: String },
    SignedOut,
}

/// The end of the lock that was shown; milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum LockEnd {
    At(i64),
    Unlocked,
}

/// How an account was found or made open by a press; milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Opened {
    Now {
        at: i64,
        tries: u32,
    },
    Already {
        at: i64,
    },
    EndedByItself {
        at: i64,
    },
    /// Open, and not known since when.
    Somehow,
}

/// What the next page says once.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Told {
    SignedOut,
    SessionEnded {
        at: i64,
    },
    /// The steps passed so far count no more.
    StartAgain,
    /// To one's own account.
    Done(AccountNotice),
}

impl LockEnd {
    pub fn of(until: Until) -> Self {
        match until {
            Until::At(at) => Self::At(at.0),
            Until::Unlocked => Self::Unlocked,
        }
    }

    pub fn until(self) -> Until {
        match self {
            Self::At(at) => Until::At(Millis(at)),
            Self::Unlocked => Until::Unlocked,
        }
    }
}

impl Remembered {
    /// What the request's cookie says; nothing where there is none, or an old or foreign one.
    pub fn read(
        request: &HttpRequest,
        doors: &Doors,
        profile: &TenantProfile,
        now: Millis,
    ) -> Self {
        let name = cookie_name(doors, profile);
        let sealed = name.read(request.headers());
        sealed.and_then(|sealed| profile.contexts().open(USE, sealed, now).ok()).unwrap_or_default()
    }

    /// The cookie that carries this; the one that removes it where there is nothing to carry.
    /// `None` where it cannot be sealed: then the next page knows less.
    pub fn cookie(
        &self,
        doors: &Doors,
        profile: &TenantProfile,
        now: Millis,
    ) -> Option<Cookie<'static>> {
        let name = cookie_name(doors, profile);
        let mut carried = Self { sealed_at: None, ..self.clone() };
        if carried == Self::default() {
            return Some(name.removal());
        }
        carried.sealed_at = Some(now.0);
        carried.redirect_url = carried.redirect_url.filter(|url| url.len() <= MAX_REDIRECT_BYTES);
        let sealed = profile.contexts().seal(USE, now.after(LIFE), &carried).ok()?;
        Some(name.with_value(&sealed, LIFE.to_std()).into_owned())
    }

    /// Whether a page that is still looked at should have it sealed anew. Seldom, because what another
    /// tab is given meanwhile would be lost.
    pub fn ages(&self, now: Millis) -> bool {
        self.sealed_at.is_some_and(|at| now >= Millis(at).after(RENEWED_AFTER))
    }

    /// When this browser may have another mail sent for `identifier`, if it asked lately: the
    /// instant of asking.
    pub fn asked_lately(&self, identifier: &str, now: Millis, spacing: Span) -> Option<Millis> {
        let asked = Millis(self.mail_asked_at?);
        (self.identifier == identifier && now < asked.after(spacing)).then_some(asked)
    }
}

fn cookie_name(doors: &Doors, profile: &TenantProfile) -> CookieName {
    CookieName::new(&format!("__page_{}", profile.cookie_suffix), doors.scheme())
}
