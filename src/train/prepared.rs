//! [`TrainingSet`]: samples in numbers, ready to be counted.

use std::collections::HashMap;

use super::align;
use super::lent::{self, LentRoles};
use crate::classify::statistics::Statistics;
use crate::classify::{Label, Role};
use crate::corpus::{Origin, Sample};
use crate::feature::vocabulary::Growing;
use crate::feature::{Document, Encoded, Vocabulary};
use crate::mail::{self, Mail};

/// A term enters a model if this many groups (senders, threads, templates) of one origin used it,
/// so that nobody's name or address travels in it.
pub const MIN_GROUPS: u32 = 3;

/// What an uncertain sample counts, against one for a certain one.
const UNCERTAIN_WEIGHT: f64 = 0.5;

/// One sample.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Its sentences.
    pub document: Document,
    /// Its terms.
    pub encoded: Encoded,
    /// The marked role of each sentence.
    pub roles: Vec<Option<Role>>,
    /// Its label.
    pub label: Label,
    /// Received or written.
    pub origin: Origin,
    /// What it counts: 1 if certain.
    pub weight: f64,
}

/// Samples with their vocabularies.
#[derive(Debug, Default)]
pub struct TrainingSet {
    /// In the order of the samples.
    pub mails: Vec<Prepared>,
    /// Terms and role of each sentence of the bank. Only what the sentence itself tells: it has no
    /// place and no neighbours.
    pub sentences: Vec<(Vec<u32>, Role)>,
    /// Terms of sentences.
    pub sentence_terms: Vocabulary,
    /// Terms of the layout.
    pub layout_terms: Vocabulary,
    /// What another model knows of roles, in these numbers, where no sentence here is marked.
    pub lent: Option<LentRoles>,
    /// By origin, whether the counts of a sentence term may enter a model.
    admitted: [Vec<bool>; 2],
}

impl TrainingSet {
    /// Reads and encodes samples and single sentences; `done` is told the number of samples that
    /// are done. Where none of their sentences is marked with a role, `lender` lends what it knows
    /// of roles.
    pub fn read(
        samples: &[Sample],
        sentences: &[(Role, String)],
        lender: &Statistics,
        mut done: impl FnMut(usize),
    ) -> Self {
        let (mut sentence_terms, mut layout_terms) = (Growing::default(), Growing::default());
        let marked = !sentences.is_empty() || samples.iter().any(|it| !it.roles.is_empty());
        let lender = (!marked).then_some(lender);
        let lent = lender.map_or(0, |it| lent::number_terms(it, &mut sentence_terms));
        let mut mails = Vec::with_capacity(samples.len());
        for (at, sample) in samples.iter().enumerate() {
            let mail = mail::parse(&sample.bytes);
            let document = Document::read(&mail, &[]);
            let encoded = Encoded::read(&mail, &document, &mut sentence_terms, &mut layout_terms);
            mails.push(Prepared {
                roles: align::roles(&document, &sample.roles),
                document,
                encoded,
                label: sample.label,
                origin: sample.origin,
                weight: if sample.certain { 1.0 } else { UNCERTAIN_WEIGHT },
            });
            done(at + 1);
        }
        let sentences = sentences
            .iter()
            .flat_map(|(role, text)| {
                let mail = Mail { text: text.clone(), ..Mail::default() };
                let document = Document::read(&mail, &[]);
                let encoded =
                    Encoded::read(&mail, &document, &mut sentence_terms, &mut layout_terms);
                encoded.sentences.into_iter().map(|terms| (terms, *role))
            })
            .collect();
        let mut set = TrainingSet { mails, sentences, ..TrainingSet::default() };
        set.number(samples, sentence_terms.into_terms(), layout_terms.into_terms(), lent);
        set.lent = lender.map(|it| LentRoles::of(it, &set.sentence_terms));
        set
    }

    /// Whether the counts of a term may enter a model from mails of this origin.
    pub fn admits(&self, origin: Origin, term: u32) -> bool {
        let admitted = match origin {
            Origin::Mail => &self.admitted[0],
            Origin::Written => &self.admitted[1],
        };
        admitted.get(term as usize).copied().unwrap_or(false)
    }

    /// Drops the terms of too few groups and numbers the others in order. The first `lent` terms
    /// of sentences are another model's and stay.
    fn number(
        &mut self,
        samples: &[Sample],
        sentence_terms: Vec<String>,
        layout: Vec<String>,
        lent: usize,
    ) {
        let groups = |origin: Origin, terms_of: fn(&Encoded) -> Vec<u32>, terms: usize| {
            let mut seen = vec![(usize::MAX, 0_u32); terms];
            let mut numbers: HashMap<&str, usize> = HashMap::new();
            for (sample, mail) in by_group(samples, &self.mails) {
                if sample.origin != origin {
                    continue;
                }
                let next = numbers.len();
                let group = *numbers.entry(&sample.group).or_insert(next);
                for term in terms_of(&mail.encoded) {
                    if let Some((last, count)) = seen.get_mut(term as usize)
                        && *last != group
                    {
                        (*last, *count) = (group, *count + 1);
                    }
                }
            }
            seen.into_iter().map(|(_, count)| count >= MIN_GROUPS).collect::<Vec<bool>>()
        };
        let of_sentences = |it: &Encoded| it.sentences.iter().flatten().copied().collect();
        let of_layout = |it: &Encoded| it.layout.clone();
        let mail = groups(Origin::Mail, of_sentences, sentence_terms.len());
        let written = groups(Origin::Written, of_sentences, sentence_terms.len());
        let layout_mail = groups(Origin::Mail, of_layout, layout.len());
        let layout_written = groups(Origin::Written, of_layout, layout.len());

        let mut kept = either(&mail, &written);
        kept.iter_mut().take(lent).for_each(|it| *it = true);
        let (vocabulary, numbers) = renumbered(sentence_terms, &kept);
        let (layout_vocabulary, layout_numbers) =
            renumbered(layout, &either(&layout_mail, &layout_written));
        for encoded in self.mails.iter_mut().map(|it| &mut it.encoded) {
            encoded.sentences.iter_mut().for_each(|it| renumber(it, &numbers));
            renumber(&mut encoded.words, &numbers);
            renumber(&mut encoded.layout, &layout_numbers);
        }
        let tells = |it: &u32| {
            let term = vocabulary.term(*it);
            !["@place", "@own-line", "@opens", "@before", "@after"]
                .iter()
                .any(|it| term.starts_with(it))
        };
        for (terms, _) in &mut self.sentences {
            renumber(terms, &numbers);
            terms.retain(|it| tells(it));
        }
        self.admitted = [mail, written].map(|old| {
            let mut admitted = vec![false; vocabulary.len()];
            for (old, new) in old.into_iter().zip(&numbers) {
                if let Some(cell) = new.and_then(|it| admitted.get_mut(it as usize)) {
                    *cell = old;
                }
            }
            admitted
        });
        self.sentence_terms = vocabulary;
        self.layout_terms = layout_vocabulary;
    }
}

/// Samples with their mails, those of a group one after the other.
fn by_group<'a>(samples: &'a [Sample], mails: &'a [Prepared]) -> Vec<(&'a Sample, &'a Prepared)> {
    let mut pairs: Vec<_> = samples.iter().zip(mails).collect();
    pairs.sort_by(|a, b| a.0.group.cmp(&b.0.group));
    pairs
}

fn either(a: &[bool], b: &[bool]) -> Vec<bool> {
    a.iter().zip(b).map(|(a, b)| *a || *b).collect()
}

/// The vocabulary of the kept terms, and for each old number the new one.
fn renumbered(terms: Vec<String>, keep: &[bool]) -> (Vocabulary, Vec<Option<u32>>) {
    let kept = terms.iter().zip(keep).filter(|(_, keep)| **keep).map(|(term, _)| term.clone());
    let vocabulary = Vocabulary::new(kept.collect());
    let numbers = terms.iter().map(|term| vocabulary.find(term)).collect();
    (vocabulary, numbers)
}

fn renumber(terms: &mut Vec<u32>, numbers: &[Option<u32>]) {
    *terms = terms.iter().filter_map(|it| numbers.get(*it as usize).copied().flatten()).collect();
    terms.sort_unstable();
}
