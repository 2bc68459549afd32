//! Training: encoding, fitting, cross-validation.

pub mod align;
