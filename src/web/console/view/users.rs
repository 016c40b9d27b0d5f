//! Users: the list and the form that makes one.

use askama::Template;

use super::frame::Frame;
use super::locks::{Choice, lock_word};
use crate::model::Millis;
use crate::store::counted::Counted;
use crate::store::locks::LockSort;
use crate::store::user_search::UserView;
use crate::text::Markup;
use crate::web::page::Problem;

/// A view's name in an address.
#[must_use]
pub const fn view_text(view: UserView) -> &'static str {
    match view {
        UserView::All => "",
        UserView::Banned => "banned",
    }
}

/// One user.
#[derive(Debug, Clone)]
pub struct UserItem {
    pub path: String,
    /// The identifier; the id where there is none.
    pub name: String,
    /// First and last name.
    pub called: Option<String>,
    pub banned: bool,
    pub lock: Option<LockSort>,
    pub made_at: Millis,
    pub signed_in_at: Option<Millis>,
}

/// `GET /console/{slug}/users`
#[derive(Debug, Clone, Template)]
#[template(path = "console/users.html")]
pub struct UsersPage {
    pub frame: Frame,
    pub path: String,
    pub locks_path: String,
    pub view: UserView,
    /// As typed.
    pub words: String,
    pub users: Vec<UserItem>,
    /// `None` in a search.
    pub count: Option<Counted>,
    pub later: bool,
    pub next: Option<String>,
    pub may_make: bool,
}

impl UsersPage {
    fn counted(&self) -> String {
        match &self.count {
            Some(Counted::Exactly(count)) => {
                self.frame.say("users-counted").count("count", count).to_string()
            }
            Some(Counted::MoreThan(count)) => {
                self.frame.say("users-counted-more").count("count", count).to_string()
            }
            None => self.frame.say("users-searched").text("words", &self.words).to_string(),
        }
    }

    fn place(&self, view: UserView, after: Option<&str>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in
            [("view", view_text(view)), ("q", &self.words), ("after", after.unwrap_or_default())]
        {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        let query = query.finish();
        if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) }
    }

    fn views(&self) -> Vec<Choice> {
        let choice = |view: UserView, words: String| Choice {
            path: self.place(view, None),
            words,
            here: view == self.view,
        };
        vec![
            choice(UserView::All, self.frame.line("users-all")),
            choice(UserView::Banned, self.frame.line("users-banned")),
            Choice {
                path: self.locks_path.clone(),
                words: self.frame.line("users-locked"),
                here: false,
            },
        ]
    }

    fn lock(&self, sort: &LockSort) -> String {
        lock_word(&self.frame, *sort)
    }

    fn times(&self, user: &UserItem) -> Markup {
        let made = self.frame.time(&user.made_at);
        match &user.signed_in_at {
            Some(at) => {
                let said = self.frame.say("users-times").markup("made", made);
                said.markup("seen", self.frame.time(at)).html()
            }
            None => self.frame.say("users-time").markup("made", made).html(),
        }
    }

    const fn is_whole(&self) -> bool {
        matches!(self.view, UserView::All) && self.words.is_empty()
    }

    fn view_field(&self) -> &'static str {
        view_text(self.view)
    }

    fn first_path(&self) -> String {
        self.place(self.view, None)
    }

    fn next_path(&self) -> Option<String> {
        self.next.as_deref().map(|after| self.place(self.view, Some(after)))
    }
}

/// What was typed for a new user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewUserTyped {
    pub email: String,
    pub phone: String,
    pub username: String,
    pub first_name: String,
    pub last_name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewUserProblem {
    NoName,
    Email,
    Phone,
    Username,
    ShortPassword,
    Taken,
}

/// `GET /console/{slug}/users/new`, and the same with faults.
#[derive(Debug, Clone, Template)]
#[template(path = "console/user_new.html")]
pub struct NewUserPage {
    pub frame: Frame,
    pub path: String,
    pub back: String,
    pub typed: NewUserTyped,
    pub problems: Vec<NewUserProblem>,
}

impl NewUserPage {
    fn head(&self) -> String {
        let title = self.frame.line("user-new-title");
        match self.problems.is_empty() {
            true => title,
            false => self.frame.say("console-title-error").text("page", title).to_string(),
        }
    }

    fn problems(&self) -> Vec<Problem> {
        let words = |problem: &NewUserProblem| {
            let (field, words) = match problem {
                NewUserProblem::NoName => ("email", self.frame.line("user-new-no-name")),
                NewUserProblem::Email => ("email", self.frame.line("user-new-email-fault")),
                NewUserProblem::Phone => ("phone", self.frame.line("user-new-phone-fault")),
                NewUserProblem::Username => ("username", self.frame.line("user-new-name-fault")),
                NewUserProblem::ShortPassword => {
                    ("password", self.frame.line("console-welcome-short-password"))
                }
                NewUserProblem::Taken => ("email", self.frame.line("user-new-taken")),
            };
            Problem { field, words }
        };
        self.problems.iter().map(words).collect()
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        Problem::at(&self.problems(), field)
    }
}
