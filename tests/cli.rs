//! The real program on its command line: what it prints, what it refuses and with which words, its
//! exit codes. `serve` has its own file, the demo too.

mod audit;
mod backup;
mod db_copy;
mod doctor;
mod export;
mod flags;
mod keys;
mod policies;
mod request_log;
mod restore;
mod secrets;
mod serve;
mod simulate;
mod team;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::children;
use crate::harness::home::Home;
use crate::harness::process::{finish, lockkeeper};

const PASSWORD: &str = "correct horse battery";

/// A folder with the program's files, and what it says there.
pub(crate) struct Place {
    pub dir: TempDir,
    home: Home,
}

/// What a command said: exit code, standard output, standard error.
pub(crate) struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{}", self.out);
        serde_json::from_str(&self.out).unwrap()
    }

    fn refused(&self, code: i32, words: &str) {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{}", self.err);
        assert!(self.err.contains(words), "{words:?} is not in {}", self.err);
    }
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), home: Home::fresh() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The program in this folder; on PostgreSQL it must be told where, as an operator does.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = lockkeeper(self.path(), args);
        match &self.home {
            Home::Sqlite(_) => {}
            #[cfg(feature = "postgres")]
            Home::Postgres(database) => {
                command.env("LOCKKEEPER_DATABASE_URL", database.url());
                command.env("LOCKKEEPER_MASTER_KEY_FILE", "lockkeeper.key");
                command.env("LOCKKEEPER_DRAIN_SECONDS", "0");
            }
        }
        command
    }

    pub(crate) fn run(&self, line: &str) -> Said {
        self.args(&line.split(' ').collect::<Vec<_>>())
    }

    pub(crate) fn args(&self, args: &[&str]) -> Said {
        Said::of(finish(self.command(args)))
    }

    /// With something on standard input.
    pub(crate) fn fed(&self, line: &str, input: &str) -> Said {
        let mut command = self.command(&line.split(' ').collect::<Vec<_>>());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = children::spawn(command);
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Said::of(child.wait_with_output().unwrap())
    }

    pub(crate) fn tenant(&self, slug: &str) -> Value {
        self.run(&format!("tenant create --slug {slug} --name Acme --json")).json()
    }

    pub(crate) fn user(&self, slug: &str, email: &str) -> Value {
        let line = format!("user create --tenant {slug} --email {email} --json");
        self.fed(&line, &format!("{PASSWORD}\n")).json()
    }
}

#[test]
fn a_mistyped_setting_is_named_with_the_nearest_wherever_it_stands() {
    let place = Place::new();
    place.run("serve --listn 127.0.0.1:1").refused(2, "'--listen'");
    let mut command = place.command(&["serve"]);
    command.env("LOCKKEEPER_PUBLIC_ULR", "x");
    Said::of(finish(command)).refused(2, "did you mean LOCKKEEPER_PUBLIC_URL?");
    std::fs::write(place.path().join("lockkeeper.toml"), "\nlog_fromat = \"json\"\n").unwrap();
    place.run("serve").refused(
        2,
        "lockkeeper.toml:2:1: there is no setting `log_fromat`; did you mean `log_format`?",
    );
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1, "nothing was begun");
}

#[test]
fn init_writes_two_files_for_their_owner_and_never_overwrites() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let mut command = place.command(&["init", "--public-url", "https://login.example.com"]);
    command.env("LOCKKEEPER_SMTP_URL", "smtp://me:planted-secret@mail.example.com");
    command.env("LOCKKEEPER_MAIL_FROM", "no-reply@example.com");
    let said = Said::of(finish(command));
    assert_eq!(said.code, 0, "{}", said.err);
    let file = place.path().join("lockkeeper.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("\npublic_url = \"https://login.example.com\"\n"), "{text}");
    assert!(!text.contains("planted-secret"), "{text}");
    assert!(said.out.contains("https://login.example.com/console/welcome/"), "{}", said.out);
    assert!(text.contains("\n# database_pool_size = 8\n"), "numbers are written bare: {text}");
    for name in ["lockkeeper.toml", "lockkeeper.key"] {
        let mode = std::fs::metadata(place.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    place.run("init").refused(1, "lockkeeper.toml is there already");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    let read = place.run("check-config --json");
    let read: Value = serde_json::from_str(&read.out).unwrap();
    assert!(read.to_string().contains("https://login.example.com"), "{read}");
}

#[test]
fn a_team_link_is_printed_for_one_tenant_or_for_all() {
    let place = Place::new();
    place.tenant("acme");
    for line in ["team link --json", "team link --tenant acme --role auditor --json"] {
        let link = place.run(line).json();
        let link = link["link"].as_str().unwrap();
        let secret = link.strip_prefix("http://localhost:8080/console/welcome/").unwrap();
        assert!(secret.len() == 32 && secret.bytes().all(|b| b.is_ascii_alphanumeric()), "{link}");
    }
    place.run("team link --tenant nobody").refused(1, "there is no tenant `nobody`");
    place.run("team link --role king").refused(2, "king");
}

#[test]
fn migrate_says_what_it_did() {
    let place = Place::new();
    let first = place.run("migrate");
    assert!(first.out.ends_with("the schema is up to date\n"), "{}", first.out);
    assert_eq!(place.run("migrate").out, "the schema was up to date already\n");
    place.run("migrate --database-url sqlite:no/where/x.db").refused(1, "mkdir -p no/where");
    place.run("migrate --database-url mysql://x").refused(2, "sqlite:PATH or postgres://");
}

#[test]
fn a_new_tenant_is_printed_with_exactly_five_fields() {
    let place = Place::new();
    let tenant = place.tenant("acme");
    let mut names: Vec<&String> = tenant.as_object().unwrap().keys().collect();
    names.sort_unstable();
    assert_eq!(names, ["frontend_api", "publishable_key", "secret_key", "slug", "tenant_id"]);
    assert_eq!(tenant["frontend_api"], "http://localhost:8080/t/acme");
    assert!(tenant["publishable_key"].as_str().unwrap().starts_with("pk_test_"));
    let live = place.run("tenant create --slug live --name L --live --json").json();
    assert!(live["secret_key"].as_str().unwrap().starts_with("sk_live_"));
    place.run("tenant create --slug acme --name A").refused(1, "there is a tenant `acme` already");
    for slug in ["Acme", "a_b", "console", "a-"] {
        place.args(&["tenant", "create", "--slug", slug, "--name", "A"]).refused(1, "--slug: ");
    }
    place.args(&["tenant", "create", "--slug", "x", "--name", " "]).refused(1, "--name: ");
}

#[test]
fn a_lost_master_key_is_not_replaced() {
    let place = Place::new();
    place.tenant("acme");
    std::fs::remove_file(place.path().join("lockkeeper.key")).unwrap();
    place.run("policy show --tenant acme").refused(1, "restore it from your backup");
    place.run("init").refused(1, "restore it from your backup");
    assert!(!place.path().join("lockkeeper.key").exists());
}

#[test]
fn users_are_made_locked_and_unlocked_by_any_of_their_names() {
    let place = Place::new();
    place.tenant("acme");
    let user = place.user("acme", "alex@acme.test");
    let id = user["id"].as_str().unwrap();
    assert_eq!(user["locked"], false);
    let locked = place.run("user lock --tenant acme ALEX@acme.test --json").json();
    assert_eq!((&locked["id"], &locked["locked"]), (&user["id"], &Value::Bool(true)));
    assert!(locked["locked_until_ms"].is_i64());
    assert!(place.run(&format!("user lock --tenant acme {id}")).out.contains("(in 1 hour)"));
    let unlocked = place.run(&format!("user unlock --tenant acme {id}"));
    assert!(unlocked.out.ends_with(" is unlocked\n"), "{}", unlocked.out);
    assert!(place.run(&format!("user unlock --tenant acme {id}")).out.contains("was not locked"));
    place.run("user lock --tenant acme nobody@acme.test").refused(1, "no user `nobody@acme.test`");
    place.run("user lock --tenant amce alex@acme.test").refused(1, "there is acme");
    place
        .fed("user create --tenant acme --email alex@acme.test", "long enough\n")
        .refused(1, "already");
    place
        .fed("user create --tenant acme --email b@acme.test", "short\n")
        .refused(1, "shorter than 8");
    place.fed("user create --tenant acme --email b@acme.test", "").refused(1, "--no-password");
    place
        .fed("user create --tenant acme --email bob", "long enough\n")
        .refused(1, "--email: `bob`");
    place.run("user create --tenant acme --no-password").refused(1, "give --email");
}

#[test]
fn what_policy_show_prints_policy_apply_takes() {
    let place = Place::new();
    place.tenant("acme");
    let shown = place.run("policy show --tenant acme").out;
    std::fs::write(
        place.path().join("p.toml"),
        shown.replace("max_attempts = 8", "max_attempts = 6"),
    )
    .unwrap();
    let dry = place.run("policy apply --tenant acme --file p.toml --dry-run").out;
    assert!(dry.contains("- max_attempts = 8\n+ max_attempts = 6\n"), "{dry}");
    assert_eq!(place.run("policy show --tenant acme").out, shown);
    let applied = place.args(&[
        "policy", "apply", "--tenant", "acme", "--file", "p.toml", "--reason", "a test", "--json",
    ]);
    let applied = applied.json();
    assert_eq!((&applied["version"], &applied["saved"]), (&2.into(), &true.into()));
    let live = place.run("policy show --tenant acme --json").json();
    assert_eq!((&live["reason"], &live["policy"]["max_attempts"]), (&"a test".into(), &6.into()));
    assert!(
        place.run("policy apply --tenant acme --file p.toml").out.contains("nothing to change")
    );
    let relaxed = place.run("policy apply --tenant acme --preset clerk").out;
    assert!(relaxed.contains(" guesses at one user in 24 hours"), "{relaxed}");
}

#[test]
fn a_policy_can_be_tried_on_what_was_recorded() {
    let place = Place::new();
    place.tenant("acme");
    let told = place.run("policy simulate --tenant acme --preset strict --last 30d").out;
    assert!(told.starts_with("acme: 0 recorded tries of the last 30d"), "{told}");
    assert!(told.contains("owners locked") && told.contains("certain"), "{told}");
    let report = place.run("policy simulate --tenant acme --preset strict --json").json();
    assert_eq!(report["figures"]["locks"]["draft"]["high"], 0);
    assert_eq!((&report["exceeded"], &report["tries"]), (&serde_json::json!([]), &0.into()));
    place
        .run("policy simulate --tenant acme --preset strict --last 31d")
        .refused(1, "from 1m to 30d");
    place.run("policy simulate --tenant acme").refused(2, "--preset");
}

#[test]
fn a_faulty_policy_is_refused_with_every_fault_and_changes_nothing() {
    let place = Place::new();
    place.tenant("acme");
    let before = place.run("policy show --tenant acme").out;
    let faulty = "max_attempts = 0\nbackoff_facto = 2\nknown_devices = 1\n";
    let said = place.fed("policy apply --tenant acme --file -", faulty);
    for words in
        ["max_attempts: ", "did you mean backoff_factor?", "known_devices: must be true or false"]
    {
        said.refused(1, words);
    }
    assert_eq!(place.run("policy show --tenant acme").out, before);
    let warned =
        place.fed("policy apply --tenant acme --file -", "history_duration = \"1m\"\n").out;
    assert!(warned.contains("Warning: The count is forgotten after 1m"), "{warned}");
}

#[test]
fn the_recorded_scenarios_are_replayed_and_a_changed_one_fails() {
    let place = Place::new();
    let recorded = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/authgear-lockout-vectors.json");
    let said = place.args(&["policy", "replay", "--scenarios", recorded]);
    assert_eq!((said.code, said.out.lines().last()), (0, Some("400 scenarios, 0 failed")));
    let text = std::fs::read_to_string(recorded).unwrap();
    let changed = text.replacen("\"attempts\":1", "\"attempts\":7", 1);
    let changed = if changed == text {
        text.replacen("\"attempts\": 1", "\"attempts\": 7", 1)
    } else {
        changed
    };
    assert_ne!(changed, text);
    std::fs::write(place.path().join("changed.json"), changed).unwrap();
    let said = place.run("policy replay --scenarios changed.json");
    assert_eq!((said.code, said.out.lines().last()), (1, Some("400 scenarios, 1 failed")));
    place.run("policy replay --scenarios missing.json").refused(1, "cannot read missing.json");
}

#[test]
fn check_config_shows_value_and_origin_and_masks_passwords() {
    let place = Place::new();
    let mut command = place.command(&["check-config", "--log", "warn"]);
    command.env("LOCKKEEPER_SMTP_URL", "smtp://me:planted-secret@mail.example.com");
    command.env("LOCKKEEPER_MAIL_FROM", "no-reply@example.com");
    let said = Said::of(finish(command));
    let line = |key: &str| said.out.lines().find(|l| l.starts_with(key)).unwrap().to_owned();
    assert!(line("smtp_url").contains("smtp://me:***@mail.example.com"));
    assert!(
        line("smtp_url").ends_with("(environment)") && line("log ").ends_with("(command line)")
    );
    assert!(line("listen").ends_with("(default)"));
    assert!(!said.out.contains("planted-secret"));
}

#[test]
fn check_config_says_what_to_publish_for_signed_mail() {
    let place = Place::new();
    let check = |key: &str| {
        let mut command = place.command(&["check-config", "--dkim-key-file", key]);
        command.env("LOCKKEEPER_MAIL_FROM", "Acme <no-reply@Example.com>");
        Said::of(finish(command))
    };
    let faulty = |key: &str, words: &str| {
        let said = check(key);
        assert!(said.code == 1 && said.err.contains(words), "{}", said.err);
    };
    faulty("missing.pem", "dkim_key_file: missing.pem: No such file");
    std::fs::write(place.path().join("no.pem"), "secret").unwrap();
    faulty("no.pem", "dkim_key_file: no.pem: the file holds no private key in PEM form");
    std::fs::write(place.path().join("dkim.pem"), crate::mail::dkim::new_key()).unwrap();
    let said = check("dkim.pem");
    let record = "lockkeeper._domainkey.example.com TXT v=DKIM1; k=rsa; p=MIIBIj";
    assert!(said.code == 0 && said.out.contains(record), "{}", said.out);
}

#[test]
fn nobody_has_written_to_support_yet() {
    let place = Place::new();
    place.tenant("acme");
    assert_eq!(place.run("support list").out, "no contact requests\n");
    assert_eq!(place.run("support list --tenant acme --json").out, "[]\n");
    place.run("support list --tenant nope").refused(1, "there is no tenant `nope`");
}
