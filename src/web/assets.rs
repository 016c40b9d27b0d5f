//! Files that pages load: embedded in the binary, named by their content, so that they may be
//! cached for a year, and packed once. Knows nothing of requests.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::LazyLock;

use aws_lc_rs::digest;
use flate2::Compression;
use flate2::write::GzEncoder;

/// An embedded file ready to be served.
#[derive(Debug, Clone)]
pub struct Asset {
    /// Where it is served: `/assets/lockkeeper.{hash}.css`.
    pub path: String,
    pub content_type: &'static str,
    pub bytes: &'static [u8],
    /// The same in gzip, which every browser takes. Nobody else's words are among the bytes, so that
    /// their packed length gives nothing away.
    pub packed: &'static [u8],
}

impl Asset {
    /// `stem` and `ending` of its name.
    fn of(stem: &str, ending: &str, content_type: &'static str, bytes: &'static [u8]) -> Self {
        let path = format!("/assets/{stem}.{}.{ending}", short_hash(bytes));
        Self { path, content_type, bytes, packed: packed(bytes) }
    }
}

/// What to send with an asset, because its name changes with its content.
pub const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

/// A sheet without its indentation, which is for those who write it.
/// Made once a process, so what it leaks is the sheet itself.
fn lean(sheet: &str) -> &'static [u8] {
    let lines: Vec<&str> = sheet.lines().map(str::trim_start).collect();
    lines.join("\n").leak().as_bytes()
}

/// Made once a process, as `lean`. Bytes that could not be packed are none, which is never sent.
fn packed(bytes: &[u8]) -> &'static [u8] {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    match packer.write_all(bytes).and_then(|()| packer.finish()) {
        Ok(packed) => packed.leak(),
        // A vector takes all that is written to it.
        Err(_) => &[],
    }
}

static STYLESHEET: LazyLock<Asset> = LazyLock::new(|| {
    Asset::of(
        "lockkeeper",
        "css",
        "text/css; charset=utf-8",
        lean(include_str!("../../templates/static/lockkeeper.css")),
    )
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

static CONSOLE_STYLESHEET: LazyLock<Asset> =
    LazyLock::new(|| Asset::of("console", "css", "text/css; charset=utf-8", lean(CONSOLE_CSS)));

static CONSOLE_SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::of(
        "console",
        "js",
        "text/javascript; charset=utf-8",
        include_bytes!("../../templates/static/console.js"),
    )
});

static LOCKED_SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::of(
        "locked",
        "js",
        "text/javascript; charset=utf-8",
        include_bytes!("../../templates/static/locked.js"),
    )
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
