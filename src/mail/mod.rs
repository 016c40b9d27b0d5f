//! Mails: what they say (`view`), what becomes of an outbox row (`compose`), the message itself
//! (`letter`), its signature (`dkim`), the way to the mail server (`smtp`), and the worker that ties them together
//! (`courier`). Knows outbox rows and nothing of what caused them.

mod compose;
mod compose_codes;
mod compose_links;
pub mod courier;
pub mod dkim;
pub mod letter;
pub mod retry;
pub mod settings;
mod smtp;
pub mod texts;
pub mod view;
pub mod view_codes;
pub mod view_links;

pub use courier::Courier;
pub use dkim::{DkimFault, DkimSigner};
pub use settings::{MailFault, MailSettings, SmtpSecurity, SmtpSettings, Transport};
