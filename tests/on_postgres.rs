//! The behaviour tests once more with their databases on PostgreSQL. What a test says about the
//! engine itself (a file's mode, a full file) stays with SQLite.
#![cfg(feature = "postgres")]

use crate::harness::home::again_on_postgres;
use crate::store::asked::assert_along_indexes_on_postgres;

/// And what was asked meanwhile has an index. Says how many statements that were.
fn again(chosen: &[&str], not: &[&str]) -> usize {
    let statements = again_on_postgres(chosen, not);
    assert_along_indexes_on_postgres(&statements);
    statements.len()
}

#[test]
fn attempts_and_the_protocol() {
    let said_of_both = [
        "attempt::",
        "protocol::",
        "locked_path::",
        "lockout_everywhere::",
        "early_refusal::",
        "secret_check::",
        "error_envelope::",
        "bounded::",
        "under_flood::",
        "user_import::",
        "webhook::",
    ];
    again(&said_of_both, &[]);
}

#[test]
fn the_pages() {
    again(&["pages::"], &[]);
}

#[test]
fn the_owners_way_back() {
    again(&["owner::"], &[]);
}

#[test]
fn the_console() {
    // Journeys are walked by many pages' queries, each of which has a test of its own here; one of
    // them will do.
    let walked_once =
        ["::j_t1", "::j_t2", "::j_t3", "::j_t4", "::j_t5", "::j_t6", "::j_t8", "::the_summary_"];
    let asked = again(&["console::", "alerts::"], &walked_once);
    assert!(asked > 200, "{asked} statements");
}

#[test]
fn mail_that_comes_in() {
    again(&["ingest::"], &[]);
}

#[test]
fn the_backend_api() {
    again(&["backend_api::"], &[]);
}

#[test]
fn the_frontend_api() {
    again(&["frontend_api::"], &[]);
}

#[test]
fn the_command_line() {
    let of_the_file = [
        "migrate_says_what_it_did",
        "a_new_database_is_for_its_owner_only",
        "a_full_database_answers_503",
        // Names its databases itself.
        "cli::db_copy",
        "cli::backup::",
        "cli::restore::",
    ];
    again(&["cli::"], &of_the_file);
}

#[test]
fn a_journey_in_the_browser() {
    again(&["journey::locked_mailed_unlocked_signed_in"], &["without_script", "on_a_phone"]);
}

#[test]
fn the_client_libraries() {
    again(&["clients::backend::", "clients::calls::clerk_js_signs_in"], &[]);
}
