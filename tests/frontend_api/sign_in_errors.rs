//! The twelve errors of a sign-in, one test each, named after the error, with the exact status, code
//! and texts. Where strict silence answers otherwise, the test shows both.

use lockkeeper::model::{IdentificationId, Identifier, SignUpId};
use lockkeeper::store::tenants::{SignUpMode, TenantChange};
use lockkeeper::store::users::UserChange;
use lockkeeper::tenant::NewUserForm;
use lockkeeper::token::{CodeLength, ShortCodes};

use super::factors::{Scene, second};
use super::tickets::by_ticket;
use super::{ALEX, N, PASSWORD, World, signed_in, text, try_password, v1};
use crate::harness::client::{Answer, Client, block_on};

const ZOE: &str = "zoe@acme.test";
const OPEN: &str = "client/sign_ins";

/// Status, code, short and long text of the first error.
fn told(answer: &Answer) -> (u16, String, String, String) {
    let json = answer.json();
    let said = |name: &str| json["errors"][0][name].as_str().unwrap_or_default().to_owned();
    (answer.status, said("code"), said("message"), said("long_message"))
}

fn error(status: u16, code: &str, message: &str, long: &str) -> (u16, String, String, String) {
    (status, code.to_owned(), message.to_owned(), long.to_owned())
}

fn not_found(what: &str) -> (u16, String, String, String) {
    error(404, "resource_not_found", "not found", what)
}

fn gone() -> (u16, String, String, String) {
    error(
        400,
        "sign_in_identification_or_user_deleted",
        "identification or user deleted",
        "Either the user or the selected identification were deleted. Please start over.",
    )
}

async fn change(world: &World, change: TenantChange) {
    world.app.tenants.update_tenant(&world.acme.profile, change, "test").await.unwrap();
}

/// A tenant that says who is there.
async fn reveal(world: &World) {
    change(world, TenantChange { revealing: Some(true), ..TenantChange::default() }).await;
}

/// Opens a sign-in; its path.
async fn opened(client: &Client, identifier: &str) -> String {
    let opened = client.post_form(&v1(OPEN), &[("identifier", identifier)]).await;
    assert_eq!(opened.status, 200, "{}", opened.body);
    v1(&format!("client/sign_ins/{}", text(&opened.json(), "/response/id")))
}

async fn attempt_password(client: &Client, path: &str) -> Answer {
    let form = [("strategy", "password"), ("password", PASSWORD)];
    client.post_form(&format!("{path}/attempt_first_factor"), &form).await
}

async fn prepare(client: &Client, path: &str, address: &str) -> Answer {
    let form = [("strategy", "email_code"), ("email_address_id", address)];
    client.post_form(&format!("{path}/prepare_first_factor"), &form).await
}

/// A user without a password who has these addresses; their ids.
async fn without_password(world: &World, addresses: &[&str]) -> Vec<IdentificationId> {
    let identifiers = addresses.iter().map(|text| Identifier::parse(text).unwrap()).collect();
    let form = NewUserForm { identifiers, ..NewUserForm::default() };
    let made = world.app.tenants.create_user(&world.acme.profile, form, "test").await.unwrap();
    made.record.identifications.into_iter().map(|row| row.id).collect()
}

#[test]
fn single_mode_session_exists() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        signed_in(&client).await;
        let exists = error(
            400,
            "session_exists",
            "Session already exists",
            "You're currently in single session mode. You can only be signed into one account at a time.",
        );
        for name in [ALEX, "nobody@acme.test"] {
            let named = client.post_form(&v1(OPEN), &[("identifier", name)]).await;
            assert_eq!(told(&named), exists);
            assert_eq!(told(&try_password(&client, name, PASSWORD).await), exists);
        }
        // Nothing named: the browser library's way to start over.
        assert_eq!(client.post_form(&v1(OPEN), &[]).await.status, 200);
        let public = TenantChange { sign_up: Some(SignUpMode::Public), ..<_>::default() };
        change(&world, public).await;
        let sign_up = client.post_form(&v1("client/sign_ups"), &[("email_address", ZOE)]).await;
        assert_eq!(told(&sign_up), exists);
    });
}

#[test]
fn already_signed_in() {
    let world = World::new();
    world.app.user(&world.acme, ZOE, PASSWORD);
    block_on(async {
        change(&world, TenantChange { single_session: Some(false), ..<_>::default() }).await;
        let client = world.client();
        let done = signed_in(&client).await;
        let session = text(&done, "/response/created_session_id").to_owned();
        let words = "You're already signed in";
        let already = error(400, "identifier_already_signed_in", words, words);
        for again in [
            client.post_form(&v1(OPEN), &[("identifier", ALEX)]).await,
            try_password(&client, ALEX, PASSWORD).await,
        ] {
            assert_eq!(told(&again), already);
            for name in ["session_id", "SessionID"] {
                assert_eq!(again.json()["errors"][0]["meta"][name], *session, "{name}");
            }
        }
        // Somebody else beside them, and elsewhere the same one.
        let beside = try_password(&client, ZOE, PASSWORD).await.json();
        assert_eq!(beside["client"]["sessions"].as_array().map(Vec::len), Some(2), "{beside}");
        assert_eq!(try_password(&world.client(), ALEX, PASSWORD).await.status, 200);
    });
}

#[test]
fn account_transfer_invalid() {
    let world = World::new();
    block_on(async {
        let invalid = error(
            400,
            "account_transfer_invalid",
            "Invalid account transfer",
            "There is no account to transfer",
        );
        let client = world.client();
        let transfer = async || client.post_form(&v1(OPEN), &[("transfer", "true")]).await;
        assert_eq!(told(&transfer().await), invalid);
        let public = TenantChange { sign_up: Some(SignUpMode::Public), ..<_>::default() };
        change(&world, public).await;
        // A sign-up that has proved nothing, for an address that somebody has.
        let form = [("email_address", ALEX), ("password", PASSWORD)];
        assert_eq!(client.post_form(&v1("client/sign_ups"), &form).await.status, 200);
        assert_eq!(told(&transfer().await), invalid);
        signed_in(&client).await;
        assert_eq!(told(&transfer().await).1, "session_exists");
    });
}

#[test]
fn invalid_client_state_for_action() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let path = opened(&client, ALEX).await;
        let early = second(&client, &path, "totp", "123456").await;
        let expected = |action: &str, hint: &str| {
            let long = format!("We were unable to complete {action} for this Client. {hint}");
            error(400, "client_state_invalid", "Invalid action", &long)
        };
        let first = "Pass the first factor first.";
        assert_eq!(told(&early), expected("attempting the second factor", first));
        let form = [("strategy", "totp")];
        let prepared = client.post_form(&format!("{path}/prepare_second_factor"), &form).await;
        assert_eq!(told(&prepared), expected("preparing the second factor", first));
        let form = [("password", "another horse entirely")];
        let reset = client.post_form(&format!("{path}/reset_password"), &form).await;
        assert_eq!(told(&reset), expected("resetting the password", first));
        let blank = client.post_form(&v1(OPEN), &[]).await.json();
        let blank = v1(&format!("client/sign_ins/{}", text(&blank, "/response/id")));
        let named = "Give an identifier first.";
        let action = "attempting the first factor";
        assert_eq!(told(&attempt_password(&client, &blank).await), expected(action, named));
        let none = "client_not_found";
        assert_eq!(told(&attempt_password(&world.client(), &path).await).1, none);
    });
}

#[test]
fn invalid_strategy_for_user() {
    let world = World::new();
    block_on(async {
        without_password(&world, &[ZOE]).await;
        let invalid = error(
            400,
            "strategy_for_user_invalid",
            "Invalid verification strategy",
            "The verification strategy is not valid for this account",
        );
        let incorrect = "form_password_incorrect";
        assert_eq!(told(&try_password(&world.client(), ZOE, PASSWORD).await).1, incorrect);
        reveal(&world).await;
        // More often than would lock: nothing is counted.
        for _ in 0..=N {
            let client = world.client();
            assert_eq!(told(&try_password(&client, ZOE, PASSWORD).await), invalid);
            let path = opened(&client, ZOE).await;
            assert_eq!(told(&attempt_password(&client, &path).await), invalid);
        }
        assert_eq!(told(&try_password(&world.client(), ALEX, "wrong").await).1, incorrect);
        let named = UserChange { first_name: Some(Some("Al".to_owned())), ..UserChange::default() };
        let identifiers = vec![Identifier::parse("al").unwrap()];
        let form = NewUserForm { identifiers, change: named, ..NewUserForm::default() };
        world.app.tenants.create_user(&world.acme.profile, form, "test").await.unwrap();
        let client = world.client();
        let path = opened(&client, "al").await;
        let form = [("strategy", "email_code")];
        let mailed = client.post_form(&format!("{path}/prepare_first_factor"), &form).await;
        assert_eq!(told(&mailed), invalid, "no mailbox");
    });
}

#[test]
fn identification_claimed() {
    let world = World::new();
    block_on(async {
        let public = TenantChange { sign_up: Some(SignUpMode::Public), ..<_>::default() };
        change(&world, public).await;
        let claimed = error(
            400,
            "identification_claimed",
            "Identification claimed by another user",
            "One or more identifiers on this sign up have since been connected to a different User. Please sign up again.",
        );
        let form = [("email_address", ZOE), ("strategy", "email_code")];
        let [proves, waits, other] = [world.client(), world.client(), world.client()];
        let mut ids = Vec::new();
        for client in [&proves, &waits, &other] {
            let made = client.post_form(&v1("client/sign_ups"), &form).await.json();
            ids.push(text(&made, "/response/id").to_owned());
        }
        let attempt = async |client: &Client, id: &str| {
            let code = sent(&world, id).await;
            let form = [("strategy", "email_code"), ("code", &code)];
            let path = v1(&format!("client/sign_ups/{id}/attempt_verification"));
            client.post_form(&path, &form).await
        };
        // This one has proved the address and lacks a password; another one is faster.
        assert_eq!(attempt(&proves, &ids[0]).await.status, 200);
        let password = [("password", PASSWORD)];
        let patch = v1(&format!("client/sign_ups/{}?_method=PATCH", ids[2]));
        assert_eq!(other.post_form(&patch, &password).await.status, 200);
        let faster = attempt(&other, &ids[2]).await;
        assert_eq!(text(&faster.json(), "/response/status"), "complete");
        assert_eq!(told(&attempt(&waits, &ids[1]).await), claimed);
        let transfer = proves.post_form(&v1(OPEN), &[("transfer", "true")]).await;
        assert_eq!(told(&transfer), claimed);
    });
}

/// The code that was last sent for a sign-up.
async fn sent(world: &World, id: &str) -> String {
    let (app, tenant) = (&world.app, world.acme.profile.id().clone());
    let found = app.store.reader().sign_up(tenant.clone(), SignUpId::parse(id).unwrap()).await;
    let code = found.unwrap().unwrap().email().unwrap().prepared_code.clone().unwrap();
    ShortCodes::for_tenant(&app.keys, &tenant).code(code.as_str(), CodeLength::Six)
}

#[test]
fn mutation_on_older_sign_in_not_allowed() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let path = opened(&client, ALEX).await;
        opened(&client, ALEX).await;
        let words = "Update operations are not allowed on older sign ins";
        let older = error(403, "resource_forbidden", words, words);
        assert_eq!(told(&attempt_password(&client, &path).await), older);
        assert_eq!(told(&prepare(&client, &path, "any").await), older);
        assert_eq!(told(&second(&client, &path, "totp", "123456").await), older);
        assert_eq!(text(&client.get(&path).await.json(), "/response/status"), "abandoned");
    });
}

#[test]
fn sign_in_not_found() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let path = opened(&client, ALEX).await;
        let id = path.rsplit('/').next().unwrap();
        let missing = not_found(&format!("No sign in was found with id {id}"));
        let other = world.client();
        opened(&other, ALEX).await;
        assert_eq!(told(&other.get(&path).await), missing);
        assert_eq!(told(&attempt_password(&other, &path).await), missing);
        let unknown = v1("client/sign_ins/sia_unknown");
        let nowhere = not_found("No sign in was found with id sia_unknown");
        assert_eq!(told(&attempt_password(&client, &unknown).await), nowhere);
        // Abandoned for being too old.
        world.app.advance(lockkeeper::model::Span::DAY);
        assert_eq!(told(&client.get(&path).await), missing);
        assert_eq!(told(&attempt_password(&client, &path).await), missing);
    });
}

#[test]
fn identification_belongs_to_different_user() {
    let world = World::new();
    block_on(async {
        let zoes = without_password(&world, &[ZOE]).await;
        let client = world.client();
        let path = opened(&client, ALEX).await;
        let unknown = not_found("The identification that was asked for was not found.");
        // In silence another user's address is as unknown as one that nobody has.
        for id in [zoes[0].as_str(), "idn_unknown"] {
            assert_eq!(told(&prepare(&client, &path, id).await), unknown, "{id}");
        }
        reveal(&world).await;
        let others = error(
            403,
            "resource_forbidden",
            "belongs to different user",
            "The given identification belongs to a different user.",
        );
        assert_eq!(told(&prepare(&client, &path, zoes[0].as_str()).await), others);
        assert_eq!(told(&prepare(&client, &path, "idn_unknown").await), unknown);
    });
}

#[test]
fn no_second_factors_for_strategy() {
    let scene = Scene::new();
    block_on(async {
        let client = scene.world.client();
        let path = scene.past_password(&client).await;
        let refused = |strategy: &str| {
            let long = format!("No second factors were found for strategy {strategy}.");
            error(400, "no_second_factors", "no second factors", &long)
        };
        let told_second = async |client: &Client, path: &str, strategy: &str| {
            assert_eq!(told(&second(client, path, strategy, "123456").await), refused(strategy));
            let form = [("strategy", strategy)];
            let prepared = client.post_form(&format!("{path}/prepare_second_factor"), &form).await;
            assert_eq!(told(&prepared), refused(strategy));
        };
        told_second(&client, &path, "phone_code").await;
        let (store, tenant) = (&scene.world.app.store, scene.world.acme.profile.id());
        store.set_recovery_codes(tenant.clone(), scene.alex.clone(), Vec::new()).await.unwrap();
        let client = scene.world.client();
        let path = scene.past_password(&client).await;
        told_second(&client, &path, "backup_code").await;
    });
}

#[test]
fn sign_in_no_identification_for_user() {
    let world = World::new();
    block_on(async {
        let form = NewUserForm::default();
        let made = world.app.tenants.create_user(&world.acme.profile, form, "test").await.unwrap();
        let ticket = world.ticket(made.record.user.id).await;
        let nameless = error(
            404,
            "sign_in_no_identification_for_user",
            "no identification for user",
            "The given token doesn't have an associated identification for the user who created it.",
        );
        assert_eq!(told(&by_ticket(&world.client(), &ticket).await), nameless);
    });
}

#[test]
fn sign_in_identification_or_user_deleted() {
    let scene = Scene::new();
    let (world, alex) = (&scene.world, &scene.alex);
    block_on(async {
        let client = world.client();
        let path = scene.past_password(&client).await;
        world.app.tenants.delete_user(&world.acme.profile, alex.clone()).await.unwrap();
        assert_eq!(told(&second(&client, &path, "totp", &scene.totp()).await), gone());
        // Before a factor was passed it is as any unknown name.
        let unknown = try_password(&world.client(), ALEX, PASSWORD).await;
        assert_eq!(told(&unknown).1, "form_password_incorrect");
        reveal(world).await;
        let ids = without_password(world, &[ALEX, ZOE]).await;
        let client = world.client();
        let path = opened(&client, ALEX).await;
        assert_eq!(prepare(&client, &path, ids[1].as_str()).await.status, 200);
        let (tenants, acme) = (&world.app.tenants, &world.acme.profile);
        let name = tenants.name(acme, ids[1].clone()).await.unwrap().unwrap();
        tenants.remove_name(acme, name, None).await.unwrap();
        let form = [("strategy", "email_code"), ("code", "123456")];
        let chosen = client.post_form(&format!("{path}/attempt_first_factor"), &form).await;
        assert_eq!(told(&chosen), gone());
        let user = tenants.user(acme, alex.clone()).await.unwrap();
        assert!(user.is_none());
        let found = world.app.store.reader();
        let found = found.identified(acme.id().clone(), Identifier::parse(ALEX).unwrap().key).await;
        tenants.delete_user(acme, found.unwrap().unwrap().user.id).await.unwrap();
        assert_eq!(told(&attempt_password(&client, &path).await), gone());
        assert_eq!(told(&prepare(&client, &path, ids[0].as_str()).await), gone());
    });
}
