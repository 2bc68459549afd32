//! [`Disk`]: the few file operations that the journal needs, so that a test can let any of them
//! fail, and [`StateDir`], the real ones.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Files of one folder, by name. Nothing is durable before it was synced.
pub trait Disk {
    /// All bytes of a file; none if there is no such file.
    fn read(&mut self, name: &str) -> io::Result<Option<Vec<u8>>>;
    /// Makes an empty file, whether or not there was one.
    fn create(&mut self, name: &str) -> io::Result<()>;
    /// Writes at the end of a file (made if missing), perhaps less than asked for; says how much.
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<usize>;
    /// Cuts a file off.
    fn truncate(&mut self, name: &str, len: u64) -> io::Result<()>;
    /// Makes the content of a file durable.
    fn sync(&mut self, name: &str) -> io::Result<()>;
    /// Renames a file over another one.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;
    /// Makes creations and renames durable.
    fn sync_folder(&mut self) -> io::Result<()>;
}

/// A journal is compacted long before; what is larger was not written by this program.
const MAX_FILE_BYTES: u64 = 1 << 28;

/// The folder that holds the state, for its owner alone.
#[derive(Debug)]
pub struct StateDir {
    path: PathBuf,
    files: BTreeMap<String, File>,
}

impl StateDir {
    /// The folder as it is. Does nothing yet: who only reads leaves no trace.
    pub fn at(path: &Path) -> Self {
        StateDir { path: path.to_owned(), files: BTreeMap::new() }
    }

    /// Makes the folder where it is missing (mode 0700).
    pub fn make(path: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        Ok(Self::at(path))
    }

    fn file(&mut self, name: &str) -> io::Result<&mut File> {
        let file = match self.files.remove(name) {
            Some(file) => file,
            None => OpenOptions::new()
                .append(true)
                .create(true)
                .mode(0o600)
                .open(self.path.join(name))?,
        };
        Ok(self.files.entry(name.to_owned()).or_insert(file))
    }
}

impl Disk for StateDir {
    fn read(&mut self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(self.path.join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        if file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)? as u64 > MAX_FILE_BYTES {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than 256 MiB"));
        }
        Ok(Some(bytes))
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        self.file(name)?.set_len(0)
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<usize> {
        self.file(name)?.write(bytes)
    }

    fn truncate(&mut self, name: &str, len: u64) -> io::Result<()> {
        self.file(name)?.set_len(len)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.file(name)?.sync_all()
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        // Opened again by name: after an error it is not known which file has which.
        self.files.remove(from);
        self.files.remove(to);
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn sync_folder(&mut self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn files_are_private_and_follow_their_names() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b");
        let mut disk = StateDir::make(&path).unwrap();
        assert_eq!(disk.read("x").unwrap(), None);
        assert_eq!(disk.append("x", b"one").unwrap(), 3);
        disk.create("y").unwrap();
        disk.append("y", b"two").unwrap();
        disk.sync("y").unwrap();
        disk.rename("y", "x").unwrap();
        disk.sync_folder().unwrap();
        disk.append("x", b"!").unwrap();
        assert_eq!(disk.read("x").unwrap().unwrap(), b"two!");
        assert_eq!(disk.read("y").unwrap(), None);
        disk.truncate("x", 1).unwrap();
        disk.append("x", b"o").unwrap();
        assert_eq!(disk.read("x").unwrap().unwrap(), b"to");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join("x")), 0o600);
    }
}
