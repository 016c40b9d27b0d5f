//! Stylesheets: the house's, and each tenant's colours. Their names change with their content, so
//! they may be kept for a year; a name of another content is no page.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use actix_web::{HttpRequest, HttpResponse, web};

use super::fault::no_such_page;
use super::visit::{Visit, brand_colours};
use crate::web::doors::Doors;
use crate::web::{assets, brand};

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
    match brand_colours(&visit.profile).filter(|colours| brand::stylesheet_name(colours) == asked) {
        Some(colours) => {
            kept(HttpResponse::Ok().body(brand::stylesheet(&colours)), "text/css; charset=utf-8")
        }
        None => no_such_page(&request, &doors).await,
    }
}

fn kept(mut answer: HttpResponse, content_type: &'static str) -> HttpResponse {
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(assets::CACHE_CONTROL));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}
