//! Mails: what they say (`view`), what becomes of an outbox row (`compose`), the message itself
//! (`letter`), its signature (`dkim`), the way to the mail server (`smtp`), the worker that ties them together
//! (`courier`), and what comes in (`inbound`). Knows outbox rows and nothing of what caused them.

pub mod checkup;
mod compose;
mod compose_alerts;
mod compose_codes;
mod compose_invite;
mod compose_links;
mod compose_support;
mod compose_unlock;
pub mod courier;
mod delivery;
pub mod destination;
pub mod dkim;
pub mod inbound;
pub mod letter;
mod queues;
pub mod retry;
mod returns;
pub mod samples;
pub mod servers;
pub mod settings;
mod smtp;
mod test_send;
pub mod texts;
pub mod view;
pub mod view_codes;
pub mod view_invite;
pub mod view_links;
pub mod view_staff_note;
pub mod view_support;
pub mod view_test;
pub mod view_unlock;

pub use courier::Courier;
pub use destination::{DestinationFault, Destinations};
pub use dkim::{DkimFault, DkimSigner};
pub use settings::{
    Inbound, MailFault, MailSettings, Roots, SmtpSecurity, SmtpSettings, Transport,
};
pub use test_send::{TestOutcome, TestWish, Tested};
