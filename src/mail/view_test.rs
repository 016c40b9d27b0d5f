//! What a test mail shows: that it arrived, and by which way.

use askama::Template;

use super::view::{MailFrame, MailParts};

/// By whose server it left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestRoute {
    House,
    Own,
}

/// A mail that staff send to themselves. In English, as the console is.
#[derive(Debug, Clone)]
pub struct TestMail {
    pub frame: MailFrame,
    pub route: TestRoute,
}

#[derive(Template)]
#[template(path = "mail/test/body.txt", escape = "none")]
struct TestText<'a> {
    frame: &'a MailFrame,
    mail: &'a TestMail,
}

#[derive(Template)]
#[template(path = "mail/test/body.html")]
struct TestHtml<'a> {
    frame: &'a MailFrame,
    mail: &'a TestMail,
}

impl TestMail {
    /// Renders the mail.
    ///
    /// # Errors
    /// Only if a template fails, which needs a formatter that fails.
    pub fn parts(&self) -> askama::Result<MailParts> {
        let frame = &self.frame;
        Ok(MailParts {
            subject: self.title(),
            text: TestText { frame, mail: self }.render()?,
            html: TestHtml { frame, mail: self }.render()?,
        })
    }

    fn title(&self) -> String {
        self.frame.say("mail-test-title").text("tenant", &self.frame.tenant).to_string()
    }

    fn route(&self) -> String {
        match self.route {
            TestRoute::House => self.frame.line("mail-test-house"),
            TestRoute::Own => {
                self.frame.say("mail-test-own").text("tenant", &self.frame.tenant).to_string()
            }
        }
    }

    fn when(&self) -> String {
        let said = self.frame.say("mail-test-when");
        self.frame.timed(said, self.frame.moment(self.frame.written_at)).to_string()
    }
}
