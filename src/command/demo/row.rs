//! [`Row`]: one mail as the demo shows it. Pure.

use crate::classify::{Evidence, Label, Model, Posterior};
use crate::mail;
use crate::verdict::{Thresholds, Verdict, decide};

/// Pieces of evidence shown of a mail.
const REASONS: usize = 3;

/// One mail, who wrote it, what is thought of it and where it lies. Text of strangers in it is not
/// escaped.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Name of the author, else the address.
    pub who: String,
    /// Subject.
    pub subject: String,
    /// What was dared.
    pub verdict: Verdict,
    /// Probability of each label.
    pub posterior: Posterior,
    /// The strongest evidence for the likeliest label, at most three pieces, strongest first.
    pub reasons: Vec<Evidence>,
    /// The folder that it lies in.
    pub folder: String,
}

/// Judges messages and says why; each comes with the folder that it lies in. `my_names` are how the
/// owner is addressed.
pub fn rows<'a>(
    model: &Model,
    my_names: &[String],
    thresholds: Thresholds,
    messages: impl IntoIterator<Item = (&'a [u8], String)>,
) -> Vec<Row> {
    let row = |(bytes, folder): (&[u8], String)| {
        let mail = mail::parse(bytes);
        let judgement = model.explain(&mail, my_names);
        let label = judgement.posterior.label();
        let from = mail.from.unwrap_or_default();
        Row {
            who: if from.name.is_empty() { from.address } else { from.name },
            subject: mail.subject,
            verdict: decide(&judgement.posterior, thresholds),
            posterior: judgement.posterior,
            reasons: reasons(label, judgement.evidence),
            folder,
        }
    };
    messages.into_iter().map(row).collect()
}

/// What spoke for the label. Of a mail that is no greeting only its sentences are of interest: that
/// it names an occasion, or none, is what everybody sees.
fn reasons(label: Label, evidence: Vec<Evidence>) -> Vec<Evidence> {
    evidence
        .into_iter()
        .filter(|it| it.label == label && (label != Label::Other || it.quote.is_some()))
        .take(REASONS)
        .collect()
}
