//! The rules of the attempt protocol can be found by name: `docs/protocol.md` says where each is kept
//! and what tests it, the sources and the patches agree. Knows nothing of what the rules say.

use std::collections::{BTreeMap, BTreeSet};

use super::sources::Source;

const TABLE: &str = "docs/protocol.md";
const PATCHES: &str = "tests/rules/";
const RULES: usize = 20;

/// A line of the table.
#[derive(Debug, Default, PartialEq, Eq)]
struct Rule {
    name: String,
    files: BTreeSet<String>,
    tests: Vec<String>,
}

pub(super) fn offences(sources: &[Source]) -> Vec<String> {
    let Some(table) = sources.iter().find(|source| source.path == TABLE) else {
        return vec![format!("{TABLE} is missing")];
    };
    let rules = read(&table.text);
    let mut found = Vec::new();
    let numbers: Vec<usize> = rules.keys().copied().collect();
    if numbers != (1..=RULES).collect::<Vec<_>>() {
        found.push(format!("{TABLE}: the rules are {numbers:?}"));
    }
    let marks = marks(sources);
    for (number, rule) in &rules {
        let named = (*number, rule.name.clone());
        let places = marks.get(&named).cloned().unwrap_or_default();
        if places != rule.files {
            let (rule, table) = (&rule.name, &rule.files);
            found.push(format!("rule {number} ({rule}): marked in {places:?}, not {table:?}"));
        }
        for test in rule.tests.iter().filter(|test| !exists(sources, test)) {
            found.push(format!("rule {number}: there is no test {test}"));
        }
    }
    let unknown = marks
        .keys()
        .filter(|(number, name)| rules.get(number).is_none_or(|rule| rule.name != *name));
    found.extend(unknown.map(|(number, name)| format!("no rule {number} is named ({name})")));
    found.extend(patch_offences(sources, &rules));
    found
}

/// `| 5 | name | what | `file` place<br>… | `test`<br>… |`
fn read(table: &str) -> BTreeMap<usize, Rule> {
    let lines = table.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, number, name, _, kept, tests, _] = cells[..] else { return None };
        let quoted = |cell: &str| -> Vec<String> {
            cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
        };
        let rule = Rule {
            name: name.to_owned(),
            files: quoted(kept).into_iter().collect(),
            tests: quoted(tests),
        };
        Some((number.parse().ok()?, rule))
    });
    lines.collect()
}

/// Every `Rule 5 (name):` in a comment below `src/`, with its files.
fn marks(sources: &[Source]) -> BTreeMap<(usize, String), BTreeSet<String>> {
    let mut found: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for source in sources.iter().filter(|source| source.path.starts_with("src/")) {
        for line in source.text.lines().filter(|line| line.trim_start().starts_with("//")) {
            let named = line.split_once("Rule ").and_then(|(_, rest)| rest.split_once(" ("));
            let Some((number, rest)) = named else { continue };
            let (Ok(number), Some((name, _))) = (number.parse::<usize>(), rest.split_once("):"))
            else {
                continue;
            };
            found.entry((number, name.to_owned())).or_default().insert(source.path.clone());
        }
    }
    found
}

/// Whether a test's path names a function of a file of the tests. `on_sqlite` and `on_postgres` are
/// modules that a macro makes.
fn exists(sources: &[Source], test: &str) -> bool {
    let parts: Vec<&str> =
        test.split("::").filter(|part| !["on_sqlite", "on_postgres"].contains(part)).collect();
    let Some((function, modules)) = parts.split_last() else { return false };
    let path = format!("tests/{}.rs", modules.join("/"));
    let declared = format!("fn {function}(");
    sources.iter().any(|source| source.path == path && source.text.contains(&declared))
}

fn patch_offences(sources: &[Source], rules: &BTreeMap<usize, Rule>) -> Vec<String> {
    let mut found = Vec::new();
    let mut patched = BTreeSet::new();
    let patches = sources.iter().filter(|source| source.path.starts_with(PATCHES));
    for patch in patches {
        let path = &patch.path;
        let file = path.trim_start_matches(PATCHES);
        let number = file.split_once('-').and_then(|(number, _)| number.parse::<usize>().ok());
        let Some((number, rule)) = number.and_then(|n| Some((n, rules.get(&n)?))) else {
            found.push(format!("{path}: the name begins with no rule's number"));
            continue;
        };
        patched.insert(number);
        if !patch.text.starts_with(&format!("Rule {number} ({}) taken out: ", rule.name)) {
            found.push(format!("{path}: the first line names another rule"));
        }
        let tests: Vec<&str> =
            patch.text.lines().filter_map(|line| line.strip_prefix("Test: ")).collect();
        if tests != rule.tests {
            found.push(format!("{path}: its tests are not those of {TABLE}"));
        }
        found.extend(unfit(sources, patch));
    }
    let missing = rules.keys().filter(|number| !patched.contains(number));
    found.extend(missing.map(|number| format!("rule {number} has no patch in {PATCHES}")));
    found
}

/// The hunks of a patch whose old lines are not in their file, exactly once.
fn unfit(sources: &[Source], patch: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let (mut target, mut old) = (String::new(), Vec::new());
    let mut hunks = Vec::new();
    for line in patch.text.lines().chain(["@@"]) {
        if let Some(file) = line.strip_prefix("--- a/") {
            hunks.push((target.clone(), std::mem::take(&mut old)));
            file.clone_into(&mut target);
        } else if line.starts_with("@@") {
            hunks.push((target.clone(), std::mem::take(&mut old)));
        } else if !line.starts_with("+++") && !target.is_empty() {
            old.extend(line.strip_prefix([' ', '-']));
        }
    }
    for (file, old) in hunks.iter().filter(|(_, old)| !old.is_empty()) {
        let wanted = format!("\n{}\n", old.join("\n"));
        let text = sources.iter().find(|source| source.path == *file);
        let places = text.map_or(0, |source| format!("\n{}", source.text).matches(&wanted).count());
        if places != 1 {
            found.push(format!("{}: a hunk fits {places} places of {file}", patch.path));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "/// Rule 1 (one permit): why.\nfn a() {\n    b();\n    c();\n}\n";
    const PATCH: &str = "Rule 1 (one permit) taken out: none.\n\nTest: x::y::works\n\n\
                         diff --git a/src/a.rs b/src/a.rs\n--- a/src/a.rs\n+++ b/src/a.rs\n\
                         @@ -2,3 +2,2 @@\n fn a() {\n-    b();\n     c();\n";

    fn planted(code: &str, test: &str, patch: &str) -> Vec<String> {
        let mut table = String::new();
        for number in 1..=RULES {
            table.push_str(&format!(
                "| {number} | one permit | . | `src/a.rs` a | `x::y::works` |\n"
            ));
        }
        let marks: String =
            (2..=RULES).map(|number| format!("// Rule {number} (one permit): why\n")).collect();
        let mut sources = vec![
            Source::planted(TABLE, &table),
            Source::planted("src/a.rs", &format!("{code}{marks}")),
            Source::planted("tests/x/y.rs", test),
            Source::planted("tests/rules/01-a.patch", patch),
        ];
        for number in 2..=RULES {
            let text = PATCH.replace("Rule 1", &format!("Rule {number}"));
            sources.push(Source::planted(&format!("tests/rules/{number:02}-a.patch"), &text));
        }
        offences(&sources)
    }

    #[test]
    fn what_agrees_passes_and_what_does_not_is_caught() {
        let test = "fn works() {}";
        assert_eq!(planted(CODE, test, PATCH), Vec::<String>::new());
        let renamed = CODE.replace("one permit", "two permits");
        assert_eq!(planted(&renamed, test, PATCH).len(), 2, "the mark's name is unknown");
        assert_eq!(planted(CODE, "fn other() {}", PATCH).len(), RULES, "no such test");
        let other = PATCH.replace("works", "fails");
        assert_eq!(planted(CODE, test, &other).len(), 1, "another test");
    }

    #[test]
    fn a_patch_that_no_longer_fits_is_caught() {
        let moved = CODE.replace("b();", "d();");
        assert_eq!(planted(&moved, "fn works() {}", PATCH).len(), RULES);
    }
}
