//! Which paths a Rust file names: of our own crate, resolved from `crate`, `self` and `super` with
//! nested braces, and of other crates. Knows no rule.

use super::sources::Source;
use super::tokens::{Token, tokens};

/// A path and the line that names it. Of our own it begins below the crate's root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub path: Vec<String>,
    pub line: usize,
}

/// The paths of our own crate that `source` names.
pub(super) fn ours(source: &Source) -> Vec<Named> {
    let reader = Reader(tokens(&source.text));
    let mut here = module_of(&source.path);
    // The depths of braces at which an inline module began.
    let (mut depth, mut inline) = (0_usize, Vec::new());
    let mut found = Vec::new();
    for (at, (token, line)) in reader.0.iter().enumerate() {
        match token {
            Token::Mark('{') => {
                depth += 1;
                if let (Some("mod"), Some(name)) =
                    (reader.word_before(at, 2), reader.word_before(at, 1))
                {
                    here.push(name.to_owned());
                    inline.push(depth);
                }
            }
            Token::Mark('}') => {
                if inline.last() == Some(&depth) {
                    inline.pop();
                    here.pop();
                }
                depth = depth.saturating_sub(1);
            }
            Token::Word(first) if reader.begins_path(at) => {
                if let Some((base, next)) = reader.base(first, at, &here) {
                    reader.tree(next, &base, *line, &mut found);
                }
            }
            Token::Word(_) | Token::Colons | Token::Mark(_) => {}
        }
    }
    found
}

/// The paths that begin with `name`, another crate, below it.
pub(super) fn of_crate(source: &Source, name: &str) -> Vec<Named> {
    let reader = Reader(tokens(&source.text));
    let mut found = Vec::new();
    for (at, (token, line)) in reader.0.iter().enumerate() {
        if *token != Token::Word(name) {
            continue;
        }
        if reader.begins_path(at) {
            reader.tree(at + 2, &[], *line, &mut found);
        } else if matches!(reader.word_before(at, 1), Some("use" | "crate")) {
            found.push(Named { path: Vec::new(), line: *line });
        }
    }
    found
}

/// `src/web/pages/unlock.rs` is the module `web::pages::unlock`.
fn module_of(path: &str) -> Vec<String> {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    let parts = inner.split('/').filter(|part| !["lib", "main"].contains(part));
    parts.map(str::to_owned).collect()
}

struct Reader<'a>(Vec<(Token<'a>, usize)>);

impl<'a> Reader<'a> {
    fn token(&self, at: usize) -> Option<Token<'a>> {
        self.0.get(at).map(|(token, _)| *token)
    }

    fn word_before(&self, at: usize, steps: usize) -> Option<&'a str> {
        match self.token(at.checked_sub(steps)?) {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    /// A word followed by `::` that is not itself inside a path (`::diesel` is a beginning).
    fn begins_path(&self, at: usize) -> bool {
        let inside = at > 0
            && self.token(at - 1) == Some(Token::Colons)
            && matches!(at.checked_sub(2).and_then(|at| self.token(at)), Some(Token::Word(word)) if word != "use");
        self.token(at + 1) == Some(Token::Colons) && !inside
    }

    /// Where a path that begins with `first` at `at` starts out, and the place of its next part.
    fn base(&self, first: &str, at: usize, here: &[String]) -> Option<(Vec<String>, usize)> {
        let mut base = match first {
            // `main` and the tests name the library from outside.
            "crate" | "lockkeeper" => Vec::new(),
            "self" | "super" => here.to_vec(),
            _ => return None,
        };
        let mut next = at;
        while let Some(Token::Word("super" | "self" | "crate" | "lockkeeper")) = self.token(next) {
            if self.token(next) == Some(Token::Word("super")) {
                base.pop();
            }
            if self.token(next + 1) != Some(Token::Colons) {
                break;
            }
            next += 2;
        }
        Some((base, next))
    }

    /// Reads a path, or a tree in braces, below `base`; gives the place behind it.
    fn tree(&self, at: usize, base: &[String], line: usize, found: &mut Vec<Named>) -> usize {
        let line = self.0.get(at).map_or(line, |(_, line)| *line);
        match self.token(at) {
            Some(Token::Word(word)) => {
                let mut path = base.to_vec();
                if word != "self" {
                    path.push(word.to_owned());
                }
                if self.token(at + 1) == Some(Token::Colons) {
                    return self.tree(at + 2, &path, line, found);
                }
                found.push(Named { path, line });
                at + 1
            }
            Some(Token::Mark('{')) => {
                let mut next = at + 1;
                while !matches!(self.token(next), None | Some(Token::Mark('}'))) {
                    next = self.tree(next, base, line, found);
                    // `as name` and the comma.
                    while !matches!(self.token(next), None | Some(Token::Mark('}' | ','))) {
                        next += 1;
                    }
                    if self.token(next) == Some(Token::Mark(',')) {
                        next += 1;
                    }
                }
                next + 1
            }
            Some(Token::Mark('*')) => {
                let mut path = base.to_vec();
                path.push("*".to_owned());
                found.push(Named { path, line });
                at + 1
            }
            Some(Token::Mark(_) | Token::Colons) | None => {
                found.push(Named { path: base.to_vec(), line });
                at + 1
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(path: &str, text: &str) -> Vec<String> {
        ours(&Source::planted(path, text)).iter().map(|named| named.path.join("::")).collect()
    }

    #[test]
    fn nested_braces_are_read_to_their_leaves() {
        let text = "use crate::{store::{Reader, settle::{self, Settled as S}}, model::*};";
        let expected = ["store::Reader", "store::settle", "store::settle::Settled", "model::*"];
        assert_eq!(named("src/tenant/actor.rs", text), expected);
    }

    #[test]
    fn super_is_resolved_from_files_and_inline_modules() {
        let text = "use super::super::store::Reader; fn f() { super::x::y::<u8>() }
            mod tests { use super::super::z; } use self::own;";
        let expected = ["store::Reader", "tenant::x::y", "tenant::z", "tenant::actor::own"];
        assert_eq!(named("src/tenant/actor.rs", text), expected);
        assert_eq!(named("src/tenant/mod.rs", "use super::web;"), ["web"]);
    }

    #[test]
    fn expressions_count_and_visibility_does_not() {
        let text = "pub(crate) fn f() -> crate::store::Reader { lockkeeper::app::run() }";
        assert_eq!(named("src/main.rs", text), ["store::Reader", "app::run"]);
    }

    #[test]
    fn other_crates_are_told_from_modules_of_that_name() {
        let count = |text: &str| of_crate(&Source::planted("src/a.rs", text), "diesel").len();
        assert_eq!(count("use diesel::prelude::*;"), 1);
        assert_eq!(count("use ::diesel::{a, b};"), 2);
        assert_eq!(count("use diesel as d;"), 1);
        assert_eq!(
            count("// diesel::x\nlet s = \"diesel::x\"; crate::diesel::y(); #[diesel(a)]"),
            0
        );
    }
}
