//! The schema: each step can be taken, taken back and taken again, and both databases hold exactly
//! the columns that `schema.rs` tells Diesel about.

use diesel::sql_types::{Bool, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use lockkeeper::store::{DatabaseUrl, migrations};

use super::bench::Home;
#[cfg(feature = "postgres")]
use crate::harness::postgres;

fn up_down_up(url: &DatabaseUrl) {
    let taken = migrations::migrate(url).unwrap();
    assert!(taken > 0);
    assert_eq!(migrations::migrate(url).unwrap(), 0, "up to date");
    assert_eq!(migrations::revert_all(url).unwrap(), taken);
    assert_eq!(migrations::migrate(url).unwrap(), taken, "after everything was taken back");
}

#[test]
fn every_step_goes_up_down_and_up_on_sqlite() {
    up_down_up(&Home::empty_sqlite().url());
}

#[cfg(feature = "postgres")]
#[test]
fn every_step_goes_up_down_and_up_on_postgres() {
    up_down_up(&postgres::empty().url().parse().unwrap());
}

#[derive(Debug, PartialEq, Eq, QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
}

/// Tables in order of their names, columns in their own order.
fn columns(url: &DatabaseUrl, query: &str) -> Vec<Column> {
    sql_query(query).load(&mut url.open_writer().unwrap()).unwrap()
}

/// What `schema.rs` and its parts say, read as text.
fn declared() -> Vec<Column> {
    let columns = declared_kinds().into_iter().map(|(table_name, column_name, kind)| Column {
        table_name,
        column_name,
        nullable: kind.starts_with("Nullable<"),
    });
    columns.collect()
}

/// Table, column and Diesel's type of it; tables in order of their names, columns in their own order.
pub(super) fn declared_kinds() -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    let mut table = String::new();
    let parts = [
        include_str!("../../src/store/schema.rs"),
        include_str!("../../src/store/schema/console.rs"),
        include_str!("../../src/store/schema/mail.rs"),
        include_str!("../../src/store/schema/desk.rs"),
        include_str!("../../src/store/schema/webhooks.rs"),
    ];
    for line in parts.into_iter().flat_map(str::lines).map(str::trim) {
        if let Some((name, kind)) = line.trim_end_matches(',').split_once(" -> ") {
            found.push((table.clone(), name.to_owned(), kind.to_owned()));
        } else if let Some((name, _)) = line.strip_suffix(") {").and_then(|l| l.split_once(" (")) {
            name.clone_into(&mut table);
        }
    }
    found.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    found
}

#[test]
fn sqlite_holds_the_declared_columns() {
    let home = Home::sqlite();
    let held = columns(
        &home.url(),
        "SELECT m.name AS table_name, c.name AS column_name, NOT c.\"notnull\" AS nullable \
         FROM sqlite_schema m JOIN pragma_table_info(m.name) c \
         WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' \
         AND m.name NOT LIKE 'sqlite%' ORDER BY m.name, c.cid",
    );
    assert_eq!(held, declared());
}

#[cfg(feature = "postgres")]
#[test]
fn postgres_holds_the_declared_columns_with_text_in_byte_order() {
    let home = Home::postgres();
    let held = columns(
        &home.url(),
        "SELECT table_name::text, column_name::text, is_nullable = 'YES' AS nullable \
         FROM information_schema.columns WHERE table_schema = 'public' \
         AND table_name NOT LIKE '\\_\\_%' ORDER BY table_name::text COLLATE \"C\", ordinal_position",
    );
    assert_eq!(held, declared());
    let odd = columns(
        &home.url(),
        "SELECT table_name::text, column_name::text, is_nullable = 'YES' AS nullable \
         FROM information_schema.columns WHERE table_schema = 'public' \
         AND table_name NOT LIKE '\\_\\_%' AND data_type = 'text' \
         AND collation_name IS DISTINCT FROM 'C'",
    );
    assert_eq!(odd, []);
}
