//! `openapi`: prints the document of an interface. Needs no database: the tables of operations are
//! part of the program.

use std::process::ExitCode;

use anyhow::Result;

use super::args::Interface;
use super::output::say;
use crate::config::Config;
use crate::web::{BACKEND, BaseUrl, FRONTEND, openapi::Document};

/// Where the server is said to be if no setting tells.
const NOWHERE: &str = "http://localhost:8080";

/// `openapi frontend` and `openapi backend`
pub(super) fn print(config: &Config, interface: Interface) -> Result<ExitCode> {
    let door = match interface {
        Interface::Frontend => FRONTEND,
        Interface::Backend => BACKEND,
    };
    let public_url = config.public_url.as_ref().map_or(NOWHERE, BaseUrl::origin);
    say(&Document::of(&door, public_url).text()?);
    Ok(ExitCode::SUCCESS)
}
