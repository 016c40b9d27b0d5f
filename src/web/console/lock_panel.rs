//! What the lock panel shows, gathered from the log of attempts, the outbox and the subject's row.
//! Sources are coarse for who only answers requests.

use std::collections::HashMap;

use actix_web::HttpResponse;

use super::attacks::campaign_name;
use super::desk::Desk;
use super::view::lock_panel::{CampaignLink, FirstDeed, LockPanel, MailLine, PanelHead, TryLine};
use crate::lockout::LockKind;
use crate::model::{CampaignId, Millis, Span, UserId};
use crate::store::attempts::{AttemptDecision, AttemptOutcome, AttemptRow};
use crate::store::contact_requests::{ContactRequest, Origin, Queue};
use crate::store::counted::Counted;
use crate::store::inbox::{InboxQuery, Search, View};
use crate::store::mail_fates::Delivery;
use crate::store::request_messages::Conversation;
use crate::store::team::Role;
use crate::support::verdict::{Evidence, Failure, Leaning, Verdict, verdict};
use crate::tenant::LockFacts;
use crate::web::page_table::READERS;

/// Attempts shown.
const SHOWN: usize = 50;
/// Failures further back than this belong to another story.
const RECENT: Span = Span::DAY;

/// The panel of a request.
pub(super) async fn panel(desk: &Desk, found: &Conversation) -> Result<LockPanel, HttpResponse> {
    let request = &found.request;
    let earlier = earlier(desk, request).await?;
    let facts = match request.user_id.clone() {
        Some(user) => desk.tenants().lock_facts(&desk.profile, user).await,
        None => Ok(None),
    };
    let Some(facts) = facts.map_err(|fault| desk.not_now(&fault))? else {
        return Ok(LockPanel { earlier, ..nobodys(request) });
    };
    let head = head(request, &facts);
    let causes = causes(desk, &facts.record.user.id, None).await?;
    let verdict = judged(request, &facts.attempts, desk.now());
    Ok(LockPanel {
        head,
        deed: deed(head, verdict.as_ref()),
        verdict,
        can_unlock: true,
        policy_version: facts.attempts.first().map(|attempt| attempt.policy_version),
        versions_path: versions_path(desk),
        campaign: cause(head, &facts.attempts, &causes),
        tries: facts.attempts.iter().take(SHOWN).map(|attempt| line(desk, attempt)).collect(),
        refused: facts.refused,
        mails: facts.mails.into_iter().map(mail).collect(),
        mails_cut: facts.mails_cut,
        unreachable: facts.undeliverable.into_iter().map(|it| (it.address, it.since)).collect(),
        earlier,
        mailbox_proved_at: request.mailbox_proved_at,
    })
}

/// Of somebody who has no account.
fn nobodys(request: &ContactRequest) -> LockPanel {
    LockPanel {
        head: PanelHead::Nobody,
        verdict: None,
        deed: FirstDeed::None,
        can_unlock: false,
        tries: Vec::new(),
        refused: Counted::Exactly(0),
        mails: Vec::new(),
        mails_cut: false,
        unreachable: Vec::new(),
        policy_version: None,
        versions_path: None,
        campaign: None,
        earlier: 0,
        mailbox_proved_at: request.mailbox_proved_at,
    }
}

/// Where versions have their pages; `None` for who may not see them.
pub(super) fn versions_path(desk: &Desk) -> Option<String> {
    READERS.contains(&desk.role).then(|| desk.path("/policy/versions"))
}

/// The campaigns that locked a user up to an instant, or ever, each with the beginning of its lock; none
/// for who may not see attacks.
pub(super) async fn causes(
    desk: &Desk,
    user: &UserId,
    until: Option<Millis>,
) -> Result<Vec<(Millis, CampaignLink)>, HttpResponse> {
    if !READERS.contains(&desk.role) {
        return Ok(Vec::new());
    }
    let tenant = desk.profile.id().clone();
    let read = desk.reader().campaigns_against(tenant, user.clone(), until).await;
    let read = read.map_err(|error| desk.not_now(&error.into()))?;
    let mut names: HashMap<CampaignId, String> = HashMap::new();
    let mut found = Vec::with_capacity(read.len());
    for (since, row) in read {
        let path = desk.path(&format!("/attacks/{}", row.id));
        let name = match names.get(&row.id) {
            Some(name) => name.clone(),
            None => {
                let id = row.id.clone();
                let name = campaign_name(desk, row).await?;
                names.insert(id, name.clone());
                name
            }
        };
        found.push((since, CampaignLink { path, name }));
    }
    Ok(found)
}

/// What made the lock that the newest attempts tell of; staff's lock no campaign made.
pub(super) fn cause(
    head: PanelHead,
    attempts: &[AttemptRow],
    causes: &[(Millis, CampaignLink)],
) -> Option<CampaignLink> {
    if let PanelHead::StaffLock(_) = head {
        return None;
    }
    let locked = attempts.iter().find(|row| row.decision == AttemptDecision::Locked)?;
    of_lock(locked.lock_since?, causes)
}

/// The campaign of the lock that began then.
pub(super) fn of_lock(since: Millis, causes: &[(Millis, CampaignLink)]) -> Option<CampaignLink> {
    causes.iter().find(|(at, _)| *at == since).map(|(_, link)| link.clone())
}

fn head(request: &ContactRequest, facts: &LockFacts) -> PanelHead {
    let Some(lock) = facts.lock else {
        let seen = facts.record.user.last_sign_in_at.filter(|at| *at > request.created_at);
        return seen.map_or(PanelHead::NotLocked, PanelHead::BackIn);
    };
    match (lock.staff, lock.kind) {
        (true, _) => PanelHead::StaffLock(lock.until),
        (false, LockKind::LongRun) => PanelHead::LongRun,
        (false, LockKind::Automatic) => PanelHead::Locked(lock.until),
    }
}

fn deed(head: PanelHead, verdict: Option<&Verdict>) -> FirstDeed {
    let attacked = verdict.is_some_and(|verdict| verdict.leaning == Leaning::Attacker);
    match head {
        PanelHead::Locked(_) if !attacked => FirstDeed::UnlockMail,
        PanelHead::Locked(_) | PanelHead::LongRun | PanelHead::StaffLock(_) => {
            FirstDeed::ResetOffer
        }
        PanelHead::NotLocked | PanelHead::BackIn(_) | PanelHead::Nobody => FirstDeed::None,
    }
}

fn judged(request: &ContactRequest, attempts: &[AttemptRow], now: Millis) -> Option<Verdict> {
    verdict(&Evidence {
        written_from: (request.origin == Origin::Form).then(|| request.source.as_str()),
        mailbox: request.mailbox_proved_at.is_some(),
        not_me: request.origin == Origin::NotMe,
        ..evidence(attempts, now)
    })
}

/// What the log of attempts says, without anybody's word.
pub(super) fn evidence(attempts: &[AttemptRow], now: Millis) -> Evidence<'_> {
    let recent = now.before(RECENT);
    let failed =
        |attempt: &&AttemptRow| attempt.outcome == AttemptOutcome::Wrong && attempt.at >= recent;
    let completed = |attempt: &&AttemptRow| attempt.decision == AttemptDecision::Completed;
    Evidence {
        failures: attempts
            .iter()
            .filter(failed)
            .map(|attempt| Failure {
                at: attempt.at,
                source: attempt.source.as_str(),
                repeated: attempt.repeated,
                known_device: attempt.device.is_some(),
            })
            .collect(),
        known_sources: attempts.iter().filter(completed).map(|a| a.source.as_str()).collect(),
        ..Evidence::default()
    }
}

fn mail(of: Delivery) -> MailLine {
    MailLine { at: of.written_at, topic: of.topic, state: of.state, opened_at: of.opened_at }
}

pub(super) fn line(desk: &Desk, attempt: &AttemptRow) -> TryLine {
    TryLine {
        at: attempt.at,
        source: shown_source(desk, attempt.source.as_str()),
        decision: attempt.decision,
        repeated: attempt.repeated,
        count_after: attempt.count_after,
    }
}

/// A source as far as this reader may see it.
pub(super) fn shown_source(desk: &Desk, source: &str) -> String {
    match desk.role {
        Role::Support => coarse(source),
        Role::Owner | Role::Admin | Role::Auditor => source.to_owned(),
    }
}

/// The network only: IPv4 by /24, IPv6 by /48.
fn coarse(source: &str) -> String {
    if let Some((network, _host)) = source.rsplit_once('.') {
        return format!("{network}.•");
    }
    let mut groups = source.split(':');
    match (groups.next(), groups.next(), groups.next()) {
        (Some(a), Some(b), Some(c)) => format!("{a}:{b}:{c}:•"),
        _ => source.to_owned(),
    }
}

/// How many other requests the same person has filed, as far as a page shows them.
async fn earlier(desk: &Desk, request: &ContactRequest) -> Result<usize, HttpResponse> {
    let Some(key) = request.canonical_key.clone() else { return Ok(0) };
    let mut all = 0_usize;
    for view in [View::Open, View::Closed] {
        let query = InboxQuery {
            tenant: desk.profile.id().clone(),
            view,
            search: Some(Search { key: Some(key.clone()), ..Search::default() }),
            wave: None,
            after: None,
            now: desk.now(),
        };
        let read = desk.reader().inbox(query, desk.staff().id().clone()).await;
        let page = read.map_err(|error| desk.not_now(&error.into()))?;
        all = all.saturating_add(page.rows.len());
    }
    // The page's own is among them.
    let own = matches!(request.queue, Queue::Open | Queue::Closed);
    Ok(all.saturating_sub(usize::from(own)))
}

#[cfg(test)]
mod tests {
    use super::coarse;

    #[test]
    fn support_is_shown_networks_only() {
        assert_eq!(coarse("203.0.113.7"), "203.0.113.•");
        assert_eq!(coarse("2001:db8:1:2::/64"), "2001:db8:1:•");
        assert_eq!(coarse("2001:db8::/64"), "2001:db8::•");
        assert_eq!(coarse("cli"), "cli");
    }
}
