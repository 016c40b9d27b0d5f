//! The two trees of migrations hold the same names, each with its way up and down.

use std::collections::BTreeSet;

use super::sources::Source;

const DATABASES: [&str; 2] = ["sqlite", "postgres"];

pub(super) fn offences(sources: &[Source]) -> Vec<String> {
    let has_store = sources.iter().any(|file| file.path.starts_with("src/store/"));
    let files: BTreeSet<&str> = sources
        .iter()
        .filter(|file| !file.text.trim().is_empty())
        .filter_map(|file| file.path.strip_prefix("migrations/"))
        .collect();
    if files.is_empty() {
        let missing = has_store.then(|| "there is a store but no migration".to_owned());
        return missing.into_iter().collect();
    }
    let names: BTreeSet<&str> = files.iter().filter_map(|file| file.split('/').nth(1)).collect();
    let mut missing = Vec::new();
    for name in names {
        for database in DATABASES {
            for way in ["up.sql", "down.sql"] {
                let file = format!("{database}/{name}/{way}");
                if !files.contains(file.as_str()) {
                    missing.push(format!("migrations/{file} is missing or empty"));
                }
            }
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_twin_or_way_down_is_caught() {
        let planted = |paths: &[&str]| -> Vec<Source> {
            paths.iter().map(|path| Source::planted(path, "SELECT 1;")).collect()
        };
        let whole = [
            "migrations/sqlite/0001_a/up.sql",
            "migrations/sqlite/0001_a/down.sql",
            "migrations/postgres/0001_a/up.sql",
            "migrations/postgres/0001_a/down.sql",
        ];
        assert_eq!(offences(&planted(&whole)), Vec::<String>::new());
        assert_eq!(
            offences(&planted(&whole[..3])),
            ["migrations/postgres/0001_a/down.sql is missing or empty"]
        );
        let misnamed = ["migrations/sqlite/0001_a/up.sql", "migrations/postgres/0001_b/up.sql"];
        assert_eq!(offences(&planted(&misnamed)).len(), 6);
        assert_eq!(offences(&planted(&["src/store/mod.rs"])).len(), 1);
        assert_eq!(offences(&planted(&["src/lib.rs"])).len(), 0);
    }
}
