//! Which role each sentence of a mail plays: naive Bayes on the sentence, smoothed over the
//! sequence.
//!
//! Sentences follow one another as people write: a salutation opens, wishes come in rows, the
//! footer closes. So the likelihoods of naive Bayes are the emissions of a hidden Markov model
//! whose transitions are counted in the corpus, and the shares are its posteriors by the
//! forward-backward algorithm (L. Rabiner, "A tutorial on hidden Markov models", Proc. IEEE 77,
//! 1989).

use super::naive_bayes::NaiveBayes;
use super::{Role, softmax};
use crate::feature::role::RoleShares;
use crate::feature::{Document, Place};

/// Number of roles.
pub const ROLES: usize = Role::ALL.len();

/// How often roles follow one another in the body of a mail.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequence {
    /// Roles that a body begins with.
    pub first: [f64; ROLES],
    /// For each role the ones that follow it.
    pub next: [[f64; ROLES]; ROLES],
}

impl Sequence {
    /// Nothing counted yet.
    pub fn new() -> Self {
        Sequence { first: [0.0; ROLES], next: [[0.0; ROLES]; ROLES] }
    }

    /// Counts the roles of one body. A sentence without a mark breaks the chain.
    pub fn add(&mut self, roles: impl Iterator<Item = Option<Role>>) {
        let mut previous: Option<Option<Role>> = None;
        for role in roles {
            if let Some(role) = role {
                let row = match previous {
                    None => Some(&mut self.first),
                    Some(None) => None,
                    Some(Some(before)) => self.next.get_mut(before.index()),
                };
                if let Some(cell) = row.and_then(|it| it.get_mut(role.index())) {
                    *cell += 1.0;
                }
            }
            previous = Some(role);
        }
    }
}

impl Default for Sequence {
    fn default() -> Self {
        Sequence::new()
    }
}

/// How the role reader weighs what it knows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RoleSettings {
    /// Smoothing of the term counts.
    pub alpha: f64,
    /// The log likelihood of a sentence of `n` terms is divided by `n` to this power, since its
    /// terms are far from independent.
    pub power: f64,
    /// Weight of the log prior of the roles.
    pub prior: f64,
    /// Weight of the log odds of a transition.
    pub sequence: f64,
}

/// A fitted reader.
#[derive(Debug, Clone)]
pub struct RoleReader {
    bayes: NaiveBayes<ROLES>,
    settings: RoleSettings,
    /// `(P(r|first) / P(r))^sequence`.
    first: [f64; ROLES],
    /// `(P(r|before) / P(r))^sequence`.
    next: [[f64; ROLES]; ROLES],
}

impl RoleReader {
    /// Pairs a model fitted on marked sentences with how their roles follow one another.
    pub fn new(bayes: NaiveBayes<ROLES>, sequence: &Sequence, settings: RoleSettings) -> Self {
        let prior = bayes.log_prior();
        let lift = |row: &[f64; ROLES]| {
            let all: f64 = row.iter().sum::<f64>() + ROLES as f64;
            let mut out = [0.0; ROLES];
            for ((cell, count), prior) in out.iter_mut().zip(row).zip(prior) {
                *cell = (settings.sequence * (((count + 1.0) / all).ln() - prior)).exp();
            }
            out
        };
        let next = sequence.next.each_ref().map(lift);
        RoleReader { first: lift(&sequence.first), next, bayes, settings }
    }

    /// What one term of a sentence says about its role, in nat, centred.
    pub fn weight(&self, term: u32) -> [f64; ROLES] {
        self.bayes.weight(term)
    }

    /// Shares of the roles for each sentence of a document, given the distinct terms of each.
    pub fn shares(&self, document: &Document, sentences: &[Vec<u32>]) -> Vec<RoleShares> {
        let mut shares: Vec<RoleShares> = sentences.iter().map(|it| self.alone(it)).collect();
        let body: Vec<usize> = document
            .sentences
            .iter()
            .enumerate()
            .filter(|(_, it)| it.place == Place::Body)
            .map(|(at, _)| at)
            .collect();
        self.smooth(&body, &mut shares);
        shares
    }

    /// Shares of a sentence without its neighbours.
    fn alone(&self, terms: &[u32]) -> RoleShares {
        let likelihood = self.bayes.log_likelihood(terms.iter().map(|it| (*it, 1.0)));
        let mean = likelihood.iter().sum::<f64>() / ROLES as f64;
        let scale = (terms.len().max(1) as f64).powf(-self.settings.power);
        let mut scores = [0.0; ROLES];
        for ((score, it), prior) in scores.iter_mut().zip(likelihood).zip(self.bayes.log_prior()) {
            *score = (it - mean) * scale + prior * self.settings.prior;
        }
        softmax(scores)
    }

    /// Forward-backward over the sentences at the places `body`, each step normalised.
    fn smooth(&self, body: &[usize], shares: &mut [RoleShares]) {
        let emissions: Vec<RoleShares> =
            body.iter().filter_map(|at| shares.get(*at).copied()).collect();
        let mut forward: Vec<RoleShares> = Vec::with_capacity(emissions.len());
        for emission in &emissions {
            let arriving = match forward.last() {
                None => self.first,
                Some(before) => {
                    let mut sum = [0.0; ROLES];
                    for (share, row) in before.iter().zip(&self.next) {
                        sum.iter_mut().zip(row).for_each(|(sum, it)| *sum += share * it);
                    }
                    sum
                }
            };
            forward.push(normalised(product(emission, &arriving)));
        }
        let mut backward = [1.0; ROLES];
        for ((at, emission), forward) in body.iter().zip(&emissions).zip(&forward).rev() {
            if let Some(share) = shares.get_mut(*at) {
                *share = normalised(product(forward, &backward));
            }
            let leaving = product(emission, &backward);
            let mut sum = [0.0; ROLES];
            for (sum, row) in sum.iter_mut().zip(&self.next) {
                *sum = row.iter().zip(&leaving).map(|(a, b)| a * b).sum();
            }
            backward = normalised(sum);
        }
    }
}

fn product(a: &RoleShares, b: &RoleShares) -> RoleShares {
    let mut out = [0.0; ROLES];
    out.iter_mut().zip(a.iter().zip(b)).for_each(|(out, (a, b))| *out = a * b);
    out
}

fn normalised(shares: RoleShares) -> RoleShares {
    let sum: f64 = shares.iter().sum();
    if sum > 0.0 { shares.map(|it| it / sum) } else { [1.0 / ROLES as f64; ROLES] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::naive_bayes::Counts;
    use crate::mail::Mail;

    #[test]
    fn neighbours_tell_what_a_sentence_does_not() {
        // Term 0 means a wish, term 1 a salutation, term 2 either.
        let mut counts = Counts::new(3);
        for (role, term) in [(Role::Wish, 0), (Role::Salutation, 1)] {
            counts.add(role.index(), 20.0, [(term, 1.0), (2, 1.0)].into_iter());
        }
        let mut sequence = Sequence::new();
        for _ in 0..50 {
            let roles = [Role::Salutation, Role::Wish, Role::Wish, Role::Salutation];
            sequence.add(roles.into_iter().map(Some));
        }
        let settings = RoleSettings { alpha: 0.1, power: 0.5, prior: 0.5, sequence: 1.0 };
        let bayes = NaiveBayes::fit(&counts, settings.alpha).unwrap();
        let reader = RoleReader::new(bayes, &sequence, settings);
        let document = Document::read(&Mail { text: "a\nb\nc\nd".into(), ..Mail::default() }, &[]);
        let shares = reader.shares(&document, &[vec![2], vec![0], vec![0], vec![2]]);
        let salutation = Role::Salutation.index();
        let wish = Role::Wish.index();
        assert!(shares[0][salutation] > 10.0 * shares[0][wish], "{:?}", shares[0]);
        assert!(shares[1][wish] > 10.0 * shares[1][salutation], "{:?}", shares[1]);
        for share in &shares {
            assert!((share.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn a_gap_breaks_the_chain() {
        let mut sequence = Sequence::new();
        sequence.add([Some(Role::Wish), None, Some(Role::Offer)].into_iter());
        assert_eq!(sequence.first[Role::Wish.index()], 1.0);
        assert_eq!(sequence.next.iter().flatten().sum::<f64>(), 0.0);
    }
}
