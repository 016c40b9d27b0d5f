//! The short code of an unlock mail: the same press as the link's, and one answer for everything that
//! is not right.

use lockkeeper::model::{Count, Identifier, Lane, Source};
use lockkeeper::store::SubjectKey;
use lockkeeper::store::one_time_codes::OneTimeCode;

use super::*;
use crate::harness::client::{block_on, many, source};

impl House {
    /// The codes of whoever has the identifier, or of its phantom, newest first.
    pub(crate) async fn unlock_codes(&self, identifier: &str) -> Vec<OneTimeCode> {
        let (reader, profile) = (self.app.store.reader(), &self.acme.profile);
        let key = Identifier::parse(identifier).unwrap().key;
        let subject = match identifier == ALEX {
            true => SubjectKey::user(&self.alex),
            false => SubjectKey::phantom(&profile.phantoms.subject_digest(&key)),
        };
        reader.unlock_codes(profile.id().clone(), subject, self.now()).await.unwrap()
    }

    /// The newest of them, as the mail shows it.
    pub(crate) async fn short_code(&self, identifier: &str) -> String {
        let newest = self.unlock_codes(identifier).await.into_iter().next().unwrap();
        let codes = ShortCodes::for_tenant(&self.app.keys, self.acme.profile.id());
        let digits = codes.code(newest.id.as_str(), CodeLength::Eight);
        let (first, last) = digits.split_at(4);
        format!("{first} {last}")
    }
}

async fn type_code(visitor: &Visitor, identifier: &str, code: &str) -> Answer {
    visitor.post("/t/acme/unlock/code", &[("identifier", identifier), ("code", code)]).await
}

const NOT_RIGHT: &str = "This code is not right, or no longer good";

#[test]
fn a_short_code_unlocks_on_the_other_device_and_gives_it_the_pass() {
    let house = House::open();
    block_on(async {
        let here = house.visitor();
        let locked = house.lock(&here, ALEX).await;
        let form = ["action=\"/t/acme/unlock/code\"", "autocomplete=\"one-time-code\""];
        assert_page(&locked, 403, &form);
        let code = house.short_code(ALEX).await;
        let phone = house.visitor();
        let empty = phone.get("/t/acme/unlock/code").await;
        assert_page(&empty, 200, &["Type the code", "name=\"identifier\"", "value=\"\""]);
        let pressed = type_code(&phone, " Alex@ACME.test ", &code).await;
        assert_sent(&pressed, "/t/acme/unlocked");
        let cookies = pressed.set_cookies();
        assert!(!cookies.keys().any(|name| name.starts_with("__client")), "no sign-in");
        assert!(cookies.keys().any(|name| name.starts_with("__lane_")), "{cookies:?}");
        let facts = ["Your account is unlocked", "12:00 UTC", "8 tries", "Alex@ACME.test"];
        assert_page(&phone.get("/t/acme/unlocked").await, 200, &facts);
        // The attack goes on, and the phone has a lane of its own.
        house.lock(&house.visitor(), ALEX).await;
        assert_eq!(house.visitor().sign_in(ALEX, PASSWORD).await.status, 403);
        assert_sent(&phone.sign_in(ALEX, PASSWORD).await, "/t/acme/account");
    });
}

#[test]
fn a_form_that_is_sent_twice_is_answered_alike() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let code = house.short_code(ALEX).await;
        let before = house.app.metrics.value(Count::Unlocks);
        let base = house.app.base();
        let press = {
            let base = base.clone();
            move |client: Client, _| {
                let visitor = Visitor { client, origin: base.clone() };
                let code = code.clone();
                async move { (type_code(&visitor, ALEX, &code).await.status, visitor) }
            }
        };
        let answers = many(4, 4, |_| Client::new(&base), press).await;
        assert_eq!(answers.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [303; 4]);
        assert_eq!(house.app.metrics.value(Count::Unlocks) - before, 1);
        let mut already = 0;
        for (_, visitor) in &answers {
            let page = visitor.get("/t/acme/unlocked").await;
            already += usize::from(page.body.contains("Already unlocked"));
        }
        assert_eq!(already, 3);
    });
}

#[test]
fn five_wrong_codes_are_five_for_user_and_phantom_alike() {
    let house = House::open();
    block_on(async {
        let who = [ALEX, "nobody@acme.test"];
        let mut told = Vec::new();
        for identifier in who {
            let visitor = house.visitor();
            house.lock(&visitor, identifier).await;
            let right = house.short_code(identifier).await;
            let mut answers = Vec::new();
            for tried in 0..5 {
                assert_eq!(house.unlock_codes(identifier).await[0].tries, tried);
                answers.push(type_code(&visitor, identifier, "0000 0000").await);
            }
            assert_eq!(house.unlock_codes(identifier).await, [], "used up");
            answers.push(type_code(&visitor, identifier, &right).await);
            assert!(answers.iter().all(|answer| answer.body.contains(NOT_RIGHT)));
            told.push(
                answers
                    .iter()
                    .map(|a| (a.status, a.set_cookies().len(), masked(&a.body, identifier)))
                    .collect::<Vec<_>>(),
            );
        }
        assert_eq!(told[0], told[1]);
        assert!(told[0].iter().all(|(status, cookies, _)| (*status, *cookies) == (422, 0)));
        assert_eq!(house.visitor().sign_in(ALEX, PASSWORD).await.status, 403, "still locked");
    });
}

#[test]
fn who_is_not_locked_is_answered_as_who_is_nobody() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        let mut told = Vec::new();
        for identifier in [ALEX, "nobody@acme.test"] {
            let answer = type_code(&visitor, identifier, "1234 5678").await;
            assert_page(&answer, 422, &["<title>Error: Type the code", NOT_RIGHT]);
            told.push(masked(&answer.body, identifier));
        }
        assert_eq!(told[0], told[1]);
    });
}

#[test]
fn a_right_code_of_nobody_is_wrong() {
    let house = House::open();
    block_on(async {
        let nobody = "nobody@acme.test";
        house.lock(&house.visitor(), nobody).await;
        let code = house.short_code(nobody).await;
        assert_page(&type_code(&house.visitor(), nobody, &code).await, 422, &[NOT_RIGHT]);
        assert_page(&type_code(&house.visitor(), ALEX, &code).await, 422, &[NOT_RIGHT]);
    });
}

#[test]
fn a_code_of_an_earlier_episode_is_wrong() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let old = house.short_code(ALEX).await;
        assert_sent(&house.visitor().post(&house.link(1), &[]).await, "/t/acme/unlocked");
        house.app.advance(Span::MINUTE);
        house.lock(&house.visitor(), ALEX).await;
        assert_page(&type_code(&house.visitor(), ALEX, &old).await, 422, &[NOT_RIGHT]);
        assert_eq!(house.visitor().sign_in(ALEX, PASSWORD).await.status, 403, "still locked");
        let new = house.short_code(ALEX).await;
        assert_sent(&type_code(&house.visitor(), ALEX, &new).await, "/t/acme/unlocked");
    });
}

#[test]
fn a_code_ends_with_its_link() {
    let house = House::with_policy(|policy| policy.unlock_link_lifetime = Span::HOUR);
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let code = house.short_code(ALEX).await;
        house.app.advance(Span(Span::HOUR.0 - 1));
        assert_eq!(house.unlock_codes(ALEX).await.len(), 1);
        house.app.advance(Span(1));
        assert_page(&type_code(&house.visitor(), ALEX, &code).await, 422, &[NOT_RIGHT]);
    });
}

#[test]
fn a_mail_that_is_held_back_brings_no_code() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let ask = [("identifier", ALEX)];
        for (passed, codes) in [(Span(0), 1), (Span::MINUTE.times(10), 2), (Span::MINUTE, 2)] {
            house.app.advance(passed);
            assert_eq!(house.visitor().post("/t/acme/unlock", &ask).await.status, 202);
            assert_eq!(house.unlock_codes(ALEX).await.len(), codes);
        }
        // The older one is as good as the newer.
        let older = house.unlock_codes(ALEX).await.pop().unwrap();
        let codes = ShortCodes::for_tenant(&house.app.keys, house.acme.profile.id());
        let typed = codes.code(older.id.as_str(), CodeLength::Eight);
        assert_sent(&type_code(&house.visitor(), ALEX, &typed).await, "/t/acme/unlocked");
    });
}

#[test]
fn locks_that_no_code_ends_are_told_to_who_reads_the_mailbox() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let code = house.short_code(ALEX).await;
        let tenants = &house.app.tenants;
        tenants.lock_user(&house.acme.profile, house.alex.clone(), "test", None).await.unwrap();
        let answer = type_code(&house.visitor(), ALEX, &code).await;
        assert_page(&answer, 403, &["Locked by staff", "13:00 UTC", "/t/acme/support"]);
        assert_eq!(answer.header("retry-after"), "3600");
    });
    let house = House::with_policy(|policy| policy.long_run_limit = 8);
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let code = house.short_code(ALEX).await;
        let answer = type_code(&house.visitor(), ALEX, &code).await;
        assert_page(&answer, 403, &["Still locked", "Set a new password", "/t/acme/support"]);
    });
}

#[test]
fn one_source_tries_twenty_codes_an_hour_whoever_they_are_for() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let visitor = house.visitor();
        for number in 0..20 {
            let nobody = format!("nobody{number}@acme.test");
            assert_eq!(type_code(&visitor, &nobody, "0000 0000").await.status, 422);
        }
        let code = house.short_code(ALEX).await;
        let answer = type_code(&visitor, ALEX, &code).await;
        assert_page(&answer, 429, &["Too many requests", "3 minutes"]);
        assert_eq!(answer.header("retry-after"), "180");
        assert_eq!(house.unlock_codes(ALEX).await[0].tries, 0, "nothing was compared");
        let ask = [("identifier", ALEX)];
        assert_eq!(visitor.post("/t/acme/unlock", &ask).await.status, 202, "mail has its own");
        let other = Client::from_source(&house.app.base(), source(9));
        let other = Visitor { client: other, origin: house.app.base() };
        assert_sent(&type_code(&other, ALEX, &code).await, "/t/acme/unlocked");
    });
}

#[test]
fn odd_forms_come_back_and_cost_nothing() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let visitor = house.visitor();
        for _ in 0..25 {
            let answer = type_code(&visitor, "", " ").await;
            let facts = ["Enter your e-mail address", "Enter the code from the mail"];
            assert_page(&answer, 422, &facts);
        }
        let long = "9".repeat(5_000);
        assert_page(&type_code(&visitor, ALEX, &long).await, 422, &[NOT_RIGHT]);
        assert_page(&type_code(&visitor, "<b>@x", "1").await, 422, &["&#60;b&#62;@x"]);
        let forged = visitor.client.request(Method::POST, "/t/acme/unlock/code");
        let forged = forged.form(&[("identifier", ALEX), ("code", "1")]);
        let forged = Client::send(forged.header("sec-fetch-site", "cross-site")).await;
        assert_eq!(forged.status, 403, "from another site");
        assert_eq!(house.unlock_codes(ALEX).await[0].tries, 1);
    });
}

#[test]
fn while_nothing_can_be_written_the_code_stays_good() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let code = house.short_code(ALEX).await;
        house.app.store.close();
        let answer = type_code(&house.visitor(), ALEX, &code).await;
        assert_page(&answer, 503, &["Try again in a minute", "href=\"/t/acme/unlock/code\""]);
        assert!(!answer.header("retry-after").is_empty());
        assert_eq!(house.unlock_codes(ALEX).await[0].tries, 0);
    });
}

#[test]
fn a_device_is_no_part_of_the_attack_that_a_mail_tells_of() {
    let house = House::open();
    block_on(async {
        house.lock(&house.visitor(), ALEX).await;
        let (reader, tenant) = (house.app.store.reader(), house.acme.profile.id().clone());
        let subject = SubjectKey::user(&house.alex);
        let found = reader.counted_sources(tenant, subject, house.now(), 8).await.unwrap();
        assert_eq!(found, [Source::of(source(1))]);
        assert_eq!(Lane::Public.stored(), "public");
    });
}
