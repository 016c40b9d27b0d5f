//! The tenant itself: its settings and its public keys. Clerk calls a tenant an instance.

use actix_web::HttpResponse;
use serde_json::{Value, json};
use url::Url;

use super::fault::{refused, unanswered};
use super::key::Keyed;
use crate::model::{Identifier, IdentifierKind};
use crate::store::tenants::TenantChange;
use crate::web::error::json as answer;
use crate::web::error_code::ErrorKind;
use crate::web::fields::{Change, Fields, JsonBody};
use crate::web::{ApiError, BaseUrl};

/// Longest e-mail address (RFC 5321 §4.5.3.1.3, less its brackets).
const MAX_EMAIL_BYTES: usize = 254;
/// Most origins of a tenant, and the longest one in bytes.
const MAX_ORIGINS: usize = 50;
const MAX_ORIGIN_BYTES: usize = 300;

/// `GET /v1/instance`. Slug, name and support address are ours.
pub(super) async fn show(keyed: Keyed<()>) -> Result<HttpResponse, ApiError> {
    let (profile, tenant) = (&keyed.profile, &keyed.profile.tenant);
    answer(&json!({
        "object": "instance",
        "id": tenant.id,
        "environment_type": if tenant.live { "production" } else { "development" },
        "allowed_origins": profile.allowed_origins,
        "support_email": tenant.support_email,
        "slug": tenant.slug,
        "name": tenant.name,
    }))
}

/// `PATCH /v1/instance`: 204 without a body. Fields of Clerk's that have no meaning here are
/// ignored.
pub(super) async fn change(keyed: Keyed<JsonBody>) -> Result<HttpResponse, ApiError> {
    let mut fields = keyed.body.fields();
    let change = TenantChange {
        support_email: support_email(&mut fields),
        allowed_origins: allowed_origins(&keyed.body, &mut fields),
        ..TenantChange::default()
    };
    fields.finish()?;
    let changed = keyed.tenants().update_tenant(&keyed.profile, change).await;
    changed.map_err(|fault| refused(fault, "instance"))?;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /v1/jwks`.
pub(super) async fn key_set(keyed: Keyed<()>) -> Result<HttpResponse, ApiError> {
    answer(&keyed.tenants().key_set(&keyed.profile).await.map_err(unanswered)?)
}

fn support_email(fields: &mut Fields<'_>) -> Option<Option<String>> {
    match fields.change("support_email", MAX_EMAIL_BYTES) {
        Change::Keep => None,
        Change::Clear | Change::Set("") => Some(None),
        Change::Set(text) => match Identifier::parse(text) {
            Ok(parsed) if parsed.kind == IdentifierKind::EmailAddress => Some(Some(parsed.display)),
            Ok(_) | Err(_) => {
                fields.refuse(ErrorKind::ParamFormatInvalid, "support_email");
                None
            }
        },
    }
}

/// The list as a JSON array of origins, each in its one spelling.
fn allowed_origins(body: &JsonBody, fields: &mut Fields<'_>) -> Option<String> {
    const NAME: &str = "allowed_origins";
    let given = body.0.get(NAME)?;
    if matches!(given, Value::Null) {
        return Some("[]".to_owned());
    }
    let texts = fields.texts(NAME, MAX_ORIGINS, MAX_ORIGIN_BYTES);
    let origins: Option<Vec<String>> = texts.iter().map(|text| origin(text)).collect();
    if origins.is_none() {
        fields.refuse(ErrorKind::ParamFormatInvalid, NAME);
    }
    origins.map(|origins| json!(origins).to_string())
}

/// Scheme, host and port as a browser writes them into `Origin`; also of apps and extensions
/// (`chrome-extension://…`, `capacitor://localhost`).
fn origin(text: &str) -> Option<String> {
    if let Ok(web) = BaseUrl::parse(text) {
        return Some(web.origin().to_owned());
    }
    let url = Url::parse(text.trim()).ok()?;
    let bare = matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    let app = bare && !matches!(url.scheme(), "http" | "https");
    let host = url.host_str().filter(|host| app && !host.is_empty())?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}://{host}{port}", url.scheme()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_have_one_spelling() {
        assert_eq!(origin("https://App.Example.com:443/").unwrap(), "https://app.example.com");
        assert_eq!(origin("http://localhost:3000").unwrap(), "http://localhost:3000");
        assert_eq!(origin("chrome-extension://abcdef").unwrap(), "chrome-extension://abcdef");
        assert_eq!(origin("capacitor://localhost").unwrap(), "capacitor://localhost");
        for odd in
            ["", "*", "null", "example.com", "https://a.test/x", "https://u@a.test", "mailto:a@b.c"]
        {
            assert_eq!(origin(odd), None, "{odd}");
        }
    }
}
