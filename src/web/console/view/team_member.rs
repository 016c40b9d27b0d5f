//! One of a team, and the question before they are removed. Knows no store.

use askama::Template;

use super::frame::{Frame, role_word};
use super::team::{MemberLine, Pick, choices};
use crate::store::team::Role;
use crate::text::Markup;
use crate::web::page::Problem;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberProblem {
    /// Nobody else could look after the tenant.
    LastOwner,
    /// It takes an owner.
    NotAllowed,
}

/// `GET,POST /console/{slug}/team/{member}`
#[derive(Debug, Clone, Template)]
#[template(path = "console/team_member.html")]
pub struct MemberPage {
    pub frame: Frame,
    pub back: String,
    /// Of the reader.
    pub role: Role,
    pub member: MemberLine,
    /// In the form.
    pub chosen: Role,
    pub problem: Option<MemberProblem>,
}

impl MemberPage {
    fn head(&self) -> String {
        titled(&self.frame, self.member.name.clone(), self.problem)
    }

    fn problems(&self) -> Vec<Problem> {
        problems(&self.frame, &self.member, self.problem)
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        Problem::at(&self.problems(), field)
    }

    /// Whether the reader may change them at all.
    fn may_change(&self) -> bool {
        self.role.may_give(self.member.role)
    }

    fn since(&self) -> Markup {
        let role = role_word(self.frame.lang, self.member.role);
        let said = self.frame.say("team-member-since").text("role", role);
        let said = said.text("name", &self.member.added_by);
        said.markup("time", self.frame.time(&self.member.added_at)).html()
    }

    fn choices(&self) -> Vec<Pick> {
        choices(&self.frame, self.role, self.chosen)
    }

    fn remove_words(&self) -> String {
        if self.member.is_you {
            self.frame.line("team-member-leave")
        } else {
            self.frame.line("team-member-remove")
        }
    }
}

/// `GET,POST /console/{slug}/team/{member}/remove`
#[derive(Debug, Clone, Template)]
#[template(path = "console/team_remove.html")]
pub struct RemovePage {
    pub frame: Frame,
    pub back: String,
    pub member: MemberLine,
    pub problem: Option<MemberProblem>,
}

impl RemovePage {
    fn question(&self) -> String {
        if self.member.is_you {
            return self.frame.line("team-leave-question");
        }
        self.frame.say("team-remove-question").text("name", &self.member.name).to_string()
    }

    fn head(&self) -> String {
        titled(&self.frame, self.question(), self.problem)
    }

    fn problems(&self) -> Vec<Problem> {
        problems(&self.frame, &self.member, self.problem)
    }

    fn effect(&self) -> String {
        if self.member.is_you {
            self.frame.line("team-leave-effect")
        } else {
            self.frame.line("team-remove-effect")
        }
    }

    fn button(&self) -> String {
        if self.member.is_you {
            self.frame.line("team-leave-now")
        } else {
            self.frame.line("team-remove-now")
        }
    }
}

fn problems(frame: &Frame, member: &MemberLine, problem: Option<MemberProblem>) -> Vec<Problem> {
    let words = match problem {
        Some(MemberProblem::LastOwner) => {
            frame.say("team-fault-last-owner").text("name", &member.name).to_string()
        }
        Some(MemberProblem::NotAllowed) => frame.line("team-fault-role"),
        None => return Vec::new(),
    };
    vec![Problem { field: "role", words }]
}

fn titled(frame: &Frame, title: String, problem: Option<MemberProblem>) -> String {
    match problem {
        Some(_) => frame.say("console-title-error").text("page", title).to_string(),
        None => title,
    }
}
