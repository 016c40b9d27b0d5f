//! Sums of tries and rows of campaigns: nothing is added twice, nothing is lost when small networks are
//! put together, and a campaign that goes on stays one row.

use std::collections::{BTreeMap, HashSet};

use lockkeeper::lockout::campaigns::{
    AT_HOME, Campaign, CampaignLock, Found, Kind, Met, Sighting, TrafficBuilder, find,
};
use lockkeeper::model::{AttemptId, Clock as _, Millis, Source, Span, UserId};
use lockkeeper::store::audit::Deed;
use lockkeeper::store::campaigns::Undone;
use lockkeeper::store::counted::Counted;
use lockkeeper::store::traffic::{SlotSums, Stretch, Sums, Tally, slot_of};
use serde_json::json;

use crate::harness::app::TestApp;
use crate::harness::client::block_on;

fn tally(at: Millis, folded: i64) -> Tally {
    Tally { attempt: AttemptId::floor(at), minute: at.0 / 60_000, folded }
}

fn of(slot: i64, networks: i64) -> SlotSums {
    let sums = |number: i64| Sums { rights: 1, wrongs: number, refused: 2, locks: 1 };
    (1..=networks).map(|number| ((slot, format!("45.0.{number}.*")), sums(number))).collect()
}

const ALL: Stretch = Stretch { from: 0, until: i64::MAX, step: 1 };

#[test]
fn of_two_nodes_that_sum_up_the_same_one_writes() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None).profile.id().clone();
    let now = app.clock.now();
    let (stood, stands) = (tally(now.before(Span::HOUR), 0), tally(now, 0));
    let slot = slot_of(now);
    block_on(async {
        let add = |stood: Option<Tally>, stands: &Tally| {
            app.store.add_traffic(tenant.clone(), stood, stands.clone(), of(slot, 3), Vec::new())
        };
        assert!(add(None, &stood).await.unwrap());
        assert!(!add(None, &stood).await.unwrap(), "another began");
        assert!(add(Some(stood.clone()), &stands).await.unwrap());
        assert!(!add(Some(stood), &stands).await.unwrap(), "another went on");
        let drawn = app.store.reader().traffic(tenant.clone(), ALL).await.unwrap();
        let bar = drawn.bars[0];
        assert_eq!((bar.rights, bar.failures, bar.locks), (6, 24, 6));
        assert_eq!((bar.from_first, bar.from_second, bar.from_third), (10, 8, 6));
        assert_eq!(drawn.networks[0].network, "45.0.3.*");
    });
}

#[test]
fn small_networks_of_a_slot_that_is_over_become_one_line_with_the_same_sum() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None).profile.id().clone();
    let slot = slot_of(app.clock.now());
    let sums = |drawn: &lockkeeper::store::traffic::Drawn| {
        let all =
            |of: fn(&lockkeeper::store::traffic::BarRow) -> i64| drawn.bars.iter().map(of).sum();
        let sums: [i64; 3] = [all(|bar| bar.rights), all(|bar| bar.failures), all(|bar| bar.locks)];
        sums
    };
    block_on(async {
        let begin = tally(app.clock.now(), slot - 10);
        assert!(
            app.store
                .add_traffic(tenant.clone(), None, begin.clone(), of(slot, 60), Vec::new())
                .await
                .unwrap()
        );
        let reader = app.store.reader();
        let read = || reader.traffic(tenant.clone(), ALL);
        let before = read().await.unwrap();
        assert!(before.networks.iter().all(|row| !row.network.is_empty()));
        app.advance(Span::HOUR);
        let now = tally(app.clock.now(), slot - 10);
        let written =
            app.store.add_traffic(tenant.clone(), Some(begin), now, SlotSums::new(), Vec::new());
        assert!(written.await.unwrap());
        let after = read().await.unwrap();
        assert_eq!(sums(&after), sums(&before));
        // The twenty smallest: 1 to 20 wrong tries and two refused ones each.
        let rest = after.networks.iter().find(|row| row.network.is_empty()).unwrap();
        assert_eq!((rest.failures, rest.locks), (250, 20));
        assert_eq!(
            app.store.reader().tally(tenant.clone()).await.unwrap().unwrap().folded,
            slot + 4
        );
    });
}

/// A picture's places, and those of its bars with what was tried in them.
fn picture(now: Millis, places: i64, step: i64) -> Stretch {
    let until = (slot_of(now).div_euclid(step) + 1) * step;
    Stretch { from: until - places * step, until, step }
}

#[test]
fn what_is_long_ago_is_kept_in_longer_steps_and_no_picture_changes() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None).profile.id().clone();
    let now = app.clock.now();
    // Two hours each: today, at the edges of what is drawn by ten minutes and by the hour, long ago.
    let hours = [1, 22, 24, 26, 47, 166, 170, 200, 400, 700];
    let slots = hours.iter().flat_map(|hour| (0..12).map(move |slot| hour * 6 + slot));
    let all: SlotSums = slots.flat_map(|back| of(slot_of(now) - back, 3)).collect();
    block_on(async {
        let mut stood = tally(now, slot_of(now));
        let add = |stood: Option<Tally>, stands: Tally, sums: SlotSums| {
            app.store.add_traffic(tenant.clone(), stood, stands, sums, Vec::new())
        };
        let reader = app.store.reader();
        let pictures =
            [(144, 1), (168, 6), (120, 36)].map(|(places, step)| picture(now, places, step));
        let drawn = || async {
            let mut drawn = Vec::new();
            for of in pictures {
                drawn.push(reader.traffic(tenant.clone(), of).await.unwrap());
            }
            let shown = |drawn: lockkeeper::store::traffic::Drawn| (drawn.bars, drawn.networks);
            drawn.into_iter().map(shown).collect::<Vec<_>>()
        };
        assert!(add(None, stood.clone(), all).await.unwrap());
        let before = drawn().await;
        assert!(before.iter().all(|(bars, _)| !bars.is_empty()));
        let fine = reader.traffic(tenant.clone(), ALL).await.unwrap().bars.len();
        // A round does a part.
        for _ in 0..20 {
            let stands = Tally { folded: stood.folded + 1, ..stood.clone() };
            assert!(add(Some(stood), stands.clone(), SlotSums::new()).await.unwrap());
            stood = stands;
        }
        assert_eq!(drawn().await, before);
        let places: Vec<i64> = {
            let drawn = reader.traffic(tenant.clone(), ALL).await.unwrap();
            drawn.bars.iter().map(|bar| bar.place).collect()
        };
        assert!(places.len() * 3 < fine * 2, "{} of {fine}", places.len());
        let ages = |age: std::ops::Range<i64>, step: i64| {
            let old = places.iter().filter(|place| age.contains(&(slot_of(now) - **place)));
            assert!(old.clone().count() > 0);
            assert!(old.clone().all(|place| place % step == 0), "{age:?} {places:?}");
        };
        ages(150 + 6..1_008, 6);
        ages(1_008 + 72..i64::MAX, 36);
    });
}

pub(super) fn found(from: Millis, slots: &[(i64, u64)], locked: &[&UserId]) -> Campaign {
    let tries: BTreeMap<i64, u64> = slots.iter().copied().collect();
    let first = *tries.first_key_value().unwrap().0;
    let last = *tries.last_key_value().unwrap().0;
    let lock = |user: &&UserId| CampaignLock {
        account: user.as_str().to_owned(),
        nobody: false,
        since: from,
    };
    let at = |slot: i64| from.after(Span::MINUTE.times(10 * (slot - first)));
    Campaign {
        kind: Kind::Spray,
        from,
        to: at(last),
        tries,
        networks: vec![("45.0.0.*".to_owned(), 7)],
        accounts: 5,
        nobodies: 1,
        target: "p:1".to_owned(),
        sources: 1,
        locks: locked.iter().map(lock).collect(),
        signed_in: Vec::new(),
    }
}

#[test]
fn a_campaign_that_goes_on_stays_one_row_and_its_tries_are_added_once() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None).profile.id().clone();
    let now = app.clock.now();
    let (ann, bea) = (UserId::generate(now), UserId::generate(now));
    let slot = slot_of(now);
    block_on(async {
        let keep = |campaign| {
            let found = Found { campaigns: vec![campaign], ..Found::default() };
            app.store.keep_campaigns(tenant.clone(), found)
        };
        assert_eq!(keep(found(now, &[(slot, 10), (slot + 1, 4)], &[&ann])).await.unwrap().len(), 1);
        // The same again; then its last slot has grown, and one more has come.
        assert!(keep(found(now, &[(slot, 10), (slot + 1, 4)], &[&ann])).await.unwrap().is_empty());
        let grown = found(now, &[(slot, 10), (slot + 1, 9), (slot + 2, 1)], &[&ann, &bea]);
        assert!(keep(grown).await.unwrap().is_empty());
        // A look that sees less of its end takes nothing away.
        let less = found(now, &[(slot, 10), (slot + 1, 9), (slot + 2, 0)], &[]);
        assert!(keep(less).await.unwrap().is_empty());
        // A day later its beginning is out of sight.
        let late = found(now.after(Span::MINUTE.times(20)), &[(slot + 2, 3), (slot + 3, 5)], &[]);
        assert!(keep(late).await.unwrap().is_empty());
        let rows = app.store.reader().campaigns(tenant.clone(), None).await.unwrap();
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert_eq!((rows[0].0.tries, rows[0].1), (10 + 9 + 3 + 5, Counted::Exactly(2)));
        // Hours later it is another one.
        let other = found(now.after(Span::HOUR.times(5)), &[(slot + 30, 12)], &[]);
        assert_eq!(keep(other).await.unwrap().len(), 1);
        let story =
            app.store.reader().campaign(tenant.clone(), rows[0].0.id.clone()).await.unwrap();
        let story = story.unwrap();
        assert_eq!((story.all, story.left, story.locks.len()), (2, 2, 2));
    });
}

#[test]
fn the_list_counts_a_campaigns_locks_to_a_thousand_and_the_campaign_all_of_them() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None).profile.id().clone();
    let now = app.clock.now();
    let users: Vec<UserId> = (0..1_001).map(|_| UserId::generate(now)).collect();
    let all: Vec<&UserId> = users.iter().collect();
    block_on(async {
        let found =
            Found { campaigns: vec![found(now, &[(slot_of(now), 10)], &all)], ..Found::default() };
        let id = app.store.keep_campaigns(tenant.clone(), found).await.unwrap().remove(0);
        let reader = app.store.reader();
        let rows = reader.campaigns(tenant.clone(), None).await.unwrap();
        assert_eq!((rows[0].0.id.clone(), rows[0].1), (id.clone(), Counted::MoreThan(1_000)));
        assert_eq!(reader.campaign(tenant, id).await.unwrap().unwrap().all, 1_001);
    });
}

#[test]
fn a_lock_that_a_campaign_has_no_longer_is_its_own_no_more() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None).profile.id().clone();
    let now = app.clock.now();
    let users: Vec<UserId> = (0..3).map(|_| UserId::generate(now)).collect();
    let tries = [(slot_of(now), 10)];
    block_on(async {
        let nothing = HashSet::new();
        let certain = users.iter().map(|user| (user.as_str().to_owned(), now)).collect();
        let seen_since = |from, campaigns, judged: &HashSet<(String, Millis)>| {
            let found = Found { from, campaigns, judged: judged.clone() };
            app.store.keep_campaigns(tenant.clone(), found)
        };
        let keep = |campaigns, judged| seen_since(now, campaigns, judged);
        let all: Vec<&UserId> = users.iter().collect();
        let id = keep(vec![found(now, &tries, &all)], &nothing).await.unwrap().remove(0);
        let deed = Deed { actor: "test".to_owned(), action: "campaign.undone", detail: json!({}) };
        let undone = vec![(users[0].clone(), now, Undone::Unlocked)];
        app.store.note_undone(tenant.clone(), id.clone(), undone, deed).await.unwrap();
        let held = || async {
            let story = app.store.reader().campaign(tenant.clone(), id.clone()).await.unwrap();
            let locks = story.unwrap().locks.into_iter();
            locks.map(|lock| lock.user).collect::<HashSet<_>>()
        };
        // What was not judged anew stays, and so does what was undone.
        keep(vec![found(now, &tries, &[])], &nothing).await.unwrap();
        assert_eq!(held().await, users.iter().cloned().collect());
        keep(vec![found(now, &tries, &[&users[2]])], &certain).await.unwrap();
        assert_eq!(held().await, HashSet::from([users[0].clone(), users[2].clone()]));
        // Its beginning is out of sight.
        seen_since(now.after(Span(1)), Vec::new(), &certain).await.unwrap();
        assert_eq!(held().await, HashSet::from([users[0].clone(), users[2].clone()]));
        // Not found again at all.
        assert!(keep(Vec::new(), &certain).await.unwrap().is_empty());
        assert_eq!(held().await, HashSet::from([users[0].clone()]));
    });
}

/// As the program looks: each hour at the last two days, the newest try first.
#[test]
fn a_small_spray_keeps_its_tries_and_locks_while_it_sinks_out_of_sight() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None).profile.id().clone();
    let began = app.clock.now();
    let users: Vec<UserId> = (0..5).map(|_| UserId::generate(began)).collect();
    let source = Source::from_stored("45.0.0.1".to_owned());
    // A try each five minutes; the last one of each account locks it.
    let tries: Vec<(Millis, &UserId, Met)> = (0..20)
        .zip(users.iter().cycle())
        .map(|(number, user)| {
            let met = if number < 15 { Met::Wrong } else { Met::Locked };
            (began.after(Span::MINUTE.times(5 * number)), user, met)
        })
        .collect();
    block_on(async {
        let mut most = (0, 0);
        for hour in 0..52 {
            let now = began.after(Span::HOUR.times(hour));
            let from = now.before(AT_HOME);
            let mut traffic = TrafficBuilder::default();
            let seen = tries.iter().filter(|(at, ..)| *at < now && *at >= from.before(AT_HOME));
            for (at, user, met) in seen.rev() {
                let (at, account) = (*at, user.as_str());
                let (nobody, met, times) = (false, *met, 1);
                traffic.saw(&Sighting { at, account, nobody, source: &source, met, times });
            }
            let looked = find(&traffic.finish(), from);
            app.store.keep_campaigns(tenant.clone(), looked).await.unwrap();
            let rows = app.store.reader().campaigns(tenant.clone(), None).await.unwrap();
            assert!(rows.len() <= 1, "hour {hour}: {rows:?}");
            let now = rows.first().map_or((0, 0), |(row, locks)| match locks {
                Counted::Exactly(locks) => (row.tries, *locks),
                Counted::MoreThan(_) => panic!("five users are locked once each"),
            });
            assert!(now.0 >= most.0 && now.1 >= most.1, "hour {hour}: {now:?} after {most:?}");
            most = now;
        }
        assert_eq!(most, (20, 5));
    });
}
