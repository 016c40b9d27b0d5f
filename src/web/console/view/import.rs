//! A policy as a document, before it is a draft.

use askama::Template;

use super::frame::Frame;
use crate::lockout::PolicyFault;
use crate::web::page::Problem;

/// `GET,POST /console/{slug}/policy/import`
#[derive(Debug, Clone, Template)]
#[template(path = "console/import.html")]
pub struct ImportPage {
    pub frame: Frame,
    /// As it was sent.
    pub text: String,
    /// All of it that is wrong, in its own order.
    pub faults: Vec<PolicyFault>,
    /// The policy screen.
    pub path: String,
}

impl ImportPage {
    fn title(&self) -> String {
        let heading = self.frame.line("import-title");
        if self.faults.is_empty() {
            return heading;
        }
        self.frame.say("console-title-error").text("page", heading).to_string()
    }

    fn problems(&self) -> Vec<Problem> {
        let problem = |fault: &PolicyFault| Problem { field: "text", words: fault.to_string() };
        self.faults.iter().map(problem).collect()
    }

    /// The first one, at the field itself.
    fn fault(&self) -> Option<String> {
        self.faults.first().map(ToString::to_string)
    }
}
