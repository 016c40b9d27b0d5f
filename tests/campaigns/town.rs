//! Made-up fortnights of a tenant with 5,000 honest users (at home, in offices, on the way, forgetful)
//! and attacks among them whose tries are marked. Locks come from `decide` under "balanced".

use std::collections::{BTreeMap, HashMap};

use lockkeeper::lockout::campaigns::{Met, Sighting, Traffic, TrafficBuilder};
use lockkeeper::lockout::{Decision, Preset};
use lockkeeper::model::{Lane, Millis, Source, Span};

use crate::simulation::dice::Dice;
use crate::time_machine::world::{Deed, Standing, Typed};

const BEGIN: Millis = Millis(1_790_000_000_000);
const DAYS: i64 = 14;
const USERS: usize = 5_000;
const OFFICES: usize = 20;

/// A try, and which attack it is of.
struct Act {
    at: Millis,
    account: String,
    source: String,
    right: bool,
    attack: Option<usize>,
}

/// What the program would have recorded of a try.
pub(super) struct Seen {
    pub(super) at: Millis,
    account: String,
    source: String,
    pub(super) met: Met,
}

/// A lock, and which attack made most of the failures that led to it.
pub(super) struct TrueLock {
    pub(super) account: String,
    pub(super) since: Millis,
    pub(super) attack: Option<usize>,
}

#[derive(Default)]
pub(super) struct Town {
    acts: Vec<Act>,
    attacks: usize,
}

impl Town {
    pub(super) fn honest(dice: &mut Dice) -> Self {
        let mut town = Self::default();
        for user in 0..USERS {
            town.live(dice, user);
        }
        town
    }

    fn act(&mut self, at: Millis, account: usize, source: &str, right: bool) {
        let (account, source) = (format!("u:{account}"), source.to_owned());
        self.acts.push(Act { at, account, source, right, attack: None });
    }

    fn live(&mut self, dice: &mut Dice, user: usize) {
        let home = format!("81.{}.{}.{}", dice.below(8), dice.below(250), dice.below(250));
        let office = format!("62.4.{}.9", dice.below(OFFICES));
        let works = dice.permille(300);
        let travels = dice.permille(100);
        for day in 0..DAYS {
            let morning = BEGIN.after(Span::DAY.times(day)).after(Span::HOUR.times(6));
            let mut at = morning.after(Span(dice.between(0, 14 * 3_600_000)));
            let source = if travels && dice.permille(400) {
                format!("90.1.{}.{}", dice.below(20), dice.below(250))
            } else if works && dice.permille(700) {
                office.clone()
            } else {
                home.clone()
            };
            if dice.permille(5) {
                self.forget(dice, user, at, &source);
            } else if dice.permille(500) {
                while dice.permille(120) {
                    self.act(at, user, &source, false);
                    at = at.after(Span(dice.between(3_000, 30_000)));
                }
                self.act(at, user, &source, true);
            }
        }
    }

    /// Many slips; then it comes back, a day later, or never.
    fn forget(&mut self, dice: &mut Dice, user: usize, mut at: Millis, source: &str) {
        for _ in 0..dice.between(3, 16) {
            self.act(at, user, source, false);
            at = at.after(Span(dice.between(5_000, 120_000)));
        }
        match dice.below(10) {
            0 => {}
            1..=3 => self.act(at.after(Span::HOUR.times(20)), user, source, true),
            _ => self.act(at.after(Span::MINUTE.times(dice.between(1, 90))), user, source, true),
        }
    }

    /// `tries` at `accounts` from `sources`, spread over `length`; one in seven names is nobody's.
    pub(super) fn attack(
        &mut self,
        dice: &mut Dice,
        (sources, accounts): (usize, usize),
        tries: usize,
        length: Span,
    ) -> usize {
        let attack = self.attacks;
        self.attacks += 1;
        let from = BEGIN.after(Span(dice.between(0, Span::DAY.times(DAYS - 3).0)));
        let address = |dice: &mut Dice| {
            // Some of the machines stand in ordinary homes.
            let first = if dice.permille(50) { "81" } else { "45" };
            format!("{first}.{}.{}.{}", dice.below(8), dice.below(250), dice.below(250))
        };
        let sources: Vec<String> = (0..sources).map(|_| address(dice)).collect();
        let name = |dice: &mut Dice| match dice.below(7) {
            0 if accounts > 1 => format!("p:{}", dice.below(1_000)),
            _ => format!("u:{}", dice.below(USERS)),
        };
        let accounts: Vec<String> = (0..accounts).map(|_| name(dice)).collect();
        for _ in 0..tries {
            let at = from.after(Span(dice.between(0, length.0)));
            let (account, source) = (dice.pick(&accounts).clone(), dice.pick(&sources).clone());
            self.acts.push(Act { at, account, source, right: false, attack: Some(attack) });
        }
        attack
    }

    /// As the program would have recorded it, in order, and the truth about its locks.
    pub(super) fn recorded(mut self) -> (Vec<Seen>, Vec<TrueLock>) {
        self.acts.sort_by_key(|act| act.at);
        let policy = Preset::Balanced.policy();
        let mut standings: HashMap<String, Standing> = HashMap::new();
        let mut led: HashMap<String, Vec<Option<usize>>> = HashMap::new();
        let (mut seen, mut locks) = (Vec::new(), Vec::new());
        for Act { at, account, source, right, attack } in self.acts {
            let typed = if right { Typed::Completed } else { Typed::Wrong };
            let deed = Deed::Try { source: source.clone(), lane: Lane::Public, typed };
            let standing = standings.entry(account.clone()).or_default();
            let met = match standing.meet(&policy, at, &deed).decision {
                Decision::Refused(_) => Met::Refused,
                Decision::CountedAndLocked(_) => Met::Locked,
                _ if right => Met::Right,
                _ => Met::Wrong,
            };
            let led = led.entry(account.clone()).or_default();
            match met {
                Met::Refused => {}
                Met::Right => led.clear(),
                Met::Wrong | Met::Locked => led.push(attack),
            }
            if met == Met::Locked {
                locks.push(TrueLock { account: account.clone(), since: at, attack: most(led) });
            }
            seen.push(Seen { at, account, source, met });
        }
        (seen, locks)
    }
}

/// What was seen, for the search: the newest first, as the log is read.
pub(super) fn traffic(seen: &[Seen]) -> Traffic {
    let mut traffic = TrafficBuilder::default();
    for Seen { at, account, source, met } in seen.iter().rev() {
        let source = Source::from_stored(source.clone());
        let nobody = account.starts_with("p:");
        traffic.saw(&Sighting { at: *at, account, nobody, source: &source, met: *met, times: 1 });
    }
    traffic.finish()
}

fn most(led: &[Option<usize>]) -> Option<usize> {
    let mut sums: BTreeMap<Option<usize>, usize> = BTreeMap::new();
    for attack in led {
        *sums.entry(*attack).or_default() += 1;
    }
    sums.into_iter().max_by_key(|(_, sum)| *sum).and_then(|(attack, _)| attack)
}
