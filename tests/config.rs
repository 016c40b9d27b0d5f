//! Settings: precedence, all faults at once with their places, every value checked, secrets masked,
//! and the documentation equal to the list.

use std::ffi::OsString;

use lockkeeper::config::{
    Config, HashFloor, LogFormat, Origin, SettingsFile, SmtpSecurity, Sources, settings_document,
};
use lockkeeper::store::connection::DatabaseUrl;
use secrecy::ExposeSecret;

fn sources(flags: &[(&str, &str)], environment: &[(&str, &str)], file: Option<&str>) -> Sources {
    Sources {
        flags: flags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        environment: environment
            .iter()
            .map(|(k, v)| (OsString::from(*k), OsString::from(*v)))
            .collect(),
        file: file.map(|text| SettingsFile { name: "lockkeeper.toml".into(), text: text.into() }),
        hash_floor: HashFloor::Enforced,
    }
}

fn loaded(flags: &[(&str, &str)], environment: &[(&str, &str)], file: Option<&str>) -> Config {
    Config::load(sources(flags, environment, file)).unwrap()
}

fn faults(flags: &[(&str, &str)], environment: &[(&str, &str)], file: Option<&str>) -> String {
    Config::load(sources(flags, environment, file)).unwrap_err().to_string()
}

fn fault_of(key: &str, value: &str) -> String {
    faults(&[(key, value)], &[], None).lines().skip(1).map(str::trim).collect::<Vec<_>>().join("\n")
}

#[test]
fn nothing_said_means_the_documented_defaults() {
    let config = loaded(&[], &[("PATH", "/bin"), ("LOCKKEEPER", "x")], None);
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.metrics_listen.unwrap().to_string(), "127.0.0.1:9464");
    assert_eq!(
        config.database_url,
        DatabaseUrl::Sqlite { path: "lockkeeper.db".into(), max_page_count: None }
    );
    assert_eq!(config.master_key_file.to_str(), Some("lockkeeper.key"));
    assert_eq!(config.attempt_wait.as_secs(), 30);
    assert_eq!(config.log_format, LogFormat::Auto);
    assert!(config.smtp.is_none() && config.trusted_proxies.networks.is_empty());
    let base = config.base_url("127.0.0.1:4711".parse().unwrap()).unwrap();
    assert_eq!(base.origin(), "http://localhost:4711");
}

#[test]
fn flags_beat_the_environment_which_beats_the_file() {
    let file = "listen = \"127.0.0.1:1\"\nlog = \"warn\"\nhttp_workers = 3\n";
    let environment = [("LOCKKEEPER_LISTEN", "127.0.0.1:2"), ("LOCKKEEPER_LOG", "debug")];
    let config = loaded(&[("listen", "127.0.0.1:3")], &environment, Some(file));
    let said: Vec<_> = config
        .report()
        .into_iter()
        .filter(|line| ["listen", "log", "http_workers", "node_name"].contains(&line.key))
        .map(|line| format!("{} {} ({})", line.key, line.shown, line.origin))
        .collect();
    insta::assert_snapshot!(said.join("\n"), @"
    listen 127.0.0.1:3 (command line)
    log debug (environment)
    http_workers 3 (lockkeeper.toml:3:1)
    node_name main (default)
    ");
    assert!(config.report().iter().any(|line| line.origin == Origin::Flag));
}

#[test]
fn all_faults_are_told_at_once_with_their_places() {
    let file = "listn = \"127.0.0.1:1\"\n\n  hash_iterations = \"two\"\n[smtp]\nurl = \"x\"\n";
    let environment = [
        ("LOCKKEEPER_PUBLIC_ULR", "x"),
        ("LOCKKEEPER_listen", "x"),
        ("LOCKKEEPER_LOG_FORMAT", "xml"),
    ];
    insta::assert_snapshot!(faults(&[("metrics_listen", "9464")], &environment, Some(file)), @"
    the settings are not usable:
      lockkeeper.toml:1:1: there is no setting `listn`; did you mean `listen`?
      lockkeeper.toml:4:2: there is no setting `smtp`; did you mean `smtp_url`?
      LOCKKEEPER_PUBLIC_ULR: there is no such setting; did you mean LOCKKEEPER_PUBLIC_URL?
      LOCKKEEPER_listen: there is no such setting; did you mean LOCKKEEPER_LISTEN?
      --metrics-listen: `9464` is no address with a port; write 127.0.0.1:8080 or [::1]:8080
      LOCKKEEPER_LOG_FORMAT: `xml` must be auto, pretty or json
      lockkeeper.toml:3:3: hash_iterations: `two` must be a whole number from 1 to 1000
    ");
}

#[test]
fn a_file_that_is_no_toml_is_told_with_its_place() {
    insta::assert_snapshot!(faults(&[], &[], Some("listen = \n log ==\"x\"")), @"
    the settings are not usable:
      lockkeeper.toml:2:7: extra `=`, expected nothing
      lockkeeper.toml:1:10: string values must be quoted, expected literal string
      lockkeeper.toml:1:1: listen: must not be empty
    ");
}

#[test]
fn only_the_two_database_schemes_are_taken() {
    for odd in ["lockkeeper.db", "mysql://x", "sqlite3:x", "file:x", "sqlite:", "sqlite:x?mode=ro"]
    {
        assert!(fault_of("database_url", odd).starts_with("--database-url: "), "{odd}");
    }
    let limited = loaded(&[("database_url", "sqlite:x.db?max_page_count=100")], &[], None);
    assert_eq!(
        limited.database_url,
        DatabaseUrl::Sqlite { path: "x.db".into(), max_page_count: Some(100) }
    );
    assert_eq!(limited.master_key_file.to_str(), Some("x.key"));
}

#[cfg(feature = "postgres")]
#[test]
fn with_postgresql_the_master_key_file_must_be_named() {
    let url = ("database_url", "postgres://u:hunter2@db/lock");
    let fault = faults(&[url], &[], None);
    assert!(fault.contains("master_key_file: must be set with PostgreSQL"), "{fault}");
    let config = loaded(&[url, ("master_key_file", "/k")], &[], None);
    let shown = config.report().into_iter().find(|line| line.key == "database_url").unwrap().shown;
    assert_eq!(shown, "postgres://u:***@db/lock");
}

#[test]
fn mail_is_encrypted_unless_that_is_said() {
    let smtp = |url: &str| {
        let flags = [("smtp_url", url), ("mail_from", "Lockkeeper <no-reply@example.com>")];
        loaded(&flags, &[], None).smtp.unwrap()
    };
    let plain = smtp("smtp://us%40er:p%2Bw+%C3%A9@mail.example.com");
    assert_eq!((plain.security, plain.port), (SmtpSecurity::StartTls, 587));
    let (user, password) = plain.credentials.unwrap();
    assert_eq!((user.as_str(), password.expose_secret()), ("us@er", "p+w+é"));
    let none = smtp("smtp://127.0.0.1:2525?tls=none");
    assert_eq!((none.security, none.port), (SmtpSecurity::None, 2525));
    assert_eq!(smtp("smtps://mail.example.com").port, 465);

    for odd in [
        "mail.example.com",
        "http://mail.example.com",
        "smtps://m?tls=none",
        "smtp://m?tls=maybe",
        "smtp://m?x=1",
        "smtp://user@m",
        "smtp://m/path",
        "smtp://",
    ] {
        let fault = fault_of("smtp_url", odd);
        assert!(fault.starts_with("--smtp-url: "), "{odd}: {fault}");
    }
    let fault = fault_of("smtp_url", "smtp://mail.example.com");
    assert_eq!(
        fault,
        "mail_from: must be set with `smtp_url`; write for example no-reply@example.com"
    );
}

#[test]
fn passwords_are_never_shown() {
    let canary = "hunter2";
    let flags =
        [("smtp_url", "smtp://u:hunter2@mail.example.com"), ("mail_from", "no-reply@example.com")];
    let config = loaded(&flags, &[], None);
    assert!(!format!("{config:?} {:?}", config.report()).contains(canary));
    let fault = fault_of("smtp_url", "smtp://u:hunter2@mail.example.com/x");
    assert!(!fault.contains(canary), "{fault}");
}

#[test]
fn an_open_server_must_know_its_public_url() {
    let fault = fault_of("listen", "0.0.0.0:8080");
    assert!(fault.contains("public_url: must be set when `listen` is not a loopback"), "{fault}");
    let flags = [("listen", "0.0.0.0:8080"), ("public_url", "https://login.example.com")];
    assert_eq!(loaded(&flags, &[], None).public_url.unwrap().host(), "login.example.com");
    assert!(fault_of("public_url", "https://x.test/login").contains("path, query or fragment"));
}

#[test]
fn proxies_are_networks_and_never_everybody() {
    let list = "10.0.0.0/8, 192.0.2.1,fd00::/8";
    assert_eq!(loaded(&[("trusted_proxies", list)], &[], None).trusted_proxies.networks.len(), 3);
    let file = "trusted_proxies = [\"10.0.0.0/8\", \"192.0.2.1\"]";
    assert_eq!(loaded(&[], &[], Some(file)).trusted_proxies.networks.len(), 2);
    for odd in ["0.0.0.0/0", "::/0", "proxy.local", "10.0.0.0/40"] {
        assert!(fault_of("trusted_proxies", odd).starts_with("--trusted-proxies: "), "{odd}");
    }
}

#[test]
fn cheap_hashes_are_for_tests_only() {
    let flags = [("hash_memory_kib", "8"), ("hash_iterations", "1")];
    assert!(faults(&flags, &[], None).contains("below the floor"));
    let lifted = Config::load(Sources {
        hash_floor: HashFloor::LiftedForTests,
        ..sources(&flags, &[], None)
    });
    assert_eq!(lifted.unwrap().hash_cost.memory_kib(), 8);
}

#[test]
fn odd_numbers_and_words_are_refused() {
    for (key, value) in [
        ("listen", "8080"),
        ("listen", "localhost:8080"),
        ("metrics_listen", "on"),
        ("hash_threads", "0"),
        ("http_workers", "many"),
        ("attempt_wait_seconds", "0"),
        ("attempt_wait_seconds", "-1"),
        ("attempt_wait_seconds", "1.5"),
        ("node_name", "a b"),
        ("log_format", "xml"),
        ("log", "lockkeeper=loud"),
        ("trusted_proxy_header", "x-real-ip"),
        ("listen", ""),
        ("mail_from", "nobody"),
    ] {
        let fault = fault_of(key, value);
        assert!(
            fault.starts_with(&format!("--{}: ", key.replace('_', "-"))),
            "{key}={value}: {fault}"
        );
    }
    assert!(loaded(&[("metrics_listen", "off")], &[], None).metrics_listen.is_none());
}

#[test]
fn an_inbound_address_leaves_room_for_what_is_signed() {
    let at = loaded(&[("inbound_address", "Desk@Mail.Example.com")], &[], None).inbound_address;
    let at = at.unwrap();
    assert_eq!((at.user.as_str(), at.domain.as_str()), ("desk", "mail.example.com"));
    for (value, why) in [
        ("desk", "is no bare mail address"),
        ("Desk <desk@mail.example.com>", "is no bare mail address"),
        ("desk+@mail.example.com", "what follows the + is added to each mail"),
        ("help-desk@mail.example.com", "only letters and digits"),
        ("helpdesk24@mail.example.com", "at most 9 characters may stand before the @, because 55"),
        ("desk@größer.example", "as the DNS has it (xn--"),
    ] {
        let fault = fault_of("inbound_address", value);
        assert!(fault.starts_with("--inbound-address: ") && fault.contains(why), "{fault}");
        assert!(fault.ends_with("write for example desk@mail.example.com"), "{fault}");
    }
}

#[test]
fn private_networks_are_named_and_never_all() {
    let allowed = |value| {
        let config = loaded(&[("webhook_allow_private", value)], &[], None);
        config.webhook_allow_private.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        allowed("127.0.0.1, 10.1.2.3/16,fd00::/8"),
        ["127.0.0.1/32", "10.1.0.0/16", "fd00::/8"]
    );
    for (value, why) in [
        ("localhost", "`localhost` is no network; write for example"),
        ("10.0.0.0/33", "`10.0.0.0/33` is no network"),
        ("10.0.0.1-9", "`10.0.0.1-9` is no network"),
        ("0.0.0.0/0", "would allow every network; name those in which tenants' servers stand"),
        ("::/0", "would allow every network"),
    ] {
        let fault = fault_of("webhook_allow_private", value);
        assert!(fault.starts_with("--webhook-allow-private: ") && fault.contains(why), "{fault}");
    }
    // A name that is nearly right is told which it is near to.
    let near = faults(&[], &[("LOCKKEEPER_INBOUND_ADRESS", "desk@in.example")], None);
    assert!(near.contains("LOCKKEEPER_INBOUND_ADDRESS"), "{near}");
}

#[test]
fn the_documentation_lists_every_setting() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, settings_document()).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap();
    assert_eq!(written, settings_document(), "run the tests once with UPDATE_DOCS=1");
}
