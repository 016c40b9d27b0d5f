//! What may be typed: commands, their arguments, and one flag per setting. Only parses; knows
//! neither what commands do nor whether a setting's value makes sense.

mod backup;
mod db;
mod keys;
mod policy;
mod team;

use std::path::PathBuf;
use std::sync::LazyLock;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, Parser, Subcommand, ValueEnum};

pub use backup::{Backup, Restore};
pub use db::Db;
pub use keys::{Keys, Rotate};
pub use policy::{Chosen, OfTenant, Overlay, Policy, PolicyPreset, Shadow};
pub use team::{OfTeam, Team, TeamRole};

use crate::config::setting::{Preset, SETTINGS, Setting};
use crate::tenant::KeptLink;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "lockkeeper",
    version,
    about = "Self-hosted sign-in and account-lockout server with an e-mail unlock flow",
    after_help = "Try it: lockkeeper demo\nSettings as flags: lockkeeper --help",
    propagate_version = false,
    disable_help_subcommand = true
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Action,
    /// Settings file [default: lockkeeper.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE", env = "LOCKKEEPER_CONFIG", hide_env = true)]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub settings: SettingFlags,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Action {
    /// Run a demo: sample tenants, visible mail, a clock to turn; nothing to set up
    Demo(Demo),
    /// Run the server
    Serve,
    /// Write a settings file and a master key for a new installation
    Init,
    /// Bring the database's schema up to date and stop
    Migrate,
    /// The database as a whole
    #[command(subcommand)]
    Db(Db),
    /// Tenants
    #[command(subcommand)]
    Tenant(Tenant),
    /// Users of a tenant
    #[command(subcommand)]
    User(User),
    /// A tenant's lockout policy
    #[command(subcommand)]
    Policy(Policy),
    /// Contact requests
    #[command(subcommand)]
    Support(Support),
    /// Who works in the console
    #[command(subcommand)]
    Team(Team),
    /// The audit log
    #[command(subcommand)]
    Audit(Audit),
    /// Copy the database into one file, also beside a running server
    Backup(Backup),
    /// Put a backup in the database's place
    Restore(Restore),
    /// Keys that sign and seal
    #[command(subcommand)]
    Keys(Keys),
    /// Print the OpenAPI document of an interface
    Openapi {
        #[arg(value_enum)]
        interface: Interface,
    },
    /// Look at everything that goes wrong in practice and say what to do; exit code 1 on a fault
    Doctor(Doctor),
    /// Show every setting, its value and where it was said
    CheckConfig(Output),
    /// Ask a running server whether it is ready; exit code 0 if so
    Healthcheck,
}

/// Who asks: browsers and apps, or a tenant's servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Interface {
    Frontend,
    Backend,
}

#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Demo {
    /// Keep nothing: the data is gone when the demo stops
    #[arg(long)]
    pub ephemeral: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Doctor {
    /// Send a test mail to this address, too
    #[arg(long, value_name = "ADDRESS")]
    pub mail: Option<String>,
    #[command(flatten)]
    pub output: Output,
}

/// How a command prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
pub struct Output {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Tenant {
    /// Create a tenant and print its keys
    Create {
        /// Name in URLs: lower-case letters, digits and dashes
        #[arg(long)]
        slug: String,
        /// Name that people read
        #[arg(long)]
        name: String,
        /// A production tenant (pk_live_…) instead of one for development
        #[arg(long)]
        live: bool,
        /// A host of the tenant's own for its Frontend API, such as clerk.example.com
        #[arg(long, value_name = "HOST")]
        own_host: Option<String>,
        /// Where people may be sent back to; may be given several times
        #[arg(long = "redirect-url", value_name = "URL")]
        redirect_urls: Vec<String>,
        #[command(flatten)]
        output: Output,
    },
}

/// A user of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Whom {
    /// The tenant's slug
    #[arg(long, value_name = "SLUG")]
    pub tenant: String,
    /// User id, e-mail address, phone number or username
    #[arg(value_name = "USER")]
    pub user: String,
    #[command(flatten)]
    pub output: Output,
}

/// An export to take over.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Import {
    /// The tenant's slug
    #[arg(long, value_name = "SLUG")]
    pub tenant: String,
    /// The export; `-` is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Only name the rows that would be refused, and why
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub output: Output,
}

/// Users to write down.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Export {
    /// The tenant's slug
    #[arg(long, value_name = "SLUG")]
    pub tenant: String,
    /// One line a user: for spreadsheets, or JSON with metadata, language and time zone
    #[arg(long, value_enum, default_value_t = UserFormat::Csv)]
    pub format: UserFormat,
    /// A new file instead of standard output; one that is there is never overwritten
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum UserFormat {
    Csv,
    Jsonl,
}

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum User {
    /// Create a user; the password is read from standard input
    Create {
        /// The tenant's slug
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// E-mail address
        #[arg(long, value_name = "ADDRESS")]
        email: Option<String>,
        /// Phone number with country code
        #[arg(long, value_name = "NUMBER")]
        phone: Option<String>,
        /// Username
        #[arg(long, value_name = "NAME")]
        username: Option<String>,
        /// First name
        #[arg(long, value_name = "NAME")]
        first_name: Option<String>,
        /// Last name
        #[arg(long, value_name = "NAME")]
        last_name: Option<String>,
        /// Language, for example de or pt-BR
        #[arg(long, value_name = "TAG")]
        locale: Option<String>,
        /// Time zone, for example Europe/Vienna
        #[arg(long, value_name = "ZONE")]
        time_zone: Option<String>,
        /// Create the user without a password
        #[arg(long)]
        no_password: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Take users over from another system's export (CSV, JSON or JSON lines)
    Import(Import),
    /// Write all users of a tenant as a file that `user import` takes, without passwords
    Export(Export),
    /// Lock a user, for as long as the policy says for locks by staff
    Lock(Whom),
    /// End a user's locks and forget the count
    Unlock(Whom),
}

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Support {
    /// List contact requests, the newest first
    List {
        /// Only this tenant's, by its slug
        #[arg(long, value_name = "SLUG")]
        tenant: Option<String>,
        #[command(flatten)]
        output: Output,
    },
    /// Take a mail that came in (an answer or a bounce) from standard input, for a mail server's pipe
    Ingest {
        /// Whom the mail server delivers it to; without it the message's header says so
        #[arg(long, value_name = "ADDRESS")]
        recipient: Option<String>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Audit {
    /// Check that no fact was changed or taken out since it was sealed; exit 3 if one was
    Verify {
        /// The tenant's slug; without it all tenants are checked
        #[arg(long, value_name = "SLUG")]
        tenant: Option<String>,
        /// The newest link of an earlier check, kept outside: it must still be there
        #[arg(long, value_name = "SEQ:HASH", requires = "tenant", value_parser = kept_link)]
        expect: Option<KeptLink>,
        #[command(flatten)]
        output: Output,
    },
}

fn kept_link(text: &str) -> Result<KeptLink, String> {
    KeptLink::parse(text).ok_or_else(|| "must be as `audit verify` prints it: SEQ:HASH".to_owned())
}

/// The settings that were given as flags: key (`public_url`) and text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingFlags(pub Vec<(String, String)>);

/// Shown by `-h` already; the rest only by `--help`.
const OFTEN: [&str; 3] = ["listen", "public_url", "database_url"];

/// The flags' names, which the parser wants for as long as the program runs.
static FLAGS: LazyLock<Vec<String>> =
    LazyLock::new(|| SETTINGS.iter().map(Setting::flag).collect());

impl Args for SettingFlags {
    fn augment_args(command: Command) -> Command {
        let heading = "Settings (also as LOCKKEEPER_… and in lockkeeper.toml)";
        SETTINGS.iter().zip(FLAGS.iter()).fold(command, |command, (setting, flag)| {
            let default = match setting.default {
                Preset::Value(text) => format!("{} [default: {text}]", setting.help),
                Preset::Derived(_) => setting.help.to_owned(),
            };
            command.arg(
                Arg::new(setting.key)
                    .long(flag.as_str())
                    .value_name(setting.shape)
                    .help(default)
                    .help_heading(heading)
                    .hide_short_help(!OFTEN.contains(&setting.key))
                    .global(true),
            )
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SettingFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |key: &str| matches.get_one::<String>(key).cloned();
        let flags =
            SETTINGS.iter().filter_map(|s| given(s.key).map(|text| (s.key.to_owned(), text)));
        Ok(Self(flags.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parsed(line: &str) -> Cli {
        Cli::try_parse_from(line.split(' ')).unwrap()
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn settings_are_taken_before_and_after_the_command() {
        let after = parsed("lockkeeper demo --listen 127.0.0.1:0 --ephemeral");
        assert_eq!(after.settings.0, [("listen".to_owned(), "127.0.0.1:0".to_owned())]);
        assert_eq!(after.command, Action::Demo(Demo { ephemeral: true }));
        let before =
            parsed("lockkeeper --database-url sqlite:x.db tenant create --slug s --name N --json");
        assert_eq!(before.settings.0, [("database_url".to_owned(), "sqlite:x.db".to_owned())]);
    }

    #[test]
    fn every_command_of_the_first_release_is_understood() {
        for line in [
            "demo",
            "serve",
            "init",
            "migrate",
            "db copy --to postgres://db/lockkeeper --json",
            "check-config --json",
            "healthcheck",
            "tenant create --slug acme --name Acme --live --json",
            "user create --tenant acme --email a@example.com",
            "user import --tenant acme users.csv --dry-run --json",
            "user export --tenant acme",
            "user export --tenant acme --format jsonl --output users.jsonl",
            "user lock --tenant acme a@example.com",
            "user unlock --tenant acme user_1 --json",
            "policy show --tenant acme",
            "policy apply --tenant acme --preset strict --reason why",
            "policy apply --tenant acme --file policy.toml",
            "policy replay --scenarios x.json",
            "policy apply --tenant acme --preset strict --dry-run",
            "support list --tenant acme --json",
            "support list",
            "team link",
            "team link --tenant acme --role auditor --json",
            "team list",
            "team list --tenant acme --json",
            "team remove --tenant acme ana@acme.test --json",
            "team remove user_1",
            "backup lockkeeper.bak --json",
            "restore lockkeeper.bak --replace --json",
            "audit verify --json",
            "audit verify --tenant acme --expect 12:Ab3dEf9h.00ff",
            "keys rotate --tenant acme --after 15m --json",
            "keys rotate --all-tenants --after 0",
            "keys rotate --master --json",
            "doctor",
            "doctor --mail a@example.com --json",
        ] {
            parsed(&format!("lockkeeper {line}"));
        }
        for line in [
            "",
            "openapi",
            "db copy",
            "policy apply --tenant acme",
            "team remove",
            "demo --listn x",
            "keys rotate",
            "keys rotate --tenant acme --all-tenants",
            "keys rotate --tenant acme --after 31d",
            "keys rotate --tenant acme --after 90",
            "keys rotate --master --after 1h",
        ] {
            assert!(
                Cli::try_parse_from(format!("lockkeeper {line}").split(' ')).is_err(),
                "{line}"
            );
        }
    }

    #[test]
    fn help_fits_a_screen() {
        let help = Cli::command().render_help().to_string();
        insta::assert_snapshot!(help, @"
        Self-hosted sign-in and account-lockout server with an e-mail unlock flow

        Usage: lockkeeper [OPTIONS] <COMMAND>

        Commands:
          demo          Run a demo: sample tenants, visible mail, a clock to turn; nothing to set up
          serve         Run the server
          init          Write a settings file and a master key for a new installation
          migrate       Bring the database's schema up to date and stop
          db            The database as a whole
          tenant        Tenants
          user          Users of a tenant
          policy        A tenant's lockout policy
          support       Contact requests
          team          Who works in the console
          audit         The audit log
          backup        Copy the database into one file, also beside a running server
          restore       Put a backup in the database's place
          keys          Keys that sign and seal
          openapi       Print the OpenAPI document of an interface
          doctor        Look at everything that goes wrong in practice and say what to do; exit code 1 on a fault
          check-config  Show every setting, its value and where it was said
          healthcheck   Ask a running server whether it is ready; exit code 0 if so

        Options:
              --config <FILE>  Settings file [default: lockkeeper.toml, if there is one]
          -h, --help           Print help (see more with '--help')
          -V, --version        Print version

        Settings (also as LOCKKEEPER_… and in lockkeeper.toml):
              --listen <ADDRESS:PORT>  Where the server listens [default: 127.0.0.1:8080]
              --public-url <URL>       How browsers reach the server; links, cookies and tenants' hosts are made from it
              --database-url <URL>     Where the data lives: sqlite:PATH (?max_page_count=N limits its size) or postgres://… [default: sqlite:lockkeeper.db]

        Try it: lockkeeper demo
        Settings as flags: lockkeeper --help
        ");
    }
}
