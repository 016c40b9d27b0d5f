//! Rules on single files: length, header, clock, unfinished work, names of machines.

use super::sources::Source;
use super::tokens::{Token, tokens};

const MOST_LINES: usize = 500;

/// Recorded data may be as long as it is; these are read by people.
const READ_BY_PEOPLE: [&str; 6] = ["rs", "sql", "html", "css", "py", "sh"];

pub(super) fn too_long(source: &Source) -> Vec<String> {
    let lines = source.text.lines().count();
    let long = lines > MOST_LINES && READ_BY_PEOPLE.contains(&source.kind());
    long.then(|| format!("{}: {lines} lines", source.path)).into_iter().collect()
}

pub(super) fn without_header(source: &Source) -> Vec<String> {
    let first = source.text.lines().next().unwrap_or_default();
    let header = first.strip_prefix("//!").map(str::trim).unwrap_or_default();
    // Twenty characters cannot say what a file is for; "(to be written)" does not try.
    let says = header.len() >= 20;
    if says { Vec::new() } else { vec![format!("{}:1: {first}", source.path)] }
}

/// `app` holds the one clock; benches and tests measure the machine.
pub(super) fn reads_the_clock(source: &Source) -> Vec<String> {
    if source.path == "src/app.rs" || source.path.starts_with("src/app/") {
        return Vec::new();
    }
    let tokens = tokens(&source.text);
    let calls = tokens.windows(3).filter(|three| {
        let [(Token::Word(kind), _), (Token::Colons, _), (Token::Word("now"), _)] = three else {
            return false;
        };
        ["SystemTime", "Instant", "Timestamp", "Zoned", "Utc", "Local"].contains(kind)
    });
    calls.map(|three| format!("{}:{}", source.path, three[0].1)).collect()
}

pub(super) fn unfinished(source: &Source) -> Vec<String> {
    let tokens = tokens(&source.text);
    let calls = tokens.windows(2).filter(|two| {
        let [(Token::Word(name), _), (Token::Mark('!'), _)] = two else { return false };
        ["todo", "unimplemented", "dbg"].contains(name)
    });
    calls.map(|two| format!("{}:{}", source.path, two[0].1)).collect()
}

/// Written in halves, so that this file does not name what it forbids.
const PRIVATE_FOLDERS: [&str; 5] = [
    concat!("/wo", "rk/"),
    concat!("/tmp", "/wt"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
];

/// Settings by which a package manager is sent to a private host.
const REDIRECTIONS: [&str; 6] = [
    concat!("index", "-url"),
    concat!("replace", "-with"),
    concat!("_auth", "Token"),
    concat!("registry", "=http"),
    concat!("local", "-registry"),
    concat!("GOPROXY", "="),
];

/// Where lock files may say that a package comes from.
const PUBLIC_HOSTS: [&str; 2] = [
    concat!("registry+https://github.com/rust-lang/crates", ".io-index"),
    concat!("https://registry.npmjs", ".org/"),
];

pub(super) fn names_a_machine(source: &Source) -> Vec<String> {
    let lock = ["Cargo.lock", "package-lock.json"].iter().any(|name| source.path.ends_with(name));
    let named = source.text.lines().enumerate().filter(|(_, line)| {
        PRIVATE_FOLDERS.iter().any(|folder| begins_a_path(line, folder))
            || REDIRECTIONS.iter().any(|setting| line.contains(setting))
            || (lock && has_private_origin(line))
    });
    named.map(|(at, line)| format!("{}:{}: {}", source.path, at + 1, line.trim())).collect()
}

/// `/x/` inside a longer path or an address (`https://host/x/`) is none of ours.
fn begins_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.as_bytes().get(at.wrapping_sub(1)).copied().unwrap_or(b' ');
        !(before.is_ascii_alphanumeric() || b"._-/}".contains(&before))
    })
}

fn has_private_origin(line: &str) -> bool {
    let line = line.trim();
    let origin = ["source = ", "\"resolved\": "].into_iter().find_map(|key| line.strip_prefix(key));
    let origin = origin.map(|origin| origin.trim_matches(['"', ',']));
    origin.is_some_and(|origin| !PUBLIC_HOSTS.iter().any(|host| origin.starts_with(host)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(rule: fn(&Source) -> Vec<String>, path: &str, text: &str) -> usize {
        rule(&Source::planted(path, text)).len()
    }

    #[test]
    fn a_long_file_is_caught() {
        let (enough, long) = ("x\n".repeat(500), "x\n".repeat(501));
        assert_eq!(count(too_long, "src/a.rs", &enough), 0);
        assert_eq!(count(too_long, "templates/a.html", &long), 1);
        assert_eq!(count(too_long, "tests/data/a.json", &long), 0);
    }

    #[test]
    fn a_missing_or_empty_header_is_caught() {
        assert_eq!(count(without_header, "src/a.rs", "use std::fmt;"), 1);
        assert_eq!(count(without_header, "src/a.rs", "//!\nuse std::fmt;"), 1);
        assert_eq!(count(without_header, "src/a.rs", "//! (to be written)"), 1);
        assert_eq!(count(without_header, "src/a.rs", "//! Keeps the rows of users."), 0);
    }

    #[test]
    fn a_second_clock_is_caught() {
        for call in ["Instant::now()", "std::time::SystemTime::now()", "jiff::Timestamp::now()"] {
            assert_eq!(count(reads_the_clock, "src/store/a.rs", call), 1, "{call}");
            assert_eq!(count(reads_the_clock, "src/app.rs", call), 0, "{call}");
        }
        assert_eq!(
            count(reads_the_clock, "src/a.rs", "// Instant::now\nclock.now(); Clock::now(c)"),
            0
        );
    }

    #[test]
    fn unfinished_work_is_caught() {
        let planted = ["to", "do!(); un", "implemented!(); d", "bg!(x)"].concat();
        assert_eq!(count(unfinished, "src/a.rs", &planted), 3);
        let talk = "// todo!()\nlet todo = \"todo!()\"; todo == 1";
        assert_eq!(count(unfinished, "src/a.rs", talk), 0);
    }

    #[test]
    fn a_named_machine_is_caught() {
        let path = format!("see {}notes", PRIVATE_FOLDERS[0]);
        assert_eq!(count(names_a_machine, "README.md", &path), 1);
        let address = format!("see https://example.org{}notes", PRIVATE_FOLDERS[0]);
        assert_eq!(count(names_a_machine, "README.md", &address), 0);
        let private = "\"resolved\": \"http://10.0.0.1/npm/x.tgz\",";
        assert_eq!(count(names_a_machine, "tests/clients/package-lock.json", private), 1);
        let public = format!("source = \"{}\"", PUBLIC_HOSTS[0]);
        assert_eq!(count(names_a_machine, "Cargo.lock", &public), 0);
    }
}
