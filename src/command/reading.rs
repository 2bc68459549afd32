//! Reading all messages of a folder, a few at a time, without marking any as read.

use crate::mail::MAX_MESSAGE_BYTES;
use crate::mailbox::{Listing, Mailbox, MailboxError, MessageKey};

/// Messages in memory at one time, and their bytes.
const BATCH: usize = 50;
const BATCH_BYTES: u64 = 4 << 20;

/// Gives each message to `each`, latest first, at most `most` of them. What is marked for deletion
/// is left out, and so is what can't be fetched.
///
/// # Errors
/// There is no such folder, or the connection broke.
pub(super) async fn read_folder<M: Mailbox>(
    mailbox: &mut M,
    folder: &str,
    most: usize,
    mut each: impl FnMut(&[u8]),
) -> Result<(), MailboxError> {
    let listed = mailbox.list(folder, None).await?;
    let listed: Vec<Listing> =
        listed.into_iter().filter(|it| !it.deleted).rev().take(most).collect();
    let mut left = listed.as_slice();
    while !left.is_empty() {
        let (batch, rest) = left.split_at(batch_len(left));
        let keys: Vec<MessageKey> = batch.iter().map(|it| it.key.clone()).collect();
        let mut fetched = mailbox.fetch(folder, &keys, MAX_MESSAGE_BYTES).await?;
        // A server answers in its own order.
        fetched.sort_by_key(|it| keys.iter().position(|key| *key == it.key));
        fetched.iter().for_each(|it| each(&it.bytes));
        left = rest;
    }
    Ok(())
}

fn batch_len(listed: &[Listing]) -> usize {
    let mut bytes = 0;
    let fits = listed.iter().take(BATCH).take_while(|it| {
        bytes += it.size.min(MAX_MESSAGE_BYTES as u64);
        bytes <= BATCH_BYTES
    });
    fits.count().max(1)
}
