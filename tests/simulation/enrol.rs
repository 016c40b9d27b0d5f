//! What users have for the second factor, and how it changes: other apps, none any more, new
//! recovery codes, codes that are asked for. A change of credentials is written down for the
//! simulated rows as `store::user_changes` makes it.

use std::collections::BTreeMap;

use lockkeeper::credential::TotpStep;
use lockkeeper::model::{Millis, UserId};
use lockkeeper::store::StoreError;
use lockkeeper::store::sign_ins::{SignIn, SignInStatus};

use super::factors::{App, Factors};
use super::facts::Fact;
use super::ledger::Txn;
use super::office::Deed;
use super::plain::{Plain, change_person, raise_all_serial};
use super::world::World;

/// Recovery codes of one set.
const SET: usize = 3;

impl World {
    /// Half of all users are asked for nothing but a password.
    pub(crate) fn some_factors(&mut self) -> Factors {
        let (app, phone) = *self.dice.pick(&[
            (false, false),
            (false, false),
            (false, false),
            (false, true),
            (true, false),
            (true, false),
            (true, true),
        ]);
        let app = app.then(|| App { secret: self.number(), last_step: 0 });
        let recovery = match app {
            Some(_) => (0..SET).map(|_| (self.number(), false)).collect(),
            None => BTreeMap::new(),
        };
        Factors { app, recovery, phone }
    }

    /// Somebody asks for a code, or changes what a user has.
    pub(crate) fn factor_deed(&mut self) -> bool {
        if self.dice.permille(750) {
            return self.ask_for_a_code();
        }
        let users: Vec<UserId> = self.image.users.keys().cloned().collect();
        if users.is_empty() {
            return false;
        }
        let user = self.dice.pick(&users).clone();
        let plain = match self.dice.below(10) {
            0..2 => Plain::App { user, app: None },
            2..6 => {
                let secret = self.number();
                Plain::App { user, app: Some((secret, TotpStep::at(Millis(self.now)).0)) }
            }
            _ => Plain::Recovery { user, codes: (0..SET).map(|_| self.number()).collect() },
        };
        self.spawn_office(Deed::Plain(plain));
        true
    }

    fn ask_for_a_code(&mut self) -> bool {
        let second = self.dice.permille(600);
        let wait = |row: &&SignIn| match row.status {
            SignInStatus::NeedsFirstFactor => !second,
            SignInStatus::NeedsSecondFactor => second,
            _ => false,
        };
        let waiting: Vec<&SignIn> = self.image.sign_ins.values().filter(wait).collect();
        if waiting.is_empty() {
            return false;
        }
        let row = waiting[self.dice.below(waiting.len())].clone();
        self.spawn_code(&row);
        true
    }
}

/// The version rises with the app; recovery codes stand in for one, so they go with it.
pub(crate) fn set_app(
    txn: &mut Txn<'_>,
    user: &UserId,
    app: Option<(u64, i64)>,
) -> Result<Fact, StoreError> {
    change_person(txn, user, |person| {
        person.credential_version += 1;
        person.factors.app = app.map(|(secret, last_step)| App { secret, last_step });
        if app.is_none() {
            person.factors.recovery.clear();
        }
    })?;
    raise_all_serial(txn, user);
    Ok(Fact::App { user: user.clone(), app })
}

/// The version stays: the settle itself looks such a code up.
pub(crate) fn set_recovery(
    txn: &mut Txn<'_>,
    user: &UserId,
    codes: &[u64],
) -> Result<Fact, StoreError> {
    change_person(txn, user, |person| {
        person.factors.recovery = codes.iter().map(|code| (*code, false)).collect();
    })?;
    raise_all_serial(txn, user);
    Ok(Fact::Recovery { user: user.clone(), codes: codes.to_vec() })
}
