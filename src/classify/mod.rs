//! Judging a mail: labels, naive Bayes, calibration, evidence.

mod label;
mod posterior;
mod role;

pub use label::{Flag, Label, Occasion, UnknownName};
pub use posterior::Posterior;
pub use role::Role;
mod judgement;
pub use judgement::{Evidence, Judgement, Model};
