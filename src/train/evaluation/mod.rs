//! How good the judging is: figures over mails whose label is known. Pure; [`json`] and [`table`]
//! show them.
//!
//! A rate over nothing (no personal mail, so no burial rate) is `None` here, 0.0 in JSON and `–` in
//! text.

pub mod json;
pub mod table;

use std::collections::BTreeMap;

use crate::classify::{Judgement, Label, Occasion, Posterior};
use crate::corpus::Sample;
use crate::verdict::{Thresholds, Verdict, decide};

/// Number of labels.
const LABELS: usize = Label::ALL.len();
/// Number of the equally wide bins of the calibration error.
pub const BINS: usize = 10;

/// What was said of one mail, beside what is right.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The label that it has.
    pub truth: Label,
    /// The likeliest label.
    pub label: Label,
    /// What the thresholds made of that.
    pub verdict: Verdict,
    /// Probability of each label.
    pub posterior: Posterior,
    /// Whether no sensible person would choose another label than `truth`.
    pub certain: bool,
    /// Its language as the corpus says, else as it was found.
    pub lang: String,
    /// Where it comes from.
    pub source: String,
    /// The occasion that it has, where known.
    pub occasion: Option<Occasion>,
    /// The occasion that was found.
    pub occasion_found: Occasion,
}

impl Outcome {
    /// Takes what the corpus says and what was judged.
    pub fn new(sample: &Sample, judgement: &Judgement, thresholds: Thresholds) -> Self {
        Outcome {
            truth: sample.label,
            label: judgement.posterior.label(),
            verdict: decide(&judgement.posterior, thresholds),
            posterior: judgement.posterior,
            certain: sample.certain,
            lang: sample.lang.clone().unwrap_or_else(|| judgement.language.to_owned()),
            source: sample.source.clone(),
            occasion: sample.occasion,
            occasion_found: judgement.occasion,
        }
    }
}

/// The figures of an evaluation, whole and in parts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evaluation {
    /// Over all mails.
    pub all: Figures,
    /// Over those whose label is certain.
    pub certain: Figures,
    /// By language.
    pub languages: BTreeMap<String, Figures>,
    /// By source.
    pub sources: BTreeMap<String, Figures>,
}

impl Evaluation {
    /// Counts outcomes.
    pub fn of<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Self {
        let mut evaluation = Evaluation::default();
        for outcome in outcomes {
            evaluation.all.add(outcome);
            if outcome.certain {
                evaluation.certain.add(outcome);
            }
            evaluation.languages.entry(outcome.lang.clone()).or_default().add(outcome);
            evaluation.sources.entry(outcome.source.clone()).or_default().add(outcome);
        }
        evaluation
    }
}

/// Counts of outcomes, and the rates that follow from them, each in `0.0..=1.0`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// By true label and likeliest label.
    confusion: [[usize; LABELS]; LABELS],
    /// By true label and verdict, `unsure` last.
    verdicts: [[usize; LABELS + 1]; LABELS],
    bins: [Bin; BINS],
    occasions_known: usize,
    occasions_right: usize,
}

/// Mails whose top posterior lies in one tenth of `0.0..=1.0`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Bin {
    /// How many.
    pub messages: usize,
    /// Those whose likeliest label is right.
    pub right: usize,
    /// Sum of their top posteriors.
    confidence: f64,
}

impl Bin {
    /// Mean top posterior.
    pub fn confidence(&self) -> Option<f64> {
        (self.messages > 0).then(|| self.confidence / self.messages as f64)
    }

    /// Share of right labels.
    pub fn accuracy(&self) -> Option<f64> {
        ratio(self.right, self.messages)
    }
}

fn ratio(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl Figures {
    /// Counts one outcome.
    pub fn add(&mut self, outcome: &Outcome) {
        let count = |row: Option<&mut [usize]>, at: usize| {
            if let Some(cell) = row.and_then(|row| row.get_mut(at)) {
                *cell += 1;
            }
        };
        let truth = outcome.truth.index();
        count(self.confusion.get_mut(truth).map(|it| &mut it[..]), outcome.label.index());
        count(self.verdicts.get_mut(truth).map(|it| &mut it[..]), column(outcome.verdict));
        let confidence = outcome.posterior.of(outcome.label);
        // The last bin has both its ends; NaN falls into the first.
        let at = (1..BINS).rev().find(|&at| confidence >= at as f64 / BINS as f64).unwrap_or(0);
        if let Some(bin) = self.bins.get_mut(at) {
            bin.messages += 1;
            bin.right += usize::from(outcome.label == outcome.truth);
            bin.confidence += confidence;
        }
        if let Some(occasion) = outcome.occasion {
            self.occasions_known += 1;
            self.occasions_right += usize::from(occasion == outcome.occasion_found);
        }
    }

    /// Number of mails.
    pub fn messages(&self) -> usize {
        self.confusion.iter().flatten().sum()
    }

    /// Mails of the label `truth` whose likeliest label is `label`.
    pub fn confused(&self, truth: Label, label: Label) -> usize {
        self.confusion.get(truth.index()).and_then(|it| it.get(label.index())).copied().unwrap_or(0)
    }

    /// Mails of the label `truth` with this verdict.
    pub fn judged(&self, truth: Label, verdict: Verdict) -> usize {
        self.verdicts
            .get(truth.index())
            .and_then(|it| it.get(column(verdict)))
            .copied()
            .unwrap_or(0)
    }

    /// Mails that have the label.
    pub fn support(&self, truth: Label) -> usize {
        Label::ALL.into_iter().map(|label| self.confused(truth, label)).sum()
    }

    fn named(&self, label: Label) -> usize {
        Label::ALL.into_iter().map(|truth| self.confused(truth, label)).sum()
    }

    /// Of the mails named so, those that are so.
    pub fn precision(&self, label: Label) -> Option<f64> {
        ratio(self.confused(label, label), self.named(label))
    }

    /// Of the mails that are so, those named so.
    pub fn recall(&self, label: Label) -> Option<f64> {
        ratio(self.confused(label, label), self.support(label))
    }

    /// Harmonic mean of both: `2 tp / (2 tp + fp + fn)`.
    pub fn f1(&self, label: Label) -> Option<f64> {
        ratio(2 * self.confused(label, label), self.named(label) + self.support(label))
    }

    /// Share of mails whose likeliest label is right.
    pub fn accuracy(&self) -> Option<f64> {
        let right = Label::ALL.into_iter().map(|label| self.confused(label, label)).sum();
        ratio(right, self.messages())
    }

    /// Mean F1 of the labels that occur (those with support), each counting the same.
    pub fn macro_f1(&self) -> Option<f64> {
        let occurring = Label::ALL.into_iter().filter(|label| self.support(*label) > 0);
        let scores: Vec<f64> = occurring.filter_map(|label| self.f1(label)).collect();
        (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64)
    }

    /// Personal mails whose verdict is boilerplate or pitch / personal mails.
    pub fn burial_rate(&self) -> Option<f64> {
        let buried = [Label::Boilerplate, Label::Pitch]
            .map(|label| self.judged(Label::Personal, Verdict::Sure(label)));
        ratio(buried.iter().sum(), self.support(Label::Personal))
    }

    /// `other` mails whose verdict is anything but other or unsure / `other` mails.
    pub fn false_file_rate(&self) -> Option<f64> {
        let filed = [Label::Personal, Label::Boilerplate, Label::Pitch]
            .map(|label| self.judged(Label::Other, Verdict::Sure(label)));
        ratio(filed.iter().sum(), self.support(Label::Other))
    }

    /// Mails whose verdict is unsure / mails.
    pub fn unsure_rate(&self) -> Option<f64> {
        let unsure = Label::ALL.into_iter().map(|truth| self.judged(truth, Verdict::Unsure)).sum();
        ratio(unsure, self.messages())
    }

    /// Greetings whose verdict is their label / greetings (mails that are not `other`).
    pub fn filed_right_rate(&self) -> Option<f64> {
        let greetings = [Label::Personal, Label::Boilerplate, Label::Pitch];
        let right = greetings.map(|label| self.judged(label, Verdict::Sure(label)));
        ratio(right.iter().sum(), greetings.map(|label| self.support(label)).iter().sum())
    }

    /// Expected calibration error of the top label: `sum over bins b of n_b / n |acc_b - conf_b|`,
    /// with the share of right labels and the mean top posterior of each of [`BINS`] equally wide
    /// bins (Guo et al. 2017, eq. 3).
    pub fn calibration_error(&self) -> Option<f64> {
        let gaps = self.bins.iter().map(|bin| (bin.right as f64 - bin.confidence).abs());
        let messages = self.messages();
        (messages > 0).then(|| gaps.sum::<f64>() / messages as f64)
    }

    /// Share of right occasions among the mails whose occasion is known.
    pub fn occasion_accuracy(&self) -> Option<f64> {
        ratio(self.occasions_right, self.occasions_known)
    }

    /// The reliability table: each bin with where it begins and ends.
    pub fn reliability(&self) -> impl Iterator<Item = (f64, f64, Bin)> + '_ {
        let edge = |at: usize| at as f64 / BINS as f64;
        self.bins.iter().enumerate().map(move |(at, bin)| (edge(at), edge(at + 1), *bin))
    }
}

fn column(verdict: Verdict) -> usize {
    match verdict {
        Verdict::Sure(label) => label.index(),
        Verdict::Unsure => LABELS,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use Label::{Boilerplate, Other, Personal, Pitch};

    /// A mail judged by its posterior with the default thresholds.
    pub(crate) fn outcome(truth: Label, posterior: [f64; 4]) -> Outcome {
        let posterior = Posterior::from_log(posterior.map(f64::ln));
        Outcome {
            truth,
            label: posterior.label(),
            verdict: decide(&posterior, Thresholds::default()),
            posterior,
            certain: true,
            lang: "de".to_owned(),
            source: "test".to_owned(),
            occasion: Some(Occasion::Birthday),
            occasion_found: Occasion::Birthday,
        }
    }

    /// Two right, one buried, one false, two unsure.
    pub(crate) fn outcomes() -> Vec<Outcome> {
        vec![
            outcome(Personal, [0.85, 0.05, 0.05, 0.05]),
            outcome(Personal, [0.01, 0.97, 0.01, 0.01]),
            outcome(Boilerplate, [0.1, 0.7, 0.1, 0.1]),
            outcome(Boilerplate, [0.0, 0.96, 0.04, 0.0]),
            outcome(Other, [0.0, 0.02, 0.98, 0.0]),
            Outcome {
                certain: false,
                lang: "en".to_owned(),
                occasion_found: Occasion::None,
                ..outcome(Other, [0.55, 0.15, 0.1, 0.2])
            },
            Outcome { occasion: None, ..outcome(Other, [0.2, 0.2, 0.2, 0.4]) },
        ]
    }

    #[track_caller]
    fn check(found: Option<f64>, expected: f64) {
        let found = found.unwrap();
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    #[test]
    fn rates() {
        let figures = Evaluation::of(&outcomes()).all;
        assert_eq!(figures.messages(), 7);
        check(figures.accuracy(), 4.0 / 7.0);
        check(figures.precision(Personal), 0.5);
        check(figures.recall(Personal), 0.5);
        check(figures.precision(Boilerplate), 2.0 / 3.0);
        check(figures.recall(Boilerplate), 1.0);
        check(figures.f1(Boilerplate), 0.8);
        check(figures.precision(Pitch), 0.0);
        assert_eq!(figures.recall(Pitch), None);
        check(figures.f1(Pitch), 0.0);
        check(figures.f1(Other), 0.5);
        // Over the three labels that occur.
        check(figures.macro_f1(), (0.5 + 0.8 + 0.5) / 3.0);
        check(figures.burial_rate(), 0.5);
        check(figures.false_file_rate(), 1.0 / 3.0);
        check(figures.unsure_rate(), 2.0 / 7.0);
        check(figures.filed_right_rate(), 2.0 / 4.0);
        check(figures.occasion_accuracy(), 5.0 / 6.0);
    }

    #[test]
    fn calibration() {
        let figures = Evaluation::of(&outcomes()).all;
        let bins: Vec<(usize, usize)> =
            figures.reliability().map(|(_, _, bin)| (bin.messages, bin.right)).collect();
        let expected =
            [(0, 0), (0, 0), (0, 0), (0, 0), (1, 1), (1, 0), (0, 0), (1, 1), (1, 1), (3, 1)];
        assert_eq!(bins, expected);
        let error = 0.6 + 0.55 + 0.3 + 0.15 + (0.97 + 0.96 + 0.98 - 1.0);
        check(figures.calibration_error(), error / 7.0);
        let mut sure = Figures::default();
        sure.add(&outcome(Pitch, [0.0, 0.0, 1.0, 0.0]));
        assert_eq!(sure.reliability().last().unwrap().2.messages, 1);
        check(sure.calibration_error(), 0.0);
    }

    #[test]
    fn parts() {
        let evaluation = Evaluation::of(&outcomes());
        assert_eq!(evaluation.certain.messages(), 6);
        let messages = |parts: &BTreeMap<String, Figures>| {
            parts.iter().map(|(name, it)| (name.clone(), it.messages())).collect::<Vec<_>>()
        };
        assert_eq!(messages(&evaluation.languages), [("de".to_owned(), 6), ("en".to_owned(), 1)]);
        assert_eq!(messages(&evaluation.sources), [("test".to_owned(), 7)]);
    }

    #[test]
    fn nothing_gives_no_rate() {
        let figures = Evaluation::of(&[]).all;
        let rates = [
            figures.accuracy(),
            figures.macro_f1(),
            figures.burial_rate(),
            figures.false_file_rate(),
            figures.unsure_rate(),
            figures.filed_right_rate(),
            figures.calibration_error(),
            figures.occasion_accuracy(),
            figures.f1(Personal),
        ];
        assert_eq!(rates, [None; 9]);
    }
}
