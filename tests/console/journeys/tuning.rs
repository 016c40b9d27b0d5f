//! J-T2, a policy is tuned before anybody lives with it; J-T3, too many are locked, and the record says
//! what would help.

use lockkeeper::lockout::Preset;
use lockkeeper::model::Span;
use lockkeeper::store::team::Role;
use thirtyfour::error::WebDriverResult;

use super::super::Office;
use super::hand::{Hand, Manner, PATIENCE, assert_noted, three_ways, until};
use crate::harness::client::block_on;
use crate::harness::nodes;

const OWNERS: [&str; 3] = ["bea@acme.test", "cy@acme.test", "dee@acme.test"];

async fn sign_in(office: &Office, name: &str, password: &str) -> u16 {
    let form = [("identifier", name), ("password", password)];
    office.visitor().client.post_form("/t/acme/sign-in", &form).await.status
}

/// Somebody has mistyped a few times, and got in.
fn quiet_office() -> Office {
    let office = Office::open();
    let _ana = office.staff("ana", Some(&office.acme), Role::Owner);
    office.app.user(&office.acme, OWNERS[0], "correct horse");
    block_on(async {
        for _ in 0..4 {
            sign_in(&office, OWNERS[0], "wrong").await;
        }
        assert_eq!(sign_in(&office, OWNERS[0], "correct horse").await, 303);
    });
    // What is younger than ten minutes may be read from an earlier answer.
    office.app.advance(Span::MINUTE.times(11));
    office
}

impl Hand<'_> {
    /// Types into the policy's form and sees what follows: as one types where scripts run, else by the
    /// form's own button.
    async fn drafts(&self, name: &str, value: &str, follows: &str) -> WebDriverResult<()> {
        self.fill(name, value).await?;
        if self.manner == Manner::PointerWithoutScript {
            self.press("Update preview").await?;
        }
        self.says(follows).await
    }

    /// The replay of the last week under the draft, once it is there.
    async fn replays(&self) -> WebDriverResult<()> {
        self.press("Replay the last 7 days").await?;
        self.says("under your draft").await?;
        // With script the page looks again by itself, and "Check again" may be gone by then.
        until("the replay", async || {
            if self.text().await.contains("What would have been different") {
                return true;
            }
            if self.manner == Manner::PointerWithoutScript {
                self.press("Check again").await.unwrap();
            }
            false
        })
        .await;
        Ok(())
    }
}

#[test]
fn j_t2_a_policy_is_tuned_seen_saved_and_taken_back() {
    three_ways(
        quiet_office,
        async |ana, _| {
            ana.sign_in("ana").await?;
            ana.menu("Policy").await?;
            ana.says("Version 1 is live").await?;
            let before = ana.text_of("#drawn").await?;
            ana.press("Strict").await?;
            ana.says("After 5 failed attempts the account is locked for 5 minutes").await?;
            let strict = ana.text_of("#drawn").await?;
            assert_ne!(strict, before, "the guess budget of a draft stands beside the live one");
            ana.drafts("max_attempts", "4", "After 4 failed attempts").await?;
            until("the drawings follow", async || {
                ana.text_of("#drawn").await.is_ok_and(|drawn| drawn != strict)
            })
            .await;
            ana.replays().await?;
            ana.says("5 recorded tries").await?;
            ana.press("Back to the draft").await?;
            ana.says("After 4 failed attempts").await?;

            ana.press("Save the policy").await?;
            ana.summary_has_the_focus().await?;
            ana.says("Enter why you change it").await?;
            ana.fill("reason", "guessing since Monday").await?;
            let changes = ana.text_of("#save-changes").await?;
            assert!(changes.contains("Lock after 8") && changes.contains('4'), "{changes}");
            ana.press("Save the policy").await?;
            ana.says("Version 2 is live").await?;
            ana.press("Go back to version 1").await?;
            ana.says("What changes").await?;
            ana.press("Go back to this").await?;
            ana.says("Version 3 is live").await
        },
        |office| {
            let acme = &office.acme.profile;
            let live = block_on(office.app.tenants.live_policy(acme)).unwrap();
            assert_eq!((live.version, live.made_over), (3, Some(2)));
            assert_eq!(live.policy().unwrap(), Preset::Balanced.policy());
            let tried = office.app.tenants.reader().policy_version(acme.id().clone(), 2);
            let tried = block_on(tried).unwrap().unwrap();
            assert_eq!(tried.reason, "guessing since Monday");
            assert_eq!(tried.policy().unwrap().max_attempts, 4);
            assert_noted(office, &office.acme, &["policy.saved"]);
        },
    );
}

/// Three owners were locked out and came back by themselves when the lock had ended.
fn complaining_office() -> Office {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Admin);
    for name in OWNERS {
        office.app.user(&office.acme, name, "correct horse");
    }
    block_on(async {
        for name in OWNERS {
            for _ in 0..8 {
                sign_in(&office, name, "wrong").await;
            }
        }
    });
    office.app.advance(Span::MINUTE.times(2));
    block_on(async {
        for name in OWNERS {
            assert_eq!(sign_in(&office, name, "correct horse").await, 303);
        }
    });
    // Summed up while the tenant is at work; replayed once no earlier answer is kept.
    office.app.advance(Span::MINUTE.times(4));
    nodes::until(PATIENCE, || {
        block_on(office.app.tenants.upkeep());
        block_on(ana.get("/console/acme/overview")).body.contains("<dd>100 %</dd>")
    });
    office.app.advance(Span::MINUTE.times(11));
    office
}

#[test]
fn j_t3_too_many_are_locked_and_a_milder_draft_is_proved_on_the_record() {
    three_ways(
        complaining_office,
        async |ana, _| {
            ana.sign_in("ana").await?;
            ana.says("Owners kept out").await?;
            let rate = ana.text_of("#kept-out").await?;
            assert!(rate.contains("3 locks kept their owners out in 28 days"), "{rate}");
            ana.press("People who were locked").await?;
            ana.says("What became of people who were locked").await?;
            let funnel = ana.text_of("#funnel").await?;
            assert!(funnel.contains("Signed in again"), "{funnel}");
            ana.menu("Overview").await?;
            ana.press("Try a milder policy on the record").await?;
            ana.drafts("max_attempts", "12", "After 12 failed attempts").await?;
            ana.replays().await?;
            ana.says("Owners kept out 3 0").await?;
            ana.press("Back to the draft").await?;
            ana.fill("reason", "owners were kept out").await?;
            ana.press("Save the policy").await?;
            ana.says("Version 2 is live").await?;
            ana.press("Versions").await?;
            ana.press("Version 2").await?;
            ana.says("What was predicted").await?;
            ana.says("Owners kept out 3 0").await
        },
        |office| {
            let acme = &office.acme.profile;
            let live = block_on(office.app.tenants.live_policy(acme)).unwrap();
            assert_eq!((live.version, live.reason.as_str()), (2, "owners were kept out"));
            assert_eq!(live.policy().unwrap().max_attempts, 12);
            assert_noted(office, &office.acme, &["policy.saved"]);
            // And it holds: eleven wrong passwords lock nobody any more.
            let wrong = async {
                for _ in 0..11 {
                    sign_in(office, OWNERS[0], "wrong").await;
                }
                sign_in(office, OWNERS[0], "correct horse").await
            };
            assert_eq!(block_on(wrong), 303);
        },
    );
}
