//! Staff at work in a real browser, with and without script: the usual request in two presses, an
//! attack, no mailbox, two agents at once, something that is no lock; and two hundred payloads in
//! what strangers write, of which none runs. The journeys of a tenant's admins stand in files of their
//! own, each in three manners.

mod attack;
mod audit;
mod faults;
mod first_minutes;
mod hand;
mod import;
mod integrate;
mod staff;
mod stops;
mod tuning;

use lockkeeper::model::Span;
use lockkeeper::store::team::Role;
use lockkeeper::support::ContactRequestStatus;
use thirtyfour::prelude::*;

use self::hand::Manner;
use super::inbox::{requests, write, written};
use super::{Office, PASSWORD};
use crate::attempt::try_password;
use crate::harness::browser::{Look, Scripts, browse};
use crate::harness::client::block_on;
use crate::harness::keyboard;
use crate::harness::waiting::{found, until};

const ANN: &str = "ann@acme.test";

/// A browser of somebody who answers requests, and how often a button or link was pressed since they
/// signed in.
pub(super) struct Agent<'d> {
    driver: &'d WebDriver,
    pub(super) base: String,
    pub(super) presses: usize,
    manner: Manner,
}

impl<'d> Agent<'d> {
    pub(super) async fn signed_in(
        driver: &'d WebDriver,
        office: &Office,
        name: &str,
    ) -> WebDriverResult<Self> {
        let base = office.app.base();
        driver.goto(format!("{base}/t/console/sign-in?redirect_url=/console")).await?;
        let address = format!("{name}@lockkeeper.test");
        for (field, words) in [("identifier", address.as_str()), ("password", PASSWORD)] {
            driver.find(By::Name(field)).await?.send_keys(words).await?;
        }
        let mut agent = Self { driver, base, presses: 0, manner: Manner::Pointer };
        agent.press("main form button").await?;
        Ok(Self { presses: 0, ..agent })
    }

    /// Leaves the mouse alone from now on.
    fn by_keyboard(self) -> Self {
        Self { manner: Manner::Keyboard, ..self }
    }

    /// Presses what leads to another page, and waits until this one is gone.
    pub(super) async fn press(&mut self, css: &str) -> WebDriverResult<()> {
        let before = self.driver.find(By::Tag("html")).await?;
        self.stay(css).await?;
        until(css, async || before.tag_name().await.is_err()).await;
        Ok(())
    }

    /// Presses what changes something on this page.
    pub(super) async fn stay(&mut self, css: &str) -> WebDriverResult<()> {
        self.presses += 1;
        if self.manner == Manner::Keyboard {
            keyboard::reach(self.driver, css).await?;
            return keyboard::key(self.driver, Key::Enter).await;
        }
        // What renews itself may have renewed the control between the look and the press.
        until(css, async || match self.driver.find(By::Css(css)).await {
            Ok(control) => control.click().await.is_ok(),
            Err(_) => false,
        })
        .await;
        Ok(())
    }

    pub(super) async fn deed(&mut self, deed: &str) -> WebDriverResult<()> {
        self.press(&format!("button[name=deed][value={deed}]")).await
    }

    pub(super) async fn write(&self, field: &str, words: &str) -> WebDriverResult<()> {
        let field = found(field, async || self.driver.find(By::Name(field)).await.ok()).await;
        field.send_keys(words).await
    }

    /// Waits for the words: of the page that comes, or of what renews itself.
    pub(super) async fn says(&self, words: &str) -> WebDriverResult<()> {
        until(words, async || match self.driver.find(By::Tag("main")).await {
            Ok(main) => main.text().await.unwrap_or_default().contains(words),
            Err(_) => false,
        })
        .await;
        Ok(())
    }
}

/// An office in which Ann is locked and has written to support.
fn office() -> Office {
    let office = Office::open();
    let _agent = office.staff("bo", Some(&office.acme), Role::Support);
    let _other = office.staff("cy", Some(&office.acme), Role::Support);
    office.app.user(&office.acme, ANN, "correct horse");
    office
}

fn locked(office: &Office) {
    for _ in 0..8 {
        let _wrong = block_on(try_password(&office.app, &office.acme, ANN, "wrong"));
        office.app.advance(Span::SECOND.times(5));
    }
    write(office, ANN, "I cannot get in");
    // Far enough from the mail of the lock; locked again by one more mistake.
    office.app.advance(Span::MINUTE.times(11));
    let _wrong = block_on(try_password(&office.app, &office.acme, ANN, "wrong"));
}

fn everyday(scripts: Scripts, manner: Manner) {
    let office = office();
    locked(&office);
    browse(Look { scripts, ..Look::default() }, async |driver| {
        let mut agent = Agent::signed_in(&driver, &office, "bo").await?;
        if manner == Manner::Keyboard {
            agent = agent.by_keyboard();
        }
        agent.says("Locked until").await?;
        agent.press("#queue a").await?;
        agent.says("Send unlock mail").await?;
        agent.deed("unlock_mail").await?;
        agent.says("The unlock mail is on its way").await?;
        // Its owner unlocks and signs in: nothing is left to press.
        office.app.advance(Span::HOUR);
        let _in = try_password(&office.app, &office.acme, ANN, "correct horse").await;
        // The server's own upkeep may be at it, too.
        let reader = office.app.tenants.reader();
        until("it closes itself", async || {
            office.app.tenants.upkeep().await;
            let (of, closed) = (office.acme.profile.id().clone(), ContactRequestStatus::Closed);
            !reader.contact_requests(of, closed, 500).await.unwrap().is_empty()
        })
        .await;
        driver.goto(format!("{}/console/acme/inbox", agent.base)).await?;
        agent.says("No open requests").await?;
        assert!(agent.presses <= 3, "{}", agent.presses);
        Ok(())
    });
}

#[test]
fn s1_the_usual_request_takes_two_presses() {
    everyday(Scripts::On, Manner::Pointer);
}

#[test]
fn s1_the_usual_request_takes_two_presses_without_script() {
    everyday(Scripts::Off, Manner::PointerWithoutScript);
}

#[test]
fn s1_the_usual_request_takes_two_presses_by_keyboard_alone() {
    everyday(Scripts::On, Manner::Keyboard);
}

#[test]
fn lists_and_requests_turn_by_themselves_and_leave_what_is_typed_alone() {
    let office = office();
    let (_, secret) = write(&office, ANN, "First words");
    browse(Look { scripts: Scripts::On, ..Look::default() }, async |driver| {
        let mut agent = Agent::signed_in(&driver, &office, "bo").await?;
        office.app.advance(Span::MINUTE);
        written(&office, "kim@acme.test", "Second request").await;
        agent.says("kim@acme.test").await?;
        agent.press("#queue li:first-child a").await?;
        agent.write("body", "My draft").await?;
        let added =
            office.app.tenants.add_to_request(&office.acme.profile, &secret, "It works again");
        added.await.unwrap();
        agent.says("It works again").await?;
        let draft = driver.find(By::Name("body")).await?.value().await?;
        assert_eq!(draft.as_deref(), Some("My draft"));
        agent.deed("reply").await?;
        agent.says("Something came in").await
    });
}

#[test]
fn s2_an_attack_keeps_the_lock_and_offers_a_new_password() {
    attack(Scripts::On);
}

#[test]
fn s2_an_attack_keeps_the_lock_and_offers_a_new_password_without_script() {
    attack(Scripts::Off);
}

fn attack(scripts: Scripts) {
    let office = office();
    locked(&office);
    let mut db = office.home.url().open_writer().unwrap();
    // As if each try had come from somewhere else.
    let spread = "UPDATE attempts SET source = '198.51.100.' || count_after";
    diesel::RunQueryDsl::execute(diesel::sql_query(spread), &mut db).unwrap();
    browse(Look { scripts, ..Look::default() }, async |driver| {
        let mut agent = Agent::signed_in(&driver, &office, "bo").await?;
        agent.press("#queue a").await?;
        agent.says("Does not look like the owner").await?;
        let filled = driver.find_all(By::Css("#panel button.primary")).await?;
        assert_eq!(filled.len(), 1);
        assert_eq!(filled[0].text().await?, "Offer a new password");
        agent.deed("offer_reset").await?;
        agent.says("/t/acme/sign-in/forgot").await
    });
}

#[test]
fn s3_without_a_mailbox_staff_unlock_with_a_reason() {
    no_mailbox(Scripts::On);
}

#[test]
fn s3_without_a_mailbox_staff_unlock_with_a_reason_without_script() {
    no_mailbox(Scripts::Off);
}

fn no_mailbox(scripts: Scripts) {
    let office = office();
    locked(&office);
    browse(Look { scripts, ..Look::default() }, async |driver| {
        let mut agent = Agent::signed_in(&driver, &office, "bo").await?;
        agent.press("#queue a").await?;
        agent.stay(".deeds summary").await?;
        agent.deed("unlock_now").await?;
        agent.says("Enter a reason").await?;
        agent.write("reason", "Called back at the number on file").await?;
        agent.deed("unlock_now").await?;
        agent.says("Called back at the number on file").await?;
        agent.says("Take it back").await
    });
}

#[test]
fn s4_of_two_agents_the_second_reads_first() {
    two_agents(Scripts::On);
}

#[test]
fn s4_of_two_agents_the_second_reads_first_without_script() {
    two_agents(Scripts::Off);
}

fn two_agents(scripts: Scripts) {
    let office = office();
    write(&office, ANN, "Which mail address do you have?");
    let request = requests(&office)[0].clone();
    browse(Look { scripts, ..Look::default() }, async |driver| {
        let mut agent = Agent::signed_in(&driver, &office, "bo").await?;
        agent.press("#queue a").await?;
        agent.write("body", "We have the one you wrote with").await?;
        let looked = lockkeeper::tenant::Looked {
            request: &request,
            over: request.version,
            actor: "staff:user_cy",
        };
        let answered = office.app.tenants.reply_to_request(&looked, "Answered by Cy".to_owned());
        answered.await.unwrap();
        agent.deed("reply").await?;
        agent.says("Something came in").await?;
        agent.says("Answered by Cy").await?;
        let draft = driver.find(By::Name("body")).await?.value().await?;
        assert_eq!(draft.as_deref(), Some("We have the one you wrote with"));
        Ok(())
    });
}

#[test]
fn s6_what_is_no_lock_is_taken_noted_and_closed() {
    no_lock(Scripts::On);
}

#[test]
fn s6_what_is_no_lock_is_taken_noted_and_closed_without_script() {
    no_lock(Scripts::Off);
}

fn no_lock(scripts: Scripts) {
    let office = office();
    write(&office, "nobody@else.test", "Do you sell boats?");
    browse(Look { scripts, ..Look::default() }, async |driver| {
        let mut agent = Agent::signed_in(&driver, &office, "bo").await?;
        agent.press("#queue a").await?;
        agent.says("Nobody has an account").await?;
        agent.deed("take").await?;
        agent.write("body", "Forwarded to sales").await?;
        agent.deed("note").await?;
        agent.deed("close").await?;
        agent.says("The request is closed").await
    });
    assert_eq!(requests(&office)[0].status, ContactRequestStatus::Closed);
}

/// What has run scripts somewhere once, each with a number that says which it was.
pub(super) fn payloads() -> Vec<String> {
    let shapes = [
        "<script>document.title='ran N'</script>",
        "\"><script>document.title='ran N'</script>",
        "</textarea><script>document.title='ran N'</script>",
        "</title><script>document.title='ran N'</script>",
        "<img src=x onerror=document.title='ran N'>",
        "<svg onload=document.title='ran N'>",
        "<svg><animate onbegin=document.title='ran N' attributeName=x dur=1s>",
        "<body onload=document.title='ran N'>",
        "<iframe srcdoc=\"<script>parent.document.title='ran N'</script>\">",
        "<a href=\"javascript:document.title='ran N'\" autofocus onfocus=document.title='ran N'>x</a>",
        "javascript:document.title='ran N'",
        "<input autofocus onfocus=document.title='ran N'>",
        "<details open ontoggle=document.title='ran N'>",
        "<math><mtext></mtext><script>document.title='ran N'</script></math>",
        "<!--><script>document.title='ran N'</script>-->",
        "' onmouseover='document.title=\"ran N\"",
        "\" autofocus onfocus=\"document.title='ran N'",
        "<style>@import 'javascript:ran'</style><x style=animation-name:a onanimationstart=document.title='ran N'>",
        "&lt;script&gt;document.title='ran N'&lt;/script&gt;",
        "<scr<script>ipt>document.title='ran N'</scr</script>ipt>",
        "{{constructor.constructor('document.title=`ran N`')()}}",
        "<meta http-equiv=refresh content=\"0;url=data:text/html,<script>document.title='ran N'</script>\">",
        "<base href=//evil.test/><form action=//evil.test><button autofocus>x",
        "<object data=\"data:text/html,<script>parent.document.title='ran N'</script>\">",
        "\u{202e}<script>document.title='ran N'</script>",
    ];
    let number = |n: usize| shapes[n % shapes.len()].replace('N', &n.to_string());
    (0..200).map(number).collect()
}

/// A page that shows what strangers wrote, on which nothing of it runs or becomes a part of the page.
pub(super) async fn is_harmless(
    driver: &WebDriver,
    agent: &Agent<'_>,
    path: &str,
) -> WebDriverResult<()> {
    driver.goto(format!("{}{path}", agent.base)).await?;
    let shown = driver.find(By::Tag("main")).await?.text().await?;
    assert!(shown.contains("document.title") || path.contains("q="), "{path}: {shown}");
    let title = driver.title().await?;
    assert!(!title.starts_with("ran"), "{path}: {title}");
    let made = "return document.querySelectorAll('main script, main iframe, main img, \
                main object, main base, main [onerror], main [onload], main [onfocus]').length";
    let made = driver.execute(made, Vec::new()).await?;
    assert_eq!(made.json().as_i64(), Some(0), "{path}");
    assert_eq!(driver.current_url().await?.path(), path.split('?').next().unwrap());
    Ok(())
}

#[test]
fn two_hundred_payloads_run_nowhere() {
    let office = office();
    let payloads = payloads();
    assert_eq!(payloads.len(), 200);
    let mut paths = vec![
        "/console/acme/inbox".to_owned(),
        "/console/acme/inbox?view=unassigned&q=document".to_owned(),
    ];
    // Twenty in one place: every field of a request, and what is added to it.
    for chunk in payloads.chunks(20) {
        let field = |n: usize| chunk[n].clone();
        let form = lockkeeper::tenant::ContactForm {
            identifier: field(0),
            name: format!("{} {}", field(1), field(2)),
            subject: format!("{} {}", field(3), field(4)),
            message: chunk[5..12].join("\n"),
            source: lockkeeper::model::Source::from_stored(field(12)),
            locale: Some(field(13)),
            lock: None,
        };
        let filed = office.app.tenants.file_contact_request(&office.acme.profile, form);
        let lockkeeper::tenant::ContactReceipt::Filed { reference, secret, .. } =
            block_on(filed).unwrap()
        else {
            panic!("too many")
        };
        for more in &chunk[13..] {
            let added = office.app.tenants.add_to_request(&office.acme.profile, &secret, more);
            block_on(added).unwrap();
        }
        paths.push(format!("/console/acme/inbox/{reference}"));
        paths.push(format!("/t/acme/support/{secret}"));
    }
    browse(Look { scripts: Scripts::On, ..Look::default() }, async |driver| {
        let agent = Agent::signed_in(&driver, &office, "bo").await?;
        for path in &paths {
            is_harmless(&driver, &agent, path).await?;
        }
        Ok(())
    });
}
