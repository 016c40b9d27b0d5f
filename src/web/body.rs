//! Request bodies and query strings as parameters. The Frontend API speaks forms (JSON is
//! tolerated); every read is bounded, strictly UTF-8, and fails in the error envelope. Unknown
//! parameters are kept and ignored, because client libraries add their own. The Backend API's JSON
//! is in `fields`.

use std::borrow::Cow;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::time::Duration;

use actix_web::body::{BodyStream, MessageBody, SizedStream, to_bytes_limited};
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use serde_json::Value;

use super::error::{ApiError, ErrorEntry};
use super::error_code::ErrorKind;

/// Largest body of any door, in bytes: forty times the largest honest one, and small enough that a
/// thousand at once are 64 MiB.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// Most parameters looked at; an honest form has a dozen.
const MAX_PARAMS: usize = 200;
/// How long a body may take to arrive; against clients that send a byte at a time.
const BODY_DEADLINE: Duration = Duration::from_secs(10);
/// A body that may be larger has that time again for each so many bytes: a line of 0.4 Mbit/s.
const BYTES_A_DEADLINE: usize = 512 * 1024;
/// Most of a body that is read only to be thrown away.
const MAX_DRAINED_BYTES: u64 = 64 * 1024 * 1024;

/// What a body claims to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyKind {
    Form,
    Json,
    /// No content type at all.
    Unsaid,
    Other,
}

/// Parameters by name, in the order they came; names may repeat where a list is meant.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params {
    pairs: Vec<(String, String)>,
    /// Names that a JSON body gave something else than a text: a number is no identifier.
    not_texts: Vec<String>,
}

impl std::fmt::Debug for Params {
    /// Names only: values hold passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.pairs.iter().map(|(name, _)| name)).finish()
    }
}

impl Params {
    /// The query string of a request.
    ///
    /// # Errors
    /// 400 `malformed_request_parameters` when it is not UTF-8 once decoded.
    pub fn of_query(request: &HttpRequest) -> Result<Self, ApiError> {
        let malformed = || ApiError::filled(ErrorKind::ParametersMalformed, &["not UTF-8"]);
        let pairs = parse_form(request.query_string().as_bytes());
        pairs.map(Self::from_pairs).ok_or_else(malformed)
    }

    /// Builds parameters by hand, for tests and for pages that pass on a form.
    #[must_use]
    pub fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        Self { pairs, not_texts: Vec::new() }
    }

    /// The last value given under `name`, as it came; `None` when absent or empty, because an empty
    /// value means null on this interface.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().rev().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Whether `name` was given at all, also when empty.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(key, _)| key == name)
            || self.not_texts.iter().any(|key| key == name)
    }

    /// Every value given under `name`, empty ones left out.
    pub fn each<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(k, v)| k == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    /// One line of text, at most `max` bytes, without control characters or line breaks (those
    /// could forge a header or a log line).
    ///
    /// # Errors
    /// 422 with `param_name`: given twice, no text, too long, or characters that do not belong.
    pub fn text(&self, name: &str, max: usize) -> Result<Option<&str>, ApiError> {
        self.bounded(name, max, is_one_line)
    }

    /// Several lines of text, at most `max` bytes; line breaks and tabs allowed.
    ///
    /// # Errors
    /// As `text`.
    pub fn long_text(&self, name: &str, max: usize) -> Result<Option<&str>, ApiError> {
        self.bounded(name, max, is_long_text)
    }

    /// A secret: any characters, at most `max` bytes, never trimmed.
    ///
    /// # Errors
    /// 422 with `param_name`: given twice, no text, or too long.
    pub fn secret(&self, name: &str, max: usize) -> Result<Option<&str>, ApiError> {
        self.bounded(name, max, |_| true)
    }

    /// `text`, and there must be some.
    ///
    /// # Errors
    /// 422 `form_param_missing`, `form_param_nil` (given but empty), or as `text`.
    pub fn required(&self, name: &str, max: usize) -> Result<&str, ApiError> {
        self.text(name, max)?.ok_or_else(|| self.missing(name))
    }

    /// `secret`, and there must be one.
    ///
    /// # Errors
    /// As `required`.
    pub fn required_secret(&self, name: &str, max: usize) -> Result<&str, ApiError> {
        self.secret(name, max)?.ok_or_else(|| self.missing(name))
    }

    /// A yes or no; absent is `None`.
    ///
    /// # Errors
    /// 422 `form_param_format_invalid` for anything but `true`, `false`, `1`, `0`.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.raw(name) {
            None => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(_) => Err(ApiError::of_param(ErrorKind::ParamFormatInvalid, name)),
        }
    }

    /// A whole number within `least..=most`; absent is `None`.
    ///
    /// # Errors
    /// 422 `form_param_format_invalid` or `form_param_value_invalid`.
    pub fn number(&self, name: &str, least: u64, most: u64) -> Result<Option<u64>, ApiError> {
        let Some(text) = self.raw(name) else { return Ok(None) };
        let number: u64 =
            text.parse().map_err(|_| ApiError::of_param(ErrorKind::ParamFormatInvalid, name))?;
        if !(least..=most).contains(&number) {
            let text = format!("{name} must be from {least} to {most}.");
            let refused = ApiError::of_param(ErrorKind::ParamValueInvalid, name);
            return Err(refused.with_long_message(text));
        }
        Ok(Some(number))
    }

    fn bounded(
        &self,
        name: &str,
        max: usize,
        fine: fn(char) -> bool,
    ) -> Result<Option<&str>, ApiError> {
        if self.not_texts.iter().any(|key| key == name) {
            let refused = ApiError::of_param(ErrorKind::ParamFormatInvalid, name);
            return Err(refused.with_long_message(format!("{name} must be a string.")));
        }
        // Two readers of one request could each take another of two values for the one that counts.
        if self.pairs.iter().filter(|(key, _)| key == name).count() > 1 {
            return Err(ApiError::of_param(ErrorKind::ParamDuplicate, name));
        }
        let Some(text) = self.raw(name) else { return Ok(None) };
        match text_fault(name, text, max, fine) {
            Some(entry) => Err(ApiError::with_entry(ErrorKind::ParamFormatInvalid, entry)),
            None => Ok(Some(text)),
        }
    }

    fn missing(&self, name: &str) -> ApiError {
        let kind = if self.has(name) { ErrorKind::ParamNil } else { ErrorKind::ParamMissing };
        ApiError::of_param(kind, name)
    }
}

impl FromRequest for Params {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind = body_kind(request);
        let body = read_body(request, payload.take());
        Box::pin(async move {
            let body = body.await?;
            if body.is_empty() {
                return Ok(Self::default());
            }
            match kind {
                BodyKind::Form => parse_form(&body).map(Self::from_pairs).ok_or_else(not_utf8),
                BodyKind::Json => Ok(flatten(parse_object(&body)?)),
                BodyKind::Unsaid | BodyKind::Other => {
                    let wanted = "application/x-www-form-urlencoded";
                    Err(ApiError::filled(ErrorKind::ContentTypeUnsupported, &[wanted]))
                }
            }
        })
    }
}

/// What is wrong with a text of field `name`, if anything.
pub(super) fn text_fault(
    name: &str,
    text: &str,
    max: usize,
    fine: fn(char) -> bool,
) -> Option<ErrorEntry> {
    if text.len() > max {
        let entry = ErrorEntry::filled(ErrorKind::ParamTooLong, &[name, &max.to_string()]);
        return Some(entry.with_param(name));
    }
    let odd = text.chars().any(|c| !fine(c));
    odd.then(|| ErrorEntry::of_param(ErrorKind::ParamFormatInvalid, name))
}

/// No control characters, no line breaks of any alphabet.
pub(super) fn is_one_line(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}')
}

/// Line breaks and tabs are fine, other control characters are not (PostgreSQL refuses NUL).
pub(super) fn is_long_text(c: char) -> bool {
    !c.is_control() || matches!(c, '\n' | '\r' | '\t')
}

pub(super) fn body_kind(request: &HttpRequest) -> BodyKind {
    if !request.headers().contains_key(CONTENT_TYPE) {
        return BodyKind::Unsaid;
    }
    let essence = request.content_type();
    if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        BodyKind::Form
    } else if essence.eq_ignore_ascii_case("application/json") {
        BodyKind::Json
    } else {
        BodyKind::Other
    }
}

/// Reads a body of at most `MAX_BODY_BYTES`.
///
/// # Errors
/// 413 when it is larger (at once where the length is announced), 408 when it takes too long, 400
/// when the connection breaks off.
pub(super) fn read_body(
    request: &HttpRequest,
    payload: Payload,
) -> impl Future<Output = Result<Bytes, ApiError>> + use<> {
    let announced = announced(request);
    async move {
        if announced.is_some_and(|length| is_beyond(length, MAX_BODY_BYTES)) {
            return Err(too_large(MAX_BODY_BYTES));
        }
        collect(payload, announced, MAX_BODY_BYTES).await
    }
}

/// Reads a body of at most `most` bytes, for a form with a file. One that is larger is read to its end
/// all the same, up to 64 MiB: a browser listens to an answer once it has sent everything.
///
/// # Errors
/// As [`read_body`].
pub(super) fn read_long_body(
    request: &HttpRequest,
    payload: Payload,
    most: usize,
) -> impl Future<Output = Result<Bytes, ApiError>> + use<> {
    let announced = announced(request);
    async move {
        if let Some(length) = announced.filter(|length| is_beyond(*length, most)) {
            if length <= MAX_DRAINED_BYTES {
                // Whoever takes longer is not listened to either.
                let _late = tokio::time::timeout(deadline(most), drain(payload)).await;
            }
            return Err(too_large(most));
        }
        collect(payload, announced, most).await
    }
}

fn announced(request: &HttpRequest) -> Option<u64> {
    request.headers().get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse().ok())
}

fn is_beyond(length: u64, most: usize) -> bool {
    !usize::try_from(length).is_ok_and(|length| length <= most)
}

fn deadline(most: usize) -> Duration {
    let more = u32::try_from(most / BYTES_A_DEADLINE).unwrap_or(u32::MAX);
    BODY_DEADLINE.saturating_mul(more.saturating_add(1))
}

async fn collect(payload: Payload, announced: Option<u64>, most: usize) -> Result<Bytes, ApiError> {
    let read = async {
        let read = match announced {
            Some(length) => to_bytes_limited(SizedStream::new(length, payload), most).await,
            None => to_bytes_limited(BodyStream::new(payload), most).await,
        };
        read.map_err(|_| too_large(most))?
            .map_err(|_| ApiError::filled(ErrorKind::BodyInvalid, &["the connection broke off"]))
    };
    // Polls the body before it starts a timer: a body that is here already costs none.
    match tokio::time::timeout(deadline(most), read).await {
        Ok(body) => body,
        Err(_) => Err(ApiError::of(ErrorKind::BodyTooSlow)),
    }
}

async fn drain(payload: Payload) {
    let mut body = pin!(BodyStream::new(payload));
    while let Some(Ok(_)) = poll_fn(|context| body.as_mut().poll_next(context)).await {}
}

fn too_large(most: usize) -> ApiError {
    ApiError::filled(ErrorKind::BodyTooLarge, &[&most.to_string()])
}

pub(super) fn not_utf8() -> ApiError {
    ApiError::filled(ErrorKind::BodyInvalid, &["it is not UTF-8"])
}

/// A JSON object.
///
/// # Errors
/// 400 `request_body_invalid`, with the place of the fault.
pub(super) fn parse_object(body: &[u8]) -> Result<serde_json::Map<String, Value>, ApiError> {
    let Ok(text) = std::str::from_utf8(body) else {
        return Err(not_utf8());
    };
    match serde_json::from_str(text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(ApiError::filled(ErrorKind::BodyInvalid, &["it is not a JSON object"])),
        Err(fault) => {
            // Only the place: serde's own message can quote the body, which may hold a password.
            let place =
                format!("it is not JSON at line {}, column {}", fault.line(), fault.column());
            Err(ApiError::filled(ErrorKind::BodyInvalid, &[&place]))
        }
    }
}

/// A JSON object as if it had been a form: null is empty, lists repeat their name, objects are left
/// out (no parameter of the Frontend API is one).
fn flatten(map: serde_json::Map<String, Value>) -> Params {
    let mut params = Params::default();
    for (name, value) in map.into_iter().take(MAX_PARAMS) {
        if !matches!(value, Value::String(_) | Value::Null) {
            params.not_texts.push(name.clone());
        }
        match value {
            Value::Array(items) => {
                let items = items.into_iter().filter_map(scalar);
                params.pairs.extend(items.map(|item| (name.clone(), item)));
            }
            other => params.pairs.extend(scalar(other).map(|text| (name, text))),
        }
    }
    params.pairs.truncate(MAX_PARAMS);
    params
}

fn scalar(value: Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// `application/x-www-form-urlencoded` (WHATWG URL standard §5.1), but strict: `None` when a name
/// or value is not UTF-8, where the standard would put replacement characters and so make two
/// different passwords one.
pub(super) fn parse_form(body: &[u8]) -> Option<Vec<(String, String)>> {
    let owned = |(name, value): (Cow<'_, str>, Cow<'_, str>)| (name.into(), value.into());
    form_pairs(body).map(|pair| pair.map(owned)).collect()
}

/// The parameters of a form, one after another; `None` for one that is not UTF-8.
pub(super) fn form_pairs(
    body: &[u8],
) -> impl Iterator<Item = Option<(Cow<'_, str>, Cow<'_, str>)>> {
    let pieces = body.split(|b| *b == b'&').filter(|piece| !piece.is_empty()).take(MAX_PARAMS);
    pieces.map(|piece| {
        let mut halves = piece.splitn(2, |b| *b == b'=');
        let name = decode(halves.next().unwrap_or(&[]))?;
        let value = decode(halves.next().unwrap_or(&[]))?;
        Some((name, value))
    })
}

fn decode(text: &[u8]) -> Option<Cow<'_, str>> {
    if !text.iter().any(|byte| matches!(byte, b'+' | b'%')) {
        return std::str::from_utf8(text).ok().map(Cow::Borrowed);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'+', _) => out.push(b' '),
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    rest = after;
                }
                // A lone percent sign stands for itself.
                _ => out.push(b'%'),
            },
            (other, _) => out.push(*other),
        }
    }
    String::from_utf8(out).ok().map(Cow::Owned)
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}
