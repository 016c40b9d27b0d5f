//! Setting up and taking away an authenticator app, and recovery codes, on pages.

use lockkeeper::credential::{TotpSecret, TotpStep};

use super::*;
use crate::harness::client::block_on;

const PATH: &str = "/t/acme/account/second-factor";
const CODES: &str = "/t/acme/account/recovery-codes";

impl Visitor {
    async fn press(&self, what: &str) -> Answer {
        self.post(PATH, &[("do", what)]).await
    }

    async fn confirm(&self, code: &str) -> Answer {
        self.post(PATH, &[("do", "confirm"), ("code", code)]).await
    }
}

fn secret_on(page: &Answer) -> TotpSecret {
    let shown = page.body.split("class=\"secret mono\">").nth(1).unwrap();
    let shown = shown.split('<').next().unwrap().replace(' ', "");
    assert!(page.body.contains(&format!("secret={shown}")), "the link holds the same");
    TotpSecret::from_base32(&shown).unwrap()
}

fn codes_on(page: &Answer) -> Vec<String> {
    let list = page.body.split("class=\"codes mono\">").nth(1).unwrap();
    let list = list.split("</ul>").next().unwrap();
    list.split("<li>").skip(1).map(|item| item.split('<').next().unwrap().to_owned()).collect()
}

#[test]
fn an_app_is_set_up_confirmed_and_asked_for() {
    let house = House::open();
    let code_of = |secret: &TotpSecret| secret.code(TotpStep::at(house.now()));
    block_on(async {
        let visitor = house.visitor();
        visitor.sign_in(ALEX, PASSWORD).await;
        assert_page(&visitor.get(PATH).await, 200, &["Authenticator app", "Set up an app"]);
        let begun = visitor.press("begin").await;
        assert_page(
            &begun,
            200,
            &["class=\"qr\" role=\"img\"", "otpauth://totp/", "one-time-code"],
        );
        let secret = secret_on(&begun);
        let wrong = visitor.confirm("000").await;
        assert_page(&wrong, 422, &["<title>Error: ", "The code is not right"]);
        assert!(!wrong.body.contains("otpauth"), "the secret is shown once");
        // Nothing counts before it is confirmed.
        assert_sent(&house.visitor().sign_in(ALEX, PASSWORD).await, "/t/acme/account");
        let on = visitor.confirm(&code_of(&secret)).await;
        assert_page(&on, 200, &["The authenticator app is on.", "Your recovery codes"]);
        let codes = codes_on(&on);
        assert_eq!(codes.len(), 10);
        assert_page(&visitor.get(PATH).await, 200, &["on since", "not used yet"]);

        house.app.advance(Span::MINUTE);
        let second = "/t/acme/sign-in/second-factor";
        for code in [code_of(&secret), codes[0].clone()] {
            let visitor = house.visitor();
            assert_sent(&visitor.sign_in(ALEX, PASSWORD).await, second);
            let with = if code.len() == 6 { "app" } else { "recovery-code" };
            let done = visitor.post(second, &[("code", &code), ("with", with)]).await;
            assert_sent(&done, "/t/acme/account");
        }
    });
}

#[test]
fn changing_the_second_factor_asks_for_the_password_again_after_ten_minutes() {
    let house = House::with_policy(|policy| policy.max_attempts = 3);
    block_on(async {
        let visitor = house.visitor();
        visitor.sign_in(ALEX, PASSWORD).await;
        house.app.advance(Span::MINUTE.times(10));
        for path in [PATH, CODES] {
            let asked = visitor.get(path).await;
            assert_page(&asked, 200, &["Confirm that it is you", "current-password"]);
        }
        // No press gets past the question.
        for press in ["begin", "remove"] {
            assert_sent(&visitor.press(press).await, PATH);
        }
        assert_sent(&visitor.post(CODES, &[("do", "make")]).await, CODES);
        let prove = async |password: &'static str| {
            visitor.post(PATH, &[("do", "prove"), ("password", password)]).await
        };
        assert_page(&prove("").await, 422, &["Enter the present password"]);
        assert_page(&prove("wrong").await, 422, &["is not right", "2 tries left"]);
        assert_sent(&prove(PASSWORD).await, PATH);
        assert_page(&visitor.get(PATH).await, 200, &["Set up an app"]);
        house.app.advance(Span::MINUTE.times(10));
        // Proving oneself forgives nothing: the wrong one of before still counts.
        for status in [422, 403] {
            assert_eq!(prove("wrong").await.status, status);
        }
    });
}

#[test]
fn an_app_is_taken_away_with_its_codes() {
    let house = House::open();
    let factors = house.enrol();
    block_on(async {
        let visitor = house.visitor();
        visitor.sign_in(ALEX, PASSWORD).await;
        assert_sent(&visitor.get(PATH).await, "/t/acme/sign-in");
        let code = factors.code(&house);
        visitor.post("/t/acme/sign-in/second-factor", &[("code", &code)]).await;
        assert_page(&visitor.get(PATH).await, 200, &["Remove the app", "button danger"]);
        assert_sent(&visitor.press("remove").await, PATH);
        assert_page(&visitor.get(PATH).await, 200, &["The authenticator app is off", "Set up"]);
        assert_sent(&visitor.get(CODES).await, PATH);
        assert_sent(&house.visitor().sign_in(ALEX, PASSWORD).await, "/t/acme/account");
    });
}

#[test]
fn new_recovery_codes_replace_those_before() {
    let house = House::open();
    let factors = house.enrol();
    block_on(async {
        let second = "/t/acme/sign-in/second-factor";
        let visitor = house.visitor();
        visitor.sign_in(ALEX, PASSWORD).await;
        visitor.post(second, &[("code", &factors.code(&house))]).await;
        assert_page(&visitor.get(CODES).await, 200, &["New ones replace them"]);
        let made = visitor.post(CODES, &[("do", "make")]).await;
        assert_page(&made, 200, &["shown only once"]);
        let fresh = codes_on(&made);
        assert_eq!(fresh.len(), 10);
        let reload = visitor.get(CODES).await;
        assert!(fresh.iter().all(|code| !reload.body.contains(code)), "never again");
        for (code, status) in [(&factors.codes[0], 422), (&fresh[0], 303)] {
            let visitor = house.visitor();
            visitor.sign_in(ALEX, PASSWORD).await;
            let form = [("code", code.as_str()), ("with", "recovery-code")];
            assert_eq!(visitor.post(second, &form).await.status, status);
        }
    });
}

#[test]
fn a_key_that_waits_too_long_or_is_guessed_at_is_worth_nothing() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        visitor.sign_in(ALEX, PASSWORD).await;
        assert_page(&visitor.confirm("000").await, 422, &["has expired", "Start again"]);
        visitor.press("begin").await;
        for _ in 0..5 {
            assert_page(&visitor.confirm("000").await, 422, &["The code is not right"]);
        }
        assert_page(&visitor.confirm("000").await, 422, &["tried too often", "Start again"]);
        let secret = secret_on(&visitor.press("begin").await);
        house.app.advance(Span::MINUTE.times(10));
        let late = secret.code(TotpStep::at(house.now()));
        assert_page(&visitor.confirm(&late).await, 422, &["has expired"]);
        assert_page(&visitor.confirm("").await, 422, &["Enter the code"]);
    });
}
