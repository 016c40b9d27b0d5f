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

/// The shape of a BCP 47 tag: a language of 2 to 8 letters, then subtags of 1 to 8 characters.
#[must_use]
pub fn is_language_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    (2..=8).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        })
}
