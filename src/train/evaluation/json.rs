//! An evaluation as JSON, for `grussd evaluate --json`.
//!
//! The keys up to `calibration_error` are a contract; others may follow. A rate over nothing is
//! 0.0: `support` and `messages` tell that it says nothing.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{Evaluation, Figures};
use crate::classify::Label;
use crate::verdict::Verdict;

impl Serialize for Evaluation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parts = |parts: &BTreeMap<String, Figures>| {
            parts.iter().map(|(name, figures)| (name.clone(), Rates::of(figures))).collect()
        };
        Report {
            all: Full::of(&self.all),
            certain: Full::of(&self.certain),
            languages: parts(&self.languages),
            sources: parts(&self.sources),
        }
        .serialize(serializer)
    }
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    all: Full,
    certain: Full,
    languages: BTreeMap<String, Rates>,
    sources: BTreeMap<String, Rates>,
}

#[derive(Serialize)]
struct Full {
    messages: usize,
    accuracy: f64,
    macro_f1: f64,
    labels: ByLabel<Scores>,
    confusion: ByLabel<ByLabel<usize>>,
    burial_rate: f64,
    false_file_rate: f64,
    unsure_rate: f64,
    calibration_error: f64,
    filed_right_rate: f64,
    occasion_accuracy: f64,
    verdicts: ByLabel<Verdicts>,
    reliability: Vec<Reliability>,
}

#[derive(Serialize)]
struct Scores {
    precision: f64,
    recall: f64,
    f1: f64,
    support: usize,
}

#[derive(Serialize)]
struct Reliability {
    from: f64,
    to: f64,
    messages: usize,
    confidence: f64,
    accuracy: f64,
}

#[derive(Serialize)]
struct Rates {
    messages: usize,
    accuracy: f64,
    macro_f1: f64,
    burial_rate: f64,
    false_file_rate: f64,
    unsure_rate: f64,
    calibration_error: f64,
    filed_right_rate: f64,
    occasion_accuracy: f64,
}

impl Full {
    fn of(figures: &Figures) -> Self {
        let rates = Rates::of(figures);
        Full {
            messages: rates.messages,
            accuracy: rates.accuracy,
            macro_f1: rates.macro_f1,
            labels: ByLabel::of(|label| Scores {
                precision: number(figures.precision(label)),
                recall: number(figures.recall(label)),
                f1: number(figures.f1(label)),
                support: figures.support(label),
            }),
            confusion: ByLabel::of(|truth| ByLabel::of(|label| figures.confused(truth, label))),
            burial_rate: rates.burial_rate,
            false_file_rate: rates.false_file_rate,
            unsure_rate: rates.unsure_rate,
            calibration_error: rates.calibration_error,
            filed_right_rate: rates.filed_right_rate,
            occasion_accuracy: rates.occasion_accuracy,
            verdicts: ByLabel::of(|truth| Verdicts {
                labels: ByLabel::of(|label| figures.judged(truth, Verdict::Sure(label))),
                unsure: figures.judged(truth, Verdict::Unsure),
            }),
            reliability: figures
                .reliability()
                .map(|(from, to, bin)| Reliability {
                    from,
                    to,
                    messages: bin.messages,
                    confidence: number(bin.confidence()),
                    accuracy: number(bin.accuracy()),
                })
                .collect(),
        }
    }
}

impl Rates {
    fn of(figures: &Figures) -> Self {
        Rates {
            messages: figures.messages(),
            accuracy: number(figures.accuracy()),
            macro_f1: number(figures.macro_f1()),
            burial_rate: number(figures.burial_rate()),
            false_file_rate: number(figures.false_file_rate()),
            unsure_rate: number(figures.unsure_rate()),
            calibration_error: number(figures.calibration_error()),
            filed_right_rate: number(figures.filed_right_rate()),
            occasion_accuracy: number(figures.occasion_accuracy()),
        }
    }
}

fn number(rate: Option<f64>) -> f64 {
    rate.unwrap_or(0.0)
}

#[derive(Serialize)]
struct Verdicts {
    #[serde(flatten)]
    labels: ByLabel<usize>,
    unsure: usize,
}

/// One value a label, as an object in the order of the labels.
struct ByLabel<T>([T; Label::ALL.len()]);

impl<T> ByLabel<T> {
    fn of(value: impl Fn(Label) -> T) -> Self {
        ByLabel(Label::ALL.map(value))
    }
}

impl<T: Serialize> Serialize for ByLabel<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(Label::ALL.len()))?;
        for (label, value) in Label::ALL.into_iter().zip(&self.0) {
            map.serialize_entry(label.name(), value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::outcomes;
    use super::*;

    #[test]
    fn keys_and_their_order() {
        let json = serde_json::to_string(&Evaluation::of(&outcomes())).unwrap();
        let begin = "{\"messages\":7,\"accuracy\":0.5714285714285714,\"macro_f1\":0.6,\"labels\":{\
            \"personal\":{\"precision\":0.5,\"recall\":0.5,\"f1\":0.5,\"support\":2},\"boilerplate\":{";
        assert!(json.starts_with(begin), "{json}");
        let middle = "\"pitch\":{\"precision\":0.0,\"recall\":0.0,\"f1\":0.0,\"support\":0},\
            \"other\":{\"precision\":1.0,\"recall\":0.3333333333333333,\"f1\":0.5,\"support\":3}},\
            \"confusion\":{\"personal\":{\"personal\":1,\"boilerplate\":1,\"pitch\":0,\"other\":0},\
            \"boilerplate\":{\"personal\":0,\"boilerplate\":2,\"pitch\":0,\"other\":0},\
            \"pitch\":{\"personal\":0,\"boilerplate\":0,\"pitch\":0,\"other\":0},\
            \"other\":{\"personal\":1,\"boilerplate\":0,\"pitch\":1,\"other\":1}},\
            \"burial_rate\":0.5,\"false_file_rate\":0.3333333333333333,\
            \"unsure_rate\":0.2857142857142857,\"calibration_error\":0.5";
        assert!(json.contains(middle), "{json}");
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["verdicts"]["other"]["unsure"], 1);
        assert_eq!(value["certain"]["messages"], 6);
        assert_eq!(value["languages"]["en"]["messages"], 1);
        assert_eq!(value["sources"]["test"]["burial_rate"], 0.5);
        assert_eq!(value["reliability"].as_array().unwrap().len(), 10);
    }

    #[test]
    fn nothing_is_zero() {
        let value = serde_json::to_value(Evaluation::default()).unwrap();
        assert_eq!(value["messages"], 0);
        assert_eq!(value["macro_f1"], 0.0);
        assert_eq!(value["labels"]["personal"]["f1"], 0.0);
    }
}
