//! The support form: bounded, escaped, stored, acknowledged; robots and floods are met calmly.

use lockkeeper::model::Until;
use lockkeeper::store::contact_requests::ContactRequestStatus;

use super::*;
use crate::harness::client::block_on;

const HOSTILE: &str =
    "</textarea><script>alert(1)</script>'\"><img src=x onerror=alert(2)> {{777*777}}";

fn form<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("name", "Alex Sommer"),
        ("identifier", ALEX),
        ("subject", "Something else"),
        ("message", "I changed my phone."),
    ];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    fields
}

async fn stored(house: &House) -> Vec<(String, String, String)> {
    let kept = house
        .app
        .tenants
        .reader()
        .contact_requests(house.acme.profile.id().clone(), ContactRequestStatus::New, 100)
        .await;
    kept.unwrap().into_iter().map(|r| (r.reference, r.name, r.message)).collect()
}

#[test]
fn a_message_is_stored_and_acknowledged_with_its_reference() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        assert_page(
            &visitor.get("/t/acme/support").await,
            200,
            &["Contact acme Ltd support", "website"],
        );
        let answer = visitor.post("/t/acme/support", &form(&[("message", "one\r\ntwo")])).await;
        assert_page(&answer, 200, &["We have your message", "A copy is on its way", "one\ntwo"]);
        let kept = stored(&house).await;
        assert_eq!(kept.len(), 1);
        assert!(answer.body.contains(&kept[0].0), "{kept:?} in {}", answer.body);
        assert_eq!((kept[0].1.as_str(), kept[0].2.as_str()), ("Alex Sommer", "one\ntwo"));
        let answer = visitor.post("/t/acme/support", &form(&[("identifier", "alex")])).await;
        assert!(!answer.body.contains("A copy is on its way"), "a name has no mailbox");
    });
}

#[test]
fn what_is_written_is_shown_as_text() {
    let house = House::open();
    block_on(async {
        let fields = [("name", HOSTILE), ("message", HOSTILE)];
        let answer = house.visitor().post("/t/acme/support", &form(&fields)).await;
        assert_page(&answer, 200, &["&lt;script&gt;alert(1)"]);
        assert!(
            !answer.body.contains("<img") && !answer.body.contains("603729"),
            "{}",
            answer.body
        );
        let fields =
            [("name", HOSTILE), ("message", HOSTILE), ("identifier", HOSTILE), ("subject", "")];
        let answer = house.visitor().post("/t/acme/support", &form(&fields)).await;
        assert_eq!(answer.status, 422);
        assert!(
            !answer.body.contains("<img") && !answer.body.contains("</textarea><"),
            "{}",
            answer.body
        );
    });
}

#[test]
fn nothing_that_could_become_a_header_is_taken() {
    let house = House::open();
    block_on(async {
        for odd in [
            "a\r\nBcc: x@y.test",
            "a\nb",
            "a\rb",
            "a\0b",
            "a\u{2028}b",
            "a\u{2029}b",
            "a\u{85}b",
            "\r\na",
        ] {
            for field in ["name", "identifier", "subject"] {
                let fields = [(field, odd)];
                let answer = house.visitor().post("/t/acme/support", &form(&fields)).await;
                assert_eq!(answer.status, 422, "{field} {odd:?}");
            }
        }
        let answer = house.visitor().post("/t/acme/support", &form(&[("message", "a\0b")])).await;
        assert_page(&answer, 422, &["special characters"]);
        assert!(stored(&house).await.is_empty());
    });
}

#[test]
fn every_field_has_its_bounds_and_its_words() {
    let house = House::open();
    let (long_name, long_message) = ("x".repeat(101), "x".repeat(4001));
    let (whole_name, whole_message) = ("ö".repeat(100), "ö".repeat(4000));
    block_on(async {
        let visitor = house.visitor();
        let cases: [(&str, &str, &str); 7] = [
            ("name", " ", "Enter your name"),
            ("name", &long_name, "Enter a shorter name"),
            ("identifier", "", "id=\"identifier-fault\""),
            ("identifier", "a@", "id=\"identifier-fault\""),
            ("subject", "", "Choose what it is about"),
            ("message", "\r\n ", "Write a message"),
            ("message", &long_message, "characters"),
        ];
        for (field, value, words) in cases {
            let answer = visitor.post("/t/acme/support", &form(&[(field, value)])).await;
            assert_page(&answer, 422, &[words, "<title>Error: ", "class=\"summary\""]);
        }
        let answer = visitor.post("/t/acme/support", &[]).await;
        assert_eq!(
            answer.body.matches("class=\"fault\"").count(),
            4,
            "all at once: {}",
            answer.body
        );
        let fields = [("name", whole_name.as_str()), ("message", whole_message.as_str())];
        assert_page(&visitor.post("/t/acme/support", &form(&fields)).await, 200, &[]);
        assert_eq!(stored(&house).await.len(), 1);
    });
}

#[test]
fn a_robot_is_thanked_and_forgotten() {
    let house = House::open();
    block_on(async {
        let person = house.visitor().post("/t/acme/support", &form(&[])).await;
        let robot =
            house.visitor().post("/t/acme/support", &form(&[("website", "http://x.test")])).await;
        let reference =
            |body: &str| body.split("LK-").nth(1).unwrap().chars().take(9).collect::<String>();
        let masked = |body: &str| {
            let secret =
                body.split("/support/").nth(1).unwrap().chars().take(32).collect::<String>();
            masked(&masked(body, &reference(body)), &secret)
        };
        assert_eq!(masked(&person.body), masked(&robot.body));
        assert_eq!(stored(&house).await.len(), 1);
    });
}

#[test]
fn a_flood_is_asked_to_wait() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        for number in 0..20 {
            let who = format!("a{number}@acme.test");
            let fields = [("identifier", who.as_str())];
            assert_eq!(visitor.post("/t/acme/support", &form(&fields)).await.status, 200);
        }
        let answer = visitor.post("/t/acme/support", &form(&[])).await;
        assert_page(&answer, 429, &["Too many requests"]);
        assert!(answer.header("retry-after").parse::<u64>().unwrap() > 0);
        assert_eq!(stored(&house).await.len(), 20);
    });
}

#[test]
fn a_form_asks_nothing_that_the_locked_page_knew() {
    let house = House::open();
    block_on(async {
        let visitor = house.visitor();
        house.lock(&visitor, ALEX).await;
        let page = visitor.get("/t/acme/support").await;
        assert_page(&page, 200, &["We already know about the lock", "name=\"context\""]);
        assert!(!page.body.contains("name=\"identifier\""), "{}", page.body);
        let sealed = page.body.split("name=\"context\" value=\"").nth(1).unwrap();
        let sealed = sealed.split('"').next().unwrap();
        // Another browser could bring it as well: what counts is who signed it.
        let fields = [
            ("context", sealed),
            ("subject", "No unlock mail came"),
            ("message", "Help me"),
            ("identifier", "eve@acme.test"),
        ];
        let answer = house.visitor().post("/t/acme/support", &fields).await;
        assert_page(&answer, 200, &["We have your message"]);
        let filed = filed(&house).await;
        assert_eq!((filed.identifier.as_str(), filed.user_id.as_ref()), (ALEX, Some(&house.alex)));
        assert!(filed.episode.is_some() && filed.due_at < house.now().after(Span::HOUR));
        assert_eq!(filed.told_lock().and_then(Until::instant), Some(filed.due_at));
        let other = visitor.get("/t/acme/support?other").await;
        assert_page(&other, 200, &["name=\"identifier\"", "value=\"\""]);
    });
}

#[test]
fn a_forged_context_is_no_context() {
    let house = House::open();
    let globex = house.app.tenant("globex", None);
    block_on(async {
        let end = house.now().after(Span::HOUR);
        let value = serde_json::json!({ "identifier": ALEX, "lock": "Unlocked" });
        let seal = |profile: &lockkeeper::tenant::TenantProfile, purpose| {
            profile.contexts().seal(purpose, end, &value).unwrap()
        };
        let ours = seal(&house.acme.profile, "support");
        let mut cut = ours.clone();
        cut.pop();
        let forged = [
            String::new(),
            "x".repeat(5_000),
            cut,
            seal(&globex.profile, "support"),
            seal(&house.acme.profile, "page"),
        ];
        for context in &forged {
            let fields = [
                ("context", context.as_str()),
                ("name", "Eve"),
                ("message", "Help"),
                ("subject", "Help"),
            ];
            let answer = house.visitor().post("/t/acme/support", &fields).await;
            assert_page(&answer, 422, &["id=\"identifier-fault\"", "name=\"identifier\""]);
        }
        let fields = [("context", ours.as_str()), ("message", "Help"), ("subject", "Help")];
        assert_page(&house.visitor().post("/t/acme/support", &fields).await, 200, &[]);
        house.app.advance(Span::HOUR.times(2));
        let answer = house.visitor().post("/t/acme/support", &fields).await;
        assert_page(&answer, 422, &["id=\"identifier-fault\""]);
    });
}

#[test]
fn passwords_in_messages_are_removed() {
    let house = House::open();
    block_on(async {
        let fields = [("message", "It fails.\nMy password is hunter2!\nThanks")];
        let answer = house.visitor().post("/t/acme/support", &form(&fields)).await;
        assert_page(&answer, 200, &["<em>[removed by Lockkeeper]</em>"]);
        assert!(!answer.body.contains("hunter2"), "{}", answer.body);
        let kept = filed(&house).await;
        assert_eq!(kept.message, "It fails.\nMy password is [removed by Lockkeeper]\nThanks");
    });
}

async fn filed(house: &House) -> lockkeeper::store::contact_requests::ContactRequest {
    let tenant = house.acme.profile.id().clone();
    let kept = house.app.tenants.reader().contact_requests(tenant, ContactRequestStatus::New, 1);
    kept.await.unwrap().remove(0)
}
