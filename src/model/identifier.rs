//! Identifiers: the names people sign in with, and the *canonical key* under which they are found
//! and counted. Everything that a reader takes for the same name has one key (NFKC, full case
//! folding, default-ignorable characters dropped, IDNA for the domain of an address, E.164 for a
//! phone number), so that respelling a name buys no extra guesses (CVE-2025-24806, CVE-2025-6004).
//! Knows nothing of which identifiers exist.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use super::UserId;

/// Longest identifier accepted, in bytes: an address is at most 254 (RFC 5321); the rest is slack
/// for what canonicalisation shortens.
pub const MAX_IDENTIFIER_BYTES: usize = 320;

/// What kind of name it is; decided by its spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IdentifierKind {
    EmailAddress,
    PhoneNumber,
    Username,
}

impl IdentifierKind {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EmailAddress => "email_address",
            Self::PhoneNumber => "phone_number",
            Self::Username => "username",
        }
    }

    #[must_use]
    pub fn from_stored(text: &str) -> Self {
        match text {
            "email_address" => Self::EmailAddress,
            "phone_number" => Self::PhoneNumber,
            _ => Self::Username,
        }
    }
}

/// Stands before the id in the key of a user.
const USER_MARK: char = '\u{1}';

/// The key under which an identifier is looked up and counted. Keys of different kinds never
/// collide: an address holds `@`, a phone number starts with `+`, a username can do neither.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CanonicalKey(String);

impl CanonicalKey {
    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Names a user by id: a session or a server knows the user, who may have no identifier at all.
    /// No identifier holds a control character, so nobody can type this key.
    #[must_use]
    pub fn of_user(user: &UserId) -> Self {
        Self(format!("{USER_MARK}{user}"))
    }

    /// The user whom [`CanonicalKey::of_user`] named.
    #[must_use]
    pub fn as_user(&self) -> Option<UserId> {
        Self::user_in(&self.0).map(|id| UserId::from_stored(id.to_owned()))
    }

    /// Whether nobody is behind the address or the number, because it is one that automated tests
    /// sign in with on development tenants (Clerk's conventions: `+clerk_test` in the local part of
    /// an address, the fictional numbers 555-0100 to 555-0199 of any area code in North America).
    #[must_use]
    pub fn is_for_tests(&self) -> bool {
        if let Some((local, _)) = self.0.rsplit_once('@') {
            return local.contains("+clerk_test");
        }
        let local = self.0.strip_prefix("+1").filter(|rest| rest.len() == 10);
        local.and_then(|rest| rest.get(3..8)).is_some_and(|middle| middle == "55501")
    }

    /// The user's id in a key as it is stored.
    pub(crate) fn user_in(key: &str) -> Option<&str> {
        key.strip_prefix(USER_MARK)
    }
}

impl fmt::Display for CanonicalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A parsed identifier: as typed (trimmed), its kind and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifier {
    pub display: String,
    pub kind: IdentifierKind,
    pub key: CanonicalKey,
}

/// Why a text is no identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierFault {
    #[error("identifier is missing")]
    Empty,
    #[error("identifier is longer than {MAX_IDENTIFIER_BYTES} bytes")]
    TooLong,
    #[error("identifier holds control characters")]
    ControlCharacter,
    #[error("e-mail address is not valid")]
    EmailAddress,
    #[error("phone number is not valid, write it with its country code such as +49…")]
    PhoneNumber,
}

impl Identifier {
    /// Parses what a person typed into a sign-in form. Surrounding white space is dropped.
    ///
    /// A name with `@` is an e-mail address, one that starts with `+` and holds only digits and
    /// spacing is a phone number, all else is a username.
    ///
    /// # Errors
    /// [`IdentifierFault`] where the text cannot be any identifier.
    pub fn parse(text: &str) -> Result<Self, IdentifierFault> {
        let display = text.trim();
        if display.is_empty() {
            return Err(IdentifierFault::Empty);
        }
        if display.len() > MAX_IDENTIFIER_BYTES {
            return Err(IdentifierFault::TooLong);
        }
        if display.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
            return Err(IdentifierFault::ControlCharacter);
        }
        let folded = fold(display);
        if folded.is_empty() {
            return Err(IdentifierFault::Empty);
        }
        let (kind, key) = if folded.contains('@') {
            (IdentifierKind::EmailAddress, email_key(&folded)?)
        } else if folded.starts_with('+') {
            (IdentifierKind::PhoneNumber, phone_key(&folded)?)
        } else {
            (IdentifierKind::Username, folded)
        };
        Ok(Self { display: display.to_owned(), kind, key: CanonicalKey(key) })
    }

    /// How the keys begin of all identifiers that begin with `text`: for looking people up. `None`
    /// where nothing is left of it, or where it is too long to be the beginning of any.
    #[must_use]
    pub fn prefix(text: &str) -> Option<String> {
        if text.len() > MAX_IDENTIFIER_BYTES || text.chars().any(char::is_control) {
            return None;
        }
        let folded = fold(text);
        let folded = match folded.strip_prefix('+') {
            // A number is kept without what people write between its digits.
            Some(rest) => {
                let digits =
                    rest.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '/'));
                std::iter::once('+').chain(digits).collect()
            }
            None => folded,
        };
        (!folded.is_empty()).then_some(folded)
    }

    /// The identifier as it may be shown to somebody who only typed it: first character and domain
    /// of an address, last two digits of a number. Made from the input alone, so it tells nothing.
    #[must_use]
    pub fn masked(&self) -> String {
        match self.kind {
            IdentifierKind::EmailAddress => match self.display.rsplit_once('@') {
                Some((local, domain)) => {
                    let first: String = local.chars().take(1).collect();
                    format!("{first}**@{domain}")
                }
                None => "**".to_owned(),
            },
            IdentifierKind::PhoneNumber => {
                let digits: Vec<char> = self.display.chars().filter(char::is_ascii_digit).collect();
                let tail: String = digits.iter().skip(digits.len().saturating_sub(2)).collect();
                format!("+**{tail}")
            }
            IdentifierKind::Username => {
                let first: String = self.display.chars().take(1).collect();
                format!("{first}**")
            }
        }
    }
}

/// NFKC, full case folding, ignorables dropped; repeated until it no longer changes, because
/// folding can undo normalisation (Unicode's NFKC_Casefold is defined as such a fixed point).
fn fold(text: &str) -> String {
    if text.is_ascii() {
        // What the long way comes to; a name under attack is folded at every refusal.
        return text.trim().to_ascii_lowercase();
    }
    fold_any(text)
}

fn fold_any(text: &str) -> String {
    let mut current = text.to_owned();
    for _ in 0..4 {
        let stripped: String = current.nfkc().filter(|c| !is_default_ignorable(*c)).collect();
        let next: String = caseless::default_case_fold_str(&stripped).nfkc().collect();
        let next = next.trim().to_owned();
        if next == current {
            break;
        }
        current = next;
    }
    current
}

/// The default-ignorable code points (Unicode `DerivedCoreProperties`, Default_Ignorable_Code_Point).
const fn is_default_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{00AD}'
            | '\u{034F}'
            | '\u{061C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFF8}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

fn email_key(folded: &str) -> Result<String, IdentifierFault> {
    let (local, domain) = folded.rsplit_once('@').ok_or(IdentifierFault::EmailAddress)?;
    let odd = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '"');
    if local.is_empty() || local.len() > 64 || local.contains(odd) || local.contains('@') {
        return Err(IdentifierFault::EmailAddress);
    }
    let domain = domain.trim_end_matches('.');
    if is_plain_domain(domain) {
        return Ok(format!("{local}@{domain}"));
    }
    let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| IdentifierFault::EmailAddress)?;
    if ascii.is_empty() || ascii.len() > 253 {
        return Err(IdentifierFault::EmailAddress);
    }
    Ok(format!("{local}@{ascii}"))
}

/// Whether IDNA would leave a domain as it is: lower case letters, digits and single hyphens
/// inside a label. Says no to others that it would leave as well.
fn is_plain_domain(domain: &str) -> bool {
    let plain = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
            && !label.contains("--")
    };
    domain.len() <= 253 && domain.split('.').all(plain)
}

fn phone_key(folded: &str) -> Result<String, IdentifierFault> {
    let mut digits = String::with_capacity(folded.len());
    for c in folded.chars().skip(1) {
        match c {
            '0'..='9' => digits.push(c),
            ' ' | '-' | '(' | ')' | '.' | '/' => {}
            _ => return Err(IdentifierFault::PhoneNumber),
        }
    }
    // E.164: at most 15 digits, no leading zero; 7 is the shortest in use.
    if !(7..=15).contains(&digits.len()) || digits.starts_with('0') {
        return Err(IdentifierFault::PhoneNumber);
    }
    Ok(format!("+{digits}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_beginning_of_a_name_is_the_beginning_of_its_key() {
        for (name, typed) in [
            ("Alex@Acme.test", "ALEX@"),
            ("+43 (660) 123-4567", "+43 66"),
            ("Größe", "GRÖ"),
            ("\u{200b}alex", " al\u{ad}"),
        ] {
            let prefix = Identifier::prefix(typed).unwrap();
            assert!(key(name).starts_with(&prefix), "{name} {typed}: {prefix}");
        }
        for nothing in ["", " ", "\u{200b}", "a\u{0}", &"x".repeat(400)] {
            assert_eq!(Identifier::prefix(nothing), None, "{nothing:?}");
        }
    }

    fn key(text: &str) -> String {
        Identifier::parse(text).unwrap().key.as_str().to_owned()
    }

    #[test]
    fn respellings_of_one_name_share_a_key() {
        for same in [
            "bob@Example.COM",
            " BOB@example.com ",
            "ｂｏｂ@example.com",
            "b\u{200B}ob@example.com.",
            "bob@EXAMPLE。com",
        ] {
            assert_eq!(key(same), "bob@example.com", "{same}");
        }
        assert_eq!(key("Straße"), key("STRASSE"));
        assert_eq!(key("jo@bücher.example"), key("jo@xn--bcher-kva.example"));
        assert_eq!(key("+49 (30) 1234-567"), "+49301234567");
        assert_eq!(key("\u{212A}im"), "kim");
    }

    proptest! {
        #[test]
        fn the_short_way_of_plain_names_ends_where_the_long_one_does(text in "[ -~]{0,40}") {
            let text = text.trim();
            prop_assert_eq!(fold(text), fold_any(text));
        }

        #[test]
        fn a_plain_domain_is_left_as_it_is_by_idna(
            domain in "[a-z0-9-]{0,5}(\\.[a-z0-9-]{0,5}){0,3}",
            label in "[a-z0-9]{60,66}",
        ) {
            for domain in [&domain, &format!("{label}.{domain}")] {
                if is_plain_domain(domain) {
                    prop_assert_eq!(&idna::domain_to_ascii_strict(domain).unwrap(), domain);
                }
            }
        }
    }

    #[test]
    fn nonsense_is_refused_with_its_reason() {
        let fault = |text: &str| Identifier::parse(text).unwrap_err();
        assert_eq!(fault("  "), IdentifierFault::Empty);
        assert_eq!(fault("\u{200B}"), IdentifierFault::Empty);
        assert_eq!(fault(&"a".repeat(400)), IdentifierFault::TooLong);
        assert_eq!(fault("a\nb"), IdentifierFault::ControlCharacter);
        assert_eq!(fault("@example.com"), IdentifierFault::EmailAddress);
        assert_eq!(fault("a b@example.com"), IdentifierFault::EmailAddress);
        assert_eq!(fault("+12"), IdentifierFault::PhoneNumber);
    }

    #[test]
    fn masks_come_from_the_input_alone() {
        let masked = |text: &str| Identifier::parse(text).unwrap().masked();
        assert_eq!(masked("bob@example.com"), "b**@example.com");
        assert_eq!(masked("+49301234567"), "+**67");
        assert_eq!(masked("bob"), "b**");
    }
}
