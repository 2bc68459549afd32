//! The journal: an append-only file in which every mutation is written down before it happens.
//!
//! [`Journal::record`] returns once its records are durable, and says so if they are not: then
//! nothing may be moved. Whatever a crash, a full disk or a bad sector leaves behind, opening it
//! keeps every line that is whole and sets the rest aside.

use std::io;

use super::compact::{HISTORY, compact};
use super::disk::Disk;
use super::record::{LineError, Record, decode, encode};
use super::state::State;

const NAME: &str = "journal";
const COMPACTED: &str = "journal.new";
const SET_ASIDE: &str = "journal.damaged";

/// The journal may grow by this much, or by half of its length, before it is compacted.
const COMPACT_AFTER_BYTES: u64 = 1 << 20;

/// The journal of a state directory whose lock is ours.
pub struct Journal {
    disk: Box<dyn Disk>,
    state: State,
    /// Bytes of whole lines.
    len: u64,
    compact_at: u64,
    /// A write failed: what lies beyond `len` is to be cut off first.
    torn: bool,
    /// A rename failed: which file has the name is to be looked up first.
    unknown: bool,
    /// A creation or rename is not durable yet.
    folder_unsynced: bool,
}

/// Why nothing can be written down, and so nothing be moved.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A file operation failed.
    #[error("the journal can't be used ({doing}: {source}); nothing is moved without it")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// Cause.
        source: io::Error,
    },
    /// It holds records of a later format.
    #[error("line {line} of the journal was written by a newer grussd; nothing is moved")]
    Newer {
        /// Counted from 1.
        line: usize,
    },
    /// A record could not be put into words.
    #[error("a journal record can't be written: {0}")]
    Encode(#[from] serde_json::Error),
}

/// What opening a journal had to set aside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Damaged lines before the last whole one.
    pub lines: usize,
    /// Bytes behind the last whole line.
    pub tail: usize,
}

impl Recovery {
    /// What to tell the owner; none if the journal was whole.
    pub fn sentence(&self) -> Option<String> {
        (*self != Recovery::default()).then(|| {
            format!(
                "the journal was damaged: {} lines and {} bytes at its end are set aside in \
                 {SET_ASIDE}; the mailboxes are compared with the rest",
                self.lines, self.tail
            )
        })
    }
}

impl Journal {
    /// Opens the journal of a state directory, or begins one.
    ///
    /// # Errors
    /// [`JournalError`]; then nothing may be moved.
    pub fn open(mut disk: Box<dyn Disk>) -> Result<(Self, Recovery), JournalError> {
        let bytes = disk.read(NAME).map_err(doing("reading"))?;
        let fresh = bytes.is_none();
        let bytes = bytes.unwrap_or_default();
        let scan = scan(&bytes)?;
        let mut journal = Journal {
            disk,
            state: State::replay(&scan.records),
            len: scan.good_len,
            compact_at: 0,
            torn: scan.recovery.tail > 0,
            unknown: false,
            folder_unsynced: true,
        };
        journal.allow_growth();
        if fresh {
            journal.disk.create(NAME).map_err(doing("creating"))?;
            journal.disk.sync(NAME).map_err(doing("syncing"))?;
        }
        if !scan.damaged.is_empty() {
            journal.write(SET_ASIDE, &scan.damaged)?;
        }
        if scan.recovery.lines > 0 {
            journal.compact(HISTORY)?;
        }
        journal.settle()?;
        Ok((journal, scan.recovery))
    }

    /// What follows from all records so far.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// All records that it still holds, read again.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn records(&mut self) -> Result<Vec<Record>, JournalError> {
        read_journal(&mut *self.disk)
    }

    /// Grows with every record, and shrinks when it is compacted: the same length says that
    /// nothing was added since.
    pub fn bytes(&self) -> u64 {
        self.len
    }

    /// Writes records down. They are durable, and part of [`Self::state`], when this returns `Ok`.
    ///
    /// # Errors
    /// [`JournalError`]: none of them counts, and what they announce must not be done.
    pub fn record(&mut self, records: &[Record]) -> Result<(), JournalError> {
        let mut lines = String::new();
        for record in records {
            lines.push_str(&encode(record)?);
        }
        self.settle()?;
        self.torn = true;
        self.write(NAME, lines.as_bytes())?;
        self.torn = false;
        self.len += lines.len() as u64;
        for record in records {
            self.state.apply(record);
        }
        if self.len > self.compact_at
            && let Err(error) = self.compact(HISTORY)
        {
            tracing::warn!("the journal could not be compacted, later again: {error}");
            self.allow_growth();
        }
        Ok(())
    }

    /// Makes good what an earlier failure left behind, or fails again.
    fn settle(&mut self) -> Result<(), JournalError> {
        if self.unknown {
            let bytes = self.disk.read(NAME).map_err(doing("reading"))?.unwrap_or_default();
            let scan = scan(&bytes)?;
            self.state = State::replay(&scan.records);
            self.len = scan.good_len;
            self.torn |= scan.recovery.tail > 0;
            self.unknown = false;
        }
        if self.folder_unsynced {
            self.disk.sync_folder().map_err(doing("syncing the folder"))?;
            self.folder_unsynced = false;
        }
        if self.torn {
            self.disk.truncate(NAME, self.len).map_err(doing("cutting off"))?;
            self.disk.sync(NAME).map_err(doing("syncing"))?;
            self.torn = false;
        }
        Ok(())
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), JournalError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let written = self.disk.append(name, rest).map_err(doing("writing"))?;
            match rest.get(written..) {
                Some(left) if written > 0 => rest = left,
                _ => return Err(doing("writing")(io::ErrorKind::WriteZero.into())),
            }
        }
        self.disk.sync(name).map_err(doing("syncing"))
    }

    /// Replaces the file by the shortest one that means the same. Until the rename the old one is
    /// in force, after it the new one; both say the same.
    fn compact(&mut self, history: usize) -> Result<(), JournalError> {
        let bytes = self.disk.read(NAME).map_err(doing("reading"))?.unwrap_or_default();
        let records = compact(&scan(&bytes)?.records, history);
        let mut lines = String::new();
        for record in &records {
            lines.push_str(&encode(record)?);
        }
        self.disk.create(COMPACTED).map_err(doing("creating"))?;
        self.write(COMPACTED, lines.as_bytes())?;
        self.unknown = true;
        self.folder_unsynced = true;
        self.disk.rename(COMPACTED, NAME).map_err(doing("renaming"))?;
        self.unknown = false;
        self.torn = false;
        self.len = lines.len() as u64;
        self.allow_growth();
        self.settle()
    }

    fn allow_growth(&mut self) {
        self.compact_at = self.len + COMPACT_AFTER_BYTES.max(self.len / 2);
    }
}

/// Reads the records of a journal that somebody else may be writing; changes nothing. Damaged lines
/// are left out, and so is one that is being written.
///
/// # Errors
/// [`JournalError`].
pub fn read_journal(disk: &mut dyn Disk) -> Result<Vec<Record>, JournalError> {
    let bytes = disk.read(NAME).map_err(doing("reading"))?.unwrap_or_default();
    Ok(scan(&bytes)?.records)
}

fn doing(doing: &'static str) -> impl Fn(io::Error) -> JournalError {
    move |source| JournalError::Io { doing, source }
}

struct Scan {
    records: Vec<Record>,
    /// Up to and with the line end of the last whole line.
    good_len: u64,
    /// Everything that is no whole line.
    damaged: Vec<u8>,
    recovery: Recovery,
}

fn scan(bytes: &[u8]) -> Result<Scan, JournalError> {
    let mut scan = Scan {
        records: Vec::new(),
        good_len: 0,
        damaged: Vec::new(),
        recovery: Recovery::default(),
    };
    let (mut position, mut damaged_since) = (0, 0);
    for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        position += line.len();
        // A line without its end was being written when the machine stopped.
        let whole = line.strip_suffix(b"\n").ok_or(LineError::Damaged);
        match whole.and_then(decode) {
            Ok(record) => {
                scan.records.push(record);
                scan.good_len = position as u64;
                scan.recovery.lines += damaged_since;
                damaged_since = 0;
            }
            Err(LineError::Newer) => return Err(JournalError::Newer { line: number + 1 }),
            Err(LineError::Damaged) => {
                damaged_since += 1;
                scan.damaged.extend(line);
            }
        }
    }
    let good_len = usize::try_from(scan.good_len).unwrap_or(usize::MAX);
    scan.recovery.tail = bytes.len().saturating_sub(good_len);
    Ok(scan)
}

#[cfg(test)]
mod tests {
    use super::super::faulty::{Failure, FaultyDisk};
    use super::super::record::tests::{intent, one_of_each};
    use super::*;
    use crate::mailbox::MessageKey;

    fn open(disk: &FaultyDisk) -> Result<(Journal, Recovery), JournalError> {
        Journal::open(Box::new(disk.clone()))
    }

    /// Sets of records as the daemon writes them.
    fn sets() -> Vec<Vec<Record>> {
        let mut sets = vec![one_of_each()];
        for uid in 10..12 {
            let id = u64::from(uid);
            let to = MessageKey::Imap { uid_validity: 9, uid };
            sets.push(vec![Record::Intent(intent(id, uid)), Record::Intent(intent(id + 50, uid))]);
            sets.push(vec![Record::Copied { id, to: to.clone() }]);
            sets.push(vec![Record::Done { id, to: Some(to) }]);
        }
        sets
    }

    fn filled() -> FaultyDisk {
        let disk = FaultyDisk::default();
        let (mut journal, _) = open(&disk).unwrap();
        for set in sets() {
            journal.record(&set).unwrap();
        }
        disk
    }

    #[test]
    fn what_was_written_is_there_again() {
        let disk = filled();
        let (journal, recovery) = open(&disk).unwrap();
        assert_eq!(journal.state(), &State::replay(&sets().concat()));
        assert_eq!(recovery, Recovery::default());
        assert_eq!(recovery.sentence(), None);
    }

    /// FAULTS.md B20.
    #[test]
    fn a_journal_cut_at_any_byte_opens_with_all_whole_lines() {
        let whole = filled().content(NAME).unwrap();
        for cut in 0..=whole.len() {
            let disk = FaultyDisk::with(NAME, &whole[..cut]);
            let (mut journal, recovery) = open(&disk).unwrap();
            let lines = whole[..cut].iter().filter(|it| **it == b'\n').count();
            let kept = State::replay(sets().concat().iter().take(lines));
            assert_eq!(journal.state(), &kept, "cut at {cut}");
            let tail =
                cut - whole[..cut].iter().rposition(|it| *it == b'\n').map_or(0, |it| it + 1);
            assert_eq!(recovery, Recovery { lines: 0, tail });
            assert_eq!(disk.content(SET_ASIDE).unwrap_or_default().len(), tail);
            // What is written next stands on a line of its own.
            journal.record(&[Record::LastId { id: 99 }]).unwrap();
            assert_eq!(open(&disk).unwrap().0.state().next_id(), 100);
        }
    }

    #[test]
    fn a_journal_damaged_at_any_byte_loses_that_line_only() {
        let whole = filled().content(NAME).unwrap();
        let total = sets().concat().len();
        for place in 0..whole.len() {
            let kinds = [0, b'\n', whole[place] ^ 1];
            for byte in kinds.into_iter().skip(place % 3).take(1) {
                let mut damaged = whole.clone();
                damaged[place] = byte;
                let disk = FaultyDisk::with(NAME, &damaged);
                let (_, recovery) = open(&disk).unwrap();
                let (again, then) = open(&disk).unwrap();
                assert_eq!(then, Recovery::default(), "mended at {place}");
                assert!(recovery.lines <= 2);
                let kept = scan(&damaged).unwrap().records;
                assert!(kept.len() + 2 >= total);
                let (mut expected, mut found) = (State::replay(&kept), again.state().clone());
                let last = Record::LastId { id: 1000 };
                expected.apply(&last);
                found.apply(&last);
                assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn a_newer_journal_is_refused_and_left_alone() {
        let line = encode(&Record::LastId { id: 1 }).unwrap();
        let json = line.splitn(3, ' ').nth(2).unwrap().trim_end().replace("last_id", "later_id");
        let sum = xxhash_rust::xxh3::xxh3_64(format!("1 {json}").as_bytes());
        let newer = format!("{line}1 {sum:016x} {json}\n");
        let disk = FaultyDisk::with(NAME, newer.as_bytes());
        assert!(matches!(open(&disk), Err(JournalError::Newer { line: 2 })));
        assert_eq!(disk.content(NAME).unwrap(), newer.as_bytes());
    }

    /// Writes the sets until one fails, as the daemon does, and once more; gives back how many
    /// were durable.
    fn write_all(disk: &FaultyDisk) -> usize {
        let Ok((mut journal, _)) = open(disk) else { return 0 };
        for (done, set) in sets().iter().enumerate() {
            if journal.record(set).is_err() && journal.record(set).is_err() {
                return done;
            }
            if done == 4 && journal.compact(HISTORY).is_err() {
                // It is tried again when the journal has grown.
            }
        }
        sets().len()
    }

    /// FAULTS.md B21: whichever call fails in whichever way, and whatever of the unsynced bytes
    /// survives: every set that was acknowledged is there, and of the others at most what was
    /// asked for.
    #[test]
    fn no_acknowledged_record_is_lost_whichever_call_fails() {
        let calls = {
            let disk = FaultyDisk::default();
            write_all(&disk);
            disk.calls()
        };
        assert!(calls > 20);
        for failure in Failure::ALL {
            for call in 0..calls {
                for survives in [0, 1, 17, usize::MAX] {
                    let disk = FaultyDisk::default();
                    disk.fail_at(call, failure);
                    let acknowledged = write_all(&disk);
                    disk.crash(survives);
                    let (journal, _) = open(&disk).unwrap();
                    let all = sets();
                    let possible = (acknowledged..=all.len()).find(|count| {
                        // A set may have been cut in its middle.
                        let written = all[..*count].concat();
                        let before = all[..acknowledged].concat();
                        (before.len()..=written.len()).any(|records| {
                            let kept = State::replay(written.iter().take(records));
                            &kept == journal.state()
                        })
                    });
                    assert!(
                        possible.is_some(),
                        "{failure:?} at call {call}, {acknowledged} sets, {survives} bytes"
                    );
                }
            }
        }
    }

    #[test]
    fn a_full_disk_stops_and_an_emptied_one_goes_on() {
        let disk = filled();
        let (mut journal, _) = open(&disk).unwrap();
        let before = journal.state().clone();
        disk.set_full(true);
        for _ in 0..3 {
            let error = journal.record(&[Record::Intent(intent(99, 99))]).unwrap_err();
            assert!(error.to_string().contains("nothing is moved without it"), "{error}");
            assert_eq!(journal.state(), &before);
        }
        disk.set_full(false);
        journal.record(&[Record::LastId { id: 200 }]).unwrap();
        let (again, recovery) = open(&disk).unwrap();
        assert_eq!(again.state().next_id(), 201);
        assert_eq!(again.state().open_intent(99), None);
        assert_eq!(recovery, Recovery::default());
    }

    #[test]
    fn it_is_compacted_when_it_has_grown() {
        let disk = FaultyDisk::default();
        let (mut journal, _) = open(&disk).unwrap();
        for round in 0..4000u32 {
            let mark = crate::mailbox::Mark::Imap { uid_validity: 1, uid_next: round };
            let (account, folder) = ("main".to_owned(), "x".repeat(1000));
            journal.record(&[Record::Mark { account, folder, mark, newest: None }]).unwrap();
        }
        assert!(disk.len(NAME) < 1_200_000);
        assert_eq!(open(&disk).unwrap().0.state(), journal.state());
    }
}
