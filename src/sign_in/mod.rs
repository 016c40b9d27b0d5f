//! The sign-in flow as a pure state machine: which step a sign-in may take next, which factors it
//! offers, and what may be shown of it to somebody who has proved nothing yet. No I/O, no clock,
//! no counting: whether a secret was right and whether it may be told is decided elsewhere.
//!
//! ```text
//!  needs_identifier ──identified──▶ needs_first_factor ──passed──▶ needs_second_factor ──passed──▶ complete
//!                                       │      └───passed, nothing else asked for───────────────────▲
//!                                       └─code proves the mailbox─▶ needs_new_password ──────────────┘
//!  any but complete ──replaced──▶ abandoned
//! ```

mod factors;
mod facts;
mod flow;
mod strategy;

pub use factors::{FactorAddress, FirstFactor, SUPPORTED_IDENTIFIERS, first_factors};
pub use facts::{
    Address, Candour, ClientFacts, Facts, Has, LiveSessions, Owner, Prepared, Presence,
    SessionMode, Start, TicketHolder, Transferable, judge_factor, judge_start,
};
pub use flow::{Action, Passed, Place, Refusal, Run, Status, Still, judge, next};
pub use strategy::{
    ENABLED_FIRST_FACTORS, ENABLED_SECOND_FACTORS, Strategy, StrategyFault, first_factor_strategy,
    second_factor_strategy,
};
