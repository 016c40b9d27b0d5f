//! Query strings of lists: arrays as repeated keys or `key[]`, pages, words. Collects every fault,
//! as `Fields` does for bodies. Unknown parameters are ignored, because client libraries add their
//! own.

use actix_web::HttpRequest;

use crate::model::Millis;
use crate::web::ApiError;
use crate::web::body::Params;
use crate::web::error::ErrorEntry;
use crate::web::error_code::ErrorKind;
use crate::web::operation::{Kind, Param};

/// Rows on a page where none are asked for, and the most: Clerk's numbers.
const PAGE: u64 = 10;
const MAX_PAGE: u64 = 500;
/// Furthest page start: beyond a billion rows nobody pages.
const MAX_OFFSET: u64 = 1_000_000_000;

/// What [`Query::page`] reads.
pub(super) const LIMIT: Param = Param::May("limit", Kind::Number(1, MAX_PAGE));
pub(super) const OFFSET: Param = Param::May("offset", Kind::Number(0, MAX_OFFSET));
/// Most values of one array (Clerk's number).
const MAX_VALUES: usize = 100;
/// Longest text of a filter, in bytes; an identifier is 320 at most.
const MAX_TEXT_BYTES: usize = 400;

pub(super) struct Query {
    params: Params,
    faults: Vec<ErrorEntry>,
}

impl Query {
    /// # Errors
    /// 400 when the query is not UTF-8.
    pub fn of(request: &HttpRequest) -> Result<Self, ApiError> {
        Ok(Self { params: Params::of_query(request)?, faults: Vec::new() })
    }

    /// Every value of an array parameter, surrounding space dropped: an unescaped `+` arrives as
    /// one.
    pub fn each(&mut self, name: &str) -> Vec<String> {
        let bracketed = format!("{name}[]");
        let values: Vec<String> = self
            .params
            .each(name)
            .chain(self.params.each(&bracketed))
            .map(|value| value.trim().to_owned())
            .collect();
        if values.len() > MAX_VALUES {
            self.refuse(ErrorKind::ParamValueInvalid, name);
        }
        if values.iter().any(|value| value.len() > MAX_TEXT_BYTES || value.contains('\0')) {
            self.refuse(ErrorKind::ParamFormatInvalid, name);
        }
        values
    }

    /// One text.
    pub fn text(&mut self, name: &str) -> Option<String> {
        let found = self.params.text(name, MAX_TEXT_BYTES).map(|text| text.map(str::to_owned));
        self.kept(found)
    }

    /// One value, for what is parsed further.
    pub fn one(&self, name: &str) -> Option<&str> {
        self.params.raw(name).map(str::trim)
    }

    pub fn flag(&mut self, name: &str) -> Option<bool> {
        let found = self.params.flag(name);
        self.kept(found)
    }

    /// An instant in Unix milliseconds.
    pub fn instant(&mut self, name: &str) -> Option<Millis> {
        let found = self.params.number(name, 0, i64::MAX.unsigned_abs());
        self.kept(found).map(|ms| Millis(i64::try_from(ms).unwrap_or(i64::MAX)))
    }

    /// `limit` and `offset`.
    pub fn page(&mut self) -> (i64, i64) {
        let limit = self.params.number("limit", 1, MAX_PAGE);
        let offset = self.params.number("offset", 0, MAX_OFFSET);
        let limit = self.kept(limit).unwrap_or(PAGE);
        let offset = self.kept(offset).unwrap_or(0);
        (i64::try_from(limit).unwrap_or(0), i64::try_from(offset).unwrap_or(0))
    }

    /// One of `all`, by its word.
    pub fn word<T: Copy>(
        &mut self,
        name: &str,
        all: &[T],
        word: fn(T) -> &'static str,
    ) -> Option<T> {
        let given = self.one(name)?;
        let found = all.iter().copied().find(|one| word(*one) == given);
        if found.is_none() {
            self.refuse_word(name, &all.iter().copied().map(word).collect::<Vec<_>>());
        }
        found
    }

    /// A value that is none of `allowed`; the text lists them.
    pub fn refuse_word(&mut self, name: &str, allowed: &[&str]) {
        let entry = ErrorEntry::of_param(ErrorKind::ParamValueInvalid, name);
        let text = format!("{name} must be one of: {}.", allowed.join(", "));
        self.faults.push(entry.with_long_message(text));
    }

    pub fn refuse(&mut self, kind: ErrorKind, name: &str) {
        self.faults.push(ErrorEntry::of_param(kind, name));
    }

    /// # Errors
    /// 422 with one entry per fault.
    pub fn finish(self) -> Result<(), ApiError> {
        ApiError::all(self.faults).map_or(Ok(()), Err)
    }

    fn kept<T>(&mut self, found: Result<Option<T>, ApiError>) -> Option<T> {
        found.unwrap_or_else(|error| {
            self.faults.extend(error.entries);
            None
        })
    }
}
