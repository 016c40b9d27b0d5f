//! What may be typed about copies of the database. Only parses.

use std::path::PathBuf;

use clap::Args;

use super::Output;

/// A copy to make.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Backup {
    /// The new file; one that is there is never overwritten
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub output: Output,
}

/// A copy to go back to.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Restore {
    /// What `backup` wrote; it stays as it is
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Set the present database aside (it is kept beside the new one); the server must be stopped
    #[arg(long)]
    pub replace: bool,
    #[command(flatten)]
    pub output: Output,
}
