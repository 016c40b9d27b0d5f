//! The audit log behind the console's door: what staff do is in it, sealed, and handed out as files;
//! and whoever changes the table past us is found out.

use std::time::Duration;

use diesel::{RunQueryDsl, sql_query};
use lockkeeper::model::Span;
use lockkeeper::store::team::Role;
use lockkeeper::tenant::{BreakKind, KeptLink, Verified};

use super::policy::policy_form;
use super::{Office, Worker, assert_page};
use crate::harness::client::block_on;
use crate::harness::nodes::until;
use crate::harness::waiting;

const PATH: &str = "/console/acme/audit";

/// Saves a policy of so many attempts over version `over`.
fn save(worker: &Worker, attempts: &'static str, over: &'static str) {
    let saved = block_on(worker.post("/console/acme/policy", &policy_form(attempts, over)));
    assert_eq!(saved.status, 303, "{}", saved.body);
}

/// Seals until nothing waits: the server's own upkeep may do the same meanwhile.
fn seal(office: &Office) {
    let (tenants, id) = (&office.app.tenants, office.acme.profile.id());
    block_on(waiting::until("nothing waits to be sealed", async || {
        tenants.seal_audit(id).await.unwrap();
        !tenants.verify_audit(id, None).await.unwrap().unsealed
    }));
}

fn verified(office: &Office, kept: Option<&KeptLink>) -> Verified {
    block_on(office.app.tenants.verify_audit(office.acme.profile.id(), kept)).unwrap()
}

fn breaks(office: &Office) -> Vec<(BreakKind, i64, i64)> {
    let found = verified(office, None).breaks;
    found.iter().map(|one| (one.kind, one.from, one.to)).collect()
}

/// Past the server, as somebody with the database's password would.
fn tamper(office: &Office, statement: &str) {
    let statement = statement.replace("{tenant}", office.acme.profile.id().as_str());
    let mut db = office.home.url().open_writer().unwrap();
    assert_eq!(sql_query(statement).execute(&mut db).unwrap(), 1);
}

/// Six sealed facts.
fn sealed_office() -> (Office, Worker) {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    for (attempts, over) in [("6", "1"), ("7", "2"), ("9", "3"), ("5", "4")] {
        save(&ana, attempts, over);
    }
    seal(&office);
    let rows = verified(&office, None).rows;
    assert!(rows >= 5, "{rows}");
    assert_eq!(breaks(&office), []);
    (office, ana)
}

#[test]
fn what_staff_did_is_read_filtered_and_handed_out() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let kim = office.staff("kim", Some(&office.globex), Role::Owner);
    let aude = office.staff("aude", Some(&office.acme), Role::Auditor);
    save(&ana, "6", "1");
    block_on(kim.post("/console/globex/policy", &policy_form("3", "1")));
    let page = block_on(aude.get(PATH));
    let facts = ["policy.saved", ">ana<", "max attempts", "<del>8</del>", "<ins>6</ins>"];
    assert_page(&page, 200, &facts);
    assert_page(&page, 200, &["href=\"/console/acme/policy/versions/2\">2</a>"]);
    assert!(!page.body.contains("kim"), "another tenant's: {}", page.body);

    let by_action = block_on(aude.get(&format!("{PATH}?action=team.joined")));
    assert_page(&by_action, 200, &["team.joined", "Show all again"]);
    assert!(!by_action.body.contains("<ins>6</ins>"));
    // Who joined at one instant stands in any order.
    let mut choices = page.body.split("value=\"staff:").skip(1);
    let is_ana = |rest: &&str| rest.split("</option>").next().unwrap().ends_with(">ana");
    let staff = choices.find(is_ana).unwrap().split('"').next().unwrap();
    let by_actor = block_on(aude.get(&format!("{PATH}?actor=staff:{staff}&action=policy.saved")));
    assert_page(&by_actor, 200, &["<table"]);
    for (filter, found) in [
        ("from=2026-03-03&to=2026-03-03", true),
        ("from=2026-03-04", false),
        ("to=2026-03-02", false),
        ("user=nobody@acme.test", false),
        ("user=user_nobody", false),
        ("actor=attempts", false),
        ("from=whenever", true),
    ] {
        let answer = block_on(aude.get(&format!("{PATH}?{filter}")));
        assert_eq!(answer.body.contains("<table"), found, "{filter}: {}", answer.body);
        assert_eq!(answer.body.contains("Nothing found"), !found, "{filter}");
    }

    let csv = block_on(aude.client.get("/console/acme/audit.csv?action=policy.saved"));
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"audit-acme.csv\"");
    assert_eq!((csv.header("cache-control"), csv.status), ("no-store", 200));
    assert_eq!(csv.body.lines().count(), 2, "{}", csv.body);
    let json = block_on(aude.client.get("/console/acme/audit.json")).json();
    let actions: Vec<_> = json.as_array().unwrap().iter().map(|row| &row["action"]).collect();
    assert!(actions.contains(&&serde_json::json!("policy.saved")), "{actions:?}");
    let foreign = block_on(aude.client.get("/console/globex/audit.csv"));
    assert_eq!(foreign.status, 404);
}

/// The difference that each row of an action shows, newest first.
fn differences(worker: &Worker, action: &str) -> Vec<String> {
    let page = block_on(worker.get(&format!("{PATH}?action={action}")));
    assert_page(&page, 200, &["<table"]);
    let rows = page.body.split("<tr>").skip(2);
    let cut = |row: &str, tag: &str| {
        let found = row.split(&format!("<{tag}>")).nth(1)?;
        Some(found.split('<').next().unwrap().to_owned())
    };
    rows.map(|row| {
        let of = |tag| cut(row, tag).unwrap_or_default();
        format!("{}>{}", of("del"), of("ins"))
    })
    .collect()
}

#[test]
fn what_stands_over_the_live_policy_is_told_as_a_difference_when_it_comes_and_when_it_goes() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    save(&ana, "7", "1");
    let strict = [("preset", "strict"), ("length", "2h"), ("reason", "an attack")];
    let (overlay, shadow) = ("/console/acme/policy/overlay", "/console/acme/policy/shadow");
    block_on(async {
        assert_eq!(ana.post(overlay, &strict).await.status, 303);
        assert_eq!(ana.post(shadow, &strict).await.status, 303);
    });
    // Rows of one instant have no order.
    office.app.advance(Span::SECOND);
    // Its number follows on theirs, and what it changed is the live one.
    save(&ana, "9", "2");
    block_on(async {
        assert_eq!(ana.post(&format!("{overlay}/end"), &[]).await.status, 303);
        assert_eq!(ana.post(&format!("{shadow}/end"), &[]).await.status, 303);
    });
    let of = |action: &str| differences(&ana, action);
    assert_eq!(of("policy.saved"), ["7>9", "8>7"]);
    assert_eq!(of("policy.overlay_set"), ["7>5"]);
    assert_eq!(of("policy.overlay_ended"), ["5>9"]);
    assert_eq!(of("policy.shadow_set"), ["7>5"]);
    assert_eq!(of("policy.shadow_ended"), [">"]);
}

/// Without a minute passing: the server's clock stands still.
#[test]
fn what_staff_do_is_sealed_as_soon_as_it_is_done() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    seal(&office);
    let before = verified(&office, None).rows;
    save(&ana, "6", "1");
    until(Duration::from_secs(60), || {
        let found = verified(&office, None);
        !found.unsealed && found.rows > before
    });
    let page = block_on(ana.get(&format!("{PATH}?action=policy.saved")));
    assert!(page.body.contains("policy.saved"), "{}", page.body);
    assert_eq!(breaks(&office), []);
}

#[test]
fn locks_by_attempts_stand_apart_and_are_found_by_their_user() {
    let office = Office::open();
    let bea = office.app.user(&office.acme, "bea@acme.test", "correct horse");
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    for _ in 0..8 {
        let form = [("identifier", "bea@acme.test"), ("password", "wrong")];
        block_on(office.visitor().client.post_form("/t/acme/sign-in", &form));
    }
    let people = block_on(ana.get(PATH));
    assert!(!people.body.contains("<td class=\"mono\">user.locked"), "{}", people.body);
    let attempts = block_on(ana.get(&format!("{PATH}?actor=attempts")));
    let id = bea.record.user.id.to_string();
    let link = format!("href=\"/console/acme/users/{id}\"");
    assert_page(&attempts, 200, &["<td class=\"mono\">user.locked", "bea@acme.test", &link]);
    for who in ["bea@acme.test", "BEA@acme.test", &id] {
        let found = block_on(ana.get(&format!("{PATH}?actor=attempts&user={who}")));
        assert_page(&found, 200, &["<td class=\"mono\">user.locked"]);
    }
    block_on(office.app.tenants.delete_user(&office.acme.profile, bea.record.user.id)).unwrap();
    let gone = block_on(ana.get(&format!("{PATH}?actor=attempts")));
    assert_page(&gone, 200, &["<td class=\"mono\">user.locked", &id]);
    assert!(!gone.body.contains(&link), "who is gone has no page: {}", gone.body);
}

#[test]
fn a_long_log_is_read_page_by_page_without_gap_or_double() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let mut db = office.home.url().open_writer().unwrap();
    let tenant = office.acme.profile.id();
    let now = lockkeeper::model::Clock::now(&office.app.clock);
    for number in 0..1_230 {
        let id = lockkeeper::model::AuditId::generate(now.before(Span(number)));
        let row = format!(
            "INSERT INTO audit (tenant_id, id, at, actor, action, detail) \
             VALUES ('{tenant}', '{id}', 1, 'api', 'number.{number}', '{{}}')"
        );
        sql_query(row).execute(&mut db).unwrap();
    }
    drop(db);
    let mut seen = Vec::new();
    let mut path = format!("{PATH}?actor=api");
    for _ in 0..30 {
        let page = block_on(ana.get(&path)).body;
        let told = page.split("<td class=\"mono\">number.").skip(1);
        seen.extend(told.map(|rest| rest.split('<').next().unwrap().parse::<i64>().unwrap()));
        let Some(older) = page.split("\">Older facts").next().filter(|head| *head != page) else {
            break;
        };
        path = older.rsplit("href=\"").next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    }
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!((count, seen.len()), (1_230, 1_230));
    let csv = block_on(ana.client.get("/console/acme/audit.csv?actor=api")).body;
    assert_eq!(csv.lines().count(), 1_231, "more than one page of the file");
    let json = block_on(ana.client.get("/console/acme/audit.json?actor=api")).json();
    assert_eq!(json.as_array().unwrap().len(), 1_230);
    // And the seal of so many goes on over batches.
    seal(&office);
    assert_eq!(breaks(&office), []);
}

#[test]
fn one_changed_byte_is_found_at_its_row() {
    let (office, ana) = sealed_office();
    assert_page(&block_on(ana.get(PATH)), 200, &["as they were sealed", "--expect"]);
    tamper(
        &office,
        "UPDATE audit SET detail = detail || ' ' WHERE tenant_id = '{tenant}' AND seq = 3",
    );
    assert_eq!(breaks(&office), [(BreakKind::Changed, 3, 3)]);
    let page = block_on(ana.get(PATH));
    assert_page(&page, 200, &["The log was changed from outside", "Fact 3: changed since"]);
}

#[test]
fn a_removed_row_is_found() {
    let (office, _) = sealed_office();
    tamper(&office, "DELETE FROM audit WHERE tenant_id = '{tenant}' AND seq = 2");
    assert_eq!(breaks(&office), [(BreakKind::Missing, 2, 2)]);
    // One that is put back in another's place is no better.
    tamper(&office, "UPDATE audit SET seq = 2 WHERE tenant_id = '{tenant}' AND seq = 1");
    assert_eq!(breaks(&office).first(), Some(&(BreakKind::Missing, 1, 1)));
}

#[test]
fn a_cut_tail_is_found_by_the_newest_link_and_a_moved_one_by_what_was_kept() {
    let (office, ana) = sealed_office();
    let whole = verified(&office, None);
    let kept = whole.head.unwrap();
    let last = i64::try_from(whole.rows).unwrap();
    assert_eq!(kept.seq, last);
    assert_eq!(verified(&office, Some(&kept)).breaks, []);
    tamper(&office, &format!("DELETE FROM audit WHERE tenant_id = '{{tenant}}' AND seq = {last}"));
    assert_eq!(breaks(&office), [(BreakKind::CutOff, last, last)]);
    assert_page(&block_on(ana.get(PATH)), 200, &["taken off the end"]);
    // With the newest link moved back, too, only what was kept outside tells.
    tamper(
        &office,
        &format!(
            "UPDATE audit_heads SET seq = {before}, hash = (SELECT hash FROM audit \
             WHERE tenant_id = '{{tenant}}' AND seq = {before}) WHERE tenant_id = '{{tenant}}'",
            before = last - 1
        ),
    );
    assert_eq!(breaks(&office), []);
    let found = verified(&office, Some(&kept)).breaks;
    assert_eq!(found.first().map(|one| one.kind), Some(BreakKind::NotAsKept));
}

#[test]
fn what_is_purged_takes_nothing_from_the_log() {
    let (office, _) = sealed_office();
    let before = verified(&office, None);
    office.app.advance(Span::DAY.times(400));
    let id = office.acme.profile.id().clone();
    block_on(office.app.store.purge(id, Default::default())).unwrap();
    let after = verified(&office, before.head.as_ref());
    assert_eq!((after.breaks, after.rows), (Vec::new(), before.rows));
}
