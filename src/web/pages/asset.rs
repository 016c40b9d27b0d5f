//! Stylesheets, the house's and each tenant's colours, and the pictures of users. Their names change with their content, so
//! they may be kept for a year; a name of another content is no page.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse, web};

use super::fault::no_such_page;
use super::visit::{Visit, brand_colours};
use crate::model::Avatar;
use crate::model::branding::LogoFor;
use crate::model::picture::PictureKind;
use crate::web::doors::Doors;
use crate::web::{assets, avatar, brand};

/// `GET /assets/{name}`
pub(super) async fn house(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    match assets::find(request.path()) {
        Some(asset) => kept(HttpResponse::Ok().body(asset.bytes), asset.content_type),
        None => no_such_page(&request, &doors).await,
    }
}

/// `GET /t/{slug}/assets/{name}`
pub(super) async fn brand(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    let visit = match Visit::open(&request, &doors).await {
        Ok(visit) => visit,
        Err(early) => return early,
    };
    let asked = request.match_info().get("name").unwrap_or_default();
    if let Some(avatar) = Avatar::parse(asked) {
        return picture(&avatar);
    }
    if let Some(picture) = logo(&visit, asked).await {
        return picture;
    }
    match brand_colours(&visit.profile).filter(|colours| brand::stylesheet_name(colours) == asked) {
        Some(colours) => {
            kept(HttpResponse::Ok().body(brand::stylesheet(&colours)), "text/css; charset=utf-8")
        }
        None => no_such_page(&request, &doors).await,
    }
}

/// A logo that the tenant wears now; one that it wore before is no page.
async fn logo(visit: &Visit<'_>, asked: &str) -> Option<HttpResponse> {
    let branding = &visit.profile.branding;
    let worn = LogoFor::ALL.into_iter().filter_map(|ground| branding.logo_for(ground));
    let named = worn.map(|logo| &logo.file).find(|file| *file == asked)?;
    let kind = named.rsplit('.').next().and_then(PictureKind::of_ending)?;
    let reader = visit.tenants().reader();
    let bytes = reader.tenant_file(visit.profile.id().clone(), named.clone()).await.ok()??;
    let mut answer = kept(HttpResponse::Ok().body(bytes), kind.content_type());
    let policy = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    Some(answer)
}

/// For pages of any app, those that ask for permission to be embedded included; alone it runs nothing.
fn picture(avatar: &Avatar) -> HttpResponse {
    let mut answer = kept(HttpResponse::Ok().body(avatar::drawn(avatar)), "image/svg+xml");
    let headers = answer.headers_mut();
    let policy = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    let everybody = HeaderValue::from_static("cross-origin");
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), everybody);
    answer
}

fn kept(mut answer: HttpResponse, content_type: &'static str) -> HttpResponse {
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(assets::CACHE_CONTROL));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}
