//! Evidence that a message is where it should be. An `OK` is none: a server that is asked to move
//! a vanished message says `OK`, and a broken one says it always.

use std::collections::{BTreeMap, BTreeSet};

use super::decide::is_fresh;
use super::desk::{Desk, digests, fetch};
use super::error::RoundError;
use crate::mailbox::{Mailbox, MailboxError, Mark, MessageKey, Transfer};
use crate::store::{Digest, Record};

/// The beginning of a message that tells it from any other: most of its header.
pub(super) const HEAD_BYTES: usize = 4096;

/// The hash of a message's head.
pub(super) fn head(bytes: &[u8]) -> Digest {
    Digest::of(bytes.get(..HEAD_BYTES).unwrap_or(bytes))
}

/// Where the server says each message went: only what is new in the target, and only one place
/// for each.
pub(super) fn claims(transfers: Vec<Transfer>, target: &Mark) -> BTreeMap<MessageKey, MessageKey> {
    let mut claims = BTreeMap::new();
    let mut places = BTreeSet::new();
    for Transfer { from, to } in transfers {
        if let Some(to) = to
            && is_fresh(&to, target)
            && places.insert(to.clone())
        {
            claims.insert(from, to);
        }
    }
    claims
}

/// Which of these are in the folder with these hashes of their heads.
pub(super) async fn with_heads<M: Mailbox>(
    mailbox: &mut M,
    folder: &str,
    expected: &BTreeMap<MessageKey, Digest>,
) -> Result<BTreeSet<MessageKey>, MailboxError> {
    let keys: Vec<MessageKey> = expected.keys().cloned().collect();
    let found = fetch(mailbox, folder, &keys, HEAD_BYTES).await?;
    let is_it = |(key, bytes): &(MessageKey, Vec<u8>)| expected.get(key) == Some(&head(bytes));
    Ok(found.into_iter().filter(is_it).map(|(key, _)| key).collect())
}

/// Which of these are in the folder, read back in full, with these hashes.
pub(super) async fn identical<M: Mailbox>(
    mailbox: &mut M,
    folder: &str,
    expected: &BTreeMap<MessageKey, Digest>,
) -> Result<BTreeSet<MessageKey>, MailboxError> {
    let keys: Vec<MessageKey> = expected.keys().cloned().collect();
    let found = digests(mailbox, folder, &keys).await?;
    Ok(found.into_iter().filter(|(key, it)| expected.get(key) == Some(it)).map(|it| it.0).collect())
}

/// An original whose copy was read back and found identical.
#[derive(Debug, Clone)]
pub(super) struct Copied {
    /// Of the intent.
    pub(super) id: u64,
    /// The original.
    pub(super) original: MessageKey,
    /// The copy.
    pub(super) copy: MessageKey,
}

/// Removes originals. The journal names both keys before. Gives back the intents whose originals
/// are still there; the others are at their end, which the caller writes down.
pub(super) async fn remove_originals<M: Mailbox>(
    mailbox: &mut M,
    desk: &Desk,
    from: &str,
    copied: &[Copied],
) -> Result<BTreeSet<u64>, RoundError> {
    let records: Vec<Record> = copied
        .iter()
        .flat_map(|it| {
            [Record::Copied { id: it.id, to: it.copy.clone() }, Record::Removing { id: it.id }]
        })
        .collect();
    desk.record(&records)?;
    let keys: Vec<MessageKey> = copied.iter().map(|it| it.original.clone()).collect();
    match mailbox.remove_copied(from, &keys).await {
        Err(error) if error.ends_session() => return Err(error.into()),
        // It may have been done all the same; what is still there is not.
        Err(error) => tracing::debug!("{}: {error}", desk.account),
        Ok(()) => {}
    }
    let left = fetch(mailbox, from, &keys, 1).await?;
    let still = copied.iter().filter(|it| left.contains_key(&it.original));
    Ok(still.map(|it| it.id).collect())
}
