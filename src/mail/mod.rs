//! Mails: what they say (`view`), what becomes of an outbox row (`compose`), the message itself
//! (`letter`), the way to the mail server (`smtp`), and the worker that ties them together
//! (`courier`). Knows outbox rows and nothing of what caused them.

mod compose;
pub mod courier;
pub mod letter;
pub mod retry;
pub mod settings;
mod smtp;
pub mod view;

pub use courier::Courier;
pub use settings::{MailFault, MailSettings, SmtpSecurity, SmtpSettings, Transport};
