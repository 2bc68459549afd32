//! Judging a mail: labels, naive Bayes, calibration, evidence.

mod label;
mod posterior;

pub use label::{Flag, Label, Occasion, UnknownName};
pub use posterior::Posterior;
mod judgement;
pub use judgement::{Evidence, Judgement, Model};
