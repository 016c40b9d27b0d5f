//! Why a database was not copied, in sentences for the operator. Knows no URL: those have passwords.

use super::super::error::StoreError;
use super::tally::Tally;

/// Which of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Source,
    Target,
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Source => "the source",
            Self::Target => "the target",
        })
    }
}

/// A copy that did not come about.
#[derive(Debug, thiserror::Error)]
pub enum CopyFault {
    #[error(
        "{0} is in use; stop the servers on it first, and whatever else has it open, then try again"
    )]
    InUse(Side),
    #[error("another copy from or into {0} is under way; wait for its end")]
    Copied(Side),
    #[error(
        "the target is the source itself, or another copy is under way there; name another database"
    )]
    SameOrCopied,
    #[error("the target is not empty, its table `{table}` has rows; name an empty database")]
    NotEmpty { table: String },
    #[error(
        "{0} has another schema than this version of the program; use the version that made it"
    )]
    OtherSchema(Side),
    /// PostgreSQL cannot store it; our doors do not let it in.
    #[error(
        "a row of `{table}` has a zero character in `{column}`, which PostgreSQL cannot hold; \
         take it out first"
    )]
    ZeroCharacter { table: String, column: String },
    #[error(
        "`{table}` did not arrive as it was sent ({sent} sent, {arrived} arrived); nothing was kept"
    )]
    Differs { table: String, sent: Tally, arrived: Tally },
    #[error("the table `{table}` of {side}: {error}")]
    Table { side: Side, table: String, error: StoreError },
    /// The target said nothing to the commit, or no.
    #[error(
        "the target did not confirm that it has kept the copy; it has either all of it or nothing: \
         `lockkeeper db copy` says which, when tried again"
    )]
    Unclear,
    #[error(transparent)]
    Store(#[from] StoreError),
}
