//! The short codes of unlock mails: the row of each, and the press by one that was typed. Spending a
//! try and pressing are one job, so that a right code is never used up for nothing and a wrong one is
//! never tried for nothing. What was typed is compared by the caller; the code itself is nowhere.

use diesel::prelude::*;

use super::committer::Work;
use super::error::StoreError;
use super::ledger::Ledger;
use super::one_time_codes::{self, CODE_TRIES, CodePurpose, Compared, OneTimeCode};
use super::press::{self, PressRequest, Pressed};
use super::schema::one_time_codes as rows;
use super::subject_mails::CODE;
use super::subjects::SubjectKey;
use super::{Reader, Store};
use crate::lockout::{Decision, PressVoid};
use crate::model::{CanonicalKey, Millis, OneTimeCodeId, Span, TenantId, UserId};

/// Live codes of a subject: as many as mails are sent in a day (DESIGN §8).
const LIVE: i64 = 5;
/// A code ends with its link, and no later than this.
const LONGEST_LIFE: Span = Span::DAY;

/// A typed code, compared with each of the subject's codes.
#[derive(Debug, Clone)]
pub struct CodePressRequest {
    pub tenant: TenantId,
    pub key: CanonicalKey,
    /// As resolved by the caller; read again under the lock.
    pub subject: SubjectKey,
    pub phantom: SubjectKey,
    pub tried: Vec<(OneTimeCodeId, Compared)>,
}

/// What came of it.
#[derive(Debug, Clone)]
pub enum CodePressed {
    Pressed {
        user: UserId,
        pressed: Box<Pressed>,
    },
    /// Not right, used up, of an earlier attack, a phantom's: one answer for all of them.
    Wrong,
    /// The identifier changed hands meanwhile: resolve again.
    Again,
}

impl OneTimeCode {
    /// Whether a try of an unlock code can still be right. One that was used says what it did, as its
    /// link does, so that a form that is sent twice is no riddle.
    fn is_live(&self, subject: &SubjectKey, now: Millis) -> bool {
        self.subject == *subject
            && self.purpose == CodePurpose::Unlock
            && now < self.expires_at
            && self.tries < CODE_TRIES
    }
}

/// Makes the row of the code that goes with an unlock mail, a phantom's mail alike.
pub(super) fn keep<L: Ledger + ?Sized>(
    ledger: &mut L,
    tenant: &TenantId,
    subject: &SubjectKey,
    episode: i64,
) -> Result<OneTimeCode, StoreError> {
    let (now, live) = (ledger.now(), ledger.policy(tenant)?);
    let code = OneTimeCode {
        tenant_id: tenant.clone(),
        id: OneTimeCodeId::generate(now),
        subject: subject.clone(),
        purpose: CodePurpose::Unlock,
        tries: 0,
        used_at: None,
        created_at: now,
        expires_at: now.after(live.policy.unlock_link_lifetime.min(LONGEST_LIFE)),
        episode: Some(episode),
    };
    ledger.keep_code(&code)?;
    Ok(code)
}

impl Reader {
    /// The unlock codes of a subject that can still be tried, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn unlock_codes(
        &self,
        tenant: TenantId,
        subject: SubjectKey,
        now: Millis,
    ) -> Result<Vec<OneTimeCode>, StoreError> {
        self.run(move |db| {
            let found: Vec<OneTimeCode> = rows::table
                .filter(rows::tenant_id.eq(&tenant))
                .filter(rows::subject.eq(&subject))
                .filter(rows::purpose.eq(CodePurpose::Unlock))
                .filter(rows::created_at.ge(now.before(LONGEST_LIFE)))
                .order((rows::created_at.desc(), rows::id.desc()))
                .limit(LIVE)
                .select(OneTimeCode::as_select())
                .load(db)?;
            Ok(found.into_iter().filter(|code| code.is_live(&subject, now)).collect())
        })
        .await
    }
}

impl Store {
    /// Spends a try of each code that was compared and, where one was right, presses with it.
    ///
    /// # Errors
    /// As any write: nothing was spent and nothing unlocked.
    pub async fn press_code(&self, request: CodePressRequest) -> Result<CodePressed, StoreError> {
        let (tenant, subjects) = (request.tenant.clone(), vec![request.subject.clone()]);
        self.work(&tenant, subjects, move |work| press_code(work, &request)).await
    }
}

fn press_code(work: &mut Work<'_>, request: &CodePressRequest) -> Result<CodePressed, StoreError> {
    let tenant = &request.tenant;
    let owner = work.owner(tenant, &request.key)?;
    let subject_now =
        owner.as_ref().map_or_else(|| request.phantom.clone(), |user| SubjectKey::user(&user.id));
    if subject_now != request.subject {
        return Ok(CodePressed::Again);
    }
    let mut right = None;
    for (id, compared) in &request.tried {
        if let Some(code) = spend(work, request, id, *compared)? {
            right = Some(code);
        }
    }
    let (Some(user), Some(code)) = (owner, right) else { return Ok(CodePressed::Wrong) };
    let press = PressRequest {
        tenant: tenant.clone(),
        user: user.id.clone(),
        episode: code.episode.unwrap_or_default(),
        actor: CODE.to_owned(),
    };
    Ok(match press::press(work, &press)? {
        Ok(pressed) => match pressed.change.decision {
            Decision::PressVoid(PressVoid::Superseded | PressVoid::Unknown) => CodePressed::Wrong,
            _ => CodePressed::Pressed { user: user.id, pressed: Box::new(pressed) },
        },
        // Gone since the owner was read: in one transaction that cannot be.
        Err(_gone) => CodePressed::Wrong,
    })
}

/// The code, if it was live and right.
fn spend(
    work: &mut Work<'_>,
    request: &CodePressRequest,
    id: &OneTimeCodeId,
    compared: Compared,
) -> Result<Option<OneTimeCode>, StoreError> {
    let now = work.now;
    let found = one_time_codes::find(work.db, &request.tenant, id)?;
    let Some(mut code) = found.filter(|code| code.is_live(&request.subject, now)) else {
        return Ok(None);
    };
    code.tries = code.tries.saturating_add(1);
    if compared == Compared::Equal {
        code.used_at = code.used_at.or(Some(now));
    }
    one_time_codes::update(work.db, &code)?;
    Ok((compared == Compared::Equal).then_some(code))
}
