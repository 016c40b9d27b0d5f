//! What a disk may hold after the power fails, from `strace`'s record of a program's writes: what a
//! finished sync covers is there; of what came later, any part. Knows files, not what is in them.
//!
//! A sync that failed covers nothing, and the writes before it are taken to be gone for good unless
//! they are made again: the kernel may mark such pages clean and call the next sync a success.

use std::collections::HashMap;
use std::path::Path;

/// Microseconds since 1970, as `strace -ttt` has them.
pub(crate) type Micros = u64;

#[derive(Debug)]
enum What {
    Write { offset: usize, data: Vec<u8> },
    Truncate(usize),
    Sync,
    FailedSync,
    Remove,
}

#[derive(Debug)]
struct Event {
    file: String,
    began: Micros,
    ended: Micros,
    what: What,
}

/// Everything that was done to the files, in the order of its ends.
pub(crate) struct DiskLog {
    events: Vec<Event>,
}

/// What becomes of the writes that no sync covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsynced {
    Lost,
    /// Each is there or not, or only its first sectors, by this number.
    Torn(u64),
    Kept,
}

/// Whether syncs do anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disk {
    Honest,
    /// None after this instant: to see that losses are found.
    LyingSince(Micros),
}

/// Contents of files by name.
pub(crate) type Files = HashMap<String, Vec<u8>>;

impl DiskLog {
    /// Reads `PREFIX.TID` of a directory.
    pub(crate) fn read(dir: &Path, prefix: &str) -> Self {
        let mut events = Vec::new();
        for entry in std::fs::read_dir(dir).unwrap().flatten() {
            if entry.file_name().to_string_lossy().starts_with(prefix) {
                let text = std::fs::read_to_string(entry.path()).unwrap();
                events.extend(text.lines().filter_map(event));
            }
        }
        events.sort_by_key(|event| event.ended);
        Self { events }
    }

    /// The instants right after each event between two instants.
    pub(crate) fn instants(&self, from: Micros, to: Micros) -> Vec<Micros> {
        let ends = self.events.iter().map(|event| event.ended + 1);
        ends.filter(|at| (from..to).contains(at)).collect()
    }

    /// What is on the disk after the power has failed at `cut`, where `files` was there before.
    /// Everything done before `safe` counts as synced.
    pub(crate) fn image(
        &self,
        files: &Files,
        safe: Micros,
        cut: Micros,
        (unsynced, disk): (Unsynced, Disk),
    ) -> Files {
        let mut durable = files.clone();
        let mut pending: Vec<&Event> = Vec::new();
        for event in self.events.iter().filter(|event| event.began < cut) {
            let finished = event.ended < cut;
            match &event.what {
                What::Write { .. } | What::Truncate(_) => pending.push(event),
                What::Remove => {
                    pending.retain(|other| other.file != event.file);
                    durable.remove(&event.file);
                }
                // Begun after a write has ended, it covers it.
                What::Sync if finished && disk.heeds(event.ended) => {
                    settle(&mut pending, event, |write| apply(&mut durable, write, usize::MAX));
                }
                What::FailedSync => settle(&mut pending, event, |_| {}),
                What::Sync => {}
            }
            if event.ended < safe {
                pending.drain(..).for_each(|write| apply(&mut durable, write, usize::MAX));
            }
        }
        let mut chance = Chance(cut ^ 0x9e37_79b9_7f4a_7c15);
        for write in pending {
            match unsynced {
                Unsynced::Lost => {}
                Unsynced::Kept => apply(&mut durable, write, usize::MAX),
                Unsynced::Torn(seed) => match chance.next(seed) % 3 {
                    0 => {}
                    1 => apply(&mut durable, write, usize::MAX),
                    _ => {
                        let sectors = usize::try_from(chance.next(seed) % 9).unwrap();
                        apply(&mut durable, write, sectors * 512);
                    }
                },
            }
        }
        durable
    }
}

impl Disk {
    fn heeds(self, at: Micros) -> bool {
        match self {
            Self::Honest => true,
            Self::LyingSince(since) => at < since,
        }
    }
}

/// Hands the writes that `sync` covers to `to` and forgets them.
fn settle<'a>(pending: &mut Vec<&'a Event>, sync: &Event, mut to: impl FnMut(&'a Event)) {
    pending.retain(|write| {
        let covered = write.file == sync.file && write.ended <= sync.began;
        if covered {
            to(write);
        }
        !covered
    });
}

/// The first `most` bytes of a write.
fn apply(files: &mut Files, event: &Event, most: usize) {
    let file = files.entry(event.file.clone()).or_default();
    match &event.what {
        What::Write { offset, data } => {
            let data = &data[..data.len().min(most)];
            if data.is_empty() {
                return;
            }
            let end = offset + data.len();
            if file.len() < end {
                file.resize(end, 0);
            }
            file[*offset..end].copy_from_slice(data);
        }
        What::Truncate(length) => file.resize(*length, 0),
        What::Sync | What::FailedSync | What::Remove => {}
    }
}

/// Xorshift: the same images for the same seed.
struct Chance(u64);

impl Chance {
    fn next(&mut self, seed: u64) -> u64 {
        self.0 ^= seed;
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 8
    }
}

/// `SECONDS.MICROS call(args) = result <seconds>`; `None` for what changes no file.
fn event(line: &str) -> Option<Event> {
    let (time, rest) = line.split_once(' ')?;
    let began = micros(time)?;
    let (rest, took) = rest.trim_end().strip_suffix('>')?.rsplit_once(" <")?;
    let ended = began + micros(took)?;
    let (call, result) = rest.rsplit_once(" = ")?;
    let (name, args) = call.trim_end().strip_suffix(')')?.split_once('(')?;
    let failed = result.starts_with('-');
    let what = match (name, failed) {
        ("pwrite64", false) => {
            let mut words = args.split(", ");
            let data = unhex(words.nth(1)?.trim_matches('"'))?;
            let (_length, offset) = (words.next()?, words.next()?.parse().ok()?);
            let written: usize = result.split(' ').next()?.parse().ok()?;
            What::Write { offset, data: data[..written].to_vec() }
        }
        ("ftruncate", false) => What::Truncate(args.rsplit_once(", ")?.1.parse().ok()?),
        ("fsync" | "fdatasync", false) => What::Sync,
        ("fsync" | "fdatasync", true) => What::FailedSync,
        ("unlink", false) => What::Remove,
        ("pwrite64" | "ftruncate" | "unlink", true) => return None,
        _ => panic!(
            "a call that the log does not understand: {}",
            line.chars().take(200).collect::<String>()
        ),
    };
    // `28</dir/name>` for open files, `"\x2f…"` for names.
    let path = match args.split_once('<') {
        Some((_, rest)) => rest.split_once('>')?.0.to_owned(),
        None => String::from_utf8(unhex(args.trim_matches('"'))?).ok()?,
    };
    let file = plain(&path).rsplit('/').next()?.to_owned();
    Some(Event { file, began, ended, what })
}

/// A path may be hexadecimal too.
fn plain(path: &str) -> String {
    unhex(path).and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| path.to_owned())
}

fn micros(seconds: &str) -> Option<Micros> {
    let (whole, part) = seconds.split_once('.')?;
    let whole: u64 = whole.parse().ok()?;
    Some(whole * 1_000_000 + part.parse::<u64>().ok()?)
}

/// `\x00\x01…`.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("\\x")?;
    digits.split("\\x").map(|two| u8::from_str_radix(two, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(lines: &[&str]) -> DiskLog {
        DiskLog { events: lines.iter().filter_map(|line| event(line)).collect() }
    }

    #[test]
    fn what_is_synced_stays_and_what_a_failed_sync_left_is_gone() {
        let log = log(&[
            r#"10.000001 pwrite64(3</d/a>, "\x41\x42", 2, 0) = 2 <0.000001>"#,
            r#"10.000010 fsync(3</d/a>) = 0 <0.000010>"#,
            r#"10.000030 pwrite64(3</d/a>, "\x43", 1, 2) = 1 <0.000001>"#,
            r#"10.000040 fsync(3</d/a>) = -1 EIO (Input/output error) (INJECTED) <0.000001>"#,
            r#"10.000050 pwrite64(3</d/a>, "\x44", 1, 3) = 1 <0.000001>"#,
            r#"10.000060 fdatasync(3</d/a>) = 0 <0.000001>"#,
        ]);
        let at = |cut, unsynced| {
            let how = (unsynced, Disk::Honest);
            log.image(&Files::new(), 0, cut, how).remove("a").unwrap_or_default()
        };
        assert_eq!(at(10_000_005, Unsynced::Lost), b"");
        assert_eq!(at(10_000_005, Unsynced::Kept), b"AB");
        assert_eq!(at(10_000_025, Unsynced::Lost), b"AB");
        assert_eq!(at(10_000_035, Unsynced::Kept), b"ABC");
        assert_eq!(at(10_000_070, Unsynced::Kept), b"AB\0D");
        let lying = (Unsynced::Lost, Disk::LyingSince(0));
        assert_eq!(log.image(&Files::new(), 0, 10_000_070, lying), Files::new());
    }
}
