//! The list of subscribed folders that Dovecot keeps in the root of a Maildir, so that a new
//! folder shows in the mail program.
//!
//! Version 2 begins with `V\t2` and an empty line and has a tab between the levels; version 1 has
//! the names only, with `.`. Both are in modified UTF-7 (seen with Dovecot 2.3.19).

use std::fs;
use std::io;
use std::path::Path;

use super::dotlock::replace;
use crate::mailbox::utf7;

const FILE: &str = "subscriptions";
const VERSION_2: &str = "V\t2\n\n";

/// Adds a folder. If somebody else is writing the list at the moment the folder stays
/// unsubscribed: it works all the same.
pub(super) fn subscribe(root: &Path, folder: &str) -> io::Result<()> {
    let path = root.join(FILE);
    let old = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => VERSION_2.to_owned(),
        Err(error) => return Err(error),
    };
    let Some(new) = with(&old, folder) else { return Ok(()) };
    match replace(root, FILE, &new) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        replaced => replaced,
    }
}

/// The list with the folder in it; none if it is there already.
fn with(old: &str, folder: &str) -> Option<String> {
    let separator = if old.starts_with(VERSION_2) { "\t" } else { "." };
    let levels: Vec<String> = folder.split('/').map(utf7::encode).collect();
    let line = levels.join(separator);
    let end = if old.is_empty() || old.ends_with('\n') { "" } else { "\n" };
    (!old.lines().any(|it| it == line)).then(|| format!("{old}{end}{line}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(old: &str, folder: &str, expected: Option<&str>) {
        assert_eq!(with(old, folder).as_deref(), expected);
    }

    #[test]
    fn both_versions_are_kept() {
        check("V\t2\n\nA\n", "Grüße/x & y", Some("V\t2\n\nA\nGr&APwA3w-e\tx &- y\n"));
        check("A", "Grüße/x", Some("A\nGr&APwA3w-e.x\n"));
        check("V\t2\n\nA\tB\n", "A/B", None);
        check("A.B\n", "A/B", None);
    }

    #[test]
    fn the_file_is_made_and_a_locked_one_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let read = || fs::read_to_string(dir.path().join(FILE)).unwrap();
        subscribe(dir.path(), "A/B").unwrap();
        subscribe(dir.path(), "A/B").unwrap();
        assert_eq!(read(), "V\t2\n\nA\tB\n");
        fs::write(dir.path().join("subscriptions.lock"), "").unwrap();
        subscribe(dir.path(), "C").unwrap();
        assert_eq!(read(), "V\t2\n\nA\tB\n");
    }
}
