//! The card of the policy screen that says what the draft would have done in the last seven days. Knows
//! no log and no form.

use std::sync::Arc;

use super::frame::Frame;
use super::replay_words::{Measure, main_measures, progress, tries, widened};
use crate::tenant::{Progress, Replayed};
use crate::text::Markup;

/// Once a preview is shown the draft stands still for so long before it is replayed, in milliseconds.
const STILL: u16 = 600;
/// An answer that was not ready within a page's patience is asked for again so soon.
const NOT_READY: u16 = 1_000;
/// Others' replays take seconds.
const BUSY: u16 = 2_000;

/// Where the draft's replay stands.
#[derive(Debug, Clone)]
pub enum ReplayCard {
    /// The form says what the live policy says.
    NoDraft,
    /// What the form says is no policy.
    Faults,
    /// Nobody asked for it yet.
    NotYet,
    Ready(Arc<Replayed>),
    /// There is too much to be replayed at once.
    UnderWay(Progress),
    /// As many replays run as may.
    Waiting,
    Failed,
}

impl ReplayCard {
    /// Milliseconds after which the page's script asks, where there is more to be known.
    pub(super) const fn again(&self) -> Option<u16> {
        match self {
            Self::NotYet => Some(STILL),
            Self::UnderWay(_) => Some(NOT_READY),
            Self::Waiting => Some(BUSY),
            Self::NoDraft | Self::Faults | Self::Ready(_) | Self::Failed => None,
        }
    }

    /// Whether there is a draft that the replay's page would show.
    pub(super) const fn has_draft(&self) -> bool {
        !matches!(self, Self::NoDraft | Self::Faults)
    }

    /// The figures, where there are some.
    pub(super) fn measures(&self, frame: &Frame) -> Vec<Measure> {
        match self {
            Self::Ready(replayed) if replayed.found.tries > 0 => {
                main_measures(frame, &replayed.found).into()
            }
            Self::Ready(_)
            | Self::NoDraft
            | Self::Faults
            | Self::NotYet
            | Self::UnderWay(_)
            | Self::Waiting
            | Self::Failed => Vec::new(),
        }
    }

    /// What stands above the figures, or in their place.
    pub(super) fn says(&self, frame: &Frame) -> Vec<Markup> {
        let one = |words: String| vec![Markup::escape(&words)];
        match self {
            Self::NoDraft => one(frame.line("replay-card-no-draft")),
            Self::Faults => one(frame.line("replay-card-faults")),
            Self::NotYet => one(frame.line("replay-card-not-yet")),
            Self::Ready(replayed) if replayed.found.tries == 0 => {
                one(frame.line("replay-card-nothing"))
            }
            Self::Ready(replayed) => measured(frame, replayed),
            Self::UnderWay(so_far) => {
                let words = [frame.line("replay-card-under-way"), progress(frame, so_far)];
                vec![Markup::escape(&words.join(" "))]
            }
            Self::Waiting => one(frame.line("replay-card-waiting")),
            Self::Failed => one(frame.line("replay-card-failed")),
        }
    }

    /// What a range means, where a figure has one.
    pub(super) fn ranges(&self, frame: &Frame) -> Option<String> {
        let ranged = self.measures(frame).iter().any(|measure| measure.range.is_some());
        ranged.then(|| frame.line("replay-card-range"))
    }
}

fn measured(frame: &Frame, replayed: &Replayed) -> Vec<Markup> {
    let since = frame.say("replay-since").markup("time", frame.time(&replayed.window.from));
    let mut said = vec![Markup::escape(&tries(frame, &replayed.found)), since.html()];
    if replayed.shortened {
        said.push(Markup::escape(&frame.line("replay-shortened")));
    }
    said.extend(widened(frame, &replayed.found).map(|words| Markup::escape(&words)));
    said
}
