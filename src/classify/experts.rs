//! The experts and what they say of a mail: each a naive Bayes on one family of terms.
//!
//! Their scores, the shares of the roles and the gate are the inputs of the [`Combiner`]. An input
//! is either a score in nat, divided by a power of the number of terms, or a share in `0..=1`.

use super::naive_bayes::{FitError, NaiveBayes};
use super::role_reader::{ROLES, RoleReader};
use super::statistics::{ExpertSettings, LABELS, Settings, Statistics};
use crate::classify::{Combiner, Label, Role};
use crate::feature::layout::{OCCASION, WISH};
use crate::feature::role::{self, RoleShares};
use crate::feature::{Document, Encoded, Terms};

/// Where each family of inputs begins.
pub const WORDS: usize = 0;
/// Scores of the expert on layout.
pub const LAYOUT: usize = WORDS + LABELS;
/// Scores of the expert on roles.
pub const ROLE_MIX: usize = LAYOUT + LABELS;
/// For each role, [`PER_ROLE`] inputs: the logarithm of one plus its sum over sentences, its
/// greatest share, its share of the tokens; then the same three times how surely the mail wishes
/// well, and times how surely it wants something: what a role means depends on both.
pub const ROLE_SHARES: usize = ROLE_MIX + LABELS;
/// Inputs of one role.
pub const PER_ROLE: usize = 9;
/// Whether an occasion is named, a wish is made, either.
pub const GATE: usize = ROLE_SHARES + PER_ROLE * ROLES;
/// Number of inputs.
pub const INPUTS: usize = GATE + 3;

/// A naive Bayes on mails with its settings.
#[derive(Debug, Clone)]
pub struct Expert {
    bayes: NaiveBayes<LABELS>,
    power: f64,
}

/// Weighted terms of a mail.
pub type WeightedTerms = Vec<(u32, f64)>;

impl Expert {
    /// Pairs a fitted model with the power of its length normalisation.
    pub fn new(bayes: NaiveBayes<LABELS>, settings: ExpertSettings) -> Self {
        Expert { bayes, power: settings.power }
    }

    /// The score of each label: the log likelihood over the number of terms to the power, centred.
    pub fn scores(&self, terms: impl Iterator<Item = (u32, f64)> + Clone) -> [f64; LABELS] {
        let scale = self.scale(terms.clone());
        let likelihood = self.bayes.log_likelihood(terms);
        let mean = likelihood.iter().sum::<f64>() / LABELS as f64;
        likelihood.map(|it| (it - mean) * scale)
    }

    /// What a term of weight one says, before the scale.
    pub fn weight(&self, term: u32) -> [f64; LABELS] {
        self.bayes.weight(term)
    }

    /// One over the number of terms to the power.
    pub fn scale(&self, terms: impl Iterator<Item = (u32, f64)>) -> f64 {
        terms.map(|it| it.1).sum::<f64>().max(1.0).powf(-self.power)
    }
}

/// All experts, fitted.
#[derive(Debug, Clone)]
pub struct Experts {
    /// Reads the roles of sentences.
    pub role_reader: RoleReader,
    /// Judges by words.
    pub words: Expert,
    /// Judges by layout.
    pub layout: Expert,
    /// Judges by the mix of roles.
    pub role_mix: Expert,
}

/// What the experts saw in a mail.
#[derive(Debug, Clone)]
pub struct Opinion {
    /// Shares of the roles of each sentence.
    pub roles: Vec<RoleShares>,
    /// Terms of the roles.
    pub role_terms: WeightedTerms,
    /// Inputs of the combiner, [`INPUTS`] of them.
    pub inputs: Vec<f64>,
}

impl Experts {
    /// Restores all of them from their counts.
    ///
    /// # Errors
    /// See [`NaiveBayes::restore`].
    pub fn restore(statistics: &Statistics, settings: &Settings) -> Result<Self, FitError> {
        let expert = |counts, settings: ExpertSettings| {
            Ok::<_, FitError>(Expert::new(NaiveBayes::restore(counts, settings.alpha)?, settings))
        };
        Ok(Experts {
            role_reader: RoleReader::new(
                NaiveBayes::restore(&statistics.roles, settings.role_reader.alpha)?,
                &statistics.sequence,
                settings.role_reader,
            ),
            words: expert(&statistics.words, settings.words)?,
            layout: expert(&statistics.layout, settings.layout)?,
            role_mix: expert(&statistics.role_mix, settings.role_mix)?,
        })
    }

    /// What they say of a mail. `role_terms` numbers the terms of the roles.
    pub fn opinion<T: Terms>(
        &self,
        document: &Document,
        encoded: &Encoded,
        role_terms: &mut T,
    ) -> Opinion {
        let roles = self.role_reader.shares(document, &encoded.sentences);
        let mut mix = Vec::new();
        role::terms(document, &roles, role_terms, &mut mix);
        let scores = [
            self.words.scores(encoded.words.iter().map(|it| (*it, 1.0))),
            self.layout.scores(encoded.layout.iter().map(|it| (*it, 1.0))),
            self.role_mix.scores(mix.iter().copied()),
        ];
        let inputs = inputs(document, &roles, &scores);
        Opinion { roles, role_terms: mix, inputs }
    }
}

/// Lays the inputs in their order.
pub fn inputs(document: &Document, roles: &[RoleShares], scores: &[[f64; LABELS]; 3]) -> Vec<f64> {
    let mut inputs = Vec::with_capacity(INPUTS);
    inputs.extend(scores.iter().flatten());
    let (mut sum, mut most, mut tokens) = ([0.0; ROLES], [0.0_f64; ROLES], [0.0; ROLES]);
    let mut all_tokens = 0.0;
    for (sentence, shares) in document.sentences.iter().zip(roles) {
        let length = sentence.tokens.len() as f64;
        all_tokens += length;
        for (role, share) in shares.iter().enumerate() {
            let places = (sum.get_mut(role), most.get_mut(role), tokens.get_mut(role));
            if let (Some(sum), Some(most), Some(tokens)) = places {
                *sum += share;
                *most = most.max(*share);
                *tokens += share * length;
            }
        }
    }
    let surest = |roles: &[Role]| {
        let of = |role: &Role| most.get(role.index()).copied().unwrap_or(0.0);
        roles.iter().map(of).fold(0.0, f64::max)
    };
    let wishes = surest(&[Role::Wish, Role::IndividualWish]);
    let wants = surest(&[Role::Offer, Role::Ask, Role::CallToAction]);
    for ((sum, most), tokens) in sum.iter().zip(&most).zip(&tokens) {
        let shares = [sum.ln_1p(), *most, tokens / f64::max(all_tokens, 1.0)];
        for factor in [1.0, wishes, wants] {
            inputs.extend(shares.map(|it| it * factor));
        }
    }
    let cues = document.cues();
    let occasion = cues.intersects(*OCCASION);
    let wish = cues.intersects(*WISH);
    inputs.extend([occasion, wish, occasion || wish].map(|it| if it { 1.0 } else { 0.0 }));
    inputs
}

/// Names of the inputs, in their order: the family, then what it says (`words.personal`,
/// `role.wish.most`, `gate.occasion`).
pub fn input_names() -> Vec<String> {
    let mut names = Vec::with_capacity(INPUTS);
    for expert in ["words", "layout", "role_mix"] {
        names.extend(Label::ALL.map(|label| format!("{expert}.{label}")));
    }
    for role in Role::ALL {
        for factor in ["", "_if_wished", "_if_wanted"] {
            names.extend(
                ["sum", "most", "tokens"].map(|share| format!("role.{role}.{share}{factor}")),
            );
        }
    }
    names.extend(["occasion", "wish", "either"].map(|it| format!("gate.{it}")));
    names
}

impl Combiner {
    /// Whether it was fitted on inputs of this program's making, and to an end.
    pub fn fits(&self) -> bool {
        let mut numbers = self.bias.iter().chain(self.weights.iter().flatten());
        self.weights.len() == INPUTS && numbers.all(|it| it.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::mail::Mail;

    #[test]
    fn every_input_has_a_name_of_its_own() {
        let names = input_names();
        assert_eq!(names.len(), INPUTS);
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), INPUTS);
        assert_eq!(names[LAYOUT], "layout.personal");
        assert_eq!(names[ROLE_MIX + Label::Other.index()], "role_mix.other");
        assert_eq!(names[GATE], "gate.occasion");
        let ask = ROLE_SHARES + PER_ROLE * Role::Ask.index();
        assert_eq!(
            names[ask..ask + 4].join(" "),
            "role.ask.sum role.ask.most role.ask.tokens role.ask.sum_if_wished"
        );
    }

    #[test]
    fn inputs_stand_where_their_names_say() {
        let mail =
            Mail { text: "Alles Gute!\n\nBitte bestellen Sie jetzt.".into(), ..Mail::default() };
        let document = Document::read(&mail, &[]);
        let mut roles = vec![[0.0; ROLES]; document.sentences.len()];
        roles[0][Role::Wish.index()] = 1.0;
        roles[1][Role::CallToAction.index()] = 0.5;
        let scores = [[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [9.0, 10.0, 11.0, 12.0]];
        let inputs = inputs(&document, &roles, &scores);
        assert_eq!(inputs.len(), INPUTS);
        let names = input_names();
        let of = |name: &str| inputs[names.iter().position(|it| it == name).unwrap()];
        assert_eq!(of("words.boilerplate"), 2.0);
        assert_eq!(of("layout.personal"), 5.0);
        assert_eq!(of("role_mix.other"), 12.0);
        assert_eq!(of("role.wish.sum"), 1.0_f64.ln_1p());
        assert_eq!(of("role.wish.most_if_wanted"), 0.5);
        assert_eq!(of("role.call_to_action.most"), 0.5);
        assert_eq!(of("role.call_to_action.most_if_wished"), 0.5);
        assert_eq!(of("role.call_to_action.most_if_wanted"), 0.25);
        assert_eq!(of("role.offer.sum"), 0.0);
    }
}
