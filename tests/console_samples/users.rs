//! Users in their states: the list, one person, the forms, and what is asked before anything is done.

use lockkeeper::lockout::{LockKind, LockView, SubjectState};
use lockkeeper::model::{
    IdentificationId, Identifier, IdentifierKind, Millis, OutboxId, Span, TenantId, Until, UserId,
};
use lockkeeper::store::counted::Counted;
use lockkeeper::store::locks::LockSort;
use lockkeeper::store::mail_fates::{Delivery, DeliveryState};
use lockkeeper::store::outbox::OutboxTopic;
use lockkeeper::store::team::Role;
use lockkeeper::store::user_cards::UserFactors;
use lockkeeper::store::user_search::UserView;
use lockkeeper::store::users::{Identification, User, UserRecord};
use lockkeeper::tenant::UserCard;
use lockkeeper::web::console::view::frame::{Entry, Frame};
use lockkeeper::web::console::view::user::{
    DeedProblem, NameLine, RequestLine, SessionLine, UserDeed, UserDeedPage, UserPage,
};
use lockkeeper::web::console::view::users::{
    NewUserPage, NewUserProblem, NewUserTyped, UserItem, UsersPage,
};

use super::{LONG, NOW, Sample, frame, sample};

pub(super) const LONG_ADDRESS: &str =
    "maximiliane.von.hohenstein-wartburg-und-zu-lichtenfels@dept.donaudampfschifffahrt.test";

fn hours(count: i64) -> Millis {
    Millis(NOW.0 + count * Span::HOUR.0)
}

fn item(name: &str) -> UserItem {
    UserItem {
        path: "/console/acme/users/user_2abc".to_owned(),
        name: name.to_owned(),
        called: None,
        banned: false,
        lock: None,
        made_at: hours(-500),
        signed_in_at: None,
    }
}

fn list() -> UsersPage {
    UsersPage {
        frame: frame(Entry::Users),
        path: "/console/acme/users".to_owned(),
        locks_path: "/console/acme/locks".to_owned(),
        view: UserView::All,
        words: String::new(),
        users: vec![
            UserItem { lock: Some(LockSort::Automatic), ..item("alex@acme.test") },
            UserItem { called: Some("Rin Ito".to_owned()), signed_in_at: Some(NOW), ..item("rin") },
            UserItem { banned: true, ..item("+4366012345678") },
        ],
        count: Some(Counted::Exactly(3)),
        later: false,
        next: None,
        may_make: true,
    }
}

fn lists() -> Vec<Sample> {
    const PATH: &str = "/console/{slug}/users";
    let empty = UsersPage { users: Vec::new(), count: Some(Counted::Exactly(0)), ..list() };
    let words = "<b>\"ana".to_owned();
    let search =
        UsersPage { words: words.clone(), count: None, next: Some("~ana".to_owned()), ..list() };
    let none = UsersPage { words, count: None, ..empty.clone() };
    let banned = UsersPage { view: UserView::Banned, later: true, may_make: false, ..list() };
    let long = UserItem { called: Some(LONG.to_owned()), banned: true, ..item(LONG_ADDRESS) };
    let long = UserItem { lock: Some(LockSort::LongRun), signed_in_at: Some(hours(-1)), ..long };
    let long = UsersPage { users: vec![long], count: Some(Counted::MoreThan(1_000)), ..list() };
    vec![
        sample(PATH, "full", &list()),
        sample(PATH, "empty", &empty),
        sample(PATH, "search", &search),
        sample(PATH, "search-none", &none),
        sample(PATH, "banned", &banned),
        sample(PATH, "long-names", &long),
    ]
}

fn made() -> Vec<Sample> {
    const PATH: &str = "/console/{slug}/users/new";
    let new = NewUserPage {
        frame: frame(Entry::Users),
        path: "/console/acme/users/new".to_owned(),
        back: "/console/acme/users".to_owned(),
        typed: NewUserTyped::default(),
        problems: Vec::new(),
    };
    let typed = NewUserTyped { email: "<b>\"ana".to_owned(), ..NewUserTyped::default() };
    let problems = vec![
        NewUserProblem::NoName,
        NewUserProblem::Email,
        NewUserProblem::Phone,
        NewUserProblem::Username,
        NewUserProblem::ShortPassword,
        NewUserProblem::Taken,
    ];
    let faults = NewUserPage { typed, problems, ..new.clone() };
    vec![sample(PATH, "new", &new), sample(PATH, "faults", &faults)]
}

fn card() -> UserCard {
    let tenant = TenantId::from_stored("ins_1".to_owned());
    let id = UserId::from_stored("user_2abc".to_owned());
    let user = User::blank(tenant.clone(), id.clone(), hours(-500));
    let name = Identifier::parse("alex@acme.test").unwrap();
    let idn = IdentificationId::from_stored("idn_1".to_owned());
    let identifications = vec![Identification::vouched(tenant, idn, id, &name, hours(-500))];
    UserCard {
        record: UserRecord { user, identifications },
        factors: UserFactors { totp: true, phone: true, recovery_codes: true },
        pending: Vec::new(),
        external: Vec::new(),
        state: SubjectState::default(),
        lock: None,
        remaining: Some(8),
    }
}

pub(super) fn name(value: &str, kind: IdentifierKind) -> NameLine {
    NameLine {
        id: format!("idn_{}", kind.as_str()),
        value: value.to_owned(),
        kind,
        primary: kind == IdentifierKind::EmailAddress,
        verified: kind != IdentifierKind::Username,
        second_factor: kind == IdentifierKind::PhoneNumber,
        undeliverable_since: (kind == IdentifierKind::EmailAddress).then(|| hours(-30)),
    }
}

fn person() -> UserPage {
    UserPage {
        frame: frame(Entry::Users),
        path: "/console/acme/users/user_2abc".to_owned(),
        back: "/console/acme/users".to_owned(),
        story_path: "/console/acme/locks/user_2abc".to_owned(),
        name: "alex@acme.test".to_owned(),
        card: card(),
        names: vec![
            name("alex@acme.test", IdentifierKind::EmailAddress),
            name("+4366012345678", IdentifierKind::PhoneNumber),
            name("alex", IdentifierKind::Username),
        ],
        sessions: vec![SessionLine {
            began_at: hours(-30),
            seen_at: NOW,
            source: Some("198.51.100.7".to_owned()),
        }],
        devices: 2,
        tries: super::locks::tries(),
        mails: vec![Delivery {
            id: OutboxId::from_stored("out_1".to_owned()),
            topic: OutboxTopic::Unlock,
            state: DeliveryState::Bounced,
            written_at: hours(-2),
            at: hours(-2),
            opened_at: None,
            why: None,
        }],
        requests: vec![RequestLine {
            path: "/console/acme/inbox/LK-7F3A-22QM".to_owned(),
            reference: "LK-7F3A-22QM".to_owned(),
            subject: LONG.to_owned(),
            filed_at: hours(-2),
        }],
        may_act: true,
    }
}

fn persons() -> Vec<Sample> {
    const PATH: &str = "/console/{slug}/users/{user}";
    let mut locked = person();
    locked.card.lock = Some(LockView {
        staff: false,
        kind: LockKind::Automatic,
        source_only: false,
        since: hours(-1),
        until: Until::At(hours(1)),
    });
    let mut banned = person();
    banned.card.record.user.banned = true;
    banned.card.record.user.first_name = Some(LONG.to_owned());
    banned.card.record.user.last_sign_in_at = Some(hours(-3));
    banned.name = LONG_ADDRESS.to_owned();
    banned.names = vec![name(LONG_ADDRESS, IdentifierKind::EmailAddress)];
    let mut no_name = person();
    no_name.name = "user_2abc".to_owned();
    no_name.card.factors = UserFactors::default();
    no_name.names = Vec::new();
    no_name.sessions = Vec::new();
    no_name.devices = 0;
    no_name.tries = Vec::new();
    no_name.mails = Vec::new();
    no_name.requests = Vec::new();
    let auditor = Frame { role: Some(Role::Auditor), ..frame(Entry::Users) };
    let reader = UserPage { frame: auditor, may_act: false, ..person() };
    vec![
        sample(PATH, "person", &person()),
        sample(PATH, "locked", &locked),
        sample(PATH, "banned", &banned),
        sample(PATH, "no-name", &no_name),
        sample(PATH, "reader", &reader),
    ]
}

fn deeds() -> Vec<Sample> {
    let pages = [
        (UserDeed::Ban, "/console/{slug}/users/{user}/ban"),
        (UserDeed::LiftBan, "/console/{slug}/users/{user}/lift-ban"),
        (UserDeed::SignOut, "/console/{slug}/users/{user}/sign-out"),
        (UserDeed::ResetSecondFactor, "/console/{slug}/users/{user}/second-factor"),
        (UserDeed::Delete, "/console/{slug}/users/{user}/delete"),
    ];
    let states = |(deed, path): (UserDeed, &'static str)| {
        let confirm = UserDeedPage {
            frame: frame(Entry::Users),
            deed,
            name: LONG_ADDRESS.to_owned(),
            path: "/console/acme/users/user_2abc/ban".to_owned(),
            back: "/console/acme/users/user_2abc".to_owned(),
            reason: String::new(),
            problem: None,
        };
        let fault = UserDeedPage { problem: Some(DeedProblem::NoReason), ..confirm.clone() };
        [sample(path, "confirm", &confirm), sample(path, "no-reason", &fault)]
    };
    pages.into_iter().flat_map(states).collect()
}

pub(super) fn all() -> Vec<Sample> {
    [lists(), made(), persons(), deeds()].into_iter().flatten().collect()
}
