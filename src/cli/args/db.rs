//! What may be typed about the database as a whole. Only parses.

use clap::Subcommand;

use super::Output;

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Db {
    /// Copy everything into an empty database: from one file to PostgreSQL, or back
    Copy {
        /// The empty database: sqlite:PATH or postgres://…
        // A text: what is refused while it is parsed is printed, and this may hold a password.
        #[arg(long, value_name = "URL")]
        to: String,
        #[command(flatten)]
        output: Output,
    },
}
