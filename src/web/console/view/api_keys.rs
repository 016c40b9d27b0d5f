//! The list of keys, the one that was just made, and the question before one is revoked. Knows no store.

use askama::Template;

use super::frame::Frame;
use crate::model::Millis;
use crate::web::page::Problem;

/// One key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLine {
    pub id: String,
    /// Empty for the key that came with the tenant.
    pub name: String,
    pub hint: String,
    pub made_at: Millis,
    /// Empty where nobody knows any more.
    pub made_by: String,
    /// To five minutes.
    pub last_used: Option<Millis>,
    /// Where it is revoked.
    pub path: String,
}

/// Shown this once.
#[derive(Clone, PartialEq, Eq)]
pub struct MadeKey {
    pub secret: String,
    pub name: String,
    /// Where the one is revoked whose place it takes.
    pub revoke_old: Option<String>,
}

/// Without the key.
impl std::fmt::Debug for MadeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MadeKey").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A line for a shell, and what its place on the page is called.
struct Command {
    id: &'static str,
    text: String,
}

/// Commands under the words that say what for.
struct Tries {
    words: String,
    commands: Vec<Command>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyProblem {
    Name,
    /// There are as many as there may be.
    Full,
}

/// `GET /console/{slug}/keys`, and the answer to its form.
#[derive(Debug, Clone, Template)]
#[template(path = "console/api_keys.html")]
pub struct KeysPage {
    pub frame: Frame,
    pub path: String,
    pub may_change: bool,
    pub publishable_key: String,
    /// Of the Backend API, without a slash at the end.
    pub base_url: String,
    pub keys: Vec<KeyLine>,
    pub made: Option<MadeKey>,
    /// As typed.
    pub name: String,
    pub problem: Option<KeyProblem>,
}

impl KeysPage {
    fn head(&self) -> String {
        let title = self.frame.line("console-entry-keys");
        match self.problem {
            Some(_) => self.frame.say("console-title-error").text("page", title).to_string(),
            None => title,
        }
    }

    fn problems(&self) -> Vec<Problem> {
        let words = match self.problem {
            Some(KeyProblem::Name) => self.frame.line("keys-fault-name"),
            Some(KeyProblem::Full) => self.frame.line("keys-fault-full"),
            None => return Vec::new(),
        };
        vec![Problem { field: "name", words }]
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        Problem::at(&self.problems(), field)
    }

    fn name_of(&self, key: &KeyLine) -> String {
        name_of(&self.frame, &key.name)
    }

    fn made_name(&self, made: &MadeKey) -> String {
        name_of(&self.frame, &made.name)
    }

    fn rotate(&self, key: &KeyLine) -> String {
        self.frame.say("keys-rotate-which").text("key", &key.hint).to_string()
    }

    fn revoke(&self, key: &KeyLine) -> String {
        self.frame.say("keys-revoke-which").text("key", &key.hint).to_string()
    }

    /// What can be done with a key at once: users are listed, and one of them is locked and let in
    /// again.
    fn tries(&self, made: &MadeKey) -> Vec<Tries> {
        let command = |id, method: &str, path: &str| Command {
            id,
            text: format!(
                "curl {method}-H 'Authorization: Bearer {}' {}/v1/users{path}",
                made.secret, self.base_url
            ),
        };
        let post = "-X POST ";
        let both = [("lock", "/USER_ID/lock"), ("unlock", "/USER_ID/unlock")];
        vec![
            Tries { words: self.frame.line("keys-try"), commands: vec![command("list", "", "")] },
            Tries {
                words: self.frame.line("keys-try-lock"),
                commands: both.map(|(id, path)| command(id, post, path)).into(),
            },
        ]
    }
}

fn name_of(frame: &Frame, name: &str) -> String {
    if name.is_empty() { frame.line("keys-first") } else { name.to_owned() }
}

/// `GET /console/{slug}/keys/{key}/revoke`
#[derive(Debug, Clone, Template)]
#[template(path = "console/api_key_revoke.html")]
pub struct RevokeKeyPage {
    pub frame: Frame,
    pub key: KeyLine,
    /// No other key opens anything.
    pub last: bool,
    pub back: String,
}

impl RevokeKeyPage {
    fn question(&self) -> String {
        self.frame.say("keys-revoke-question").text("key", &self.key.hint).to_string()
    }

    fn name(&self) -> String {
        name_of(&self.frame, &self.key.name)
    }
}
