//! The locks of a campaign undone: all of them in one go, or as far as patience reaches, and no lock that
//! is not the campaign's own. The campaign is written down as the search would; its locks are real.

use std::time::Duration;

use lockkeeper::lockout::campaigns::{Campaign, CampaignLock, Found};
use lockkeeper::model::{CampaignId, Clock as _, Millis, Span, UserId};
use lockkeeper::store::campaigns::Undone;
use lockkeeper::store::traffic::slot_of;
use lockkeeper::tenant::{ByHand, UndoneLocks};

use super::traffic::found;
use crate::attempt::try_password;
use crate::harness::app::{TestApp, TestTenant};
use crate::harness::client::block_on;

const BY: ByHand<'static> = ByHand { actor: "staff:user_ana", reason: "an attack" };
/// As long as it takes.
const PATIENT: Duration = Duration::MAX;

async fn lock_out(app: &TestApp, tenant: &TestTenant, name: &str) {
    for _ in 0..8 {
        let _wrong = try_password(app, tenant, name, "wrong").await;
    }
}

async fn campaign(app: &TestApp, tenant: &TestTenant, locks: Vec<(UserId, Millis)>) -> CampaignId {
    let now = app.clock.now();
    let lock = |(user, since): (UserId, Millis)| CampaignLock {
        account: user.as_str().to_owned(),
        nobody: false,
        since,
    };
    let locks = locks.into_iter().map(lock).collect();
    let campaign = Campaign { locks, ..found(now, &[(slot_of(now), 10)], &[]) };
    let found = Found { campaigns: vec![campaign], ..Found::default() };
    app.store.keep_campaigns(tenant.profile.id().clone(), found).await.unwrap().remove(0)
}

/// Against two users who are locked, and 450 who are no more.
fn large(app: &TestApp, tenant: &TestTenant) -> ([UserId; 2], CampaignId) {
    let (users, mut locks) = locked(app, tenant, ["ann@acme.test", "bea@acme.test"]);
    let now = app.clock.now();
    locks.extend((0..450).map(|_| (UserId::generate(now), now)));
    (users, block_on(campaign(app, tenant, locks)))
}

/// Users, and since when the policy keeps each of them locked.
fn locked<const N: usize>(
    app: &TestApp,
    tenant: &TestTenant,
    names: [&str; N],
) -> ([UserId; N], Vec<(UserId, Millis)>) {
    let users = names.map(|name| app.user(tenant, name, "correct horse").record.user.id);
    let locks = users.iter().zip(names).map(|(user, name)| {
        block_on(lock_out(app, tenant, name));
        let lock = block_on(app.tenants.account_lock(&tenant.profile, user)).unwrap();
        (user.clone(), lock.expect("a lock").since)
    });
    let locks = locks.collect();
    (users, locks)
}

#[test]
fn one_call_undoes_a_campaign_of_any_size() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    let (users, id) = large(&app, &tenant);
    block_on(async {
        let done = app.tenants.undo_campaign(&tenant.profile, &id, BY, PATIENT).await.unwrap();
        assert_eq!(done, UndoneLocks { unlocked: 2, left: 450, more: false });
        for user in &users {
            let lock = app.tenants.account_lock(&tenant.profile, user).await.unwrap();
            assert!(lock.is_none(), "{lock:?}");
        }
        let reader = app.store.reader();
        let story =
            reader.campaign(tenant.profile.id().clone(), id.clone()).await.unwrap().unwrap();
        assert_eq!((story.all, story.left), (452, 0));
        let again = app.tenants.undo_campaign(&tenant.profile, &id, BY, PATIENT).await.unwrap();
        assert_eq!(again, UndoneLocks::default());
    });
}

#[test]
fn an_undoing_that_takes_too_long_says_that_there_is_more_and_goes_on_where_it_stopped() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    let (_, id) = large(&app, &tenant);
    block_on(async {
        let mut calls = Vec::new();
        for _ in 0..3 {
            let undo = app.tenants.undo_campaign(&tenant.profile, &id, BY, Duration::ZERO);
            calls.push(undo.await.unwrap());
        }
        let handled: Vec<usize> = calls.iter().map(|done| done.unlocked + done.left).collect();
        let more: Vec<bool> = calls.iter().map(|done| done.more).collect();
        assert_eq!((handled, more), (vec![200, 200, 52], vec![true, true, false]));
        assert_eq!(calls.iter().map(|done| done.unlocked).sum::<usize>(), 2);
    });
}

#[test]
fn a_lock_by_staff_and_a_later_one_are_not_the_campaigns_to_undo() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    let names = ["ann@acme.test", "bea@acme.test", "cem@acme.test"];
    let (users, locks) = locked(&app, &tenant, names);
    let [ann, bea, cem] = &users;
    block_on(async {
        let id = campaign(&app, &tenant, locks).await;
        app.advance(Span::MINUTE);
        app.tenants.lock_by_hand(&tenant.profile, ann.clone(), None, BY).await.unwrap();
        app.tenants.unlock_user(&tenant.profile, bea.clone(), "test", None).await.unwrap();
        lock_out(&app, &tenant, names[1]).await;
        app.tenants.unlock_user(&tenant.profile, cem.clone(), "test", None).await.unwrap();

        let done = app.tenants.undo_campaign(&tenant.profile, &id, BY, PATIENT).await.unwrap();
        assert_eq!(done, UndoneLocks { unlocked: 0, left: 3, more: false });
        for user in [ann, bea] {
            assert!(app.tenants.account_lock(&tenant.profile, user).await.unwrap().is_some());
        }
        let reader = app.store.reader();
        let story = reader.campaign(tenant.profile.id().clone(), id).await.unwrap().unwrap();
        let became = |user: &UserId| story.locks.iter().find(|lock| lock.user == *user)?.undone;
        assert_eq!(
            [ann, bea, cem].map(became),
            [Some(Undone::Relocked), Some(Undone::Relocked), Some(Undone::Over)]
        );
    });
}
