//! What the program asks its database while tests run: every statement once, in a file that another
//! process reads. Judges none of them, and knows no table.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{LazyLock, Mutex, Once};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

/// Names the file. Nothing is recorded without it.
pub(crate) const STATEMENTS: &str = "LOCKKEEPER_TESTS_STATEMENTS";

/// Those that were met, and where they are written.
static MET: LazyLock<Mutex<(HashSet<String>, File)>> = LazyLock::new(|| {
    let path = std::env::var_os(STATEMENTS).expect("the file has a name");
    let file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    Mutex::new((HashSet::new(), file))
});

/// Records what connections that are opened from now on are asked, if anybody wants to know.
pub(crate) fn record() {
    static BEGUN: Once = Once::new();
    if std::env::var_os(STATEMENTS).is_some() {
        BEGUN.call_once(|| set_default_instrumentation(recorder).unwrap());
    }
}

fn recorder() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(|event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            keep(&query.to_string());
        }
    }))
}

/// Keeps a statement of the program: what a test itself asks runs on its own thread, which has its name.
fn keep(query: &str) {
    let of_a_test = std::thread::current().name().is_some_and(|name| name.contains("::"));
    let statement = query.split(" -- binds: ").next().unwrap_or_default();
    let words = ["SELECT ", "UPDATE ", "DELETE ", "WITH "];
    if of_a_test || !words.iter().any(|word| statement.starts_with(word)) {
        return;
    }
    let line = statement.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut met = MET.lock().unwrap();
    if !met.0.contains(&line) {
        // In one piece: several threads, one file.
        met.1.write_all(format!("{line}\n").as_bytes()).unwrap();
        met.0.insert(line);
    }
}

/// What was recorded in a file, in order of the alphabet; nothing where it was never begun, because only
/// other processes asked anything.
pub(crate) fn recorded(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let mut statements: Vec<_> = text.lines().map(str::to_owned).collect();
    statements.sort_unstable();
    statements.dedup();
    statements
}
