//! Training: encoding, fitting, cross-validation.

pub mod align;
pub mod evaluation;
