//! Identifiers that nobody has are rows like any other (rule 19).

use lockkeeper::model::Count;
use lockkeeper::store::outbox::OutboxStatus;

use super::*;
use crate::harness::client::block_on;
use crate::harness::clock::NOON;

const NOBODY: &str = "nobody@acme.test";

#[test]
fn the_lock_of_nobody_writes_a_void_mail_where_a_users_writes_a_due_one() {
    let scene = Scene::new();
    block_on(async {
        let reader = scene.app.tenants.reader();
        let tenant = scene.acme.profile.id();
        let mut written = Vec::new();
        for (name, subject) in [(ALEX, scene.alex_subject()), (NOBODY, scene.phantom(NOBODY))] {
            let jobs = scene.app.metrics.value(Count::AttemptsSettled);
            scene.lock(name).await;
            let settled = scene.app.metrics.value(Count::AttemptsSettled) - jobs;
            assert_eq!(settled, u64::try_from(N).unwrap(), "each try of {name} is settled");
            let mails =
                reader.mails_of_subject(tenant.clone(), subject.clone(), NOON).await.unwrap();
            assert_eq!(mails.len(), 1, "{name}");
            written.push((mails[0].status, mails[0].episode, scene.state(subject).await));
        }
        let [(users, episode, user), (nobodys, same, phantom)] = written.try_into().unwrap();
        assert!(!matches!(users, OutboxStatus::Void | OutboxStatus::Suppressed), "{users:?}");
        assert_eq!(nobodys, OutboxStatus::Void);
        assert_eq!((episode, user.count, user.lock), (same, phantom.count, phantom.lock));
    });
}

#[test]
fn who_signs_up_takes_over_the_lock_of_the_identifier() {
    let scene = Scene::new();
    block_on(async {
        scene.lock(NOBODY).await;
    });
    scene.app.user(&scene.acme, NOBODY, RIGHT);
    block_on(async {
        let answer = scene.try_password(NOBODY, RIGHT).await;
        assert!(matches!(answer, AttemptAnswer::Locked(_)), "{answer:?}");
        scene.app.advance(lockkeeper::model::Span::MINUTE);
        let answer = scene.try_password(NOBODY, RIGHT).await;
        assert!(matches!(answer, AttemptAnswer::Complete(_)), "{answer:?}");
    });
}

#[test]
fn who_is_deleted_leaves_count_and_lock_to_the_identifier() {
    let scene = Scene::new();
    block_on(async {
        scene.lock(ALEX).await;
        scene.app.tenants.delete_user(&scene.acme.profile, scene.alex.clone()).await.unwrap();
        let answer = scene.try_password(ALEX, "wrong").await;
        assert!(matches!(answer, AttemptAnswer::Locked(_)), "{answer:?}");
        assert_eq!(scene.state(scene.phantom(ALEX)).await.count, N);
    });
}
