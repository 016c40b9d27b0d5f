//! The Backend API's JSON bodies. A body is an object or nothing at all (Clerk's SDKs post without
//! one, with and without a content type); the getters collect every fault, so that a caller learns
//! all of them in one answer.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde_json::{Map, Value};

use super::body::{
    BodyKind, body_kind, is_long_text, is_one_line, parse_object, read_body, text_fault,
};
use super::error::{ApiError, ErrorEntry};
use super::error_code::ErrorKind;

/// A JSON object, taken apart by `Fields`.
#[derive(Clone, Default, PartialEq)]
pub struct JsonBody(pub Map<String, Value>);

impl std::fmt::Debug for JsonBody {
    /// Names only: values hold passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

/// Reads fields and remembers what was wrong. End with `finish`.
#[derive(Debug)]
pub struct Fields<'a> {
    map: &'a Map<String, Value>,
    faults: Vec<ErrorEntry>,
}

/// A field that may be left alone, cleared or set: what PATCH needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<T> {
    /// Not in the body.
    Keep,
    /// Given as `null`.
    Clear,
    Set(T),
}

impl JsonBody {
    #[must_use]
    pub fn fields(&self) -> Fields<'_> {
        Fields { map: &self.0, faults: Vec::new() }
    }
}

impl<'a> Fields<'a> {
    /// One line of text of at most `max` bytes. `None`: absent, null, or at fault.
    pub fn text(&mut self, name: &str, max: usize) -> Option<&'a str> {
        self.string(name, max, is_one_line)
    }

    /// Several lines of text of at most `max` bytes.
    pub fn long_text(&mut self, name: &str, max: usize) -> Option<&'a str> {
        self.string(name, max, is_long_text)
    }

    /// A secret: any characters, at most `max` bytes.
    pub fn secret(&mut self, name: &str, max: usize) -> Option<&'a str> {
        self.string(name, max, |_| true)
    }

    /// `text` that must be there: its absence is a fault.
    pub fn required(&mut self, name: &str, max: usize) -> Option<&'a str> {
        if self.present(name).is_none() {
            self.refuse(ErrorKind::ParamMissing, name);
            return None;
        }
        self.text(name, max)
    }

    /// `secret` that must be there: its absence is a fault.
    pub fn required_secret(&mut self, name: &str, max: usize) -> Option<&'a str> {
        if self.present(name).is_none() {
            self.refuse(ErrorKind::ParamMissing, name);
            return None;
        }
        self.secret(name, max)
    }

    /// `text` for a PATCH, which tells an absent field from a null one.
    pub fn change(&mut self, name: &str, max: usize) -> Change<&'a str> {
        match self.map.get(name) {
            None => Change::Keep,
            Some(Value::Null) => Change::Clear,
            Some(_) => self.text(name, max).map_or(Change::Keep, Change::Set),
        }
    }

    /// `true` or `false`.
    pub fn flag(&mut self, name: &str) -> Option<bool> {
        let value = self.present(name)?;
        let flag = value.as_bool();
        if flag.is_none() {
            self.refuse_type(name, "true or false");
        }
        flag
    }

    /// A whole number within `least..=most`.
    pub fn number(&mut self, name: &str, least: i64, most: i64) -> Option<i64> {
        let Some(number) = self.present(name)?.as_i64() else {
            self.refuse_type(name, "a whole number");
            return None;
        };
        if !(least..=most).contains(&number) {
            let entry = ErrorEntry::of_param(ErrorKind::ParamValueInvalid, name);
            let text = format!("{name} must be from {least} to {most}.");
            self.faults.push(entry.with_long_message(text));
            return None;
        }
        Some(number)
    }

    /// A list of at most `most` one-line texts of at most `max` bytes each; a single text counts as
    /// a list of one. Empty when absent or at fault.
    pub fn texts(&mut self, name: &str, most: usize, max: usize) -> Vec<&'a str> {
        let items: Vec<&Value> = match self.present(name) {
            None => return Vec::new(),
            Some(Value::Array(items)) => items.iter().collect(),
            Some(other) => vec![other],
        };
        if items.len() > most {
            self.refuse(ErrorKind::ParamValueInvalid, name);
            return Vec::new();
        }
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            let Some(text) = item.as_str() else {
                self.refuse_type(name, "a list of strings");
                return Vec::new();
            };
            if let Some(fault) = text_fault(name, text, max, is_one_line) {
                self.faults.push(fault);
                return Vec::new();
            }
            texts.push(text);
        }
        texts
    }

    /// A JSON object of at most `max` bytes when written out (Clerk's metadata fields).
    pub fn object(&mut self, name: &str, max: usize) -> Option<&'a Map<String, Value>> {
        let value = self.present(name)?;
        let Value::Object(map) = value else {
            self.refuse_type(name, "an object");
            return None;
        };
        if value.to_string().len() > max {
            let entry = ErrorEntry::filled(ErrorKind::ParamTooLong, &[name, &max.to_string()]);
            self.faults.push(entry.with_param(name));
            return None;
        }
        Some(map)
    }

    /// A fault that the caller found by itself.
    pub fn refuse(&mut self, kind: ErrorKind, name: &str) {
        self.faults.push(ErrorEntry::of_param(kind, name));
    }

    /// A fault with its own text.
    pub fn refuse_with(&mut self, entry: ErrorEntry) {
        self.faults.push(entry);
    }

    /// Refuses every field whose name is not among `known`, each by its (bounded) name.
    pub fn refuse_others(&mut self, known: &[&[&str]]) {
        for name in self.map.keys() {
            if known.iter().any(|names| names.contains(&name.as_str())) {
                continue;
            }
            let shown: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
            self.refuse(ErrorKind::ParamUnknown, &shown);
        }
    }

    /// What is wrong so far, for who shows it otherwise than as an error.
    #[must_use]
    pub fn into_faults(self) -> Vec<ErrorEntry> {
        self.faults
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// 422 with one entry per fault, in the order of reading.
    pub fn finish(self) -> Result<(), ApiError> {
        ApiError::all(self.faults).map_or(Ok(()), Err)
    }

    fn present(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    fn string(&mut self, name: &str, max: usize, fine: fn(char) -> bool) -> Option<&'a str> {
        let Some(text) = self.present(name)?.as_str() else {
            self.refuse_type(name, "a string");
            return None;
        };
        match text_fault(name, text, max, fine) {
            Some(fault) => {
                self.faults.push(fault);
                None
            }
            None => Some(text),
        }
    }

    fn refuse_type(&mut self, name: &str, wanted: &str) {
        let entry = ErrorEntry::of_param(ErrorKind::ParamFormatInvalid, name);
        self.faults.push(entry.with_long_message(format!("{name} must be {wanted}.")));
    }
}

impl FromRequest for JsonBody {
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
                BodyKind::Json => parse_object(&body).map(Self),
                BodyKind::Form | BodyKind::Unsaid | BodyKind::Other => {
                    Err(ApiError::filled(ErrorKind::ContentTypeUnsupported, &["application/json"]))
                }
            }
        })
    }
}
