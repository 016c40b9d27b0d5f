//! What the hosted pages, the landing page and the mailbox show: plain data in, HTML out
//! (askama, `templates/pages` and `templates/demo`). No handler, no database type, no decision:
//! a door fills one of these structs and calls `render`. Every page says what is so, until when,
//! and what to do next; all of them work without script.

pub mod account;
pub mod account_devices;
pub mod account_password;
pub mod account_second_factor;
pub mod account_sessions;
pub mod api_docs;
pub mod demo;
pub mod fault;
pub mod frame;
pub mod language;
pub mod locked;
pub mod mailbox;
pub mod mailed_code;
pub mod not_me;
pub mod password_reset;
pub mod second_factor;
pub mod sign_in;
pub mod sign_in_steps;
pub mod support;
pub mod support_status;
pub mod ticket;
pub mod unlock;
pub mod unlock_code;
pub mod unlock_request;

pub use account::{AccountNotice, AccountPage};
pub use account_devices::{DeviceItem, DevicesPage};
pub use account_password::{AccountPasswordPage, ConfirmPage, PresentProblem};
pub use account_second_factor::{
    AppCodePage, AppSetUpPage, RecoveryCodesPage, RecoveryCodesStatePage, SecondFactorStatePage,
};
pub use account_sessions::{SessionItem, SessionsPage, SignedInBy};
pub use demo::{DemoAccount, DemoStar, DemoTenant, FrontPage, LandingPage};
pub use fault::{BareFaultPage, Fault, FaultPage};
pub use frame::{ConsoleFrame, Frame, LogoFace, TenantFace};
pub use language::LanguagePage;
pub use locked::{LockShown, LockedPage, Resend};
pub use mailbox::{MailHeader, MailItem, MailScheme, MailTab, MailboxPage, OpenMail};
pub use mailed_code::{CodeFor, CodeRequestPage, CodeRequestProblem, MailedCodePage, NextCode};
pub use not_me::{NotMeDonePage, NotMeOutcome, NotMePage};
pub use password_reset::{NewPasswordPage, NewPasswordProblem};
pub use second_factor::{SecondFactor, SecondFactorPage};
pub use sign_in::{BannedPage, SignInNotice, SignInPage, SignInProblem};
pub use sign_in_steps::CodeProblem;
pub use support::{
    KnownLock, MailCopy, SupportFormPage, SupportProblem, SupportSentPage, TRAP_FIELD,
};
pub use support_status::{OwnMessage, RequestState, Said, SupportStatusPage};
pub use ticket::{DeadTicket, DeadTicketPage, TicketPage};
pub use unlock::{
    DeadLink, DeadLinkPage, DeadLinkResend, StillLocked, StillLockedPage, UnlockConfirmPage,
    UnlockedPage, UnlockedState,
};
pub use unlock_code::{UnlockCodePage, UnlockCodeProblem};
pub use unlock_request::{UnlockRequestPage, UnlockRequestProblem, UnlockRequestedPage, Written};
