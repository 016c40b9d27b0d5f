//! Campaigns: which failures of a tenant's last hours belong together and are nobody's own slips.
//!
//! A failure is a *stranger's* when its network signs nobody in to that account within a day before or
//! after it. Three rules look at strangers' failures only:
//!
//! * **spray**: one network fails at five or more accounts within an hour, and signs in to at most a
//!   quarter as many (an office behind one address signs in to most of those at which it fails);
//! * **one account**: three or more networks fail at one account within an hour;
//! * **distributed**: ten minutes hold more failures of networks that never sign anybody in than four
//!   times the usual and ten more; or several accounts of the rule above share their networks.
//!
//! What lies less than an hour apart is one campaign. The constants are ours: chosen by the made-up
//! worlds of `tests/campaigns`, in which the truth is known. Knows no clock, no storage, no words.

mod find;
mod locks;
mod rules;
mod traffic;

pub use find::{Campaign, CampaignLock, Found, find};
pub use traffic::{Met, Sighting, Traffic, TrafficBuilder};

use crate::model::Span;

/// What a campaign does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Many accounts from few networks.
    Spray,
    /// One account from many networks.
    OneAccount,
    /// Many accounts from many networks.
    Distributed,
}

/// Tries that lie further apart are not of one run, nor runs of one campaign.
pub const APART: Span = Span::HOUR;
/// A network that signs somebody in within this, before or after, is at home there.
pub const AT_HOME: Span = Span::DAY;
/// Volumes are compared by slots of this length.
pub const SLOT: Span = Span(10 * Span::MINUTE.0);
/// Fewer tries are no campaign, whatever they look like.
pub const FEWEST_TRIES: u64 = 10;
