//! Moving a message file from one folder to another: by renaming, never over another file.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::entry::{Entry, locate, scan};
use super::keywords::carry_over;

/// A mail program may rename the file between the look and the move; then it is looked up again.
const TRIES: usize = 5;

/// Moves messages by their unique names, and gives back their old and new ones. Content,
/// modification time, flags and keywords stay, and so does the unique name, unless the target
/// folder has a message of that name. What is in the source folder no more is left out.
///
/// # Errors
/// The first message that can't be moved ends it; those before it were.
pub(super) fn relocate(
    from: &Path,
    names: &[String],
    to: &Path,
) -> io::Result<Vec<(String, String)>> {
    let taken: BTreeSet<String> = scan(to)?.into_keys().collect();
    let mut moved = Vec::new();
    let mut result = Ok(());
    for name in names {
        match one(from, name, to, &taken) {
            Ok(Some(new)) => moved.push((name.clone(), new)),
            Ok(None) => {}
            Err(error) => {
                result = Err(error);
                break;
            }
        }
    }
    // The new places first: if the machine stops in between, a message in both is better than one
    // in neither.
    for directory in [to, from] {
        for part in ["new", "cur"] {
            File::open(directory.join(part))?.sync_all()?;
        }
    }
    result.map(|()| moved)
}

fn one(from: &Path, name: &str, to: &Path, taken: &BTreeSet<String>) -> io::Result<Option<String>> {
    let mut new = name.to_owned();
    for _ in 0..TRIES {
        let Some(entry) = locate(from, name)? else { return Ok(None) };
        if taken.contains(&new) {
            new = fresh_name(name);
        }
        let file = if entry.file == name {
            new.clone()
        } else {
            format!("{new}:2,{}", carry_over(entry.flags(), from, to)?)
        };
        let target = Entry { part: entry.part, file };
        match rename(&entry.path(from), &target.path(to)) {
            Ok(()) => return Ok(Some(new)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => new = fresh_name(name),
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("the message is renamed all the time"))
}

/// Renames without replacing anything. A file system that can't promise that (NFS) is asked
/// whether the name is free, and the name is unique to begin with.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => match fs::symlink_metadata(to) {
            Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => fs::rename(from, to),
            Err(error) => Err(error),
        },
        Err(Errno::XDEV) => Err(io::Error::other(
            "the folder lies on another file system, and a message is only moved by renaming it",
        )),
        other => Ok(other?),
    }
}

/// A unique name (cr.yp.to/proto/maildir.html) that keeps the size fields of the old one
/// (`,S=…,W=…`), which Dovecot relies on.
fn fresh_name(old: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let fields = old.split_once(',').map_or(String::new(), |(_, it)| format!(",{it}"));
    let host = gethostname::gethostname().to_string_lossy().replace(['/', ':', ','], "_");
    format!(
        "{}.M{}P{}Q{}.{host}{fields}",
        now.as_secs(),
        now.subsec_micros(),
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(files: &[&str]) -> (tempfile::TempDir, [std::path::PathBuf; 2]) {
        let dir = tempfile::tempdir().unwrap();
        let both = ["a", "b"].map(|it| dir.path().join(it));
        for folder in &both {
            for part in ["new", "cur", "tmp"] {
                fs::create_dir_all(folder.join(part)).unwrap();
            }
        }
        for file in files {
            fs::write(dir.path().join(file), file).unwrap();
        }
        (dir, both)
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut found: Vec<String> = ["new", "cur"]
            .iter()
            .flat_map(|part| {
                fs::read_dir(folder.join(part))
                    .unwrap()
                    .map(move |it| format!("{part}/{}", it.unwrap().file_name().display()))
            })
            .collect();
        found.sort();
        found
    }

    #[test]
    fn place_flags_and_time_stay() {
        let (_dir, [from, to]) = folders(&["a/new/1", "a/cur/2:2,FS", "a/cur/3:1,x", "a/tmp/4"]);
        let old = UNIX_EPOCH + std::time::Duration::from_secs(86_400);
        let file = File::options().append(true).open(from.join("cur/2:2,FS")).unwrap();
        file.set_modified(old).unwrap();
        let asked = ["1", "2", "4", "5"].map(str::to_owned);
        let moved = relocate(&from, &asked, &to).unwrap();
        assert_eq!(moved, [("1", "1"), ("2", "2")].map(|(a, b)| (a.to_owned(), b.to_owned())));
        assert_eq!(names(&to), ["cur/2:2,FS", "new/1"]);
        assert_eq!(names(&from), ["cur/3:1,x"]);
        assert_eq!(fs::metadata(to.join("cur/2:2,FS")).unwrap().modified().unwrap(), old);
        assert_eq!(fs::read_to_string(to.join("new/1")).unwrap(), "a/new/1");
    }

    #[test]
    fn nothing_is_ever_overwritten() {
        let (_dir, [from, to]) = folders(&["a/cur/1,S=7:2,S", "b/new/1,S=7"]);
        let moved = relocate(&from, &["1,S=7".to_owned()], &to).unwrap();
        let new = &moved[0].1;
        assert_ne!(new, "1,S=7");
        assert!(new.ends_with(",S=7"), "{new}");
        assert_eq!(fs::read_to_string(to.join("new/1,S=7")).unwrap(), "b/new/1,S=7");
        let kept = to.join(format!("cur/{new}:2,S"));
        assert_eq!(fs::read_to_string(kept).unwrap(), "a/cur/1,S=7:2,S");
        assert_ne!(fresh_name("x"), fresh_name("x"));
    }

    #[test]
    fn a_name_that_is_taken_at_the_last_moment_is_left_alone() {
        let (_dir, [from, to]) = folders(&["a/new/1", "b/new/1"]);
        let error = rename(&from.join("new/1"), &to.join("new/1")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        let new = one(&from, "1", &to, &BTreeSet::new()).unwrap().unwrap();
        assert_ne!(new, "1");
        assert_eq!(fs::read_to_string(to.join("new/1")).unwrap(), "b/new/1");
    }

    #[test]
    fn another_file_system_is_said_clearly() {
        let (_dir, [from, _]) = folders(&["a/new/1"]);
        let Ok(other) = tempfile::tempdir_in("/dev/shm") else { return };
        for part in ["new", "cur"] {
            fs::create_dir(other.path().join(part)).unwrap();
        }
        let error = relocate(&from, &["1".to_owned()], other.path()).unwrap_err();
        assert!(error.to_string().contains("another file system"), "{error}");
        assert_eq!(names(&from), ["new/1"]);
    }
}
