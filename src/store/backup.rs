//! A whole copy of an SQLite database while others write to it, and the proof that a file is such a
//! copy. Changes nothing of what it reads; knows no folder, and not where a file belongs.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::result::Error;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl, SqliteConnection, sql_query};

use super::connection::DatabaseUrl;
use super::error::StoreError;
use super::migrations;

/// What is told of a damaged file, at most: a broken page can have thousands of faults.
const FAULTS_TOLD: &str = "SELECT integrity_check AS text FROM pragma_integrity_check LIMIT 3";

/// A database in a file, read through from end to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The newest step of its schema.
    pub schema: String,
    /// Set where it has a step that this program does not know: the newest one that it does.
    pub beyond: Option<String>,
    pub tenants: i64,
    pub users: i64,
}

/// Why a file is no backup, or none could be made.
#[derive(Debug, thiserror::Error)]
pub enum ImageFault {
    #[error("there is no such file")]
    NotThere,
    #[error("it is no SQLite database")]
    NotSqlite,
    #[error("it is no database of Lockkeeper")]
    Strange,
    #[error("it is damaged ({0})")]
    Damaged(String),
    #[error("the schema of the source changed meanwhile; try again")]
    Moved,
    #[error("its name is no text in UTF-8")]
    Name,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// SQLite has no codes for these that Diesel hands on.
impl From<Error> for ImageFault {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        let says = |words: &str| text.contains(words);
        if says("file is not a database") {
            Self::NotSqlite
        } else if says("is malformed") || says("malformed database schema") {
            Self::Damaged(text)
        } else if says("no such table") || says("no such column") {
            Self::Strange
        } else {
            Self::Store(StoreError::Query(error))
        }
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    text: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// Copies the database at `path` into `target`, an empty file, and proves the copy. It holds what was
/// committed when the copy was begun; writers go on meanwhile. Of the source nothing is changed, its
/// schema neither. What is in `target` is not synced.
///
/// # Errors
/// [`ImageFault`]; `target` is then to be thrown away.
pub fn copy(path: &str, target: &Path) -> Result<Image, ImageFault> {
    let mut source = open(path)?;
    let before = steps(&mut source)?;
    let to = target.to_str().ok_or(ImageFault::Name)?;
    // A bare name could be read as a URL.
    let to = if to.starts_with('/') { to.to_owned() } else { format!("./{to}") };
    sql_query("VACUUM INTO ?").bind::<Text, _>(to).execute(&mut source)?;
    let image = prove(target)?;
    if before.into_iter().max().as_ref() == Some(&image.schema) {
        Ok(image)
    } else {
        Err(ImageFault::Moved)
    }
}

/// Reads a database through from end to end and says what it is.
///
/// # Errors
/// [`ImageFault`].
pub fn prove(path: &Path) -> Result<Image, ImageFault> {
    let mut db = open(path.to_str().ok_or(ImageFault::Name)?)?;
    let found: Vec<Line> = sql_query(FAULTS_TOLD).load(&mut db)?;
    let faults: Vec<String> =
        found.into_iter().map(|line| line.text).filter(|text| text != "ok").collect();
    if !faults.is_empty() {
        return Err(ImageFault::Damaged(faults.join("; ")));
    }
    let steps = steps(&mut db)?;
    let known = migrations::known()?;
    let is_beyond = steps.iter().any(|step| !known.contains(step));
    Ok(Image {
        schema: steps.into_iter().max().ok_or(ImageFault::Strange)?,
        beyond: known.into_iter().max().filter(|_| is_beyond),
        tenants: count(&mut db, "tenants")?,
        users: count(&mut db, "users")?,
    })
}

fn open(path: &str) -> Result<SqliteConnection, ImageFault> {
    if !Path::new(path).exists() {
        return Err(ImageFault::NotThere);
    }
    let mut db = DatabaseUrl::open_plain(path)?;
    db.batch_execute("PRAGMA busy_timeout=5000")?;
    Ok(db)
}

fn steps(db: &mut SqliteConnection) -> Result<Vec<String>, ImageFault> {
    let all: Vec<Line> =
        sql_query("SELECT version AS text FROM __diesel_schema_migrations").load(db)?;
    Ok(all.into_iter().map(|line| line.text).collect())
}

fn count(db: &mut SqliteConnection, table: &str) -> Result<i64, ImageFault> {
    let number: Number = sql_query(format!("SELECT count(*) AS n FROM {table}")).get_result(db)?;
    Ok(number.n)
}
