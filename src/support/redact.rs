//! Takes out of a message what nobody may keep: passwords that people write although they are asked
//! not to. What is taken is gone before it is stored. It finds what is said to be a password; it does
//! not guess at what merely looks like one.

/// What stands where something was taken out.
pub const REMOVED: &str = "[removed by Lockkeeper]";

/// Words that announce a password, in lower case.
const ANNOUNCED: [&str; 14] = [
    "password",
    "passwort",
    "kennwort",
    "passwd",
    "passcode",
    "passphrase",
    "pwd",
    "contraseña",
    "contrasena",
    "mot de passe",
    "mdp",
    "パスワード",
    "暗証番号",
    "密码",
];
/// Words between the announcement and the password, in lower case.
const LINKS: [&str; 15] = [
    "is", "was", "are", "ist", "war", "lautet", "es", "era", "est", "était", "my", "mein", "の",
    "は", "が",
];
/// Words looked at after an announcement without a colon.
const REACH: usize = 4;
/// Shorter ones without a colon before them are words like any.
const SECRET_CHARS: usize = 6;
/// Longest text that is taken as one password.
const MOST_CHARS: usize = 128;

/// `text` without its passwords.
#[must_use]
pub fn secrets(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            kept.push('\n');
        }
        kept.push_str(&line_without(line));
    }
    kept
}

fn line_without(line: &str) -> String {
    let mut kept = String::new();
    let mut rest = line;
    while let Some((before, after)) = announced(rest) {
        kept.push_str(before);
        let (gap, secret, behind) = announced_secret(after);
        kept.push_str(gap);
        if !secret.is_empty() {
            kept.push_str(REMOVED);
        }
        rest = behind;
    }
    kept.push_str(rest);
    kept
}

/// The text up to and with the first announcement, and what follows it.
fn announced(text: &str) -> Option<(&str, &str)> {
    let places = text.char_indices().filter(|(at, c)| {
        // At the beginning of a word, where the script has words.
        let before = text.get(..*at).and_then(|head| head.chars().next_back());
        !c.is_ascii() || !before.is_some_and(|c| c.is_ascii_alphanumeric())
    });
    for (at, _) in places {
        let tail = text.get(at..)?;
        for word in ANNOUNCED {
            if let Some(rest) = after_word(tail, word) {
                let end = text.len().checked_sub(rest.len())?;
                return Some((text.get(..end)?, rest));
            }
        }
    }
    None
}

/// What follows `word` at the start of `text`, case folded, if it is there whole.
fn after_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let mut letters = text.char_indices();
    for wanted in word.chars() {
        let (_, found) = letters.next()?;
        if found != wanted && found.to_lowercase().next() != Some(wanted) {
            return None;
        }
    }
    let rest = letters.as_str();
    let goes_on = word.is_ascii() && rest.chars().next().is_some_and(|c| c.is_ascii_lowercase());
    (!goes_on).then_some(rest)
}

/// What stands before the password, the password, and what follows; an empty password where none is
/// found. The three together are `text`.
fn announced_secret(text: &str) -> (&str, &str, &str) {
    let mut at = 0;
    let mut colon = false;
    for _ in 0..REACH {
        let tail = text.get(at..).unwrap_or_default();
        let gap = tail.len().saturating_sub(tail.trim_start_matches(is_between).len());
        colon |= tail.get(..gap).is_some_and(|gap| gap.contains([':', '=', '：']));
        let start = at.saturating_add(gap);
        let tail = text.get(start..).unwrap_or_default();
        let word = tail.split(char::is_whitespace).next().unwrap_or_default();
        if word.is_empty() {
            break;
        }
        let end = start.saturating_add(word.len());
        let link = LINKS.contains(&word.to_lowercase().as_str());
        if !link && (colon || is_secret(word)) && word.chars().count() <= MOST_CHARS {
            let (head, rest) = (text.get(..start), text.get(end..));
            return (head.unwrap_or_default(), word, rest.unwrap_or_default());
        }
        at = end;
    }
    ("", "", text)
}

const fn is_between(c: char) -> bool {
    matches!(c, ' ' | '\t' | ':' | '=' | '：' | '-' | '>' | '(' | '\u{3000}')
}

/// Quoted, or of letters and something else.
fn is_secret(word: &str) -> bool {
    let quotes = ['"', '\'', '“', '„', '«', '`'];
    if word.starts_with(quotes) && word.chars().count() > 2 {
        return true;
    }
    let word = word.trim_end_matches(['.', ',', ';', '!', '?', ')']);
    let letters = word.chars().any(char::is_alphabetic);
    let others = word.chars().any(|c| c.is_numeric() || "#$%&*+!^~_=".contains(c));
    // Addresses of people and of pages are what staff are to read.
    let address = word.contains('@') || word.contains("://");
    letters && others && !address && word.chars().count() >= SECRET_CHARS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn announced_passwords_are_taken_out_in_five_languages() {
        for (written, kept) in [
            ("password: hunter2", "password: […]"),
            ("Password:hunter2 and more", "Password:[…] and more"),
            ("my password is hunter2.", "my password is […]"),
            ("PASSWORD = correct", "PASSWORD = […]"),
            ("password was \"steady lantern\"", "password was […] lantern\""),
            ("Mein Passwort lautet sommer2024!", "Mein Passwort lautet […]"),
            ("Kennwort: geheim", "Kennwort: […]"),
            ("mi contraseña es Luna#77", "mi contraseña es […]"),
            ("mot de passe : soleil", "mot de passe : […]"),
            ("パスワードは sakura99 です", "パスワードは […] です"),
            ("パスワード：さくら", "パスワード：[…]"),
            ("pwd=abc&user=x", "pwd=[…]"),
            ("password: one\npassword: two", "password: […]\npassword: […]"),
            ("login alex password q1w2e3 password q1w2e3", "login alex password […] password […]"),
        ] {
            assert_eq!(secrets(written).replace(REMOVED, "[…]"), kept, "{written}");
        }
    }

    #[test]
    fn what_is_no_password_stays() {
        for text in [
            "I forgot my password and cannot sign in.",
            "My password is wrong, it says.",
            "Ich habe mein Passwort vergessen",
            "He olvidado la contraseña ayer por la tarde",
            "passwordless sign-in would be nice, v2.0!",
            "The password page of alex@acme.test fails",
            "The password reset https://acme.test/reset1 fails",
            "My e-mail/password/username is not-working...",
            "password",
            "password:",
            "",
            "\n\n",
            "Order 12345 came on 12.11.2026",
        ] {
            assert_eq!(secrets(text), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_and_nothing_but_secrets_is_lost(text in "(?s).{0,200}") {
            let kept = secrets(&text);
            if !kept.contains(REMOVED) {
                proptest::prop_assert_eq!(kept, text);
            }
        }
    }
}
