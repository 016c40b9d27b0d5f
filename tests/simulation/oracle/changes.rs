//! What staff, owners and links do to a subject, by the reference.

use lockkeeper::lockout::{Decision, Event};
use lockkeeper::model::UserId;
use lockkeeper::store::SubjectKey;
use lockkeeper::store::subject_events::SubjectChange;

use super::super::facts::Around;
use super::super::laws::press_stays_within;
use super::super::report::Check;
use super::{Oracle, Wrong};
use crate::lockout_model::Seen;

impl Oracle {
    pub(super) fn changed(
        &mut self,
        around: &Around,
        user: &UserId,
        event: &Event,
        change: &SubjectChange,
    ) -> Result<(), Wrong> {
        if !self.users.contains_key(user) {
            return Err((Check::State, format!("{user} is gone and was changed")));
        }
        press_stays_within(around, event)?;
        let policy = self.policy_at(around.version);
        let model = self.subjects.entry(around.subject.clone()).or_default();
        model.time_passes(&policy, None, around.now.0);
        let (expected, got) = match event {
            Event::StaffLock { until } => {
                model.staff = *until;
                model.kill_passes();
                self.factors.die_all(user);
                (Seen::Good, Seen::Good)
            }
            Event::StaffUnlock => {
                model.staff = None;
                (model.start_over(), Seen::Unlocked)
            }
            Event::Reset => {
                model.kill_passes();
                self.factors.die_all(user);
                (model.start_over(), Seen::Unlocked)
            }
            Event::Press { episode } => {
                let got = match &change.decision {
                    Decision::Unlocked { .. } => Seen::Unlocked,
                    _ => Seen::Void(""),
                };
                let expected = match model.press(&policy, *episode) {
                    Seen::Void(_) => Seen::Void(""),
                    other => other,
                };
                (expected, got)
            }
            Event::Failure { .. }
            | Event::RepeatedFailure { .. }
            | Event::FactorPassed { .. }
            | Event::SignInCompleted { .. } => {
                unreachable!("attempts settle")
            }
        };
        if expected != got {
            let check =
                if matches!(event, Event::Press { .. }) { Check::Press } else { Check::Answer };
            return Err((check, format!("{event:?}: {got:?} where {expected:?} is right")));
        }
        Ok(())
    }

    /// A change of credentials: passes and passed factors belong to the old ones.
    pub(super) fn credentials_changed(&mut self, user: &UserId) {
        self.model(&SubjectKey::user(user)).kill_passes();
        self.factors.die_all(user);
    }
}
