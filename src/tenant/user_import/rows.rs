//! A file's rows on their way in: each judged by itself and by the rows before it, then by the database,
//! 500 at a time, with the counts of all of it. The same for a run and for a look at what one would do;
//! the command line and the console only show what is found here.

use std::collections::{BTreeSet, HashMap};
use std::io::Read;

use super::export::{Entry, Export, FileFault};
use super::row::{self, Row};
use super::{BATCH, Fate, ImportForm, Obstacle};
use crate::model::{CanonicalKey, IdentifierKind, Millis};
use crate::store::user_imports::{ImportCounts, RefusedRow};

/// Names of unknown columns that are kept for the report.
const MOST_UNKNOWN: usize = 50;
/// A longer one is no name of a column.
const MAX_UNKNOWN_BYTES: usize = 256;
/// Bytes of one row's faults that are told; a row that is wrong in everything has half.
const MAX_FAULTS: usize = 2_000;

/// Whether rows become users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// Says what would become of them, and writes no user.
    Look,
    Make,
}

/// A file with what became of its rows so far.
pub struct ImportRows {
    export: Export,
    counts: ImportCounts,
    /// Keys that say nothing to us.
    unknown: BTreeSet<String>,
    /// Ids, identifiers and external ids of the rows before, and which row that was.
    seen: HashMap<String, u64>,
    now: Millis,
}

/// A row that waits for the database.
#[derive(Clone)]
struct Waiting {
    number: u64,
    id: Option<String>,
    kinds: Vec<(CanonicalKey, IdentifierKind)>,
}

/// The next rows of a file, judged as far as that goes without the database.
pub(super) struct Judged {
    pub forms: Vec<ImportForm>,
    pub sum: Sum,
}

/// What the fates of some rows are added to.
#[derive(Clone)]
pub(super) struct Sum {
    counts: ImportCounts,
    places: Vec<Waiting>,
    refused: Vec<RefusedRow>,
}

impl Sum {
    /// The counts with these fates, and the rows that were refused: those that the file itself speaks
    /// against first.
    pub fn with(&self, fates: &[Fate]) -> (ImportCounts, Vec<RefusedRow>) {
        let (mut counts, mut refused_rows) = (self.counts, self.refused.clone());
        for (Waiting { number, id, kinds }, fate) in self.places.iter().zip(fates) {
            match fate {
                Fate::Made => counts.made = counts.made.saturating_add(1),
                Fate::There => counts.there = counts.there.saturating_add(1),
                Fate::Refused(obstacle) => {
                    refused_rows.push(refused(*number, id.clone(), &[in_words(obstacle, kinds)]));
                }
            }
        }
        let more = i64::try_from(refused_rows.len()).unwrap_or(i64::MAX);
        counts.refused = counts.refused.saturating_add(more);
        (counts, refused_rows)
    }
}

impl ImportRows {
    /// `now` bounds the times that rows may name.
    ///
    /// # Errors
    /// [`FileFault`] for what is no export of users.
    pub fn open(input: Box<dyn Read + Send>, now: Millis) -> Result<Self, FileFault> {
        let export = Export::of(input)?;
        if row::is_strange(export.columns(), now) {
            return Err(FileFault::Strange);
        }
        let (unknown, seen) = (BTreeSet::new(), HashMap::new());
        Ok(Self { export, counts: ImportCounts::default(), unknown, seen, now })
    }

    /// Whether there is any row.
    ///
    /// # Errors
    /// As [`Self::open`], and [`FileFault::Row`] where the first one cannot be read.
    pub fn holds_any(input: Box<dyn Read + Send>, now: Millis) -> Result<bool, FileFault> {
        Ok(Self::open(input, now)?.export.next_row()?.is_some())
    }

    #[must_use]
    pub const fn counts(&self) -> ImportCounts {
        self.counts
    }

    /// At most 50.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        self.unknown.iter().map(String::as_str)
    }

    /// Goes on after the rows of `counts`, whose fates are known. They are read again, for what later
    /// rows may have in common with them.
    pub(super) fn skip(&mut self, counts: ImportCounts) -> Result<(), FileFault> {
        while self.counts.rows < counts.rows {
            let left = counts.rows.saturating_sub(self.counts.rows);
            let most = usize::try_from(left).unwrap_or(BATCH).min(BATCH);
            if self.next(most)?.is_none() {
                break;
            }
        }
        self.counts = counts;
        Ok(())
    }

    /// The next 500 rows; `None` at the end.
    pub(super) fn next_batch(&mut self) -> Result<Option<Judged>, FileFault> {
        self.next(BATCH)
    }

    fn next(&mut self, most: usize) -> Result<Option<Judged>, FileFault> {
        let (mut forms, mut places, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        let mut read: usize = 0;
        while read < most
            && let Some((number, entry)) = self.export.next_row()?
        {
            read = read.saturating_add(1);
            self.counts.rows = i64::try_from(number).unwrap_or(i64::MAX);
            match self.judge(number, entry) {
                Ok((waiting, form)) => {
                    places.push(waiting);
                    forms.push(form);
                }
                Err(row) => refused.push(row),
            }
        }
        let sum = Sum { counts: self.counts, places, refused };
        Ok((read > 0).then_some(Judged { forms, sum }))
    }

    /// The row, if nothing that can be seen without the database speaks against it.
    fn judge(&mut self, number: u64, entry: Entry) -> Result<(Waiting, ImportForm), RefusedRow> {
        let fields = match entry {
            Entry::Row(fields) => fields,
            Entry::Misshapen(why) => return Err(refused(number, None, &[why])),
        };
        let Row { id, form, mut faults, unknown } = row::read(&fields, self.now);
        for key in unknown {
            if self.unknown.len() < MOST_UNKNOWN && key.len() <= MAX_UNKNOWN_BYTES {
                self.unknown.insert(key);
            }
        }
        if faults.is_empty() {
            faults = self.repeats(number, &form);
        }
        if !faults.is_empty() {
            return Err(refused(number, id, &faults));
        }
        let kinds = form.user.identifiers.iter().map(|i| (i.key.clone(), i.kind)).collect();
        Ok((Waiting { number, id, kinds }, form))
    }

    /// What the row has in common with a row before it. Remembers it if there is nothing.
    fn repeats(&mut self, number: u64, form: &ImportForm) -> Vec<String> {
        let id = form.id.as_ref().map(|id| (format!("id {id}"), "id".to_owned()));
        let named = form
            .user
            .identifiers
            .iter()
            .map(|i| (format!("name {}", i.key.as_str()), i.kind.as_str().replace('_', " ")));
        let external = form.user.change.external_id.clone().flatten();
        let external = external.map(|of| (format!("external {of}"), "external id".to_owned()));
        let all: Vec<_> = id.into_iter().chain(named).chain(external).collect();
        let repeat = |(key, what): &(String, String)| {
            self.seen.get(key).map(|row| format!("{what}: the same as in row {row}"))
        };
        let repeats: Vec<String> = all.iter().filter_map(repeat).collect();
        if repeats.is_empty() {
            self.seen.extend(all.into_iter().map(|(key, _)| (key, number)));
        }
        repeats
    }

    pub(super) const fn count(&mut self, counts: ImportCounts) {
        self.counts = counts;
    }
}

fn refused(number: u64, id: Option<String>, faults: &[String]) -> RefusedRow {
    let mut left = MAX_FAULTS;
    let mut fits = |fault: &&String| {
        left = left.saturating_sub(fault.len());
        left > 0
    };
    let mut faults: Vec<String> = faults.iter().take_while(|fault| fits(fault)).cloned().collect();
    if faults.is_empty() {
        faults.push("its first fault is too long to be told".to_owned());
    }
    RefusedRow { row: i64::try_from(number).unwrap_or(i64::MAX), id, faults }
}

fn in_words(obstacle: &Obstacle, kinds: &[(CanonicalKey, IdentifierKind)]) -> String {
    match obstacle {
        Obstacle::OtherUser => {
            "id: there is a user of this id who has not all of the row's identifiers".to_owned()
        }
        Obstacle::Identifier { key, owner } => {
            let kind = kinds.iter().find(|(known, _)| known == key).map(|(_, kind)| kind.as_str());
            let what = kind.unwrap_or("identifier").replace('_', " ");
            format!("{what}: {owner} has it")
        }
        Obstacle::ExternalId { owner } => format!("external id: {owner} has it"),
        Obstacle::JustTaken => {
            "an identifier or the external id was taken by somebody else meanwhile".to_owned()
        }
    }
}
