//! Lock explained: one account's attempts as a drawing and a table, each with why it did or did not
//! count, what it caused, and how its locks ended.

use askama::Template;

use super::frame::Frame;
use super::lock_ends::LockLine;
use super::lock_panel::{CampaignLink, FirstDeed, LockPanel, TryLine, mail_word};
use super::request::Hands;
use crate::lockout::span_text;
use crate::model::{Authenticator, Lane, Millis, Until};
use crate::store::attempts::AttemptDecision;
use crate::store::mail_fates::{Delivery, DeliveryState};
use crate::text::Markup;
use crate::web::console::chart::strip::{Story, Strip, strip};

/// One line of the table.
#[derive(Debug, Clone)]
pub enum StoryLine {
    Try(Box<TryStep>),
    /// Tries that nothing was looked at of, because a lock stood.
    Refused(RefusedStep),
    /// Somebody did something to the account.
    Deed(DeedStep),
    Mail(Delivery),
}

/// Refused tries of one minute, or of several with nothing between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedStep {
    pub at: Millis,
    /// The end of the last minute; `None` where it is the first.
    pub until: Option<Millis>,
    pub tries: i64,
    pub from: RefusedFrom,
}

/// Where refused tries came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusedFrom {
    /// As far as the reader may see it.
    One(String),
    /// From so many addresses.
    Several(usize),
}

impl StoryLine {
    #[must_use]
    pub const fn at(&self) -> Millis {
        match self {
            Self::Try(step) => step.line.at,
            Self::Refused(step) => step.at,
            Self::Deed(step) => step.at,
            Self::Mail(mail) => mail.written_at,
        }
    }
}

/// An attempt.
#[derive(Debug, Clone)]
pub struct TryStep {
    pub line: TryLine,
    pub with: Option<Authenticator>,
    pub lane: Lane,
    /// The lock that it made.
    pub lock: Option<(Millis, Until)>,
    /// The campaign that the lock is of.
    pub campaign: Option<CampaignLink>,
    /// The mail that left with it.
    pub mail: Option<Delivery>,
    /// `None` where it is the one of the line before.
    pub from: Option<String>,
    /// `None` where it is the one of the line before.
    pub policy_version: Option<i64>,
}

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeedStep {
    pub at: Millis,
    pub word: DeedWord,
    pub who: Doer,
    pub reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeedWord {
    Locked {
        until: Until,
    },
    Unlocked,
    /// By the link or the code of a mail.
    UnlockedByMail,
    /// By a new password.
    Reset,
    MailAsked,
    Created,
    Changed,
    Banned,
    BanLifted,
    SessionsEnded,
    SecondFactorReset,
    PasswordSet,
    /// Recorded by a version that knows more.
    Other,
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doer {
    Attempts,
    Owner,
    Server,
    CommandLine,
    /// By name.
    Staff(String),
    /// Somebody of the staff whose name nobody knows, or not any more.
    SomeStaff,
    /// As the record has it: a part of the program, or what a version that knows more has written.
    Other(String),
}

impl Doer {
    #[must_use]
    pub fn name(&self, frame: &Frame) -> String {
        match self {
            Self::Attempts => frame.line("story-by-attempts"),
            Self::Owner => frame.line("story-by-owner"),
            Self::Server => frame.line("story-by-server"),
            Self::CommandLine => frame.line("story-by-command"),
            Self::SomeStaff => frame.line("story-by-staff"),
            Self::Staff(name) | Self::Other(name) => name.clone(),
        }
    }
}

/// What the title asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    WhyIs,
    WhyWas,
    /// It was never locked as far as anybody remembers.
    WhatHappened,
}

/// `GET /console/{slug}/locks/{user}`
#[derive(Debug, Clone, Template)]
#[template(path = "console/lock_story.html")]
pub struct LockStoryPage {
    pub frame: Frame,
    pub path: String,
    /// Where the reader came from: the list, or the inbox.
    pub back: (String, String),
    pub name: String,
    pub asking: Asking,
    /// Head and verdict.
    pub panel: LockPanel,
    /// Oldest first.
    pub steps: Vec<StoryLine>,
    /// Before this instant not all that happened is among them.
    pub cut: Option<Millis>,
    /// Each lock and how it ended, newest first: on the first page also those whose attempts are
    /// forgotten, on a later one those of its time.
    pub locks: Vec<LockLine>,
    /// Before this instant there are more.
    pub locks_cut: Option<Millis>,
    /// The rules of the newest line.
    pub version: Option<i64>,
    /// The page of the person, for who may see it.
    pub user_path: Option<String>,
    pub older: Option<String>,
    /// On a later page.
    pub newest: Option<String>,
    pub hands: Hands,
}

impl LockStoryPage {
    fn title(&self) -> String {
        let name = &self.name;
        match self.asking {
            Asking::WhyIs => self.frame.say("story-why-is").text("name", name).to_string(),
            Asking::WhyWas => self.frame.say("story-why-was").text("name", name).to_string(),
            Asking::WhatHappened => self.frame.say("story-what").text("name", name).to_string(),
        }
    }

    fn rules(&self) -> Option<String> {
        self.version
            .map(|version| self.frame.say("panel-policy").count("version", version).to_string())
    }

    fn rules_path(&self) -> Option<String> {
        self.version.and_then(|version| self.panel.version_path(&version))
    }

    fn drawing(&self) -> Option<Strip> {
        let now = self.panel.is_locked().then_some(self.frame.now);
        strip(&story(&self.steps, now))
    }

    fn drawing_words(&self) -> String {
        let story = story(&self.steps, None);
        let said = self.frame.say("story-drawing").count("failures", story.failures.len());
        said.count("locks", story.locks.len()).count("mails", story.mails.len()).to_string()
    }

    /// When the line of this place happened; its day where that is not the one before's and today.
    fn when(&self, place: &usize) -> Markup {
        let at = |place: usize| self.steps.get(place).map(StoryLine::at);
        let before = place.checked_sub(1).and_then(at);
        at(*place).map_or_else(Markup::default, |at| self.frame.second_after(&at, &before))
    }

    fn with(&self, step: &TryStep) -> String {
        match step.with {
            Some(Authenticator::Password) => self.frame.line("story-password"),
            Some(Authenticator::OobOtp) => self.frame.line("story-code"),
            Some(Authenticator::Totp) => self.frame.line("story-app"),
            Some(Authenticator::RecoveryCode) => self.frame.line("story-recovery-code"),
            None => self.frame.line("story-other-secret"),
        }
    }

    fn lane(&self, step: &TryStep) -> Option<String> {
        match step.lane {
            Lane::Public => None,
            Lane::Device(_) => Some(self.frame.line("story-known-device")),
            Lane::Pass(_) => Some(self.frame.line("story-grace-pass")),
        }
    }

    /// Only where the failure counted.
    fn count(step: &TryStep) -> Option<i64> {
        match step.line.decision {
            AttemptDecision::Counted | AttemptDecision::Locked => Some(step.line.count_after),
            AttemptDecision::Refused
            | AttemptDecision::UncountedLockoutOff
            | AttemptDecision::UncountedAuthenticator
            | AttemptDecision::UncountedRepeated
            | AttemptDecision::UncountedResetCode
            | AttemptDecision::Passed
            | AttemptDecision::Verified
            | AttemptDecision::Completed
            | AttemptDecision::Banned => None,
        }
    }

    fn locked(&self, (since, until): &(Millis, Until)) -> Markup {
        match until {
            Until::At(end) => {
                let length = span_text(end.since(*since));
                let said = self.frame.say("story-locked").text("length", length);
                said.markup("time", self.frame.dated_second(end)).html()
            }
            Until::Unlocked => Markup::escape(&self.frame.line("story-locked-endless")),
        }
    }

    fn version(&self, version: &i64) -> String {
        self.frame.say("story-version").count("version", version).to_string()
    }

    fn refused(&self, step: &RefusedStep) -> Markup {
        let tries = self.frame.say("story-refused").count("count", step.tries).to_string();
        match step.until {
            Some(end) => {
                let said = self.frame.say("story-refused-until").text("tries", tries);
                said.markup("time", self.frame.second_after(&end, &Some(step.at))).html()
            }
            None => Markup::escape(&tries),
        }
    }

    fn addresses(&self, count: &usize) -> String {
        self.frame.say("story-addresses").count("count", *count).to_string()
    }

    /// What is missing in the table.
    fn cut_words(&self) -> Option<Markup> {
        let cut = self.frame.dated_second(self.cut.as_ref()?);
        Some(self.frame.say("story-cut").markup("time", cut).html())
    }

    /// What is missing in the list of locks.
    fn locks_cut_words(&self) -> Option<Markup> {
        let said = match (&self.newest, &self.older) {
            (None, Some(_)) => self.frame.say("story-locks-cut-older"),
            (Some(_), _) | (None, None) => self.frame.say("story-locks-cut"),
        };
        let cut = self.frame.dated_second(self.locks_cut.as_ref()?);
        Some(said.markup("time", cut).html())
    }

    fn locks_title(&self) -> String {
        match self.newest {
            Some(_) => self.frame.line("story-episodes-page"),
            None => self.frame.line("story-episodes"),
        }
    }

    fn mail(&self, mail: &Delivery) -> String {
        format!("{}: {}", mail_word(&self.frame, mail.topic), self.fate(mail))
    }

    fn fate(&self, mail: &Delivery) -> String {
        let state = match mail.state {
            DeliveryState::Queued => self.frame.line("mail-state-waiting"),
            DeliveryState::Deferred => self.frame.line("story-mail-deferred"),
            DeliveryState::Accepted => self.frame.line("mail-state-accepted"),
            DeliveryState::Bounced => self.frame.line("story-mail-bounced"),
            DeliveryState::Undeliverable => self.frame.line("mail-state-dead"),
            DeliveryState::Dropped => self.frame.line("mail-state-dropped"),
            DeliveryState::Suppressed => self.frame.line("mail-state-held"),
        };
        match mail.opened_at {
            Some(_) => format!("{state}, {}", self.frame.line("story-mail-opened")),
            None => state,
        }
    }

    fn mail_class(mail: &Delivery) -> &'static str {
        match mail.state {
            DeliveryState::Accepted => "note",
            DeliveryState::Bounced | DeliveryState::Undeliverable => "stop",
            DeliveryState::Queued
            | DeliveryState::Deferred
            | DeliveryState::Dropped
            | DeliveryState::Suppressed => "",
        }
    }

    fn deed(&self, step: &DeedStep) -> Markup {
        let words = match &step.word {
            DeedWord::Locked { until } => {
                let (said, end) = match until {
                    Until::At(end) => {
                        (self.frame.say("story-deed-locked"), self.frame.dated_second(end))
                    }
                    Until::Unlocked => {
                        (self.frame.say("story-deed-locked-endless"), self.frame.until(until))
                    }
                };
                let said = said.text("who", step.who.name(&self.frame));
                return said.markup("until", end).html();
            }
            DeedWord::Unlocked => self.frame.say("story-deed-unlocked"),
            DeedWord::UnlockedByMail => self.frame.say("story-deed-by-mail"),
            DeedWord::Reset => self.frame.say("story-deed-reset"),
            DeedWord::MailAsked => self.frame.say("story-deed-mail"),
            DeedWord::Created => self.frame.say("story-deed-created"),
            DeedWord::Changed => self.frame.say("story-deed-changed"),
            DeedWord::Banned => self.frame.say("story-deed-banned"),
            DeedWord::BanLifted => self.frame.say("story-deed-ban-lifted"),
            DeedWord::SessionsEnded => self.frame.say("story-deed-sessions"),
            DeedWord::SecondFactorReset => self.frame.say("story-deed-factor"),
            DeedWord::PasswordSet => self.frame.say("story-deed-password"),
            DeedWord::Other => self.frame.say("story-deed-other"),
        };
        words.text("who", step.who.name(&self.frame)).html()
    }

    fn deed_class(step: &DeedStep) -> &'static str {
        match step.word {
            DeedWord::Locked { .. } | DeedWord::Banned => "hold",
            DeedWord::Unlocked | DeedWord::UnlockedByMail | DeedWord::Reset => "ok",
            DeedWord::MailAsked
            | DeedWord::Created
            | DeedWord::Changed
            | DeedWord::BanLifted
            | DeedWord::SessionsEnded
            | DeedWord::SecondFactorReset
            | DeedWord::PasswordSet
            | DeedWord::Other => "",
        }
    }

    const fn is_free(&self) -> bool {
        matches!(self.hands, Hands::Free)
    }
}

/// What the drawing shows of the table.
#[must_use]
pub fn story(lines: &[StoryLine], now: Option<Millis>) -> Story {
    let mut story = Story { now, ..Story::default() };
    for line in lines {
        match line {
            StoryLine::Try(step) => {
                let at = step.line.at;
                match step.line.decision {
                    AttemptDecision::Counted | AttemptDecision::Locked => {
                        story.failures.push((at, step.with));
                    }
                    AttemptDecision::Completed => story.sign_ins.push(at),
                    AttemptDecision::Refused
                    | AttemptDecision::UncountedLockoutOff
                    | AttemptDecision::UncountedAuthenticator
                    | AttemptDecision::UncountedRepeated
                    | AttemptDecision::UncountedResetCode
                    | AttemptDecision::Passed
                    | AttemptDecision::Verified
                    | AttemptDecision::Banned => {}
                }
                if let Some((since, until)) = step.lock {
                    story.locks.push((since, until.instant()));
                }
                story.mails.extend(step.mail.as_ref().map(|mail| mail.written_at));
            }
            StoryLine::Refused(_) => {}
            StoryLine::Mail(mail) => story.mails.push(mail.written_at),
            StoryLine::Deed(step) => match &step.word {
                DeedWord::Locked { until } => story.locks.push((step.at, until.instant())),
                DeedWord::Unlocked | DeedWord::UnlockedByMail | DeedWord::Reset => {
                    story.unlocks.push(step.at);
                }
                DeedWord::MailAsked
                | DeedWord::Created
                | DeedWord::Changed
                | DeedWord::Banned
                | DeedWord::BanLifted
                | DeedWord::SessionsEnded
                | DeedWord::SecondFactorReset
                | DeedWord::PasswordSet
                | DeedWord::Other => {}
            },
        }
    }
    cut_at_unlocks(&mut story);
    story
}

/// A lock that was lifted ended there.
fn cut_at_unlocks(story: &mut Story) {
    for (since, end) in &mut story.locks {
        let lifted = story.unlocks.iter().filter(|unlock| *unlock >= since).min();
        if let Some(lifted) = lifted {
            *end = Some(end.map_or(*lifted, |end| end.min(*lifted)));
        }
    }
}
