//! Sign-in links in mails: once, in the browser that asked, and never for a scanner.

use lockkeeper::model::{SignInId, Span};
use lockkeeper::token::{SignInLink, SignInLinks};
use reqwest::Method;
use serde_json::Value;

use super::codes::mailed;
use super::factors::Scene;
use super::{ALEX, N, World, text, try_password, v1};
use crate::harness::app::{TestApp, TestTenant};
use crate::harness::client::{Answer, Client, block_on};

const APP: &str = "http://localhost:3000/done?from=mail";
const NOBODY: &str = "amos@acme.test";

async fn prepare(client: &Client, path: &str, back: &str) -> Answer {
    let form = [("strategy", "email_link"), ("redirect_url", back)];
    client.post_form(&format!("{path}/prepare_first_factor"), &form).await
}

/// Opens a sign-in and has a link sent; its path.
async fn sent(client: &Client, name: &str) -> String {
    let form = [("identifier", name), ("strategy", "email_link"), ("redirect_url", APP)];
    let opened = client.post_form(&v1("client/sign_ins"), &form).await;
    assert_eq!(opened.status, 200, "{}", opened.body);
    let json = opened.json();
    let verification = &json["response"]["first_factor_verification"];
    assert_eq!(text(verification, "/object"), "verification_email_link");
    assert_eq!(text(verification, "/status"), "unverified");
    v1(&format!("client/sign_ins/{}", text(&json, "/response/id")))
}

/// The path of the link that a sign-in was sent last, as its mail has it.
pub(crate) async fn of_sign_in(app: &TestApp, acme: &TestTenant, id: &str, back: &str) -> String {
    let (reader, tenant) = (app.store.reader(), acme.profile.id());
    let id = SignInId::parse(id).unwrap();
    let row = reader.sign_in(tenant.clone(), id.clone()).await.unwrap().unwrap();
    let code = reader.code(tenant.clone(), row.prepared_code.unwrap()).await.unwrap().unwrap();
    let link = SignInLink {
        sign_in: id,
        code: code.id,
        redirect_url: back.to_owned(),
        issued_at: code.created_at,
        expires_at: code.expires_at,
    };
    let token = SignInLinks::for_tenant(&app.keys, tenant).seal(&link).unwrap();
    v1(&format!("verify?token={token}"))
}

async fn link(world: &World, path: &str) -> String {
    of_sign_in(&world.app, &world.acme, path.rsplit('/').next().unwrap(), APP).await
}

/// What the app is told: status and session.
fn told(answer: &Answer) -> (String, Option<String>) {
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    let location = url::Url::parse(answer.header("location")).unwrap();
    assert!(location.as_str().starts_with("http://localhost:3000/done?from=mail&"), "{location}");
    let named = |name: &str| {
        let mut pairs = location.query_pairs();
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    (named("__clerk_status").unwrap(), named("__clerk_created_session"))
}

fn only(status: &str) -> (String, Option<String>) {
    (status.to_owned(), None)
}

fn refusal(answer: &Answer) -> (u16, String) {
    (answer.status, text(&answer.json(), "/errors/0/code").to_owned())
}

async fn status(client: &Client, path: &str) -> String {
    text(&client.get(path).await.json(), "/response/status").to_owned()
}

#[test]
fn a_link_signs_in_the_browser_that_asked() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let path = sent(&client, ALEX).await;
        let mail = mailed(&client, ALEX, "Sign in to acme Ltd").await;
        let lines = text(&mail, "/text").lines();
        let address = lines.into_iter().find(|line| line.starts_with("http")).unwrap().to_owned();
        let expected = link(&world, &path).await;
        assert_eq!(address, format!("{}{expected}", world.app.base()));
        let before = client.get(&v1("client")).await.json();
        let done = client.get(&expected).await;
        let (told, session) = told(&done);
        assert_eq!(told, "verified");
        let after = client.get(&v1("client")).await.json();
        assert_eq!(before["response"]["id"], after["response"]["id"]);
        assert_eq!(Some(text(&after, "/response/sessions/0/id")), session.as_deref());
        assert_eq!(after["response"]["last_authentication_strategy"], "email_link");
        // What the page that asked polls.
        let seen = client.get(&path).await.json()["response"].clone();
        assert_eq!(seen["status"], "complete");
        assert_eq!(seen["first_factor_verification"]["status"], "verified");
        assert_eq!(seen["created_session_id"], Value::from(session));
    });
}

#[test]
fn a_link_works_once() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let path = sent(&client, ALEX).await;
        let link = link(&world, &path).await;
        assert_eq!(told(&client.get(&link).await).0, "verified");
        assert_eq!(told(&client.get(&link).await), only("failed"));
        let sessions = client.get(&v1("client")).await.json();
        assert_eq!(sessions["response"]["sessions"].as_array().map(Vec::len), Some(1));
    });
}

#[test]
fn a_scanner_that_follows_the_link_signs_nobody_in() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let path = sent(&client, ALEX).await;
        let link = link(&world, &path).await;
        let stranger = world.client();
        sent(&stranger, ALEX).await;
        for scanner in [&world.client(), &stranger] {
            for _ in 0..6 {
                let followed = scanner.get(&link).await;
                assert_eq!(told(&followed), only("client_mismatch"));
                assert!(followed.set_cookies().is_empty());
            }
        }
        // Looking at it without fetching it is no better, also in the right browser.
        let looked = Client::send(client.request(Method::HEAD, &link)).await;
        assert!(looked.status >= 400 && looked.header("location").is_empty());
        assert_eq!(status(&client, &path).await, "needs_first_factor");
        assert_eq!(told(&client.get(&link).await).0, "verified");
        let user = world.alex().await;
        let card = world.app.tenants.user(&world.acme.profile, user).await.unwrap().unwrap();
        assert_eq!(card.remaining, Some(N));
    });
}

#[test]
fn an_old_link_a_replaced_one_and_a_forged_one_do_nothing() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let path = sent(&client, ALEX).await;
        let first = link(&world, &path).await;
        let soon = prepare(&client, &path, APP).await;
        assert_eq!(refusal(&soon), (429, "verification_code_too_many_requests".to_owned()));
        world.app.advance(Span::SECOND.times(30));
        assert_eq!(prepare(&client, &path, APP).await.status, 200);
        let second = link(&world, &path).await;
        assert_eq!(told(&client.get(&first).await), only("failed"));
        assert_eq!(status(&client, &path).await, "needs_first_factor");
        let forged = client.get(&second.replacen("token=e", "token=f", 1)).await;
        assert_eq!(refusal(&forged), (400, "verification_link_token_invalid".to_owned()));
        world.app.advance(Span::MINUTE.times(11));
        assert_eq!(told(&client.get(&second).await), only("expired"));
        assert_eq!(status(&client, &path).await, "needs_first_factor");
        let none = client.get(&v1("verify")).await;
        assert_eq!(refusal(&none), (422, "form_param_missing".to_owned()));
    });
}

#[test]
fn a_link_of_an_abandoned_sign_in_does_nothing() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let path = sent(&client, ALEX).await;
        let link = link(&world, &path).await;
        client.post_form(&v1("client/sign_ins"), &[("identifier", ALEX)]).await;
        assert_eq!(told(&client.get(&link).await), only("failed"));
        assert_eq!(status(&client, &path).await, "abandoned");
    });
}

#[test]
fn a_link_is_refused_while_locked() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let path = sent(&client, ALEX).await;
        let link = link(&world, &path).await;
        for _ in 0..N {
            try_password(&world.client(), ALEX, "wrong").await;
        }
        assert_eq!(told(&client.get(&link).await), only("failed"));
        let asked = prepare(&client, &path, APP).await;
        assert_eq!(refusal(&asked), (403, "user_locked".to_owned()));
        // The link outlives the lock: it was not used.
        world.app.advance(Span::MINUTE.times(2));
        assert_eq!(told(&client.get(&link).await).0, "verified");
    });
}

#[test]
fn a_second_factor_is_asked_for_after_a_link_too() {
    let scene = Scene::new();
    block_on(async {
        let client = scene.world.client();
        let path = sent(&client, ALEX).await;
        let link = link(&scene.world, &path).await;
        assert_eq!(told(&client.get(&link).await), only("verified"));
        assert_eq!(status(&client, &path).await, "needs_second_factor");
        let done = super::factors::second(&client, &path, "totp", &scene.totp()).await;
        assert_eq!(text(&done.json(), "/response/status"), "complete", "{}", done.body);
    });
}

#[test]
fn a_link_leads_back_to_pages_of_the_app_alone() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let opened = client.post_form(&v1("client/sign_ins"), &[("identifier", ALEX)]).await;
        let path = v1(&format!("client/sign_ins/{}", text(&opened.json(), "/response/id")));
        let missing = [("strategy", "email_link")];
        let none = client.post_form(&format!("{path}/prepare_first_factor"), &missing).await;
        assert_eq!(refusal(&none), (422, "form_param_missing".to_owned()));
        let invalid = (422, "form_param_value_invalid".to_owned());
        let long = format!("http://localhost:3000/{}", "é".repeat(900));
        for strange in ["https://evil.test/", "javascript:alert(1)", "/done", &long] {
            assert_eq!(refusal(&prepare(&client, &path, strange).await), invalid, "{strange}");
        }
        let typed = [("strategy", "email_link"), ("code", "123456")];
        let attempt = client.post_form(&format!("{path}/attempt_first_factor"), &typed).await;
        assert_eq!(refusal(&attempt), invalid);
    });
}

/// What differs from run to run is taken out.
async fn story(world: &World, name: &str) -> Vec<String> {
    let client = world.client();
    let path = sent(&client, name).await;
    let mut told = vec![super::shown(&client.get(&path).await)];
    told.push(super::shown(&prepare(&client, &path, APP).await));
    let code = [("strategy", "email_code"), ("code", "123456")];
    told.push(super::shown(
        &client.post_form(&format!("{path}/attempt_first_factor"), &code).await,
    ));
    world.app.advance(Span::SECOND.times(30));
    told.push(super::shown(&prepare(&client, &path, APP).await));
    told.iter().map(|text| text.replace(name, "<name>")).collect()
}

#[test]
fn links_are_sent_to_nobody_as_to_somebody() {
    let world = World::new();
    block_on(async {
        let (known, unknown) = (story(&world, ALEX).await, story(&world, NOBODY).await);
        assert_eq!(known, unknown);
        assert!(known[2].contains("verification_strategy_invalid"), "{}", known[2]);
    });
}
