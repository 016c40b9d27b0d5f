//! Contact requests and signing keys in storage.

use lockkeeper::model::*;
use lockkeeper::store::StoreError;
use lockkeeper::store::contact_requests::{
    ClosedBecause, ContactLimits, ContactRequest, ContactRequestStatus, Filed, Origin, Queue,
};
use lockkeeper::store::inbox::{InboxQuery, Search, View};
use lockkeeper::store::outbox::OutboxRow;
use lockkeeper::store::request_messages::{
    MessageKind, MessageVia, NewMessage, RequestStep, Stepped,
};
use lockkeeper::store::signing_keys::SigningKeyRow;
use lockkeeper::store::upkeep::PurgeLimits;
use lockkeeper::support::Happening;

use super::bench::{Bench, key};
use super::outbox::row;

const LIMITS: ContactLimits = ContactLimits { per_source_per_hour: 2, per_identifier_per_day: 3 };

on_both!(
    a_request_comes_back_as_filed_with_its_acknowledgement,
    a_source_that_files_too_often_waits_out_its_hour,
    an_identifier_that_is_written_about_too_often_is_heard_but_not_mailed,
    a_taken_reference_leaves_nothing,
    this_was_not_me_is_filed_once_an_episode,
    a_step_over_an_older_version_changes_nothing,
    a_request_is_found_by_the_secret_of_either_link,
    half_a_year_after_its_end_a_requests_words_go_and_its_reference_stays,
    the_first_signing_key_wins,
);

fn request(bench: &Bench, source: &str) -> ContactRequest {
    let id = ContactRequestId::generate(bench.now());
    let reference = id.as_str().to_owned();
    ContactRequest {
        identifier: "Bob".to_owned(),
        canonical_key: Some(key("bob")),
        name: "Bob".to_owned(),
        subject: "Help".to_owned(),
        message: "I am locked out.".to_owned(),
        source: Source::from_stored(source.to_owned()),
        ..ContactRequest::blank(bench.tenant.clone(), id, reference, bench.now())
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

async fn this_was_not_me_is_filed_once_an_episode(bench: Bench) {
    let user = UserId::generate(bench.now());
    let told = |episode| ContactRequest {
        origin: Origin::NotMe,
        user_id: Some(user.clone()),
        episode: Some(episode),
        ..request(&bench, "192.0.2.7")
    };
    let first = told(1);
    let file = async |request| bench.store.file_contact_request(request, None, LIMITS).await;
    assert_eq!(file(first.clone()).await.unwrap(), Filed::Filed { acknowledged: false });
    let again = Filed::Again { reference: first.reference };
    assert_eq!(file(told(1)).await.unwrap(), again);
    assert_eq!(file(told(2)).await.unwrap(), Filed::Filed { acknowledged: false });
    // What the form brings is told as often as somebody writes.
    let form = ContactRequest { origin: Origin::Form, ..told(1) };
    assert!(matches!(file(form).await.unwrap(), Filed::TooMany { .. }));
}

fn said(bench: &Bench, body: &str) -> NewMessage {
    NewMessage {
        id: RequestMessageId::generate(bench.now()),
        kind: MessageKind::Theirs,
        author: "person".to_owned(),
        via: MessageVia::Page,
        body: body.to_owned(),
    }
}

async fn a_step_over_an_older_version_changes_nothing(bench: Bench) {
    let filed = request(&bench, "192.0.2.7");
    bench.store.file_contact_request(filed.clone(), None, LIMITS).await.unwrap();
    let step = |over, happening, message| RequestStep {
        happening: Some(happening),
        message,
        ..RequestStep::of(bench.tenant.clone(), filed.id.clone(), over)
    };
    let take = async |step| bench.store.step_request(step).await.unwrap();
    let closed = take(step(Some(1), Happening::StaffClosed, None)).await;
    let Stepped::Done(closed) = closed else { panic!("{closed:?}") };
    assert_eq!((closed.version, closed.queue), (2, Queue::Closed));
    assert_eq!(closed.closed_because, Some(ClosedBecause::Staff));
    let words = said(&bench, "again");
    let late = take(step(Some(1), Happening::PersonWrote, Some(words.clone()))).await;
    assert_eq!(late, Stepped::Stale(closed));
    let Stepped::Done(open) = take(step(None, Happening::PersonWrote, Some(words))).await else {
        panic!("over whatever stands")
    };
    assert_eq!((open.version, open.queue, open.closed_because), (3, Queue::Open, None));
    let found = bench.reader.conversation(bench.tenant.clone(), filed.reference.clone()).await;
    let found = found.unwrap().unwrap();
    assert_eq!(found.request, *open);
    let bodies: Vec<_> = found.messages.iter().map(|message| message.body.as_str()).collect();
    assert_eq!(bodies, ["again"]);
}

async fn a_request_is_found_by_the_secret_of_either_link(bench: Bench) {
    let filed = ContactRequest {
        page_secret: Some("p".to_owned()),
        mail_secret: Some("m".to_owned()),
        ..request(&bench, "192.0.2.7")
    };
    bench.store.file_contact_request(filed.clone(), None, LIMITS).await.unwrap();
    for (digest, found) in [("p", true), ("m", true), ("x", false), ("", false)] {
        let answer =
            bench.reader.conversation_by_secret(bench.tenant.clone(), digest.to_owned()).await;
        assert_eq!(answer.unwrap().map(|c| c.request), found.then(|| filed.clone()), "{digest}");
    }
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

async fn half_a_year_after_its_end_a_requests_words_go_and_its_reference_stays(bench: Bench) {
    let mut filed = request(&bench, "somewhere");
    (filed.page_secret, filed.mail_secret) = (Some("page".to_owned()), Some("mail".to_owned()));
    let open = ContactRequest { page_secret: None, mail_secret: None, ..request(&bench, "else") };
    for one in [&filed, &open] {
        bench.store.file_contact_request(one.clone(), None, LIMITS).await.unwrap();
    }
    let (tenant, id) = (bench.tenant.clone(), filed.id.clone());
    let said = NewMessage {
        id: RequestMessageId::generate(bench.now()),
        kind: MessageKind::Theirs,
        author: "person".to_owned(),
        via: MessageVia::Page,
        body: "Umbrella".to_owned(),
    };
    let step = |happening, message| RequestStep {
        happening: Some(happening),
        message,
        ..RequestStep::of(tenant.clone(), id.clone(), None)
    };
    bench.store.step_request(step(Happening::PersonWrote, Some(said))).await.unwrap();
    bench.store.step_request(step(Happening::StaffClosed, None)).await.unwrap();
    let purge = || bench.store.purge(bench.tenant.clone(), PurgeLimits::default());
    bench.clock.advance(Span::DAY.times(180));
    assert_eq!(purge().await.unwrap().requests, 0, "not a moment before");
    bench.clock.advance(Span(1));
    assert_eq!(purge().await.unwrap().requests, 1);
    assert_eq!(purge().await.unwrap().requests, 0, "once");
    let found = bench.reader.conversation(tenant.clone(), filed.reference.clone()).await.unwrap();
    let found = found.expect("its reference is known");
    let left = &found.request;
    assert_eq!((left.queue, found.messages.len()), (Queue::Forgotten, 0));
    assert_eq!(
        (left.user_id.clone(), left.closed_because),
        (filed.user_id, Some(ClosedBecause::Staff))
    );
    for gone in [&left.message, &left.subject, &left.name, &left.identifier] {
        assert_eq!(gone, "");
    }
    assert_eq!(left.canonical_key, None);
    for secret in ["page", "mail"] {
        let by = bench.reader.conversation_by_secret(tenant.clone(), secret.to_owned()).await;
        assert_eq!(by.unwrap(), None, "{secret}");
    }
    for (word, found) in [("umbrella", 0), ("locked", 1)] {
        let query = InboxQuery {
            tenant: tenant.clone(),
            view: View::Open,
            search: Some(Search {
                words: lockkeeper::support::words::of([word]),
                ..Search::default()
            }),
            wave: None,
            after: None,
            now: bench.now(),
        };
        for (view, most) in [(View::Open, found), (View::Closed, 0)] {
            let query = InboxQuery { view, ..query.clone() };
            let page = bench.reader.inbox(query, UserId::generate(bench.now())).await.unwrap();
            assert_eq!(page.rows.len(), most, "{word}");
        }
    }
    bench.clock.advance(Span::DAY.times(730));
    assert_eq!(purge().await.unwrap().requests, 1);
    let gone = bench.reader.conversation(tenant, filed.reference).await.unwrap();
    assert_eq!(gone, None);
}
