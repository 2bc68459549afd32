//! What is said of one mail.

use std::collections::BTreeSet;

use super::{Flag, Label, Occasion, Posterior};
use crate::mail::Mail;

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
    pub language: String,
    /// What spoke for which label, strongest first. Weights are shares of the log odds in nat.
    pub evidence: Vec<Evidence>,
}

/// One piece of evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The term in words that a person understands.
    pub term: String,
    /// The label that it speaks for.
    pub label: Label,
    /// Log odds in nat, positive.
    pub weight: f64,
}

/// A fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct Model;

impl Model {
    /// The model that is built into the program.
    pub fn builtin() -> Self {
        Model
    }

    /// Judges one mail.
    pub fn judge(&self, mail: &Mail) -> Judgement {
        let _ = mail;
        Judgement {
            posterior: Posterior::from_log([0.0, 0.0, 0.0, 1.0]),
            occasion: Occasion::None,
            flags: BTreeSet::new(),
            language: "und".to_owned(),
            evidence: Vec::new(),
        }
    }
}
