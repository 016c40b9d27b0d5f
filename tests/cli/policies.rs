//! `policy overlay` and `policy shadow` of the real program: set, shown and ended as on the console's
//! pages.

use super::Place;

#[test]
fn a_stricter_policy_is_put_over_the_live_one_shown_and_ended() {
    let place = Place::new();
    place.tenant("acme");
    let none = place.run("policy overlay show --tenant acme");
    assert_eq!(none.out, "acme: version 1 decides; nothing stands over it\n");
    let put = place.args(&[
        "policy",
        "overlay",
        "put",
        "--tenant",
        "acme",
        "--preset",
        "strict",
        "--for",
        "2h",
        "--reason",
        "an attack",
    ]);
    assert_eq!((put.code, put.err.as_str()), (0, ""));
    assert!(put.out.starts_with("acme: version 2 decides until "), "{}", put.out);
    assert!(put.out.contains(", then version 1: an attack\n"), "{}", put.out);
    assert!(put.out.contains("- max_attempts = 8\n+ max_attempts = 5\n"), "{}", put.out);
    let shown = place.run("policy overlay show --tenant acme --json").json();
    assert_eq!(shown["live"], 1);
    assert_eq!(
        (&shown["overlay"]["version"], &shown["overlay"]["policy"]["max_attempts"]),
        (&2.into(), &5.into())
    );
    assert!(shown["overlay"]["author"].as_str().unwrap().starts_with("cli:"));
    assert!(shown["overlay"]["until_ms"].is_i64());
    assert_eq!(place.run("policy show --tenant acme --json").json()["overlay"]["version"], 2);
    let end = place.run("policy overlay end --tenant acme");
    assert_eq!(end.out, "acme: version 2 has ended; version 1 decides\n");
    let again = place.run("policy overlay end --tenant acme --json").json();
    assert_eq!((&again["live"], &again["ended"]), (&1.into(), &serde_json::Value::Null));
}

#[test]
fn an_overlay_needs_a_length_a_reason_and_something_to_be_stricter_in() {
    let place = Place::new();
    place.tenant("acme");
    let put = |preset: &str, length: &str, reason: &str| {
        place.args(&[
            "policy", "overlay", "put", "--tenant", "acme", "--preset", preset, "--for", length,
            "--reason", reason,
        ])
    };
    for length in ["", "soon", "4m", "8d"] {
        put("strict", length, "an attack").refused(1, "--for: must be from 5m to 7d");
    }
    put("strict", "2h", " ").refused(1, "--reason: must say why");
    put("strict", "2h", "two\nlines").refused(1, "--reason: must be at most 500");
    put("relaxed", "2h", "an attack").refused(1, "stricter than the live policy in nothing");
    place.run("policy overlay put --tenant acme --for 2h --reason x").refused(2, "--preset");
    place.run("policy overlay put --tenant acme --preset strict --reason x").refused(2, "--for");
    place
        .run("policy overlay put --tenant acme --preset strict --file - --for 2h --reason x")
        .refused(2, "--file");
    place.run("policy overlay show --tenant nobody").refused(1, "there is no tenant `nobody`");
    let now = place.run("policy overlay show --tenant acme --json").json();
    assert_eq!(now["overlay"], serde_json::Value::Null);
}

#[test]
fn a_watched_policy_is_put_from_its_file_shown_and_ended() {
    let place = Place::new();
    place.tenant("acme");
    assert_eq!(place.run("policy shadow show --tenant acme").out, "acme: no policy is watched\n");
    let put =
        place.fed("policy shadow put --tenant acme --file - --reason trial", "max_attempts = 3\n");
    assert_eq!((put.code, put.err.as_str()), (0, ""));
    assert!(put.out.starts_with("acme: version 2 is watched since "), "{}", put.out);
    assert!(put.out.contains(": trial\n- max_attempts = 8\n+ max_attempts = 3\n"), "{}", put.out);
    assert!(put.out.contains("worked out once a day is over"), "{}", put.out);
    let shown = place.run("policy shadow show --tenant acme --json").json();
    let shadow = &shown["shadow"];
    assert_eq!((&shadow["version"], &shadow["days"]), (&2.into(), &serde_json::json!([])));
    assert_eq!(shadow["policy"]["max_attempts"], 3);
    let live = place.run("policy show --tenant acme --json").json();
    assert_eq!((&live["version"], &live["policy"]["max_attempts"]), (&1.into(), &8.into()));
    let end = place.run("policy shadow end --tenant acme").out;
    assert_eq!(end, "acme: no policy is watched any more\n");
    assert_eq!(place.run("policy shadow end --tenant acme").out, "acme: no policy was watched\n");
    let faulty =
        place.fed("policy shadow put --tenant acme --file - --reason x", "max_attempts = 0\n");
    faulty.refused(1, "max_attempts: ");
    let same = place.run("policy shadow put --tenant acme --preset balanced --reason x");
    same.refused(1, "there is nothing to watch");
}
