//! A disk for a dry run: reads what is there, and keeps to itself whatever is written.

use std::collections::BTreeMap;
use std::io;

use super::Disk;

/// Another disk, seen through a sheet of glass.
pub struct Ephemeral<D> {
    below: D,
    written: BTreeMap<String, Vec<u8>>,
}

impl<D: Disk> Ephemeral<D> {
    /// Over a disk that is only read from here on.
    pub fn over(below: D) -> Self {
        Ephemeral { below, written: BTreeMap::new() }
    }

    fn file(&mut self, name: &str) -> io::Result<&mut Vec<u8>> {
        let content = match self.written.remove(name) {
            Some(content) => content,
            None => self.below.read(name)?.unwrap_or_default(),
        };
        Ok(self.written.entry(name.to_owned()).or_insert(content))
    }
}

impl<D: Disk> Disk for Ephemeral<D> {
    fn read(&mut self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match self.written.get(name) {
            Some(content) => Ok(Some(content.clone())),
            None => self.below.read(name),
        }
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        self.written.insert(name.to_owned(), Vec::new());
        Ok(())
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<usize> {
        self.file(name)?.extend(bytes);
        Ok(bytes.len())
    }

    fn truncate(&mut self, name: &str, len: u64) -> io::Result<()> {
        self.file(name)?.truncate(usize::try_from(len).unwrap_or(usize::MAX));
        Ok(())
    }

    fn sync(&mut self, _name: &str) -> io::Result<()> {
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let content = std::mem::take(self.file(from)?);
        self.written.insert(to.to_owned(), content);
        Ok(())
    }

    fn sync_folder(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Journal, Record, StateDir};

    #[test]
    fn nothing_reaches_the_disk_below() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        let open = || Journal::open(Box::new(Ephemeral::over(StateDir::at(&path)))).unwrap().0;
        open().record(&[Record::LastId { id: 3 }]).unwrap();
        assert!(!path.exists());

        let (mut real, _) = Journal::open(Box::new(StateDir::make(&path).unwrap())).unwrap();
        real.record(&[Record::LastId { id: 7 }]).unwrap();
        let before = std::fs::read(path.join("journal")).unwrap();
        let mut dry = open();
        assert_eq!(dry.state().next_id(), 8);
        dry.record(&[Record::LastId { id: 9 }]).unwrap();
        assert_eq!(dry.state().next_id(), 10);
        assert_eq!(std::fs::read(path.join("journal")).unwrap(), before);
    }
}
