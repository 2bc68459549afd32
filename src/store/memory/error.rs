//! What can be wrong with the memory.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why nothing can be remembered, and so nothing is moved.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// The file is no sound database of this program.
    #[error(
        "the memory {} is damaged ({text}); nothing is moved until `grussd forget --damaged` has \
         set it aside: lessons are then found again in your folders",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        text: String,
    },
    /// It holds a later form.
    #[error(
        "the memory {} was written by a newer grussd (form {version}); nothing is moved",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its form.
        version: u32,
    },
    /// The file can't be used.
    #[error("the memory {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// SQLite could not do it.
    #[error("the memory can't be used ({doing}: {source}); nothing is moved without it")]
    Sqlite {
        /// What was being done.
        doing: &'static str,
        /// Cause.
        source: rusqlite::Error,
    },
}

impl MemoryError {
    /// Tells damage from other trouble.
    pub(super) fn from_sqlite(path: &Path, doing: &'static str, source: rusqlite::Error) -> Self {
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                MemoryError::Damaged { path: path.to_owned(), text: source.to_string() }
            }
            _ => MemoryError::Sqlite { doing, source },
        }
    }
}

pub(super) fn doing(doing: &'static str) -> impl Fn(rusqlite::Error) -> MemoryError {
    move |source| MemoryError::Sqlite { doing, source }
}
