//! The catalogue is whole: every message that a template or a source file asks for exists, every
//! message that exists is asked for, and no file is broken.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use fluent_bundle::FluentResource;
use lockkeeper::text::catalogue::ENGLISH;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All files below `dir` whose extension is among `kinds`.
fn files(dir: &Path, kinds: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, kinds));
        } else if path.extension().and_then(|e| e.to_str()).is_some_and(|e| kinds.contains(&e)) {
            found.push(path);
        }
    }
    found
}

/// Ids in calls such as `.line("…")`, split over lines or not. Unit tests are left out.
fn asked_for() -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let mut paths = files(&root().join("templates"), &["html", "txt"]);
    paths.extend(files(&root().join("src"), &["rs"]));
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        for call in [".line(", ".say(", ".with(", ".title(", ".command("] {
            for rest in text.split(call).skip(1) {
                let rest = rest.trim_start();
                if let Some(quoted) = rest.strip_prefix('"') {
                    ids.insert(quoted.split('"').next().unwrap().to_owned());
                }
            }
        }
    }
    ids
}

fn defined() -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for (_, source) in ENGLISH {
        for line in source.lines() {
            if line.starts_with(|c: char| c.is_ascii_lowercase()) {
                let id = line.split(" =").next().unwrap().to_owned();
                assert!(ids.insert(id.clone()), "{id} is defined twice");
            }
        }
    }
    ids
}

#[test]
fn no_message_is_missing_and_none_is_idle() {
    let (asked, defined) = (asked_for(), defined());
    let missing: Vec<_> = asked.difference(&defined).collect();
    let idle: Vec<_> = defined.difference(&asked).collect();
    assert!(asked.len() > 100, "the scan found only {} ids", asked.len());
    assert!(missing.is_empty(), "asked for but not in the catalogue: {missing:?}");
    assert!(idle.is_empty(), "in the catalogue but never asked for: {idle:?}");
}

#[test]
fn every_catalogue_file_parses_and_is_short_enough_to_read() {
    for (name, source) in ENGLISH {
        let parsed = FluentResource::try_new(source.to_owned());
        assert!(parsed.is_ok(), "{name}: {:?}", parsed.err().map(|(_, faults)| faults));
        assert!(source.lines().count() < 500, "{name} is too long");
    }
}

/// VISUAL §7 and the tone rules: no shouting, no jargon, one name for each thing.
#[test]
fn the_words_keep_the_tone() {
    for (name, source) in ENGLISH {
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            let words = line.split_once(" =").map_or(line, |(_, words)| words).to_lowercase();
            for odd in ["!", "oops", "token", "credential", "brute", "invalid", "blocked", "denied"]
            {
                assert!(!words.contains(odd), "{name}: {odd:?} in {line:?}");
            }
        }
    }
}

#[test]
fn buttons_stay_short_enough_to_grow_in_translation() {
    let lang = lockkeeper::text::Catalogue::get("en");
    for id in defined().iter().filter(|id| id.contains("button") && !id.starts_with("demo-")) {
        let words = lang.line(id);
        assert!(words.chars().count() <= 22, "{id}: {words}");
    }
}
