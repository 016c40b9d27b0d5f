//! Lock explained: the page of one account's story, and the safe act on it.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;
use serde_json::Value;

use super::desk::{Acts, Answer, Desk, Looks};
use super::lock_deed::gone;
use super::lock_panel::{cause, causes, evidence, versions_path};
use super::staff_names::staff_names;
use super::story_lines::lines;
use super::view::done::Done;
use super::view::frame::Entry;
use super::view::lock_ends::{LineEnd, LockLine};
use super::view::lock_panel::{FirstDeed, LockPanel, PanelHead};
use super::view::lock_story::{Asking, DeedStep, DeedWord, Doer, LockStoryPage};
use super::view::request::Hands;
use super::view::story_weight::fit;
use crate::lockout::{LockKind, UnlockedBy};
use crate::model::{AttemptId, Millis, Until, UserId};
use crate::store::attempts::{AttemptDecision, AttemptRow};
use crate::store::audit::AuditRow;
use crate::store::counted::Counted;
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
            "largest",
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
    let names = names(desk, &story).await?;
    let deeds: Vec<DeedStep> = story.facts.iter().map(|row| deed(row, &names)).collect();
    let causes = causes(desk, &user, story.stretch.until).await?;
    let panel = panel(&story, desk.now());
    let panel = LockPanel {
        versions_path: versions_path(desk),
        campaign: cause(panel.head, &story.recent, &causes),
        ..panel
    };
    let locks = story.locks.iter().map(|lock| lock_line(lock, &names)).collect();
    let fitted = fit(lines(desk, &story, &deeds, &causes), locks);
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
        asking: asking(&story, desk.now()),
        version: panel.policy_version,
        panel,
        steps: fitted.rows,
        cut: fitted.cut.max(story.cut),
        locks: fitted.locks,
        locks_cut: fitted.locks_cut.or(story.locks_cut),
        user_path: may_read.then(|| desk.path(&format!("/users/{user}"))),
        older: story.older.as_ref().map(|row| format!("{path}?from={}", row.id)),
        newest: later.then(|| path.clone()),
        hands: if DESK.contains(&desk.role) { Hands::Free } else { Hands::Tied },
        path,
    };
    Ok(desk.page(StatusCode::OK, &page))
}

fn asking(story: &LockStory, now: Millis) -> Asking {
    let locked = |attempt: &AttemptRow| attempt.decision == AttemptDecision::Locked;
    let was = story.recent.iter().any(locked) || story.was_locked;
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
        refused: Counted::Exactly(0),
        mails: Vec::new(),
        mails_cut: false,
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

/// The names of the staff whom the page tells of.
async fn names(desk: &Desk, story: &LockStory) -> Result<HashMap<UserId, String>, HttpResponse> {
    let facts = story.facts.iter().map(|fact| &fact.actor);
    let ends = story.locks.iter().filter_map(|lock| match &lock.end {
        LockEnd::Lifted { actor, .. } => Some(actor),
        LockEnd::Stands | LockEnd::ByItself(_) | LockEnd::Replaced { .. } | LockEnd::NotKnown => {
            None
        }
    });
    let locks = story.locks.iter().map(|lock| &lock.actor);
    staff_names(desk, facts.chain(locks).chain(ends).filter_map(|actor| staff_in(actor))).await
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
        LockEnd::NotKnown => LineEnd::NotKnown,
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
