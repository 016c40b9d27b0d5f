//! Planted defects: what the simulation must find. Each is a wrapper around the real thing or a
//! wrong turn of the harness, never a switch in `src/`. Each names the checks that may find it.

use super::report::Check;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defect {
    /// Rule 1: permits = N − count, which is none at N.
    PermitsMayBeZero,
    /// Rule 2: a permit that is not given back when the verifier panics.
    PermitLostOnPanic,
    /// Rule 5: the settle does not look at the lock again.
    LockNotLookedAt,
    /// Rule 7: after an unclear commit the attempt is settled under a new id.
    RetriedUnderNewId,
    /// Rule 6: a password that was changed meanwhile is accepted.
    CredentialVersionIgnored,
    /// Rule 14: a press of any link opens whatever episode there is.
    PressNotBoundToEpisode,
    /// Rule 13: one flag for staff and policy lock.
    OneFlagForBoth,
    /// Rule 4: a subject without a row is not locked.
    FirstFailureMakesTheRow,
    /// Rule 9: a batch's items do not see each other.
    BatchDecidedFromOneRead,
    /// Rule 9: a failed batch is not run item by item.
    BadItemTakesBatch,
    /// Rule 11: the node's own idea of the policy decides.
    CachedPolicyDecides,
    /// Rule 8: answered when decided, before the commit.
    AnsweredBeforeCommit,
    /// Rule 8: answered after the write, before the disk has it.
    AnsweredBeforeSync,
    /// Rule 8: an unclear commit is taken for done.
    UnclearTakenForDone,
    /// Rule 12: the time is taken before the row's lock.
    ClockBeforeLock,
    /// Rule 12: a clock that was set back is believed.
    ClockGoesBack,
    /// Rule 20: a policy edit gives live locks a new end.
    PolicyEditMovesLocks,
    /// Rule 19: phantoms live in the process.
    PhantomsInMemory,
    /// Rule 19: deletion leaves no phantom behind.
    DeletionLosesLock,
    /// Rule 19: a newborn user starts afresh.
    SignUpLosesLock,
    /// Upkeep removes phantoms that are locked.
    PurgeTakesLocked,
    /// Rule 18: a sign-in is completed twice.
    SignInCompletedTwice,
    /// Rule 15: a lane's count comes from its cookie.
    LaneCountInCookie,
    /// Passes outlive the password that they were given out under.
    NewPasswordKeepsPasses,
    /// DESIGN §5.0: an unlock is withdrawn after it was answered.
    WithdrawnAfterAnswer,
    /// DESIGN §5.0: an entry of the published table is never read again.
    EntryNeverReadAgain,
    /// Invariant 21: the mail's row is written after the lock's commit.
    MailAfterCommit,
    /// Invariant 22: two mails for one episode.
    TwoMailsAnEpisode,
    /// Invariant 23: a row is claimed while another worker has it.
    ClaimsIgnoreLeases,
    /// DESIGN §4: a press clears the long run.
    PressClearsLongRun,
    /// DESIGN §4: a completed sign-in clears other sources' shares.
    SignInClearsOthers,
    /// Rule 17: an accepted step of an app is not remembered.
    StepNotRemembered,
    /// Rule 17: steps are looked at by the verification, not by the settle.
    StepOnlyVerified,
    /// Rule 17: a recovery code is not used up.
    RecoveryCodeTwice,
    /// Rule 17: recovery codes are looked up by the verification, not by the settle.
    RecoveryOnlyVerified,
    /// Rule 17: a sent code is not used up.
    SentCodeTwice,
    /// Rule 17: a wrong code costs none of its tries.
    CodeTriesUnbounded,
    /// The lockout counts no wrong second factor, whatever the policy says.
    WrongSecondFactorUncounted,
    /// Rule 18: the first of two factors clears the count.
    FirstFactorClears,
    /// A first factor completes the sign-in of somebody who has a second one.
    SecondFactorSkipped,
    /// Rule 18: a passed factor outlives locks and changes of credentials.
    FactorOutlivesLock,
    /// Rule 18: a sign-in whose factor died still waits for the second.
    DeadFactorStays,
}

impl Defect {
    /// Those that `crooked` and `plain` plant.
    pub(crate) const fn is_of_the_ledger(&self) -> bool {
        match self {
            Self::LockNotLookedAt
            | Self::CredentialVersionIgnored
            | Self::PressNotBoundToEpisode
            | Self::OneFlagForBoth
            | Self::BatchDecidedFromOneRead
            | Self::CachedPolicyDecides
            | Self::ClockGoesBack
            | Self::PolicyEditMovesLocks
            | Self::PhantomsInMemory
            | Self::DeletionLosesLock
            | Self::SignUpLosesLock
            | Self::PurgeTakesLocked
            | Self::SignInCompletedTwice
            | Self::LaneCountInCookie
            | Self::NewPasswordKeepsPasses
            | Self::TwoMailsAnEpisode
            | Self::ClaimsIgnoreLeases
            | Self::PressClearsLongRun
            | Self::SignInClearsOthers
            | Self::StepNotRemembered
            | Self::StepOnlyVerified
            | Self::RecoveryCodeTwice
            | Self::RecoveryOnlyVerified
            | Self::SentCodeTwice
            | Self::CodeTriesUnbounded
            | Self::WrongSecondFactorUncounted
            | Self::FirstFactorClears
            | Self::SecondFactorSkipped
            | Self::FactorOutlivesLock
            | Self::DeadFactorStays => true,
            Self::PermitsMayBeZero
            | Self::PermitLostOnPanic
            | Self::RetriedUnderNewId
            | Self::FirstFailureMakesTheRow
            | Self::BadItemTakesBatch
            | Self::AnsweredBeforeCommit
            | Self::AnsweredBeforeSync
            | Self::UnclearTakenForDone
            | Self::ClockBeforeLock
            | Self::WithdrawnAfterAnswer
            | Self::EntryNeverReadAgain
            | Self::MailAfterCommit => false,
        }
    }
}

/// Within so many steps every planted defect is found.
const BOUND: u64 = 1_000_000;

/// Runs worlds with the defect until one of `checks` finds it.
fn is_found(defect: Defect, checks: &[Check]) {
    let mut steps = 0;
    for seed in 0.. {
        assert!(steps < BOUND, "{defect:?} was not found in {steps} steps");
        let world = super::run(seed, Some(defect), super::report::Telling::Quiet);
        steps += world.step;
        if let Some(found) = world.found {
            assert!(checks.contains(&found.check), "{defect:?}: {found:?} at seed {seed}");
            println!("{defect:?}: {:?} after {steps} steps, seed {seed}", found.check);
            return;
        }
    }
}

macro_rules! planted {
    ($($name:ident: $defect:ident => $($check:ident)|+;)*) => {$(
        #[test]
        fn $name() {
            is_found(Defect::$defect, &[$(Check::$check),+]);
        }
    )*};
}

planted! {
    permits_may_be_zero: PermitsMayBeZero => Hang;
    permit_lost_on_panic: PermitLostOnPanic => Hang;
    lock_not_looked_at: LockNotLookedAt => Exact | Session | LockEnd | State;
    retried_under_a_new_id: RetriedUnderNewId => Durable;
    credential_version_ignored: CredentialVersionIgnored => Session | Answer | State;
    press_not_bound_to_its_episode: PressNotBoundToEpisode => Press;
    one_flag_for_staff_and_policy: OneFlagForBoth => Press;
    first_failure_makes_the_row: FirstFailureMakesTheRow => Answer | State | Exact | Mail | LockEnd | Clock;
    batch_decided_from_one_read: BatchDecidedFromOneRead => Answer | State | Exact | LockEnd | Clock | Mail;
    bad_item_takes_the_batch_along: BadItemTakesBatch => Served;
    cached_policy_decides: CachedPolicyDecides => Policy;
    answered_before_the_commit: AnsweredBeforeCommit => Durable | Published;
    answered_before_the_sync: AnsweredBeforeSync => State | Durable;
    unclear_taken_for_done: UnclearTakenForDone => Durable;
    clock_before_the_lock: ClockBeforeLock => Clock;
    clock_goes_back: ClockGoesBack => Clock | LockEnd;
    policy_edit_moves_locks: PolicyEditMovesLocks => State | LockEnd | Answer;
    phantoms_in_memory: PhantomsInMemory => Answer | State | Exact | Mail;
    deletion_loses_the_lock: DeletionLosesLock => State | Mail | Answer | Exact;
    sign_up_loses_the_lock: SignUpLosesLock => State | Mail | Answer | Exact;
    purge_takes_locked_phantoms: PurgeTakesLocked => Durable;
    sign_in_completed_twice: SignInCompletedTwice => Session | Answer;
    lane_count_in_the_cookie: LaneCountInCookie => Answer | State | Exact | Mail;
    new_password_keeps_passes: NewPasswordKeepsPasses => Session | Answer | State;
    unlock_withdrawn_after_the_answer: WithdrawnAfterAnswer => Published;
    entry_never_read_again: EntryNeverReadAgain => Published | Served;
    mail_written_after_the_commit: MailAfterCommit => Mail;
    two_mails_an_episode: TwoMailsAnEpisode => Mail;
    claims_ignore_leases: ClaimsIgnoreLeases => Mail;
    press_clears_the_long_run: PressClearsLongRun => State;
    sign_in_clears_others: SignInClearsOthers => State | Answer;
    step_not_remembered: StepNotRemembered => Factor | State;
    step_looked_at_by_the_verification_alone: StepOnlyVerified => Factor;
    recovery_code_usable_twice: RecoveryCodeTwice => Factor | State;
    recovery_code_looked_up_by_the_verification_alone: RecoveryOnlyVerified => Factor;
    sent_code_usable_twice: SentCodeTwice => Factor | Answer | State;
    tries_of_a_code_unbounded: CodeTriesUnbounded => Factor | Answer | State;
    wrong_second_factor_not_counted: WrongSecondFactorUncounted => Answer;
    first_of_two_factors_clears_the_count: FirstFactorClears => State | Answer;
    second_factor_skipped: SecondFactorSkipped => Factor;
    passed_factor_outlives_its_lock: FactorOutlivesLock => Factor | Answer | State;
    dead_factor_still_waits_for_the_second: DeadFactorStays => State | Answer;
}
