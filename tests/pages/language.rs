//! Choosing language and time zone, on pages and in mails.

use super::*;
use crate::harness::client::block_on;
use crate::harness::waiting::found;

const PATH: &str = "/t/acme/account/language";

#[test]
fn language_and_zone_are_kept_and_used_at_once() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        visitor.sign_in(ALEX, PASSWORD).await;
        let form = visitor.get(PATH).await;
        assert_page(&form, 200, &["value=\"en\" lang=\"en\" selected", "value=\"UTC\"", "日本語"]);
        for (language, zone, words, clock) in [
            ("de", "europe/vienna", "Gespeichert.", "13:00"),
            ("fr", "Europe/Paris", "Enregistré.", "13:00"),
            ("es", "America/New_York", "Guardado.", "7:00"),
            ("ja", "Asia/Tokyo", "保存しました。", "21:00"),
            ("en", "UTC", "Saved.", "12:00"),
        ] {
            let saved = visitor.post(PATH, &[("language", language), ("zone", zone)]).await;
            assert_sent(&saved, PATH);
            let lang = format!("<html lang=\"{language}\"");
            let chosen = format!("value=\"{language}\" lang=\"{language}\" selected");
            assert_page(&visitor.get(PATH).await, 200, &[&lang, words, &chosen]);
            assert_page(&visitor.get("/t/acme/account").await, 200, &[&lang, clock]);
        }
        visitor.post(PATH, &[("language", "de"), ("zone", "europe/vienna")]).await;
        let card = house.app.tenants.user(&house.acme.profile, house.alex.clone()).await;
        let user = card.unwrap().unwrap().record.user;
        assert_eq!(user.locale.as_deref(), Some("de"));
        assert_eq!(user.time_zone.as_deref(), Some("Europe/Vienna"), "as the database spells it");
    });
}

#[test]
fn a_zone_that_nobody_knows_comes_back_to_be_mended() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        visitor.sign_in(ALEX, PASSWORD).await;
        for zone in ["Mars/Olympus", "\"><b>", &"x".repeat(5_000)] {
            let answer = visitor.post(PATH, &[("language", "de"), ("zone", zone)]).await;
            assert_page(&answer, 422, &["<title>Error: ", "href=\"#zone\"", "aria-invalid"]);
            assert!(!answer.body.contains("<b>") && answer.body.len() < 10_000);
        }
        assert_page(&visitor.get(PATH).await, 200, &["<html lang=\"en\""]);
        assert_sent(&house.visitor().get(PATH).await, "/t/acme/sign-in");
    });
}

#[test]
fn mails_are_written_in_the_chosen_language() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        visitor.sign_in(ALEX, PASSWORD).await;
        visitor.post(PATH, &[("language", "fr"), ("zone", "Europe/Paris")]).await;
        house.lock(&house.visitor(), ALEX).await;
        // Another thread delivers at once; a request gives it the time.
        let mail = found("a mail", async || {
            visitor.head("/mailbox").await;
            house.app.store.reader().mailbox(10).await.unwrap().into_iter().next()
        })
        .await;
        assert!(mail.html.contains("lang=\"fr\""), "{}", mail.html);
    });
}
