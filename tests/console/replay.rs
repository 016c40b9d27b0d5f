//! The time machine behind the console's door: real tries at a real server, replayed under a draft.

use diesel::{RunQueryDsl, sql_query};
use lockkeeper::lockout::Preset;
use lockkeeper::model::{Clock as _, Span};
use lockkeeper::store::team::Role;
use lockkeeper::tenant::Question;

use super::policy::policy_form;
use super::{Office, assert_page};
use crate::console_samples;
use crate::harness::client::block_on;

const PATH: &str = "/console/acme/policy/replay";

fn address(attempts: &'static str) -> String {
    let url = reqwest::Url::parse_with_params("http://x/", policy_form(attempts, "1")).unwrap();
    format!("{PATH}?{}", url.query().unwrap())
}

#[test]
fn a_stricter_draft_would_have_kept_an_owner_out() {
    let office = Office::open();
    let app = &office.app;
    let bea = app.user(&office.acme, "bea@acme.test", "correct horse").record.user.id;
    app.user(&office.globex, "kim@globex.test", "correct horse");
    let ana = office.staff("ana", Some(&office.acme), Role::Auditor);
    let sign_in = async |slug: &str, identifier: &str, password: &str| {
        let form = [("identifier", identifier), ("password", password)];
        office.visitor().client.post_form(&format!("/t/{slug}/sign-in"), &form).await
    };
    block_on(async {
        assert_page(&ana.get(&address("3")).await, 200, &["Nothing is on record yet"]);
        for _ in 0..4 {
            sign_in("acme", "bea@acme.test", "wrong").await;
            sign_in("acme", "nobody@acme.test", "wrong").await;
            sign_in("globex", "kim@globex.test", "wrong").await;
        }
        let right = sign_in("acme", "bea@acme.test", "correct horse").await;
        assert_eq!(right.status, 303, "four failures lock nobody under Balanced");
        // The answer is kept for ten minutes.
        app.advance(Span::MINUTE.times(11));
        let page = ana.get(&address("3")).await;
        let facts = [
            "The last 7 days under your draft",
            "5 recorded tries, 0 of them never checked",
            "bea<wbr>@acme.<wbr>test",
        ];
        assert_page(&page, 200, &facts);
        let facts = [
            "<td>the owner, only under your draft</td>",
            "aria-label=\"Owners kept out: 0 under the live policy and 1 under the draft",
            "aria-label=\"Guesses by others: 0 under",
            "colspan=\"2\" class=\"end\">Unlock mails</th>",
        ];
        assert_page(&page, 200, &facts);
        let account = format!("href=\"/console/acme/policy/replay/{bea}?");
        assert_page(&page, 200, &[&account]);
        assert_eq!(page.body.matches("/policy/replay/user_").count(), 1, "nobody has no page");
        assert!(!page.body.contains("kim"), "another tenant's: {}", page.body);
        let milder = ana.get(&address("9")).await;
        assert_page(&milder, 200, &["No account would have had another number of locks."]);
        // Without a draft there is nothing to replay.
        let same = ana.get(&address("8")).await;
        assert_eq!(same.status, 303);
        assert!(same.header("location").starts_with("/console/acme/policy?draft=1&"));
        let refused = ana.get(&format!("{PATH}?draft=1&max_attempts=many")).await;
        assert_eq!(refused.status, 303, "its faults are told where it is typed");
    });
    let stricter = lockkeeper::lockout::Policy { max_attempts: 3, ..Preset::Balanced.policy() };
    let question = Question::new(&Preset::Balanced.policy(), &stricter, Span::DAY);
    let replayed = block_on(app.tenants.replay_to_the_end(&office.acme.profile, &question));
    let found = replayed.unwrap().found;
    let (now, draft) = (found.now.total, found.draft.total);
    assert_eq!((now.locks.high, now.owners_locked.high), (0, 0));
    assert_eq!((draft.locks.low, draft.owners_locked.low, draft.mails.low), (1, 1, 1));
    assert!(draft.owner_wait_ms.is_certain());
}

#[test]
fn one_account_is_followed_try_by_try_under_both_policies() {
    let office = Office::open();
    let bea = office.app.user(&office.acme, "bea@acme.test", "correct horse").record.user.id;
    let kim = office.app.user(&office.globex, "kim@globex.test", "correct horse").record.user.id;
    let ana = office.staff("ana", Some(&office.acme), Role::Auditor);
    let sign_in = |password: &str| {
        let form = [("identifier", "bea@acme.test"), ("password", password)];
        block_on(office.visitor().client.post_form("/t/acme/sign-in", &form));
        office.app.advance(Span::SECOND);
    };
    for _ in 0..4 {
        sign_in("wrong");
    }
    office.app.advance(Span::MINUTE.times(2));
    sign_in("correct horse");
    let page = block_on(ana.get(&address("3")));
    let path = format!("{PATH}/{bea}");
    let link = page.body.split("href=\"").find(|rest| rest.starts_with(&path)).expect("a link");
    let link = link.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    let account = block_on(ana.get(&link));
    let facts = [
        "bea@acme.test under your draft",
        &format!("href=\"/console/acme/locks/{bea}\""),
        "None in this time.",
        "(1m)",
        "Wrong; counted, 4 so far",
        "Counted, 2 left",
        "Counted, 1 left",
        "Counted, and locked until",
        "Refused, locked until",
        "Signed in",
    ];
    assert_page(&account, 200, &facts);
    // The third, which locks, and the fourth, which is refused.
    assert_eq!(account.body.matches(">differs<").count(), 2, "{}", account.body);
    assert_eq!(account.body.matches("<tr class=").count(), 5);
    let query = link.split_once('?').unwrap().1;
    for who in [kim.as_str(), "user_2none", "x"] {
        let foreign = block_on(ana.get(&format!("{PATH}/{who}?{query}")));
        assert_eq!(foreign.status, 404, "{who}");
    }
    assert_eq!(block_on(ana.get(&path)).status, 303, "without a draft there is nothing to show");
}

/// The statement that makes a user's row of this number.
type Insert<'a> = &'a dyn Fn(&str, i64) -> String;

/// Refused tries and facts are read up to limits of their own.
#[test]
fn an_account_of_which_more_is_on_record_than_is_read_says_so() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Auditor);
    let now = office.app.clock.now();
    let minute = now.0 / Span::MINUTE.0;
    let acme = office.acme.profile.id().as_str();
    let of_account = |name: &str, more: Insert<'_>, rows: i64| {
        let user = office.app.user(&office.acme, name, "correct horse").record.user.id;
        let mut db = office.home.url().open_writer().unwrap();
        for row in 0..rows {
            sql_query(more(user.as_str(), row)).execute(&mut db).unwrap();
        }
        block_on(ana.get(&address("3").replace("/replay?", &format!("/replay/{user}?"))))
    };
    let sum = |user: &str, row: i64| {
        format!(
            "INSERT INTO refusals (tenant_id, subject, source, minute, tries) \
             VALUES ('{acme}', '{user}', '192.0.2.1', {}, 1)",
            minute - row
        )
    };
    let fact = |user: &str, row: i64| {
        format!(
            "INSERT INTO audit (tenant_id, id, at, actor, action, user_id, detail) \
             VALUES ('{acme}', 'aud_{row:03}', {}, 'test', 'user.updated', '{user}', '{{}}')",
            now.0 - row
        )
    };
    let cut = "More is on record of this account than is read";
    let cases: [(&str, Insert<'_>, i64, bool); 3] = [
        ("ann@acme.test", &sum, 499, false),
        ("bea@acme.test", &sum, 500, true),
        ("cat@acme.test", &fact, 520, true),
    ];
    for (name, more, rows, is_cut) in cases {
        let page = of_account(name, more, rows);
        assert_eq!(page.status, 200, "{}", page.body);
        assert_eq!(page.body.contains(cut), is_cut, "{name}: {}", page.body);
    }
}

#[test]
fn a_replay_of_the_newest_tries_begins_later_and_says_so() {
    let office = Office::open();
    office.app.user(&office.acme, "bea@acme.test", "correct horse");
    for _ in 0..5 {
        let form = [("identifier", "bea@acme.test"), ("password", "wrong")];
        block_on(office.visitor().client.post_form("/t/acme/sign-in", &form));
        office.app.advance(Span::MINUTE);
    }
    let (live, draft) = (Preset::Balanced.policy(), Preset::Strict.policy());
    let question = Question::new(&live, &draft, Span::DAY);
    let of_newest = |most| {
        let (tenants, acme) = (&office.app.tenants, &office.acme.profile);
        block_on(tenants.replay_of_newest(acme, &question, most)).unwrap()
    };
    let (whole, short) = (of_newest(6), of_newest(3));
    assert_eq!((whole.shortened, whole.found.tries), (false, 5));
    assert_eq!((short.shortened, short.found.tries), (true, 3));
    assert_eq!(whole.found.draft.total.locks.likely, 1, "the fifth of five locks");
    assert_eq!(short.found.draft.total.locks.likely, 0);
    assert_eq!(short.window.to.since(short.window.from), Span::MINUTE.times(3));
}

#[test]
fn owners_and_others_are_told_apart_by_day_and_by_account() {
    let ready = console_samples::all()
        .into_iter()
        .find(|sample| sample.path == "/console/{slug}/policy/replay" && sample.state == "ready");
    let html = ready.unwrap().html;
    let all = [
        "Owners kept out",
        "Their waiting time",
        "Guesses by others",
        "Accounts locked",
        "Unlock mails",
    ];
    for what in all {
        assert!(html.contains(&format!("<h3 class=\"under\">{what}</h3>")), "{what}");
    }
    for who in ["the owner, only under your draft", "perhaps the owner", "others only"] {
        assert!(html.contains(&format!("<td>{who}</td>")), "{who}");
    }
    // Days with their ranges: 9,412 guesses at the least, on the first day of the three.
    assert!(html.contains("(9,412 to 14,020)"), "{html}");
    // Two bars a day for each of the five, told apart by their filling as well.
    assert_eq!(html.matches("<rect class=\"live\"").count(), 5 * 8);
    assert_eq!(html.matches("<rect class=\"hatched\"").count(), 5 * 8);
    // Waits in words, on the scale, for who does not see it, and in the table; split at midnight.
    assert!(html.contains("Their waiting time: 4 hours under the live policy and 8 hours under"));
    assert!(html.contains(">8 hours</text>"), "{html}");
    assert!(html.contains("<td class=\"end\">2 hours (0 to 24 hours)</td>"), "{html}");
    assert_eq!(html.matches("Each day has the part of a wait that lies in it").count(), 1);
}

#[test]
fn a_page_looks_again_by_itself_only_while_its_replay_goes_on() {
    for sample in console_samples::all() {
        if sample.path == "/console/{slug}/policy/replay" {
            let live = sample.html.contains("id=\"replay\" data-live");
            let goes_on = ["under-way", "waiting"].contains(&sample.state);
            assert_eq!(live, goes_on, "{}", sample.state);
            assert!(sample.html.contains("<script src="), "{}", sample.state);
        }
    }
}
