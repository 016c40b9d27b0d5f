//! `user export` of the real program: what it writes `user import` takes, in both formats, however many
//! there are.

use std::fmt::Write as _;

use super::*;

const RICH: &str = r#"{"id":"user_1","external_id":"=7","first_name":"Ann \"A\"","last_name":"O, B","username":"ann","primary_email_address":"b@acme.test","verified_email_addresses":["a@acme.test","b@acme.test"],"phone_numbers":["+431234567"],"public_metadata":{"plan":"x"},"private_metadata":{"k":[1]},"locale":"de","time_zone":"Europe/Vienna","banned":true,"created_at":1700000000000,"last_sign_in_at":1700000001000}"#;

fn imported(place: &Place, slug: &str, file: &str) -> i64 {
    place.tenant(slug);
    let said = place.run(&format!("user import --tenant {slug} {file} --json"));
    let told: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((&told["refused"], &told["not_taken_over"]), (&0.into(), &serde_json::json!([])));
    told["imported"].as_i64().unwrap()
}

#[test]
fn what_is_exported_is_imported_again_and_exported_alike() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    // More than a page.
    let mut rows = format!("{RICH}\n");
    for number in 2..=620 {
        writeln!(rows, r#"{{"id":"user_{number}","email_addresses":["u{number}@acme.test"]}}"#)
            .unwrap();
    }
    std::fs::write(place.path().join("users.jsonl"), rows).unwrap();
    assert_eq!(imported(&place, "acme", "users.jsonl"), 620);
    for format in ["csv", "jsonl"] {
        let shown = place.run(&format!("user export --tenant acme --format {format}"));
        assert_eq!((shown.code, shown.err.as_str()), (0, ""));
        let lines = shown.out.lines().count();
        assert_eq!(lines, if format == "csv" { 621 } else { 620 });
        let line = format!("user export --tenant acme --format {format} --output out.{format}");
        let said = place.run(&line);
        assert!(said.out.contains("620 users") && said.out.contains("Without passwords"));
        let file = place.path().join(format!("out.{format}"));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), shown.out);
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        place.run(&line).refused(1, "is there already");
        // A place of its own: ids are known in one tenant of a database only.
        let other = Place::new();
        std::fs::copy(&file, other.path().join("in")).unwrap();
        assert_eq!(imported(&other, "acme", "in"), 620);
        let again = other.run(&format!("user export --tenant acme --format {format}")).out;
        assert!(again == shown.out, "{format} is not the same after a round");
    }
    let lines = place.run("user export --tenant acme --format jsonl").out;
    let ann: Value = lines.lines().find(|l| l.contains("\"ann\"")).unwrap().parse().unwrap();
    assert_eq!(ann["email_addresses"], serde_json::json!(["b@acme.test", "a@acme.test"]));
    assert_eq!((&ann["public_metadata"]["plan"], &ann["locale"]), (&"x".into(), &"de".into()));
    place.run("user export --tenant nobody").refused(1, "there is no tenant `nobody`");
    place.run("user export --tenant acme --format xml").refused(2, "xml");
}

#[test]
fn an_export_has_no_secret() {
    let place = Place::new();
    place.tenant("acme");
    place.user("acme", "alex@acme.test");
    for format in ["csv", "jsonl"] {
        let out = place.run(&format!("user export --tenant acme --format {format}")).out;
        assert!(out.contains("alex@acme.test"), "{out}");
        assert!(!out.contains("argon2") && !out.contains("password"), "{out}");
    }
}
