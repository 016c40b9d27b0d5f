//! Versions of the policy: who saved what and why, what it changed, the way back to one, and a policy
//! as a document out of the console and into it.

use std::time::Duration;

use diesel::{RunQueryDsl, sql_query};
use lockkeeper::lockout::Preset;
use lockkeeper::model::Span;
use lockkeeper::store::team::Role;
use lockkeeper::tenant::{AskedBy, Question, Replay};

use super::policy::policy_form;
use super::{Office, Worker, assert_page, assert_sent};
use crate::harness::client::{Answer, block_on};
use crate::harness::nodes::until;

/// Bounds a test that would never end.
const SOON: Duration = Duration::from_secs(60);
const POLICY: &str = "/console/acme/policy";
const VERSIONS: &str = "/console/acme/policy/versions";

fn office() -> (Office, Worker) {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    (office, ana)
}

#[test]
fn every_save_is_a_version_with_its_reason_and_what_it_changed() {
    let (_office, ana) = office();
    block_on(async {
        assert_sent(&ana.post(POLICY, &policy_form("6", "1")).await, POLICY);
        let saved = ana.get(POLICY).await;
        assert_page(&saved, 200, &["Go back to version 1", "versions/1/back"]);
        assert_sent(&ana.post(POLICY, &policy_form("5", "2")).await, POLICY);
        let list = ana.get(VERSIONS).await;
        let facts = ["Version 3", "Version 2", "Version 1", "guessing since Monday", "· ana"];
        assert_page(&list, 200, &facts);
        assert_eq!(list.body.matches("class=\"pill ok\"").count(), 1, "one of them is live");
        let second = ana.get(&format!("{VERSIONS}/2")).await;
        let facts = [
            "What it changed about version 1",
            "<del>8</del>",
            "Beside version 3, which is live",
            "<del>5</del>",
            "<ins>6</ins>",
        ];
        assert_page(&second, 200, &facts);
        let first = ana.get(&format!("{VERSIONS}/1")).await;
        assert_page(&first, 200, &["The first version", "first version"]);
        let later = ana.get(&format!("{VERSIONS}?before=3")).await;
        assert!(!later.body.contains("Version 3") && later.body.contains("Version 2"));
        for odd in ["4", "0", "-1", "x", "99999999999999999999"] {
            assert_eq!(ana.get(&format!("{VERSIONS}/{odd}")).await.status, 404, "{odd}");
        }
    });
}

#[test]
fn the_way_back_is_a_new_version_of_the_old_document() {
    let (office, ana) = office();
    let back = format!("{VERSIONS}/1/back");
    block_on(async {
        assert_page(&ana.get(&back).await, 200, &["This is the live policy already"]);
        assert_sent(&ana.post(POLICY, &policy_form("6", "1")).await, POLICY);
        let asked = ana.get(&back).await;
        let facts = ["Go back to version 1", "<del>6</del>", "value=\"Back to version 1\""];
        assert_page(&asked, 200, &facts);
        let none = ana.post(&back, &[("reason", " "), ("made_over", "2")]).await;
        assert_page(&none, 422, &["Enter why you change it"]);
        let reason = [("reason", "Back to version 1"), ("made_over", "1")];
        let overtaken = ana.post(&back, &reason).await;
        let facts = ["Version 2 was saved while you worked", "<del>8</del> ", "<ins>8</ins>"];
        assert_page(&overtaken, 409, &facts);
        let reason = [("reason", "Back to version 1"), ("made_over", "2")];
        assert_sent(&ana.post(&back, &reason).await, POLICY);
    });
    let live = block_on(office.app.tenants.live_policy(&office.acme.profile)).unwrap();
    assert_eq!(
        (live.version, live.made_over, live.reason.as_str()),
        (3, Some(2), "Back to version 1")
    );
    assert_eq!(live.policy().unwrap(), Preset::Balanced.policy());
}

#[test]
fn an_overtaken_save_shows_both_differences() {
    let (office, ana) = office();
    let bo = office.staff("bo", Some(&office.acme), Role::Admin);
    block_on(async {
        assert_sent(&bo.post(POLICY, &policy_form("5", "1")).await, POLICY);
        let late = ana.post(POLICY, &policy_form("6", "1")).await;
        let facts = [
            "Version 2 was saved while you worked",
            "<del>8</del> <span aria-hidden=\"true\">→</span> <ins>5</ins>",
            "<del>5</del> <span aria-hidden=\"true\">→</span> <ins>6</ins>",
        ];
        assert_page(&late, 409, &facts);
    });
}

/// Four, at an account of acme.
fn wrong_tries(office: &Office) {
    office.app.user(&office.acme, "bea@acme.test", "correct horse");
    for _ in 0..4 {
        let form = [("identifier", "bea@acme.test"), ("password", "wrong")];
        block_on(office.visitor().client.post_form("/t/acme/sign-in", &form));
    }
}

/// The page of a version, once what it would have done is known: it is worked out behind the save.
fn foretold(ana: &Worker, version: i64) -> Answer {
    let path = format!("{VERSIONS}/{version}");
    let mut page = block_on(ana.get(&path));
    until(SOON, || {
        page = block_on(ana.get(&path));
        !page.body.contains("It is being worked out")
    });
    page
}

#[test]
fn what_a_replay_had_said_is_kept_with_the_version() {
    let (office, ana) = office();
    let stricter = lockkeeper::lockout::Policy { max_attempts: 3, ..Preset::Balanced.policy() };
    wrong_tries(&office);
    block_on(async {
        let question = Question::new(&Preset::Balanced.policy(), &stricter, Span::DAY);
        let tenants = &office.app.tenants;
        let by = AskedBy::Page("staff");
        let replay = tenants.replay(&office.acme.profile, by, question, Span::MINUTE).await;
        assert!(matches!(replay, Replay::Ready(_)), "{replay:?}");
        assert_sent(&ana.post(POLICY, &policy_form("3", "1")).await, POLICY);
        let page = ana.get(&format!("{VERSIONS}/2")).await;
        assert_page(&page, 200, &["What was predicted", "4 recorded tries,"]);
    });
}

#[test]
fn every_save_is_told_what_it_would_have_done() {
    let (office, ana) = office();
    let save = |form: &[(&str, &str)]| assert_sent(&block_on(ana.post(POLICY, form)), POLICY);
    save(&policy_form("6", "1"));
    let nothing = "Nothing was on record in these days";
    assert_page(&foretold(&ana, 2), 200, &["What was predicted", nothing]);
    wrong_tries(&office);
    save(&policy_form("3", "2"));
    let facts = ["What was predicted", "4 recorded tries,", "Owners kept out"];
    assert_page(&foretold(&ana, 3), 200, &facts);
    // The way back is a save, too, and so is what stands over the live policy for a while.
    let back = [("reason", "Back to version 1"), ("made_over", "3")];
    assert_sent(&block_on(ana.post(&format!("{VERSIONS}/1/back"), &back)), POLICY);
    assert_page(&foretold(&ana, 4), 200, &["4 recorded tries,"]);
    let over = [("preset", "strict"), ("length", "2h"), ("reason", "an attack")];
    assert_sent(&block_on(ana.post("/console/acme/policy/overlay", &over)), POLICY);
    assert_page(&foretold(&ana, 5), 200, &["4 recorded tries,"]);
    // And what a server's key or a command changes.
    let relaxed = Preset::Relaxed.policy();
    let saved = office.app.tenants.save_policy(&office.acme.profile, &relaxed, "api", "milder");
    assert_eq!(block_on(saved).unwrap(), 6);
    assert_page(&foretold(&ana, 6), 200, &["4 recorded tries,"]);
    let first = block_on(ana.get(&format!("{VERSIONS}/1")));
    assert!(!first.body.contains("What was predicted"), "there was none before it");
}

#[test]
fn what_a_stop_kept_from_being_worked_out_is_made_up_or_said_to_be_missing() {
    let (office, ana) = office();
    wrong_tries(&office);
    let lose = |version: i64| {
        let mut db = office.home.url().open_writer().unwrap();
        let lost = format!("UPDATE policies SET effect = NULL WHERE version = {version}");
        sql_query(lost).execute(&mut db).unwrap();
    };
    for (number, attempts) in [("1", "6"), ("2", "3")] {
        assert_sent(&block_on(ana.post(POLICY, &policy_form(attempts, number))), POLICY);
        foretold(&ana, number.parse::<i64>().unwrap() + 1);
    }
    lose(2);
    lose(3);
    block_on(office.app.tenants.upkeep());
    assert_page(&foretold(&ana, 3), 200, &["4 recorded tries,"]);
    let replaced = block_on(ana.get(&format!("{VERSIONS}/2")));
    assert_page(&replaced, 200, &["What was predicted", "It was not worked out"]);
    let mut db = office.home.url().open_writer().unwrap();
    let days_ago = "UPDATE policies SET effect = NULL, created_at = created_at - 172800000";
    sql_query(days_ago).execute(&mut db).unwrap();
    block_on(office.app.tenants.upkeep());
    let late = block_on(ana.get(&format!("{VERSIONS}/3")));
    assert_page(&late, 200, &["It was not worked out"]);
}

#[test]
fn a_policy_leaves_as_toml_and_comes_back_as_a_draft() {
    let (office, ana) = office();
    let import = format!("{POLICY}/import");
    block_on(async {
        assert_sent(&ana.post(POLICY, &policy_form("6", "1")).await, POLICY);
        let file = ana.get(&format!("{VERSIONS}/2/policy.toml")).await;
        assert_eq!(file.status, 200);
        assert_eq!(
            file.header("content-disposition"),
            "attachment; filename=\"acme-policy-2.toml\""
        );
        assert!(file.body.contains("\nmax_attempts = 6\n"), "{}", file.body);
        let text = file.body.replace("max_attempts = 6", "max_attempts = 4");
        let taken = ana.post(&import, &[("text", &text)]).await;
        assert_eq!(taken.status, 303, "{}", taken.body);
        let draft = ana.get(taken.header("location")).await;
        assert_page(&draft, 200, &["Draft, not saved", "<del>6</del>", "<ins>4</ins>"]);
        let json = ana.post(&import, &[("text", "{\"preset\": \"strict\"}")]).await;
        assert!(json.header("location").contains("max_attempts=5"), "{}", json.body);
        let text = "max_attempts = \"<many>\"\nminimum = 5\nbackoff_factor = 0\n";
        let odd = ana.post(&import, &[("text", text)]).await;
        let facts =
            ["<title>Error: ", "max_attempts: ", "minimum: ", "backoff_factor: ", "&#60;many"];
        assert_page(&odd, 422, &facts);
        let long = ana.post(&import, &[("text", &"#".repeat(20_000))]).await;
        assert_page(&long, 422, &["20000 bytes"]);
    });
    let live = block_on(office.app.tenants.live_policy(&office.acme.profile)).unwrap();
    assert_eq!(live.version, 2, "nothing of it was saved");
}
