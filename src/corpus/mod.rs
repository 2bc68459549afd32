//! (to come)
pub mod mbox;
pub mod sources;
