//! What is said of one mail.

use std::collections::BTreeSet;

use super::{Flag, Label, Occasion, Posterior};

/// What is said of one mail.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Probability of each label.
    pub posterior: Posterior,
    /// The occasion that it wishes well for, or is about.
    pub occasion: Occasion,
    /// What else is to be said.
    pub flags: BTreeSet<Flag>,
    /// ISO 639-1 code of the language, or `und`.
    pub language: &'static str,
    /// What spoke for which label, strongest first; empty unless it was asked for.
    pub evidence: Vec<Evidence>,
}

/// One piece of evidence: a sentence, or something about the mail as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// What it is, in words that tell nothing of the text: "a memory the two share".
    pub meaning: String,
    /// The sentence, where it is one.
    pub quote: Option<String>,
    /// The label that it speaks for most.
    pub label: Label,
    /// What it adds to the log odds of that label against the average of all, in nat.
    pub weight: f64,
}

impl Evidence {
    /// Meaning and quote in one line.
    pub fn term(&self) -> String {
        match &self.quote {
            Some(quote) => format!("{}: {quote}", self.meaning),
            None => self.meaning.clone(),
        }
    }
}
