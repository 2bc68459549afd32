//! What filing, reconciling and learning work with: the account's name, the journal, the memory,
//! the time.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;

use super::clock::Clock;
use crate::mail::MAX_MESSAGE_BYTES;
use crate::mailbox::{Mailbox, MailboxError, MessageKey};
use crate::store::memory::Database;
use crate::store::{Digest, Journal, JournalError, Record, State};

/// After a refusal a target folder is left alone for this long.
pub(super) const RESPITE: Duration = Duration::from_secs(3600);

/// Messages read back in full at once; of these only the hashes stay in memory.
const READ_AT_ONCE: usize = 8;

/// One account's place at the common journal.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) account: String,
    pub(super) journal: Rc<RefCell<Journal>>,
    pub(super) memory: Rc<RefCell<Database>>,
    pub(super) clock: Rc<dyn Clock>,
}

impl Desk {
    /// Writes down; durable when this returns `Ok`.
    pub(super) fn record(&self, records: &[Record]) -> Result<(), JournalError> {
        if records.is_empty() { Ok(()) } else { self.journal.borrow_mut().record(records) }
    }

    /// Looks something up.
    pub(super) fn state<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(self.journal.borrow().state())
    }

    /// Until when a target folder is left alone. A respite longer than any that is given was
    /// written by a clock that has been set back since, and is over.
    pub(super) fn deferred_until(&self, folder: &str) -> Option<Timestamp> {
        let now = self.clock.now();
        let until = self.state(|state| {
            state.account(&self.account).and_then(|it| it.deferred.get(folder).copied())
        })?;
        (until > now && until <= after(now, RESPITE)).then_some(until)
    }

    /// Leaves a target folder alone for a while.
    pub(super) fn defer(&self, folder: &str) -> Result<Timestamp, JournalError> {
        let until = after(self.clock.now(), RESPITE);
        let (account, folder) = (self.account.clone(), folder.to_owned());
        self.record(&[Record::Deferred { account, folder, until }])?;
        Ok(until)
    }
}

fn after(now: Timestamp, span: Duration) -> Timestamp {
    now.checked_add(span).unwrap_or(Timestamp::MAX)
}

/// Fetches the beginnings of messages, and takes only what was asked for.
pub(super) async fn fetch<M: Mailbox>(
    mailbox: &mut M,
    folder: &str,
    keys: &[MessageKey],
    limit: usize,
) -> Result<BTreeMap<MessageKey, Vec<u8>>, MailboxError> {
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let asked: BTreeSet<&MessageKey> = keys.iter().collect();
    let fetched = mailbox.fetch(folder, keys, limit).await?;
    let wanted = fetched.into_iter().filter(|it| asked.contains(&it.key));
    Ok(wanted.map(|it| (it.key, it.bytes)).collect())
}

/// Hashes of messages; those that are gone are left out.
pub(super) async fn digests<M: Mailbox>(
    mailbox: &mut M,
    folder: &str,
    keys: &[MessageKey],
) -> Result<BTreeMap<MessageKey, Digest>, MailboxError> {
    let mut digests = BTreeMap::new();
    for set in keys.chunks(READ_AT_ONCE) {
        let found = fetch(mailbox, folder, set, MAX_MESSAGE_BYTES).await?;
        digests.extend(found.into_iter().map(|(key, bytes)| (key, Digest::of(&bytes))));
    }
    Ok(digests)
}
