//! The same race against two nodes of one database: the row decides, so no more is revealed than
//! with one; only hashes may be spent twice.
#![cfg(feature = "postgres")]

use super::*;

pub(super) fn migrate(url: &str) {
    lockkeeper::store::migrations::migrate(&url.parse().unwrap()).unwrap();
}

#[test]
fn two_nodes_together_reveal_no_more_than_one() {
    let database = postgres::migrated(migrate);
    let plan =
        || TestPlan { database: Some(database.url().parse().unwrap()), change: Box::new(patient) };
    let one = Track::of(TestApp::with(plan()), LockoutType::PerUser);
    let other = TestApp::with(plan());
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|n| if n % 2 == 0 { one.clients[n].clone() } else { Client::new(&other.base()) })
        .collect();
    let hashes = || {
        one.app.metrics.value(Count::PasswordHashes) + other.metrics.value(Count::PasswordHashes)
    };
    for run in 0..5 {
        let name = format!("user{run}@acme.test");
        one.user(&name);
        let before = hashes();
        let who = name.clone();
        let seen = block_on(many(
            GUESSES,
            CONNECTIONS,
            |connection| clients[connection].clone(),
            move |client, _| {
                let who = who.clone();
                async move { guess(&client, &who, "wrong").await }
            },
        ));
        assert_eq!(count(&seen, Seen::Wrong), N - 1, "run {run}");
        assert_eq!(count(&seen, Seen::Locked), GUESSES - (N - 1), "run {run}");
        assert!(hashes() - before <= u64::try_from(2 * N).unwrap(), "run {run}");
    }
    drop((one, other));
}
