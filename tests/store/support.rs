//! Contact requests and signing keys in storage.

use lockkeeper::model::*;
use lockkeeper::store::StoreError;
use lockkeeper::store::contact_requests::{
    ContactLimits, ContactRequest, ContactRequestStatus, Filed,
};
use lockkeeper::store::outbox::OutboxRow;
use lockkeeper::store::signing_keys::SigningKeyRow;

use super::bench::{Bench, key};
use super::outbox::row;

const LIMITS: ContactLimits = ContactLimits { per_source_per_hour: 2, per_identifier_per_day: 3 };

on_both!(
    a_request_comes_back_as_filed_with_its_acknowledgement,
    a_source_that_files_too_often_waits_out_its_hour,
    an_identifier_that_is_written_about_too_often_is_heard_but_not_mailed,
    a_taken_reference_leaves_nothing,
    the_first_signing_key_wins,
);

fn request(bench: &Bench, source: &str) -> ContactRequest {
    let id = ContactRequestId::generate(bench.now());
    ContactRequest {
        tenant_id: bench.tenant.clone(),
        reference: id.as_str().to_owned(),
        id,
        status: ContactRequestStatus::New,
        identifier: "Bob".to_owned(),
        canonical_key: Some(key("bob")),
        user_id: None,
        name: "Bob".to_owned(),
        subject: "Help".to_owned(),
        message: "I am locked out.".to_owned(),
        source: Source::from_stored(source.to_owned()),
        locale: None,
        created_at: bench.now(),
        updated_at: bench.now(),
    }
}

/// Files a request without limits: the way by which tests put a row into the outbox.
pub(super) async fn file_with(bench: &Bench, acknowledgement: Option<OutboxRow>) {
    let limits = ContactLimits { per_source_per_hour: 999, per_identifier_per_day: 999 };
    let filed =
        bench.store.file_contact_request(request(bench, "x"), acknowledgement, limits).await;
    assert!(matches!(filed.unwrap(), Filed::Filed { .. }));
}

async fn file(bench: &Bench, source: &str) -> Filed {
    bench.store.file_contact_request(request(bench, source), None, LIMITS).await.unwrap()
}

async fn a_request_comes_back_as_filed_with_its_acknowledgement(bench: Bench) {
    let filed = request(&bench, "192.0.2.7");
    let mail = row(&bench, &bench.tenant);
    let answer = bench.store.file_contact_request(filed.clone(), Some(mail.clone()), LIMITS).await;
    assert_eq!(answer.unwrap(), Filed::Filed { acknowledged: true });
    let tenant = || bench.tenant.clone();
    let found =
        bench.reader.contact_request_by_reference(tenant(), filed.reference.clone()).await.unwrap();
    assert_eq!(found.as_ref(), Some(&filed));
    let fresh = ContactRequestStatus::New;
    assert_eq!(bench.reader.contact_requests(tenant(), fresh, 10).await.unwrap(), [filed]);
    let open = ContactRequestStatus::Open;
    assert_eq!(bench.reader.contact_requests(tenant(), open, 10).await.unwrap(), []);
    assert_eq!(bench.reader.outbox_row(tenant(), mail.id.clone()).await.unwrap(), Some(mail));
}

async fn a_source_that_files_too_often_waits_out_its_hour(bench: Bench) {
    assert_eq!(file(&bench, "192.0.2.7").await, Filed::Filed { acknowledged: false });
    bench.clock.advance(Span::MINUTE.times(10));
    assert_eq!(file(&bench, "192.0.2.7").await, Filed::Filed { acknowledged: false });
    let wait = Filed::TooMany { retry_after: Span::MINUTE.times(50) };
    assert_eq!(file(&bench, "192.0.2.7").await, wait);
    assert_eq!(file(&bench, "192.0.2.8").await, Filed::Filed { acknowledged: false });
    bench.clock.advance(Span::DAY);
    assert_eq!(file(&bench, "192.0.2.7").await, Filed::Filed { acknowledged: false });
}

/// A stranger who files in somebody's name must not close the door to that person.
async fn an_identifier_that_is_written_about_too_often_is_heard_but_not_mailed(bench: Bench) {
    let file = async |source: &str| {
        let mail = row(&bench, &bench.tenant);
        bench.store.file_contact_request(request(&bench, source), Some(mail), LIMITS).await.unwrap()
    };
    for source in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
        assert_eq!(file(source).await, Filed::Filed { acknowledged: true });
    }
    assert_eq!(file("192.0.2.4").await, Filed::Filed { acknowledged: false });
    bench.clock.advance(Span::DAY);
    assert_eq!(file("192.0.2.4").await, Filed::Filed { acknowledged: true });
}

async fn a_taken_reference_leaves_nothing(bench: Bench) {
    let first = request(&bench, "192.0.2.1");
    bench.store.file_contact_request(first.clone(), None, LIMITS).await.unwrap();
    let second = ContactRequest { reference: first.reference, ..request(&bench, "192.0.2.2") };
    let answer = bench.store.file_contact_request(second, None, LIMITS).await;
    assert!(matches!(answer, Err(StoreError::Conflict { what: "reference" })), "{answer:?}");
    let fresh = ContactRequestStatus::New;
    let found = bench.reader.contact_requests(bench.tenant.clone(), fresh, 10).await.unwrap();
    assert_eq!(found.len(), 1);
}

async fn the_first_signing_key_wins(bench: Bench) {
    let key = |kid: &str| SigningKeyRow {
        tenant_id: bench.tenant.clone(),
        kid: kid.to_owned(),
        sealed: format!("sealed {kid}"),
        created_at: bench.now(),
        retired_at: None,
    };
    let (one, other) = tokio::join!(
        bench.store.add_first_signing_key(key("one")),
        bench.store.add_first_signing_key(key("other"))
    );
    let kept = bench.reader.signing_keys(bench.tenant.clone()).await.unwrap();
    assert_eq!((kept.len(), &one.unwrap(), &other.unwrap()), (1, &kept[0], &kept[0]));
    assert!(!format!("{:?}", kept[0]).contains("sealed one"));
}
