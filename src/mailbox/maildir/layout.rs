//! Where the folders of a Maildir++ are.
//!
//! The inbox is the root itself; every other folder is a directory beside its `cur`, `new` and
//! `tmp`, named `.` and the levels with `.` between them, in modified UTF-7 (Maildir++ quota
//! specification, and what Dovecot 2.3 and Courier write).

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization;

use super::dotlock::adopt;
use super::{file_error, refused};
use crate::mailbox::{MailboxError, utf7};

/// The name of the inbox.
pub(super) const INBOX: &str = "INBOX";

/// The directory of a folder, whether or not it is there.
///
/// # Errors
/// [`MailboxError::Refused`] for a name that no directory can have.
pub(super) fn directory(root: &Path, folder: &str) -> Result<PathBuf, MailboxError> {
    if folder.eq_ignore_ascii_case(INBOX) {
        return Ok(root.to_owned());
    }
    let mut name = String::new();
    for level in folder.split('/') {
        if level.is_empty() || level.contains('.') {
            let why = "a Maildir++ folder name has no empty level and no dot in it";
            return Err(refused(format!("finding {folder}"), why));
        }
        name.push('.');
        name.push_str(&utf7::encode(&level.nfc().collect::<String>()));
    }
    Ok(root.join(name))
}

/// Whether a directory holds a Maildir.
pub(super) fn is_maildir(directory: &Path) -> bool {
    ["cur", "new"].iter().all(|it| directory.join(it).is_dir())
}

/// All folders, the inbox first, the others by name. Directories whose name is not encoded as it
/// should be are left out: no name would lead back to them.
pub(super) fn folders(root: &Path) -> Result<Vec<String>, MailboxError> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(root).map_err(file_error(root))? {
        let entry = entry.map_err(file_error(root))?;
        let name = entry.file_name();
        let levels = name.to_str().and_then(|it| it.strip_prefix('.'));
        let levels = levels.and_then(|it| it.split('.').map(utf7::decode).collect());
        let Some::<Vec<String>>(levels) = levels else { continue };
        let folder = levels.join("/");
        if directory(root, &folder).is_ok_and(|it| it == entry.path()) && is_maildir(&entry.path())
        {
            folders.push(folder);
        }
    }
    folders.sort();
    folders.insert(0, INBOX.to_owned());
    Ok(folders)
}

/// Makes a folder with the owner and the rights of the root. Done again over one that was half made it
/// makes the rest.
pub(super) fn create(root: &Path, directory: &Path) -> io::Result<()> {
    for part in ["", "tmp", "new", "cur"] {
        let part = directory.join(part);
        fs::create_dir(&part).or_else(exists)?;
        adopt(&part, root)?;
    }
    let marker = directory.join("maildirfolder");
    OpenOptions::new().create(true).append(true).open(&marker)?;
    adopt(&marker, root)?;
    File::open(directory)?.sync_all()?;
    File::open(root)?.sync_all()
}

fn exists(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(folder: &str, expected: Option<&str>) {
        let found = directory(Path::new("/m"), folder).ok();
        assert_eq!(found.as_deref(), expected.map(Path::new), "{folder}");
    }

    #[test]
    fn names_become_directories() {
        check("INBOX", Some("/m"));
        check("inbox", Some("/m"));
        check("Grüße/Persönlich 2026 & mehr", Some("/m/.Gr&APwA3w-e.Pers&APY-nlich 2026 &- mehr"));
        check("Gru\u{308}ße", Some("/m/.Gr&APwA3w-e"));
        check("INBOX/x", Some("/m/.INBOX.x"));
    }

    /// FAULTS.md C38.
    #[test]
    fn no_name_leads_outside() {
        for folder in ["", "/", "..", "a/..", "../x", ".", "a//b", "/etc", "a/", "a.b"] {
            check(folder, None);
        }
        check("\0", Some("/m/.&AAA-"));
        check("a\\b", Some("/m/.a\\b"));
    }

    #[test]
    fn folders_are_found_by_their_names() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["Grüße/Persönlich", "Sent"] {
            let path = directory(dir.path(), folder).unwrap();
            create(dir.path(), &path).unwrap();
            create(dir.path(), &path).unwrap();
        }
        fs::create_dir_all(dir.path().join(".not&a-name/cur")).unwrap();
        fs::create_dir_all(dir.path().join(".half/new")).unwrap();
        fs::write(dir.path().join(".file"), "").unwrap();
        assert_eq!(folders(dir.path()).unwrap(), ["INBOX", "Grüße/Persönlich", "Sent"]);
    }
}
