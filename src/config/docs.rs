//! The settings as a page of documentation, so that it cannot fall behind the list.

use super::setting::{DEFAULT_FILE, Preset, SETTINGS};

/// `docs/configuration.md`.
#[must_use]
pub fn settings_document() -> String {
    let mut page = format!(
        "# Settings\n\n\
         <!-- Made from src/config/setting.rs; the tests say when it has fallen behind. -->\n\n\
         A setting is taken from the command line, else from the environment, else from \
         `{DEFAULT_FILE}`\n(another file: `--config` or `LOCKKEEPER_CONFIG`), else from its default. \
         A name that does not\nexist is an error. `lockkeeper check-config` shows every value and \
         where it was said.\n\n\
         | in `{DEFAULT_FILE}` | in the environment | default | meaning |\n|---|---|---|---|\n"
    );
    for setting in SETTINGS {
        let default = match setting.default {
            Preset::Value(text) => format!("`{text}`"),
            Preset::Derived(text) => text.to_owned(),
        };
        let (key, variable) = (setting.key, setting.variable());
        page.push_str(&format!("| `{key}` | `{variable}` | {default} | {} |\n", setting.help));
    }
    page.push_str(
        "\nThe flag is the name with dashes: `--public-url`. Lists may be TOML arrays or texts \
         with commas.\nDurations are whole seconds. Password hashes have a floor: the cost must \
         reach one row of OWASP's\nrecommendations for argon2id.\n",
    );
    page
}
