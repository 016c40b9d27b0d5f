//! Lanes: what has its own count and lock. The public lane is everybody without a device or pass
//! cookie; a known device and a grace pass are lanes of their own, so that an owner gets in while
//! the public lane is under attack. Cookies only name lanes; their counts are rows (protocol rule 15).

use std::fmt;

use super::UserId;

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

    /// What [`Lane::stored`] wrote; anything else is the public lane.
    #[must_use]
    pub fn from_stored(text: &str) -> Self {
        match text.split_once(':') {
            Some(("device", id)) => Self::Device(LaneId(id.to_owned())),
            Some(("pass", id)) => Self::Pass(LaneId(id.to_owned())),
            Some(_) | None => Self::Public,
        }
    }

    #[must_use]
    pub const fn is_public(&self) -> bool {
        matches!(self, Self::Public)
    }
}

/// A lane of its own that a browser says it has. Whether it lives is for the rows to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneClaim {
    pub user: UserId,
    pub lane: Lane,
    /// Of the user when the lane was given out: a change of credentials ends it.
    pub credential_version: i64,
}

/// What a request claims, newest first: the lanes of several users, because one browser may be
/// several people's. Whose identifier is typed is learnt with its row, so claims travel and the lane
/// is chosen there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LaneClaims(Vec<LaneClaim>);

impl LaneClaims {
    /// Of a request without cookies.
    pub const NONE: Self = Self(Vec::new());

    #[must_use]
    pub const fn new(claims: Vec<LaneClaim>) -> Self {
        Self(claims)
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The lanes of `user` under this credential version, devices before passes.
    #[must_use]
    pub fn of(&self, user: &UserId, credential_version: i64) -> Vec<Lane> {
        let theirs = |claim: &&LaneClaim| {
            claim.user == *user && claim.credential_version == credential_version
        };
        let mut lanes: Vec<Lane> =
            self.0.iter().filter(theirs).map(|claim| claim.lane.clone()).collect();
        lanes.sort_by_key(|lane| match lane {
            Lane::Device(_) => 0,
            Lane::Pass(_) => 1,
            Lane::Public => 2,
        });
        lanes
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.stored())
    }
}
