//! The rules of a team, looked at where they are kept: who makes and takes which role, the last owner,
//! what an invitation is worth, and two who act at the same moment.

use std::sync::Arc;

use lockkeeper::model::meter::NoMeter;
use lockkeeper::model::*;
use lockkeeper::store::team::{Guest, Invite, Role, Taken};
use lockkeeper::store::team_deeds::{By, Hand, MOST_INVITES, MOST_TO_ONE, TeamAnswer};
use lockkeeper::store::upkeep::PurgeLimits;
use lockkeeper::store::user_deeds::StaffDeed;
use lockkeeper::store::users::Standing;
use lockkeeper::store::{Store, StoreError, StoreSettings, SubjectKey};

use super::bench::{Bench, key, phantom};

on_both!(
    an_admin_makes_and_touches_no_owner_and_nobody_raises_themselves,
    support_and_auditors_change_nothing,
    the_last_owner_is_neither_removed_nor_made_less,
    an_owner_of_all_tenants_is_one_of_each,
    the_last_owner_is_neither_banned_nor_deleted,
    of_two_owners_who_go_at_once_one_stays,
    an_invitation_is_worth_what_its_maker_may_give,
    an_invitation_of_who_was_banned_opens_nothing,
    an_invitation_that_is_taken_back_or_used_opens_nothing,
    an_owner_is_not_made_less_by_an_invitation,
    so_many_are_invited_in_a_day_and_no_more,
    a_team_is_walked_along_its_key,
    every_deed_is_on_record_and_a_foreign_one_is_not_there,
);

const HOUR: Span = Span::HOUR;

/// A bench with the console's tenant.
pub(super) struct House {
    pub(super) bench: Bench,
    pub(super) console: TenantId,
}

impl House {
    pub(super) async fn open(bench: Bench) -> Self {
        let console = TenantId::generate(bench.now().after(Span(8)));
        bench.add_tenant(&console, "console").await;
        Self { bench, console }
    }

    pub(super) fn acme(&self) -> &TenantId {
        &self.bench.tenant
    }

    fn invite(&self, tenant: &TenantId, role: Role, mark: &str, made_by: &str) -> Invite {
        let now = self.bench.now();
        Invite {
            tenant_id: tenant.clone(),
            secret_hash: format!("{mark} {} {made_by}", now.0),
            role,
            made_by: made_by.to_owned(),
            created_at: now,
            expires_at: now.after(Span::DAY),
            used_at: None,
            used_by: None,
            mailed_to: None,
            mail_id: None,
            revoked_at: None,
        }
    }

    /// A user of the console in the team of `tenant`, brought by the machine.
    pub(super) async fn join(&self, tenant: &TenantId, role: Role, name: &str) -> UserId {
        let invite = self.invite(tenant, role, name, "cli:root");
        let hash = invite.secret_hash.clone();
        let kept = self.bench.store.invite(invite, None, None).await.unwrap();
        assert_eq!(kept, TeamAnswer::Done);
        let mut new = self.bench.new_user(&[&format!("{name}@lockkeeper.test")]);
        new.user.tenant_id = self.console.clone();
        for name in &mut new.identifications {
            name.tenant_id = self.console.clone();
        }
        let id = new.user.id.clone();
        assert_eq!(self.take(&hash, Guest::New(Box::new(new))).await, Taken::Joined);
        id
    }

    pub(super) async fn take(&self, hash: &str, guest: Guest) -> Taken {
        let (console, hash) = (self.console.clone(), hash.to_owned());
        self.bench.store.take_invite(console, hash, guest).await.unwrap()
    }

    pub(super) fn hand(&self, tenant: &TenantId, staff: &UserId) -> Hand {
        let by = By::Staff(staff.clone());
        Hand { console: self.console.clone(), tenant: tenant.clone(), by }
    }

    /// In acme, `by` gives `member` a role.
    pub(super) async fn give(&self, by: &UserId, member: &UserId, role: Role) -> TeamAnswer {
        let hand = self.hand(self.acme(), by);
        self.bench.store.change_role(hand, member.clone(), role).await.unwrap()
    }

    pub(super) async fn remove(&self, by: &UserId, member: &UserId) -> TeamAnswer {
        let hand = self.hand(self.acme(), by);
        self.bench.store.remove_member(hand, member.clone()).await.unwrap()
    }

    /// An invitation to acme by one of the staff: its hash.
    pub(super) async fn invited(
        &self,
        by: &UserId,
        role: Role,
        mark: &str,
    ) -> (TeamAnswer, String) {
        let invite = self.invite(self.acme(), role, mark, &format!("staff:{by}"));
        let hash = invite.secret_hash.clone();
        let hand = self.hand(self.acme(), by);
        (self.bench.store.invite(invite, Some(hand), None).await.unwrap(), hash)
    }

    pub(super) async fn role(&self, tenant: &TenantId, staff: &UserId) -> Option<Role> {
        let (console, tenant) = (self.console.clone(), tenant.clone());
        self.bench.reader.membership(console, tenant, staff.clone()).await.unwrap()
    }

    async fn is_open(&self, hash: &str) -> bool {
        let (console, now) = (self.console.clone(), self.bench.now());
        self.bench.reader.open_invite(Some(console), hash.to_owned(), now).await.unwrap().is_some()
    }

    pub(super) async fn ban(&self, who: &UserId) -> Result<(), StoreError> {
        let store = &self.bench.store;
        store.set_standing(self.console.clone(), vec![who.clone()], Standing::Banned).await
    }

    /// `name`: as in [`House::join`].
    pub(super) async fn delete(&self, who: &UserId, name: &str) -> Result<(), StoreError> {
        let names = Self::names(name);
        self.bench.store.delete_user(self.console.clone(), who.clone(), names).await
    }

    pub(super) fn names(name: &str) -> Vec<(CanonicalKey, SubjectKey)> {
        let name = format!("{name}@lockkeeper.test");
        vec![(key(&name), phantom(&name))]
    }
}

async fn an_admin_makes_and_touches_no_owner_and_nobody_raises_themselves(bench: Bench) {
    use TeamAnswer::{Done, NotAllowed};
    let house = House::open(bench).await;
    let acme = house.acme().clone();
    let ana = house.join(&acme, Role::Owner, "ana").await;
    let bo = house.join(&acme, Role::Admin, "bo").await;
    let cy = house.join(&acme, Role::Support, "cy").await;
    assert_eq!(house.give(&bo, &bo, Role::Owner).await, NotAllowed);
    assert_eq!(house.give(&bo, &cy, Role::Owner).await, NotAllowed);
    assert_eq!(house.give(&bo, &ana, Role::Admin).await, NotAllowed);
    assert_eq!(house.remove(&bo, &ana).await, NotAllowed);
    assert_eq!(house.invited(&bo, Role::Owner, "x").await.0, NotAllowed);
    let (made, hash) = house.invited(&ana, Role::Owner, "y").await;
    assert_eq!(made, Done);
    let hand = house.hand(&acme, &bo);
    let revoked = house.bench.store.revoke_invite(hand, hash.clone()).await.unwrap();
    assert_eq!((revoked, house.is_open(&hash).await), (NotAllowed, true));
    // What an admin may.
    assert_eq!(house.give(&bo, &cy, Role::Admin).await, Done);
    assert_eq!(house.remove(&bo, &cy).await, Done);
    assert_eq!(house.role(&acme, &cy).await, None);
    assert_eq!(house.give(&bo, &bo, Role::Auditor).await, Done);
    assert_eq!(house.give(&bo, &bo, Role::Admin).await, NotAllowed, "no way back up");
    assert_eq!(house.role(&acme, &bo).await, Some(Role::Auditor));
}

async fn support_and_auditors_change_nothing(bench: Bench) {
    let house = House::open(bench).await;
    let acme = house.acme().clone();
    let ana = house.join(&acme, Role::Owner, "ana").await;
    for role in [Role::Support, Role::Auditor] {
        let low = house.join(&acme, role, role.as_str()).await;
        for wanted in Role::ALL {
            assert_eq!(house.give(&low, &low, wanted).await, TeamAnswer::NotAllowed);
            assert_eq!(house.invited(&low, wanted, "x").await.0, TeamAnswer::NotAllowed);
        }
        assert_eq!(house.remove(&low, &ana).await, TeamAnswer::NotAllowed);
    }
    // Nor does somebody of another tenant's team, or of none.
    let globex = TenantId::generate(house.bench.now().after(Span(16)));
    house.bench.add_tenant(&globex, "globex").await;
    let kim = house.join(&globex, Role::Owner, "kim").await;
    assert_eq!(house.remove(&kim, &ana).await, TeamAnswer::NotAllowed);
    assert_eq!(house.invited(&kim, Role::Support, "x").await.0, TeamAnswer::NotAllowed);
}

async fn the_last_owner_is_neither_removed_nor_made_less(bench: Bench) {
    use TeamAnswer::{Done, LastOwner};
    let house = House::open(bench).await;
    let acme = house.acme().clone();
    let ana = house.join(&acme, Role::Owner, "ana").await;
    let _bo = house.join(&acme, Role::Admin, "bo").await;
    assert_eq!(house.give(&ana, &ana, Role::Admin).await, LastOwner);
    assert_eq!(house.remove(&ana, &ana).await, LastOwner);
    assert_eq!(house.give(&ana, &ana, Role::Owner).await, Done, "the same again");
    let cy = house.join(&acme, Role::Owner, "cy").await;
    assert_eq!(house.give(&ana, &ana, Role::Admin).await, Done);
    assert_eq!(house.remove(&cy, &cy).await, LastOwner);
    // An owner who is banned looks after nothing.
    assert_eq!(house.give(&cy, &ana, Role::Owner).await, Done);
    house.ban(&ana).await.unwrap();
    assert_eq!(house.remove(&cy, &cy).await, LastOwner);
    assert_eq!(house.role(&acme, &cy).await, Some(Role::Owner));
}

async fn an_owner_of_all_tenants_is_one_of_each(bench: Bench) {
    use TeamAnswer::{Done, LastOwner};
    let house = House::open(bench).await;
    let (acme, console) = (house.acme().clone(), house.console.clone());
    let ops = house.join(&console, Role::Owner, "ops").await;
    let ana = house.join(&acme, Role::Owner, "ana").await;
    // Their row holds here, and is not this team's to change.
    let hand = house.hand(&acme, &ana);
    let changed = house.bench.store.change_role(hand.clone(), ops.clone(), Role::Admin).await;
    assert!(matches!(changed, Err(StoreError::NotFound)), "{changed:?}");
    let removed = house.bench.store.remove_member(hand, ops.clone()).await;
    assert!(matches!(removed, Err(StoreError::NotFound)), "{removed:?}");
    // The console's own last owner is one, whoever owns tenants.
    let own = house.hand(&console, &ops);
    let gone = house.bench.store.remove_member(own.clone(), ops.clone()).await.unwrap();
    assert_eq!(gone, LastOwner);
    assert_eq!(house.remove(&ops, &ana).await, Done, "ops is left");
    // With a role of their own in acme, the one for all does not count there.
    let eve = house.join(&acme, Role::Owner, "eve").await;
    let (made, hash) = house.invited(&eve, Role::Owner, "own").await;
    assert_eq!(made, Done);
    assert_eq!(house.take(&hash, Guest::Staff(ops.clone())).await, Taken::Joined);
    assert_eq!(house.give(&eve, &ops, Role::Support).await, Done);
    assert_eq!(house.remove(&eve, &eve).await, LastOwner);
    assert_eq!(house.role(&acme, &ops).await, Some(Role::Support));
}

async fn the_last_owner_is_neither_banned_nor_deleted(bench: Bench) {
    let house = House::open(bench).await;
    let acme = house.acme().clone();
    let ana = house.join(&acme, Role::Owner, "ana").await;
    let last = |answer: &Result<(), StoreError>| {
        assert!(matches!(answer, Err(StoreError::Conflict { what: "last_owner" })), "{answer:?}");
    };
    last(&house.ban(&ana).await);
    let deed = StaffDeed { actor: "test".to_owned(), reason: None };
    let store = &house.bench.store;
    let banned =
        store.set_standing_by(house.console.clone(), ana.clone(), Standing::Banned, deed.clone());
    last(&banned.await);
    last(&store.delete_user_by(house.console.clone(), ana.clone(), Vec::new(), deed).await);
    last(&store.delete_user(house.console.clone(), ana.clone(), Vec::new()).await);
    assert_eq!(house.role(&acme, &ana).await, Some(Role::Owner));
    let _bo = house.join(&acme, Role::Owner, "bo").await;
    house.ban(&ana).await.unwrap();
    // A tenant's own user is banned as ever.
    let alex = house.bench.add_user(&["alex@acme.test"]).await;
    store.set_standing(acme, vec![alex], Standing::Banned).await.unwrap();
}

async fn of_two_owners_who_go_at_once_one_stays(bench: Bench) {
    let house = House::open(bench).await;
    let acme = house.acme().clone();
    // Another node.
    let settings = StoreSettings {
        url: house.bench.url.clone(),
        readers: 2,
        writers: 2,
        node: "other".to_owned(),
        phantom_cap: 3,
    };
    let handle = tokio::runtime::Handle::current();
    let clock = Arc::new(house.bench.clock.clone());
    let other = Store::open(settings, handle, clock, Arc::new(NoMeter)).unwrap();
    let ana = house.join(&acme, Role::Owner, "ana").await;
    let bo = house.join(&acme, Role::Owner, "bo").await;
    for _ in 0..8 {
        let here = house.hand(&acme, &ana);
        let there = house.hand(&acme, &bo);
        let (first, second) = tokio::join!(
            house.bench.store.change_role(here, ana.clone(), Role::Admin),
            other.change_role(there, bo.clone(), Role::Admin),
        );
        let answers = [first.unwrap(), second.unwrap()];
        assert!(
            answers.contains(&TeamAnswer::Done) && answers.contains(&TeamAnswer::LastOwner),
            "{answers:?}"
        );
        // Whoever stayed brings the other one back.
        let stayed = if answers[0] == TeamAnswer::Done { [&bo, &ana] } else { [&ana, &bo] };
        assert_eq!(house.give(stayed[0], stayed[1], Role::Owner).await, TeamAnswer::Done);
    }
    // Each the other: the second one has no right to it any more.
    let here = house.hand(&acme, &ana);
    let there = house.hand(&acme, &bo);
    let (first, second) = tokio::join!(
        house.bench.store.change_role(here, bo.clone(), Role::Admin),
        other.change_role(there, ana.clone(), Role::Admin),
    );
    let answers = [first.unwrap(), second.unwrap()];
    assert!(
        answers.contains(&TeamAnswer::Done) && answers.contains(&TeamAnswer::NotAllowed),
        "{answers:?}"
    );
    tokio::task::spawn_blocking(move || other.close()).await.unwrap();
}

async fn an_invitation_is_worth_what_its_maker_may_give(bench: Bench) {
    let house = House::open(bench).await;
    let acme = house.acme().clone();
    let ana = house.join(&acme, Role::Owner, "ana").await;
    let bo = house.join(&acme, Role::Admin, "bo").await;
    let (_, hash) = house.invited(&bo, Role::Admin, "back").await;
    assert!(house.is_open(&hash).await);
    // Made less, Bo does not come back by a link made before.
    assert_eq!(house.give(&ana, &bo, Role::Auditor).await, TeamAnswer::Done);
    assert!(!house.is_open(&hash).await);
    assert_eq!(house.take(&hash, Guest::Staff(bo.clone())).await, Taken::Over);
    assert_eq!(house.remove(&ana, &bo).await, TeamAnswer::Done);
    assert_eq!(house.take(&hash, Guest::Staff(bo.clone())).await, Taken::Over);
    let (since, now) = (Millis(0), house.bench.now());
    let reader = &house.bench.reader;
    let open = reader.open_invites(house.console.clone(), acme.clone(), since, now).await.unwrap();
    assert!(open.is_empty(), "{open:?}");
    assert_eq!(house.role(&acme, &bo).await, None);
}

async fn an_invitation_of_who_was_banned_opens_nothing(bench: Bench) {
    let house = House::open(bench).await;
    let acme = house.acme().clone();
    house.join(&acme, Role::Owner, "ana").await;
    let bo = house.join(&acme, Role::Owner, "bo").await;
    let (_, hash) = house.invited(&bo, Role::Owner, "back").await;
    assert!(house.is_open(&hash).await);
    house.ban(&bo).await.unwrap();
    assert!(!house.is_open(&hash).await);
    assert_eq!(house.take(&hash, Guest::Staff(bo)).await, Taken::Over);
}

async fn an_invitation_that_is_taken_back_or_used_opens_nothing(bench: Bench) {
    let house = House::open(bench).await;
    let acme = house.acme().clone();
    let ana = house.join(&acme, Role::Owner, "ana").await;
    let bo = house.join(&house.console.clone(), Role::Support, "bo").await;
    let (_, back) = house.invited(&ana, Role::Admin, "back").await;
    let (_, used) = house.invited(&ana, Role::Admin, "used").await;
    let (_, late) = house.invited(&ana, Role::Admin, "late").await;
    let hand = || house.hand(&acme, &ana);
    let store = &house.bench.store;
    assert_eq!(store.revoke_invite(hand(), back.clone()).await.unwrap(), TeamAnswer::Done);
    assert_eq!(house.take(&back, Guest::Staff(bo.clone())).await, Taken::Over);
    assert_eq!(house.take(&used, Guest::Staff(bo.clone())).await, Taken::Joined);
    assert_eq!(house.take(&used, Guest::Staff(bo.clone())).await, Taken::Over);
    assert!(house.is_open(&late).await);
    house.bench.clock.advance(Span::DAY);
    assert!(!house.is_open(&late).await);
    assert_eq!(house.take(&late, Guest::Staff(bo)).await, Taken::Over);
    for gone in [back, used, late, "nobody's".to_owned()] {
        let again = store.revoke_invite(hand(), gone).await;
        assert!(matches!(again, Err(StoreError::NotFound)), "{again:?}");
    }
    // What is over is forgotten a while later.
    let purged = store.purge(acme.clone(), PurgeLimits::default()).await.unwrap();
    assert_eq!(purged.invites, 0);
    house.bench.clock.advance(Span::DAY.times(2));
    let purged = store.purge(acme, PurgeLimits::default()).await.unwrap();
    assert_eq!(purged.invites, 4, "Ana's, too");
}

async fn an_owner_is_not_made_less_by_an_invitation(bench: Bench) {
    let house = House::open(bench).await;
    let (acme, console) = (house.acme().clone(), house.console.clone());
    let ana = house.join(&acme, Role::Owner, "ana").await;
    let ops = house.join(&console, Role::Owner, "ops").await;
    let bo = house.join(&acme, Role::Admin, "bo").await;
    let (_, hash) = house.invited(&bo, Role::Auditor, "less").await;
    for owner in [&ana, &ops] {
        assert_eq!(house.take(&hash, Guest::Staff(owner.clone())).await, Taken::IsOwner);
        assert_eq!(house.role(&acme, owner).await, Some(Role::Owner));
    }
    assert!(house.is_open(&hash).await, "it is not used up");
}

async fn so_many_are_invited_in_a_day_and_no_more(bench: Bench) {
    let house = House::open(bench).await;
    let acme = house.acme().clone();
    let ana = house.join(&acme, Role::Owner, "ana").await;
    let mail = async |mark: &str| {
        let mut invite = house.invite(&acme, Role::Support, mark, &format!("staff:{ana}"));
        invite.mailed_to = Some("bo@acme.test".to_owned());
        let hand = house.hand(&acme, &ana);
        house.bench.store.invite(invite, Some(hand), None).await.unwrap()
    };
    house.bench.clock.advance(HOUR);
    for number in 0..MOST_TO_ONE {
        assert_eq!(mail(&format!("mail {number}")).await, TeamAnswer::Done);
    }
    assert_eq!(mail("one more").await, TeamAnswer::TooManyToOne);
    // The one that brought Ana counts, too.
    for number in 0..MOST_INVITES - MOST_TO_ONE - 1 {
        let (answer, _) = house.invited(&ana, Role::Support, &format!("link {number}")).await;
        assert_eq!(answer, TeamAnswer::Done, "{number}");
    }
    assert_eq!(house.invited(&ana, Role::Support, "more").await.0, TeamAnswer::TooMany);
    let _by_machine = house.join(&acme, Role::Support, "cy").await;
    house.bench.clock.advance(Span::DAY);
    assert_eq!(mail("tomorrow").await, TeamAnswer::Done);
}

async fn a_team_is_walked_along_its_key(bench: Bench) {
    let house = House::open(bench).await;
    let (acme, console) = (house.acme().clone(), house.console.clone());
    let mut there = Vec::new();
    for number in 0..27 {
        there.push(house.join(&acme, Role::Support, &format!("m{number}")).await);
    }
    let ops = house.join(&console, Role::Admin, "ops").await;
    let page = async |after: Option<UserId>| {
        let (console, acme) = (house.console.clone(), house.acme().clone());
        house.bench.reader.team_page(console, acme, after).await.unwrap()
    };
    let first = page(None).await;
    assert_eq!((first.members.len(), first.everywhere.len()), (25, 1));
    assert_eq!(first.everywhere[0].row.staff_id, ops);
    let rest = page(first.next.clone()).await;
    assert_eq!((rest.members.len(), rest.everywhere.len(), rest.next.clone()), (2, 0, None));
    let mut shown: Vec<UserId> = first
        .members
        .iter()
        .chain(&rest.members)
        .map(|member| member.row.staff_id.clone())
        .collect();
    shown.sort();
    there.sort();
    assert_eq!(shown, there);
    assert!(first.members.iter().all(|member| member.record.is_some() && !member.second_factor));
}

async fn every_deed_is_on_record_and_a_foreign_one_is_not_there(bench: Bench) {
    let house = House::open(bench).await;
    let acme = house.acme().clone();
    let ana = house.join(&acme, Role::Owner, "ana").await;
    let bo = house.join(&acme, Role::Support, "bo").await;
    let globex = TenantId::generate(house.bench.now().after(Span(16)));
    house.bench.add_tenant(&globex, "globex").await;
    let kim = house.join(&globex, Role::Owner, "kim").await;
    let (_, hash) = house.invited(&ana, Role::Support, "x").await;
    let foreign = house.bench.store.revoke_invite(house.hand(&globex, &kim), hash.clone()).await;
    assert!(matches!(foreign, Err(StoreError::NotFound)), "{foreign:?}");
    let foreign = house.bench.store.remove_member(house.hand(&globex, &kim), bo.clone()).await;
    assert!(matches!(foreign, Err(StoreError::NotFound)), "{foreign:?}");
    house.give(&ana, &bo, Role::Auditor).await;
    house.remove(&ana, &bo).await;
    house.bench.store.revoke_invite(house.hand(&acme, &ana), hash).await.unwrap();
    let rows = house.bench.reader.audit_rows(acme, 50).await.unwrap();
    let actor = format!("staff:{ana}");
    let mut done: Vec<&str> =
        rows.iter().filter(|row| row.actor == actor).map(|row| row.action.as_str()).collect();
    done.sort_unstable();
    let joined = "team.joined";
    assert_eq!(
        done,
        ["team.invite_revoked", "team.invited", joined, "team.removed", "team.role_changed"]
    );
    let changed = rows.iter().find(|row| row.action == "team.role_changed").unwrap();
    let facts: serde_json::Value = serde_json::from_str(&changed.detail).unwrap();
    assert_eq!(facts["was"], "support");
    assert_eq!(facts["role"], "auditor");
    assert_eq!(facts["member"], bo.as_str());
}
