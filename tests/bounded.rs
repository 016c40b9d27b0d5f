//! What is in memory has an end (docs/memory.md): actors rest and leave the directory, hosts are
//! asked for one by one, no question is about all tenants, purges walk. The bound of each cache is
//! a law of `model::Recent`, tested beside it.

use std::collections::BTreeSet;
use std::time::Duration;

use lockkeeper::credential::Password;
use lockkeeper::lockout::{Policy, PolicyDocument, Preset};
use lockkeeper::model::{Clock, Count, Identifier, Source, Span, TenantId};
use lockkeeper::store::lockout_policy::{PolicyVersion, VersionKind};
use lockkeeper::store::tenants::{ApiKey, SignUpMode, Tenant};
use lockkeeper::tenant::{
    AttemptAnswer, Browser, HostOwner, PasswordAttempt, TenantProfile, Tenants,
};

use crate::harness::app::{TestApp, TestTenant};
use crate::harness::children::Deadline;
use crate::harness::client::block_on;

const PATIENCE: Duration = Duration::from_secs(60);

/// Longer than the idle time of actors.
const A_WHILE: Span = Span::MINUTE.times(11);

async fn wrong(tenants: &Tenants, profile: &std::sync::Arc<TenantProfile>) -> AttemptAnswer {
    let attempt = PasswordAttempt {
        profile: profile.clone(),
        identifier: Identifier::parse("nobody@acme.test").unwrap(),
        password: Password::parse("wrong").unwrap(),
        source: Source::from_stored("192.0.2.1".to_owned()),
        browser: Browser::NONE,
        sign_in: None,
        client: None,
        locale: None,
    };
    tenants.attempt_password(attempt).await.unwrap()
}

async fn until_all_rest(tenants: &Tenants) {
    let deadline = Deadline::after(PATIENCE);
    while tenants.actors_alive() > 0 {
        assert!(!deadline.left().is_zero(), "{} actors did not stop", tenants.actors_alive());
        tokio::task::yield_now().await;
    }
}

#[test]
fn actors_that_rest_leave_nothing_behind_and_come_again() {
    let app = TestApp::start();
    let policy = Policy { max_attempts: 3, ..Preset::Balanced.policy() };
    let all: Vec<TestTenant> =
        (0..30).map(|n| app.tenant(&format!("tenant{n}"), Some(policy.clone()))).collect();
    block_on(async {
        for tenant in &all {
            wrong(&app.tenants, &tenant.profile).await;
        }
        assert_eq!(app.tenants.actors_alive(), all.len());
        // A tenant that is in use keeps its actor.
        app.advance(A_WHILE);
        until_all_rest(&app.tenants).await;
        let again = wrong(&app.tenants, &all[7].profile).await;
        assert_eq!(again, AttemptAnswer::Wrong { remaining: Some(1) });
        assert_eq!(app.tenants.actors_alive(), 1);
        assert_eq!(app.metrics.value(Count::ActorsStarted), 31);
    });
}

#[test]
fn an_actor_in_use_is_not_put_to_rest() {
    let app = TestApp::start();
    let acme = app.tenant("acme", None);
    block_on(async {
        wrong(&app.tenants, &acme.profile).await;
        app.tenants.upkeep().await;
        wrong(&app.tenants, &acme.profile).await;
        assert_eq!(app.metrics.value(Count::ActorsStarted), 1);
    });
}

/// A tenant with a host of its own, of which the facade is told nothing.
async fn add_behind_its_back(app: &TestApp, slug: &str, host: Option<&str>) -> TenantId {
    let now = app.clock.now();
    let id = TenantId::generate(now);
    let tenant = Tenant {
        id: id.clone(),
        slug: slug.to_owned(),
        name: slug.to_owned(),
        live: true,
        own_host: host.map(str::to_owned),
        support_email: None,
        revealing: false,
        single_session: true,
        redirect_urls: "[]".to_owned(),
        allowed_origins: "[]".to_owned(),
        brand_color: None,
        policy_version: 1,
        created_at: now,
        updated_at: now,
        sign_up: SignUpMode::Restricted,
        brand: "{}".to_owned(),
        overlay_version: None,
        overlay_until: None,
        time_zone: None,
        staff_second_factor: false,
        test_locked_at: None,
    };
    let key = ApiKey {
        tenant_id: id.clone(),
        key_hash: format!("hash of {slug}"),
        hint: "sk".to_owned(),
        created_at: now,
        revoked_at: None,
    };
    let policy = PolicyVersion {
        tenant_id: id.clone(),
        version: 1,
        document: PolicyDocument::of(&Preset::Balanced.policy()).to_json(),
        author: "test".to_owned(),
        reason: "test".to_owned(),
        created_at: now,
        kind: VersionKind::Live,
        made_over: None,
        effect: None,
        ends_at: None,
    };
    app.store.create_tenant(tenant, key, policy).await.unwrap();
    id
}

async fn asked(tenants: &Tenants, host: &str) -> Option<String> {
    match tenants.host_owner(host) {
        HostOwner::Asked(owner) => owner.await.map_err(|e| e.to_string()).unwrap(),
        HostOwner::Known(_) => panic!("{host} is known already"),
    }
    .map(|slug| slug.to_string())
}

fn known(tenants: &Tenants, host: &str) -> Option<String> {
    match tenants.host_owner(host) {
        HostOwner::Known(owner) => owner.map(|slug| slug.to_string()),
        HostOwner::Asked(_) => panic!("{host} is not known yet"),
    }
}

#[test]
fn whose_host_it_is_is_read_when_it_comes_and_again_after_a_second() {
    let app = TestApp::start();
    block_on(async {
        let host = "clerk.acme.test";
        assert_eq!(asked(&app.tenants, host).await, None);
        assert_eq!(known(&app.tenants, host), None);
        add_behind_its_back(&app, "acme", Some(host)).await;
        app.advance(Span::SECOND);
        assert_eq!(asked(&app.tenants, host).await.as_deref(), Some("acme"));
        assert_eq!(known(&app.tenants, host).as_deref(), Some("acme"));
        // Whoever hears of a change asks at once.
        let found = app.tenants.find(lockkeeper::store::tenants::TenantName::Slug("acme".into()));
        let acme = found.await.unwrap().unwrap();
        app.tenants.forget(acme.id());
        assert_eq!(asked(&app.tenants, host).await.as_deref(), Some("acme"));
        app.tenants.forget_all();
        assert_eq!(asked(&app.tenants, host).await.as_deref(), Some("acme"));
    });
}

#[test]
fn tenants_are_listed_a_page_at_a_time_and_each_once() {
    let app = TestApp::start();
    block_on(async {
        let mut made = BTreeSet::new();
        for number in 0..7 {
            made.insert(add_behind_its_back(&app, &format!("t{number}"), None).await);
        }
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = app.tenants.reader().some_tenants(after, 3).await.unwrap();
            assert!(page.len() <= 3);
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            seen.extend(page.into_iter().map(|(id, _)| id));
        }
        assert_eq!(seen.len(), made.len());
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), made);
    });
}
