//! The audit log: its filters, its facts, and how the chain over it stands. Knows no store.

use askama::Template;
use serde_json::Value;

use super::frame::Frame;
use crate::lockout::policy_diff::Change;
use crate::model::Millis;
use crate::tenant::{BreakKind, ChainBreak, KeptLink};
use crate::text::Markup;

/// The filters as they were typed; empty: all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditTyped {
    pub actor: String,
    pub action: String,
    pub user: String,
    /// Days, `2026-11-21`.
    pub from: String,
    pub to: String,
}

impl AuditTyped {
    const fn pairs(&self) -> [(&'static str, &String); 5] {
        [
            ("actor", &self.actor),
            ("action", &self.action),
            ("user", &self.user),
            ("from", &self.from),
            ("to", &self.to),
        ]
    }

    #[must_use]
    pub fn is_set(&self) -> bool {
        self.pairs().iter().any(|(_, value)| !value.is_empty())
    }
}

/// Something a filter can be set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameChoice {
    pub value: String,
    pub words: String,
}

/// A part of a fact: its name, its value, and the page of what the value names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    pub name: String,
    pub value: String,
    pub path: Option<String>,
}

/// One fact.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditLine {
    pub at: Millis,
    pub who: String,
    /// As the log has it: `user.locked`.
    pub action: String,
    /// The name of whom it was done to, and their id.
    pub about: Option<String>,
    pub user: Option<String>,
    /// Their page; none for who is gone.
    pub path: Option<String>,
    pub facts: Vec<Detail>,
    /// Of a policy.
    pub changes: Vec<Change>,
    /// Place in the chain; `None` until it is sealed.
    pub seq: Option<i64>,
}

/// How the newest facts stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    NotLooked,
    Whole { rows: u64, head: Option<KeptLink>, waiting: bool },
    Broken(Vec<ChainBreak>),
}

/// `GET /console/{slug}/audit`
#[derive(Debug, Clone, Template)]
#[template(path = "console/audit.html")]
pub struct AuditPage {
    pub frame: Frame,
    pub path: String,
    pub slug: String,
    pub actors: Vec<NameChoice>,
    pub actions: Vec<String>,
    pub typed: AuditTyped,
    pub log: Vec<AuditLine>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Not the first page.
    pub later: bool,
    pub standing: Standing,
}

impl AuditPage {
    /// A value; instants, which rows have in milliseconds, as everywhere.
    fn told(&self, Detail { name, value, path: _ }: &Detail) -> Markup {
        const INSTANTS: [&str; 4] = ["at", "ends_at", "since", "until"];
        let last = name.rsplit('.').next().unwrap_or(name);
        let instant = value.parse().ok().filter(|_| INSTANTS.contains(&last));
        match instant {
            Some(i64::MAX) => Markup::escape(&self.frame.line("console-until-unlocked")),
            Some(at) => self.frame.time(&Millis(at)),
            None => Markup::escape(value),
        }
    }

    /// The address of this list, or of one of its files, with the filters.
    fn place(&self, ending: &str, before: Option<&str>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.typed.pairs().into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        if let Some(before) = before {
            query.append_pair("before", before);
        }
        let query = query.finish();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}{ending}{mark}{query}", self.path)
    }

    fn next_path(&self) -> Option<String> {
        self.next.as_deref().map(|next| self.place("", Some(next)))
    }

    fn first_path(&self) -> String {
        self.place("", None)
    }

    fn csv_path(&self) -> String {
        self.place(".csv", None)
    }

    fn json_path(&self) -> String {
        self.place(".json", None)
    }

    fn broken(&self, one: &ChainBreak) -> String {
        let places = match one.from == one.to {
            true => self.frame.say("audit-fact").count("from", one.from),
            false => self.frame.say("audit-facts").count("from", one.from).count("to", one.to),
        };
        let said = match one.kind {
            BreakKind::Changed => self.frame.say("audit-broken-changed"),
            BreakKind::Missing => self.frame.say("audit-broken-missing"),
            BreakKind::UnknownKey => self.frame.say("audit-broken-key"),
            BreakKind::CutOff => self.frame.say("audit-broken-cut-off"),
            BreakKind::Head => self.frame.say("audit-broken-head"),
            BreakKind::BeyondHead => self.frame.say("audit-broken-beyond"),
            BreakKind::NotAsKept => self.frame.say("audit-broken-kept"),
        };
        said.text("facts", places.to_string()).to_string()
    }

    fn whole(&self, rows: &u64) -> String {
        let rows = i64::try_from(*rows).unwrap_or(i64::MAX);
        self.frame.say("audit-whole").count("count", rows).to_string()
    }

    fn command(&self, head: &KeptLink) -> String {
        format!("lockkeeper audit verify --tenant {} --expect {head}", self.slug)
    }

    /// A value of a policy as people read it.
    fn plain(&self, value: &Value) -> String {
        match value {
            Value::Array(list) => {
                list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
            }
            Value::String(text) => text.replace('_', " "),
            Value::Bool(_) | Value::Null | Value::Number(_) | Value::Object(_) => value.to_string(),
        }
    }

    fn field(&self, change: &Change) -> String {
        change.field.replace('_', " ")
    }
}
