//! The fair queue by example: who is next beside a flood, what a full queue sheds, what a wait is
//! foretold to be. Its laws are in `fair_queue_laws`.

use lockkeeper::credential::fair_queue::{FairQueue, Limits, Shed};
use lockkeeper::model::{Source, TenantId};

pub(crate) const ROOMY: Limits = Limits { total: 100_000, per_tenant: 100_000, turn: 10 };
/// No wait is too long.
pub(crate) const PATIENT: u64 = u64::MAX;

pub(crate) fn tenant(number: usize) -> TenantId {
    TenantId::from_stored(format!("ins_{number}"))
}

pub(crate) fn source(number: usize) -> Source {
    Source::from_stored(format!("192.0.2.{number}"))
}

/// A queue whose jobs are the numbers of their tenants.
fn queue(limits: Limits) -> FairQueue<usize> {
    FairQueue::new(limits)
}

fn add(queue: &mut FairQueue<usize>, number: usize, weight: u64) -> Option<Shed<usize>> {
    push(queue, number, 0, weight, number)
}

/// The one job that had to go, if any.
fn push(
    queue: &mut FairQueue<usize>,
    owner: usize,
    from: usize,
    weight: u64,
    job: usize,
) -> Option<Shed<usize>> {
    let mut shed = queue.push(&tenant(owner), source(from), weight, PATIENT, job);
    assert!(shed.len() <= 1);
    shed.pop()
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
        assert!(push(&mut queue, 1, 1, 10, job).is_none());
    }
    assert!(push(&mut queue, 1, 2, 10, 1000).is_none());
    let order: Vec<usize> = (0..2).filter_map(|_| queue.pop(|_| false)).collect();
    assert_eq!(order, [0, 1000]);
}

#[test]
fn a_full_queue_sheds_the_newest_job_of_the_longest_backlog() {
    let mut queue = FairQueue::new(Limits { total: 5, per_tenant: 5, turn: 10 });
    for job in 0..4 {
        assert!(push(&mut queue, 1, 1, 10, job).is_none());
    }
    assert!(push(&mut queue, 2, 1, 10, 100).is_none());
    let shed = push(&mut queue, 2, 1, 10, 101);
    assert_eq!(shed, Some(Shed { tenant: tenant(1), job: 3 }));
    let shed = push(&mut queue, 1, 1, 10, 4);
    assert_eq!(shed, Some(Shed { tenant: tenant(1), job: 4 }), "the flood's own newest job");
    assert_eq!(queue.len(), 5);
}

#[test]
fn a_tenants_own_bound_sheds_its_loudest_source() {
    let mut queue = FairQueue::new(Limits { total: 100, per_tenant: 4, turn: 10 });
    for job in 0..4 {
        assert!(push(&mut queue, 1, 1, 10, job).is_none());
    }
    let shed = push(&mut queue, 1, 2, 10, 100);
    assert_eq!(shed, Some(Shed { tenant: tenant(1), job: 3 }));
    assert!(push(&mut queue, 2, 1, 10, 200).is_none(), "others have room");
}

#[test]
fn abandoned_jobs_are_dropped_and_cost_no_turn() {
    let mut queue = FairQueue::new(ROOMY);
    for job in [1, 2, 3] {
        assert!(push(&mut queue, 1, 1, 10, job).is_none());
    }
    assert!(push(&mut queue, 2, 1, 10, 9).is_none());
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

#[test]
fn an_endless_stream_of_new_tenants_does_not_starve_one_that_waits() {
    let mut queue = queue(ROOMY);
    (0..10).for_each(|_| assert!(add(&mut queue, 1, 10).is_none()));
    served(&mut queue, 2);
    let mut turns = 0;
    for new in 0..100 {
        // Two new tenants for each job that is done.
        for number in [1_000 + 2 * new, 1_001 + 2 * new] {
            assert!(add(&mut queue, number, 10).is_none());
        }
        turns += usize::from(served(&mut queue, 1) == [1]);
    }
    assert_eq!(turns, 8, "all that waited, within a hundred jobs");
}

#[test]
fn a_heavy_job_is_paid_for_also_by_who_goes_idle_after_it() {
    let mut queue = queue(ROOMY);
    (0..500).for_each(|_| assert!(add(&mut queue, 1, 10).is_none()));
    let mut heavy = 0;
    for _ in 0..200 {
        // Tenant 2 comes back with a job of ten turns whenever it has none, as if it were new.
        if queue.work_ahead(&tenant(2)) <= 20 && heavy * 11 < 200 {
            assert!(add(&mut queue, 2, 100).is_none());
        }
        heavy += served(&mut queue, 1).iter().filter(|owner| **owner == 2).count();
    }
    let light = 200 - heavy;
    assert!(heavy * 10 <= light + 20, "{heavy} of ten turns beside {light} of one");
}

#[test]
fn sources_share_weight_not_jobs() {
    let mut queue = queue(ROOMY);
    (0..100).for_each(|_| assert!(push(&mut queue, 1, 1, 40, 40).is_none()));
    (0..400).for_each(|_| assert!(push(&mut queue, 1, 2, 10, 10).is_none()));
    let order = served(&mut queue, 100);
    let weight = |of: usize| order.iter().filter(|job| **job == of).sum::<usize>();
    assert!(weight(40).abs_diff(weight(10)) <= 60, "{} beside {}", weight(40), weight(10));
}

#[test]
fn a_flood_is_refused_by_its_wait_where_the_queue_has_room() {
    let mut queue = queue(ROOMY);
    let flood = |queue: &mut FairQueue<usize>, job| {
        let shed = queue.push(&tenant(1), source(1), 10, 100, job);
        shed.into_iter().map(|shed| shed.job).collect::<Vec<_>>()
    };
    for job in 0..10 {
        assert_eq!(flood(&mut queue, job), [0_usize; 0]);
    }
    assert_eq!(flood(&mut queue, 10), [10], "what would be served last");
    // Another tenant makes every wait longer and is not the one to go.
    assert!(queue.push(&tenant(2), source(1), 10, 100, 20).is_empty());
    assert_eq!(flood(&mut queue, 11), [11, 9]);
}

#[test]
fn a_quiet_source_of_a_flooded_tenant_is_let_in_for_the_loud_ones_newest() {
    let mut queue = queue(ROOMY);
    for job in 0..10 {
        assert!(queue.push(&tenant(1), source(1), 10, 100, job).is_empty());
    }
    let shed = queue.push(&tenant(1), source(2), 10, 100, 99);
    assert_eq!(shed, [Shed { tenant: tenant(1), job: 9 }]);
}

#[test]
fn the_reserve_serves_nobody_under_attack() {
    let mut queue = queue(ROOMY);
    (0..100).for_each(|_| assert!(add(&mut queue, 1, 10).is_none()));
    assert!(queue.under_attack(&tenant(1), 2));
    assert!(queue.is_one_flood(2));
    assert_eq!(queue.pop_quiet(2, |_| false), None);
    assert!(add(&mut queue, 2, 10).is_none());
    assert!(!queue.under_attack(&tenant(2), 2));
    assert_eq!(queue.pop_quiet(2, |_| false), Some(2));
    assert_eq!(queue.pop_quiet(2, |_| false), None);
    // What waits of an attack that is over is no attack.
    served(&mut queue, 96);
    assert!(!queue.under_attack(&tenant(1), 2));
    assert_eq!(queue.pop_quiet(2, |_| false), Some(1));
}
