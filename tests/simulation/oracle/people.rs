//! The reference's idea of who owns which identifier, and of what becomes of count and lock when one
//! changes hands.

use lockkeeper::model::{CanonicalKey, Millis, Until, UserId};
use lockkeeper::store::SubjectKey;

use super::super::factors::Factors;
use super::super::names::NAMES;
use super::super::report::Check;
use super::{Known, Oracle, Wrong, locked};
use crate::lockout_model::Who;

impl Oracle {
    /// Some identifiers' subjects: whoever has or had the key, and its phantom.
    pub(crate) fn subjects_of(&self, key: &CanonicalKey) -> Vec<SubjectKey> {
        let owners = self.owners.iter().filter(|(owned, _)| owned == key);
        let users = owners.map(|(_, user)| SubjectKey::user(user));
        users.chain([NAMES.phantom_of(key)]).collect()
    }

    pub(super) fn signed_up(
        &mut self,
        (user, keys): (&UserId, &[CanonicalKey]),
        password: u64,
        factors: &Factors,
        now: i64,
    ) {
        let known = Known { version: 1, password, banned: false, factors: factors.clone() };
        self.users.insert(user.clone(), known);
        self.revealed.clear();
        type Strength = (Option<Until>, Option<Until>, i64, i64);
        let mut strongest: Option<(Strength, SubjectKey)> = None;
        for key in keys {
            self.keys.insert(key.clone(), user.clone());
            self.owners.insert((key.clone(), user.clone()));
            let phantom = NAMES.phantom_of(key);
            if let Some(model) = self.subjects.get(&phantom) {
                let held = (model.staff, model.account.lock, model.total(), model.long_run);
                strongest = strongest.max(Some((held, phantom)));
            }
        }
        if let Some((_, phantom)) = strongest {
            let model = self.subjects[&phantom].clone();
            self.subjects.insert(SubjectKey::user(user), model);
        }
        for key in keys {
            self.subjects.remove(&NAMES.phantom_of(key));
            self.factors.drop_codes(&NAMES.phantom_of(key));
            self.remember(&NAMES.phantom_of(key), now);
        }
        self.remember(&SubjectKey::user(user), now);
    }

    /// `copied`: its phantoms got the row of the subject, and lost what they had.
    pub(super) fn deleted(&mut self, user: &UserId, copied: bool, now: i64) {
        self.users.remove(user);
        // Count and lock change hands: the lock period is counted anew.
        self.revealed.clear();
        let subject = SubjectKey::user(user);
        let keys: Vec<CanonicalKey> = self
            .keys
            .iter()
            .filter(|(_, owner)| *owner == user)
            .map(|(key, _)| key.clone())
            .collect();
        let model = self.subjects.remove(&subject);
        self.remember(&subject, now);
        self.factors.drop_codes(&subject);
        for key in keys {
            self.keys.remove(&key);
            let phantom = NAMES.phantom_of(&key);
            if copied {
                self.factors.drop_codes(&phantom);
            }
            if let Some(mut model) = model.clone() {
                model.rows.retain(|who, _| matches!(who, Who::Source(_)));
                self.subjects.insert(phantom.clone(), model);
            }
            self.remember(&phantom, now);
        }
        self.issued.retain(|(issued, _)| *issued != subject);
    }

    pub(super) fn purged(
        &mut self,
        subjects: &[SubjectKey],
        at: Millis,
        now: i64,
    ) -> Result<(), Wrong> {
        let policy = self.policy_at(self.stands.version_at(at));
        for subject in subjects {
            let mut model = self.subjects.remove(subject).unwrap_or_default();
            model.time_passes(&policy, None, at.0);
            let locked = [Who::Source(0), Who::Source(1), Who::Source(2)]
                .into_iter()
                .any(|who| locked(&model, who).is_some());
            if locked || model.total() > 0 {
                return Err((Check::Durable, format!("{subject:?} was purged with its lock")));
            }
            self.remember(subject, now);
        }
        Ok(())
    }
}
