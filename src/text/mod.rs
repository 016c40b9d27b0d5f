//! Every word a person reads: one message catalogue (Fluent, `en/*.ftl`) with plural and time
//! forms, and the functions that put instants and waits into words. Every language is a folder of
//! the same files; what one lacks is said in English. Knows nothing of pages, mails or HTTP.

pub mod catalogue;
pub mod lock_words;
pub mod markup;
pub mod time;

pub use catalogue::{Arg, Catalogue, Lang, Said};
pub use markup::Markup;
pub use time::{Moment, Zone};
