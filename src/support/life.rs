//! The life of a contact request: which state follows on what happens to it, and in which queue a
//! state stands. The only place that decides either.

use crate::model::{Millis, Span, Until};

/// How soon somebody is to be answered whom no lock that ends sooner hurries.
pub const FIRST_ANSWER: Span = Span::DAY;
/// When an answered request that nobody came back to is looked at again.
pub const FOLLOW_UP: Span = Span::DAY.times(7);
/// How long a closed request is opened again by what its person adds.
pub const REOPENS_FOR: Span = Span::DAY.times(7);

/// How long the words of a request that is over are kept, and how long its reference is after that.
pub const WORDS_KEPT: Span = Span::DAY.times(180);
pub const REFERENCE_KEPT: Span = Span::DAY.times(730);

/// How long an answer can be taken back: it is sent after this.
pub const UNDO: Span = Span(15_000);

/// How a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContactRequestStatus {
    /// Nobody has looked after it yet.
    New,
    /// Staff have it, or its person wrote again.
    Open,
    /// Answered; its person's turn.
    Waiting,
    Closed,
    Spam,
}

impl ContactRequestStatus {
    pub const ALL: [Self; 5] = [Self::New, Self::Open, Self::Waiting, Self::Closed, Self::Spam];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Open => "open",
            Self::Waiting => "waiting",
            Self::Closed => "closed",
            Self::Spam => "spam",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    #[must_use]
    pub const fn queue(self) -> Queue {
        match self {
            Self::New | Self::Open | Self::Waiting => Queue::Open,
            Self::Closed => Queue::Closed,
            Self::Spam => Queue::Spam,
        }
    }

    /// How it stands after `happening`. What changes nothing is no fault.
    #[must_use]
    pub const fn after(self, happening: Happening) -> Self {
        match (happening, self) {
            (Happening::PersonWrote, Self::New) => Self::New,
            (Happening::PersonWrote, Self::Open | Self::Waiting | Self::Closed) => Self::Open,
            // Whoever floods the desk does not bring himself back into the queue.
            (Happening::PersonWrote, Self::Spam) => Self::Spam,
            (Happening::StaffReplied, _) => Self::Waiting,
            (Happening::StaffTook, Self::New) => Self::Open,
            (Happening::StaffTook, other) => other,
            (Happening::StaffClosed, _) => Self::Closed,
            (Happening::MarkedSpam, _) => Self::Spam,
            (Happening::PutBack, Self::Closed | Self::Spam) => Self::Open,
            (Happening::PutBack, other) => other,
            (Happening::SignedIn, Self::New | Self::Open | Self::Waiting) => Self::Closed,
            (Happening::SignedIn, other) => other,
            (Happening::ReplyTakenBack, Self::Waiting) => Self::Open,
            (Happening::ReplyTakenBack, other) => other,
        }
    }
}

/// The lists of the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Queue {
    Open,
    Closed,
    Spam,
    /// No list: its words are gone, and only its reference is known.
    Forgotten,
}

impl Queue {
    pub const ALL: [Self; 4] = [Self::Open, Self::Closed, Self::Spam, Self::Forgotten];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Spam => "spam",
            Self::Forgotten => "forgotten",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|queue| queue.as_str() == text)
    }
}

/// What can happen to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Happening {
    PersonWrote,
    StaffReplied,
    /// Somebody took it on, or noted something.
    StaffTook,
    StaffClosed,
    MarkedSpam,
    /// Reopened, or no spam after all.
    PutBack,
    /// Its person signed in, so the lock is no trouble any more.
    SignedIn,
    /// The answer was taken back before it went out.
    ReplyTakenBack,
}

impl Happening {
    pub const ALL: [Self; 8] = [
        Self::PersonWrote,
        Self::StaffReplied,
        Self::StaffTook,
        Self::StaffClosed,
        Self::MarkedSpam,
        Self::PutBack,
        Self::SignedIn,
        Self::ReplyTakenBack,
    ];
}

/// When a new request's turn is: when its lock ends, and within a day in any case.
#[must_use]
pub fn first_due(lock: Option<Until>, now: Millis) -> Millis {
    let latest = now.after(FIRST_ANSWER);
    lock.and_then(Until::instant).map_or(latest, |end| end.min(latest))
}

/// When its turn is after `happening` brought it from `before` to another state, or left it there.
#[must_use]
pub fn due_after(
    before: ContactRequestStatus,
    happening: Happening,
    due: Millis,
    now: Millis,
) -> Millis {
    let after = before.after(happening);
    match (after, after.queue()) {
        // The lists of what is over begin with what was over last.
        (_, Queue::Closed | Queue::Spam | Queue::Forgotten) if after != before => now,
        (_, Queue::Closed | Queue::Spam | Queue::Forgotten) => due,
        (ContactRequestStatus::Waiting, Queue::Open) if happening == Happening::StaffReplied => {
            now.after(FOLLOW_UP)
        }
        (ContactRequestStatus::Waiting, Queue::Open) => due,
        // Put off until it was answered; now it is our turn again.
        (_, Queue::Open) if before != after && before != ContactRequestStatus::New => {
            now.after(FIRST_ANSWER)
        }
        (_, Queue::Open) => due,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ContactRequestStatus::{Closed, New, Open, Spam, Waiting};

    #[test]
    fn each_state_follows_on_what_happens_as_the_table_says() {
        // In the order of `Happening::ALL`.
        let table = [
            (New, [New, Waiting, Open, Closed, Spam, New, Closed, New]),
            (Open, [Open, Waiting, Open, Closed, Spam, Open, Closed, Open]),
            (Waiting, [Open, Waiting, Waiting, Closed, Spam, Waiting, Closed, Open]),
            (Closed, [Open, Waiting, Closed, Closed, Spam, Open, Closed, Closed]),
            (Spam, [Spam, Waiting, Spam, Closed, Spam, Open, Spam, Spam]),
        ];
        for (before, row) in table {
            for (happening, after) in Happening::ALL.into_iter().zip(row) {
                assert_eq!(before.after(happening), after, "{before:?} {happening:?}");
            }
        }
    }

    #[test]
    fn a_turn_comes_when_the_lock_ends_and_within_a_day() {
        let now = Millis(1_000);
        let at = |span: Span| Some(Until::At(now.after(span)));
        assert_eq!(first_due(at(Span::HOUR), now), now.after(Span::HOUR));
        assert_eq!(first_due(at(Span::DAY.times(9)), now), now.after(Span::DAY));
        assert_eq!(first_due(Some(Until::Unlocked), now), now.after(Span::DAY));
        assert_eq!(first_due(None, now), now.after(Span::DAY));
    }

    #[test]
    fn what_is_answered_goes_to_the_end_and_comes_back_when_its_person_writes() {
        let (due, now) = (Millis(5), Millis(1_000));
        let after = |before, happening| due_after(before, happening, due, now);
        assert_eq!(after(New, Happening::StaffReplied), now.after(FOLLOW_UP));
        assert_eq!(after(Waiting, Happening::PersonWrote), now.after(FIRST_ANSWER));
        assert_eq!(after(New, Happening::StaffTook), due);
        assert_eq!(after(Open, Happening::PersonWrote), due);
        assert_eq!(after(Open, Happening::StaffClosed), now);
        assert_eq!(after(Closed, Happening::StaffClosed), due);
        assert_eq!(after(Closed, Happening::PutBack), now.after(FIRST_ANSWER));
        assert_eq!(after(Waiting, Happening::StaffTook), due);
    }
}
