//! A file of users, how far it is, and what became of its rows. Knows no file format.

use askama::Template;

use super::frame::Frame;
use crate::tenant::user_import::{
    ImportCounts, ImportState, MAX_FILE_BYTES, MAX_ROWS, RefusedRow, UserImport,
};
use crate::text::Markup;
use crate::web::page::Problem;

/// Why a file was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportProblem {
    NoFile,
    TooLarge,
    NoRow,
    /// What is odd in it.
    Unreadable(String),
    Busy,
}

/// The newest file.
#[derive(Debug, Clone)]
pub struct ImportShown {
    pub import: UserImport,
    /// Who sent it.
    pub by: String,
    /// The first of them.
    pub refused: Vec<RefusedRow>,
    pub unknown: Vec<String>,
}

/// `GET /console/{slug}/users/import`, and the same with faults.
#[derive(Debug, Clone, Template)]
#[template(path = "console/user_import.html")]
pub struct UserImportPage {
    pub frame: Frame,
    pub path: String,
    /// The list of users.
    pub back: String,
    pub slug: String,
    pub shown: Option<ImportShown>,
    pub problems: Vec<ImportProblem>,
}

impl ImportShown {
    /// Nothing of it changes any more unless somebody does something.
    const fn rests(&self) -> bool {
        match self.import.state {
            ImportState::Checking | ImportState::Running => false,
            ImportState::Checked | ImportState::Done | ImportState::Stopped => true,
        }
    }

    /// There are more than are named here.
    fn has_more(&self) -> bool {
        i64::try_from(self.refused.len()).is_ok_and(|named| named < self.import.counts.refused)
    }
}

impl UserImportPage {
    fn head(&self) -> String {
        let title = self.frame.line("user-import-title");
        match self.problems.is_empty() {
            true => title,
            false => self.frame.say("console-title-error").text("page", title).to_string(),
        }
    }

    fn told(&self) -> Vec<Problem> {
        let words = |problem: &ImportProblem| match problem {
            ImportProblem::NoFile => self.frame.line("user-import-no-file"),
            ImportProblem::TooLarge => {
                self.frame.say("user-import-too-large").count("megabytes", megabytes()).to_string()
            }
            ImportProblem::NoRow => self.frame.line("user-import-no-row"),
            ImportProblem::Unreadable(why) => {
                self.frame.say("user-import-unreadable").text("why", why).to_string()
            }
            ImportProblem::Busy => self.frame.line("user-import-busy"),
        };
        let told = |problem| Problem { field: self.field(), words: words(problem) };
        self.problems.iter().map(told).collect()
    }

    /// Where a fault leads: to the form, or to what is in its way.
    fn field(&self) -> &'static str {
        if self.takes_another() { "file" } else { "import" }
    }

    fn fault(&self) -> Option<String> {
        Problem::at(&self.told(), "file")
    }

    fn takes_another(&self) -> bool {
        self.shown.as_ref().is_none_or(ImportShown::rests)
    }

    /// A file waits for its run: that is what the page is for.
    fn waits(&self) -> bool {
        self.shown.as_ref().is_some_and(|shown| {
            shown.import.state == ImportState::Checked && shown.import.counts.made > 0
        })
    }

    fn file_hint(&self) -> String {
        let said = self.frame.say("user-import-file-hint").count("megabytes", megabytes());
        said.count("rows", MAX_ROWS).to_string()
    }

    fn heading(&self, shown: &ImportShown) -> String {
        match shown.import.state {
            ImportState::Checking => self.frame.line("user-import-checking-title"),
            ImportState::Checked => self.frame.line("user-import-checked-title"),
            ImportState::Running => self.frame.line("user-import-running-title"),
            ImportState::Done => self.frame.line("user-import-done-title"),
            ImportState::Stopped => self.frame.line("user-import-stopped-title"),
        }
    }

    fn sent(&self, shown: &ImportShown) -> Markup {
        let kilobytes = shown.import.file_bytes.saturating_add(1_023) / 1_024;
        let said = self.frame.say("user-import-sent").count("size", kilobytes);
        said.text("name", &shown.by).markup("time", self.frame.time(&shown.import.staged_at)).html()
    }

    fn kept(&self, shown: &ImportShown) -> Markup {
        let end = self.frame.ending(&shown.import.due_at);
        self.frame.say("user-import-kept").markup("time", end).html()
    }

    fn rows_read(&self, shown: &ImportShown) -> String {
        self.frame.say("user-import-rows-read").count("count", shown.import.counts.rows).to_string()
    }

    fn total(&self, shown: &ImportShown) -> i64 {
        shown.import.total.unwrap_or(shown.import.counts.rows)
    }

    fn progress(&self, shown: &ImportShown) -> String {
        let ImportCounts { rows, made, .. } = shown.import.counts;
        let said = self.frame.say("user-import-progress").count("rows", rows);
        said.count("total", self.total(shown)).count("made", made).to_string()
    }

    fn why(&self, shown: &ImportShown) -> String {
        match &shown.import.why {
            Some(why) => self.frame.say("user-import-why").text("why", why).to_string(),
            None => self.frame.line("user-import-by-hand"),
        }
    }

    /// Who was made, or would be.
    fn made_label(&self, shown: &ImportShown) -> String {
        match shown.import.run_by {
            Some(_) => self.frame.line("user-import-made"),
            None => self.frame.line("user-import-would"),
        }
    }

    fn first(&self, shown: &ImportShown) -> String {
        self.frame.say("user-import-first").count("count", shown.refused.len()).to_string()
    }

    fn unknown(&self, shown: &ImportShown) -> String {
        let columns = shown.unknown.join(", ");
        self.frame.say("user-import-unknown").text("columns", columns).to_string()
    }
}

fn megabytes() -> usize {
    MAX_FILE_BYTES / (1024 * 1024)
}
