//! Every code of the catalogue has a test that reaches it, or a reason why none can; and every code
//! of Clerk's that our flows could need is in the catalogue, or is left out for a reason. Whoever adds
//! a line to the catalogue says here where it is reached.

use std::collections::BTreeSet;
use std::path::Path;

use lockkeeper::web::ErrorKind;

use super::{World, text, v1};
use crate::harness::client::block_on;

/// The line of the catalogue, and the test that reaches it, named as the test program lists it.
const REACHED: &str = "
    UserLocked: frontend_api::tickets::a_ticket_is_refused_while_locked_and_never_counted
    UserBanned: frontend_api::sign_in::a_banned_user_is_told_so_only_with_the_right_password
    PasswordIncorrect: frontend_api::sign_in_errors::sign_in_identification_or_user_deleted
    CodeIncorrect: frontend_api::codes::a_mailed_code_signs_in
    IdentifierNotFound: frontend_api::silence::the_revealing_mode_says_which_identifiers_are_unknown
    LockoutWarning: frontend_api::codes::wrong_code_warns_at_two_and_one_left
    SessionExists: frontend_api::sign_in_errors::single_mode_session_exists
    AlreadySignedIn: frontend_api::sign_in_errors::already_signed_in
    AccountTransferInvalid: frontend_api::sign_in_errors::account_transfer_invalid
    ClientStateInvalid: frontend_api::sign_in_errors::invalid_client_state_for_action
    StrategyForUserInvalid: frontend_api::sign_in_errors::invalid_strategy_for_user
    IdentificationClaimed: frontend_api::sign_in_errors::identification_claimed
    OlderSignIn: frontend_api::sign_in_errors::mutation_on_older_sign_in_not_allowed
    SignInNotFound: frontend_api::sign_in::another_clients_sign_in_is_not_found
    IdentificationOfOther: frontend_api::sign_in_errors::identification_belongs_to_different_user
    NoSecondFactors: frontend_api::sign_in_errors::no_second_factors_for_strategy
    NoIdentificationForUser: frontend_api::sign_in_errors::sign_in_no_identification_for_user
    IdentificationOrUserDeleted: frontend_api::sign_in_errors::sign_in_identification_or_user_deleted
    VerificationExpired: frontend_api::codes::a_code_ends_after_ten_minutes_for_known_and_unknown_alike
    VerificationFailed: frontend_api::codes::the_sixth_try_of_a_code_is_verification_failed_for_known_and_unknown_alike
    VerificationMissing: frontend_api::codes::attempt_before_prepare_is_verification_missing
    VerificationStrategyInvalid: frontend_api::codes::a_code_is_tried_as_what_it_was_sent_for
    VerificationAlreadyVerified: frontend_api::email_addresses::an_address_is_added_proved_made_primary_and_taken_away
    LinkTokenInvalid: frontend_api::links::an_old_link_a_replaced_one_and_a_forged_one_do_nothing
    CodeTooSoon: frontend_api::codes::a_second_prepare_within_30_s_is_429_with_retry_after
    CodeRateLimit: frontend_api::codes::five_codes_a_day_for_known_and_unknown_alike
    TicketInvalid: frontend_api::tickets::a_ticket_that_cannot_be_used_says_why
    TicketExpired: frontend_api::tickets::a_ticket_that_cannot_be_used_says_why
    SignInTokenRevoked: frontend_api::tickets::a_ticket_that_cannot_be_used_says_why
    SignInTokenUsed: frontend_api::tickets::a_ticket_signs_its_user_in_once
    SignInTokenCannotBeUsed: frontend_api::tickets::a_ticket_that_cannot_be_used_says_why
    NoPasswordSet: backend_api::user_secrets::verify_password_counts_and_refuses_a_locked_user
    IncorrectPassword: backend_api::user_secrets::verify_password_counts_and_refuses_a_locked_user
    TotpDisabled: backend_api::user_secrets::verify_totp_takes_an_apps_code_or_a_recovery_code_once
    TotpIncorrect: backend_api::user_secrets::verify_totp_takes_an_apps_code_or_a_recovery_code_once
    TotpLength: backend_api::user_secrets::verify_totp_takes_an_apps_code_or_a_recovery_code_once
    NewPasswordMatches: frontend_api::me_secrets::a_new_password_takes_the_present_one_and_can_end_the_other_sessions
    SessionReverification: frontend_api::me_secrets::changing_a_second_factor_wants_a_fresh_first_one
    SignUpNotFound: frontend_api::sign_ups::a_sign_up_is_its_clients_alone_and_only_the_newest_changes
    OlderSignUp: frontend_api::sign_ups::a_sign_up_is_its_clients_alone_and_only_the_newest_changes
    SignUpRestricted: frontend_api::sign_ups::a_tenant_that_is_not_open_refuses_sign_ups
    ParamMissing: frontend_api::faults::a_missing_field_is_named
    ParamNil: frontend_api::faults::a_missing_field_is_named
    ParamUnknown: backend_api::instance::every_fault_of_an_instance_is_told_at_once_and_nothing_is_changed
    ParamFormatInvalid: frontend_api::faults::a_parameter_given_twice_or_of_another_type_is_refused_and_not_counted
    ParamValueInvalid: frontend_api::faults::a_strategy_is_judged_by_its_word_alone
    ParamTooLong: frontend_api::faults::a_password_of_1_mib_is_too_large_and_one_of_2_kib_too_long
    ParamValueDisabled: frontend_api::faults::a_strategy_is_judged_by_its_word_alone
    ParamDuplicate: frontend_api::faults::a_parameter_given_twice_or_of_another_type_is_refused_and_not_counted
    ConditionalParamMissing: frontend_api::faults::a_missing_field_is_named
    DataMissing: backend_api::users::every_fault_of_a_new_user_is_told_at_once
    IdentifierExists: backend_api::users::a_taken_name_is_a_fault_of_its_field
    PasswordTooShort: backend_api::users::the_password_rule_has_a_least_and_a_greatest_length
    PasswordTooLong: backend_api::users::the_password_rule_has_a_least_and_a_greatest_length
    NotFound: frontend_api::faults::an_unknown_tenant_is_not_found
    UnknownRoute: frontend_api::faults::unknown_paths_and_methods_are_told_in_the_envelope
    MethodNotAllowed: frontend_api::faults::unknown_paths_and_methods_are_told_in_the_envelope
    InvalidActionForSession: frontend_api::sessions::an_ended_session_gives_no_token_and_leaves_its_client
    FeatureNotEnabled: backend_api::lock::without_lockout_nobody_can_be_locked_but_old_locks_can_be_lifted
    ResourceForbidden: frontend_api::me_secrets::a_password_is_taken_away_where_there_is_another_way_in
    Conflict: webhook::api::what_cannot_be_an_endpoint_is_refused
    AuthenticationInvalid: backend_api::keys::a_request_without_a_right_key_is_refused_before_its_body_is_read
    AuthorizationHeaderFormat: backend_api::keys::a_request_without_a_right_key_is_refused_before_its_body_is_read
    ClerkKeyInvalid: backend_api::keys::a_request_without_a_right_key_is_refused_before_its_body_is_read
    SignedOut: frontend_api::sessions::an_ended_session_gives_no_token_and_leaves_its_client
    ClientNotFound: frontend_api::sign_in::another_clients_sign_in_is_not_found
    OriginAuthorizationConflict: frontend_api::native::a_page_that_plays_an_app_is_refused
    OriginInvalid: frontend_api::origins::a_form_of_a_strange_site_cannot_sign_anybody_in
    BodyInvalid: frontend_api::faults::broken_utf8_is_refused
    ParametersMalformed: backend_api::lists::every_fault_of_a_query_is_told_at_once
    BodyTooLarge: frontend_api::faults::a_body_of_10_mib_is_too_large
    ContentTypeUnsupported: backend_api::users::bodies_that_are_no_json_objects_are_refused
    TooManyRequests: frontend_api::code_table::a_flood_of_support_requests_is_asked_to_wait
    ServiceUnavailable: under_flood::what_is_shed_is_told_when_to_come_back_and_counts_as_nothing
";

/// The line of the catalogue, and why no test reaches it.
const NEVER: &str = "
    PasswordCompromised: a password that is marked so is taken for a wrong one: to say more would tell a thief that it was right
    BadRequest: what the web server refuses by itself with a status that is none of the others; none is known
    BodyTooSlow: a body that trickles in for seconds; the machine's own time counts there, and a test does not wait
    Internal: a fault of ours: whoever knows of one that a request reaches mends it
";

/// Codes of Clerk's that a sign-in and account product could meet, and why they are not answered here.
const LEFT_OUT: &str = "
    form_password_or_identifier_incorrect: strict silence answers `form_password_incorrect`, which the mounted card shows at the field
    form_password_validation_failed: a wrong password is `form_password_incorrect`
    form_password_pwned: there is no list of leaked passwords here
    form_password_no_uppercase: length is the only rule for passwords
    password_reset_required: nobody's password is reset by force
    verification_not_sent: a code that cannot be sent now is sent later: the outbox keeps it
    verification_link_token_expired: the browser is sent back with `__clerk_status=expired`
    verification_link_token_stale: the browser is sent back with `__clerk_status=failed`
    verification_link_token_source_invalid: a token of another kind is signed by another key and is `verification_link_token_invalid`
    sign_in_email_link_not_same_client: the browser is sent back with `__clerk_status=client_mismatch`
    sign_up_if_missing_transfer: a sign-in never makes a user
    sign_in_must_use_enterprise_connection_identifier: no enterprise connections
    user_deactivated: a user is banned or not
    missing_query_parameter: a missing parameter is `form_param_missing`, wherever it belongs
    dev_browser_unauthenticated: development browsers are known by the client cookie
    could_not_authenticate_request: `authentication_invalid` says the same
    authorization_invalid: a secret key may do everything that its tenant may
    csrf_token_invalid: a strange origin is told `origin_invalid`; hosted pages answer as pages
    gone: nothing that was here has gone
    operation_deprecated: nothing is deprecated
    request_header_missing: a request without Origin and Authorization is no page's and is served
    multiple_origin_header_values_forbidden: two origins are `origin_invalid`
    host_invalid: a host that is nobody's is not found
    native_api_disabled: apps are always served
    api_version_invalid: every version is served
    resource_locked: it means busy and would be read as a locked account: `service_unavailable`
    action_for_session_not_authorized: a client acts for its own sessions; others are not found
    gateway_timeout: no gateway is asked
";

/// Clerk's codes for what this product does.
const CLERKS: &str = "
    user_locked account_lockout_warning session_exists identifier_already_signed_in
    account_transfer_invalid client_state_invalid strategy_for_user_invalid
    identification_claimed resource_forbidden resource_not_found no_second_factors
    sign_in_no_identification_for_user sign_in_identification_or_user_deleted
    sign_in_email_link_not_same_client sign_up_if_missing_transfer
    sign_in_must_use_enterprise_connection_identifier form_password_incorrect
    form_identifier_not_found form_password_or_identifier_incorrect
    form_password_validation_failed form_code_incorrect form_password_compromised
    form_password_pwned password_reset_required form_new_password_matches_current
    form_password_length_too_short form_password_length_too_long form_password_no_uppercase
    verification_expired verification_failed verification_already_verified verification_missing
    verification_not_sent verification_strategy_invalid verification_link_token_invalid
    verification_link_token_expired verification_link_token_stale
    verification_link_token_source_invalid verification_code_too_many_requests
    verification_code_rate_limit_exceeded too_many_requests user_banned user_deactivated
    not_allowed_access authentication_invalid authorization_header_format_invalid signed_out
    dev_browser_unauthenticated clerk_key_invalid could_not_authenticate_request
    authorization_invalid feature_not_enabled csrf_token_invalid form_param_missing
    form_param_unknown form_param_format_invalid form_param_value_invalid form_param_duplicate
    form_param_nil form_conditional_param_missing form_param_max_length_exceeded
    form_param_value_disabled request_body_invalid malformed_request_parameters
    missing_query_parameter bad_request unsupported_content_type request_body_too_large gone
    operation_deprecated origin_authorization_headers_conflict origin_invalid
    request_header_missing multiple_origin_header_values_forbidden host_invalid
    native_api_disabled client_not_found api_version_invalid sign_in_token_revoked_code
    sign_in_token_already_used_code sign_in_token_cannot_be_used_code ticket_expired_code
    ticket_invalid_code no_password_set incorrect_password totp_disabled totp_incorrect_code
    totp_invalid_length conflict resource_locked invalid_action_for_session
    action_for_session_not_authorized session_reverification_required internal_clerk_error
    service_unavailable gateway_timeout
";

/// The source of a test function; fails where there is no such test.
fn source(name: &str) -> String {
    let (module, function) = name.rsplit_once("::").unwrap();
    let file = format!("tests/{}.rs", module.replace("::", "/"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{name}: {file}: {e}"));
    let begins = format!("fn {function}() {{\n");
    let halves = text.split_once(&begins);
    let (before, after) = halves.unwrap_or_else(|| panic!("{name}: no such function in {file}"));
    let attributes = before.rsplit_once("\n\n").map_or("", |(_, attributes)| attributes);
    assert!(attributes.contains("#[test]"), "{name} is no test");
    let body = after.split_once("\n}\n").map_or(after, |(body, _)| body);
    format!("{begins}{body}")
}

/// The lines of a table: name and what is said of it.
fn lines(table: &str) -> Vec<(&str, &str)> {
    let filled = table.lines().filter(|line| !line.trim().is_empty());
    filled.map(|line| line.trim().split_once(": ").unwrap_or_else(|| panic!("{line}"))).collect()
}

#[test]
fn every_code_has_a_test_or_a_reason() {
    let (reached, never) = (lines(REACHED), lines(NEVER));
    let known: BTreeSet<_> = ErrorKind::ALL.iter().map(|kind| kind.name()).collect();
    for (name, _) in reached.iter().chain(&never) {
        assert!(known.contains(name), "{name} is no line of the catalogue");
    }
    for kind in ErrorKind::ALL {
        let said = reached.iter().chain(&never).filter(|(name, _)| *name == kind.name());
        assert_eq!(said.count(), 1, "{}: one line in REACHED or NEVER, please", kind.name());
        let Some((_, test)) = reached.iter().find(|(name, _)| *name == kind.name()) else {
            continue;
        };
        let (body, told) = (source(test), kind.text());
        let reaches = body.contains(told.code) || body.contains(&told.status.to_string());
        assert!(reaches, "{}: {test} does not name {}", kind.name(), told.code);
    }
}

#[test]
fn every_code_of_clerks_is_answered_or_left_out_for_a_reason() {
    let ours: BTreeSet<_> = ErrorKind::ALL.iter().map(|kind| kind.text().code).collect();
    let left_out: BTreeSet<_> = lines(LEFT_OUT).into_iter().map(|(code, _)| code).collect();
    let clerks: BTreeSet<_> = CLERKS.split_whitespace().collect();
    let unsaid: Vec<_> =
        clerks.iter().filter(|code| !ours.contains(*code) && !left_out.contains(*code)).collect();
    assert!(unsaid.is_empty(), "neither answered nor left out: {unsaid:?}");
    let both: Vec<_> = left_out.intersection(&ours).collect();
    assert!(both.is_empty(), "left out and answered: {both:?}");
    let strange: Vec<_> = left_out.difference(&clerks).collect();
    assert!(strange.is_empty(), "left out of nothing: {strange:?}");
}

#[test]
fn a_flood_of_support_requests_is_asked_to_wait() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let ask = async |number: usize| {
            let who = format!("a{number}@acme.test");
            let form = [("identifier", &*who), ("message", "Let me in, please.")];
            client.post_form(&v1("client/support_requests"), &form).await
        };
        for number in 0..20 {
            assert_eq!(ask(number).await.status, 200, "{number}");
        }
        let flooded = ask(20).await;
        assert_eq!(flooded.status, 429, "{}", flooded.body);
        assert_eq!(text(&flooded.json(), "/errors/0/code"), "too_many_requests");
        assert!(!flooded.header("retry-after").is_empty());
    });
}
