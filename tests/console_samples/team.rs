//! The team in its states.

use lockkeeper::model::Span;
use lockkeeper::store::outbox::OutboxStatus;
use lockkeeper::store::team::Role;
use lockkeeper::web::console::view::frame::{Entry, Frame};
use lockkeeper::web::console::view::team::{
    Account, InviteLine, InviteProblem, InviteTyped, MemberLine, TeamPage,
};
use lockkeeper::web::console::view::team_member::{MemberPage, MemberProblem, RemovePage};

use super::{LONG, NOW, Sample, frame, sample};

const PATH: &str = "/console/{slug}/team";
const MEMBER: &str = "/console/{slug}/team/{member}";
const REMOVE: &str = "/console/{slug}/team/{member}/remove";

fn member(name: &str, role: Role) -> MemberLine {
    MemberLine {
        name: name.to_owned(),
        address: Some("bo@lockkeeper.test".to_owned()),
        role,
        added_at: NOW.before(Span::DAY.times(40)),
        added_by: "Ana Ruiz".to_owned(),
        second_factor: role == Role::Owner,
        seen_at: Some(NOW.before(Span::HOUR.times(3))),
        account: Account::Fine,
        is_you: false,
        path: "/console/acme/team/user_2abc".to_owned(),
    }
}

fn ana() -> MemberLine {
    MemberLine { is_you: true, added_by: "cli:root".to_owned(), ..member("Ana Ruiz", Role::Owner) }
}

fn invite(to: Option<&str>, mail: Option<OutboxStatus>) -> InviteLine {
    InviteLine {
        to: to.map(str::to_owned),
        role: Role::Support,
        made_at: NOW.before(Span::HOUR),
        until: NOW.after(Span::HOUR.times(23)),
        made_by: "Ana Ruiz".to_owned(),
        mail,
        revoke: Some("/console/acme/team/invites/0123456789abcdef0123/revoke".to_owned()),
    }
}

fn page() -> TeamPage {
    let gone = MemberLine {
        name: "user_2Yxm9zQp4RbNq7kTcVwJfHsLdGe".to_owned(),
        address: None,
        seen_at: None,
        account: Account::Gone,
        ..member("", Role::Support)
    };
    let banned =
        MemberLine { account: Account::Banned, seen_at: None, ..member(LONG, Role::Auditor) };
    let far = MemberLine { address: None, ..member("Ops <b>", Role::Owner) };
    TeamPage {
        frame: frame(Entry::Team),
        path: "/console/acme/team".to_owned(),
        settings_path: "/console/acme/settings".to_owned(),
        role: Role::Owner,
        members: vec![ana(), member("Bo", Role::Admin), banned, gone],
        later: true,
        next: Some("user_2abc".to_owned()),
        everywhere: vec![far],
        invites: Vec::new(),
        second_factor: true,
        made: None,
        typed: InviteTyped { role: Role::Support, address: String::new(), locale: "en".to_owned() },
        problem: None,
    }
}

fn alone() -> TeamPage {
    TeamPage {
        members: vec![ana()],
        later: false,
        next: None,
        everywhere: Vec::new(),
        second_factor: false,
        ..page()
    }
}

fn lists() -> Vec<Sample> {
    let long = "maximiliane.von.hohenstein-wartburg-und-zu-lichtenfels@donaudampfschiff.test";
    let invites = vec![
        InviteLine { revoke: None, role: Role::Owner, ..invite(None, None) },
        invite(Some("bo@acme.test"), Some(OutboxStatus::Due)),
        invite(Some(long), Some(OutboxStatus::Sent)),
        invite(Some("nobody@acme.test"), Some(OutboxStatus::Dead)),
    ];
    let auditor = Frame { role: Some(Role::Auditor), ..frame(Entry::Team) };
    let reader = TeamPage {
        frame: auditor,
        role: Role::Auditor,
        invites: vec![InviteLine { revoke: None, ..invite(Some("bo@acme.test"), None) }],
        ..page()
    };
    let everywhere = vec![MemberLine { is_you: true, ..member("Ops", Role::Owner) }];
    let none = TeamPage { members: Vec::new(), everywhere, ..alone() };
    let link = format!("https://lockkeeper.test/console/welcome/{}", "aB3dE5gH".repeat(4));
    let typed = |address: &str| InviteTyped { address: address.to_owned(), ..page().typed };
    let bad =
        TeamPage { typed: typed("<b>\"bo"), problem: Some(InviteProblem::Address), ..alone() };
    let many =
        TeamPage { typed: typed("bo@acme.test"), problem: Some(InviteProblem::TooMany), ..alone() };
    vec![
        sample(PATH, "full", &page()),
        sample(PATH, "alone", &alone()),
        sample(PATH, "none", &none),
        sample(PATH, "invites", &TeamPage { invites, ..alone() }),
        sample(PATH, "reader", &reader),
        sample(PATH, "link", &TeamPage { made: Some(link), ..alone() }),
        sample(PATH, "bad-address", &bad),
        sample(PATH, "too-many", &many),
    ]
}

fn members() -> Vec<Sample> {
    let page = MemberPage {
        frame: frame(Entry::Team),
        back: "/console/acme/team".to_owned(),
        role: Role::Owner,
        member: member(LONG, Role::Admin),
        chosen: Role::Admin,
        problem: None,
    };
    let own = MemberPage { member: ana(), chosen: Role::Owner, ..page.clone() };
    let admin = Frame { role: Some(Role::Admin), ..frame(Entry::Team) };
    let owner = MemberPage {
        frame: admin,
        role: Role::Admin,
        member: member("Bo", Role::Owner),
        ..page.clone()
    };
    let last =
        MemberPage { chosen: Role::Admin, problem: Some(MemberProblem::LastOwner), ..own.clone() };
    let refused = MemberPage { problem: Some(MemberProblem::NotAllowed), ..owner.clone() };
    let remove = RemovePage {
        frame: frame(Entry::Team),
        back: "/console/acme/team".to_owned(),
        member: member(LONG, Role::Admin),
        problem: None,
    };
    let leave = RemovePage { member: ana(), ..remove.clone() };
    let kept = RemovePage { problem: Some(MemberProblem::LastOwner), ..leave.clone() };
    vec![
        sample(MEMBER, "member", &page),
        sample(MEMBER, "own", &own),
        sample(MEMBER, "owner", &owner),
        sample(MEMBER, "last-owner", &last),
        sample(MEMBER, "not-allowed", &refused),
        sample(REMOVE, "remove", &remove),
        sample(REMOVE, "leave", &leave),
        sample(REMOVE, "last-owner", &kept),
    ]
}

pub(super) fn all() -> Vec<Sample> {
    [lists(), members()].into_iter().flatten().collect()
}
