//! What every door that answers in HTML needs: a view as an answer, the wait in its headers, what is
//! wrong with a form. Knows no single page and no door.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use askama::Template;

use super::security_headers::PageRules;
use crate::model::Span;

/// A view with the headers of a page.
#[must_use]
pub fn html(status: StatusCode, rules: &PageRules<'_>, page: &impl Template) -> HttpResponse {
    match page.render() {
        Ok(text) => html_headers(status, rules).set_body(actix_web::body::BoxBody::new(text)),
        Err(error) => {
            tracing::error!(error = %error, "a page could not be written");
            html_headers(StatusCode::INTERNAL_SERVER_ERROR, rules)
        }
    }
}

/// An answer without a body, with the headers of a page.
#[must_use]
pub fn html_headers(status: StatusCode, rules: &PageRules<'_>) -> HttpResponse {
    let mut answer = HttpResponse::new(status);
    rules.apply(answer.headers_mut());
    answer
}

/// Sets `Retry-After`, rounded up to whole seconds and at least one.
pub fn retry_after(answer: &mut HttpResponse, wait: Option<Span>) {
    if let Some(wait) = wait {
        let seconds = wait.as_seconds_up().max(1);
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
}

/// Something to mend: the id of the field and the words, the same in summary and field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub field: &'static str,
    pub words: String,
}

impl Problem {
    /// The words for `field`, if it is among `problems`.
    #[must_use]
    pub fn at(problems: &[Self], field: &str) -> Option<String> {
        problems.iter().find(|problem| problem.field == field).map(|problem| problem.words.clone())
    }
}

/// First letter or digit of a name in upper case; empty where there is none.
#[must_use]
pub fn initial(name: &str) -> String {
    name.chars()
        .find(|c| c.is_alphanumeric())
        .map(|c| c.to_uppercase().to_string())
        .unwrap_or_default()
}
