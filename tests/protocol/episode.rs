//! Presses, staff and policy edits against locks (rules 13, 14, 18, 20).

use lockkeeper::lockout::{LockLength, Policy, PressVoid};
use lockkeeper::model::{OutboxId, Span};
use lockkeeper::tenant::PressAnswer;
use lockkeeper::token::UnlockLink;

use super::*;
use crate::harness::client::block_on;

impl Scene {
    fn link(&self, episode: i64) -> String {
        let now = lockkeeper::model::Clock::now(&self.app.clock);
        let link = UnlockLink {
            user: self.alex.clone(),
            episode,
            issued_at: now,
            expires_at: now.after(Span::DAY),
            mail: OutboxId::generate(now),
        };
        self.acme.profile.unlock_links().seal(&link).unwrap()
    }

    async fn press(&self, episode: i64) -> PressAnswer {
        self.app.tenants.press_link(&self.acme.profile, &self.link(episode)).await.unwrap()
    }
}

#[test]
fn a_press_opens_the_open_episode_only() {
    let scene = Scene::new();
    block_on(async {
        scene.lock(ALEX).await;
        let pressed = scene.press(1).await;
        assert!(matches!(pressed, PressAnswer::Unlocked { .. }), "{pressed:?}");
        scene.lock(ALEX).await;
        let old = scene.press(1).await;
        assert!(matches!(old, PressAnswer::Void { why: PressVoid::Superseded, .. }), "{old:?}");
        let future = scene.press(3).await;
        assert!(matches!(future, PressAnswer::Forged), "{future:?}");
        let refused = scene.try_password(ALEX, RIGHT).await;
        assert!(matches!(refused, AttemptAnswer::Locked(_)), "{refused:?}");
        let pressed = scene.press(2).await;
        assert!(matches!(pressed, PressAnswer::Unlocked { .. }), "{pressed:?}");
        let again = scene.press(2).await;
        assert!(
            matches!(again, PressAnswer::Void { why: PressVoid::AlreadyUnlocked { .. }, .. }),
            "{again:?}"
        );
        let free = scene.try_password(ALEX, RIGHT).await;
        assert!(matches!(free, AttemptAnswer::Complete(_)), "{free:?}");
    });
}

#[test]
fn a_lock_by_staff_outlives_a_press() {
    let scene = Scene::new();
    block_on(async {
        scene.lock(ALEX).await;
        let (tenants, profile) = (&scene.app.tenants, &scene.acme.profile);
        tenants.lock_user(profile, scene.alex.clone(), "test", None).await.unwrap();
        let pressed = scene.press(1).await;
        assert!(
            matches!(pressed, PressAnswer::Void { why: PressVoid::StaffLocked, .. }),
            "{pressed:?}"
        );
        let refused = scene.try_password(ALEX, RIGHT).await;
        assert!(matches!(&refused, AttemptAnswer::Locked(lock) if lock.staff), "{refused:?}");
        tenants.unlock_user(profile, scene.alex.clone(), "test", None).await.unwrap();
        let free = scene.try_password(ALEX, RIGHT).await;
        assert!(matches!(free, AttemptAnswer::Complete(_)), "{free:?}");
    });
}

#[test]
fn an_edit_of_the_policy_moves_no_lock_that_stands() {
    let scene = Scene::new();
    block_on(async {
        scene.lock(ALEX).await;
        let (tenants, profile) = (&scene.app.tenants, &scene.acme.profile);
        let longer = LockLength::For(Span::HOUR);
        let edits = [
            Policy { enabled: false, ..policy() },
            Policy { minimum_duration: longer, maximum_duration: longer, ..policy() },
            Policy { max_attempts: 100, ..policy() },
        ];
        for edit in &edits {
            tenants.save_policy(profile, edit, "test", "test").await.unwrap();
            scene.app.advance(Span::SECOND);
            let refused = scene.try_password(ALEX, RIGHT).await;
            assert!(matches!(refused, AttemptAnswer::Locked(_)), "{edit:?}: {refused:?}");
        }
        scene.app.advance(Span::SECOND.times(57));
        let free = scene.try_password(ALEX, RIGHT).await;
        assert!(matches!(free, AttemptAnswer::Complete(_)), "{free:?}");
    });
}

#[test]
fn a_sign_in_without_a_factor_outlives_a_lock_and_completes_once() {
    let scene = Scene::new();
    block_on(async {
        let (tenants, profile) = (&scene.app.tenants, &scene.acme.profile);
        let name = Identifier::parse(ALEX).unwrap();
        let opened = tenants.open_sign_in(profile, None, Some(&name), None).await.unwrap();
        scene.lock(ALEX).await;
        scene.press(1).await;
        let attempt = || scene.attempt_in(&opened.sign_in.id, &opened.client, RIGHT);
        let both =
            tokio::join!(tenants.attempt_password(attempt()), tenants.attempt_password(attempt()));
        let (mut complete, mut void) = (0, 0);
        for answer in [both.0.unwrap(), both.1.unwrap()] {
            match answer {
                AttemptAnswer::Complete(_) => complete += 1,
                AttemptAnswer::SignInVoid => void += 1,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((complete, void, scene.sessions().await), (1, 1, 1));
    });
}
