//! What an attempt should be answered, in the order of the settle: whose it is, the lock, the
//! credential, the sign-in, what can still be used up, right or wrong.

use lockkeeper::lockout::Policy;
use lockkeeper::model::{Lane, Millis, UserId};
use lockkeeper::store::SubjectKey;
use lockkeeper::store::factor::{Bound, FactorStep, Proof};
use lockkeeper::store::settle::{SettleRequest, Verified};

use super::super::factors::{Tried, code_behind, shown};
use super::super::facts::Around;
use super::super::names::NAMES;
use super::super::report::Check;
use super::super::told::{Told, sign_in_of, told_of};
use super::factors::Joins;
use super::{Known, Oracle, Wrong, locked};
use crate::lockout_model::reference::Model;
use crate::lockout_model::{Seen, Who};

impl Oracle {
    /// The answer, and the mail that goes with it (as a reminder?).
    pub(super) fn expect(
        &mut self,
        policy: &Policy,
        (request, tried): (&SettleRequest, &Tried),
        now: Millis,
    ) -> (Told, Option<bool>) {
        let owner = self.keys.get(&request.key).cloned();
        if self.factors.deserted(request, owner.as_ref()) {
            return (Told::Deleted, None);
        }
        let subject = owner.as_ref().map_or_else(|| request.phantom.clone(), SubjectKey::user);
        if subject != request.subject {
            return (Told::Again, None);
        }
        let who = NAMES.who(&request.lane, &request.source);
        let mut model = self.subjects.get(&subject).cloned().unwrap_or_default();
        model.time_passes(policy, Some(who), now.0);
        let unissued =
            !matches!(who, Who::Source(_)) && !self.issued.contains(&(subject.clone(), who));
        let dead = unissued || model.rows.get(&who).is_some_and(|row| row.dead);
        let counted = request.proof.bound() != Bound::ByItsOwnTries;
        if let Some(end) = locked(&model, who).filter(|_| counted) {
            return (Told::Locked(end), None);
        }
        let known = owner.as_ref().map(|user| self.users[user].clone());
        let version = known.as_ref().map_or(0, |known| known.version);
        if seen_version(request) != version {
            return (Told::Again, None);
        }
        match self.factors.joins(request, now) {
            Joins::Void => return (Told::Void, None),
            Joins::FactorDied => {
                self.factors.fall_back(request);
                return (Told::FactorDied, None);
            }
            Joins::Waits => {}
        }
        let known = known.filter(|known| is_right(request, tried, known));
        if known.as_ref().is_some_and(|known| known.banned) {
            return (Told::Banned, None);
        }
        if !self.can_be_used(request, owner.as_ref(), known.as_ref(), now) {
            return (Told::Again, None);
        }
        if !counted {
            let right = owner.as_ref().filter(|_| known.is_some());
            return (self.reset_code(request, right), None);
        }
        let (told, mail) = match (known, owner) {
            (Some(known), Some(user)) if !dead => {
                (self.right(policy, (request, tried), &mut model, (&known, &user), now), None)
            }
            (None, _) if !dead => self.wrong(policy, request, &mut model, who),
            _ => (Told::Again, None),
        };
        self.subjects.insert(subject, model);
        (told, mail)
    }

    /// A first factor of several clears nothing; what completes a sign-in does.
    fn right(
        &mut self,
        policy: &Policy,
        (request, tried): (&SettleRequest, &Tried),
        model: &mut Model,
        (known, user): (&Known, &UserId),
        now: Millis,
    ) -> Told {
        self.use_up(request, tried, user);
        if request.proof.step() == FactorStep::First && known.factors.wanted() {
            self.factors.pass(request, user, now);
            return Told::Passed;
        }
        model.sign_in(policy, NAMES.who(&request.lane, &request.source));
        self.factors.complete(request);
        Told::Complete
    }

    /// Counted by the policy's choice of authenticators; whatever it chooses, a code has tries of
    /// its own. A lock that it makes ends the passed factors of its lane.
    fn wrong(
        &mut self,
        policy: &Policy,
        request: &SettleRequest,
        model: &mut Model,
        who: Who,
    ) -> (Told, Option<bool>) {
        self.factors.tried(&request.proof, false);
        let counts =
            request.proof.authenticator().is_some_and(|a| policy.authenticators.contains(&a));
        if !policy.enabled || !counts {
            return (Told::Wrong(None), None);
        }
        let locks = model.public_locks;
        let (seen, mail) = model.fail(policy, who, 1);
        if model.public_locks > locks {
            self.factors.die_in(&request.subject, &Lane::Public);
        }
        let over = matches!(seen, Seen::Locked(_)) || model.rows.get(&who).is_some_and(|r| r.dead);
        if over && !matches!(who, Who::Source(_)) {
            self.factors.die_in(&request.subject, &request.lane);
        }
        (told_of(&seen), mail)
    }

    /// Whether nobody was quicker with the same code.
    fn can_be_used(
        &self,
        request: &SettleRequest,
        owner: Option<&UserId>,
        right: Option<&Known>,
        now: Millis,
    ) -> bool {
        match (&request.proof, right, owner) {
            (Proof::OneTimeCode { id, .. } | Proof::ResetCode(id), _, _) => {
                self.factors.usable(request, id, now)
            }
            (Proof::Totp { step: Some(step) }, Some(known), _) => {
                known.factors.app.is_some_and(|app| *step > app.last_step)
            }
            (Proof::RecoveryCode { digest }, Some(known), Some(user)) => {
                let code = code_behind(user, digest);
                code.is_some_and(|code| known.factors.recovery.get(&code) == Some(&false))
            }
            _ => true,
        }
    }

    fn use_up(&mut self, request: &SettleRequest, tried: &Tried, user: &UserId) {
        self.factors.tried(&request.proof, true);
        let known = self.users.get_mut(user).expect("a user of this world");
        match (tried, &request.proof, &mut known.factors.app) {
            (Tried::Totp(_), Proof::Totp { step: Some(step) }, Some(app)) => app.last_step = *step,
            (Tried::Recovery(code), _, _) => drop(known.factors.recovery.insert(*code, true)),
            _ => {}
        }
    }

    /// Without the model of the lockout: what the rows said before, which secret is right, what was
    /// accepted before, and that a second factor follows a first one.
    pub(super) fn right_is_right(
        &self,
        around: &Around,
        (request, tried): (&SettleRequest, &Tried),
        told: &Told,
    ) -> Result<(), Wrong> {
        let (before, at) = (&around.before, around.now.max(around.before.last_instant));
        let staff = before.staff_lock.is_some_and(|lock| lock.until.holds_at(at));
        let lock = before.lock.is_some_and(|lock| lock.until.holds_at(at));
        let wrong = |check, text: &str| Err((check, format!("{text}: {tried:?}, {request:?}")));
        let refusable = request.proof.bound() != Bound::ByItsOwnTries;
        if refusable && (staff || (lock && request.lane.is_public())) {
            return wrong(Check::Session, "right while locked");
        }
        let known = self.keys.get(&request.key).and_then(|user| self.users.get(user));
        let Some(known) = known else { return wrong(Check::Session, "right for nobody") };
        if self.was_accepted(request, tried, known) {
            return wrong(Check::Factor, "accepted once more");
        }
        if !is_the_secret(request, tried, known) {
            return wrong(Check::Session, "not the right secret");
        }
        if self.complete.contains(sign_in_of(request)) {
            return wrong(Check::Session, "a sign-in completed twice");
        }
        let second = request.proof.step() == FactorStep::Second;
        if second && !self.factors.lives(request) {
            return wrong(Check::Factor, "a second factor without a first one that lives");
        }
        if !second && *told == Told::Complete && known.factors.wanted() {
            return wrong(Check::Factor, "a session from the first of two factors");
        }
        Ok(())
    }

    fn was_accepted(&self, request: &SettleRequest, tried: &Tried, known: &Known) -> bool {
        match (tried, &request.proof) {
            (Tried::Totp(_), Proof::Totp { step: Some(step) }) => {
                known.factors.app.is_some_and(|app| *step <= app.last_step)
            }
            (Tried::Recovery(code), _) => known.factors.recovery.get(code) == Some(&true),
            (Tried::Code { code, .. } | Tried::Reset { code, .. }, _) => {
                self.factors.is_spent(code)
            }
            (Tried::Password(_) | Tried::Totp(_), _) => false,
        }
    }
}

const fn seen_version(request: &SettleRequest) -> i64 {
    let (Verified::Right { credential_version } | Verified::Wrong { credential_version }) =
        request.verified;
    credential_version
}

/// Which password is right is known here; which code was in time, only the node's clock could tell.
fn is_right(request: &SettleRequest, tried: &Tried, known: &Known) -> bool {
    match tried {
        Tried::Password(number) => known.password == *number,
        Tried::Code { code, typed, .. } | Tried::Reset { code, typed } => code == typed,
        Tried::Totp(_) | Tried::Recovery(_) => matches!(request.verified, Verified::Right { .. }),
    }
}

fn is_the_secret(request: &SettleRequest, tried: &Tried, known: &Known) -> bool {
    match (tried, &request.proof) {
        (Tried::Password(number), _) => known.password == *number,
        (Tried::Code { code, typed, .. } | Tried::Reset { code, typed }, _) => code == typed,
        (Tried::Recovery(code), _) => known.factors.recovery.contains_key(code),
        (Tried::Totp(typed), Proof::Totp { step: Some(step) }) => {
            known.factors.app.is_some_and(|app| shown(app.secret, *step) == *typed)
        }
        (Tried::Totp(_), _) => false,
    }
}
