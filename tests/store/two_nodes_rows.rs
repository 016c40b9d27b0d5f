//! As `two_nodes`, of rows that no subject's lock stands before: a browser's client with its sign-ins
//! and sign-ups, a tenant's settings. Says nothing of what a node by itself does.
#![cfg(feature = "postgres")]

use lockkeeper::model::*;
use lockkeeper::store::factor::Proof;
use lockkeeper::store::pending_identifications::PendingIdentification;
use lockkeeper::store::settle::{Answer, SettlePort as _};
use lockkeeper::store::sign_ins::{Client, ClientUse, SignIn, SignInStatus};
use lockkeeper::store::sign_ups::{SignUp, SignUpRecord, SignUpStatus};
use lockkeeper::store::tenants::{TenantChange, TenantName};
use lockkeeper::store::upkeep::PurgeLimits;
use lockkeeper::store::{Store, StoreError};

use super::bench::Bench;
use super::factors::Waiting;
use super::rows::said;
use super::two_nodes::{Held, at_once, between_nodes, other_node};

between_nodes!(
    what_is_begun_while_a_sign_in_completes_leaves_the_new_token,
    a_sign_in_that_is_dropped_while_it_completes_stays_complete,
    a_sign_in_that_is_opened_while_another_completes_comes_after_it,
    a_sign_in_that_is_replaced_while_a_password_is_settled_takes_none,
    a_sign_in_that_is_replaced_meanwhile_does_not_fall_back,
    a_sign_in_that_is_held_meanwhile_leaves_the_rest_of_its_client,
    a_sign_up_that_is_finished_meanwhile_is_not_changed,
    a_sign_up_that_is_changed_twice_at_once_knows_both,
    an_address_that_is_proved_while_a_code_is_made_stays_proved,
    of_two_changes_of_a_tenant_both_stay,
    a_client_that_comes_back_meanwhile_is_not_forgotten_by_upkeep,
);

/// As a settle that is not committed yet.
const COMPLETED: &str = "UPDATE sign_ins SET status = 'complete'; UPDATE clients SET \
    sign_in_id = NULL, rotating_hash = 'second', last_active_session_id = 'sess_second'";

fn a_sign_in(bench: &Bench, client: &ClientId) -> SignIn {
    let (now, status) = (bench.now(), SignInStatus::NeedsIdentifier);
    let (tenant, id) = (bench.tenant.clone(), SignInId::generate(now));
    SignIn::fresh(tenant, id, client.clone(), status, None, None, now)
}

async fn client_of(bench: &Bench, of: &Waiting) -> Client {
    bench.reader.client(bench.tenant.clone(), of.client.clone()).await.unwrap().unwrap()
}

/// Runs until it has to wait for what is held, and then to its end.
async fn meanwhile<T: Send + 'static>(
    bench: &Bench,
    held: Held,
    deed: impl Future<Output = T> + Send + 'static,
) -> T {
    let deed = tokio::spawn(deed);
    held.until_waiting(bench, 1).await;
    held.let_go();
    deed.await.unwrap()
}

fn opens(
    store: Store,
    client: &ClientId,
    new: SignIn,
) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
    let client = ClientUse::Existing(client.clone());
    async move { store.open_sign_in(client, new).await }
}

/// With the token before the sign-in back, whoever had planted it would have the session.
async fn what_is_begun_while_a_sign_in_completes_leaves_the_new_token(bench: Bench) {
    let is_the_new_one = |client: &Client| {
        assert_eq!(client.rotating_hash, "second");
        let active = client.last_active_session_id.as_ref().map(SessionId::as_str);
        assert_eq!(active, Some("sess_second"));
    };
    let one = bench.waiting().await;
    let (held, new) = (Held::by(&bench, COMPLETED), a_sign_in(&bench, &one.client));
    let opens = opens(bench.store.clone(), &one.client, new.clone());
    meanwhile(&bench, held, opens).await.unwrap();
    let client = client_of(&bench, &one).await;
    is_the_new_one(&client);
    assert_eq!(client.sign_in_id, Some(new.id));
    assert_eq!(bench.status(&one).await, SignInStatus::Complete);

    let one = bench.waiting().await;
    let held = Held::by(&bench, COMPLETED);
    let known = bench.client();
    let record = said(&bench, &Client { id: one.client.clone(), ..known });
    let (store, new) = (bench.store.clone(), record.sign_up.id.clone());
    let existing = ClientUse::Existing(one.client.clone());
    let opens = async move { store.open_sign_up(existing, record).await };
    meanwhile(&bench, held, opens).await.unwrap();
    let client = client_of(&bench, &one).await;
    is_the_new_one(&client);
    assert_eq!((client.sign_in_id, client.sign_up_id), (None, Some(new)));
}

async fn a_sign_in_that_is_dropped_while_it_completes_stays_complete(bench: Bench) {
    let one = bench.waiting().await;
    let held = Held::by(&bench, COMPLETED);
    let (store, tenant, client) = (bench.store.clone(), bench.tenant.clone(), one.client.clone());
    let drops = async move { store.drop_sign_in(tenant, client).await };
    meanwhile(&bench, held, drops).await.unwrap();
    let client = client_of(&bench, &one).await;
    assert_eq!((client.rotating_hash.as_str(), client.sign_in_id), ("second", None));
    assert_eq!(bench.status(&one).await, SignInStatus::Complete);
}

async fn a_sign_in_that_is_opened_while_another_completes_comes_after_it(bench: Bench) {
    let one = bench.waiting().await;
    let request = bench.with(&one, Proof::PASSWORD, bench.right().await).await;
    let new = a_sign_in(&bench, &one.client);
    let opens = opens(other_node(&bench), &one.client, new.clone());
    let store = bench.store.clone();
    let settles = async move { store.settle(request).await };
    let held = Held::by(&bench, "SELECT 1 FROM clients FOR UPDATE");
    let (settled, opened) = at_once(&bench, held, settles, opens).await;
    let answer = settled.unwrap().answer().clone();
    assert!(matches!(answer, Answer::Complete { .. }), "{answer:?}");
    opened.unwrap();
    let client = client_of(&bench, &one).await;
    assert_eq!((client.rotating_hash.as_str(), client.sign_in_id), ("second", Some(new.id)));
    assert_eq!(bench.status(&one).await, SignInStatus::Complete);
}

async fn a_sign_in_that_is_replaced_while_a_password_is_settled_takes_none(bench: Bench) {
    let one = bench.waiting().await;
    let request = bench.with(&one, Proof::PASSWORD, bench.right().await).await;
    let new = a_sign_in(&bench, &one.client);
    let opens = opens(other_node(&bench), &one.client, new.clone());
    let store = bench.store.clone();
    let settles = async move { store.settle(request).await };
    let held = Held::by(&bench, "SELECT 1 FROM clients FOR UPDATE");
    let (opened, settled) = at_once(&bench, held, opens, settles).await;
    opened.unwrap();
    assert_eq!(*settled.unwrap().answer(), Answer::SignInVoid);
    let client = client_of(&bench, &one).await;
    assert_eq!((client.rotating_hash.as_str(), client.sign_in_id), ("first", Some(new.id)));
    assert_eq!(bench.status(&one).await, SignInStatus::Abandoned);
    assert_eq!(bench.sessions_of(&one.user).await, 0);
}

async fn a_sign_in_that_is_replaced_meanwhile_does_not_fall_back(bench: Bench) {
    let one = bench.past_password().await;
    // Its first factor dies of this.
    let (tenant, new) = (bench.tenant.clone(), Some("$new$".to_owned()));
    bench.store.set_password(tenant, one.user.clone(), new).await.unwrap();
    let step = Proof::Totp { step: Some(7) };
    let request = bench.with(&one, step, bench.right().await).await;
    let held = Held::by(&bench, "UPDATE sign_ins SET status = 'abandoned'");
    let store = bench.store.clone();
    let settles = async move { store.settle(request).await };
    let settled = meanwhile(&bench, held, settles).await.unwrap();
    assert_eq!(*settled.answer(), Answer::SignInVoid);
    assert_eq!(bench.status(&one).await, SignInStatus::Abandoned);
}

async fn a_sign_in_that_is_held_meanwhile_leaves_the_rest_of_its_client(bench: Bench) {
    let one = bench.waiting().await;
    let app = Some(("sealed".to_owned(), 0));
    bench.store.set_totp(bench.tenant.clone(), one.user.clone(), app).await.unwrap();
    let request = bench.with(&one, Proof::PASSWORD, bench.right().await).await;
    let held = Held::by(&bench, "UPDATE clients SET last_active_session_id = 'sess_touched'");
    let store = bench.store.clone();
    let settles = async move { store.settle(request).await };
    let answer = meanwhile(&bench, held, settles).await.unwrap().answer().clone();
    assert!(matches!(answer, Answer::Passed { .. }), "{answer:?}");
    let client = client_of(&bench, &one).await;
    let active = client.last_active_session_id.as_ref().map(SessionId::as_str);
    assert_eq!((active, client.sign_in_id), (Some("sess_touched"), Some(one.sign_in)));
}

/// A sign-up that waits, with an address that was not proved.
async fn sign_up(bench: &Bench) -> (SignUp, PendingIdentification) {
    let client = bench.client();
    let mut record = said(bench, &client);
    let address = record.pending.first_mut().unwrap();
    address.verified_at = None;
    let found = (record.sign_up.clone(), address.clone());
    bench.store.open_sign_up(ClientUse::New(client), record).await.unwrap();
    found
}

async fn found(bench: &Bench, sign_up: &SignUp) -> SignUpRecord {
    bench.reader.sign_up(bench.tenant.clone(), sign_up.id.clone()).await.unwrap().unwrap()
}

/// Says something more of the person.
fn says<F: Fn(&mut SignUp) + Send + 'static>(
    store: Store,
    sign_up: &SignUp,
    change: F,
) -> impl Future<Output = Result<(), StoreError>> + Send + use<F> {
    let (tenant, id) = (sign_up.tenant_id.clone(), sign_up.id.clone());
    async move { store.change_sign_up(tenant, id, change, None).await }
}

async fn a_sign_up_that_is_finished_meanwhile_is_not_changed(bench: Bench) {
    let (sign_up, _) = sign_up(&bench).await;
    let held = Held::by(&bench, "UPDATE sign_ups SET status = 'complete', password_hash = NULL");
    let changes = says(bench.store.clone(), &sign_up, |row| row.first_name = None);
    let changed = meanwhile(&bench, held, changes).await;
    assert!(matches!(changed, Err(StoreError::Conflict { what: "sign_up" })), "{changed:?}");
    let now = found(&bench, &sign_up).await.sign_up;
    assert_eq!((now.status, now.password_hash), (SignUpStatus::Complete, None));
}

async fn a_sign_up_that_is_changed_twice_at_once_knows_both(bench: Bench) {
    let (sign_up, _) = sign_up(&bench).await;
    let first = says(bench.store.clone(), &sign_up, |row| row.first_name = Some("Eve".to_owned()));
    let last = says(other_node(&bench), &sign_up, |row| row.last_name = Some("Moor".to_owned()));
    let held = Held::by(&bench, "SELECT 1 FROM sign_ups FOR UPDATE");
    let (first, last) = at_once(&bench, held, first, last).await;
    first.unwrap();
    last.unwrap();
    let now = found(&bench, &sign_up).await.sign_up;
    let names = (now.first_name.as_deref(), now.last_name.as_deref());
    assert_eq!(names, (Some("Eve"), Some("Moor")));
}

async fn an_address_that_is_proved_while_a_code_is_made_stays_proved(bench: Bench) {
    let (sign_up, address) = sign_up(&bench).await;
    let held = Held::by(&bench, "UPDATE pending_identifications SET verified_at = 7");
    let (store, code) = (bench.store.clone(), OneTimeCodeId::generate(bench.now()));
    let (tenant, id, sent) = (bench.tenant.clone(), address.id.clone(), code.clone());
    let prepares = async move { store.prepare_pending(tenant, id, sent).await };
    meanwhile(&bench, held, prepares).await.unwrap();
    let now = found(&bench, &sign_up).await.pending.remove(0);
    assert_eq!((now.prepared_code, now.verified_at), (Some(code), Some(Millis(7))));
}

async fn of_two_changes_of_a_tenant_both_stay(bench: Bench) {
    let changes = |store: Store, change: TenantChange| {
        let tenant = bench.tenant.clone();
        async move { store.update_tenant(tenant, change, "test".to_owned()).await }
    };
    let name = TenantChange { name: Some("Acme".to_owned()), ..TenantChange::default() };
    let strict = TenantChange { staff_second_factor: Some(true), ..TenantChange::default() };
    let (first, second) = (changes(bench.store.clone(), strict), changes(other_node(&bench), name));
    let held = Held::by(&bench, "SELECT 1 FROM tenants FOR UPDATE");
    let (first, second) = at_once(&bench, held, first, second).await;
    first.unwrap();
    second.unwrap();
    let now = bench.reader.tenant(TenantName::Id(bench.tenant.clone())).await.unwrap().unwrap();
    assert_eq!((now.name.as_str(), now.staff_second_factor), ("Acme", true));
}

async fn a_client_that_comes_back_meanwhile_is_not_forgotten_by_upkeep(bench: Bench) {
    let one = bench.waiting().await;
    bench.clock.advance(Span::DAY.times(9));
    let back = format!("UPDATE clients SET updated_at = {}", bench.now().0);
    let held = Held::by(&bench, &back);
    let (store, tenant) = (bench.store.clone(), bench.tenant.clone());
    let purges = async move { store.purge(tenant, PurgeLimits::default()).await };
    let purged = meanwhile(&bench, held, purges).await.unwrap();
    assert_eq!(purged.clients, 0);
    assert_eq!(client_of(&bench, &one).await.updated_at, bench.now());
}
