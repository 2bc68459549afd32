//! The commands: each takes what it needs as arguments, writes data to one writer and what failed
//! to another, and never ends the process.

pub mod classify;
pub mod evaluate;
pub mod run;

/// What a command that goes on after a failure has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Things done.
    pub done: usize,
    /// Things that failed; each has been said on the log in one line.
    pub failed: usize,
}
