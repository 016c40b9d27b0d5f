//! The short code over the Frontend API: it ends the lock, signs nobody in, and what is not right is
//! one answer.

use lockkeeper::model::{Clock, UserId};
use lockkeeper::store::SubjectKey;
use lockkeeper::token::{CodeLength, ShortCodes};

use super::{N, PASSWORD, World, shown, try_password, v1};
use crate::harness::client::{Answer, Client, block_on};

const RIN: &str = "rin@acme.test";

/// A world with a second user, whose id is known.
struct Locked {
    world: World,
    rin: UserId,
}

impl Locked {
    fn new() -> Self {
        let world = World::new();
        let rin = world.app.user(&world.acme, RIN, PASSWORD).record.user.id;
        Self { world, rin }
    }

    async fn lock(&self, client: &Client, identifier: &str) {
        for _ in 0..N {
            try_password(client, identifier, "wrong").await;
        }
    }

    async fn code(&self) -> String {
        let (reader, tenant) = (self.world.app.store.reader(), self.world.acme.profile.id());
        let (subject, now) = (SubjectKey::user(&self.rin), self.world.app.clock.now());
        let codes = reader.unlock_codes(tenant.clone(), subject, now).await.unwrap();
        let all = ShortCodes::for_tenant(&self.world.app.keys, tenant);
        all.code(codes[0].id.as_str(), CodeLength::Eight)
    }
}

async fn attempt(client: &Client, identifier: &str, code: &str) -> Answer {
    let form = [("identifier", identifier), ("code", code)];
    client.post_form(&v1("client/unlock_requests/attempt"), &form).await
}

#[test]
fn a_right_code_unlocks_and_signs_nobody_in() {
    let locked = Locked::new();
    let world = &locked.world;
    block_on(async {
        let client = world.client();
        locked.lock(&client, RIN).await;
        let code = locked.code().await;
        let unlocked = attempt(&client, RIN, &code).await;
        let cookies = unlocked.set_cookies();
        assert!(cookies.keys().all(|name| name.starts_with("__lane_")), "{cookies:?}");
        assert_eq!(cookies.len(), 1);
        let body = unlocked.json();
        assert_eq!((unlocked.status, &body["response"]["status"]), (200, &"unlocked".into()));
        let again = attempt(&world.client(), RIN, &code).await;
        assert_eq!(again.json()["response"]["status"], "already_unlocked");
        assert_eq!(try_password(&client, RIN, PASSWORD).await.status, 200);
    });
}

#[test]
fn what_is_not_right_is_one_answer() {
    let locked = Locked::new();
    let world = &locked.world;
    block_on(async {
        let client = world.client();
        let before = shown(&attempt(&client, RIN, "00000000").await);
        insta::assert_snapshot!(before, @r#"
        422
        content-type: application/json
        {
          "errors": [
            {
              "message": "Incorrect code",
              "long_message": "The code is incorrect. Check it and try again.",
              "code": "form_code_incorrect",
              "meta": {
                "param_name": "code"
              }
            }
          ],
          "clerk_trace_id": "<trace>"
        }
        "#);
        locked.lock(&client, RIN).await;
        locked.lock(&client, "nobody@acme.test").await;
        for identifier in [RIN, "nobody@acme.test", "other@acme.test"] {
            assert_eq!(shown(&attempt(&client, identifier, "00000000").await), before);
        }
        let code = locked.code().await;
        assert_eq!(attempt(&client, RIN, &code).await.status, 200);
    });
}

#[test]
fn a_lock_that_no_code_ends_is_told() {
    let locked = Locked::new();
    let world = &locked.world;
    block_on(async {
        let client = world.client();
        locked.lock(&client, RIN).await;
        let code = locked.code().await;
        let (tenants, acme) = (&world.app.tenants, &world.acme.profile);
        tenants.lock_user(acme, locked.rin.clone(), "test", None).await.unwrap();
        let answer = attempt(&client, RIN, &code).await;
        assert_eq!((answer.status, answer.header("retry-after")), (403, "3600"));
        assert_eq!(answer.json()["errors"][0]["code"], "user_locked");
    });
}

#[test]
fn twenty_codes_an_hour_and_source() {
    let locked = Locked::new();
    let world = &locked.world;
    block_on(async {
        let client = world.client();
        for _ in 0..20 {
            assert_eq!(attempt(&client, "nobody@acme.test", "1").await.status, 422);
        }
        let answer = attempt(&client, RIN, "1").await;
        assert_eq!(answer.status, 429);
        assert!(!answer.header("retry-after").is_empty());
    });
}
