//! `doctor`: looks at everything that goes wrong in practice and says of each whether it is well, and
//! what to do where it is not. Changes nothing, brings no schema up to date; sends a mail only where it
//! is told to. Prints no secret, and no address of a person.

mod database;
mod doors;
mod keys;
mod mail;

use std::process::ExitCode;

use anyhow::Result;
use serde_json::json;

use super::args::{Doctor, Output};
use super::output::{columns, plain, say, say_json, with_causes};
use crate::app::LiveClock;
use crate::config::{Config, Origin};
use crate::model::Clock;
use crate::store::checkup::SchemaState;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Ok,
    /// Works, but deserves a second look.
    Warning,
    /// Does not work, or is not safe.
    Fault,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }
}

/// What came of one look.
struct Finding {
    check: &'static str,
    state: State,
    /// One sentence; what to do where it is not `Ok`.
    says: String,
}

/// All of them, in the order of the looks.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, check: &'static str, state: State, says: impl AsRef<str>) {
        // Servers' words are among them.
        self.0.push(Finding { check, state, says: plain(says.as_ref()) });
    }

    fn ok(&mut self, check: &'static str, says: impl AsRef<str>) {
        self.add(check, State::Ok, says);
    }

    fn warning(&mut self, check: &'static str, says: impl AsRef<str>) {
        self.add(check, State::Warning, says);
    }

    fn fault(&mut self, check: &'static str, says: impl AsRef<str>) {
        self.add(check, State::Fault, says);
    }

    fn count(&self, state: State) -> usize {
        self.0.iter().filter(|finding| finding.state == state).count()
    }

    fn told(&self, output: Output) -> ExitCode {
        let (faults, warnings) = (self.count(State::Fault), self.count(State::Warning));
        if output.json {
            let checks = self.0.iter().map(|finding| {
                let Finding { check, state, says } = finding;
                json!({ "check": check, "state": state.as_str(), "says": says })
            });
            let checks: Vec<_> = checks.collect();
            say_json(&json!({ "checks": checks, "faults": faults, "warnings": warnings }));
        } else {
            let rows = self.0.iter().map(|finding| {
                let name = finding.check.replace('_', " ");
                vec![finding.state.as_str().to_owned(), name, finding.says.clone()]
            });
            say(&columns(&rows.collect::<Vec<_>>()));
            let some = |count: usize, what: &str| match count {
                0 => format!("no {what}"),
                1 => format!("1 {what}"),
                more => format!("{more} {what}s"),
            };
            say(&format!("\n{}, {}", some(faults, "fault"), some(warnings, "warning")));
        }
        if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// `doctor`
pub(super) async fn run(config: &Config, doctor: &Doctor) -> Result<ExitCode> {
    let mut findings = Findings::default();
    settings(config, &mut findings);
    let keys = keys::file(config, &mut findings);
    let clock = LiveClock::new();
    let now = clock.now();
    // First of all, because asking makes its node speak.
    doors::server(config, &mut findings);
    if let Some(mut checkup) = database::reached(config, &mut findings) {
        database::engine(config, &mut checkup, &clock, &mut findings);
        match database::schema(&mut checkup, &mut findings) {
            Some(SchemaState::Current) => {
                database::writable(&mut checkup, &mut findings);
                keys::sealed(keys.as_ref(), &mut checkup, &mut findings);
                database::nodes(config, &mut checkup, now, &mut findings);
                database::outbox(&mut checkup, now, &mut findings);
                doors::sources(config, &mut checkup, now, &mut findings);
            }
            Some(SchemaState::Empty | SchemaState::Behind(_) | SchemaState::Ahead(_)) | None => {}
        }
    }
    mail::look(config, doctor.mail.as_deref(), now, &mut findings).await;
    doors::public_url(config, &mut findings);
    Ok(findings.told(doctor.output))
}

/// Where the settings cannot be read there is nothing else to look at.
pub(super) fn unreadable(error: &anyhow::Error, output: Output) -> ExitCode {
    let mut findings = Findings::default();
    findings.fault("settings", with_causes(error));
    findings.told(output)
}

fn settings(config: &Config, findings: &mut Findings) {
    let said = config.report().iter().filter(|line| line.origin != Origin::Default).count();
    if config.origin("node_name") == Origin::Default && !config.database_url.is_sqlite() {
        return findings.warning(
            "settings",
            "node_name is the default: give each node its own, or the log cannot tell them apart",
        );
    }
    findings.ok("settings", format!("read; {said} of them are set, the others have their default"));
}
