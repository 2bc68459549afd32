//! Training: samples in numbers, fitting with cross-validation, figures.

pub mod align;
pub mod cap;
pub mod compare;
pub mod evaluation;
pub mod fit;
mod lent;
pub mod own;
pub mod prepared;

use std::collections::BTreeMap;

use crate::classify::naive_bayes::FitError;
use crate::classify::statistics::Card;
use crate::classify::{Model, Occasion, Role};
use crate::corpus::groups::{self, Kin};
use crate::corpus::{Origin, Sample, folds};
use crate::mail;
use crate::verdict::{Thresholds, decide};
use evaluation::{Evaluation, Outcome};
use prepared::TrainingSet;

/// Folds are drawn alike every time.
const SEED: u64 = 1;

/// What training tells of its progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// This many of all samples have been read.
    Read {
        /// Done.
        done: usize,
        /// All.
        all: usize,
    },
    /// What is being done now.
    Stage(&'a str),
    /// Nothing for now: the results follow.
    Done,
}

/// A trained model with its cross-validated figures.
#[derive(Debug)]
pub struct Trained {
    /// The model.
    pub model: Model,
    /// What it said of mails that it had not seen.
    pub evaluation: Evaluation,
}

/// Trains on samples and the sentences of a bank: unites what belongs together, splits into folds,
/// encodes, fits. Where no sentence is marked with a role, `lender` lends what it knows of roles.
///
/// # Errors
/// Where a label has too few mails.
pub fn train(
    samples: &mut [Sample],
    sentences: &[(Role, String)],
    lender: &Model,
    thresholds: Thresholds,
    mut progress: impl FnMut(Progress<'_>),
) -> Result<Trained, FitError> {
    progress(Progress::Stage("finding what belongs together"));
    let kin: Vec<Kin> = samples.iter().map(|it| Kin::of(&mail::parse(&it.bytes))).collect();
    groups::unite(samples, &kin);
    let folds = folds::folds(samples, fold_group, fit::FOLDS, SEED);
    let all = samples.len();
    let set = TrainingSet::read(samples, sentences, lender.statistics(), |done| {
        progress(Progress::Read { done, all });
    });
    let fitted = fit::fit(&set, &folds, |it| progress(Progress::Stage(it)))?;
    let outcomes: Vec<Outcome> = samples
        .iter()
        .zip(&fitted.posteriors)
        .map(|(sample, posterior)| Outcome {
            truth: sample.label,
            label: posterior.label(),
            verdict: decide(posterior, thresholds),
            posterior: *posterior,
            certain: sample.certain,
            lang: sample.lang.clone().unwrap_or_default(),
            source: sample.source.clone(),
            occasion: None,
            occasion_found: Occasion::None,
        })
        .collect();
    let evaluation = Evaluation::of(&outcomes);
    let card = Card { sources: sources(samples), figures: Some(compare::figures(&evaluation)) };
    Ok(Trained { model: fitted.model.with_card(card), evaluation })
}

/// What stays together in a fold: the group, and of written mails all that one writer wrote.
fn fold_group(sample: &Sample) -> &str {
    match sample.origin {
        Origin::Mail => &sample.group,
        Origin::Written => &sample.source,
    }
}

/// Sources with the number of their samples, in order.
pub fn sources(samples: &[Sample]) -> Vec<(String, u64)> {
    let mut sources: BTreeMap<&str, u64> = BTreeMap::new();
    for sample in samples {
        *sources.entry(&sample.source).or_default() += 1;
    }
    sources.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}
