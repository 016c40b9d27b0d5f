//! Users in storage: round trips, taken names, and the count that moves with an identifier.

use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use lockkeeper::lockout::Event;
use lockkeeper::model::*;
use lockkeeper::store::sessions::SessionStatus;
use lockkeeper::store::settle::{Answer, Verified};
use lockkeeper::store::subject_events::SubjectRequest;
use lockkeeper::store::user_changes::{OpenSessions, SecretChanges, UserUpdate};
use lockkeeper::store::user_metadata::MetadataChange;
use lockkeeper::store::users::{Standing, UserChange};
use lockkeeper::store::{StoreError, SubjectKey};
use serde_json::json;

use super::bench::{Bench, key, phantom};

const WRONG: Verified = Verified::Wrong { credential_version: 1 };

on_both!(
    a_user_comes_back_as_it_was_written,
    a_taken_identifier_or_external_id_is_a_conflict_and_leaves_nothing,
    a_change_touches_only_what_it_names,
    a_deed_on_nobody_leaves_no_row_behind,
    a_change_that_is_refused_leaves_no_new_secret,
    a_changed_secret_ends_the_other_sessions,
    a_new_user_takes_over_the_strongest_phantom,
    a_deleted_user_leaves_each_identifier_its_lock,
    a_deletion_that_misses_an_identifier_is_refused,
    a_new_password_voids_what_was_verified_before,
    a_ban_ends_sessions_and_can_be_lifted,
);

async fn a_user_comes_back_as_it_was_written(bench: Bench) {
    let mut new = bench.new_user(&["Bob@Example.com", "bob"]);
    new.user.password_hash = Some("$argon2id$…".to_owned());
    new.user.first_name = Some("Böb".to_owned());
    new.user.last_active_at = Some(bench.now());
    bench.store.create_user(new.clone()).await.unwrap();

    let found =
        bench.reader.user(bench.tenant.clone(), new.user.id.clone()).await.unwrap().unwrap();
    assert!(found.user == new.user);
    assert_eq!(found.identifications.len(), 2);
    assert!(new.identifications.iter().all(|i| found.identifications.contains(i)));
    let named =
        bench.reader.identified(bench.tenant.clone(), key("bob@example.COM")).await.unwrap();
    assert_eq!(named, Some(found));
    let other = TenantId::generate(bench.now());
    assert_eq!(bench.reader.identified(other, key("bob@example.com")).await.unwrap(), None);
}

async fn a_taken_identifier_or_external_id_is_a_conflict_and_leaves_nothing(bench: Bench) {
    let mut first = bench.new_user(&["bob@example.com"]);
    first.user.external_id = Some("7".to_owned());
    bench.store.create_user(first).await.unwrap();

    let same_name = bench.new_user(&["new@example.com", "BOB@example.com"]);
    let answer = bench.store.create_user(same_name).await;
    assert!(matches!(answer, Err(StoreError::Conflict { what: "identifier" })), "{answer:?}");
    let left = bench.reader.identified(bench.tenant.clone(), key("new@example.com")).await.unwrap();
    assert_eq!(left, None);

    let mut same_number = bench.new_user(&["eve@example.com"]);
    same_number.user.external_id = Some("7".to_owned());
    let answer = bench.store.create_user(same_number).await;
    assert!(matches!(answer, Err(StoreError::Conflict { what: "external_id" })), "{answer:?}");
}

async fn a_change_touches_only_what_it_names(bench: Bench) {
    let mut new = bench.new_user(&["bob"]);
    new.user.first_name = Some("Bob".to_owned());
    new.user.last_name = Some("Builder".to_owned());
    bench.store.create_user(new.clone()).await.unwrap();
    bench.clock.advance(Span::SECOND);

    let change = UserChange {
        first_name: Some(None),
        public_metadata: Some(MetadataChange::Merge(json!({"a": 1}).as_object().unwrap().clone())),
        ..UserChange::default()
    };
    let id = new.user.id.clone();
    let changed = bench.store.update_user(bench.tenant.clone(), id.clone(), change).await.unwrap();
    let mut expected = new.user;
    expected.first_name = None;
    expected.public_metadata = r#"{"a":1}"#.to_owned();
    expected.updated_at = bench.now();
    assert!(changed == expected);
    let kept = bench.reader.user(bench.tenant.clone(), id).await.unwrap().unwrap();
    assert!(kept.user == expected);
    let nobody = UserId::generate(bench.now());
    let answer = bench.store.update_user(bench.tenant.clone(), nobody, UserChange::default()).await;
    assert!(matches!(answer, Err(StoreError::NotFound)), "{answer:?}");
}

async fn a_deed_on_nobody_leaves_no_row_behind(bench: Bench) {
    #[derive(QueryableByName)]
    struct Number {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let rows = || {
        let mut db = bench.url.open_writer().unwrap();
        let count = sql_query("SELECT count(*) AS n FROM subjects");
        count.get_result::<Number>(&mut db).unwrap().n
    };
    let is_refused = |done: Result<(), StoreError>| {
        assert!(matches!(done, Err(StoreError::NotFound)), "{done:?}");
    };
    let (store, tenant) = (&bench.store, || bench.tenant.clone());
    let nobody = UserId::generate(bench.now());
    is_refused(store.update_user(tenant(), nobody.clone(), UserChange::default()).await.map(drop));
    is_refused(store.set_password(tenant(), nobody.clone(), None).await);
    is_refused(store.set_standing(tenant(), vec![nobody.clone()], Standing::Banned).await);
    let phantoms = vec![(key("bob"), phantom("bob"))];
    is_refused(store.delete_user(tenant(), nobody.clone(), phantoms).await);
    let locks = SubjectRequest {
        tenant: tenant(),
        user: nobody,
        event: Event::StaffLock { until: None },
        actor: "test".to_owned(),
        reason: None,
    };
    is_refused(store.change_subject(locks).await.map(drop));
    assert_eq!(rows(), 0);
    // Nor does one that is about nothing that is counted; but what is written stays.
    let bob = bench.add_user(&["bob"]).await;
    assert_eq!(rows(), 0);
    store.set_standing(tenant(), vec![bob], Standing::Banned).await.unwrap();
    assert_eq!(rows(), 1);
}

async fn a_change_that_is_refused_leaves_no_new_secret(bench: Bench) {
    let mut first = bench.new_user(&["ann"]);
    first.user.external_id = Some("7".to_owned());
    bench.store.create_user(first).await.unwrap();
    let id = bench.add_user(&["bob"]).await;
    let before = bench.reader.user(bench.tenant.clone(), id.clone()).await.unwrap();

    let update = UserUpdate {
        profile: UserChange { external_id: Some(Some("7".to_owned())), ..UserChange::default() },
        secrets: SecretChanges {
            password: Some(Some("$new$".to_owned())),
            totp: Some(Some(("sealed".to_owned(), 0))),
            recovery_codes: Some(vec!["digest".to_owned()]),
            ..SecretChanges::default()
        },
        sessions: OpenSessions::End,
        ..UserUpdate::default()
    };
    let answer = bench.store.change_user(bench.tenant.clone(), id.clone(), update).await;
    assert!(matches!(answer, Err(StoreError::Conflict { what: "external_id" })));
    assert_eq!(bench.reader.user(bench.tenant.clone(), id.clone()).await.unwrap(), before);
    assert!(bench.reader.totp(bench.tenant.clone(), id).await.unwrap().is_none());
}

async fn a_changed_secret_ends_the_other_sessions(bench: Bench) {
    let id = bench.add_user(&["bob"]).await;
    let (first, _) = bench.sign_in("bob").await;
    let (kept, _) = bench.sign_in("bob").await;
    let update = UserUpdate {
        secrets: SecretChanges { password: Some(None), ..SecretChanges::default() },
        sessions: OpenSessions::EndOthers(kept.clone()),
        ..UserUpdate::default()
    };
    let changed = bench.store.change_user(bench.tenant.clone(), id, update).await.unwrap().user;
    assert_eq!((changed.credential_version, changed.password_hash), (2, None));
    for (session, status) in [(first, SessionStatus::Revoked), (kept, SessionStatus::Active)] {
        let found = bench.reader.session(bench.tenant.clone(), session).await.unwrap().unwrap();
        assert_eq!(found.status, status);
    }
}

async fn a_new_user_takes_over_the_strongest_phantom(bench: Bench) {
    bench.attempt("bob@example.com", Verified::Wrong { credential_version: 0 }).await;
    bench.lock("bob", 0).await;
    bench.add_user(&["bob@example.com", "bob"]).await;

    let answer = bench.attempt("bob@example.com", WRONG).await;
    assert!(matches!(answer, Answer::Locked(_)), "the lock of the other name: {answer:?}");
    for name in ["bob", "bob@example.com"] {
        let (left, _) = bench
            .reader
            .subject_view(bench.tenant.clone(), phantom(name), lockkeeper::model::Millis(0))
            .await
            .unwrap();
        assert_eq!((left.subject.count, left.subject.lock), (0, None), "{name}");
    }
}

async fn a_deleted_user_leaves_each_identifier_its_lock(bench: Bench) {
    let names = ["bob@example.com", "bob"];
    let id = bench.add_user(&names).await;
    let (session, _) = bench.sign_in("bob").await;
    bench.lock("bob", 1).await;
    let phantoms: Vec<_> = names.iter().map(|name| (key(name), phantom(name))).collect();
    let delete = || bench.store.delete_user(bench.tenant.clone(), id.clone(), phantoms.clone());
    delete().await.unwrap();

    assert_eq!(bench.reader.user(bench.tenant.clone(), id.clone()).await.unwrap(), None);
    let session = bench.reader.session(bench.tenant.clone(), session).await.unwrap().unwrap();
    assert_eq!(session.status, SessionStatus::Revoked);
    for name in names {
        let answer = bench.attempt(name, Verified::Wrong { credential_version: 0 }).await;
        assert!(matches!(answer, Answer::Locked(_)), "{name}: {answer:?}");
    }
    assert!(matches!(delete().await, Err(StoreError::NotFound)));
}

async fn a_deletion_that_misses_an_identifier_is_refused(bench: Bench) {
    let id = bench.add_user(&["bob@example.com", "bob"]).await;
    let known = vec![(key("bob"), phantom("bob"))];
    let answer = bench.store.delete_user(bench.tenant.clone(), id.clone(), known).await;
    assert!(matches!(answer, Err(StoreError::Conflict { what: "identifier" })), "{answer:?}");
    assert!(bench.reader.user(bench.tenant.clone(), id).await.unwrap().is_some());
}

async fn a_new_password_voids_what_was_verified_before(bench: Bench) {
    let id = bench.add_user(&["bob"]).await;
    let hash = Some("new".to_owned());
    bench.store.set_password(bench.tenant.clone(), id.clone(), hash.clone()).await.unwrap();

    let found = bench.reader.user(bench.tenant.clone(), id.clone()).await.unwrap().unwrap().user;
    assert_eq!((found.credential_version, &found.password_hash), (2, &hash));
    assert_eq!(found.password_changed_at, Some(bench.now()));
    assert_eq!(bench.attempt("bob", WRONG).await, Answer::Again);
    let subject = SubjectKey::user(&id);
    let (view, _) = bench
        .reader
        .subject_view(bench.tenant.clone(), subject, lockkeeper::model::Millis(0))
        .await
        .unwrap();
    assert_eq!(view.subject.all_serial, 1);
    let nobody = UserId::generate(bench.now());
    let answer = bench.store.set_password(bench.tenant.clone(), nobody.clone(), None).await;
    assert!(matches!(answer, Err(StoreError::NotFound)), "{answer:?}");
}

async fn a_ban_ends_sessions_and_can_be_lifted(bench: Bench) {
    let id = bench.add_user(&["bob"]).await;
    let (session, _) = bench.sign_in("bob").await;
    bench
        .store
        .set_standing(bench.tenant.clone(), vec![id.clone()], Standing::Banned)
        .await
        .unwrap();

    let session = bench.reader.session(bench.tenant.clone(), session).await.unwrap().unwrap();
    assert_eq!(session.status, SessionStatus::Revoked);
    let right = Verified::Right { credential_version: 1 };
    assert_eq!(bench.attempt("bob", right).await, Answer::Banned);
    bench.store.set_standing(bench.tenant.clone(), vec![id], Standing::Allowed).await.unwrap();
    assert!(matches!(bench.attempt("bob", right).await, Answer::Complete { .. }));
}
