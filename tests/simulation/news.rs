//! What the simulation found in the actor, each as small as it can be told.

use lockkeeper::lockout::{LockKind, LockView};
use lockkeeper::model::{Lane, Millis, Source, Until};
use lockkeeper::store::SubjectKey;
use lockkeeper::tenant::actor::{LearnChanged, LearnSettled};
use lockkeeper::tenant::gate::{GateLane, Turn};
use lockkeeper::tenant::locked_table::Published;

use super::attempt::{WAITING_BYTES, glance};
use super::names::{NAMES, START};
use super::node::Node;

const LATER: i64 = 60_000;

fn node() -> Node {
    Node::start("node".to_owned(), 0, 0, START.0, 0)
}

fn subject() -> SubjectKey {
    NAMES.phantoms[0].clone()
}

fn everybody() -> GateLane {
    GateLane { lane: Lane::Public, source: None }
}

fn lock(source_only: bool) -> LockView {
    let until = Until::At(Millis(START.0 + LATER));
    LockView { staff: false, kind: LockKind::Automatic, source_only, since: START, until }
}

/// Somebody from each source stands at the gate of a subject whose only permit is taken.
fn waiting(node: &mut Node) -> (Turn, Vec<Turn>) {
    let gate = node.actor.gate(&subject());
    let since = node.around.lessons.so_far();
    let enter =
        |source: &Source| gate.enter(&everybody(), source, 1, since, WAITING_BYTES).unwrap();
    (enter(&NAMES.sources[0]), NAMES.sources.iter().map(enter).collect())
}

fn settled(node: &Node, lock: LockView) -> LearnSettled {
    LearnSettled {
        subject: subject(),
        lane: everybody(),
        source: NAMES.sources[0].clone(),
        taught: None,
        lock: Some(lock),
        asked: node.around.asked(),
        keys: vec![NAMES.keys[0].clone()],
    }
}

#[test]
fn a_lock_of_one_source_is_not_told_to_others_who_wait() {
    let mut node = node();
    let (_held, mut waiting) = waiting(&mut node);
    let news = settled(&node, lock(true));
    node.actor.settled(news);
    assert!(waiting.iter_mut().all(|turn| glance(turn).is_pending()));
}

#[test]
fn news_of_a_lock_that_has_ended_refuses_nobody() {
    let mut node = node();
    let (_held, mut waiting) = waiting(&mut node);
    let news = settled(&node, lock(false));
    node.tick(START.0 + LATER);
    node.actor.settled(news);
    assert!(waiting.iter_mut().all(|turn| glance(turn).is_pending()));
}

#[test]
fn news_of_a_change_does_not_take_back_a_later_unlock() {
    let mut node = node();
    let change = |lock, asked| LearnChanged {
        subject: subject(),
        keys: vec![NAMES.keys[0].clone()],
        lock,
        asked,
    };
    let before = node.around.asked();
    node.actor.changed(change(None, before));
    let (_held, mut waiting) = waiting(&mut node);
    node.actor.changed(change(Some(lock(false)), before));
    assert!(waiting.iter_mut().all(|turn| glance(turn).is_pending()));
    let (table, clock) = (&node.around.locked, &node.around.clock);
    let (key, source) = (&NAMES.keys[0], &NAMES.sources[0]);
    let seen = table.look(&NAMES.tenant, key, source, clock.now(), clock.monotonic());
    assert_eq!(seen, Published::LookAgain(lock(false)));
}
