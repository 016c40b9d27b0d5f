//! Laws of the fair queue, for whatever comes: it never rests while something waits, nobody waits
//! for more than the others' turns, only who holds a share sheds, and what it remembers is bounded.

use std::collections::HashMap;

use lockkeeper::credential::fair_queue::{FairQueue, Limits};
use proptest::prelude::*;

use super::fair_queue::{PATIENT, ROOMY, source, tenant};

const TURN: u64 = 10;
const SMALL: Limits = Limits { total: 12, per_tenant: 7, turn: TURN };

/// A job that says whose it is, from where and what it weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Job {
    owner: usize,
    from: usize,
    weight: u64,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Push(Job),
    Pop,
    /// Pops where jobs of this weight are abandoned.
    PopWithout(u64),
    PopQuiet,
}

fn jobs(tenants: usize, heaviest: u64) -> impl Strategy<Value = Job> {
    (0..tenants, 0_usize..3, 1..=heaviest).prop_map(|(owner, from, weight)| Job {
        owner,
        from,
        weight,
    })
}

fn steps(tenants: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => jobs(tenants, 50).prop_map(Step::Push),
        3 => Just(Step::Pop),
        1 => (1_u64..=3).prop_map(Step::PopWithout),
        1 => Just(Step::PopQuiet),
    ];
    prop::collection::vec(step, 1..300)
}

/// What should be waiting.
#[derive(Default)]
struct Expected(HashMap<usize, Vec<Job>>);

impl Expected {
    fn all(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    fn weight(&self, owner: usize) -> u64 {
        self.0.get(&owner).map_or(0, |jobs| jobs.iter().map(|job| job.weight).sum())
    }

    fn tenants(&self) -> u64 {
        self.0.values().filter(|jobs| !jobs.is_empty()).map(|_| 1).sum()
    }

    fn take(&mut self, gone: Job) {
        let jobs = self.0.get_mut(&gone.owner).unwrap();
        let at = jobs.iter().position(|job| *job == gone).expect("a job that waits");
        jobs.remove(at);
    }

    fn without(&mut self, weight: u64) -> Vec<Job> {
        self.0.values().flatten().filter(|job| job.weight != weight).copied().collect()
    }
}

fn push(queue: &mut FairQueue<Job>, job: Job, patience: u64) -> Vec<Job> {
    let shed = queue.push(&tenant(job.owner), source(job.from), job.weight, patience, job);
    shed.into_iter().map(|shed| shed.job).collect()
}

/// What is shed belongs to the heaviest tenant, or to one at its own bound, or to one with no less
/// than the mean whose wait is too long.
fn may_go(expected: &Expected, gone: Job, patience: u64) -> bool {
    let own = expected.weight(gone.owner);
    let others = expected.0.keys().filter(|owner| **owner != gone.owner);
    let ahead: u64 = own + others.map(|owner| expected.weight(*owner).min(own)).sum::<u64>();
    let heaviest = expected.0.keys().map(|owner| expected.weight(*owner)).max().unwrap();
    let total: u64 = expected.0.keys().map(|owner| expected.weight(*owner)).sum();
    let mean = total / expected.tenants().max(1);
    let full = expected.all() > SMALL.total && own == heaviest;
    let bound = expected.0[&gone.owner].len() > SMALL.per_tenant;
    let excess = own >= mean && ahead > patience;
    full || bound || excess
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Jobs in = jobs served + shed + abandoned + waiting; a worker gets a job whenever one waits.
    #[test]
    fn nothing_is_lost_and_no_worker_rests_while_something_waits(
        steps in steps(6),
        patience in prop_oneof![Just(PATIENT), 20_u64..400],
    ) {
        let mut queue = FairQueue::new(SMALL);
        let mut expected = Expected::default();
        for step in steps {
            match step {
                Step::Push(job) => {
                    expected.0.entry(job.owner).or_default().push(job);
                    for gone in push(&mut queue, job, patience) {
                        prop_assert!(may_go(&expected, gone, patience), "{:?}", gone);
                        expected.take(gone);
                    }
                }
                Step::Pop => {
                    let got = queue.pop(|_| false);
                    prop_assert_eq!(got.is_some(), expected.all() > 0);
                    got.into_iter().for_each(|job| expected.take(job));
                }
                Step::PopWithout(weight) => {
                    let wanted = expected.without(weight);
                    let got = queue.pop(|job| job.weight == weight);
                    prop_assert_eq!(got.is_some(), !wanted.is_empty());
                    prop_assert!(got.is_none_or(|job| job.weight != weight));
                    // Which abandoned ones were met on the way is the queue's own affair.
                    expected = Expected::default();
                    while queue.pop(|_| false).is_some() {}
                }
                Step::PopQuiet => {
                    let one_flood = queue.is_one_flood(2);
                    if let Some(job) = queue.pop_quiet(2, |_| false) {
                        prop_assert!(!one_flood, "somebody would have had to be woken");
                        prop_assert!(expected.weight(job.owner) <= 4 * TURN);
                        expected.take(job);
                    }
                }
            }
            prop_assert_eq!(queue.len(), expected.all());
            prop_assert!(queue.len() <= SMALL.total);
            prop_assert!(queue.remembered() <= 2 * SMALL.total + 1);
        }
    }

    /// Between two jobs of a tenant that always has some, every other one, whatever games it plays
    /// with going idle and coming back, gets at most two turns and what its last job went over.
    #[test]
    fn nobody_waits_for_more_than_two_turns_of_each_other_tenant(
        comings in prop::collection::vec(jobs(5, 30), 50..400),
    ) {
        let mut queue = FairQueue::new(ROOMY);
        let victim = Job { owner: 99, from: 0, weight: TURN };
        let mut since: HashMap<usize, u64> = HashMap::new();
        let mut mine = 0;
        for job in comings {
            push(&mut queue, job, PATIENT);
            while mine < 3 {
                push(&mut queue, victim, PATIENT);
                mine += 1;
            }
            let got = queue.pop(|_| false).unwrap();
            if got == victim {
                mine -= 1;
                since.clear();
            } else {
                let had = since.entry(got.owner).or_default();
                *had += got.weight;
                prop_assert!(*had <= 2 * (TURN + 30), "{} had {}", got.owner, had);
            }
        }
    }

    /// Over a while in which both always want, two tenants get the same weight, whatever their
    /// jobs weigh.
    #[test]
    fn weight_is_shared_equally(first in 1_u64..=60, second in 1_u64..=60) {
        let mut queue = FairQueue::new(ROOMY);
        let mut had = [0_u64; 2];
        for _ in 0..3_000 {
            for (owner, weight) in [first, second].into_iter().enumerate() {
                if queue.work_ahead(&tenant(owner)) <= 200 {
                    (0..20).for_each(|_| drop(push(&mut queue, Job { owner, from: 0, weight }, PATIENT)));
                }
            }
            had[queue.pop(|_| false).unwrap().owner] += 1;
        }
        let (one, other) = (had[0] * first, had[1] * second);
        prop_assert!(one.abs_diff(other) <= 2 * (TURN + 60), "{one} beside {other}");
    }

    /// A source that waits with one job is served before any other source of its tenant is twice.
    #[test]
    fn sources_take_turns(amounts in prop::collection::vec(1_usize..20, 2..8)) {
        let mut queue = FairQueue::new(ROOMY);
        for (from, amount) in amounts.iter().enumerate() {
            (0..*amount).for_each(|_| drop(push(&mut queue, Job { owner: 1, from, weight: TURN }, PATIENT)));
        }
        let mut seen: Vec<_> = amounts.iter().map(|_| queue.pop(|_| false).unwrap().from).collect();
        seen.sort_unstable();
        seen.dedup();
        prop_assert_eq!(seen.len(), amounts.len());
    }

    /// More waiting, whosever, never makes a foretold wait shorter; serving never longer.
    #[test]
    fn the_foretold_wait_grows_with_what_waits(comings in prop::collection::vec(jobs(5, 30), 1..100)) {
        let mut queue = FairQueue::new(ROOMY);
        let foretold = |queue: &FairQueue<Job>| -> Vec<u64> {
            (0..5).map(|owner| queue.work_ahead(&tenant(owner))).collect()
        };
        let mut last = foretold(&queue);
        for job in comings {
            push(&mut queue, job, PATIENT);
            let now = foretold(&queue);
            prop_assert!(last.iter().zip(&now).all(|(before, after)| before <= after));
            last = now;
        }
        while queue.pop(|_| false).is_some() {
            let now = foretold(&queue);
            prop_assert!(last.iter().zip(&now).all(|(before, after)| before >= after));
            last = now;
        }
    }

    /// However many tenants come and go, with jobs or after them.
    #[test]
    fn places_of_tenants_that_left_are_forgotten(names in prop::collection::vec(0_usize..100_000, 100..600)) {
        let mut queue = FairQueue::new(SMALL);
        for owner in names {
            push(&mut queue, Job { owner, from: 0, weight: TURN }, PATIENT);
            if queue.len() > 6 {
                queue.pop(|_| false);
            }
            prop_assert!(queue.remembered() <= 2 * SMALL.total + 1);
        }
    }
}
