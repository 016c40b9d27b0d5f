//! Reads the sources and enforces what the compiler cannot: which module may name which, sizes,
//! headers, the one clock, equal migrations, packages and their licences. Knows nothing of behaviour.
//!
//! Each rule is a function from text to offences, so that it is itself tested on planted ones.

mod confinement;
mod migrations;
mod packages;
mod paths;
mod rooms;
mod routes;
mod rules;
mod sources;
mod tokens;
mod words;

use sources::{Source, rust, tracked};

/// Fails with every offence and the reason of the rule.
#[track_caller]
fn none(offences: Vec<String>, reason: &str) {
    assert!(offences.is_empty(), "{reason}\n  {}\n", offences.join("\n  "));
}

fn each(sources: &[Source], rule: impl Fn(&Source) -> Vec<String>) -> Vec<String> {
    sources.iter().flat_map(rule).collect()
}

#[test]
fn modules_import_only_what_the_table_of_the_design_allows() {
    none(
        each(&rust("src/"), rooms::offences),
        "Which module may name which is a table in ARCHITECTURE.md and in tests/tidy/rooms.rs. A \
         write of a door goes through `tenant`; a shared word belongs into `model`.",
    );
}

#[test]
fn libraries_stay_in_their_rooms() {
    none(
        each(&rust("src/"), confinement::offences),
        "A library that only one module may know is listed in tests/tidy/confinement.rs: wrap what \
         you need there and hand out our own type.",
    );
}

#[test]
fn routes_of_the_two_interfaces_come_from_tables() {
    none(
        each(&rust("src/web/"), routes::offences),
        "An operation of the Frontend or Backend API is a line of its file's OPERATIONS, so that \
         documents, compatibility table and the test of the lockout know it too.",
    );
}

#[test]
fn the_core_is_pure() {
    none(
        each(&rust("src/"), confinement::impurities),
        "`lockout` and `sign_in` decide and do nothing else: no clock, no input or output, no async, \
         no logging. Return an effect and let the caller carry it out.",
    );
}

#[test]
fn now_comes_only_from_the_injected_clock() {
    none(
        each(&rust("src/"), words::reads_the_clock),
        "Time is a parameter or comes from `model::Clock`; only src/app.rs reads the machine's.",
    );
}

#[test]
fn files_are_short() {
    none(
        each(&tracked(), words::too_long),
        "A file has 500 lines at most: split it by what its parts are for.",
    );
}

#[test]
fn every_file_says_what_it_is_for() {
    none(
        each(&rust(""), words::without_header),
        "A Rust file opens with `//!`: what it is for and what it does not know.",
    );
}

#[test]
fn nothing_is_left_unfinished() {
    none(each(&rust(""), words::unfinished), "Finish it or leave it out.");
}

#[test]
fn files_name_no_machine() {
    none(
        each(&tracked(), words::names_a_machine),
        "A path of somebody's machine or a private package host works on that machine only.",
    );
}

#[test]
fn both_databases_have_the_same_migrations() {
    none(
        migrations::offences(&tracked()),
        "Every migration exists for SQLite and PostgreSQL under one name, with its way up and down.",
    );
}

#[test]
fn the_rules_of_the_protocol_are_where_the_table_says() {
    none(
        rules::offences(&tracked()),
        "docs/protocol.md names for each rule its place and its tests; the place carries a comment \
         `Rule 5 (its name): why`, and tests/rules/ a patch that takes just that rule out. Change \
         all of them together, then run `make mutants`.",
    );
}

#[test]
fn every_dependency_has_its_reason() {
    none(
        packages::without_reason(&sources::read("Cargo.toml")),
        "A dependency's reason stands above it in Cargo.toml; at most three that belong together \
         share one.",
    );
}

#[test]
fn licences_are_permissive() {
    none(
        packages::unwelcome_licences(&packages::metadata()),
        "The program may be given to anyone under MIT or Apache-2.0.",
    );
}

#[test]
fn known_holes_are_closed() {
    none(packages::too_old(&packages::metadata()), "Older versions have a published flaw.");
}

#[test]
fn there_is_one_cryptography_library() {
    none(
        packages::unwelcome(&packages::shipped()),
        "Signing, hashing and TLS are aws-lc-rs's alone; look for a default feature that pulled \
         the other one in (`cargo tree -i`).",
    );
}
