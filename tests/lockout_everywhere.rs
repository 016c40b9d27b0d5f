//! No operation takes a secret of a locked user. The operations are those of the OpenAPI documents:
//! each that checks something is tried with the right secret, by a user who was locked before and by
//! one who had begun before the lock; every other one is called as well, and gives nobody a session.
//!
//! An operation that is new here needs a recipe in `lockout_everywhere/recipes.rs`.

mod calls;
mod recipes;

use lockkeeper::lockout::{Policy, Preset};
use lockkeeper::web::DOORS;
use reqwest::Method;
use serde_json::{Value, json};

use crate::frontend_api::{PASSWORD, text, try_password, v1};
use crate::harness::app::{TestApp, TestTenant};
use crate::harness::client::{Answer, Client, block_on};
use crate::openapi::parsed;

/// What stays open while locked, because it proves the mailbox (DESIGN §7) or tries no secret:
/// operation and what it checks. Whoever adds one here says that a locked user may use it.
const OPEN_WHILE_LOCKED: &[(&str, &str)] = &[
    // The code that sets a new password: the way out of a lock. It gives a session only with the new
    // password, which lifts the lock, and never past a staff's.
    ("attemptSignInFactorOne", "mailbox"),
    // The code of an address that is not the user's yet; a phantom's lock is met at the sign-in.
    ("attemptSignUpsVerification", "mailbox"),
    // The short code of an unlock mail: it ends the lock and signs nobody in.
    ("attemptUnlockRequest", "mailbox"),
    // The user's session is there already, and a new name is as locked as the others.
    ("verifyEmailAddress", "mailbox"),
    // A lock ends no session, and this only says whose it is.
    ("VerifyClient", "session token"),
    // As a user's own.
    ("AttemptEmailAddressVerification", "mailbox"),
];

const N: i64 = 5;

/// An operation as its document tells of it.
struct Operation {
    door: &'static str,
    method: Method,
    path: String,
    /// The whole entry.
    told: Value,
}

impl Operation {
    fn id(&self) -> &str {
        text(&self.told, "/operationId")
    }

    /// What it checks, and whether it stays open while locked.
    fn checks(&self) -> Vec<(&str, bool)> {
        let all = self.told["x-lockout"].as_array().into_iter().flatten();
        all.map(|one| (text(one, "/checks"), text(one, "/while_locked") == "open")).collect()
    }
}

fn operations() -> Vec<Operation> {
    let mut found = Vec::new();
    for door in DOORS {
        let document = parsed(&door);
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, told) in methods.as_object().unwrap() {
                let method = method.to_uppercase().parse().unwrap();
                found.push(Operation {
                    door: door.name,
                    method,
                    path: path.clone(),
                    told: told.clone(),
                });
            }
        }
    }
    found
}

struct World {
    app: TestApp,
    acme: TestTenant,
}

impl World {
    fn new() -> Self {
        let app = TestApp::start();
        // A known device passes by the lock of the public lane: tests/owner.rs judges that. Here
        // every browser is in the public one.
        let policy = Policy { max_attempts: N, known_devices: false, ..Preset::Balanced.policy() };
        let acme = app.tenant("acme", Some(policy));
        Self { app, acme }
    }

    /// A run with a user of its own.
    fn run(&self, number: usize, when: When, lock: Lock) -> Run<'_> {
        let email = format!("user{number}@acme.test");
        let card = self.app.user(&self.acme, &email, PASSWORD);
        let user = card.record.user.id.to_string();
        let client = self.app.client();
        Run { world: self, number, email, user, client, when, lock }
    }

    async fn backend(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let request = self.app.client().request(method, path).bearer_auth(&self.acme.secret_key);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        Client::send(request).await
    }
}

/// When the user is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// To see that the recipe is right.
    Never,
    BeforeItBegan,
    /// Between the steps that lead to the secret, and the secret.
    AfterItBegan,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lock {
    ByFailures,
    ByStaff,
}

/// One operation tried by one user.
struct Run<'a> {
    world: &'a World,
    number: usize,
    email: String,
    user: String,
    /// The browser that begins before the lock or after it.
    client: Client,
    when: When,
    lock: Lock,
}

impl Run<'_> {
    /// Locks the user, if this is when.
    async fn lock_if(&self, when: When) {
        if self.when != when {
            return;
        }
        let answer = match self.lock {
            Lock::ByFailures => {
                let stranger = self.world.app.client();
                for _ in 1..N {
                    assert_eq!(
                        try_password(&stranger, &self.email, "wrong horse").await.status,
                        422
                    );
                }
                try_password(&stranger, &self.email, "wrong horse").await
            }
            Lock::ByStaff => {
                let path = format!("/v1/users/{}/lock", self.user);
                self.world.backend(Method::POST, &path, None).await
            }
        };
        assert!(matches!(answer.status, 200 | 403), "not locked: {}", answer.body);
    }

    /// Names the user, as a new sign-in of this browser; its id.
    async fn begin(&self) -> String {
        let form = [("identifier", &*self.email)];
        let answer = self.client.post_form(&v1("client/sign_ins"), &form).await;
        text(&answer.json(), "/response/id").to_owned()
    }

    /// How many sessions the user has or had.
    async fn sessions(&self) -> u64 {
        let path = format!("/v1/sessions?user_id={}&paginated=true", self.user);
        let answer = self.world.backend(Method::GET, &path, None).await;
        answer.json()["total_count"].as_u64().unwrap()
    }
}

/// What came of a secret.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    LetIn,
    /// For the lock; a browser that followed a link is sent back and told that it failed.
    Refused,
    Otherwise,
}

impl Told {
    fn of(answer: &Answer) -> Self {
        let sent_back = |status: &str| answer.header("location").contains(status);
        let page = answer.header("content-type").starts_with("text/html");
        match answer.status {
            200 => Self::LetIn,
            303 if page && sent_back("/account") => Self::LetIn,
            403 if page && answer.body.contains("locked") => Self::Refused,
            403 if page => Self::Otherwise,
            303 if sent_back("__clerk_status=verified") => Self::LetIn,
            303 if sent_back("__clerk_status=failed") => Self::Refused,
            403 if answer.json()["errors"][0]["code"] == "user_locked" => Self::Refused,
            _ => Self::Otherwise,
        }
    }
}

#[test]
fn no_operation_takes_a_secret_of_a_locked_user() {
    let world = World::new();
    let (mut number, mut open) = (0, Vec::new());
    for operation in &operations() {
        for (checks, stays_open) in operation.checks() {
            if stays_open {
                open.push((operation.id().to_owned(), checks.to_owned()));
                continue;
            }
            for when in [When::Never, When::BeforeItBegan, When::AfterItBegan] {
                for lock in [Lock::ByFailures, Lock::ByStaff] {
                    number += 1;
                    let run = world.run(number, when, lock);
                    let answer = block_on(recipes::tried(&run, operation.id(), checks));
                    let said = format!(
                        "{}, {checks}, {when:?}, {lock:?}: {} {}",
                        operation.id(),
                        answer.status,
                        answer.body
                    );
                    let told = Told::of(&answer);
                    if when == When::Never {
                        assert_eq!(told, Told::LetIn, "the recipe is wrong: {said}");
                    } else {
                        assert_eq!(told, Told::Refused, "{said}");
                    }
                }
            }
        }
    }
    let named: Vec<_> = open.iter().map(|(id, checks)| (id.as_str(), checks.as_str())).collect();
    assert_eq!(
        named, OPEN_WHILE_LOCKED,
        "what stays open while locked is named in OPEN_WHILE_LOCKED, and only that"
    );
}

#[test]
fn no_operation_gives_a_locked_user_a_session() {
    let world = World::new();
    for (number, operation) in operations().iter().enumerate() {
        let run = world.run(number, When::AfterItBegan, Lock::ByFailures);
        block_on(async {
            // One browser is signed in from before, the other had begun.
            let signed_in = world.app.client();
            let before = try_password(&signed_in, &run.email, PASSWORD).await.json();
            let session = text(&before, "/response/created_session_id").to_owned();
            let sign_in = run.begin().await;
            run.lock_if(When::AfterItBegan).await;
            assert_eq!(run.sessions().await, 1);
            let known = json!({
                "identifier": run.email, "email_address": run.email, "user_id": run.user,
                "password": PASSWORD, "current_password": PASSWORD, "strategy": "password",
                "new_password": "another horse battery", "session_id": session,
                "users": run.user, "sessions": session, "sign_ins": sign_in,
            });
            for client in [&run.client, &signed_in] {
                for fill in [calls::Fill::WhatMust, calls::Fill::All] {
                    let answer = calls::called(&world, operation, client, &known, fill).await;
                    let said = format!("{}: {} {}", operation.id(), answer.status, answer.body);
                    let status = answer.status.to_string();
                    assert!(operation.told["responses"].get(&status).is_some(), "{said}");
                    assert!(answer.status < 500, "{said}");
                    // Gone with the user where the user was deleted.
                    assert!(run.sessions().await <= 1, "a session for a locked user: {said}");
                }
            }
        });
    }
}
