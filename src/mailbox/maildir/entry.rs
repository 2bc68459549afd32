//! The files of one Maildir directory, and what their names say.
//!
//! A message is `new/UNIQUE` or `cur/UNIQUE:2,FLAGS` (cr.yp.to/proto/maildir.html). Its flags, and
//! with them its file name, may be changed by others at any time; the unique part stays.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// One message file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// `new` or `cur`.
    pub(super) part: &'static str,
    /// The file name.
    pub(super) file: String,
}

impl Entry {
    /// The name before the info part.
    pub(super) fn unique(&self) -> &str {
        split(&self.file).0
    }

    /// The flags and keyword letters.
    pub(super) fn flags(&self) -> &str {
        split(&self.file).1
    }

    /// Where it is.
    pub(super) fn path(&self, directory: &Path) -> PathBuf {
        directory.join(self.part).join(&self.file)
    }
}

/// Unique part and flags of a file name.
fn split(file: &str) -> (&str, &str) {
    match file.split_once(':') {
        Some((unique, info)) => (unique, info.strip_prefix("2,").unwrap_or_default()),
        None => (file, ""),
    }
}

/// All messages of a directory by their unique names. `tmp` is not looked at: what lies there is
/// not delivered. `new` comes first: a message that a mail program moves to `cur` meanwhile is
/// then seen twice, which is mended here, instead of not at all.
pub(super) fn scan(directory: &Path) -> io::Result<BTreeMap<String, Entry>> {
    let mut entries = BTreeMap::new();
    for part in ["new", "cur"] {
        for file in fs::read_dir(directory.join(part))? {
            let file = file?;
            // A name that is not UTF-8 was written by no delivery agent and could not be written
            // down in the journal.
            let Ok(name) = file.file_name().into_string() else { continue };
            if name.starts_with('.') || !file.file_type()?.is_file() {
                continue;
            }
            let entry = Entry { part, file: name };
            entries.insert(entry.unique().to_owned(), entry);
        }
    }
    Ok(entries)
}

/// The file of one message, found without reading the directory where its name is an ordinary
/// one.
pub(super) fn locate(directory: &Path, unique: &str) -> io::Result<Option<Entry>> {
    if unique.contains('/') || unique.starts_with('.') {
        return Ok(None);
    }
    for (part, info) in [("new", ""), ("cur", ":2,"), ("cur", ":2,S")] {
        let entry = Entry { part, file: format!("{unique}{info}") };
        if fs::symlink_metadata(entry.path(directory)).is_ok_and(|it| it.is_file()) {
            return Ok(Some(entry));
        }
    }
    Ok(scan(directory)?.remove(unique))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &str, unique: &str, flags: &str) {
        assert_eq!(split(file), (unique, flags));
    }

    #[test]
    fn names_tell_unique_part_and_flags() {
        check("17.M8P9.vm,S=15,W=18:2,Sab", "17.M8P9.vm,S=15,W=18", "Sab");
        check("17.host", "17.host", "");
        check("17.host:2,", "17.host", "");
        check("17.host:1,experimental", "17.host", "");
        check("17.host:2,S:x", "17.host", "S:x");
    }

    #[test]
    fn only_delivered_messages_are_found() {
        let dir = tempfile::tempdir().unwrap();
        for part in ["new", "cur", "tmp", "cur/directory"] {
            fs::create_dir(dir.path().join(part)).unwrap();
        }
        for file in ["new/a", "cur/b:2,FS", "tmp/c", "cur/.hidden", "new/b", "cur/d:2,"] {
            fs::write(dir.path().join(file), file).unwrap();
        }
        std::os::unix::fs::symlink("/etc/hostname", dir.path().join("new/link")).unwrap();
        let entries = scan(dir.path()).unwrap();
        let files: Vec<&str> = entries.values().map(|it| it.file.as_str()).collect();
        assert_eq!(files, ["a", "b:2,FS", "d:2,"]);
        for (unique, file) in [("a", "a"), ("d", "d:2,")] {
            assert_eq!(locate(dir.path(), unique).unwrap().unwrap().file, file);
        }
        fs::remove_file(dir.path().join("new/b")).unwrap();
        assert_eq!(locate(dir.path(), "b").unwrap().unwrap().file, "b:2,FS");
        for absent in ["c", "link", "../cur/d", ".hidden", ""] {
            assert_eq!(locate(dir.path(), absent).unwrap(), None, "{absent}");
        }
    }
}
