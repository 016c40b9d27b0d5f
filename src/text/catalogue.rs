//! The message catalogue: Fluent files embedded in the binary, one bundle per language, and the
//! two ways to ask for a message: `line` (no arguments) and `say`/`with` (with arguments).
//! A message that is missing prints its id; a test proves that none is. Knows no message by name.

use std::fmt;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use super::markup::Markup;

/// The English files, by area. Shown to the test that looks for missing and unused messages.
pub const ENGLISH: [(&str, &str); 32] = [
    ("time.ftl", include_str!("en/time.ftl")),
    ("common.ftl", include_str!("en/common.ftl")),
    ("pages.ftl", include_str!("en/pages.ftl")),
    ("mail.ftl", include_str!("en/mail.ftl")),
    ("unlock.ftl", include_str!("en/unlock.ftl")),
    ("demo.ftl", include_str!("en/demo.ftl")),
    ("codes.ftl", include_str!("en/codes.ftl")),
    ("links.ftl", include_str!("en/links.ftl")),
    ("sign_in_steps.ftl", include_str!("en/sign_in_steps.ftl")),
    ("account.ftl", include_str!("en/account.ftl")),
    ("desk.ftl", include_str!("en/desk.ftl")),
    ("not_me.ftl", include_str!("en/not_me.ftl")),
    ("alerts.ftl", include_str!("en/alerts.ftl")),
    ("api_docs.ftl", include_str!("en/api_docs.ftl")),
    ("console.ftl", include_str!("en/console.ftl")),
    ("console_attacks.ftl", include_str!("en/console_attacks.ftl")),
    ("console_inbox.ftl", include_str!("en/console_inbox.ftl")),
    ("console_locks.ftl", include_str!("en/console_locks.ftl")),
    ("console_mail.ftl", include_str!("en/console_mail.ftl")),
    ("console_policy.ftl", include_str!("en/console_policy.ftl")),
    ("console_replay.ftl", include_str!("en/console_replay.ftl")),
    ("console_users.ftl", include_str!("en/console_users.ftl")),
    ("console_user_import.ftl", include_str!("en/console_user_import.ftl")),
    ("console_alerts.ftl", include_str!("en/console_alerts.ftl")),
    ("console_audit.ftl", include_str!("en/console_audit.ftl")),
    ("console_branding.ftl", include_str!("en/console_branding.ftl")),
    ("console_keys.ftl", include_str!("en/console_keys.ftl")),
    ("console_webhooks.ftl", include_str!("en/console_webhooks.ftl")),
    ("console_first_steps.ftl", include_str!("en/console_first_steps.ftl")),
    ("console_settings.ftl", include_str!("en/console_settings.ftl")),
    ("console_team.ftl", include_str!("en/console_team.ftl")),
    ("console_versions.ftl", include_str!("en/console_versions.ftl")),
];

macro_rules! translation {
    ($tag:literal) => {
        &[
            ("time.ftl", include_str!(concat!($tag, "/time.ftl"))),
            ("common.ftl", include_str!(concat!($tag, "/common.ftl"))),
            ("pages.ftl", include_str!(concat!($tag, "/pages.ftl"))),
            ("mail.ftl", include_str!(concat!($tag, "/mail.ftl"))),
            ("unlock.ftl", include_str!(concat!($tag, "/unlock.ftl"))),
            ("codes.ftl", include_str!(concat!($tag, "/codes.ftl"))),
            ("links.ftl", include_str!(concat!($tag, "/links.ftl"))),
            ("sign_in_steps.ftl", include_str!(concat!($tag, "/sign_in_steps.ftl"))),
            ("account.ftl", include_str!(concat!($tag, "/account.ftl"))),
            ("not_me.ftl", include_str!(concat!($tag, "/not_me.ftl"))),
            ("desk.ftl", include_str!(concat!($tag, "/desk.ftl"))),
            ("alerts.ftl", include_str!(concat!($tag, "/alerts.ftl"))),
        ]
    };
}

/// The other languages, each with the English files that people read who are no developers: what
/// a folder lacks is said in English.
pub const TRANSLATED: [Translation; 4] = [
    ("de", translation!("de")),
    ("fr", translation!("fr")),
    ("es", translation!("es")),
    ("ja", translation!("ja")),
];

/// A language's tag and its files.
pub type Translation = (&'static str, &'static [(&'static str, &'static str)]);

/// One language: its tag, its direction and its messages.
pub struct Lang {
    /// BCP 47 tag for the `lang` attribute.
    pub tag: &'static str,
    /// `ltr` or `rtl`, for the `dir` attribute.
    pub dir: &'static str,
    bundle: FluentBundle<FluentResource>,
}

impl fmt::Debug for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lang").field("tag", &self.tag).finish_non_exhaustive()
    }
}

/// An argument of a message.
#[derive(Debug, Clone)]
pub enum Arg {
    /// Plain text; escaped when the message becomes HTML.
    Text(String),
    /// A number; chooses the plural form.
    Count(i64),
    /// HTML, printed as it is; only for `Said::html`.
    Html(Markup),
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Arg {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Arg {
    fn from(count: i64) -> Self {
        Self::Count(count)
    }
}

impl From<u32> for Arg {
    fn from(count: u32) -> Self {
        Self::Count(i64::from(count))
    }
}

/// What can be counted in a message; by reference too, because templates pass references.
pub trait Countable {
    fn as_count(&self) -> i64;
}

impl Countable for i64 {
    fn as_count(&self) -> i64 {
        *self
    }
}

impl Countable for u32 {
    fn as_count(&self) -> i64 {
        i64::from(*self)
    }
}

impl Countable for usize {
    fn as_count(&self) -> i64 {
        i64::try_from(*self).unwrap_or(i64::MAX)
    }
}

impl<T: Countable + ?Sized> Countable for &T {
    fn as_count(&self) -> i64 {
        (**self).as_count()
    }
}

/// A message being filled. Prints as plain text; `html` makes markup of it.
#[derive(Debug, Clone)]
pub struct Said {
    lang: &'static Lang,
    id: String,
    args: Vec<(&'static str, Arg)>,
}

impl Said {
    #[must_use]
    pub fn text(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        self.args.push((name, Arg::Text(value.as_ref().to_owned())));
        self
    }

    #[must_use]
    pub fn count(mut self, name: &'static str, value: impl Countable) -> Self {
        self.args.push((name, Arg::Count(value.as_count())));
        self
    }

    /// An argument that is HTML already, such as a `<time>` element.
    #[must_use]
    pub fn markup(mut self, name: &'static str, value: impl AsRef<Markup>) -> Self {
        self.args.push((name, Arg::Html(value.as_ref().clone())));
        self
    }

    /// The message as HTML: its own tags stand, every text argument is escaped.
    #[must_use]
    pub fn html(&self) -> Markup {
        let args: Vec<(&'static str, Arg)> = self
            .args
            .iter()
            .map(|(name, arg)| match arg {
                Arg::Text(text) => (*name, Arg::Text(Markup::escape(text).to_string())),
                Arg::Count(_) | Arg::Html(_) => (*name, arg.clone()),
            })
            .collect();
        Markup::trusted(self.lang.with(&self.id, &args))
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lang.with(&self.id, &self.args))
    }
}

impl Lang {
    /// A message without arguments; its id if there is no such message.
    #[must_use]
    pub fn line(&self, id: &str) -> String {
        self.with(id, &[])
    }

    /// A message with arguments, as plain text: in English if this language has none, its id if there
    /// is no such message at all.
    #[must_use]
    pub fn with(&self, id: &str, args: &[(&'static str, Arg)]) -> String {
        let Some(pattern) = self.bundle.get_message(id).and_then(|message| message.value()) else {
            let english: &Self = &EN;
            return if self.tag == english.tag { id.to_owned() } else { english.with(id, args) };
        };
        let mut fluent = FluentArgs::with_capacity(args.len());
        for (name, arg) in args {
            fluent.set(*name, value_of(arg));
        }
        // Faults (a missing argument) leave `{$name}` in the text; a test renders everything and looks for it.
        let mut faults = Vec::new();
        self.bundle.format_pattern(pattern, Some(&fluent), &mut faults).into_owned()
    }

    /// A message to be filled argument by argument: `lang.say("locked-why").text("who", who)`.
    #[must_use]
    pub fn say(&'static self, id: &str) -> Said {
        Said { lang: self, id: id.to_owned(), args: Vec::new() }
    }
}

fn value_of(arg: &Arg) -> FluentValue<'static> {
    match arg {
        Arg::Text(text) => FluentValue::from(text.clone()),
        Arg::Count(count) => FluentValue::from(*count),
        Arg::Html(markup) => FluentValue::from(markup.to_string()),
    }
}

/// All languages.
pub struct Catalogue;

static EN: LazyLock<Lang> =
    LazyLock::new(|| Lang { tag: "en", dir: "ltr", bundle: bundle_of("en", &ENGLISH) });

static OTHERS: LazyLock<Vec<Lang>> = LazyLock::new(|| {
    let lang = |(tag, files): &Translation| Lang { tag, dir: "ltr", bundle: bundle_of(tag, files) };
    TRANSLATED.iter().map(lang).collect()
});

impl Catalogue {
    /// The tags of all languages, English first.
    #[must_use]
    pub fn tags() -> Vec<&'static str> {
        std::iter::once("en").chain(TRANSLATED.iter().map(|(tag, _)| *tag)).collect()
    }

    /// The best language for a BCP 47 tag (`de-AT`, `en`, anything): English where there is none.
    #[must_use]
    pub fn get(locale: &str) -> &'static Lang {
        let primary = locale.split(['-', '_']).next().unwrap_or_default();
        OTHERS.iter().find(|lang| lang.tag.eq_ignore_ascii_case(primary)).unwrap_or(&EN)
    }
}

/// Builds a bundle. Broken files lose their broken messages only (they then print their ids);
/// a test proves that the embedded ones are whole.
fn bundle_of(tag: &str, files: &[(&str, &str)]) -> FluentBundle<FluentResource> {
    let locale: LanguageIdentifier = tag.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![locale]);
    // Isolation marks are invisible characters around every argument: they would travel along when
    // a person copies an address or a code, and break the comparison of mails.
    bundle.set_use_isolating(false);
    if tag == "en" {
        bundle.set_formatter(Some(formatted));
    }
    for (_, source) in files {
        let resource = match FluentResource::try_new((*source).to_owned()) {
            Ok(whole) => whole,
            Err((rest, _faults)) => rest,
        };
        bundle.add_resource_overriding(resource);
    }
    bundle
}

/// Numbers as English has them: 11,402.
fn formatted<M>(value: &FluentValue<'_>, _memoizer: &M) -> Option<String> {
    match value {
        FluentValue::Number(number) => Some(grouped(&number.as_string())),
        FluentValue::String(_)
        | FluentValue::Custom(_)
        | FluentValue::None
        | FluentValue::Error => None,
    }
}

/// A whole number with a comma before every three digits; anything else as it is.
#[must_use]
pub fn grouped(number: &str) -> String {
    if !number.chars().all(|c| c.is_ascii_digit()) {
        return number.to_owned();
    }
    let digits = number.len();
    let mut text = String::with_capacity(digits);
    for (place, digit) in number.chars().enumerate() {
        if place > 0 && digits.saturating_sub(place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_parted_for_the_eye() {
        for (number, text) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("11402", "11,402"),
            ("987654321", "987,654,321"),
            ("-1000", "-1000"),
            ("1.5", "1.5"),
            ("", ""),
        ] {
            assert_eq!(grouped(number), text);
        }
        let said = Catalogue::get("en").say("console-more-than").count("count", 1_000_i64);
        assert_eq!(said.to_string(), "more than 1,000");
    }

    #[test]
    fn unknown_languages_and_odd_tags_fall_back_to_english() {
        for tag in ["en", "en-GB", "it", "dex", "", "x-klingon", "\u{0}"] {
            assert_eq!(Catalogue::get(tag).tag, "en");
        }
        for (tag, found) in [("de", "de"), ("DE-at", "de"), ("fr_CA", "fr"), ("ja-JP", "ja")] {
            assert_eq!(Catalogue::get(tag).tag, found);
        }
    }

    #[test]
    fn a_missing_message_prints_its_id() {
        assert_eq!(
            Catalogue::get("de").line("there-is-no-such-message"),
            "there-is-no-such-message"
        );
        assert_eq!(
            Catalogue::get("en").line("there-is-no-such-message"),
            "there-is-no-such-message"
        );
    }

    #[test]
    fn plural_forms_follow_the_count() {
        let lang = Catalogue::get("en");
        let tries = |n: u32| lang.say("tries-left").count("count", n).to_string();
        assert_eq!(tries(1), "1 try left before sign-in is locked.");
        assert_eq!(tries(2), "2 tries left before sign-in is locked.");
    }

    #[test]
    fn arguments_are_escaped_in_html_and_left_alone_in_text() {
        let said = Catalogue::get("en").say("mail-hello").text("name", "<Al>");
        assert_eq!(said.to_string(), "Hello <Al>,");
        assert_eq!(said.html().as_str(), "Hello &lt;Al&gt;,");
    }
}
