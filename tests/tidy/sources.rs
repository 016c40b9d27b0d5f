//! The files of the repository as text. Knows no rule.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What rules look at; other files (pictures, recorded data) are not read.
const KINDS: [&str; 16] = [
    "rs", "sql", "html", "txt", "css", "js", "py", "sh", "md", "toml", "json", "ftl", "lock",
    "yml", "mjs", "patch",
];

/// Text files whose names have no kind.
const KINDLESS: [&str; 2] = ["Makefile", "run"];

/// One file. `path` is relative to the repository, with `/`.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub path: String,
    pub text: String,
}

impl Source {
    /// A planted file, for tests of the rules.
    #[cfg(test)]
    pub(super) fn planted(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    pub(super) fn kind(&self) -> &str {
        Path::new(&self.path).extension().and_then(|kind| kind.to_str()).unwrap_or_default()
    }
}

/// All text files of the repository, also those about to be added.
pub(super) fn tracked() -> Vec<Source> {
    let paths = listed_by_git().unwrap_or_else(|| {
        let mut found = Vec::new();
        walk(&root(), &mut found);
        found
    });
    let mut sources: Vec<Source> = paths
        .into_iter()
        .filter(|path| {
            let name = Path::new(path);
            let kind = name.extension().and_then(|kind| kind.to_str());
            let file = name.file_name().and_then(|file| file.to_str()).unwrap_or_default();
            kind.map_or(KINDLESS.contains(&file), |kind| KINDS.contains(&kind))
        })
        // Deleted, but not yet for git.
        .filter(|path| root().join(path).is_file())
        .map(|path| Source { text: read(&path), path })
        .collect();
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(sources.len() > 20, "only {} files found", sources.len());
    sources
}

/// The Rust files below `folder`.
pub(super) fn rust(folder: &str) -> Vec<Source> {
    tracked()
        .into_iter()
        .filter(|file| file.kind() == "rs" && file.path.starts_with(folder))
        .collect()
}

pub(super) fn read(path: &str) -> String {
    let bytes = std::fs::read(root().join(path)).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(super) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// `None` in an unpacked archive.
fn listed_by_git() -> Option<Vec<String>> {
    let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let listed = Command::new("git").args(list).current_dir(root()).output().ok()?;
    let names = String::from_utf8(listed.stdout).ok()?;
    let paths: Vec<String> =
        names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    (listed.status.success() && !paths.is_empty()).then_some(paths)
}

fn walk(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            if !["target", "node_modules", ".git"].contains(&name.as_str()) {
                walk(&path, found);
            }
        } else {
            found.push(path.strip_prefix(root()).unwrap().to_string_lossy().into_owned());
        }
    }
}
