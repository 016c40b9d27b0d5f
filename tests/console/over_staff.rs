//! An admin of every tenant is one of the staff's own tenant, too: nothing there makes them an owner.

use lockkeeper::store::team::Role;
use lockkeeper::web::console;
use lockkeeper::web::page_table::{May, Verb};
use reqwest::Method;

use super::Office;
use crate::harness::client::{Client, block_on};

/// Parts of a tenant's console that reach its accounts, or the ways in which they are proved.
const WAYS_IN: [&str; 5] = ["users", "keys", "mail", "settings", "webhooks"];

#[test]
fn only_an_owner_changes_the_accounts_of_staff() {
    let office = Office::open();
    let owner = office.staff("ana", None, Role::Owner);
    let admin = office.staff("bo", None, Role::Admin);
    let mut asked = 0;
    for page in console::pages().filter(|page| page.verb == Verb::Post) {
        let Some(rest) = page.path.strip_prefix("/console/{slug}/") else { continue };
        let reaches = rest.split('/').next().is_some_and(|part| WAYS_IN.contains(&part));
        let May::These(roles) = page.may else { continue };
        if !reaches || !roles.contains(&Role::Admin) {
            continue;
        }
        asked += 1;
        for (slug, worker, refused) in
            [("console", &admin, true), ("console", &owner, false), ("acme", &admin, false)]
        {
            let path = page.path.replace("{slug}", slug).replace(['{', '}'], "");
            // Without anything in it: nobody is let further than to its faults.
            let form = [("form_token", worker.token.as_str())];
            let request = worker.client.request(Method::POST, &path).form(&form);
            let answer = block_on(Client::send(request.header("sec-fetch-site", "same-origin")));
            assert_eq!(answer.status == 403, refused, "{path}: {}", answer.status);
        }
    }
    assert!(asked > 12, "{asked}");
}
