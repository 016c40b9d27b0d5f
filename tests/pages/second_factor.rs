//! The second step of a sign-in on pages: a code of an app or a recovery code, on the one count.

use super::*;
use crate::harness::client::block_on;

const PATH: &str = "/t/acme/sign-in/second-factor";

impl Visitor {
    async fn second(&self, code: &str) -> Answer {
        self.post(PATH, &[("code", code)]).await
    }

    async fn recovery(&self, code: &str) -> Answer {
        self.post(PATH, &[("code", code), ("with", "recovery-code")]).await
    }
}

#[test]
fn a_right_password_leads_to_the_second_step_and_its_code_signs_in() {
    let house = House::open();
    let factors = house.enrol();
    block_on(async {
        let visitor = house.visitor();
        assert_sent(&visitor.sign_in(ALEX, PASSWORD).await, PATH);
        let asked = visitor.get(PATH).await;
        assert_page(
            &asked,
            200,
            &["Enter the code of your app", "one-time-code", "alex<wbr>@acme"],
        );
        assert!(!asked.body.contains("sia_"), "the sign-in is named nowhere");
        assert_sent(&visitor.get("/t/acme/account").await, "/t/acme/sign-in");
        let before = visitor.second(&factors.code(&house)).await;
        assert_sent(&before, "/t/acme/account");
        assert_page(&visitor.get("/t/acme/account").await, 200, &["You are signed in"]);
        // The step is over; a reload leads to what there is now.
        assert_sent(&visitor.get(PATH).await, "/t/acme/sign-in");
        assert_sent(&visitor.get("/t/acme/sign-in").await, "/t/acme/account");
    });
}

#[test]
fn a_recovery_code_stands_in_for_the_app_once() {
    let house = House::open();
    let factors = house.enrol();
    block_on(async {
        let visitor = house.visitor();
        visitor.sign_in(ALEX, PASSWORD).await;
        let asked = visitor.get(&format!("{PATH}?with=recovery-code")).await;
        assert_page(&asked, 200, &["Enter a recovery code", "value=\"recovery-code\""]);
        assert_sent(&visitor.recovery(&factors.codes[0]).await, "/t/acme/account");
        let again = house.visitor();
        again.sign_in(ALEX, PASSWORD).await;
        let used = again.recovery(&factors.codes[0]).await;
        assert_page(&used, 422, &["<title>Error: ", "The code is not right", "href=\"#code\""]);
        assert!(!used.body.contains(&factors.codes[0]), "a secret never comes back");
    });
}

#[test]
fn two_wrong_passwords_and_three_wrong_recovery_codes_lock_on_pages() {
    let house = House::with_policy(|policy| policy.max_attempts = 5);
    let factors = house.enrol();
    block_on(async {
        let visitor = house.visitor();
        for _ in 0..2 {
            assert_eq!(visitor.sign_in(ALEX, "wrong").await.status, 422);
        }
        assert_sent(&visitor.sign_in(ALEX, PASSWORD).await, PATH);
        let third = visitor.recovery("wrong-1").await;
        assert_page(&third, 422, &["2 tries left before sign-in is locked."]);
        assert_page(&visitor.recovery("wrong-2").await, 422, &["1 try left"]);
        let locked = visitor.recovery("wrong-3").await;
        assert_page(&locked, 403, &["Sign-in is locked", ALEX, "/t/acme/sign-in/forgot"]);
        assert!(!locked.header("retry-after").is_empty());
        // Nothing gets in, and the step has died with the lock.
        assert_eq!(visitor.sign_in(ALEX, PASSWORD).await.status, 403);
        let right = &factors.codes[0];
        assert!(matches!(visitor.recovery(right).await.status, 303 | 403));
        house.app.advance(Span::MINUTE.times(2));
        assert_sent(&visitor.recovery(right).await, "/t/acme/sign-in");
        assert_sent(&visitor.get("/t/acme/account").await, "/t/acme/sign-in");
    });
}

#[test]
fn a_lock_that_came_meanwhile_is_met_and_the_first_step_asked_for_again() {
    let house = House::open();
    let factors = house.enrol();
    block_on(async {
        let visitor = house.visitor();
        visitor.sign_in(ALEX, PASSWORD).await;
        house.lock(&house.visitor(), ALEX).await;
        let met = visitor.second(&factors.code(&house)).await;
        assert_page(&met, 403, &["Sign-in is locked"]);
        house.app.advance(Span::MINUTE.times(2));
        let died = visitor.second(&factors.code(&house)).await;
        assert_sent(&died, "/t/acme/sign-in");
        let told = visitor.get("/t/acme/sign-in").await;
        assert_page(&told, 200, &["Please sign in again.", ALEX]);
    });
}

#[test]
fn the_way_back_survives_the_steps_and_a_missing_code_is_said() {
    let house = House::open();
    let factors = house.enrol();
    block_on(async {
        let visitor = house.visitor();
        let form =
            [("identifier", ALEX), ("password", PASSWORD), ("redirect_url", "/t/acme/support")];
        assert_sent(&visitor.post("/t/acme/sign-in", &form).await, PATH);
        let missing = visitor.second("").await;
        assert_page(&missing, 422, &["Enter the code", "aria-invalid=\"true\""]);
        assert_sent(&visitor.second(&factors.code(&house)).await, "/t/acme/support");
    });
}

#[test]
fn without_a_first_step_or_from_another_site_there_is_nothing() {
    let house = House::open();
    house.enrol();
    block_on(async {
        assert_sent(&house.visitor().get(PATH).await, "/t/acme/sign-in");
        assert_sent(&house.visitor().second("123456").await, "/t/acme/sign-in");
        let visitor = house.visitor();
        visitor.sign_in(ALEX, PASSWORD).await;
        let foreign = visitor.client.request(Method::POST, PATH).form(&[("code", "1")]);
        let foreign = foreign.header("origin", "https://evil.test");
        assert_eq!(checked(Client::send(foreign).await).status, 403);
    });
}

#[test]
fn who_passed_the_first_factor_is_spoken_to_in_their_language() {
    let house = House::open();
    house.enrol();
    block_on(async {
        let change = lockkeeper::store::users::UserChange {
            locale: Some(Some("de".to_owned())),
            ..Default::default()
        };
        let (tenants, acme) = (&house.app.tenants, &house.acme.profile);
        tenants.update_user(acme, house.alex.clone(), change).await.unwrap();
        let visitor = house.visitor();
        visitor.sign_in(ALEX, PASSWORD).await;
        assert_page(&visitor.get(PATH).await, 200, &["lang=\"de\"", "Code aus der App"]);
        assert_page(&visitor.get("/t/acme/sign-in").await, 200, &["lang=\"en\""]);
    });
}
