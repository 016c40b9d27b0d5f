//! The built-in mailbox: mail that had no SMTP server to go to (demo and development). Keeping a
//! message and noting its outbox row as sent is one transaction.

use diesel::prelude::*;

use super::connection::Db;
use super::error::StoreError;
use super::outbox::{self, OutboxRow, OutboxStatus};
use super::schema::mailbox;
use super::{Reader, Store};
use crate::model::{Millis, OutboxId, TenantId};

/// Most messages one question may ask for.
const PAGE: i64 = 500;

/// A message as it would have been sent. `id` is that of its outbox row.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = mailbox, primary_key(tenant_id, id))]
pub struct MailboxMessage {
    pub tenant_id: TenantId,
    pub id: OutboxId,
    pub sender: String,
    pub recipient: String,
    pub subject: String,
    /// JSON object, header name to value.
    pub headers: String,
    pub text: String,
    pub html: String,
    /// The whole message (RFC 5322).
    pub raw: String,
    pub received_at: Millis,
}

/// Keeps a message unless it is there already: a delivery may be repeated after an unclear commit.
/// Written per database: insert-or-ignore does not pass through the enum.
fn insert_once(db: &mut Db, message: &MailboxMessage) -> QueryResult<()> {
    match db {
        Db::Sqlite(sqlite) => diesel::insert_into(mailbox::table)
            .values(message)
            .on_conflict_do_nothing()
            .execute(sqlite)?,
        #[cfg(feature = "postgres")]
        Db::Postgres(pg) => diesel::insert_into(mailbox::table)
            .values(message)
            .on_conflict_do_nothing()
            .execute(pg)?,
    };
    Ok(())
}

impl Reader {
    /// The newest messages of all tenants, newest first; at most 500.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn mailbox(&self, limit: i64) -> Result<Vec<MailboxMessage>, StoreError> {
        self.run(move |db| {
            Ok(mailbox::table
                .order((mailbox::received_at.desc(), mailbox::id.desc()))
                .limit(limit.clamp(0, PAGE))
                .select(MailboxMessage::as_select())
                .load(db)?)
        })
        .await
    }

    /// # Errors
    /// As [`Reader::mailbox`].
    pub async fn mailbox_message(
        &self,
        id: OutboxId,
    ) -> Result<Option<MailboxMessage>, StoreError> {
        self.run(move |db| {
            Ok(mailbox::table
                .filter(mailbox::id.eq(&id))
                .select(MailboxMessage::as_select())
                .first(db)
                .optional()?)
        })
        .await
    }
}

impl Store {
    /// Keeps a message (once, however often it is asked) and ends its outbox row as sent.
    ///
    /// # Errors
    /// `NotFound` when there is no such outbox row; then nothing is kept.
    pub async fn keep_mail(&self, message: MailboxMessage) -> Result<(), StoreError> {
        let tenant = message.tenant_id.clone();
        self.write(&tenant, move |db, now| {
            insert_once(db, &message)?;
            let row = (&message.tenant_id, &message.id, None);
            match outbox::finish(db, row, OutboxStatus::Sent, None, now) {
                // It has ended otherwise, and stays so; a message that came all the same is kept.
                Err(StoreError::NotFound) if outbox::is_there(db, row.0, row.1)? => Ok(()),
                ended => ended,
            }
        })
        .await
    }

    /// Keeps a message that was sent at once, with its row.
    ///
    /// # Errors
    /// As any write.
    pub async fn keep_test_mail(
        &self,
        row: OutboxRow,
        message: MailboxMessage,
    ) -> Result<(), StoreError> {
        let tenant = message.tenant_id.clone();
        self.write(&tenant, move |db, _now| {
            outbox::insert(db, &row)?;
            Ok(insert_once(db, &message)?)
        })
        .await
    }

    /// Throws all messages away. `any` is a tenant id that chooses the committer.
    ///
    /// # Errors
    /// As any write.
    pub async fn empty_mailbox(&self, any: &TenantId) -> Result<(), StoreError> {
        self.write(any, |db, _now| {
            diesel::delete(mailbox::table).execute(db)?;
            Ok(())
        })
        .await
    }
}
