//! The policy screen: a draft is an address, saving needs a reason and the version that was looked at,
//! and nothing that was typed is lost.

use lockkeeper::lockout::policy_document::FIELDS;
use lockkeeper::store::team::Role;

use super::{Office, assert_page, assert_sent};
use crate::harness::client::block_on;

const PATH: &str = "/console/acme/policy";

/// A whole form, as a browser sends it, that changes the threshold of Balanced.
pub(crate) fn policy_form(
    attempts: &'static str,
    made_over: &'static str,
) -> Vec<(&'static str, &'static str)> {
    let mut form = vec![
        ("draft", "1"),
        ("enabled", "on"),
        ("max_attempts", attempts),
        ("history_duration", "24h"),
        ("minimum_duration", "1m"),
        ("backoff_factor", "2"),
        ("maximum_duration", "1h"),
        ("count_after_lock", "kept"),
        ("lockout_type", "per_user"),
        ("manual_lock_duration", "1h"),
        ("long_run_limit", "100"),
        ("unlock_mail", "on"),
        ("unlock_link_lifetime", "24h"),
        ("unlocks_per_day", "3"),
        ("known_devices", "on"),
        ("made_over", made_over),
        ("reason", "guessing since Monday"),
    ];
    form.extend(
        ["password", "oob_otp", "totp", "recovery_code"].map(|one| ("authenticators", one)),
    );
    form
}

fn address(form: &[(&str, &str)]) -> String {
    let url = reqwest::Url::parse_with_params("http://x/", form).unwrap();
    format!("{PATH}?{}", url.query().unwrap())
}

#[test]
fn every_field_of_a_policy_is_on_the_screen() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let page = block_on(ana.get(PATH));
    assert_page(&page, 200, &["Version 1 is live", "Balanced", "36"]);
    for field in FIELDS {
        assert!(page.body.contains(&format!("name=\"{field}\"")), "{field}");
    }
    assert!(!page.body.contains("name=\"reason\""), "there is nothing to save");
}

#[test]
fn a_length_is_echoed_in_words_and_one_at_fault_is_not() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let with = |minimum: &'static str, factor: &'static str, maximum: &'static str| {
        let mut form = policy_form("6", "1");
        for (name, value) in &mut form {
            match *name {
                "minimum_duration" => *value = minimum,
                "backoff_factor" => *value = factor,
                "maximum_duration" => *value = maximum,
                _ => {}
            }
        }
        block_on(ana.get(&address(&form)))
    };
    let page = with("90s", "1", "Until unlocked");
    let facts = [
        "id=\"minimum_duration-words\">1 minute 30 seconds<",
        "aria-describedby=\"minimum_duration-words\"",
        "id=\"backoff_factor-words\">as long as the one before<",
        "id=\"maximum_duration-words\">until unlocked<",
        "id=\"unlock_link_lifetime-words\">24 hours<",
    ];
    assert_page(&page, 200, &facts);
    let faulty = with("soon", "0.5", "1h");
    let facts = ["id=\"minimum_duration-words\"><", "id=\"backoff_factor-words\"><"];
    assert_page(&faulty, 200, &facts);
}

#[test]
fn a_draft_is_compared_and_saved_with_its_reason() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    block_on(async {
        let draft = ana.get(&address(&policy_form("6", "1"))).await;
        let facts = ["Draft, not saved", "<del>8</del>", "<ins>6</ins>", "After 6 failed attempts"];
        assert_page(&draft, 200, &facts);
        assert!(!address(&policy_form("6", "1")).contains(&ana.token));
        let mut form = policy_form("6", "1");
        form.retain(|(name, _)| *name != "reason");
        let refused = ana.post(PATH, &form).await;
        assert_page(&refused, 422, &["Enter why you change it", "<ins>6</ins>"]);
        assert_sent(&ana.post(PATH, &policy_form("6", "1")).await, PATH);
        let saved = ana.get(PATH).await;
        assert_page(&saved, 200, &["Version 2 is live. Locks", "by ana.", "value=\"6\""]);
        let again = ana.post(PATH, &policy_form("6", "2")).await;
        assert_page(&again, 200, &["nothing to change"]);
    });
    let live = block_on(office.app.tenants.live_policy(&office.acme.profile)).unwrap();
    assert_eq!((live.version, live.reason.as_str()), (2, "guessing since Monday"));
    assert!(live.author.starts_with("staff:user_"), "{}", live.author);
    let rows = block_on(office.app.tenants.reader().audit_rows(live.tenant_id, 50)).unwrap();
    let saved = rows.iter().find(|row| row.action == "policy.saved").unwrap();
    assert_eq!(saved.actor, live.author);
}

#[test]
fn two_admins_do_not_overwrite_each_other() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let bo = office.staff("bo", Some(&office.acme), Role::Admin);
    block_on(async {
        assert_sent(&bo.post(PATH, &policy_form("5", "1")).await, PATH);
        let late = ana.post(PATH, &policy_form("6", "1")).await;
        let facts = ["Version 2 was saved while you worked", "<del>5</del>", "<ins>6</ins>"];
        assert_page(&late, 409, &facts);
        assert!(late.body.contains("name=\"made_over\" value=\"2\""), "the next try is over it");
        assert_sent(&ana.post(PATH, &policy_form("6", "2")).await, PATH);
    });
}

#[test]
fn all_faults_come_at_once_and_nothing_is_lost() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let mut form = policy_form("many", "1");
    for (name, value) in &mut form {
        if *name == "minimum_duration" {
            *value = "<soon>";
        }
    }
    form.retain(|(name, _)| *name != "authenticators");
    block_on(async {
        for page in [ana.get(&address(&form)).await, ana.post(PATH, &form).await] {
            let facts = [
                "<title>Error: ",
                "Lock after: enter a number",
                "First lock: enter a length",
                "Failures that count: choose at least one",
                "value=\"many\"",
                "value=\"&#60;soon&#62;\"",
            ];
            assert_page(&page, page.status, &facts);
        }
    });
}

#[test]
fn auditors_see_and_cannot_save_and_support_sees_nothing_of_it() {
    let office = Office::open();
    let eve = office.staff("eve", Some(&office.acme), Role::Auditor);
    let bo = office.staff("bo", Some(&office.acme), Role::Support);
    block_on(async {
        let page = eve.get(&address(&policy_form("6", "1"))).await;
        assert_page(&page, 200, &["<ins>6</ins>", "you can try a draft"]);
        assert!(!page.body.contains("name=\"reason\""));
        assert_eq!(eve.post(PATH, &policy_form("6", "1")).await.status, 403);
        assert_page(&bo.get(PATH).await, 403, &["Your role here is support"]);
        let overview = bo.get("/console/acme/overview").await;
        assert!(!overview.body.contains("/policy"), "nothing in the navigation");
    });
}

#[test]
fn switching_off_keeps_the_settings() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let mut form = policy_form("6", "1");
    form.retain(|(name, _)| *name != "enabled");
    block_on(async {
        let draft = ana.get(&address(&form)).await;
        assert_page(&draft, 200, &["Lockout is off", "no limit", "value=\"6\""]);
        assert_sent(&ana.post(PATH, &form).await, PATH);
    });
    let live = block_on(office.app.tenants.live_policy(&office.acme.profile)).unwrap();
    let policy = live.policy().unwrap();
    assert!(!policy.enabled && policy.max_attempts == 6);
}

/// The form with other values in these fields.
fn with(changes: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let mut form = policy_form("8", "1");
    for (name, value) in &mut form {
        if let Some((_, other)) = changes.iter().find(|(field, _)| field == name) {
            *value = *other;
        }
    }
    form
}

#[test]
fn locks_for_one_source_are_told_as_such_and_many_sources_are_warned_of() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let draft =
        |changes: &[(&'static str, &'static str)]| block_on(ana.get(&address(&with(changes))));
    let page = draft(&[("lockout_type", "per_user_per_ip"), ("long_run_limit", "0")]);
    let facts = [
        "After 8 failed attempts from one source the account is locked for that source, for 1 minute.",
        "Each further failure from there locks it again",
        "each further source has 36 guesses at one account in 24 hours, without an end",
        "href=\"/console/guide/lockout-policy#no-limit-over-sources\"",
        "36 from each source</text>",
        "from each source; no limit over many sources</span>",
        "patient attacker from one source; with many sources more",
    ];
    assert_page(&page, 200, &facts);
    assert!(!page.body.contains("After 8 failed attempts the account"), "{}", page.body);
    let limited = draft(&[("lockout_type", "per_user_per_ip")]);
    let facts = [
        "After 100 failures over all sources it stays locked for every source",
        "from each source; over all sources at most 100, then the long run ends it</span>",
    ];
    assert_page(&limited, 200, &facts);
    assert!(!limited.body.contains("#no-limit-over-sources"), "{}", limited.body);
    let shared = draft(&[("max_attempts", "6")]);
    assert!(!shared.body.contains("from each source"), "{}", shared.body);
}

#[test]
fn unlock_mails_stand_beside_the_budget_where_they_are_sent() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let page = block_on(ana.get(PATH));
    let line = "now: plus up to 24 a day where the owner presses all 3 unlock mails.";
    assert_page(&page, 200, &[line]);
    let mut form = with(&[("max_attempts", "6"), ("unlocks_per_day", "1")]);
    let one = block_on(ana.get(&address(&form)));
    let facts =
        [line, "your draft: plus up to 6 a day where the owner presses the one unlock mail."];
    assert_page(&one, 200, &facts);
    form.retain(|(name, _)| *name != "unlock_mail");
    let none = block_on(ana.get(&address(&form)));
    assert!(!none.body.contains("your draft: plus"), "{}", none.body);
}

#[test]
fn short_locks_are_counted_to_the_end_of_the_month() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let lengths = [("minimum_duration", "1s"), ("maximum_duration", "1s"), ("long_run_limit", "0")];
    let page = block_on(ana.get(&address(&with(&lengths))));
    let cells =
        "<td class=\"end\">86407</td><td class=\"end\">604807</td><td class=\"end\">2592007</td>";
    assert_page(&page, 200, &[cells]);
}

#[test]
fn a_preset_is_a_link() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let page = block_on(ana.get(&format!("{PATH}?preset=strict")));
    assert_page(&page, 200, &["Draft, not saved", "After 5 failed attempts", "5 minutes"]);
}
