//! Multinomial naive Bayes, fitted by `linfa-bayes`, scored here.
//!
//! With the counts `N_ct` of term `t` in class `c` and smoothing `alpha`, linfa estimates
//! `ln P(t|c) = ln((N_ct + alpha) / (N_c + alpha |V|))` (A. McCallum, K. Nigam, "A comparison of
//! event models for naive Bayes text classification", AAAI-98). linfa takes dense rows only; since
//! a multinomial model depends on nothing but the sums per class, one row a class with the added
//! up counts gives the same model as one row a mail, and a mail is scored sparsely in `f64`.

use linfa::DatasetView;
use linfa::traits::Fit as _;
use linfa_bayes::MultinomialNb;
use ndarray::{Array1, Array2};
use serde::Deserialize;

use super::quiet;

/// Added up term counts of `N` classes: the sufficient statistics of the model.
#[derive(Debug, Clone, PartialEq)]
pub struct Counts<const N: usize> {
    /// Weight of the mails (or sentences) of each class.
    pub samples: [f64; N],
    /// For each term its weight in each class.
    pub terms: Vec<[f64; N]>,
}

/// A fitted model of `N` classes.
#[derive(Debug, Clone, PartialEq)]
pub struct NaiveBayes<const N: usize> {
    log_prior: [f64; N],
    /// `ln P(t|c)` by term, then class.
    log_prob: Vec<[f64; N]>,
}

/// The counts can't be fitted.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// There is no term, or no mail in any class.
    #[error("nothing to fit: no mail with a term that is frequent enough")]
    Empty,
    /// `alpha` or a count is zero, negative or no number.
    #[error("smoothing and counts must be positive numbers")]
    Value,
    /// linfa refused.
    #[error("linfa-bayes: {0}")]
    Linfa(String),
}

impl<const N: usize> Counts<N> {
    /// No counts yet, for a vocabulary of `terms` terms.
    pub fn new(terms: usize) -> Self {
        Counts { samples: [0.0; N], terms: vec![[0.0; N]; terms] }
    }

    /// Adds a mail or a sentence of a class: `weight` times the weight of each of its terms.
    /// Numbers beyond the vocabulary are passed over.
    pub fn add(&mut self, class: usize, weight: f64, terms: impl Iterator<Item = (u32, f64)>) {
        if let Some(samples) = self.samples.get_mut(class) {
            *samples += weight;
        }
        for (term, count) in terms {
            let cell = self.terms.get_mut(term as usize).and_then(|row| row.get_mut(class));
            if let Some(cell) = cell {
                *cell += weight * count;
            }
        }
    }
}

/// The parts of linfa's fitted model, which it shows through serde only.
#[derive(Deserialize)]
struct Fitted {
    class_info: std::collections::BTreeMap<usize, FittedClass>,
}

#[derive(Deserialize)]
struct FittedClass {
    #[serde(rename = "class_count")]
    _class_count: usize,
    #[serde(rename = "prior")]
    _prior: f64,
    #[serde(rename = "feature_count")]
    _feature_count: Array1<f64>,
    feature_log_prob: Array1<f64>,
}

impl<const N: usize> NaiveBayes<N> {
    /// Fits the model. Class priors are the shares of the samples, smoothed by one.
    ///
    /// # Errors
    /// Where linfa would panic or give nonsense: nothing to fit, `alpha` not above zero, negative
    /// counts.
    pub fn fit(counts: &Counts<N>, alpha: f64) -> Result<Self, FitError> {
        check(counts, alpha)?;
        let mut records = Array2::<f64>::zeros((N, counts.terms.len()));
        for (mut column, term) in records.columns_mut().into_iter().zip(&counts.terms) {
            column.iter_mut().zip(term).for_each(|(cell, count)| *cell = *count);
        }
        let targets = Array1::from_iter(0..N);
        let dataset = DatasetView::new(records.view(), targets.view());
        let model: MultinomialNb<f64, usize> =
            quiet::stderr(|| MultinomialNb::params().alpha(alpha).fit(&dataset))
                .map_err(|error| FitError::Linfa(error.to_string()))?;
        Ok(NaiveBayes {
            log_prior: log_prior(counts),
            log_prob: log_prob(&model, counts.terms.len())?,
        })
    }

    /// The model that [`NaiveBayes::fit`] fits, by the closed form. For loading a model: linfa
    /// formats every count for a debug print, which takes over a second for a whole vocabulary.
    ///
    /// # Errors
    /// As [`NaiveBayes::fit`].
    pub fn restore(counts: &Counts<N>, alpha: f64) -> Result<Self, FitError> {
        check(counts, alpha)?;
        let mut totals = [0.0; N];
        for row in &counts.terms {
            totals.iter_mut().zip(row).for_each(|(total, count)| *total += count + alpha);
        }
        let totals = totals.map(f64::ln);
        let log_prob = counts.terms.iter().map(|row| {
            let mut out = [0.0; N];
            for ((out, count), total) in out.iter_mut().zip(row).zip(&totals) {
                *out = (count + alpha).ln() - total;
            }
            out
        });
        Ok(NaiveBayes { log_prior: log_prior(counts), log_prob: log_prob.collect() })
    }

    /// `ln P(c)` of each class.
    pub fn log_prior(&self) -> [f64; N] {
        self.log_prior
    }

    /// What one term says: `ln P(t|c)` of each class, centred on their mean, so that zero says
    /// nothing. Zero for unknown terms.
    pub fn weight(&self, term: u32) -> [f64; N] {
        let row = self.log_prob.get(term as usize).copied().unwrap_or([0.0; N]);
        let mean = row.iter().sum::<f64>() / N as f64;
        row.map(|it| it - mean)
    }

    /// The joint log likelihood of each class without its prior, in nat:
    /// `sum_t f_t ln P(t|c)`.
    pub fn log_likelihood(&self, terms: impl Iterator<Item = (u32, f64)>) -> [f64; N] {
        let mut sums = [0.0; N];
        for (term, count) in terms {
            if let Some(row) = self.log_prob.get(term as usize) {
                sums.iter_mut().zip(row).for_each(|(sum, it)| *sum += count * it);
            }
        }
        sums
    }
}

/// What linfa would panic on, or fit nonsense from.
fn check<const N: usize>(counts: &Counts<N>, alpha: f64) -> Result<(), FitError> {
    if counts.terms.is_empty() || counts.samples.iter().sum::<f64>() <= 0.0 {
        return Err(FitError::Empty);
    }
    let fine = |value: &f64| value.is_finite() && *value >= 0.0;
    let smooth = alpha.is_finite() && alpha > 0.0;
    if !smooth || counts.terms.iter().flatten().any(|it| !fine(it)) {
        return Err(FitError::Value);
    }
    Ok(())
}

fn log_prior<const N: usize>(counts: &Counts<N>) -> [f64; N] {
    let all: f64 = counts.samples.iter().sum();
    counts.samples.map(|it| ((it + 1.0) / (all + N as f64)).ln())
}

/// Reads the parameters out of linfa's model: term by class.
fn log_prob<const N: usize>(
    model: &MultinomialNb<f64, usize>,
    terms: usize,
) -> Result<Vec<[f64; N]>, FitError> {
    let unreadable = |error: postcard::Error| FitError::Linfa(error.to_string());
    let bytes = postcard::to_stdvec(model).map_err(unreadable)?;
    let fitted: Fitted = postcard::from_bytes(&bytes).map_err(unreadable)?;
    let mut out = vec![[0.0; N]; terms];
    for (class, info) in fitted.class_info {
        for (row, value) in out.iter_mut().zip(&info.feature_log_prob) {
            if let Some(cell) = row.get_mut(class) {
                *cell = *value;
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use linfa::Dataset;
    use linfa::traits::Predict as _;
    use linfa_bayes::NaiveBayes as _;
    use ndarray::{Axis, array};

    use super::*;

    fn rows() -> (Array2<f64>, Array1<usize>) {
        (
            array![
                [2.0, 1.0, 0.0, 0.0, 1.0],
                [1.0, 0.0, 0.0, 1.0, 0.0],
                [0.0, 0.0, 3.0, 1.0, 0.0],
                [0.0, 1.0, 1.0, 0.0, 0.0],
                [0.0, 0.0, 0.0, 2.0, 2.0],
            ],
            array![0, 0, 1, 1, 2],
        )
    }

    fn counts() -> Counts<3> {
        let (rows, classes) = rows();
        let mut counts = Counts::new(5);
        for (row, class) in rows.axis_iter(Axis(0)).zip(&classes) {
            counts.add(*class, 1.0, (0..).zip(row.iter().copied()));
        }
        counts
    }

    #[test]
    fn summed_rows_and_sparse_scores_equal_linfa_fitted_row_by_row() {
        let (rows, classes) = rows();
        let dataset = Dataset::new(rows.clone(), classes);
        let theirs: MultinomialNb<f64, usize> =
            quiet::stderr(|| MultinomialNb::params().alpha(0.3).fit(&dataset)).unwrap();
        let ours = NaiveBayes::fit(&counts(), 0.3).unwrap();

        let joint = theirs.joint_log_likelihood(rows.view());
        let predicted = theirs.predict(&rows);
        for (at, row) in rows.axis_iter(Axis(0)).enumerate() {
            let scores = ours.log_likelihood((0..).zip(row.iter().copied()));
            // linfa's own prior is the share of rows.
            let prior = [2.0_f64 / 5.0, 2.0 / 5.0, 1.0 / 5.0];
            for class in 0..3 {
                let expected = joint[&class][at];
                assert!((scores[class] + prior[class].ln() - expected).abs() < 1e-9);
            }
            let best = (0..3)
                .max_by(|a, b| {
                    (scores[*a] + prior[*a].ln()).total_cmp(&(scores[*b] + prior[*b].ln()))
                })
                .unwrap();
            assert_eq!(best, predicted[at]);
        }
    }

    #[test]
    fn the_closed_form_equals_linfa() {
        let fitted = NaiveBayes::fit(&counts(), 0.3).unwrap();
        let restored = NaiveBayes::restore(&counts(), 0.3).unwrap();
        for (a, b) in fitted.log_prob.iter().flatten().zip(restored.log_prob.iter().flatten()) {
            assert!((a - b).abs() < 1e-12, "{a} {b}");
        }
        assert_eq!(fitted.log_prior, restored.log_prior);
    }

    #[test]
    fn what_linfa_would_panic_on_is_an_error() {
        assert!(matches!(NaiveBayes::fit(&counts(), 0.0), Err(FitError::Value)));
        assert!(matches!(NaiveBayes::fit(&Counts::<3>::new(0), 1.0), Err(FitError::Empty)));
        assert!(matches!(NaiveBayes::fit(&Counts::<3>::new(4), 1.0), Err(FitError::Empty)));
        let mut negative = counts();
        negative.terms[0][0] = -1.0;
        assert!(matches!(NaiveBayes::fit(&negative, 1.0), Err(FitError::Value)));
    }

    #[test]
    fn unknown_terms_say_nothing() {
        let model = NaiveBayes::fit(&counts(), 1.0).unwrap();
        assert_eq!(model.weight(99), [0.0; 3]);
        assert_eq!(model.log_likelihood([(99, 1.0)].into_iter()), [0.0; 3]);
        assert!(model.weight(2).iter().sum::<f64>().abs() < 1e-12);
    }
}
