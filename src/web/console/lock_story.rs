//! Lock explained: the page of one account's story, and the safe act on it.

use std::collections::{HashMap, HashSet};

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;
use serde_json::Value;

use super::desk::{Acts, Answer, Desk, Looks};
use super::lock_deed::gone;
use super::lock_panel::{cause, causes, evidence, line, of_lock, shown_source, versions_path};
use super::staff_names::staff_names;
use super::view::done::Done;
use super::view::frame::Entry;
use super::view::lock_ends::{LineEnd, LockLine};
use super::view::lock_panel::{CampaignLink, FirstDeed, LockPanel, PanelHead};
use super::view::lock_story::{
    Asking, DeedStep, DeedWord, Doer, LockStoryPage, StoryLine, TryStep,
};
use super::view::request::Hands;
use crate::lockout::{LockKind, UnlockedBy};
use crate::model::{AttemptId, Lane, Millis, Span, Until, UserId};
use crate::store::attempts::{AttemptDecision, AttemptRow};
use crate::store::audit::AuditRow;
use crate::store::mail_fates::Delivery;
use crate::store::team::Role;
use crate::store::user_cards::UserCard;
use crate::support::verdict::{Leaning, verdict};
use crate::tenant::{LockEnd, LockStory, LockStretch, StaffMail};
use crate::text::Catalogue;
use crate::web::body::Params;
use crate::web::page_table::{DESK, May, Page, READERS, Verb};

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: "/console/{slug}/locks/{user}",
        may: May::These(&Role::ALL),
        states: &[
            "automatic",
            "staff",
            "ended",
            "attack",
            "per-source",
            "never-tried",
            "older",
            "reader",
        ],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Post,
        path: "/console/{slug}/locks/{user}/mail",
        may: May::These(DESK),
        states: &[],
        route: || web::to(mail),
    },
];

async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

/// The user of the path.
pub(super) fn user_of(desk: &Desk) -> Option<UserId> {
    desk.hall.request.match_info().get("user").and_then(UserId::parse)
}

/// How somebody is called: the primary identifier, else the first; the id where there is none.
pub(super) fn name_of(card: &UserCard) -> String {
    let primary = card.record.user.primary_identification_id.as_ref();
    let names = &card.record.identifications;
    let chosen = names.iter().find(|name| Some(&name.id) == primary).or_else(|| names.first());
    chosen.map_or_else(|| card.record.user.id.to_string(), |name| name.value.clone())
}

async fn try_show(desk: &Desk) -> Answer {
    let user = user_of(desk).ok_or_else(|| desk.not_found())?;
    let params = Params::of_query(&desk.hall.request).unwrap_or_default();
    let from = params.raw("from").and_then(AttemptId::parse);
    let later = from.is_some();
    let read = desk.tenants().lock_story(&desk.profile, user.clone(), from).await;
    let found = read.map_err(|fault| desk.not_now(&fault))?;
    let story = found.ok_or_else(|| desk.not_found())?;
    let path = desk.path(&format!("/locks/{user}"));
    let names = names(desk, &story.facts).await?;
    let deeds: Vec<DeedStep> = story.facts.iter().map(|row| deed(row, &names)).collect();
    let causes = causes(desk, &user).await?;
    let panel = panel(&story, desk.now());
    let panel = LockPanel {
        versions_path: versions_path(desk),
        campaign: cause(panel.head, &story.recent, &causes),
        ..panel
    };
    let english = Catalogue::get("en");
    let back = match READERS.contains(&desk.role) {
        true => (desk.path("/locks"), english.line("console-entry-locks")),
        false => (desk.path("/inbox"), english.line("console-entry-inbox")),
    };
    let may_read = READERS.contains(&desk.role);
    let page = LockStoryPage {
        frame: desk.frame(if may_read { Entry::Locks } else { Entry::Inbox }),
        back,
        name: name_of(&story.card),
        asking: asking(&story, &deeds, desk.now()),
        version: panel.policy_version,
        panel,
        steps: lines(desk, &story, (&deeds, &causes), later),
        locks: story.locks.iter().map(|lock| lock_line(lock, &names)).collect(),
        user_path: may_read.then(|| desk.path(&format!("/users/{user}"))),
        older: story.older.as_ref().map(|row| format!("{path}?from={}", row.id)),
        newest: later.then(|| path.clone()),
        hands: if DESK.contains(&desk.role) { Hands::Free } else { Hands::Tied },
        path,
    };
    Ok(desk.page(StatusCode::OK, &page))
}

fn asking(story: &LockStory, deeds: &[DeedStep], now: Millis) -> Asking {
    let locked = |attempt: &AttemptRow| attempt.decision == AttemptDecision::Locked;
    let was = story.recent.iter().any(locked)
        || deeds.iter().any(|deed| matches!(deed.word, DeedWord::Locked { .. }));
    match (story.card.lock.is_some() || of_a_source(story, now).is_some(), was) {
        (true, _) => Asking::WhyIs,
        (false, true) => Asking::WhyWas,
        (false, false) => Asking::WhatHappened,
    }
}

/// The end of the last lock of single sources that stands.
fn of_a_source(story: &LockStory, now: Millis) -> Option<Until> {
    let state = &story.card.state;
    state.episode_lock_end.filter(|end| state.episode_open && end.holds_at(now))
}

fn panel(story: &LockStory, now: Millis) -> LockPanel {
    let source = of_a_source(story, now);
    let verdict = verdict(&evidence(&story.recent, now));
    let attacked = verdict.as_ref().is_some_and(|found| found.leaning == Leaning::Attacker);
    let head = match (story.card.lock, source) {
        (Some(lock), _) if lock.staff => PanelHead::StaffLock(lock.until),
        (Some(lock), _) if lock.kind == LockKind::LongRun => PanelHead::LongRun,
        (Some(lock), _) => PanelHead::Locked(lock.until),
        (None, Some(until)) => PanelHead::Locked(until),
        (None, None) => back_in(story),
    };
    let deed = match head {
        PanelHead::Locked(_) if !attacked => FirstDeed::UnlockMail,
        PanelHead::Locked(_) | PanelHead::StaffLock(_) | PanelHead::LongRun => {
            FirstDeed::ResetOffer
        }
        PanelHead::NotLocked | PanelHead::BackIn(_) | PanelHead::Nobody => FirstDeed::None,
    };
    LockPanel {
        head,
        verdict,
        deed,
        can_unlock: true,
        tries: Vec::new(),
        refused: 0,
        mails: Vec::new(),
        unreachable: Vec::new(),
        policy_version: story.attempts.first().map(|attempt| attempt.policy_version),
        versions_path: None,
        campaign: None,
        earlier: 0,
        mailbox_proved_at: None,
    }
}

/// Who signed in after the last lock is back in.
fn back_in(story: &LockStory) -> PanelHead {
    let locked = story.recent.iter().find(|row| row.decision == AttemptDecision::Locked);
    let signed_in = story.card.record.user.last_sign_in_at;
    let back = locked.and_then(|row| signed_in.filter(|at| *at > row.at));
    back.map_or(PanelHead::NotLocked, PanelHead::BackIn)
}

fn staff_in(actor: &str) -> Option<UserId> {
    actor.strip_prefix("staff:").and_then(UserId::parse)
}

/// The names of the staff whom these facts tell of.
async fn names(desk: &Desk, facts: &[AuditRow]) -> Result<HashMap<UserId, String>, HttpResponse> {
    staff_names(desk, facts.iter().filter_map(|row| staff_in(&row.actor))).await
}

/// Who is meant by an actor of the audit log. Only what is known to be the owner is.
fn doer(actor: &str, names: &HashMap<UserId, String>) -> Doer {
    if actor.starts_with("staff:") {
        let name = staff_in(actor).and_then(|id| names.get(&id).cloned());
        return name.map_or(Doer::SomeStaff, Doer::Staff);
    }
    match actor {
        "attempt" => Doer::Attempts,
        "api" => Doer::Server,
        // A link or a code of a mail, a password that was forgotten, a mail that was asked for, and
        // what is done while signed in.
        "link" | "code" | "reset_password" | "request" | "user" => Doer::Owner,
        "cli" => Doer::CommandLine,
        _ if actor.starts_with("cli:") => Doer::CommandLine,
        _ => Doer::Other(actor.to_owned()),
    }
}

fn lock_line(lock: &LockStretch, names: &HashMap<UserId, String>) -> LockLine {
    let end = match &lock.end {
        LockEnd::Stands => LineEnd::Stands,
        LockEnd::ByItself(at) => LineEnd::ByItself(*at),
        LockEnd::Lifted { at, by: UnlockedBy::Press, .. } => LineEnd::ByMail(*at),
        LockEnd::Lifted { at, by: UnlockedBy::Reset, .. } => LineEnd::ByReset(*at),
        LockEnd::Lifted { at, by: UnlockedBy::Staff, actor } => {
            LineEnd::By { at: *at, who: doer(actor, names) }
        }
        LockEnd::Replaced { at, longer } => LineEnd::Replaced { at: *at, longer: *longer },
    };
    LockLine {
        at: lock.at,
        who: doer(&lock.actor, names),
        reason: lock.reason.clone(),
        reach: lock.reach.clone(),
        until: lock.until,
        end,
    }
}

fn deed(row: &AuditRow, names: &HashMap<UserId, String>) -> DeedStep {
    let detail: Value = serde_json::from_str(&row.detail).unwrap_or_default();
    let until = detail.pointer("/lock/until").and_then(Value::as_i64);
    let by = detail.get("by").and_then(Value::as_str);
    let word = match row.action.as_str() {
        "user.locked" => {
            DeedWord::Locked { until: until.map_or(Until::Unlocked, |at| Until::At(Millis(at))) }
        }
        "user.unlocked" => match by {
            Some("press") => DeedWord::UnlockedByMail,
            Some("reset") => DeedWord::Reset,
            Some(_) | None => DeedWord::Unlocked,
        },
        "user.unlock_mail" => DeedWord::MailAsked,
        "user.created" => DeedWord::Created,
        "user.updated" | "user.name_added" | "user.name_changed" | "user.name_proved"
        | "user.name_removed" => DeedWord::Changed,
        "user.password_set" => DeedWord::PasswordSet,
        "user.banned" => DeedWord::Banned,
        "user.unbanned" => DeedWord::BanLifted,
        "user.sessions_ended" => DeedWord::SessionsEnded,
        "user.second_factor_reset" => DeedWord::SecondFactorReset,
        _ => DeedWord::Other,
    };
    let reason = detail.get("reason").and_then(Value::as_str).map(str::to_owned);
    DeedStep { at: row.at, word, who: doer(&row.actor, names), reason }
}

/// The table, oldest first. What stands between two pages belongs to the one whose first attempt it
/// follows.
fn lines(
    desk: &Desk,
    story: &LockStory,
    (deeds, causes): (&[DeedStep], &[(Millis, CampaignLink)]),
    later: bool,
) -> Vec<StoryLine> {
    let least = story.older.as_ref().map(|row| row.at);
    let most = story.attempts.first().filter(|_| later).map(|row| row.at);
    let here =
        |at: Millis| least.is_none_or(|least| at > least) && most.is_none_or(|most| at <= most);
    let mut lines: Vec<(Millis, StoryLine)> = Vec::new();
    let mut told = HashSet::new();
    let (mut from, mut version) = (String::new(), story.attempts.first().map(|a| a.policy_version));
    for attempt in story.attempts.iter().rev() {
        let mail = mail_of(attempt, &story.mails).inspect(|mail| {
            told.insert(mail.id.clone());
        });
        let mut step = step(desk, attempt, mail);
        step.campaign = step.lock.and_then(|(since, _)| of_lock(since, causes));
        step.from = step.from.filter(|one| *one != from);
        from.clone_from(&step.line.source);
        step.policy_version = step.policy_version.filter(|one| version != Some(*one));
        version = Some(attempt.policy_version);
        lines.push((attempt.at, StoryLine::Try(Box::new(step))));
    }
    for sum in &story.refusals {
        let at = Millis(sum.minute.saturating_mul(Span::MINUTE.0));
        if here(at.after(Span::MINUTE)) {
            let from = shown_source(desk, sum.source.as_str());
            lines.push((at, StoryLine::Refused { at, tries: sum.tries, from }));
        }
    }
    for mail in story.mails.iter().filter(|mail| here(mail.written_at)) {
        if !told.contains(&mail.id) {
            lines.push((mail.written_at, StoryLine::Mail(mail.clone())));
        }
    }
    for deed in deeds.iter().filter(|deed| here(deed.at) && deed.who != Doer::Attempts) {
        lines.push((deed.at, StoryLine::Deed(deed.clone())));
    }
    // Stable: attempts of one instant stay in the order of their decisions.
    lines.sort_by_key(|(at, _)| *at);
    lines.into_iter().map(|(_, line)| line).collect()
}

fn step(desk: &Desk, attempt: &AttemptRow, mail: Option<Delivery>) -> TryStep {
    let line = line(desk, attempt);
    let made = attempt.decision == AttemptDecision::Locked;
    let until = |end: Millis| if end.0 == i64::MAX { Until::Unlocked } else { Until::At(end) };
    let lock = attempt.lock_since.zip(attempt.lock_until).filter(|_| made);
    TryStep {
        with: attempt.authenticator.parse().ok(),
        lane: Lane::from_stored(&attempt.lane),
        lock: lock.map(|(since, end)| (since, until(end))),
        campaign: None,
        mail,
        from: Some(line.source.clone()),
        policy_version: Some(attempt.policy_version),
        line,
    }
}

/// An attempt by itself, for a drawing.
pub(super) fn plain_step(desk: &Desk, attempt: &AttemptRow) -> StoryLine {
    StoryLine::Try(Box::new(step(desk, attempt, None)))
}

/// The mail that was written in the attempt's own transaction.
fn mail_of(attempt: &AttemptRow, mails: &[Delivery]) -> Option<Delivery> {
    let made = attempt.decision == AttemptDecision::Locked;
    mails.iter().find(|mail| made && mail.written_at == attempt.at).cloned()
}

async fn mail(Acts { desk, form: _ }: Acts) -> HttpResponse {
    try_mail(&desk).await.unwrap_or_else(|early| early)
}

async fn try_mail(desk: &Desk) -> Answer {
    let user = user_of(desk).ok_or_else(|| desk.not_found())?;
    let actor = desk.staff().actor();
    let mailed = desk.tenants().mail_unlock_by_hand(&desk.profile, user.clone(), &actor).await;
    let mailed = mailed.map_err(|fault| gone(desk, &fault))?;
    let english = Catalogue::get("en");
    let words = match mailed {
        StaffMail::OnItsWay => english.line("story-did-mail"),
        StaffMail::HeldBack => english.line("story-did-mail-held"),
        StaffMail::NoAddress => english.line("story-did-no-address"),
    };
    Ok(desk.hall.done(&desk.path(&format!("/locks/{user}")), &Done { words, link: None }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_to_be_the_owner_is() {
        let ana = UserId::from_stored("user_2ana".to_owned());
        let names = HashMap::from([(ana, "Ana".to_owned())]);
        for (actor, expected) in [
            ("staff:user_2ana", Doer::Staff("Ana".to_owned())),
            ("staff:user_2gone", Doer::SomeStaff),
            ("staff:bo", Doer::SomeStaff),
            ("staff:", Doer::SomeStaff),
            ("attempt", Doer::Attempts),
            ("api", Doer::Server),
            ("cli", Doer::CommandLine),
            ("cli:root", Doer::CommandLine),
            ("client", Doer::Other("client".to_owned())),
            ("demo", Doer::Other("demo".to_owned())),
            ("link", Doer::Owner),
            ("code", Doer::Owner),
            ("reset_password", Doer::Owner),
            ("request", Doer::Owner),
            ("user", Doer::Owner),
        ] {
            assert_eq!(doer(actor, &names), expected, "{actor}");
        }
    }
}
