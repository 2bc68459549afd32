//! What a model is made of: counts, and the settings that turn them into judgement.

use super::naive_bayes::Counts;
use super::role_reader::{ROLES, RoleSettings, Sequence};
use super::{Combiner, Label};
use crate::feature::Vocabulary;

/// Number of labels.
pub const LABELS: usize = Label::ALL.len();

/// Sufficient statistics: everything that the corpus says, and nothing of its text but terms that
/// several people used.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistics {
    /// Words, cues and places of sentences.
    pub sentence_terms: Vocabulary,
    /// Their counts in sentences of each role.
    pub roles: Counts<ROLES>,
    /// Counts of the words among them in mails of each label.
    pub words: Counts<LABELS>,
    /// Which role follows which.
    pub sequence: Sequence,
    /// Terms of the layout.
    pub layout_terms: Vocabulary,
    /// Their counts in mails of each label.
    pub layout: Counts<LABELS>,
    /// Terms of the roles of a mail.
    pub role_terms: Vocabulary,
    /// Their (fractional) counts in mails of each label.
    pub role_mix: Counts<LABELS>,
}

/// How one expert on mails weighs its counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExpertSettings {
    /// Smoothing, see [`super::naive_bayes`].
    pub alpha: f64,
    /// The log likelihood is divided by the weight of the terms to this power: 0 is the plain sum,
    /// 1 the mean.
    pub power: f64,
}

/// Everything that was chosen or fitted besides the counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Of the reader of roles.
    pub role_reader: RoleSettings,
    /// Of the expert on words.
    pub words: ExpertSettings,
    /// Of the expert on layout.
    pub layout: ExpertSettings,
    /// Of the expert on roles.
    pub role_mix: ExpertSettings,
    /// How the experts are weighed.
    pub combiner: Combiner,
}

/// Where a model comes from, and how good it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Card {
    /// Corpora with the number of their mails.
    pub sources: Vec<(String, u64)>,
    /// Its figures; none where nobody measured them.
    pub figures: Option<CardFigures>,
}

/// How good a model is on mails that it had not seen, by cross-validation over the mails whose
/// label is certain; each in `0.0..=1.0`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CardFigures {
    /// Mean F1 of the labels that occur.
    pub macro_f1: f64,
    /// Personal mails that would be filed as boilerplate or pitch / personal mails.
    pub burial_rate: f64,
}
