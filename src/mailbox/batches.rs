//! Messages that are fetched together: few enough to be in memory at one time.

use super::Listing;
use crate::mail::MAX_MESSAGE_BYTES;

/// Messages of a batch, and bytes that are read of them together.
const MESSAGES: usize = 50;
const BYTES: u64 = 4 << 20;

/// Splits listings, in their order, into batches of at most 50 messages of which at most 4 MiB are
/// read.
pub fn batches(listed: &[Listing]) -> impl Iterator<Item = &[Listing]> {
    let mut left = listed;
    std::iter::from_fn(move || {
        let (batch, rest) = left.split_at_checked(length(left))?;
        left = rest;
        Some(batch)
    })
}

/// How many of the first ones make a batch. One more than there are where there is none.
fn length(listed: &[Listing]) -> usize {
    let mut bytes = 0;
    let fits = listed.iter().take(MESSAGES).take_while(|it| {
        bytes += it.size.min(MAX_MESSAGE_BYTES as u64);
        bytes <= BYTES
    });
    fits.count().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::MessageKey;

    #[track_caller]
    fn check(sizes: &[u64], expected: &[usize]) {
        let listed: Vec<Listing> = sizes
            .iter()
            .zip(1..)
            .map(|(size, uid)| Listing {
                key: MessageKey::Imap { uid_validity: 1, uid },
                size: *size,
                received: None,
                deleted: false,
            })
            .collect();
        let lengths: Vec<usize> = batches(&listed).map(<[_]>::len).collect();
        assert_eq!(lengths, expected);
        assert_eq!(
            batches(&listed).flatten().collect::<Vec<_>>(),
            listed.iter().collect::<Vec<_>>()
        );
    }

    #[test]
    fn by_number_and_by_bytes() {
        check(&[], &[]);
        check(&[1000], &[1]);
        check(&[1000; 120], &[50, 50, 20]);
        // Of a large message only the beginning is read.
        check(&[u64::MAX; 40], &[32, 8]);
        check(&[100_000; 50], &[41, 9]);
    }
}
