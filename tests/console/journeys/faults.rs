//! What went wrong in a form of the console has the focus, with script and without: each form is sent as
//! somebody sends it who has forgotten the half. By keyboard its first link leads into the field.

use lockkeeper::model::Span;
use lockkeeper::store::team::Role;
use thirtyfour::error::WebDriverResult;
use thirtyfour::prelude::*;

use super::super::policy::policy_form;
use super::super::{Office, assert_sent, inbox};
use super::hand::{Hand, named, three_ways, until};
use crate::harness::client::block_on;

/// A form with faults: its page, what is typed into it, what sends it, and the words of one fault.
struct Faulty {
    path: String,
    typed: &'static [(&'static str, &'static str)],
    sends: &'static str,
    told: &'static str,
}

fn faulty(
    path: &str,
    typed: &'static [(&'static str, &'static str)],
    sends: &'static str,
    told: &'static str,
) -> Faulty {
    Faulty { path: format!("/console{path}"), typed, sends, told }
}

struct Forms {
    office: Office,
    forms: Vec<Faulty>,
}

impl AsRef<Office> for Forms {
    fn as_ref(&self) -> &Office {
        &self.office
    }
}

fn forms() -> Forms {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let bea = office.app.user(&office.acme, "bea@acme.test", "correct horse").record.user.id;
    inbox::lock(&office, &bea);
    let (reference, _) = inbox::write(&office, "bea@acme.test", "Help me");
    let policy = "/console/acme/policy";
    assert_sent(&block_on(ana.post(policy, &policy_form("6", "1"))), policy);
    office.app.advance(Span::SECOND);
    let forms = vec![
        faulty("/acme/policy?preset=strict", &[], "Save the policy", "Enter why you change it"),
        faulty("/acme/policy", &[("max_attempts", "many")], "Update preview", "Lock after: enter"),
        faulty("/acme/policy/versions/1/back", &[("reason", "")], "Go back to this", "Enter why"),
        faulty("/acme/policy/overlay", &[("length", "soon")], "Set it", "For how long: enter"),
        faulty("/acme/policy/shadow?preset=strict", &[], "Watch this policy", "Enter why"),
        faulty("/acme/policy/import", &[("text", "x = 1")], "Show as a draft", "x: "),
        faulty("/acme/settings", &[("zone", "Mars")], "Save the settings", "Time zone: enter"),
        faulty("/acme/test-lock", &[("identifier", "")], "Lock it now", "E-mail address: enter"),
        faulty("/acme/keys", &[], "Create key", "Enter a name"),
        faulty("/acme/webhooks", &[], "Add endpoint", "Enter a whole address"),
        faulty("/acme/branding", &[("colour", "mauve")], "Save branding", "Colour"),
        faulty("/acme/users/new", &[], "Make user", "Enter an address"),
        faulty(&format!("/acme/locks/{bea}/unlock"), &[], "Unlock the account", "Enter a reason"),
        faulty(&format!("/acme/locks/{bea}/lock"), &[], "Lock the account", "Enter a reason"),
        faulty(&format!("/acme/users/{bea}/edit"), &[], "Add address", "Enter an e-mail address"),
        faulty(&format!("/acme/users/{bea}/edit"), &[], "Set password", "Enter a new password"),
        faulty(&format!("/acme/users/{bea}/ban"), &[], "Ban", "Enter a reason"),
        faulty(&format!("/acme/inbox/{reference}"), &[], "Send and wait", "Write something"),
        faulty("/acme/inbox/canned", &[], "Save answer", "Enter a title"),
        faulty("/me", &[("zone", "Mars")], "Save your settings", "Enter a time zone"),
    ];
    Forms { office, forms }
}

impl Hand<'_> {
    /// From the summary to the field that it is about.
    async fn goes_to_the_fault(&self) -> WebDriverResult<()> {
        let link = self.driver.find(By::Css(".summary a")).await?;
        let field = link.attr("href").await?.unwrap();
        let field = field.strip_prefix('#').unwrap().to_owned();
        self.stay("//main//*[contains(@class, \"summary\")]//a").await?;
        until(&format!("{field} has the focus"), async || {
            match self.driver.active_element().await {
                Ok(here) => here.id().await.ok().flatten().as_deref() == Some(&*field),
                Err(_) => false,
            }
        })
        .await;
        Ok(())
    }
}

#[test]
fn the_summary_of_faults_takes_the_focus_on_each_form() {
    three_ways(
        forms,
        async |ana, Forms { forms, .. }| {
            ana.sign_in("ana").await?;
            ana.says("Locked now").await?;
            for Faulty { path, typed, sends, told } in forms {
                ana.open(path).await?;
                for (field, words) in *typed {
                    ana.fill(field, words).await?;
                }
                ana.leave(&named(sends)).await?;
                ana.summary_has_the_focus().await?;
                ana.says(told).await?;
                ana.goes_to_the_fault().await?;
            }
            Ok(())
        },
        |_| {},
    );
}
