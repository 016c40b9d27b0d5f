//! The pages behind an unlock link: the question, the answer, and every way in which a link can
//! have lost its effect. None of them is a dead end; none of them signs anybody in.

use askama::Template;

use super::frame::Frame;
use super::locked::until_with_wait;
use crate::model::{Millis, Span, Until};
use crate::text::Markup;

/// `GET /t/{slug}/unlock/{token}` with a link that would work (200). Changes nothing.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/unlock_confirm.html")]
pub struct UnlockConfirmPage {
    pub frame: Frame,
    /// The page's own path, to which the one button posts.
    pub action: String,
    /// Masked (`Identifier::masked`): whoever holds the link learns no address.
    pub account: String,
    pub locked_at: Millis,
    /// Failures that led to the lock.
    pub failures: u32,
    /// Tries that the account has after the unlock.
    pub tries_after: u32,
    pub link_expires_at: Millis,
    /// When the lock ended by itself: a press then only forgets the failures. None while it stands.
    pub lock_ended: Option<Millis>,
}

impl UnlockConfirmPage {
    fn heading(&self) -> String {
        match self.lock_ended {
            Some(_) => self.frame.line("confirm-ended-title"),
            None => self.frame.line("confirm-title"),
        }
    }

    fn what(&self) -> Markup {
        match &self.lock_ended {
            Some(at) => self
                .frame
                .say("confirm-ended-what")
                .markup("time", self.frame.time(at))
                .count("count", self.failures)
                .html(),
            None => Markup::escape(&self.frame.line("confirm-what")),
        }
    }

    fn button(&self) -> String {
        match self.lock_ended {
            Some(_) => self.frame.line("confirm-ended-button"),
            None => self.frame.line("confirm-button"),
        }
    }

    fn not_me(&self) -> Markup {
        let said = match self.lock_ended {
            Some(_) => self.frame.say("confirm-ended-not-me"),
            None => self.frame.say("confirm-not-me"),
        };
        said.text("href", format!("{}/not-me", self.action)).html()
    }
}

/// How the account came to be open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnlockedState {
    /// This press ended the lock; `tries` are free now.
    Now { at: Millis, tries: u32 },
    /// An earlier press did (the same link again, a mail scanner, another device).
    Already { at: Millis },
    /// The lock had ended by itself.
    EndedByItself { at: Millis },
    /// Staff, a new password or a sign-in ended it, at an instant that is not known.
    Somehow,
}

/// After a press that found or left the account open (200): what is so, and the sign-in form.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/unlocked.html")]
pub struct UnlockedPage {
    pub frame: Frame,
    pub state: UnlockedState,
    /// Filled into the form: the identifier that the link was mailed for; empty if unknown.
    pub identifier: String,
    pub redirect_url: Option<String>,
}

impl UnlockedPage {
    fn kind(&self) -> &'static str {
        match self.state {
            UnlockedState::Now { .. } => "ok",
            UnlockedState::Already { .. }
            | UnlockedState::EndedByItself { .. }
            | UnlockedState::Somehow => "neutral",
        }
    }

    fn heading(&self) -> String {
        match self.state {
            UnlockedState::Now { .. } => self.frame.line("unlocked-title"),
            UnlockedState::Already { .. } => self.frame.line("unlocked-already-title"),
            UnlockedState::EndedByItself { .. } | UnlockedState::Somehow => {
                self.frame.line("unlocked-ended-title")
            }
        }
    }

    fn since(&self) -> Option<Markup> {
        let (said, at) = match &self.state {
            UnlockedState::Now { at, .. } => (self.frame.say("unlocked-since"), at),
            UnlockedState::Already { at } => (self.frame.say("unlocked-already-since"), at),
            UnlockedState::EndedByItself { at } => (self.frame.say("unlocked-ended-since"), at),
            UnlockedState::Somehow => return None,
        };
        Some(said.markup("time", self.frame.time(at)).html())
    }

    fn why(&self) -> String {
        match &self.state {
            UnlockedState::Now { tries, .. } => {
                self.frame.say("unlocked-tries").count("count", tries).to_string()
            }
            UnlockedState::Already { .. } => self.frame.line("unlocked-already-why"),
            UnlockedState::EndedByItself { .. } | UnlockedState::Somehow => {
                self.frame.line("unlocked-ended-why")
            }
        }
    }
}

/// Why a link no longer works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeadLink {
    /// Genuine, but too old; `lifetime` is how long links work.
    Expired { at: Millis, lifetime: Span },
    /// Genuine, but of an earlier lock, a former address or a former key.
    Superseded,
    /// No link of ours, or cut off on its way.
    Forged,
}

/// How a new mail is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeadLinkResend {
    /// The signature still tells whom to write to: one button posts this `token` to `/unlock`.
    ToKnown { token: String },
    /// It does not: an address field.
    AskAddress,
}

/// A link that no longer works (410).
#[derive(Debug, Clone, Template)]
#[template(path = "pages/dead_link.html")]
pub struct DeadLinkPage {
    pub frame: Frame,
    pub reason: DeadLink,
    pub resend: DeadLinkResend,
}

impl DeadLinkPage {
    fn heading(&self) -> String {
        match self.reason {
            DeadLink::Expired { .. } => self.frame.line("dead-expired-title"),
            DeadLink::Superseded => self.frame.line("dead-superseded-title"),
            DeadLink::Forged => self.frame.line("dead-forged-title"),
        }
    }

    fn until_line(&self) -> Option<Markup> {
        match &self.reason {
            DeadLink::Expired { at, .. } => {
                Some(self.frame.say("dead-expired-at").markup("time", self.frame.time(at)).html())
            }
            DeadLink::Superseded | DeadLink::Forged => None,
        }
    }

    fn why(&self) -> String {
        match &self.reason {
            DeadLink::Expired { lifetime, .. } => {
                let wait = crate::text::time::wait(self.frame.lang, *lifetime);
                self.frame.say("dead-expired-why").text("wait", wait).to_string()
            }
            DeadLink::Superseded => self.frame.line("dead-superseded-why"),
            DeadLink::Forged => self.frame.line("dead-forged-why"),
        }
    }
}

/// Which lock a genuine link cannot end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StillLocked {
    Staff {
        until: Until,
    },
    LongRun,
    /// `limit` unlocks by mail in 24 hours are used up; the next is possible at `again_at`.
    DailyLimit {
        limit: u32,
        again_at: Millis,
    },
}

/// A genuine link, and a lock that it does not end (200).
#[derive(Debug, Clone, Template)]
#[template(path = "pages/still_locked.html")]
pub struct StillLockedPage {
    pub frame: Frame,
    pub reason: StillLocked,
}

impl StillLockedPage {
    fn heading(&self) -> String {
        match self.reason {
            StillLocked::Staff { .. } => self.frame.line("held-staff-title"),
            StillLocked::LongRun => self.frame.line("held-long-run-title"),
            StillLocked::DailyLimit { .. } => self.frame.line("held-limit-title"),
        }
    }

    fn until_line(&self) -> Option<Markup> {
        match &self.reason {
            StillLocked::Staff { until: Until::At(at) } => Some(until_with_wait(&self.frame, at)),
            StillLocked::Staff { until: Until::Unlocked } => {
                Some(Markup::escape(&self.frame.line("held-endless")))
            }
            StillLocked::LongRun => None,
            StillLocked::DailyLimit { again_at, .. } => Some(
                self.frame
                    .say("held-limit-until")
                    .markup("time", self.frame.time_until(again_at))
                    .html(),
            ),
        }
    }

    fn why(&self) -> String {
        match &self.reason {
            StillLocked::Staff { .. } => {
                self.frame.say("held-staff-why").text("tenant", &self.frame.face.name).to_string()
            }
            StillLocked::LongRun if self.frame.face.reset_path.is_some() => {
                self.frame.line("held-long-run-why-reset")
            }
            StillLocked::LongRun => self.frame.line("held-long-run-why"),
            StillLocked::DailyLimit { limit, .. } => {
                self.frame.say("held-limit-why").count("count", limit).to_string()
            }
        }
    }

    fn reset_path(&self) -> Option<&String> {
        match self.reason {
            StillLocked::LongRun | StillLocked::DailyLimit { .. } => {
                self.frame.face.reset_path.as_ref()
            }
            StillLocked::Staff { .. } => None,
        }
    }

    fn may_end_by_itself(&self) -> bool {
        match self.reason {
            StillLocked::DailyLimit { .. } | StillLocked::Staff { until: Until::At(_) } => true,
            StillLocked::LongRun | StillLocked::Staff { until: Until::Unlocked } => false,
        }
    }
}
