//! [`Problem`]: a fault of the configuration as it is shown to the user.

use std::fmt;
use std::path::PathBuf;

use super::excerpt::Excerpt;
use crate::text::escape::escape;

/// One fault, with its place: a line that says what is wrong, what was expected and what to do,
/// and where the place is in a file, that line of it with a caret. Never a value that could be a
/// secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub(super) place: Place,
    pub(super) what: String,
}

/// Where a fault is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// In a file.
    Line(PathBuf, Excerpt),
    /// A file as a whole.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
    /// Nowhere in particular.
    Nowhere,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = escape(&self.what);
        match &self.place {
            Place::Line(file, excerpt) => {
                let file = file.to_string_lossy();
                let Excerpt { line, column, .. } = excerpt;
                write!(f, "{}:{line}:{column}: {what}{excerpt}", escape(&file))
            }
            Place::File(file) => write!(f, "{}: {what}", escape(&file.to_string_lossy())),
            Place::Variable(name) => write!(f, "environment variable {}: {what}", escape(name)),
            Place::Nowhere => write!(f, "{what}"),
        }
    }
}

/// All faults of a configuration; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Puts them in the order of their places: the file from top to bottom, then the environment.
    pub(super) fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| match &problem.place {
            Place::Nowhere => (0, 0, 0, String::new()),
            Place::File(_) => (1, 0, 0, String::new()),
            Place::Line(_, Excerpt { line, column, .. }) => (2, *line, *column, String::new()),
            Place::Variable(name) => (3, 0, 0, name.clone()),
        });
        problems.dedup();
        Problems(problems)
    }

    /// Each of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Problems(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
