//! The most telling tests of this door once more, on PostgreSQL.

use super::{DATABASE, locked, requests, sessions, sign_in, silence};
use crate::harness::postgres;

/// Runs a test of another file with its worlds on a PostgreSQL database.
fn on_postgres(test: fn()) {
    let database = postgres::migrated(|url| {
        lockkeeper::store::migrations::migrate(&url.parse().unwrap()).unwrap();
    });
    let url = database.url().parse().unwrap();
    // In a thread of its own, so that no other test finds the database set.
    let ended = std::thread::spawn(move || {
        DATABASE.set(Some(url));
        // Their snapshots are met twice in one process.
        insta::allow_duplicates! {
            test();
        }
    });
    if let Err(panic) = ended.join() {
        std::panic::resume_unwind(panic);
    }
}

macro_rules! also_on_postgres {
    ($($file:ident::$test:ident),+ $(,)?) => {
        $(#[test]
        fn $test() {
            on_postgres($file::$test);
        })+
    };
}

also_on_postgres! {
    sign_in::identifier_and_password_together_complete_at_once,
    sign_in::the_two_steps_end_where_the_one_does,
    sign_in::an_older_sign_in_may_be_read_and_not_changed,
    sign_in::a_banned_user_is_told_so_only_with_the_right_password,
    locked::the_last_failure_is_itself_answered_as_locked,
    locked::right_and_wrong_are_answered_alike_while_locked,
    locked::the_lock_ends_with_its_time,
    locked::a_locked_try_costs_no_hash,
    silence::the_whole_story_of_an_unknown_identifier_is_that_of_a_known_one,
    sessions::touching_keeps_a_session_and_answers_with_session_and_client,
    sessions::an_ended_session_gives_no_token_and_leaves_its_client,
    sessions::signing_out_as_the_browser_library_does_keeps_the_client,
    sessions::a_client_can_be_made_read_and_deleted,
    requests::a_new_unlock_mail_is_asked_for_alike_for_known_and_unknown,
    requests::a_support_request_is_filed_under_a_reference,
}
