//! What may be typed about policies: the live one, a stricter one for a while, one that is watched. Only
//! parses.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use super::Output;

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Policy {
    /// Print the policy in force
    Show {
        /// The tenant's slug
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        #[command(flatten)]
        output: Output,
    },
    /// Put a policy in force
    #[command(group(ArgGroup::new("what").required(true).args(["file", "preset"])))]
    Apply {
        /// The tenant's slug
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// The policy's file; `-` is standard input
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// A ready-made policy
        #[arg(long, value_enum)]
        preset: Option<PolicyPreset>,
        /// Why, for the record
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// Only show what would change
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Replay what was recorded under another policy and print what would have been different
    #[command(group(ArgGroup::new("draft").required(true).args(["file", "preset"])))]
    Simulate {
        /// The tenant's slug
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// The draft's file; `-` is standard input
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// A ready-made policy as the draft
        #[arg(long, value_enum)]
        preset: Option<PolicyPreset>,
        /// How far back, such as 12h or 30d
        #[arg(long, value_name = "LENGTH", default_value = "7d")]
        last: String,
        /// Exit 3 if the draft keeps out more owners than this
        #[arg(long, value_name = "N")]
        max_owners_locked: Option<i64>,
        /// Exit 3 if the draft lets others guess more often than this
        #[arg(long, value_name = "N")]
        max_guesses: Option<i64>,
        /// Exit 3 if false locks rise by more than this: owners whom the draft is likely to keep out, less
        /// those of the live policy
        #[arg(long, value_name = "N")]
        max_false_locks: Option<i64>,
        /// Compare with the highest a figure could be, not with the lowest
        #[arg(long)]
        pessimistic: bool,
        #[command(flatten)]
        output: Output,
    },
    /// A stricter policy for a while, which ends by itself
    #[command(subcommand)]
    Overlay(Overlay),
    /// A policy that is only watched: what it would have done is worked out each night
    #[command(subcommand)]
    Shadow(Shadow),
    /// Replay recorded scenarios and print where the decisions differ
    Replay {
        /// The scenarios' file
        #[arg(long, value_name = "FILE")]
        scenarios: PathBuf,
    },
}

/// Of whom, and how it is printed.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct OfTenant {
    /// The tenant's slug
    #[arg(long, value_name = "SLUG")]
    pub tenant: String,
    #[command(flatten)]
    pub output: Output,
}

/// A policy by its file or by its name.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[group(required = true, multiple = false)]
pub struct Chosen {
    /// The policy's file; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// A ready-made policy
    #[arg(long, value_enum)]
    pub preset: Option<PolicyPreset>,
}

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Overlay {
    /// Put a policy over the live one, as far as it is stricter
    Put {
        #[command(flatten)]
        chosen: Chosen,
        /// For how long, from 5m to 7d, such as 2h
        #[arg(long = "for", value_name = "LENGTH")]
        length: String,
        /// Why, for the record
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Print what stands over the live policy
    Show(OfTenant),
    /// Let the live policy decide again
    End(OfTenant),
}

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Shadow {
    /// Watch a policy, instead of the one that is watched
    Put {
        #[command(flatten)]
        chosen: Chosen,
        /// Why, for the record
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Print the watched policy and what it would have done by day
    Show(OfTenant),
    /// Watch none any more
    End(OfTenant),
}

/// The ready-made policies, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PolicyPreset {
    Relaxed,
    Balanced,
    Strict,
    Clerk,
    Authgear,
}
