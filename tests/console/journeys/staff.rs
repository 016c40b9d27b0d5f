//! J-T6, a team is made: somebody is invited and joins, is given another role, and then has to bring a
//! second factor, as the owner who demands it has.

use lockkeeper::credential::{TotpSecret, TotpStep};
use lockkeeper::model::{Clock, Span};
use lockkeeper::store::team::Role;
use lockkeeper::store::tenants::TenantName;
use thirtyfour::error::WebDriverResult;

use super::super::{Office, PASSWORD};
use super::hand::{Hand, assert_noted, audit, field, three_ways};
use crate::harness::client::block_on;

fn office() -> Office {
    let office = Office::open();
    let _ana = office.staff("ana", Some(&office.acme), Role::Owner);
    office
}

async fn invites(ana: &Hand<'_>) -> WebDriverResult<String> {
    ana.sign_in("ana").await?;
    ana.menu("Team").await?;
    ana.says("What each role may do").await?;
    ana.choose("role", "support").await?;
    ana.press("Invite").await?;
    ana.says("Your link").await?;
    let link = ana.text_of("#secret").await?;
    ana.menu("Sign out").await?;
    Ok(link.strip_prefix(&ana.base).unwrap().to_owned())
}

/// In the browser of the same machine, after the other has signed out.
async fn joins(bo: &Hand<'_>, link: &str) -> WebDriverResult<()> {
    bo.open(link).await?;
    bo.press("Create your account").await?;
    bo.summary_has_the_focus().await?;
    bo.fill("name", "Bo").await?;
    bo.fill("identifier", "bo@lockkeeper.test").await?;
    bo.fill("password", PASSWORD).await?;
    bo.press("Create your account").await?;
    bo.sign_in("bo").await?;
    bo.says("No open requests").await?;
    bo.menu("Sign out").await
}

/// Turns on an app, and signs in with it.
async fn brings_a_second_factor(ana: &Hand<'_>, office: &Office) -> WebDriverResult<()> {
    ana.press("Your second factor").await?;
    ana.press("Set up an app").await?;
    let secret = ana.text_of(".secret").await?.replace(' ', "");
    let secret = TotpSecret::from_base32(&secret).unwrap();
    let code = || secret.code(TotpStep::at(office.app.clock.now()));
    ana.fill("code", &code()).await?;
    ana.press("Turn it on").await?;
    ana.press("I have kept them").await?;
    ana.press("Sign out").await?;
    // A code counts once.
    office.app.advance(Span::MINUTE);
    ana.sign_in("ana").await?;
    ana.says("Enter the code of your app").await?;
    ana.fill("code", &code()).await?;
    ana.press("Sign in").await
}

#[test]
fn j_t6_somebody_is_invited_given_another_role_and_asked_for_a_second_factor() {
    three_ways(
        office,
        async |hand, office| {
            let link = invites(hand).await?;
            joins(hand, &link).await?;

            hand.sign_in("ana").await?;
            hand.menu("Team").await?;
            hand.press("Change Bo").await?;
            hand.choose("role", "admin").await?;
            hand.press("Save role").await?;
            hand.says("Bo is admin now.").await?;
            hand.menu("Settings").await?;
            hand.stay(&field("staff_second_factor")).await?;
            hand.press("Save the settings").await?;
            hand.summary_has_the_focus().await?;
            hand.says("sign in with yours first").await?;
            brings_a_second_factor(hand, office).await?;
            hand.menu("Settings").await?;
            hand.stay(&field("staff_second_factor")).await?;
            hand.press("Save the settings").await?;
            hand.says("The settings are saved.").await?;
            hand.menu("Team").await?;
            hand.says("must sign in with a second factor").await?;
            hand.menu("Sign out").await?;

            hand.sign_in("bo").await?;
            hand.says("A second factor is needed").await
        },
        |office| {
            let acme = office.acme.profile.id();
            let reader = office.app.tenants.reader();
            let console = block_on(office.app.tenants.console_home()).unwrap();
            let team = reader.team_page(console.id().clone(), acme.clone(), None);
            let team = block_on(team).unwrap().members;
            let mut roles: Vec<_> = team.iter().map(|one| one.row.role.as_str()).collect();
            roles.sort_unstable();
            assert_eq!(roles, ["admin", "owner"]);
            let name = TenantName::Slug("acme".to_owned());
            let found = block_on(office.app.tenants.find(name)).unwrap().unwrap();
            assert!(found.tenant.staff_second_factor);
            assert_noted(office, &office.acme, &["team.joined", "team.role_changed"]);
            assert_noted(office, &office.acme, &["team.invited", "tenant.changed"]);
            let joined = audit(office, &office.acme);
            assert_eq!(joined.iter().filter(|row| row.action == "team.joined").count(), 2);
        },
    );
}
