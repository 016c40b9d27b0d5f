//! The console on a phone: signed in by the form, nothing to scroll sideways.

use lockkeeper::store::team::Role;
use serde_json::json;
use thirtyfour::prelude::*;

use super::Office;
use super::journeys::Agent;
use crate::harness::browser::{Look, Scheme, Scripts, browse, cdp};
use crate::harness::client::block_on;

const PHONE: Look = Look { scripts: Scripts::Off, scheme: Scheme::Dark, width: 320, height: 700 };

#[test]
fn no_page_scrolls_sideways_on_a_phone() {
    let office = Office::open();
    let _made = office.staff("ana", Some(&office.acme), Role::Owner);
    let (reference, _) = super::inbox::write(&office, "ann@acme.test", &"word".repeat(90));
    let request = format!("/console/acme/inbox/{reference}");
    office.app.user(&office.acme, "bea@acme.test", "correct horse");
    let wrong = [("identifier", "bea@acme.test"), ("password", "wrong")];
    block_on(office.visitor().client.post_form("/t/acme/sign-in", &wrong));
    let long = format!("{}@acme.test", "word".repeat(15));
    let long = office.app.user(&office.acme, &long, "correct horse").record.user.id;
    super::inbox::lock(&office, &long);
    let story = format!("/console/acme/locks/{long}");
    let unlock = format!("{story}/unlock");
    let person = format!("/console/acme/users/{long}");
    let edit = format!("{person}/edit");
    let name = super::users_edit::name_of(&office, &long);
    let unname = format!("{person}/names/{name}/remove");
    let long_name = "word".repeat(15);
    let _mate = office.staff(&long_name, Some(&office.acme), Role::Auditor);
    let mate = format!("/console/acme/team/{}", super::team::id_of(&office, &long_name));
    let out = format!("{mate}/remove");
    let many = format!("/console/acme/locks/many?user={long}");
    let traced = format!("/console/acme/policy/replay/{long}?preset=strict");
    let base = office.app.base();
    browse(PHONE, async |driver| {
        let _ana = Agent::signed_in(&driver, &office, "ana").await?;
        for (path, heading) in [
            ("/console/acme/overview", "Overview"),
            ("/console/acme/policy", "Lockout policy"),
            ("/console/acme/policy?preset=strict", "Lockout policy"),
            ("/console/acme/policy/replay?preset=strict", "The last 7 days under your draft"),
            (traced.as_str(), "word"),
            ("/console/acme/policy/versions", "Versions"),
            ("/console/acme/policy/versions/1", "Version 1"),
            ("/console/acme/policy/overlay", "Stricter for a while"),
            ("/console/acme/policy/shadow?preset=strict", "Watched policy"),
            ("/console/acme/policy/import", "Import"),
            ("/console/acme/settings", "Settings"),
            ("/console/acme/test-lock", "Lock a test user"),
            ("/console/guide/lockout-policy", "Choosing a lockout policy"),
            ("/console/acme/inbox", "Inbox"),
            ("/console/acme/inbox?q=words", "Inbox"),
            (request.as_str(), "Something else"),
            ("/console/acme/locks", "Locks"),
            (many.as_str(), "Unlock this account?"),
            ("/console/acme/inbox/canned", "Saved answers"),
            (story.as_str(), "Why is word"),
            (unlock.as_str(), "Unlock word"),
            ("/console/acme/users", "Users"),
            ("/console/acme/users?q=word", "Users"),
            ("/console/acme/users/new", "New user"),
            ("/console/acme/users/import", "Import users"),
            (person.as_str(), "word"),
            (edit.as_str(), "Change word"),
            (unname.as_str(), "Remove word"),
            ("/console/acme/alerts", "Alerts"),
            ("/console/acme/mail", "Mail"),
            ("/console/acme/mail/preview", "What mails look like"),
            ("/console/acme/audit", "Audit log"),
            ("/console/acme/team", "Team"),
            (mate.as_str(), "word"),
            (out.as_str(), "Remove word"),
            ("/console/acme/keys", "Keys"),
            ("/console/acme/branding", "Branding"),
            ("/console/acme/webhooks", "Webhooks"),
            ("/console/acme/attacks", "Attacks"),
            ("/console/me", "Your settings"),
        ] {
            driver.goto(format!("{base}{path}")).await?;
            let found = driver.find(By::Tag("h1")).await?.text().await?;
            assert!(found.starts_with(heading), "{path}: {found}");
            let metrics = cdp(&driver, "Page.getLayoutMetrics", json!({})).await;
            let content = &metrics["cssContentSize"]["width"];
            assert_eq!(content, &metrics["cssLayoutViewport"]["clientWidth"], "{path}");
        }
        Ok(())
    });
}
