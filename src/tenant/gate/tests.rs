//! The gate of one subject, without actors and without time.

use super::*;
use crate::lockout::LockKind;
use crate::model::{Millis, Until};
use crate::tenant::waiting_room::WaitingRoom;

const START: Lesson = Lesson(0);
/// Memory of an attempt.
const BYTES: usize = 100;

fn gate() -> Arc<Gate> {
    gate_with_room_for(1_000_000)
}

/// A gate alone in a room where so many may wait: a single tenant gets half of it.
fn gate_with_room_for(waiters: usize) -> Arc<Gate> {
    Arc::new(Gate::new(START, WaitingRoom::new(2 * waiters * BYTES).corner()))
}

fn public() -> GateLane {
    GateLane { lane: Lane::Public, source: None }
}

fn source(name: &str) -> Source {
    Source::from_stored(name.to_owned())
}

fn permit(turn: &mut Turn) -> Option<Permit> {
    match turn.answer.try_recv() {
        Ok(Admission::Admitted(permit)) => Some(permit),
        Ok(Admission::Locked(_)) | Err(_) => None,
    }
}

fn automatic() -> LockView {
    LockView {
        staff: false,
        kind: LockKind::Automatic,
        source_only: false,
        since: Millis(0),
        until: Until::Unlocked,
    }
}

#[test]
fn who_read_the_rows_before_the_lock_is_not_admitted_after_it() {
    let gate = gate();
    drop(permit(&mut gate.enter(&public(), &source("a"), 8, START, BYTES).unwrap()).unwrap());
    gate.lock(&public(), automatic(), Lesson(5));
    let mut late = gate.enter(&public(), &source("a"), 8, Lesson(4), BYTES).unwrap();
    assert!(matches!(late.answer.try_recv(), Ok(Admission::Locked(_))));
    let mut newer = gate.enter(&public(), &source("a"), 1, Lesson(5), BYTES).unwrap();
    assert!(permit(&mut newer).is_some());
}

#[test]
fn settles_that_are_told_of_out_of_order_do_not_raise_the_permits() {
    let gate = gate();
    let held = permit(&mut gate.enter(&public(), &source("a"), 3, START, BYTES).unwrap()).unwrap();
    gate.learn(&public(), Taught { permits: 1, order: 2 }, Lesson(1));
    gate.learn(&public(), Taught { permits: 2, order: 1 }, Lesson(2));
    let mut next = gate.enter(&public(), &source("a"), 3, START, BYTES).unwrap();
    assert!(permit(&mut next).is_none());
    drop(held);
    assert!(permit(&mut next).is_some());
}

#[test]
fn a_primed_lane_still_admits_one() {
    let gate = gate();
    let mut first = gate.enter(&public(), &source("a"), 0, START, BYTES).unwrap();
    let mut second = gate.enter(&public(), &source("a"), 0, START, BYTES).unwrap();
    let held = permit(&mut first).unwrap();
    assert!(permit(&mut second).is_none());
    drop(held);
    assert!(permit(&mut second).is_some());
}

#[test]
fn a_permit_that_nobody_takes_comes_back() {
    let gate = gate();
    let held = permit(&mut gate.enter(&public(), &source("a"), 1, START, BYTES).unwrap()).unwrap();
    for _ in 0..500 {
        drop(gate.enter(&public(), &source("a"), 1, START, BYTES).unwrap());
    }
    let mut patient = gate.enter(&public(), &source("a"), 1, START, BYTES).unwrap();
    drop(held);
    assert!(permit(&mut patient).is_some());
}

/// A waiter may give up in the very moment in which its turn comes.
#[test]
fn giving_up_while_being_admitted_blocks_nobody() {
    let gate = gate();
    let (done, ended) = std::sync::mpsc::channel();
    let racing = Arc::clone(&gate);
    std::thread::spawn(move || {
        for _ in 0..2_000 {
            let held = racing.enter(&public(), &source("a"), 1, START, BYTES);
            let impatient = racing.enter(&public(), &source("b"), 1, START, BYTES);
            let gives_up = std::thread::spawn(move || drop(impatient));
            drop(held);
            gives_up.join().unwrap();
        }
        done.send(()).unwrap();
    });
    ended.recv_timeout(std::time::Duration::from_secs(60)).expect("the gate hangs");
    let waiter = {
        let (sender, receiver) = oneshot::channel();
        drop(receiver);
        sender
    };
    gate.hand_out(&public(), waiter);
    assert!(permit(&mut gate.enter(&public(), &source("a"), 1, START, BYTES).unwrap()).is_some());
}

#[test]
fn sources_take_turns() {
    let gate = gate();
    let held = permit(&mut gate.enter(&public(), &source("x"), 1, START, BYTES).unwrap()).unwrap();
    let flood: Vec<_> = (0..10)
        .map(|_| gate.enter(&public(), &source("flood"), 1, START, BYTES).unwrap())
        .collect();
    let mut owner = gate.enter(&public(), &source("owner"), 1, START, BYTES).unwrap();
    drop(held);
    let mut flood = flood.into_iter();
    drop(permit(&mut flood.next().unwrap()).unwrap());
    assert!(permit(&mut owner).is_some());
}

#[test]
fn a_lock_answers_everybody_who_waits() {
    let gate = gate();
    let _held = permit(&mut gate.enter(&public(), &source("a"), 1, START, BYTES).unwrap()).unwrap();
    let mut waiting: Vec<_> =
        (0..5).map(|_| gate.enter(&public(), &source("a"), 1, START, BYTES).unwrap()).collect();
    let lock = automatic();
    gate.lock(&public(), lock, Lesson(1));
    assert!(waiting.iter_mut().all(|w| matches!(w.answer.try_recv(), Ok(Admission::Locked(_)))));
}

#[test]
fn the_queue_has_an_end() {
    let gate = gate();
    let _held = permit(&mut gate.enter(&public(), &source("a"), 1, START, BYTES).unwrap()).unwrap();
    let waiting: Vec<_> = (0..SUBJECT_WAITERS)
        .map(|_| gate.enter(&public(), &source("a"), 1, START, BYTES).unwrap())
        .collect();
    assert_eq!(gate.enter(&public(), &source("a"), 1, START, BYTES).unwrap_err(), GateFull);
    drop(waiting);
}

#[test]
fn who_gives_up_makes_room_at_once() {
    let gate = gate();
    let _held = permit(&mut gate.enter(&public(), &source("a"), 1, START, BYTES).unwrap()).unwrap();
    let mut waiting: Vec<_> = (0..SUBJECT_WAITERS)
        .map(|_| gate.enter(&public(), &source("a"), 1, START, BYTES).unwrap())
        .collect();
    // From the middle, the front and the end, while nobody's permit comes back.
    for at in [500, 0, waiting.len() - 3] {
        waiting.remove(at);
    }
    for _ in 0..3 {
        waiting.push(gate.enter(&public(), &source("b"), 1, START, BYTES).unwrap());
    }
    assert_eq!(gate.enter(&public(), &source("c"), 1, START, BYTES).unwrap_err(), GateFull);
    drop(waiting);
    let state = gate.state.lock();
    assert!(state.waiting == 0 && state.lanes.values().all(|slot| slot.line.is_empty()));
}

#[test]
fn waiting_takes_memory_and_passing_takes_none() {
    let gate = gate_with_room_for(3);
    let enter = |from: &str| gate.enter(&public(), &source(from), 2, START, BYTES);
    let passed: Vec<_> = (0..2).map(|_| permit(&mut enter("a").unwrap()).unwrap()).collect();
    let mut waiting: Vec<_> = (0..3).map(|_| enter("a").unwrap()).collect();
    assert_eq!(enter("a").unwrap_err(), GateFull);
    waiting.pop();
    waiting.push(enter("b").unwrap());
    drop(passed);
    let admitted: Vec<_> = waiting.iter_mut().filter_map(permit).collect();
    assert_eq!(admitted.len(), 2);
    drop(enter("a").unwrap());
    drop(enter("a").unwrap());
}

#[test]
fn a_lock_gives_the_memory_of_all_who_waited_back() {
    let gate = gate_with_room_for(2);
    let _held = permit(&mut gate.enter(&public(), &source("a"), 1, START, BYTES).unwrap()).unwrap();
    let told: Vec<_> =
        (0..2).map(|_| gate.enter(&public(), &source("a"), 1, START, BYTES).unwrap()).collect();
    gate.lock(&public(), automatic(), Lesson(1));
    let next = |since| gate.enter(&public(), &source("a"), 1, since, BYTES);
    let again: Vec<_> = (0..2).map(|_| next(Lesson(2)).unwrap()).collect();
    assert_eq!(next(Lesson(2)).unwrap_err(), GateFull);
    drop((told, again));
}

/// Where each source has its own lane, all of them meet at the subject's limit.
#[test]
fn lanes_take_turns_at_the_subjects_limit() {
    let gate = gate();
    let lane = |name: &str| GateLane { lane: Lane::Public, source: Some(source(name)) };
    let enter = |name: &str| gate.enter(&lane(name), &source(name), 100, START, BYTES).unwrap();
    let mut held: Vec<_> =
        (0..SUBJECT_PERMITS).map(|_| permit(&mut enter("flood")).unwrap()).collect();
    let mut flood: Vec<_> = (0..10).map(|_| enter("flood")).collect();
    let mut owner = [enter("owner"), enter("owner")];
    let mut order = Vec::new();
    for _ in 0..4 {
        held.pop();
        held.extend(flood.iter_mut().filter_map(permit).inspect(|_| order.push("flood")));
        held.extend(owner.iter_mut().filter_map(permit).inspect(|_| order.push("owner")));
    }
    assert_eq!(order, ["flood", "owner", "flood", "owner"]);
    assert_eq!(gate.state.lock().in_flight, SUBJECT_PERMITS);
}

#[test]
fn more_permits_admit_those_who_wait_for_them() {
    let gate = gate();
    let _held = permit(&mut gate.enter(&public(), &source("a"), 1, START, BYTES).unwrap()).unwrap();
    let mut waiting: Vec<_> =
        (0..3).map(|_| gate.enter(&public(), &source("a"), 1, START, BYTES).unwrap()).collect();
    gate.learn(&public(), Taught { permits: 3, order: 1 }, Lesson(1));
    assert_eq!(waiting.iter_mut().filter_map(permit).map(std::mem::forget).count(), 2);
}

#[test]
fn lanes_of_those_who_were_turned_away_are_not_remembered() {
    let gate = gate_with_room_for(0);
    let crowd: Vec<_> = (0..SUBJECT_PERMITS)
        .map(|_| {
            permit(&mut gate.enter(&public(), &source("a"), 100, START, BYTES).unwrap()).unwrap()
        })
        .collect();
    for number in 0..5_000 {
        let source = source(&number.to_string());
        let lane = GateLane { lane: Lane::Public, source: Some(source.clone()) };
        assert_eq!(gate.enter(&lane, &source, 1, START, BYTES).unwrap_err(), GateFull);
    }
    assert!(gate.state.lock().lanes.len() <= REMEMBERED + 1);
    drop(crowd);
}
