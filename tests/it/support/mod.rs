//! What several tests use.

pub(crate) mod program;
pub(crate) mod snapshot;
