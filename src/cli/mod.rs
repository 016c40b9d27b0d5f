//! The command line. `args` says what may be typed; the commands stand beside it, one file a noun.
//! This file reads the settings, picks the command and turns what went wrong into one line and an
//! exit code: 0 done, 1 not done, 2 mistyped (arguments or settings); `support ingest` has a mail server's.

pub mod args;
mod audit;
mod backup;
mod contact_requests;
mod db;
mod demo;
mod demo_data;
mod demo_folder;
mod doctor;
mod init;
mod keys;
mod lockout_policy;
mod new_file;
mod openapi;
mod opened;
mod output;
mod overlay;
mod restore;
mod serve;
mod settings;
mod shadow;
mod simulate;
mod support_ingest;
mod team;
mod tenants;
mod user_export;
mod user_import;
mod users;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use crate::app::in_system;
use crate::config::{Config, Faults, HashFloor, Origin, SettingsFile, Sources};
use crate::telemetry::start_logging;
use args::{Action, Audit, Cli, Db, Keys, Policy, Support, Team, Tenant, User};

/// Runs the program with the process's arguments, environment and settings file.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let piped = matches!(cli.command, Action::Support(Support::Ingest { .. }));
    let config = loaded(&cli);
    if let (Action::Doctor(doctor), Err(error)) = (&cli.command, &config) {
        return doctor::unreadable(error, doctor.output);
    }
    match config.and_then(|config| commanded(cli.command, &config)) {
        Ok(code) => code,
        Err(error) => {
            output::complain(&output::with_causes(&error));
            match error.is::<Faults>() {
                // A mail server does not know our exit codes.
                _ if piped => ExitCode::from(support_ingest::LATER),
                true => ExitCode::from(2),
                false => ExitCode::FAILURE,
            }
        }
    }
}

fn loaded(cli: &Cli) -> Result<Config> {
    let file = SettingsFile::find(cli.config.as_deref())?;
    Ok(Config::load(Sources {
        flags: cli.settings.0.clone(),
        environment: std::env::vars_os().collect(),
        file,
        hash_floor: HashFloor::Enforced,
    })?)
}

fn commanded(command: Action, config: &Config) -> Result<ExitCode> {
    start_logging(&log_filter(&command, config), config.log_format);
    match command {
        Action::Demo(demo) => in_system(demo::run(config, &demo)),
        Action::Serve => in_system(serve::run(config)),
        Action::Init => init::run(config),
        Action::Migrate => opened::migrate(config),
        Action::Db(Db::Copy { to, output }) => db::copy(config, &to, output),
        Action::Tenant(Tenant::Create { slug, name, live, own_host, redirect_urls, output }) => {
            let wanted = tenants::Wanted { slug, name, live, own_host, redirect_urls };
            in_system(tenants::create(config, wanted, output))
        }
        Action::User(User::Import(import)) => in_system(user_import::run(config, import)),
        Action::User(User::Export(export)) => in_system(user_export::run(config, export)),
        Action::User(User::Lock(whom)) => in_system(users::lock(config, whom)),
        Action::User(User::Unlock(whom)) => in_system(users::unlock(config, whom)),
        Action::User(create @ User::Create { .. }) => in_system(users::create(config, create)),
        Action::Policy(Policy::Show { tenant, output }) => {
            in_system(lockout_policy::show(config, tenant, output))
        }
        Action::Policy(apply @ Policy::Apply { .. }) => {
            in_system(lockout_policy::apply(config, apply))
        }
        Action::Policy(simulated @ Policy::Simulate { .. }) => {
            in_system(simulate::simulate(config, simulated))
        }
        Action::Policy(Policy::Overlay(overlay)) => in_system(overlay::run(config, overlay)),
        Action::Policy(Policy::Shadow(shadow)) => in_system(shadow::run(config, shadow)),
        Action::Policy(Policy::Replay { scenarios }) => lockout_policy::replay(&scenarios),
        Action::Support(Support::List { tenant, output }) => {
            in_system(contact_requests::list(config, tenant, output))
        }
        Action::Support(Support::Ingest { recipient }) => {
            in_system(support_ingest::ingest(config, recipient))
        }
        Action::Team(Team::Link { role, of }) => in_system(team::link(config, of, role)),
        Action::Team(Team::List(of)) => in_system(team::list(config, of)),
        Action::Team(Team::Remove { member, of }) => in_system(team::remove(config, of, member)),
        Action::Audit(Audit::Verify { tenant, expect, output }) => {
            in_system(audit::verify(config, tenant, expect, output))
        }
        Action::Backup(wanted) => backup::run(config, &wanted),
        Action::Restore(wanted) => restore::run(config, &wanted),
        Action::Keys(Keys::Rotate(rotate)) => keys::rotate(config, &rotate),
        Action::Openapi { interface } => openapi::print(config, interface),
        Action::Doctor(doctor) => in_system(doctor::run(config, &doctor)),
        Action::CheckConfig(output) => settings::check(config, output),
        Action::Healthcheck => serve::healthcheck(config),
    }
}

/// Only the server tells its story unasked: a command prints its answer, and the demo what to try.
fn log_filter(command: &Action, config: &Config) -> String {
    let asked = config.origin("log") != Origin::Default;
    match command {
        _ if asked => config.log.clone(),
        // How many workers there are and which signal came is told by ourselves.
        Action::Serve => format!("{},actix_server=warn", config.log),
        _ => "warn".to_owned(),
    }
}
