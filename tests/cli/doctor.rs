//! `doctor` of the real program: a healthy folder, and one fault after the other.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use diesel::RunQueryDsl;
use lockkeeper::app::MailPlan;
use lockkeeper::lockout::{Policy, Preset};
use lockkeeper::mail::{SmtpSecurity, SmtpSettings};
use lockkeeper::token::MasterKeys;

use super::audit::database;
use super::serve::{attempt, base, serving};
use super::*;
use crate::harness::app::{TestApp, TestPlan};
use crate::harness::children::free_port;
use crate::harness::client::{Client, block_on, source};
use crate::harness::smtp::{Mode, SmtpServer, closed_url};
use crate::harness::waiting::found;

const ALEX: &str = "alex@acme.test";
const SOON: Duration = Duration::from_secs(60);

/// What it found.
struct Report {
    code: i32,
    all: Value,
}

impl Report {
    /// State and words of one check.
    fn of(&self, check: &str) -> (&str, &str) {
        let found = self.all["checks"].as_array().unwrap().iter().find(|it| it["check"] == check);
        let found = found.unwrap_or_else(|| panic!("no {check} in {:#}", self.all));
        (found["state"].as_str().unwrap(), found["says"].as_str().unwrap())
    }

    #[track_caller]
    fn says(&self, check: &str, state: &str, words: &str) {
        let (found, says) = self.of(check);
        assert!(found == state && says.contains(words), "{check}: {found}: {says}");
        assert_eq!(self.code, i32::from(self.all["faults"] != 0), "{:#}", self.all);
    }
}

fn report(said: Said) -> Report {
    assert_eq!(said.err, "", "{}", said.out);
    Report { code: said.code, all: serde_json::from_str(&said.out).unwrap() }
}

/// Without a place of its own it asks a port where nobody listens.
fn doctor(place: &Place, more: &[&str]) -> Report {
    let nowhere = format!("127.0.0.1:{}", free_port());
    let mut args = vec!["doctor", "--json"];
    if !more.contains(&"--listen") {
        args.extend(["--listen", &nowhere]);
    }
    args.extend(more);
    report(place.args(&args))
}

fn is_sqlite(place: &Place) -> bool {
    matches!(place.home, Home::Sqlite(_))
}

fn query(place: &Place, text: &str) {
    let mut db = database(place).open_writer().unwrap();
    diesel::sql_query(text).execute(&mut db).unwrap();
}

#[test]
fn a_healthy_installation_has_no_fault_and_a_wrong_key_is_one() {
    let place = Place::new();
    place.tenant("acme");
    place.user("acme", ALEX);
    let server = serving(&place, &[]);
    let address = server.base().replace("http://", "");
    let told = block_on(async {
        let client = Client::new(&base(&server));
        assert_eq!(attempt(&client, ALEX, PASSWORD).await.status, 200);
        found("the server is ready", async || {
            let told = doctor(&place, &["--listen", &address]);
            (told.of("server").0 == "ok").then_some(told)
        })
        .await
    });
    assert_eq!(told.code, 0, "{:#}", told.all);
    let both = [
        "master_key",
        "database",
        "schema",
        "database_writable",
        "nodes",
        "outbox",
        "client_addresses",
        "mail_server",
        "public_url",
    ];
    let own: &[&str] = match is_sqlite(&place) {
        true => &["settings", "integrity", "journal", "file_mode"],
        false => &["database_server", "connections", "database_clock"],
    };
    for check in both.iter().chain(own) {
        told.says(check, "ok", "");
    }
    told.says("sealed", "ok", "opens all 1 secrets");
    let shown = place.args(&["doctor", "--listen", &address]);
    assert!(shown.code == 0 && shown.out.contains("\nno fault, "), "{}", shown.out);
    drop(server);
    doctor(&place, &["--listen", &address]).says("server", "warning", "lockkeeper serve");

    let key = place.path().join("lockkeeper.key");
    std::fs::remove_file(&key).unwrap();
    let lost = doctor(&place, &[]);
    lost.says("master_key", "warning", "is not there");
    lost.says("sealed", "fault", "restore");
    MasterKeys::load_or_create(&key).unwrap();
    doctor(&place, &[]).says("sealed", "fault", "1 of 1 secrets");
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).unwrap();
    doctor(&place, &[]).says("master_key", "fault", "chmod 600");
}

#[test]
fn looking_makes_nothing_and_brings_nothing_up_to_date() {
    let place = Place::new();
    let begun = doctor(&place, &[]);
    begun.says("master_key", "warning", "is not there");
    assert_eq!(begun.code, 0, "{:#}", begun.all);
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
    if is_sqlite(&place) {
        begun.says("database", "warning", "not there yet");
        let elsewhere = ["--database-url", "sqlite:no/where/x.db"];
        doctor(&place, &elsewhere).says("database", "fault", "mkdir -p no/where");
        std::fs::write(place.path().join("lockkeeper.db"), "").unwrap();
        doctor(&place, &[]).says("schema", "warning", "lockkeeper migrate");
    }
    place.run("migrate");
    doctor(&place, &[]).says("sealed", "ok", "no tenant yet");
    let last = "(SELECT max(version) FROM __diesel_schema_migrations)";
    query(
        &place,
        &format!(
            "UPDATE __diesel_schema_migrations SET version = '99990101000000' WHERE version = {last}"
        ),
    );
    doctor(&place, &[]).says("schema", "fault", "1 steps ahead");
    query(&place, "DELETE FROM __diesel_schema_migrations WHERE version = '99990101000000'");
    for _ in 0..2 {
        doctor(&place, &[]).says("schema", "warning", "1 steps behind");
    }
    std::fs::write(place.path().join("lockkeeper.toml"), "log_fromat = \"json\"\n").unwrap();
    doctor(&place, &[]).says("settings", "fault", "did you mean `log_format`?");
}

#[test]
fn a_database_that_cannot_be_written_is_a_fault() {
    let place = Place::new();
    place.tenant("acme");
    match &place.home {
        Home::Sqlite(_) => {
            let mut other = database(&place).open_writer().unwrap();
            other.begin_write().unwrap();
            doctor(&place, &[]).says("database_writable", "fault", "locked");
            other.rollback().unwrap();
            let full = ["--database-url", "sqlite:lockkeeper.db?max_page_count=1"];
            doctor(&place, &full).says("free_space", "fault", "0 MiB");
        }
        #[cfg(feature = "postgres")]
        Home::Postgres(database) => {
            let url = database.url();
            let sign = if url.contains('?') { '&' } else { '?' };
            let url = format!("{url}{sign}options=-c%20default_transaction_read_only%3Don");
            let told = doctor(&place, &["--database-url", &url]);
            told.says("database_writable", "fault", "read-only");
            let away = "postgres://nobody:planted-password@127.0.0.1:1/none";
            let told = doctor(&place, &["--database-url", away]);
            told.says("database", "fault", "cannot be used");
            assert!(!told.all.to_string().contains("planted"), "{:#}", told.all);
        }
    }
    doctor(&place, &[]).says("database_writable", "ok", "");
}

#[test]
fn a_damaged_or_open_file_is_a_fault() {
    let place = Place::new();
    place.tenant("acme");
    if !is_sqlite(&place) {
        return;
    }
    let file = place.path().join("lockkeeper.db");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
    doctor(&place, &[]).says("file_mode", "fault", "chmod 600 lockkeeper.db");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
    doctor(&place, &[]).says("integrity", "ok", "");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 4096 / 2 * 4096;
    bytes[middle..].fill(0xff);
    std::fs::write(&file, bytes).unwrap();
    let told = doctor(&place, &[]);
    // Where the list of the tables is hit, nothing can be asked at all.
    let checks = told.all["checks"].as_array().unwrap();
    let found = checks.iter().any(|it| {
        it["state"] == "fault" && (it["check"] == "integrity" || it["check"] == "database")
    });
    assert!(found && told.code == 1, "{:#}", told.all);
}

#[test]
fn the_mail_server_is_called_and_takes_a_mail_where_that_is_asked() {
    let place = Place::new();
    let told = doctor(&place, &["--mail", "ops@example.test"]);
    told.says("mail_server", "ok", "built-in mailbox");
    told.says("test_mail", "fault", "set smtp_url");
    let beyond = ["--public-url", "http://login.example.com"];
    let told = doctor(&place, &beyond);
    told.says("mail_server", "fault", "mailbox_access");
    told.says("public_url", "fault", "in the clear");
    let open = [&beyond[..], &["--mailbox-access", "anyone"]].concat();
    doctor(&place, &open).says("mail_server", "warning", "press every link");

    std::fs::write(place.path().join("dkim.pem"), crate::mail::dkim::new_key()).unwrap();
    let look = |url: &str, more: &[&str]| {
        let args = [&["doctor", "--json", "--mail", "ops@example.test"], more].concat();
        let mut command = place.command(&args);
        command.env("LOCKKEEPER_SMTP_URL", url);
        command.env("LOCKKEEPER_MAIL_FROM", "Acme <no-reply@acme.test>");
        let told = report(Said::of(finish(command)));
        let shown = told.all.to_string();
        assert!(!shown.contains("planted") && !shown.contains("ops@example"), "{shown}");
        told
    };
    let closed = closed_url().replace("smtp://", "smtp://me:planted-password@");
    let told = look(&closed, &[]);
    told.says("mail_server", "fault", "cannot be used");
    told.says("test_mail", "fault", "was not sent");
    told.says("mail_signature", "warning", "dkim_key_file");

    let mut server = SmtpServer::start(Mode::Accept);
    let told = look(&server.url(), &["--dkim-key-file", "dkim.pem"]);
    told.says("mail_server", "ok", "answers");
    told.says("mail_signature", "ok", "lockkeeper._domainkey.acme.test");
    told.says("test_mail", "ok", "took it");
    let mail = server.next_mail(SOON);
    assert_eq!(
        (mail.sender.as_str(), &mail.to[..]),
        ("no-reply@acme.test", &["ops@example.test".to_owned()][..])
    );
    assert!(mail.header("dkim-signature").contains("d=acme.test"), "unsigned");
    // Without the offer of TLS nothing is sent.
    let plain = server.url().replace("?tls=none", "");
    look(&plain, &[]).says("mail_server", "fault", "cannot be used");
    look(&server.url(), &["--dkim-key-file", "no.pem"]).says("mail_signature", "fault", "no.pem");
    server.set_mode(Mode::Reject);
    look(&server.url(), &[]).says("test_mail", "fault", "nobody has this address");
}

#[test]
fn everybody_at_one_address_is_noticed() {
    let place = Place::new();
    place.tenant("acme");
    let server = serving(&place, &[]);
    let tries = |from: u8, count: usize| {
        block_on(async {
            for number in 0..count {
                let client = Client::from_source(&base(&server), source(from));
                attempt(&client, &format!("user{from}-{number}@acme.test"), "a guess").await;
            }
        });
    };
    let look = |more: &[&str]| {
        let beyond = ["--public-url", "https://login.example.com", "--mailbox-access", "anyone"];
        doctor(&place, &[&beyond[..], more].concat())
    };
    tries(1, 19);
    look(&[]).says("client_addresses", "ok", "too few");
    tries(1, 1);
    let told = look(&[]);
    told.says("client_addresses", "warning", "20 of the last 20 tries seem to come from 127.0.0.1");
    told.says("client_addresses", "warning", "name it in trusted_proxies");
    told.says("public_url", "ok", "https://login.example.com");
    let named = look(&["--trusted-proxies", "127.0.0.0/8"]);
    named.says("client_addresses", "warning", "let that proxy send x-forwarded-for");
    doctor(&place, &[]).says("client_addresses", "ok", "nobody else reaches it");
    tries(2, 2);
    look(&[]).says("client_addresses", "ok", "different places");
}

#[test]
fn mail_that_does_not_leave_is_noticed() {
    let place = Place::new();
    place.tenant("acme");
    let keys = std::sync::Arc::new(MasterKeys::load(&place.path().join("lockkeeper.key")).unwrap());
    let port = closed_url();
    let port = port.trim_start_matches("smtp://127.0.0.1:").trim_end_matches("?tls=none");
    let port = port.parse().unwrap();
    let change = Box::new(move |plan: &mut lockkeeper::app::Plan| {
        plan.keys = keys;
        let (host, security) = ("127.0.0.1".to_owned(), SmtpSecurity::None);
        plan.mail = MailPlan::Smtp {
            server: SmtpSettings { host, port, security, credentials: None },
            from: "no-reply@globex.test".to_owned(),
            dkim: None,
            inbound: None,
        };
    });
    // Its clock stands months before the machine's.
    let app = TestApp::with(TestPlan { database: Some(database(&place)), change });
    let strict = Policy { max_attempts: 1, ..Preset::Balanced.policy() };
    let globex = app.tenant("globex", Some(strict));
    app.user(&globex, "kim@globex.test", PASSWORD);
    block_on(async {
        let form = [
            ("identifier", "kim@globex.test"),
            ("password", "a wrong guess"),
            ("strategy", "password"),
        ];
        app.client().post_form("/t/globex/v1/client/sign_ins", &form).await;
    });
    app.stop();
    let told = doctor(&place, &[]);
    told.says("outbox", "warning", "the oldest since 3 Mar 2026");
    assert!(!told.all.to_string().contains("kim@"), "{:#}", told.all);
}
