//! Weighs the experts: a small multinomial logistic regression on their scores, fitted by
//! `linfa-logistic` on scores of mails that the experts had not seen (stacked generalisation,
//! D. Wolpert, Neural Networks 5, 1992). Its softmax is the posterior.

use linfa::Dataset;
use linfa::traits::Fit as _;
use linfa_logistic::MultiLogisticRegression;
use ndarray::{Array1, Array2};

use super::Label;
use super::naive_bayes::FitError;

const LABELS: usize = Label::ALL.len();

/// A fitted combination: the score of a label is `bias + sum_i weight_i x_i`.
#[derive(Debug, Clone, PartialEq)]
pub struct Combiner {
    /// Per label.
    pub bias: [f64; LABELS],
    /// Per input, then label.
    pub weights: Vec<[f64; LABELS]>,
}

/// Iterations of L-BFGS after which the fit is taken as it is.
const MAX_ITERATIONS: u64 = 300;
const GRADIENT_TOLERANCE: f64 = 1e-3;

impl Combiner {
    /// Fits it. `rows` are inputs and label of each mail; a row given twice counts twice. `alpha`
    /// is the weight of the L2 penalty.
    ///
    /// # Errors
    /// Without rows of every label, or where linfa gives up.
    pub fn fit(rows: &[(&[f64], Label)], alpha: f64) -> Result<Self, FitError> {
        let width = rows.first().map_or(0, |(inputs, _)| inputs.len());
        if width == 0 || !Label::ALL.iter().all(|it| rows.iter().any(|(_, label)| label == it)) {
            return Err(FitError::Empty);
        }
        let flat: Vec<f64> = rows.iter().flat_map(|(inputs, _)| inputs.iter().copied()).collect();
        let records = Array2::from_shape_vec((rows.len(), width), flat)
            .map_err(|error| FitError::Linfa(error.to_string()))?;
        let targets = Array1::from_iter(rows.iter().map(|(_, label)| label.index()));
        let model = MultiLogisticRegression::default()
            .alpha(alpha)
            .max_iterations(MAX_ITERATIONS)
            .gradient_tolerance(GRADIENT_TOLERANCE)
            .fit(&Dataset::new(records, targets))
            .map_err(|error| FitError::Linfa(error.to_string()))?;
        let mut combiner = Combiner { bias: [0.0; LABELS], weights: vec![[0.0; LABELS]; width] };
        for (column, label) in model.classes().iter().enumerate() {
            if let (Some(bias), Some(value)) =
                (combiner.bias.get_mut(*label), model.intercept().get(column))
            {
                *bias = *value;
            }
            for (weights, row) in combiner.weights.iter_mut().zip(model.params().rows()) {
                if let (Some(weight), Some(value)) = (weights.get_mut(*label), row.get(column)) {
                    *weight = *value;
                }
            }
        }
        Ok(combiner)
    }

    /// Scores of the labels, in nat up to a constant.
    pub fn scores(&self, inputs: &[f64]) -> [f64; LABELS] {
        let mut scores = self.bias;
        for (input, weights) in inputs.iter().zip(&self.weights) {
            scores.iter_mut().zip(weights).for_each(|(score, weight)| *score += input * weight);
        }
        scores
    }

    /// What a vector of inputs that begins at input `from` adds to the score of each label.
    pub fn part(&self, from: usize, inputs: &[f64]) -> [f64; LABELS] {
        let mut scores = [0.0; LABELS];
        for (input, weights) in inputs.iter().zip(self.weights.iter().skip(from)) {
            scores.iter_mut().zip(weights).for_each(|(score, weight)| *score += input * weight);
        }
        scores
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Posterior;

    #[test]
    fn the_input_that_tells_gets_the_weight() {
        let mut inputs = Vec::new();
        for (at, label) in Label::ALL.into_iter().cycle().take(80).enumerate() {
            let mut row = vec![0.0; 5];
            row[label.index()] = 2.0;
            row[4] = (at % 3) as f64;
            inputs.push((row, label));
        }
        let rows: Vec<(&[f64], Label)> =
            inputs.iter().map(|(row, label)| (row.as_slice(), *label)).collect();
        let combiner = Combiner::fit(&rows, 0.1).unwrap();
        for (row, label) in &rows {
            assert_eq!(Posterior::from_log(combiner.scores(row)).label(), *label);
            let mut sum = combiner.bias;
            for part in [combiner.part(0, &row[..3]), combiner.part(3, &row[3..])] {
                sum.iter_mut().zip(part).for_each(|(sum, it)| *sum += it);
            }
            assert!(sum.iter().zip(combiner.scores(row)).all(|(a, b)| (a - b).abs() < 1e-9));
        }
    }

    #[test]
    fn a_label_without_rows_can_not_be_fitted() {
        let row = [1.0];
        assert!(matches!(Combiner::fit(&[(&row[..], Label::Pitch)], 1.0), Err(FitError::Empty)));
    }
}
