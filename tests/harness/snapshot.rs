//! Masks for what differs from run to run, so that whole responses can be snapshots. Equal values get
//! equal masks: a snapshot still shows that two places name the same user.

#![expect(clippy::string_slice, reason = "cuts only where it has just looked")]

use std::collections::HashMap;

/// The prefixes of our ids (`model::id`); 27 base62 characters follow.
const ID_PREFIXES: [&str; 13] = [
    "ins_", "user_", "idn_", "client_", "sia_", "sua_", "sit_", "sess_", "att_", "out_", "aud_",
    "req_", "ep_",
];

const ID_TAIL: usize = 27;

/// Replaces ids (`<user_1>`), instants in milliseconds (`<ms_1>`), RFC 3339 instants (`<time_1>`),
/// JWTs (`<jwt_1>`) and loopback ports (`127.0.0.1:<port_1>`), each numbered by first appearance.
pub(crate) fn mask(text: &str) -> String {
    let mut masks = Masks::default();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        // Only whole words: `muser_…` and the tail of a longer number stay as they are.
        let found = if is_word(before) { None } else { find(rest) };
        let taken = match found {
            Some((kind, keep, length)) => {
                out.push_str(&rest[..keep]);
                out.push_str(&masks.name(kind, &rest[keep..length]));
                length
            }
            None => {
                out.push(c);
                c.len_utf8()
            }
        };
        before = rest[..taken].chars().next_back().unwrap_or(' ');
        rest = &rest[taken..];
    }
    out
}

/// As [`mask`], of pretty-printed JSON.
pub(crate) fn mask_json(value: &serde_json::Value) -> String {
    mask(&serde_json::to_string_pretty(value).unwrap())
}

#[derive(Default)]
struct Masks<'a> {
    names: HashMap<&'a str, String>,
    used: HashMap<&'static str, usize>,
}

impl<'a> Masks<'a> {
    fn name(&mut self, kind: &'static str, value: &'a str) -> String {
        let used = &mut self.used;
        let named = self.names.entry(value).or_insert_with(|| {
            let number = used.entry(kind).or_insert(0);
            *number += 1;
            format!("<{kind}_{number}>")
        });
        named.clone()
    }
}

/// What begins here: its kind, how many bytes of it stay, and its whole length.
fn find(text: &str) -> Option<(&'static str, usize, usize)> {
    let word = text.find(|c| !is_word(c)).unwrap_or(text.len());
    id(&text[..word])
        .or_else(|| milliseconds(&text[..word]))
        .or_else(|| jwt(text))
        .or_else(|| instant(text))
        .or_else(|| port(text))
}

fn id(word: &str) -> Option<(&'static str, usize, usize)> {
    let prefix = ID_PREFIXES.into_iter().find(|prefix| word.starts_with(prefix))?;
    let tail = &word[prefix.len()..];
    let whole = tail.len() == ID_TAIL && tail.bytes().all(|b| b.is_ascii_alphanumeric());
    whole.then_some((prefix.trim_end_matches('_'), 0, word.len()))
}

/// 13 digits: the years 2001 to 2286.
fn milliseconds(word: &str) -> Option<(&'static str, usize, usize)> {
    let instant = word.len() == 13 && word.bytes().all(|b| b.is_ascii_digit());
    instant.then_some(("ms", 0, word.len()))
}

/// Three base64url parts of which the first begins as every JSON object does.
fn jwt(text: &str) -> Option<(&'static str, usize, usize)> {
    let end = text.find(|c| !(is_word(c) || matches!(c, '-' | '.'))).unwrap_or(text.len());
    let token = text[..end].trim_end_matches('.');
    let looks = token.starts_with("eyJ") && token.matches('.').count() == 2;
    looks.then_some(("jwt", 0, token.len()))
}

fn instant(text: &str) -> Option<(&'static str, usize, usize)> {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00";
    let head = text.as_bytes().get(..SHAPE.len())?;
    let fits = head.iter().zip(SHAPE).all(|(byte, shape)| match shape {
        b'0' => byte.is_ascii_digit(),
        _ => byte == shape,
    });
    let tail =
        text[SHAPE.len()..].bytes().take_while(|b| b.is_ascii_digit() || b".+:Z".contains(b));
    fits.then(|| ("time", 0, SHAPE.len() + tail.count()))
}

fn port(text: &str) -> Option<(&'static str, usize, usize)> {
    let host = ["127.0.0.1:", "localhost:"].into_iter().find(|host| text.starts_with(host))?;
    let digits = text[host.len()..].bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0).then(|| ("port", host.len(), host.len() + digits))
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_get_equal_masks_and_the_rest_stays() {
        let (one, other) = ("user_2QyKLb9sCnbIuTEvnkq6hBEuFtz", "user_000000000000000000000000001");
        let text = format!(
            r#"{{"a":"{one}","b":"{other}","c":"{one}","at":1772539200123,"n":17725392001234,
            "iso":"2026-03-03T12:00:00.5+01:00","jwt":"eyJh.eyJz.c2ln-_x","u":"http://127.0.0.1:8080/x",
            "no":"user_short muser_2QyKLb9sCnbIuTEvnkq6hBEuFtz grün"}}"#
        );
        insta::assert_snapshot!(mask(&text), @r#"
        {"a":"<user_1>","b":"<user_2>","c":"<user_1>","at":<ms_1>,"n":17725392001234,
                    "iso":"<time_1>","jwt":"<jwt_1>","u":"http://127.0.0.1:<port_1>/x",
                    "no":"user_short muser_2QyKLb9sCnbIuTEvnkq6hBEuFtz grün"}
        "#);
    }

    #[test]
    fn json_is_laid_out_before_it_is_masked() {
        let value = serde_json::json!({ "created_at": 1_772_539_200_000_i64 });
        assert_eq!(mask_json(&value), "{\n  \"created_at\": <ms_1>\n}");
    }
}
