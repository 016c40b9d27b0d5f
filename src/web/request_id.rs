//! The outermost middleware: gives each request an id (the `clerk_trace_id` of its errors), writes
//! the error envelope, counts the request and logs one line about it. Takes no id from outside, and
//! logs the route's pattern, never the path or query, because both can hold a token.
//! Knows nothing of tenants beyond the slug in a path.

use std::cell::Cell;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::{Error, HttpMessage, HttpRequest};

use super::error::{ApiError, JSON, TRACE_HEADER, kind_for_status, nothing_at};
use super::error_code::ErrorKind;
use super::tenant_path::{is_api_path, slug_in_path};
use crate::model::{Clock, Count, Meter};
use crate::tenant::TenantProfile;

/// 32 hexadecimal digits, unique but not secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId([u8; 32]);

/// The slug of a tenant that was found by host; a handler or middleware leaves it in the request's
/// extensions so that the log line can name the tenant.
#[derive(Debug, Clone)]
pub struct LoggedTenant(pub Arc<str>);

/// Left in the request's extensions where the published locks refused a try: such a request has a
/// line in the log only now and then.
#[derive(Clone)]
pub struct RefusedTry(pub Arc<TenantProfile>);

impl RequestId {
    /// A fresh id: two independent SplitMix64 streams per thread, seeded once from the system's
    /// random source. Ids are names, not secrets, so a few nanoseconds beat a random generator.
    #[must_use]
    pub fn fresh() -> Self {
        thread_local! {
            static STREAMS: Cell<(u64, u64)> = Cell::new(seed());
        }
        let (left, right) = STREAMS.with(|streams| {
            let (left, right) = streams.get();
            // Two different odd steps, so that two threads meeting in one half part in the other.
            let next = (
                left.wrapping_add(0x9E37_79B9_7F4A_7C15),
                right.wrapping_add(0xD1B5_4A32_D192_ED03),
            );
            streams.set(next);
            next
        });
        let mut text = [0; 32];
        let digits = [mix(left).to_be_bytes(), mix(right).to_be_bytes()];
        for (pair, byte) in text.chunks_exact_mut(2).zip(digits.as_flattened()) {
            pair.copy_from_slice(&[hex_digit(byte >> 4), hex_digit(byte & 15)]);
        }
        Self(text)
    }

    /// The id of the request at hand; a fresh one where the middleware is not installed.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        request.extensions().get::<Self>().copied().unwrap_or_else(Self::fresh)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        // Always ASCII by construction.
        std::str::from_utf8(&self.0).unwrap_or("")
    }
}

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Debug for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

const fn hex_digit(nibble: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 }
}

/// SplitMix64's finaliser (Steele, Lea and Flood, 2014).
const fn mix(state: u64) -> u64 {
    let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn seed() -> (u64, u64) {
    let mut left = [0; 8];
    let mut right = [0; 8];
    // Without randomness ids would repeat between restarts, which is a nuisance and no danger.
    let _ = aws_lc_rs::rand::fill(&mut left);
    let _ = aws_lc_rs::rand::fill(&mut right);
    (u64::from_be_bytes(left), u64::from_be_bytes(right))
}

/// The middleware. Wrap the whole application with it, last (outermost).
#[derive(Clone)]
pub struct RequestIds {
    clock: Arc<dyn Clock>,
    meter: Arc<dyn Meter>,
}

impl RequestIds {
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, meter: Arc<dyn Meter>) -> Self {
        Self { clock, meter }
    }
}

impl<S, B> Transform<S, ServiceRequest> for RequestIds
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = RequestIdService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(RequestIdService { service, shared: Rc::new(self.clone()) }))
    }
}

/// What `RequestIds` makes of a service.
pub struct RequestIdService<S> {
    service: S,
    shared: Rc<RequestIds>,
}

impl<S, B> Service<ServiceRequest> for RequestIdService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    actix_web::dev::forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let id = RequestId::fresh();
        request.extensions_mut().insert(id);
        self.shared.meter.add(Count::HttpRequests, 1);
        // The clock is read only for a line that will be written.
        let started = log_is_on().then(|| self.shared.clock.monotonic());
        let shared = Rc::clone(&self.shared);
        // The request itself cannot be kept: routing needs the only handle on it.
        let under_api = is_api_path(request.path());
        let answer = self.service.call(request);
        Box::pin(async move {
            let response = match answer.await {
                Ok(response) => with_envelope(response.map_into_boxed_body(), id),
                Err(error) => return Err(dressed(error, under_api, id)),
            };
            if let Some(started) = started {
                log_answer(&response, id, started, shared.clock.monotonic());
            }
            Ok(response)
        })
    }
}

/// Writes the body of an `ApiError`, and dresses what the web server refused by itself under `/v1`.
fn with_envelope(response: ServiceResponse<BoxBody>, id: RequestId) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let mut response = if let Some(error) = response.response().error().and_then(as_api_error) {
        let body = error.body(id.as_str());
        response.map_body(|_, _| BoxBody::new(body))
    } else if status.as_u16() >= 400
        && is_api_path(response.request().path())
        && response.headers().get(CONTENT_TYPE) != Some(&JSON)
    {
        let (kind, request) = (kind_for_status(status), response.request());
        let mut error = match kind == ErrorKind::UnknownRoute {
            true => nothing_at(request.method().as_str(), request.path()),
            false => ApiError::of(kind),
        };
        error.status = status;
        let body = error.body(id.as_str());
        let mut response = response.map_body(|_, _| BoxBody::new(body));
        response.headers_mut().insert(CONTENT_TYPE, JSON);
        response
    } else {
        response
    };
    if let Ok(value) = HeaderValue::from_bytes(&id.0) {
        response.headers_mut().insert(TRACE_HEADER, value);
    }
    response
}

/// An error that a middleware returned instead of an answer, with the answer that the web server
/// makes of it written out: it would leave with an empty body otherwise.
fn dressed(error: Error, under_api: bool, id: RequestId) -> Error {
    let response = match as_api_error(&error) {
        Some(known) => known.response(id.as_str()),
        None => {
            let mut response = error.error_response();
            if under_api {
                let mut known = ApiError::of(kind_for_status(response.status()));
                known.status = response.status();
                response = known.response(id.as_str());
            } else if let Ok(value) = HeaderValue::from_bytes(&id.0) {
                response.headers_mut().insert(TRACE_HEADER, value);
            }
            response
        }
    };
    tracing::warn!(
        target: "lockkeeper::request",
        status = response.status().as_u16(),
        request_id = id.as_str(),
        code = as_api_error(&error).map(ApiError::code),
        "request refused on its way in"
    );
    InternalError::from_response(error, response).into()
}

fn as_api_error(error: &Error) -> Option<&ApiError> {
    error.as_error::<ApiError>()
}

fn log_is_on() -> bool {
    tracing::enabled!(target: "lockkeeper::request", tracing::Level::INFO)
}

fn log_answer(
    response: &ServiceResponse<BoxBody>,
    id: RequestId,
    started: Duration,
    now: Duration,
) {
    let request = response.request();
    let refused = request.extensions().get::<RefusedTry>().cloned();
    let left_out = match refused.map(|RefusedTry(profile)| worth_a_line(&profile, now)) {
        Some(None) => return,
        Some(Some(left_out)) => left_out,
        None => None,
    };
    let by_host = request.extensions().get::<LoggedTenant>().cloned();
    let route = request.match_pattern();
    let line = Line {
        method: request.method().as_str(),
        route: route.as_deref().unwrap_or("-"),
        tenant: by_host.as_ref().map(|t| &*t.0).or_else(|| slug_in_path(request.path())),
        status: response.status(),
        took: now.saturating_sub(started),
        id,
        code: response.response().error().and_then(as_api_error).map(ApiError::code),
        left_out,
    };
    line.log();
}

/// The line about a try that was refused before it came to the middleware above, if it is worth
/// one: a POST to `route`. `now` is asked only then.
pub fn log_refused(
    profile: &TenantProfile,
    route: &'static str,
    id: RequestId,
    started: Duration,
    now: impl FnOnce() -> Duration,
) {
    if !log_is_on() {
        return;
    }
    let Some(left_out) = worth_a_line(profile, started) else { return };
    let text = ErrorKind::UserLocked.text();
    let line = Line {
        method: "POST",
        route,
        tenant: Some(&profile.tenant.slug),
        status: StatusCode::FORBIDDEN,
        took: now().saturating_sub(started),
        id,
        code: Some(text.code),
        left_out,
    };
    line.log();
}

/// Of the tries of one tenant that the published locks refuse, one a second gets a line: a line for
/// each would let an attacker fill the disk, and cost more than the refusal. The outer `None`: no
/// line; the inner number: how many had none since the line before. At the level `debug` each
/// has its line.
fn worth_a_line(profile: &TenantProfile, monotonic: Duration) -> Option<Option<u64>> {
    if tracing::enabled!(target: "lockkeeper::request", tracing::Level::DEBUG) {
        return Some(None);
    }
    profile.logged_refusals.one_more(monotonic).map(|left_out| (left_out > 0).then_some(left_out))
}

struct Line<'r> {
    method: &'r str,
    route: &'r str,
    tenant: Option<&'r str>,
    status: StatusCode,
    took: Duration,
    id: RequestId,
    code: Option<&'static str>,
    left_out: Option<u64>,
}

impl Line<'_> {
    fn log(self) {
        tracing::info!(
            target: "lockkeeper::request",
            method = self.method,
            route = self.route,
            status = self.status.as_u16(),
            ms = u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
            request_id = self.id.as_str(),
            tenant = self.tenant,
            code = self.code,
            refused_without_a_line = self.left_out,
            "request answered"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_32_hex_digits_and_differ_also_between_threads() {
        let mine: Vec<_> = (0..1000).map(|_| RequestId::fresh()).collect();
        let theirs =
            std::thread::spawn(|| (0..1000).map(|_| RequestId::fresh()).collect::<Vec<_>>());
        let all: std::collections::HashSet<_> =
            mine.into_iter().chain(theirs.join().unwrap()).collect();
        assert_eq!(all.len(), 2000);
        for id in all {
            assert_eq!(id.as_str().len(), 32);
            assert!(id.as_str().bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')));
        }
    }
}
