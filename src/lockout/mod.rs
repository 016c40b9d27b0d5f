//! The lockout core: decides, and nothing else. `decide` is a pure function over policy, state,
//! event and time; the live system, the policy preview, the replay and the tests all call it.
//!
//! It knows no clock, no randomness, no storage, no network and no `async`. Effects are values
//! that the caller carries out in the transaction that writes the new state.
//!
//! ```text
//!             failure, count < N            failure, count reaches N
//!   clean ───────────────────▶ counting ──────────────────────────▶ locked(until)
//!     ▲                          │  ▲                                   │
//!     │ completed sign-in,       │  │ fresh: count 0        time reaches │ until
//!     │ history passes, reset    │  └───────────────┐                   ▼
//!     └──────────────────────────┴──────────────── primed (count ≥ N, free) ──one failure──▶ locked, next step
//! ```

pub mod backoff;
pub mod campaigns;
mod completion;
pub mod decide;
pub mod decision;
pub mod event;
mod failure;
pub mod guess_budget;
pub mod policy;
pub mod policy_diff;
pub mod policy_document;
pub mod policy_fields;
pub mod policy_warning;
mod press;
pub mod preview;
mod refresh;
pub mod replay;
pub mod span_text;
mod staff;
mod standing_lock;
pub mod state;
pub mod stricter;
pub mod time_machine;

pub use backoff::{lock_length, schedule};
pub use decide::{GRACE_PASS_TRIES, Look, account_lock, decide, look, open_episode};
pub use decision::{
    AuditFact, Decision, Effect, LockView, Notice, Outcome, PressVoid, UncountedReason, UnlockedBy,
};
pub use event::Event;
pub use guess_budget::{guess_budget, guesses_by_unlock_mails, guesses_over_all_sources};
pub use policy::{CountAfterLock, Factor, LockLength, LockoutType, Policy, Precision, Preset};
pub use policy_document::{FaultCode, PolicyDocument, PolicyFault, length_text};
pub use policy_warning::{Guesser, PolicyWarning, warnings};
pub use replay::{ReplayReport, replay};
pub use span_text::{parse_span, span_text};
pub use standing_lock::StandingLock;
pub use state::{
    Eras, GRACE_PASS_LIFETIME, Ladder, LaneState, Lock, LockKind, SourceState, StaffLock,
    SubjectState, SubjectView,
};
