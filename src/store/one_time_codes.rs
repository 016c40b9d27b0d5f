//! Codes that were sent, or that a phantom would have been sent: five tries each, spent in the
//! transaction that answers, an end, one use (protocol rule 17). The code itself is nowhere: it
//! follows from the id and a key that the store does not know.

use diesel::prelude::*;

use super::columns::text_enum;
use super::connection::Db;
use super::error::StoreError;
use super::schema::one_time_codes;
use super::subjects::SubjectKey;
use super::{Reader, Store};
use crate::model::{Millis, OneTimeCodeId, Span, TenantId};

/// Tries of one code, right or wrong (DESIGN §7).
pub const CODE_TRIES: i64 = 5;
/// Codes of one purpose that a subject may leave unused within 24 h (DESIGN §7).
pub const CODES_A_DAY: i64 = 5;
/// A code ends after this long (Clerk: ten minutes).
pub const CODE_LIFETIME: Span = Span::MINUTE.times(10);

text_enum! {
    /// What a code is good for; it is taken for nothing else.
    CodePurpose {
        SignIn = "sign_in",
        Reset = "reset",
        Unlock = "unlock",
    }
}

/// One code.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset, Identifiable,
)]
#[diesel(table_name = one_time_codes, primary_key(tenant_id, id), treat_none_as_null = true)]
pub struct OneTimeCode {
    pub tenant_id: TenantId,
    pub id: OneTimeCodeId,
    /// Whose mailbox it proves. A phantom's proves nobody's and is never right.
    pub subject: SubjectKey,
    pub purpose: CodePurpose,
    /// Spent so far.
    pub tries: i64,
    pub used_at: Option<Millis>,
    pub created_at: Millis,
    pub expires_at: Millis,
}

impl OneTimeCode {
    /// Whether a try of it can still be right.
    #[must_use]
    pub fn is_live(&self, subject: &SubjectKey, purpose: CodePurpose, now: Millis) -> bool {
        self.subject == *subject
            && self.purpose == purpose
            && self.used_at.is_none()
            && self.tries < CODE_TRIES
            && now < self.expires_at
    }
}

pub(super) fn find(
    db: &mut Db,
    tenant: &TenantId,
    id: &OneTimeCodeId,
) -> QueryResult<Option<OneTimeCode>> {
    one_time_codes::table.find((tenant, id)).select(OneTimeCode::as_select()).first(db).optional()
}

pub(super) fn insert(db: &mut Db, code: &OneTimeCode) -> QueryResult<()> {
    diesel::insert_into(one_time_codes::table).values(code).execute(db)?;
    Ok(())
}

pub(super) fn update(db: &mut Db, code: &OneTimeCode) -> QueryResult<()> {
    diesel::update(one_time_codes::table.find((&code.tenant_id, &code.id)))
        .set(code)
        .execute(db)?;
    Ok(())
}

/// How many codes of a purpose the subject was given at or after `since` and has not used. A used
/// one was seen by somebody who reads the mailbox, so it is no guess.
pub(super) fn unused_since(
    db: &mut Db,
    tenant: &TenantId,
    subject: &SubjectKey,
    purpose: CodePurpose,
    since: Millis,
) -> QueryResult<i64> {
    one_time_codes::table
        .filter(one_time_codes::tenant_id.eq(tenant))
        .filter(one_time_codes::subject.eq(subject))
        .filter(one_time_codes::purpose.eq(purpose))
        .filter(one_time_codes::created_at.ge(since))
        .filter(one_time_codes::used_at.is_null())
        .count()
        .get_result(db)
}

pub(super) fn remove_of(db: &mut Db, tenant: &TenantId, subject: &SubjectKey) -> QueryResult<()> {
    diesel::delete(one_time_codes::table)
        .filter(one_time_codes::tenant_id.eq(tenant))
        .filter(one_time_codes::subject.eq(subject))
        .execute(db)?;
    Ok(())
}

impl Reader {
    /// The newest code of a purpose that a try could still be right for.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn live_code(
        &self,
        tenant: TenantId,
        subject: SubjectKey,
        purpose: CodePurpose,
        now: Millis,
    ) -> Result<Option<OneTimeCode>, StoreError> {
        self.run(move |db| {
            let newest: Option<OneTimeCode> = one_time_codes::table
                .filter(one_time_codes::tenant_id.eq(&tenant))
                .filter(one_time_codes::subject.eq(&subject))
                .filter(one_time_codes::purpose.eq(purpose))
                .order((one_time_codes::created_at.desc(), one_time_codes::id.desc()))
                .select(OneTimeCode::as_select())
                .first(db)
                .optional()?;
            Ok(newest.filter(|code| code.is_live(&subject, purpose, now)))
        })
        .await
    }
}

/// A code that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Issued {
    Code(OneTimeCode),
    /// Too many of the day lie unused.
    TooMany,
}

/// What comparing a typed code with the sent one gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    Equal,
    Different,
}

/// What came of a try that no sign-in waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeTry {
    /// A try was spent, and the code is used up if it was right.
    Spent,
    /// Used, expired, out of tries or not the subject's: whatever was compared says nothing.
    Dead,
}

impl Store {
    /// Makes the row of a code for a subject, phantoms alike.
    ///
    /// # Errors
    /// As any write.
    pub async fn issue_code(
        &self,
        tenant: TenantId,
        subject: SubjectKey,
        purpose: CodePurpose,
    ) -> Result<Issued, StoreError> {
        let owner = tenant.clone();
        self.work(&owner, vec![subject.clone()], move |work| {
            let now = work.now;
            let since = now.before(Span::DAY);
            if unused_since(work.db, &tenant, &subject, purpose, since)? >= CODES_A_DAY {
                return Ok(Issued::TooMany);
            }
            let code = OneTimeCode {
                tenant_id: tenant.clone(),
                id: OneTimeCodeId::generate(now),
                subject: subject.clone(),
                purpose,
                tries: 0,
                used_at: None,
                created_at: now,
                expires_at: now.after(CODE_LIFETIME),
            };
            insert(work.db, &code)?;
            Ok(Issued::Code(code))
        })
        .await
    }

    /// Spends a try of a code that opens something else than a sign-in (the unlock mail's short
    /// code). The answer may be given once this has returned [`CodeTry::Spent`].
    ///
    /// # Errors
    /// As any write.
    pub async fn spend_code(
        &self,
        code: OneTimeCode,
        compared: Compared,
    ) -> Result<CodeTry, StoreError> {
        let owner = code.tenant_id.clone();
        self.work(&owner, vec![code.subject.clone()], move |work| {
            let now = work.now;
            let found = find(work.db, &code.tenant_id, &code.id)?;
            let live = found.filter(|row| row.is_live(&code.subject, code.purpose, now));
            let Some(mut row) = live else { return Ok(CodeTry::Dead) };
            row.tries = row.tries.saturating_add(1);
            row.used_at = (compared == Compared::Equal).then_some(now);
            update(work.db, &row)?;
            Ok(CodeTry::Spent)
        })
        .await
    }
}
