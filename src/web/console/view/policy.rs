//! The policy screen: the rules as a form, and beside it what they do, from the same functions that
//! decide. A draft is nowhere but in the page's address.

use askama::Template;

use super::frame::{Frame, role_word};
use crate::lockout::policy_diff::{Change, changes};
use crate::lockout::preview::{Budget, Outline, outline};
use crate::lockout::{
    LockLength, Policy, PolicyDocument, PolicyWarning, Preset, length_text, span_text, warnings,
};
use crate::model::{Authenticator, Millis, Span};
use crate::text::Lang;
use crate::text::time::wait;
use crate::web::console::chart::budget::{BudgetBar, bar};
use crate::web::console::chart::curve::{Curve, curve};
use crate::web::console::policy_form::shown;
use crate::web::page::Problem;

/// What the page has to say before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyNotice {
    /// What was sent is the live policy.
    NothingToChange,
    /// Somebody saved this version meanwhile.
    SavedMeanwhile { version: i64 },
}

/// `GET,POST /console/{slug}/policy`
#[derive(Debug, Clone, Template)]
#[template(path = "console/policy.html")]
pub struct PolicyPage {
    pub frame: Frame,
    pub version: i64,
    pub author: String,
    pub since: Millis,
    pub live: Policy,
    /// What stands in the form.
    pub document: PolicyDocument,
    /// What the form says, where that is a policy and another one than the live one.
    pub draft: Option<Policy>,
    /// Names of the fields that are at fault, in their order.
    pub faults: Vec<&'static str>,
    pub reason: String,
    pub reason_missing: bool,
    pub may_save: bool,
    pub notice: Option<PolicyNotice>,
    /// Where the form and the presets lead.
    pub path: String,
}

impl PolicyPage {
    fn value(&self, field: &str) -> String {
        shown(&self.document, field)
    }

    fn ticked(&self, field: &str) -> bool {
        self.value(field) == "true"
    }

    fn changed(&self, field: &str) -> bool {
        self.value(field) != shown(&PolicyDocument::of(&self.live), field)
    }

    fn counts(&self, authenticator: &Authenticator) -> bool {
        self.value("authenticators").split(", ").any(|one| one == authenticator.as_str())
    }

    fn is_preset(&self, preset: &Preset) -> bool {
        PolicyDocument::of(&preset.policy()) == self.document
    }

    /// What is shown beside the form: the draft, else the live policy.
    const fn drawn(&self) -> &Policy {
        match &self.draft {
            Some(draft) => draft,
            None => &self.live,
        }
    }

    fn outline(&self) -> Option<Outline> {
        outline(self.drawn())
    }

    fn curve(&self) -> Curve {
        curve(&self.live, self.draft.as_ref())
    }

    fn bar(&self) -> BudgetBar {
        bar(&self.live, self.draft.as_ref())
    }

    fn changes(&self) -> Vec<Change> {
        self.draft.as_ref().map(|draft| changes(&self.live, draft)).unwrap_or_default()
    }

    fn problems(&self) -> Vec<Problem> {
        let faults = self.faults.iter().map(|field| Problem { field, words: self.fault(field) });
        let missing = || Problem { field: "reason", words: self.frame.line("policy-reason-fault") };
        faults.chain(self.reason_missing.then(missing)).collect()
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        Problem::at(&self.problems(), field)
    }

    fn fault(&self, field: &str) -> String {
        let frame = &self.frame;
        match field {
            "max_attempts" => frame.line("policy-fault-max-attempts"),
            "history_duration" => frame.line("policy-fault-history"),
            "minimum_duration" => frame.line("policy-fault-minimum"),
            "backoff_factor" => frame.line("policy-fault-factor"),
            "maximum_duration" => frame.line("policy-fault-maximum"),
            "authenticators" => frame.line("policy-fault-authenticators"),
            "manual_lock_duration" => frame.line("policy-fault-manual"),
            "long_run_limit" => frame.line("policy-fault-long-run"),
            "unlock_link_lifetime" => frame.line("policy-fault-link"),
            "unlocks_per_day" => frame.line("policy-fault-unlocks"),
            _ => frame.line("policy-fault-choice"),
        }
    }

    fn label(&self, field: &str) -> String {
        let frame = &self.frame;
        match field {
            "enabled" => frame.line("policy-enabled"),
            "max_attempts" => frame.line("policy-max-attempts"),
            "history_duration" => frame.line("policy-history"),
            "minimum_duration" => frame.line("policy-minimum"),
            "backoff_factor" => frame.line("policy-factor"),
            "maximum_duration" => frame.line("policy-maximum"),
            "count_after_lock" => frame.line("policy-count"),
            "lockout_type" => frame.line("policy-type"),
            "authenticators" => frame.line("policy-authenticators"),
            "manual_lock_duration" => frame.line("policy-manual"),
            "long_run_limit" => frame.line("policy-long-run"),
            "unlock_mail" => frame.line("policy-unlock-mail"),
            "unlock_link_lifetime" => frame.line("policy-link"),
            "unlocks_per_day" => frame.line("policy-unlocks"),
            _ => frame.line("policy-repeats"),
        }
    }

    fn authenticator(&self, authenticator: &Authenticator) -> String {
        match authenticator {
            Authenticator::Password => self.frame.line("policy-auth-password"),
            Authenticator::OobOtp => self.frame.line("policy-auth-code"),
            Authenticator::Totp => self.frame.line("policy-auth-app"),
            Authenticator::RecoveryCode => self.frame.line("policy-auth-recovery"),
        }
    }

    fn preset(&self, preset: &Preset) -> String {
        match preset {
            Preset::Relaxed => self.frame.line("policy-preset-relaxed"),
            Preset::Balanced => self.frame.line("policy-preset-balanced"),
            Preset::Strict => self.frame.line("policy-preset-strict"),
            Preset::Clerk => self.frame.line("policy-preset-clerk"),
            Preset::Authgear => self.frame.line("policy-preset-authgear"),
        }
    }

    fn length(&self, length: &LockLength) -> String {
        length_words(self.frame.lang, *length)
    }

    fn span(&self, span: &Span) -> String {
        length_words(self.frame.lang, LockLength::For(*span))
    }

    /// As it is typed: a scale has little room.
    fn short(&self, span: &Span) -> String {
        span_text(*span)
    }

    fn guesses(&self, guesses: &i64) -> String {
        if *guesses == i64::MAX {
            return self.frame.line("policy-no-limit");
        }
        guesses.to_string()
    }

    fn sentence(&self) -> Vec<String> {
        let frame = &self.frame;
        let Some(Outline { tries, first, longest, between }) = self.outline() else {
            return vec![frame.line("policy-says-off")];
        };
        if first.first() == Some(&LockLength::UntilUnlocked) {
            return vec![frame.say("policy-says-endless").count("tries", tries).to_string()];
        }
        let words: Vec<String> = first.iter().map(|length| self.length(length)).collect();
        let mut said = Vec::new();
        let (shortest, further) = match words.split_first() {
            Some((shortest, further)) => (shortest.as_str(), further.join(", ")),
            None => ("", String::new()),
        };
        said.push(
            frame
                .say("policy-says-first")
                .count("tries", tries)
                .text("length", shortest)
                .to_string(),
        );
        if !further.is_empty() {
            said.push(
                frame
                    .say("policy-says-next")
                    .count("between", between)
                    .text("lengths", further)
                    .text("longest", self.length(&longest))
                    .to_string(),
            );
        }
        let long_run = self.drawn().long_run_limit;
        if long_run > 0 {
            said.push(frame.say("policy-says-long-run").count("count", long_run).to_string());
        }
        said
    }

    fn traps(&self) -> Vec<String> {
        let frame = &self.frame;
        let told = |trap: &PolicyWarning| match trap {
            PolicyWarning::LockoutOff => frame.line("policy-trap-off"),
            PolicyWarning::HistoryShorterThanLongestLock { history, longest } => frame
                .say("policy-trap-history")
                .text("history", self.span(history))
                .text("longest", self.length(longest))
                .to_string(),
            PolicyWarning::UnlimitedAuthenticator(authenticator) => frame
                .say("policy-trap-unlimited")
                .text("what", self.authenticator(authenticator))
                .to_string(),
            PolicyWarning::NoWayBack => frame.line("policy-trap-no-way-back"),
            PolicyWarning::ManyGuesses { per_day, per_source: false } => {
                frame.say("policy-trap-many").count("count", per_day).to_string()
            }
            PolicyWarning::ManyGuesses { per_day, per_source: true } => {
                frame.say("policy-trap-many-per-source").count("count", per_day).to_string()
            }
        };
        warnings(self.drawn()).iter().map(told).collect()
    }

    /// What the pictures show, in a sentence, for who does not see them.
    fn curve_summary(&self) -> String {
        self.sentence().join(" ")
    }

    fn budget_summary(&self) -> String {
        let now = self.guesses(&self.bar().live.budget.day);
        match &self.bar().draft {
            Some(draft) => self
                .frame
                .say("policy-budget-both")
                .text("now", now)
                .text("draft", self.guesses(&draft.budget.day))
                .to_string(),
            None => self.frame.say("policy-budget-now").text("now", now).to_string(),
        }
    }

    fn budget_rows(&self) -> Vec<(String, Budget)> {
        let bar = self.bar();
        let live = (self.frame.line("policy-now"), bar.live.budget);
        let draft = bar.draft.map(|spot| (self.frame.line("policy-draft"), spot.budget));
        let presets = bar.presets.iter().map(|(preset, spot)| (self.preset(preset), spot.budget));
        std::iter::once(live).chain(draft).chain(presets).collect()
    }

    /// The draft's fields as a form sends them.
    fn hidden(&self) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for (name, value) in self.document.fields() {
            match value {
                serde_json::Value::Bool(true) => pairs.push((name.clone(), "on".to_owned())),
                serde_json::Value::Bool(false) => {}
                serde_json::Value::Array(list) => {
                    let each = list.iter().filter_map(serde_json::Value::as_str);
                    pairs.extend(each.map(|one| (name.clone(), one.to_owned())));
                }
                serde_json::Value::Null
                | serde_json::Value::Number(_)
                | serde_json::Value::String(_)
                | serde_json::Value::Object(_) => pairs.push((name.clone(), self.value(name))),
            }
        }
        pairs
    }

    /// A value of a difference as people read it.
    fn plain(&self, value: &serde_json::Value) -> String {
        match value {
            serde_json::Value::Bool(true) => self.frame.line("policy-on"),
            serde_json::Value::Bool(false) => self.frame.line("policy-off"),
            serde_json::Value::Array(list) => {
                list.iter().filter_map(serde_json::Value::as_str).collect::<Vec<_>>().join(", ")
            }
            serde_json::Value::String(text) => text.replace('_', " "),
            serde_json::Value::Null
            | serde_json::Value::Number(_)
            | serde_json::Value::Object(_) => value.to_string(),
        }
    }

    fn title(&self) -> String {
        let heading = self.frame.line("policy-title");
        if self.problems().is_empty() {
            return heading;
        }
        self.frame.say("console-title-error").text("page", heading).to_string()
    }

    fn who_may(&self) -> String {
        let role = self.frame.role.map(|role| role_word(self.frame.lang, role));
        self.frame.say("policy-read-only").text("role", role.unwrap_or_default()).to_string()
    }
}

/// A length in words; what is no whole number of minutes as it is typed.
fn length_words(lang: &'static Lang, length: LockLength) -> String {
    match length {
        LockLength::For(span) if span.0 > 0 && span.0 % Span::MINUTE.0 == 0 => wait(lang, span),
        LockLength::For(_) => length_text(length),
        LockLength::UntilUnlocked => lang.line("console-until-unlocked"),
    }
}
