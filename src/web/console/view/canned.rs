//! The saved answers and the form of one. Knows no rule of what may be saved.

use askama::Template;

use super::frame::Frame;
use crate::support::variables::Variable;
use crate::web::page::Problem;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CannedLine {
    pub id: String,
    pub locale: String,
    pub title: String,
    pub body: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CannedProblem {
    Title,
    Body,
    /// What stands in double braces and is no variable.
    Variable {
        name: String,
    },
    Full,
}

/// `GET /console/{slug}/inbox/canned`, and the same with a fault.
#[derive(Debug, Clone, Template)]
#[template(path = "console/canned.html")]
pub struct CannedPage {
    pub frame: Frame,
    pub path: String,
    pub inbox_path: String,
    pub may_save: bool,
    pub saved: Vec<CannedLine>,
    /// Tags of the languages that there are.
    pub locales: Vec<&'static str>,
    /// Of the form; an empty id makes a new one.
    pub id: String,
    pub locale: String,
    pub title: String,
    pub body: String,
    pub problem: Option<CannedProblem>,
}

impl CannedPage {
    fn head(&self) -> String {
        let title = self.frame.line("canned-title");
        match self.problem {
            Some(_) => self.frame.say("console-title-error").text("page", title).to_string(),
            None => title,
        }
    }

    fn what(&self) -> String {
        let names = Variable::ALL.map(|variable| format!("{{{{{}}}}}", variable.as_str()));
        self.frame.say("canned-what").text("variables", names.join(" ")).to_string()
    }

    fn problems(&self) -> Vec<Problem> {
        let Some(problem) = &self.problem else { return Vec::new() };
        let (field, words) = match problem {
            CannedProblem::Title => ("title", self.frame.line("canned-fault-title")),
            CannedProblem::Body => ("body", self.frame.line("canned-fault-body")),
            CannedProblem::Variable { name } => {
                ("body", self.frame.say("canned-fault-variable").text("name", name).to_string())
            }
            CannedProblem::Full => ("title", self.frame.line("canned-fault-full")),
        };
        vec![Problem { field, words }]
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        Problem::at(&self.problems(), field)
    }

    fn edit_path(&self, line: &CannedLine) -> String {
        format!("{}?id={}&locale={}", self.path, line.id, line.locale)
    }
}
