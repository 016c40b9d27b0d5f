//! Changing one's password on pages.

use super::*;
use crate::harness::client::block_on;

const PATH: &str = "/t/acme/account/password";
const NEW: &str = "another horse entirely";

impl Visitor {
    async fn change(&self, present: &str, new: &str) -> Answer {
        self.post(PATH, &[("password", present), ("new-password", new)]).await
    }
}

#[test]
fn changing_the_password_asks_for_the_present_one_and_counts() {
    let house = House::with_policy(|policy| policy.max_attempts = 3);
    block_on(async {
        let visitor = house.visitor();
        visitor.sign_in(ALEX, PASSWORD).await;
        let form = visitor.get(PATH).await;
        let fields = ["autocomplete=\"current-password\"", "autocomplete=\"new-password\""];
        assert_page(&form, 200, &fields);
        let wrong = visitor.change("wrong", NEW).await;
        assert_page(&wrong, 422, &["The present password is not right", "2 tries left"]);
        assert!(!wrong.body.contains(NEW), "a secret never comes back");
        // On the count of this browser, which is a known device: another one's is not in it.
        assert_eq!(house.visitor().sign_in(ALEX, "wrong").await.status, 422);
        assert_eq!(visitor.change("wrong", NEW).await.status, 422);
        assert_page(&visitor.change("wrong", NEW).await, 403, &["Sign-in is locked"]);
        // While locked the right one gets the same answer, and nothing is changed.
        assert_eq!(visitor.change(PASSWORD, NEW).await.status, 403);
        house.app.advance(Span::MINUTE.times(2));
        assert_sent(&house.visitor().sign_in(ALEX, PASSWORD).await, "/t/acme/account");
    });
}

#[test]
fn a_changed_password_is_said_once_and_counts_from_then_on() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        visitor.sign_in(ALEX, PASSWORD).await;
        assert_sent(&visitor.change(PASSWORD, NEW).await, "/t/acme/account");
        let told = visitor.get("/t/acme/account").await;
        assert_page(&told, 200, &["Your password is changed."]);
        let again = visitor.get("/t/acme/account").await;
        assert!(!again.body.contains("is changed"), "said once");
        assert_eq!(house.visitor().sign_in(ALEX, PASSWORD).await.status, 422);
        assert_sent(&house.visitor().sign_in(ALEX, NEW).await, "/t/acme/account");
    });
}

#[test]
fn what_is_missing_short_or_the_same_comes_back_to_be_mended() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        visitor.sign_in(ALEX, PASSWORD).await;
        for (present, new, words) in [
            ("", "", "Enter the present password"),
            (PASSWORD, "short", "at least 8 characters"),
            (PASSWORD, PASSWORD, "differs from the present one"),
        ] {
            let answer = visitor.change(present, new).await;
            assert_page(&answer, 422, &[words, "<title>Error: ", "aria-invalid"]);
        }
        assert_sent(&visitor.change(PASSWORD, NEW).await, "/t/acme/account");
    });
}

#[test]
fn other_devices_are_signed_out_where_it_is_wished() {
    let house = House::open();
    block_on(async {
        let (here, there) = (house.visitor(), house.visitor());
        here.sign_in(ALEX, PASSWORD).await;
        there.sign_in(ALEX, PASSWORD).await;
        here.change(PASSWORD, NEW).await;
        assert_eq!(there.get("/t/acme/account").await.status, 200);
        let form = [("password", NEW), ("new-password", PASSWORD), ("others", "end")];
        assert_sent(&here.post(PATH, &form).await, "/t/acme/account");
        assert_sent(&there.get("/t/acme/account").await, "/t/acme/sign-in");
        assert_eq!(here.get("/t/acme/account").await.status, 200);
    });
}

#[test]
fn who_is_not_signed_in_comes_back_after_signing_in() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        assert_sent(&visitor.get(PATH).await, "/t/acme/sign-in");
        let form = visitor.get("/t/acme/sign-in").await;
        assert_page(&form, 200, &["name=\"redirect_url\" value=\"/t/acme/account/password\""]);
        assert_sent(&visitor.change(PASSWORD, NEW).await, "/t/acme/sign-in");
        let visitor = house.visitor();
        visitor.sign_in(ALEX, PASSWORD).await;
        let foreign = visitor.client.request(Method::POST, PATH).form(&[("password", PASSWORD)]);
        let foreign = foreign.header("origin", "https://evil.test");
        assert_eq!(checked(Client::send(foreign).await).status, 403);
    });
}

#[test]
fn whoever_has_no_password_sets_one_soon_after_signing_in() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        visitor.sign_in(ALEX, PASSWORD).await;
        let form = UserChangeForm { password: Some(None), ..UserChangeForm::default() };
        let (tenants, acme) = (&house.app.tenants, &house.acme.profile);
        tenants.change_user(acme, house.alex.clone(), form).await.unwrap();
        let empty = visitor.get(PATH).await;
        assert_page(&empty, 200, &["Set a password"]);
        assert!(!empty.body.contains("current-password"));
        house.app.advance(Span::MINUTE.times(10));
        assert_page(&visitor.get(PATH).await, 200, &["sign out and sign in once more"]);
        let late = visitor.post(PATH, &[("new-password", NEW)]).await;
        assert_page(&late, 200, &["sign out and sign in once more"]);
    });
}
