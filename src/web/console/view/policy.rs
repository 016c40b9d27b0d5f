//! The policy screen: the rules as a form, and beside it what they do, from the same functions that
//! decide. A draft is nowhere but in the page's address.

use askama::Template;

use super::frame::{Frame, role_word};
use super::guide::guide_to;
use super::policy_words::{self, DiffRow, OverlayOn, diff, length_words, sentences};
use super::replay_card::ReplayCard;
use crate::lockout::policy_diff::changes;
use crate::lockout::policy_document::FIELDS;
use crate::lockout::preview::Budget;
use crate::lockout::{
    Guesser, LockLength, Policy, PolicyDocument, PolicyWarning, Preset, span_text, warnings,
};
use crate::model::{Authenticator, Millis, Span};
use crate::tenant::SparedCount;
use crate::web::console::chart::budget::{BudgetBar, Tick, bar};
use crate::web::console::chart::curve::{Curve, curve};
use crate::web::console::policy_form::{sent, shown};
use crate::web::console::replay_card::CARD_DAYS;
use crate::web::page::Problem;

/// Fields whose meaning is said in words under what was typed.
const ECHOED: [&str; 6] = [
    "history_duration",
    "minimum_duration",
    "backoff_factor",
    "maximum_duration",
    "manual_lock_duration",
    "unlock_link_lifetime",
];

/// What the page has to say before anything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyNotice {
    /// What was sent is the live policy.
    NothingToChange,
    /// Somebody saved this version meanwhile, which changes this.
    SavedMeanwhile { version: i64, changes: Vec<DiffRow> },
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
    pub overlay: Option<OverlayOn>,
    pub replay: ReplayCard,
    /// Locks that it would not have made, where it is new, and where they are lifted.
    pub spared: Option<(SparedCount, String)>,
    /// Where the form and the presets lead.
    pub path: String,
    /// Where a test user is locked under what is in force.
    pub test_path: String,
}

/// What its replay found, for the card alone.
#[derive(Debug, Clone, Template)]
#[template(path = "console/policy_replayed.html")]
pub struct PolicyReplayed<'a> {
    pub page: &'a PolicyPage,
}

/// What follows from a draft, for the places of the whole page that show it.
#[derive(Debug, Clone, Template)]
#[template(path = "console/policy_preview.html")]
pub struct PolicyPreview<'a> {
    pub page: &'a PolicyPage,
}

impl PolicyPreview<'_> {
    /// Names of the fields that are not as in the live policy.
    fn changed(&self) -> String {
        let changed = FIELDS.into_iter().filter(|field| self.page.changed(field));
        changed.collect::<Vec<_>>().join(" ")
    }

    /// Each field that is echoed with its words.
    fn echoes(&self) -> Vec<(&'static str, String)> {
        ECHOED.into_iter().map(|field| (field, self.page.echo(field))).collect()
    }
}

/// A trap in words, and where the guide tells more of it.
struct Trap {
    words: String,
    guide: String,
}

/// A line of the budget's table.
struct BudgetRow {
    name: String,
    /// Where each source has these guesses: how many all of them have.
    mark: Option<String>,
    budget: Budget,
}

impl PolicyPage {
    fn value(&self, field: &str) -> String {
        shown(&self.document, field)
    }

    fn is_echoed(&self, field: &str) -> bool {
        ECHOED.contains(&field)
    }

    /// Empty for what is at fault.
    fn echo(&self, field: &str) -> String {
        if self.faults.contains(&field) {
            return String::new();
        }
        policy_words::echo(&self.frame, field, &self.value(field))
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

    fn curve(&self) -> Curve {
        curve(&self.live, self.draft.as_ref())
    }

    fn bar(&self) -> BudgetBar {
        bar(&self.live, self.draft.as_ref())
    }

    fn changes(&self) -> Vec<DiffRow> {
        let draft = self.draft.as_ref();
        draft.map(|draft| diff(&self.frame, &changes(&self.live, draft))).unwrap_or_default()
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
        policy_words::label(&self.frame, field)
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
        policy_words::preset(&self.frame, *preset)
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

    /// The card's heading names the days that it shows.
    fn replayed(&self) -> String {
        self.frame.say("replay-title").count("days", CARD_DAYS).to_string()
    }

    fn sentence(&self) -> Vec<String> {
        sentences(&self.frame, self.drawn())
    }

    fn traps(&self) -> Vec<Trap> {
        let told = |trap: &PolicyWarning| Trap { words: self.trap(trap), guide: guide_to(trap) };
        warnings(self.drawn()).iter().map(told).collect()
    }

    fn trap(&self, trap: &PolicyWarning) -> String {
        let frame = &self.frame;
        match trap {
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
            PolicyWarning::NoLimitOverSources { per_day } => {
                frame.say("policy-trap-sources").count("count", per_day).to_string()
            }
            PolicyWarning::ManyGuesses { per_day, by } => {
                let said = match by {
                    Guesser::Anybody => frame.say("policy-trap-many"),
                    Guesser::EachSource => frame.say("policy-trap-many-per-source"),
                    Guesser::AllSources => frame.say("policy-trap-many-over-all"),
                };
                said.count("count", per_day).to_string()
            }
        }
    }

    /// What the pictures show, in a sentence, for who does not see them.
    fn curve_summary(&self) -> String {
        self.sentence().join(" ")
    }

    fn budget_summary(&self, bar: &BudgetBar) -> String {
        let now = self.guesses(&bar.live.budget.day);
        let said = match &bar.draft {
            Some(draft) => self
                .frame
                .say("policy-budget-both")
                .text("now", now)
                .text("draft", self.guesses(&draft.budget.day))
                .to_string(),
            None => self.frame.say("policy-budget-now").text("now", now).to_string(),
        };
        let of_sources = self.compared(bar).into_iter();
        let of_sources = of_sources.filter_map(|row| Some(format!("{}: {}.", row.name, row.mark?)));
        std::iter::once(said).chain(of_sources).collect::<Vec<_>>().join(" ")
    }

    /// Whose guesses they are; more than these where a policy is for single sources.
    fn budget_who(&self, bar: &BudgetBar) -> String {
        match self.compared(bar).iter().any(|row| row.mark.is_some()) {
            true => self.frame.line("policy-budget-who-source"),
            false => self.frame.line("policy-budget-who"),
        }
    }

    /// What stands beside a policy's mark on the bar.
    fn a_day(&self, budget: &Budget) -> String {
        let guesses = self.guesses(&budget.day);
        match budget.over_all_sources {
            Some(_) => self.frame.say("policy-budget-each").text("guesses", guesses).to_string(),
            None => guesses,
        }
    }

    fn budget_row(&self, name: String, budget: Budget) -> BudgetRow {
        let mark = budget.over_all_sources.map(|all| match all {
            i64::MAX => self.frame.line("policy-budget-sources-endless"),
            all => self.frame.say("policy-budget-sources-limit").count("count", all).to_string(),
        });
        BudgetRow { name, mark, budget }
    }

    /// The live policy, and the draft.
    fn compared(&self, bar: &BudgetBar) -> Vec<BudgetRow> {
        let live = self.budget_row(self.frame.line("policy-now"), bar.live.budget);
        let draft = bar.draft.as_ref();
        let draft = draft.map(|it| self.budget_row(self.frame.line("policy-draft"), it.budget));
        std::iter::once(live).chain(draft).collect()
    }

    fn budget_rows(&self, bar: &BudgetBar) -> Vec<BudgetRow> {
        let presets = bar.presets.iter();
        let presets = presets.map(|(preset, it)| self.budget_row(self.preset(preset), it.budget));
        self.compared(bar).into_iter().chain(presets).collect()
    }

    fn tick_words(&self, tick: &Tick) -> String {
        let names = tick.presets.iter().map(|preset| self.preset(preset));
        names.collect::<Vec<_>>().join(", ")
    }

    /// What unlock mails add, a line for each policy with which they do.
    fn budget_mails(&self, bar: &BudgetBar) -> Vec<String> {
        let unlocks = [Some(&self.live), self.draft.as_ref()].into_iter().flatten();
        let unlocks = unlocks.map(|policy| policy.unlocks_per_day);
        let rows = self.compared(bar).into_iter().zip(unlocks);
        rows.filter(|(row, _)| row.budget.by_unlock_mails > 0)
            .map(|(BudgetRow { name, budget, .. }, unlocks)| {
                let said = match budget.over_all_sources {
                    Some(_) => self.frame.say("policy-budget-mails-each"),
                    None => self.frame.say("policy-budget-mails"),
                };
                let bound = if budget.by_unlock_mails_at_least { "least" } else { "most" };
                let said = said.text("whose", name).text("bound", bound).count("unlocks", unlocks);
                said.count("count", budget.by_unlock_mails).to_string()
            })
            .collect()
    }

    /// The draft's fields as a form sends them.
    fn hidden(&self) -> Vec<(String, String)> {
        sent(&self.document)
    }

    fn title(&self) -> String {
        let heading = self.frame.line("policy-title");
        if self.problems().is_empty() {
            return heading;
        }
        self.frame.say("console-title-error").text("page", heading).to_string()
    }

    fn spared(&self, SparedCount { accounts, more }: &SparedCount) -> String {
        let said = match more {
            true => self.frame.say("policy-spared-more"),
            false => self.frame.say("policy-spared"),
        };
        said.count("count", *accounts).to_string()
    }

    /// What a test user meets: the version that decides now, which no draft does.
    fn test(&self) -> String {
        let version = self.overlay.as_ref().map_or(self.version, |over| over.version);
        self.frame.say("policy-test").count("version", version).to_string()
    }

    fn who_may(&self) -> String {
        let role = self.frame.role.map(|role| role_word(self.frame.lang, role));
        self.frame.say("policy-read-only").text("role", role.unwrap_or_default()).to_string()
    }
}
