//! An identifier that nobody has is answered as one that somebody has, byte for byte.

use lockkeeper::model::{Millis, SignInId, Span};
use lockkeeper::store::tenants::TenantChange;

use super::codes::{attempt, prepare};
use super::{ALEX, N, World, shown, text, try_password, v1};
use crate::harness::client::{Client, block_on};

const NOBODY: &str = "amos@acme.test";

/// The answers to everything a stranger can try, in order, with the identifier taken out.
async fn story(client: &Client, identifier: &str) -> Vec<String> {
    let mut told = Vec::new();
    let opened = client.post_form(&v1("client/sign_ins"), &[("identifier", identifier)]).await;
    let path = v1(&format!("client/sign_ins/{}", text(&opened.json(), "/response/id")));
    told.push(shown(&opened));
    for strategy in ["password", "email_code", "reset_password_email_code"] {
        let form = [("strategy", strategy)];
        told.push(shown(&client.post_form(&format!("{path}/prepare_first_factor"), &form).await));
    }
    for _ in 0..N + 2 {
        told.push(shown(&try_password(client, identifier, "wrong").await));
    }
    let secret = [("strategy", "password"), ("password", "wrong")];
    told.push(shown(&client.post_form(&format!("{path}/attempt_first_factor"), &secret).await));
    told.push(shown(&client.get(&path).await));
    told.iter().map(|text| text.replace(identifier, "<identifier>")).collect()
}

#[test]
pub(super) fn the_whole_story_of_an_unknown_identifier_is_that_of_a_known_one() {
    let world = World::new();
    block_on(async {
        let (known, unknown) = (world.client(), world.client());
        let (known, unknown) = (story(&known, ALEX).await, story(&unknown, NOBODY).await);
        for (step, (known, unknown)) in known.iter().zip(&unknown).enumerate() {
            assert_eq!(known, unknown, "step {step}");
        }
        let locked = known.iter().filter(|text| text.contains("user_locked")).count();
        assert_eq!(locked, 4, "the lock comes on try {N}: {known:#?}");
    });
}

/// The answers to a journey with codes: asked for too soon, five wrong ones with their countdown, the
/// lock, and the way out by a new password.
async fn story_of_codes(world: &World, identifier: &str) -> Vec<String> {
    let client = world.client();
    let form = [("identifier", identifier), ("strategy", "email_code")];
    let opened = client.post_form(&v1("client/sign_ins"), &form).await;
    let path = v1(&format!("client/sign_ins/{}", text(&opened.json(), "/response/id")));
    let mut told = vec![shown(&opened)];
    told.push(shown(&prepare(&client, &path, "email_code").await));
    world.app.advance(Span::SECOND.times(30));
    told.push(shown(&prepare(&client, &path, "email_code").await));
    for code in ["000000", "1", "no code", "99999999", "０００００１", "111111"] {
        told.push(shown(&attempt(&client, &path, "email_code", code).await));
    }
    told.push(shown(&prepare(&client, &path, "email_code").await));
    let reset = "reset_password_email_code";
    told.push(shown(&prepare(&client, &path, reset).await));
    for _ in 0..6 {
        told.push(shown(&attempt(&client, &path, reset, "000000").await));
    }
    told.push(shown(&client.get(&path).await));
    told.iter().map(|text| text.replace(identifier, "<identifier>")).collect()
}

#[test]
pub(super) fn the_whole_story_of_codes_is_the_same_for_an_unknown_identifier() {
    let world = World::locking_at(5);
    block_on(async {
        let known = story_of_codes(&world, ALEX).await;
        // At the same minute of a lock's life: what is left of it is told.
        let unknown = story_of_codes(&world, NOBODY).await;
        for (step, (known, unknown)) in known.iter().zip(&unknown).enumerate() {
            assert_eq!(known, unknown, "step {step}");
        }
        let has = |word: &str| known.iter().filter(|text| text.contains(word)).count();
        assert_eq!(has("user_locked"), 3, "the fifth wrong code locks: {known:#?}");
        assert_eq!(has("account_lockout_warning"), 2);
        assert_eq!(has("verification_failed"), 1);
    });
}

/// What the database holds after a journey, with everything taken out that must differ.
async fn rows(world: &World, identifier: &str) -> Vec<String> {
    let client = world.client();
    let (path, _) = world.sent(&client, identifier, "email_code").await;
    attempt(&client, &path, "email_code", "no code").await;
    let code = world.code_row(path.rsplit('/').next().unwrap()).await;
    let (reader, tenant) = (world.app.store.reader(), world.acme.profile.id().clone());
    let sign_in = reader
        .sign_in(tenant.clone(), SignInId::parse(path.rsplit('/').next().unwrap()).unwrap())
        .await
        .unwrap()
        .unwrap();
    let mails =
        reader.mails_of_subject(tenant.clone(), code.subject.clone(), Millis(0)).await.unwrap();
    let mut rows = vec![
        format!("code {:?} {} {:?}", code.purpose, code.tries, code.used_at),
        format!(
            "sign-in {:?} {:?} {} {}",
            sign_in.status,
            sign_in.prepared,
            sign_in.prepared_code.is_some(),
            sign_in.prepared_address.is_some()
        ),
    ];
    let tries = reader.attempts_of(tenant, code.subject.clone(), 9).await.unwrap();
    rows.extend(tries.iter().map(|one| format!("attempt {} {:?}", one.authenticator, one.outcome)));
    rows.extend(mails.iter().map(|mail| format!("mail {:?} {:?}", mail.kind, mail.topic)));
    rows
}

#[test]
fn a_journey_with_codes_leaves_equal_rows() {
    let world = World::new();
    block_on(async {
        let (known, unknown) = (rows(&world, ALEX).await, rows(&world, NOBODY).await);
        assert_eq!(known, unknown);
        assert_eq!(known.len(), 4, "{known:?}");
    });
}

#[test]
fn the_revealing_mode_says_which_identifiers_are_unknown() {
    let world = World::new();
    let change = TenantChange { revealing: Some(true), ..TenantChange::default() };
    block_on(world.app.tenants.update_tenant(&world.acme.profile, change, "test")).unwrap();
    block_on(async {
        let client = world.client();
        let unknown = client.post_form(&v1("client/sign_ins"), &[("identifier", NOBODY)]).await;
        insta::assert_snapshot!(shown(&unknown), @r#"
        422
        content-type: application/json
        {
          "errors": [
            {
              "message": "Account not found",
              "long_message": "No account was found with this identifier.",
              "code": "form_identifier_not_found",
              "meta": {
                "param_name": "identifier"
              }
            }
          ],
          "clerk_trace_id": "<trace>"
        }
        "#);
        assert_eq!(shown(&try_password(&client, NOBODY, "wrong").await), shown(&unknown));
        let known = client.post_form(&v1("client/sign_ins"), &[("identifier", ALEX)]).await;
        assert_eq!(known.status, 200);
    });
}
