//! Rust text as a list of tokens without comments, strings and characters: as much of a lexer as the
//! rules need. Knows no grammar.

#![expect(clippy::string_slice, reason = "cuts at character boundaries that it has found")]

/// A word, `::`, or one other character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Word(&'a str),
    Colons,
    Mark(char),
}

/// The tokens of `text` with the numbers of their lines, from 1.
pub(super) fn tokens(text: &str) -> Vec<(Token<'_>, usize)> {
    let mut found = Vec::new();
    let (mut rest, mut line) = (text, 1);
    while let Some(c) = rest.chars().next() {
        let length = match nothing(rest) {
            Some(length) => length,
            None if is_word(c) => {
                let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                found.push((Token::Word(&rest[..length]), line));
                length
            }
            None if rest.starts_with("::") => {
                found.push((Token::Colons, line));
                2
            }
            None => {
                if !c.is_whitespace() {
                    found.push((Token::Mark(c), line));
                }
                c.len_utf8()
            }
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    found
}

/// The length of what carries no token: a comment, a literal of text, the mark of a raw identifier.
fn nothing(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(block_comment(text));
    }
    for prefix in ["br", "cr", "r"] {
        if let Some(after) = text.strip_prefix(prefix) {
            let hashes = after.len() - after.trim_start_matches('#').len();
            if after[hashes..].starts_with('"') {
                let end = format!("\"{}", "#".repeat(hashes));
                let open = prefix.len() + hashes + 1;
                let close = text[open..].find(&end).map_or(text.len(), |at| open + at + end.len());
                return Some(close);
            }
        }
    }
    if text.starts_with("r#") {
        return Some(2);
    }
    for prefix in ["b", "c", ""] {
        if let Some(after) = text.strip_prefix(prefix) {
            if after.starts_with('"') {
                return Some(prefix.len() + quoted(after, '"'));
            }
            if prefix != "c" && after.starts_with('\'') && is_character(after) {
                return Some(prefix.len() + quoted(after, '\''));
            }
        }
    }
    None
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                break;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// The length of a literal that begins with `quote`.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

/// `'a'` and `'\n'`, but not the lifetime `'a`.
fn is_character(text: &str) -> bool {
    let mut chars = text.chars().skip(1);
    let first = chars.next();
    first == Some('\\') || chars.next() == Some('\'')
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        let all = tokens(text).into_iter();
        all.filter_map(|(token, _)| if let Token::Word(word) = token { Some(word) } else { None })
            .collect()
    }

    #[test]
    fn comments_and_literals_hold_no_words() {
        let text = "a // no\n/* no /* no */ no */ b \"no \\\" no\" c r#\"no \" no\"# 'n' '\\'' d::<'e> \
                    b\"no\" br\"no\" r#type";
        assert_eq!(words(text), ["a", "b", "c", "d", "e", "type"]);
    }

    #[test]
    fn tokens_know_their_line() {
        let found = tokens("/* one\ntwo */ a\n\"x\ny\" b::c");
        let lines: Vec<usize> = found.iter().map(|(_, line)| *line).collect();
        assert_eq!(lines, [2, 4, 4, 4]);
        assert_eq!(found[2].0, Token::Colons);
    }
}
