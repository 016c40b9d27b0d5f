//! Policy documents: presets as they are shown, round trips through TOML and JSON, every fault at
//! once with what to do, warnings with numbers.

use lockkeeper::lockout::preview::budget;
use lockkeeper::lockout::{
    CountAfterLock, Factor, FaultCode, LockLength, LockoutType, Policy, PolicyDocument,
    PolicyWarning, Preset, guess_budget, guesses_by_unlock_mails, guesses_over_all_sources,
    warnings,
};
use lockkeeper::model::{Authenticator, Span};
use proptest::prelude::*;

fn parse(toml: &str) -> Result<Policy, String> {
    PolicyDocument::from_toml(toml).and_then(|document| document.parse()).map_err(|faults| {
        let lines: Vec<String> =
            faults.iter().map(|fault| format!("[{}] {fault}", fault.code.as_str())).collect();
        lines.join("\n")
    })
}

fn faults(toml: &str) -> String {
    parse(toml).unwrap_err()
}

#[test]
fn an_empty_document_is_balanced() {
    assert_eq!(parse(""), Ok(Preset::Balanced.policy()));
}

#[test]
fn presets_as_they_are_shown() {
    let shown = |preset: Preset| PolicyDocument::of(&preset.policy()).to_toml();
    insta::assert_snapshot!(shown(Preset::Balanced), @r##"
    enabled = true
    max_attempts = 8
    history_duration = "24h"
    minimum_duration = "1m"
    backoff_factor = 2
    maximum_duration = "1h"
    count_after_lock = "kept"
    lockout_type = "per_user"
    authenticators = ["password","oob_otp","totp","recovery_code"]
    manual_lock_duration = "1h"
    long_run_limit = 100
    unlock_mail = true
    unlock_link_lifetime = "24h"
    unlocks_per_day = 3
    known_devices = true
    ignore_repeated_secret = false
    "##);
    let differs = |preset: Preset| {
        let balanced = shown(Preset::Balanced);
        let lines = shown(preset);
        let own: Vec<_> = lines.lines().zip(balanced.lines()).filter(|(a, b)| a != b).collect();
        let own: Vec<&str> = own.into_iter().map(|(line, _)| line).collect();
        format!("{}: {}", preset.as_str(), own.join(", "))
    };
    insta::assert_snapshot!(Preset::ALL.map(differs).join("\n"), @r##"
    relaxed: max_attempts = 10, maximum_duration = "15m"
    balanced: 
    strict: max_attempts = 5, minimum_duration = "5m", maximum_duration = "24h"
    clerk: max_attempts = 10, minimum_duration = "1h", backoff_factor = 1, count_after_lock = "fresh"
    authgear: max_attempts = 10, long_run_limit = 0, known_devices = false
    "##);
    insta::assert_snapshot!(PolicyDocument::of(&Preset::Strict.policy()).to_json(), @r##"
    {
      "enabled": true,
      "max_attempts": 5,
      "history_duration": "24h",
      "minimum_duration": "5m",
      "backoff_factor": 2,
      "maximum_duration": "24h",
      "count_after_lock": "kept",
      "lockout_type": "per_user",
      "authenticators": [
        "password",
        "oob_otp",
        "totp",
        "recovery_code"
      ],
      "manual_lock_duration": "1h",
      "long_run_limit": 100,
      "unlock_mail": true,
      "unlock_link_lifetime": "24h",
      "unlocks_per_day": 3,
      "known_devices": true,
      "ignore_repeated_secret": false
    }
    "##);
}

#[test]
fn a_preset_gives_the_fields_that_are_not_named() {
    let policy = parse("preset = \"strict\"\nmax_attempts = 4\nbackoff_factor = 1.5").unwrap();
    let expected = Policy {
        max_attempts: 4,
        backoff_factor: Factor::from_thousandths(1_500).unwrap(),
        ..Preset::Strict.policy()
    };
    assert_eq!(policy, expected);
}

#[test]
fn every_spelling_of_a_field_is_read() {
    let policy = parse(
        "enabled = false\nmax_attempts = 1000\nhistory_duration = '1h30m'\n\
         minimum_duration = '1s'\nbackoff_factor = '1.125'\nmaximum_duration = 'until_unlocked'\n\
         count_after_lock = 'fresh'\nlockout_type = 'per_user_per_ip'\n\
         authenticators = ['totp', 'oob_otp', 'totp']\nmanual_lock_duration = 'until_unlocked'\n\
         long_run_limit = 0\nunlock_mail = false\nunlock_link_lifetime = '365d'\nunlocks_per_day = 1\n\
         known_devices = false\nignore_repeated_secret = true",
    );
    let expected = Policy {
        enabled: false,
        max_attempts: 1_000,
        history_duration: Span::MINUTE.times(90),
        minimum_duration: LockLength::For(Span::SECOND),
        backoff_factor: Factor::from_thousandths(1_125).unwrap(),
        maximum_duration: LockLength::UntilUnlocked,
        count_after_lock: CountAfterLock::Fresh,
        lockout_type: LockoutType::PerUserPerIp,
        authenticators: [Authenticator::OobOtp, Authenticator::Totp].into(),
        manual_lock_duration: LockLength::UntilUnlocked,
        long_run_limit: 0,
        unlock_mail: false,
        unlock_link_lifetime: Span::DAY.times(365),
        unlocks_per_day: 1,
        known_devices: false,
        ignore_repeated_secret: true,
        ..Preset::Balanced.policy()
    };
    assert_eq!(policy, Ok(expected));
}

#[test]
fn all_faults_are_told_at_once() {
    insta::assert_snapshot!(faults(
        "enabled = 'yes'\nmax_attempts = 0\nhistory_duration = '1 hour'\nminimum_duration = 90\n\
         backoff_factor = 1.0005\nmaximum_duration = '366d'\ncount_after_lock = 'keep'\n\
         lockout_type = 'per_usr'\nauthenticators = ['pasword', 'totp', 7]\n\
         manual_lock_duration = '500ms'\nlong_run_limit = 10001\nunlock_mail = 1\n\
         unlock_link_lifetime = ''\nunlocks_per_day = 1.5\nmax_atempts = 3\n\
         known_devices = 'on'\nignore_repeated_secret = 0\npreset = 'paranoid'\n\
         something_else_entirely = 1"
    ), @r##"
    [malformed] preset: "paranoid" is not known: write one of relaxed, balanced, strict, clerk, authgear
    [malformed] authenticators: "pasword" is not known: write one of password, oob_otp, totp, recovery_code, did you mean password?
    [wrong_type] authenticators: must be one of password, oob_otp, totp, recovery_code
    [malformed] backoff_factor: "1.0005" is no factor: write a number from 1 to 1000 with at most three decimals
    [malformed] count_after_lock: "keep" is not known: write one of kept, fresh, did you mean kept?
    [wrong_type] enabled: must be true or false
    [malformed] history_duration: "1 hour" is no length: write it like 90s, 15m, 1h30m or 7d
    [wrong_type] ignore_repeated_secret: must be true or false
    [wrong_type] known_devices: must be true or false
    [malformed] lockout_type: "per_usr" is not known: write one of per_user, per_user_per_ip, did you mean per_user?
    [out_of_range] long_run_limit: must be from 0 to 10000
    [out_of_range] manual_lock_duration: must be from 1s to 365d
    [unknown_field] max_atempts: is no field of a policy: did you mean max_attempts?
    [out_of_range] max_attempts: must be from 1 to 1000
    [out_of_range] maximum_duration: must be from 1s to 365d
    [wrong_type] minimum_duration: must be a length in quotes such as "90s", "15m", "1h30m" or "7d"
    [unknown_field] something_else_entirely: is no field of a policy: the fields are enabled, max_attempts, history_duration, minimum_duration, backoff_factor, maximum_duration, count_after_lock, lockout_type, authenticators, manual_lock_duration, long_run_limit, unlock_mail, unlock_link_lifetime, unlocks_per_day, known_devices, ignore_repeated_secret
    [malformed] unlock_link_lifetime: "" is no length: write it like 90s, 15m, 1h30m or 7d
    [wrong_type] unlock_mail: must be true or false
    [wrong_type] unlocks_per_day: must be a whole number from 1 to 100
    "##);
}

#[test]
fn other_faults_name_their_field_too() {
    insta::assert_snapshot!(faults("authenticators = []\nbackoff_factor = 0.999"), @r##"
    [out_of_range] authenticators: is empty: name at least one of password, oob_otp, totp, recovery_code, or set enabled to false
    [out_of_range] backoff_factor: must be from 1 to 1000
    "##);
    insta::assert_snapshot!(faults("backoff_factor = [2]\nauthenticators = 'password'"), @r##"
    [wrong_type] authenticators: must be a list of password, oob_otp, totp, recovery_code
    [wrong_type] backoff_factor: must be a number from 1 to 1000 such as 2 or 1.5
    "##);
    insta::assert_snapshot!(faults("backoff_factor = -2"), @r##"
    [malformed] backoff_factor: "-2" is no factor: write a number from 1 to 1000 with at most three decimals
    "##);
    insta::assert_snapshot!(faults("minimum_duration = '2h'"), @r##"
    [inconsistent] maximum_duration: 1h is shorter than minimum_duration (2h): make it at least that long
    "##);
    insta::assert_snapshot!(
        faults("minimum_duration = 'until_unlocked'\nmaximum_duration = '1h'"), @r##"
    [inconsistent] maximum_duration: 1h is shorter than minimum_duration (until_unlocked): make it at least that long
    "##);
    let json = PolicyDocument::from_json(r#"{"max_attempts": 18446744073709551615}"#).unwrap();
    assert_eq!(json.parse().unwrap_err()[0].code, FaultCode::OutOfRange);
}

#[test]
fn an_endless_first_lock_needs_no_maximum() {
    let policy = parse("minimum_duration = 'until_unlocked'").unwrap();
    assert_eq!(policy.maximum_duration, LockLength::UntilUnlocked);
}

#[test]
fn a_name_written_twice_is_a_fault_in_json() {
    let document = PolicyDocument::from_json(r#"{"max_attempts": 3, "max_attempts": 30}"#).unwrap();
    let faults = document.parse().unwrap_err();
    assert_eq!(faults.len(), 1);
    assert_eq!((faults[0].field.as_str(), faults[0].code), ("max_attempts", FaultCode::Duplicate));
}

#[test]
fn what_is_no_document_is_one_fault() {
    let code = |result: Result<PolicyDocument, Vec<_>>| {
        let faults: Vec<lockkeeper::lockout::PolicyFault> = result.unwrap_err();
        assert_eq!(faults.len(), 1);
        faults[0].code
    };
    assert_eq!(code(PolicyDocument::from_toml("max_attempts = ")), FaultCode::Syntax);
    assert_eq!(code(PolicyDocument::from_json("[]")), FaultCode::Syntax);
    assert_eq!(code(PolicyDocument::from_json("{")), FaultCode::Syntax);
    let huge = format!("# {}", "x".repeat(20_000));
    assert_eq!(code(PolicyDocument::from_toml(&huge)), FaultCode::TooLarge);
    assert_eq!(code(PolicyDocument::from_json(&huge)), FaultCode::TooLarge);
    // A long foreign name is quoted short.
    let long = faults(&format!("{} = 1", "y".repeat(5_000)));
    assert!(long.len() < 500, "{}", long.len());
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let span = || (1_000_i64..=31_536_000_000).prop_map(Span);
    let numbers = (1_i64..=1_000, 1_000_i64..=1_000_000, 0_i64..=10_000, 1_i64..=100);
    let flags = any::<[bool; 8]>();
    let chosen = prop::sample::subsequence(Authenticator::ALL.to_vec(), 1..=4);
    (numbers, [span(), span(), span(), span(), span()], flags, chosen).prop_map(
        |((n, factor, long_run, unlocks), [a, b, history, manual, link], flags, chosen)| {
            let (first, most) = (a.min(b), a.max(b));
            let length = |span, endless| {
                if endless { LockLength::UntilUnlocked } else { LockLength::For(span) }
            };
            Policy {
                enabled: flags[0],
                max_attempts: n,
                history_duration: history,
                minimum_duration: length(first, flags[1] && flags[2]),
                backoff_factor: Factor::from_thousandths(factor).unwrap(),
                maximum_duration: length(most, flags[2]),
                count_after_lock: if flags[3] {
                    CountAfterLock::Kept
                } else {
                    CountAfterLock::Fresh
                },
                lockout_type: if flags[4] {
                    LockoutType::PerUser
                } else {
                    LockoutType::PerUserPerIp
                },
                authenticators: chosen.into_iter().collect(),
                manual_lock_duration: length(manual, flags[5]),
                long_run_limit: long_run,
                unlock_mail: flags[6],
                unlock_link_lifetime: link,
                unlocks_per_day: unlocks,
                ignore_repeated_secret: flags[7],
                ..Preset::Balanced.policy()
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_policy_survives_toml_and_json(policy in any_policy()) {
        let document = PolicyDocument::of(&policy);
        let toml = PolicyDocument::from_toml(&document.to_toml()).unwrap();
        let json = PolicyDocument::from_json(&document.to_json()).unwrap();
        prop_assert_eq!(&json, &document);
        prop_assert_eq!(toml.parse().unwrap(), policy.clone());
        prop_assert_eq!(json.parse().unwrap(), policy);
    }

    #[test]
    fn any_text_gives_a_policy_or_faults(text in ".{0,80}", field in "[a-z_]{0,20}") {
        let _ = PolicyDocument::from_json(&text).map(|document| document.parse());
        let _ = PolicyDocument::from_toml(&text).map(|document| document.parse());
        let value = serde_json::Value::from(text);
        for name in [field.as_str(), "minimum_duration", "backoff_factor", "preset"] {
            let _ = PolicyDocument::from_fields(vec![(name.to_owned(), value.clone())]).parse();
        }
    }
}

fn told(policy: &Policy) -> String {
    let lines: Vec<String> = warnings(policy)
        .iter()
        .map(|warning| format!("{}: {}", warning.code(), warning.message()))
        .collect();
    lines.join("\n")
}

#[test]
fn the_presets_are_free_of_traps() {
    for preset in
        [Preset::Relaxed, Preset::Balanced, Preset::Strict, Preset::Clerk, Preset::Authgear]
    {
        assert_eq!(told(&preset.policy()), "", "{}", preset.as_str());
    }
}

#[test]
fn traps_are_told_with_numbers() {
    let balanced = Preset::Balanced.policy();
    let leaky = Policy {
        history_duration: Span::MINUTE.times(30),
        authenticators: [Authenticator::Password, Authenticator::OobOtp].into(),
        long_run_limit: 0,
        max_attempts: 100,
        count_after_lock: CountAfterLock::Fresh,
        ..balanced.clone()
    };
    insta::assert_snapshot!(told(&leaky), @r##"
    unlimited_authenticator: totp is left out: it can be guessed without limit.
    unlimited_authenticator: recovery_code is left out: it can be guessed without limit.
    many_guesses: A patient attacker gets 13800 guesses at one user in 24 hours.
    history_shorter_than_longest_lock: The count is forgotten after 30m, before the longest lock (1h) is over: after such a lock everything starts over with all attempts and the shortest lock.
    "##);
    let per_source = Policy { lockout_type: LockoutType::PerUserPerIp, ..leaky };
    insta::assert_snapshot!(told(&per_source), @r##"
    unlimited_authenticator: totp is left out: it can be guessed without limit.
    unlimited_authenticator: recovery_code is left out: it can be guessed without limit.
    no_limit_over_sources: Locks are for one source and there is no long-run limit: each further source has 13800 guesses at one user in 24 hours, without an end.
    many_guesses: A patient attacker gets 13800 guesses at one user in 24 hours from each source.
    history_shorter_than_longest_lock: The count is forgotten after 30m, before the longest lock (1h) is over: after such a lock everything starts over with all attempts and the shortest lock.
    "##);
    // What looks good from one source has no end over many, and with a long run ends there.
    let sources = |long_run_limit| Policy {
        lockout_type: LockoutType::PerUserPerIp,
        long_run_limit,
        ..balanced.clone()
    };
    insta::assert_snapshot!(told(&sources(0)), @r##"
    no_limit_over_sources: Locks are for one source and there is no long-run limit: each further source has 36 guesses at one user in 24 hours, without an end.
    "##);
    assert_eq!(told(&sources(100)), "");
    insta::assert_snapshot!(told(&sources(5_000)), @r##"
    many_guesses: An attacker with many sources gets up to 5000 guesses at one user in 24 hours: only the long run ends them.
    "##);
    let shut = Policy {
        minimum_duration: LockLength::UntilUnlocked,
        maximum_duration: LockLength::UntilUnlocked,
        unlock_mail: false,
        ..balanced.clone()
    };
    insta::assert_snapshot!(told(&shut), @r##"
    no_way_back: Locks last until somebody unlocks and the unlock mail is off: every locked user has to write to support.
    "##);
    insta::assert_snapshot!(told(&Policy { enabled: false, ..balanced }), @r##"
    lockout_off: Lockout is off: guesses are not limited at all.
    "##);
}

#[test]
fn guess_budgets_are_bounded_work_and_honest_about_no_limit() {
    let off = Policy { enabled: false, ..Preset::Balanced.policy() };
    assert_eq!(guess_budget(&off, Span::DAY), i64::MAX);
    assert_eq!(guess_budget(&Preset::Balanced.policy(), Span::ZERO), 0);
    let fast = Policy {
        minimum_duration: LockLength::For(Span::SECOND),
        maximum_duration: LockLength::For(Span::SECOND),
        max_attempts: 1,
        long_run_limit: 0,
        ..Preset::Balanced.policy()
    };
    assert_eq!(guess_budget(&fast, Span::DAY), 86_400);
    assert!(matches!(warnings(&fast)[..], [PolicyWarning::ManyGuesses { per_day: 86_400, .. }]));
    assert_eq!(guess_budget(&fast, Span::DAY.times(365)), 31_536_000, "exact, and quick");
    // Seven tries more for the first lock.
    let seconds = Policy { max_attempts: 8, ..fast };
    assert_eq!(guess_budget(&seconds, Span::DAY), 86_407);
    assert_eq!(guess_budget(&seconds, Span::DAY.times(7)), 604_807);
    assert_eq!(guess_budget(&seconds, Span::DAY.times(30)), 2_592_007);
}

#[test]
fn over_all_sources_only_the_long_run_limits_locks_for_one() {
    let sources = |long_run_limit| Policy {
        lockout_type: LockoutType::PerUserPerIp,
        long_run_limit,
        ..Preset::Balanced.policy()
    };
    let balanced = Preset::Balanced.policy();
    assert_eq!(guess_budget(&sources(0), Span::DAY), 36, "of one source");
    assert_eq!(guesses_over_all_sources(&sources(0), Span::DAY), i64::MAX);
    assert_eq!(guesses_over_all_sources(&sources(70), Span::DAY), 70);
    assert_eq!(guesses_over_all_sources(&balanced, Span::DAY), 36, "they share one count");
    let off = Policy { enabled: false, ..sources(70) };
    assert_eq!(guesses_over_all_sources(&off, Span::DAY), i64::MAX);
    let told = budget(&sources(70));
    assert_eq!((told.day, told.over_all_sources), (36, Some(70)));
    assert_eq!(budget(&balanced).over_all_sources, None);
}

#[test]
fn unlock_mails_give_all_tries_anew_as_far_as_the_long_run_lets_them() {
    let endless_run = |preset: Preset| Policy { long_run_limit: 0, ..preset.policy() };
    let more = |policy: &Policy| guesses_by_unlock_mails(policy);
    assert_eq!(more(&Preset::Balanced.policy()), 24, "three presses, eight tries each");
    assert_eq!(more(&endless_run(Preset::Balanced)), 24);
    assert_eq!(more(&Preset::Strict.policy()), 15);
    assert_eq!(more(&endless_run(Preset::Clerk)), 30);
    assert_eq!(more(&endless_run(Preset::Relaxed)), 30);
    // A day of guessing comes to the long run's limit: no mail ends that lock.
    assert_eq!(more(&Preset::Relaxed.policy()), 0);
    let nearly = Policy { long_run_limit: 40, ..Preset::Balanced.policy() };
    assert_eq!(more(&nearly), 4);
    let none = Policy { unlock_mail: false, ..Preset::Balanced.policy() };
    let off = Policy { enabled: false, ..Preset::Balanced.policy() };
    assert_eq!((more(&none), more(&off)), (0, 0));
    let endless = Policy {
        minimum_duration: LockLength::UntilUnlocked,
        maximum_duration: LockLength::UntilUnlocked,
        ..Preset::Strict.policy()
    };
    assert_eq!(more(&endless), 15, "a press opens what no time does");
    let sources = Policy { lockout_type: LockoutType::PerUserPerIp, ..endless_run(Preset::Strict) };
    assert_eq!(more(&sources), 15, "of each source");
    // All sources together end at the long run, which no press goes past.
    let bounded = Policy { lockout_type: LockoutType::PerUserPerIp, ..Preset::Balanced.policy() };
    assert_eq!(budget(&bounded).by_unlock_mails, 0);
    // Forgotten before the longest lock is over: the locks begin again from the shortest.
    let forgetful =
        Policy { history_duration: Span::MINUTE.times(30), ..Preset::Balanced.policy() };
    assert!(budget(&forgetful).by_unlock_mails_at_least);
    assert!(!budget(&Preset::Balanced.policy()).by_unlock_mails_at_least);
}

/// The stored flag is as old as the last event; a stranger's request days later must not mail about
/// an episode whose count has been forgotten.
#[test]
fn an_episode_is_over_once_its_count_is_forgotten() {
    use lockkeeper::lockout::{Event, Preset, SubjectView, decide, open_episode};
    use lockkeeper::model::{Authenticator, Lane, Millis, Span};
    let policy = Preset::Balanced.policy();
    let failure =
        Event::Failure { authenticator: Authenticator::Password, lane: Lane::Public, weight: 8 };
    let locked = decide(&policy, &SubjectView::default(), &failure, Millis(0)).state.subject;
    assert!(locked.episode_open);
    assert_eq!(open_episode(&policy, &locked, Millis(1)), Some(1));
    let forgotten = Millis(1).after(Span::DAY);
    assert_eq!(open_episode(&policy, &locked, forgotten), None);
}
