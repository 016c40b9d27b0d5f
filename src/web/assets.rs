//! Files that pages load: embedded in the binary, named by their content, so that they may be
//! cached for a year. Knows nothing of requests.

use std::fmt::Write as _;
use std::sync::LazyLock;

use aws_lc_rs::digest;

/// An embedded file ready to be served.
#[derive(Debug, Clone)]
pub struct Asset {
    /// Where it is served: `/assets/lockkeeper.{hash}.css`.
    pub path: String,
    pub content_type: &'static str,
    pub bytes: &'static [u8],
}

/// What to send with an asset, because its name changes with its content.
pub const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

/// A sheet without its indentation, which is for those who write it.
/// Made once a process, so what it leaks is the sheet itself.
fn lean(sheet: &str) -> &'static [u8] {
    let lines: Vec<&str> = sheet.lines().map(str::trim_start).collect();
    lines.join("\n").leak().as_bytes()
}

static STYLESHEET: LazyLock<Asset> = LazyLock::new(|| {
    let bytes = lean(include_str!("../../templates/static/lockkeeper.css"));
    Asset {
        path: format!("/assets/lockkeeper.{}.css", short_hash(bytes)),
        content_type: "text/css; charset=utf-8",
        bytes,
    }
});

/// The console's own, loaded after the house's: one file an area, in the same layers.
const CONSOLE_CSS: &str = concat!(
    include_str!("../../templates/static/console/frame.css"),
    include_str!("../../templates/static/console/list.css"),
    include_str!("../../templates/static/console/form.css"),
    include_str!("../../templates/static/console/policy.css"),
    include_str!("../../templates/static/console/replay.css"),
    include_str!("../../templates/static/console/inbox.css"),
    include_str!("../../templates/static/console/locks.css"),
    include_str!("../../templates/static/console/mail.css"),
    include_str!("../../templates/static/console/audit.css"),
    include_str!("../../templates/static/console/keys.css"),
    include_str!("../../templates/static/console/webhooks.css"),
    include_str!("../../templates/static/console/branding.css"),
    include_str!("../../templates/static/console/attacks.css"),
);

static CONSOLE_STYLESHEET: LazyLock<Asset> = LazyLock::new(|| {
    let bytes = lean(CONSOLE_CSS);
    Asset {
        path: format!("/assets/console.{}.css", short_hash(bytes)),
        content_type: "text/css; charset=utf-8",
        bytes,
    }
});

static CONSOLE_SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let bytes: &'static [u8] = include_bytes!("../../templates/static/console.js");
    Asset {
        path: format!("/assets/console.{}.js", short_hash(bytes)),
        content_type: "text/javascript; charset=utf-8",
        bytes,
    }
});

static LOCKED_SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let bytes: &'static [u8] = include_bytes!("../../templates/static/locked.js");
    Asset {
        path: format!("/assets/locked.{}.js", short_hash(bytes)),
        content_type: "text/javascript; charset=utf-8",
        bytes,
    }
});

/// The house's stylesheet.
#[must_use]
pub fn stylesheet() -> &'static Asset {
    &STYLESHEET
}

/// The console's stylesheet, to be loaded after the house's.
#[must_use]
pub fn console_stylesheet() -> &'static Asset {
    &CONSOLE_STYLESHEET
}

/// What keeps a page of the console as things are now.
#[must_use]
pub fn console_script() -> &'static Asset {
    &CONSOLE_SCRIPT
}

/// What makes the locked page turn by itself.
#[must_use]
pub fn locked_script() -> &'static Asset {
    &LOCKED_SCRIPT
}

/// The asset served at `path`, if there is one.
#[must_use]
pub fn find(path: &str) -> Option<&'static Asset> {
    [stylesheet(), console_stylesheet(), console_script(), locked_script()]
        .into_iter()
        .find(|asset| asset.path == path)
}

/// The first 16 hexadecimal digits of a SHA-256: names change with content, no secret is involved.
#[must_use]
pub fn short_hash(bytes: &[u8]) -> String {
    let mut name = String::with_capacity(16);
    for byte in digest::digest(&digest::SHA256, bytes).as_ref().iter().take(8) {
        // Writing to a String cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_found_under_the_hash_of_its_content_only() {
        let sheet = stylesheet();
        assert!(find(&sheet.path).is_some());
        assert!(find("/assets/lockkeeper.css").is_none());
        assert_eq!(short_hash(b"abc"), "ba7816bf8f01cfea");
    }
}
