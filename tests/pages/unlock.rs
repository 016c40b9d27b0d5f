//! The pages behind an unlock link: GET changes nothing, a press opens the episode's lock once, and
//! every way in which a link has lost its effect has its page.

use lockkeeper::lockout::LockoutType;
use lockkeeper::model::Count;

use super::*;
use crate::harness::client::{block_on, many};

fn assert_secret(answer: &Answer) {
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
}

#[test]
fn a_hundred_looks_change_nothing_and_one_press_unlocks() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        house.lock(&visitor, ALEX).await;
        let link = house.link(1);
        let scanner = house.visitor();
        for _ in 0..50 {
            let page = scanner.get(&link).await;
            assert_page(
                &page,
                200,
                &["Unlock your account?", "a**@acme.test", "after 8 failed attempts"],
            );
            assert!(!page.body.contains(ALEX), "{}", page.body);
            assert_secret(&page);
            let head = scanner.head(&link).await;
            assert_eq!((head.status, head.body.as_str()), (200, ""));
        }
        assert_eq!(visitor.sign_in(ALEX, PASSWORD).await.status, 403, "still locked");
        let pressed = visitor.post(&link, &[]).await;
        assert_sent(&pressed, "/t/acme/unlocked");
        assert!(
            !pressed.set_cookies().keys().any(|name| name.starts_with("__client")),
            "no sign-in"
        );
        let page = visitor.get("/t/acme/unlocked").await;
        assert_page(
            &page,
            200,
            &["Your account is unlocked", "12:00 UTC", "8 tries", "value=\"alex@acme.test\""],
        );
        assert_eq!(page.header("referrer-policy"), "same-origin");
        assert_sent(&visitor.sign_in(ALEX, PASSWORD).await, "/t/acme/account");
    });
}

#[test]
fn a_hundred_presses_at_once_have_one_effect_and_a_hundred_readable_answers() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let (link, base) = (house.link(1), house.app.base());
        let before = house.app.metrics.value(Count::Unlocks);
        let press = {
            let base = base.clone();
            move |client: Client, _| {
                let visitor = Visitor { client, origin: base.clone() };
                let link = link.clone();
                async move {
                    assert_sent(&visitor.post(&link, &[]).await, "/t/acme/unlocked");
                    visitor.get("/t/acme/unlocked").await
                }
            }
        };
        let pages = many(100, 100, |_| Client::new(&base), press).await;
        let now =
            pages.iter().filter(|page| page.body.contains("Your account is unlocked")).count();
        let already = pages.iter().filter(|page| page.body.contains("Already unlocked")).count();
        assert_eq!((now, already), (1, 99));
        assert_eq!(house.app.metrics.value(Count::Unlocks) - before, 1);
    });
}

#[test]
fn pressing_needs_no_cookie_no_origin_and_no_browser_of_today() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let press = |headers: &[(&'static str, &'static str)]| {
            let mut request = house.app.client().request(Method::POST, &house.link(1));
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            async move { checked(Client::send(request).await).status }
        };
        assert_eq!(press(&[("sec-fetch-site", "cross-site"), ("origin", "null")]).await, 403);
        assert_eq!(press(&[("origin", "https://evil.test")]).await, 403);
        assert_eq!(house.visitor().sign_in(ALEX, PASSWORD).await.status, 403, "still locked");
        assert_eq!(press(&[]).await, 303);
        assert_eq!(press(&[("origin", "null")]).await, 303);
    });
}

#[test]
fn while_nothing_can_be_written_a_press_is_put_off_and_the_link_stays_good() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        house.lock(&visitor, ALEX).await;
        let link = house.link(1);
        house.app.store.close();
        let answer = visitor.post(&link, &[]).await;
        assert_page(&answer, 503, &["Try again in a minute", &format!("href=\"{link}\"")]);
        assert!(answer.header("retry-after").parse::<u64>().unwrap() > 0);
        assert_secret(&answer);
        assert_page(&visitor.get(&link).await, 200, &["Unlock your account?"]);
        let asked = visitor.post("/t/acme/unlock", &[("identifier", ALEX)]).await;
        assert_page(&asked, 503, &["Try again in a minute"]);
        let tried = visitor.sign_in("rin@acme.test", PASSWORD).await;
        assert_page(&tried, 503, &["Sign-in is not possible right now", "value=\"rin@acme.test\""]);
        assert!(!tried.header("retry-after").is_empty());
    });
}

#[test]
fn a_lock_that_has_ended_by_itself_is_not_promised_to_end() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        house.lock(&visitor, ALEX).await;
        house.app.advance(Span::MINUTE.times(5));
        let link = house.link(1);
        let page = visitor.get(&link).await;
        let facts = [
            "<h1>The lock has ended</h1>",
            "The lock ended at <b><time datetime=\"2026-03-03T12:01:00+00:00\">12:01 UTC</time></b>",
            "One press also forgets the 8 failures.",
            "Forget the failures",
            "href=\"/t/acme/sign-in\"",
        ];
        assert_page(&page, 200, &facts);
        assert!(!page.body.contains("Unlock your account?"), "{}", page.body);
        assert_sent(&visitor.post(&link, &[]).await, "/t/acme/unlocked");
        assert_page(&visitor.get("/t/acme/unlocked").await, 200, &["8 tries", "12:05 UTC"]);
    });
}

#[test]
fn a_lock_of_one_source_still_stands_for_its_link() {
    let house = House::with_policy(|policy| policy.lockout_type = LockoutType::PerUserPerIp);
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        assert_page(&house.visitor().get(&house.link(1)).await, 200, &["Unlock your account?"]);
    });
}

#[test]
fn a_used_link_says_when_it_was_used() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let link = house.link(1);
        house.visitor().post(&link, &[]).await;
        house.app.advance(Span::MINUTE.times(3));
        let page = house.visitor().get(&link).await;
        assert_page(&page, 200, &["Already unlocked", "12:00 UTC", "value=\"alex@acme.test\""]);
        assert_secret(&page);
        assert_sent(&house.visitor().post(&link, &[]).await, "/t/acme/unlocked");
    });
}

#[test]
fn an_episode_that_is_over_needs_no_link() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        house.lock(&visitor, ALEX).await;
        let link = house.link_of(&house.acme, &house.alex, 1, Span::DAY.times(3));
        house.app.advance(Span::DAY.times(2));
        let page = house.visitor().get(&link).await;
        assert_page(&page, 200, &["The lock has ended", "3 Mar 2026, 12:01 UTC"]);
        assert_sent(&visitor.post(&link, &[]).await, "/t/acme/unlocked");
        assert_page(&visitor.get("/t/acme/unlocked").await, 200, &["The lock has ended"]);
    });
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let tenants = &house.app.tenants;
        tenants.unlock_user(&house.acme.profile, house.alex.clone(), "test", None).await.unwrap();
        let page = house.visitor().get(&house.link(1)).await;
        assert_page(&page, 200, &["The lock has ended"]);
        assert!(!page.body.contains("by itself"), "staff ended it: {}", page.body);
    });
}

#[test]
fn expired_and_superseded_links_offer_a_new_one_by_one_press() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        house.lock(&visitor, ALEX).await;
        let old = house.link(1);
        let short = house.link_of(&house.acme, &house.alex, 1, Span::HOUR);
        house.app.advance(Span::HOUR.times(2));
        for answer in [visitor.get(&short).await, visitor.post(&short, &[]).await] {
            let facts = ["This link has expired", "13:00 UTC", "work for 1 hour", "name=\"token\""];
            assert_page(&answer, 410, &facts);
            assert_secret(&answer);
        }
        assert_eq!(visitor.head(&short).await.status, 410);
        let token = short.rsplit('/').next().unwrap();
        let asked = visitor.post("/t/acme/unlock", &[("token", token)]).await;
        assert_page(&asked, 202, &["Look in your mail", "to the address that received the link"]);

        house.visitor().post(&old, &[]).await;
        house.lock(&visitor, ALEX).await;
        for answer in [visitor.get(&old).await, visitor.post(&old, &[]).await] {
            assert_page(&answer, 410, &["This link is out of date", "name=\"token\""]);
        }
        assert_eq!(
            house.visitor().sign_in(ALEX, PASSWORD).await.status,
            403,
            "an old link opens no new lock"
        );
    });
}

#[test]
fn everything_that_is_no_link_of_ours_gets_one_page() {
    let house = House::open();
    let globex = house.app.tenant("globex", None);
    let deleted = house.app.user(&house.acme, "rin@acme.test", PASSWORD).record.user.id;
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let good = house.link(1);
        let gone = house.link_of(&house.acme, &UserId::generate(house.now()), 1, Span::DAY);
        let deleted_link = house.link_of(&house.acme, &deleted, 1, Span::HOUR);
        house.app.tenants.delete_user(&house.acme.profile, deleted).await.unwrap();
        let cut = good.get(..good.len() - 3).unwrap().to_owned();
        let cases = [
            "/t/acme/unlock/x".to_owned(),
            "/t/acme/unlock/%00%ff".to_owned(),
            format!("/t/acme/unlock/{}", "a".repeat(3000)),
            cut,
            house.link_of(&globex, &house.alex, 1, Span::DAY),
            house.link_of(&house.acme, &house.alex, 99, Span::DAY),
            gone,
            deleted_link,
        ];
        let mut pages = Vec::new();
        for path in &cases {
            for answer in [house.visitor().get(path).await, house.visitor().post(path, &[]).await] {
                assert_page(&answer, 410, &["This link does not work", "name=\"identifier\""]);
                assert_secret(&answer);
                pages.push(answer.body);
            }
        }
        pages.dedup();
        assert_eq!(pages.len(), 1, "nothing tells them apart");
        assert_eq!(house.visitor().sign_in(ALEX, PASSWORD).await.status, 403);
    });
}

#[test]
fn locks_that_no_link_ends_send_to_support() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let link = house.link(1);
        let tenants = &house.app.tenants;
        tenants.lock_user(&house.acme.profile, house.alex.clone(), "test", None).await.unwrap();
        for answer in [house.visitor().get(&link).await, house.visitor().post(&link, &[]).await] {
            assert_page(&answer, 200, &["Locked by staff", "13:00 UTC", "/t/acme/support"]);
            assert_secret(&answer);
        }
        assert_eq!(house.visitor().sign_in(ALEX, PASSWORD).await.status, 403);
    });
    let house = House::with_policy(|policy| policy.long_run_limit = 8);
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let answer = house.visitor().post(&house.link(1), &[]).await;
        assert_page(&answer, 200, &["Still locked", "/t/acme/support"]);
    });
}

#[test]
fn the_daily_limit_is_named_with_its_end() {
    let house = House::with_policy(|policy| {
        policy.unlocks_per_day = 2;
        policy.long_run_limit = 0;
    });
    block_on(async {
        for episode in 1..=2 {
            house.lock(&house.visitor(), ALEX).await;
            assert_eq!(house.visitor().post(&house.link(episode), &[]).await.status, 303);
        }
        house.lock(&house.visitor(), ALEX).await;
        for answer in [
            house.visitor().get(&house.link(3)).await,
            house.visitor().post(&house.link(3), &[]).await,
        ] {
            assert_page(
                &answer,
                200,
                &["No more unlocks today", "2 times", "4 Mar 2026, 12:00 UTC"],
            );
        }
        house.app.advance(Span::DAY);
        assert_eq!(house.visitor().get("/t/acme/unlocked").await.status, 303);
    });
}

#[test]
fn the_page_after_a_press_is_only_this_browsers() {
    let house = House::open();
    block_on(async {
        assert_sent(&house.visitor().get("/t/acme/unlocked").await, "/t/acme/sign-in");
        let forged = house.app.client().request(Method::GET, "/t/acme/unlocked");
        let name = format!("__page_{}", house.acme.profile.cookie_suffix);
        let forged = forged.header("cookie", format!("{name}=eyJhbGciOiJub25lIn0.e30."));
        assert_sent(&checked(Client::send(forged).await), "/t/acme/sign-in");
    });
}

#[test]
fn links_and_redirects_never_follow_the_host_header() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let request = house.app.client().request(Method::POST, &house.link(1));
        let request = request.header("host", "evil.test").header("sec-fetch-site", "same-origin");
        let answer = Client::send(request).await;
        assert_sent(&answer, "/t/acme/unlocked");
        let request = house.app.client().request(Method::GET, "/t/acme/unlock");
        let answer = checked(Client::send(request.header("host", "evil.test")).await);
        assert!(!answer.body.contains("evil.test"), "{}", answer.body);
    });
}
