//! Errors of the doors under `/v1`, in Clerk's envelope. Builds the answer (status, entries,
//! `Retry-After`, optional client) from the catalogue in `error_code`; the trace id is written in by
//! the `request_id` middleware, the only place that knows it. Knows nothing of why things failed.

use std::borrow::Cow;
use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError};
use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};
use serde_json::Value;

use super::error_code::ErrorKind;

/// Exactly this, without a charset: Clerk's JavaScript SDK compares it with `===`.
pub const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// The header that repeats `clerk_trace_id` (read by the Go SDK).
pub const TRACE_HEADER: HeaderName = HeaderName::from_static("clerk-trace-id");

/// How every body ends behind its trace id: the id is its last member.
pub const AFTER_TRACE_ID: &[u8] = b"\"}";

/// Longest path repeated in a text, in bytes.
const MAX_SHOWN_PATH: usize = 200;

/// What a door answers instead of a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError {
    pub status: StatusCode,
    /// Never empty; client libraries decide by the first.
    pub entries: Vec<ErrorEntry>,
    /// Seconds, sent as `Retry-After`.
    pub retry_after: Option<u64>,
    /// The client resource, sent as `meta.client` so that the browser library can refresh its copy.
    pub client: Option<Value>,
}

/// One fault in the envelope.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorEntry {
    pub message: Cow<'static, str>,
    pub long_message: Cow<'static, str>,
    pub code: &'static str,
    /// Members of `meta`, in order; left out of the answer when empty.
    pub meta: Vec<(&'static str, Value)>,
}

impl ErrorEntry {
    /// The catalogue's line as it stands.
    #[must_use]
    pub fn of(kind: ErrorKind) -> Self {
        let text = kind.text();
        Self {
            message: Cow::Borrowed(text.message),
            long_message: Cow::Borrowed(text.long_message),
            code: text.code,
            meta: Vec::new(),
        }
    }

    /// The catalogue's line with each `{}` replaced in turn.
    #[must_use]
    pub fn filled(kind: ErrorKind, values: &[&str]) -> Self {
        let text = kind.text();
        let mut long = String::with_capacity(text.long_message.len() + 32);
        let mut values = values.iter();
        for (at, piece) in text.long_message.split("{}").enumerate() {
            if at > 0 {
                long.push_str(values.next().copied().unwrap_or(""));
            }
            long.push_str(piece);
        }
        Self { long_message: Cow::Owned(long), ..Self::of(kind) }
    }

    /// A fault of one form field: the field's name fills the text and goes into `meta.param_name`.
    #[must_use]
    pub fn of_param(kind: ErrorKind, param: &str) -> Self {
        Self::filled(kind, &[param]).with_param(param)
    }

    #[must_use]
    pub fn with_param(self, param: &str) -> Self {
        self.with_meta("param_name", Value::from(param))
    }

    #[must_use]
    pub fn with_meta(mut self, key: &'static str, value: Value) -> Self {
        self.meta.push((key, value));
        self
    }

    #[must_use]
    pub fn with_long_message(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.long_message = text.into();
        self
    }
}

impl ApiError {
    /// The catalogue's line as it stands.
    #[must_use]
    pub fn of(kind: ErrorKind) -> Self {
        Self::with_entry(kind, ErrorEntry::of(kind))
    }

    /// The catalogue's line with each `{}` replaced in turn.
    #[must_use]
    pub fn filled(kind: ErrorKind, values: &[&str]) -> Self {
        Self::with_entry(kind, ErrorEntry::filled(kind, values))
    }

    /// A fault of one form field.
    #[must_use]
    pub fn of_param(kind: ErrorKind, param: &str) -> Self {
        Self::with_entry(kind, ErrorEntry::of_param(kind, param))
    }

    /// An entry under the status of `kind`.
    #[must_use]
    pub fn with_entry(kind: ErrorKind, entry: ErrorEntry) -> Self {
        let status = status_of(kind);
        Self { status, entries: vec![entry], retry_after: None, client: None }
    }

    /// Several field faults at once (422). `None` when there are none.
    #[must_use]
    pub fn all(entries: Vec<ErrorEntry>) -> Option<Self> {
        if entries.is_empty() {
            return None;
        }
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Some(Self { status, entries, retry_after: None, client: None })
    }

    /// A further entry behind the one that decides.
    #[must_use]
    pub fn and(mut self, entry: ErrorEntry) -> Self {
        self.entries.push(entry);
        self
    }

    #[must_use]
    pub fn with_retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    #[must_use]
    pub fn with_client(mut self, client: Value) -> Self {
        self.client = Some(client);
        self
    }

    #[must_use]
    pub fn with_long_message(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        if let Some(first) = self.entries.first_mut() {
            first.long_message = text.into();
        }
        self
    }

    /// The code that client libraries decide by.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.entries.first().map_or("", |entry| entry.code)
    }

    /// The body, with `trace_id` in it.
    #[must_use]
    pub fn body(&self, trace_id: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(512);
        // Writing plain strings and values into memory cannot fail; an empty body would still carry
        // status and headers.
        if serde_json::to_writer(&mut bytes, &Envelope { error: self, trace_id }).is_err() {
            bytes.clear();
        }
        bytes
    }

    /// The body up to where its trace id begins; behind the id comes [`AFTER_TRACE_ID`]. For a body
    /// that is sent many times under other ids.
    #[must_use]
    pub fn body_before_trace_id(&self) -> Vec<u8> {
        let mut body = self.body("");
        body.truncate(body.len().saturating_sub(AFTER_TRACE_ID.len()));
        body
    }

    /// The whole answer, for code that has the trace id at hand (the middleware).
    #[must_use]
    pub fn response(&self, trace_id: &str) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::new(self.status);
        self.write_headers(response.headers_mut());
        if let Ok(value) = HeaderValue::from_str(trace_id) {
            response.headers_mut().insert(TRACE_HEADER, value);
        }
        response.set_body(BoxBody::new(self.body(trace_id)))
    }

    fn write_headers(&self, headers: &mut actix_web::http::header::HeaderMap) {
        headers.insert(CONTENT_TYPE, JSON);
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
    }
}

/// The catalogue holds valid numbers only (a test walks it); 500 is what a typo would give.
fn status_of(kind: ErrorKind) -> StatusCode {
    StatusCode::from_u16(kind.text().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status.as_u16(), self.code())
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    /// Status and headers only. The `request_id` middleware finds the error on the answer and writes
    /// the body once, with the trace id, which is not known here.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::new(self.status);
        self.write_headers(response.headers_mut());
        response
    }
}

impl Responder for ApiError {
    type Body = BoxBody;

    fn respond_to(self, _request: &HttpRequest) -> HttpResponse<BoxBody> {
        HttpResponse::from_error(self)
    }
}

/// A resource as an answer, with the exact content type. Errors while serialising are ours: 500.
pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<HttpResponse, ApiError> {
    let bytes = serde_json::to_vec(value).map_err(|_| ApiError::of(ErrorKind::Internal))?;
    let mut response = HttpResponse::new(StatusCode::OK);
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    Ok(response.set_body(BoxBody::new(bytes)))
}

/// Default service of a `/v1` scope.
pub async fn unknown_route(request: HttpRequest) -> ApiError {
    nothing_at(request.method().as_str(), request.path())
}

/// 404 that names what was asked for. The query is never repeated, nor a path that may hold a
/// token: that of an unlock or support link sent to the wrong place, or a very long one.
#[must_use]
pub fn nothing_at(method: &str, path: &str) -> ApiError {
    let error = ApiError::of(ErrorKind::UnknownRoute);
    let telling = |part: &str| matches!(part, "unlock" | "support") || part.len() > 64;
    if path.len() > MAX_SHOWN_PATH || path.split('/').any(telling) {
        return error;
    }
    error.with_long_message(format!("There is nothing at this address: {method} {path}."))
}

/// The catalogue's line for an answer that the web server made itself, by its status number.
#[must_use]
pub fn kind_for_status(status: StatusCode) -> ErrorKind {
    match status.as_u16() {
        404 => ErrorKind::UnknownRoute,
        405 => ErrorKind::MethodNotAllowed,
        408 => ErrorKind::BodyTooSlow,
        429 => ErrorKind::TooManyRequests,
        503 => ErrorKind::ServiceUnavailable,
        500..=599 => ErrorKind::Internal,
        _ => ErrorKind::BadRequest,
    }
}

struct Envelope<'a> {
    error: &'a ApiError,
    trace_id: &'a str,
}

impl Serialize for Envelope<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = if self.error.client.is_some() { 3 } else { 2 };
        let mut out = serializer.serialize_struct("Envelope", fields)?;
        out.serialize_field("errors", &self.error.entries)?;
        if let Some(client) = &self.error.client {
            out.serialize_field("meta", &ClientMeta(client))?;
        }
        out.serialize_field("clerk_trace_id", self.trace_id)?;
        out.end()
    }
}

struct ClientMeta<'a>(&'a Value);

impl Serialize for ClientMeta<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("client", self.0)?;
        map.end()
    }
}

impl Serialize for ErrorEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = if self.meta.is_empty() { 3 } else { 4 };
        let mut out = serializer.serialize_struct("ErrorEntry", fields)?;
        out.serialize_field("message", &self.message)?;
        out.serialize_field("long_message", &self.long_message)?;
        out.serialize_field("code", self.code)?;
        if !self.meta.is_empty() {
            out.serialize_field("meta", &Meta(&self.meta))?;
        }
        out.end()
    }
}

struct Meta<'a>(&'a [(&'static str, Value)]);

impl Serialize for Meta<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}
