//! The files of the database.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::OpenFlags;

use super::MemoryError;

const NAME: &str = "memory.sqlite";

/// What SQLite puts beside it while it is open.
const COMPANIONS: [&str; 2] = ["-wal", "-shm"];

/// The database of a state directory.
pub(super) fn path(state_dir: &Path) -> PathBuf {
    state_dir.join(NAME)
}

/// Makes an empty file for the owner alone where there is none; SQLite would let all read it. Its
/// companions get the same mode.
pub(super) fn make(path: &Path) -> Result<(), MemoryError> {
    let made = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    made.map(|_| ()).map_err(|source| MemoryError::File { path: path.to_owned(), source })
}

/// One connection on one thread.
pub(super) fn for_writing() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

/// The same for who changes nothing, as name and flags. Where no write-ahead log lies beside the
/// database nobody has it open, and SQLite is told that nobody will: else it would make one.
pub(super) fn for_reading(path: &Path) -> (OsString, OpenFlags) {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if companion(path, "-wal").exists() {
        return (path.as_os_str().to_owned(), flags);
    }
    // https://www.sqlite.org/uri.html
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            it if it.is_ascii_alphanumeric() => uri.push(char::from(*it)),
            it => uri.push_str(&format!("%{it:02x}")),
        }
    }
    uri.push_str("?immutable=1");
    (uri.into(), flags | OpenFlags::SQLITE_OPEN_URI)
}

/// What [`set_aside`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetAside {
    /// It is under this name now.
    As(PathBuf),
    /// There was none.
    Nothing,
}

/// Renames the database of a state directory whose lock is ours, so that the next one begins empty.
///
/// # Errors
/// [`MemoryError::File`].
pub fn set_aside(state_dir: &Path) -> Result<SetAside, MemoryError> {
    let path = path(state_dir);
    if !path.exists() {
        return Ok(SetAside::Nothing);
    }
    let name = |number: u32| match number {
        1 => state_dir.join(format!("{NAME}.damaged")),
        _ => state_dir.join(format!("{NAME}.damaged.{number}")),
    };
    let mut number = 1;
    while name(number).exists() {
        number += 1;
    }
    let aside = name(number);
    let renamed = rename_all(&path, &aside);
    renamed.map_err(|source| MemoryError::File { path, source })?;
    Ok(SetAside::As(aside))
}

/// The log goes with its database: without it the latest changes would be missing, and beside
/// another one they would damage that.
fn rename_all(path: &Path, aside: &Path) -> io::Result<()> {
    for suffix in COMPANIONS {
        let from = companion(path, suffix);
        if from.exists() {
            fs::rename(from, companion(aside, suffix))?;
        }
    }
    fs::rename(path, aside)
}

fn companion(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
