//! Saved versions of a policy: the list, one of them beside its neighbours, and the way back to it.
//! Knows no draft.

use askama::Template;

use super::frame::Frame;
use super::policy_words::{self, DiffRow};
use crate::lockout::PolicyDocument;
use crate::model::Millis;
use crate::store::lockout_policy::VersionKind;
use crate::tenant::{PolicyEffect, Predicted};
use crate::web::page::Problem;

/// How a version stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    Live,
    /// Decides instead of the live one.
    Over,
    Past,
}

/// What a replay said of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Foretold {
    Known(Box<PolicyEffect>),
    /// It is being worked out, or will be within minutes.
    Awaited,
    /// Nobody has worked it out, and nobody will.
    Never,
    /// There was none before it to compare it with, or its days are told elsewhere.
    NotAsked,
}

/// One version, without its document.
#[derive(Debug, Clone)]
pub struct VersionLine {
    pub version: i64,
    pub kind: VersionKind,
    pub stands: Stands,
    pub author: String,
    pub reason: String,
    pub at: Millis,
    /// Of one that was there for a while.
    pub ends_at: Option<Millis>,
}

/// `GET /console/{slug}/policy/versions`
#[derive(Debug, Clone, Template)]
#[template(path = "console/versions.html")]
pub struct VersionsPage {
    pub frame: Frame,
    pub saved: Vec<VersionLine>,
    /// The number below which the next page begins.
    pub next: Option<i64>,
    /// Not the first page.
    pub later: bool,
    /// The policy screen.
    pub path: String,
}

/// `GET /console/{slug}/policy/versions/{version}`
#[derive(Debug, Clone, Template)]
#[template(path = "console/version.html")]
pub struct VersionPage {
    pub frame: Frame,
    pub about: VersionLine,
    pub document: PolicyDocument,
    /// The version that it was made over, and what it changed about it.
    pub before: Option<(i64, Vec<DiffRow>)>,
    pub live: i64,
    /// What differs in it from the live one.
    pub from_live: Vec<DiffRow>,
    pub foretold: Foretold,
    pub may_save: bool,
    pub path: String,
}

/// What the way back has to say first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackNotice {
    /// It is what is live.
    Same,
    /// Somebody saved the live version meanwhile.
    SavedMeanwhile { changes: Vec<DiffRow> },
}

/// `GET,POST /console/{slug}/policy/versions/{version}/back`
#[derive(Debug, Clone, Template)]
#[template(path = "console/version_back.html")]
pub struct BackPage {
    pub frame: Frame,
    pub version: i64,
    pub live: i64,
    pub changes: Vec<DiffRow>,
    pub reason: String,
    pub reason_missing: bool,
    pub notice: Option<BackNotice>,
    pub path: String,
}

/// One figure that a replay had predicted.
struct Figure {
    name: String,
    now: String,
    then: String,
}

impl VersionLine {
    fn stands(&self, frame: &Frame) -> String {
        match (self.stands, self.kind) {
            (Stands::Live, _) => frame.line("versions-live"),
            (Stands::Over, _) => frame.line("versions-over"),
            (Stands::Past, VersionKind::Overlay) => frame.line("versions-was-over"),
            (Stands::Past, VersionKind::Shadow) => frame.line("versions-watched"),
            (Stands::Past, VersionKind::Live) => String::new(),
        }
    }

    const fn class(&self) -> &'static str {
        match self.stands {
            Stands::Live => "ok",
            Stands::Over => "hold",
            Stands::Past => "",
        }
    }
}

impl VersionPage {
    fn title(&self) -> String {
        self.frame.say("versions-one").count("version", self.about.version).to_string()
    }

    /// Every field with its value.
    fn fields(&self) -> Vec<(String, String)> {
        let named = |(name, value): &(String, serde_json::Value)| {
            (policy_words::label(&self.frame, name), policy_words::plain(&self.frame, value))
        };
        self.document.fields().iter().map(named).collect()
    }

    fn figures(&self, effect: &PolicyEffect) -> Vec<Figure> {
        let frame = &self.frame;
        let figure = |name: String, figure: &Predicted| Figure {
            name,
            now: self.range(figure.now),
            then: self.range(figure.then),
        };
        vec![
            figure(frame.line("replay-owners"), &effect.owners),
            figure(frame.line("replay-guesses"), &effect.guesses),
            figure(frame.line("replay-locked"), &effect.locked),
            figure(frame.line("replay-locks"), &effect.locks),
            figure(frame.line("replay-mails"), &effect.mails),
        ]
    }

    fn range(&self, [low, likely, high]: [i64; 3]) -> String {
        if low == high {
            return likely.to_string();
        }
        let said = self.frame.say("versions-range").count("likely", likely);
        said.count("low", low).count("high", high).to_string()
    }

    fn tries(&self, effect: &PolicyEffect) -> String {
        let tries = i64::try_from(effect.tries).unwrap_or(i64::MAX);
        self.frame.say("versions-effect-from").count("count", tries).to_string()
    }
}

impl BackPage {
    fn title(&self) -> String {
        self.frame.say("versions-back-title").count("version", self.version).to_string()
    }

    fn head(&self) -> String {
        if self.problems().is_empty() {
            return self.title();
        }
        self.frame.say("console-title-error").text("page", self.title()).to_string()
    }

    fn problems(&self) -> Vec<Problem> {
        let missing = || Problem { field: "reason", words: self.frame.line("policy-reason-fault") };
        self.reason_missing.then(missing).into_iter().collect()
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        Problem::at(&self.problems(), field)
    }
}
