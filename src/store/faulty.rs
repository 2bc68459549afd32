//! A disk in memory that fails on demand and forgets what was not synced.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

use super::Disk;

/// How one call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Nothing happened.
    Before,
    /// It happened, and an error is reported all the same.
    After,
    /// A write gets half of its bytes out and says so.
    Short,
    /// A write gets half of its bytes out and fails.
    Torn,
    /// Everything fails from here on, as if the process had been killed.
    Dead,
}

impl Failure {
    pub(crate) const ALL: [Failure; 5] =
        [Failure::Before, Failure::After, Failure::Short, Failure::Torn, Failure::Dead];
}

#[derive(Default, Clone)]
struct Inode {
    now: Vec<u8>,
    durable: Vec<u8>,
}

#[derive(Default)]
struct Inner {
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    calls: usize,
    fail: Option<(usize, Failure)>,
    full: bool,
}

/// Shared between a journal and its test.
#[derive(Default, Clone)]
pub(crate) struct FaultyDisk(Rc<RefCell<Inner>>);

impl FaultyDisk {
    pub(crate) fn with(name: &str, content: &[u8]) -> Self {
        let disk = FaultyDisk::default();
        let mut inner = disk.0.borrow_mut();
        inner.inodes.push(Inode { now: content.to_vec(), durable: content.to_vec() });
        inner.names.insert(name.to_owned(), 0);
        inner.durable_names.insert(name.to_owned(), 0);
        drop(inner);
        disk
    }

    /// Puts a file back to what it was.
    pub(crate) fn restore(&self, name: &str, content: &[u8]) {
        let mut inner = self.0.borrow_mut();
        let inode = inner.inode(name);
        inode.now = content.to_vec();
        inode.durable = content.to_vec();
    }

    pub(crate) fn content(&self, name: &str) -> Option<Vec<u8>> {
        let inner = self.0.borrow();
        inner.names.get(name).map(|it| inner.inodes[*it].now.clone())
    }

    pub(crate) fn len(&self, name: &str) -> usize {
        let inner = self.0.borrow();
        inner.names.get(name).map_or(0, |it| inner.inodes[*it].now.len())
    }

    pub(crate) fn calls(&self) -> usize {
        self.0.borrow().calls
    }

    /// Lets the call with this number (from 0, counted from the beginning) fail.
    pub(crate) fn fail_at(&self, call: usize, failure: Failure) {
        self.0.borrow_mut().fail = Some((call, failure));
    }

    pub(crate) fn set_full(&self, full: bool) {
        self.0.borrow_mut().full = full;
    }

    /// The machine stops and starts again. Of what was appended and not synced `survives` bytes
    /// are left; with `usize::MAX` the names are left as well.
    pub(crate) fn crash(&self, survives: usize) {
        let mut inner = self.0.borrow_mut();
        inner.fail = None;
        inner.full = false;
        if survives == usize::MAX {
            inner.durable_names = inner.names.clone();
        }
        inner.names = inner.durable_names.clone();
        for inode in &mut inner.inodes {
            if inode.now.starts_with(&inode.durable) {
                let end = inode.durable.len().saturating_add(survives).min(inode.now.len());
                inode.durable = inode.now[..end].to_vec();
            }
            inode.now = inode.durable.clone();
        }
    }

    /// Does `effect` on the disk, or what the scheduled failure leaves of it.
    fn call<T>(
        &self,
        amount: usize,
        effect: impl FnOnce(&mut Inner, usize) -> io::Result<T>,
    ) -> io::Result<T> {
        let mut inner = self.0.borrow_mut();
        let number = inner.calls;
        inner.calls += 1;
        let failed = || io::Error::other("made to fail");
        let failure = match inner.fail {
            Some((at, Failure::Dead)) if number >= at => Some(Failure::Before),
            Some((at, failure)) if number == at => Some(failure),
            _ => None,
        };
        if amount > 0 && inner.full {
            let half = amount / 2;
            return effect(&mut inner, half).and(Err(io::ErrorKind::StorageFull.into()));
        }
        match failure {
            None => effect(&mut inner, amount),
            Some(Failure::Before | Failure::Dead) => Err(failed()),
            Some(Failure::After) => effect(&mut inner, amount).and(Err(failed())),
            Some(Failure::Short) => effect(&mut inner, amount / 2),
            Some(Failure::Torn) => effect(&mut inner, amount / 2).and(Err(failed())),
        }
    }
}

impl Inner {
    fn inode(&mut self, name: &str) -> &mut Inode {
        let next = self.inodes.len();
        let number = *self.names.entry(name.to_owned()).or_insert(next);
        if number == next {
            self.inodes.push(Inode::default());
        }
        &mut self.inodes[number]
    }
}

impl Disk for FaultyDisk {
    fn read(&mut self, name: &str) -> io::Result<Option<Vec<u8>>> {
        self.call(0, |inner, _| {
            Ok(inner.names.get(name).copied().map(|it| inner.inodes[it].now.clone()))
        })
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        self.call(0, |inner, _| {
            inner.inode(name).now.clear();
            Ok(())
        })
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<usize> {
        self.call(bytes.len(), |inner, amount| {
            inner.inode(name).now.extend(&bytes[..amount]);
            Ok(amount)
        })
    }

    fn truncate(&mut self, name: &str, len: u64) -> io::Result<()> {
        self.call(0, |inner, _| {
            inner.inode(name).now.truncate(usize::try_from(len).unwrap());
            Ok(())
        })
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.call(0, |inner, _| {
            let inode = inner.inode(name);
            match inode.now.strip_prefix(inode.durable.as_slice()) {
                Some(appended) => inode.durable.extend(appended),
                None => inode.durable = inode.now.clone(),
            }
            Ok(())
        })
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.call(0, |inner, _| {
            let inode = inner.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
            inner.names.insert(to.to_owned(), inode);
            Ok(())
        })
    }

    fn sync_folder(&mut self) -> io::Result<()> {
        self.call(0, |inner, _| {
            inner.durable_names = inner.names.clone();
            Ok(())
        })
    }
}
