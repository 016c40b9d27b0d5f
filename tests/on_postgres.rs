//! The behaviour tests once more with their databases on PostgreSQL. What a test says about the
//! engine itself (a file's mode, a full file) stays with SQLite.
#![cfg(feature = "postgres")]

use crate::harness::home::again_on_postgres;

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
    again_on_postgres(&said_of_both, &[]);
}

#[test]
fn the_pages() {
    again_on_postgres(&["pages::"], &[]);
}

#[test]
fn the_owners_way_back() {
    again_on_postgres(&["owner::"], &[]);
}

#[test]
fn the_console() {
    // Journeys are walked by many pages' queries, each of which has a test of its own here; one of
    // them will do.
    let walked_once =
        ["::j_t1", "::j_t2", "::j_t3", "::j_t4", "::j_t5", "::j_t6", "::j_t8", "::the_summary_"];
    again_on_postgres(&["console::", "alerts::"], &walked_once);
}

#[test]
fn mail_that_comes_in() {
    again_on_postgres(&["ingest::"], &[]);
}

#[test]
fn the_backend_api() {
    again_on_postgres(&["backend_api::"], &[]);
}

#[test]
fn the_frontend_api() {
    again_on_postgres(&["frontend_api::"], &[]);
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
    again_on_postgres(&["cli::"], &of_the_file);
}

#[test]
fn a_journey_in_the_browser() {
    again_on_postgres(
        &["journey::locked_mailed_unlocked_signed_in"],
        &["without_script", "on_a_phone"],
    );
}

#[test]
fn the_client_libraries() {
    again_on_postgres(&["clients::backend::", "clients::calls::clerk_js_signs_in"], &[]);
}
