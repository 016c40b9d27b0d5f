//! The reference held against the durable rows.

use lockkeeper::model::{Millis, SignInId};
use lockkeeper::store::SubjectKey;

use super::super::image::Image;
use super::super::lanes;
use super::super::names::Edits;
use super::super::report::Check;
use super::{Oracle, Wrong};

impl Oracle {
    /// Every subject, sessions and owners: after a crash, and where rows could have been touched
    /// that were not to be.
    pub(crate) fn compare_all(&self, image: &Image, at: Option<Millis>) -> Result<(), Wrong> {
        for subject in image.subjects.keys().chain(self.subjects.keys()) {
            self.compare(subject, image, at)?;
        }
        if image.sessions.len() != self.sessions {
            let text = format!("{} sessions, {} completed", image.sessions.len(), self.sessions);
            return Err((Check::Durable, text));
        }
        if image.attempts.len() != self.answers.len() {
            let text = format!("{} attempts, {} settled", image.attempts.len(), self.answers.len());
            return Err((Check::Durable, text));
        }
        self.compare_secrets(image)
    }

    /// What is used up of everybody's factors and of sent codes, and where every sign-in stands.
    fn compare_secrets(&self, image: &Image) -> Result<(), Wrong> {
        for (user, person) in &image.users {
            let known = &self.users[user].factors;
            if person.factors != *known {
                let text = format!("{user}: {:?} where {known:?} is right", person.factors);
                return Err((Check::State, text));
            }
        }
        self.factors.compare_codes(&image.codes)?;
        image.sign_ins.keys().try_for_each(|id| self.compare_sign_in(id, image))
    }

    pub(crate) fn compare_sign_in(&self, id: &SignInId, image: &Image) -> Result<(), Wrong> {
        self.factors.compare_run(id, image.sign_ins.get(id))
    }

    /// One subject's rows with the model: numbers always, what each lane would meet if `at` is
    /// given.
    pub(crate) fn compare(
        &self,
        subject: &SubjectKey,
        image: &Image,
        at: Option<Millis>,
    ) -> Result<(), Wrong> {
        let real = image.subjects.get(subject).cloned().unwrap_or_default();
        let model = self.subjects.get(subject).cloned().unwrap_or_default();
        let episodes = self.edits == Edits::KeepN;
        let same = real.count == model.total()
            && real.long_run == model.long_run
            && real.lock.map(|lock| lock.until) == model.account.lock
            && real.staff_lock.map(|lock| lock.until) == model.staff
            && (!episodes || (real.episode, real.episode_open) == (model.episode, model.open));
        if !same {
            return Err((
                Check::State,
                format!("{subject:?}: {real:?}\n  where {model:?} is right"),
            ));
        }
        if let Some(at) = at {
            let policy = self.policy_at(self.stands.version_at(at));
            lanes::compare_lanes(&policy, subject, image, &model, &self.issued, at)?;
        }
        Ok(())
    }
}
