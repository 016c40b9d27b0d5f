//! A lock tried out, before and after.

use askama::Template;

use super::frame::Frame;
use crate::model::{Millis, Until};
use crate::store::mail_fates::DeliveryState;
use crate::tenant::MOST_TEST_TRIES;
use crate::web::page::Problem;

/// Why nobody was locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestFault {
    NoAddress,
    /// An account of somebody else has it.
    Taken,
    /// The policy is switched off.
    Off,
    /// It counts no passwords.
    Uncounted,
    /// It locks after so many.
    TooMany(i64),
}

/// The unlock mail, as far as it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestMail {
    pub at: Millis,
    pub state: DeliveryState,
}

/// What became of the test user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestResult {
    pub name: String,
    /// `None`: it is open again.
    pub until: Option<Until>,
    pub mail: Option<TestMail>,
    pub tries: i64,
}

/// `GET,POST /console/{slug}/test-lock`
#[derive(Debug, Clone, Template)]
#[template(path = "console/test_lock.html")]
pub struct TestLockPage {
    pub frame: Frame,
    pub path: String,
    pub overview_path: String,
    /// Where the tenant's users sign in.
    pub sign_in_path: String,
    pub typed: String,
    pub fault: Option<TestFault>,
    pub result: Option<TestResult>,
}

impl TestLockPage {
    fn title(&self) -> String {
        let heading = self.frame.line("test-lock-title");
        if self.fault.is_none() {
            return heading;
        }
        self.frame.say("console-title-error").text("page", heading).to_string()
    }

    fn problems(&self) -> Vec<Problem> {
        let problem = |fault| Problem { field: "identifier", words: self.words(fault) };
        self.fault.map(problem).into_iter().collect()
    }

    fn words(&self, fault: TestFault) -> String {
        let frame = &self.frame;
        match fault {
            TestFault::NoAddress => frame.line("test-lock-no-address"),
            TestFault::Taken => frame.line("test-lock-taken"),
            TestFault::Off => frame.line("test-lock-off"),
            TestFault::Uncounted => frame.line("test-lock-uncounted"),
            TestFault::TooMany(tries) => {
                let said = frame.say("test-lock-too-many").count("tries", tries);
                said.count("most", MOST_TEST_TRIES).to_string()
            }
        }
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        Problem::at(&self.problems(), field)
    }

    fn mail(&self, mail: &TestMail) -> String {
        let frame = &self.frame;
        match mail.state {
            DeliveryState::Queued | DeliveryState::Deferred => frame.line("test-lock-mail-due"),
            DeliveryState::Accepted => frame.line("test-lock-mail-sent"),
            DeliveryState::Bounced | DeliveryState::Undeliverable => {
                frame.line("test-lock-mail-failed")
            }
            DeliveryState::Suppressed | DeliveryState::Dropped => frame.line("test-lock-mail-held"),
        }
    }
}
