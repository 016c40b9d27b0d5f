//! Stylesheets, the house's and each tenant's colours, and the pictures of users. Their names change with their content, so
//! they may be kept for a year; a name of another content is no page.

use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    HeaderName, HeaderValue, VARY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse, web};

use super::fault::no_such_page;
use super::visit::{Visit, brand_colours};
use crate::model::Avatar;
use crate::model::branding::LogoFor;
use crate::model::picture::PictureKind;
use crate::web::assets::Asset;
use crate::web::doors::Doors;
use crate::web::{assets, avatar, brand};

/// `GET /assets/{name}`
pub(super) async fn house(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    match assets::find(request.path()) {
        Some(asset) => packed_or_plain(asset, takes_gzip(&request)),
        None => no_such_page(&request, &doors).await,
    }
}

fn packed_or_plain(asset: &'static Asset, packed: bool) -> HttpResponse {
    let packed = packed && !asset.packed.is_empty();
    let bytes = if packed { asset.packed } else { asset.bytes };
    let mut answer = kept(HttpResponse::Ok().body(bytes), asset.content_type);
    let headers = answer.headers_mut();
    // Also on the plain one: a cache between us must not hand it to everybody, nor the other.
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if packed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    answer
}

/// Whether whoever asks takes gzip: by its name, or by `*`, and not with the weight of nothing (RFC 9110,
/// §12.5.3).
fn takes_gzip(request: &HttpRequest) -> bool {
    let lines = request.headers().get_all(ACCEPT_ENCODING).filter_map(|line| line.to_str().ok());
    let mut any = false;
    for one in lines.flat_map(|line| line.split(',')) {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        let name = name.trim();
        let weight = weight.trim().strip_prefix("q=").and_then(|q| q.trim().parse::<f32>().ok());
        let taken = weight.is_none_or(|weight| weight > 0.0);
        if name.eq_ignore_ascii_case("gzip") {
            return taken;
        }
        any |= name == "*" && taken;
    }
    any
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

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn gzip_is_sent_to_whoever_takes_it() {
        let takes = |line: &str| {
            let request = TestRequest::default().insert_header((ACCEPT_ENCODING, line));
            takes_gzip(&request.to_http_request())
        };
        for line in ["gzip", "br, GZIP;q=0.5", "gzip, deflate, br, zstd", "*", "identity, *;q=0.1"]
        {
            assert!(takes(line), "{line}");
        }
        for line in ["", "br", "gzip;q=0", "gzip; q=0, *", "*;q=0", "x-gzip-not", "identity"] {
            assert!(!takes(line), "{line}");
        }
        assert!(!takes_gzip(&TestRequest::default().to_http_request()), "who says nothing");
    }
}
