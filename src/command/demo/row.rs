//! [`Row`]: one mail as the demo shows it. Pure.

use crate::classify::{Evidence, Label, Model, Posterior, Role, meaning};
use crate::mail;
use crate::verdict::{Thresholds, Verdict, decide};

/// Pieces of evidence shown of a mail.
const PIECES: usize = 3;

/// One mail: who wrote it, what is thought of it and where it lies. Text of strangers in it is not
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
    /// The strongest evidence for the likeliest label, three sentences at most.
    pub reasons: Vec<Reason>,
    /// The folder that it lies in.
    pub folder: String,
}

/// What sentences do, and the sentences that do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// In words: "proposes a call or a meeting".
    pub meaning: String,
    /// The sentences, strongest first.
    pub quotes: Vec<String>,
}

/// Judges messages and says why. Each comes with the folder that it lies in; `my_names` are how the
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

/// The sentences that spoke for the label. What is of another kind than the sentences before it
/// goes first: three different reasons tell more than three times the same. How somebody greets
/// and signs counts too, but tells nobody anything.
fn reasons(label: Label, evidence: Vec<Evidence>) -> Vec<Reason> {
    let (mut first, mut more): (Vec<Reason>, Vec<(String, String)>) = (Vec::new(), Vec::new());
    for Evidence { meaning: kind, quote, label: for_label, .. } in evidence {
        let Some(quote) = quote else { continue };
        if for_label != label || kind == meaning(Role::Salutation) {
            continue;
        }
        if first.iter().any(|it| it.meaning == kind) {
            more.push((kind, quote));
        } else {
            first.push(Reason { meaning: kind, quotes: vec![quote] });
        }
    }
    first.truncate(PIECES);
    for (kind, quote) in more.into_iter().take(PIECES - first.len()) {
        if let Some(reason) = first.iter_mut().find(|it| it.meaning == kind) {
            reason.quotes.push(quote);
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(meaning: &str, quote: Option<&str>, label: Label) -> Evidence {
        let quote = quote.map(str::to_owned);
        Evidence { meaning: meaning.to_owned(), quote, label, weight: 1.0 }
    }

    #[track_caller]
    fn check(pieces: &[(&str, &str)], expected: &[(&str, &[&str])]) {
        let evidence = pieces.iter().map(|(kind, it)| piece(kind, Some(it), Label::Pitch));
        let expected: Vec<Reason> = expected
            .iter()
            .map(|(kind, quotes)| Reason {
                meaning: (*kind).to_owned(),
                quotes: quotes.iter().map(|it| (*it).to_owned()).collect(),
            })
            .collect();
        assert_eq!(reasons(Label::Pitch, evidence.collect()), expected);
    }

    #[test]
    fn different_reasons_go_first() {
        check(&[], &[]);
        check(&[("x", "1"), ("x", "2"), ("x", "3"), ("x", "4")], &[("x", &["1", "2", "3"])]);
        check(
            &[("x", "1"), ("x", "2"), ("y", "3"), ("x", "4")],
            &[("x", &["1", "2"]), ("y", &["3"])],
        );
        check(
            &[("x", "1"), ("x", "2"), ("y", "3"), ("z", "4"), ("a", "5")],
            &[("x", &["1"]), ("y", &["3"]), ("z", &["4"])],
        );
    }

    #[test]
    fn only_sentences_that_spoke_for_the_label_and_tell_something() {
        let evidence = vec![
            piece("an occasion is named", None, Label::Pitch),
            piece("x", Some("for another label"), Label::Personal),
            piece(meaning(Role::Salutation), Some("Hi"), Label::Pitch),
        ];
        assert_eq!(reasons(Label::Pitch, evidence), []);
    }
}
