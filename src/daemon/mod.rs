//! The daemon: watches accounts, judges what is new, files it, and survives what goes wrong.
//!
//! Generic over [`crate::mailbox::Mailbox`]. What it needs of the world — judge, clock, journal,
//! the end of its life — comes as arguments. Deliberately absent: any knowledge of IMAP, of the
//! model and of the command line.

mod account;
mod backoff;
mod clock;
mod confirm;
mod decide;
mod desk;
#[cfg(test)]
mod double;
mod dry_run;
mod error;
#[cfg(test)]
mod fault_tests;
mod filing;
mod first_run;
mod judge;
mod judging;
mod learn;
#[cfg(test)]
mod learn_tests;
mod lesson;
mod look;
mod marks;
mod memory;
mod pass;
#[cfg(test)]
mod pass_tests;
mod reconcile;
mod run;
#[cfg(test)]
mod run_tests;
mod say;
pub mod service;
mod settings;
mod stop;
mod twins;
mod undo;
#[cfg(test)]
mod undo_tests;

pub use account::{Connect, Context, once, watch};
pub use clock::{Clock, SystemClock};
pub use dry_run::{DryRun, rehearse};
pub use error::RoundError;
pub use judge::{Judge, Judged};
pub use run::{DRAIN, Daemon, Leash, run};
pub use settings::Settings;
pub use undo::{Fate, undo};
