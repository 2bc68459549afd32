//! Where each key came from: a place in a file, or an environment variable.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use super::excerpt::Excerpt;
use super::finding::{At, Finding};
use super::key::KeyPath;
use super::problem::{Place, Problem};

/// The sources of a configuration.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Origins {
    /// The file that was read, if any.
    pub(super) file: Option<Source>,
    /// Variables by the key that they override.
    pub(super) variables: BTreeMap<KeyPath, String>,
}

/// A file and where its keys and values are, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Source {
    /// Its name.
    pub(super) path: PathBuf,
    /// Its content.
    pub(super) text: String,
    /// Names of keys and tables.
    pub(super) keys: BTreeMap<KeyPath, Range<usize>>,
    /// Values.
    pub(super) values: BTreeMap<KeyPath, Range<usize>>,
}

impl Origins {
    /// A finding with its place. The environment overrides the file, so it is the culprit if both
    /// name a key.
    pub(super) fn problem(&self, finding: Finding) -> Problem {
        let (At::Key(path) | At::Value(path)) = &finding.at;
        let place = self
            .variables
            .get(path)
            .map(|name| Place::Variable(name.clone()))
            .or_else(|| self.file.as_ref().and_then(|file| file.place(&finding.at)))
            .or_else(|| self.variable_within(path))
            .or_else(|| self.file.as_ref().map(|file| Place::File(file.path.clone())))
            .unwrap_or(Place::Nowhere);
        Problem { place, what: finding.what }
    }

    /// A variable that made a table which no file names.
    fn variable_within(&self, table: &KeyPath) -> Option<Place> {
        let (_, name) = self.variables.iter().find(|(path, _)| path.within(table))?;
        Some(Place::Variable(name.clone()))
    }
}

impl Source {
    fn place(&self, at: &At) -> Option<Place> {
        let excerpt = match at {
            At::Key(path) => Excerpt::key(&self.text, self.keys.get(path)?),
            At::Value(path) => {
                Excerpt::value(&self.text, self.keys.get(path)?, self.values.get(path)?)
            }
        };
        Some(Place::Line(self.path.clone(), excerpt))
    }
}
