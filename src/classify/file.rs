//! The file form of a model: versioned, checksummed, the same bytes for the same model.
//!
//! ```text
//! "grussd model\n" | version u32 LE | payload (postcard) | SHA-256 of everything before
//! ```

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Combiner;
use super::model::Model;
use super::naive_bayes::{Counts, FitError};
use super::role_reader::{ROLES, RoleSettings, Sequence};
use super::statistics::{Card, CardFigures, ExpertSettings, LABELS, Settings, Statistics};
use crate::feature::Vocabulary;

const MAGIC: &[u8] = b"grussd model\n";
/// Version of the form. A model of another version is refused.
pub const VERSION: u32 = 1;
const CHECKSUM_BYTES: usize = 32;
/// Counts are kept in steps of one 64th.
pub(super) const STEPS: f64 = 64.0;

/// Why bytes are no model that can be used. Nothing is judged then, and nothing moved.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// Something else.
    #[error("this is no grussd model")]
    NoModel,
    /// Written by a newer program.
    #[error("the model has form {found}, this program reads form {VERSION}; update grussd")]
    Newer {
        /// Its version.
        found: u32,
    },
    /// Cut or changed.
    #[error(
        "the model is damaged: its checksum does not fit; take the one before by `grussd model rollback`"
    )]
    Damaged,
    /// Whole, but it makes no sense.
    #[error("the model can't be used: {0}")]
    Unusable(String),
}

impl From<FitError> for ModelError {
    fn from(error: FitError) -> Self {
        ModelError::Unusable(error.to_string())
    }
}

#[derive(Serialize, Deserialize)]
struct Payload {
    card: Vec<(String, u64)>,
    role_reader: [f64; 4],
    experts: [[f64; 2]; 3],
    bias: [f64; LABELS],
    weights: Vec<[f64; LABELS]>,
    first: [f64; ROLES],
    next: [[f64; ROLES]; ROLES],
    sentence_terms: Vec<String>,
    roles: Table,
    words: Table,
    layout_terms: Vec<String>,
    layout: Table,
    role_terms: Vec<String>,
    role_mix: Table,
    /// Macro-F1 and burial rate.
    figures: Option<[f64; 2]>,
}

/// Counts as steps, term by term; most are zero, which takes one byte.
#[derive(Serialize, Deserialize)]
struct Table {
    samples: Vec<u32>,
    counts: Vec<u32>,
}

impl Table {
    fn of<const N: usize>(counts: &Counts<N>) -> Self {
        Table {
            samples: counts.samples.iter().copied().map(steps).collect(),
            counts: counts.terms.iter().flatten().copied().map(steps).collect(),
        }
    }

    fn counts<const N: usize>(&self, terms: usize) -> Result<Counts<N>, ModelError> {
        let row = |row: &[u32]| {
            let mut out = [0.0; N];
            out.iter_mut().zip(row).for_each(|(out, it)| *out = f64::from(*it) / STEPS);
            out
        };
        if self.samples.len() != N || self.counts.len() != N * terms {
            return Err(ModelError::Unusable("tables of different lengths".to_owned()));
        }
        Ok(Counts {
            samples: row(&self.samples),
            terms: self.counts.chunks_exact(N).map(row).collect(),
        })
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
fn steps(count: f64) -> u32 {
    (count * STEPS).round().clamp(0.0, f64::from(u32::MAX)) as u32
}

impl<const N: usize> Counts<N> {
    /// Rounded to what a file keeps, so that a model judges alike before and after it is stored.
    pub fn rounded(mut self) -> Self {
        let round = |it: &mut f64| *it = f64::from(steps(*it)) / STEPS;
        self.samples.iter_mut().for_each(round);
        self.terms.iter_mut().flatten().for_each(round);
        self
    }
}

impl Model {
    /// The bytes of its file.
    ///
    /// # Errors
    /// [`ModelError::Unusable`] if it can't be written down.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ModelError> {
        let (statistics, settings) = (self.statistics(), self.settings());
        let terms = |it: &Vocabulary| it.iter().map(str::to_owned).collect();
        let reader = settings.role_reader;
        let payload = Payload {
            card: self.card().sources.clone(),
            role_reader: [reader.alpha, reader.power, reader.prior, reader.sequence],
            experts: [settings.words, settings.layout, settings.role_mix]
                .map(|it| [it.alpha, it.power]),
            bias: settings.combiner.bias,
            weights: settings.combiner.weights.clone(),
            first: statistics.sequence.first,
            next: statistics.sequence.next,
            sentence_terms: terms(&statistics.sentence_terms),
            roles: Table::of(&statistics.roles),
            words: Table::of(&statistics.words),
            layout_terms: terms(&statistics.layout_terms),
            layout: Table::of(&statistics.layout),
            role_terms: terms(&statistics.role_terms),
            role_mix: Table::of(&statistics.role_mix),
            figures: self.card().figures.map(|it| [it.macro_f1, it.burial_rate]),
        };
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(
            postcard::to_stdvec(&payload)
                .map_err(|error| ModelError::Unusable(error.to_string()))?,
        );
        let checksum = Sha256::digest(&bytes);
        bytes.extend(checksum);
        Ok(bytes)
    }

    /// Whether bytes begin as those of a model file do.
    pub fn is_file(bytes: &[u8]) -> bool {
        bytes.starts_with(MAGIC)
    }

    /// Reads a model from the bytes of its file.
    ///
    /// # Errors
    /// See [`ModelError`]; every changed byte is noticed.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(ModelError::NoModel)?;
        let (version, rest) = rest.split_first_chunk::<4>().ok_or(ModelError::Damaged)?;
        let payload_bytes = rest.len().checked_sub(CHECKSUM_BYTES).ok_or(ModelError::Damaged)?;
        let (payload, checksum) =
            rest.split_at_checked(payload_bytes).ok_or(ModelError::Damaged)?;
        let covered = bytes.len() - CHECKSUM_BYTES;
        let digest = Sha256::digest(bytes.get(..covered).ok_or(ModelError::Damaged)?);
        if digest[..] != *checksum {
            return Err(ModelError::Damaged);
        }
        let version = u32::from_le_bytes(*version);
        if version != VERSION {
            return Err(ModelError::Newer { found: version });
        }
        let payload: Payload = postcard::from_bytes(payload)
            .map_err(|error| ModelError::Unusable(error.to_string()))?;
        payload.model()
    }

    /// The model that is built into the program.
    ///
    /// # Errors
    /// Never in a program that was built from a whole repository.
    pub fn builtin() -> Result<Self, ModelError> {
        Model::from_bytes(include_bytes!("../../models/grussd.model"))
    }
}

impl Payload {
    fn model(self) -> Result<Model, ModelError> {
        let vocabulary = |terms: Vec<String>| {
            // The counts stand in the order of the terms, which a vocabulary sorts.
            if terms.is_sorted_by(|a, b| a < b) {
                Ok(Vocabulary::new(terms))
            } else {
                Err(ModelError::Unusable("terms out of order".to_owned()))
            }
        };
        let [alpha, power, prior, sequence] = self.role_reader;
        let [words, layout, role_mix] =
            self.experts.map(|[alpha, power]| ExpertSettings { alpha, power });
        let statistics = Statistics {
            roles: self.roles.counts(self.sentence_terms.len())?,
            words: self.words.counts(self.sentence_terms.len())?,
            sentence_terms: vocabulary(self.sentence_terms)?,
            sequence: Sequence { first: self.first, next: self.next },
            layout: self.layout.counts(self.layout_terms.len())?,
            layout_terms: vocabulary(self.layout_terms)?,
            role_mix: self.role_mix.counts(self.role_terms.len())?,
            role_terms: vocabulary(self.role_terms)?,
        };
        let settings = Settings {
            role_reader: RoleSettings { alpha, power, prior, sequence },
            words,
            layout,
            role_mix,
            combiner: Combiner { bias: self.bias, weights: self.weights },
        };
        let figures =
            self.figures.map(|[macro_f1, burial_rate]| CardFigures { macro_f1, burial_rate });
        Ok(Model::new(statistics, settings, Card { sources: self.card, figures })?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes() -> Vec<u8> {
        Model::builtin().unwrap().to_bytes().unwrap()
    }

    #[test]
    fn bytes_round_trip() {
        let bytes = bytes();
        assert_eq!(Model::from_bytes(&bytes).unwrap().to_bytes().unwrap(), bytes);
        assert_eq!(bytes, include_bytes!("../../models/grussd.model"));
    }

    #[test]
    fn every_cut_and_sampled_flips_are_noticed() {
        let bytes = bytes();
        for at in (0..bytes.len()).step_by(bytes.len() / 97) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            assert!(Model::from_bytes(&flipped).is_err(), "byte {at}");
            assert!(Model::from_bytes(&bytes[..at]).is_err(), "cut at {at}");
        }
    }

    /// FAULTS.md A19, on a model small enough to try all.
    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let bytes = crate::classify::text_form::tests::small_model(300).to_bytes().unwrap();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << bit;
                assert!(Model::from_bytes(&flipped).is_err(), "bit {bit} of byte {at}");
            }
            assert!(Model::from_bytes(&bytes[..at]).is_err(), "cut at {at}");
        }
        let longer = [bytes.as_slice(), b"x"].concat();
        assert!(Model::from_bytes(&longer).is_err());
    }

    /// FAULTS.md A19: whoever changes a model and mends its checksum gets another model or none.
    #[test]
    fn a_changed_model_with_a_right_checksum_is_no_defect() {
        let bytes = crate::classify::text_form::tests::small_model(300).to_bytes().unwrap();
        for at in (0..bytes.len() - CHECKSUM_BYTES).step_by(3) {
            for value in [0, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] = value;
                changed.truncate(bytes.len() - CHECKSUM_BYTES);
                let checksum = Sha256::digest(&changed);
                changed.extend(checksum);
                if let Ok(model) = Model::from_bytes(&changed) {
                    let mail = crate::mail::parse(b"Subject: Fest\r\n\r\nAnna, ein Fest!\r\n");
                    let posterior = model.judge(&mail, &[]).posterior;
                    let sum: f64 = posterior.iter().map(|(_, it)| it).sum();
                    assert!((sum - 1.0).abs() < 1e-6, "byte {at} is {value}: {posterior:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(matches!(Model::from_bytes(b"From: a"), Err(ModelError::NoModel)));
        let mut newer = bytes();
        newer.truncate(newer.len() - CHECKSUM_BYTES);
        newer[MAGIC.len()] = 9;
        let checksum = Sha256::digest(&newer);
        newer.extend(checksum);
        assert!(matches!(Model::from_bytes(&newer), Err(ModelError::Newer { found: 9 })));
    }
}
