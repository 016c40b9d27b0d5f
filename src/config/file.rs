//! The settings file: flat TOML, each value with its line and column.

use std::collections::BTreeMap;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Told;
use super::fault::{Fault, Faults, Origin};
use super::setting::{DEFAULT_FILE, Setting};

/// A settings file that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsFile {
    /// As it is to be named in messages.
    pub name: String,
    pub text: String,
}

impl SettingsFile {
    /// Reads the named file, else `lockkeeper.toml` if there is one.
    ///
    /// # Errors
    /// A file that was named and cannot be read, or any file that is not UTF-8.
    pub fn find(named: Option<&Path>) -> Result<Option<Self>, Faults> {
        let path = named.unwrap_or(Path::new(DEFAULT_FILE));
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Some(Self { name, text })),
            Err(e) if named.is_none() && e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Faults(vec![Fault(format!("{name}: cannot be read: {e}"))])),
        }
    }

    /// The values, as far as they can be read.
    pub(super) fn read(&self, faults: &mut Vec<Fault>) -> BTreeMap<&'static str, Told> {
        let (table, errors) = DeTable::parse_recoverable(&self.text);
        for error in errors {
            let place = self.place(error.span().map_or(0, |span| span.start));
            faults.push(Fault(format!("{place}: {}", error.message())));
        }
        let mut told = BTreeMap::new();
        for (key, value) in table.get_ref() {
            let origin = self.place(key.span().start);
            let Some(setting) = Setting::find(key.get_ref()) else {
                faults.push(Fault::unknown_key(key.get_ref(), &origin));
                continue;
            };
            match text_of(value) {
                Some(text) => {
                    told.insert(setting.key, Told { text, origin });
                }
                None => {
                    let what = "must be one text, number or list; settings do not nest";
                    faults.push(Fault::of_value(setting.key, &origin, what));
                }
            }
        }
        told
    }

    fn place(&self, at: usize) -> Origin {
        let before = self.text.get(..at).unwrap_or("");
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Origin::File { name: self.name.clone(), line, column }
    }
}

/// The value as it would be written in the environment.
fn text_of(value: &Spanned<DeValue<'_>>) -> Option<String> {
    match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        DeValue::Array(items) => {
            items.iter().map(text_of).collect::<Option<Vec<_>>>().map(|texts| texts.join(","))
        }
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => None,
    }
}
