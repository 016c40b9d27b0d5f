//! What may be typed about keys. Only parses.

use clap::{ArgGroup, Args, Subcommand};

use super::Output;
use crate::lockout::parse_span;
use crate::model::Span;

/// Longest life that is left to a key that is to be replaced.
const LONGEST: Span = Span::DAY.times(30);

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Keys {
    /// Make a new key; what older ones have signed or sealed stays good
    Rotate(Rotate),
}

/// Which key, and when.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(group(ArgGroup::new("which").required(true).args(["tenant", "all_tenants", "master"])))]
pub struct Rotate {
    /// The key that signs session tokens of this tenant, by its slug
    #[arg(long, value_name = "SLUG")]
    pub tenant: Option<String>,
    /// The same of every tenant
    #[arg(long)]
    pub all_tenants: bool,
    /// The master key, in its file on this machine
    #[arg(long, conflicts_with = "after")]
    pub master: bool,
    /// How long the present key goes on signing, while the new one is only published: 0s to 30d
    #[arg(long, value_name = "LENGTH", default_value = "1h", value_parser = length)]
    pub after: Span,
    #[command(flatten)]
    pub output: Output,
}

fn length(text: &str) -> Result<Span, String> {
    let typed = if text == "0" { Some(Span::ZERO) } else { parse_span(text) };
    let wrong = || "must be a length from 0s to 30d, such as 15m or 1h".to_owned();
    typed.filter(|length| *length <= LONGEST).ok_or_else(wrong)
}
