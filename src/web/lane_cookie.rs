//! The cookie that names a browser's own lanes, of each of its users one known device and one grace
//! pass: read with every try, given after a completed sign-in and a press. Sent on links from other
//! sites (`Lax`), so that a mail's link finds it, and not in their scripts' requests: an app on
//! another site has no known devices. Decides nothing.

use actix_web::{HttpRequest, HttpResponse};

use super::cookie::{CookieName, LONGEST_LIFE};
use super::device_label::device_label;
use super::doors::Doors;
use crate::tenant::{Browser, DeviceWish, TenantProfile};

impl Doors {
    /// What a browser's request claims, and that it could keep a device.
    #[must_use]
    pub fn browser(&self, profile: &TenantProfile, request: &HttpRequest) -> Browser {
        let cookie = self.lane_cookie(profile);
        let value = cookie.read(request.headers()).unwrap_or_default();
        Browser {
            claims: profile.device_cookies().open_all(value, self.now()),
            device: DeviceWish::Browser { label: device_label(request.headers()) },
        }
    }

    /// Hands a browser a lane of its own, beside those that its request came with.
    pub fn give_lane(
        &self,
        profile: &TenantProfile,
        request: &HttpRequest,
        response: &mut HttpResponse,
        token: Option<&str>,
    ) {
        let Some(token) = token else { return };
        let cookie = self.lane_cookie(profile);
        let had = cookie.read(request.headers());
        let value = profile.device_cookies().joined(had, token, self.now());
        // Tokens of ours hold no character that a cookie cannot.
        let _ = response.add_cookie(&cookie.with_value(&value, LONGEST_LIFE));
    }

    fn lane_cookie(&self, profile: &TenantProfile) -> CookieName {
        CookieName::new(&format!("__lane_{}", profile.cookie_suffix), self.scheme())
    }
}
