//! What became of people who were locked, in words: each step with its number, its part of all and the
//! time that it took. Counts nothing.

use super::frame::Frame;
use crate::model::Span;
use crate::store::lock_funnel::{COUNTED, Funnel, TIMED};
use crate::text::time::took;

/// A step of those who were locked.
pub(super) struct FunnelStep {
    pub(super) words: String,
    pub(super) count: i64,
    /// Of all who were locked, whole.
    pub(super) percent: i64,
    /// How long it took them, in the median.
    pub(super) took: Option<String>,
}

/// From when a median counts.
#[derive(Clone, Copy)]
enum After {
    Lock,
    Step,
    Message,
}

struct Steps<'a> {
    frame: &'a Frame,
    locked: i64,
}

impl Steps<'_> {
    fn step(&self, words: String, count: i64, took: Option<(After, Span)>) -> FunnelStep {
        FunnelStep {
            words,
            count,
            percent: count.saturating_mul(100).checked_div(self.locked).unwrap_or(0),
            took: took.map(|(after, span)| self.took(after, span)),
        }
    }

    fn took(&self, after: After, span: Span) -> String {
        if span < Span::SECOND {
            return self.frame.line("attacks-took-nothing");
        }
        let said = match after {
            After::Lock => self.frame.say("attacks-took-lock"),
            After::Step => self.frame.say("attacks-took-step"),
            After::Message => self.frame.say("attacks-took-message"),
        };
        said.text("time", took(self.frame.lang, span)).to_string()
    }
}

fn after(after: After, span: Option<Span>) -> Option<(After, Span)> {
    span.map(|span| (after, span))
}

/// The way back by one's own hands.
pub(super) fn steps(frame: &Frame, Funnel { reached, medians }: &Funnel) -> Vec<FunnelStep> {
    let of = Steps { frame, locked: reached.locked };
    let accepted = after(After::Step, medians.accepted);
    let opened = after(After::Step, medians.opened);
    let unlocked = after(After::Step, medians.unlocked);
    let signed_in = after(After::Lock, medians.signed_in);
    vec![
        of.step(frame.line("attacks-step-locked"), reached.locked, None),
        of.step(
            frame.line("attacks-step-mailed"),
            reached.mailed,
            after(After::Lock, medians.mailed),
        ),
        of.step(frame.line("attacks-step-accepted"), reached.accepted, accepted),
        of.step(frame.line("attacks-step-opened"), reached.opened, opened),
        of.step(frame.line("attacks-step-unlocked"), reached.unlocked, unlocked),
        of.step(frame.line("attacks-step-signed-in"), reached.signed_in, signed_in),
    ]
}

/// The way by support.
pub(super) fn support(frame: &Frame, Funnel { reached, medians }: &Funnel) -> Vec<FunnelStep> {
    let of = Steps { frame, locked: reached.locked };
    let asked = after(After::Lock, medians.asked);
    let helped = after(After::Message, medians.helped);
    vec![
        of.step(frame.line("attacks-step-asked"), reached.asked, asked),
        of.step(frame.line("attacks-step-helped"), reached.helped, helped),
    ]
}

/// What is left out, where there is more than is read.
pub(super) fn cut(frame: &Frame, funnel: &Funnel) -> Option<String> {
    let (counts, medians) = funnel.is_cut();
    let counted = || frame.say("attacks-funnel-counted").text("count", frame.number(COUNTED));
    let timed = || frame.say("attacks-funnel-timed").text("count", frame.number(TIMED));
    let said = [counts.then(counted), medians.then(timed)];
    let said: Vec<String> = said.into_iter().flatten().map(|said| said.to_string()).collect();
    (!said.is_empty()).then(|| said.join(" "))
}
