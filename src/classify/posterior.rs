//! The probability of each label, given the mail.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::Label;

/// One probability a label, in the order of [`Label::ALL`]; they add up to one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Posterior([f64; Label::ALL.len()]);

impl Posterior {
    /// Normalises joint log likelihoods (natural logarithm) by log-sum-exp:
    /// `p_c = exp(l_c - m) / sum_k exp(l_k - m)` with `m = max_k l_k`.
    ///
    /// Scores that are no numbers count as impossible; if no label is possible, all are alike.
    pub fn from_log(scores: [f64; Label::ALL.len()]) -> Self {
        let max =
            scores.iter().copied().filter(|it| !it.is_nan()).fold(f64::NEG_INFINITY, f64::max);
        if !max.is_finite() {
            return Posterior([1.0 / Label::ALL.len() as f64; Label::ALL.len()]);
        }
        let weights = scores.map(|score| if score.is_nan() { 0.0 } else { (score - max).exp() });
        let sum: f64 = weights.iter().sum();
        Posterior(weights.map(|weight| weight / sum))
    }

    /// The probability of one label.
    pub fn of(&self, label: Label) -> f64 {
        self.0.get(label.index()).copied().unwrap_or(0.0)
    }

    /// The likeliest label; ties go to the one that stands first in [`Label::ALL`].
    pub fn label(&self) -> Label {
        let mut best = Label::Personal;
        for label in Label::ALL {
            if self.of(label) > self.of(best) {
                best = label;
            }
        }
        best
    }

    /// Labels with their probabilities, in the order of [`Label::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Label, f64)> + '_ {
        Label::ALL.into_iter().zip(self.0)
    }
}

/// As an object in the order of [`Label::ALL`], rounded to six decimals.
impl Serialize for Posterior {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const DECIMALS: f64 = 1e6;
        let mut map = serializer.serialize_map(Some(Label::ALL.len()))?;
        for (label, p) in self.iter() {
            map.serialize_entry(label.name(), &((p * DECIMALS).round() / DECIMALS))?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_an_object() {
        let posterior = Posterior::from_log([0.0, 1.0, f64::NEG_INFINITY, -20.0]);
        let json = serde_json::to_string(&posterior).unwrap();
        let expected = r#"{"personal":0.268941,"boilerplate":0.731059,"pitch":0.0,"other":0.0}"#;
        assert_eq!(json, expected);
    }

    #[test]
    fn extreme_scores_stay_finite() {
        let posterior = Posterior::from_log([-90_000.0, -90_001.0, -100_000.0, f64::NEG_INFINITY]);
        assert!((posterior.of(Label::Personal) - 0.731_058_578).abs() < 1e-9);
        assert_eq!(posterior.of(Label::Other), 0.0);
        assert!((posterior.iter().map(|(_, p)| p).sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn ties_favour_the_personal_wish() {
        assert_eq!(Posterior::from_log([0.0; 4]).label(), Label::Personal);
        assert_eq!(Posterior::from_log([f64::NAN; 4]).label(), Label::Personal);
        assert_eq!(Posterior::from_log([-1.0, 0.0, 0.0, -1.0]).label(), Label::Boilerplate);
    }
}
