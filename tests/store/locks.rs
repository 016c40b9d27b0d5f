//! The lists of locks: each lock once, nothing that ended or was lifted, pages without gap or double.

use diesel::{RunQueryDsl, sql_query};
use lockkeeper::model::*;
use lockkeeper::store::SubjectKey;
use lockkeeper::store::counted::Counted;
use lockkeeper::store::locks::{Ends, LockFilter, LockPlace, LockQuery, LockSort};

use super::bench::Bench;

on_both!(
    pages_have_no_gap_and_no_double,
    each_kind_is_found_and_what_has_ended_is_not,
    a_search_goes_through_all_names_that_begin_so,
    the_way_back_through_attempts_goes_on_where_it_stopped,
    what_was_noted_about_a_user_is_found_newest_first,
);

const WHOLE: LockFilter = LockFilter { sort: None, ends: Ends::Whenever, prefix: None };

fn query(bench: &Bench, filter: LockFilter, after: Option<LockPlace>) -> LockQuery {
    LockQuery { tenant: bench.tenant.clone(), filter, after, now: bench.now() }
}

/// A user as rows: locked by the policy and by staff until then, and one source of it.
struct Row<'r> {
    name: &'r str,
    policy: Option<(&'r str, i64)>,
    staff: Option<i64>,
    /// Until when, and how many eras ago.
    source: Option<(i64, i64)>,
}

const OPEN: Row<'static> = Row { name: "", policy: None, staff: None, source: None };

async fn put(bench: &Bench, rows: &[Row<'_>]) {
    let mut users = Vec::new();
    for row in rows {
        users.push(bench.add_user(&[row.name]).await);
    }
    let mut db = bench.url.open_writer().unwrap();
    let (tenant, now) = (&bench.tenant, bench.now().0);
    let number = |end: Option<i64>| end.map_or("NULL".to_owned(), |end| end.to_string());
    for (row, user) in rows.iter().zip(users) {
        let kind = row.policy.map_or("NULL".to_owned(), |(kind, _)| format!("'{kind}'"));
        let policy = row.policy.map(|(_, end)| end);
        // Where making a user locks a row there is one.
        let blank =
            format!("DELETE FROM subjects WHERE tenant_id = '{tenant}' AND subject = '{user}'");
        sql_query(blank).execute(&mut db).unwrap();
        let insert = format!(
            "INSERT INTO subjects (tenant_id, subject, phantom, last_instant, count, ladder_base, \
             lock_kind, lock_since, lock_until, lock_spent, staff_since, staff_until, long_run, episode, \
             episode_open, hot_sources, presses, public_serial, all_serial, era_count, era_step, \
             era_lock, lanes_era) VALUES ('{tenant}', '{user}', false, {now}, 0, 0, {kind}, {now}, {}, \
             false, {now}, {}, 0, 0, false, 0, 0, 0, 0, 0, 0, 5, 0)",
            number(policy),
            number(row.staff),
        );
        sql_query(insert).execute(&mut db).unwrap();
        if let Some((end, ago)) = row.source {
            let insert = format!(
                "INSERT INTO sources (tenant_id, subject, source, count, ladder_base, lock_kind, \
                 lock_since, lock_until, lock_spent, hot, era_count, era_step, era_lock) VALUES \
                 ('{tenant}', '{user}', '192.0.2.1', 0, 0, 'automatic', {now}, {end}, false, false, \
                 0, 0, {})",
                5 - ago
            );
            sql_query(insert).execute(&mut db).unwrap();
        }
    }
}

async fn pages_have_no_gap_and_no_double(bench: Bench) {
    let now = bench.now().0;
    let names: Vec<String> = (0..130).map(|number| format!("u{number:03}")).collect();
    // Many ends are the same; every third account has two locks, every fifth one of a source, too.
    let rows: Vec<Row<'_>> = (0_i64..)
        .zip(&names)
        .map(|(number, name)| Row {
            name,
            policy: Some(("automatic", now + 1_000 + number % 7)),
            staff: (number % 3 == 0).then_some(now + 900 + number % 11),
            source: (number % 5 == 0).then_some((now + 1_003, 0)),
        })
        .collect();
    put(&bench, &rows).await;
    let (mut after, mut seen, mut ends, mut sizes) = (None, Vec::new(), Vec::new(), Vec::new());
    loop {
        let page = bench.reader.locks(query(&bench, WHOLE, after)).await.unwrap();
        assert_eq!(page.count, Some(Counted::Exactly(156)));
        sizes.push(page.locks.len());
        ends.extend(page.locks.iter().map(|lock| lock.until));
        seen.extend(page.locks.into_iter().map(|lock| (lock.name, lock.sort == LockSort::Source)));
        // A place survives its way through an address.
        after = page.next.map(|place| LockPlace::parse(&place.text()).unwrap());
        if after.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [50, 50, 50, 6]);
    assert!(ends.is_sorted());
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 130 + 26);
}

async fn each_kind_is_found_and_what_has_ended_is_not(bench: Bench) {
    let now = bench.now().0;
    let hour = now + Span::HOUR.0;
    put(
        &bench,
        &[
            Row { name: "automatic", policy: Some(("automatic", hour)), ..OPEN },
            Row { name: "endless", policy: Some(("automatic", i64::MAX)), ..OPEN },
            Row { name: "long", policy: Some(("long_run", i64::MAX)), ..OPEN },
            Row { name: "staff", policy: Some(("automatic", now)), staff: Some(hour + 1), ..OPEN },
            Row { name: "both", policy: Some(("automatic", hour)), staff: Some(hour - 1), ..OPEN },
            Row { name: "one source", source: Some((hour, 0)), ..OPEN },
            Row { name: "lifted", source: Some((hour, 1)), ..OPEN },
            Row { name: "ended", policy: Some(("automatic", now)), staff: Some(now - 1), ..OPEN },
        ],
    )
    .await;
    let taken = async |sort, ends| {
        let filter = LockFilter { sort, ends, prefix: None };
        let page = bench.reader.locks(query(&bench, filter, None)).await.unwrap();
        let mut names: Vec<String> = page.locks.into_iter().map(|lock| lock.name).collect();
        names.sort();
        names.join(" ")
    };
    let all = taken(None, Ends::Whenever).await;
    assert_eq!(all, "automatic both endless long one source staff");
    let automatic = taken(Some(LockSort::Automatic), Ends::Whenever).await;
    assert_eq!(automatic, "automatic both endless");
    assert_eq!(taken(Some(LockSort::LongRun), Ends::Whenever).await, "long");
    assert_eq!(taken(Some(LockSort::Staff), Ends::Whenever).await, "both staff");
    assert_eq!(taken(Some(LockSort::Source), Ends::Whenever).await, "one source");
    assert_eq!(taken(None, Ends::Never).await, "endless long");
    let soon = taken(None, Ends::Within(Span::HOUR)).await;
    assert_eq!(soon, "automatic both one source");
    let other = TenantId::generate(bench.now());
    let foreign = LockQuery { tenant: other, ..query(&bench, WHOLE, None) };
    assert!(bench.reader.locks(foreign).await.unwrap().locks.is_empty());
}

async fn a_search_goes_through_all_names_that_begin_so(bench: Bench) {
    let hour = bench.now().after(Span::HOUR).0;
    let names: Vec<String> = (0..120).map(|number| format!("u{number:03}")).collect();
    let mut rows: Vec<Row<'_>> =
        names.iter().map(|name| Row { name, policy: Some(("automatic", hour)), ..OPEN }).collect();
    rows.push(Row { name: "v", policy: Some(("automatic", hour)), ..OPEN });
    rows.push(Row { name: "u", ..OPEN });
    put(&bench, &rows).await;
    let (mut after, mut seen) = (None, Vec::new());
    for size in [50, 50, 20] {
        let filter = LockFilter { prefix: Some("u".to_owned()), ..WHOLE };
        let page = bench.reader.locks(query(&bench, filter, after)).await.unwrap();
        assert_eq!((page.locks.len(), page.count), (size, None));
        seen.extend(page.locks.into_iter().map(|lock| lock.name));
        after = page.next;
    }
    assert_eq!((after, seen), (None, names));
}

async fn the_way_back_through_attempts_goes_on_where_it_stopped(bench: Bench) {
    let user = bench.add_user(&["anna"]).await;
    let other = bench.add_user(&["bob"]).await;
    for _ in 0..5 {
        bench.sign_in("anna").await;
    }
    let of = |user: &UserId| (bench.tenant.clone(), SubjectKey::user(user));
    let (tenant, subject) = of(&user);
    let all = bench.reader.attempts_of(tenant, subject, 500).await.unwrap();
    assert_eq!(all.len(), 5);
    let (tenant, subject) = of(&user);
    let from = all[2].id.clone();
    let rest = bench.reader.attempts_from(tenant, subject, from.clone(), 2).await.unwrap();
    assert_eq!(rest, all[2..4]);
    let (tenant, subject) = of(&other);
    let foreign = bench.reader.attempts_from(tenant, subject, from, 2).await.unwrap();
    assert!(foreign.is_empty(), "an attempt of somebody else");
}

async fn what_was_noted_about_a_user_is_found_newest_first(bench: Bench) {
    let anna = bench.add_user(&["anna"]).await;
    bench.add_user(&["bob"]).await;
    bench.lock("anna", 1).await;
    bench.clock.advance(Span::HOUR);
    bench.lock("bob", 1).await;
    bench.lock("anna", 1).await;
    let facts = bench.reader.facts_about(bench.tenant.clone(), anna.clone(), 10).await.unwrap();
    assert!(facts.len() >= 2 && facts.iter().all(|fact| fact.user_id == Some(anna.clone())));
    assert!(facts.is_sorted_by(|a, b| a.at >= b.at));
}
