//! What the matrix of pages is tried on: things of two tenants that have no id in common.

use diesel::{RunQueryDsl, sql_query};
use lockkeeper::model::{Clock as _, Span, WebhookUrl};
use lockkeeper::tenant::webhooks::NewEndpoint;

use super::super::Office;
use crate::harness::app::TestTenant;
use crate::harness::client::block_on;

/// What the pages of one thing are tried on. No two tenants have an id in common, so that what is asked
/// with another's id can be told from what is asked with one's own.
pub(super) struct Ids {
    pub(super) reference: &'static str,
    /// Of the request in the inbox's forms: its reference and version.
    pub(super) picked: &'static str,
    pub(super) campaign: &'static str,
    pub(super) user: &'static str,
    pub(super) name: &'static str,
    /// Of the user: an address that is proved, and one that waits.
    pub(super) address: &'static str,
    pub(super) waiting: &'static str,
    /// What the pages call a key, and an invitation: the beginning of its digest.
    pub(super) key: &'static str,
    /// Of the team.
    pub(super) member: &'static str,
    /// A file of users that waits.
    pub(super) import: &'static str,
    pub(super) endpoint: &'static str,
    pub(super) message: &'static str,
}

pub(super) const ACMES: Ids = Ids {
    reference: "LK-7F3A-22QM",
    picked: "LK-7F3A-22QM.1",
    campaign: "cmp_1",
    user: "user_2abc",
    name: "una",
    address: "idn_1",
    waiting: "idn_1w",
    key: "abababababababababab",
    member: "user_2mem",
    import: "imp_1",
    endpoint: "ep_1",
    message: "out_1",
};

pub(super) const GLOBEXES: Ids = Ids {
    reference: "LK-8G4B-33RN",
    picked: "LK-8G4B-33RN.1",
    campaign: "cmp_2",
    user: "user_2xyz",
    name: "ute",
    address: "idn_2",
    waiting: "idn_2w",
    key: "cdcdcdcdcdcdcdcdcdcd",
    member: "user_2men",
    import: "imp_2",
    endpoint: "ep_2",
    message: "out_2",
};

impl Ids {
    pub(super) fn of(slug: &str) -> &'static Self {
        if slug == "acme" { &ACMES } else { &GLOBEXES }
    }
}

/// Where nobody listens.
pub(super) const URL: &str = "http://127.0.0.1:9/hooks";

/// A file of users.
pub(super) const ROWS: &str = "username\nnova\n";

/// A file that waits to be run, as each page about one finds it.
pub(super) fn staged(office: &Office, tenant: &TestTenant, ids: &Ids) {
    let profile = &tenant.profile;
    let file = ROWS.as_bytes().to_vec();
    let sent = office.app.tenants.stage_users(profile, file, "test", Span::SECOND);
    block_on(sent).unwrap();
    let mut db = office.home.url().open_writer().unwrap();
    let named = format!(
        "UPDATE user_imports SET id = '{}' WHERE tenant_id = '{}'",
        ids.import,
        profile.id()
    );
    assert_eq!(sql_query(named).execute(&mut db).unwrap(), 1);
}

pub(super) fn seed(office: &Office, tenant: &TestTenant, ids: &Ids) {
    let mut db = office.home.url().open_writer().unwrap();
    let id = tenant.profile.id();
    let Ids { reference, campaign, user, name, key, .. } = ids;
    let key = format!(
        "INSERT INTO api_keys (tenant_id, key_hash, hint, created_at, name) \
         VALUES ('{id}', '{key}0', 'sk_test_…', 1, 'Shop')"
    );
    sql_query(key).execute(&mut db).unwrap();
    endpoint(office, tenant, ids);
    staged(office, tenant, ids);
    let member = format!(
        "INSERT INTO team (tenant_id, staff_id, role, added_by, created_at, updated_at) \
         VALUES ('{id}', '{}', 'support', 'test', 1, 1)",
        ids.member
    );
    sql_query(member).execute(&mut db).unwrap();
    let now = office.app.clock.now();
    let invite = format!(
        "INSERT INTO invites (tenant_id, secret_hash, role, made_by, created_at, expires_at) \
         VALUES ('{id}', '{}0', 'support', 'test', {}, {})",
        ids.key,
        now.0,
        now.after(Span::HOUR).0
    );
    sql_query(invite).execute(&mut db).unwrap();
    let filed = format!(
        "INSERT INTO contact_requests (tenant_id, id, reference, status, identifier, name, \
         subject, message, source, created_at, updated_at, queue, due_at) \
         VALUES ('{id}', 'req_1', '{reference}', 'new', 'ann', 'Ann', 'Help', 'Help me', \
         'source', 1, 1, 'open', 1)"
    );
    sql_query(filed).execute(&mut db).unwrap();
    let made = format!(
        "INSERT INTO users (tenant_id, id, credential_version, banned, public_metadata, \
         private_metadata, unsafe_metadata, created_at, updated_at, password_compromised) \
         VALUES ('{id}', '{user}', 1, false, '{{}}', '{{}}', '{{}}', 1, 1, false)"
    );
    sql_query(made).execute(&mut db).unwrap();
    let named = format!(
        "INSERT INTO identifications (tenant_id, id, user_id, kind, value, canonical_key, \
         verified, created_at, updated_at, second_factor) VALUES ('{id}', 'idn_{name}', '{user}', \
         'username', '{name}', '{name}', true, 1, 1, false), ('{id}', '{}', '{user}', \
         'email_address', '{name}@id.test', '{name}@id.test', true, 1, 1, false)",
        ids.address
    );
    sql_query(named).execute(&mut db).unwrap();
    let waits = format!(
        "INSERT INTO pending_identifications (tenant_id, id, user_id, kind, value, canonical_key, \
         created_at, updated_at) VALUES ('{id}', '{}', '{user}', 'email_address', \
         '{name}@new.test', '{name}@new.test', 1, 1)",
        ids.waiting
    );
    sql_query(waits).execute(&mut db).unwrap();
    let found = format!(
        "INSERT INTO campaigns VALUES ('{id}', '{campaign}', 'spray', 'user_1', 1, 1, 1, 0, 1, \
         1, 0, 1, 1, '[]', '[]')"
    );
    sql_query(found).execute(&mut db).unwrap();
    let lock =
        format!("INSERT INTO campaign_locks VALUES ('{id}', '{campaign}', 'user_1', 1, NULL)");
    sql_query(lock).execute(&mut db).unwrap();
}

/// An endpoint that is told of events, with one delivery that was given up.
fn endpoint(office: &Office, tenant: &TestTenant, ids: &Ids) {
    let new =
        NewEndpoint { url: WebhookUrl::parse(URL).unwrap(), events: Vec::new(), enabled: true };
    let made = office.app.tenants.create_webhook_endpoint(&tenant.profile, new, "test");
    let made = block_on(made).unwrap().endpoint.id;
    let mut db = office.home.url().open_writer().unwrap();
    let (id, Ids { endpoint, message, .. }) = (tenant.profile.id(), ids);
    for statement in [
        format!("UPDATE webhook_endpoints SET id = '{endpoint}' WHERE id = '{made}'"),
        format!(
            "INSERT INTO webhook_deliveries (tenant_id, endpoint_id, message, event, body, status, \
             due_at, tries, tried, created_at) VALUES ('{id}', '{endpoint}', '{message}', 'user.locked', \
             '{{}}', 'failed', 1, 1, '[]', 1)"
        ),
    ] {
        sql_query(statement).execute(&mut db).unwrap();
    }
}
