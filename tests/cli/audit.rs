//! `audit verify` of the real program: what it prints and its exit codes.

use std::sync::Arc;

use diesel::{RunQueryDsl, sql_query};
use lockkeeper::store::DatabaseUrl;
use lockkeeper::store::tenants::TenantName;
use lockkeeper::token::MasterKeys;

use super::Place;
use crate::harness::app::{TestApp, TestPlan};
use crate::harness::client::block_on;
use crate::harness::home::Home;

pub(super) fn database(place: &Place) -> DatabaseUrl {
    match &place.home {
        Home::Sqlite(_) => {
            format!("sqlite:{}/lockkeeper.db", place.path().display()).parse().unwrap()
        }
        #[cfg(feature = "postgres")]
        Home::Postgres(database) => database.url().parse().unwrap(),
    }
}

/// What a server does each minute, with the place's own key.
pub(super) fn seal(place: &Place) {
    let keys = Arc::new(MasterKeys::load(&place.path().join("lockkeeper.key")).unwrap());
    let change = Box::new(move |plan: &mut lockkeeper::app::Plan| plan.keys = keys);
    let app = TestApp::with(TestPlan { database: Some(database(place)), change });
    block_on(async {
        let name = TenantName::Slug("acme".to_owned());
        let profile = app.tenants.find(name).await.unwrap().unwrap();
        app.tenants.seal_audit(profile.id()).await.unwrap();
    });
    app.stop();
}

#[test]
fn audit_verify_says_what_is_whole_and_exits_3_where_something_is_not() {
    let place = Place::new();
    place.run("tenant create --slug acme --name Acme --json").json();
    assert_eq!(place.run("audit verify").out, "acme: nothing is sealed yet\n");
    for preset in ["strict", "relaxed", "balanced"] {
        let applied = place.run(&format!("policy apply --tenant acme --preset {preset}"));
        assert_eq!(applied.code, 0, "{}", applied.err);
    }
    let waiting = place.run("audit verify --tenant acme").out;
    assert!(waiting.contains("wait to be sealed"), "{waiting}");
    seal(&place);
    let whole = place.run("audit verify --json").json();
    assert_eq!(whole["whole"], true);
    let found = &whole["tenants"][0];
    assert_eq!((&found["tenant"], &found["rows"]), (&"acme".into(), &3.into()));
    let kept = found["head"].as_str().unwrap().to_owned();
    assert!(kept.starts_with("3:"), "{kept}");
    let told = place.run(&format!("audit verify --tenant acme --expect {kept}"));
    assert_eq!(told.out, format!("acme: 3 facts are as they were sealed; the newest is {kept}\n"));

    let mut db = database(&place).open_writer().unwrap();
    let changed = "UPDATE audit SET actor = 'cli:nobody' WHERE seq = 2";
    assert_eq!(sql_query(changed).execute(&mut db).unwrap(), 1);
    drop(db);
    let broken = place.run("audit verify --tenant acme");
    assert_eq!((broken.code, broken.out.as_str()), (3, "acme: BROKEN: fact 2: changed since\n"));
    let json: serde_json::Value =
        serde_json::from_str(&place.run("audit verify --json").out).unwrap();
    assert_eq!(json["whole"], false);
    let breaks = serde_json::json!([{ "kind": "changed", "from": 2, "to": 2 }]);
    assert_eq!(json["tenants"][0]["breaks"], breaks);

    place.run("audit verify --expect 3:abc").refused(2, "--tenant");
    place.run("audit verify --tenant acme --expect three").refused(2, "SEQ:HASH");
    let other = place.run("audit verify --tenant acme --expect 9:abc");
    assert_eq!(other.code, 3);
    assert!(other.out.contains("fact 9: not what --expect says"), "{}", other.out);
}
