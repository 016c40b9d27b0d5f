//! The cookies that name a lane: a known device's and a grace pass's. Bound to tenant, user and
//! credential version; counts and locks are the lane's rows, so a stolen cookie buys no more guesses
//! than its lane has. Knows nothing of whether the lane still lives.

use serde::{Deserialize, Serialize};

use super::hmac_jwt::{HmacJwt, ISSUER, instant, is_over};
use super::master_key::{MasterKeys, Purpose};
use super::{KeyFault, TokenFault};
use crate::model::{Lane, LaneId, Millis, TenantId, UserId};

const MAX_CHARS: usize = 1024;
const KIND: &str = "lk-lane+jwt";
const MAX_LANE_CHARS: usize = 64;

/// A lane that a cookie can name: every one but the public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CookieLane {
    Device(LaneId),
    Pass(LaneId),
}

impl From<CookieLane> for Lane {
    fn from(lane: CookieLane) -> Self {
        match lane {
            CookieLane::Device(id) => Self::Device(id),
            CookieLane::Pass(id) => Self::Pass(id),
        }
    }
}

/// What a lane cookie says; whole seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCookie {
    pub user: UserId,
    pub lane: CookieLane,
    /// Of the user when the cookie was made; the settle compares it with the present one.
    pub credential_version: i64,
    pub expires_at: Millis,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Device,
    Pass,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    kind: Kind,
    lane: String,
    cv: i64,
    exp: i64,
}

/// Seals and opens the lane cookies of one tenant.
#[derive(Debug)]
pub struct DeviceCookies(HmacJwt);

impl DeviceCookies {
    #[must_use]
    pub fn for_tenant(keys: &MasterKeys, tenant: &TenantId) -> Self {
        Self(HmacJwt::new(keys, Purpose::DeviceCookie, tenant, KIND, MAX_CHARS))
    }

    /// # Errors
    /// [`KeyFault::Sign`].
    pub fn seal(&self, cookie: &DeviceCookie) -> Result<String, KeyFault> {
        let (kind, lane) = match &cookie.lane {
            CookieLane::Device(id) => (Kind::Device, id),
            CookieLane::Pass(id) => (Kind::Pass, id),
        };
        self.0.seal(&Claims {
            iss: ISSUER.to_owned(),
            aud: self.0.audience().to_owned(),
            sub: cookie.user.as_str().to_owned(),
            kind,
            lane: lane.0.clone(),
            cv: cookie.credential_version,
            exp: cookie.expires_at.as_seconds(),
        })
    }

    /// # Errors
    /// [`TokenFault`]; in both cases the attempt runs in the public lane.
    pub fn open(&self, token: &str, now: Millis) -> Result<DeviceCookie, TokenFault> {
        let claims: Claims = self.0.open(token)?;
        let user = UserId::parse(&claims.sub).ok_or(TokenFault::Forged)?;
        if claims.lane.is_empty() || claims.lane.len() > MAX_LANE_CHARS {
            return Err(TokenFault::Forged);
        }
        if is_over(claims.exp, now) {
            return Err(TokenFault::Expired);
        }
        let lane = LaneId(claims.lane);
        let lane = match claims.kind {
            Kind::Device => CookieLane::Device(lane),
            Kind::Pass => CookieLane::Pass(lane),
        };
        Ok(DeviceCookie {
            user,
            lane,
            credential_version: claims.cv,
            expires_at: instant(claims.exp),
        })
    }
}
