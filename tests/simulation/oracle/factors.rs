//! The reference's idea of second factors: where each sign-in stands and whether its first factor
//! still lives, which codes were sent and what is left of them. No serials: what dies is marked
//! dead when it dies.

use std::collections::BTreeMap;

use lockkeeper::model::{Lane, Millis, OneTimeCodeId, SignInId, UserId};
use lockkeeper::store::SubjectKey;
use lockkeeper::store::factor::{FactorStep, Proof};
use lockkeeper::store::one_time_codes::{CODE_TRIES, CodePurpose, OneTimeCode};
use lockkeeper::store::settle::{SettleRequest, SettleSignIn};
use lockkeeper::store::sign_ins::{SIGN_IN_LIFETIME, SignIn, SignInStatus};

use super::super::report::Check;
use super::super::told::sign_in_of;
use super::Wrong;

/// One run through the steps.
#[derive(Debug, Clone, Default)]
struct Run {
    stage: Stage,
    /// What it was sent last, for the step it waits for.
    prepared: Option<OneTimeCodeId>,
    /// Those that were opened before a secret came never end here.
    ends: Option<Millis>,
}

#[derive(Debug, Clone, Default)]
enum Stage {
    #[default]
    First,
    Second(Passed),
    /// A reset code was right.
    Password(Passed),
    Complete,
}

/// A first factor that was right.
#[derive(Debug, Clone)]
struct Passed {
    user: UserId,
    lane: Lane,
    alive: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Sent {
    subject: SubjectKey,
    purpose: CodePurpose,
    tries: i64,
    used: bool,
    ends: Millis,
}

/// For what a sign-in waits whose first factor was passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waits {
    Second,
    Password,
}

/// Whether a sign-in can take what was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joins {
    Waits,
    Void,
    FactorDied,
}

#[derive(Default)]
pub(super) struct Factors {
    runs: BTreeMap<SignInId, Run>,
    codes: BTreeMap<OneTimeCodeId, Sent>,
}

impl Factors {
    fn run(&mut self, id: &SignInId) -> &mut Run {
        self.runs.entry(id.clone()).or_default()
    }

    fn passed(&self, request: &SettleRequest) -> Option<&Passed> {
        match &self.runs.get(sign_in_of(request))?.stage {
            Stage::Second(passed) | Stage::Password(passed) => Some(passed),
            Stage::First | Stage::Complete => None,
        }
    }

    /// The user who has passed a first factor has the identifier no more.
    pub(super) fn deserted(&self, request: &SettleRequest, owner: Option<&UserId>) -> bool {
        self.passed(request).is_some_and(|passed| owner != Some(&passed.user))
    }

    /// Whether the first factor of this attempt's sign-in lives, in the lane of the attempt.
    pub(super) fn lives(&self, request: &SettleRequest) -> bool {
        self.passed(request).is_some_and(|passed| passed.alive && passed.lane == request.lane)
    }

    pub(super) fn joins(&self, request: &SettleRequest, now: Millis) -> Joins {
        let step = request.proof.step();
        let SettleSignIn::Existing(id) = &request.sign_in else {
            return if step == FactorStep::First { Joins::Waits } else { Joins::Void };
        };
        let run = self.runs.get(id).cloned().unwrap_or_default();
        if run.ends.is_some_and(|end| now >= end) {
            return Joins::Void;
        }
        match (run.stage, step) {
            (Stage::First, FactorStep::First) => Joins::Waits,
            (Stage::Second(_), FactorStep::Second) if self.lives(request) => Joins::Waits,
            (Stage::Second(_), FactorStep::Second) => Joins::FactorDied,
            (_, FactorStep::First | FactorStep::Second) => Joins::Void,
        }
    }

    /// A lock of its lane does not end a reset, or nobody could finish one during an attack.
    pub(super) fn joins_reset(&self, id: &SignInId, user: &UserId, now: Millis) -> Joins {
        let run = self.runs.get(id).cloned().unwrap_or_default();
        match run.stage {
            Stage::Password(passed)
                if passed.user == *user && run.ends.is_none_or(|end| now < end) =>
            {
                if passed.alive {
                    Joins::Waits
                } else {
                    Joins::FactorDied
                }
            }
            Stage::First | Stage::Second(_) | Stage::Password(_) | Stage::Complete => Joins::Void,
        }
    }

    /// Whether a try of this code can be right or wrong at all: its own sign-in's latest, unused,
    /// with tries left, in time.
    pub(super) fn usable(
        &self,
        request: &SettleRequest,
        code: &OneTimeCodeId,
        now: Millis,
    ) -> bool {
        let run = self.runs.get(sign_in_of(request));
        run.is_some_and(|run| run.prepared.as_ref() == Some(code))
            && self.codes.get(code).is_some_and(|sent| {
                let purpose = match (&request.proof, request.proof.step()) {
                    (Proof::ResetCode(_), _) => CodePurpose::Reset,
                    (_, FactorStep::First) => CodePurpose::SignIn,
                    (_, FactorStep::Second) => CodePurpose::SecondFactor,
                };
                sent.subject == request.subject
                    && sent.purpose == purpose
                    && !sent.used
                    && sent.tries < CODE_TRIES
                    && now < sent.ends
            })
    }

    pub(super) fn sent(&mut self, code: &OneTimeCode, sign_in: &SignInId) {
        let sent = Sent {
            subject: code.subject.clone(),
            purpose: code.purpose,
            tries: 0,
            used: false,
            ends: code.expires_at,
        };
        self.codes.insert(code.id.clone(), sent);
        self.run(sign_in).prepared = Some(code.id.clone());
    }

    pub(super) fn drop_codes(&mut self, subject: &SubjectKey) {
        self.codes.retain(|_, sent| sent.subject != *subject);
    }

    /// A staff lock, a ban, other credentials: no first factor outlives them.
    pub(super) fn die_all(&mut self, user: &UserId) {
        self.die(|_, passed| passed.user == *user);
    }

    /// A lock of a lane, or its end.
    pub(super) fn die_in(&mut self, subject: &SubjectKey, lane: &Lane) {
        self.die(|stage, passed| {
            stage == Waits::Second
                && passed.lane == *lane
                && SubjectKey::user(&passed.user) == *subject
        });
    }

    fn die(&mut self, which: impl Fn(Waits, &Passed) -> bool) {
        for run in self.runs.values_mut() {
            let (waits, passed) = match &mut run.stage {
                Stage::Second(passed) => (Waits::Second, passed),
                Stage::Password(passed) => (Waits::Password, passed),
                Stage::First | Stage::Complete => continue,
            };
            if which(waits, passed) {
                passed.alive = false;
            }
        }
    }

    pub(super) fn complete(&mut self, request: &SettleRequest) {
        self.move_to(request, Stage::Complete);
    }

    pub(super) fn pass(&mut self, request: &SettleRequest, user: &UserId, now: Millis) {
        let passed = Passed { user: user.clone(), lane: request.lane.clone(), alive: true };
        self.move_to(request, Stage::Second(passed));
        if matches!(request.sign_in, SettleSignIn::AtOnce { .. }) {
            self.run(sign_in_of(request)).ends = Some(now.after(SIGN_IN_LIFETIME));
        }
    }

    pub(super) fn fall_back(&mut self, request: &SettleRequest) {
        self.move_to(request, Stage::First);
    }

    pub(super) fn wait_for_password(&mut self, request: &SettleRequest, user: &UserId) {
        let passed = Passed { user: user.clone(), lane: request.lane.clone(), alive: true };
        self.move_to(request, Stage::Password(passed));
    }

    /// A reset opens the public lane, and its own proof outlives what it ends.
    pub(super) fn pass_after_reset(&mut self, id: &SignInId, user: &UserId) {
        let passed = Passed { user: user.clone(), lane: Lane::Public, alive: true };
        self.run(id).stage = Stage::Second(passed);
    }

    pub(super) fn complete_run(&mut self, id: &SignInId) {
        self.run(id).stage = Stage::Complete;
    }

    pub(super) fn begin_again(&mut self, id: &SignInId) {
        self.run(id).stage = Stage::First;
    }

    /// What was sent for one step is good for no other.
    fn move_to(&mut self, request: &SettleRequest, stage: Stage) {
        let run = self.run(sign_in_of(request));
        (run.stage, run.prepared) = (stage, None);
    }

    /// A try of a code, and whether it was the right one.
    pub(super) fn tried(&mut self, proof: &Proof, right: bool) {
        let (Proof::OneTimeCode { id, .. } | Proof::ResetCode(id)) = proof else { return };
        if let Some(sent) = self.codes.get_mut(id) {
            sent.tries += 1;
            sent.used |= right;
        }
    }

    /// Whether the code was used or guessed at too often before.
    pub(super) fn is_spent(&self, code: &OneTimeCodeId) -> bool {
        self.codes.get(code).is_none_or(|sent| sent.used || sent.tries >= CODE_TRIES)
    }

    pub(super) fn compare_codes(
        &self,
        rows: &BTreeMap<OneTimeCodeId, OneTimeCode>,
    ) -> Result<(), Wrong> {
        let row = |code: &OneTimeCode| Sent {
            subject: code.subject.clone(),
            purpose: code.purpose,
            tries: code.tries,
            used: code.used_at.is_some(),
            ends: code.expires_at,
        };
        for id in rows.keys().chain(self.codes.keys()) {
            let (real, known) = (rows.get(id).map(row), self.codes.get(id));
            if real.as_ref() != known {
                return Err((Check::State, format!("{id}: {real:?} where {known:?} is right")));
            }
        }
        Ok(())
    }

    pub(super) fn compare_run(&self, id: &SignInId, row: Option<&SignIn>) -> Result<(), Wrong> {
        let run = self.runs.get(id).cloned().unwrap_or_default();
        let status = match run.stage {
            Stage::First => SignInStatus::NeedsFirstFactor,
            Stage::Second(_) => SignInStatus::NeedsSecondFactor,
            Stage::Password(_) => SignInStatus::NeedsNewPassword,
            Stage::Complete => SignInStatus::Complete,
        };
        let real = row.map(|row| (row.status, row.prepared_code.clone()));
        if real == Some((status, run.prepared.clone())) {
            return Ok(());
        }
        Err((Check::State, format!("{id}: {real:?} where {run:?} is right")))
    }
}
