//! The long run: an attack that waits every lock out shuts the public lane for good, and leaves the
//! owner's own lanes a bounded number of tries.

use lockkeeper::lockout::LockKind;
use lockkeeper::model::Span;

use super::*;
use crate::harness::client::block_on;
use crate::pages::{assert_page, assert_sent};

const N: i64 = 4;
const LIMIT: i64 = 20;

#[test]
fn the_long_run_shuts_public_lanes_and_leaves_n_to_each_own_lane() {
    let house = House::with_policy(|policy| {
        policy.max_attempts = N;
        policy.long_run_limit = LIMIT;
    });
    block_on(async {
        let (here, there) = (known(&house).await, known(&house).await);
        let attacker = house.visitor();
        while state(&house).await.long_run < LIMIT {
            if attacker.sign_in(ALEX, "wrong").await.status == 403 {
                house.app.advance(Span::HOUR);
            }
        }
        house.app.advance(Span::DAY.times(30));
        assert_eq!(state(&house).await.lock.unwrap().kind, LockKind::LongRun);
        assert_eq!(attacker.sign_in(ALEX, PASSWORD).await.status, 403);
        // A press does not open it, and gives its pass all the same.
        let presser = house.visitor();
        let pressed = presser.post(&house.link(state(&house).await.episode), &[]).await;
        assert_page(&pressed, 200, &["Still locked", "Attempts have failed for too long"]);
        for _ in 0..N {
            assert_eq!(presser.sign_in(ALEX, "wrong").await.status, 422);
        }
        assert_eq!(presser.sign_in(ALEX, PASSWORD).await.status, 403, "used up");
        let mut told = Vec::new();
        for _ in 0..N {
            told.push(here.sign_in(ALEX, "wrong").await.status);
        }
        assert_eq!(told, [422, 422, 422, 403]);
        house.app.advance(Span::DAY.times(30));
        assert_eq!(here.sign_in(ALEX, PASSWORD).await.status, 403, "for good, as the public one");
        // The other device has its own.
        assert_sent(&there.sign_in(ALEX, PASSWORD).await, "/t/acme/account");
        assert_eq!(attacker.sign_in(ALEX, PASSWORD).await.status, 403);
        // The way out is a new password by mail.
        let visitor = house.visitor();
        let forgot = "/t/acme/sign-in/forgot";
        let sent = visitor.post(forgot, &[("identifier", ALEX)]).await;
        let code = house.mailed_code(&sent).await;
        visitor.post(forgot, &[("code", &code)]).await;
        let new = "another horse entirely";
        visitor.post("/t/acme/sign-in/new-password", &[("new-password", new)]).await;
        assert_sent(&house.visitor().sign_in(ALEX, new).await, "/t/acme/account");
    });
}
