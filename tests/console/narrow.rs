//! The console on a phone: signed in by the form, nothing to scroll sideways.

use lockkeeper::store::team::Role;
use serde_json::json;
use thirtyfour::prelude::*;

use super::{Office, PASSWORD};
use crate::harness::browser::{Look, Scheme, Scripts, browse, cdp};

const PHONE: Look = Look { scripts: Scripts::Off, scheme: Scheme::Dark, width: 320, height: 700 };

#[test]
fn no_page_scrolls_sideways_on_a_phone() {
    let office = Office::open();
    let _made = office.staff("ana", Some(&office.acme), Role::Owner);
    let base = office.app.base();
    browse(PHONE, async |driver| {
        driver.goto(format!("{base}/t/console/sign-in?redirect_url=/console")).await?;
        for (field, words) in [("identifier", "ana@lockkeeper.test"), ("password", PASSWORD)] {
            driver.find(By::Name(field)).await?.send_keys(words).await?;
        }
        driver.find(By::Css("main form button")).await?.click().await?;
        for (path, heading) in [
            ("/console/acme/overview", "Overview"),
            ("/console/acme/policy", "Lockout policy"),
            ("/console/acme/policy?preset=strict", "Lockout policy"),
            ("/console/me", "Your settings"),
        ] {
            driver.goto(format!("{base}{path}")).await?;
            assert_eq!(driver.find(By::Tag("h1")).await?.text().await?, heading, "{path}");
            let metrics = cdp(&driver, "Page.getLayoutMetrics", json!({})).await;
            let content = &metrics["cssContentSize"]["width"];
            assert_eq!(content, &metrics["cssLayoutViewport"]["clientWidth"], "{path}");
        }
        Ok(())
    });
}
