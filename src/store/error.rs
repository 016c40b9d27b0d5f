//! What can go wrong in storage, sorted by what the caller can do about it. Every one of these is
//! answered 503 at the doors (a database fault is never the client's), except `Conflict`.

/// A storage failure.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The write did not happen: the database is full, read-only, locked or away.
    #[error("storage is unavailable: {0}")]
    Unavailable(String),
    /// The commit's outcome is unknown; nothing may be revealed.
    #[error("the outcome of a commit is unknown")]
    Unclear,
    /// A unique name is taken. `what` is the column group: `slug`, `identifier`, `external_id`.
    #[error("{what} is already taken")]
    Conflict { what: &'static str },
    /// The thing to change is not there (any more).
    #[error("not found")]
    NotFound,
    /// A stored value cannot be read: a newer schema, or damage.
    #[error("stored data cannot be read: {0}")]
    Corrupt(String),
    #[error("storage failed: {0}")]
    Query(#[from] diesel::result::Error),
}

impl StoreError {
    pub(super) fn connect(error: diesel::ConnectionError) -> Self {
        let told = error.to_string();
        // libpq quotes what it cannot read, which may be a piece of a password.
        let unread = [
            "percent-encoded",
            "integer value",
            "invalid URI",
            "unexpected character",
            "URI query",
            "connection option",
        ];
        if unread.iter().any(|words| told.contains(words)) {
            let told =
                "the database URL cannot be read; signs in its password must be percent-encoded";
            return Self::Unavailable(told.to_owned());
        }
        Self::Unavailable(told)
    }

    /// Two transactions met in a row lock and this one lost: the batch is run again, item by item.
    pub(super) fn is_a_collision(&self) -> bool {
        match self {
            Self::Query(diesel::result::Error::DatabaseError(kind, told)) => {
                matches!(kind, diesel::result::DatabaseErrorKind::SerializationFailure)
                    || told.message().contains("deadlock detected")
            }
            Self::Unavailable(_)
            | Self::Unclear
            | Self::Conflict { .. }
            | Self::NotFound
            | Self::Corrupt(_)
            | Self::Query(_) => false,
        }
    }

    /// Whether the whole connection should be thrown away.
    pub(super) fn connection_is_suspect(&self) -> bool {
        match self {
            Self::Unavailable(_) | Self::Unclear => true,
            Self::Query(error) => matches!(
                error,
                diesel::result::Error::BrokenTransactionManager
                    | diesel::result::Error::RollbackErrorOnCommit { .. }
                    | diesel::result::Error::DatabaseError(
                        diesel::result::DatabaseErrorKind::ClosedConnection
                            // A server that has become a standby: the URL may name another.
                            | diesel::result::DatabaseErrorKind::ReadOnlyTransaction
                            | diesel::result::DatabaseErrorKind::UnableToSendCommand,
                        _
                    )
            ),
            Self::Conflict { .. } | Self::NotFound | Self::Corrupt(_) => false,
        }
    }
}

/// A unique violation becomes `Conflict { what }`, anything else stays what it is.
pub(super) fn conflict_on(what: &'static str) -> impl FnOnce(diesel::result::Error) -> StoreError {
    move |error| match error {
        diesel::result::Error::DatabaseError(
            diesel::result::DatabaseErrorKind::UniqueViolation,
            _,
        ) => StoreError::Conflict { what },
        other => StoreError::Query(other),
    }
}
