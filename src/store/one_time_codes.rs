//! Codes that were sent, or that a phantom would have been sent: five tries each, spent in the
//! transaction that answers, an end, one use (protocol rule 17). The code itself is nowhere: it
//! follows from the id and a key that the store does not know.

use diesel::prelude::*;

use super::columns::text_enum;
use super::connection::Db;
use super::error::StoreError;
use super::schema::one_time_codes;
use super::subjects::SubjectKey;
use super::Reader;
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
