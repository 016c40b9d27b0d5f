//! The cookies that name a lane: a known device's and a grace pass's. Bound to tenant, user and
//! credential version; counts and locks are the lane's rows, so a stolen cookie buys no more guesses
//! than its lane has. Knows nothing of whether the lane still lives.

use std::mem::discriminant;

use serde::{Deserialize, Serialize};

use super::hmac_jwt::{HmacJwt, ISSUER, instant, is_over};
use super::master_key::{MasterKeys, Purpose};
use super::{KeyFault, TokenFault};
use crate::model::{Lane, LaneClaim, LaneClaims, LaneId, Millis, TenantId, UserId};

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

/// Between the tokens of one cookie: no character of a token.
const BETWEEN: char = '~';
/// Tokens that one cookie holds: with the longest ids four of them stay under 2 KiB.
const MOST: usize = 4;
/// Longest cookie value looked at.
const MAX_VALUE_CHARS: usize = MOST * (MAX_CHARS + 1);

impl DeviceCookies {
    /// What a cookie's value claims: its genuine, unexpired tokens, at most four, newest first. The
    /// rest is passed over, for it is worth as much as no cookie.
    #[must_use]
    pub fn open_all(&self, value: &str, now: Millis) -> LaneClaims {
        LaneClaims::new(
            self.kept(value, now)
                .map(|(_, cookie)| LaneClaim {
                    user: cookie.user,
                    lane: cookie.lane.into(),
                    credential_version: cookie.credential_version,
                })
                .collect(),
        )
    }

    /// A cookie's value with a new token in front: what it had of the same user and kind goes, and
    /// what is not genuine.
    #[must_use]
    pub fn joined(&self, value: Option<&str>, token: &str, now: Millis) -> String {
        let Ok(new) = self.open(token, now) else {
            return value.unwrap_or_default().to_owned();
        };
        let other = |old: &DeviceCookie| {
            old.user != new.user || discriminant(&old.lane) != discriminant(&new.lane)
        };
        let mut joined = token.to_owned();
        let kept = self.kept(value.unwrap_or_default(), now).filter(|(_, old)| other(old));
        for (old, _) in kept.take(MOST.saturating_sub(1)) {
            joined.push(BETWEEN);
            joined.push_str(old);
        }
        joined
    }

    fn kept<'v>(
        &self,
        value: &'v str,
        now: Millis,
    ) -> impl Iterator<Item = (&'v str, DeviceCookie)> {
        let value = if value.len() > MAX_VALUE_CHARS { "" } else { value };
        let tokens = value.split(BETWEEN).take(MOST);
        tokens.filter_map(move |token| Some((token, self.open(token, now).ok()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;
    use crate::token::MasterKey;

    const NOW: Millis = Millis(1_700_000_000_000);

    fn cookies_of(tenant: i64) -> DeviceCookies {
        let keys = MasterKeys::new(MasterKey::from_bytes([1; 32]), Vec::new());
        DeviceCookies::for_tenant(&keys, &TenantId::generate(Millis(tenant)))
    }

    fn user(number: i64) -> UserId {
        UserId::parse(&format!("user_{number:0>27}")).unwrap()
    }

    fn device(of: i64, lane: &str) -> DeviceCookie {
        DeviceCookie {
            user: user(of),
            lane: CookieLane::Device(LaneId(lane.to_owned())),
            credential_version: 1,
            expires_at: NOW.after(Span::DAY),
        }
    }

    fn pass(of: i64, lane: &str) -> DeviceCookie {
        DeviceCookie { lane: CookieLane::Pass(LaneId(lane.to_owned())), ..device(of, lane) }
    }

    fn names(lanes: &[Lane]) -> Vec<String> {
        lanes.iter().map(Lane::stored).collect()
    }

    #[test]
    fn one_cookie_holds_the_lanes_of_several_users_and_gives_each_their_own() {
        let cookies = cookies_of(1);
        let mut value = None;
        for cookie in [device(1, "a"), pass(1, "7"), device(2, "b")] {
            let token = cookies.seal(&cookie).unwrap();
            value = Some(cookies.joined(value.as_deref(), &token, NOW));
        }
        let claims = cookies.open_all(&value.unwrap(), NOW);
        assert_eq!(names(&claims.of(&user(1), 1)), ["device:a", "pass:7"]);
        assert_eq!(names(&claims.of(&user(2), 1)), ["device:b"]);
        assert!(claims.of(&user(3), 1).is_empty());
        assert!(claims.of(&user(1), 2).is_empty(), "a change of credentials ends them");
    }

    #[test]
    fn a_new_token_replaces_the_old_one_of_its_user_and_kind_alone() {
        let cookies = cookies_of(1);
        let sealed = |cookie: &DeviceCookie| cookies.seal(cookie).unwrap();
        let value = cookies.joined(Some(&sealed(&device(1, "a"))), &sealed(&device(1, "b")), NOW);
        assert_eq!(names(&cookies.open_all(&value, NOW).of(&user(1), 1)), ["device:b"]);
        let mut value = None;
        for of in 1..=6 {
            value = Some(cookies.joined(value.as_deref(), &sealed(&device(of, "x")), NOW));
        }
        let claims = cookies.open_all(&value.unwrap(), NOW);
        let kept = (1..=6).filter(|of| !claims.of(&user(*of), 1).is_empty());
        assert_eq!(kept.collect::<Vec<_>>(), [3, 4, 5, 6], "the newest four");
    }

    #[test]
    fn what_is_cut_foreign_or_over_claims_nothing_and_spoils_nothing() {
        let (ours, theirs) = (cookies_of(1), cookies_of(2));
        let good = ours.seal(&device(1, "a")).unwrap();
        let foreign = theirs.seal(&device(1, "b")).unwrap();
        // Clocks may differ by less than this.
        let over = DeviceCookie { expires_at: NOW.before(Span::HOUR), ..pass(1, "7") };
        let over = ours.seal(&over).unwrap();
        let cut = good.get(..good.len() - 3).unwrap();
        let value = format!("{foreign}~{cut}~{over}~{good}");
        assert_eq!(names(&ours.open_all(&value, NOW).of(&user(1), 1)), ["device:a"]);
        assert_eq!(ours.joined(Some(&value), &good, NOW), good);
        assert!(ours.open_all(&"~".repeat(MAX_VALUE_CHARS + 1), NOW).is_empty());
        assert!(ours.open_all("", NOW).is_empty());
    }
}
