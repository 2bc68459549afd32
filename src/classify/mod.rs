//! Judging a mail: labels, naive Bayes, calibration, evidence.

mod label;
pub mod naive_bayes;
mod posterior;
mod quiet;
mod role;

pub use label::{Flag, Label, Occasion, UnknownName};
pub use posterior::Posterior;
pub use role::Role;
mod judgement;
pub use judgement::{Evidence, Judgement, Model};
