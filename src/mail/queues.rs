//! Which mails may leave now, server by server: how many are under way, whether a server is away or
//! in doubt, and when it is asked again. So one tenant's dead server holds up nobody else. Pure: knows
//! no row, no network and no clock.

use std::collections::BTreeMap;

use super::retry::PROBE_EVERY;
use crate::model::{Millis, TenantId};
use crate::store::outbox::{MailQueue, Room};

/// Deliveries by the house's server at once; also the most connections to it. At 300 ms each this
/// carries the 50 mails a second of the promise.
pub(super) const AT_ONCE: usize = 16;

/// The same for a tenant's own server, and for all of those together: what is slow there must not
/// take all that this process can do.
pub(super) const OWN_AT_ONCE: usize = 4;
const ALL_OWN_AT_ONCE: usize = 32;

/// What a delivery says about its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// It took a message.
    Took,
    /// It takes no message now.
    NotNow,
    /// It is there and does not come to an end.
    Late,
    Away,
    /// Nothing.
    Silent,
}

/// What follows from a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lesson {
    Nothing,
    /// Its mail waits from now on.
    Gone,
    /// What was put off is due.
    Back,
}

/// What is to be done about a server that is in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// One of the mails that were put off shows whether it takes any.
    TryOne,
    /// It took one since: all of them.
    TakeAll,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Circuit {
    Closed,
    Open {
        probe_at: Millis,
    },
    /// It is being asked whether it is back.
    Probing,
}

/// It is there and has put mail off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Doubt {
    since: Millis,
    turn_at: Millis,
    last: Last,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Took,
    PutOff,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    Full,
    /// One after the other, until it has taken one.
    One,
}

#[derive(Debug)]
struct Queue {
    under_way: usize,
    circuit: Circuit,
    doubt: Option<Doubt>,
    pace: Pace,
}

impl Queue {
    const fn new() -> Self {
        Self { under_way: 0, circuit: Circuit::Closed, doubt: None, pace: Pace::Full }
    }

    fn room(&self, at_once: usize) -> usize {
        let at_once = match (self.circuit, self.pace) {
            (Circuit::Open { .. } | Circuit::Probing, _) => 0,
            (Circuit::Closed, Pace::One) => 1,
            (Circuit::Closed, Pace::Full) => at_once,
        };
        at_once.saturating_sub(self.under_way)
    }

    fn learn(&mut self, word: Word, now: Millis) -> Lesson {
        match word {
            Word::Silent => Lesson::Nothing,
            Word::Took => self.took(now),
            Word::NotNow | Word::Late => {
                if word == Word::Late {
                    self.pace = Pace::One;
                }
                let turn_at = now.after(PROBE_EVERY);
                let fresh = Doubt { since: now, turn_at, last: Last::PutOff };
                self.doubt.get_or_insert(fresh).last = Last::PutOff;
                Lesson::Nothing
            }
            Word::Away => match self.circuit {
                Circuit::Closed => {
                    self.circuit = Circuit::Open { probe_at: now.after(PROBE_EVERY) };
                    Lesson::Gone
                }
                Circuit::Open { .. } | Circuit::Probing => Lesson::Nothing,
            },
        }
    }

    /// Mails that were put off a moment ago keep their waits for a while: a server that takes every
    /// second one is not asked for all of them at each.
    fn took(&mut self, now: Millis) -> Lesson {
        self.pace = Pace::Full;
        let was_closed = self.circuit == Circuit::Closed;
        self.circuit = Circuit::Closed;
        let long = self.doubt.is_some_and(|doubt| now.since(doubt.since) >= PROBE_EVERY);
        if !was_closed || long {
            self.doubt = None;
            return Lesson::Back;
        }
        if let Some(doubt) = &mut self.doubt {
            doubt.last = Last::Took;
        }
        Lesson::Nothing
    }

    /// What is due about a doubt.
    fn turn(&mut self, now: Millis) -> Option<Turn> {
        let doubt = self.doubt.as_mut().filter(|doubt| doubt.turn_at <= now)?;
        if self.circuit != Circuit::Closed {
            return None;
        }
        doubt.turn_at = now.after(PROBE_EVERY);
        match doubt.last {
            Last::PutOff => Some(Turn::TryOne),
            Last::Took => {
                self.doubt = None;
                Some(Turn::TakeAll)
            }
        }
    }

    fn next(&self) -> Option<Millis> {
        match self.circuit {
            Circuit::Open { probe_at } => Some(probe_at),
            Circuit::Probing => None,
            Circuit::Closed => self.doubt.map(|doubt| doubt.turn_at),
        }
    }

    fn is_at_rest(&self) -> bool {
        self.under_way == 0 && self.circuit == Circuit::Closed && self.doubt.is_none()
    }
}

/// All queues of a courier.
#[derive(Debug)]
pub(super) struct Queues {
    house: Queue,
    own: BTreeMap<TenantId, Queue>,
}

impl Queues {
    pub(super) const fn new() -> Self {
        Self { house: Queue::new(), own: BTreeMap::new() }
    }

    /// The tenants that have a server of their own now.
    pub(super) fn know(&mut self, tenants: Vec<TenantId>) {
        self.own.retain(|tenant, queue| tenants.contains(tenant) || queue.under_way > 0);
        for tenant in tenants {
            self.own.entry(tenant).or_insert_with(Queue::new);
        }
    }

    pub(super) fn room(&self) -> Room {
        let under_way = self.own.values().fold(0_usize, |all, q| all.saturating_add(q.under_way));
        let own = self.own.iter().map(|(name, queue)| (name.clone(), queue.room(OWN_AT_ONCE)));
        Room {
            house: self.house.room(AT_ONCE),
            own: own.collect(),
            all_own: ALL_OWN_AT_ONCE.saturating_sub(under_way),
        }
    }

    /// A delivery of this tenant's mail begins; the queue that it counts in.
    pub(super) fn begin(&mut self, tenant: &TenantId) -> MailQueue {
        let queue = match self.own.get_mut(tenant) {
            Some(queue) => (queue, MailQueue::Own(tenant.clone())),
            None => (&mut self.house, MailQueue::House),
        };
        queue.0.under_way = queue.0.under_way.saturating_add(1);
        queue.1
    }

    pub(super) fn end(&mut self, of: &MailQueue) {
        let queue = self.of(of);
        queue.under_way = queue.under_way.saturating_sub(1);
    }

    pub(super) fn learn(&mut self, of: &MailQueue, word: Word, now: Millis) -> Lesson {
        self.of(of).learn(word, now)
    }

    /// The servers that are to be asked whether they are back; they count as being asked from now on.
    pub(super) fn probes(&mut self, now: Millis) -> Vec<MailQueue> {
        let mut due = Vec::new();
        self.each(|name, queue| {
            if matches!(queue.circuit, Circuit::Open { probe_at } if probe_at <= now) {
                queue.circuit = Circuit::Probing;
                due.push(name());
            }
        });
        due
    }

    /// What the probe of a server found.
    pub(super) fn probed(&mut self, of: &MailQueue, word: Word, now: Millis) -> Lesson {
        let queue = self.of(of);
        match (queue.circuit, word) {
            // A delivery that was under way knew more.
            (Circuit::Closed | Circuit::Open { .. }, _) => Lesson::Nothing,
            (Circuit::Probing, Word::Took) => queue.took(now),
            (Circuit::Probing, Word::NotNow | Word::Late | Word::Away | Word::Silent) => {
                queue.circuit = Circuit::Open { probe_at: now.after(PROBE_EVERY) };
                Lesson::Nothing
            }
        }
    }

    /// The servers in doubt whose turn has come.
    pub(super) fn turns(&mut self, now: Millis) -> Vec<(MailQueue, Turn)> {
        let mut due = Vec::new();
        self.each(|name, queue| {
            if let Some(turn) = queue.turn(now) {
                due.push((name(), turn));
            }
        });
        due
    }

    /// When the next probe or turn is.
    pub(super) fn next(&self) -> Option<Millis> {
        self.own.values().chain(std::iter::once(&self.house)).filter_map(Queue::next).min()
    }

    /// Whether rows may be due that nobody may claim now.
    pub(super) fn is_held(&self) -> bool {
        let room = self.room();
        room.house == 0
            || !room.own.is_empty() && room.all_own == 0
            || room.own.values().any(|rows| *rows == 0)
    }

    fn of(&mut self, of: &MailQueue) -> &mut Queue {
        match of {
            MailQueue::House => &mut self.house,
            MailQueue::Own(tenant) => self.own.entry(tenant.clone()).or_insert_with(Queue::new),
        }
    }

    fn each(&mut self, mut act: impl FnMut(&dyn Fn() -> MailQueue, &mut Queue)) {
        act(&|| MailQueue::House, &mut self.house);
        for (tenant, queue) in &mut self.own {
            if !queue.is_at_rest() {
                act(&|| MailQueue::Own(tenant.clone()), queue);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;

    const HOUSE: MailQueue = MailQueue::House;

    fn at(seconds: i64) -> Millis {
        Millis(0).after(Span::SECOND.times(seconds))
    }

    fn acme() -> TenantId {
        TenantId::from_stored("acme".to_owned())
    }

    #[test]
    fn a_server_that_is_away_gets_nothing_until_a_probe_finds_it() {
        let mut queues = Queues::new();
        assert_eq!(queues.learn(&HOUSE, Word::Away, at(0)), Lesson::Gone);
        assert_eq!(queues.learn(&HOUSE, Word::Away, at(1)), Lesson::Nothing);
        assert_eq!((queues.room().house, queues.next()), (0, Some(at(30))));
        assert_eq!(queues.probes(at(29)), []);
        assert_eq!(queues.probes(at(30)), [HOUSE]);
        assert_eq!(queues.probes(at(30)), [], "one at a time");
        assert_eq!(queues.probed(&HOUSE, Word::Away, at(40)), Lesson::Nothing);
        assert_eq!((queues.room().house, queues.next()), (0, Some(at(70))));
        assert_eq!(queues.probes(at(70)), [HOUSE]);
        assert_eq!(queues.probed(&HOUSE, Word::Took, at(71)), Lesson::Back);
        assert_eq!((queues.room().house, queues.next()), (AT_ONCE, None));
    }

    #[test]
    fn a_storm_is_tried_with_one_mail_every_30_s_and_its_end_frees_all() {
        let mut queues = Queues::new();
        for _ in 0..9 {
            assert_eq!(queues.learn(&HOUSE, Word::NotNow, at(0)), Lesson::Nothing);
        }
        assert_eq!(queues.room().house, AT_ONCE, "it takes what is due by itself");
        assert_eq!(queues.turns(at(29)), []);
        assert_eq!(queues.turns(at(30)), [(HOUSE, Turn::TryOne)]);
        assert_eq!(queues.turns(at(31)), []);
        queues.learn(&HOUSE, Word::NotNow, at(31));
        assert_eq!(queues.turns(at(60)), [(HOUSE, Turn::TryOne)]);
        assert_eq!(queues.learn(&HOUSE, Word::Took, at(61)), Lesson::Back);
        assert_eq!((queues.turns(at(99)), queues.next()), (Vec::new(), None));
    }

    #[test]
    fn a_short_hiccup_frees_all_half_a_minute_later() {
        let mut queues = Queues::new();
        queues.learn(&HOUSE, Word::NotNow, at(0));
        assert_eq!(queues.learn(&HOUSE, Word::Took, at(1)), Lesson::Nothing);
        assert_eq!(queues.turns(at(30)), [(HOUSE, Turn::TakeAll)]);
        assert_eq!(queues.next(), None);
    }

    #[test]
    fn a_tenants_own_server_has_its_own_fate_and_a_small_share() {
        let mut queues = Queues::new();
        queues.know(vec![acme()]);
        let own = MailQueue::Own(acme());
        let room = |queues: &Queues| (queues.room().house, queues.room().own[&acme()]);
        assert_eq!(room(&queues), (AT_ONCE, OWN_AT_ONCE));
        for _ in 0..3 {
            assert_eq!(queues.begin(&acme()), own);
        }
        assert_eq!((room(&queues), queues.is_held()), ((AT_ONCE, 1), false));
        queues.end(&own);
        queues.learn(&own, Word::Late, at(0));
        assert_eq!((room(&queues), queues.is_held()), ((AT_ONCE, 0), true));
        queues.end(&own);
        queues.end(&own);
        assert_eq!(room(&queues), (AT_ONCE, 1), "one after the other");
        queues.learn(&own, Word::Away, at(1));
        assert_eq!(room(&queues), (AT_ONCE, 0));
        queues.know(Vec::new());
        assert_eq!((queues.room().own.len(), queues.next()), (0, None));
        assert_eq!(queues.begin(&acme()), HOUSE);
    }

    #[test]
    fn slow_servers_together_cannot_take_everything() {
        let mut queues = Queues::new();
        let tenants: Vec<_> = (0..20).map(|n| TenantId::from_stored(format!("{n:02}"))).collect();
        queues.know(tenants.clone());
        assert_eq!(queues.room().all_own, ALL_OWN_AT_ONCE);
        for tenant in tenants.iter().cycle().take(ALL_OWN_AT_ONCE) {
            queues.begin(tenant);
        }
        let room = queues.room();
        assert_eq!((room.house, room.all_own, room.is_empty()), (AT_ONCE, 0, false));
        assert!(queues.is_held());
    }
}
