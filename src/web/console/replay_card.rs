//! The replay beside a draft: the last seven days, asked for by the page's script once the draft stands
//! still (`?part=replay`). A page that is only looked at shows what is known and begins nothing.

use super::desk::Desk;
use super::replay::PATIENCE;
use super::view::policy::PolicyPage;
use super::view::replay_card::ReplayCard;
use crate::lockout::Policy;
use crate::model::Span;
use crate::tenant::{AskedBy, Question, Replay};

/// Days that the card shows; the replay's own page has more.
pub(super) const CARD_DAYS: i64 = 7;

fn question(live: &Policy, draft: &Policy) -> Question {
    Question::new(live, draft, Span::DAY.times(CARD_DAYS))
}

/// What is known of a draft, without a replay.
pub(super) fn known(desk: &Desk, live: &Policy, draft: &Policy) -> ReplayCard {
    let known = desk.tenants().known_replay(&desk.profile, &question(live, draft));
    known.map_or(ReplayCard::NotYet, ReplayCard::Ready)
}

/// What a page's card says once its draft was replayed, as far as that is within a page's patience.
pub(super) async fn replayed(desk: &Desk, page: &PolicyPage) -> ReplayCard {
    let Some(draft) = &page.draft else { return page.replay.clone() };
    let (question, who) = (question(&page.live, draft), desk.staff().actor());
    let asked = AskedBy::Card(&who);
    match desk.tenants().replay(&desk.profile, asked, question, PATIENCE).await {
        Replay::Ready(replayed) => ReplayCard::Ready(replayed),
        Replay::UnderWay(progress) => ReplayCard::UnderWay(progress),
        Replay::Waiting => ReplayCard::Waiting,
        Replay::Failed => ReplayCard::Failed,
    }
}
