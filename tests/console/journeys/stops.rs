//! Each page of the console from its first stop to its last by Tab alone: in the order of the document,
//! each seen, and none that does not let go.

use lockkeeper::store::team::Role;

use super::super::{Office, inbox};
use super::hand::{Hand, Manner};
use crate::harness::browser::{Look, browse};
use crate::harness::keyboard;

#[test]
fn one_comes_through_each_page_by_tab_and_sees_where_one_is() {
    let office = Office::open();
    let _ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let bea = office.app.user(&office.acme, "bea@acme.test", "correct horse").record.user.id;
    inbox::lock(&office, &bea);
    let (reference, _) = inbox::write(&office, "bea@acme.test", "Help me");
    let paths = [
        "overview".to_owned(),
        "policy?preset=strict".to_owned(),
        "policy/replay?preset=strict".to_owned(),
        "policy/versions/1".to_owned(),
        "locks".to_owned(),
        format!("locks/{bea}"),
        format!("users/{bea}"),
        format!("users/{bea}/edit"),
        "attacks".to_owned(),
        "inbox".to_owned(),
        format!("inbox/{reference}"),
        "mail".to_owned(),
        "branding".to_owned(),
        "keys".to_owned(),
        "webhooks".to_owned(),
        "team".to_owned(),
        "users/import".to_owned(),
        "audit".to_owned(),
        "settings".to_owned(),
    ];
    browse(Look::default(), async |driver| {
        let ana = Hand::of(&driver, &office, Manner::Keyboard);
        ana.sign_in("ana").await?;
        ana.says("Locked now").await?;
        for path in paths {
            ana.open(&format!("/console/acme/{path}")).await?;
            let stops = keyboard::through(&driver).await?;
            assert!(stops > 15, "{path}: {stops}");
        }
        Ok(())
    });
}
