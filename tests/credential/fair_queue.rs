//! Laws of the fair queue: nothing is lost, everybody gets a turn, weight is shared, and a full
//! queue sheds the flood.

use std::collections::HashMap;

use lockkeeper::credential::fair_queue::{FairQueue, Limits, Shed};
use lockkeeper::model::{Source, TenantId};
use proptest::prelude::*;

const ROOMY: Limits = Limits { total: 100_000, per_tenant: 100_000, turn: 10 };

fn tenant(number: usize) -> TenantId {
    TenantId::from_stored(format!("ins_{number}"))
}

fn source(number: usize) -> Source {
    Source::from_stored(format!("192.0.2.{number}"))
}

/// A queue whose jobs are the numbers of their tenants.
fn queue(limits: Limits) -> FairQueue<usize> {
    FairQueue::new(limits)
}

fn add(queue: &mut FairQueue<usize>, number: usize, weight: u64) -> Option<Shed<usize>> {
    queue.push(&tenant(number), source(0), weight, number)
}

fn served(queue: &mut FairQueue<usize>, jobs: usize) -> Vec<usize> {
    (0..jobs).filter_map(|_| queue.pop(|_| false)).collect()
}

#[test]
fn a_newcomer_beside_a_flood_is_next() {
    let mut queue = queue(ROOMY);
    for _ in 0..1000 {
        assert!(add(&mut queue, 1, 10).is_none());
    }
    served(&mut queue, 10);
    assert!(add(&mut queue, 2, 10).is_none());
    assert_eq!(served(&mut queue, 1), [2]);
}

#[test]
fn a_victims_jobs_take_every_other_turn_beside_a_flood() {
    let mut queue = queue(ROOMY);
    (0..1000).for_each(|_| assert!(add(&mut queue, 1, 10).is_none()));
    (0..20).for_each(|_| assert!(add(&mut queue, 2, 10).is_none()));
    let victims = served(&mut queue, 41).iter().filter(|tenant| **tenant == 2).count();
    assert_eq!(victims, 20);
}

#[test]
fn being_new_again_and_again_does_not_starve_others() {
    let mut queue = queue(ROOMY);
    (0..50).for_each(|_| assert!(add(&mut queue, 1, 10).is_none()));
    let mut order = Vec::new();
    for _ in 0..60 {
        // Tenant 2 has exactly one job each time its line has run empty.
        assert!(add(&mut queue, 2, 10).is_none());
        while let Some(job) = queue.pop(|_| false) {
            order.push(job);
            if job == 2 {
                break;
            }
        }
    }
    let first = order.iter().take(40).filter(|tenant| **tenant == 1).count();
    assert!((15..=25).contains(&first), "{first} of 40");
}

#[test]
fn heavy_jobs_get_the_same_weight_as_light_ones() {
    let mut queue = queue(ROOMY);
    (0..200).for_each(|_| assert!(add(&mut queue, 1, 40).is_none()));
    (0..2000).for_each(|_| assert!(add(&mut queue, 2, 2).is_none()));
    let order = served(&mut queue, 420);
    let heavy: usize = order.iter().filter(|tenant| **tenant == 1).map(|_| 40).sum();
    let light: usize = order.iter().filter(|tenant| **tenant == 2).map(|_| 2).sum();
    assert!(heavy.abs_diff(light) <= 60, "{heavy} beside {light}");
}

#[test]
fn sources_of_one_tenant_take_turns() {
    let mut queue = FairQueue::new(ROOMY);
    for job in 0..100 {
        assert!(queue.push(&tenant(1), source(1), 10, job).is_none());
    }
    assert!(queue.push(&tenant(1), source(2), 10, 1000).is_none());
    let order: Vec<usize> = (0..2).filter_map(|_| queue.pop(|_| false)).collect();
    assert_eq!(order, [0, 1000]);
}

#[test]
fn a_full_queue_sheds_the_newest_job_of_the_longest_backlog() {
    let mut queue = FairQueue::new(Limits { total: 5, per_tenant: 5, turn: 10 });
    for job in 0..4 {
        assert!(queue.push(&tenant(1), source(1), 10, job).is_none());
    }
    assert!(queue.push(&tenant(2), source(1), 10, 100).is_none());
    let shed = queue.push(&tenant(2), source(1), 10, 101);
    assert_eq!(shed, Some(Shed { tenant: tenant(1), job: 3 }));
    let shed = queue.push(&tenant(1), source(1), 10, 4);
    assert_eq!(shed, Some(Shed { tenant: tenant(1), job: 4 }), "the flood's own newest job");
    assert_eq!(queue.len(), 5);
}

#[test]
fn a_tenants_own_bound_sheds_its_loudest_source() {
    let mut queue = FairQueue::new(Limits { total: 100, per_tenant: 4, turn: 10 });
    for job in 0..4 {
        assert!(queue.push(&tenant(1), source(1), 10, job).is_none());
    }
    let shed = queue.push(&tenant(1), source(2), 10, 100);
    assert_eq!(shed, Some(Shed { tenant: tenant(1), job: 3 }));
    assert!(queue.push(&tenant(2), source(1), 10, 200).is_none(), "others have room");
}

#[test]
fn abandoned_jobs_are_dropped_and_cost_no_turn() {
    let mut queue = FairQueue::new(ROOMY);
    for job in [1, 2, 3] {
        assert!(queue.push(&tenant(1), source(1), 10, job).is_none());
    }
    assert!(queue.push(&tenant(2), source(1), 10, 9).is_none());
    assert_eq!(queue.pop(|job| *job < 3), Some(3));
    assert_eq!(queue.pop(|job| *job < 3), Some(9));
    assert_eq!(queue.pop(|_| false), None);
    assert!(queue.is_empty());
}

#[test]
fn the_wait_foretold_is_the_fair_share_not_the_whole_queue() {
    let mut queue = queue(ROOMY);
    (0..100).for_each(|_| assert!(add(&mut queue, 1, 10).is_none()));
    (0..3).for_each(|_| assert!(add(&mut queue, 2, 10).is_none()));
    assert_eq!(queue.work_ahead(&tenant(2)), 60);
    assert_eq!(queue.work_ahead(&tenant(1)), 1030);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever comes: jobs in = jobs served + jobs shed + jobs waiting, bounds hold, a worker is
    /// never told that there is nothing while something waits, and only a longest backlog is shed.
    #[test]
    fn nothing_is_lost_or_idle(
        steps in prop::collection::vec((0_usize..6, 0_usize..3, 0_u64..500, any::<bool>()), 1..400)
    ) {
        let limits = Limits { total: 12, per_tenant: 7, turn: 10 };
        let mut queue = FairQueue::new(limits);
        let mut waiting: HashMap<usize, usize> = HashMap::new();
        for (number, from, weight, serve) in steps {
            if serve {
                let expected = waiting.values().sum::<usize>() > 0;
                let got = queue.pop(|_| false);
                prop_assert_eq!(got.is_some(), expected);
                if let Some(owner) = got {
                    *waiting.get_mut(&owner).unwrap() -= 1;
                }
            } else {
                *waiting.entry(number).or_default() += 1;
                if let Some(shed) = queue.push(&tenant(number), source(from), weight, number) {
                    prop_assert_eq!(&shed.tenant, &tenant(shed.job));
                    let longest = waiting.values().copied().max().unwrap();
                    let own = waiting[&shed.job];
                    prop_assert!(own == longest || own > limits.per_tenant);
                    *waiting.get_mut(&shed.job).unwrap() -= 1;
                }
            }
            prop_assert_eq!(queue.len(), waiting.values().sum::<usize>());
            prop_assert!(queue.len() <= limits.total);
        }
    }

    /// Every tenant with equal jobs waiting is served once before any is served twice.
    #[test]
    fn nobody_starves(jobs in prop::collection::vec(1_usize..30, 2..8)) {
        let mut queue = queue(ROOMY);
        for (number, amount) in jobs.iter().enumerate() {
            (0..*amount).for_each(|_| assert!(add(&mut queue, number, 10).is_none()));
        }
        let first = served(&mut queue, jobs.len());
        let mut seen = first.clone();
        seen.sort_unstable();
        seen.dedup();
        prop_assert_eq!(seen.len(), jobs.len(), "{:?}", first);
    }
}
