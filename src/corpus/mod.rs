//! Corpora: labelled mail to train and to measure on.
//!
//! [`read`] takes the three forms that a corpus can have and gives samples that no longer show it:
//! a folder with `labels.tsv`, folders named after labels, text files of the project's own format.
//! [`groups`] says which samples belong together, [`folds`] splits them for cross-validation.
//! Deliberately absent: features, and any reading of what a mail says.

mod bank;
pub mod compose;
mod encode;
mod folders;
pub mod folds;
pub mod groups;
pub mod marks;
mod markup;
pub mod mbox;
pub mod reader;
pub mod sources;
mod table;
mod texts;
mod values;
pub mod written;

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::classify::{Flag, Label, Occasion, Role};

/// One labelled message.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Its path relative to the corpus, `/` between folders; in an mbox with `#n`, counted from 1;
    /// of a text file with `#ID`.
    pub id: String,
    /// Whether it was received or written for the purpose.
    pub origin: Origin,
    /// Where it comes from: the column `source`, the folder below the label, or the world of a
    /// written mail.
    pub source: String,
    /// The message (RFC 5322), at most one byte more than is looked at.
    pub bytes: Vec<u8>,
    /// What it is to its recipient.
    pub label: Label,
    /// What it wishes well for, where known.
    pub occasion: Option<Occasion>,
    /// Whether no sensible person would choose another label.
    pub certain: bool,
    /// What else is to be said.
    pub flags: BTreeSet<Flag>,
    /// ISO 639-1 code of the language, where known.
    pub lang: Option<String>,
    /// What it belongs to: samples of one group never stand in two folds. It begins with the name
    /// of the corpus.
    pub group: String,
    /// Whether the corpus gave the group; else it is the sample's own until [`groups::unite`].
    pub grouped: bool,
    /// The marked sentences of a written mail, in order.
    pub roles: Vec<(Role, String)>,
}

/// Where a sample comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A real message.
    Mail,
    /// Written by hand for the corpus, in its text form.
    Written,
}

/// A corpus as far as it could be read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Corpus {
    /// In the order of their ids.
    pub samples: Vec<Sample>,
    /// Single sentences with their roles, from the sentence bank of the text form.
    pub sentences: Vec<(Role, String)>,
    /// What had to be left out.
    pub problems: Vec<Problem>,
}

/// Something that could not be read; the rest of the corpus is not touched by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, with its line where it is one of a table or a text.
    pub place: String,
    /// What is wrong, or what was expected.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text)
    }
}

/// Why there is no corpus at a path.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// The folder can't be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The folder or file.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// The table has no head line that can be used.
    #[error("{}:1: {text}", path.display())]
    Table {
        /// The table.
        path: PathBuf,
        /// What was expected.
        text: String,
    },
    /// The folder is none of the three forms.
    #[error(
        "{}: no corpus; expected a `labels.tsv`, folders named {}, or text files whose mails begin \
         with `=== `",
        path.display(),
        Label::ALL.map(Label::name).join(", ")
    )]
    NoCorpus {
        /// The folder.
        path: PathBuf,
    },
}

/// Reads the corpus in a folder.
///
/// # Errors
/// The folder is no corpus. A single file or row that can't be read is a [`Problem`] of the corpus
/// instead.
pub fn read(dir: &Path) -> Result<Corpus, CorpusError> {
    let unreadable = |source| CorpusError::Unreadable { path: dir.to_owned(), source };
    // Also resolves `.`, so that the groups of a corpus always begin with the name of its folder.
    let resolved = fs::canonicalize(dir).map_err(unreadable)?;
    let name = resolved.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let place = Place { dir, name };
    let table = dir.join("labels.tsv");
    let mut corpus = if table.is_file() {
        table::read(&place, &table)?
    } else if let Some(corpus) = folders::read(&place).map_err(unreadable)? {
        corpus
    } else if let Some(corpus) = texts::read(&place).map_err(unreadable)? {
        corpus
    } else {
        return Err(CorpusError::NoCorpus { path: dir.to_owned() });
    };
    corpus.samples.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(corpus)
}

impl Corpus {
    /// Labels that no sample has: nothing can be learnt or measured of them.
    pub fn missing_labels(&self) -> Vec<Label> {
        let has = |label| self.samples.iter().any(|it| it.label == label);
        Label::ALL.into_iter().filter(|&label| !has(label)).collect()
    }
}

/// A corpus that is being read.
struct Place<'a> {
    /// Its folder as the user named it.
    dir: &'a Path,
    /// The name of that folder.
    name: String,
}

impl Place<'_> {
    /// A path below the folder, `/` between levels.
    fn relative(&self, path: &Path) -> String {
        let path = path.strip_prefix(self.dir).unwrap_or(path);
        let parts: Vec<_> = path.iter().map(|it| it.to_string_lossy()).collect();
        parts.join("/")
    }

    /// A group or an id of this corpus among those of all.
    fn scoped(&self, name: &str) -> String {
        format!("{}/{name}", self.name)
    }

    /// The first folder of a relative path, or the corpus itself.
    fn source(&self, relative: &str) -> String {
        relative.split_once('/').map_or(self.name.as_str(), |(top, _)| top).to_owned()
    }
}

/// A sample for tests, in a group of its own.
#[cfg(test)]
pub(crate) fn test_sample(id: &str, label: Label) -> Sample {
    Sample {
        id: id.to_owned(),
        origin: Origin::Mail,
        source: "test".to_owned(),
        bytes: Vec::new(),
        label,
        occasion: None,
        certain: true,
        flags: BTreeSet::new(),
        lang: None,
        group: id.to_owned(),
        grouped: false,
        roles: Vec::new(),
    }
}
