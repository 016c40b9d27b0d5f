//! What befalls an end user, as `reference` journeys E1 to E10 tell it: each walked from the first page
//! to the last, with script, without, and by keyboard alone. No page on the way is an end.

use lockkeeper::model::Count;
use lockkeeper::support::ContactRequestStatus;
use lockkeeper::tenant::Looked;

use super::*;

const NO_SCRIPT: Look =
    Look { scripts: Scripts::Off, scheme: Scheme::Light, width: 1280, height: 800 };
/// Where somebody was going when the sign-in came between.
const GOAL: &str = "/t/acme/account/language";

impl Walk<'_> {
    async fn says(&self, what: &str, words: &str) -> WebDriverResult<()> {
        let text = self.driver.find(By::Css(what)).await?.text().await?;
        assert!(text.contains(words), "{words:?} is not in {text:?}");
        Ok(())
    }

    async fn short_code_from_mail(&self) -> WebDriverResult<String> {
        self.open_mail("Unlock your").await?;
        self.driver.find(By::Css("iframe")).await?.enter_frame().await?;
        let text = self.driver.find(By::Css("body")).await?.text().await?;
        self.driver.enter_default_frame().await?;
        let line = text
            .lines()
            .find(|line| line.len() == 9 && line.chars().all(|c| c.is_ascii_digit() || c == ' '));
        Ok(line.unwrap_or_else(|| panic!("no code in {text}")).to_owned())
    }

    /// Back to the first window; the others are closed.
    async fn close_others(&self) -> WebDriverResult<()> {
        let windows = self.driver.windows().await?;
        for window in windows.iter().skip(1) {
            self.driver.switch_to_window(window.clone()).await?;
            self.driver.close_window().await?;
        }
        self.driver.switch_to_window(windows[0].clone()).await
    }
}

impl House {
    /// Staff answer the one request that there is.
    async fn answer(&self, words: &str) {
        let (reader, tenant) = (self.app.tenants.reader(), self.acme.profile.id().clone());
        let new = reader.contact_requests(tenant, ContactRequestStatus::New, 10).await.unwrap();
        let [request] = new.as_slice() else { panic!("{new:?}") };
        let looked = Looked { request, over: request.version, actor: "test" };
        self.app.tenants.reply_to_request(&looked, words.to_owned()).await.unwrap();
    }
}

fn both(journey: impl AsyncFn(&House, &Walk<'_>) -> WebDriverResult<()>) {
    let keyboard = (Look::default(), BY_KEYBOARD);
    for (look, name) in [(Look::default(), "light"), (NO_SCRIPT, "no-script"), keyboard] {
        let house = demo_house();
        browse(look, async |driver| {
            let walk = Walk { driver: &driver, base: house.app.base(), look: name };
            journey(&house, &walk).await
        });
    }
}

#[test]
fn e1_and_e2_one_page_to_sign_in_and_a_slip_costs_one_more_try() {
    both(async |_, walk| {
        walk.open("/t/acme/sign-in").await?;
        for _ in 0..6 {
            walk.sign_in(ALEX, "wrong").await?;
        }
        walk.says(".summary", "2 tries left").await?;
        let (name, password) = (By::Id("identifier"), By::Id("password"));
        let kept = walk.driver.find(name).await?.value().await?;
        assert_eq!(kept.as_deref(), Some(ALEX));
        assert_eq!(walk.driver.find(password).await?.value().await?.as_deref(), Some(""));
        walk.fill("password", PASSWORD).await?;
        walk.press().await?;
        walk.at("account", "You are signed in").await
    });
}

#[test]
fn e3_two_presses_after_the_mail_is_opened_and_the_sign_in_form_is_there() {
    both(async |_, walk| {
        walk.open(&format!("/t/acme/sign-in?redirect_url={GOAL}")).await?;
        for _ in 0..8 {
            walk.sign_in(ALEX, "wrong").await?;
        }
        walk.open_mail("Unlock your").await?;
        let look = if walk.look == "no-script" { NO_SCRIPT } else { Look::default() };
        walk.follow_mail(look).await?;
        walk.at("unlock-confirm", "Unlock your account?").await?;
        walk.press().await?;
        walk.at("unlocked", "Your account is unlocked").await?;
        walk.fill("password", PASSWORD).await?;
        walk.press().await?;
        // To where they were going before.
        assert!(walk.driver.current_url().await?.path().ends_with(GOAL));
        walk.close_others().await
    });
}

#[test]
fn e4_a_mail_that_is_missing_is_asked_for_again_and_its_pause_is_told() {
    both(async |house, walk| {
        for who in [ALEX, "nobody@acme.test"] {
            walk.lock_out(who).await?;
            walk.click("form[action='/t/acme/unlock'] button").await?;
            walk.at("unlock-requested", "Look in your mail").await?;
            walk.says("main", who).await?;
            walk.says("main", "The next mail is possible at 12:10 UTC").await?;
            walk.open("/t/acme/locked").await?;
            walk.says("main", "The next one is possible at 12:10 UTC").await?;
        }
        // The second mail brings a link and a code of its own.
        house.app.advance(Span::MINUTE.times(10));
        walk.open("/t/acme/sign-in").await?;
        walk.sign_in(ALEX, "wrong").await?;
        walk.click("form[action='/t/acme/unlock'] button").await?;
        walk.at("unlock-requested-again", "Look in your mail").await?;
        assert_eq!(house.unlock_codes(ALEX).await.len(), 2);
        Ok(())
    });
}

#[test]
fn e5_an_owner_who_was_attacked_is_told_and_ends_it() {
    both(async |house, walk| {
        // Somebody else, somewhere else.
        house.lock(&house.visitor(), ALEX).await;
        walk.open_mail("Unlock your").await?;
        walk.driver.find(By::Css("iframe")).await?.enter_frame().await?;
        walk.says("body", "8 sign-in attempts had failed from").await?;
        walk.says("body", "127.0.0.*").await?;
        walk.says("body", "12:00").await?;
        walk.driver.enter_default_frame().await?;
        let look = if walk.look == "no-script" { NO_SCRIPT } else { Look::default() };
        walk.follow_mail(look).await?;
        walk.click("main a[href$='/not-me']").await?;
        walk.at("not-me", "Was it not you?").await?;
        walk.click("form:has(input[value=tell]) button").await?;
        walk.at("not-me-told", "Support knows").await?;
        walk.says("main", "LK-").await?;
        walk.says("main", "Nothing about the lock has changed").await?;
        walk.click("main a[href$='/sign-in/forgot']").await?;
        walk.at("reset-after-attack", "Set a new password").await?;
        if let Ok(field) = walk.driver.find(By::Id("identifier")).await
            && field.value().await?.unwrap_or_default().is_empty()
        {
            walk.fill("identifier", ALEX).await?;
        }
        // The mailbox shows the newest first, by second.
        house.app.advance(Span::SECOND.times(5));
        walk.press().await?;
        let code = walk.code_from_mail().await?;
        walk.open("/t/acme/sign-in/forgot").await?;
        walk.fill("code", &code).await?;
        walk.press().await?;
        walk.fill("new-password", "another horse battery").await?;
        walk.press().await?;
        walk.at("account-after-attack", "You are signed in").await?;
        let card = house.app.tenants.user(&house.acme.profile, house.alex.clone()).await.unwrap();
        assert_eq!(card.unwrap().lock, None);
        walk.close_others().await
    });
}

#[test]
fn e6_who_has_no_mailbox_writes_to_support_and_gets_a_reference() {
    both(async |house, walk| {
        walk.lock_out(ALEX).await?;
        walk.click("main a[href='/t/acme/support']").await?;
        walk.says("main", "We already know about the lock").await?;
        walk.fill("name", "Alex Sommer").await?;
        walk.fill("message", "I changed my phone.").await?;
        walk.press().await?;
        walk.at("support-sent", "We have your message").await?;
        walk.says("main", "LK-").await?;
        // The page of their own, where staff answer and more can be said.
        walk.click("main a[href*='/t/acme/support/']").await?;
        walk.says("main", "I changed my phone.").await?;
        let page = walk.driver.current_url().await?.path().to_owned();
        house.answer("Come by with your badge.").await;
        house.app.advance(Span::SECOND.times(20));
        walk.open(&page).await?;
        walk.says("main", "Come by with your badge.").await?;
        walk.fill("message", "I am on my way.").await?;
        walk.press().await?;
        walk.says("main", "I am on my way.").await
    });
}

#[test]
fn e7_a_link_that_is_old_used_or_not_needed_leads_on() {
    both(async |house, walk| {
        walk.lock_out(ALEX).await?;
        let (first, short) =
            (house.link(1), house.link_of(&house.acme, &house.alex, 1, Span::MINUTE.times(5)));
        house.app.advance(Span::MINUTE.times(11));
        walk.open(&first).await?;
        walk.at("lock-over", "The lock has ended").await?;
        walk.open(&short).await?;
        walk.at("dead-expired", "This link has expired").await?;
        walk.press().await?;
        walk.at("asked-by-link", "Look in your mail").await?;
        walk.open_mail("Unlock your").await?;
        walk.open(&first).await?;
        walk.press().await?;
        walk.at("unlocked", "Your account is unlocked").await?;
        walk.open(&first).await?;
        walk.at("used", "Already unlocked").await?;
        walk.signs_in_at_once().await
    });
}

#[test]
fn e8_the_right_password_opens_no_lock_and_the_way_by_mail_is_there() {
    both(async |_, walk| {
        walk.lock_out(ALEX).await?;
        let before = walk.driver.find(By::Css("main")).await?.text().await?;
        walk.open("/t/acme/sign-in").await?;
        walk.sign_in(ALEX, PASSWORD).await?;
        let after = walk.driver.find(By::Css("main")).await?.text().await?;
        assert_eq!(after, before);
        walk.says("main", "Open the mail we sent").await
    });
}

#[test]
fn e9_a_scanner_that_presses_leaves_no_error_behind() {
    both(async |house, walk| {
        walk.lock_out(ALEX).await?;
        let link = house.link(1);
        let scanner = house.visitor();
        assert_eq!(scanner.post(&link, &[]).await.status, 303);
        house.app.advance(Span::MINUTE.times(3));
        walk.open(&link).await?;
        walk.at("already", "Already unlocked").await?;
        walk.says(".until", "12:00 UTC").await?;
        walk.signs_in_at_once().await
    });
}

#[test]
fn e10_the_code_is_read_on_the_phone_and_typed_where_somebody_is_locked_out() {
    both(async |_, walk| {
        walk.open(&format!("/t/acme/sign-in?redirect_url={GOAL}")).await?;
        for _ in 0..8 {
            walk.sign_in(ALEX, "wrong").await?;
        }
        let code = walk.short_code_from_mail().await?;
        walk.open("/t/acme/locked").await?;
        walk.fill("code", "0000 0000").await?;
        walk.click("form[action='/t/acme/unlock/code'] button").await?;
        walk.at("code-wrong", "Type the code").await?;
        walk.fill("code", &code).await?;
        walk.press().await?;
        walk.at("unlocked-by-code", "Your account is unlocked").await?;
        walk.fill("password", PASSWORD).await?;
        walk.press().await?;
        assert!(walk.driver.current_url().await?.path().ends_with(GOAL));
        Ok(())
    });
}

/// Mail programs open what they are to protect from: load, wait, follow every link.
#[test]
fn a_scanner_of_a_hundred_visits_unlocks_nothing() {
    let house = demo_house();
    let (link, client) = (house.link(1), house.visitor());
    browse(Look::default(), async |driver| {
        let walk = Walk { driver: &driver, base: house.app.base(), look: "light" };
        house.lock(&house.visitor(), ALEX).await;
        house.mails(1).await;
        let spent = || [Count::Unlocks, Count::WriteJobs].map(|what| house.app.metrics.value(what));
        let before = spent();
        for _ in 0..34 {
            for _ in 0..3 {
                assert_eq!(client.get(&link).await.status, 200);
                assert_eq!(client.head(&link).await.status, 200);
            }
            walk.open(&link).await?;
            driver.execute_async("setTimeout(arguments[0], 100)", Vec::new()).await?;
            let mut targets = Vec::new();
            for anchor in driver.find_all(By::Css("a[href]")).await? {
                targets.push(anchor.prop("href").await?.unwrap_or_default());
            }
            assert!(!targets.is_empty());
            for target in targets.iter().filter(|target| target.starts_with("http")) {
                driver.goto(target).await?;
            }
        }
        assert_eq!(spent(), before, "nothing was unlocked, and nothing written");
        walk.open(&link).await?;
        walk.at("still-good", "Unlock your account?").await?;
        walk.press().await?;
        walk.at("unlocked", "Your account is unlocked").await
    });
}

/// One that runs forms, too, gives the attacker N guesses, and the owner no error.
#[test]
fn a_scanner_that_presses_leaves_already_unlocked() {
    let house = demo_house();
    browse(Look::default(), async |driver| {
        let walk = Walk { driver: &driver, base: house.app.base(), look: "light" };
        house.lock(&house.visitor(), ALEX).await;
        for _ in 0..5 {
            walk.open(&house.link(1)).await?;
            if walk.heading().await? == "Unlock your account?" {
                walk.press().await?;
            }
        }
        assert_eq!(house.app.metrics.value(Count::Unlocks), 1);
        let attacker = house.visitor();
        let mut guesses = 0;
        while attacker.sign_in(ALEX, "wrong").await.status == 422 {
            guesses += 1;
        }
        assert!(guesses < 8, "the eighth locks: {guesses}");
        Ok(())
    });
    block_on(async {
        let owner = house.visitor();
        // The attack that went on is an episode of its own, with a mail of its own.
        let first = owner.get(&house.link(1)).await;
        assert!(matches!(first.status, 200 | 410), "{}", first.body);
        assert_eq!(owner.post(&house.link(2), &[]).await.status, 303);
        assert_eq!(owner.sign_in(ALEX, PASSWORD).await.status, 303);
    });
}
