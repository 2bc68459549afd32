//! Reading the messages of a folder, a few at a time, without marking any as read.

use crate::mail::MAX_MESSAGE_BYTES;
use crate::mailbox::{Listing, Mailbox, MessageKey, batches};

/// Of a folder so many of the latest messages are read.
const MOST: usize = 3_000;

/// Gives each message to `each`, latest first, at most [`MOST`] of them. What is marked for deletion
/// is left out, and so is what can't be fetched.
///
/// # Errors
/// There is no such folder, the connection broke, or `each` failed: nothing is read after that.
pub(super) async fn read_folder<M: Mailbox>(
    mailbox: &mut M,
    folder: &str,
    mut each: impl FnMut(&[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let listed = mailbox.list(folder, None).await?;
    let listed: Vec<Listing> =
        listed.into_iter().filter(|it| !it.deleted).rev().take(MOST).collect();
    for batch in batches(&listed) {
        let keys: Vec<MessageKey> = batch.iter().map(|it| it.key.clone()).collect();
        let mut fetched = mailbox.fetch(folder, &keys, MAX_MESSAGE_BYTES).await?;
        // A server answers in its own order.
        fetched.sort_by_key(|it| keys.iter().position(|key| *key == it.key));
        fetched.iter().try_for_each(|it| each(&it.bytes))?;
    }
    Ok(())
}
