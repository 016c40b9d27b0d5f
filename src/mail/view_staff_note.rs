//! What a mail to staff shows: what happened in figures, and where to see more.

use askama::Template;

use super::view::{MailFrame, MailParts};

/// A note to somebody who looks after a tenant.
#[derive(Debug, Clone)]
pub struct StaffNote {
    pub frame: MailFrame,
    pub subject: String,
    pub title: String,
    pub when: String,
    /// One figure each.
    pub lines: Vec<String>,
    /// What may be done about it.
    pub what: String,
    /// The whole URL of a page of the console.
    pub link: String,
    pub button: String,
    pub why: String,
}

#[derive(Template)]
#[template(path = "mail/staff_note/body.txt", escape = "none")]
struct NoteText<'a> {
    frame: &'a MailFrame,
    mail: &'a StaffNote,
}

#[derive(Template)]
#[template(path = "mail/staff_note/body.html")]
struct NoteHtml<'a> {
    frame: &'a MailFrame,
    mail: &'a StaffNote,
}

impl StaffNote {
    /// Renders the mail.
    ///
    /// # Errors
    /// Only if a template fails, which needs a formatter that fails.
    pub fn parts(&self) -> askama::Result<MailParts> {
        let frame = &self.frame;
        Ok(MailParts {
            subject: self.subject.clone(),
            text: NoteText { frame, mail: self }.render()?,
            html: NoteHtml { frame, mail: self }.render()?,
        })
    }
}
