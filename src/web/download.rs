//! Files that a page hands out: kept by nobody on the way, shown in no frame and taken for no page.
//! Knows no file.

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};

use super::page::html_headers;
use super::security_headers::PageRules;

/// An answer that is saved as `name`, which is of letters, digits, dots and dashes.
#[must_use]
pub fn attachment(content_type: &'static str, name: &str, body: BoxBody) -> HttpResponse {
    let mut answer = html_headers(StatusCode::OK, &PageRules::PLAIN).set_body(body);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let name: String = name.chars().filter(plain).collect();
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_saved_and_never_shown() {
        let body = BoxBody::new("a");
        let answer = attachment("text/csv; charset=utf-8", "audit-\"acme\".csv", body);
        let header = |name: &str| answer.headers().get(name).unwrap().to_str().unwrap();
        assert_eq!(header("content-disposition"), "attachment; filename=\"audit-acme.csv\"");
        assert_eq!(header("content-type"), "text/csv; charset=utf-8");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("cache-control"), "no-store");
        assert!(header("content-security-policy").starts_with("default-src 'none'"));
    }
}
