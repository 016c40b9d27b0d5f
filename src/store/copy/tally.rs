//! What a table's content comes to: the number of its rows and a sum of their hashes, which is the
//! same in whatever order they are read and in whichever database they stand.

use aws_lc_rs::digest::{Context, SHA256};
use serde_json::{Map, Value};

use super::super::error::StoreError;
use super::fault::CopyFault;
use super::tables::Table;

/// A value as both databases understand it: a boolean is 0 or 1.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cell {
    Null,
    Number(i64),
    Text(String),
}

/// A row's values in the order of the table's columns.
pub(super) struct Row<'a> {
    table: &'a Table,
    cells: Vec<Cell>,
}

impl<'a> Row<'a> {
    /// Reads what a database wrote.
    ///
    /// # Errors
    /// For what no column of ours can hold: it would not be the same on the other side.
    pub(super) fn parse(table: &'a Table, line: &str) -> Result<Self, CopyFault> {
        let odd = |what: &str| {
            let told = format!("a row of `{}`: {what}", table.name);
            CopyFault::Store(StoreError::Corrupt(told))
        };
        let mut row: Map<String, Value> =
            serde_json::from_str(line).map_err(|error| odd(&error.to_string()))?;
        let cells = table.columns.iter().map(|column| match row.remove(column) {
            Some(Value::Null) => Ok(Cell::Null),
            Some(Value::Bool(is)) => Ok(Cell::Number(i64::from(is))),
            // Never by way of a floating-point number, which loses the last digits.
            Some(Value::Number(number)) => {
                number.as_i64().map(Cell::Number).ok_or_else(|| odd("not a whole number"))
            }
            Some(Value::String(text)) => Ok(Cell::Text(text)),
            Some(Value::Array(_) | Value::Object(_)) | None => {
                Err(odd("not the columns asked for"))
            }
        });
        let cells = cells.collect::<Result<Vec<_>, _>>()?;
        Ok(Self { table, cells })
    }

    /// A column with a zero character in its text.
    pub(super) fn zero_character(&self) -> Option<String> {
        let zero = |cell: &Cell| matches!(cell, Cell::Text(text) if text.contains('\0'));
        let mut named = self.table.columns.iter().zip(&self.cells);
        named.find(|(_, cell)| zero(cell)).map(|(column, _)| column.clone())
    }

    /// The beginning of SHA-256 over the values, each with its kind and, for a text, its length.
    fn hash(&self) -> u128 {
        let mut context = Context::new(&SHA256);
        for cell in &self.cells {
            match cell {
                Cell::Null => context.update(&[0]),
                Cell::Number(number) => {
                    context.update(&[1]);
                    context.update(&number.to_be_bytes());
                }
                Cell::Text(text) => {
                    context.update(&[2]);
                    context.update(&text.len().to_be_bytes());
                    context.update(text.as_bytes());
                }
            }
        }
        let digest = context.finish();
        digest.as_ref().first_chunk().map_or(0, |bytes| u128::from_be_bytes(*bytes))
    }
}

/// A table's rows, summed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    pub rows: u64,
    sum: u128,
}

impl Tally {
    pub(super) fn add(&mut self, row: &Row<'_>) {
        self.rows = self.rows.saturating_add(1);
        self.sum = self.sum.wrapping_add(row.hash());
    }

    /// 32 hexadecimal digits.
    pub(super) fn hash(&self) -> String {
        format!("{:032x}", self.sum)
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rows = if self.rows == 1 { "row" } else { "rows" };
        write!(f, "{} {rows} of hash {}", self.rows, self.hash())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let name = |text: &str| text.to_owned();
        Table { name: name("t"), columns: vec![name("a"), name("b")], key: vec![name("a")] }
    }

    fn tally(lines: &[&str]) -> Tally {
        let mut tally = Tally::default();
        for line in lines {
            tally.add(&Row::parse(&table(), line).unwrap());
        }
        tally
    }

    #[test]
    fn rows_are_the_same_in_any_order_and_either_databases_writing() {
        let sqlite = tally(&[r#"{"a":"ä\n","b":1}"#, r#"{"a":"x","b":null}"#]);
        let postgres = tally(&[r#"{"a":"x", "b":null}"#, r#"{"b":true,"a":"\u00e4\u000a"}"#]);
        assert_eq!(sqlite, postgres);
        assert_eq!(sqlite.rows, 2);
    }

    #[test]
    fn what_differs_differs() {
        let one = tally(&[r#"{"a":"x","b":1}"#]);
        for other in [
            r#"{"a":"x","b":"1"}"#,
            r#"{"a":"x","b":0}"#,
            r#"{"a":"x","b":null}"#,
            r#"{"a":"x ","b":1}"#,
            r#"{"a":1,"b":"x"}"#,
        ] {
            assert_ne!(one.hash(), tally(&[other]).hash(), "{other}");
        }
        // As floating-point numbers these are one.
        let (big, bigger) =
            (r#"{"a":1,"b":9223372036854775806}"#, r#"{"a":1,"b":9223372036854775807}"#);
        assert_ne!(tally(&[big]), tally(&[bigger]));
    }

    #[test]
    fn what_no_column_holds_is_refused() {
        for odd in [r#"{"a":1}"#, r#"{"a":1.5,"b":1}"#, r#"{"a":[],"b":1}"#, r#"{"a":1e300,"b":1}"#]
        {
            assert!(Row::parse(&table(), odd).is_err(), "{odd}");
        }
        let row = |line| Row::parse(&table(), line).map(|row| row.zero_character()).unwrap();
        assert_eq!(row(r#"{"a":1,"b":"x\u0000"}"#), Some("b".to_owned()));
        assert_eq!(row(r#"{"a":1,"b":"x\\u0000"}"#), None);
    }
}
