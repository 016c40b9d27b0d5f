//! Who works in a tenant's console, who was invited, and what each role may do. Knows no store.

use askama::Template;

use super::frame::{Frame, role_word};
use crate::model::Millis;
use crate::store::outbox::OutboxStatus;
use crate::store::team::Role;
use crate::tenant::{MOST_INVITES, MOST_TO_ONE};
use crate::text::{Catalogue, Markup, Moment, Said};
use crate::web::page::Problem;
use crate::web::page_table::{EDITORS, May, Verb};

/// How somebody's account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    Fine,
    Banned,
    Gone,
}

/// Somebody of the team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberLine {
    /// The name, else the address, else the id.
    pub name: String,
    /// Where it is not the name.
    pub address: Option<String>,
    pub role: Role,
    pub added_at: Millis,
    pub added_by: String,
    pub second_factor: bool,
    /// To five minutes.
    pub seen_at: Option<Millis>,
    pub account: Account,
    pub is_you: bool,
    /// Where their role is changed.
    pub path: String,
}

/// An invitation that somebody can take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteLine {
    /// Where it was mailed to; `None`: a link.
    pub to: Option<String>,
    pub role: Role,
    pub made_at: Millis,
    pub until: Millis,
    pub made_by: String,
    pub mail: Option<OutboxStatus>,
    /// Where it is taken back, by whoever may.
    pub revoke: Option<String>,
}

/// As it stands in the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteTyped {
    pub role: Role,
    pub address: String,
    pub locale: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InviteProblem {
    Role,
    Address,
    TooMany,
    TooManyToOne,
}

/// `GET /console/{slug}/team`, and the answer to its form.
#[derive(Clone, Template)]
#[template(path = "console/team.html")]
pub struct TeamPage {
    pub frame: Frame,
    pub path: String,
    pub settings_path: String,
    /// Of the reader.
    pub role: Role,
    pub members: Vec<MemberLine>,
    pub later: bool,
    pub next: Option<String>,
    /// Who works for every tenant.
    pub everywhere: Vec<MemberLine>,
    pub invites: Vec<InviteLine>,
    /// Whether everybody here needs a second factor.
    pub second_factor: bool,
    /// The link that was just made: shown this once.
    pub made: Option<String>,
    pub typed: InviteTyped,
    pub problem: Option<InviteProblem>,
}

/// What a role may do with a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Not,
    Sees,
    Changes,
}

/// What the table names, by the first part of the path: the whole menu.
const PLACES: [(&str, &str); 14] = [
    ("overview", "console-entry-overview"),
    ("inbox", "console-entry-inbox"),
    ("locks", "console-entry-locks"),
    ("users", "console-entry-users"),
    ("attacks", "console-entry-attacks"),
    ("policy", "console-entry-policy"),
    ("alerts", "console-entry-alerts"),
    ("mail", "console-entry-mail"),
    ("branding", "console-entry-branding"),
    ("keys", "console-entry-keys"),
    ("webhooks", "console-entry-webhooks"),
    ("audit", "console-entry-audit"),
    ("team", "console-entry-team"),
    ("settings", "console-entry-settings"),
];

/// As the table of pages has it, which is what the guard asks.
fn reach(place: &str, role: Role) -> Reach {
    let below = |path: &str| {
        let mut parts = path.strip_prefix("/console/{slug}/").unwrap_or_default().split('/');
        parts.next() == Some(place)
    };
    let may = |verb: Verb| {
        let mut pages = super::super::pages().filter(|page| page.verb == verb && below(page.path));
        pages.any(|page| matches!(page.may, May::These(roles) if roles.contains(&role)))
    };
    match (may(Verb::Post), may(Verb::Get)) {
        (true, _) => Reach::Changes,
        (false, true) => Reach::Sees,
        (false, false) => Reach::Not,
    }
}

/// Words about one of the team that their page has, too.
impl MemberLine {
    pub(super) fn second(&self, frame: &Frame) -> String {
        if self.second_factor {
            frame.line("team-second-on")
        } else {
            frame.line("team-second-off")
        }
    }

    pub(super) fn seen(&self, frame: &Frame) -> Markup {
        match &self.seen_at {
            Some(at) => frame.say("team-seen").markup("time", frame.time(at)).html(),
            None => Markup::escape(&frame.line("team-never-seen")),
        }
    }

    /// What keeps them from signing in.
    pub(super) fn fault(&self, frame: &Frame) -> Option<String> {
        match self.account {
            Account::Gone => Some(frame.line("team-gone")),
            Account::Banned => Some(frame.line("team-banned")),
            Account::Fine => None,
        }
    }
}

impl TeamPage {
    fn head(&self) -> String {
        let title = self.frame.line("console-entry-team");
        match self.problem {
            Some(_) => self.frame.say("console-title-error").text("page", title).to_string(),
            None => title,
        }
    }

    fn problems(&self) -> Vec<Problem> {
        let counted = |said: Said, most: usize| {
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            said.count("count", most).to_string()
        };
        let frame = &self.frame;
        let (field, words) = match self.problem {
            Some(InviteProblem::Role) => ("role", frame.line("team-fault-role")),
            Some(InviteProblem::Address) => ("address", frame.line("team-fault-address")),
            Some(InviteProblem::TooMany) => {
                ("address", counted(frame.say("team-fault-many"), MOST_INVITES))
            }
            Some(InviteProblem::TooManyToOne) => {
                ("address", counted(frame.say("team-fault-to-one"), MOST_TO_ONE))
            }
            None => return Vec::new(),
        };
        vec![Problem { field, words }]
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        Problem::at(&self.problems(), field)
    }

    fn may_change(&self) -> bool {
        EDITORS.contains(&self.role)
    }

    fn role_of(&self, role: &Role) -> String {
        role_word(self.frame.lang, *role)
    }

    fn added(&self, member: &MemberLine) -> Markup {
        let said = self.frame.say("team-added").text("name", &member.added_by);
        said.markup("time", self.frame.time(&member.added_at)).html()
    }

    fn change(&self, member: &MemberLine) -> String {
        self.frame.say("team-change-which").text("name", &member.name).to_string()
    }

    fn invited(&self, invite: &InviteLine) -> String {
        invite.to.clone().unwrap_or_else(|| self.frame.line("team-invite-link"))
    }

    fn until(&self, invite: &InviteLine) -> Markup {
        let said = self.frame.say("team-invite-until").text("name", &invite.made_by);
        let said = said.text("role", self.role_of(&invite.role));
        said.markup("time", self.frame.time(&invite.until)).html()
    }

    fn mail(&self, invite: &InviteLine) -> Option<String> {
        Some(match invite.mail? {
            OutboxStatus::Due | OutboxStatus::Sending => self.frame.line("team-mail-under-way"),
            OutboxStatus::Sent => self.frame.line("team-mail-sent"),
            OutboxStatus::Void
            | OutboxStatus::Suppressed
            | OutboxStatus::Dropped
            | OutboxStatus::Dead => self.frame.line("team-mail-dead"),
        })
    }

    fn revoke(&self, invite: &InviteLine) -> String {
        match &invite.to {
            Some(to) => self.frame.say("team-revoke-which").text("name", to).to_string(),
            None => {
                let frame = &self.frame;
                let made = Moment::new(frame.lang, &frame.zone, invite.made_at, frame.now);
                frame.say("team-revoke-link").text("time", made.absolute).to_string()
            }
        }
    }

    /// The roles that the reader may give.
    fn choices(&self) -> Vec<Pick> {
        choices(&self.frame, self.role, self.typed.role)
    }

    fn locales(&self) -> Vec<Pick> {
        let pick = |value: &'static str| Pick {
            value,
            words: value.to_owned(),
            here: value == self.typed.locale,
        };
        Catalogue::tags().into_iter().map(pick).collect()
    }

    fn roles(&self) -> Vec<String> {
        Role::ALL.iter().map(|role| self.role_of(role)).collect()
    }

    /// A place of the menu and what each role may do there.
    fn reaches(&self) -> Vec<(String, Vec<String>)> {
        let word = |place: &str, role: Role| match reach(place, role) {
            Reach::Changes => self.frame.line("team-may-change"),
            Reach::Sees => self.frame.line("team-may-see"),
            Reach::Not => self.frame.line("team-may-not"),
        };
        let row = |(place, id): (&str, &str)| {
            (self.frame.line(id), Role::ALL.map(|role| word(place, role)).to_vec())
        };
        PLACES.into_iter().map(row).collect()
    }

    fn next_path(&self) -> Option<String> {
        self.next.as_deref().map(|after| format!("{}?after={after}", self.path))
    }
}

/// One of several that can be chosen.
pub(super) struct Pick {
    pub value: &'static str,
    pub words: String,
    pub here: bool,
}

/// The roles that somebody of `role` may give.
pub(super) fn choices(frame: &Frame, role: Role, chosen: Role) -> Vec<Pick> {
    let pick = |one: Role| Pick {
        value: one.as_str(),
        words: role_word(frame.lang, one),
        here: one == chosen,
    };
    Role::ALL.into_iter().filter(|given| role.may_give(*given)).map(pick).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::web::console::pages;

    #[test]
    fn the_table_of_roles_names_every_place_of_the_console() {
        let named: BTreeSet<&str> = PLACES.iter().map(|(place, _)| *place).collect();
        let there: BTreeSet<&str> = pages()
            .filter_map(|page| page.path.strip_prefix("/console/{slug}/"))
            .filter_map(|rest| rest.split(['/', '.']).next())
            // A part of the overview.
            .filter(|place| *place != "test-lock")
            .collect();
        assert_eq!(named, there);
    }

    #[test]
    fn the_table_of_roles_says_what_the_guard_asks() {
        assert_eq!(reach("team", Role::Admin), Reach::Changes);
        assert_eq!(reach("team", Role::Auditor), Reach::Sees);
        assert_eq!(reach("team", Role::Support), Reach::Not);
        assert_eq!(reach("inbox", Role::Support), Reach::Changes);
        assert_eq!(reach("policy", Role::Support), Reach::Not);
        assert_eq!(reach("policy", Role::Auditor), Reach::Sees);
        assert_eq!(reach("nowhere", Role::Owner), Reach::Not);
    }
}
