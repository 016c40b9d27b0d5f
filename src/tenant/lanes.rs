//! The lane of an attempt: chosen among what its browser claims once the gate's read has said whose
//! identifier it is, and again in each round, so that a lane that died meanwhile becomes the public
//! one by itself. Knows no cookie; the settle has the last word.

use super::profile::TenantProfile;
use crate::lockout::{self, SubjectView};
use crate::model::{Lane, LaneClaims, Millis, Span, UserId};
use crate::store::gate::Standing;
use crate::store::lanes::{DeviceWish, GivenDevice};
use crate::store::press::GivenPass;
use crate::token::{CookieLane, DeviceCookie, KeyFault};

/// A device's cookie ends by itself then; browsers keep none longer (RFC 6265bis: 400 days).
const DEVICE_COOKIE_LIFE: Span = Span::DAY.times(400);

/// What a request says of its browser: the lanes that it claims, and whether it could keep one.
#[derive(Debug, Clone)]
pub struct Browser {
    pub claims: LaneClaims,
    pub device: DeviceWish,
}

impl Browser {
    /// A server, or an app without cookies.
    pub const NONE: Self = Self { claims: LaneClaims::NONE, device: DeviceWish::None };
}

/// Chooses the lane: the first that lives and is not locked, the one first in which the sign-in has
/// passed its first factor (`kept`, as stored; a factor is void in any other lane), then devices,
/// then passes. A device that is locked keeps its lane where nothing else of its owner is open, or
/// its lock could be stepped around; else the public lane.
pub(super) fn choose(standing: &mut Standing, kept: Option<&str>, now: Millis) {
    let view_of = |standing: &Standing, lane: &Lane| match lane {
        Lane::Public => standing.view.clone(),
        Lane::Device(_) | Lane::Pass(_) => {
            let found = standing.claimed.iter().find(|(name, _)| name == lane);
            let state = found.map(|(_, state)| state.clone()).unwrap_or_default();
            SubjectView { lane: state, ..standing.view.clone() }
        }
    };
    let mut lanes: Vec<Lane> = standing.claimed.iter().map(|(lane, _)| lane.clone()).collect();
    if lanes.is_empty() {
        return;
    }
    if !standing.policy.known_devices {
        lanes.retain(|lane| matches!(lane, Lane::Pass(_)));
    }
    if let Some(kept) = kept {
        if kept == Lane::Public.stored() {
            lanes.insert(0, Lane::Public);
        }
        lanes.sort_by_key(|lane| lane.stored() != kept);
    }
    let mut locked_device = None;
    for lane in lanes {
        let view = view_of(standing, &lane);
        let look = lockout::look(&standing.policy, &view, &lane, now);
        match (&lane, look.dead, look.lock) {
            (_, true, _) => {}
            (_, false, None) => {
                (standing.view, standing.lane) = (view, lane);
                return;
            }
            (Lane::Device(_), false, Some(_)) if locked_device.is_none() => {
                locked_device = Some((view, lane));
            }
            (_, false, Some(_)) => {}
        }
    }
    if let Some(locked) = locked_device {
        (standing.view, standing.lane) = locked;
    }
}

/// The value that a browser is to keep of a device it has become.
pub(super) fn device_token(
    profile: &TenantProfile,
    user: &UserId,
    given: &GivenDevice,
    now: Millis,
) -> Result<String, KeyFault> {
    let lane = CookieLane::Device(given.lane.clone());
    let expires_at = now.after(DEVICE_COOKIE_LIFE);
    token(profile, user, lane, given.credential_version, expires_at)
}

/// The value that a browser is to keep of the grace pass it was given.
pub(super) fn pass_token(
    profile: &TenantProfile,
    user: &UserId,
    given: GivenPass,
) -> Result<String, KeyFault> {
    let GivenPass { lane, expires_at, credential_version } = given;
    token(profile, user, CookieLane::Pass(lane), credential_version, expires_at)
}

fn token(
    profile: &TenantProfile,
    user: &UserId,
    lane: CookieLane,
    credential_version: i64,
    expires_at: Millis,
) -> Result<String, KeyFault> {
    let user = user.clone();
    profile.device_cookies().seal(&DeviceCookie { user, lane, credential_version, expires_at })
}
