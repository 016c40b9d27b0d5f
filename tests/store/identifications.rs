//! Identifiers that come and go, and where their counts and locks stay.

use lockkeeper::model::*;
use lockkeeper::store::StoreError;
use lockkeeper::store::identifications::*;
use lockkeeper::store::pending_identifications::{Claimant, MOST, PendingIdentification};
use lockkeeper::store::settle::{Answer, Verified};

use super::bench::{Bench, key, phantom};

on_both!(
    a_new_name_drops_what_was_counted_on_it,
    a_new_name_of_a_locked_user_is_locked_at_once,
    a_removed_name_leaves_its_count_behind,
    a_name_has_one_owner_and_a_claim_keeps_nobody_out,
    the_primary_name_moves_on_when_it_goes,
    a_user_can_name_so_many_and_no_more,
    a_user_without_any_name_can_be_named_again,
);

const WRONG: Verified = Verified::Wrong { credential_version: 1 };
const NOBODYS: Verified = Verified::Wrong { credential_version: 0 };

fn row(bench: &Bench, user: &UserId, name: &str) -> Identification {
    let (now, parsed) = (bench.now(), Identifier::parse(name).unwrap());
    let id = IdentificationId::generate(now);
    Identification::vouched(bench.tenant.clone(), id, user.clone(), &parsed, now)
}

fn naming(row: &Identification, from: Origin) -> Naming {
    let phantom = phantom(&row.value);
    Naming { row: row.clone(), phantom, from, rank: None }
}

async fn name(bench: &Bench, user: &UserId, name: &str) -> Identification {
    let row = row(bench, user, name);
    bench.store.add_name(naming(&row, Origin::New), None).await.unwrap();
    row
}

async fn unname(bench: &Bench, row: &Identification) -> Result<Renamed, StoreError> {
    let phantom = phantom(&row.value);
    bench.store.remove_name(Unnaming { row: row.clone(), phantom, stays: None }, None).await
}

fn pending(bench: &Bench, user: &UserId, name: &str) -> PendingIdentification {
    let (now, parsed) = (bench.now(), Identifier::parse(name).unwrap());
    let (id, by) = (IdentificationId::generate(now), Claimant::User(user.clone()));
    PendingIdentification::named(bench.tenant.clone(), id, by, &parsed, now)
}

async fn a_new_name_drops_what_was_counted_on_it(bench: Bench) {
    let user = bench.add_user(&["bob"]).await;
    bench.lock("bob@a.test", 0).await;
    let row = row(&bench, &user, "bob@a.test");
    let mut done = bench.store.add_name(naming(&row, Origin::New), None).await.unwrap();
    // Named at one instant, so in no order.
    done.keys.sort();
    assert_eq!((done.keys, done.lock), (vec![key("bob"), key("bob@a.test")], None));
    assert!(matches!(bench.attempt("bob@a.test", WRONG).await, Answer::Wrong { .. }));
    let (left, _) = bench
        .reader
        .subject_view(bench.tenant.clone(), phantom("bob@a.test"), lockkeeper::model::Millis(0))
        .await
        .unwrap();
    assert_eq!((left.subject.count, left.subject.lock), (0, None));
}

async fn a_new_name_of_a_locked_user_is_locked_at_once(bench: Bench) {
    let user = bench.add_user(&["bob"]).await;
    bench.lock("bob", 1).await;
    let row = row(&bench, &user, "bob@a.test");
    let done = bench.store.add_name(naming(&row, Origin::New), None).await.unwrap();
    assert!(done.lock.is_some());
    let answer = bench.attempt("bob@a.test", Verified::Right { credential_version: 1 }).await;
    assert!(matches!(answer, Answer::Locked(_)), "{answer:?}");
}

async fn a_removed_name_leaves_its_count_behind(bench: Bench) {
    let user = bench.add_user(&["bob"]).await;
    let gone = name(&bench, &user, "bob@a.test").await;
    bench.attempt("bob", WRONG).await;
    bench.lock("bob@a.test", 1).await;
    unname(&bench, &gone).await.unwrap();
    let answer = bench.attempt("bob@a.test", NOBODYS).await;
    assert!(matches!(answer, Answer::Locked(_)), "{answer:?}");
    let answer = bench.attempt("bob", WRONG).await;
    assert!(matches!(answer, Answer::Locked(_)), "the user keeps it as well: {answer:?}");
    assert!(matches!(unname(&bench, &gone).await, Err(StoreError::NotFound)));
}

async fn a_name_has_one_owner_and_a_claim_keeps_nobody_out(bench: Bench) {
    let (ann, bob) = (bench.add_user(&["ann"]).await, bench.add_user(&["bob"]).await);
    let claims = [pending(&bench, &ann, "x@y.test"), pending(&bench, &bob, "x@y.test")];
    for claim in &claims {
        bench.store.add_pending(claim.clone(), None).await.unwrap();
    }
    let prove = async |claim: &PendingIdentification, by: &UserId| {
        let row = Identification { id: claim.id.clone(), ..row(&bench, by, "x@y.test") };
        bench.store.add_name(naming(&row, Origin::Pending), None).await
    };
    let [anns, bobs] = &claims;
    prove(bobs, &bob).await.unwrap();
    let read = async |id: &IdentificationId| {
        bench.reader.name(bench.tenant.clone(), id.clone()).await.unwrap()
    };
    assert!(matches!(read(&bobs.id).await, Some(Name::Proved(row)) if row.user_id == bob));
    let late = prove(anns, &ann).await;
    assert!(matches!(late, Err(StoreError::Conflict { what: "identifier" })), "{late:?}");
    assert!(matches!(read(&anns.id).await, Some(Name::Pending(_))), "undone as a whole");
    bench.store.remove_pending(bench.tenant.clone(), anns.id.clone(), None).await.unwrap();
    let gone = prove(anns, &ann).await;
    assert!(matches!(gone, Err(StoreError::NotFound)), "{gone:?}");
    let owner = bench.reader.identified(bench.tenant.clone(), key("x@y.test")).await.unwrap();
    assert_eq!(owner.unwrap().user.id, bob);
}

async fn the_primary_name_moves_on_when_it_goes(bench: Bench) {
    let user = bench.add_user(&["first@a.test"]).await;
    let primary = async || {
        let found = bench.reader.user(bench.tenant.clone(), user.clone()).await.unwrap().unwrap();
        (found.user.primary_identification_id, found.user.primary_phone_id)
    };
    let first = primary().await.0.unwrap();
    bench.clock.advance(Span::SECOND);
    let second = name(&bench, &user, "second@a.test").await;
    let phone = name(&bench, &user, "+43123456789").await;
    assert_eq!(primary().await, (Some(first.clone()), Some(phone.id.clone())));
    let change = NameChange { rank: Some(Rank::Primary), second_factor: None };
    bench.store.change_name(second.clone(), change, None).await.unwrap();
    assert_eq!(primary().await.0, Some(second.id.clone()));
    unname(&bench, &second).await.unwrap();
    unname(&bench, &phone).await.unwrap();
    assert_eq!(primary().await, (Some(first), None));
}

async fn a_user_can_name_so_many_and_no_more(bench: Bench) {
    let user = bench.add_user(&["bob"]).await;
    for number in 0..MOST {
        let row = pending(&bench, &user, &format!("bob{number}@a.test"));
        bench.store.add_pending(row, None).await.unwrap();
    }
    let more = bench.store.add_pending(pending(&bench, &user, "more@a.test"), None).await;
    assert!(matches!(more, Err(StoreError::Conflict { what: "pending" })), "{more:?}");
    let nobody = UserId::generate(bench.now());
    let nobodys = bench.store.add_pending(pending(&bench, &nobody, "more@a.test"), None).await;
    assert!(matches!(nobodys, Err(StoreError::NotFound)), "{nobodys:?}");
    let card = bench.reader.user_card(bench.tenant.clone(), user, bench.now()).await.unwrap();
    assert_eq!(card.unwrap().pending.len(), MOST);
}

async fn a_user_without_any_name_can_be_named_again(bench: Bench) {
    let user = bench.add_user(&["bob"]).await;
    let record = bench.reader.user(bench.tenant.clone(), user.clone()).await.unwrap().unwrap();
    unname(&bench, record.identifications.first().unwrap()).await.unwrap();
    assert!(matches!(bench.attempt("bob", NOBODYS).await, Answer::Wrong { .. }));
    name(&bench, &user, "bob@a.test").await;
    assert!(matches!(bench.attempt("bob@a.test", WRONG).await, Answer::Wrong { .. }));
}
