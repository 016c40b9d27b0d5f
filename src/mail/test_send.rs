//! A mail that is sent at once to see whether mail arrives, over a connection of its own, and what the
//! server said in plain words. Its row stands among the others. Never tried again.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::compose::{Composed, frame_in};
use super::delivery::Delivery;
use super::letter::Letter;
use super::retry;
use super::servers::{Chosen, Way};
use super::smtp::Sent;
use super::view_test::{TestMail, TestRoute};
use crate::model::{Millis, OutboxId, TenantId};
use crate::store::StoreError;
use crate::store::audit::Deed;
use crate::store::mail_settings::MailCheck;
use crate::store::outbox::{MailQueue, OutboxKind, OutboxRow, OutboxStatus, OutboxTopic};

/// Longest wait for the server: somebody sits before a page.
const PATIENCE: Duration = Duration::from_secs(25);

/// A test mail to be sent.
#[derive(Debug, Clone)]
pub struct TestWish {
    pub tenant: TenantId,
    pub to: String,
    /// As an audit row's.
    pub actor: String,
}

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    pub outcome: TestOutcome,
    /// One sentence for people.
    pub answer: String,
    pub at: Millis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestOutcome {
    Accepted,
    NotAccepted,
}

impl Delivery {
    /// Sends it now. Ends within [`PATIENCE`] of the server, whatever that does.
    pub(super) async fn test(self: Arc<Self>, wish: TestWish) -> Result<Tested, StoreError> {
        let now = self.clock.now();
        let row = row_of(&wish, now);
        let chosen = self.servers.alone(&wish.tenant, &self.reader, &self.keys).await?;
        let facts = self.reader.mail_facts(&row, now).await?;
        let route = match chosen.queue {
            MailQueue::House => TestRoute::House,
            MailQueue::Own(_) => TestRoute::Own,
        };
        let mail = TestMail { frame: frame_in(&row, &facts, None), route };
        let deadline = retry::deadline(now, None);
        let said = match self.desk.letter(&row, &facts, &wish.to, mail.parts(), deadline) {
            Composed::Letter { letter, .. } => self.say(&row, *letter, chosen).await?,
            Composed::Unwanted(why) => Err(format!("Nothing was sent: {why}.")),
            Composed::Impossible(why) => Err(format!("Nothing was sent: {why}.")),
        };
        let error = said.as_ref().err().cloned();
        let status = if said.is_ok() { OutboxStatus::Sent } else { OutboxStatus::Dead };
        let row = OutboxRow { status, last_error: error.clone(), ..row };
        let check = MailCheck { at: now, error };
        let deed = Deed {
            actor: wish.actor,
            action: "mail.tested",
            detail: json!({ "accepted": said.is_ok() }),
        };
        self.store.note_mail_check(row, check, deed).await?;
        let outcome = match said {
            Ok(_) => TestOutcome::Accepted,
            Err(_) => TestOutcome::NotAccepted,
        };
        let (Ok(answer) | Err(answer)) = said;
        Ok(Tested { outcome, answer, at: now })
    }

    /// What the server says: that it took the mail, or why not.
    async fn say(
        &self,
        row: &OutboxRow,
        mut letter: Letter,
        chosen: Chosen,
    ) -> Result<Result<String, String>, StoreError> {
        let back = self.address(row, &mut letter, &chosen).await;
        let server = match &chosen.way {
            Some(Way::Smtp(server)) => Arc::clone(server),
            Some(Way::Mailbox) => {
                let Ok(message) = letter.kept(row.created_at) else {
                    return Ok(Err("Nothing was sent: the mail cannot be built.".to_owned()));
                };
                // Its row ends here; the note of the check leaves it as it is.
                self.store.keep_test_mail(row.clone(), message).await?;
                return Ok(Ok("The built-in mailbox keeps the mail.".to_owned()));
            }
            None => {
                let why = "Nothing was sent: the settings of the mail server cannot be used.";
                return Ok(Err(why.to_owned()));
            }
        };
        let Ok((envelope, message)) = letter.wire(self.signer_of(&chosen)) else {
            return Ok(Err("Nothing was sent: the mail cannot be built.".to_owned()));
        };
        let envelope = match back {
            Some(back) => back.envelope(envelope),
            None => envelope,
        };
        let sent = tokio::time::timeout(PATIENCE, server.send(&envelope, &message)).await;
        let closing = Arc::clone(&server);
        // It is nobody's: a good-bye that takes long is not waited for.
        let _closed = tokio::time::timeout(Duration::from_secs(1), closing.close()).await;
        Ok(match sent {
            Ok(sent) => words(sent),
            Err(_late) => Err("The mail server did not answer in time.".to_owned()),
        })
    }
}

pub(super) fn words(sent: Sent) -> Result<String, String> {
    let told = |text: &str, why: String| Err(format!("{text}: {why}"));
    match sent {
        Sent::Accepted => Ok("The mail server took the mail.".to_owned()),
        Sent::Deferred(why, _) => told("The mail server does not take it now", why),
        Sent::Late(_) => Err("The mail server did not answer in time.".to_owned()),
        Sent::Refused(why) => told("The mail server refused it", why),
        Sent::NoMailbox(why) => told("The mail server says that nobody has this address", why),
        Sent::Away(why) => told("The mail server cannot be used", why),
    }
}

fn row_of(wish: &TestWish, now: Millis) -> OutboxRow {
    OutboxRow {
        tenant_id: wish.tenant.clone(),
        id: OutboxId::generate(now),
        kind: OutboxKind::Mail,
        topic: OutboxTopic::Test,
        status: OutboxStatus::Sent,
        subject: None,
        user_id: None,
        episode: None,
        // It has ended; whom it went to is nobody's to look up.
        payload: "{}".to_owned(),
        created_at: now,
        due_at: now,
        tries: 1,
        claimed_until: None,
        last_error: None,
        finished_at: Some(now),
    }
}
