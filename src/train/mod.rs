//! Training: samples in numbers, fitting with cross-validation, figures.

pub mod align;
pub mod evaluation;
pub mod fit;
pub mod prepared;
