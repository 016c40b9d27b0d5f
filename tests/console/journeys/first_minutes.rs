//! J-T1, the first ten minutes: a tenant's looks, its sender, its app, a policy, and a lock tried out
//! whose mail is read.

use lockkeeper::model::Span;
use lockkeeper::store::team::Role;
use lockkeeper::store::tenants::TenantName;
use thirtyfour::error::WebDriverResult;
use thirtyfour::prelude::*;

use super::super::Office;
use super::hand::{Hand, assert_noted, three_ways};
use crate::harness::client::block_on;

fn office() -> Office {
    let office = Office::open();
    let _ana = office.staff("ana", Some(&office.acme), Role::Owner);
    office
}

impl Hand<'_> {
    /// The newest letter in the mailbox, once it is the one.
    async fn letter(&self, subject: &str) -> WebDriverResult<()> {
        super::hand::until(subject, async || {
            let newest = self.driver.find(By::Css("nav.letters a")).await;
            if let Ok(letter) = newest
                && letter.text().await.is_ok_and(|text| text.contains(subject))
            {
                return true;
            }
            self.driver.refresh().await.unwrap();
            false
        })
        .await;
        self.leave("(//nav[contains(@class, \"letters\")]//a)[1]").await
    }
}

#[test]
fn j_t1_in_the_first_ten_minutes_a_test_user_is_locked_and_its_mail_is_read() {
    three_ways(
        office,
        async |ana, office| {
            ana.sign_in("ana").await?;
            ana.says("First ten minutes").await?;
            ana.menu("Branding").await?;
            ana.fill("colour", "#5B3FD6").await?;
            ana.press("Save branding").await?;
            ana.says("The branding is saved.").await?;
            ana.menu("Mail").await?;
            ana.press("Send a test mail").await?;
            ana.says("is on its way").await?;
            // The mailbox shows the newest first, by second.
            office.app.advance(Span::SECOND.times(5));

            ana.menu("Overview").await?;
            ana.press("Settings").await?;
            ana.fill("origins", "https://app.acme.test").await?;
            ana.press("Save the settings").await?;
            ana.says("The settings are saved.").await?;
            ana.menu("Overview").await?;
            ana.press("Lockout policy").await?;
            ana.press("Strict").await?;
            ana.fill("reason", "as strict as the bank").await?;
            ana.press("Save the policy").await?;
            ana.says("Version 2 is live").await?;

            ana.menu("Overview").await?;
            ana.press("Lock a test user now").await?;
            ana.fill("identifier", "test@acme.test").await?;
            ana.press("Lock it now").await?;
            ana.says("test@acme.test").await?;
            ana.says("in 5 minutes").await?;
            ana.press("Mailbox").await?;
            ana.letter("Unlock your acme Ltd account").await?;
            let frame = ana.driver.find(By::Css("iframe")).await?;
            frame.enter_frame().await?;
            let letter = ana.driver.find(By::Tag("body")).await?.text().await?;
            assert!(letter.contains("5 sign-in attempts had failed"), "{letter}");
            ana.driver.enter_default_frame().await?;

            ana.open("/console").await?;
            ana.says("Locked now").await?;
            ana.says("test@acme.test").await?;
            ana.says_not("Lock a test user now").await;
            Ok(())
        },
        |office| {
            let name = TenantName::Slug("acme".to_owned());
            let found = block_on(office.app.tenants.find(name)).unwrap().unwrap();
            assert_eq!(found.allowed_origins, ["https://app.acme.test"]);
            assert_eq!(found.tenant.brand_color.as_deref(), Some("#5B3FD6"));
            assert!(found.tenant.test_locked_at.is_some());
            let live = block_on(office.app.tenants.live_policy(&found)).unwrap();
            assert_eq!((live.version, live.policy().unwrap().max_attempts), (2, 5));
            let actions = ["tenant.changed", "policy.saved", "user.test_locked"];
            assert_noted(office, &office.acme, &actions);
        },
    );
}
