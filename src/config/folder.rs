//! Checking `[account.NAME.folders]`: names as people write them, made comparable.

use unicode_normalization::UnicodeNormalization;

use super::finding::Findings;
use super::key::KeyPath;
use super::raw::{RawFolders, RawSent};
use super::{Folders, SentFolder};
use crate::text::escape::is_dangerous;

/// The folders of an account, each in the one spelling that [`normalise`] gives.
pub(super) fn folders(table: &KeyPath, raw: &RawFolders, findings: &mut Findings) -> Folders {
    let mut folders = Folders::default();
    if let Some(names) = &raw.inbox {
        let key = table.child("inbox");
        if names.is_empty() {
            findings.unexpected(&key, "an empty list");
        }
        folders.inbox = names.iter().map(|name| named(&key, name, findings)).collect();
    }
    match &raw.sent {
        None => {}
        Some(RawSent::Switch(false)) => folders.sent = SentFolder::Off,
        Some(RawSent::Switch(true)) => findings.unexpected(&table.child("sent"), "true"),
        Some(RawSent::Name(name)) => {
            folders.sent = match name.as_str() {
                "auto" => SentFolder::Auto,
                // So the environment, where all is text, has a way to say it.
                "false" => SentFolder::Off,
                name => SentFolder::Named(named(&table.child("sent"), name, findings)),
            }
        }
    }
    for (key, raw, folder) in [
        ("personal", &raw.personal, &mut folders.personal),
        ("boilerplate", &raw.boilerplate, &mut folders.boilerplate),
        ("pitch", &raw.pitch, &mut folders.pitch),
    ] {
        if let Some(name) = raw {
            *folder = named(&table.child(key), name, findings);
        }
    }
    check_distinct(table, &folders, findings);
    folders
}

/// Each kind of greeting has a folder of its own, or the owner's moves would teach the wrong
/// label; and filing into a watched or the sent folder would be seen as new or as own mail.
fn check_distinct(table: &KeyPath, folders: &Folders, findings: &mut Findings) {
    let mut taken: Vec<(&str, &str)> =
        folders.inbox.iter().map(|name| ("inbox", name.as_str())).collect();
    if let SentFolder::Named(name) = &folders.sent {
        taken.push(("sent", name));
    }
    for (key, name) in [
        ("personal", folders.personal.as_str()),
        ("boilerplate", folders.boilerplate.as_str()),
        ("pitch", folders.pitch.as_str()),
    ] {
        if let Some((other, _)) = taken.iter().find(|(_, other)| *other == name && !name.is_empty())
        {
            let what = format!("\"{name}\" is also `{other}`: expected a folder of its own");
            findings.value(&table.child(key), what);
        }
        taken.push((key, name));
    }
}

fn named(key: &KeyPath, name: &str, findings: &mut Findings) -> String {
    normalise(name).unwrap_or_else(|fault| {
        findings.value(key, format_args!("\"{name}\" is no name of a folder: {fault}"));
        String::new()
    })
}

/// A name in NFC, with `INBOX` in capitals whatever its case (RFC 9051, 5.1).
fn normalise(name: &str) -> Result<String, &'static str> {
    let name: String = name.nfc().collect();
    let levels: Vec<&str> = name.split('/').collect();
    if levels.iter().any(|level| level.trim().is_empty()) {
        return Err("a level of it is empty");
    }
    if levels.iter().any(|level| matches!(*level, "." | "..")) {
        return Err("no level can be `.` or `..`");
    }
    if name.contains(is_dangerous) {
        return Err("it holds a control character");
    }
    match levels.split_first() {
        Some((first, rest)) if first.eq_ignore_ascii_case("INBOX") => {
            Ok([&["INBOX"], rest].concat().join("/"))
        }
        _ => Ok(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: Result<&str, &str>) {
        assert_eq!(normalise(name), expected.map(str::to_owned));
    }

    #[test]
    fn names_have_one_spelling() {
        check("Gru\u{308}ße", Ok("Grüße"));
        check("inbox", Ok("INBOX"));
        check("Inbox/Neu", Ok("INBOX/Neu"));
        check("Inboxen", Ok("Inboxen"));
        check("a.b & c", Ok("a.b & c"));
    }

    #[test]
    fn names_that_are_none() {
        let empty = Err("a level of it is empty");
        for name in ["", "/", "/a", "a/", "a//b", "a/ /b"] {
            check(name, empty);
        }
        check("a/../b", Err("no level can be `.` or `..`"));
        check("a\r\nb", Err("it holds a control character"));
        check("a\u{202e}b", Err("it holds a control character"));
    }
}
