//! `user export`: all users of a tenant, one line each, as the console hands them out and `user import`
//! takes them. A page of them is in memory at a time. Without secrets.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};

use super::args::{Export, UserFormat};
use super::new_file::{NewFile, refuse_taken};
use super::opened::{tenant, told, with_core};
use super::output::say;
use crate::app::Core;
use crate::config::Config;
use crate::store::users::UserRecord;
use crate::tenant::TenantProfile;
use crate::tenant::user_lines::{as_cells, as_object, head};

/// What a line does not say.
const LEFT_OUT: &str = "Without passwords, second factors, sessions and locks; as CSV also without \
                        metadata, language and time zone.";

/// Whether somebody still reads.
enum Reader {
    There,
    Gone,
}

/// `user export`
pub(super) async fn run(config: &Config, export: Export) -> Result<ExitCode> {
    if let Some(path) = &export.output {
        refuse_taken(path)?;
    }
    with_core(config, async |core| {
        let profile = tenant(core, &export.tenant).await?;
        let Some(path) = &export.output else {
            write(core, &profile, export.format, &mut std::io::stdout().lock()).await?;
            return Ok(ExitCode::SUCCESS);
        };
        let new = NewFile::at(path)?;
        let mut file: File = new.open()?;
        let users = write(core, &profile, export.format, &mut file)
            .await
            .with_context(|| format!("{} was not written", path.display()))?;
        drop(file);
        new.place()?;
        let users = if users == 1 { "1 user".to_owned() } else { format!("{users} users") };
        say(&format!("wrote {}: {users}\n{LEFT_OUT}", path.display()));
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// How many users were written; fewer than there are where the reader has gone.
async fn write(
    core: &Core,
    profile: &TenantProfile,
    format: UserFormat,
    to: &mut impl Write,
) -> Result<u64> {
    let first = match format {
        UserFormat::Csv => head(),
        UserFormat::Jsonl => String::new(),
    };
    let (mut reader, mut users, mut after) = (put(to, &first)?, 0_u64, None::<UserRecord>);
    while matches!(reader, Reader::There) {
        let page = core.tenants.users_after(profile, after.as_ref()).await.map_err(told)?;
        let lines: String = page
            .iter()
            .map(|record| match format {
                UserFormat::Csv => as_cells(record),
                UserFormat::Jsonl => format!("{}\n", as_object(record)),
            })
            .collect();
        users = users.saturating_add(u64::try_from(page.len()).unwrap_or(0));
        let Some(end) = page.into_iter().next_back() else { break };
        reader = put(to, &lines)?;
        after = Some(end);
    }
    Ok(users)
}

/// A reader that has gone (`| head`) is no reason to fail.
fn put(to: &mut impl Write, text: &str) -> Result<Reader> {
    match to.write_all(text.as_bytes()).and_then(|()| to.flush()) {
        Ok(()) => Ok(Reader::There),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Reader::Gone),
        Err(error) => Err(error).context("cannot write the users"),
    }
}
