//! The audit log's chain in storage: which rows are sealed, by whom, and what two who seal at the same
//! time leave.

use diesel::connection::SimpleConnection;
use diesel::{RunQueryDsl, sql_query};
use lockkeeper::model::*;
use lockkeeper::store::StoreError;
use lockkeeper::store::audit_seals::{AuditSeal, Sealing};

use super::bench::Bench;

on_both!(
    of_two_who_go_on_from_the_same_link_one_is_overtaken,
    many_who_seal_at_once_leave_neither_gap_nor_double,
    a_fact_of_a_transaction_that_is_still_open_is_not_sealed,
    a_row_that_is_gone_leaves_the_chain_as_it_was,
    tenants_with_something_to_seal_are_found_in_turn,
);

fn statement(bench: &Bench, tenant: &TenantId, id: &AuditId) -> String {
    let at = bench.now().0;
    format!(
        "INSERT INTO audit (tenant_id, id, at, actor, action, detail) \
         VALUES ('{tenant}', '{id}', {at}, 'api', 'user.locked', '{{}}')"
    )
}

fn add(bench: &Bench, tenant: &TenantId, count: usize) {
    let mut db = bench.url.open_writer().unwrap();
    for _ in 0..count {
        let id = AuditId::generate(bench.now());
        sql_query(statement(bench, tenant, &id)).execute(&mut db).unwrap();
    }
}

/// One step of a sealer whose links say only their place.
async fn seal(bench: &Bench, most: i64) -> Result<(Sealing, usize), StoreError> {
    let tenant = bench.tenant.clone();
    let (head, rows) = bench.reader.unsealed_audit(tenant.clone(), most).await?;
    let first = head.as_ref().map_or(0, |head| head.seq);
    let seals: Vec<_> = rows
        .iter()
        .zip(first + 1..)
        .map(|(row, seq)| AuditSeal { id: row.id.clone(), seq, hash: format!("link.{seq}") })
        .collect();
    let count = seals.len();
    Ok((bench.store.seal_audit(tenant, head, seals).await?, count))
}

async fn places(bench: &Bench) -> Vec<i64> {
    let rows = bench.reader.sealed_audit(bench.tenant.clone(), 0, 1_000).await.unwrap();
    rows.iter().map(|row| row.seq.unwrap()).collect()
}

async fn of_two_who_go_on_from_the_same_link_one_is_overtaken(bench: Bench) {
    let tenant = bench.tenant.clone();
    for round in 0..2 {
        add(&bench, &tenant, 3);
        let (head, rows) = bench.reader.unsealed_audit(tenant.clone(), 10).await.unwrap();
        let first = head.as_ref().map_or(0, |head| head.seq);
        let links = |mark: &str| -> Vec<AuditSeal> {
            let link = |(row, seq): (&lockkeeper::store::audit::AuditRow, i64)| AuditSeal {
                id: row.id.clone(),
                seq,
                hash: format!("{mark}.{seq}"),
            };
            rows.iter().zip(first + 1..).map(link).collect()
        };
        let one = bench.store.seal_audit(tenant.clone(), head.clone(), links("one")).await;
        assert_eq!(one.unwrap(), Sealing::Done, "round {round}");
        let two = bench.store.seal_audit(tenant.clone(), head, links("two")).await;
        assert_eq!(two.unwrap(), Sealing::Overtaken, "round {round}");
    }
    let rows = bench.reader.sealed_audit(tenant, 0, 10).await.unwrap();
    assert_eq!(rows.len(), 6);
    assert!(rows.iter().all(|row| row.hash.as_deref().unwrap().starts_with("one.")));
}

async fn many_who_seal_at_once_leave_neither_gap_nor_double(bench: Bench) {
    let tenant = bench.tenant.clone();
    add(&bench, &tenant, 60);
    let sealer = async || {
        let mut done = 0;
        loop {
            match seal(&bench, 7).await {
                Ok((_, 0)) => return done,
                Ok((Sealing::Done, count)) => done += count,
                // Another was faster, also where it had gone on before the rows were read.
                Ok((Sealing::Overtaken, _)) | Err(StoreError::NotFound) => {}
                Err(error) => panic!("{error}"),
            }
        }
    };
    let (one, two, three) = tokio::join!(sealer(), sealer(), sealer());
    assert_eq!(one + two + three, 60);
    assert_eq!(places(&bench).await, (1..=60).collect::<Vec<_>>());
    let head = bench.reader.audit_head(tenant).await.unwrap().unwrap();
    assert_eq!((head.seq, head.hash.as_str()), (60, "link.60"));
}

async fn a_fact_of_a_transaction_that_is_still_open_is_not_sealed(bench: Bench) {
    let tenant = bench.tenant.clone();
    add(&bench, &tenant, 1);
    assert_eq!(seal(&bench, 10).await.unwrap(), (Sealing::Done, 1));
    let mut db = bench.url.open_writer().unwrap();
    let early = AuditId::generate(bench.now());
    db.batch_execute("BEGIN").unwrap();
    sql_query(statement(&bench, &tenant, &early)).execute(&mut db).unwrap();
    let (_, waiting) = bench.reader.unsealed_audit(tenant.clone(), 10).await.unwrap();
    assert_eq!(waiting, []);
    if !bench.url.is_sqlite() {
        // There others write meanwhile, and their later ids come first.
        bench.clock.advance(Span::SECOND);
        add(&bench, &tenant, 2);
        assert_eq!(seal(&bench, 10).await.unwrap(), (Sealing::Done, 2));
    }
    db.batch_execute("COMMIT").unwrap();
    assert_eq!(seal(&bench, 10).await.unwrap(), (Sealing::Done, 1));
    let rows = bench.reader.sealed_audit(tenant.clone(), 0, 10).await.unwrap();
    assert_eq!(rows.last().map(|row| &row.id), Some(&early));
    assert_eq!(places(&bench).await.len(), rows.len());

    db.batch_execute("BEGIN").unwrap();
    let never = AuditId::generate(bench.now());
    sql_query(statement(&bench, &tenant, &never)).execute(&mut db).unwrap();
    db.batch_execute("ROLLBACK").unwrap();
    assert_eq!(seal(&bench, 10).await.unwrap().1, 0);
}

async fn a_row_that_is_gone_leaves_the_chain_as_it_was(bench: Bench) {
    let tenant = bench.tenant.clone();
    add(&bench, &tenant, 2);
    let gone = AuditSeal { id: AuditId::generate(bench.now()), seq: 1, hash: "link.1".to_owned() };
    let sealed = bench.store.seal_audit(tenant.clone(), None, vec![gone]).await;
    assert!(matches!(sealed, Err(StoreError::NotFound)));
    assert_eq!(bench.reader.audit_head(tenant).await.unwrap(), None);
    assert_eq!(seal(&bench, 10).await.unwrap(), (Sealing::Done, 2));
}

async fn tenants_with_something_to_seal_are_found_in_turn(bench: Bench) {
    let other = TenantId::generate(bench.now().after(Span::HOUR));
    bench.add_tenant(&other, "globex").await;
    let reader = &bench.reader;
    assert_eq!(reader.unsealed_tenants(None, 10).await.unwrap(), []);
    add(&bench, &other, 2);
    add(&bench, &bench.tenant, 3);
    let both = [bench.tenant.clone(), other.clone()];
    assert_eq!(reader.unsealed_tenants(None, 10).await.unwrap(), both);
    assert_eq!(reader.unsealed_tenants(None, 1).await.unwrap(), both[..1]);
    let after = reader.unsealed_tenants(Some(bench.tenant.clone()), 10).await.unwrap();
    assert_eq!(after, both[1..]);
    seal(&bench, 10).await.unwrap();
    assert_eq!(reader.unsealed_tenants(None, 10).await.unwrap(), [other]);
}
