//! Lists of users: filters, order, pages.

use lockkeeper::model::*;
use lockkeeper::store::user_lists::{Cursor, Direction, Range, UserFilter, UserSort};

use super::bench::{Bench, key};

on_both!(
    each_filter_takes_whom_it_names,
    a_search_takes_its_signs_literally_and_ignores_ascii_case,
    users_who_never_signed_in_come_last_when_the_newest_is_first,
    pages_do_not_overlap,
    lists_of_identifiers_narrow_each_other_and_exclusions_take_away,
    a_cursor_goes_on_behind_its_user,
);

/// First identifiers of the users that a filter takes, oldest first; the count must agree.
async fn taken(bench: &Bench, filter: UserFilter) -> Vec<String> {
    listed(bench, filter, (UserSort::CreatedAt, Direction::OldestFirst)).await
}

async fn listed(bench: &Bench, filter: UserFilter, order: (UserSort, Direction)) -> Vec<String> {
    let tenant = || bench.tenant.clone();
    let page = bench.reader.users(tenant(), filter.clone(), order, 500, 0).await.unwrap();
    let count = bench.reader.count_users(tenant(), filter).await.unwrap();
    assert_eq!(count, i64::try_from(page.len()).unwrap());
    page.into_iter().map(|record| record.identifications[0].value.clone()).collect()
}

/// Three users a second apart: anna, bob, carl.
async fn three(bench: &Bench) -> [UserId; 3] {
    let anna = bench.add_user(&["anna"]).await;
    bench.clock.advance(Span::SECOND);
    let bob = bench.add_user(&["bob"]).await;
    bench.clock.advance(Span::SECOND);
    let carl = bench.add_user(&["carl"]).await;
    [anna, bob, carl]
}

async fn each_filter_takes_whom_it_names(bench: Bench) {
    let start = bench.now();
    let [anna, bob, _] = three(&bench).await;
    bench.lock("carl", 1).await;
    let none = UserFilter::default;

    assert_eq!(taken(&bench, none()).await, ["anna", "bob", "carl"]);
    let ids = vec![anna, bob.clone()];
    assert_eq!(taken(&bench, UserFilter { ids, ..none() }).await, ["anna", "bob"]);
    let identifiers = vec![vec![key("BOB"), key("nobody")]];
    assert_eq!(taken(&bench, UserFilter { identifiers, ..none() }).await, ["bob"]);
    let external_ids = vec!["7".to_owned()];
    assert_eq!(taken(&bench, UserFilter { external_ids, ..none() }).await, [""; 0]);
    assert_eq!(taken(&bench, UserFilter { banned: Some(true), ..none() }).await, [""; 0]);
    let locked = Some(bench.now());
    assert_eq!(taken(&bench, UserFilter { locked, ..none() }).await, ["carl"]);
    let locked = Some(bench.now().after(Span::DAY));
    assert_eq!(taken(&bench, UserFilter { locked, ..none() }).await, [""; 0]);
    let query = Some(bob.as_str().to_owned());
    assert_eq!(taken(&bench, UserFilter { query, ..none() }).await, ["bob"]);
    let created = Range { after: Some(start), before: Some(bench.now()) };
    assert_eq!(taken(&bench, UserFilter { created, ..none() }).await, ["bob"]);
    let last_sign_in = Range { after: Some(start), before: None };
    assert_eq!(taken(&bench, UserFilter { last_sign_in, ..none() }).await, [""; 0]);
}

async fn lists_of_identifiers_narrow_each_other_and_exclusions_take_away(bench: Bench) {
    bench.add_user(&["anna@example.com", "anna"]).await;
    bench.clock.advance(Span::SECOND);
    let second = bench.add_user(&["bob@example.com", "bob"]).await;
    let none = UserFilter::default;

    let identifiers = vec![vec![key("anna@example.com"), key("bob@example.com")], vec![key("bob")]];
    assert_eq!(taken(&bench, UserFilter { identifiers, ..none() }).await.len(), 1);
    let identifiers = vec![vec![key("anna@example.com")], vec![key("bob")]];
    assert_eq!(taken(&bench, UserFilter { identifiers, ..none() }).await, [""; 0]);
    let without_identifiers = vec![key("bob"), key("nobody")];
    assert_eq!(taken(&bench, UserFilter { without_identifiers, ..none() }).await.len(), 1);
    let without_ids = vec![second];
    assert_eq!(taken(&bench, UserFilter { without_ids, ..none() }).await.len(), 1);
    for (kind, part, count) in
        [("email_address", "EXAMPLE", 2), ("username", "example", 0), ("username", "bo", 1)]
    {
        let identifier_parts = vec![(kind, part.to_owned())];
        let found = taken(&bench, UserFilter { identifier_parts, ..none() }).await;
        assert_eq!(found.len(), count, "{kind} {part}");
    }
    let name_part = Some("bob".to_owned());
    assert_eq!(taken(&bench, UserFilter { name_part, ..none() }).await, [""; 0]);
}

async fn a_cursor_goes_on_behind_its_user(bench: Bench) {
    let [_, bob, _] = three(&bench).await;
    let made = bench.reader.user(bench.tenant.clone(), bob.clone()).await.unwrap().unwrap();
    for (direction, behind) in [(Direction::NewestFirst, "anna"), (Direction::OldestFirst, "carl")]
    {
        let created_at = made.user.created_at;
        let beyond = Some(Cursor { created_at, id: bob.clone(), direction });
        assert_eq!(taken(&bench, UserFilter { beyond, ..UserFilter::default() }).await, [behind]);
    }
}

async fn a_search_takes_its_signs_literally_and_ignores_ascii_case(bench: Bench) {
    let mut percent = bench.new_user(&["100%_sure"]);
    percent.user.first_name = Some("Zoë".to_owned());
    bench.store.create_user(percent).await.unwrap();
    bench.add_user(&["100xysure"]).await;

    let search = async |text: &str| {
        taken(&bench, UserFilter { query: Some(text.to_owned()), ..UserFilter::default() }).await
    };
    assert_eq!(search("0%_S").await, ["100%_sure"]);
    assert_eq!(search("SURE").await.len(), 2);
    assert_eq!(search("zoë").await, ["100%_sure"]);
    assert_eq!(search("\\").await, [""; 0]);
    assert_eq!(search(&"a".repeat(5_000)).await, [""; 0]);
}

async fn users_who_never_signed_in_come_last_when_the_newest_is_first(bench: Bench) {
    three(&bench).await;
    bench.sign_in("anna").await;
    bench.clock.advance(Span::SECOND);
    bench.sign_in("bob").await;

    for sort in [UserSort::LastSignInAt, UserSort::LastActiveAt] {
        let newest = listed(&bench, UserFilter::default(), (sort, Direction::NewestFirst)).await;
        assert_eq!(newest, ["bob", "anna", "carl"]);
        let oldest = listed(&bench, UserFilter::default(), (sort, Direction::OldestFirst)).await;
        assert_eq!(oldest, ["carl", "anna", "bob"]);
    }
    let order = (UserSort::UpdatedAt, Direction::NewestFirst);
    assert_eq!(listed(&bench, UserFilter::default(), order).await, ["carl", "bob", "anna"]);
}

async fn pages_do_not_overlap(bench: Bench) {
    three(&bench).await;
    let order = (UserSort::CreatedAt, Direction::NewestFirst);
    let mut seen = Vec::new();
    for offset in 0..3 {
        let page = bench
            .reader
            .users(bench.tenant.clone(), UserFilter::default(), order, 1, offset)
            .await
            .unwrap();
        seen.extend(page.into_iter().map(|record| record.identifications[0].value.clone()));
    }
    assert_eq!(seen, ["carl", "bob", "anna"]);
}
