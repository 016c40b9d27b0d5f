//! Reset codes and the new password after one, by the reference: taken while locked too, counted by
//! nothing but the code's own tries.

use lockkeeper::lockout::Policy;
use lockkeeper::model::{Millis, UserId};
use lockkeeper::store::SubjectKey;
use lockkeeper::store::settle::{ResetRequest, SettleRequest, Settled};

use super::super::facts::Around;
use super::super::report::Check;
use super::super::told::Told;
use super::factors::Joins;
use super::{Oracle, Wrong};

impl Oracle {
    pub(super) fn reset_code(&mut self, request: &SettleRequest, right: Option<&UserId>) -> Told {
        self.factors.tried(&request.proof, right.is_some());
        match right {
            Some(user) => {
                self.factors.wait_for_password(request, user);
                Told::Passed
            }
            None => Told::Wrong(None),
        }
    }

    pub(super) fn reset(
        &mut self,
        around: &Around,
        request: &ResetRequest,
        settled: &Settled,
    ) -> Result<(), Wrong> {
        let told = Told::of(settled.answer());
        if let Some(before) = self.answers.get(&request.attempt) {
            let same = *before == told;
            let text = format!("a reset was answered {before:?} before, {told:?} now");
            return if same { Ok(()) } else { Err((Check::Durable, text)) };
        }
        if settled.policy_version() as usize != around.version {
            return Err((Check::Policy, format!("a reset decided by another policy: {request:?}")));
        }
        let policy = self.policy_at(around.version);
        let expected = self.expect_reset(&policy, request, around.now);
        if expected != told {
            let check = if told == Told::Complete { Check::Session } else { Check::Answer };
            return Err((check, format!("{told:?} where {expected:?} is right: {request:?}")));
        }
        if matches!(told, Told::Complete | Told::Passed | Told::Locked(_)) {
            self.answers.insert(request.attempt.clone(), told.clone());
        }
        if told == Told::Complete {
            self.sessions += 1;
            self.complete.insert(request.sign_in.clone());
        }
        Ok(())
    }

    /// A staff lock keeps the session back, not the password.
    fn expect_reset(&mut self, policy: &Policy, request: &ResetRequest, now: Millis) -> Told {
        let user = &request.user;
        let Some(known) = self.users.get(user).cloned() else { return Told::Deleted };
        match self.factors.joins_reset(&request.sign_in, user, now) {
            Joins::Void => return Told::Void,
            Joins::FactorDied => {
                self.factors.begin_again(&request.sign_in);
                return Told::FactorDied;
            }
            Joins::Waits => {}
        }
        if known.banned {
            return Told::Banned;
        }
        let password = request.password_hash.parse().expect("the number of a password");
        let changed = self.known(user);
        (changed.version, changed.password) = (known.version + 1, password);
        let subject = SubjectKey::user(user);
        let model = self.model(&subject);
        model.time_passes(policy, None, now.0);
        model.start_over();
        let staff = model.staff.filter(|end| end.holds_at(Millis(model.now)));
        self.credentials_changed(user);
        match staff {
            Some(end) => {
                self.factors.begin_again(&request.sign_in);
                Told::Locked(end)
            }
            None if known.factors.wanted() => {
                self.factors.pass_after_reset(&request.sign_in, user);
                Told::Passed
            }
            None => {
                self.factors.complete_run(&request.sign_in);
                Told::Complete
            }
        }
    }
}
