//! A tenant's settings: what is set holds at its doors, what cannot be set is told whole, and all users
//! leave as a file.

use lockkeeper::store::team::Role;

use super::{Office, Worker, assert_page, assert_sent};
use crate::harness::client::block_on;

const PATH: &str = "/console/acme/settings";

fn office() -> (Office, Worker) {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    (office, ana)
}

#[test]
fn what_is_set_holds_and_is_on_record() {
    let (office, ana) = office();
    let form = [
        ("revealing", "on"),
        ("sign_up", "public"),
        ("redirect_urls", "https://app.acme.test/welcome\r\n\r\n https://b.acme.test "),
        ("origins", "https://app.acme.test/"),
        ("zone", "asia/tokyo"),
    ];
    block_on(async {
        assert_sent(&ana.post(PATH, &form).await, PATH);
        let page = ana.get(PATH).await;
        let facts = [
            "The settings are saved.",
            "name=\"revealing\" checked",
            "value=\"public\" checked",
            "https://app.acme.test/welcome\nhttps://b.acme.test</textarea>",
            "value=\"Asia/Tokyo\"",
        ];
        assert_page(&page, 200, &facts);
        assert!(!page.body.contains("name=\"single_session\" checked"), "a tick taken off is off");
        // Her own zone is not set, so the tenant's is hers.
        assert_page(&ana.get("/console/acme/overview").await, 200, &["JST"]);
    });
    let tenants = &office.app.tenants;
    let name = lockkeeper::store::tenants::TenantName::Slug("acme".to_owned());
    let profile = block_on(tenants.find(name)).unwrap().unwrap();
    assert!(profile.tenant.revealing && !profile.tenant.single_session);
    assert_eq!(profile.allowed_origins, ["https://app.acme.test"]);
    let rows = block_on(tenants.reader().audit_rows(profile.id().clone(), 20)).unwrap();
    let row = rows.iter().find(|row| row.action == "tenant.changed").unwrap();
    assert!(row.actor.starts_with("staff:user_") && row.detail.contains("time_zone"), "{row:?}");
}

#[test]
fn all_faults_come_at_once_and_nothing_is_lost() {
    let (office, ana) = office();
    let form = [
        ("redirect_urls", "https://app.acme.test\nftp://<b>"),
        ("origins", "nowhere"),
        ("zone", "Mars"),
        ("staff_second_factor", "on"),
    ];
    block_on(async {
        let page = ana.post(PATH, &form).await;
        let facts = [
            "<title>Error: ",
            "Addresses: ftp://&#60;b&#62; is no",
            "Origins: nowhere is none",
            "Time zone: enter",
            "Second factor: sign in with yours first",
            "value=\"Mars\"",
        ];
        assert_page(&page, 422, &facts);
    });
    let live = office.acme.profile.tenant.clone();
    let name = lockkeeper::store::tenants::TenantName::Slug("acme".to_owned());
    let now = block_on(office.app.tenants.find(name)).unwrap().unwrap();
    assert_eq!(now.tenant, live, "nothing of it was saved");
}

#[test]
fn who_has_no_second_factor_is_kept_out_where_one_is_asked_for() {
    let (office, ana) = office();
    let change = lockkeeper::store::tenants::TenantChange {
        staff_second_factor: Some(true),
        ..Default::default()
    };
    block_on(async {
        office.app.tenants.update_tenant(&office.acme.profile, change, "test").await.unwrap();
        let page = ana.get("/console/acme/overview").await;
        let facts = ["A second factor is needed", "/t/console/account/second-factor"];
        assert_page(&page, 403, &facts);
        assert_eq!(ana.post(PATH, &[("sign_up", "public")]).await.status, 403);
        // Her own page is no tenant's.
        assert_eq!(ana.get("/console/me").await.status, 200);
        // As if she had signed in with one.
        let session = "UPDATE sessions SET second_factor_at = created_at";
        let mut db = office.home.url().open_writer().unwrap();
        diesel::RunQueryDsl::execute(diesel::sql_query(session), &mut db).unwrap();
        assert_eq!(ana.get("/console/acme/overview").await.status, 200);
    });
}

#[test]
fn all_users_leave_as_a_file_and_no_secret_with_them() {
    let (office, ana) = office();
    let eve = office.staff("eve", Some(&office.acme), Role::Auditor);
    for number in 0..3 {
        office.app.user(&office.acme, &format!("user{number}@acme.test"), "correct horse");
    }
    office.app.user(&office.globex, "kim@globex.test", "correct horse");
    block_on(async {
        let csv = ana.get(&format!("{PATH}/users.csv")).await;
        assert_eq!((csv.status, csv.header("content-type")), (200, "text/csv; charset=utf-8"));
        let disposition = csv.header("content-disposition");
        assert_eq!(disposition, "attachment; filename=\"acme-users.csv\"");
        assert_eq!(csv.body.lines().count(), 4, "{}", csv.body);
        assert!(csv.body.contains("\"user2@acme.test\"") && !csv.body.contains("kim@"));
        let json = ana.get(&format!("{PATH}/users.json")).await;
        let users: Vec<serde_json::Value> = serde_json::from_str(&json.body).unwrap();
        assert_eq!(users.len(), 3);
        let addresses = |user: &serde_json::Value| user["email_addresses"][0] == "user0@acme.test";
        assert!(users.iter().any(addresses), "{users:?}");
        for body in [&csv.body, &json.body] {
            assert!(!body.contains("argon2") && !body.contains("password"), "{body}");
        }
        assert_eq!(eve.get(&format!("{PATH}/users.csv")).await.status, 403);
    });
}
