//! The page that changes a user: profile, names and password, each a form of its own; and the question
//! before a name is taken away. Knows no rule about names and no secret.

use askama::Template;

use super::frame::Frame;
use super::user::NameLine;
use crate::model::IdentifierKind;
use crate::tenant::MIN_PASSWORD_CHARS;
use crate::web::page::Problem;

/// What stands in the fields: as typed in the form that was sent, as known in the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditTyped {
    pub first_name: String,
    pub last_name: String,
    pub external_id: String,
    /// Empty for the tenant's.
    pub locale: String,
    pub zone: String,
    pub username: String,
    pub email: String,
    /// Whether the new address counts as proved.
    pub email_proved: bool,
    pub phone: String,
    pub phone_proved: bool,
    /// Whether a new password ends the sessions. The password itself is never shown again.
    pub sign_out: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditProblem {
    Zone,
    ExternalIdTaken,
    /// What was typed is no name of this kind.
    NoName(IdentifierKind),
    /// Another user has it.
    Taken(IdentifierKind),
    /// It is one of theirs already.
    Theirs(IdentifierKind),
    /// As many as may wait do.
    TooManyWait(IdentifierKind),
    /// A name that waited is another user's by now.
    Claimed,
    NoPassword,
    ShortPassword,
    LongPassword,
}

/// `GET /console/{slug}/users/{user}/edit`, and the same with the faults of one of its forms.
#[derive(Debug, Clone, Template)]
#[template(path = "console/user_edit.html")]
pub struct EditUserPage {
    pub frame: Frame,
    /// Of the user's page; the forms are sent below it.
    pub back: String,
    pub name: String,
    pub names: Vec<NameLine>,
    pub has_password: bool,
    pub locales: Vec<String>,
    pub typed: EditTyped,
    pub problems: Vec<EditProblem>,
    /// The name that [`EditProblem::Claimed`] is about.
    pub claimed: Option<String>,
}

impl EditUserPage {
    fn title(&self) -> String {
        self.frame.say("user-edit-title").text("name", &self.name).to_string()
    }

    fn head(&self) -> String {
        match self.problems.is_empty() {
            true => self.title(),
            false => self.frame.say("console-title-error").text("page", self.title()).to_string(),
        }
    }

    /// What a name is good for: proved or not, primary, for the second factor.
    fn state(&self, name: &NameLine) -> String {
        let proved = match name.verified {
            true => self.frame.line("user-proved"),
            false => self.frame.line("user-unproved"),
        };
        let mut words = vec![name.kind_word(&self.frame), proved];
        words.extend(name.primary.then(|| self.frame.line("user-primary")));
        words.extend(name.second_factor.then(|| self.frame.line("user-for-second")));
        words.join(", ")
    }

    /// Only what is proved can be primary; usernames have no rank.
    fn can_lead(&self, name: &NameLine) -> bool {
        name.verified && !name.primary && name.kind != IdentifierKind::Username
    }

    fn is_claimed(&self, name: &NameLine) -> bool {
        self.claimed.as_ref() == Some(&name.id)
    }

    fn has_username(&self) -> bool {
        self.names.iter().any(|name| name.kind == IdentifierKind::Username)
    }

    fn username_title(&self) -> String {
        match self.has_username() {
            true => self.frame.line("user-username-other"),
            false => self.frame.line("user-username-first"),
        }
    }

    fn username_hint(&self) -> String {
        match self.has_username() {
            true => self.frame.line("user-username-hint"),
            false => String::new(),
        }
    }

    fn password_title(&self) -> String {
        match self.has_password {
            true => self.frame.line("user-password-other"),
            false => self.frame.line("user-password-first"),
        }
    }

    fn password_hint(&self) -> String {
        self.frame
            .say("new-password-hint")
            .count("count", u32::from(MIN_PASSWORD_CHARS))
            .to_string()
    }

    fn problems(&self) -> Vec<Problem> {
        let words = |problem: &EditProblem| {
            let (field, words) = match problem {
                EditProblem::Zone => ("zone", self.frame.line("console-me-zone-fault")),
                EditProblem::ExternalIdTaken => {
                    ("external_id", self.frame.line("user-external-taken"))
                }
                EditProblem::NoName(kind) => (field_of(*kind), self.no_name(*kind)),
                EditProblem::Taken(kind) => (field_of(*kind), self.frame.line("user-name-taken")),
                EditProblem::Theirs(kind) => (field_of(*kind), self.frame.line("user-name-theirs")),
                EditProblem::TooManyWait(kind) => {
                    (field_of(*kind), self.frame.line("user-name-too-many"))
                }
                EditProblem::Claimed => ("claimed", self.frame.line("user-name-claimed")),
                EditProblem::NoPassword => {
                    ("password", self.frame.line("new-password-fault-missing"))
                }
                EditProblem::ShortPassword => {
                    let said = self.frame.say("new-password-fault-short");
                    ("password", said.count("count", u32::from(MIN_PASSWORD_CHARS)).to_string())
                }
                EditProblem::LongPassword => {
                    ("password", self.frame.line("new-password-fault-long"))
                }
            };
            Problem { field, words }
        };
        self.problems.iter().map(words).collect()
    }

    fn no_name(&self, kind: IdentifierKind) -> String {
        match kind {
            IdentifierKind::EmailAddress => self.frame.line("user-new-email-fault"),
            IdentifierKind::PhoneNumber => self.frame.line("user-new-phone-fault"),
            IdentifierKind::Username => self.frame.line("user-new-name-fault"),
        }
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        Problem::at(&self.problems(), field)
    }
}

/// Where a name of this kind is typed.
const fn field_of(kind: IdentifierKind) -> &'static str {
    match kind {
        IdentifierKind::EmailAddress => "email",
        IdentifierKind::PhoneNumber => "phone",
        IdentifierKind::Username => "username",
    }
}

/// What it means to somebody that a name goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// It waited: nobody signs in with it.
    Claim,
    /// There are others.
    Name,
    /// The last one that a password or a code goes with.
    LastWayIn,
}

/// `GET /console/{slug}/users/{user}/names/{name}/remove`, and the same without a reason.
#[derive(Debug, Clone, Template)]
#[template(path = "console/user_name_remove.html")]
pub struct RemoveNamePage {
    pub frame: Frame,
    pub path: String,
    /// The page that changes the user.
    pub back: String,
    /// Whose name it is.
    pub name: String,
    pub value: String,
    pub loss: Loss,
    pub reason: String,
    pub no_reason: bool,
}

impl RemoveNamePage {
    fn question(&self) -> String {
        self.frame.say("user-name-remove-question").text("value", &self.value).to_string()
    }

    fn head(&self) -> String {
        let question = self.question();
        match self.no_reason {
            true => self.frame.say("console-title-error").text("page", question).to_string(),
            false => question,
        }
    }

    fn effect(&self) -> String {
        match self.loss {
            Loss::Claim => self.frame.line("user-name-remove-claim"),
            Loss::Name | Loss::LastWayIn => self.frame.line("user-name-remove-effect"),
        }
    }

    fn is_last(&self) -> bool {
        self.loss == Loss::LastWayIn
    }

    fn problems(&self) -> Vec<Problem> {
        let words = || self.frame.line("request-reason-missing");
        self.no_reason.then(|| Problem { field: "reason", words: words() }).into_iter().collect()
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        Problem::at(&self.problems(), field)
    }
}
