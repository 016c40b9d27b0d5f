//! Where a sign-in stands, and what may be done with it there.

use super::strategy::Strategy;
use crate::model::{Millis, SessionId, Span};

/// Clerk's words for where a sign-in stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    NeedsIdentifier,
    NeedsFirstFactor,
    NeedsSecondFactor,
    NeedsNewPassword,
    Complete,
    /// Replaced by a newer one.
    Abandoned,
}

impl Status {
    pub const ALL: [Self; 6] = [
        Self::NeedsIdentifier,
        Self::NeedsFirstFactor,
        Self::NeedsSecondFactor,
        Self::NeedsNewPassword,
        Self::Complete,
        Self::Abandoned,
    ];
}

/// Whose sign-in it is, seen from the client that asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// This client's present one (or its last, completed one, while it has no other).
    Current,
    /// This client's, but a newer one has taken its place.
    Older,
    /// Another client's. Not even that it exists may be told.
    Elsewhere,
}

/// A sign-in as the flow sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    pub status: Status,
    pub place: Place,
    /// An unfinished sign-in is gone from this instant on.
    pub abandon_at: Millis,
}

impl Run {
    /// One that is made with its first factor, and stands only if that is right.
    #[must_use]
    pub const fn beginning(now: Millis) -> Self {
        let abandon_at = now.after(Span::DAY);
        Self { status: Status::NeedsFirstFactor, place: Place::Current, abandon_at }
    }
}

/// What is asked of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    Show,
    PrepareFirstFactor,
    AttemptFirstFactor,
    PrepareSecondFactor,
    AttemptSecondFactor,
    ResetPassword,
}

/// Why it is refused. The twelve errors of Clerk's sign-in and a few that belong to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Unknown to this client, or too old.
    NotFound,
    /// Changes are for the newest sign-in of a client only.
    Older,
    /// Not the step that comes now.
    WrongState(Status),
    /// The client has a live session, and may have one only.
    SessionExists,
    /// The user has this live session on the client.
    AlreadySignedIn(SessionId),
    /// Nobody has the identifier. Told in the revealing mode only.
    UnknownIdentifier,
    /// The client's sign-up holds nothing that a sign-in could take over.
    NothingToTransfer,
    /// An address of the client's sign-up has become another user's.
    Claimed,
    /// The user cannot sign in this way. Told in the revealing mode only.
    StrategyForUser,
    /// The address is another user's. Told in the revealing mode only.
    BelongsToOther,
    /// Not an address that this sign-in offers.
    UnknownAddress,
    /// The user has no such second factor.
    NoSecondFactor(Strategy),
    /// The ticket is a user's who has no name to sign in with.
    NoIdentification,
    /// The user, or the address that was chosen, is gone.
    Deleted,
    /// A code is tried that nobody asked for.
    NotPrepared,
    /// A code is tried as one of another strategy than it was asked for.
    PreparedOtherwise,
}

/// Whether `action` is allowed on this sign-in at `now`.
///
/// # Errors
/// The one [`Refusal`] that is told, the most secretive first.
pub fn judge(run: &Run, action: Action, now: Millis) -> Result<(), Refusal> {
    let unfinished = run.status != Status::Complete;
    if run.place == Place::Elsewhere || (unfinished && now >= run.abandon_at) {
        return Err(Refusal::NotFound);
    }
    if action == Action::Show {
        return Ok(());
    }
    if run.place == Place::Older || run.status == Status::Abandoned {
        return Err(Refusal::Older);
    }
    if awaited(action) == Some(run.status) { Ok(()) } else { Err(Refusal::WrongState(run.status)) }
}

/// The status in which an action is the next step.
const fn awaited(action: Action) -> Option<Status> {
    match action {
        Action::Show => None,
        Action::PrepareFirstFactor | Action::AttemptFirstFactor => Some(Status::NeedsFirstFactor),
        Action::PrepareSecondFactor | Action::AttemptSecondFactor => {
            Some(Status::NeedsSecondFactor)
        }
        Action::ResetPassword => Some(Status::NeedsNewPassword),
    }
}

/// A step that was taken with success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Passed {
    Identified,
    FirstFactor(Still),
    /// A code that proves the mailbox, asked for in order to set a new password.
    ResetCode,
    NewPassword(Still),
    SecondFactor,
}

/// What is asked for after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Still {
    Nothing,
    SecondFactor,
}

/// The status after a step; `None` where that step cannot have been taken.
#[must_use]
pub const fn next(status: Status, passed: Passed) -> Option<Status> {
    match (status, passed) {
        (Status::NeedsIdentifier, Passed::Identified) => Some(Status::NeedsFirstFactor),
        (Status::NeedsFirstFactor, Passed::FirstFactor(still))
        | (Status::NeedsNewPassword, Passed::NewPassword(still)) => Some(match still {
            Still::Nothing => Status::Complete,
            Still::SecondFactor => Status::NeedsSecondFactor,
        }),
        (Status::NeedsFirstFactor, Passed::ResetCode) => Some(Status::NeedsNewPassword),
        (Status::NeedsSecondFactor, Passed::SecondFactor) => Some(Status::Complete),
        (
            Status::NeedsIdentifier
            | Status::NeedsFirstFactor
            | Status::NeedsSecondFactor
            | Status::NeedsNewPassword
            | Status::Complete
            | Status::Abandoned,
            Passed::Identified
            | Passed::FirstFactor(_)
            | Passed::ResetCode
            | Passed::NewPassword(_)
            | Passed::SecondFactor,
        ) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACTIONS: [Action; 5] = [
        Action::PrepareFirstFactor,
        Action::AttemptFirstFactor,
        Action::PrepareSecondFactor,
        Action::AttemptSecondFactor,
        Action::ResetPassword,
    ];
    const NOW: Millis = Millis(1_000);

    fn run(status: Status, place: Place) -> Run {
        Run { status, place, abandon_at: Millis(2_000) }
    }

    #[test]
    fn each_action_has_exactly_one_status_of_its_own() {
        for action in ACTIONS {
            let allowed: Vec<_> = Status::ALL
                .into_iter()
                .filter(|status| judge(&run(*status, Place::Current), action, NOW).is_ok())
                .collect();
            assert_eq!(allowed.len(), 1, "{action:?}: {allowed:?}");
        }
    }

    #[test]
    fn nothing_is_told_about_another_clients_sign_in() {
        for status in Status::ALL {
            for action in ACTIONS.into_iter().chain([Action::Show]) {
                let told = judge(&run(status, Place::Elsewhere), action, NOW);
                assert_eq!(told, Err(Refusal::NotFound), "{status:?} {action:?}");
            }
        }
    }

    #[test]
    fn an_older_sign_in_may_be_read_and_never_changed() {
        for status in Status::ALL {
            assert_eq!(judge(&run(status, Place::Older), Action::Show, NOW), Ok(()));
            for action in ACTIONS {
                let told = judge(&run(status, Place::Older), action, NOW);
                assert_eq!(told, Err(Refusal::Older), "{status:?} {action:?}");
            }
        }
    }

    #[test]
    fn an_unfinished_sign_in_is_gone_at_its_end_and_a_finished_one_stays() {
        let at = |status, now| judge(&run(status, Place::Current), Action::Show, Millis(now));
        assert_eq!(at(Status::NeedsFirstFactor, 1_999), Ok(()));
        assert_eq!(at(Status::NeedsFirstFactor, 2_000), Err(Refusal::NotFound));
        assert_eq!(at(Status::Complete, 2_000), Ok(()));
    }

    #[test]
    fn a_completed_sign_in_takes_no_further_step() {
        for action in ACTIONS {
            let told = judge(&run(Status::Complete, Place::Current), action, NOW);
            assert_eq!(told, Err(Refusal::WrongState(Status::Complete)), "{action:?}");
        }
    }

    #[test]
    fn steps_lead_forward_and_end() {
        use Passed::{FirstFactor, Identified, NewPassword, ResetCode, SecondFactor};
        let walk = |steps: &[Passed]| {
            steps.iter().try_fold(Status::NeedsIdentifier, |status, step| next(status, *step))
        };
        assert_eq!(walk(&[Identified, FirstFactor(Still::Nothing)]), Some(Status::Complete));
        assert_eq!(
            walk(&[Identified, FirstFactor(Still::SecondFactor), SecondFactor]),
            Some(Status::Complete)
        );
        assert_eq!(
            walk(&[Identified, ResetCode, NewPassword(Still::SecondFactor), SecondFactor]),
            Some(Status::Complete)
        );
        assert_eq!(walk(&[FirstFactor(Still::Nothing)]), None);
        assert_eq!(walk(&[Identified, SecondFactor]), None);
        for done in [Status::Complete, Status::Abandoned] {
            for step in [Identified, FirstFactor(Still::Nothing), ResetCode, SecondFactor] {
                assert_eq!(next(done, step), None);
            }
        }
    }
}
