//! What the mails around a lock say: that there is one and how it is ended, and that it was ended. Who,
//! when, how often and from where are the attempts' own facts.

use askama::Template;

use super::view::{MailFrame, MailParts, hello};
use crate::model::{Millis, Until};
use crate::text::time::wait;
use crate::text::{Markup, Said};

/// Where the failed attempts came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Sources; at least one.
    pub sources: u32,
    /// The network of the last of them ([`Source::network`](crate::model::Source::network)).
    pub network: String,
}

/// Typed instead of following the link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortCode {
    /// Eight digits.
    pub digits: String,
    pub expires_at: Millis,
}

/// The mail of a lock that opened an episode, or of a request for another.
#[derive(Debug, Clone)]
pub struct UnlockMail {
    pub frame: MailFrame,
    /// The person's name, if known.
    pub name: Option<String>,
    /// The identifier in full: the mail goes to its owner.
    pub account: String,
    /// When the attack's first lock began.
    pub locked_at: Millis,
    /// Whether an earlier mail told of that.
    pub which: WhichMail,
    /// Failures so far.
    pub failures: u32,
    /// None says that it is not known.
    pub origin: Option<Origin>,
    /// The whole unlock URL, from configuration, never from a request.
    pub link: String,
    pub link_expires_at: Millis,
    /// None in mails of rows that were written before there were codes.
    pub code: Option<ShortCode>,
    pub lock_ends: Until,
}

/// Which of an attack's mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichMail {
    First,
    /// Asked for, or sent because the attack goes on.
    Further,
}

#[derive(Template)]
#[template(path = "mail/unlock/body.txt", escape = "none")]
struct UnlockText<'a> {
    frame: &'a MailFrame,
    mail: &'a UnlockMail,
}

#[derive(Template)]
#[template(path = "mail/unlock/body.html")]
struct UnlockHtml<'a> {
    frame: &'a MailFrame,
    mail: &'a UnlockMail,
}

impl UnlockMail {
    /// Renders the mail.
    ///
    /// # Errors
    /// Only if a template fails, which needs a formatter that fails.
    pub fn parts(&self) -> askama::Result<MailParts> {
        let frame = &self.frame;
        Ok(MailParts {
            subject: frame.say("mail-unlock-subject").text("tenant", &frame.tenant).to_string(),
            text: UnlockText { frame, mail: self }.render()?,
            html: UnlockHtml { frame, mail: self }.render()?,
        })
    }

    fn hello(&self) -> String {
        hello(&self.frame, self.name.as_deref())
    }

    fn title(&self) -> String {
        self.frame.say("mail-unlock-title").text("tenant", &self.frame.tenant).to_string()
    }

    fn when(&self) -> String {
        self.with_facts(self.frame.say("mail-unlock-when")).to_string()
    }

    fn when_html(&self) -> Markup {
        self.with_facts(self.frame.say("mail-unlock-when-html")).html()
    }

    fn with_facts(&self, said: Said) -> Said {
        // What is counted is counted up to here.
        let counted_at = match self.which {
            WhichMail::First => self.locked_at,
            WhichMail::Further => self.frame.written_at,
        };
        let said = self.frame.timed(said, self.frame.moment(counted_at));
        said.count("count", self.failures).text("origin", self.origin_words())
    }

    fn origin_words(&self) -> String {
        let Some(origin) = &self.origin else {
            return self.frame.line("mail-unlock-origin-unknown");
        };
        let said = self.frame.say("mail-unlock-origin").count("count", origin.sources);
        said.text("network", &origin.network).to_string()
    }

    fn since(&self) -> Option<String> {
        match self.which {
            WhichMail::First => None,
            WhichMail::Further => {
                let said = self.frame.say("mail-unlock-since");
                Some(self.frame.timed(said, self.frame.moment(self.locked_at)).to_string())
            }
        }
    }

    /// In groups of four.
    fn code_in_groups(&self) -> Option<String> {
        let digits = &self.code.as_ref()?.digits;
        let groups: Vec<String> = digits
            .chars()
            .collect::<Vec<char>>()
            .chunks(4)
            .map(|group| group.iter().collect())
            .collect();
        Some(groups.join(" "))
    }

    fn account_line(&self) -> String {
        self.frame.say("mail-unlock-account").text("account", &self.account).to_string()
    }

    fn valid(&self) -> String {
        let (said, until) = match &self.code {
            Some(code) => {
                let until = code.expires_at.min(self.link_expires_at);
                (self.frame.say("mail-unlock-valid-both"), until)
            }
            None => (self.frame.say("mail-unlock-valid"), self.link_expires_at),
        };
        let life = wait(self.frame.lang, until.since(self.frame.written_at));
        let said = said.text("wait", life);
        // Cut, not rounded: until the minute that is told they surely work.
        self.frame.timed(said, self.frame.moment(until)).to_string()
    }

    fn ends(&self) -> String {
        match self.lock_ends {
            Until::At(at) => {
                let said = self.frame.say("mail-unlock-ends");
                self.frame.timed(said, self.frame.ending(at)).to_string()
            }
            Until::Unlocked => self.frame.line("mail-unlock-endless"),
        }
    }

    fn not_me(&self) -> String {
        self.frame.say("mail-unlock-not-me-text").text("tenant", &self.frame.tenant).to_string()
    }
}

/// What ended a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnlockedHow {
    ByLink,
    ByCode,
    ByReset,
    ByStaff,
}

/// To the owner, after a lock was ended.
#[derive(Debug, Clone)]
pub struct UnlockedMail {
    pub frame: MailFrame,
    pub name: Option<String>,
    pub account: String,
    pub unlocked_at: Millis,
    pub how: UnlockedHow,
    /// The whole URL of the page on which a new password is set.
    pub reset_link: String,
}

#[derive(Template)]
#[template(path = "mail/unlocked/body.txt", escape = "none")]
struct UnlockedText<'a> {
    frame: &'a MailFrame,
    mail: &'a UnlockedMail,
}

#[derive(Template)]
#[template(path = "mail/unlocked/body.html")]
struct UnlockedHtml<'a> {
    frame: &'a MailFrame,
    mail: &'a UnlockedMail,
}

impl UnlockedMail {
    /// Renders the mail.
    ///
    /// # Errors
    /// Only if a template fails, which needs a formatter that fails.
    pub fn parts(&self) -> askama::Result<MailParts> {
        let frame = &self.frame;
        Ok(MailParts {
            subject: self.title(),
            text: UnlockedText { frame, mail: self }.render()?,
            html: UnlockedHtml { frame, mail: self }.render()?,
        })
    }

    fn hello(&self) -> String {
        hello(&self.frame, self.name.as_deref())
    }

    fn title(&self) -> String {
        self.frame.say("mail-unlocked-title").text("tenant", &self.frame.tenant).to_string()
    }

    fn when(&self) -> String {
        let said = match self.how {
            UnlockedHow::ByLink => self.frame.say("mail-unlocked-link"),
            UnlockedHow::ByCode => self.frame.say("mail-unlocked-code"),
            UnlockedHow::ByReset => self.frame.say("mail-unlocked-reset"),
            UnlockedHow::ByStaff => {
                self.frame.say("mail-unlocked-staff").text("tenant", &self.frame.tenant)
            }
        };
        self.frame.timed(said, self.frame.moment(self.unlocked_at)).to_string()
    }

    fn account_line(&self) -> String {
        self.frame.say("mail-unlock-account").text("account", &self.account).to_string()
    }

    fn not_me(&self) -> String {
        self.frame.say("mail-unlocked-not-me").text("tenant", &self.frame.tenant).to_string()
    }
}
