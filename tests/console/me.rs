//! A staff member's own settings.

use lockkeeper::store::team::Role;

use super::{Office, assert_page, assert_sent};
use crate::harness::client::block_on;

#[test]
fn colours_and_zone_are_kept_and_said_once() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    block_on(async {
        let form = [("scheme", "dark"), ("zone", "Europe/Vienna")];
        assert_sent(&ana.post("/console/me", &form).await, "/console/me");
        let facts = ["Your settings are saved.", "data-scheme=\"dark\"", "Europe/Vienna"];
        assert_page(&ana.get("/console/me").await, 200, &facts);
        let again = ana.get("/console/me").await;
        assert!(!again.body.contains("Your settings are saved."), "said once");
        assert_page(
            &ana.get("/console/acme/overview").await,
            200,
            &["data-scheme=\"dark\"", "CET"],
        );
        let odd = [("scheme", "loud"), ("zone", "Mars/<Olympus>")];
        let refused = ana.post("/console/me", &odd).await;
        assert_page(&refused, 422, &["Enter a time zone", "Mars/&#60;Olympus&#62;"]);
        assert_page(&ana.get("/console/me").await, 200, &["value=\"Europe/Vienna\""]);
    });
}
