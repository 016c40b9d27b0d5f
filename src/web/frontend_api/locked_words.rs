//! The sentence of a locked answer, remembered per web thread for as long as it reads the same. An
//! account under attack is refused thousands of times a second, and filling the message would cost
//! more than the rest of the answer.

use std::cell::RefCell;

use crate::model::Span;
use crate::text::Lang;

thread_local! {
    static LAST: RefCell<Option<Remembered>> = const { RefCell::new(None) };
}

struct Remembered {
    language: &'static str,
    wait: Option<Span>,
    support: Option<String>,
    words: String,
}

/// The sentence for a lock that ends in `wait`. Hand in whole seconds: finer ones never repeat.
pub(super) fn locked_words(lang: &Lang, wait: Option<Span>, support: Option<&str>) -> String {
    LAST.with_borrow_mut(|last| {
        if let Some(known) = last
            && known.language == lang.tag
            && known.wait == wait
            && known.support.as_deref() == support
        {
            return known.words.clone();
        }
        let words = lang.user_locked_long_message(wait, support);
        *last = Some(Remembered {
            language: lang.tag,
            wait,
            support: support.map(str::to_owned),
            words: words.clone(),
        });
        words
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Catalogue;

    #[test]
    fn what_is_remembered_is_what_would_be_said() {
        let lang = Catalogue::get("en");
        for wait in [None, Some(Span::MINUTE), Some(Span::HOUR), Some(Span::HOUR)] {
            for support in [None, Some("help@acme.test"), Some("help@acme.test")] {
                assert_eq!(
                    locked_words(lang, wait, support),
                    lang.user_locked_long_message(wait, support)
                );
            }
        }
    }
}
