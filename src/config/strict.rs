//! The strict reading: every key must be known and of its type. What is not is reported and left
//! out, so that the rest can be checked as well.

use std::collections::BTreeSet;

use super::document::Entry;
use super::finding::Findings;
use super::key::KeyPath;
use super::schema::{self, Refusal};
use super::suggest::nearest;
use super::words::{self, kind};

/// What the strict reading of one source comes to.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// What can be used.
    pub(super) good: Vec<Entry>,
    /// What can't.
    pub(super) findings: Findings,
    /// The keys that the refused ones were meant to be: they are not missing besides.
    pub(super) attempted: BTreeSet<KeyPath>,
}

/// Reads the keys of one source.
pub(super) fn read(entries: Vec<Entry>) -> Reading {
    let mut reading = Reading::default();
    let mut seen = BTreeSet::new();
    for entry in entries {
        match schema::verify(&entry.path, &entry.value) {
            Ok(()) => reading.good.push(entry),
            Err(Refusal::Unknown { path, known }) => {
                if seen.insert(path.clone()) {
                    reading.unknown(&path, known);
                }
            }
            Err(Refusal::Mismatch { path }) => {
                if seen.insert(path.clone()) {
                    reading.mismatch(&path, &entry);
                }
            }
        }
    }
    reading
}

impl Reading {
    fn unknown(&mut self, path: &KeyPath, known: &[&str]) {
        let table = path.parent();
        let advice = if words::names_a_secret(path.last()) {
            for name in ["password_file", "password_command", "credential", "oauth2"] {
                self.attempted.insert(table.child(name));
            }
            "a secret never stands in the configuration: put it into a file of its own and name \
             that as `password_file`, or use `password_command` or `credential`"
                .to_owned()
        } else if let Some(name) = nearest(path.last(), known.iter().copied()) {
            self.attempted.insert(table.child(name));
            format!("{}; did you mean `{name}`?", expected_one_of(known))
        } else if let Some(home) = home_of(path) {
            format!("{}; `{}` stands {}", expected_one_of(known), path.last(), home.as_place())
        } else {
            expected_one_of(known)
        };
        let name = KeyPath::from([path.last()]);
        self.findings.key(path, format!("unknown key `{name}` {}: {advice}", table.as_place()));
    }

    fn mismatch(&mut self, path: &KeyPath, entry: &Entry) {
        self.attempted.insert(path.clone());
        // A table was opened where the schema has a key.
        let found = if *path == entry.path { kind(&entry.value) } else { "a table" };
        let what = format!("expected {}; found {found}", words::expected(path));
        if *path == entry.path {
            self.findings.value(path, what);
        } else {
            self.findings.key(path, format!("`{path}`: {what}"));
        }
    }
}

fn expected_one_of(known: &[&str]) -> String {
    let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    format!("expected one of {}", known.join(", "))
}

/// The table that the last name of a path would be known in, if there is exactly one.
fn home_of(path: &KeyPath) -> Option<KeyPath> {
    let mut homes = schema::all_keys()
        .into_iter()
        .flat_map(|key| (1..=key.names().len()).map(move |length| key.prefix(length)))
        .filter(|known| known.last() == path.last())
        .map(|known| known.parent())
        .collect::<BTreeSet<_>>()
        .into_iter();
    let home = homes.next().filter(|_| homes.next().is_none())?;
    match (home.names().as_slice(), path.names().as_slice()) {
        (["account", _, rest @ ..], ["account", account, _, ..]) => {
            let home = KeyPath::from(["account", account]);
            Some(rest.iter().fold(home, |table, name| table.child(name)))
        }
        _ => Some(home),
    }
}
