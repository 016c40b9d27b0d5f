//! One user: names, factors, sessions, the last day, mails and requests; and the pages that ask before
//! anything is done to them.

use askama::Template;

use super::frame::Frame;
use super::lock_panel::mail_word;
use super::lock_story::{StoryLine, story};
use crate::model::{IdentifierKind, Millis};
use crate::store::mail_fates::{Delivery, DeliveryState};
use crate::tenant::UserCard;
use crate::text::Markup;
use crate::web::console::chart::strip::{Strip, strip};
use crate::web::page::Problem;

/// A name that somebody signs in with.
#[derive(Debug, Clone)]
pub struct NameLine {
    /// Of the row, proved or waiting.
    pub id: String,
    pub value: String,
    pub kind: IdentifierKind,
    pub primary: bool,
    pub verified: bool,
    pub second_factor: bool,
    /// Since when mail to it cannot be delivered.
    pub undeliverable_since: Option<Millis>,
}

impl NameLine {
    pub(super) fn kind_word(&self, frame: &Frame) -> String {
        match self.kind {
            IdentifierKind::EmailAddress => frame.line("user-email"),
            IdentifierKind::PhoneNumber => frame.line("user-phone"),
            IdentifierKind::Username => frame.line("user-username"),
        }
    }
}

/// A live session.
#[derive(Debug, Clone)]
pub struct SessionLine {
    pub began_at: Millis,
    pub seen_at: Millis,
    pub source: Option<String>,
}

/// A request for help.
#[derive(Debug, Clone)]
pub struct RequestLine {
    pub path: String,
    pub reference: String,
    pub subject: String,
    pub filed_at: Millis,
}

/// `GET /console/{slug}/users/{user}`
#[derive(Debug, Clone, Template)]
#[template(path = "console/user.html")]
pub struct UserPage {
    pub frame: Frame,
    pub path: String,
    /// The list.
    pub back: String,
    /// The page that explains the account's locks.
    pub story_path: String,
    pub name: String,
    pub card: UserCard,
    pub names: Vec<NameLine>,
    pub sessions: Vec<SessionLine>,
    pub devices: usize,
    /// Of the last day, oldest first.
    pub tries: Vec<StoryLine>,
    pub mails: Vec<Delivery>,
    pub requests: Vec<RequestLine>,
    pub may_act: bool,
}

impl UserPage {
    fn called(&self) -> Option<String> {
        let user = &self.card.record.user;
        let parts: Vec<&str> =
            [&user.first_name, &user.last_name].into_iter().flatten().map(String::as_str).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    fn standing(&self) -> Option<(&'static str, String)> {
        if self.card.record.user.banned {
            return Some(("stop", self.frame.line("user-banned")));
        }
        let lock = self.card.lock?;
        Some((
            "hold",
            match (lock.staff, lock.kind) {
                (true, _) => self.frame.line("console-lock-staff"),
                (false, crate::lockout::LockKind::LongRun) => {
                    self.frame.line("console-lock-long-run")
                }
                (false, crate::lockout::LockKind::Automatic) => {
                    self.frame.line("console-lock-automatic")
                }
            },
        ))
    }

    fn until(&self) -> Option<Markup> {
        self.card.lock.map(|lock| self.frame.until(&lock.until))
    }

    fn kind(&self, name: &NameLine) -> String {
        name.kind_word(&self.frame)
    }

    fn factors(&self) -> Vec<String> {
        let (user, factors) = (&self.card.record.user, &self.card.factors);
        let all = [
            (user.password_hash.is_some(), self.frame.line("user-has-password")),
            (factors.totp, self.frame.line("user-has-app")),
            (factors.phone, self.frame.line("user-has-phone")),
            (factors.recovery_codes, self.frame.line("user-has-codes")),
        ];
        all.into_iter().filter(|(has, _)| *has).map(|(_, words)| words).collect()
    }

    fn has_second_factor(&self) -> bool {
        self.card.factors.second() || self.card.factors.recovery_codes
    }

    fn devices(&self) -> String {
        self.frame.say("user-devices").count("count", self.devices).to_string()
    }

    fn made(&self) -> Markup {
        let user = &self.card.record.user;
        let made = self.frame.time(&user.created_at);
        match &user.last_sign_in_at {
            Some(at) => {
                let said = self.frame.say("users-times").markup("made", made);
                said.markup("seen", self.frame.time(at)).html()
            }
            None => self.frame.say("users-time").markup("made", made).html(),
        }
    }

    fn session(&self, session: &SessionLine) -> Markup {
        let said =
            self.frame.say("user-session").markup("began", self.frame.time(&session.began_at));
        said.markup("seen", self.frame.time(&session.seen_at)).html()
    }

    fn undeliverable(&self, since: &Millis) -> Markup {
        self.frame.say("user-undeliverable").markup("time", self.frame.time(since)).html()
    }

    fn drawing(&self) -> Option<Strip> {
        let now = self.card.lock.map(|_| self.frame.now);
        strip(&story(&self.tries, now))
    }

    fn day(&self) -> String {
        let story = story(&self.tries, None);
        let said = self.frame.say("user-day").count("failures", story.failures.len());
        let said = said.count("locks", story.locks.len());
        said.count("sign_ins", story.sign_ins.len()).to_string()
    }

    fn mail(&self, mail: &Delivery) -> String {
        mail_word(&self.frame, mail.topic)
    }

    fn fate(&self, mail: &Delivery) -> String {
        match mail.state {
            DeliveryState::Queued => self.frame.line("mail-state-waiting"),
            DeliveryState::Deferred => self.frame.line("story-mail-deferred"),
            DeliveryState::Accepted => self.frame.line("mail-state-accepted"),
            DeliveryState::Bounced => self.frame.line("story-mail-bounced"),
            DeliveryState::Undeliverable => self.frame.line("mail-state-dead"),
            DeliveryState::Dropped => self.frame.line("mail-state-dropped"),
            DeliveryState::Suppressed => self.frame.line("mail-state-held"),
        }
    }
}

/// What is asked before it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserDeed {
    Ban,
    LiftBan,
    SignOut,
    ResetSecondFactor,
    Delete,
}

impl UserDeed {
    pub const ALL: [Self; 5] =
        [Self::Ban, Self::LiftBan, Self::SignOut, Self::ResetSecondFactor, Self::Delete];

    /// The last part of its address.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ban => "ban",
            Self::LiftBan => "lift-ban",
            Self::SignOut => "sign-out",
            Self::ResetSecondFactor => "second-factor",
            Self::Delete => "delete",
        }
    }
}

/// Why a deed was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeedProblem {
    NoReason,
    /// Of the staff, without whom a tenant would have no owner.
    LastOwner,
}

/// `GET /console/{slug}/users/{user}/ban` and its like, and the same with a fault.
#[derive(Debug, Clone, Template)]
#[template(path = "console/user_deed.html")]
pub struct UserDeedPage {
    pub frame: Frame,
    pub deed: UserDeed,
    pub name: String,
    pub path: String,
    pub back: String,
    pub reason: String,
    pub problem: Option<DeedProblem>,
}

impl UserDeedPage {
    fn question(&self) -> String {
        let said = match self.deed {
            UserDeed::Ban => self.frame.say("user-ban-question"),
            UserDeed::LiftBan => self.frame.say("user-lift-question"),
            UserDeed::SignOut => self.frame.say("user-sign-out-question"),
            UserDeed::ResetSecondFactor => self.frame.say("user-factor-question"),
            UserDeed::Delete => self.frame.say("user-delete-question"),
        };
        said.text("name", &self.name).to_string()
    }

    fn head(&self) -> String {
        match self.problem {
            Some(_) => {
                self.frame.say("console-title-error").text("page", self.question()).to_string()
            }
            None => self.question(),
        }
    }

    fn effect(&self) -> String {
        match self.deed {
            UserDeed::Ban => self.frame.line("user-ban-effect"),
            UserDeed::LiftBan => self.frame.line("user-lift-effect"),
            UserDeed::SignOut => self.frame.line("user-sign-out-effect"),
            UserDeed::ResetSecondFactor => self.frame.line("user-factor-effect"),
            UserDeed::Delete => self.frame.line("user-delete-effect"),
        }
    }

    fn yes(&self) -> String {
        match self.deed {
            UserDeed::Ban => self.frame.line("user-ban"),
            UserDeed::LiftBan => self.frame.line("user-lift"),
            UserDeed::SignOut => self.frame.line("user-sign-out"),
            UserDeed::ResetSecondFactor => self.frame.line("user-factor-yes"),
            UserDeed::Delete => self.frame.line("user-delete"),
        }
    }

    fn problems(&self) -> Vec<Problem> {
        let words = match self.problem {
            Some(DeedProblem::NoReason) => self.frame.line("request-reason-missing"),
            Some(DeedProblem::LastOwner) => {
                self.frame.say("team-fault-last-owner").text("name", &self.name).to_string()
            }
            None => return Vec::new(),
        };
        vec![Problem { field: "reason", words }]
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        Problem::at(&self.problems(), field)
    }
}
