//! Lanes: what has its own count and lock. The public lane is everybody without a device or pass
//! cookie; a known device and a grace pass are lanes of their own, so that an owner gets in while
//! the public lane is under attack. Cookies only name lanes; their counts are rows (protocol rule 15).

use std::fmt;

/// Names a device or pass lane; opaque, chosen by the server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneId(pub String);

/// The lane an attempt runs in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    Public,
    /// A device that completed a sign-in before.
    Device(LaneId),
    /// The browser that pressed an unlock link.
    Pass(LaneId),
}

impl Lane {
    /// The text under which the store and the attempts log name this lane.
    #[must_use]
    pub fn stored(&self) -> String {
        match self {
            Self::Public => "public".to_owned(),
            Self::Device(id) => format!("device:{}", id.0),
            Self::Pass(id) => format!("pass:{}", id.0),
        }
    }

    #[must_use]
    pub const fn is_public(&self) -> bool {
        matches!(self, Self::Public)
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.stored())
    }
}
