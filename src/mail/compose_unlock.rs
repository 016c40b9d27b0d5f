//! What becomes of an outbox row around a lock: the mail that ends it, and the word that it was ended.
//! What is told are facts of when the row was written, so a mail that is sent again is the same mail.

use serde::Deserialize;

use super::compose::{Composed, Desk, frame, too_late};
use super::retry;
use super::view_unlock::{Origin, ShortCode, UnlockMail, UnlockedHow, UnlockedMail, WhichMail};
use crate::model::{Millis, Until};
use crate::store::mail_facts::MailFacts;
use crate::store::outbox::OutboxRow;
use crate::store::{Reader, StoreError};
use crate::token::{CodeLength, MasterKeys, ShortCodes, UnlockLink, UnlockLinks};

/// Ends a link: some mail programs take a last hyphen or underscore for the end of the sentence.
const LAST: &str = "?m";

/// Payload of an unlock mail, written by `store::subject_mails`.
#[derive(Deserialize)]
struct UnlockPayload {
    /// Id of the identification that is written to.
    to: Option<String>,
    #[serde(default)]
    reminder: bool,
    locked_at: Option<i64>,
    /// End of the lock; absent where only an unlock ends it.
    until: Option<i64>,
    failures: i64,
    /// Id of the code's row, and its end.
    code: Option<String>,
    code_until: Option<i64>,
}

/// Payload of the word that a lock was ended.
#[derive(Deserialize)]
struct UnlockedPayload {
    to: String,
    by: String,
}

impl Desk {
    pub(super) async fn unlock(
        &self,
        reader: &Reader,
        keys: &MasterKeys,
        row: &OutboxRow,
        facts: &MailFacts,
        now: Millis,
    ) -> Result<Composed, StoreError> {
        let Ok(payload) = serde_json::from_str::<UnlockPayload>(&row.payload) else {
            return Ok(unreadable());
        };
        let (Some(owner), Some(episode)) = (&facts.user, row.episode) else {
            return Ok(Composed::Unwanted("the user is gone"));
        };
        // Unlocked or signed in meanwhile, or another attack since.
        if facts.open_episode != Some(episode) {
            return Ok(Composed::Unwanted("no longer locked"));
        }
        let Some(address) = address(facts, payload.to.as_deref()) else { return Ok(moved()) };
        let link_expires_at = row.created_at.after(facts.link_lifetime);
        if now >= link_expires_at {
            return Ok(too_late());
        }
        let link = UnlockLink {
            user: owner.user.id.clone(),
            episode,
            issued_at: row.created_at,
            expires_at: link_expires_at,
            mail: row.id.clone(),
        };
        let Ok(token) = UnlockLinks::for_tenant(keys, &row.tenant_id).seal(&link) else {
            return Ok(Composed::Impossible("the link cannot be signed".to_owned()));
        };
        let mail = UnlockMail {
            frame: frame(row, facts),
            name: owner.user.first_name.clone(),
            account: address.to_owned(),
            locked_at: payload.locked_at.map_or(row.created_at, Millis),
            which: if payload.reminder { WhichMail::Further } else { WhichMail::First },
            failures: u32::try_from(payload.failures.max(0)).unwrap_or(u32::MAX),
            origin: origin(reader, row, payload.failures).await?,
            link: self.page(facts, &format!("unlock/{token}{LAST}")),
            link_expires_at,
            code: code(keys, row, &payload),
            lock_ends: payload.until.map_or(Until::Unlocked, |end| Until::At(Millis(end))),
        };
        let deadline = retry::deadline(row.created_at, Some(link_expires_at));
        Ok(self.letter(row, facts, address, mail.parts(), deadline))
    }

    pub(super) fn unlocked(&self, row: &OutboxRow, facts: &MailFacts) -> Composed {
        let Ok(payload) = serde_json::from_str::<UnlockedPayload>(&row.payload) else {
            return unreadable();
        };
        let Some(owner) = &facts.user else { return Composed::Unwanted("the user is gone") };
        let Some(address) = address(facts, Some(&payload.to)) else { return moved() };
        let how = match payload.by.as_str() {
            "link" => UnlockedHow::ByLink,
            "code" => UnlockedHow::ByCode,
            "reset" => UnlockedHow::ByReset,
            "staff" => UnlockedHow::ByStaff,
            _ => return unreadable(),
        };
        let mail = UnlockedMail {
            frame: frame(row, facts),
            name: owner.user.first_name.clone(),
            account: address.to_owned(),
            unlocked_at: row.created_at,
            how,
            reset_link: self.page(facts, "sign-in/forgot"),
        };
        let deadline = retry::deadline(row.created_at, None);
        self.letter(row, facts, address, mail.parts(), deadline)
    }
}

/// Where the failures came from that led to this mail.
async fn origin(
    reader: &Reader,
    row: &OutboxRow,
    failures: i64,
) -> Result<Option<Origin>, StoreError> {
    let Some(subject) = row.subject.clone() else { return Ok(None) };
    let (tenant, until) = (row.tenant_id.clone(), row.created_at);
    let sources = reader.counted_sources(tenant, subject, until, failures).await?;
    let network = sources.first().and_then(crate::model::Source::network);
    Ok(network.map(|network| Origin {
        sources: u32::try_from(sources.len()).unwrap_or(u32::MAX),
        network,
    }))
}

fn code(keys: &MasterKeys, row: &OutboxRow, payload: &UnlockPayload) -> Option<ShortCode> {
    let (id, expires_at) = payload.code.as_deref().zip(payload.code_until)?;
    let codes = ShortCodes::for_tenant(keys, &row.tenant_id);
    Some(ShortCode { digits: codes.code(id, CodeLength::Eight), expires_at: Millis(expires_at) })
}

fn address<'a>(facts: &'a MailFacts, id: Option<&str>) -> Option<&'a str> {
    let mut names = facts.user.iter().flat_map(|owner| &owner.identifications);
    names.find(|name| Some(name.id.as_str()) == id).map(|name| name.value.as_str())
}

fn unreadable() -> Composed {
    Composed::Impossible("the row's payload cannot be read".to_owned())
}

fn moved() -> Composed {
    Composed::Impossible("the address is no longer the user's".to_owned())
}
