//! From a campaign to its addresses and accounts: a real spray that locked nobody.

use lockkeeper::model::Span;
use lockkeeper::store::team::Role;

use super::attacks::{guess, initech, page_with};
use super::{Office, assert_page};
use crate::harness::client::{Client, block_on};

const PATH: &str = "/console/initech/attacks";

#[test]
fn a_campaign_that_locked_nobody_leads_to_its_addresses_and_accounts() {
    let office = Office::open();
    let (initech, users) = initech(&office);
    office.app.user(&initech, "zoe@initech.test", "correct horse");
    let user = |number: usize| format!("user{number}@initech.test");
    block_on(async {
        for _ in 0..2 {
            for number in 0..6 {
                guess(&office, [127, 5, 0, 1], &user(number)).await;
            }
            guess(&office, [127, 5, 0, 1], "noone@initech.test").await;
        }
        // Behind the same network, and no stranger.
        guess(&office, [127, 5, 0, 9], "zoe@initech.test").await;
        let zoe = Client::from_source(&office.app.base(), [127, 5, 0, 9].into());
        let right = [("identifier", "zoe@initech.test"), ("password", "correct horse")];
        assert_eq!(zoe.post_form("/t/initech/sign-in", &right).await.status, 303);
        office.app.advance(Span::MINUTE);
        for number in 0..5 {
            guess(&office, [127, 5, 0, 2], &user(number)).await;
        }
        // Somewhere else at the same time.
        guess(&office, [127, 7, 0, 1], &user(5)).await;
    });
    office.app.advance(Span::MINUTE.times(4));
    let aud = office.staff("aud", Some(&initech), Role::Auditor);
    let list = page_with(&office, &aud, PATH, "Guessing at many accounts from 127.5.0.*");
    let path = list.body.split(&format!("href=\"{PATH}/cmp_")).nth(1).unwrap();
    let path = format!("{PATH}/cmp_{}", path.split('"').next().unwrap());
    let page = block_on(aud.get(&path));
    let from = "127.<wbr>5.<wbr>0.<wbr>";
    let sources = [
        format!("{from}2</th><td class=\"end\">5</td>"),
        format!("{from}1</th><td class=\"end\">14</td>"),
    ];
    assert_page(&page, 200, &sources.each_ref().map(String::as_str));
    let places = sources.each_ref().map(|line| page.body.find(line));
    assert!(places[0] < places[1], "the newest last try first");
    for (number, user) in users.iter().enumerate() {
        let tries = if number < 5 { 3 } else { 2 };
        let line = format!(
            "<a href=\"/console/initech/locks/{user}\">user{number}<wbr>@initech.<wbr>test</a></th>\
             <td class=\"end\">{tries}</td>"
        );
        assert_page(&page, 200, &[&line]);
    }
    assert_page(
        &page,
        200,
        &["a name that nobody has</th><td class=\"end\">2</td>", "It locked nobody"],
    );
    for absent in ["noone", "127.<wbr>7.", &format!("{from}9"), "more</span>"] {
        assert!(!page.body.contains(absent), "{absent}: {}", page.body);
    }
    // Among those who signed in from there, and not among the accounts that were tried.
    let (before, tried) = page.body.split_once("Accounts that were tried").unwrap();
    assert!(before.contains("zoe<wbr>") && !tried.contains("zoe<wbr>"), "{tried}");
}
