//! What a model knows of the roles of sentences, lent to a training set without marked sentences:
//! nobody marks roles in his own mail, and without them the experts see half of a mail.

use crate::classify::naive_bayes::Counts;
use crate::classify::role_reader::{ROLES, Sequence};
use crate::classify::statistics::Statistics;
use crate::feature::vocabulary::Growing;
use crate::feature::{Terms as _, Vocabulary};

/// Counts of roles in the numbers of a training set.
#[derive(Debug, Clone)]
pub struct LentRoles {
    /// Of terms in sentences of each role.
    pub counts: Counts<ROLES>,
    /// Which role follows which.
    pub sequence: Sequence,
}

/// Numbers the terms that tell a role; says how many they are.
pub(super) fn number_terms(lender: &Statistics, terms: &mut Growing) -> usize {
    let telling = rows(lender).filter_map(|(term, _)| terms.number(term));
    telling.count()
}

impl LentRoles {
    pub(super) fn of(lender: &Statistics, terms: &Vocabulary) -> Self {
        let mut counts = Counts::new(terms.len());
        counts.samples = lender.roles.samples;
        for (term, row) in rows(lender) {
            let number = terms.find(term).and_then(|it| counts.terms.get_mut(it as usize));
            if let Some(cells) = number {
                *cells = *row;
            }
        }
        LentRoles { counts, sequence: lender.sequence.clone() }
    }
}

/// Terms that stand in sentences whose role is known, with their counts.
fn rows(lender: &Statistics) -> impl Iterator<Item = (&str, &[f64; ROLES])> {
    let rows = lender.sentence_terms.iter().zip(&lender.roles.terms);
    rows.filter(|(_, row)| row.iter().any(|it| *it > 0.0))
}
