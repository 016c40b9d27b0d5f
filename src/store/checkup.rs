//! What `doctor` asks a database. Each question stands for itself, so that one without an answer hides
//! no other; none changes anything, and none needs the schema to be up to date but those that say so.
//! Knows nothing of what is good or bad.

use std::collections::BTreeSet;

use diesel::dsl::{count_star, min};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::connection::{DatabaseUrl, Db};
use super::error::StoreError;
use super::migrations;
use super::outbox::{OutboxKind, OutboxStatus};
use super::schema::{
    attempts, mail_settings, nodes, outbox, signing_keys, tenants, totp_secrets, webhook_endpoints,
};
use crate::model::{AttemptId, Millis, Source, TenantId};

/// Tenants whose newest tries are looked at, and tries of each.
const TENANTS: i64 = 200;
const TRIES: i64 = 500;

/// A connection of its own, for questions about the database.
pub struct Checkup {
    db: Db,
}

/// How the schema stands beside the steps that this program knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaState {
    /// Nothing is there yet.
    Empty,
    Current,
    /// So many steps are to be taken.
    Behind(usize),
    /// So many steps are there that this program does not know.
    Ahead(usize),
}

/// What a SQLite file says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFacts {
    /// `wal`, where the file system can do that.
    pub journal: String,
    /// What the file may still grow by, in bytes, what is free inside included.
    pub room: i64,
}

/// What a PostgreSQL server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerFacts {
    /// As the server writes it, such as `16.4`.
    pub version: String,
    /// 160004 is 16.4.
    pub version_number: i64,
    pub max_connections: i64,
    /// As the server is set up; our connections overrule `off`.
    pub synchronous_commit: String,
    /// `on`, or nothing survives a crash of the machine.
    pub fsync: String,
}

/// What a secret in the database is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedKind {
    SigningKey,
    Webhook,
    MailServer,
    Dkim,
    Totp,
}

/// A secret as it is stored.
pub struct SealedText {
    pub tenant: TenantId,
    pub kind: SealedKind,
    pub text: String,
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

impl Checkup {
    /// Opens a connection as writers have it. Makes no SQLite file where there is none.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such file; [`StoreError`] when the database cannot
    /// be reached.
    pub fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        if let DatabaseUrl::Sqlite { path, .. } = url
            && !std::path::Path::new(path).exists()
        {
            return Err(StoreError::NotFound);
        }
        Ok(Self { db: url.open_writer()? })
    }

    /// # Errors
    /// As any question.
    pub fn schema(&mut self) -> Result<SchemaState, StoreError> {
        let there = match &self.db {
            Db::Sqlite(_) => {
                "SELECT count(*) AS number FROM sqlite_master WHERE name = '__diesel_schema_migrations'"
            }
            #[cfg(feature = "postgres")]
            Db::Postgres(_) => "SELECT count(to_regclass('__diesel_schema_migrations')) AS number",
        };
        if self.number(there)? == 0 {
            return Ok(SchemaState::Empty);
        }
        let taken = self.words("SELECT version AS word FROM __diesel_schema_migrations")?;
        let taken: BTreeSet<String> = taken.into_iter().collect();
        let known = migrations::known()?;
        let (ahead, behind) = (taken.difference(&known).count(), known.difference(&taken).count());
        Ok(match (taken.len(), ahead, behind) {
            (0, _, _) => SchemaState::Empty,
            (_, 0, 0) => SchemaState::Current,
            (_, 0, behind) => SchemaState::Behind(behind),
            (_, ahead, _) => SchemaState::Ahead(ahead),
        })
    }

    /// Writes a row and takes it back. Needs the schema.
    ///
    /// # Errors
    /// What the database has against it.
    pub fn prove_writable(&mut self) -> Result<(), StoreError> {
        self.db.begin_write()?;
        let row = (nodes::name.eq("doctor (taken back)"), nodes::seen_at.eq(Millis(0)));
        let written = diesel::insert_into(nodes::table).values(row).execute(&mut self.db);
        let taken_back = self.db.rollback();
        written?;
        Ok(taken_back?)
    }

    /// What SQLite finds wrong in its file, at most ten lines; nothing on PostgreSQL. Reads the whole
    /// file.
    ///
    /// # Errors
    /// As any question.
    pub fn damage(&mut self) -> Result<Vec<String>, StoreError> {
        match &self.db {
            Db::Sqlite(_) => {
                let query = "SELECT quick_check AS word FROM pragma_quick_check LIMIT 10";
                let mut found = self.words(query)?;
                found.retain(|line| line != "ok");
                Ok(found)
            }
            #[cfg(feature = "postgres")]
            Db::Postgres(_) => Ok(Vec::new()),
        }
    }

    /// `None` on PostgreSQL.
    ///
    /// # Errors
    /// As any question.
    pub fn file(&mut self) -> Result<Option<FileFacts>, StoreError> {
        match &self.db {
            Db::Sqlite(_) => {
                let journal = self.words("SELECT journal_mode AS word FROM pragma_journal_mode")?;
                let room = self.number(
                    "SELECT (max_page_count - page_count + freelist_count) * page_size AS number \
                     FROM pragma_max_page_count, pragma_page_count, pragma_freelist_count, \
                     pragma_page_size",
                )?;
                Ok(Some(FileFacts {
                    journal: journal.into_iter().next().unwrap_or_default(),
                    room,
                }))
            }
            #[cfg(feature = "postgres")]
            Db::Postgres(_) => Ok(None),
        }
    }

    /// `None` on SQLite.
    ///
    /// # Errors
    /// As any question.
    pub fn server(&mut self) -> Result<Option<ServerFacts>, StoreError> {
        if matches!(self.db, Db::Sqlite(_)) {
            return Ok(None);
        }
        let mut setting = |name: &str| {
            // As the server has it, not this connection.
            let found = self.words(&format!(
                "SELECT reset_val AS word FROM pg_settings WHERE name = '{name}'"
            ))?;
            Ok::<_, StoreError>(found.into_iter().next().unwrap_or_default())
        };
        let number = |text: &str| {
            text.parse().map_err(|_| StoreError::Corrupt(format!("`{text}` is no number")))
        };
        Ok(Some(ServerFacts {
            version: setting("server_version")?,
            version_number: number(&setting("server_version_num")?)?,
            max_connections: number(&setting("max_connections")?)?,
            synchronous_commit: setting("synchronous_commit")?,
            fsync: setting("fsync")?,
        }))
    }

    /// The database's own clock; `None` on SQLite.
    ///
    /// # Errors
    /// As any question.
    pub fn clock(&mut self) -> Result<Option<Millis>, StoreError> {
        Ok(self.db.db_now()?)
    }

    /// Nodes and when each last proved that it can write, at most a thousand. Needs the schema.
    ///
    /// # Errors
    /// As any question.
    pub fn nodes(&mut self) -> Result<Vec<(String, Millis)>, StoreError> {
        let all = nodes::table.order(nodes::seen_at.desc()).limit(1_000);
        Ok(all.select((nodes::name, nodes::seen_at)).load(&mut self.db)?)
    }

    /// Whether there is a tenant. Needs the schema.
    ///
    /// # Errors
    /// As any question.
    pub fn has_tenants(&mut self) -> Result<bool, StoreError> {
        let first: Option<TenantId> =
            tenants::table.select(tenants::id).first(&mut self.db).optional()?;
        Ok(first.is_some())
    }

    /// Secrets of every kind, at most `most` of each. Needs the schema.
    ///
    /// # Errors
    /// As any question.
    pub fn sealed(&mut self, most: i64) -> Result<Vec<SealedText>, StoreError> {
        let mut found = Vec::new();
        let mut add = |kind, rows: Vec<(TenantId, Option<String>)>| {
            let texts = rows.into_iter().filter_map(|(tenant, text)| Some((tenant, text?)));
            found.extend(texts.map(|(tenant, text)| SealedText { tenant, kind, text }));
        };
        let db = &mut self.db;
        add(
            SealedKind::SigningKey,
            signing_keys::table
                .order((signing_keys::tenant_id, signing_keys::kid))
                .limit(most)
                .select((signing_keys::tenant_id, signing_keys::sealed.nullable()))
                .load(db)?,
        );
        add(
            SealedKind::Webhook,
            webhook_endpoints::table
                .order((webhook_endpoints::tenant_id, webhook_endpoints::id))
                .limit(most)
                .select((webhook_endpoints::tenant_id, webhook_endpoints::sealed.nullable()))
                .load(db)?,
        );
        add(
            SealedKind::Totp,
            totp_secrets::table
                .order((totp_secrets::tenant_id, totp_secrets::user_id))
                .limit(most)
                .select((totp_secrets::tenant_id, totp_secrets::sealed.nullable()))
                .load(db)?,
        );
        let servers = || mail_settings::table.order(mail_settings::tenant_id).limit(most);
        add(
            SealedKind::MailServer,
            servers().select((mail_settings::tenant_id, mail_settings::sealed)).load(db)?,
        );
        add(
            SealedKind::Dkim,
            servers().select((mail_settings::tenant_id, mail_settings::dkim_sealed)).load(db)?,
        );
        Ok(found)
    }

    /// Where the newest tries since `from` came from: 500 of each of 200 tenants. Needs the schema.
    ///
    /// # Errors
    /// As any question.
    pub fn sources(&mut self, from: Millis) -> Result<Vec<Source>, StoreError> {
        let some: Vec<TenantId> = tenants::table
            .order(tenants::id)
            .limit(TENANTS)
            .select(tenants::id)
            .load(&mut self.db)?;
        let mut found = Vec::new();
        for tenant in some {
            let newest: Vec<Source> = attempts::table
                .filter(attempts::tenant_id.eq(&tenant))
                .filter(attempts::id.ge(AttemptId::floor(from)))
                .order(attempts::id.desc())
                .limit(TRIES)
                .select(attempts::source)
                .load(&mut self.db)?;
            found.extend(newest);
        }
        Ok(found)
    }

    /// How many mails could have left by `now` and have not, and when the oldest of them was written.
    /// Needs the schema.
    ///
    /// # Errors
    /// As any question.
    pub fn waiting_mails(&mut self, now: Millis) -> Result<(i64, Option<Millis>), StoreError> {
        let waiting = outbox::table
            .filter(outbox::kind.eq(OutboxKind::Mail))
            .filter(outbox::status.eq_any([OutboxStatus::Due, OutboxStatus::Sending]))
            .filter(outbox::due_at.le(now).or(outbox::tries.gt(0)));
        Ok(waiting.select((count_star(), min(outbox::created_at))).first(&mut self.db)?)
    }

    fn words(&mut self, query: &str) -> Result<Vec<String>, StoreError> {
        let found: Vec<Word> = diesel::sql_query(query).load(&mut self.db)?;
        Ok(found.into_iter().map(|Word { word }| word).collect())
    }

    fn number(&mut self, query: &str) -> Result<i64, StoreError> {
        let Number { number } = diesel::sql_query(query).get_result(&mut self.db)?;
        Ok(number)
    }
}
