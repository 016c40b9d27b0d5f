//! The policy screen in its states.

use lockkeeper::lockout::time_machine::Comparison;
use lockkeeper::lockout::{LockLength, LockoutType, Policy, PolicyDocument, Preset};
use lockkeeper::model::{Authenticator, Span};
use lockkeeper::store::team::Role;
use lockkeeper::tenant::{Progress, SparedCount};
use lockkeeper::web::console::view::frame::{Entry, Frame};
use lockkeeper::web::console::view::policy::{PolicyNotice, PolicyPage};
use lockkeeper::web::console::view::replay_card::ReplayCard;
use serde_json::Value;

use super::{NOW, Sample, frame, replay, sample};

fn page(draft: Option<Policy>) -> PolicyPage {
    let live = Preset::Balanced.policy();
    PolicyPage {
        frame: frame(Entry::Policy),
        version: 12,
        author: "Ana Ruiz".to_owned(),
        since: NOW.before(Span::DAY),
        document: PolicyDocument::of(draft.as_ref().unwrap_or(&live)),
        live,
        replay: if draft.is_some() { ReplayCard::NotYet } else { ReplayCard::NoDraft },
        draft,
        faults: Vec::new(),
        reason: String::new(),
        reason_missing: false,
        may_save: true,
        notice: None,
        overlay: None,
        spared: None,
        path: "/console/acme/policy".to_owned(),
        test_path: "/console/acme/test-lock".to_owned(),
    }
}

fn stricter() -> Policy {
    Policy {
        max_attempts: 6,
        maximum_duration: LockLength::For(Span::HOUR.times(2)),
        ..Preset::Balanced.policy()
    }
}

fn spared() -> PolicyPage {
    let count = SparedCount { accounts: 31, more: true };
    PolicyPage {
        spared: Some((count, "/console/acme/locks/many?spared=1".to_owned())),
        ..page(None)
    }
}

fn faulty() -> PolicyPage {
    let faults = [
        "max_attempts",
        "history_duration",
        "minimum_duration",
        "backoff_factor",
        "maximum_duration",
        "authenticators",
        "manual_lock_duration",
        "long_run_limit",
        "unlock_link_lifetime",
        "unlocks_per_day",
    ];
    let typed = faults.map(|field| (field.to_owned(), Value::from("<b>many\"")));
    let document = PolicyDocument::from_fields(typed.into());
    let replay = ReplayCard::Faults;
    PolicyPage { document, replay, faults: faults.into(), ..page(None) }
}

pub(super) fn all() -> Vec<Sample> {
    const PATH: &str = "/console/{slug}/policy";
    let off = Policy { enabled: false, ..Preset::Balanced.policy() };
    let endless = Policy {
        minimum_duration: LockLength::UntilUnlocked,
        maximum_duration: LockLength::UntilUnlocked,
        ..Preset::Balanced.policy()
    };
    let traps = Policy {
        max_attempts: 1000,
        minimum_duration: LockLength::For(Span::SECOND),
        maximum_duration: LockLength::For(Span::DAY.times(2)),
        authenticators: [Authenticator::Password].into(),
        long_run_limit: 0,
        ..Preset::Balanced.policy()
    };
    let sources = Policy {
        lockout_type: LockoutType::PerUserPerIp,
        long_run_limit: 0,
        ..Preset::Balanced.policy()
    };
    let auditor = Frame { role: Some(Role::Auditor), ..frame(Entry::Policy) };
    let conflict =
        Some(PolicyNotice::SavedMeanwhile { version: 12, changes: super::versions::changed() });
    let mut all = vec![
        sample(PATH, "live", &page(None)),
        sample(PATH, "draft", &page(Some(stricter()))),
        sample(PATH, "spared", &spared()),
        sample(PATH, "faults", &faulty()),
        sample(PATH, "off", &page(Some(off))),
        sample(PATH, "endless", &page(Some(endless))),
        sample(PATH, "traps", &page(Some(traps))),
        sample(PATH, "sources", &page(Some(sources))),
        sample(PATH, "overlay", &PolicyPage { overlay: Some(super::versions::on()), ..page(None) }),
        sample(
            PATH,
            "auditor",
            &PolicyPage { frame: auditor, may_save: false, ..page(Some(stricter())) },
        ),
        sample(PATH, "no-reason", &PolicyPage { reason_missing: true, ..page(Some(stricter())) }),
        sample(PATH, "conflict", &PolicyPage { notice: conflict, ..page(Some(stricter())) }),
    ];
    let cards = [
        ("replayed", ReplayCard::Ready(replay::replayed(replay::found(), true))),
        ("nothing-recorded", ReplayCard::Ready(replay::replayed(Comparison::default(), false))),
        ("under-way", ReplayCard::UnderWay(Progress::Deciding { done: 16_384, of: 900_000 })),
        ("waiting", ReplayCard::Waiting),
        ("failed", ReplayCard::Failed),
    ];
    let of_card =
        |(state, replay)| sample(PATH, state, &PolicyPage { replay, ..page(Some(stricter())) });
    all.extend(cards.map(of_card));
    all
}
