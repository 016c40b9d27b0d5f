//! `policy simulate` of the real program on what a real server recorded: its exit code says whether a
//! policy keeps out more owners, or lets in more guesses, than somebody is ready to bear.

use diesel::sql_types::{Nullable, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};

use super::audit::database;
use super::serve::{attempt, base, serving};
use super::{PASSWORD, Place};
use crate::harness::client::{Client, block_on};

/// Six wrong passwords, then the right one, from one source: an owner who mistypes.
fn recorded() -> Place {
    let place = Place::new();
    place.tenant("acme");
    place.user("acme", "alex@acme.test");
    let server = serving(&place, &[]);
    block_on(async {
        for _ in 0..6 {
            let wrong = attempt(&Client::new(&base(&server)), "alex@acme.test", "wrong").await;
            assert_eq!(wrong.status, 422, "{}", wrong.body);
        }
        let right = attempt(&Client::new(&base(&server)), "alex@acme.test", PASSWORD).await;
        assert_eq!(right.status, 200, "{}", right.body);
    });
    drop(server);
    place
}

#[test]
fn a_policy_that_keeps_out_more_owners_than_allowed_exits_3() {
    let place = recorded();
    let simulate = |rest: &str| place.run(&format!("policy simulate --tenant acme {rest}"));
    let too_many = simulate("--preset strict --max-owners-locked 0");
    assert_eq!(too_many.code, 3, "{}{}", too_many.out, too_many.err);
    assert!(too_many.out.starts_with("acme: 7 recorded tries"), "{}", too_many.out);
    assert!(too_many.out.contains("The maximum is exceeded: owners locked"), "{}", too_many.out);
    let json = simulate("--preset strict --max-owners-locked 0 --json");
    let report: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((json.code, &report["exceeded"]), (3, &serde_json::json!(["owners_locked"])));
    assert_eq!(report["figures"]["owners_locked"]["draft"]["low"], 1);
    assert_eq!(report["figures"]["owners_locked"]["now"]["high"], 0);
    for allowed in [
        "--preset strict --max-owners-locked 1",
        "--preset strict",
        "--preset relaxed --max-owners-locked 0",
        "--preset strict --max-guesses 100 --pessimistic",
    ] {
        let said = simulate(allowed);
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{allowed}: {}", said.out);
        assert!(!said.out.contains("exceeded"), "{allowed}: {}", said.out);
    }
}

#[test]
fn a_policy_under_which_false_locks_rise_by_more_than_allowed_exits_3() {
    let place = recorded();
    let simulate = |rest: &str| place.run(&format!("policy simulate --tenant acme {rest}"));
    let risen = simulate("--preset strict --max-false-locks 0 --json");
    let report: serde_json::Value = serde_json::from_str(&risen.out).unwrap();
    assert_eq!((risen.code, &report["exceeded"]), (3, &serde_json::json!(["false_locks"])));
    let rise = serde_json::json!({"low": 1, "likely": 1, "high": 1});
    assert_eq!(report["false_locks_rise"], rise);
    let told = simulate("--preset strict --max-false-locks 0");
    let words = "The maximum is exceeded: owners locked beside the live policy";
    assert!(told.code == 3 && told.out.contains(words), "{}", told.out);
    assert_eq!(simulate("--preset strict --max-false-locks 1").code, 0);
    // What is as strict as the live policy brings no rise, though it keeps that owner out.
    assert_eq!(place.run("policy apply --tenant acme --preset strict").code, 0);
    let same = simulate("--preset strict --max-false-locks 0 --pessimistic");
    assert_eq!((same.code, same.err.as_str()), (0, ""), "{}", same.out);
    assert_eq!(simulate("--preset strict --max-owners-locked 0").code, 3);
}

#[derive(QueryableByName)]
struct Effect {
    #[diesel(sql_type = Nullable<Text>)]
    effect: Option<String>,
}

#[test]
fn a_policy_that_is_applied_is_kept_with_what_it_would_have_done() {
    for put in [
        "policy apply --tenant acme --preset strict",
        "policy overlay put --tenant acme --preset strict --for 2h --reason attack",
    ] {
        let place = recorded();
        let done = place.run(put);
        assert_eq!((done.code, done.err.as_str()), (0, ""), "{put}: {}", done.out);
        let mut db = database(&place).open_writer().unwrap();
        let asked = sql_query("SELECT effect FROM policies ORDER BY version");
        let found: Vec<Effect> = asked.load(&mut db).unwrap();
        let kept: Vec<Option<&str>> = found.iter().map(|row| row.effect.as_deref()).collect();
        let [None, Some(effect)] = kept[..] else { panic!("{put}: {kept:?}") };
        let effect: serde_json::Value = serde_json::from_str(effect).unwrap();
        assert_eq!((&effect["tries"], &effect["owners"]["then"][0]), (&7.into(), &1.into()));
    }
}
