//! What may be typed about who works in the console. Only parses.

use clap::{Args, Subcommand, ValueEnum};

use super::Output;

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Team {
    /// Print a link that makes whoever opens it one of the team, once and for a day
    Link {
        /// What they may do
        #[arg(long, value_enum, default_value = "owner")]
        role: TeamRole,
        #[command(flatten)]
        of: OfTeam,
    },
    /// List who works in the console, and the invitations that are open
    List(OfTeam),
    /// Take somebody out of a team, or an invitation back
    Remove {
        /// Id or address of the member, or the id of an open invitation, as `team list` prints them
        #[arg(value_name = "MEMBER")]
        member: String,
        #[command(flatten)]
        of: OfTeam,
    },
}

/// Of which team, and how it is printed.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct OfTeam {
    /// The tenant's slug; without it the team of all tenants
    #[arg(long, value_name = "SLUG")]
    pub tenant: Option<String>,
    #[command(flatten)]
    pub output: Output,
}

/// What somebody may do in the console, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TeamRole {
    Owner,
    Admin,
    Support,
    Auditor,
}
