//! The memory: one SQLite database in the state directory, of what is remembered beyond the
//! journal. The only module that names rusqlite.
//!
//! The journal stays the truth about what was moved; whatever stands here can be lost without
//! losing a mail. Deliberately absent: any decision by what is remembered.
//!
//! ```text
//! open     by whom the lock of the state directory is held: checks, migrates, writes
//! copy     for who only reads, and for a dry run: a copy in RAM; leaves no trace on the disk
//! ```

mod error;
mod file;
mod lessons;
mod migrations;
mod places;

use std::fmt;
use std::path::Path;
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use error::MemoryError;
pub use file::{SetAside, set_aside};
pub use lessons::{KEPT, KEPT_OF_SENDER, Lesson, MATERIAL_BYTES, Stored, Which};
pub use places::OwnFiling;

use error::doing;

/// Marks the file as ours (`PRAGMA application_id`): "grus".
const APPLICATION_ID: i32 = 0x6772_7573;

/// Readers and the daemon meet for moments only.
const BUSY: Duration = Duration::from_secs(5);

/// Pages that are copied at once.
const COPIED_PAGES: i32 = 1024;

/// The database of a state directory.
pub struct Database {
    db: Connection,
    on_lesson: Option<Box<dyn Fn()>>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("db", &self.db).finish_non_exhaustive()
    }
}

impl Database {
    /// Opens the database of a state directory that exists and whose lock is ours, or begins one.
    /// Every page of it is checked, and older forms of it are brought up to date.
    ///
    /// # Errors
    /// [`MemoryError`]: then nothing may be moved.
    pub fn open(state_dir: &Path) -> Result<Self, MemoryError> {
        let path = file::path(state_dir);
        file::make(&path)?;
        let opened = || {
            let db = Connection::open_with_flags(&path, file::for_writing())?;
            db.busy_timeout(BUSY)?;
            Ok(db)
        };
        let at = |source| MemoryError::from_sqlite(&path, "opening", source);
        let mut db = opened().map_err(at)?;
        let version = check(&db, &path)?;
        prepare(&db).map_err(at)?;
        migrations::migrate(&mut db, version).map_err(at)?;
        Ok(Database { db, on_lesson: None })
    }

    /// A copy in RAM of the database of a state directory; an empty one where there is none. What
    /// is written to it is lost.
    ///
    /// # Errors
    /// [`MemoryError`], as by [`Self::open`].
    pub fn copy(state_dir: &Path) -> Result<Self, MemoryError> {
        let path = file::path(state_dir);
        if !path.exists() {
            return Self::in_ram();
        }
        let at = |source| MemoryError::from_sqlite(&path, "reading", source);
        let (name, flags) = file::for_reading(&path);
        let from = Connection::open_with_flags(name, flags).map_err(at)?;
        from.busy_timeout(BUSY).map_err(at)?;
        let version = check(&from, &path)?;
        let mut db = Connection::open_in_memory().map_err(at)?;
        Backup::new(&from, &mut db)
            .and_then(|it| it.run_to_completion(COPIED_PAGES, Duration::ZERO, None))
            .map_err(at)?;
        migrations::migrate(&mut db, version).map_err(at)?;
        Ok(Database { db, on_lesson: None })
    }

    /// An empty database that ends with this value.
    ///
    /// # Errors
    /// There is no memory left.
    pub fn in_ram() -> Result<Self, MemoryError> {
        let mut db = Connection::open_in_memory().map_err(doing("opening"))?;
        migrations::migrate(&mut db, 0).map_err(doing("opening"))?;
        Ok(Database { db, on_lesson: None })
    }

    /// Calls this whenever lessons were taken in.
    pub fn on_lesson(&mut self, call: impl Fn() + 'static) {
        self.on_lesson = Some(Box::new(call));
    }

    /// Writes all or nothing. `what` is named where it fails: "a lesson".
    fn write<T>(
        &mut self,
        what: &'static str,
        write: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, MemoryError> {
        let written = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .and_then(|it| write(&it).and_then(|value| it.commit().map(|()| value)));
        written.map_err(doing(what))
    }
}

/// Makes sure that a file is a sound database of ours, and gives back its version.
fn check(db: &Connection, path: &Path) -> Result<u32, MemoryError> {
    let at = |source| MemoryError::from_sqlite(path, "checking", source);
    let number = |pragma: &str| db.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let id = number("application_id").map_err(at)?;
    let version = number("user_version").map_err(at)?;
    let damaged = |text: String| MemoryError::Damaged { path: path.to_owned(), text };
    let is_new = id == 0 && version == 0 && number("page_count").map_err(at)? == 0;
    if id != APPLICATION_ID && !is_new {
        return Err(damaged("it is another program's".to_owned()));
    }
    let version = u32::try_from(version).map_err(|_| damaged("its version".to_owned()))?;
    if version > migrations::LATEST {
        return Err(MemoryError::Newer { path: path.to_owned(), version });
    }
    let found: String =
        db.pragma_query_value(None, "integrity_check", |row| row.get(0)).map_err(at)?;
    if found == "ok" { Ok(version) } else { Err(damaged(found)) }
}

/// Settings of a connection that writes.
fn prepare(db: &Connection) -> rusqlite::Result<()> {
    // Readers don't wait for the daemon, nor it for them. (The pragma answers with a row.)
    db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    db.pragma_update(None, "synchronous", "FULL")?;
    // What is forgotten is overwritten.
    db.pragma_update(None, "secure_delete", true)?;
    db.pragma_update(None, "foreign_keys", true)?;
    // A schema that somebody else has written calls nothing.
    db.pragma_update(None, "trusted_schema", false)
}

#[cfg(test)]
mod tests;
