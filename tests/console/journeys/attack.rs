//! J-T4, under attack: the banner, the picture, the campaign; a stricter policy for two hours; tries as
//! they come; and the locks of the campaign undone.

use lockkeeper::model::{Span, UserId};
use lockkeeper::store::team::Role;
use thirtyfour::error::WebDriverResult;

use super::super::Office;
use super::super::attacks::{guess, initech, page_with, spray};
use super::hand::{Hand, Manner, assert_noted, beginning, three_ways, until};
use crate::harness::app::TestTenant;
use crate::harness::client::block_on;

struct Siege {
    office: Office,
    tenant: TestTenant,
    users: Vec<UserId>,
}

impl AsRef<Office> for Siege {
    fn as_ref(&self) -> &Office {
        &self.office
    }
}

/// Six accounts are locked for an hour by guesses from one network, and it goes on.
fn siege() -> Siege {
    let office = Office::open();
    let (tenant, users) = initech(&office);
    let ana = office.staff("ana", Some(&tenant), Role::Admin);
    block_on(spray(&office));
    office.app.advance(Span::MINUTE.times(4));
    page_with(&office, &ana, "/console/initech/attacks", "Under attack since");
    Siege { office, tenant, users }
}

impl Hand<'_> {
    /// A try from elsewhere appears: by itself where scripts run, else when one looks again.
    async fn next_try(&self, scene: &Siege, from: [u8; 4]) -> WebDriverResult<()> {
        let address = from.map(|part| part.to_string()).join(".");
        let mut number = 0;
        if self.manner == Manner::PointerWithoutScript {
            guess(&scene.office, from, "nobody@initech.test").await;
            self.press("Check again").await?;
            return self.says(&address).await;
        }
        until("the feed goes on", async || {
            // The stream tells of what comes after its beginning, and looks once a second.
            number += 1;
            guess(&scene.office, from, &format!("nobody{number}@initech.test")).await;
            scene.office.app.advance(Span::SECOND);
            self.text().await.contains(&address)
        })
        .await;
        Ok(())
    }
}

#[test]
fn j_t4_an_attack_is_seen_met_with_a_stricter_policy_and_undone() {
    three_ways(
        siege,
        async |ana, scene| {
            ana.sign_in("ana").await?;
            ana.says("Overview").await?;
            ana.says("Under attack since").await?;
            ana.menu("Attacks").await?;
            ana.says("Under attack since").await?;
            ana.says("48 failed sign-ins, 6 locks").await?;
            ana.next_try(scene, [127, 6, 0, 1]).await?;
            if ana.manner != Manner::PointerWithoutScript {
                ana.stay(&beginning("Pause")).await?;
                ana.says("Go on").await?;
                ana.stay(&beginning("Go on")).await?;
            }
            ana.press("Look at it").await?;
            ana.says("127.5.0.*").await?;
            ana.press("Stricter for a while").await?;
            ana.fill("length", "2h").await?;
            ana.press("Set it").await?;
            ana.summary_has_the_focus().await?;
            ana.fill("reason", "the spray of noon").await?;
            ana.press("Set it").await?;
            ana.says("A stricter policy decides until").await?;

            ana.menu("Attacks").await?;
            ana.press("Look at it").await?;
            ana.press("Undo the locks").await?;
            ana.says("6 unlocked, 0 left as they are.").await
        },
        |Siege { office, tenant, users }| {
            let tenants = &office.app.tenants;
            let now = block_on(tenants.policies_now(&tenant.profile)).unwrap();
            assert!(now.overlay.is_some(), "it goes on after the page is left");
            for user in users {
                let lock = block_on(tenants.account_lock(&tenant.profile, user)).unwrap();
                assert!(lock.is_none(), "{lock:?}");
            }
            assert_noted(office, tenant, &["policy.overlay_set", "campaign.undone"]);
        },
    );
}
