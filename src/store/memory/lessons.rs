//! Lessons: what the owner taught by moving mail.
//!
//! One row a message, known by the SHA-256 of its bytes; the latest lesson about it is in force.
//! Beside it stands as much of the message as is needed to learn from it again with another model,
//! and of so few messages that neither a stranger nor time fills the disk.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::{Database, MemoryError, error::doing};
use crate::classify::Label;
use crate::store::Digest;

/// So much of a message is kept: its header and its text, and of an attachment the beginning.
pub const MATERIAL_BYTES: usize = 32_768;

/// Of so many of the latest lessons something is kept; 64 MB at most.
pub const KEPT: usize = 2_000;

/// Of one sender's so many of the latest messages with one label.
pub const KEPT_OF_SENDER: usize = 5;

/// What the owner taught.
#[derive(Debug, Clone, PartialEq)]
pub struct Lesson {
    /// The message.
    pub digest: Digest,
    /// Account name.
    pub account: String,
    /// `Message-ID` without angle brackets.
    pub message_id: Option<String>,
    /// Address of the author, as [`crate::train::cap::sender`] gives it.
    pub sender: String,
    /// What it is.
    pub label: Label,
    /// The label of the folder out of which it was taken.
    pub was: Option<Label>,
    /// Where it was found.
    pub folder: String,
    /// When.
    pub at: Timestamp,
}

/// A lesson with its number.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// By which the owner names it.
    pub id: i64,
    /// The lesson.
    pub lesson: Lesson,
    /// The beginning of the message; empty where it is no longer kept.
    pub material: Vec<u8>,
}

impl Database {
    /// Takes in lessons, each with its message, in place of what was known of these.
    ///
    /// # Errors
    /// [`MemoryError`]: nothing has changed.
    pub fn learn(&mut self, lessons: &[(Lesson, Vec<u8>)]) -> Result<(), MemoryError> {
        self.write("lessons", |it| {
            for (lesson, bytes) in lessons {
                insert(it, lesson, bytes.get(..MATERIAL_BYTES).unwrap_or(bytes))?;
                drop_surplus(it, lesson)?;
            }
            Ok(())
        })?;
        if let Some(call) = &self.on_lesson {
            call();
        }
        Ok(())
    }

    /// What is known of a message, forgotten or not.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub fn lesson(&self, digest: &Digest) -> Result<Option<Lesson>, MemoryError> {
        let sql = format!("SELECT {COLUMNS}, NULL FROM lesson WHERE digest = ?1");
        let found = self.db.prepare_cached(&sql).and_then(|mut it| {
            it.query_row([digest.bytes()], |row| Ok(stored(row)?.lesson)).optional()
        });
        found.map_err(doing("a lesson"))
    }

    /// Whether what a message taught was forgotten at its owner's wish.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub fn is_forgotten(&self, digest: &Digest) -> Result<bool, MemoryError> {
        let sql = "SELECT forgotten FROM lesson WHERE digest = ?1";
        let found = self
            .db
            .prepare_cached(sql)
            .and_then(|mut it| it.query_row([digest.bytes()], |row| row.get(0)).optional());
        Ok(found.map_err(doing("a lesson"))?.unwrap_or(false))
    }

    /// All lessons, latest first.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub fn lessons(&self) -> Result<Vec<Stored>, MemoryError> {
        let sql = format!(
            "SELECT {COLUMNS}, material FROM lesson WHERE NOT forgotten
            ORDER BY at DESC, id DESC"
        );
        let all = self.db.prepare(&sql).and_then(|mut it| it.query_map([], stored)?.collect());
        all.map_err(doing("the lessons"))
    }

    /// How many lessons there are that are not older than `since`, and when the last one was.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub fn count_lessons(
        &self,
        since: Timestamp,
    ) -> Result<(usize, Option<Timestamp>), MemoryError> {
        let sql = "SELECT count(*) FILTER (WHERE at >= ?1), max(at) FROM lesson
            WHERE NOT forgotten";
        let counted = self.db.query_row(sql, [since.as_second()], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?))
        });
        let (count, last) = counted.map_err(doing("the lessons"))?;
        Ok((usize::try_from(count).unwrap_or(0), last.map(instant)))
    }

    /// Forgets lessons; gives back how many. Nothing is kept of the message but the hash by which it
    /// is known as moved, so that the same move isn't taken for a new lesson.
    ///
    /// # Errors
    /// [`MemoryError`]: nothing has changed.
    pub fn forget(&mut self, which: &Which) -> Result<usize, MemoryError> {
        let forget = "UPDATE lesson SET forgotten = 1, message_id = NULL, sender = '', was = NULL,
            material = NULL WHERE NOT forgotten";
        let count = self.write("forgetting", |it| match which {
            Which::Number(id) => it.execute(&format!("{forget} AND id = ?1"), [id]),
            Which::Message(id) => it.execute(&format!("{forget} AND message_id = ?1"), [id]),
            Which::Sender(sender) => it.execute(&format!("{forget} AND sender = ?1"), [sender]),
            Which::All => it.execute(forget, []),
        })?;
        // What was overwritten in the database stands in its log until that is emptied.
        self.db
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .map_err(doing("emptying the log"))?;
        Ok(count)
    }
}

/// Lessons that are to be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The one with this number.
    Number(i64),
    /// About messages with this `Message-ID`.
    Message(String),
    /// About messages of this sender, as [`crate::train::cap::sender`] gives it.
    Sender(String),
    /// All.
    All,
}

const COLUMNS: &str = "id, digest, account, message_id, sender, label, was, folder, at";

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let label = |text: String| text.parse::<Label>().unwrap_or(Label::Other);
    Ok(Stored {
        id: row.get("id")?,
        lesson: Lesson {
            digest: Digest::from_bytes(row.get("digest")?),
            account: row.get("account")?,
            message_id: row.get("message_id")?,
            sender: row.get("sender")?,
            label: label(row.get("label")?),
            was: row.get::<_, Option<String>>("was")?.map(label),
            folder: row.get("folder")?,
            at: instant(row.get("at")?),
        },
        material: row.get::<_, Option<Vec<u8>>>(9)?.unwrap_or_default(),
    })
}

fn instant(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn insert(transaction: &Transaction<'_>, lesson: &Lesson, material: &[u8]) -> rusqlite::Result<()> {
    let sql = "INSERT INTO lesson
            (digest, account, message_id, sender, label, was, folder, at, material)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        ON CONFLICT (digest) DO UPDATE SET
            account = excluded.account, label = excluded.label, was = excluded.was,
            folder = excluded.folder, at = excluded.at, material = excluded.material,
            message_id = excluded.message_id, sender = excluded.sender, forgotten = 0";
    transaction.prepare_cached(sql)?.execute(params![
        lesson.digest.bytes(),
        lesson.account,
        lesson.message_id,
        lesson.sender,
        lesson.label.name(),
        lesson.was.map(Label::name),
        lesson.folder,
        lesson.at.as_second(),
        material,
    ])?;
    Ok(())
}

/// Drops the messages beyond what is kept; what they taught stays.
fn drop_surplus(transaction: &Transaction<'_>, lesson: &Lesson) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "UPDATE lesson SET material = NULL WHERE material IS NOT NULL AND id IN (
                SELECT id FROM lesson WHERE sender = ?1 AND label = ?2
                ORDER BY at DESC, id DESC LIMIT -1 OFFSET ?3)",
        )?
        .execute(params![lesson.sender, lesson.label.name(), limit(KEPT_OF_SENDER)])?;
    transaction
        .prepare_cached(
            "UPDATE lesson SET material = NULL WHERE id IN (
                SELECT id FROM lesson WHERE material IS NOT NULL
                ORDER BY at DESC, id DESC LIMIT -1 OFFSET ?1)",
        )?
        .execute([limit(KEPT)])?;
    Ok(())
}

fn limit(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesson(number: i64, sender: &str, label: Label) -> Lesson {
        Lesson {
            digest: Digest::of(&number.to_be_bytes()),
            account: "main".to_owned(),
            message_id: Some(format!("{number}@example.org")),
            sender: sender.to_owned(),
            label,
            was: Some(Label::Pitch),
            folder: "Grüße/Persönlich".to_owned(),
            at: Timestamp::from_second(1_000_000 + number).unwrap(),
        }
    }

    fn learn(memory: &mut Database, lesson: &Lesson, bytes: &[u8]) {
        memory.learn(&[(lesson.clone(), bytes.to_owned())]).unwrap();
    }

    fn kept(memory: &Database) -> usize {
        memory.lessons().unwrap().iter().filter(|it| !it.material.is_empty()).count()
    }

    #[test]
    fn the_latest_lesson_about_a_message_is_in_force() {
        let mut memory = Database::in_ram().unwrap();
        let first = lesson(1, "a@example.org", Label::Personal);
        assert_eq!(memory.lesson(&first.digest).unwrap(), None);
        for _ in 0..2 {
            learn(&mut memory, &first, b"Text");
            assert_eq!(memory.lesson(&first.digest).unwrap(), Some(first.clone()));
        }
        let id = memory.lessons().unwrap()[0].id;
        let folder = "INBOX".to_owned();
        let second = Lesson { label: Label::Other, was: None, folder, ..first.clone() };
        learn(&mut memory, &second, &b"x".repeat(MATERIAL_BYTES + 1));
        let all = memory.lessons().unwrap();
        let material = b"x".repeat(MATERIAL_BYTES);
        assert_eq!(all, [Stored { id, lesson: second, material }]);
        assert_eq!(memory.lesson(&Digest::of(b"other")).unwrap(), None);
    }

    #[test]
    fn who_listens_is_told_of_lessons_that_are_stored() {
        let mut memory = Database::in_ram().unwrap();
        let told = std::rc::Rc::new(std::cell::Cell::new(0));
        let teller = std::rc::Rc::clone(&told);
        memory.on_lesson(move || teller.set(teller.get() + 1));
        learn(&mut memory, &lesson(1, "a", Label::Personal), b"x");
        assert_eq!(told.get(), 1);
        memory.db.execute_batch("DROP TABLE lesson").unwrap();
        assert!(memory.learn(&[(lesson(2, "a", Label::Personal), Vec::new())]).is_err());
        assert_eq!(told.get(), 1);
    }

    #[test]
    fn lessons_are_counted_by_time() {
        let mut memory = Database::in_ram().unwrap();
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(memory.count_lessons(at(0)).unwrap(), (0, None));
        for number in 1..=3 {
            learn(&mut memory, &lesson(number, "a", Label::Personal), b"");
        }
        assert_eq!(memory.count_lessons(at(1_000_002)).unwrap(), (2, Some(at(1_000_003))));
    }

    #[test]
    fn of_one_sender_little_is_kept() {
        let mut memory = Database::in_ram().unwrap();
        for number in 0..20 {
            learn(&mut memory, &lesson(number, "a", Label::Pitch), b"x");
            learn(&mut memory, &lesson(100 + number, "a", Label::Personal), b"x");
        }
        let all = memory.lessons().unwrap();
        assert_eq!((all.len(), kept(&memory)), (40, 2 * KEPT_OF_SENDER));
        let latest = all.iter().take(KEPT_OF_SENDER);
        assert!(latest.clone().all(|it| !it.material.is_empty()), "the latest");
        learn(&mut memory, &lesson(1000, "b", Label::Pitch), b"x");
        assert_eq!(kept(&memory), 2 * KEPT_OF_SENDER + 1);
    }

    #[test]
    fn of_many_lessons_the_latest_are_kept() {
        let mut memory = Database::in_ram().unwrap();
        let many = i64::try_from(KEPT + 3).unwrap();
        for number in 0..many {
            learn(&mut memory, &lesson(number, &number.to_string(), Label::Pitch), b"x");
        }
        let all = memory.lessons().unwrap();
        assert_eq!((all.len(), kept(&memory)), (KEPT + 3, KEPT));
        assert!(all.iter().rev().take(3).all(|it| it.material.is_empty()), "the oldest");
    }

    #[track_caller]
    fn check_forgotten(which: Which, left: &[i64]) {
        let mut memory = Database::in_ram().unwrap();
        for (number, sender) in [(1, "a"), (2, "a"), (3, "b")] {
            learn(&mut memory, &lesson(number, sender, Label::Pitch), b"x");
        }
        assert_eq!(memory.forget(&which).unwrap(), 3 - left.len());
        let mut ids: Vec<i64> = memory.lessons().unwrap().iter().map(|it| it.id).collect();
        ids.sort_unstable();
        assert_eq!(ids, left);
    }

    #[test]
    fn lessons_are_forgotten() {
        check_forgotten(Which::Number(2), &[1, 3]);
        check_forgotten(Which::Number(9), &[1, 2, 3]);
        check_forgotten(Which::Message("3@example.org".to_owned()), &[1, 2]);
        check_forgotten(Which::Sender("a".to_owned()), &[3]);
        check_forgotten(Which::All, &[]);
    }

    #[test]
    fn what_was_forgotten_is_known_as_moved_and_can_be_taught_again() {
        let mut memory = Database::in_ram().unwrap();
        let taught = lesson(1, "a", Label::Pitch);
        learn(&mut memory, &taught, b"x");
        assert_eq!(memory.forget(&Which::All).unwrap(), 1);
        assert_eq!(memory.forget(&Which::All).unwrap(), 0);
        assert!(memory.is_forgotten(&taught.digest).unwrap());
        assert!(!memory.is_forgotten(&Digest::of(b"other")).unwrap());
        let known = memory.lesson(&taught.digest).unwrap().unwrap();
        assert_eq!(
            (known.label, known.sender.as_str(), known.message_id),
            (Label::Pitch, "", None)
        );
        assert_eq!(memory.count_lessons(Timestamp::UNIX_EPOCH).unwrap(), (0, None));
        let again = Lesson { label: Label::Personal, ..taught };
        learn(&mut memory, &again, b"x");
        assert_eq!(memory.lessons().unwrap()[0].lesson, again);
        assert!(!memory.is_forgotten(&again.digest).unwrap());
    }

    #[test]
    fn what_is_forgotten_stands_nowhere_on_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        let mut memory = Database::open(dir.path()).unwrap();
        let secret = "geheim ".repeat(2000);
        learn(&mut memory, &lesson(1, "a", Label::Personal), secret.as_bytes());
        memory.forget(&Which::All).unwrap();
        for entry in std::fs::read_dir(dir.path()).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(6).any(|it| it == b"geheim"), "{}", path.display());
        }
    }
}
