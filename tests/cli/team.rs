//! `team list` and `team remove` of the real program: who is listed, who is taken out and who stays.

use std::sync::Arc;

use lockkeeper::model::Identifier;
use lockkeeper::store::team::Role;
use lockkeeper::store::tenants::TenantName;
use lockkeeper::tenant::{Accepted, Accepting, Password};
use lockkeeper::token::MasterKeys;

use super::audit::database;
use super::*;
use crate::harness::app::{TestApp, TestPlan};
use crate::harness::client::block_on;

/// The place's tenants as a server has them, until `work` is done.
fn inside<T>(place: &Place, work: impl AsyncFnOnce(&TestApp) -> T) -> T {
    let keys = Arc::new(MasterKeys::load(&place.path().join("lockkeeper.key")).unwrap());
    let change = Box::new(move |plan: &mut lockkeeper::app::Plan| plan.keys = keys);
    let app = TestApp::with(TestPlan { database: Some(database(place)), change });
    let done = block_on(work(&app));
    app.stop();
    done
}

/// Each opens a link of acme's, or without a tenant one for all.
fn join(place: &Place, staff: &[(&str, Option<&str>, Role)]) {
    inside(place, async |app| {
        for (name, slug, role) in staff {
            let team = match slug {
                Some(slug) => {
                    let name = TenantName::Slug((*slug).to_owned());
                    app.tenants.find(name).await.unwrap().unwrap()
                }
                None => app.tenants.console_home().await.unwrap(),
            };
            let link = app.tenants.invite(&team, *role, "test").await.unwrap();
            let who = Accepting::NewUser {
                identifier: Identifier::parse(&format!("{name}@lockkeeper.test")).unwrap(),
                password: Password::parse(PASSWORD).unwrap(),
                name: (*name).to_owned(),
            };
            let accepted = app.tenants.accept_invite(link.expose(), who).await.unwrap();
            assert_eq!(accepted, Accepted::Joined, "{name}");
        }
    });
}

/// Names and roles, in the order of the names.
fn listed(place: &Place, line: &str) -> Vec<(String, String, bool)> {
    let list = place.run(line).json();
    let one = |member: &Value| {
        let text = |key: &str| member[key].as_str().unwrap().to_owned();
        (text("name"), text("role"), member["all_tenants"].as_bool().unwrap())
    };
    let mut found: Vec<_> = list["members"].as_array().unwrap().iter().map(one).collect();
    found.sort();
    found
}

fn owned(of: &[(&str, &str, bool)]) -> Vec<(String, String, bool)> {
    of.iter().map(|(name, role, all)| ((*name).to_owned(), (*role).to_owned(), *all)).collect()
}

#[test]
fn a_team_is_listed_with_its_invitations() {
    let place = Place::new();
    place.tenant("acme");
    place.tenant("globex");
    let none = place.run("team list --tenant acme");
    assert_eq!(
        (none.code, none.out.as_str()),
        (0, "nobody works here yet; let somebody in with: lockkeeper team link --tenant acme\n")
    );
    join(
        &place,
        &[
            ("ana", Some("acme"), Role::Owner),
            ("bo", Some("acme"), Role::Support),
            ("kim", Some("globex"), Role::Owner),
            ("ops", None, Role::Admin),
        ],
    );
    let own = [("ana", "owner", false), ("bo", "support", false), ("ops", "admin", true)];
    assert_eq!(listed(&place, "team list --tenant acme --json"), owned(&own));
    assert_eq!(listed(&place, "team list --json"), owned(&[("ops", "admin", true)]));

    place.run("team link --tenant acme --role auditor --json").json();
    let list = place.run("team list --tenant acme --json").json();
    let open = list["invitations"].as_array().unwrap();
    assert_eq!(open.len(), 1, "{list}");
    assert_eq!((&open[0]["role"], &open[0]["mailed_to"]), (&"auditor".into(), &Value::Null));
    let shown = place.run("team list --tenant acme").out;
    let bo = shown.lines().find(|line| line.starts_with("support")).unwrap();
    assert!(bo.contains("bo, bo@lockkeeper.test (user_"), "{shown}");
    assert!(shown.contains("of all tenants\n"), "{shown}");
    let id = open[0]["id"].as_str().unwrap();
    assert!(shown.contains(&format!("\nInvitations:\n{id}  auditor  by link  until ")), "{shown}");
    place.run("team list --tenant nobody").refused(1, "there is no tenant `nobody`");
}

#[test]
fn a_member_is_taken_out_and_the_last_owner_stays() {
    let place = Place::new();
    place.tenant("acme");
    join(&place, &[("ana", Some("acme"), Role::Owner), ("bo", Some("acme"), Role::Support)]);
    let gone = place.run("team remove --tenant acme BO@lockkeeper.test --json").json();
    assert_eq!(gone["role"], "support");
    assert!(gone["id"].as_str().unwrap().starts_with("user_"), "{gone}");
    place
        .run("team remove --tenant acme bo@lockkeeper.test")
        .refused(1, "the team of `acme` has no `bo@lockkeeper.test`");
    place.run("team remove --tenant acme !").refused(1, "lockkeeper team list --tenant acme");
    place
        .run("team remove --tenant acme ana@lockkeeper.test")
        .refused(1, "make another one first: lockkeeper team link --tenant acme");

    // Whoever owns all tenants looks after this one; they are no member of its own team.
    join(&place, &[("ops", None, Role::Owner)]);
    place.run("team remove --tenant acme ops@lockkeeper.test").refused(1, "leave out --tenant");
    place.run("team remove ops@lockkeeper.test").refused(1, "the last owner of the team of all");
    let ana = place.run("team list --tenant acme --json").json();
    let ana = ana["members"][0]["id"].as_str().unwrap().to_owned();
    let said = place.run(&format!("team remove --tenant acme {ana}"));
    let words = format!("ana, ana@lockkeeper.test ({ana}) is out of the team of `acme`\n");
    assert_eq!((said.code, said.out), (0, words), "{}", said.err);
    assert_eq!(listed(&place, "team list --tenant acme --json"), owned(&[("ops", "owner", true)]));

    // Each with its row, by whoever ran the command.
    let actors = inside(&place, async |app| {
        let name = TenantName::Slug("acme".to_owned());
        let acme = app.tenants.find(name).await.unwrap().unwrap();
        let rows = app.tenants.reader().audit_rows(acme.id().clone(), 50).await.unwrap();
        let removed = rows.into_iter().filter(|row| row.action == "team.removed");
        removed.map(|row| row.actor).collect::<Vec<_>>()
    });
    assert_eq!(actors.len(), 2);
    assert!(actors.iter().all(|actor| actor.starts_with("cli:")), "{actors:?}");
}

#[test]
fn an_invitation_is_taken_back_by_its_id() {
    let place = Place::new();
    place.tenant("acme");
    place.run("team link --tenant acme --json").json();
    let id = |list: &Value| list["invitations"][0]["id"].as_str().map(str::to_owned);
    let open = id(&place.run("team list --tenant acme --json").json()).unwrap();
    let elsewhere = place.run(&format!("team remove {open}"));
    elsewhere.refused(1, "the team of all tenants has no");
    let said = place.run(&format!("team remove --tenant acme {open}"));
    let words = format!("the invitation {open} opens nothing any more\n");
    assert_eq!((said.code, said.out), (0, words), "{}", said.err);
    assert_eq!(id(&place.run("team list --tenant acme --json").json()), None);
    place.run(&format!("team remove --tenant acme {open}")).refused(1, "has no");
}
