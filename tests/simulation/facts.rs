//! What a transaction did, as it is told to the oracle once the transaction is durable.

use std::sync::Arc;

use lockkeeper::lockout::{Event, Policy, SubjectState};
use lockkeeper::model::{CanonicalKey, Millis, OutboxId, SignInId, UserId};
use lockkeeper::store::SubjectKey;
use lockkeeper::store::one_time_codes::OneTimeCode;
use lockkeeper::store::outbox::OutboxStatus;
use lockkeeper::store::settle::{ResetRequest, SettleRequest, Settled};
use lockkeeper::store::subject_events::SubjectChange;

use super::factors::{Factors, Tried};
use crate::lockout_model::Who;

/// An unlock mail's row as the settle wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MailRow {
    pub(crate) id: OutboxId,
    pub(crate) status: OutboxStatus,
    pub(crate) episode: Option<i64>,
    pub(crate) reminder: bool,
}

/// The subject around a decision, and what it was decided by.
#[derive(Debug, Clone)]
pub(crate) struct Around {
    pub(crate) subject: SubjectKey,
    pub(crate) before: SubjectState,
    pub(crate) after: SubjectState,
    /// The database's clock when the row was locked.
    pub(crate) locked_at: Millis,
    /// What the transaction took for now.
    pub(crate) now: Millis,
    /// The live version when the row was locked.
    pub(crate) version: usize,
    pub(crate) mails: Vec<MailRow>,
}

#[derive(Debug, Clone)]
pub(crate) enum Fact {
    Settled {
        around: Around,
        request: Box<SettleRequest>,
        tried: Tried,
        settled: Box<Settled>,
        /// The identifier had changed hands when the row was locked.
        moved: bool,
    },
    Reset {
        around: Around,
        request: Box<ResetRequest>,
        settled: Box<Settled>,
    },
    Changed {
        around: Around,
        user: UserId,
        event: Event,
        change: Box<SubjectChange>,
    },
    SignedUp {
        user: UserId,
        keys: Vec<CanonicalKey>,
        password: u64,
        factors: Factors,
    },
    Deleted {
        user: UserId,
        /// The subject had a row, which its phantoms have now.
        copied: bool,
    },
    /// A new password, which kills passes; everything else of a reset is a `Changed`.
    Password {
        user: UserId,
        password: u64,
    },
    Banned {
        user: UserId,
        banned: bool,
    },
    /// Another authenticator app, by secret and newest step, or none and no recovery codes.
    App {
        user: UserId,
        app: Option<(u64, i64)>,
    },
    /// A new set of recovery codes.
    Recovery {
        user: UserId,
        codes: Vec<u64>,
    },
    CodeSent {
        code: Box<OneTimeCode>,
        sign_in: SignInId,
    },
    Policy(Arc<Policy>),
    /// Over the live one until then.
    Overlay(Arc<Policy>, Millis),
    Purged {
        subjects: Vec<SubjectKey>,
        now: Millis,
    },
    Issued {
        subject: SubjectKey,
        who: Who,
        now: Millis,
    },
    /// Nothing that the rules look at.
    Other,
}

impl Fact {
    /// For the story of a failure.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Settled { around, request, tried, settled, .. } => format!(
                "{} of {:?} in {} from {}, {tried:?}, at {}: {:?}",
                request.attempt,
                around.subject,
                request.lane,
                request.source,
                around.now.0,
                settled.answer()
            ),
            Self::Reset { around, settled, .. } => {
                format!("reset of {:?}: {:?}", around.subject, settled.answer())
            }
            Self::Changed { around, event, change, .. } => {
                format!("{event:?} of {:?}: {:?}", around.subject, change.decision)
            }
            Self::Policy(policy) => format!("policy {policy:?}"),
            Self::Overlay(policy, until) => format!("until {}: policy {policy:?}", until.0),
            Self::SignedUp { .. }
            | Self::Deleted { .. }
            | Self::Password { .. }
            | Self::Banned { .. }
            | Self::App { .. }
            | Self::Recovery { .. }
            | Self::CodeSent { .. }
            | Self::Purged { .. }
            | Self::Issued { .. }
            | Self::Other => format!("{self:?}"),
        }
    }
}
