//! What is read of people's stories: exact medians, and of more stories than a page reads the newest.

use std::fmt::Write as _;

use diesel::connection::SimpleConnection as _;
use lockkeeper::model::{Millis, Span, TenantId};
use lockkeeper::store::lock_funnel::{Medians, TIMED};

use super::bench::Bench;

on_both!(medians_are_exact_and_of_this_tenant, of_many_stories_the_newest_are_timed);

/// A story in seconds after its lock; empty for what did not happen.
struct Story {
    locked_at: Millis,
    mailed: Option<i64>,
    signed_in: Option<i64>,
}

fn tell(bench: &Bench, tenant: &TenantId, stories: &[Story]) {
    let mut values = String::new();
    for (number, story) in stories.iter().enumerate() {
        let at = |seconds: Option<i64>| {
            let at = seconds.map(|seconds| story.locked_at.after(Span::SECOND.times(seconds)).0);
            at.map_or("NULL".to_owned(), |at| at.to_string())
        };
        let (mailed, signed_in) = (at(story.mailed), at(story.signed_in));
        let begin = if number == 0 { "" } else { ", " };
        let key = format!("'{tenant}', 'user_{number}', {}", story.locked_at.0);
        write!(values, "{begin}({key}, {mailed}, {signed_in}, 0, TRUE)").unwrap();
    }
    let insert = "INSERT INTO lock_stories \
         (tenant_id, user_id, locked_at, mailed_at, signed_in_at, looked_at, done) VALUES";
    let mut db = bench.url.open_writer().unwrap();
    db.batch_execute(&format!("{insert} {values}")).unwrap();
}

async fn medians_are_exact_and_of_this_tenant(bench: Bench) {
    let now = bench.now();
    let story = |minute: i64, mailed, signed_in| {
        let locked_at = now.before(Span::MINUTE.times(minute));
        Story { locked_at, mailed, signed_in }
    };
    let stories = [
        story(50, Some(0), Some(90)),
        story(40, None, Some(30)),
        story(30, Some(4), Some(7_200)),
        story(20, Some(1), None),
        // Before the time that is asked for.
        story(70, Some(1_000), Some(1_000)),
    ];
    tell(&bench, &bench.tenant, &stories);
    let other = TenantId::generate(now);
    tell(&bench, &other, &[story(10, Some(5_000), Some(5_000))]);
    let found = bench.reader.funnel(bench.tenant.clone(), now.before(Span::HOUR)).await.unwrap();
    let reached = found.reached;
    assert_eq!((reached.locked, reached.mailed, reached.signed_in), (4, 3, 3));
    let expected = Medians {
        mailed: Some(Span::SECOND),
        signed_in: Some(Span::SECOND.times(90)),
        ..Medians::default()
    };
    assert_eq!((found.medians, found.is_cut()), (expected, (false, false)));
}

async fn of_many_stories_the_newest_are_timed(bench: Bench) {
    let now = bench.now();
    // The older ones were mailed at once, the newest after a minute.
    let story = |number: i64| Story {
        locked_at: now.before(Span::SECOND.times(number)),
        mailed: Some(if number < TIMED { 60 } else { 0 }),
        signed_in: None,
    };
    let stories: Vec<Story> = (0..TIMED * 3).map(story).collect();
    tell(&bench, &bench.tenant, &stories);
    let found = bench.reader.funnel(bench.tenant.clone(), now.before(Span::DAY)).await.unwrap();
    assert_eq!(found.reached.locked, TIMED * 3);
    assert_eq!(found.medians.mailed, Some(Span::MINUTE));
    assert_eq!(found.is_cut(), (false, true));
}
