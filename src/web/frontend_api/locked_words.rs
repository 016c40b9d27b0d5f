//! The body of a locked answer up to its trace id, remembered per web thread for as long as it reads
//! the same. An account under attack is refused thousands of times a second, and filling the
//! message would cost more than the rest of the answer.

use std::cell::RefCell;

use actix_web::http::header::HeaderValue;

use super::refusals::user_locked;
use crate::text::Lang;
use crate::web::error::AFTER_TRACE_ID;

/// Answers that a thread remembers, a place for each by the seconds left: several accounts under
/// attack at once do not push each other out.
const PLACES: usize = 64;

thread_local! {
    static KNOWN: RefCell<Vec<Option<LockedAnswer>>> =
        RefCell::new(std::iter::repeat_with(|| None).take(PLACES).collect());
}

/// What one locked answer says, but for its trace id.
pub(super) struct LockedAnswer {
    language: &'static str,
    seconds: Option<i64>,
    support: Option<String>,
    before_trace_id: Vec<u8>,
    pub retry_after: Option<HeaderValue>,
}

impl LockedAnswer {
    fn new(lang: &Lang, seconds: Option<i64>, support: Option<&str>) -> Self {
        let error = user_locked(lang, seconds, support);
        Self {
            language: lang.tag,
            seconds,
            support: support.map(str::to_owned),
            before_trace_id: error.body_before_trace_id(),
            retry_after: error.retry_after.map(HeaderValue::from),
        }
    }

    /// The whole body.
    pub(super) fn body(&self, trace_id: &str) -> Vec<u8> {
        [&self.before_trace_id, trace_id.as_bytes(), AFTER_TRACE_ID].concat()
    }
}

/// The answer for a lock that ends in so many seconds, `None` by an unlock only.
pub(super) fn with_locked_answer<T>(
    lang: &Lang,
    seconds: Option<i64>,
    support: Option<&str>,
    then: impl FnOnce(&LockedAnswer) -> T,
) -> T {
    KNOWN.with_borrow_mut(|known| {
        let at = usize::try_from(seconds.unwrap_or(0)).unwrap_or(0) % PLACES;
        let Some(place) = known.get_mut(at) else {
            return then(&LockedAnswer::new(lang, seconds, support));
        };
        let same = |one: &LockedAnswer| {
            one.language == lang.tag && one.seconds == seconds && one.support.as_deref() == support
        };
        if !place.as_ref().is_some_and(same) {
            *place = None;
        }
        then(place.get_or_insert_with(|| LockedAnswer::new(lang, seconds, support)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Catalogue;

    #[test]
    fn what_is_remembered_is_what_would_be_said() {
        let lang = Catalogue::get("en");
        for seconds in [None, Some(60), Some(124), Some(60), Some(3600), Some(3600)] {
            for support in [None, Some("help@acme.test"), Some("help@acme.test")] {
                let error = user_locked(lang, seconds, support);
                let (body, wait) = with_locked_answer(lang, seconds, support, |known| {
                    (known.body("id"), known.retry_after.clone())
                });
                assert_eq!(String::from_utf8(body), String::from_utf8(error.body("id")));
                assert_eq!(wait, error.retry_after.map(HeaderValue::from));
            }
        }
    }
}
