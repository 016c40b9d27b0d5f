//! Signing in with a password: the whole way, in one step and in two.

use super::{ALEX, PASSWORD, World, shown, signed_in, text, try_password, v1};
use crate::harness::client::block_on;

#[test]
fn identifier_and_password_together_complete_at_once() {
    let world = World::new();
    let answer = block_on(async { try_password(&world.client(), ALEX, PASSWORD).await });
    insta::assert_snapshot!(shown(&answer), @"");
}

#[test]
fn an_identifier_alone_opens_a_sign_in_for_the_first_factor() {
    let world = World::new();
    let form = [("identifier", ALEX), ("locale", "en-US"), ("unheard_of", "1")];
    let answer = block_on(async { world.client().post_form(&v1("client/sign_ins"), &form).await });
    insta::assert_snapshot!(shown(&answer), @"");
}

#[test]
fn an_empty_body_starts_over() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let first = client.post_form(&v1("client/sign_ins"), &[("identifier", ALEX)]).await.json();
        let blank = client.post_form(&v1("client/sign_ins"), &[]).await;
        assert_eq!(blank.json()["response"]["status"], "needs_identifier");
        assert_eq!(blank.json()["response"]["supported_first_factors"], serde_json::Value::Null);
        assert_eq!(blank.json()["client"]["id"], first["client"]["id"]);
        assert!(blank.set_cookies().is_empty());
    });
}

#[test]
fn the_two_steps_end_where_the_one_does() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let opened = client.post_form(&v1("client/sign_ins"), &[("identifier", ALEX)]).await;
        let id = text(&opened.json(), "/response/id").to_owned();
        let path = v1(&format!("client/sign_ins/{id}"));
        let secret = [("strategy", "password"), ("password", PASSWORD)];
        let done = client.post_form(&format!("{path}/attempt_first_factor"), &secret).await;
        assert_eq!(done.status, 200, "{}", done.body);
        let json = done.json();
        assert_eq!(text(&json, "/response/id"), id);
        assert_eq!(text(&json, "/response/status"), "complete");
        let session = text(&json, "/response/created_session_id");
        assert_eq!(text(&json, "/client/sessions/0/id"), session);
        assert_eq!(text(&json, "/client/last_active_session_id"), session);
        assert_eq!(text(&client.get(&path).await.json(), "/response/status"), "complete");
        // Once more: its time is over.
        let again = client.post_form(&format!("{path}/attempt_first_factor"), &secret).await;
        insta::assert_snapshot!(shown(&again), @"");
    });
}

#[test]
fn the_client_cookie_changes_with_the_sign_in_and_the_old_one_is_worth_nothing() {
    let world = World::new();
    block_on(async {
        let (client, thief) = (world.client(), world.client());
        let opened = client.post_form(&v1("client/sign_ins"), &[("identifier", ALEX)]).await;
        let planted = opened.set_cookies().into_values().next().unwrap();
        let done = try_password(&client, ALEX, PASSWORD).await;
        let fresh = done.set_cookies().into_values().next().unwrap();
        assert_ne!(planted, fresh);
        let pair = planted.split(';').next().unwrap().to_owned();
        let stolen = thief.request(reqwest::Method::GET, &v1("client")).header("cookie", pair);
        let told = crate::harness::client::Client::send(stolen).await;
        assert_eq!(told.json(), serde_json::json!({ "response": null, "client": null }));
    });
}

#[test]
fn a_second_sign_in_beside_a_live_session_is_refused() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        signed_in(&client).await;
        let second = client.post_form(&v1("client/sign_ins"), &[("identifier", ALEX)]).await;
        insta::assert_snapshot!(shown(&second), @"");
        let blank = client.post_form(&v1("client/sign_ins"), &[]).await;
        assert_eq!(blank.status, 200);
    });
}

#[test]
fn an_older_sign_in_may_be_read_and_not_changed() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let named = [("identifier", ALEX)];
        let first = client.post_form(&v1("client/sign_ins"), &named).await.json();
        client.post_form(&v1("client/sign_ins"), &named).await;
        let path = v1(&format!("client/sign_ins/{}", text(&first, "/response/id")));
        assert_eq!(text(&client.get(&path).await.json(), "/response/status"), "abandoned");
        let secret = [("strategy", "password"), ("password", PASSWORD)];
        let late = client.post_form(&format!("{path}/attempt_first_factor"), &secret).await;
        insta::assert_snapshot!(shown(&late), @"");
    });
}

#[test]
fn another_clients_sign_in_is_not_found() {
    let world = World::new();
    block_on(async {
        let (client, other) = (world.client(), world.client());
        let named = [("identifier", ALEX)];
        let opened = client.post_form(&v1("client/sign_ins"), &named).await.json();
        let path = v1(&format!("client/sign_ins/{}", text(&opened, "/response/id")));
        assert_eq!(other.get(&path).await.status, 404);
        other.post_form(&v1("client/sign_ins"), &named).await;
        insta::assert_snapshot!(shown(&other.get(&path).await), @"");
        let secret = [("strategy", "password"), ("password", PASSWORD)];
        let tried = other.post_form(&format!("{path}/attempt_first_factor"), &secret).await;
        assert_eq!(shown(&tried), shown(&other.get(&path).await));
        let nobody = world.client().post_form(&format!("{path}/attempt_first_factor"), &secret).await;
        assert_eq!((nobody.status, text(&nobody.json(), "/errors/0/code")), (400, "client_not_found"));
    });
}

#[test]
fn a_banned_user_is_told_so_only_with_the_right_password() {
    let world = World::new();
    let acme = &world.acme.profile;
    let card = world.app.user(&world.acme, "ban@acme.test", PASSWORD);
    let banned = lockkeeper::store::users::Standing::Banned;
    block_on(world.app.tenants.set_standing(acme, card.record.user.id, banned)).unwrap();
    block_on(async {
        let client = world.client();
        let wrong = try_password(&client, "ban@acme.test", "wrong").await;
        assert_eq!(wrong.status, 422);
        let right = try_password(&client, "ban@acme.test", PASSWORD).await;
        insta::assert_snapshot!(shown(&right), @"");
    });
}
