//! Where the demo keeps its data: a folder beside the caller, or one that goes with the process.
//! Knows what belongs to it and touches nothing else.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};

use crate::app::DemoClock;
use crate::model::Span;
use crate::token::OpaqueSecret;
use crate::web::doors::MovableClock;

/// The folder of a demo that is kept.
const KEPT: &str = "lockkeeper-demo";
/// Written last: with it the sample data is whole.
const TENANTS: &str = "tenants.json";
/// How far the demo's clock was pushed, in milliseconds.
const CLOCK: &str = "clock";

/// The folder; an ephemeral one is removed when this is dropped.
pub(super) struct DemoFolder {
    path: PathBuf,
    ephemeral: bool,
}

impl DemoFolder {
    /// `./lockkeeper-demo`, made if need be; what an interrupted first start left is removed.
    pub(super) fn kept() -> Result<Self> {
        let folder = Self { path: PathBuf::from(KEPT), ephemeral: false };
        if !folder.path.exists() {
            make(&folder.path)?;
        } else if !folder.has_data() {
            folder.clear()?;
        }
        Ok(folder)
    }

    /// A folder of this process's own below the system's temporary one.
    pub(super) fn ephemeral() -> Result<Self> {
        let random = OpaqueSecret::generate()?.digest();
        let short: String = random.chars().take(12).collect();
        let path = std::env::temp_dir().join(format!("{KEPT}-{short}"));
        make(&path)?;
        Ok(Self { path, ephemeral: true })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Whether the sample data is here, whole.
    pub(super) fn has_data(&self) -> bool {
        self.tenants().exists()
    }

    /// The file with the tenants' keys, as `tenant create --json` prints them.
    pub(super) fn tenants(&self) -> PathBuf {
        self.file(TENANTS)
    }

    fn clear(&self) -> Result<()> {
        for name in ["demo.db", "demo.db-wal", "demo.db-shm", CLOCK] {
            match std::fs::remove_file(self.file(name)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error)
                        .with_context(|| format!("cannot clear {}", self.path.display()));
                }
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// The demo's clock, as far ahead as it was left.
    pub(super) fn clock(&self, clock: Arc<DemoClock>) -> RememberedClock {
        let path = self.file(CLOCK);
        let ahead = std::fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok());
        let ahead = Span(ahead.unwrap_or(0).max(0));
        clock.advance(ahead);
        RememberedClock { clock, path, ahead: parking_lot::Mutex::new(ahead) }
    }
}

impl Drop for DemoFolder {
    fn drop(&mut self) {
        if self.ephemeral {
            // Nothing is lost when it stays: the system clears its temporary folder.
            let _removed = std::fs::remove_dir_all(&self.path);
        }
    }
}

fn make(path: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.create(path);
    made.with_context(|| format!("cannot make the folder {}; try --ephemeral", path.display()))?;
    if !path.is_dir() {
        bail!("{} is no folder", path.display());
    }
    Ok(())
}

/// Remembers how far it was pushed: locks and mails of an earlier run must not lie in the future.
pub(super) struct RememberedClock {
    clock: Arc<DemoClock>,
    path: PathBuf,
    ahead: parking_lot::Mutex<Span>,
}

impl MovableClock for RememberedClock {
    fn advance(&self, by: Span) {
        self.clock.advance(by);
        let mut ahead = self.ahead.lock();
        *ahead = Span(ahead.0.saturating_add(by.0));
        if let Err(error) = std::fs::write(&self.path, ahead.0.to_string()) {
            tracing::warn!(error = %error, "the demo's clock will start over next time");
        }
    }
}
