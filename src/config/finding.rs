//! What a check finds, before it is known where in the file that is.

use std::fmt;

use super::key::KeyPath;
use super::words;

/// One fault: which key, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// What to point at.
    pub(super) at: At,
    /// What is wrong, what was expected, and what to do: one sentence in one line.
    pub(super) what: String,
    /// The keys that would have prevented it. If one of them was tried and refused, this fault is
    /// a consequence and not reported.
    pub(super) absent: Vec<KeyPath>,
}

/// What a report points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum At {
    /// A key, or the head of a table; a value is not shown.
    Key(KeyPath),
    /// A value; not shown where it could hold a secret.
    Value(KeyPath),
}

/// Collects faults, so that all are reported at once.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    /// A fault of the value of `path`.
    pub(super) fn value(&mut self, path: &KeyPath, what: impl fmt::Display) {
        let at = At::Value(path.clone());
        self.0.push(Finding { at, what: format!("`{path}`: {what}"), absent: Vec::new() });
    }

    /// A value that isn't what the key takes.
    pub(super) fn unexpected(&mut self, path: &KeyPath, found: impl fmt::Display) {
        self.value(path, format_args!("expected {}; found {found}", words::expected(path)));
    }

    /// A required key that isn't there.
    pub(super) fn missing(&mut self, path: &KeyPath) {
        let expected = words::expected(path);
        let what = format!("`{path}` is missing: expected {expected}");
        self.lacking(&path.parent(), [path.clone()], what);
    }

    /// A table that lacks one of several keys.
    pub(super) fn lacking(
        &mut self,
        table: &KeyPath,
        absent: impl IntoIterator<Item = KeyPath>,
        what: String,
    ) {
        let absent = absent.into_iter().collect();
        self.0.push(Finding { at: At::Key(table.clone()), what, absent });
    }

    /// A fault of a key or a table as such.
    pub(super) fn key(&mut self, path: &KeyPath, what: String) {
        self.0.push(Finding { at: At::Key(path.clone()), what, absent: Vec::new() });
    }

    /// What was found.
    pub(super) fn into_vec(self) -> Vec<Finding> {
        self.0
    }
}
