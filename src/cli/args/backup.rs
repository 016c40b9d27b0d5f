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
