//! From posterior to verdict: the label that the daemon dares to act on.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::classify::{Label, Posterior};

/// What is done with a mail is decided by this: a label, or none that is sure enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Sure enough.
    Sure(Label),
    /// A greeting may be among the likely labels, but none reaches its threshold; the mail stays.
    Unsure,
}

/// Posteriors needed before a greeting is filed, each in `0.0..=1.0`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// To file as personal.
    pub min_personal: f64,
    /// To file as boilerplate or pitch, which takes the mail out of sight.
    pub min_bury: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Thresholds { min_personal: 0.80, min_bury: 0.95 }
    }
}

/// Judges by the thresholds. The likeliest label is the verdict if it reaches its threshold;
/// `other` needs none, since it moves nothing.
pub fn decide(posterior: &Posterior, thresholds: Thresholds) -> Verdict {
    let label = posterior.label();
    let needed = match label {
        Label::Personal => thresholds.min_personal,
        Label::Boilerplate | Label::Pitch => thresholds.min_bury,
        Label::Other => return Verdict::Sure(Label::Other),
    };
    if posterior.of(label) >= needed { Verdict::Sure(label) } else { Verdict::Unsure }
}

impl Verdict {
    /// The name in files and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Sure(label) => label.name(),
            Verdict::Unsure => "unsure",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(scores: [f64; 4], expected: Verdict) {
        let posterior = Posterior::from_log(scores.map(f64::ln));
        assert_eq!(decide(&posterior, Thresholds::default()), expected);
    }

    #[test]
    fn each_label_has_its_threshold() {
        check([0.81, 0.19, 0.0, 0.0], Verdict::Sure(Label::Personal));
        check([0.79, 0.21, 0.0, 0.0], Verdict::Unsure);
        check([0.05, 0.95, 0.0, 0.0], Verdict::Sure(Label::Boilerplate));
        check([0.06, 0.94, 0.0, 0.0], Verdict::Unsure);
        check([0.0, 0.06, 0.94, 0.0], Verdict::Unsure);
        check([0.3, 0.2, 0.1, 0.4], Verdict::Sure(Label::Other));
    }
}
