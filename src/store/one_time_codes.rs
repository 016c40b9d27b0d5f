//! Codes that were sent, or that a phantom would have been sent: five tries each, spent in the
//! transaction that answers, an end, one use (protocol rule 17). The code itself is nowhere: it
//! follows from the id and a key that the store does not know.

use diesel::prelude::*;
use serde_json::{Value, json};

use super::columns::text_enum;
use super::committer::Work;
use super::connection::Db;
use super::error::StoreError;
use super::factor::{FactorStep, Proof, Sent};
use super::ledger::Ledger as _;
use super::outbox::{OutboxKind, OutboxRow, OutboxStatus, OutboxTopic};
use super::schema::one_time_codes;
use super::sessions::{self, Session};
use super::sign_ins::{self, SignIn};
use super::subjects::SubjectKey;
use super::{Reader, Store, identifications, pending_identifications};
use crate::model::{
    CanonicalKey, IdentificationId, IdentifierKind, Millis, OneTimeCodeId, OutboxId, SessionId,
    SignInId, Span, TenantId, UserId,
};
use crate::sign_in::Strategy;

/// Tries of one code, right or wrong (DESIGN §7).
pub const CODE_TRIES: i64 = 5;
/// Codes of one purpose that a subject may leave unused within 24 h (DESIGN §7).
pub const CODES_A_DAY: i64 = 5;
/// A sign-in is sent the same thing again only after this long (Clerk: 30 s).
pub const CODE_SPACING: Span = Span::SECOND.times(30);
/// A code ends after this long (Clerk: ten minutes).
pub const CODE_LIFETIME: Span = Span::MINUTE.times(10);

text_enum! {
    /// What a code is good for; it is taken for nothing else.
    CodePurpose {
        SignIn = "sign_in",
        Reset = "reset",
        Unlock = "unlock",
        SecondFactor = "second_factor",
        /// Proves an address that is being added.
        Address = "address",
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
    /// Of an unlock code: the attack whose lock it ends.
    pub episode: Option<i64>,
}

/// Why a code that somebody asked for is good for nothing (any more). Said of a phantom's as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeFault {
    /// None was sent for this, or it was used.
    Missing,
    Expired,
    /// Its tries are spent.
    Spent,
}

impl CodePurpose {
    /// What a code must have been sent for to be tried as this.
    pub(super) const fn of(proof: &Proof) -> Option<Self> {
        match proof {
            Proof::OneTimeCode { step: FactorStep::First, .. } => Some(Self::SignIn),
            Proof::OneTimeCode { step: FactorStep::Second, .. } => Some(Self::SecondFactor),
            Proof::ResetCode(_) => Some(Self::Reset),
            Proof::Password(_)
            | Proof::Totp { .. }
            | Proof::RecoveryCode { .. }
            | Proof::Vouched(_) => None,
        }
    }
}

impl OneTimeCode {
    /// Whether a try of it can still be right.
    ///
    /// # Errors
    /// Why not.
    pub fn usable(&self, subject: &SubjectKey, now: Millis) -> Result<(), CodeFault> {
        if self.subject != *subject || self.used_at.is_some() {
            return Err(CodeFault::Missing);
        }
        if now >= self.expires_at {
            return Err(CodeFault::Expired);
        }
        if self.tries >= CODE_TRIES { Err(CodeFault::Spent) } else { Ok(()) }
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

/// When the codes of a purpose that the subject was given at or after `since` and has not used were
/// made, oldest first. A used one was seen by somebody who reads the mailbox, so it is no guess.
fn unused_since(
    db: &mut Db,
    tenant: &TenantId,
    subject: &SubjectKey,
    purpose: CodePurpose,
    since: Millis,
) -> QueryResult<Vec<Millis>> {
    one_time_codes::table
        .filter(one_time_codes::tenant_id.eq(tenant))
        .filter(one_time_codes::subject.eq(subject))
        .filter(one_time_codes::purpose.eq(purpose))
        .filter(one_time_codes::created_at.ge(since))
        .filter(one_time_codes::used_at.is_null())
        .order((one_time_codes::created_at.asc(), one_time_codes::id.asc()))
        .limit(CODES_A_DAY)
        .select(one_time_codes::created_at)
        .load(db)
}

pub(super) fn remove_of(db: &mut Db, tenant: &TenantId, subject: &SubjectKey) -> QueryResult<()> {
    diesel::delete(one_time_codes::table)
        .filter(one_time_codes::tenant_id.eq(tenant))
        .filter(one_time_codes::subject.eq(subject))
        .execute(db)?;
    Ok(())
}

impl Reader {
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn code(
        &self,
        tenant: TenantId,
        id: OneTimeCodeId,
    ) -> Result<Option<OneTimeCode>, StoreError> {
        self.run(move |db| Ok(find(db, &tenant, &id)?)).await
    }
}

/// A code that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeRequest {
    pub tenant: TenantId,
    pub subject: SubjectKey,
    pub purpose: CodePurpose,
    pub way: Sent,
    /// Where it goes, if the subject has proved to own it; else the row says that nobody is there.
    pub to: Addressee,
    pub asked_by: AskedBy,
    /// The language that was asked for; the recipient's own comes first.
    pub locale: Option<String>,
}

/// How the address is named. It is looked up with the code's other rows, so that a name that nobody
/// has costs the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Addressee {
    Typed(CanonicalKey),
    Row(IdentificationId),
    /// One that is being proved. Where somebody has it by now, they are told so, and no code is sent.
    Pending(IdentificationId),
    Nobody,
}

/// Who is written to.
struct Recipient {
    /// `None`: the address is nobody's yet.
    user: Option<UserId>,
    address: IdentificationId,
    topic: OutboxTopic,
}

/// Whose code it is: it is taken for nobody else's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AskedBy {
    /// A sign-in, which remembers it as what was prepared. `address` is the id that the door named.
    SignIn { id: SignInId, strategy: &'static str, address: String },
    /// The same, for a link, which brings the browser back to this address.
    Link { id: SignInId, address: String, redirect_url: String },
    /// A live session, whose user is to prove again who they are.
    Session { id: SessionId, strategy: &'static str, address: IdentificationId },
    /// The caller, who keeps the code's id.
    Caller,
}

/// The row of whoever asked, which remembers what was sent.
enum Asker {
    SignIn(Box<SignIn>),
    Session(Box<Session>),
    None,
}

impl Asker {
    /// The row, with what is asked for now noted in it but for the code; `None`: it waits for nothing.
    fn of(work: &mut Work<'_>, request: &CodeRequest) -> Result<Option<(Self, Last)>, StoreError> {
        let (tenant, now) = (&request.tenant, work.now);
        let (id, strategy, address) = match &request.asked_by {
            AskedBy::SignIn { id, strategy, address } => (id, *strategy, address),
            AskedBy::Link { id, address, .. } => (id, Strategy::EmailLink.as_str(), address),
            AskedBy::Session { id, strategy, address } => {
                let found = sessions::find(work.db, tenant, id)?;
                let Some(mut row) = found.filter(|row| row.waits_at(now)) else { return Ok(None) };
                row.prepared_address = Some(address.clone());
                let prepared = row.prepared.replace((*strategy).to_owned());
                let last = Last::of(prepared, strategy, row.prepared_code.as_ref());
                return Ok(Some((Self::Session(Box::new(row)), last)));
            }
            AskedBy::Caller => return Ok(Some((Self::None, Last(None)))),
        };
        let found = sign_ins::find(work.db, tenant, id)?;
        let Some(mut row) = found.filter(|row| row.waits_at(now)) else { return Ok(None) };
        row.prepared_address = Some(address.clone());
        let prepared = row.prepared.replace(strategy.to_owned());
        let last = Last::of(prepared, strategy, row.prepared_code.as_ref());
        Ok(Some((Self::SignIn(Box::new(row)), last)))
    }

    /// `false`: it has ended meanwhile.
    fn remember(self, db: &mut Db, code: &OneTimeCode) -> QueryResult<bool> {
        match self {
            Self::SignIn(mut row) => {
                row.prepared_code = Some(code.id.clone());
                row.updated_at = code.created_at;
                sign_ins::save_prepared(db, &row)
            }
            Self::Session(mut row) => {
                row.prepared_code = Some(code.id.clone());
                sessions::save_prepared(db, &row)?;
                Ok(true)
            }
            Self::None => Ok(true),
        }
    }
}

/// The code that was last sent to whoever asks, if it was sent for the same thing.
struct Last(Option<OneTimeCodeId>);

impl Last {
    fn of(prepared: Option<String>, strategy: &str, code: Option<&OneTimeCodeId>) -> Self {
        Self(code.filter(|_| prepared.as_deref() == Some(strategy)).cloned())
    }

    /// When the same thing may be asked for again.
    fn spaced_until(&self, db: &mut Db, tenant: &TenantId) -> QueryResult<Option<Millis>> {
        let Some(id) = &self.0 else { return Ok(None) };
        let last = find(db, tenant, id)?;
        Ok(last.map(|code| code.created_at.after(CODE_SPACING)))
    }
}

/// What became of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Issued {
    Code(OneTimeCode),
    /// Whoever asks was sent one a moment ago.
    TooSoon {
        until: Millis,
    },
    /// Too many of the day lie unused.
    TooMany {
        until: Millis,
    },
    /// The sign-in or session is gone, or does not wait for a factor any more.
    Void,
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
    /// Makes the row of a code with the row of its message, phantoms alike, and binds it to the
    /// sign-in that asked.
    ///
    /// # Errors
    /// As any write.
    pub async fn issue_code(&self, request: CodeRequest) -> Result<Issued, StoreError> {
        let owner = request.tenant.clone();
        let subjects = vec![request.subject.clone()];
        self.work(&owner, subjects, move |work| issue(work, &request)).await
    }

    /// Spends a try of a code that opens something else than a sign-in. The answer may be given once this has returned [`CodeTry::Spent`].
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
            let live = found.filter(|row| row.usable(&code.subject, now).is_ok());
            let Some(mut row) = live else { return Ok(CodeTry::Dead) };
            row.tries = row.tries.saturating_add(1);
            row.used_at = (compared == Compared::Equal).then_some(now);
            update(work.db, &row)?;
            Ok(CodeTry::Spent)
        })
        .await
    }
}

fn issue(work: &mut Work<'_>, request: &CodeRequest) -> Result<Issued, StoreError> {
    let (tenant, now) = (&request.tenant, work.now);
    let Some((asker, last)) = Asker::of(work, request)? else { return Ok(Issued::Void) };
    if let Some(until) = last.spaced_until(work.db, tenant)?.filter(|at| now < *at) {
        return Ok(Issued::TooSoon { until });
    }
    let since = now.before(Span::DAY);
    let unused = unused_since(work.db, tenant, &request.subject, request.purpose, since)?;
    if let Some(oldest) = unused.first()
        && unused.len() >= usize::try_from(CODES_A_DAY).unwrap_or(usize::MAX)
    {
        return Ok(Issued::TooMany { until: oldest.after(Span::DAY) });
    }
    let code = OneTimeCode {
        tenant_id: tenant.clone(),
        id: OneTimeCodeId::generate(now),
        subject: request.subject.clone(),
        purpose: request.purpose,
        tries: 0,
        used_at: None,
        created_at: now,
        expires_at: now.after(CODE_LIFETIME),
        episode: None,
    };
    if !asker.remember(work.db, &code)? {
        return Ok(Issued::Void);
    }
    insert(work.db, &code)?;
    let to = recipient(work.db, request)?;
    work.enqueue(message(request, &code, to.as_ref()))?;
    Ok(Issued::Code(code))
}

fn recipient(db: &mut Db, request: &CodeRequest) -> QueryResult<Option<Recipient>> {
    let tenant = &request.tenant;
    let found = match &request.to {
        Addressee::Typed(key) => identifications::find_identification(db, tenant, key)?,
        Addressee::Row(id) => identifications::find(db, tenant, id)?,
        Addressee::Pending(id) => return of_pending(db, tenant, id),
        Addressee::Nobody => None,
    };
    let kind = match request.way {
        Sent::Mail | Sent::Link => IdentifierKind::EmailAddress,
        Sent::Text => IdentifierKind::PhoneNumber,
    };
    // A number that is kept for the second factor must not pass the first as well.
    let reserved = request.purpose == CodePurpose::SecondFactor;
    let own = found.filter(|row| {
        row.verified
            && row.kind == kind.as_str()
            && row.second_factor == reserved
            && SubjectKey::user(&row.user_id) == request.subject
    });
    let topic = match request.way {
        Sent::Mail | Sent::Text => OutboxTopic::Code,
        Sent::Link => OutboxTopic::SignInLink,
    };
    Ok(own.map(|row| Recipient { user: Some(row.user_id), address: row.id, topic }))
}

/// Whoever has the address already is told of the claim, and the claimant gets nothing: the same
/// reads and the same row either way.
fn of_pending(
    db: &mut Db,
    tenant: &TenantId,
    id: &IdentificationId,
) -> QueryResult<Option<Recipient>> {
    let Some(waiting) = pending_identifications::find(db, tenant, id)? else { return Ok(None) };
    let owner = identifications::find_identification(db, tenant, &waiting.canonical_key)?;
    Ok(match owner {
        None => {
            let topic = OutboxTopic::Code;
            Some(Recipient { user: None, address: waiting.id, topic })
        }
        Some(owner) if owner.verified => {
            let topic = OutboxTopic::AddressClaimed;
            Some(Recipient { user: Some(owner.user_id), address: owner.id, topic })
        }
        Some(_) => None,
    })
}

/// The outbox row: the code follows from its id, and the address from the id of its row.
fn message(request: &CodeRequest, code: &OneTimeCode, to: Option<&Recipient>) -> OutboxRow {
    let now = code.created_at;
    let status = match to {
        Some(_) => OutboxStatus::Due,
        // Nobody to write to costs the same row.
        None => OutboxStatus::Void,
    };
    OutboxRow {
        tenant_id: request.tenant.clone(),
        id: OutboxId::generate(now),
        kind: match request.way {
            Sent::Mail | Sent::Link => OutboxKind::Mail,
            Sent::Text => OutboxKind::Text,
        },
        topic: to.map_or(OutboxTopic::Code, |to| to.topic),
        status,
        subject: Some(request.subject.clone()),
        user_id: to.and_then(|to| to.user.clone()),
        episode: None,
        payload: payload(request, code, to).to_string(),
        created_at: now,
        due_at: now,
        tries: 0,
        claimed_until: None,
        last_error: None,
        finished_at: None,
    }
}

fn payload(request: &CodeRequest, code: &OneTimeCode, to: Option<&Recipient>) -> Value {
    let mut payload = json!({
        "to": to.map(|to| to.address.as_str()),
        "code": code.id.as_str(),
        "purpose": code.purpose.as_str(),
        "way": request.way.as_str(),
        "locale": request.locale,
        "expires_at": code.expires_at.0,
    });
    if let (AskedBy::Link { id, redirect_url, .. }, Some(object)) =
        (&request.asked_by, payload.as_object_mut())
    {
        object.insert("sign_in".to_owned(), json!(id.as_str()));
        object.insert("redirect_url".to_owned(), json!(redirect_url));
    }
    payload
}
