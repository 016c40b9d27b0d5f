//! `init`: a settings file, a master key and the first owner's link for a new installation. Never
//! overwrites, and writes no secret into the settings file: those belong into the environment or a
//! file of their own.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use super::opened::master_keys;
use super::output::say;
use super::team;
use crate::app::in_system;
use crate::config::setting::{DEFAULT_FILE, Preset, SETTINGS, Secrecy};
use crate::config::{Config, Origin};
use crate::store::{DatabaseUrl, tenants};
use crate::token::MasterKeys;

/// Writes `lockkeeper.toml` and the master key, and invites the first owner.
pub(super) fn run(config: &Config) -> Result<ExitCode> {
    let path = Path::new(DEFAULT_FILE);
    if path.exists() {
        bail!(
            "{DEFAULT_FILE} is there already; nothing was written. Edit it, or move it away first"
        );
    }
    let key = &config.master_key_file;
    let had_key = key.exists();
    match &config.database_url {
        // A database without its key is a loss to be told, not an installation to begin.
        DatabaseUrl::Sqlite { path, .. } if Path::new(path).exists() => drop(master_keys(config)?),
        DatabaseUrl::Sqlite { .. } => drop(MasterKeys::load_or_create(key)?),
        DatabaseUrl::Postgres(_) => match tenants::none_yet(&config.database_url) {
            Ok(false) => drop(master_keys(config)?),
            // Empty, without a schema, or not there yet.
            Ok(true) | Err(_) => drop(MasterKeys::load_or_create(key)?),
        },
    }
    write_new(path, &document(config)).with_context(|| format!("cannot write {DEFAULT_FILE}"))?;
    say(&format!("wrote {DEFAULT_FILE}"));
    let key = key.display();
    say(&if had_key {
        format!("kept the master key {key}")
    } else {
        format!("wrote {key}, the master key: back it up, nothing sealed opens without it")
    });
    say("\nNext:\n  lockkeeper tenant create --slug acme --name Acme\n  lockkeeper serve");
    say(&match in_system(team::first(config)) {
        Ok(link) => format!(
            "\nThen open this in a browser: it makes you the console's owner, once, within a day.\n  {link}"
        ),
        // A database that is not there yet is no reason to fail: the two files are written.
        Err(_) => {
            "\nFor the console's first owner, once the database is there:\n  lockkeeper team link"
                .to_owned()
        }
    });
    Ok(ExitCode::SUCCESS)
}

/// Every setting with its meaning: set where somebody said a value, as a comment elsewhere.
fn document(config: &Config) -> String {
    let mut text = String::from(
        "# Settings of Lockkeeper. A flag or an environment variable (LOCKKEEPER_LISTEN, …) goes\n\
         # before this file. Passwords are better kept in the environment than here.\n",
    );
    let report = config.report();
    for setting in SETTINGS {
        let said = report.iter().find(|line| line.key == setting.key);
        let value =
            said.filter(|line| line.origin != Origin::Default).map(|line| line.shown.as_str());
        // A masked value would not work, and the true one does not belong here.
        let open =
            setting.secrecy == Secrecy::Open || value.is_some_and(|text| !text.contains("***"));
        let key = setting.key;
        // Writing into memory cannot fail.
        let _written = match (value, setting.default) {
            (Some(value), _) if open => {
                write!(text, "\n# {}.\n{key} = {}\n", setting.help, quoted(value))
            }
            (Some(_), _) => write!(
                text,
                "\n# {}.\n# Has a password: set {} in the environment.\n# {key} = …\n",
                setting.help,
                setting.variable()
            ),
            (None, Preset::Value(default)) => {
                write!(text, "\n# {}.\n# {key} = {}\n", setting.help, quoted(default))
            }
            (None, Preset::Derived(meaning)) => {
                write!(text, "\n# {}.\n# Default: {meaning}.\n# {key} = \"\"\n", setting.help)
            }
        };
    }
    text
}

/// As TOML writes it: a number or a switch bare, anything else as a text. The file's reader takes
/// both for the same.
fn quoted(text: &str) -> String {
    let bare = text.parse::<i64>().is_ok_and(|number| number.to_string() == text)
        || matches!(text, "true" | "false");
    if bare { text.to_owned() } else { toml::Value::String(text.to_owned()).to_string() }
}

/// Readable by its owner only: somebody will put a password into it after all.
fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
