//! What ends a round over an account.

use crate::mailbox::MailboxError;
use crate::store::JournalError;
use crate::store::memory::MemoryError;

/// Why a round ended early. What had been done by then is in the journal.
#[derive(Debug, thiserror::Error)]
pub enum RoundError {
    /// The account.
    #[error(transparent)]
    Mailbox(#[from] MailboxError),
    /// Nothing can be written down, so nothing is moved.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Nothing can be remembered, so nothing is moved.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// A mass action that nobody asked for.
    #[error(
        "{planned} messages would be moved at once, more than max_moves_per_cycle = {limit}; \
         nothing was moved and the account is stopped. `grussd run --once --dry-run` shows them; \
         then raise max_moves_per_cycle, or stop the service and sort them with \
         `grussd run --once --backlog`"
    )]
    TooMany {
        /// Messages to be moved.
        planned: usize,
        /// The configured limit.
        limit: usize,
    },
    /// The daemon is to end.
    #[error("stopped")]
    Stopped,
}

impl RoundError {
    /// Whether the connection can't be used any more.
    pub(super) fn ends_session(&self) -> bool {
        match self {
            RoundError::Mailbox(error) => error.ends_session(),
            RoundError::Journal(_) | RoundError::Memory(_) => false,
            RoundError::TooMany { .. } | RoundError::Stopped => true,
        }
    }
}
