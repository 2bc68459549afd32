//! Fits a model on a training set.
//!
//! The experts are weighed by what they say of mails that they have not seen: the set is split
//! into folds, each expert judges a fold after being fitted on the others, and the combiner is
//! fitted on those judgements. Then the experts are fitted on everything. The folds keep groups
//! whole, and of written mails the whole world of a writer, because an expert always does better on
//! a writer whom it knows.

use super::lent::LentRoles;
use super::prepared::{Prepared, TrainingSet};
use crate::classify::experts::{Expert, WeightedTerms, inputs};
use crate::classify::naive_bayes::{Counts, FitError, NaiveBayes};
use crate::classify::role_reader::{ROLES, RoleReader, RoleSettings, Sequence};
use crate::classify::statistics::{Card, ExpertSettings, LABELS, Settings, Statistics};
use crate::classify::{Combiner, Label, Model, Posterior};
use crate::corpus::Origin;
use crate::feature::role::{self, RoleShares};
use crate::feature::vocabulary::Growing;
use crate::feature::{Place, Vocabulary};

/// Number of folds.
pub const FOLDS: usize = 5;

/// Chosen by cross-validation, see `models/evaluation/experiments.md`.
const ROLE_READER: RoleSettings =
    RoleSettings { alpha: 0.1, power: 0.5, prior: 0.5, sequence: 0.3 };
const WORDS: ExpertSettings = ExpertSettings { alpha: 0.1, power: 0.5 };
const LAYOUT: ExpertSettings = ExpertSettings { alpha: 0.5, power: 0.5 };
const ROLE_MIX: ExpertSettings = ExpertSettings { alpha: 0.5, power: 0.5 };
/// A real mail counts as much as three written ones for the experts on mails: there are fewer.
const REAL_WEIGHT: f64 = 3.0;
/// Rows of a certain mail in the combiner; an uncertain one has half, a real one twice as many.
const ROWS: usize = 2;
const REAL_ROWS: usize = 2;
/// Weight of the combiner's penalty.
const PENALTY: f64 = 1.0;

/// A model with what it said of each mail of the set when it had not seen it.
#[derive(Debug)]
pub struct Fitted {
    /// Fitted on everything; its card is blank.
    pub model: Model,
    /// Cross-validated, in the order of the set.
    pub posteriors: Vec<Posterior>,
}

/// What the experts said of mails that they had not seen.
struct Unseen {
    roles: Vec<Vec<RoleShares>>,
    words: Vec<[f64; LABELS]>,
    layout: Vec<[f64; LABELS]>,
}

/// Fits a model. `folds` gives the fold of each mail, below [`FOLDS`]; `stage` is told what is
/// being done.
///
/// # Errors
/// Where a label has no mails, or no sentence is marked with a role.
pub fn fit(
    set: &TrainingSet,
    folds: &[usize],
    mut stage: impl FnMut(&str),
) -> Result<Fitted, FitError> {
    stage("reading the roles of sentences");
    let unseen = unseen(set, folds)?;
    stage("weighing the roles of mails");
    let mut growing = Growing::default();
    let mixes: Vec<WeightedTerms> = set
        .mails
        .iter()
        .zip(&unseen.roles)
        .map(|(mail, roles)| {
            let mut terms = Vec::new();
            role::terms(&mail.document, roles, &mut growing, &mut terms);
            terms
        })
        .collect();
    let (role_terms, mixes) = sorted(growing, mixes);
    let role_mix = unseen_role_mix(set, folds, &mixes, role_terms.len())?;
    stage("weighing the experts");
    let rows: Vec<Vec<f64>> = set
        .mails
        .iter()
        .enumerate()
        .map(|(at, mail)| {
            let none = [0.0; LABELS];
            let scores = [&unseen.words, &unseen.layout, &role_mix]
                .map(|it| it.get(at).copied().unwrap_or(none));
            let roles = unseen.roles.get(at).map_or(&[][..], Vec::as_slice);
            inputs(&mail.document, roles, &scores)
        })
        .collect();
    let posteriors = unseen_posteriors(set, folds, &rows)?;
    let combiner = combiner(set, &rows, |_| true)?;
    stage("fitting on everything");
    let all = |_: usize| true;
    let (roles, sequence) = role_counts(set, &all);
    let statistics = Statistics {
        roles: roles.rounded(),
        sequence,
        words: word_counts(set, &all).rounded(),
        layout: layout_counts(set, &all).rounded(),
        role_mix: mix_counts(set, &mixes, role_terms.len(), &all).rounded(),
        sentence_terms: set.sentence_terms.clone(),
        layout_terms: set.layout_terms.clone(),
        role_terms,
    };
    let settings = Settings {
        role_reader: ROLE_READER,
        words: WORDS,
        layout: LAYOUT,
        role_mix: ROLE_MIX,
        combiner,
    };
    Ok(Fitted { model: Model::new(statistics, settings, Card::default())?, posteriors })
}

/// Whether a mail, by its place, is counted.
type Keep<'a> = &'a dyn Fn(usize) -> bool;

fn outside(folds: &[usize], fold: usize) -> impl Fn(usize) -> bool + '_ {
    move |at| folds.get(at).is_some_and(|it| *it != fold)
}

fn weight(mail: &Prepared) -> f64 {
    match mail.origin {
        Origin::Mail => mail.weight * REAL_WEIGHT,
        Origin::Written => mail.weight,
    }
}

fn role_counts(set: &TrainingSet, keep: Keep<'_>) -> (Counts<ROLES>, Sequence) {
    if let Some(LentRoles { counts, sequence }) = &set.lent {
        return (counts.clone(), sequence.clone());
    }
    let mut counts = Counts::new(set.sentence_terms.len());
    let mut sequence = Sequence::new();
    for (_, mail) in set.mails.iter().enumerate().filter(|(at, _)| keep(*at)) {
        if mail.roles.iter().all(Option::is_none) {
            continue;
        }
        for (terms, role) in mail.encoded.sentences.iter().zip(&mail.roles) {
            if let Some(role) = role {
                counts.add(role.index(), 1.0, admitted(set, mail, terms));
            }
        }
        let body = mail.document.sentences.iter().zip(&mail.roles);
        sequence.add(body.filter(|(it, _)| it.place == Place::Body).map(|(_, role)| *role));
    }
    // The bank teaches words, not how frequent a role is.
    let samples = counts.samples;
    for (terms, role) in &set.sentences {
        counts.add(role.index(), 1.0, terms.iter().map(|it| (*it, 1.0)));
    }
    counts.samples = samples;
    (counts, sequence)
}

fn admitted<'a>(
    set: &'a TrainingSet,
    mail: &'a Prepared,
    terms: &'a [u32],
) -> impl Iterator<Item = (u32, f64)> + 'a {
    terms.iter().filter(|it| set.admits(mail.origin, **it)).map(|it| (*it, 1.0))
}

fn word_counts(set: &TrainingSet, keep: Keep<'_>) -> Counts<LABELS> {
    let mut counts = Counts::new(set.sentence_terms.len());
    for (_, mail) in set.mails.iter().enumerate().filter(|(at, _)| keep(*at)) {
        counts.add(mail.label.index(), weight(mail), admitted(set, mail, &mail.encoded.words));
    }
    counts
}

fn layout_counts(set: &TrainingSet, keep: Keep<'_>) -> Counts<LABELS> {
    let mut counts = Counts::new(set.layout_terms.len());
    for (_, mail) in set.mails.iter().enumerate().filter(|(at, _)| keep(*at)) {
        let terms = mail.encoded.layout.iter().map(|it| (*it, 1.0));
        counts.add(mail.label.index(), weight(mail), terms);
    }
    counts
}

fn mix_counts(
    set: &TrainingSet,
    mixes: &[WeightedTerms],
    terms: usize,
    keep: Keep<'_>,
) -> Counts<LABELS> {
    let mut counts = Counts::new(terms);
    for (at, (mail, mix)) in set.mails.iter().zip(mixes).enumerate() {
        if keep(at) {
            counts.add(mail.label.index(), weight(mail), mix.iter().copied());
        }
    }
    counts
}

/// What role reader, words and layout say of each fold, fitted on the others.
fn unseen(set: &TrainingSet, folds: &[usize]) -> Result<Unseen, FitError> {
    let count = set.mails.len();
    let mut unseen = Unseen {
        roles: vec![Vec::new(); count],
        words: vec![[0.0; LABELS]; count],
        layout: vec![[0.0; LABELS]; count],
    };
    for fold in 0..FOLDS {
        let keep = outside(folds, fold);
        let (roles, sequence) = role_counts(set, &keep);
        let bayes = NaiveBayes::fit(&roles, ROLE_READER.alpha)?;
        let reader = RoleReader::new(bayes, &sequence, ROLE_READER);
        let words = Expert::new(NaiveBayes::fit(&word_counts(set, &keep), WORDS.alpha)?, WORDS);
        let layout =
            Expert::new(NaiveBayes::fit(&layout_counts(set, &keep), LAYOUT.alpha)?, LAYOUT);
        let places = unseen.roles.iter_mut().zip(&mut unseen.words).zip(&mut unseen.layout);
        for (at, (mail, ((of_roles, of_words), of_layout))) in
            set.mails.iter().zip(places).enumerate()
        {
            if keep(at) {
                continue;
            }
            *of_roles = reader.shares(&mail.document, &mail.encoded.sentences);
            *of_words = words.scores(mail.encoded.words.iter().map(|it| (*it, 1.0)));
            *of_layout = layout.scores(mail.encoded.layout.iter().map(|it| (*it, 1.0)));
        }
    }
    Ok(unseen)
}

fn unseen_role_mix(
    set: &TrainingSet,
    folds: &[usize],
    mixes: &[WeightedTerms],
    terms: usize,
) -> Result<Vec<[f64; LABELS]>, FitError> {
    let mut scores = vec![[0.0; LABELS]; mixes.len()];
    for fold in 0..FOLDS {
        let keep = outside(folds, fold);
        let counts = mix_counts(set, mixes, terms, &keep);
        let expert = Expert::new(NaiveBayes::fit(&counts, ROLE_MIX.alpha)?, ROLE_MIX);
        for (at, (score, mix)) in scores.iter_mut().zip(mixes).enumerate() {
            if !keep(at) {
                *score = expert.scores(mix.iter().copied());
            }
        }
    }
    Ok(scores)
}

/// Sorts the vocabulary of the role terms and renumbers the mixes.
fn sorted(growing: Growing, mixes: Vec<WeightedTerms>) -> (Vocabulary, Vec<WeightedTerms>) {
    let terms = growing.into_terms();
    let vocabulary = Vocabulary::new(terms.clone());
    let numbers: Vec<Option<u32>> = terms.iter().map(|it| vocabulary.find(it)).collect();
    let renumber = |(term, weight): (u32, f64)| {
        numbers.get(term as usize).copied().flatten().map(|it| (it, weight))
    };
    let mixes = mixes.into_iter().map(|it| it.into_iter().filter_map(renumber).collect());
    (vocabulary, mixes.collect())
}

fn combiner(
    set: &TrainingSet,
    rows: &[Vec<f64>],
    keep: impl Fn(usize) -> bool,
) -> Result<Combiner, FitError> {
    let mut weighted: Vec<(&[f64], Label)> = Vec::with_capacity(rows.len() * ROWS * REAL_ROWS);
    for (at, (mail, row)) in set.mails.iter().zip(rows).enumerate() {
        if keep(at) {
            let times = if mail.weight < 1.0 { ROWS / 2 } else { ROWS };
            let times = if mail.origin == Origin::Mail { times * REAL_ROWS } else { times };
            weighted.extend(std::iter::repeat_n((row.as_slice(), mail.label), times));
        }
    }
    Combiner::fit(&weighted, PENALTY)
}

/// What the combiner says of each fold, fitted on the others.
fn unseen_posteriors(
    set: &TrainingSet,
    folds: &[usize],
    rows: &[Vec<f64>],
) -> Result<Vec<Posterior>, FitError> {
    let mut posteriors = vec![Posterior::from_log([0.0; LABELS]); rows.len()];
    for fold in 0..FOLDS {
        let keep = outside(folds, fold);
        let combiner = combiner(set, rows, &keep)?;
        for (at, (posterior, row)) in posteriors.iter_mut().zip(rows).enumerate() {
            if !keep(at) {
                *posterior = Posterior::from_log(combiner.scores(row));
            }
        }
    }
    Ok(posteriors)
}
