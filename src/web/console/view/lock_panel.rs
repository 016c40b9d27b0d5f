//! The lock panel: how the account stands, whether it looks like its owner and why, what was tried and
//! mailed, and what can be done. A part of the request's page.

use super::frame::Frame;
use crate::model::{Millis, Until};
use crate::store::attempts::AttemptDecision;
use crate::store::counted::Counted;
use crate::store::mail_fates::DeliveryState;
use crate::store::outbox::OutboxTopic;
use crate::support::verdict::{Fact, Leaning, Speaks, Verdict};
use crate::text::Markup;

/// How the account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PanelHead {
    Locked(Until),
    StaffLock(Until),
    LongRun,
    NotLocked,
    /// Signed in since the request was filed.
    BackIn(Millis),
    /// No user has this identifier.
    Nobody,
}

/// The deed that the panel offers first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstDeed {
    UnlockMail,
    /// Where an unlock link would not help, or the owner had better change the password.
    ResetOffer,
    None,
}

/// One try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TryLine {
    pub at: Millis,
    /// As far as the reader may see it.
    pub source: String,
    pub decision: AttemptDecision,
    pub repeated: bool,
    pub count_after: i64,
}

/// One mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailLine {
    pub at: Millis,
    pub topic: OutboxTopic,
    pub state: DeliveryState,
    /// The first visit of the page behind its link.
    pub opened_at: Option<Millis>,
}

/// A campaign of guesses, as a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignLink {
    pub path: String,
    pub name: String,
}

#[derive(Debug, Clone)]
pub struct LockPanel {
    pub head: PanelHead,
    pub verdict: Option<Verdict>,
    pub deed: FirstDeed,
    /// Whether somebody is there to be unlocked.
    pub can_unlock: bool,
    /// Newest first, at most 50.
    pub tries: Vec<TryLine>,
    /// Tries while it was locked, of the last hours.
    pub refused: Counted,
    pub mails: Vec<MailLine>,
    /// There are more within a week.
    pub mails_cut: bool,
    /// Addresses of the account to which no mail can be delivered, and since when.
    pub unreachable: Vec<(String, Millis)>,
    pub policy_version: Option<i64>,
    /// Where versions have their pages, for who may see them.
    pub versions_path: Option<String>,
    /// What made the lock, for who may see attacks.
    pub campaign: Option<CampaignLink>,
    /// Their other requests.
    pub earlier: usize,
    pub mailbox_proved_at: Option<Millis>,
}

/// A reason with its sign.
pub struct ReasonLine {
    pub icon: &'static str,
    pub speaks: String,
    pub words: String,
}

impl LockPanel {
    #[must_use]
    pub const fn is_locked(&self) -> bool {
        matches!(self.head, PanelHead::Locked(_) | PanelHead::StaffLock(_) | PanelHead::LongRun)
    }

    #[must_use]
    pub const fn class(&self) -> &'static str {
        match self.head {
            PanelHead::Locked(_) | PanelHead::StaffLock(_) | PanelHead::LongRun => "hold",
            PanelHead::BackIn(_) => "ok",
            PanelHead::NotLocked | PanelHead::Nobody => "neutral",
        }
    }

    #[must_use]
    pub const fn icon(&self) -> &'static str {
        match self.head {
            PanelHead::Locked(_) | PanelHead::StaffLock(_) | PanelHead::LongRun => "locked",
            PanelHead::BackIn(_) | PanelHead::NotLocked => "unlocked",
            PanelHead::Nobody => "person",
        }
    }

    #[must_use]
    pub fn state(&self, frame: &Frame) -> String {
        match self.head {
            PanelHead::Locked(_) => frame.line("console-lock-automatic"),
            PanelHead::StaffLock(_) => frame.line("console-lock-staff"),
            PanelHead::LongRun => frame.line("console-lock-long-run"),
            PanelHead::NotLocked => frame.line("inbox-not-locked"),
            PanelHead::BackIn(_) => frame.line("inbox-back-in"),
            PanelHead::Nobody => frame.line("inbox-nobody"),
        }
    }

    #[must_use]
    pub fn until(&self, frame: &Frame) -> Markup {
        match &self.head {
            PanelHead::Locked(until) | PanelHead::StaffLock(until) => frame.until(until),
            PanelHead::LongRun => Markup::escape(&frame.line("panel-long-run")),
            PanelHead::NotLocked => Markup::escape(&frame.line("panel-not-locked")),
            PanelHead::BackIn(at) => {
                frame.say("panel-back-in").markup("time", frame.time(at)).html()
            }
            PanelHead::Nobody => Markup::escape(&frame.line("panel-nobody")),
        }
    }

    #[must_use]
    pub fn leaning(&self, frame: &Frame) -> String {
        match self.verdict.as_ref().map(|verdict| verdict.leaning) {
            Some(Leaning::Owner) => frame.line("panel-owner"),
            Some(Leaning::Attacker) => frame.line("panel-attacker"),
            Some(Leaning::Unclear) => frame.line("panel-unclear"),
            None => frame.line("panel-no-failures"),
        }
    }

    #[must_use]
    pub fn reasons(&self, frame: &Frame) -> Vec<ReasonLine> {
        let facts = self.verdict.iter().flat_map(|verdict| &verdict.reasons);
        facts
            .map(|fact| {
                let (icon, speaks) = match fact.speaks() {
                    Speaks::ForOwner => ("done", frame.line("panel-for")),
                    Speaks::AgainstOwner => ("warning", frame.line("panel-against")),
                };
                ReasonLine { icon, speaks, words: fact_words(frame, *fact) }
            })
            .collect()
    }

    #[must_use]
    pub fn proved(&self, frame: &Frame) -> Option<Markup> {
        let at = self.mailbox_proved_at?;
        Some(frame.say("panel-mailbox").markup("time", frame.time(&at)).html())
    }

    /// The page of a version of the policy.
    #[must_use]
    pub fn version_path(&self, version: &i64) -> Option<String> {
        self.versions_path.as_ref().map(|path| format!("{path}/{version}"))
    }

    #[must_use]
    pub fn earlier_words(&self, frame: &Frame) -> String {
        frame
            .say("panel-earlier")
            .count("count", i64::try_from(self.earlier).unwrap_or(i64::MAX))
            .to_string()
    }

    #[must_use]
    pub fn refused_words(&self, frame: &Frame) -> Option<String> {
        let (said, count) = match self.refused {
            Counted::Exactly(0) => return None,
            Counted::Exactly(count) => (frame.say("panel-refused"), count),
            Counted::MoreThan(count) => (frame.say("panel-refused-more"), count),
        };
        Some(said.count("count", count).to_string())
    }

    /// That not all mails are listed.
    #[must_use]
    pub fn mails_words(&self, frame: &Frame) -> Option<String> {
        let said = || frame.say("panel-mails-cut").count("count", self.mails.len()).to_string();
        self.mails_cut.then(said)
    }
}

impl TryLine {
    /// Why it did or did not count.
    #[must_use]
    pub fn words(&self, frame: &Frame) -> String {
        let said = match self.decision {
            AttemptDecision::Counted => frame.say("try-counted"),
            AttemptDecision::Locked => frame.say("try-locked"),
            AttemptDecision::Refused => frame.say("try-refused"),
            AttemptDecision::UncountedLockoutOff => frame.say("try-lockout-off"),
            AttemptDecision::UncountedAuthenticator => frame.say("try-authenticator"),
            AttemptDecision::UncountedRepeated => frame.say("try-repeated"),
            AttemptDecision::UncountedResetCode => frame.say("try-reset-code"),
            AttemptDecision::Passed => frame.say("try-passed"),
            AttemptDecision::Verified => frame.say("try-verified"),
            AttemptDecision::Completed => frame.say("try-completed"),
            AttemptDecision::Banned => frame.say("try-banned"),
        };
        said.count("count", self.count_after).to_string()
    }

    /// What it did to the state, by its colour.
    #[must_use]
    pub const fn class(&self) -> &'static str {
        match self.decision {
            AttemptDecision::Locked => "hold",
            AttemptDecision::Completed => "ok",
            AttemptDecision::Counted
            | AttemptDecision::Refused
            | AttemptDecision::UncountedLockoutOff
            | AttemptDecision::UncountedAuthenticator
            | AttemptDecision::UncountedRepeated
            | AttemptDecision::UncountedResetCode
            | AttemptDecision::Passed
            | AttemptDecision::Verified
            | AttemptDecision::Banned => "",
        }
    }
}

/// What a mail was, in words.
#[must_use]
pub fn mail_word(frame: &Frame, topic: OutboxTopic) -> String {
    match topic {
        OutboxTopic::Unlock => frame.line("mailed-unlock"),
        OutboxTopic::Unlocked => frame.line("mailed-unlocked"),
        OutboxTopic::Code => frame.line("mailed-code"),
        OutboxTopic::SignInLink => frame.line("mailed-link"),
        OutboxTopic::Reply => frame.line("mailed-reply"),
        OutboxTopic::SupportAck => frame.line("mailed-ack"),
        OutboxTopic::Test => frame.line("mailed-test"),
        OutboxTopic::AddressClaimed
        | OutboxTopic::Alert
        | OutboxTopic::Digest
        | OutboxTopic::Event
        | OutboxTopic::Invite
        | OutboxTopic::StaffUnlock => frame.line("mailed-other"),
    }
}

impl MailLine {
    #[must_use]
    pub fn what(&self, frame: &Frame) -> String {
        mail_word(frame, self.topic)
    }

    #[must_use]
    pub fn state(&self, frame: &Frame) -> String {
        match self.state {
            DeliveryState::Queued => frame.line("mail-state-waiting"),
            DeliveryState::Deferred => frame.line("mail-state-deferred"),
            DeliveryState::Accepted => frame.line("mail-state-accepted"),
            DeliveryState::Bounced => frame.line("mail-state-bounced"),
            DeliveryState::Undeliverable => frame.line("mail-state-dead"),
            DeliveryState::Dropped => frame.line("mail-state-dropped"),
            DeliveryState::Suppressed => frame.line("mail-state-held"),
        }
    }

    /// That its link was followed, perhaps by a scanner.
    #[must_use]
    pub fn opened(&self, frame: &Frame) -> Option<Markup> {
        let at = self.opened_at?;
        Some(frame.say("mail-opened").markup("time", frame.time(&at)).html())
    }
}

fn fact_words(frame: &Frame, fact: Fact) -> String {
    match fact {
        Fact::KnownSource => frame.line("fact-known-source"),
        Fact::UnknownSource => frame.line("fact-unknown-source"),
        Fact::KnownDevice => frame.line("fact-known-device"),
        Fact::OneSource => frame.line("fact-one-source"),
        Fact::ManySources { count } => frame
            .say("fact-many-sources")
            .count("count", i64::try_from(count).unwrap_or(i64::MAX))
            .to_string(),
        Fact::SamePlaceAsRequest => frame.line("fact-same-place"),
        Fact::RepeatedPassword => frame.line("fact-repeated"),
        Fact::TooFastForHands => frame.line("fact-too-fast"),
        Fact::Mailbox => frame.line("fact-mailbox"),
        Fact::NotMe => frame.line("fact-not-me"),
    }
}
