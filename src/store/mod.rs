//! What is remembered on disk: the journal of every mutation, the state that follows from it, and
//! the memory of what was learnt.
//!
//! Besides the Maildir account the only module that names `std::fs`. Pure, and tested without a
//! disk: [`Record`], [`State`], [`compact`]. Deliberately absent: what is to be done about
//! anything that is remembered.

mod compact;
mod digest;
mod disk;
mod ephemeral;
#[cfg(test)]
pub(crate) mod faulty;
mod filings;
mod journal;
mod lock;
pub mod memory;
pub mod model_store;
mod record;
mod state;

pub use compact::{HISTORY, compact};
pub use digest::Digest;
pub use disk::{Disk, StateDir};
pub use ephemeral::Ephemeral;
pub use filings::{End, Filing, Left, filings};
pub use journal::{Journal, JournalError, Recovery, read_journal};
pub use lock::{Lock, LockError};
pub use record::{
    Evidence, Hash64, Identity, Intent, LineError, Reason, Record, VERSION, Why, decode, encode,
};
pub use state::{AccountState, Known, Open, Stage, State};

#[cfg(test)]
pub(crate) use record::tests;
