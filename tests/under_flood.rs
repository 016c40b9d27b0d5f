//! One tenant is flooded and every hashing thread is busy, for as long as the test likes: whoever is
//! locked out still gets back in, staff and health checks are answered, and what is turned away
//! counts as nothing.

use std::future::Future;
use std::num::NonZeroUsize;
use std::sync::mpsc::{Sender, channel};

use lockkeeper::app::Plan;
use lockkeeper::credential::Weight;
use lockkeeper::lockout::Preset;
use lockkeeper::model::{Count, Span, TenantId};
use lockkeeper::store::team::Role;
use reqwest::Method;

use crate::console::{Office, assert_page};
use crate::harness::app::{TestApp, TestTenant};
use crate::harness::client::{Answer, Client, block_on};
use crate::harness::waiting::until;
use crate::pages::{ALEX, House, PASSWORD};

/// More than any queue here takes.
const FLOOD: usize = 60;

/// Room for eight hashes and one thread to run them.
fn narrow(plan: &mut Plan) {
    plan.pool.threads = NonZeroUsize::new(1);
    plan.pool.reserve = Some(0);
    plan.pool.max_waiting = 8;
    plan.pool.max_waiting_per_tenant = 8;
    plan.readers = 4;
}

/// Holds the only hashing thread until it is dropped.
fn hold(app: &TestApp) -> Sender<()> {
    let (release, gate) = channel::<()>();
    let (started, wait) = channel();
    let nobody = TenantId::from_stored("ins_nobody".to_owned());
    let held = app.pool.run(&nobody, Weight(1), move || {
        started.send(()).unwrap();
        let _released = gate.recv();
    });
    wait.recv().unwrap();
    drop(held);
    release
}

/// A guess at a user of its own, so that no gate holds it back.
fn guess(
    base: &str,
    tenant: &TestTenant,
    number: usize,
) -> impl Future<Output = Answer> + Send + use<> {
    let (client, path) = (Client::new(base), tenant.path("/v1/client/sign_ins?_is_native=1"));
    let name = format!("nobody{number}@flood.test");
    async move {
        let form = [("identifier", name.as_str()), ("password", "x"), ("strategy", "password")];
        client.post_form(&path, &form).await
    }
}

/// Starts the flood and returns once it fills the queue and has been answered where it did not fit.
async fn flood(
    app: &TestApp,
    tenant: &TestTenant,
) -> (Vec<Answer>, Vec<tokio::task::JoinHandle<Answer>>) {
    let base = app.base();
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let tasks: Vec<_> = (0..FLOOD)
        .map(|number| {
            let (guess, tell) = (guess(&base, tenant, number), tell.clone());
            tokio::spawn(async move {
                let answer = guess.await;
                let _nobody = tell.send(answer.clone());
                answer
            })
        })
        .collect();
    let mut refused = Vec::new();
    while refused.len() < FLOOD - 8 {
        refused.push(told.recv().await.unwrap());
    }
    (refused, tasks)
}

#[test]
fn the_way_back_in_staff_and_health_are_open_while_a_tenant_is_flooded() {
    let house = House::of(TestApp::changed(narrow), Some(Preset::Balanced.policy()));
    let flooded = house.app.tenant("flooded", None);
    block_on(async {
        let visitor = house.visitor();
        house.lock(&visitor, ALEX).await;
        let link = house.link(1);
        let release = hold(&house.app);
        let (_, waiting) = flood(&house.app, &flooded).await;

        assert_eq!(visitor.client.get("/livez").await.status, 200);
        house.app.until_ready().await;
        assert_eq!(visitor.get(&link).await.status, 200);
        assert_eq!(visitor.post(&link, &[]).await.status, 303);
        assert_eq!(visitor.get("/t/acme/unlocked").await.status, 200);
        assert_eq!(visitor.get("/t/acme/sign-in").await.status, 200);
        // The flooded tenant's own pages and staff too.
        assert_eq!(visitor.get("/t/flooded/sign-in").await.status, 200);
        let users = visitor.client.request(Method::GET, "/v1/users");
        let listed = Client::send(users.bearer_auth(&flooded.secret_key)).await;
        assert_eq!(listed.status, 200, "{}", listed.body);

        // And Alex is the next to be hashed: first of all that wait.
        let shed = house.app.metrics.value(Count::AttemptsShed);
        let alex = tokio::spawn({
            let visitor = visitor.clone();
            async move { visitor.sign_in(ALEX, PASSWORD).await }
        });
        until("one is shed", async || house.app.metrics.value(Count::AttemptsShed) > shed).await;
        drop(release);
        assert_eq!(alex.await.unwrap().status, 303);
        for task in waiting {
            assert!(matches!(task.await.unwrap().status, 422 | 503));
        }
    });
}

/// Who signed in before keeps working, in the flooded tenant itself.
#[test]
fn the_console_is_open_while_its_tenant_is_flooded() {
    let office = Office::changed(narrow);
    let user = office.app.user(&office.acme, ALEX, PASSWORD).record.user.id;
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    block_on(async {
        let release = hold(&office.app);
        let (_, waiting) = flood(&office.app, &office.acme).await;
        for page in ["overview", "policy", "locks", "users", "attacks", "inbox", "audit"] {
            assert_page(&ana.get(&format!("/console/acme/{page}")).await, 200, &[]);
        }
        let account = format!("/console/acme/locks/{}", user.as_str());
        for deed in ["lock", "unlock"] {
            let done = ana.post(&format!("{account}/{deed}"), &[("reason", "flood")]).await;
            assert_eq!(done.status, 303, "{}", done.body);
        }
        drop(release);
        for task in waiting {
            assert!(matches!(task.await.unwrap().status, 422 | 503));
        }
    });
}

#[test]
fn what_is_shed_is_told_when_to_come_back_and_counts_as_nothing() {
    let app = TestApp::changed(narrow);
    let flooded = app.tenant("flooded", None);
    block_on(async {
        let release = hold(&app);
        let settled = app.metrics.value(Count::AttemptsSettled);
        let (refused, waiting) = flood(&app, &flooded).await;
        for answer in &refused {
            assert_eq!(answer.status, 503, "{}", answer.body);
            let seconds: u64 = answer.header("retry-after").parse().unwrap();
            assert!((1..=60).contains(&seconds));
        }
        assert_eq!(app.metrics.value(Count::AttemptsSettled), settled);
        drop(release);
        let mut wrong = 0;
        for task in waiting {
            wrong += u64::from(task.await.unwrap().status == 422);
        }
        assert_eq!(wrong, 8);
        assert_eq!(app.metrics.value(Count::AttemptsSettled), settled + 8);
        assert_eq!(app.metrics.value(Count::PasswordHashes), 8);
    });
}

/// The same deadline as at the gate, for both waits together.
#[test]
fn who_waits_past_the_deadline_is_answered_503_and_counts_as_nothing() {
    let app = TestApp::changed(narrow);
    let acme = app.tenant("acme", None);
    block_on(async {
        let release = hold(&app);
        let base = app.base();
        let waiting: Vec<_> = (0..8).map(|_| tokio::spawn(guess(&base, &acme, 1))).collect();
        until("eight wait for a hash", async || app.pool.waiting() >= 8).await;
        app.advance(Span::MINUTE);
        for task in waiting {
            let answer = task.await.unwrap();
            assert_eq!(answer.status, 503, "{}", answer.body);
            assert_eq!(answer.header("retry-after"), "1");
        }
        drop(release);
        assert_eq!(app.metrics.value(Count::AttemptsSettled), 0);
        // The hashing thread passes over them; until then they fill the queue.
        until("the queue forgets them", async || app.pool.waiting() == 0).await;
        // Nothing is left of them: the next one is the first.
        let next = guess(&base, &acme, 1).await;
        assert_eq!(next.status, 422, "{}", next.body);
        assert_eq!(app.metrics.value(Count::PasswordHashes), 1);
        assert_eq!(app.metrics.value(Count::AttemptsSettled), 1);
    });
}
