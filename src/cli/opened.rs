//! What most commands need first: the schema brought up to date, the master key, the store with the
//! tenants around it, and one tenant by its slug. Beside a running server this is a second writer,
//! which SQLite's busy timeout and the row locks allow for.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};

use super::output::say;
use crate::app::{AppFault, Core, LiveClock, Plan};
use crate::config::Config;
use crate::store::tenants::TenantName;
use crate::store::{DatabaseUrl, migrations, tenants};
use crate::tenant::{TenantFault, TenantProfile};
use crate::token::{MasterKeyFileFault, MasterKeys};

/// `migrate`
pub(super) fn migrate(config: &Config) -> Result<ExitCode> {
    let taken = bring_up_to_date(&config.database_url)?;
    say(&match taken {
        0 => "the schema was up to date already".to_owned(),
        1 => "took 1 step; the schema is up to date".to_owned(),
        more => format!("took {more} steps; the schema is up to date"),
    });
    Ok(ExitCode::SUCCESS)
}

pub(super) fn bring_up_to_date(url: &DatabaseUrl) -> Result<usize> {
    if let Some(folder) = missing_folder(url) {
        bail!(
            "the folder {folder} of the SQLite file is not there; make it with: mkdir -p {folder}"
        );
    }
    Ok(migrations::migrate(url).map_err(AppFault::from)?)
}

/// SQLite makes its file but not the way to it, and says only that it cannot open the file.
pub(super) fn missing_folder(url: &DatabaseUrl) -> Option<String> {
    let DatabaseUrl::Sqlite { path, .. } = url else { return None };
    let folder = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty())?;
    (!folder.exists()).then(|| folder.display().to_string())
}

/// The master keys, made where there is neither a file nor anything that another key has sealed. A
/// key that went missing must not be replaced: nothing sealed with it would open again.
///
/// The schema is brought up to date on the way.
pub(super) fn master_keys(config: &Config) -> Result<Arc<MasterKeys>> {
    bring_up_to_date(&config.database_url)?;
    let path = &config.master_key_file;
    match MasterKeys::load(path) {
        Ok(keys) => Ok(Arc::new(keys)),
        Err(MasterKeyFileFault::Io { source, .. })
            if source.kind() == std::io::ErrorKind::NotFound =>
        {
            if !tenants::none_yet(&config.database_url).map_err(AppFault::from)? {
                bail!(
                    "the master key file {} is not there, but the database has data sealed with it; \
                     restore it from your backup or name it with --master-key-file",
                    path.display()
                );
            }
            Ok(Arc::new(MasterKeys::load_or_create(path)?))
        }
        Err(fault) => Err(fault.into()),
    }
}

/// Everything but the doors, for one command.
pub(super) async fn core(config: &Config) -> Result<Core> {
    let keys = master_keys(config)?;
    let mut plan = Plan::of(config, keys, Arc::new(LiveClock::new()));
    // A command reads a little and hashes at most one password.
    plan.readers = 1;
    let base = config.base_url(config.listen).ok_or(AppFault::NoPublicUrl)?;
    Ok(Core::open(&mut plan, base.url().clone()).await?)
}

/// Runs `work` on an opened core and closes it, whatever came of it.
pub(super) async fn with_core<T>(
    config: &Config,
    work: impl AsyncFnOnce(&Core) -> Result<T>,
) -> Result<T> {
    let core = core(config).await?;
    let done = work(&core).await;
    core.close().await;
    done
}

/// The tenant of a slug.
pub(super) async fn tenant(core: &Core, slug: &str) -> Result<Arc<TenantProfile>> {
    let found = core.tenants.find(TenantName::Slug(slug.to_owned())).await.map_err(told)?;
    match found {
        Some(profile) => Ok(profile),
        None => Err(unknown_tenant(core, slug).await),
    }
}

async fn unknown_tenant(core: &Core, slug: &str) -> anyhow::Error {
    let known = core.tenants.reader().some_tenants(None, 10).await.unwrap_or_default();
    let slugs: Vec<&str> = known.iter().map(|(_, slug)| slug.as_str()).collect();
    match slugs.as_slice() {
        [] => anyhow!(
            "there is no tenant yet; make one with: lockkeeper tenant create --slug {slug} --name …"
        ),
        slugs => anyhow!("there is no tenant `{slug}`; there is {}", slugs.join(", ")),
    }
}

/// A fault in words for the operator, who may know more than a door's visitor.
pub(super) fn told(fault: TenantFault) -> anyhow::Error {
    match fault {
        TenantFault::Unavailable => {
            anyhow!("the database did not take it; the log line above says why")
        }
        TenantFault::Busy { .. } | TenantFault::Conflict { .. } | TenantFault::NotFound => {
            fault.into()
        }
    }
}

/// Who acts, for the record: `cli:` and the name of the system's user.
pub(super) fn actor() -> String {
    let name = std::env::var("SUDO_USER").or_else(|_| std::env::var("USER"));
    let name = name.or_else(|_| std::env::var("LOGNAME")).unwrap_or_default();
    let plain: String = name.chars().filter(|c| c.is_ascii_graphic()).take(64).collect();
    format!("cli:{}", if plain.is_empty() { "unknown" } else { &plain })
}

/// The text of a file that a person named, `-` being standard input; at most `most` bytes.
pub(super) fn text_of(path: &Path, most: u64) -> Result<String> {
    use std::io::Read;
    let mut text = String::new();
    let shown = path.display();
    let read = if path == Path::new("-") {
        std::io::stdin().take(most.saturating_add(1)).read_to_string(&mut text)
    } else {
        std::fs::File::open(path)
            .and_then(|file| file.take(most.saturating_add(1)).read_to_string(&mut text))
    };
    read.with_context(|| format!("cannot read {shown}"))?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > most {
        bail!("{shown} is larger than {most} bytes");
    }
    Ok(text)
}
