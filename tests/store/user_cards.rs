//! Users with what their resource shows: factors, locks and tries, in the order asked.

use lockkeeper::store::user_cards::UserFactors;
use lockkeeper::store::users::UserRecord;

use super::bench::Bench;

on_both!(
    a_card_shows_the_factors_that_its_own_user_has,
    cards_come_in_the_order_of_their_users_with_their_own_locks,
);

async fn record(bench: &Bench, id: lockkeeper::model::UserId) -> UserRecord {
    bench.reader.user(bench.tenant.clone(), id).await.unwrap().unwrap()
}

async fn a_card_shows_the_factors_that_its_own_user_has(bench: Bench) {
    let (ann, bob) = (bench.add_user(&["ann@a.test"]).await, bench.add_user(&["bob@a.test"]).await);
    let factors = async |id: &lockkeeper::model::UserId| {
        let card = bench.reader.user_card(bench.tenant.clone(), id.clone(), bench.now()).await;
        card.unwrap().unwrap().factors
    };
    assert_eq!(factors(&ann).await, UserFactors::default());
    let sealed = Some(("sealed".to_owned(), 1));
    bench.store.set_totp(bench.tenant.clone(), ann.clone(), sealed).await.unwrap();
    let digests = vec!["digest".to_owned(), "other".to_owned()];
    bench.store.set_recovery_codes(bench.tenant.clone(), bob.clone(), digests).await.unwrap();
    let (app, codes) = (factors(&ann).await, factors(&bob).await);
    assert_eq!(app, UserFactors { totp: true, ..UserFactors::default() });
    assert_eq!(codes, UserFactors { recovery_codes: true, ..UserFactors::default() });
    assert!(app.second());
    assert!(!codes.second(), "a recovery code only stands in for an app");
    bench.store.set_totp(bench.tenant.clone(), ann.clone(), None).await.unwrap();
    bench.store.set_recovery_codes(bench.tenant.clone(), bob.clone(), Vec::new()).await.unwrap();
    assert_eq!(factors(&ann).await, UserFactors::default());
    assert_eq!(factors(&bob).await, UserFactors::default());
}

async fn cards_come_in_the_order_of_their_users_with_their_own_locks(bench: Bench) {
    let (ann, bob) = (bench.add_user(&["ann@a.test"]).await, bench.add_user(&["bob@a.test"]).await);
    bench.lock("bob@a.test", 1).await;
    let records = vec![record(&bench, bob.clone()).await, record(&bench, ann.clone()).await];
    let cards = bench.reader.user_cards(bench.tenant.clone(), records, bench.now()).await.unwrap();
    let seen: Vec<_> =
        cards.iter().map(|card| (card.record.user.id.clone(), card.lock.is_some())).collect();
    assert_eq!(seen, [(bob, true), (ann, false)]);
}
