//! J-T5, a developer's own servers are let in and told: the reference, a key, the copied commands, an
//! endpoint, a test event that a real receiver takes, the log of deliveries and one sent again.

use lockkeeper::model::UserId;
use lockkeeper::store::team::Role;
use reqwest::Method;
use thirtyfour::error::WebDriverResult;
use thirtyfour::prelude::*;

use super::super::Office;
use super::hand::{Hand, Manner, assert_noted, beginning, named, three_ways, until};
use crate::harness::browser::cdp;
use crate::harness::client::{Client, block_on};
use crate::webhook::receiver::{Heard, Receiver};

struct Shop {
    office: Office,
    user: UserId,
    receiver: Receiver,
}

impl AsRef<Office> for Shop {
    fn as_ref(&self) -> &Office {
        &self.office
    }
}

fn shop() -> Shop {
    let loopback = "127.0.0.0/8".parse().unwrap();
    let office = Office::changed(move |plan| plan.webhooks.allow_private = vec![loopback]);
    let _ana = office.staff("ana", Some(&office.acme), Role::Admin);
    let user = office.app.user(&office.acme, "bea@acme.test", "correct horse").record.user.id;
    Shop { office, user, receiver: Receiver::open() }
}

/// Runs a copied command: `curl [-X METHOD] -H 'NAME: VALUE' URL`.
async fn run(shop: &Shop, command: &str) {
    let command = command.replace("USER_ID", shop.user.as_str());
    let words: Vec<&str> = command.split(['\'', ' ']).filter(|word| !word.is_empty()).collect();
    let after = |word: &str| words.iter().position(|w| *w == word).map(|at| words[at + 1]);
    assert_eq!(words[0], "curl", "{command}");
    let method = if after("-X") == Some("POST") { Method::POST } else { Method::GET };
    let url = words.last().unwrap().strip_prefix(&shop.office.app.base()).unwrap();
    let request = shop.office.app.client().request(method, url);
    let answer = Client::send(request.bearer_auth(after("Bearer").unwrap())).await;
    assert_eq!(answer.status, 200, "{command}: {}", answer.body);
}

impl Hand<'_> {
    /// The commands that stand under a new key.
    async fn commands(&self) -> WebDriverResult<Vec<String>> {
        let mut found = Vec::new();
        for shown in self.driver.find_all(By::Css(".secret")).await? {
            found.push(shown.text().await?);
        }
        found.retain(|text| text.starts_with("curl "));
        Ok(found)
    }

    /// The button that copies, which there is with script only.
    async fn copies(&self) -> WebDriverResult<()> {
        if self.manner == Manner::PointerWithoutScript {
            return Ok(());
        }
        let allowed = serde_json::json!({
            "origin": self.base, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"],
        });
        cdp(self.driver, "Browser.grantPermissions", allowed).await;
        self.stay(&named("Copy")).await?;
        self.says("Copied").await
    }
}

async fn lets_a_server_in(ana: &Hand<'_>, shop: &Shop) -> WebDriverResult<()> {
    ana.menu("Keys").await?;
    ana.press("Read the reference").await?;
    ana.says("/v1/users/{id}/lock").await?;
    ana.stay(&beginning("POST /v1/users/{id}/lock")).await?;
    ana.says("Locks a user for the policy").await?;
    ana.driver.back().await?;
    ana.fill("name", "Shop").await?;
    ana.press("Create key").await?;
    ana.says("Copy it now. It is never shown again.").await?;
    ana.copies().await?;
    let commands = ana.commands().await?;
    let locked = async || {
        let acme = &shop.office.acme.profile;
        shop.office.app.tenants.account_lock(acme, &shop.user).await.unwrap().is_some()
    };
    for command in &commands {
        run(shop, command).await;
        assert_eq!(locked().await, command.ends_with("/lock"), "{command}");
    }
    assert_eq!(commands.len(), 3, "look, lock, unlock: {commands:?}");
    Ok(())
}

fn heard(shop: &Shop, secret: &str) -> Heard {
    let heard = shop.receiver.hears();
    assert_eq!((heard.kind().as_str(), heard.signed_by(secret)), ("webhook_endpoint.test", 1));
    heard
}

async fn is_told(ana: &Hand<'_>, shop: &Shop) -> WebDriverResult<()> {
    ana.menu("Webhooks").await?;
    ana.press("Add endpoint").await?;
    ana.summary_has_the_focus().await?;
    ana.fill("url", &shop.receiver.url("/hooks")).await?;
    ana.press("Add endpoint").await?;
    let secret = ana.text_of("#secret").await?;
    ana.press("See the endpoint").await?;
    ana.press("Send test event").await?;
    let first = heard(shop, &secret);
    ana.says("webhook_endpoint.test").await?;
    ana.says_in_time("Answered 204").await?;
    ana.press("Send again").await?;
    let second = heard(shop, &secret);
    assert_eq!(first.header("svix-id"), second.header("svix-id"), "the same message");
    until("both tries are told of", async || {
        if ana.text().await.matches("Answered 204").count() == 2 {
            return true;
        }
        ana.driver.refresh().await.unwrap();
        false
    })
    .await;
    ana.press("Endpoint").await?;
    ana.says("Delivered").await?;
    ana.press("Given up").await?;
    ana.says("Nothing here").await
}

#[test]
fn j_t5_a_server_is_let_in_and_told() {
    three_ways(
        shop,
        async |ana, shop| {
            ana.sign_in("ana").await?;
            lets_a_server_in(ana, shop).await?;
            is_told(ana, shop).await
        },
        |Shop { office, .. }| {
            let made = ["webhook_endpoint.created", "webhook_endpoint.tested"];
            assert_noted(office, &office.acme, &made);
            assert_noted(office, &office.acme, &["webhook_endpoint.redelivered"]);
            let keys = office.app.tenants.reader().api_keys(office.acme.profile.id().clone());
            let keys = block_on(keys).unwrap();
            assert!(keys.iter().any(|key| key.name == "Shop"));
            let rows = super::hand::audit(office, &office.acme);
            for action in ["user.locked", "user.unlocked"] {
                assert!(rows.iter().any(|row| row.action == action), "{action}");
            }
        },
    );
}
