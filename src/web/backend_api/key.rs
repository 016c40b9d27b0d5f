//! Who asks: the tenant whose secret key stands in the `Authorization` header. A handler gets its
//! body only behind that, so nothing is said about a request whose key is wrong.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest};

use super::fault::unanswered;
use crate::model::Millis;
use crate::store::tenants::TenantName;
use crate::tenant::{TenantProfile, Tenants};
use crate::token::SecretKey;
use crate::web::ApiError;
use crate::web::doors::Doors;
use crate::web::error_code::ErrorKind;
use crate::web::request_id::LoggedTenant;

/// Longest header looked at; a key of ours is 51 characters.
const MAX_HEADER_BYTES: usize = 512;

/// A request with a right key, and what it carries.
pub(super) struct Keyed<T> {
    pub doors: Data<Doors>,
    pub profile: Arc<TenantProfile>,
    pub body: T,
}

impl<T> Keyed<T> {
    pub fn tenants(&self) -> &Tenants {
        &self.doors.tenants
    }

    pub fn now(&self) -> Millis {
        self.doors.now()
    }
}

impl<T: FromRequest + 'static> FromRequest for Keyed<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let doors =
                request.app_data::<Data<Doors>>().cloned().ok_or_else(ApiError::internal)?;
            let profile = authenticate(&doors, &request).await?;
            let slug = LoggedTenant(Arc::from(profile.tenant.slug.as_str()));
            request.extensions_mut().insert(slug);
            let body = T::from_request(&request, &mut payload).await.map_err(Into::into)?;
            Ok(Self { doors, profile, body })
        })
    }
}

/// 401 `authentication_invalid` without a header, `authorization_header_format_invalid` for another
/// scheme, `clerk_key_invalid` for a key that no tenant has (any more).
async fn authenticate(
    doors: &Doors,
    request: &HttpRequest,
) -> Result<Arc<TenantProfile>, ApiError> {
    let header = request.headers().get(AUTHORIZATION);
    let header = header.ok_or_else(|| ApiError::of(ErrorKind::AuthenticationInvalid))?;
    let text = header.to_str().ok().filter(|text| text.len() <= MAX_HEADER_BYTES);
    let token = text.and_then(bearer);
    let token = token.ok_or_else(|| ApiError::of(ErrorKind::AuthorizationHeaderFormat))?;
    let unknown = || ApiError::of(ErrorKind::ClerkKeyInvalid);
    let key = SecretKey::parse(token).ok_or_else(unknown)?;
    let digest = key.digest();
    let name = TenantName::KeyHash(digest.clone());
    let found = match doors.tenants.find_cached(&name) {
        Some(profile) => Some(profile),
        None => doors.tenants.find(name).await.map_err(unanswered)?,
    };
    let profile = found.ok_or_else(unknown)?;
    doors.tenants.note_key_use(&profile, &digest);
    Ok(profile)
}

/// The token behind `Bearer`, a word without regard to case (RFC 9110 §11.1).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ')?;
    let token = token.trim();
    let plain = !token.is_empty() && !token.contains(char::is_whitespace);
    (scheme.eq_ignore_ascii_case("bearer") && plain).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_bearer_form_holds_a_token() {
        assert_eq!(bearer("Bearer sk_test_x"), Some("sk_test_x"));
        assert_eq!(bearer("bearer  sk_test_x "), Some("sk_test_x"));
        for odd in ["", "Bearer", "Bearer ", "sk_test_x", "Basic abc", "Bearer a b"] {
            assert_eq!(bearer(odd), None, "{odd}");
        }
    }
}
