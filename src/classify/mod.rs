//! Judging a mail: labels, roles, naive Bayes, combination, evidence.
//!
//! ```text
//! Encoded -> RoleReader -> role shares ─┐
//!         -> experts on words, layout, roles -> Combiner -> Posterior
//! ```
//!
//! The only module that names linfa.

mod combine;
mod evidence;
pub mod experts;
mod file;
mod flags;
mod judgement;
mod label;
mod lessons;
mod model;
pub mod naive_bayes;
mod occasion;
mod posterior;
mod quiet;
mod role;
pub mod role_reader;
pub mod statistics;
mod text_form;

pub use combine::Combiner;
pub use evidence::meaning;
pub use file::{ModelError, VERSION as MODEL_VERSION};
pub use judgement::{Evidence, Judgement};
pub use label::{Flag, Label, Occasion, UnknownName};
pub use lessons::Lesson;
pub use model::Model;
pub use posterior::Posterior;
pub use role::Role;
pub use text_form::TextError;

#[cfg(test)]
pub(crate) use text_form::tests::small_model;

/// Normalises scores in nat to shares that add up to one.
fn softmax<const N: usize>(scores: [f64; N]) -> [f64; N] {
    let max = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights = scores.map(|it| (it - max).exp());
    let sum: f64 = weights.iter().sum();
    weights.map(|it| it / sum)
}
