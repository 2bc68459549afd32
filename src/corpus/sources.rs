//! Finds messages: a file, an mbox, a Maildir, a folder searched for these, standard input.
//!
//! In a folder, a message is a file that ends in `.eml` or lies in `cur` or `new` of a Maildir; any
//! other file is an mbox if it begins like one, else no mail. A file that is named itself is a
//! message whatever its name is, or an mbox. Links are followed, loops are reported.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::mbox;

/// Where messages are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// One on standard input.
    Stdin,
    /// One in a file.
    File(PathBuf),
    /// Any number in an mbox file.
    Mbox(PathBuf),
}

/// What was found at a path, or why nothing can be found there.
#[derive(Debug)]
pub struct Found {
    /// The path as it is shown; `-` for standard input.
    pub name: String,
    /// The place, or what is wrong with it.
    pub place: io::Result<Place>,
}

/// Finds what lies at and below `paths`, each place once, in the byte order of the names. `-` is
/// standard input.
pub fn find(paths: &[PathBuf]) -> Vec<Found> {
    let mut search = Search::default();
    for path in paths {
        search.named(path);
    }
    let mut found = search.found;
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found.dedup_by(|a, b| match (&a.place, &b.place) {
        (Ok(a), Ok(b)) => a == b,
        (Err(_), Err(_)) => a.name == b.name,
        _ => false,
    });
    found
}

#[derive(Debug, Default)]
struct Search {
    found: Vec<Found>,
    /// Device and inode of the folders above.
    above: Vec<(u64, u64)>,
}

impl Search {
    fn push(&mut self, path: &Path, place: io::Result<Place>) {
        self.found.push(Found { name: path.to_string_lossy().into_owned(), place });
    }

    /// What the user named.
    fn named(&mut self, path: &Path) {
        if path == Path::new("-") {
            self.push(path, Ok(Place::Stdin));
            return;
        }
        let place = match fs::metadata(path) {
            Err(error) => Err(error),
            Ok(metadata) if metadata.is_dir() => return self.folder(path),
            // A pipe can be read only once, so nothing is peeked at.
            Ok(metadata) if is_eml(path) || !metadata.is_file() => Ok(Place::File(path.to_owned())),
            Ok(_) => begins_like_mbox(path).map(|mbox| {
                if mbox { Place::Mbox(path.to_owned()) } else { Place::File(path.to_owned()) }
            }),
        };
        self.push(path, place);
    }

    fn folder(&mut self, path: &Path) {
        match self.enter(path) {
            Ok(entries) => {
                let has = |name| entries.iter().any(|it| it.is_dir && it.path.ends_with(name));
                let maildir = has("cur") && has("new");
                for entry in entries {
                    self.entry(&entry, maildir);
                }
                self.above.pop();
            }
            Err(error) => self.push(path, Err(error)),
        }
    }

    fn enter(&mut self, path: &Path) -> io::Result<Vec<Entry>> {
        let metadata = fs::metadata(path)?;
        let identity = (metadata.dev(), metadata.ino());
        if self.above.contains(&identity) {
            return Err(io::Error::other("the folder links back to one that it lies in"));
        }
        let mut entries = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let path = entry.path();
            let mut kind = entry.file_type()?;
            if kind.is_symlink() {
                match fs::metadata(&path) {
                    Ok(target) => kind = target.file_type(),
                    // Editors leave dangling links with a dot as locks.
                    Err(_) if is_hidden(&path) => continue,
                    Err(error) => {
                        self.push(&path, Err(error));
                        continue;
                    }
                }
            }
            if kind.is_dir() || kind.is_file() {
                entries.push(Entry { path, is_dir: kind.is_dir() });
            }
        }
        self.above.push(identity);
        Ok(entries)
    }

    fn entry(&mut self, entry: &Entry, maildir: bool) {
        let path = &entry.path;
        if entry.is_dir {
            if maildir && (path.ends_with("cur") || path.ends_with("new")) {
                self.delivered(path);
            } else if !(maildir && path.ends_with("tmp")) {
                self.folder(path);
            }
        } else if is_eml(path) {
            self.push(path, Ok(Place::File(path.clone())));
        } else {
            match begins_like_mbox(path) {
                Ok(true) => self.push(path, Ok(Place::Mbox(path.clone()))),
                Ok(false) => {}
                Err(error) => self.push(path, Err(error)),
            }
        }
    }

    /// `cur` or `new` of a Maildir: every file is a message, but those that begin with a dot.
    fn delivered(&mut self, folder: &Path) {
        match self.enter(folder) {
            Ok(entries) => {
                self.above.pop();
                for Entry { path, is_dir } in entries {
                    if !is_dir && !is_hidden(&path) {
                        self.push(&path, Ok(Place::File(path.clone())));
                    }
                }
            }
            Err(error) => self.push(folder, Err(error)),
        }
    }
}

#[derive(Debug)]
struct Entry {
    path: PathBuf,
    is_dir: bool,
}

fn is_eml(path: &Path) -> bool {
    path.extension().is_some_and(|it| it.eq_ignore_ascii_case("eml"))
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|it| it.as_encoded_bytes().starts_with(b"."))
}

fn begins_like_mbox(path: &Path) -> io::Result<bool> {
    let mut head = Vec::with_capacity(8);
    File::open(path)?.take(6).read_to_end(&mut head)?;
    Ok(mbox::is_mbox(&head))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::reader::{READ_LIMIT, Reader};
    use std::os::unix::fs::symlink;

    fn write(root: &Path, files: &[(&str, &str)]) {
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    /// Names below `root` with the text of the message, or the error.
    fn read_all(root: &Path, paths: &[&str]) -> Vec<(String, String)> {
        let paths: Vec<PathBuf> = paths.iter().map(|it| root.join(it)).collect();
        let mut all = Vec::new();
        let mut reader = Reader::default();
        for found in find(&paths) {
            reader
                .read(found, |name, read| {
                    let text = match read {
                        Ok(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                        Err(error) => format!("error: {error}"),
                    };
                    let prefix = format!("{}/", root.display());
                    all.push((name.strip_prefix(&prefix).unwrap_or(name).to_owned(), text));
                    Ok::<(), ()>(())
                })
                .unwrap();
        }
        all
    }

    #[track_caller]
    fn check(root: &Path, paths: &[&str], expected: &[(&str, &str)]) {
        let found = read_all(root, paths);
        let found: Vec<(&str, &str)> =
            found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn each_kind_is_found_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        write(
            root,
            &[
                ("b/one.eml", "A: b1"),
                ("b/two.EML", "From x\nA: b2"),
                ("b/notes.txt", "From: here it looks like a header"),
                ("b/deep/er/box", "From x\nA: 1\n\nFrom y\nA: 2\n"),
                ("b-a.eml", "A: ba"),
                ("md/cur/1.x:2,S", "A: cur"),
                ("md/cur/.hidden", "A: hidden"),
                ("md/new/2.x", "From x\nA: new"),
                ("md/tmp/3.x.eml", "A: tmp"),
                ("md/dovecot-uidlist", "3 V1"),
                ("md/.Gruesse.Alt/cur/4.x", "A: sub"),
                ("md/.Gruesse.Alt/new/5.x", ""),
            ],
        );
        check(
            root,
            &["b", "b-a.eml", "b/one.eml"],
            &[
                ("b-a.eml", "A: ba"),
                ("b/deep/er/box#1", "A: 1\n"),
                ("b/deep/er/box#2", "A: 2\n"),
                ("b/one.eml", "A: b1"),
                ("b/two.EML", "A: b2"),
            ],
        );
        check(
            root,
            &["md"],
            &[
                ("md/.Gruesse.Alt/cur/4.x", "A: sub"),
                ("md/.Gruesse.Alt/new/5.x", ""),
                ("md/cur/1.x:2,S", "A: cur"),
                ("md/new/2.x", "A: new"),
            ],
        );
        check(root, &["b/notes.txt"], &[("b/notes.txt", "From: here it looks like a header")]);
        check(
            root,
            &["b/deep/er/box"],
            &[("b/deep/er/box#1", "A: 1\n"), ("b/deep/er/box#2", "A: 2\n")],
        );
    }

    #[test]
    fn what_cannot_be_read_is_named_and_the_rest_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        write(root, &[("a/1.eml", "A: 1"), ("a/b/2.eml", "A: 2")]);
        symlink(root.join("a"), root.join("a/b/loop")).unwrap();
        symlink(root.join("nowhere"), root.join("a/3.eml")).unwrap();
        symlink(root.join("nowhere"), root.join("a/.#lock")).unwrap();
        symlink(root.join("a/b"), root.join("a/again")).unwrap();
        let missing = "error: No such file or directory (os error 2)";
        let looped = "error: the folder links back to one that it lies in";
        check(
            root,
            &["a", "gone"],
            &[
                ("a/1.eml", "A: 1"),
                ("a/3.eml", missing),
                ("a/again/2.eml", "A: 2"),
                ("a/again/loop", looped),
                ("a/b/2.eml", "A: 2"),
                ("a/b/loop", looped),
                ("gone", missing),
            ],
        );
    }

    #[test]
    fn no_more_is_read_than_is_looked_at() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), &[("1.eml", &"x".repeat(READ_LIMIT + 10))]);
        let all = read_all(dir.path(), &["1.eml"]);
        assert_eq!(all[0].1.len(), READ_LIMIT);
    }
}
