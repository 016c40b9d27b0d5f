//! J-T8, users come from another system: a file is sent, what would become of it is read, and then it is
//! run. By keyboard the rows are pasted, because no page can choose a file for anybody.

use lockkeeper::store::team::Role;
use reqwest::Method;
use tempfile::TempDir;
use thirtyfour::error::WebDriverResult;
use thirtyfour::prelude::*;

use super::super::Office;
use super::hand::{Hand, Manner, assert_noted, field, three_ways};
use crate::harness::client::{Client, block_on};

const ROWS: &str = "primary_email_address,first_name\n\
                    bea@acme.test,Bea\n\
                    cy@acme.test,Cy\n\
                    nowhere,Dee";

struct Move {
    office: Office,
    dir: TempDir,
}

impl AsRef<Office> for Move {
    fn as_ref(&self) -> &Office {
        &self.office
    }
}

fn moving() -> Move {
    let office = Office::open();
    let _ana = office.staff("ana", Some(&office.acme), Role::Admin);
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("users.csv"), ROWS).unwrap();
    Move { office, dir }
}

/// How many the tenant's servers are told of.
fn users(office: &Office) -> i64 {
    let asked = office.app.client().request(Method::GET, "/v1/users/count");
    let told = block_on(Client::send(asked.bearer_auth(&office.acme.secret_key)));
    told.json()["total_count"].as_i64().unwrap()
}

impl Hand<'_> {
    async fn hands_in(&self, moving: &Move) -> WebDriverResult<()> {
        if self.manner == Manner::Keyboard {
            return self.fill("rows", ROWS).await;
        }
        let file = moving.dir.path().join("users.csv");
        let chooser = self.driver.find(By::XPath(field("file"))).await?;
        chooser.send_keys(file.to_str().unwrap()).await
    }
}

#[test]
fn j_t8_users_are_looked_at_before_they_are_imported() {
    three_ways(
        moving,
        async |ana, moving| {
            ana.sign_in("ana").await?;
            ana.menu("Users").await?;
            ana.press("Import…").await?;
            ana.press("Look at the file").await?;
            ana.summary_has_the_focus().await?;
            ana.hands_in(moving).await?;
            ana.press("Look at the file").await?;
            ana.says_in_time("What would become of the file").await?;
            let told = ana.text_of("dl.figures").await?;
            assert!(told.contains("Would be created 2"), "{told}");
            assert!(told.contains("Refused 1"), "{told}");
            ana.menu("Users").await?;
            ana.says_not("bea@acme.test").await;
            ana.press("Import…").await?;
            ana.press("Run it").await?;
            ana.says_in_time("The file is imported").await?;
            ana.press("See the users").await?;
            ana.says("bea@acme.test").await?;
            ana.says("cy@acme.test").await
        },
        |Move { office, .. }| {
            assert_eq!(users(office), 2);
            assert_noted(office, &office.acme, &["users.imported"]);
        },
    );
}
