//! One request and what staff do about it: answers that can be taken back, and that are stopped where
//! something came in first; the safe act and the other one; and the end that comes by itself.

use std::time::Duration;

use lockkeeper::model::{Clock as _, Span, UserId};
use lockkeeper::store::outbox::{OutboxStatus, OutboxTopic};
use lockkeeper::store::team::Role;
use lockkeeper::support::ContactRequestStatus;

use super::inbox::{requests, write};
use super::{Office, Worker, assert_page, assert_sent};
use crate::attempt::try_password;
use crate::harness::client::{Answer, block_on};
use crate::harness::nodes::until;

const ANN: &str = "ann@acme.test";
/// A mail and an act of staff are carried out within this, once their time has come.
const SOON: Duration = Duration::from_secs(60);

/// An office with an agent, and Ann's request.
struct Case {
    office: Office,
    agent: Worker,
    ann: UserId,
    path: String,
    secret: String,
}

impl Case {
    fn open() -> Self {
        Self::with(|_| {})
    }

    /// Ann is locked when she writes.
    fn locked() -> Self {
        let case = Self::with(|office| {
            for _ in 0..8 {
                let _wrong = block_on(try_password(&office.app, &office.acme, ANN, "wrong"));
                office.app.advance(Span::SECOND.times(5));
            }
        });
        assert!(case.is_locked());
        case
    }

    fn with(before: impl FnOnce(&Office)) -> Self {
        let office = Office::open();
        let ann = office.app.user(&office.acme, ANN, "correct horse").record.user.id;
        before(&office);
        let (reference, secret) = write(&office, ANN, "I am locked out");
        let agent = office.staff("agent", Some(&office.acme), Role::Support);
        let path = format!("/console/acme/inbox/{reference}");
        Self { office, agent, ann, path, secret }
    }

    fn page(&self) -> Answer {
        block_on(self.agent.get(&self.path))
    }

    /// The version that a form on the page carries now.
    fn version(&self) -> String {
        let body = self.page().body;
        let field = body.split("name=\"version\" value=\"").nth(1).unwrap();
        field.split('"').next().unwrap().to_owned()
    }

    fn deed(&self, deed: &str, more: &[(&str, &str)]) -> Answer {
        let version = self.version();
        self.deed_over(&version, deed, more)
    }

    fn deed_over(&self, version: &str, deed: &str, more: &[(&str, &str)]) -> Answer {
        let mut fields = vec![("deed", deed), ("version", version)];
        fields.extend_from_slice(more);
        block_on(self.agent.post(&self.path, &fields))
    }

    fn status(&self) -> ContactRequestStatus {
        requests(&self.office)[0].status
    }

    /// What Ann sees.
    fn own_page(&self) -> String {
        let client = self.office.app.client();
        block_on(client.get(&format!("/t/acme/support/{}", self.secret))).body
    }

    fn try_sign_in(&self, password: &str) {
        let _answer = block_on(try_password(&self.office.app, &self.office.acme, ANN, password));
    }

    fn lock(&self) {
        for _ in 0..8 {
            self.try_sign_in("wrong");
            // As fast as somebody types.
            self.office.app.advance(Span::SECOND.times(5));
        }
        assert!(self.is_locked());
    }

    fn is_locked(&self) -> bool {
        let tenants = &self.office.app.tenants;
        let lock = tenants.account_lock(&self.office.acme.profile, &self.ann);
        block_on(lock).unwrap().is_some()
    }
}

fn message_of(page: &str) -> String {
    let field = page.split("name=\"message\" value=\"").nth(1).expect("something to take back");
    field.split('"').next().unwrap().to_owned()
}

#[test]
fn an_answer_is_mailed_after_a_quarter_of_a_minute_and_stands_on_the_persons_page() {
    let case = Case::open();
    assert_sent(&case.deed("reply", &[("body", "Hello <b>Ann</b>\r\nbye")]), &case.path);
    let page = case.page();
    assert_page(&page, 200, &["goes out in 15 seconds", "Hello &lt;b&gt;Ann", "Take it back"]);
    assert!(!case.own_page().contains("Hello"), "it can still be taken back");
    case.office.app.advance(Span::SECOND.times(16));
    assert!(case.own_page().contains("Hello &lt;b&gt;Ann"));
    assert_eq!(case.status(), ContactRequestStatus::Waiting);
    let mut mail = None;
    until(SOON, || {
        let kept = block_on(case.office.app.tenants.reader().mailbox(20)).unwrap();
        mail = kept.into_iter().find(|mail| mail.subject.starts_with("Answer to LK-"));
        mail.is_some()
    });
    let mail = mail.expect("an answer by mail");
    assert!(
        mail.text.contains("Hello <b>Ann</b>\nbye") && mail.html.contains("Hello &#60;b&#62;Ann")
    );
    assert!(mail.text.contains("/t/acme/support/") && mail.recipient == ANN);
}

#[test]
fn a_reply_is_undone_within_fifteen_seconds_and_not_after() {
    let case = Case::open();
    case.deed("reply", &[("body", "Too soon")]);
    let message = message_of(&case.page().body);
    case.office.app.advance(Span::SECOND.times(14));
    assert_sent(&case.deed("take_back", &[("message", &message)]), &case.path);
    assert_page(&case.page(), 200, &["It is taken back", "data-undone"]);
    assert_eq!(case.status(), ContactRequestStatus::Open);
    case.deed("reply", &[("body", "Now it is right")]);
    let message = message_of(&case.page().body);
    case.office.app.advance(Span::SECOND.times(16));
    let late = case.deed("take_back", &[("message", &message)]);
    assert_page(&late, 409, &["It has gone out already"]);
    let own = case.own_page();
    assert!(own.contains("Now it is right") && !own.contains("Too soon"), "{own}");
}

#[test]
fn a_stale_send_is_refused_and_shows_what_came() {
    let case = Case::open();
    let version = case.version();
    let added = case.office.app.tenants.add_to_request(
        &case.office.acme.profile,
        &case.secret,
        "It works again, thank you",
    );
    block_on(added).unwrap();
    for deed in ["reply", "close", "spam", "unlock_mail", "take"] {
        let answer = case.deed_over(&version, deed, &[("body", "My long answer")]);
        assert_page(
            &answer,
            409,
            &["It works again, thank you", "Something came in", "My long answer</textarea>"],
        );
    }
    assert_eq!(case.status(), ContactRequestStatus::New);
    assert_sent(&case.deed("reply", &[("body", "My long answer")]), &case.path);
}

#[test]
fn notes_are_for_staff_only_and_moving_a_request_is_written_down() {
    let case = Case::open();
    assert_sent(&case.deed("note", &[("body", "secret note")]), &case.path);
    assert_page(&case.page(), 200, &["secret note", "only staff can see this"]);
    assert!(!case.own_page().contains("secret note"));
    for (deed, status, words) in [
        ("take", ContactRequestStatus::Open, "agent has it"),
        ("give_back", ContactRequestStatus::Open, "Nobody has it yet"),
        ("spam", ContactRequestStatus::Spam, "marked it as spam"),
        ("reopen", ContactRequestStatus::Open, "opened it again"),
        ("close", ContactRequestStatus::Closed, "closed the request"),
    ] {
        assert_sent(&case.deed(deed, &[]), &case.path);
        assert_page(&case.page(), 200, &[words]);
        assert_eq!(case.status(), status, "{deed}");
    }
    let audit =
        case.office.app.tenants.reader().audit_rows(case.office.acme.profile.id().clone(), 50);
    let actions: Vec<String> = block_on(audit).unwrap().into_iter().map(|row| row.action).collect();
    for action in ["request.noted", "request.assigned", "request.marked_spam", "request.closed"] {
        assert!(actions.iter().any(|found| found == action), "{action} in {actions:?}");
    }
    for (deed, words) in [("reply", "Write something first"), ("note", "Write something first")] {
        assert_page(&case.deed(deed, &[("body", " \n")]), 422, &[words]);
    }
    assert_eq!(case.deed("explode", &[]).status, 400);
}

#[test]
fn saved_answers_are_filled_in_and_unknown_variables_refused() {
    let case = Case::open();
    let owner = case.office.staff("owner", Some(&case.office.acme), Role::Owner);
    let save = |body: &str| {
        let fields = [("title", "Hello"), ("locale", "en"), ("body", body)];
        block_on(owner.post("/console/acme/inbox/canned", &fields))
    };
    assert_page(&save("Your {{password}}"), 422, &["password is no variable"]);
    let text = "Hello {{name}}, {{reference}}: {{lock_ends}}, {{unlock_page}} {{tenant}}";
    assert_sent(&save(text), "/console/acme/inbox/canned");
    let page = case.page().body;
    let list = page.split("name=\"canned\"").nth(1).unwrap();
    let chosen =
        list.split("<option value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    case.lock();
    let filled = case.deed("insert", &[("canned", &chosen), ("body", "First mine.")]);
    let reference = requests(&case.office)[0].reference.clone();
    let begins = format!("First mine.\n\nHello ann@acme.test, {reference}: 3 Mar 2026, 12:02 UTC");
    assert_page(&filled, 200, &[&begins, "/t/acme/unlock acme"]);
    assert_eq!(case.status(), ContactRequestStatus::New, "nothing was sent");
}

#[test]
fn the_safe_act_sends_the_unlock_mail_once_and_the_request_closes_itself() {
    let case = Case::locked();
    case.office.app.advance(Span::MINUTE.times(11));
    case.try_sign_in("wrong");
    let page = case.page();
    assert_page(&page, 200, &["Send unlock mail", "Unlock now…", "What was tried"]);
    assert_sent(&case.deed("unlock_mail", &[]), &case.path);
    assert_page(&case.page(), 200, &["The unlock mail is on its way", "had an unlock mail sent"]);
    case.office.app.advance(Span::SECOND);
    assert_sent(&case.deed("unlock_mail", &[]), &case.path);
    assert_page(&case.page(), 200, &["No mail was sent"]);
    let since = case.office.app.clock.now().before(Span::MINUTE);
    let subject = lockkeeper::store::SubjectKey::user(&case.ann);
    let tenant = case.office.acme.profile.id().clone();
    let mails = case.office.app.tenants.reader().mails_of_subject(tenant, subject, since);
    let mails = block_on(mails).unwrap();
    let sent = |row: &&_| {
        let row: &lockkeeper::store::outbox::OutboxRow = row;
        row.topic == OutboxTopic::Unlock && row.status != OutboxStatus::Suppressed
    };
    assert_eq!(mails.iter().filter(sent).count(), 1, "{mails:?}");
    // The lock ends by itself, and its owner signs in.
    case.office.app.advance(Span::HOUR);
    case.try_sign_in("correct horse");
    // The server's own upkeep, woken by the clock, may have closed it before the list is read.
    let list = block_on(case.agent.get("/console/acme/inbox"));
    assert!(list.body.contains("Signed in") || case.status() == ContactRequestStatus::Closed);
    block_on(case.office.app.tenants.upkeep());
    assert_eq!(case.status(), ContactRequestStatus::Closed);
    assert_page(&case.page(), 200, &["Closed by itself", "They signed in at"]);
    // Who merely filled in the form is not told that the owner has signed in.
    let own = case.own_page();
    assert!(!own.contains("You are back in") && own.contains("Support is looking at it"), "{own}");
}

#[test]
fn only_what_is_about_a_lock_closes_by_a_sign_in_and_no_stranger_sees_it() {
    let asked = Case::open();
    asked.office.app.advance(Span::MINUTE);
    asked.try_sign_in("correct horse");
    block_on(asked.office.app.tenants.upkeep());
    assert_eq!(asked.status(), ContactRequestStatus::New, "it asks for something else");

    let case = Case::locked();
    let before = case.own_page();
    case.office.app.advance(Span::HOUR);
    case.try_sign_in("correct horse");
    block_on(case.office.app.tenants.upkeep());
    assert_eq!(case.status(), ContactRequestStatus::Closed);
    let same = |page: &str| {
        // The lock that was told is over by now, signed in or not.
        let lines = page.lines().filter(|line| !line.contains("The lock ends"));
        lines.map(|line| line.replace("</div>", "")).collect::<Vec<_>>()
    };
    assert_eq!(same(&case.own_page()), same(&before));
    case.office.app.advance(Span::DAY.times(8));
    assert!(case.own_page().contains("Send message"));
}

#[test]
fn unlock_now_needs_a_reason_and_can_be_undone() {
    let case = Case::open();
    case.lock();
    assert_page(&case.deed("unlock_now", &[("reason", " ")]), 422, &["Enter a reason"]);
    assert_sent(&case.deed("unlock_now", &[("reason", "Shown her passport")]), &case.path);
    let page = case.page();
    assert_page(&page, 200, &["unlocked in 15 seconds", "Shown her passport", "Take it back"]);
    let message = message_of(&page.body);
    assert_sent(&case.deed("take_back", &[("message", &message)]), &case.path);
    case.office.app.advance(Span::SECOND.times(20));
    assert!(case.is_locked(), "it was taken back");
    assert_sent(&case.deed("unlock_now", &[("reason", "Shown her passport")]), &case.path);
    case.office.app.advance(Span::SECOND.times(20));
    until(SOON, || !case.is_locked());
    let audit =
        case.office.app.tenants.reader().audit_rows(case.office.acme.profile.id().clone(), 50);
    let unlocked = block_on(audit).unwrap().into_iter().find(|row| row.action == "user.unlocked");
    let unlocked = unlocked.expect("it is in the audit log");
    assert!(unlocked.actor.starts_with("staff:user_"), "{unlocked:?}");
    assert!(unlocked.detail.contains("Shown her passport"), "{unlocked:?}");
}

#[test]
fn the_panel_says_why_each_attempt_counted() {
    let case = Case::open();
    case.try_sign_in("correct horse");
    case.lock();
    case.try_sign_in("correct horse");
    let page = case.page();
    assert_page(
        &page,
        200,
        &[
            "Wrong; counted, 1 so far",
            "Wrong; counted as number 8, and locked",
            "Signed in",
            "Same source as an earlier sign-in",
            "Looks like the owner",
            "Under policy version 1",
        ],
    );
    let owner = case.office.staff("owner", Some(&case.office.acme), Role::Owner);
    let theirs = block_on(owner.get(&case.path));
    let version = "href=\"/console/acme/policy/versions/1\"";
    assert!(
        theirs.body.contains(version) && !page.body.contains("/policy"),
        "support has no policy"
    );
    assert!(theirs.body.contains("192.0.2.1") && !page.body.contains("192.0.2.1"));
    assert!(page.body.contains("192.0.2.•"), "support sees networks only");
}
