//! Owners who go: banned, deleted, or made less where they own all tenants. Every tenant keeps one, by
//! one rule, and nothing stays of who is deleted.

use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use lockkeeper::model::*;
use lockkeeper::store::StoreError;
use lockkeeper::store::audit::Deed;
use lockkeeper::store::team::{Guest, Role, Taken};
use lockkeeper::store::team_deeds::TeamAnswer::{Done, LastOwner};
use lockkeeper::store::user_deeds::StaffDeed;

use super::bench::Bench;
use super::team::House;

on_both!(
    an_owner_of_all_tenants_with_another_role_in_one_is_no_reason_to_go_there,
    an_owner_of_all_tenants_leaves_none_behind_without_one,
    who_is_deleted_is_in_no_team_and_mutes_nothing,
    who_is_gone_joins_no_team,
);

fn is_last(answer: &Result<(), StoreError>) {
    assert!(matches!(answer, Err(StoreError::Conflict { what: "last_owner" })), "{answer:?}");
}

/// A house whose tenant acme has eve as its owner, and ops, an owner of all tenants, as less than that.
async fn house_with_a_lesser_one(bench: Bench) -> (House, UserId, UserId) {
    let house = House::open(bench).await;
    let (acme, console) = (house.acme().clone(), house.console.clone());
    let ops = house.join(&console, Role::Owner, "ops").await;
    let eve = house.join(&acme, Role::Owner, "eve").await;
    let (made, hash) = house.invited(&eve, Role::Owner, "own").await;
    assert_eq!(made, Done);
    assert_eq!(house.take(&hash, Guest::Staff(ops.clone())).await, Taken::Joined);
    assert_eq!(house.give(&eve, &ops, Role::Support).await, Done);
    (house, ops, eve)
}

async fn an_owner_of_all_tenants_with_another_role_in_one_is_no_reason_to_go_there(bench: Bench) {
    let (house, _ops, eve) = house_with_a_lesser_one(bench).await;
    assert_eq!(house.remove(&eve, &eve).await, LastOwner);
    is_last(&house.ban(&eve).await);
    is_last(&house.delete(&eve, "eve").await);
    let _kim = house.join(&house.console, Role::Owner, "kim").await;
    house.delete(&eve, "eve").await.unwrap();
}

async fn an_owner_of_all_tenants_leaves_none_behind_without_one(bench: Bench) {
    let (house, ops, eve) = house_with_a_lesser_one(bench).await;
    let console = house.console.clone();
    let kim = house.join(&console, Role::Owner, "kim").await;
    assert_eq!(house.remove(&eve, &eve).await, Done, "kim is left");
    // Ops, who is left everywhere else, is none in acme.
    is_last(&house.ban(&kim).await);
    is_last(&house.delete(&kim, "kim").await);
    let store = &house.bench.store;
    let own = house.hand(&console, &kim);
    assert_eq!(store.remove_member(own.clone(), kim.clone()).await.unwrap(), LastOwner);
    let less = store.change_role(own, kim.clone(), Role::Admin).await.unwrap();
    assert_eq!(less, LastOwner);
    // The other way round nobody is missing.
    house.delete(&ops, "ops").await.unwrap();
    assert_eq!(house.role(house.acme(), &kim).await, Some(Role::Owner));
}

async fn who_is_deleted_is_in_no_team_and_mutes_nothing(bench: Bench) {
    #[derive(QueryableByName)]
    struct Number {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let house = House::open(bench).await;
    let (acme, console) = (house.acme().clone(), house.console.clone());
    let _ana = house.join(&acme, Role::Owner, "ana").await;
    let _ops = house.join(&console, Role::Owner, "ops").await;
    let bo = house.join(&acme, Role::Owner, "bo").await;
    let cy = house.join(&console, Role::Support, "cy").await;
    let store = &house.bench.store;
    for who in [&bo, &cy] {
        let deed = Deed {
            actor: "test".to_owned(),
            action: "alerts.muted",
            detail: serde_json::json!({}),
        };
        let until = Some(house.bench.now().after(Span::DAY));
        store.mute_alerts(acme.clone(), who.clone(), until, deed).await.unwrap();
    }
    let left = |who: &UserId| {
        let mut db = house.bench.url.open_writer().unwrap();
        ["team", "alert_mutes"].map(|table| {
            let query = format!("SELECT count(*) AS n FROM {table} WHERE staff_id = '{who}'");
            sql_query(query).get_result::<Number>(&mut db).unwrap().n
        })
    };
    assert_eq!((left(&bo), left(&cy)), ([1, 1], [1, 1]));
    house.delete(&bo, "bo").await.unwrap();
    assert_eq!(left(&bo), [0, 0]);
    let deed = StaffDeed { actor: "test".to_owned(), reason: None };
    store.delete_user_by(console, cy.clone(), House::names("cy"), deed).await.unwrap();
    assert_eq!(left(&cy), [0, 0]);
    // A tenant's own user of the same id is somebody else.
    let ana = house.join(&acme, Role::Owner, "another").await;
    let mut alex = house.bench.new_user(&["alex@acme.test"]);
    alex.user.id = ana.clone();
    for name in &mut alex.identifications {
        name.user_id = ana.clone();
    }
    let phantoms = alex.phantoms.clone();
    store.create_user(alex).await.unwrap();
    store.delete_user(acme, ana.clone(), phantoms).await.unwrap();
    assert_eq!(left(&ana), [1, 0]);
}

async fn who_is_gone_joins_no_team(bench: Bench) {
    let house = House::open(bench).await;
    let acme = house.acme().clone();
    let ana = house.join(&acme, Role::Owner, "ana").await;
    let bo = house.join(&house.console, Role::Support, "bo").await;
    let (_, hash) = house.invited(&ana, Role::Support, "late").await;
    house.delete(&bo, "bo").await.unwrap();
    assert_eq!(house.take(&hash, Guest::Staff(bo.clone())).await, Taken::Over);
    assert_eq!(house.role(&acme, &bo).await, None);
}
