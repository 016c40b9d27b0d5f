//! What an account's story says of times, of how its locks ended and of who did it: over two days, at a
//! real server.

use lockkeeper::lockout::{LockLength, Policy, Preset};
use lockkeeper::model::{Clock as _, Millis, Source, Span, UserId};
use lockkeeper::store::SubjectKey;
use lockkeeper::store::attempts::Refusals;
use lockkeeper::store::team::Role;
use lockkeeper::text::{Catalogue, Moment, Zone};

use super::policy::policy_form;
use super::{Office, assert_page, assert_sent};
use crate::attempt::try_password;
use crate::harness::app::TestTenant;
use crate::harness::client::block_on;
use crate::harness::weight::{CONSOLE, estimated};

const NAME: &str = "alex@acme.test";

fn alex(office: &Office) -> UserId {
    office.app.user(&office.acme, NAME, "correct horse").record.user.id
}

fn fail(office: &Office, times: usize) {
    fail_at(office, &office.acme, times);
}

fn fail_at(office: &Office, tenant: &TestTenant, times: usize) {
    for _ in 0..times {
        let _wrong = block_on(try_password(&office.app, tenant, NAME, "wrong"));
        office.app.advance(Span::SECOND);
    }
}

/// So many sums of one refused try, each from an address of its own, a hundred in a minute from `from`.
fn refuse(office: &Office, tenant: &TestTenant, user: &UserId, from: Millis, sums: i64) {
    let row = |number: i64| Refusals {
        tenant_id: tenant.profile.id().clone(),
        subject: SubjectKey::user(user),
        source: Source::from_stored(format!("10.0.{}.{}", number / 100, number % 100)),
        minute: from.0 / Span::MINUTE.0 + number / 100,
        tries: 1,
    };
    block_on(office.app.store.add_refusals((0..sums).map(row).collect())).unwrap();
}

/// Where the page of the attempts before these is.
fn older(page: &str) -> Option<String> {
    let link = page.split("href=\"").find(|link| link.contains("?from="))?;
    Some(link.split('"').next().unwrap().to_owned())
}

const CUT: &str = "more is on record than is shown here";

/// The day of an instant, as it stands before a time to the second.
fn day(at: Millis) -> String {
    Moment::new(Catalogue::get("en"), &Zone::utc(), at, at).date.replace(' ', "\u{a0}")
}

#[test]
fn a_story_of_two_days_says_which_day() {
    let office = Office::open();
    let user = alex(&office);
    let yesterday = day(office.app.clock.now());
    fail(&office, 8);
    office.app.advance(Span::DAY);
    let today = day(office.app.clock.now());
    fail(&office, 8);
    let (reference, _) = super::inbox::write(&office, NAME, "please");
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let page = block_on(ana.get(&format!("/console/acme/locks/{user}"))).body;
    let table = page.split("id=\"story\"").nth(1).unwrap().split("</table>").next().unwrap();
    let times: Vec<&str> = table
        .split("<th scope=\"row\" class=\"mono\">")
        .skip(1)
        .map(|row| row.split("</th>").next().unwrap())
        .collect();
    assert!(times.len() >= 16, "{times:?}");
    assert!(times[..8].iter().all(|time| time.contains(&yesterday)), "{times:?}");
    assert!(times[8].contains(&today), "the day has changed: {times:?}");
    assert!(!times[9..].iter().any(|time| time.contains(&today)), "{times:?}");
    for (place, end) in table.split("Locked 1m, until ").skip(1).enumerate() {
        let day = [&yesterday, &today][place];
        assert!(end.split("</time>").next().unwrap().contains(day.as_str()), "{end}");
    }
    let panel = block_on(ana.get(&format!("/console/acme/inbox/{reference}")));
    assert_page(&panel, 200, &[&yesterday]);
}

#[test]
fn locks_of_a_replay_say_which_day() {
    let office = Office::open();
    let user = alex(&office);
    let first = day(office.app.clock.now());
    fail(&office, 4);
    office.app.advance(Span::DAY.times(2));
    let second = day(office.app.clock.now());
    fail(&office, 4);
    let ana = office.staff("ana", Some(&office.acme), Role::Auditor);
    let url = reqwest::Url::parse_with_params("http://x/", policy_form("3", "1")).unwrap();
    let path = format!("/console/acme/policy/replay/{user}?{}", url.query().unwrap());
    let page = block_on(ana.get(&path));
    let locks = page.body.split("id=\"locks-draft\"").nth(1).expect("locks");
    let locks = locks.split("</section>").next().unwrap();
    let spans: Vec<&str> = locks.split("<li>").skip(1).collect();
    assert!(spans.len() >= 2, "{locks}");
    assert_eq!(spans[0].matches(&first).count(), 2, "from and to: {locks}");
    assert_eq!(spans.last().unwrap().matches(&second).count(), 2, "from and to: {locks}");
    let refused = page.body.split("Refused, locked until ").nth(1).expect("a refusal");
    assert!(refused.split("</time>").next().unwrap().contains(&first), "{refused}");
}

#[test]
fn each_lock_says_how_it_ended() {
    let office = Office::open();
    let user = alex(&office);
    let _ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let actor = format!("staff:{}", super::team::id_of(&office, "ana"));
    let (tenants, acme) = (&office.app.tenants, &office.acme.profile);
    let lock = || block_on(tenants.lock_user(acme, user.clone(), &actor, None)).unwrap();
    fail(&office, 8);
    // The first lock is a minute long.
    office.app.advance(Span::MINUTE.times(2));
    lock();
    office.app.advance(Span::MINUTE);
    lock();
    office.app.advance(Span::DAY);
    lock();
    // Facts of one instant have no order.
    office.app.advance(Span::SECOND);
    let ana = office.staff("ben", Some(&office.acme), Role::Owner);
    let path = format!("/console/acme/locks/{user}");
    assert_sent(&block_on(ana.post(&format!("{path}/unlock"), &[("reason", "she asked")])), &path);
    office.app.advance(Span::SECOND);
    fail(&office, 8);
    let page = block_on(ana.get(&path)).body;
    let list = page.split("id=\"episodes\"").nth(1).expect("locks").split("</ul>").next().unwrap();
    let lines: Vec<&str> = list.split("<li>").skip(1).collect();
    let expected = [
        ("failed attempts", "Stands until "),
        ("ana", "Unlocked by ben at "),
        ("ana", "Ended by itself at "),
        ("ana", "Replaced by a longer one at "),
        ("failed attempts", "Ended by itself at "),
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:?}");
    for (line, (who, end)) in lines.iter().zip(expected) {
        assert!(line.contains(&format!("Locked by {who} at <time")), "{who}: {line}");
        assert!(line.contains(end), "{end}: {line}");
        assert_eq!(line.matches("\u{a0}UTC</time>").count(), 2, "{line}");
    }
}

#[test]
fn nobody_is_taken_for_the_owner() {
    let office = Office::open();
    let user = alex(&office);
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let (tenants, acme) = (&office.app.tenants, &office.acme.profile);
    for actor in ["staff:bo", "staff:user_2gone", "importer", "cli:root"] {
        block_on(tenants.lock_user(acme, user.clone(), actor, None)).unwrap();
        office.app.advance(Span::SECOND);
    }
    let page = block_on(ana.get(&format!("/console/acme/locks/{user}")));
    let facts =
        ["Locked by staff until ", "Locked by importer until ", "Locked by the command line "];
    assert_page(&page, 200, &facts);
    assert_eq!(page.body.matches("Locked by staff until ").count(), 2);
    assert!(!page.body.contains("the owner"), "{}", page.body);
}

#[test]
fn refused_tries_with_nothing_between_are_one_row() {
    let office = Office::open();
    let user = alex(&office);
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    fail(&office, 8);
    let (reference, _) = super::inbox::write(&office, NAME, "please");
    let path = format!("/console/acme/locks/{user}");
    let first = office.app.clock.now().after(Span::MINUTE);
    refuse(&office, &office.acme, &user, first, 501);
    office.app.advance(Span::MINUTE.times(30));
    let page = block_on(ana.get(&path)).body;
    assert_eq!(page.matches("refused, not checked").count(), 1, "{page}");
    for words in ["501 tries refused, not checked, until ", "501 addresses"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains(CUT) && estimated(&page) <= CONSOLE, "{page}");
    let agent = office.staff("agent", Some(&office.acme), Role::Support);
    let panel = block_on(agent.get(&format!("/console/acme/inbox/{reference}")));
    assert_page(&panel, 200, &["501 more tries came while it was locked."]);

    // One more than is read, and what is not read is missed by nobody.
    refuse(&office, &office.acme, &user, first.after(Span::MINUTE.times(10)), 1_500);
    let page = block_on(ana.get(&path)).body;
    assert!(page.contains("2,000 tries refused") && page.contains(CUT), "{page}");
    // The last try stands between them.
    office.app.advance(Span::HOUR);
    fail(&office, 1);
    refuse(&office, &office.acme, &user, office.app.clock.now().after(Span::MINUTE), 1);
    let page = block_on(ana.get(&path)).body;
    assert_eq!(page.matches("refused, not checked").count(), 2, "{page}");
    assert!(page.contains("One try refused") && page.contains("1,999 tries refused"), "{page}");
}

#[test]
fn an_older_page_has_all_of_its_time_however_much_came_later() {
    let office = Office::open();
    let policy = Policy {
        max_attempts: 30,
        minimum_duration: LockLength::For(Span::HOUR),
        long_run_limit: 0,
        ..Preset::Balanced.policy()
    };
    let patient = office.app.tenant("patient", Some(policy));
    let user = office.app.user(&patient, NAME, "correct horse").record.user.id;
    let ana = office.staff("ana", None, Role::Owner);
    let path = format!("/console/patient/locks/{user}");
    fail_at(&office, &patient, 30);
    refuse(&office, &patient, &user, office.app.clock.now().after(Span::MINUTE), 103);
    office.app.advance(Span::MINUTE.times(11));
    assert_sent(&block_on(ana.post(&format!("{path}/mail"), &[])), &path);
    office.app.advance(Span::MINUTE);
    assert_sent(&block_on(ana.post(&format!("{path}/unlock"), &[("reason", "she asked")])), &path);
    // No more locks: what was counted is forgotten.
    for times in [10, 25, 25] {
        office.app.advance(Span::DAY.times(2));
        fail_at(&office, &patient, times);
    }
    refuse(&office, &patient, &user, office.app.clock.now(), 501);
    for _ in 0..101 {
        office.app.advance(Span::SECOND);
        let actor = "cli:root";
        let locked = office.app.tenants.lock_user(&patient.profile, user.clone(), actor, None);
        block_on(locked).unwrap();
    }
    let ana = office.staff("bea", None, Role::Owner);
    let newest = block_on(ana.get(&path)).body;
    assert!(newest.contains(CUT), "{newest}");
    assert!(newest.contains("Only locks since ") && estimated(&newest) <= CONSOLE, "{newest}");
    assert!(!newest.contains("Unlocked by ana"), "{newest}");
    let before = block_on(ana.get(&older(&newest).expect("older attempts")));
    let facts = [
        "counted as number 30, and locked",
        "103 tries refused, not checked, until ",
        "103 addresses",
        "Unlocked by ana",
        "she asked",
        "Locks of this time and how they ended",
        "Unlocked by ana at ",
    ];
    assert_page(&before, 200, &facts);
    assert_eq!(before.body.matches("Unlock mail: ").count(), 2, "{}", before.body);
    assert!(!before.body.contains(CUT), "{}", before.body);
    assert!(older(&before.body).is_none(), "all 90 attempts are on two pages");
}
