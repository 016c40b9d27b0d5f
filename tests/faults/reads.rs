//! Pages and reads after PostgreSQL was away: each of the pool's connections is dead by then, and
//! the pool waits longer and longer between its tries to dial. Nobody restarts the node.
#![cfg(feature = "postgres")]

use std::time::Duration;

use reqwest::Method;

use super::outage::{RECOVERY, bound};
use crate::harness::client::{Client, block_on};
use crate::harness::cluster::PostgresServer;
use crate::harness::waiting::pause;
use crate::kill::load::Scene;
use crate::kill::place::Place;
use crate::kill::world::{RIGHT, World};
use crate::race::{Seen, seen};

/// Beside each other: more than the pool has connections, so that each of them is used.
const AT_ONCE: usize = 24;
/// A few wait for the pool, 5 s; whoever comes behind them is not to wait for as long once more.
const LONGEST_REFUSAL: Duration = Duration::from_secs(15);
/// Between two rounds of questions.
const PACE: Duration = Duration::from_millis(50);

/// Asks every kind of read so often at once; the statuses that are no answer, with their paths.
async fn refused(scene: &Scene) -> Vec<(&'static str, u16)> {
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..AT_ONCE {
        for path in ["/v1/users/count", "/v1/users?limit=1", "/v1/sessions?limit=1"] {
            let request = scene.backend(Method::GET, path);
            asked.spawn(async move { (path, Client::send(request).await.status) });
        }
        for path in ["/mailbox/api/messages", "/t/acme/sign-in"] {
            let request = scene.client.request(Method::GET, path);
            asked.spawn(async move { (path, Client::send(request).await.status) });
        }
    }
    asked.join_all().await.into_iter().filter(|(_, status)| *status != 200).collect()
}

#[test]
fn pages_and_reads_come_back_with_postgres() {
    let mut database = PostgresServer::new();
    let world = World::crowded(Place::at(&database.url()), 1, 3);
    let server = world.place.serve();
    let scene = world.scene(server.base());
    let name = world.users_of_this_round()[0].0.clone();
    block_on(async {
        assert_eq!(refused(&scene).await, []);
        database.kill();
        // Each waits as long as the pool does, which gives it time to become slow at dialling.
        let since = scene.diary.now();
        let away = refused(&scene).await;
        let passed = scene.diary.now() - since;
        assert!(
            passed < bound(LONGEST_REFUSAL),
            "{AT_ONCE} of each are refused only after {passed:?}"
        );
        assert!(away.iter().all(|(_, status)| *status == 503), "{away:?}");
        for path in ["/v1/users/count", "/mailbox/api/messages"] {
            let times = away.iter().filter(|(asked, _)| *asked == path).count();
            assert_eq!(times, AT_ONCE, "{path} was answered without a database");
        }
        database.start();
        let since = scene.diary.now();
        while let left @ [_, ..] = &refused(&scene).await[..] {
            let passed = scene.diary.now() - since;
            assert!(passed < bound(RECOVERY), "{passed:?} after the return: {left:?}");
            pause(PACE).await;
        }
        let passed = scene.diary.now() - since;
        assert!(passed < bound(RECOVERY), "all are answered only {passed:?} after the return");
        // And not by luck: the connections that are left are good ones.
        assert_eq!(refused(&scene).await, []);
        let answer = Client::send(scene.guessing(&name, RIGHT)).await;
        assert_eq!(seen(&answer), Seen::SignedIn);
    });
}
