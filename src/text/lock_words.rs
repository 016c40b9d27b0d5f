//! The sentence that programs show to a person whose account is locked. Clients of the Clerk kind
//! print it word for word and throw the numbers away, so the wait has to stand in the words.

use super::catalogue::Lang;
use super::time::wait;
use crate::model::Span;

impl Lang {
    /// The long message of `user_locked`, in three parts: that it is locked, after how long one
    /// can try again (left out for a lock without end: `remaining` none), and whom to ask:
    /// `support` is an address, or none for the word support.
    #[must_use]
    pub fn user_locked_long_message(
        &self,
        remaining: Option<Span>,
        support: Option<&str>,
    ) -> String {
        let helper = match support {
            Some(address) => address.to_owned(),
            None => self.line("user-locked-support"),
        };
        match remaining {
            Some(span) => self.with(
                "user-locked-timed",
                &[("wait", wait(self, span).into()), ("support", helper.into())],
            ),
            None => self.with("user-locked-endless", &[("support", helper.into())]),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::Span;
    use crate::text::Catalogue;

    #[test]
    fn the_wait_and_the_helper_stand_in_the_words() {
        let lang = Catalogue::get("en");
        assert_eq!(
            lang.user_locked_long_message(Some(Span::MINUTE.times(30)), Some("help@acme.test")),
            "Your account is locked. You can try again in 30 minutes. For more information, contact help@acme.test."
        );
        assert_eq!(
            lang.user_locked_long_message(Some(Span::HOUR), None),
            "Your account is locked. You can try again in 1 hour. For more information, contact support."
        );
        assert_eq!(
            lang.user_locked_long_message(None, None),
            "Your account is locked. For more information, contact support."
        );
    }
}
