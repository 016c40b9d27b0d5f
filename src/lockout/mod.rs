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
pub mod decide;
pub mod decision;
pub mod event;
pub mod policy;
pub mod policy_document;
pub mod policy_warning;
pub mod replay;
pub mod state;

pub use decide::{decide, look};
pub use decision::{AuditFact, Decision, Effect, LockView, Notice, Outcome, UncountedReason};
pub use event::Event;
pub use policy::{CountAfterLock, Factor, LockLength, LockoutType, Policy, Precision, Preset};
pub use policy_document::{PolicyDocument, PolicyFault};
pub use state::{
    Eras, LaneState, Ladder, Lock, LockKind, SourceState, StaffLock, SubjectState, SubjectView,
};
