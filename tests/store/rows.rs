//! What is written whole is read back equal: a column that a row's list forgets would be lost.

use lockkeeper::model::*;
use lockkeeper::store::StoreError;
use lockkeeper::store::pending_identifications::{Claimant, PendingIdentification};
use lockkeeper::store::sign_in_tokens::{SignInToken, SignInTokenStatus};
use lockkeeper::store::sign_ins::{Client, ClientUse};
use lockkeeper::store::sign_ups::{SignUp, SignUpRecord, SignUpStatus};
use lockkeeper::store::tenants::{SignUpMode, TenantChange, TenantName};
use lockkeeper::store::users::{Identification, User};

use super::bench::Bench;

on_both!(
    a_client_is_read_back_as_it_was_written,
    a_user_is_read_back_as_it_was_written,
    a_sign_up_replaces_the_one_before_it,
    a_sign_in_token_is_used_or_revoked_once,
    who_may_sign_up_is_the_tenants_to_say,
    what_a_sign_up_named_goes_with_it,
);

fn text(word: &str) -> Option<String> {
    Some(word.to_owned())
}

async fn a_client_is_read_back_as_it_was_written(bench: Bench) {
    let now = bench.now();
    let client = Client {
        sign_in_id: Some(SignInId::generate(now)),
        last_active_session_id: Some(SessionId::generate(now)),
        sign_up_id: Some(SignUpId::generate(now)),
        updated_at: now.after(Span::MINUTE),
        ..bench.client()
    };
    bench.store.create_client(client.clone()).await.unwrap();
    let read = bench.reader.client(bench.tenant.clone(), client.id.clone()).await.unwrap();
    assert_eq!(read, Some(client));
}

async fn a_user_is_read_back_as_it_was_written(bench: Bench) {
    let now = bench.now();
    let mut new = bench.new_user(&["ann@a.test", "+43123456789"]);
    let ids: Vec<_> = new.identifications.iter().map(|i| i.id.clone()).collect();
    new.user = User {
        password_hash: text("hash"),
        first_name: text("Ann"),
        last_name: text("Lee"),
        external_id: text("ext"),
        locale: text("de"),
        time_zone: text("Europe/Vienna"),
        image_url: text("https://img.test/a.png"),
        primary_phone_id: ids.get(1).cloned(),
        password_compromised: true,
        mfa_enabled_at: Some(now),
        mfa_disabled_at: Some(now.after(Span::MINUTE)),
        legal_accepted_at: Some(now.after(Span::DAY)),
        ..new.user
    };
    let phone: &mut Identification = new.identifications.get_mut(1).unwrap();
    phone.second_factor = true;
    phone.verified_by = text("phone_code");
    bench.store.create_user(new.clone()).await.unwrap();
    let read = bench.reader.user(bench.tenant.clone(), new.user.id.clone()).await.unwrap().unwrap();
    assert_eq!(read.user, new.user);
    let mut names = new.identifications;
    names.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(read.identifications, names);
}

/// A sign-up that says everything, with one address.
pub(super) fn said(bench: &Bench, client: &Client) -> SignUpRecord {
    let (now, tenant) = (bench.now(), bench.tenant.clone());
    let sign_up = SignUp {
        username: text("Ann"),
        username_key: Some(super::bench::key("ann")),
        first_name: text("Ann"),
        last_name: text("Lee"),
        password_hash: text("hash"),
        unsafe_metadata: "{\"a\":1}".to_owned(),
        locale: text("ja"),
        legal_accepted_at: Some(now),
        created_user_id: Some(UserId::generate(now)),
        created_session_id: Some(SessionId::generate(now)),
        ..SignUp::fresh(tenant.clone(), SignUpId::generate(now), client.id.clone(), now)
    };
    let name = Identifier::parse("ann@a.test").unwrap();
    let by = Claimant::SignUp(sign_up.id.clone());
    let id = IdentificationId::generate(now);
    let pending = PendingIdentification {
        prepared_code: Some(OneTimeCodeId::generate(now)),
        verified_at: Some(now),
        ..PendingIdentification::named(tenant, id, by, &name, now)
    };
    SignUpRecord { sign_up, pending: vec![pending] }
}

async fn a_sign_up_replaces_the_one_before_it(bench: Bench) {
    let client = bench.client();
    let (first, second) = (said(&bench, &client), said(&bench, &client));
    let read = async |of: &SignUpRecord| {
        bench.reader.sign_up(bench.tenant.clone(), of.sign_up.id.clone()).await.unwrap()
    };
    bench.store.open_sign_up(ClientUse::New(client.clone()), first.clone()).await.unwrap();
    assert_eq!(read(&first).await, Some(first.clone()));
    let again = ClientUse::Existing(client.id.clone());
    bench.store.open_sign_up(again, second.clone()).await.unwrap();
    assert_eq!(read(&second).await, Some(second.clone()));
    assert_eq!(read(&first).await.unwrap().sign_up.status, SignUpStatus::Abandoned);
    let now = bench.reader.client(bench.tenant.clone(), client.id).await.unwrap().unwrap();
    assert_eq!(now.sign_up_id, Some(second.sign_up.id));
    let address = first.pending.first().unwrap();
    let read = bench.reader.pending_identification(bench.tenant.clone(), address.id.clone()).await;
    assert_eq!(read.unwrap().as_ref(), Some(address));
}

async fn a_sign_in_token_is_used_or_revoked_once(bench: Bench) {
    let (user, now) = (bench.add_user(&["ann@a.test"]).await, bench.now());
    let token = |user: &UserId| SignInToken {
        tenant_id: bench.tenant.clone(),
        id: SignInTokenId::generate(now),
        user_id: user.clone(),
        status: SignInTokenStatus::Pending,
        created_at: now,
        updated_at: now,
        expires_at: now.after(Span::DAY),
    };
    let nobodys = bench.store.create_sign_in_token(token(&UserId::generate(now))).await;
    assert!(matches!(nobodys, Err(StoreError::NotFound)));
    let token = token(&user);
    bench.store.create_sign_in_token(token.clone()).await.unwrap();
    let (tenant, id) = (bench.tenant.clone(), token.id.clone());
    let read = bench.reader.sign_in_token(tenant.clone(), id.clone()).await.unwrap();
    assert_eq!(read, Some(token));
    bench.clock.advance(Span::MINUTE);
    for _twice in 0..2 {
        let ended = bench.store.revoke_sign_in_token(tenant.clone(), id.clone()).await.unwrap();
        assert_eq!(ended.status, SignInTokenStatus::Revoked);
        assert_eq!(ended.updated_at, now.after(Span::MINUTE));
        bench.clock.advance(Span::MINUTE);
    }
}

async fn who_may_sign_up_is_the_tenants_to_say(bench: Bench) {
    let read = async || {
        let found = bench.reader.tenant(TenantName::Id(bench.tenant.clone())).await;
        found.unwrap().unwrap().sign_up
    };
    assert_eq!(read().await, SignUpMode::Restricted);
    let open = TenantChange { sign_up: Some(SignUpMode::Public), ..TenantChange::default() };
    bench.store.update_tenant(bench.tenant.clone(), open, "test".to_owned()).await.unwrap();
    assert_eq!(read().await, SignUpMode::Public);
    bench
        .store
        .update_tenant(bench.tenant.clone(), TenantChange::default(), "test".to_owned())
        .await
        .unwrap();
    assert_eq!(read().await, SignUpMode::Public, "left alone");
}

async fn what_a_sign_up_named_goes_with_it(bench: Bench) {
    let client = bench.client();
    let record = said(&bench, &client);
    bench.store.open_sign_up(ClientUse::New(client), record.clone()).await.unwrap();
    let user = bench.add_user(&["ann@a.test"]).await;
    let token = SignInToken {
        tenant_id: bench.tenant.clone(),
        id: SignInTokenId::generate(bench.now()),
        user_id: user,
        status: SignInTokenStatus::Accepted,
        created_at: bench.now(),
        updated_at: bench.now(),
        expires_at: bench.now().after(Span::MINUTE),
    };
    bench.store.create_sign_in_token(token.clone()).await.unwrap();
    let purge = async || {
        let limits = lockkeeper::store::upkeep::PurgeLimits::default();
        let gone = bench.store.purge(bench.tenant.clone(), limits).await.unwrap();
        (gone.sign_ups, gone.sign_in_tokens)
    };
    assert_eq!(purge().await, (0, 0));
    bench.clock.advance(Span::DAY.times(9));
    assert_eq!(purge().await, (1, 1));
    let address = record.pending.first().unwrap().id.clone();
    let read = bench.reader.pending_identification(bench.tenant.clone(), address).await.unwrap();
    assert_eq!(read, None);
    assert_eq!(purge().await, (0, 0));
}
