//! An export file as rows, whatever its format: CSV with a head line, a JSON list, or one JSON object
//! after the other. Reads as it goes, so a file may be larger than memory. Knows no field.

use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Deserialize;
use serde_json::{Map, Value};

/// Largest row, in bytes. A quote that nobody closed must not take the rest of the file as one.
const MAX_ROW_BYTES: usize = 1024 * 1024;
/// Read ahead at a time.
const BUFFER_BYTES: usize = 64 * 1024;
/// What some programs write before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why a file cannot be read, or not any further. Quotes nothing of it.
#[derive(Debug, thiserror::Error)]
pub enum FileFault {
    #[error("it is empty")]
    Empty,
    #[error("the column {0:?} is there twice")]
    Twice(String),
    #[error("it is no text in UTF-8; a spreadsheet has to be saved as CSV first")]
    NoText,
    /// The head line of a CSV file.
    #[error("{0}")]
    Head(String),
    /// It is CSV, and nothing in it is about users.
    #[error(
        "its first line names no column that is known here, such as `id`, \
         `primary_email_address` or `password_digest`; give a CSV file with a head line, or JSON"
    )]
    Strange,
    /// The rows before it are as they were.
    #[error("row {row} cannot be read: {why}")]
    Row { row: u64, why: String },
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// An open export.
pub(super) struct Export {
    source: Source,
    /// Rows handed out, without the head line.
    rows: u64,
}

/// One row.
pub(super) enum Entry {
    /// Cells of a CSV file are texts; empty ones are left out.
    Row(Map<String, Value>),
    /// The reason.
    Misshapen(String),
}

type Input = BufReader<Box<dyn Read + Send>>;

enum Source {
    Csv { reader: csv::Reader<Bounded>, columns: Vec<String>, left: Arc<AtomicUsize> },
    Json { input: Input, list: List },
}

/// Whether the objects stand in a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    None,
    Open,
    Closed,
}

impl Export {
    /// The first character tells the format.
    ///
    /// # Errors
    /// [`FileFault`].
    pub(super) fn of(input: Box<dyn Read + Send>) -> Result<Self, FileFault> {
        let mut input = BufReader::with_capacity(BUFFER_BYTES, input);
        if input.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
            input.consume(BYTE_ORDER_MARK.len());
        }
        let source = match next_byte(&mut input)? {
            None => return Err(FileFault::Empty),
            Some(b'[') => {
                input.consume(1);
                Source::Json { input, list: List::Open }
            }
            Some(b'{') => Source::Json { input, list: List::None },
            Some(_) => csv_of(input)?,
        };
        Ok(Self { source, rows: 0 })
    }

    /// The names of the head line; none in JSON, where each row names its own.
    pub(super) fn columns(&self) -> &[String] {
        match &self.source {
            Source::Csv { columns, .. } => columns,
            Source::Json { .. } => &[],
        }
    }

    /// The next row with its number, the first being 1; `None` at the end.
    ///
    /// # Errors
    /// [`FileFault::Row`].
    pub(super) fn next_row(&mut self) -> Result<Option<(u64, Entry)>, FileFault> {
        let number = self.rows.saturating_add(1);
        let entry = match &mut self.source {
            Source::Csv { reader, columns, left } => {
                left.store(MAX_ROW_BYTES, Ordering::Relaxed);
                csv_row(reader, columns)
            }
            Source::Json { input, list } => json_row(input, list),
        };
        let entry = entry.map_err(|why| FileFault::Row { row: number, why })?;
        self.rows = number;
        Ok(entry.map(|entry| (number, entry)))
    }
}

/// Clerk's export has nineteen columns. Each is looked for among those before it, and named in faults.
const MOST_COLUMNS: usize = 200;
const MAX_COLUMN_BYTES: usize = 256;

fn csv_of(input: Input) -> Result<Source, FileFault> {
    let left = Arc::new(AtomicUsize::new(MAX_ROW_BYTES));
    let bounded = Bounded { input, left: Arc::clone(&left) };
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bounded);
    let mut columns: Vec<String> = Vec::new();
    let head = reader.headers().map_err(|error| match error.kind() {
        csv::ErrorKind::Utf8 { .. } => FileFault::NoText,
        _ => FileFault::Head(error.to_string()),
    })?;
    if head.len() > MOST_COLUMNS {
        return Err(FileFault::Head(format!(
            "its first line has more than {MOST_COLUMNS} columns"
        )));
    }
    for name in head {
        let name = name.trim().to_owned();
        if name.len() > MAX_COLUMN_BYTES {
            let why = format!("a name in its first line is longer than {MAX_COLUMN_BYTES} bytes");
            return Err(FileFault::Head(why));
        }
        if columns.contains(&name) {
            return Err(FileFault::Twice(name));
        }
        columns.push(name);
    }
    Ok(Source::Csv { reader, columns, left })
}

fn csv_row(reader: &mut csv::Reader<Bounded>, columns: &[String]) -> Result<Option<Entry>, String> {
    let mut record = csv::ByteRecord::new();
    if !reader.read_byte_record(&mut record).map_err(|error| error.to_string())? {
        return Ok(None);
    }
    if record.len() != columns.len() {
        let (found, wanted) = (record.len(), columns.len());
        let cells = if found == 1 { "cell" } else { "cells" };
        let why = format!("has {found} {cells} where the head line has {wanted}");
        return Ok(Some(Entry::Misshapen(why)));
    }
    let mut row = Map::new();
    for (column, cell) in columns.iter().zip(&record) {
        match std::str::from_utf8(cell).map(str::trim) {
            Err(_) => return Ok(Some(Entry::Misshapen(format!("{column}: is not UTF-8")))),
            Ok("") => {}
            Ok(text) => drop(row.insert(column.clone(), Value::from(no_formula(text)))),
        }
    }
    Ok(Some(Entry::Row(row)))
}

/// Without the mark that keeps spreadsheets from taking a cell for a formula: our own export sets one.
fn no_formula(text: &str) -> &str {
    let bare = text.strip_prefix('\'').filter(|bare| bare.starts_with(['=', '+', '-', '@']));
    bare.unwrap_or(text)
}

/// A JSON file that is cut off is an error: rows may be missing from it.
fn json_row(input: &mut Input, list: &mut List) -> Result<Option<Entry>, String> {
    loop {
        match (next_byte(input).map_err(|error| error.to_string())?, *list) {
            (None, List::None | List::Closed) => return Ok(None),
            (None, List::Open) => return Err("the file ends before its list does".to_owned()),
            (Some(b','), List::Open) => input.consume(1),
            (Some(b']'), List::Open) => {
                input.consume(1);
                *list = List::Closed;
            }
            (Some(b'{'), List::Open | List::None) => break,
            (Some(_), _) => return Err("an object was expected".to_owned()),
        }
    }
    let most = u64::try_from(MAX_ROW_BYTES).unwrap_or(u64::MAX);
    let mut bounded = Read::take(&mut *input, most);
    // Reads no further than the object's last brace.
    let mut reader = serde_json::Deserializer::from_reader(&mut bounded);
    match Value::deserialize(&mut reader) {
        Ok(Value::Object(fields)) => Ok(Some(Entry::Row(fields))),
        Ok(_) => Err("an object was expected".to_owned()),
        Err(_) if bounded.limit() == 0 => Err(format!("it is longer than {MAX_ROW_BYTES} bytes")),
        Err(error) => Err(error.to_string()),
    }
}

/// The next byte that is no white space; it stays in `input`.
fn next_byte(input: &mut Input) -> std::io::Result<Option<u8>> {
    loop {
        let Some(first) = input.fill_buf()?.first().copied() else { return Ok(None) };
        if !first.is_ascii_whitespace() {
            return Ok(Some(first));
        }
        input.consume(1);
    }
}

/// A reader that gives no more than a row may have, and what is read ahead.
struct Bounded {
    input: Input,
    left: Arc<AtomicUsize>,
}

impl Read for Bounded {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let left = self.left.load(Ordering::Relaxed);
        if left == 0 {
            let why = format!("a row is longer than {MAX_ROW_BYTES} bytes; is a quote not closed?");
            return Err(std::io::Error::other(why));
        }
        let read = self.input.read(into)?;
        self.left.store(left.saturating_sub(read), Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<String>, FileFault> {
        let mut export = Export::of(Box::new(std::io::Cursor::new(text.as_bytes().to_vec())))?;
        let mut rows = Vec::new();
        while let Some((number, entry)) = export.next_row()? {
            let shown = match entry {
                Entry::Row(fields) => Value::Object(fields).to_string(),
                Entry::Misshapen(why) => why,
            };
            rows.push(format!("{number} {shown}"));
        }
        Ok(rows)
    }

    #[test]
    fn the_three_formats_are_told_apart_by_their_first_character() {
        let wanted = ["1 {\"a\":\"x\"}", "2 {\"a\":\"y, z\"}"];
        assert_eq!(rows("\u{feff}a,b\r\nx,\n\"y, z\", \n").unwrap(), wanted);
        assert_eq!(rows(" [ {\"a\":\"x\"}, {\"a\":\"y, z\"} ] ").unwrap(), wanted);
        assert_eq!(rows("{\"a\":\"x\"}\n{\"a\":\"y, z\"}\n").unwrap(), wanted);
    }

    #[test]
    fn a_head_line_is_bounded() {
        let many: Vec<String> = (0..=MOST_COLUMNS).map(|number| format!("c{number}")).collect();
        for head in [many.join(","), "x".repeat(MAX_COLUMN_BYTES + 1)] {
            assert!(matches!(rows(&format!("{head}\n1\n")), Err(FileFault::Head(_))));
        }
        let most = many.get(1..).unwrap().join(",");
        assert!(rows(&format!("{most}\n")).unwrap().is_empty());
    }

    #[test]
    fn a_row_of_another_length_is_refused_and_the_next_one_is_read() {
        let read = rows("a,b\n1\n1,2,3\n1,2\n").unwrap();
        assert_eq!(read[0], "1 has 1 cell where the head line has 2");
        assert_eq!(read[1], "2 has 3 cells where the head line has 2");
        assert_eq!(read[2], "3 {\"a\":\"1\",\"b\":\"2\"}");
    }

    #[test]
    fn files_that_are_cut_off_or_something_else_are_errors_that_name_the_row() {
        let why = |text: &str| rows(text).unwrap_err().to_string();
        assert_eq!(why(""), "it is empty");
        assert_eq!(why("a,a\n"), "the column \"a\" is there twice");
        assert_eq!(why("[{}"), "row 2 cannot be read: the file ends before its list does");
        assert_eq!(why("[{},7]"), "row 2 cannot be read: an object was expected");
        assert_eq!(why("[{}] {}"), "row 2 cannot be read: an object was expected");
        assert!(why("[{\"a\":").starts_with("row 1 cannot be read: EOF"));
        let open = format!("a,b\n1,\"{}", "x".repeat(2 * MAX_ROW_BYTES));
        assert!(why(&open).contains("is a quote not closed?"));
        let huge = format!("[{{\"a\":\"{}\"}}]", "x".repeat(2 * MAX_ROW_BYTES));
        assert!(why(&huge).contains("it is longer than 1048576 bytes"));
    }
}
