//! What the contact form knows of the page that led to it: who was shown which lock. The form carries
//! it signed, so that it is asked nothing twice and believes nothing that we did not say ourselves.

use serde::{Deserialize, Serialize};

use super::remembered::{LockEnd, Remembered};
use super::view::KnownLock;
use super::visit::Visit;
use crate::model::{Millis, Span, Until};

/// What the sealed value is for.
const USE: &str = "support";
/// How long a form may lie open.
const LIFE: Span = Span::MINUTE.times(30);

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SupportContext {
    /// As typed.
    pub identifier: String,
    lock: LockEnd,
}

impl SupportContext {
    /// The lock that this browser was shown, while it stands.
    pub fn of(remembered: &Remembered, now: Millis) -> Option<Self> {
        let lock = remembered.lock.filter(|lock| lock.until().holds_at(now))?;
        let identifier = remembered.identifier.clone();
        (!identifier.is_empty()).then_some(Self { identifier, lock })
    }

    /// What a form brought back; nothing where it is forged, foreign or old.
    pub fn open(visit: &Visit<'_>, sealed: &str) -> Option<Self> {
        visit.profile.contexts().open(USE, sealed, visit.now).ok()
    }

    pub fn until(&self) -> Until {
        self.lock.until()
    }

    /// For the form; `None` where it cannot be sealed: then it is asked.
    pub fn known(&self, visit: &Visit<'_>) -> Option<KnownLock> {
        let sealed = visit.profile.contexts().seal(USE, visit.now.after(LIFE), self).ok()?;
        Some(KnownLock { identifier: self.identifier.clone(), until: self.until(), sealed })
    }
}
