//! Replacing a file of Dovecot's the way Dovecot does: what is written into its dot lock takes its
//! place (seen with Dovecot 2.3.19).

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

/// Replaces the file `name` in `directory`.
///
/// # Errors
/// `AlreadyExists` if somebody else is writing it at the moment.
pub(super) fn replace(directory: &Path, name: &str, text: &str) -> io::Result<()> {
    let (path, lock) = (directory.join(name), directory.join(format!("{name}.lock")));
    let mut file = OpenOptions::new().write(true).create_new(true).open(&lock)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    let replaced = written.and_then(|()| adopt(&lock, directory)).and_then(|()| {
        if let Ok(old) = fs::metadata(&path) {
            fs::set_permissions(&lock, old.permissions())?;
        }
        fs::rename(&lock, &path)
    });
    if replaced.is_err() {
        let _ = fs::remove_file(&lock);
    }
    replaced
}

/// Makes what was created belong to whom the directory belongs, with its rights: a service may run
/// under another user than the mail server.
pub(super) fn adopt(created: &Path, directory: &Path) -> io::Result<()> {
    let (owner, new) = (fs::metadata(directory)?, fs::metadata(created)?);
    if (owner.uid(), owner.gid()) != (new.uid(), new.gid()) {
        match chown(created, Some(owner.uid()), Some(owner.gid())) {
            // Only root may give files away; who isn't works for the owner, or in a group of his.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            other => other?,
        }
    }
    let mask = if new.is_dir() { 0o7777 } else { 0o666 };
    fs::set_permissions(created, Permissions::from_mode(owner.mode() & mask))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn the_file_is_replaced_with_its_rights() {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), Permissions::from_mode(0o750)).unwrap();
        let path = dir.path().join("list");
        replace(dir.path(), "list", "one").unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), mode(&path)), ("one", 0o640));
        fs::set_permissions(&path, Permissions::from_mode(0o604)).unwrap();
        replace(dir.path(), "list", "two").unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), mode(&path)), ("two", 0o604));
    }

    #[test]
    fn a_file_that_is_being_written_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("list.lock"), "other").unwrap();
        let error = replace(dir.path(), "list", "one").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(dir.path().join("list.lock")).unwrap(), "other");
        assert!(!dir.path().join("list").exists());
    }
}
