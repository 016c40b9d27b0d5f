//! The outbox and the built-in mailbox: claims, turns, leases, and mail that is kept once.

use lockkeeper::model::*;
use lockkeeper::store::mailbox::MailboxMessage;
use lockkeeper::store::outbox::{Claim, OutboxKind, OutboxRow, OutboxStatus, OutboxTopic};
use lockkeeper::store::{StoreError, SubjectKey};

use super::bench::{Bench, phantom};
use super::support::file_with;

const LEASE: Span = Span::MINUTE;

on_both!(
    a_lock_leaves_a_due_mail_and_a_phantoms_a_void_one,
    a_claimed_row_goes_to_one_worker_until_its_lease_ends,
    tenants_are_served_in_turn,
    every_tenant_gets_its_turn,
    a_row_that_was_put_off_waits,
    kept_mail_is_kept_once_and_its_row_is_sent,
);

pub(super) fn row(bench: &Bench, tenant: &TenantId) -> OutboxRow {
    OutboxRow {
        tenant_id: tenant.clone(),
        id: OutboxId::generate(bench.now()),
        kind: OutboxKind::Mail,
        topic: OutboxTopic::SupportAck,
        status: OutboxStatus::Due,
        subject: None,
        user_id: None,
        episode: None,
        payload: "{}".to_owned(),
        created_at: bench.now(),
        due_at: bench.now(),
        tries: 0,
        claimed_until: None,
        last_error: None,
        finished_at: None,
    }
}

async fn claim(bench: &Bench, limit: usize) -> Vec<OutboxRow> {
    bench.store.claim_due(&bench.tenant, OutboxKind::Mail, limit, LEASE).await.unwrap()
}

async fn next_due(bench: &Bench) -> Option<Millis> {
    bench.reader.next_due(OutboxKind::Mail).await.unwrap()
}

async fn a_lock_leaves_a_due_mail_and_a_phantoms_a_void_one(bench: Bench) {
    let user = bench.add_user(&["bob@example.com"]).await;
    bench.lock("bob@example.com", 1).await;
    bench.lock("nobody@example.com", 0).await;
    let cases = [
        (SubjectKey::user(&user), OutboxStatus::Due),
        (phantom("nobody@example.com"), OutboxStatus::Void),
    ];
    for (subject, status) in cases {
        let tenant = bench.tenant.clone();
        let mails = bench.reader.mails_of_subject(tenant, subject, bench.now()).await.unwrap();
        assert_eq!(mails.iter().map(|m| m.status).collect::<Vec<_>>(), [status]);
    }
    assert_eq!(claim(&bench, 10).await.len(), 1);
}

async fn a_claimed_row_goes_to_one_worker_until_its_lease_ends(bench: Bench) {
    assert_eq!(next_due(&bench).await, None);
    let due = row(&bench, &bench.tenant);
    file_with(&bench, Some(due.clone())).await;
    assert_eq!(next_due(&bench).await, Some(due.due_at));

    let ends = bench.now().after(LEASE);
    let claimed = claim(&bench, 10).await;
    let expected = OutboxRow {
        status: OutboxStatus::Sending,
        tries: 1,
        claimed_until: Some(ends),
        ..due.clone()
    };
    assert_eq!(claimed, [expected]);
    assert_eq!(claim(&bench, 10).await, []);
    assert_eq!(next_due(&bench).await, Some(ends));
    bench.clock.advance(LEASE);
    assert_eq!(claim(&bench, 10).await.first().map(|row| row.tries), Some(2));

    let (tenant, id) = (bench.tenant.clone(), due.id);
    let (status, why) = (OutboxStatus::Dead, Some("550".to_owned()));
    let claim = |tries| Claim { tenant: tenant.clone(), id: id.clone(), tries };
    let late = bench.store.finish_outbox(claim(1), status, why.clone()).await;
    assert!(
        matches!(late, Err(StoreError::NotFound)),
        "the first worker's claim is void: {late:?}"
    );
    let late = bench.store.reschedule_outbox(claim(1), bench.now(), None).await;
    assert!(matches!(late, Err(StoreError::NotFound)), "{late:?}");
    bench.store.finish_outbox(claim(2), status, why.clone()).await.unwrap();
    bench.store.finish_outbox(claim(2), status, why.clone()).await.unwrap();
    let other = bench.store.finish_outbox(claim(2), OutboxStatus::Sent, None).await;
    assert!(matches!(other, Err(StoreError::NotFound)), "it has ended: {other:?}");
    let found = bench.reader.outbox_row(tenant, id).await.unwrap().unwrap();
    assert_eq!((found.status, found.last_error), (status, why));
    assert_eq!((found.claimed_until, found.finished_at), (None, Some(bench.now())));
    assert_eq!(next_due(&bench).await, None);
}

async fn tenants_are_served_in_turn(bench: Bench) {
    let other = TenantId::generate(bench.now());
    bench.add_tenant(&other, "other").await;
    for _ in 0..30 {
        file_with(&bench, Some(row(&bench, &bench.tenant))).await;
    }
    bench.clock.advance(Span::SECOND);
    file_with(&bench, Some(row(&bench, &other))).await;

    let two = claim(&bench, 2).await;
    assert!(two.iter().any(|row| row.tenant_id == other), "the late one is not behind all others");
    assert_eq!(claim(&bench, 100).await.len(), 20, "a bound on each tenant's share");
}

async fn every_tenant_gets_its_turn(bench: Bench) {
    let mut tenants = vec![bench.tenant.clone()];
    for number in 0..3 {
        let tenant = TenantId::generate(bench.now());
        bench.add_tenant(&tenant, &format!("other{number}")).await;
        tenants.push(tenant);
    }
    for tenant in &tenants {
        for _ in 0..3 {
            file_with(&bench, Some(row(&bench, tenant))).await;
        }
    }
    let mut served = Vec::new();
    for _ in 0..4 {
        served.extend(claim(&bench, 1).await.into_iter().map(|row| row.tenant_id));
    }
    served.sort();
    tenants.sort();
    assert_eq!(served, tenants, "one claim each, whoever has waited longest");
}

async fn a_row_that_was_put_off_waits(bench: Bench) {
    let due = row(&bench, &bench.tenant);
    file_with(&bench, Some(due.clone())).await;
    claim(&bench, 1).await;
    let later = bench.now().after(Span::MINUTE.times(5));
    let put_off = |id: OutboxId| {
        let why = Some("421".to_owned());
        let claim = Claim { tenant: bench.tenant.clone(), id, tries: 1 };
        bench.store.reschedule_outbox(claim, later, why)
    };
    put_off(due.id).await.unwrap();
    assert_eq!(next_due(&bench).await, Some(later));
    bench.clock.advance(LEASE);
    assert_eq!(claim(&bench, 1).await, []);
    bench.clock.set(later);
    assert_eq!(
        claim(&bench, 1).await.first().and_then(|row| row.last_error.clone()).as_deref(),
        Some("421")
    );
    let answer = put_off(OutboxId::generate(bench.now())).await;
    assert!(matches!(answer, Err(StoreError::NotFound)), "{answer:?}");
}

async fn kept_mail_is_kept_once_and_its_row_is_sent(bench: Bench) {
    let due = row(&bench, &bench.tenant);
    file_with(&bench, Some(due.clone())).await;
    let message = MailboxMessage {
        tenant_id: bench.tenant.clone(),
        id: due.id.clone(),
        sender: "a@example.com".to_owned(),
        recipient: "b@example.com".to_owned(),
        subject: "Grüße".to_owned(),
        headers: "{}".to_owned(),
        text: "text".to_owned(),
        html: "<p>text</p>".to_owned(),
        raw: "raw".to_owned(),
        received_at: bench.now(),
    };
    bench.store.keep_mail(message.clone()).await.unwrap();
    bench.store.keep_mail(message.clone()).await.unwrap();
    assert_eq!(bench.reader.mailbox(10).await.unwrap(), std::slice::from_ref(&message));
    let found = bench.reader.mailbox_message(due.id.clone()).await.unwrap();
    assert_eq!(found.as_ref(), Some(&message));
    let sent = bench.reader.outbox_row(bench.tenant.clone(), due.id).await.unwrap().unwrap();
    assert_eq!(sent.status, OutboxStatus::Sent);

    let stray = MailboxMessage { id: OutboxId::generate(bench.now()), ..message };
    assert!(matches!(bench.store.keep_mail(stray).await, Err(StoreError::NotFound)));
    assert_eq!(bench.reader.mailbox(10).await.unwrap().len(), 1);
    bench.store.empty_mailbox(&bench.tenant).await.unwrap();
    assert_eq!(bench.reader.mailbox(10).await.unwrap(), []);
}
