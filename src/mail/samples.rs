//! Mails of nobody, to be looked at: each topic with made-up facts in a tenant's own frame. What is shown
//! is what would be sent, by the same templates; no link in it leads anywhere. Knows no row.

use super::view::{MailFrame, MailParts, SupportAckMail};
use super::view_codes::{ClaimedMail, CodeMail, CodeUse};
use super::view_links::LinkMail;
use super::view_support::SupportReplyMail;
use super::view_unlock::{Origin, ShortCode, UnlockMail, UnlockedHow, UnlockedMail, WhichMail};
use crate::model::{MailTopic, Span, Until};

const NAME: &str = "Alex";
const ACCOUNT: &str = "alex@example.com";
const REFERENCE: &str = "LK-7F3A-22QM";

/// A mail of this topic. `base` is what the tenant's links begin with.
///
/// # Errors
/// Only if a template fails, which needs a formatter that fails.
pub fn sample(topic: MailTopic, frame: MailFrame, base: &str) -> askama::Result<MailParts> {
    let (now, name) = (frame.written_at, Some(NAME.to_owned()));
    let link = |rest: &str| format!("{base}/{rest}");
    match topic {
        MailTopic::Unlock => UnlockMail {
            name,
            account: ACCOUNT.to_owned(),
            locked_at: now,
            which: WhichMail::First,
            failures: 8,
            origin: Some(Origin { sources: 2, network: "203.0.113.*".to_owned() }),
            link: link("unlock/preview"),
            link_expires_at: now.after(Span::DAY),
            code: Some(ShortCode {
                digits: "01234567".to_owned(),
                expires_at: now.after(Span::DAY),
            }),
            lock_ends: Until::At(now.after(Span::MINUTE.times(10))),
            frame,
        }
        .parts(),
        MailTopic::Unlocked => UnlockedMail {
            name,
            account: ACCOUNT.to_owned(),
            unlocked_at: now,
            how: UnlockedHow::ByLink,
            reset_link: link("sign-in/forgot"),
            frame,
        }
        .parts(),
        MailTopic::Code => CodeMail {
            code: "042017".to_owned(),
            used_for: CodeUse::SignIn,
            expires_at: now.after(Span::MINUTE.times(10)),
            frame,
        }
        .parts(),
        MailTopic::SignInLink => LinkMail {
            link: link("sign-in/preview"),
            expires_at: now.after(Span::MINUTE.times(10)),
            frame,
        }
        .parts(),
        MailTopic::AddressClaimed => {
            ClaimedMail { name, sign_in_link: link("sign-in"), frame }.parts()
        }
        MailTopic::SupportAck => SupportAckMail {
            name,
            reference: REFERENCE.to_owned(),
            received_at: now,
            copy: Some("I changed my phone.".to_owned()),
            unlock_request_link: link("unlock"),
            status_link: Some(link("support/preview")),
            frame,
        }
        .parts(),
        MailTopic::Reply => SupportReplyMail {
            name,
            reference: REFERENCE.to_owned(),
            body: "The lock has ended. Please try again.".to_owned(),
            status_link: link("support/preview"),
            frame,
        }
        .parts(),
    }
}
