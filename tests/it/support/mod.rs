//! What several tests need.

pub mod program;
