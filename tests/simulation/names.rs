//! Who and what there is in a simulated world, named once: one tenant, a few identifiers, sources
//! and lanes; and the random policies that worlds live under.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use lockkeeper::lockout::{CountAfterLock, Factor, LockLength, LockoutType, Policy, Preset};
use lockkeeper::model::{
    Authenticator, CanonicalKey, Identifier, Lane, Millis, Source, Span, TenantId,
};
use lockkeeper::store::SubjectKey;

use super::dice::Dice;
use crate::lockout_model::Who;

/// Where simulated time begins.
pub(crate) const START: Millis = Millis(1_772_539_200_000);
pub(crate) const KEYS: usize = 5;
pub(crate) const SOURCES: usize = 3;

pub(crate) struct Names {
    pub(crate) tenant: TenantId,
    pub(crate) keys: Vec<CanonicalKey>,
    pub(crate) phantoms: Vec<SubjectKey>,
    pub(crate) sources: Vec<Source>,
    pub(crate) nowhere: Source,
}

pub(crate) static NAMES: LazyLock<Names> = LazyLock::new(|| Names {
    tenant: TenantId::from_stored("ins_simulated".to_owned()),
    keys: (0..KEYS).map(|n| Identifier::parse(&format!("owner{n}")).unwrap().key).collect(),
    phantoms: (0..KEYS).map(|n| SubjectKey::phantom(&format!("k{n}"))).collect(),
    sources: (0..SOURCES).map(|n| Source::from_stored(format!("192.0.2.{n}"))).collect(),
    nowhere: Source::from_stored(String::new()),
});

impl Names {
    pub(crate) fn phantom_of(&self, key: &CanonicalKey) -> SubjectKey {
        self.phantoms[self.number_of(key)].clone()
    }

    pub(crate) fn number_of(&self, key: &CanonicalKey) -> usize {
        self.keys.iter().position(|known| known == key).expect("a key of this world")
    }

    /// The row that an attempt is counted in.
    pub(crate) fn who(&self, lane: &Lane, source: &Source) -> Who {
        match lane {
            Lane::Public => {
                let number = self.sources.iter().position(|known| known == source);
                Who::Source(number.expect("a source of this world") as u8)
            }
            Lane::Device(id) => Who::Device(id.0.parse().unwrap()),
            Lane::Pass(id) => Who::Pass(id.0.parse().unwrap()),
        }
    }
}

/// What policy edits may do in a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edits {
    /// Everything but N: with N moved, which sources were once at N is not told apart by a row, so
    /// such worlds compare no episodes and press no links (as `lockout_model` does).
    KeepN,
    MoveN,
}

pub(crate) fn policy(dice: &mut Dice, keep: Option<i64>) -> Policy {
    let first = dice.between(1, 30);
    let factor = Factor::from_thousandths(dice.between(1, 3) * 1_000).unwrap();
    let history = if dice.permille(500) { dice.between(5, 300) } else { 86_400 };
    let endless = dice.permille(30);
    let minimum = LockLength::For(Span::SECOND.times(first));
    Policy {
        enabled: !dice.permille(30),
        max_attempts: keep.unwrap_or_else(|| dice.between(1, 4)),
        history_duration: Span::SECOND.times(history),
        minimum_duration: if endless { LockLength::UntilUnlocked } else { minimum },
        maximum_duration: LockLength::For(Span::SECOND.times(first + dice.between(0, 200))),
        backoff_factor: factor,
        count_after_lock: *dice.pick(&[CountAfterLock::Kept, CountAfterLock::Fresh]),
        lockout_type: *dice.pick(&[
            LockoutType::PerUser,
            LockoutType::PerUser,
            LockoutType::PerUserPerIp,
        ]),
        long_run_limit: if dice.permille(400) { dice.between(6, 20) } else { 0 },
        unlocks_per_day: dice.between(1, 3),
        unlock_mail: !dice.permille(50),
        authenticators: counted(dice),
        ..Preset::Balanced.policy()
    }
}

/// Whose failures count: mostly all, else any few of them.
fn counted(dice: &mut Dice) -> BTreeSet<Authenticator> {
    let all = dice.permille(700);
    let likely = |one| if one == Authenticator::Password { 850 } else { 600 };
    Authenticator::ALL.into_iter().filter(|one| dice.permille(likely(*one)) || all).collect()
}
