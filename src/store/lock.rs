//! One writer a state directory: an advisory lock that ends with the process that holds it, so
//! that a killed one leaves none behind.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const NAME: &str = "lock";

/// Held for as long as this lives.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why the state directory is not ours.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process works on it.
    #[error("another grussd ({holder}) works on {}; stop it first", path.display())]
    Held {
        /// The state directory.
        path: PathBuf,
        /// "process 4711", or that it is not known which.
        holder: String,
    },
    /// The lock file could not be used.
    #[error("{}: {source}", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
}

impl Lock {
    /// Takes the lock of a state directory that exists, without waiting.
    ///
    /// # Errors
    /// [`LockError::Held`] at once if another process has it.
    pub fn acquire(state_dir: &Path) -> Result<Self, LockError> {
        let path = state_dir.join(NAME);
        let io = |source| LockError::Io { path: path.clone(), source };
        // Not truncated here: until the lock is ours the number in it is the holder's.
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let path = state_dir.to_owned();
                return Err(LockError::Held { path, holder: holder(&mut file) });
            }
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        file.set_len(0).map_err(io)?;
        file.rewind().map_err(io)?;
        file.write_all(format!("{}\n", std::process::id()).as_bytes()).map_err(io)?;
        Ok(Lock { _file: file })
    }
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    match file.take(20).read_to_string(&mut text).map(|_| text.trim().parse::<u32>()) {
        Ok(Ok(id)) => format!("process {id}"),
        _ => "its process is not known".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_refused_and_told_by_whom() {
        let dir = tempfile::tempdir().unwrap();
        let lock = Lock::acquire(dir.path()).unwrap();
        let refusal = Lock::acquire(dir.path()).unwrap_err().to_string();
        assert!(refusal.contains(&format!("process {}", std::process::id())), "{refusal}");
        drop(lock);
        Lock::acquire(dir.path()).unwrap();
    }

    #[test]
    fn what_a_dead_process_left_is_no_lock() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(NAME), "4194304000\n").unwrap();
        let _lock = Lock::acquire(dir.path()).unwrap();
        let text = std::fs::read_to_string(dir.path().join(NAME)).unwrap();
        assert_eq!(text, format!("{}\n", std::process::id()));
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let error = Lock::acquire(Path::new("/nonexistent/grussd")).unwrap_err();
        assert!(matches!(error, LockError::Io { .. }));
    }
}
