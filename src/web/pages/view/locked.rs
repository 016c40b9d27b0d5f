//! The locked page: until when, why in a line, and every way back in. It is the same page for an
//! identifier that somebody has and one that nobody has: nothing here depends on which.

use askama::Template;

use super::frame::Frame;
use crate::model::{Millis, Until};
use crate::text::Markup;
use crate::web::assets;

/// What kind of lock is shown and when it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockShown {
    /// By policy, after too many failures.
    Automatic { until: Until },
    /// By staff or API; an unlock mail does not end it.
    Staff { until: Until },
    /// By the long-run limit; time does not end it.
    LongRun,
}

/// Whether another unlock mail can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resend {
    Possible,
    /// Not before `next_at`; `sent_at` if the last one was asked for by this browser.
    Pause {
        sent_at: Option<Millis>,
        next_at: Millis,
    },
    /// The policy sends no unlock mails.
    Off,
}

/// Answer to a sign-in POST while locked, the failure that locked included, and to "check again"
/// (403, `Retry-After`). With script it turns by itself once the lock is over.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/locked.html")]
pub struct LockedPage {
    pub frame: Frame,
    /// As typed by the visitor, never what the account knows.
    pub identifier: String,
    pub lock: LockShown,
    pub resend: Resend,
    /// Kept for the way back to the sign-in form.
    pub redirect_url: Option<String>,
}

impl LockedPage {
    fn script_path(&self) -> &'static str {
        &assets::locked_script().path
    }

    fn ends(&self) -> Option<&Millis> {
        match &self.lock {
            LockShown::Automatic { until: Until::At(at) }
            | LockShown::Staff { until: Until::At(at) } => Some(at),
            LockShown::Automatic { until: Until::Unlocked }
            | LockShown::Staff { until: Until::Unlocked }
            | LockShown::LongRun => None,
        }
    }

    fn until_line(&self) -> Markup {
        let Some(at) = self.ends() else {
            return Markup::escape(&self.frame.line("locked-until-unlocked"));
        };
        until_with_wait(&self.frame, at)
    }

    fn why(&self) -> Markup {
        let said = match &self.lock {
            LockShown::Automatic { until: Until::At(_) } => self.frame.say("locked-why"),
            LockShown::Automatic { until: Until::Unlocked } => self.frame.say("locked-why-endless"),
            LockShown::Staff { until: Until::At(_) } => self.frame.say("locked-why-staff"),
            LockShown::Staff { until: Until::Unlocked } => {
                self.frame.say("locked-why-staff-endless")
            }
            LockShown::LongRun => self.frame.say("locked-why-long-run"),
        };
        said.text("tenant", &self.frame.face.name)
            .markup("who", Markup::breakable(&self.identifier))
            .html()
    }

    fn has_mail_way(&self) -> bool {
        matches!(self.lock, LockShown::Automatic { .. }) && !matches!(self.resend, Resend::Off)
    }

    /// A reset ends policy and long-run locks, never one by staff.
    fn reset_path(&self) -> Option<&String> {
        match self.lock {
            LockShown::Automatic { .. } | LockShown::LongRun => self.frame.face.reset_path.as_ref(),
            LockShown::Staff { .. } => None,
        }
    }

    fn ways(&self) -> usize {
        // Waiting (or checking again) and support are always there.
        [self.has_mail_way(), self.reset_path().is_some(), true, true]
            .into_iter()
            .filter(|way| *way)
            .count()
    }

    fn mail_words(&self) -> String {
        let said = if self.identifier.contains('@') {
            self.frame.say("locked-mail-address")
        } else {
            self.frame.say("locked-mail-name")
        };
        said.text("tenant", &self.frame.face.name).to_string()
    }

    fn pause_words(&self, sent_at: &Option<Millis>, next_at: &Millis) -> Markup {
        let next = self.frame.time_until(next_at);
        match sent_at {
            Some(at) => self
                .frame
                .say("locked-mail-sent")
                .markup("sent", self.frame.time(at))
                .markup("next", &next)
                .html(),
            None => self.frame.say("locked-mail-pause").markup("next", &next).html(),
        }
    }

    fn sign_in_href(&self) -> String {
        let path = self.frame.path("/sign-in");
        match &self.redirect_url {
            Some(url) => {
                let query: String = url::form_urlencoded::Serializer::new(String::new())
                    .append_pair("redirect_url", url)
                    .finish();
                format!("{path}?{query}")
            }
            None => path,
        }
    }
}

/// "until 14:18 CET (in 12 minutes)"; without the bracket when the wait is better said by a date.
pub(super) fn until_with_wait(frame: &Frame, at: &Millis) -> Markup {
    let until = frame.say("locked-until").markup("time", frame.time_until(at)).html();
    match frame.moment(at).relative {
        Some(wait) => {
            let aside = frame.say("locked-relative").text("relative", wait).html();
            until.and_aside(&aside)
        }
        None => until,
    }
}
