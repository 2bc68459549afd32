//! What the lower-case letters in a file name mean.
//!
//! Dovecot keeps keywords as letters `a` to `z`, and for each folder a file `dovecot-keywords` with
//! lines `NUMBER NAME` that says what they stand for. A file that is moved as it is would change
//! its keywords, so the letters are translated.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use super::dotlock::replace;

const FILE: &str = "dovecot-keywords";

/// Letters of one folder and their keywords.
type Letters = BTreeMap<char, String>;

/// The flags that a message of the folder in `from` must have in the folder in `to` to keep its
/// keywords. Names the keywords there where they are missing.
pub(super) fn carry_over(flags: &str, from: &Path, to: &Path) -> io::Result<String> {
    if !flags.contains(is_keyword) {
        return Ok(flags.to_owned());
    }
    let (source, text) = (parse(&read(from)?), read(to)?);
    let mut target = parse(&text);
    let translated = translate(flags, &source, &mut target).ok_or_else(|| {
        io::Error::other("its keywords have no letters left in the folder it would go to")
    })?;
    if target != parse(&text) {
        write(to, &target)?;
    }
    Ok(translated)
}

fn is_keyword(letter: char) -> bool {
    letter.is_ascii_lowercase()
}

/// Translates the letters, adding to `target` what it has no letter for. None if there is no
/// letter left, or if a letter that means nothing would come to mean something.
fn translate(flags: &str, source: &Letters, target: &mut Letters) -> Option<String> {
    let mut letters = Vec::new();
    for flag in flags.chars() {
        letters.push(match source.get(&flag) {
            Some(name) => match target.iter().find(|(_, it)| *it == name) {
                Some((letter, _)) => *letter,
                None => {
                    let free = ('a'..='z').find(|it| !target.contains_key(it))?;
                    target.insert(free, name.clone());
                    free
                }
            },
            None if target.contains_key(&flag) => return None,
            None => flag,
        });
    }
    letters.sort_unstable();
    Some(letters.into_iter().collect())
}

fn parse(text: &str) -> Letters {
    let entry = |line: &str| {
        let (number, name) = line.split_once(' ')?;
        let letter = char::from(b'a'.checked_add(number.parse().ok()?)?);
        is_keyword(letter).then(|| (letter, name.to_owned()))
    };
    text.lines().filter_map(entry).collect()
}

fn read(directory: &Path) -> io::Result<String> {
    match fs::read_to_string(directory.join(FILE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        other => other,
    }
}

fn write(directory: &Path, letters: &Letters) -> io::Result<()> {
    let lines = letters.iter().map(|(letter, name)| {
        let number = u32::from(*letter) - u32::from('a');
        format!("{number} {name}\n")
    });
    replace(directory, FILE, &lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(flags: &str, source: &str, target: &str, expected: Option<(&str, &str)>) {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        for (directory, text) in [(&from, source), (&to, target)] {
            fs::create_dir(directory).unwrap();
            if !text.is_empty() {
                fs::write(directory.join(FILE), text).unwrap();
            }
        }
        let flags = carry_over(flags, &from, &to).ok();
        assert_eq!(flags.as_deref(), expected.map(|it| it.0));
        if let Some((_, text)) = expected {
            assert_eq!(read(&to).unwrap(), text);
        }
    }

    #[test]
    fn letters_are_translated() {
        check("FS", "", "", Some(("FS", "")));
        check("Sab", "0 Foo\n1 $Label1\n", "", Some(("Sab", "0 Foo\n1 $Label1\n")));
        check("Sab", "0 Foo\n1 $L\n", "0 $L\n1 Foo\n", Some(("Sab", "0 $L\n1 Foo\n")));
        check("Sb", "0 Foo\n1 $L\n", "0 $L\n", Some(("Sa", "0 $L\n")));
        check("Sb", "0 Foo\n1 $L\n", "0 x\n2 y\n", Some(("Sb", "0 x\n1 $L\n2 y\n")));
        check("a", "", "", Some(("a", "")));
    }

    #[test]
    fn what_would_change_its_meaning_stays() {
        check("a", "", "0 Foo\n", None);
        let full: String = (0..26).map(|it| format!("{it} k{it}\n")).collect();
        check("a", "0 Foo\n", &full, None);
        check("a", "0 k7\n", &full, Some(("h", &full)));
    }

    #[test]
    fn garbage_names_nothing() {
        assert!(parse("x\n26 a\n300 b\n-1 c\n\n").is_empty());
    }
}
